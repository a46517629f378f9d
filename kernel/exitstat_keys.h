/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the keys of exits, while exitstat_keys=1.  docs/abi.md says what a key is.
 *
 * This header is for kvm and for the vendor modules, each of which has an exitstat_keys.c.
 */
#ifndef __KVM_X86_EXITSTAT_KEYS_H
#define __KVM_X86_EXITSTAT_KEYS_H

#include <linux/bits.h>
#include <linux/kcsan-checks.h>
#include <linux/kvm_host.h>

#include "exitstat.h"
#include "exitstat_ledger.h"

/* Keys of a class that a vCPU has */
#define KVM_EXITSTAT_KEYS	64
#define KVM_EXITSTAT_KEY_BITS	7
#define KVM_EXITSTAT_KEY_CHAINS	BIT(KVM_EXITSTAT_KEY_BITS)

/* CPUID shows a guest these numbers; new ones come last. */
enum kvm_exitstat_class {
	KVM_EXITSTAT_NO_CLASS,
	KVM_EXITSTAT_MSR,
	KVM_EXITSTAT_PORT,
	KVM_EXITSTAT_ADDRESS,
	KVM_EXITSTAT_FRAME,
	KVM_EXITSTAT_CPUID,
	KVM_EXITSTAT_HYPERCALL,
	KVM_EXITSTAT_REGISTER,
	KVM_EXITSTAT_EXCEPTION,
	KVM_EXITSTAT_VECTOR,
	KVM_EXITSTAT_XCR,
	KVM_EXITSTAT_VMGEXIT,
	KVM_EXITSTAT_RETURN,	/* of KVM_RUN to user space, beside the exit's own key */
	KVM_EXITSTAT_NR_CLASSES
};

/* Whose an exit was */
enum kvm_exitstat_level {
	KVM_EXITSTAT_L1,	/* the guest's own */
	KVM_EXITSTAT_L2,	/* a nested guest's, which went on */
	KVM_EXITSTAT_L2_L1,	/* a nested guest's, after which its hypervisor ran */
	KVM_EXITSTAT_NR_LEVELS
};

/**
 * struct kvm_exitstat_found - the key of an exit, but for the reason
 * @value: depends on the class
 * @about: access, a letter or 0, in bits 16 to 23; size in bytes, or 0, above
 * @table: offset of the class' table in struct kvm_exitstat_keys; 0 if the exit has no key
 */
struct kvm_exitstat_found {
	u64 value;
	u32 about;
	u32 table;
};

/**
 * struct kvm_exitstat_times - exits and their time
 * @exits: number
 * @kernel: cycles
 * @user: cycles
 */
struct kvm_exitstat_times {
	u64 exits;
	u64 kernel;
	u64 user;
};

/**
 * struct kvm_exitstat_key - an entry of a table
 * @value: as in struct kvm_exitstat_found
 * @slot: of the reason
 * @about: likewise; the low 16 bits are the slot
 * @next: offset of the chain's next entry in the table
 * @error: number of exits that it may have had before it got this entry
 * @times: since then.  Of the last exit's entry, kernel is less by what its reason had when the
 *	exit began, so that what it has later is all there is to add; user is without that of
 *	the last return.
 */
struct kvm_exitstat_key {
	u64 value;
	union {
		u16 slot;
		u32 about;
	};
	u32 next;
	u64 error;
	struct kvm_exitstat_times times;
};

/**
 * struct kvm_exitstat_table - the keys of a class
 * @end: ends each chain: an entry at offset 0 that is no key
 * @used: number of entries in use
 * @floor: the most exits that a key without an entry may have had
 * @chain: offset of each chain's first entry in the table
 * @key: the entries
 */
struct kvm_exitstat_table {
	struct kvm_exitstat_key end;
	u32 used;
	u64 floor;
	u16 chain[KVM_EXITSTAT_KEY_CHAINS];
	struct kvm_exitstat_key key[KVM_EXITSTAT_KEYS];
};

static_assert(sizeof(struct kvm_exitstat_table) < 1 << 16, "offsets have 16 bits");

