/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: says what it waits for, if that takes long.
 */
#ifndef EXITSTAT_LIB_PATIENCE_H
#define EXITSTAT_LIB_PATIENCE_H

struct patience;

/* Prints the message, in another thread: note(), or NULL if nothing should be printed. */
extern void (*patience_says)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print the message, once, unless patience_end() is called within waits.patience. */
struct patience *patience_begin(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* After this the message is not printed any more. */
void patience_end(struct patience *patience);

#endif /* EXITSTAT_LIB_PATIENCE_H */
