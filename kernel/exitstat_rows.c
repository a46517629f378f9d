// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: keys of a vCPU, and the sums over a VM and over the host.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kvm_host.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "exitstat_rows.h"
#include "exitstat_vms.h"

/* Once a sum has so many rows, further keys are added to the rest of their reason. */
#define MAX_ROWS	65536
/* So many new rows are merged with the others at once. */
#define MANY_ROWS	4096u

/**
 * struct gather - vCPUs are added up
 * @rows: the sum
 * @r: 0, or why it is not complete
 * @ledger: buffer for one vCPU
 * @keys: buffer for one vCPU
 */
struct gather {
	struct kvm_exitstat_rows *rows;
	int r;
	struct kvm_exitstat_ledger *ledger;
	struct kvm_exitstat_keys *keys;
};

static int compare(const void *a, const void *b)
{
	const struct kvm_exitstat_what *x = &((const struct kvm_exitstat_row *)a)->what;
	const struct kvm_exitstat_what *y = &((const struct kvm_exitstat_row *)b)->what;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->about < y->about ? -1 : x->about > y->about;
}

/* Sort the rows, and make those with the same key one. */
static void merge(struct kvm_exitstat_rows *rows)
{
	struct kvm_exitstat_row *to = rows->row, *from;

	if (!rows->nr)
		return;
	sort(rows->row, rows->nr, sizeof(*rows->row), compare, NULL);
	for (from = to + 1; from < rows->row + rows->nr; from++) {
		if (compare(from, to)) {
			*++to = *from;
			continue;
		}
		kvm_exitstat_add_times(&to->times, from->times);
		to->error += from->error;
	}
	rows->nr = to - rows->row + 1;
	rows->merged = rows->nr;
}

static bool has_room(struct kvm_exitstat_rows *rows)
{
	const u32 size = rows->size ? 2 * rows->size : 1024;
	struct kvm_exitstat_row *row;

	if (rows->nr < rows->size)
		return true;
	row = kvmalloc_array(size, sizeof(*row), GFP_KERNEL);
	if (!row)
		return false;
	if (rows->nr)
		memcpy(row, rows->row, rows->nr * sizeof(*row));
	kvfree(rows->row);
	rows->row = row;
	rows->size = size;
	return true;
}

static bool is_full(const struct kvm_exitstat_rows *rows)
{
	return rows->merged >= MAX_ROWS;
}

static void add_row(struct gather *g, struct kvm_exitstat_row row)
{
	struct kvm_exitstat_rows *rows = g->rows;

	if (!row.times.exits && !row.times.kernel && !row.times.user)
		return;
	if (is_full(rows) && row.what.class > KVM_EXITSTAT_ROW_KEY) {
		row.what = (struct kvm_exitstat_what){
			.slot = row.what.slot,
			.class = row.what.class == KVM_EXITSTAT_ROW_RETURN ?
				 KVM_EXITSTAT_ROW_RETURN_REST : KVM_EXITSTAT_ROW_REST,
		};
		row.error = 0;
	}
	if (has_room(rows))
		rows->row[rows->nr++] = row;
	else
		g->r = -ENOMEM;
}

static void add_kind(struct gather *g, u32 slot, u32 kind, u64 value,
		     struct kvm_exitstat_times times)
{
	add_row(g, (struct kvm_exitstat_row){
		.what = { .slot = slot, .class = kind, .value = value },
		.times = times,
	});
}

static void add_slot(struct gather *g, u32 slot)
{
	const struct kvm_exitstat_of_slot *of = &g->keys->slot[slot];
	u32 i;

	add_kind(g, slot, KVM_EXITSTAT_ROW_REASON, 0, of->base);
	add_kind(g, slot, KVM_EXITSTAT_ROW_REST, 0, of->rest);
	add_kind(g, slot, KVM_EXITSTAT_ROW_RETURN_REST, 0, of->returns);
	for (i = 0; i < KVM_EXITSTAT_NR_LEVELS; i++)
		add_kind(g, slot, KVM_EXITSTAT_ROW_LEVEL, i,
			 kvm_exitstat_at_level(g->keys, slot, i));
}

/* The most exits that a key may have had which gets no row of this table */
static u64 floor_of(const struct gather *g, const struct kvm_exitstat_table *table)
{
	const struct kvm_exitstat_key *key;
	u64 floor = table->floor;

	if (is_full(g->rows))
		for (key = table->key; key < table->key + table->used; key++)
			floor = max(floor, key->times.exits + key->error);
	return floor;
}

