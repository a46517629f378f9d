/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: reading files that another process may make block for as long as it likes.
 */
#ifndef EXITSTAT_LIB_READ_WITHIN_H
#define EXITSTAT_LIB_READ_WITHIN_H

#include <stddef.h>
#include <sys/types.h>

/*
 * As read_beginning(), but within @ms, see done_within(); @owner can make it block.
 * NULL with ETIMEDOUT if it takes longer.
 */
char *read_within(const char *path, uid_t owner, size_t *size, size_t most, unsigned int ms);

#endif /* EXITSTAT_LIB_READ_WITHIN_H */
