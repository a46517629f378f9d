/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a table of rows as JSON.
 */
#ifndef EXITSTAT_RENDER_RENDER_JSON_H
#define EXITSTAT_RENDER_RENDER_JSON_H

struct table;

/* Allocated; NULL if memory ran out. */
char *render_json(const struct table *t);

#endif /* EXITSTAT_RENDER_RENDER_JSON_H */
