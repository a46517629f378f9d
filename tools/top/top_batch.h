/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat top: a block of rows, as text or JSON.
 */
#ifndef EXITSTAT_TOP_TOP_BATCH_H
#define EXITSTAT_TOP_TOP_BATCH_H

struct top;

/* Allocated; NULL if memory ran out. */
char *top_block(const struct top *top);
char *top_json(const struct top *top);

#endif /* EXITSTAT_TOP_TOP_BATCH_H */
