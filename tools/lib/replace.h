/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a file that is replaced at once.
 */
#ifndef EXITSTAT_LIB_REPLACE_H
#define EXITSTAT_LIB_REPLACE_H

/*
 * Make @text what @path holds, mode 0644, all of it at once; where that fails it
 * stays as it was.  0, or EXIT_MISUSE after a sentence.
 */
int replace_file(const char *path, const char *text);

/* Whether @path is a regular file or may become one; 0, or EXIT_MISUSE after a sentence. */
int check_regular(const char *path);

#endif /* EXITSTAT_LIB_REPLACE_H */
