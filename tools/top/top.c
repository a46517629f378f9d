// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat top: the model.  Readings go in, sorted rows and a selection come out.  It
 * reads no files and does not know the terminal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

#include "lib/clock.h"
#include "model/accounts.h"
#include "model/difference.h"
#include "model/key_names.h"
#include "model/keys.h"
#include "model/keys_since.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/table.h"
#include "source/vm.h"
#include "top/top.h"

/* In the order of accounts_of() */
#define ACCOUNT_KERNEL	1
#define ACCOUNT_USER	2

void top_init(struct top *top, uint64_t interval_ns)
{
	memset(top, 0, sizeof(*top));
	top->interval_ns = interval_ns;
	top->vcpu = -1;
	top->counting = true;
	top->opened = 2;
}

static void forget_keys(struct top *top)
{
	free(top->keys.rows);
	free(top->since.keys);
	top->keys = (struct keys) {};
	top->since = (struct keys_since) {};
	top->keys_ns = 0;
}

void top_free(struct top *top)
{
	forget_keys(top);
	free(top->vms.all);
	free(top->vcpus.all);
	free(top->rows);
}

const char *const top_sort_words[] = {
	[TOP_RATE] = "rate",
	[TOP_EXITS] = "exits",
	[TOP_NAME] = "name",
	[TOP_NUMBER] = "number",
	[TOP_NR_VCPUS] = "vcpus",
	[TOP_MEAN] = "mean",
	[TOP_ACCOUNT] = "guest", "kernel", "user", "halt", "preempt", "block", "outside",
	[TOP_SORTS] = NULL,
};

/* Only what the level's rows have. */
bool top_can_sort(enum top_level level, enum top_sort sort)
{
	switch (level) {
	case TOP_VMS:
		return true;
	case TOP_VCPUS:
		return sort != TOP_NR_VCPUS && sort != TOP_NAME;
	case TOP_KEYS:
		return sort != TOP_NR_VCPUS && sort <= TOP_ACCOUNT + ACCOUNT_USER &&
		       sort != TOP_ACCOUNT;
	default:
		return sort != TOP_NR_VCPUS && sort != TOP_ACCOUNT &&
		       sort != TOP_SORTS - 1;
	}
}

void top_counts_of(struct top_counts *s, const struct reading *r, uint64_t at_ns)
{
	*s = (struct top_counts) {
		.at_ns = at_ns,
		.id = r->id,
		.isa = r->isa,
		.tsc_khz = r->tsc_khz,
		.vcpus = r->vcpus,
		.members = r->members,
		.counting = r->counting,
		.untrusted = r->untrusted,
		.total = r->total,
		.guest = r->guest,
		.outside = r->outside,
		.lifetime = r->lifetime,
	};
}

static void forget(struct top_sources *sources)
{
	free(sources->all);
	*sources = (struct top_sources) {};
}

void top_pass_begin(struct top_sources *sources, uint64_t now_ns)
{
	sources->pass++;
	sources->last_ns = sources->pass_ns;
	sources->pass_ns = now_ns;
	sources->next = 0;
}

/* Start at the next one, because a pass usually has the order of the previous pass. */
static struct top_source *find_source(struct top_sources *sources,
				      const char *dir, uint32_t vcpu)
{
	unsigned int i, at;

	for (i = 0; i < sources->nr; i++) {
		at = (sources->next + i) % sources->nr;
		if (sources->all[at].vcpu != vcpu ||
		    strcmp(sources->all[at].vm.dir, dir))
			continue;
		sources->next = at + 1;
		return &sources->all[at];
	}
	return NULL;
}

static struct top_source *add_source(struct top_sources *sources)
{
	struct top_source *more;

	if (sources->nr == sources->room) {
		const unsigned int room = sources->room ? sources->room * 2 : 16;

		more = realloc(sources->all, room * sizeof(*more));
		if (!more)
			return NULL;
		sources->all = more;
		sources->room = room;
	}
	more = &sources->all[sources->nr++];
	*more = (struct top_source) {};
	return more;
}

/*
 * A source that was not in the previous pass has counted from 0 since then, unless it has
 * lived longer and merely could not be read.
 */
