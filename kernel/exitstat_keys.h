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
 * @next: offset of the chain's next entry in the table; 0 ends the chain
 * @error: number of exits that it may have had before it got this entry
 * @times: since then
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
 * @used: number of entries in use
 * @floor: the most exits that a key without an entry may have had
 * @chain: offset of each chain's first entry in the table; 0: none
 * @key: the entries
 */
struct kvm_exitstat_table {
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
 * @begun: the vCPU has had an exit since it has these keys
 * @nested: the last exit was a nested guest's
 * @last: slot of the last exit's reason
 * @key: the last exit's entry, NULL if it has no key
 * @from: values of @last before the last exit; what is added to them is the exit's
 * @returned: the last return's entry, NULL before the first return
 * @user: the user time of its slot before it; what is added is the return's
 * @seed: of the tables' hash
 * @table: by class; NO_CLASS has none
 * @slot: what is kept for each reason
 *
 * Only the vCPU's thread writes this, as struct kvm_exitstat.
 */
struct kvm_exitstat_keys {
	struct kvm_exitstat_extra extra;
	bool begun;
	bool nested;
	u32 last;
	struct kvm_exitstat_key *key;
	struct kvm_exitstat_times from;
	struct kvm_exitstat_key *returned;
	u64 user;
	u64 seed;
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

static inline size_t kvm_exitstat_keys_size(void)
{
	return offsetof(struct kvm_exitstat_keys, slot[kvm_exitstat_slots]);
}

static inline struct kvm_exitstat_frozen *kvm_exitstat_frozen_of(struct kvm_exitstat_keys *keys)
{
	return (void *)keys + kvm_exitstat_keys_size();
}

bool __cold kvm_exitstat_start_keys(struct kvm_exitstat *stat, struct kvm_exitstat_keys *keys);
struct kvm_exitstat_key *kvm_exitstat_new_key(struct kvm_exitstat_keys *keys,
					      struct kvm_exitstat_table *table, u64 value,
					      u32 about);
void kvm_exitstat_keep_return(struct kvm_exitstat *stat, u32 value, char access);
struct kvm_exitstat_times kvm_exitstat_at_level(const struct kvm_exitstat_keys *keys, u32 slot,
						u32 level);
char kvm_exitstat_whose_hypercall(struct kvm_vcpu *vcpu);
u64 kvm_exitstat_hypercall(struct kvm_vcpu *vcpu, char whose);
void kvm_exitstat_keys_setup(kvm_exitstat_probe_t probe);
struct kvm_exitstat_extra *kvm_exitstat_new_keys(void);
int kvm_exitstat_begin_keys(void);
void kvm_exitstat_end_keys(void);
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

static __always_inline struct kvm_exitstat_found kvm_exitstat_hypercall_key(struct kvm_vcpu *vcpu)
{
	const char whose = kvm_exitstat_whose_hypercall(vcpu);

	return kvm_exitstat_found(KVM_EXITSTAT_HYPERCALL, kvm_exitstat_hypercall(vcpu, whose),
				  whose, 0);
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

static __always_inline u64 kvm_exitstat_hash(const struct kvm_exitstat_keys *keys, u64 value,
					     u32 about)
{
	return ((value ^ (u64)about << 32) * keys->seed) >> (64 - KVM_EXITSTAT_KEY_BITS);
}

static __always_inline struct kvm_exitstat_key *
kvm_exitstat_find_key(struct kvm_exitstat_keys *keys, struct kvm_exitstat_table *table, u64 value,
		      u32 about)
{
	u64 at = table->chain[kvm_exitstat_hash(keys, value, about)];
	struct kvm_exitstat_key *key;

	for (; at; at = key->next) {
		key = (void *)table + at;
		if (key->value == value && key->about == about)
			return key;
	}
	return kvm_exitstat_new_key(keys, table, value, about);
}

/* The last exit is over; @nested: a nested guest has run after it. */
static __always_inline void kvm_exitstat_settle_key(const struct kvm_exitstat *stat,
						    struct kvm_exitstat_keys *keys, u32 slots,
						    bool nested)
{
	const struct kvm_exitstat_times times =
		kvm_exitstat_times_since(stat, slots, keys->last, keys->from);

	if (unlikely(keys->nested))
		kvm_exitstat_add_times(nested ? &keys->slot[keys->last].l2 :
				       &keys->slot[keys->last].l2_l1, times);
	if (keys->key)
		kvm_exitstat_add_times(&keys->key->times, times);
}

/* The vCPU's keys; NULL if none are kept now. */
static __always_inline struct kvm_exitstat_keys *kvm_exitstat_keys_of(struct kvm_exitstat *stat)
{
	struct kvm_exitstat_keys *keys;

	if (!static_branch_likely(&kvm_exitstat_key))
		return NULL;
	keys = rcu_dereference_raw(stat->keys);
	if (!keys || (unlikely(!keys->begun) && !kvm_exitstat_start_keys(stat, keys)))
		return NULL;
	return keys;
}

/*
 * An exit of the reason in @slot, which the hook has not counted yet.  Interrupts are off.
 *
 * While exitstat=0 kvm_exitstat_close() may write.  It waits for a probe as for a hook.  The
 * static key is on before the exit's hook is, so that each exit that is counted has its key; and
 * off before the entry's is, so that the exit before is settled.
 */
static __always_inline void kvm_exitstat_keep_key(struct kvm_exitstat *stat,
						  struct kvm_exitstat_keys *keys, u32 isa,
						  bool nested, u64 slot,
						  struct kvm_exitstat_found found)
{
	const u32 slots = kvm_exitstat_slots_of(isa);

	kcsan_nestable_atomic_begin();
	/* As write_begin() in exitstat_ledger.c, in one add as kvm_exitstat_add64() */
	data_race(stat->seq++);
	/* seq is odd before anything changes; pairs with read_stamp() and read_held() */
	smp_wmb();
	kvm_exitstat_settle_key(stat, keys, slots, nested);
	keys->last = slot;
	keys->nested = nested;
	keys->from = kvm_exitstat_times_since(stat, slots, slot, (struct kvm_exitstat_times){});
	keys->key = found.table ? kvm_exitstat_find_key(keys, (void *)keys + found.table,
							found.value, found.about | slot) : NULL;
	/* All changes before seq is even; pairs with read_stamp() */
	smp_wmb();
	/* As write_end() */
	data_race(stat->seq++);
	kcsan_nestable_atomic_end();
}

#endif /* __KVM_X86_EXITSTAT_KEYS_H */
