// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the CPUID leaves of keys, which list the asking vCPU's as its snapshot has
 * them.  The copy is in memory that the vCPU has while it has keys, and only its thread uses it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/nospec.h>

#include "exitstat_key_leaves.h"
#include "exitstat_keys.h"
#include "exitstat_reasons.h"
#include "exitstat_slots.h"

/* Where a row is: keys by class and place, then floors by class, then what each slot has. */
#define NR_CLASSES	(KVM_EXITSTAT_NR_CLASSES - 1)
#define FLOORS		(NR_CLASSES * KVM_EXITSTAT_KEYS)
#define SLOTS		(FLOORS + NR_CLASSES)
#define LEVELS		2	/* of a slot: REASON, REST, the levels, RETURN_REST */
#define RETURNS		(LEVELS + KVM_EXITSTAT_NR_LEVELS)
#define OF_SLOT		(RETURNS + 1)

static_assert(SLOTS + KVM_EXITSTAT_MAX_SLOTS * OF_SLOT == KVM_EXITSTAT_MAX_KEY_ROWS,
	      "a snapshot has room for each row");

/**
 * struct row - a row of a snapshot's keys
 * @value: eax and ebx of KVM_EXITSTAT_K_VALUE
 * @what: its ecx
 * @reason: ecx of what follows
 * @times: exits and cycles
 * @error: as in struct kvm_exitstat_key
 */
struct row {
	u64 value;
	u32 what;
	u32 reason;
	struct kvm_exitstat_times times;
	u64 error;
};

static u32 reason_of(u32 slot)
{
	if (slot == KVM_EXITSTAT_OTHER)
		return KVM_EXITSTAT_SUB_OTHER;
	if (slot == KVM_EXITSTAT_NONE)
		return KVM_EXITSTAT_SUB_NONE;
	return kvm_exitstat_slot_reason(kvm_exitstat_isa(), slot);
}

static struct row key_row(const struct kvm_exitstat_keys *keys, u32 place)
{
	const u32 class = place / KVM_EXITSTAT_KEYS;
	const struct kvm_exitstat_key *key = &keys->table[class].key[place % KVM_EXITSTAT_KEYS];

	return (struct row){
		.value = key->value,
		/* Access and size are above the slot in both. */
		.what = (KVM_EXITSTAT_ROW_KEY + class + 1) | (key->about >> 16) << 8,
		.reason = reason_of(key->slot),
		.times = key->times,
		.error = key->error,
	};
}

static struct row floor_row(const struct kvm_exitstat_keys *keys, u32 class)
{
	return (struct row){
		.value = KVM_EXITSTAT_ROW_KEY + class + 1,
		.what = KVM_EXITSTAT_ROW_FLOOR,
		.reason = KVM_EXITSTAT_SUB_NONE,
		.times = { .exits = keys->table[class].floor },
	};
}

static struct row slot_row(const struct kvm_exitstat_keys *keys, u32 place)
{
	const u32 slot = place / OF_SLOT, kind = place % OF_SLOT;
	const struct kvm_exitstat_of_slot *of = &keys->slot[slot];
	struct row row = { .what = kind, .reason = reason_of(slot) };

	if (kind == RETURNS) {
		row.what = KVM_EXITSTAT_ROW_RETURN_REST;
		row.times = of->returns;
	} else if (kind >= LEVELS) {
		row.value = kind - LEVELS;
		row.what = KVM_EXITSTAT_ROW_LEVEL;
		row.times = kvm_exitstat_at_level(keys, slot, row.value);
	} else {
		row.times = kind == KVM_EXITSTAT_ROW_REST ? of->rest : of->base;
	}
	return row;
}

static struct row row_at(const struct kvm_exitstat_keys *keys, u32 place)
{
	if (place < FLOORS)
		return key_row(keys, place);
	if (place < SLOTS)
		return floor_row(keys, place - FLOORS);
	return slot_row(keys, place - SLOTS);
}

static void list_row(struct kvm_exitstat_frozen *frozen, u32 place)
{
	const struct kvm_exitstat_times times = row_at(&frozen->keys, place).times;

	if (times.exits || times.kernel || times.user)
		frozen->row[frozen->nr++] = place;
}

static void list_rows(struct kvm_exitstat_frozen *frozen)
{
	u32 i, k;

	for (i = 0; i < kvm_exitstat_slots * OF_SLOT; i++)
		list_row(frozen, SLOTS + i);
	for (i = 0; i < NR_CLASSES; i++) {
		list_row(frozen, FLOORS + i);
		for (k = 0; k < frozen->keys.table[i].used; k++)
			list_row(frozen, i * KVM_EXITSTAT_KEYS + k);
	}
}

/**
 * kvm_exitstat_freeze_keys - the vCPU has taken a snapshot
 * @vcpu: the vCPU, by its own thread
 * @id: the snapshot's
 * @ledger: a buffer
 */
void kvm_exitstat_freeze_keys(struct kvm_vcpu *vcpu, u32 id, struct kvm_exitstat_ledger *ledger)
{
	const struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);
	struct kvm_exitstat_frozen *frozen;
	struct kvm_exitstat_keys *keys;

	guard(rcu)();
	keys = rcu_dereference(stat->keys);
	if (!keys)
		return;
	frozen = kvm_exitstat_frozen_of(keys);
	frozen->torn = !kvm_exitstat_read_keys(stat, ledger, &frozen->keys);
	frozen->nr = 0;
	if (frozen->keys.begun)
		list_rows(frozen);
	frozen->id = id;
}

static u64 number_of(const struct row *row, u32 which)
{
	switch (which) {
	case KVM_EXITSTAT_K_EXITS:
		return row->times.exits;
	case KVM_EXITSTAT_K_KERNEL:
		return row->times.kernel;
	case KVM_EXITSTAT_K_USER:
		return row->times.user;
	case KVM_EXITSTAT_K_ERROR:
		return row->error;
	default:
		return row->value;
	}
}

/**
 * kvm_exitstat_answer_keys - answer a leaf of keys from the vCPU's snapshot
 * @vcpu: the vCPU, by its own thread
 * @id: the snapshot's
 * @which: KVM_EXITSTAT_K_*
 * @index: the row
 * @out: stays 0 if that snapshot has no keys
 */
void kvm_exitstat_answer_keys(struct kvm_vcpu *vcpu, u32 id, u32 which, u32 index,
			      struct kvm_exitstat_answer *out)
{
	const struct kvm_exitstat_frozen *frozen;
	struct kvm_exitstat_keys *keys;
	struct row row;
	u64 number;

	guard(rcu)();
	keys = rcu_dereference(kvm_exitstat_of(vcpu)->keys);
	if (!keys || !READ_ONCE(kvm_exitstat_keys))
		return;
	frozen = kvm_exitstat_frozen_of(keys);
	if (frozen->id != id)
		return;
	out->edx = id;
	if (which == KVM_EXITSTAT_K_ROWS) {
		out->eax = frozen->nr;
		out->ebx = frozen->torn;
		return;
	}
	if (index >= frozen->nr)
		return;
	row = row_at(&frozen->keys, frozen->row[array_index_nospec(index, frozen->nr)]);
	number = number_of(&row, which);
	out->eax = lower_32_bits(number);
	out->ebx = upper_32_bits(number);
	out->ecx = which == KVM_EXITSTAT_K_VALUE ? row.what : row.reason;
}