static void begin_new(struct top_source *source,
		      const struct top_sources *sources, const struct top_counts *s)
{
	const unsigned __int128 lived = s->tsc_khz && s->vcpus ?
		(unsigned __int128)s->lifetime * 1000000 / s->tsc_khz / s->vcpus : 0;

	source->before = (struct top_counts) { .at_ns = sources->last_ns };
	source->known = sources->pass > 1 &&
			lived <= 2 * (s->at_ns - sources->last_ns);
}

bool top_pass_take(struct top_sources *sources, const struct vm *vm,
		   uint32_t vcpu, const struct top_counts *s)
{
	struct top_source *source = find_source(sources, vm->dir, vcpu);
	const bool new = !source || source->now.id != s->id;

	if (!source)
		source = add_source(sources);
	if (!source)
		return false;
	if (new) {
		begin_new(source, sources, s);
	} else {
		source->before = source->now;
		source->known = s->total.v[KVM_EXITSTAT_V_EXITS] >=
				source->now.total.v[KVM_EXITSTAT_V_EXITS] &&
				s->lifetime >= source->now.lifetime &&
				s->members == source->now.members;
	}
	source->vm = *vm;
	source->vcpu = vcpu;
	source->now = *s;
	source->pass = sources->pass;
	return true;
}

void top_pass_end(struct top_sources *sources)
{
	unsigned int i, nr = 0;

	for (i = 0; i < sources->nr; i++)
		if (sources->all[i].pass == sources->pass)
			sources->all[nr++] = sources->all[i];
	sources->nr = nr;
}

void top_take_reading(struct top *top, const struct reading *r, uint64_t now_ns)
{
	const bool same = !strcmp(top->reasons_of, top->vm.dir) &&
			  top->reasons_vcpu == top->vcpu && top->now.id == r->id &&
			  top->now.members == r->members;

	if (same) {
		top->before = top->now;
		top->before_ns = top->now_ns;
	} else {
		top->before_ns = 0;
		strcpy(top->reasons_of, top->vm.dir);
		top->reasons_vcpu = top->vcpu;
	}
	top->now = *r;
	top->now_ns = now_ns;
}

bool top_take_keys(struct top *top, const struct keys *keys, uint64_t now_ns)
{
	struct keys_since since;

	if (keys_subtract(&top->keys, keys, TOP_KEYS_MOST, &since))
		return false;
	top->since_ns = top->keys_ns ? now_ns - top->keys_ns : 0;
	forget_keys(top);
	top->keys = *keys;
	top->keys_ns = now_ns;
	top->since = since;
	return true;
}

static struct top_row *add_row(struct top *top)
{
	struct top_row *more;

	if (top->nr == top->room) {
		const unsigned int room = top->room ? top->room * 2 : 32;

		more = realloc(top->rows, room * sizeof(*more));
		if (!more)
			return NULL;
		top->rows = more;
		top->room = room;
	}
	more = &top->rows[top->nr++];
	*more = (struct top_row) {};
	return more;
}

/* An account may shrink by a few cycles from one reading to the next. */
static uint64_t no_less_than_0(uint64_t cycles)
{
	return MAX((int64_t)cycles, 0);
}

static uint64_t sum_of_accounts(const struct top_row *row)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < NR_ACCOUNTS; i++)
		sum += row->cycles[i];
	return sum;
}

static void count_accounts(struct top_row *row, const struct row *total)
{
	unsigned int v;

	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
		row->cycles[v] = no_less_than_0(total->v[v]);
}

static double rate_of(const struct top_row *row)
{
	return row->elapsed_ns ? 1e9 * row->added / row->elapsed_ns : 0;
}

