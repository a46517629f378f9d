// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the histogram of a reading.
 */
#include <stdio.h>
#include <string.h>

#include "model/histogram.h"
#include "model/reading.h"
#include "model/reasons.h"

int hist_find(struct reading *r, const char *hist, char *why, size_t size)
{
	unsigned int row;

	r->hist_of = NULL;
	if (!r->histograms) {
		snprintf(why, size, "the host keeps no histograms; to keep them, write 1 to /sys/module/kvm/parameters/exitstat_hist on the host (exitstat_hist=1)");
		return -1;
	}
	if (!strcmp(hist, "total"))
		r->hist_of = &r->total;
	else if (!strcmp(hist, "other"))
		r->hist_of = &r->other;
	else if (!reasons_find(r->isa, hist, &row, why, size))
		r->hist_of = &r->rows[row];
	return r->hist_of ? 0 : -1;
}

/* Bucket b holds [2^b, 2^(b+1)) cycles, bucket 0 also 0. */
uint64_t bucket_from(unsigned int bucket)
{
	return bucket ? 1ull << bucket : 0;
}

/* For the highest bucket 2^64 wraps to 0, and the result is still right. */
uint64_t bucket_to(unsigned int bucket)
{
	return (2ull << bucket) - 1;
}

/* The lowest and the highest bucket with exits; false if there is none. */
bool hist_range(const struct reading *r, unsigned int *first, unsigned int *last)
{
	unsigned int b;
	bool any = false;

	for (b = 0; b < KVM_EXITSTAT_BUCKETS; b++) {
		if (!r->hist[b])
			continue;
		if (!any)
			*first = b;
		*last = b;
		any = true;
	}
	return any;
}
