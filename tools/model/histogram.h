/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the histogram of a reading.
 */
#ifndef EXITSTAT_MODEL_HISTOGRAM_H
#define EXITSTAT_MODEL_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reading;

/*
 * Sets @r's @hist_of to the row that @hist names; 0, or -1 with a sentence of at most
 * @size bytes in @why.
 */
int hist_find(struct reading *r, const char *hist, char *why, size_t size);
uint64_t bucket_from(unsigned int bucket);
uint64_t bucket_to(unsigned int bucket);
bool hist_range(const struct reading *r, unsigned int *first, unsigned int *last);

#endif /* EXITSTAT_MODEL_HISTOGRAM_H */