static void fill_row(struct top_row *row, const struct top_source *source)
{
	const struct top_counts *a = &source->before, *b = &source->now;
	unsigned int v;

	row->id = b->id;
	row->vcpus = b->vcpus;
	row->exits = b->total.v[KVM_EXITSTAT_V_EXITS];
	row->known = source->known;
	if (!row->known)
		return;
	row->elapsed_ns = b->at_ns - a->at_ns;
	row->added = row->exits - a->total.v[KVM_EXITSTAT_V_EXITS];
	row->rate = rate_of(row);
	row->cycles[0] = no_less_than_0(b->guest - a->guest);
	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
		row->cycles[v] = no_less_than_0(b->total.v[v] - a->total.v[v]);
	row->cycles[NR_ACCOUNTS - 1] = no_less_than_0(b->outside - a->outside);
	row->unit = row->vcpus ? sum_of_accounts(row) / row->vcpus : 0;
}

static void take_state(struct top *top, uint32_t isa, uint32_t tsc_khz,
		       bool counting, bool untrusted)
{
	top->isa = isa;
	top->tsc_khz = tsc_khz;
	top->counting = counting;
	top->untrusted = untrusted;
}

static void add_to_sum(struct top_row *sum, const struct top_row *row)
{
	unsigned int i;

	sum->vcpus += row->vcpus;
	sum->exits += row->exits;
	sum->added += row->added;
	sum->rate += row->rate;
	for (i = 0; i < NR_ACCOUNTS; i++)
		sum->cycles[i] += row->cycles[i];
}

static bool source_rows(struct top *top, const struct top_sources *sources,
			bool vms)
{
	const struct top_source *source;
	struct top_row *row;
	unsigned int i;

	for (i = 0; i < sources->nr; i++) {
		source = &sources->all[i];
		row = add_row(top);
		if (!row)
			return false;
		if (vms) {
			strcpy(row->dir, source->vm.dir);
			strcpy(row->name, source->vm.name);
		}
		row->number = vms ? (uint32_t)source->vm.pid : source->vcpu;
		fill_row(row, source);
		add_to_sum(&top->sum, row);
		take_state(top, source->now.isa, source->now.tsc_khz,
			   source->now.counting, source->now.untrusted);
	}
	top->sum.known = sources->pass > 1;
	top->sum.elapsed_ns = sources->pass_ns - sources->last_ns;
	top->sum.unit = top->sum.vcpus ?
			sum_of_accounts(&top->sum) / top->sum.vcpus : 0;
	return true;
}

/* @now: the last reading; @added: the difference from the one before, or NULL */
static bool reason_row(struct top *top, const struct row *now,
		       const struct row *added)
{
	struct top_row *row;
	unsigned int v;
	bool zero = true;

	for (v = 0; v < KVM_EXITSTAT_NR_V; v++)
		zero &= !now->v[v];
	if (zero)
		return true;
	row = add_row(top);
	if (!row)
		return false;
	row->number = now->reason;
	snprintf(row->name, sizeof(row->name), "%s", row_name(now));
	row->exits = now->v[KVM_EXITSTAT_V_EXITS];
	row->known = added;
	if (!added)
		return true;
	row->added = added->v[KVM_EXITSTAT_V_EXITS];
	row->elapsed_ns = top->sum.elapsed_ns;
	row->rate = rate_of(row);
	count_accounts(row, added);
	row->unit = top->sum.unit;
	return true;
}

static bool reason_rows(struct top *top)
{
	const struct reading *now = &top->now;
	struct reading since = *now;
	struct stat_run run;
	struct top_row *sum = &top->sum;
	unsigned int i;
	bool known;

	/* The last reading is of another VM or vCPU than the open one. */
	if (strcmp(top->reasons_of, top->vm.dir) || top->reasons_vcpu != top->vcpu)
		return true;
	known = top->before_ns && top->before.counting == now->counting &&
		!subtract(&top->before, &since, &run);
	top->subtracted = known ? run.cpuids_subtracted : 0;
	sum->vcpus = now->vcpus;
	sum->exits = now->total.v[KVM_EXITSTAT_V_EXITS];
	sum->known = known;
	if (known) {
		sum->added = since.total.v[KVM_EXITSTAT_V_EXITS];
		sum->elapsed_ns = top->now_ns - top->before_ns;
		sum->rate = rate_of(sum);
		count_accounts(sum, &since.total);
		sum->cycles[0] = no_less_than_0(since.guest);
		sum->cycles[NR_ACCOUNTS - 1] = no_less_than_0(since.outside);
		sum->unit = sum->vcpus ? sum_of_accounts(sum) / sum->vcpus : 0;
	}
	take_state(top, now->isa, now->tsc_khz, now->counting, now->untrusted);
	for (i = 0; i < now->nr_rows; i++)
		if (!reason_row(top, &now->rows[i], known ? &since.rows[i] : NULL))
			return false;
	return reason_row(top, &now->other, known ? &since.other : NULL) &&
	       reason_row(top, &now->none, known ? &since.none : NULL);
}

