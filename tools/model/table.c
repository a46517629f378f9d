// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: which rows are shown, in which order, and what is calculated from them.
 * Text and JSON are made from the same table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "model/difference.h"
#include "model/reading.h"
#include "model/table.h"

const char *const sort_words[] = {
	[KVM_EXITSTAT_V_EXITS] = "exits",
	[KVM_EXITSTAT_V_KERNEL] = "kernel",
	[KVM_EXITSTAT_V_USER] = "user",
	[KVM_EXITSTAT_V_HALT] = "halt",
	[KVM_EXITSTAT_V_PREEMPT] = "preempt",
	[KVM_EXITSTAT_V_BLOCK] = "block",
	[KVM_EXITSTAT_V_LONGEST] = "longest",
	[SORT_MEAN] = "mean",
	[SORT_MEAN + 1] = NULL,
};

const char *row_name(const struct row *row)
{
	return row->name ?: "undefined";
}

static long double mean(const struct reading *r, const struct row *row)
{
	if (!row->v[KVM_EXITSTAT_V_EXITS])
		return 0;
	return (long double)cycles_of(r, row->v[KVM_EXITSTAT_V_KERNEL]) /
	       row->v[KVM_EXITSTAT_V_EXITS];
}

static int compare(long double x, long double y)
{
	return (x < y) - (x > y);
}

/* Largest first; if equal, most exits first, then the lower reason. */
static int by_sort(const void *a, const void *b, void *context)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;
	const struct view *view = context;
	const struct reading *r = view->r;
	const unsigned int v = view->sort;
	int order;

	if (v == SORT_MEAN)
		order = compare(mean(r, x), mean(r, y));
	else
		order = compare(cycles_of(r, x->v[v]), cycles_of(r, y->v[v]));
	if (!order)
		order = compare(x->v[KVM_EXITSTAT_V_EXITS],
				y->v[KVM_EXITSTAT_V_EXITS]);
	return order ?: x->reason < y->reason ? -1 : 1;
}

static bool is_zero(const struct row *row)
{
	unsigned int v;

	for (v = 0; v < KVM_EXITSTAT_NR_V; v++)
		if (row->v[v])
			return false;
	return true;
}

/* Add to the sums that shares refer to; a negative difference has no share. */
static void add_up(struct table *t, const struct row *row)
{
	const __int128 kernel = cycles_of(t->view->r,
					  row->v[KVM_EXITSTAT_V_KERNEL]);

	t->exits += row->v[KVM_EXITSTAT_V_EXITS];
	t->kernel += MAX(kernel, 0);
}

static void add_pseudo(struct table *t, const struct row *row)
{
	add_up(t, row);
	if (!t->view->only && (t->view->zero_rows || !is_zero(row)))
		t->lines[t->nr++] = row;
}

void table_fill(struct table *t, const struct view *view)
{
	const struct reading *r = view->r;
	unsigned int i;

	*t = (struct table) { .view = view };
	for (i = 0; i < r->nr_rows; i++) {
		add_up(t, &r->rows[i]);
		if (view->only ? view->only[i] :
				 view->zero_rows || !is_zero(&r->rows[i]))
			t->lines[t->nr++] = &r->rows[i];
	}
	qsort_r(t->lines, t->nr, sizeof(t->lines[0]), by_sort, (void *)view);

	add_pseudo(t, &r->other);
	add_pseudo(t, &r->none);
	t->lines[t->nr++] = &r->total;
}

/*
 * Exits per second while the command ran.  Without a command: the average over the
 * lifetime, for one vCPU, because the lifetime is the sum over all vCPUs.  Negative if
 * unknown.
 */
double exits_per_second(const struct view *view, uint64_t exits)
{
	const struct reading *r = view->r;
	const unsigned int vcpus = is_of_one_vcpu(r) ? 1 : r->vcpus;

	if (view->run)
		return view->run->elapsed_ns ?
		       exits * 1e9 / view->run->elapsed_ns : -1;
	if (!r->lifetime || !r->tsc_khz || !vcpus)
		return -1;
	return 1e3 * exits * r->tsc_khz * vcpus / r->lifetime;
}

/* In a difference the total's LONGEST may be 0 although a reason's is not. */
bool longest_is_kept(const struct reading *r)
{
	const unsigned int v = KVM_EXITSTAT_V_LONGEST;
	uint64_t any = r->total.v[v] | r->other.v[v] | r->none.v[v];
	unsigned int i;

	for (i = 0; i < r->nr_rows; i++)
		any |= r->rows[i].v[v];
	return r->histograms || any;
}

/* In percent; "-" for nothing. */
void share_text(char *text, size_t size, double part, double whole)
{
	if (part > 0 && whole > 0)
		snprintf(text, size, "%.2f%%", 100 * part / whole);
	else
		snprintf(text, size, "-");
}
