/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: warnings about numbers that cannot be trusted.
 */
#ifndef EXITSTAT_RENDER_WARNING_H
#define EXITSTAT_RENDER_WARNING_H

struct stat_run;

struct reading;

void warn_reading(const struct reading *r);
void warn_run(const struct stat_run *run);

/* Whether the reading adds up: 0, or EXIT_CHECK after a sentence. */
int check_reading(const struct reading *r);

#endif /* EXITSTAT_RENDER_WARNING_H */