static void fill_key(const struct top *top, struct top_row *row, const struct key_since *key)
{
	row->exits = key->row.exits;
	row->known = key->known;
	if (!row->known)
		return;
	row->added = key->added[KVM_EXITSTAT_V_EXITS];
	row->elapsed_ns = top->since_ns;
	row->rate = rate_of(row);
	row->cycles[ACCOUNT_KERNEL] = key->added[KVM_EXITSTAT_V_KERNEL];
	row->cycles[ACCOUNT_USER] = key->added[KVM_EXITSTAT_V_USER];
	row->unit = (unsigned __int128)top->since_ns * top->keys.tsc_khz / 1000000;
}

static struct top_row row_of_key(const struct top *top, const struct key_since *key)
{
	struct top_row row = { .key = key->row };

	key_name(row.name, &key->row, NULL);
	fill_key(top, &row, key);
	return row;
}

static bool add_copy(struct top *top, const struct top_row *row)
{
	struct top_row *to = add_row(top);

	if (to)
		*to = *row;
	return to;
}

/* The @nr of @keys, and @others, if these have anything */
static bool part_rows(struct top *top, const struct key_since *keys, unsigned int nr,
		      const struct top_row *others)
{
	const struct key_row *key = &others->key;
	struct top_row row;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		row = row_of_key(top, &keys[i]);
		if (!add_copy(top, &row))
			return false;
	}
	return !(key->exits || key->kernel || key->user || others->added) || add_copy(top, others);
}

static bool key_rows(struct top *top)
{
	const struct keys_since *since = &top->since;

	if (!top->keys_ns)
		return true;
	top->sum.vcpus = top->keys.vcpus;
	fill_key(top, &top->sum, &since->total);
	take_state(top, top->keys.isa, top->keys.tsc_khz, top->keys.counting, top->untrusted);
	top->others = row_of_key(top, &since->others);
	top->other_returns = row_of_key(top, &since->other_returns);
	return part_rows(top, since->keys, since->nr, &top->others) &&
	       part_rows(top, since->returns, since->nr_returns, &top->other_returns);
}

static double value_of(const struct top_row *row, enum top_sort sort)
{
	switch (sort) {
	case TOP_RATE:
		return row->rate;
	case TOP_EXITS:
		return row->exits;
	case TOP_NR_VCPUS:
		return row->vcpus;
	case TOP_MEAN:
		return row->added ? (double)row->cycles[ACCOUNT_KERNEL] / row->added : 0;
	case TOP_NAME:
	case TOP_NUMBER:
		return 0;
	default:
		return row->unit ?
		       (double)row->cycles[sort - TOP_ACCOUNT] / row->unit : 0;
	}
}

static int by_number(const struct top_row *x, const struct top_row *y)
{
	return (x->number > y->number) - (x->number < y->number) ?: keys_order(&x->key, &y->key);
}

/* Largest first, but names and numbers ascending; equal rows by number; a reason's others after its keys. */
static int by_view(const void *a, const void *b, void *context)
{
	const struct top_row *x = a, *y = b;
	const struct top_view *view = context;
	const double vx = value_of(x, view->sort), vy = value_of(y, view->sort);
	int order = (vx < vy) - (vx > vy);

	if (x->key.kind != y->key.kind)
		return keys_order(&x->key, &y->key);
	if (view->sort == TOP_NAME)
		order = strcasecmp(x->name, y->name);
	else if (view->sort == TOP_NUMBER)
		order = by_number(x, y);
	if (view->reverse)
		order = -order;
	if (!order)
		order = (x->exits < y->exits) - (x->exits > y->exits);
	return order ?: by_number(x, y) ?: strverscmp(x->dir, y->dir);
}

