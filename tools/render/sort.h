/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what rows are sorted by, as an option.
 */
#ifndef EXITSTAT_RENDER_SORT_H
#define EXITSTAT_RENDER_SORT_H

/* A name of --sort; 0, or EXIT_MISUSE after a sentence. */
int parse_sort(const char *name, unsigned int *sort);

#endif /* EXITSTAT_RENDER_SORT_H */
