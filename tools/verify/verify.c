// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: the comparison.  It reads and prints nothing.
 */
#include <string.h>
#include <sys/param.h>

#include "lib/message.h"
#include "model/reading.h"
#include "source/debugfs.h"
#include "verify/verify.h"
#include "verify/verify_witness.h"

/* All counts are relative to our first reading, so that none overflows. */
static void next_bounds(struct counter *c, int64_t least, int64_t most)
{
	if (!c->begun) {
		c->begun = true;
		c->least = least;
		c->most = most;
		return;
	}
	c->least = MAX(c->least, least);
	c->most = MIN(c->most, most);
}

bool counter_compare(struct counter *c, const struct bracket *b)
{
	int64_t least, most;

	if (!c->begun)
		c->first = b->ours;
	c->ours = b->ours - c->first;
	least = c->ours - (int64_t)b->high;
	most = c->ours - (int64_t)b->low;
	if (c->begun) {
		c->low = b->low + c->least;
		c->high = b->high + c->most;
	}
	if (c->begun && c->ours < c->low) {
		c->missing = MAX(c->missing, (uint64_t)(c->low - c->ours));
		return false;
	}
	if (c->begun && c->ours > c->high) {
		c->extra = MAX(c->extra, (uint64_t)(c->ours - c->high));
		return false;
	}
	next_bounds(c, least, most);
	return true;
}

void counter_restart(struct counter *c)
{
	c->before.ours += c->ours;
	c->before.low += c->low;
	c->before.high += c->high;
	c->begun = false;
	c->ours = 0;
	c->low = 0;
	c->high = 0;
}

void vcpu_choose(struct vcpu_check *v, const bool wanted[MAX_ROWS])
{
	unsigned int i;

	v->nr_own = 0;
	for (i = 0; i < MAX_ROWS; i++) {
		if (!wanted[i])
			continue;
		v->own[v->nr_own++] = i;
		v->shown[i] = true;
	}
	v->shown[ROW_OTHER] = true;
	v->shown[ROW_TOTAL] = true;
}

void vcpu_restart(struct vcpu_check *v)
{
	unsigned int i;

	for (i = 0; i < NR_LINES; i++)
		counter_restart(&v->counters[i]);
}

/*
 * The events are read four times: A and B before our counters, C and D after them.  When
 * B has returned, we have counted all exits in A (see tracepoint.c), and C has all exits
 * that we have counted.  An exit in A's count of all is also in B's count of its reason,
 * and an exit in C's count of a reason is also in D's count of all.  So the exits without
 * an event of their own are at least A's count of all less B's reasons, and at most D's
 * count of all less C's reasons.
 */
static struct bracket rest_bracket(const struct vcpu_check *v, const struct vcpu_reading *s)
{
	const struct reading *r = &s->file.reading;
	const unsigned int exits = KVM_EXITSTAT_V_EXITS;
	struct bracket b = {
		s->tracepoint[0][0], r->other.v[exits] + r->none.v[exits], s->tracepoint[3][0]
	};
	unsigned int i;

	for (i = 0; i < r->nr_rows; i++)
		b.ours += r->rows[i].v[exits];
	for (i = 0; i < v->nr_own; i++) {
		b.low -= s->tracepoint[1][i + 1];
		b.high -= s->tracepoint[2][i + 1];
		b.ours -= r->rows[v->own[i]].v[exits];
	}
	return b;
}

static bool compare_all(struct vcpu_check *v, const struct vcpu_reading *s)
{
	const struct reading *r = &s->file.reading;
	struct bracket b = {
		s->tracepoint[0][0], r->total.v[KVM_EXITSTAT_V_EXITS], s->tracepoint[2][0]
	};
	bool agrees = counter_compare(&v->counters[ROW_TOTAL], &b);
	unsigned int i;

	b = rest_bracket(v, s);
	agrees &= counter_compare(&v->counters[ROW_OTHER], &b);
	for (i = 0; i < v->nr_own; i++) {
		b.low = s->tracepoint[0][i + 1];
		b.ours = r->rows[v->own[i]].v[KVM_EXITSTAT_V_EXITS];
		b.high = s->tracepoint[2][i + 1];
		agrees &= counter_compare(&v->counters[v->own[i]], &b);
	}
	return agrees;
}