/* The filter is searched for in the number, the name and the folder. */
static bool passes(const struct top *top, const struct top_row *row)
{
	const char *filter = top->view[top->level].filter;
	char number[KEY_TEXT_SIZE];

	if (!*filter)
		return true;
	if (top->level == TOP_REASONS)
		reason_text(number, top->isa, row->number);
	else if (top->level == TOP_KEYS)
		key_text(number, &row->key);
	else
		snprintf(number, sizeof(number), "%u", row->number);
	return (row->number < KVM_EXITSTAT_SUB_NONE && strstr(number, filter)) ||
	       strcasestr(row->name, filter) || strcasestr(row->dir, filter);
}

static bool same_row(const struct top_row *x, const struct top_row *y)
{
	return !by_number(x, y) && x->id == y->id && !strcmp(x->dir, y->dir);
}

static void show_selected(struct top *top)
{
	top->first = MIN(top->first, top->selected);
	if (top->selected >= top->first + top->page)
		top->first = top->selected - top->page + 1;
	top->first = MIN(top->first, top->nr - MIN(top->nr, top->page));
}

/* The selection follows its VM, vCPU, reason or key; if that has ended, it stays on its line. */
static void select_again(struct top *top)
{
	unsigned int i;

	for (i = 0; top->pinned && i < top->nr; i++)
		if (same_row(&top->rows[i], &top->chosen))
			break;
	if (i < top->nr)
		top->selected = i;
	else if (top->selected >= top->nr)
		top->selected = top->nr ? top->nr - 1 : 0;
	if (top->nr)
		top->chosen = top->rows[top->selected];
	show_selected(top);
}

bool top_arrange(struct top *top)
{
	struct top_view *view = &top->view[top->level];
	unsigned int i, nr = 0;
	bool ok;

	top->nr = 0;
	top->sum = (struct top_row) { .number = KVM_EXITSTAT_SUB_TOTAL };
	top->others = top->other_returns = (struct top_row) {};
	switch (top->level) {
	case TOP_VMS:
		ok = source_rows(top, &top->vms, true);
		break;
	case TOP_VCPUS:
		ok = source_rows(top, &top->vcpus, false);
		break;
	case TOP_KEYS:
		ok = key_rows(top);
		break;
	default:
		ok = reason_rows(top);
	}
	top->all = top->nr;
	for (i = 0; i < top->nr; i++)
		if (passes(top, &top->rows[i]))
			top->rows[nr++] = top->rows[i];
	top->nr = nr;
	if (nr)
		qsort_r(top->rows, nr, sizeof(*top->rows), by_view, view);
	select_again(top);
	return ok;
}

/* Two readings are due at once: the first has the counters, the second gives rates. */
static void open_level(struct top *top, enum top_level level)
{
	forget_keys(top);
	top->level = level;
	top->pinned = false;
	top->first = 0;
	top->opened = 2;
	top->due_ns = 0;
}

static void open_vm(struct top *top, const struct vm *vm, uint64_t id, int vcpu)
{
	/* Another VM has other vCPUs. */
	if (strcmp(top->vm.dir, vm->dir) || top->vm_id != id)
		forget(&top->vcpus);
	top->vm = *vm;
	top->vm_id = id;
	top->vcpu = vcpu;
}

void top_open_vcpus(struct top *top, const struct vm *vm, uint64_t id)
{
	open_vm(top, vm, id, -1);
	open_level(top, TOP_VCPUS);
}

void top_open_reasons(struct top *top, const struct vm *vm, uint64_t id,
		      int vcpu)
{
	open_vm(top, vm, id, vcpu);
	top->opened_at = top->level == TOP_VMS ? TOP_VMS : TOP_VCPUS;
	open_level(top, TOP_REASONS);
}

void top_open_keys(struct top *top, const struct vm *vm, uint64_t id, int vcpu, uint32_t reason,
		   const char *name)
{
	top_open_reasons(top, vm, id, vcpu);
	top->reason = (struct top_row) { .number = reason };
	snprintf(top->reason.name, sizeof(top->reason.name), "%s", name);
	open_level(top, TOP_KEYS);
}

