// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a histogram, drawn.
 */
#include <inttypes.h>
#include <string.h>

#include "reading.h"

#define BAR_WIDTH	40

int hist_find(struct reading *r, const char *hist, char *why, size_t size)
{
	unsigned int row;

	r->hist_of = NULL;
	if (!r->histograms) {
		snprintf(why, size, "the host keeps no histograms; they begin when it writes 1 to /sys/module/kvm/parameters/exitstat_hist (exitstat_hist=1)");
		return -1;
	}
	if (!strcmp(hist, "total"))
		r->hist_of = &r->total;
	else if (!strcmp(hist, "other"))
		r->hist_of = &r->other;
	else if (!reasons_find_why(r->isa, hist, &row, why, size))
		r->hist_of = &r->rows[row];
	return r->hist_of ? 0 : -1;
}

/* Bucket b holds [2^b, 2^(b+1)) cycles, bucket 0 also 0. */
uint64_t bucket_from(unsigned int bucket)
{
	return bucket ? 1ull << bucket : 0;
}

/* Of the highest, 2^64 is 0 here, and the result right. */
uint64_t bucket_to(unsigned int bucket)
{
	return (2ull << bucket) - 1;
}

/* The lowest and the highest bucket with exits; false where there is none. */
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

/* Whatever is not 0 is seen. */
static unsigned int bar_length(uint64_t exits, uint64_t most)
{
	const unsigned int n = (unsigned __int128)exits * BAR_WIDTH / most;

	return exits && !n ? 1 : n;
}

static void bucket_text(FILE *out, const struct reading *r, unsigned int b,
			uint64_t most, int width)
{
	const unsigned int length = bar_length(r->hist[b], most);
	char from[CELL], to[CELL];
	unsigned int i;

	fprintf(out, "%*" PRIu64 " - %*" PRIu64, width, bucket_from(b), width,
		bucket_to(b));
	if (r->tsc_khz) {
		time_text(from, sizeof(from), bucket_from(b), r->tsc_khz);
		time_text(to, sizeof(to), bucket_to(b), r->tsc_khz);
		fprintf(out, "  %8s - %8s", b ? from : "0", to);
	}
	cycles_text(from, sizeof(from), r->hist[b]);
	fprintf(out, "  %12s%s", from, length ? "  " : "");
	for (i = 0; i < length; i++)
		fputc('#', out);
	fputc('\n', out);
}

void hist_text(FILE *out, const struct reading *r)
{
	unsigned int first, last, b;
	uint64_t most = 0;
	int width;

	fprintf(out, "\nFinished exits by their cycles in KVM and the host (kernel): %s\n",
		row_name(r->hist_of));
	if (!hist_range(r, &first, &last)) {
		fputs("none since histograms were turned on\n", out);
		return;
	}
	for (b = first; b <= last; b++)
		if (r->hist[b] > most)
			most = r->hist[b];
	width = snprintf(NULL, 0, "%" PRIu64, bucket_to(last));
	fprintf(out, "\n%*s%s  %12s\n", 2 * width + 3, "CYCLES",
		r->tsc_khz ? "                 TIME" : "", "EXITS");
	for (b = first; b <= last; b++)
		bucket_text(out, r, b, most, width);
}
