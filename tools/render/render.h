/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a reading as text or JSON.
 */
#ifndef EXITSTAT_RENDER_RENDER_H
#define EXITSTAT_RENDER_RENDER_H

struct view;

/* The whole output in one allocated string, so that it can be written at once.  NULL: out of memory. */
char *render(const struct view *view);

#endif /* EXITSTAT_RENDER_RENDER_H */
