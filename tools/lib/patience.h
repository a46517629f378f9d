/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: says what it waits for, where that takes long.
 */
#ifndef EXITSTAT_LIB_PATIENCE_H
#define EXITSTAT_LIB_PATIENCE_H

struct patience;

/* Says it, from another thread: note(), or NULL where nobody is to hear. */
extern void (*patience_says)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What is said once, unless patience_end() comes within waits.patience. */
struct patience *patience_begin(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Nothing is said after this. */
void patience_end(struct patience *patience);

#endif /* EXITSTAT_LIB_PATIENCE_H */