void top_open_guest(struct top *top)
{
	top->guest = true;
	open_level(top, TOP_REASONS);
}

static const struct top_source *selected_vm(const struct top *top)
{
	unsigned int i;

	for (i = 0; top->nr && i < top->vms.nr; i++)
		if (!strcmp(top->vms.all[i].vm.dir, top->rows[top->selected].dir))
			return &top->vms.all[i];
	return NULL;
}

const char top_keys_elsewhere[] =
	"top reads keys from the host's debugfs alone: run 'exitstat top' there as root, without --guest and --qmp; in a guest root can see those of one vCPU: 'exitstat show --own-vcpu --keys'";

static void open_keys(struct top *top)
{
	if (top->guest || top->qmp) {
		explain(top->message, "%s", top_keys_elsewhere);
		return;
	}
	top->reason = top->rows[top->selected];
	open_level(top, TOP_KEYS);
}

void top_enter(struct top *top)
{
	const struct top_source *source;
	struct vm vm = top->vm;

	if (top->level == TOP_VMS) {
		source = selected_vm(top);
		if (source)
			top_open_vcpus(top, &source->vm, source->now.id);
	} else if (top->level == TOP_VCPUS && top->nr) {
		top_open_reasons(top, &vm, top->vm_id,
				 top->rows[top->selected].number);
	} else if (top->level == TOP_REASONS && top->nr) {
		open_keys(top);
	}
}

void top_enter_sum(struct top *top)
{
	const struct top_source *source;
	struct vm vm = top->vm;

	if (top->level == TOP_VMS) {
		source = selected_vm(top);
		if (source)
			top_open_reasons(top, &source->vm, source->now.id, -1);
	} else if (top->level == TOP_VCPUS) {
		top_open_reasons(top, &vm, top->vm_id, -1);
	}
}

static void back_to(struct top *top, enum top_level level, const struct top_row *came_from)
{
	open_level(top, level);
	top->chosen = *came_from;
	top->pinned = true;
}

/* Return to the level from which this one was opened, and select what was open. */
void top_back(struct top *top)
{
	const bool from_vcpus = top->level == TOP_REASONS && top->opened_at == TOP_VCPUS;
	struct top_row came_from = { .id = top->vm_id };

	if (top->level == TOP_VMS || top->guest)
		return;
	if (top->level == TOP_KEYS) {
		back_to(top, TOP_REASONS, &top->reason);
		return;
	}
	if (from_vcpus)
		came_from.number = top->vcpu;
	else {
		came_from.number = top->vm.pid;
		strcpy(came_from.dir, top->vm.dir);
	}
	back_to(top, from_vcpus ? TOP_VCPUS : TOP_VMS, &came_from);
	top->pinned = !from_vcpus || top->vcpu >= 0;
	if (from_vcpus)
		top->vcpu = -1;
}

void top_gone(struct top *top, const char *why)
{
	open_level(top, TOP_VMS);
	snprintf(top->message, sizeof(top->message), "%s", why);
}

void top_no_keys(struct top *top, const char *why)
{
	top_back(top);
	snprintf(top->message, sizeof(top->message), "%s", why);
}

void top_move(struct top *top, long lines)
{
	const long at = (long)top->selected + lines;

	if (!top->nr)
		return;
	top->selected = MIN(MAX(at, 0), (long)top->nr - 1);
	top->chosen = top->rows[top->selected];
	top->pinned = true;
}

void top_home(struct top *top)
{
	top->pinned = false;
}

void top_page(struct top *top, unsigned int lines)
{
	top->page = lines ?: 1;
	show_selected(top);
}

void top_was_read(struct top *top, uint64_t now_ns)
{
	const uint64_t soon = SECOND / 2;

	if (top->opened)
		top->opened--;
	top->due_ns = now_ns + (top->opened ? MIN(soon, top->interval_ns) : top->interval_ns);
}

bool top_is_due(const struct top *top, uint64_t now_ns)
{
	return (!top->paused || top->opened) && now_ns >= top->due_ns;
}
