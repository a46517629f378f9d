/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: exit codes, messages, and output with checked writes.
 */
#ifndef EXITSTAT_LIB_MESSAGE_H
#define EXITSTAT_LIB_MESSAGE_H

#include <stdbool.h>

/* Exit codes.  `exitstat stat` returns its command's exit code if nothing fails. */
#define EXIT_DONE		0
#define EXIT_CHECK		1	/* a check failed */
#define EXIT_MISUSE		2	/* misuse, or missing support */
#define EXIT_NOT_RUNNABLE	126	/* the command was found but not started */
#define EXIT_NOT_FOUND		127	/* there is no such command */
#define EXIT_BY_SIGNAL		128	/* plus the signal that ended the command */

/*
 * One sentence on stderr; with its priority if that is the journal.  Returns EXIT_MISUSE, for
 * `return fail(...)`.
 */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Messages may contain text from outside: see printable(). */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * For functions that print nothing: stores what is wrong, a sentence, in @why, which has
 * WHY_SIZE bytes.  Returns EXIT_MISUSE, for `return explain(...)`.
 */
#define WHY_SIZE	1024
int explain(char *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Write @text to @fd, which error messages call @what. */
int write_all(int fd, const char *what, const char *text);
int print(const char *text);
/* Print @text and free it; NULL means that memory ran out, which is said. */
int print_and_free(char *text);

/* Whether an option's FILE is "-", which means standard output. */
bool is_standard_output(const char *path);

/* Width of the terminal @fd in columns; 0 if @fd is no terminal or the width is unknown. */
int terminal_width(int fd);

#endif /* EXITSTAT_LIB_MESSAGE_H */