/**
 * struct kvm_exitstat_of_slot - what is kept for a reason
 * @base: its values when the keys began; in a copy, what it has had since
 * @rest: exits whose key has lost its entry
 * @returns: likewise returns
 * @l2: at this level; what L1 has is the rest of what the reason has had since @base
 * @l2_l1: likewise
 */
struct kvm_exitstat_of_slot {
	struct kvm_exitstat_times base;
	struct kvm_exitstat_times rest;
	struct kvm_exitstat_times returns;
	struct kvm_exitstat_times l2;
	struct kvm_exitstat_times l2_l1;
};

/**
 * struct kvm_exitstat_keys - the keys of one vCPU
 * @extra: to allocate and free this struct
 * @unusual: the next exit takes more than to find its key: its vCPU is a TD's, or one of the next
 * @begun: the vCPU has had an exit since it has these keys
 * @nested: the last exit was a nested guest's
 * @key: the last exit's entry
 * @seed: of the tables' hash
 * @none: the entry of exits that have no key
 * @from: if @nested, values of @key's slot before the last exit; what is added is the exit's
 * @returned: the last return's entry; @none before the first return
 * @returned_for: that of the exit that returned
 * @user: the user time of @returned's slot so far; what is added is that of both entries
 * @table: by class; NO_CLASS has none
 * @slot: what is kept for each reason
 *
 * Only the vCPU's thread writes this, as struct kvm_exitstat.
 */
struct kvm_exitstat_keys {
	struct kvm_exitstat_extra extra;
	bool unusual;
	bool begun;
	bool nested;
	struct kvm_exitstat_key *key;
	u64 seed;
	struct kvm_exitstat_key none;
	struct kvm_exitstat_times from;
	struct kvm_exitstat_key *returned;
	struct kvm_exitstat_key *returned_for;
	u64 user;
	struct kvm_exitstat_table table[KVM_EXITSTAT_NR_CLASSES - 1];
	struct kvm_exitstat_of_slot slot[];
};

/* Rows of a vCPU's keys: entries, floors, and 6 of each slot */
#define KVM_EXITSTAT_MAX_KEY_ROWS \
	((KVM_EXITSTAT_NR_CLASSES - 1) * (KVM_EXITSTAT_KEYS + 1) + 6 * KVM_EXITSTAT_MAX_SLOTS)

/**
 * struct kvm_exitstat_frozen - the keys that a vCPU's snapshot has, right behind the vCPU's own
 * @id: the snapshot's; 0: it has none
 * @nr: number of rows
 * @torn: there was no consistent reading
 * @row: the place of each row in @keys
 * @keys: the copy
 */
struct kvm_exitstat_frozen {
	u32 id;
	u32 nr;
	bool torn;
	u16 row[KVM_EXITSTAT_MAX_KEY_ROWS];
	struct kvm_exitstat_keys keys;
};

extern unsigned int kvm_exitstat_keys;

u64 kvm_exitstat_keys_period(void);

static inline size_t kvm_exitstat_keys_size(void)
{
	return offsetof(struct kvm_exitstat_keys, slot[kvm_exitstat_slots]);
}

static inline struct kvm_exitstat_frozen *kvm_exitstat_frozen_of(struct kvm_exitstat_keys *keys)
{
	return (void *)keys + kvm_exitstat_keys_size();
}

bool __cold kvm_exitstat_start_keys(const struct kvm_exitstat *stat,
				    struct kvm_exitstat_keys *keys);
struct kvm_exitstat_key *kvm_exitstat_new_key(const struct kvm_exitstat *stat,
					      struct kvm_exitstat_keys *keys,
					      struct kvm_exitstat_table *table, u64 value,
					      u32 about);
void kvm_exitstat_keep_return(struct kvm_exitstat *stat, u32 value, char access);
void kvm_exitstat_keep_plain_return(struct kvm_exitstat *stat, u32 reason, u64 put);
struct kvm_exitstat_times kvm_exitstat_at_level(const struct kvm_exitstat_keys *keys, u32 slot,
						u32 level);
struct kvm_exitstat_found kvm_exitstat_hypercall_key(struct kvm_vcpu *vcpu);
struct kvm_exitstat_extra *kvm_exitstat_new_keys(void);
bool kvm_exitstat_read_keys(const struct kvm_exitstat *stat, struct kvm_exitstat_ledger *ledger,
			    struct kvm_exitstat_keys *keys);
