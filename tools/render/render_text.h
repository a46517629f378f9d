/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a table of rows as text for people.
 */
#ifndef EXITSTAT_RENDER_RENDER_TEXT_H
#define EXITSTAT_RENDER_RENDER_TEXT_H

#include <stdio.h>

struct table;
struct view;

/* Allocated; NULL if memory ran out. */
char *render_text(const struct table *t);

/* What was read, and what one must know of it.  A host's numbers are those of @vms. */
void render_text_head(FILE *out, const struct view *view, const char *vms);

/* How long a command ran, what reading costs; and the line between two of a series. */
void render_text_tail(FILE *out, const struct view *view);

#endif /* EXITSTAT_RENDER_RENDER_TEXT_H */
