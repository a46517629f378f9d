/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: reading files.
 */
#ifndef EXITSTAT_LIB_FILE_H
#define EXITSTAT_LIB_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Read the whole file @path and append a NUL.  @size, unless NULL, gets the length
 * without the NUL.  The caller frees the text.  Returns NULL with errno on failure, EFBIG
 * if the file is longer than FILE_MOST.
 */
char *read_file(const char *path, size_t *size);

/* As read_file(), but only the first @most bytes. */
char *read_beginning(const char *path, size_t *size, size_t most);

/*
 * Whether @path exists; otherwise false with errno.  access() would leave capabilities out of account
 * if we are not root.
 */
bool file_exists(const char *path);

/* Read what fits into @size bytes with a NUL; false with errno, or if the file is empty. */
bool read_start(const char *path, char *text, size_t size);

#endif /* EXITSTAT_LIB_FILE_H */