/*
 * The account "outside" grows while exitstat=0, but also from exitstat=1 until the first
 * exit.  So it says something only if the counts differ.
 */
enum outcome vcpu_compare(struct vcpu_check *v, const struct vcpu_reading *s,
			  bool paused)
{
	const struct reading *r = &s->file.reading;
	const bool begun = v->counters[ROW_TOTAL].begun;
	const uint64_t outside = v->outside;

	v->outside = r->outside;
	if (!r->counting) {
		vcpu_restart(v);
		return NOT_COUNTING;
	}
	if (!debugfs_exits_add_up(r))
		return DOES_NOT_ADD_UP;
	if (paused && s->tracepoint[0][0] != s->tracepoint[3][0])
		return RAN;
	memcpy(v->before, v->counters, sizeof(v->before));
	if (compare_all(v, s)) {
		v->comparisons += begun;
		return AGREES;
	}
	if (r->outside > outside) {
		memcpy(v->counters, v->before, sizeof(v->before));
		vcpu_restart(v);
		return INTERRUPTED;
	}
	v->comparisons++;
	return DIFFERS;
}

void vcpu_undo(struct vcpu_check *v)
{
	memcpy(v->counters, v->before, sizeof(v->before));
	v->comparisons--;
}

void lines_add(struct line lines[NR_LINES], const struct vcpu_check *v)
{
	unsigned int i;

	for (i = 0; i < NR_LINES; i++) {
		const struct counter *c = &v->counters[i];

		if (!v->shown[i])
			continue;
		lines[i].shown = true;
		lines[i].ours += c->before.ours + c->ours;
		lines[i].low += c->before.low + c->low;
		lines[i].high += c->before.high + c->high;
		lines[i].missing += c->missing;
		lines[i].extra += c->extra;
	}
}

void lines_add_vm(struct line lines[NR_LINES], const struct vm_check *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr; i++)
		if (vm->vcpus[i]->comparisons)
			lines_add(lines, vm->vcpus[i]);
}

static void count_vcpus(const struct result *result, struct summary *summary)
{
	unsigned int i, j, vcpus;

	for (i = 0; i < result->nr_vms; i++) {
		vcpus = 0;
		for (j = 0; j < result->vms[i]->nr; j++)
			vcpus += result->vms[i]->vcpus[j]->comparisons > 0;
		summary->vms += vcpus > 0;
		summary->vcpus += vcpus;
	}
}

/* Add up the differences that each witness shows. */
static void count_witnesses(const struct witnesses *ws, struct summary *summary)
{
	struct comparison t;
	unsigned int i;

	for (i = 0; i < ws->nr && ws->over; i++) {
		comparison_of(ws, &ws->all[i], &t);
		summary->witnesses++;
		summary->missing += t.total.missing;
		summary->extra += t.total.extra;
	}
}

void summary_of(const struct result *result, struct summary *summary)
{
	struct line lines[NR_LINES] = {};
	unsigned int i;

	*summary = (struct summary) {};
	count_vcpus(result, summary);
	for (i = 0; i < result->nr_vms; i++)
		lines_add_vm(lines, result->vms[i]);
	for (i = 0; i < ROW_TOTAL; i++) {
		summary->reasons += i < MAX_ROWS && lines[i].shown;
		summary->missing += lines[i].missing;
		summary->extra += lines[i].extra;
	}
	summary->exits = lines[ROW_TOTAL].ours;
	/* A missing exit shows in its reason's count and again in the total. */
	if (!summary->missing && !summary->extra) {
		summary->missing = lines[ROW_TOTAL].missing;
		summary->extra = lines[ROW_TOTAL].extra;
	}
	count_witnesses(&result->witnesses, summary);
	if (summary->missing || summary->extra || result->wrong_sums)
		summary->status = EXIT_CHECK;
	else if (result->obstacle || !summary->vcpus || !summary->exits)
		summary->status = EXIT_MISUSE;
}

unsigned int batch_size(const unsigned int *need, unsigned int nr,
			unsigned int room)
{
	unsigned int i;

	for (i = 0; i < nr && need[i] <= room; i++)
		room -= need[i];
	return i;
}
