/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: files whose reading may block for as long as another process pleases.
 */
#ifndef EXITSTAT_LIB_READ_WITHIN_H
#define EXITSTAT_LIB_READ_WITHIN_H

#include <stddef.h>

/*
 * As read_beginning(), within @ms.  NULL with ETIMEDOUT where it takes longer; while that
 * lasts, who asks for the same file again gets the same answer at once.
 */
char *read_within(const char *path, size_t *size, size_t most, unsigned int ms);

#endif /* EXITSTAT_LIB_READ_WITHIN_H */
