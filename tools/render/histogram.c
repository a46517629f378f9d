// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a histogram, drawn.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/param.h>

#include "lib/units.h"
#include "model/histogram.h"
#include "model/reading.h"
#include "model/table.h"
#include "render/histogram.h"

#define BAR_WIDTH	40

/* A bar for any number but 0 is visible. */
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
		fputs("no exits since histograms were turned on\n", out);
		return;
	}
	for (b = first; b <= last; b++)
		most = MAX(most, r->hist[b]);
	width = snprintf(NULL, 0, "%" PRIu64, bucket_to(last));
	fprintf(out, "\n%*s%s  %12s\n", 2 * width + 3, "CYCLES",
		r->tsc_khz ? "                 TIME" : "", "EXITS");
	for (b = first; b <= last; b++)
		bucket_text(out, r, b, most, width);
}
