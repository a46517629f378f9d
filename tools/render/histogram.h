/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a histogram, drawn.
 */
#ifndef EXITSTAT_RENDER_HISTOGRAM_H
#define EXITSTAT_RENDER_HISTOGRAM_H

#include <stdio.h>

struct reading;

void hist_text(FILE *out, const struct reading *r);

#endif /* EXITSTAT_RENDER_HISTOGRAM_H */
