// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file exitstat of debugfs, and all output that is made from it. The input's size chooses
 * the histogram.
 */
#include "fuzz.h"
#include "model/accounts.h"
#include "model/difference.h"
#include "model/histogram.h"
#include "model/sum.h"
#include "model/table.h"
#include "render/render.h"
#include "source/debugfs.h"
#include "source/why.h"

/* Render as text or JSON, with all rows or only those that are not empty. */
static void render_it(const struct reading *r, const struct stat_run *run, size_t how)
{
	const struct subject subject = { .name = "a", .dir = "7-11", .pid = 7 };
	const struct view view = {
		.r = r, .subject = &subject, .run = run, .width = 80,
		.json = how & 1, .cycles = how & 2, .zero_rows = how % 16 == 0,
	};

	free(render(&view));
}

/* Like stat: subtract a reading from itself, and add vCPUs. */
static void check_difference(const struct reading *r, size_t how)
{
	static struct reading next;
	struct stat_run run = { .elapsed_ns = 1000000000 };
	unsigned int v;

	next = *r;
	MUST(!subtract(r, &next, &run));
	for (v = 0; v < KVM_EXITSTAT_V_LONGEST; v++)
		MUST(!next.total.v[v] && !next.other.v[v]);
	if (!is_of_one_vcpu(r))
		return;
	sum_begin(&next);
	sum_add(&next, r);
	sum_add(&next, r);
	MUST(next.total.v[KVM_EXITSTAT_V_EXITS] == 2 * r->total.v[KVM_EXITSTAT_V_EXITS]);
	if (!subtract(r, &next, &run))
		render_it(&next, &run, how);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const hists[] = { "total", "other", "cpuid", "0x72", "hlt" };
	static struct debugfs_file file;
	char why[WHY_SIZE], *text, *again;

	text = text_of(data, size);
	again = strdup(text);
	if (!debugfs_parse(text, &file, why, sizeof(why))) {
		struct reading *r = &file.reading;

		MUST(r->nr_rows <= MAX_ROWS && r->vcpu >= -1);
		debugfs_exits_add_up(r);
		check_adds_up(r, why);
		check_difference(r, size);
		if (!hist_find(r, hists[size % 5], why, sizeof(why)) &&
		    !debugfs_parse_hist(again, r, why, sizeof(why)))
			render_it(r, NULL, size);
	}
	free(again);
	free(text);
	return 0;
}