/* A row's error is what it has beside the sum of all floors, until gather_end() adds that. */
static void add_table(struct gather *g, u32 class)
{
	const struct kvm_exitstat_table *table = &g->keys->table[class - 1];
	const u64 floor = floor_of(g, table);
	const struct kvm_exitstat_key *key;

	for (key = table->key; key < table->key + table->used; key++)
		add_row(g, (struct kvm_exitstat_row){
			.what = {
				.value = key->value,
				.about = key->about,
				.class = KVM_EXITSTAT_ROW_KEY + class,
			},
			.times = key->times,
			.error = key->error - floor,
		});
	g->rows->floor[class] += floor;
}

/* Add a vCPU; false if that is not possible, or nobody waits for the sum. */
static bool add_vcpu(struct gather *g, struct kvm_vcpu *vcpu)
{
	bool consistent;
	u32 i;

	consistent = kvm_exitstat_read_keys(kvm_exitstat_of(vcpu), g->ledger, g->keys);
	if (g->keys->begun) {
		g->rows->vcpus++;
		g->rows->torn += !consistent;
		for (i = 0; i < kvm_exitstat_slots; i++)
			add_slot(g, i);
		for (i = 1; i < KVM_EXITSTAT_NR_CLASSES; i++)
			add_table(g, i);
		/* Not for each vCPU: to sort takes time. */
		if (g->rows->nr - g->rows->merged > max(g->rows->merged / 2, MANY_ROWS))
			merge(g->rows);
	}
	cond_resched();
	if (!g->r && fatal_signal_pending(current))
		g->r = -EINTR;
	return !g->r;
}

/* A vCPU without a row of a key may have had as many exits of it as its floor. */
static void add_floors(struct kvm_exitstat_rows *rows)
{
	struct kvm_exitstat_row *row;

	for (row = rows->row; row < rows->row + rows->nr; row++)
		if (row->what.class > KVM_EXITSTAT_ROW_KEY)
			row->error += rows->floor[row->what.class - KVM_EXITSTAT_ROW_KEY];
}

/* The keys were turned off meanwhile: the rows are not of one period. */
static void forget(struct kvm_exitstat_rows *rows)
{
	rows->nr = 0;
	rows->vcpus = 0;
	rows->torn = 0;
	rows->period = 0;
	memset(rows->floor, 0, sizeof(rows->floor));
}

static void gather_end(struct gather *g)
{
	kvfree(g->ledger);
	kvfree(g->keys);
	if (g->r && g->rows) {
		kvm_exitstat_free_rows(g->rows);
		g->rows = ERR_PTR(g->r);
	} else if (g->rows) {
		if (g->rows->period != kvm_exitstat_keys_period())
			forget(g->rows);
		merge(g->rows);
		add_floors(g->rows);
	}
}

static bool gather_begin(struct gather *g)
{
	*g = (struct gather){
		.rows = kvzalloc(sizeof(*g->rows), GFP_KERNEL),
		.ledger = kvzalloc(sizeof(*g->ledger), GFP_KERNEL),
		.keys = kvzalloc(struct_size(g->keys, slot, kvm_exitstat_slots), GFP_KERNEL),
	};
	if (g->rows && g->ledger && g->keys) {
		g->rows->period = kvm_exitstat_keys_period();
		return true;
	}
	g->r = -ENOMEM;
	kvfree(g->rows);
	g->rows = NULL;
	gather_end(g);
	g->rows = ERR_PTR(-ENOMEM);
	return false;
}

static void add_vm(struct gather *g, struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		if (!add_vcpu(g, vcpu))
			break;
}

static void visit_vm(struct kvm_exitstat_vm *vm, void *arg)
{
	struct gather *g = arg;

	if (!g->r)
		add_vm(g, kvm_exitstat_vm_of(vm));
}

/* The keys of a vCPU.  The caller frees them; ERR_PTR() without memory, or if it is killed. */
struct kvm_exitstat_rows *kvm_exitstat_vcpu_rows(struct kvm_vcpu *vcpu)
{
	struct gather g;

	if (gather_begin(&g)) {
		add_vcpu(&g, vcpu);
		gather_end(&g);
	}
	return g.rows;
}

/* Likewise the sum over the vCPUs that @kvm has now. */
struct kvm_exitstat_rows *kvm_exitstat_vm_rows(struct kvm *kvm)
{
	struct gather g;

	if (gather_begin(&g)) {
		add_vm(&g, kvm);
		gather_end(&g);
	}
	return g.rows;
}

/* Likewise over all VMs that there are; keys end with their VM. */
struct kvm_exitstat_rows *kvm_exitstat_host_rows(void)
{
	struct gather g;

	if (gather_begin(&g)) {
		kvm_exitstat_visit_vms(1, U64_MAX, visit_vm, &g);
		gather_end(&g);
	}
	return g.rows;
}

void kvm_exitstat_free_rows(struct kvm_exitstat_rows *rows)
{
	kvfree(rows->row);
	kvfree(rows);
}
