/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a table of rows as text for people.
 */
#ifndef EXITSTAT_RENDER_RENDER_TEXT_H
#define EXITSTAT_RENDER_RENDER_TEXT_H

struct table;

/* Allocated; NULL if memory ran out. */
char *render_text(const struct table *t);

#endif /* EXITSTAT_RENDER_RENDER_TEXT_H */