const char *kvm_exitstat_class_name(u32 class);

static __always_inline struct kvm_exitstat_found kvm_exitstat_found(u32 class, u64 value,
								    char access, u8 size)
{
	return (struct kvm_exitstat_found){
		.value = value, .about = (u32)access << 16 | (u32)size << 24,
		.table = class ? offsetof(struct kvm_exitstat_keys, table) +
				 (class - 1) * sizeof(struct kvm_exitstat_table) : 0,
	};
}

static __always_inline void kvm_exitstat_add_times(struct kvm_exitstat_times *to,
						   struct kvm_exitstat_times times)
{
	to->exits += times.exits;
	to->kernel += times.kernel;
	to->user += times.user;
}

/* The values of @slot less those of @from */
static __always_inline struct kvm_exitstat_times
kvm_exitstat_times_since(const struct kvm_exitstat *stat, u32 slots, u64 slot,
			 struct kvm_exitstat_times from)
{
	const u64 *value = stat->value;

	return (struct kvm_exitstat_times){
		value[kvm_exitstat_index(slots, KVM_EXITSTAT_V_EXITS, slot)] - from.exits,
		value[kvm_exitstat_index(slots, KVM_EXITSTAT_V_KERNEL, slot)] - from.kernel,
		value[kvm_exitstat_index(slots, KVM_EXITSTAT_V_USER, slot)] - from.user,
	};
}

/* @about is small, and few keys of a class have the same sum: only the seed decides. */
static __always_inline u64 kvm_exitstat_hash(const struct kvm_exitstat_keys *keys, u64 value,
					     u32 about)
{
	return ((value + about) * keys->seed) >> (64 - KVM_EXITSTAT_KEY_BITS);
}

static __always_inline struct kvm_exitstat_key *
kvm_exitstat_first_key(struct kvm_exitstat_keys *keys, struct kvm_exitstat_table *table, u64 value,
		       u32 about)
{
	return (void *)table + table->chain[kvm_exitstat_hash(keys, value, about)];
}

static __always_inline bool kvm_exitstat_is_key(const struct kvm_exitstat_key *key, u64 value,
						u32 about)
{
	return likely(key->value == value) && likely(key->about == about);
}

static inline struct kvm_exitstat_key *
kvm_exitstat_find_key(const struct kvm_exitstat *stat, struct kvm_exitstat_keys *keys,
		      struct kvm_exitstat_table *table, u64 value, u32 about)
{
	struct kvm_exitstat_key *key = kvm_exitstat_first_key(keys, table, value, about);

	while (!kvm_exitstat_is_key(key, value, about)) {
		if (key == &table->end)
			return kvm_exitstat_new_key(stat, keys, table, value, about);
		key = (void *)table + key->next;
	}
	return key;
}

/*
 * What follows is for the vendor modules, whose functions have these parts.  An exit is counted
 * between the first and the last, with interrupts off, as by the hook without keys.
 *
 * What the reason of an exit has had until the next exit, over what it had at the exit, is the
 * key's.  What user space adds after a return of KVM_RUN is kept at the next return.
 */

/* Without hiding it gcc would keep both addresses in registers. */
static __always_inline struct kvm_exitstat *kvm_exitstat_with(union kvm_exitstat_stamp *exit)
{
	struct kvm_exitstat *stat = container_of(exit, struct kvm_exitstat, exit);

	OPTIMIZER_HIDE_VAR(stat);
	return stat;
}

/* The sequence is odd, as after write_begin() in exitstat_ledger.c. */
static __always_inline void kvm_exitstat_begin_key(struct kvm_exitstat *stat)
{
	kcsan_nestable_atomic_begin();
	/* In one add, as kvm_exitstat_add64() */
	data_race(stat->seq++);
	/* seq is odd before anything changes; pairs with read_stamp() and read_held() */
	smp_wmb();
}

static __always_inline void kvm_exitstat_end_key(struct kvm_exitstat *stat)
{
	/* All changes before seq is even; pairs with read_stamp() */
	smp_wmb();
	/* As write_end() */
	data_race(stat->seq++);
	kcsan_nestable_atomic_end();
}

