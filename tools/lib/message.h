/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: exit codes, messages, and output that is checked.
 */
#ifndef EXITSTAT_LIB_MESSAGE_H
#define EXITSTAT_LIB_MESSAGE_H

#include <stdbool.h>

/* Exit codes; `exitstat stat` otherwise returns its command's own. */
#define EXIT_DONE		0
#define EXIT_CHECK		1	/* a check failed */
#define EXIT_MISUSE		2	/* misuse, or missing support */
#define EXIT_NOT_RUNNABLE	126	/* the command was found but not started */
#define EXIT_NOT_FOUND		127	/* there is no such command */
#define EXIT_BY_SIGNAL		128	/* plus the signal that ended the command */

/* One sentence on stderr.  Returns EXIT_MISUSE, for `return fail(...)`. */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What is said may hold what comes from outside: see printable(). */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * What is wrong, for those that print nothing: a sentence in @why, which has WHY_SIZE
 * bytes.  Returns EXIT_MISUSE, for `return explain(...)`.
 */
#define WHY_SIZE	1024
int explain(char *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Write @text to @fd, which errors call @what. */
int write_all(int fd, const char *what, const char *text);
int print(const char *text);

/* An option's FILE that is none: "-" is standard output. */
bool is_standard_output(const char *path);

/* Columns of the terminal that @fd is, 0 where it is none or does not say. */
int terminal_width(int fd);

#endif /* EXITSTAT_LIB_MESSAGE_H */
