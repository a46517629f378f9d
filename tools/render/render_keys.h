/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: keys of exits as text or JSON.
 */
#ifndef EXITSTAT_RENDER_RENDER_KEYS_H
#define EXITSTAT_RENDER_RENDER_KEYS_H

struct keys;
struct view;

/*
 * As render(), of @keys, which are sorted.  Of @view it takes what is not about counts; its
 * reading needs only what the head shows, and its @only is by row of the ISA's reasons.
 */
char *render_keys(const struct view *view, const struct keys *keys);

#endif /* EXITSTAT_RENDER_RENDER_KEYS_H */
