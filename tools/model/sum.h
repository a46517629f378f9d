/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the sum of several vCPUs' readings.
 */
#ifndef EXITSTAT_MODEL_SUM_H
#define EXITSTAT_MODEL_SUM_H

struct reading;

/* Begins a sum over vCPUs, and adds one to it. */
void sum_begin(struct reading *sum);
void sum_add(struct reading *sum, const struct reading *r);

#endif /* EXITSTAT_MODEL_SUM_H */