static __always_inline u64 kvm_exitstat_kernel_of(const struct kvm_exitstat *stat, u32 slots,
						  u64 slot)
{
	return stat->value[kvm_exitstat_index(slots, KVM_EXITSTAT_V_KERNEL, slot)];
}

/* Count the exit; the one before is over.  Returns @slot. */
static __always_inline u64 kvm_exitstat_count_key(struct kvm_exitstat *stat,
						  struct kvm_exitstat_keys *keys, u32 isa,
						  u64 slot)
{
	struct kvm_exitstat_key *before = keys->key;

	slot = kvm_exitstat_count(stat, isa, slot);
	before->times.kernel += kvm_exitstat_kernel_of(stat, kvm_exitstat_slots_of(isa),
						       before->slot);
	return slot;
}

/* @key is the exit's. */
static __always_inline void kvm_exitstat_take_key(struct kvm_exitstat *stat,
						  struct kvm_exitstat_keys *keys, u32 slots,
						  u64 slot, struct kvm_exitstat_key *key)
{
	key->times.exits++;
	key->times.kernel -= kvm_exitstat_kernel_of(stat, slots, slot);
	keys->key = key;
	kvm_exitstat_end_key(stat);
}

/* A key that is not the first of its chain */
static noinline notrace __maybe_unused void
__kvm_exitstat_take_found(struct kvm_exitstat *stat, struct kvm_exitstat_keys *keys, u32 slots,
			  struct kvm_exitstat_table *table, u64 value, u32 about)
{
	kvm_exitstat_take_key(stat, keys, slots, (u16)about,
			      kvm_exitstat_find_key(stat, keys, table, value, about));
}

/* The exit's key is @found.  All that takes a call is out of line, and is the last thing to do. */
static __always_inline void kvm_exitstat_take_found(struct kvm_exitstat *stat,
						    struct kvm_exitstat_keys *keys, u32 isa,
						    u64 slot, struct kvm_exitstat_found found)
{
	const u32 slots = kvm_exitstat_slots_of(isa);
	struct kvm_exitstat_table *table = (void *)keys + found.table;
	struct kvm_exitstat_key *key = &keys->none;

	if (found.table) {
		found.about |= slot;
		key = kvm_exitstat_first_key(keys, table, found.value, found.about);
		if (!kvm_exitstat_is_key(key, found.value, found.about))
			return __kvm_exitstat_take_found(stat, keys, slots, table, found.value,
							 found.about);
	} else {
		key->slot = slot;
	}
	kvm_exitstat_take_key(stat, keys, slots, slot, key);
}

/* A nested guest's exit is over; @nested: a nested guest has run after it. */
static inline void kvm_exitstat_settle_level(const struct kvm_exitstat *stat,
					     struct kvm_exitstat_keys *keys, u32 slots,
					     bool nested)
{
	const u32 slot = keys->key->slot;
	struct kvm_exitstat_of_slot *of = &keys->slot[slot];

	kvm_exitstat_add_times(nested ? &of->l2 : &of->l2_l1,
			       kvm_exitstat_times_since(stat, slots, slot, keys->from));
}

/*
 * Before an exit in @slot is counted, after one that was a nested guest's, or of a nested guest
 * or a TD, or the first since there are keys.  Returns whether there are.
 */
static inline bool kvm_exitstat_begin_unusual(struct kvm_exitstat *stat,
					      struct kvm_exitstat_keys *keys, u32 isa, u64 slot,
					      bool nested, bool td)
{
	const u32 slots = kvm_exitstat_slots_of(isa);

	if (!keys->begun && !kvm_exitstat_start_keys(stat, keys))
		return false;
	kvm_exitstat_begin_key(stat);
	if (keys->nested)
		kvm_exitstat_settle_level(stat, keys, slots, nested);
	if (nested)
		keys->from = kvm_exitstat_times_since(stat, slots, slot,
						      (struct kvm_exitstat_times){});
	keys->nested = nested;
	keys->unusual = nested || td;
	return true;
}

#endif /* __KVM_X86_EXITSTAT_KEYS_H */
