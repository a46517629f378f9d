/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what one must know before believing the numbers.
 */
#ifndef EXITSTAT_RENDER_WARNING_H
#define EXITSTAT_RENDER_WARNING_H

struct reading;

void warn_reading(const struct reading *r);

#endif /* EXITSTAT_RENDER_WARNING_H */
