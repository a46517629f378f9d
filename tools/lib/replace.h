/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a file that is replaced at once.
 */
#ifndef EXITSTAT_LIB_REPLACE_H
#define EXITSTAT_LIB_REPLACE_H

/*
 * The file that @path stands for, a regular one or one to be made, to be freed; links to
 * it are followed where they are ours or root's.  NULL after a sentence.
 */
char *real_file(const char *path);

/* What it holds, to be freed; NULL where that cannot be read. */
char *read_real_file(const char *real);

/*
 * Make @text what @path holds, mode 0644, all of it at once; where that fails it
 * stays as it was.  Of a link what it stands for.  0, or EXIT_MISUSE after a sentence.
 */
int replace_file(const char *path, const char *text);

#endif /* EXITSTAT_LIB_REPLACE_H */
