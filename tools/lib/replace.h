/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: replacing a file atomically, and opening one that others may have linked.
 */
#ifndef EXITSTAT_LIB_REPLACE_H
#define EXITSTAT_LIB_REPLACE_H

#include <stdbool.h>

/*
 * The path of the file that @path leads to, which the caller frees.  The file is regular,
 * or does not exist yet.  Links are followed if they are ours or root's.  NULL after a
 * sentence.
 */
char *real_file(const char *path);

/* The file's contents, which the caller frees; NULL if it cannot be read. */
char *read_real_file(const char *real);

/*
 * Open @path, of whatever type, for writing; if it does not exist, create it and set
 * @created.  Links are followed as above.  A descriptor, or -1 after a sentence.
 */
int open_for_writing(const char *path, bool *created);

/*
 * Whether @path can be replaced, as far as that is known without doing it; for callers that
 * have much to do first.  0, or EXIT_MISUSE after a sentence.
 */
int check_replaceable(const char *path);

/*
 * Replace the contents of @path by @text, atomically, with mode 0644.  If that fails, the
 * file does not change.  If @path is a link, its target is replaced.  0, or EXIT_MISUSE
 * after a sentence.
 */
int replace_file(const char *path, const char *text);

#endif /* EXITSTAT_LIB_REPLACE_H */
