/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: files whose reading may block for as long as another process pleases.
 */
#ifndef EXITSTAT_LIB_READ_WITHIN_H
#define EXITSTAT_LIB_READ_WITHIN_H

#include <stddef.h>
#include <sys/types.h>

/*
 * As read_beginning(), within @ms, as lib/within.h has it; @owner can make it block.
 * NULL with ETIMEDOUT where it takes longer.
 */
char *read_within(const char *path, uid_t owner, size_t *size, size_t most, unsigned int ms);

#endif /* EXITSTAT_LIB_READ_WITHIN_H */
