/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: files that are read.
 */
#ifndef EXITSTAT_LIB_FILE_H
#define EXITSTAT_LIB_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * All of the file @path and a NUL, to be freed; without the NUL it is @size bytes, which
 * may be NULL.  NULL with errno, EFBIG where it is longer than FILE_MOST.
 */
char *read_file(const char *path, size_t *size);

/* As read_file(), of up to @most bytes at its beginning. */
char *read_beginning(const char *path, size_t *size, size_t most);

/* The beginning of it and a NUL, in @size bytes; false with errno, or where it is empty. */
bool read_start(const char *path, char *text, size_t size);

#endif /* EXITSTAT_LIB_FILE_H */
