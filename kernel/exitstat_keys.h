/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the keys of exits, while exitstat_keys=1.  docs/abi.md says what a key is.
 *
 * This header is for kvm and for the vendor modules, each of which has an exitstat_keys.c.
 */
#ifndef __KVM_X86_EXITSTAT_KEYS_H
#define __KVM_X86_EXITSTAT_KEYS_H

#include <linux/bits.h>
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
 * @value: as in struct kvm_exitstat_what
 * @slot: likewise
 * @about: likewise
 * @next: the next entry of the chain and 1; 0 ends the chain
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
 * @chain: the first entry of each chain and 1; 0: none
 * @key: the entries
 */
struct kvm_exitstat_table {
	u32 used;
	u64 floor;
	u8 chain[KVM_EXITSTAT_KEY_CHAINS];
	struct kvm_exitstat_key key[KVM_EXITSTAT_KEYS];
};

/**
 * struct kvm_exitstat_of_slot - what is kept for a reason
 * @base: its values when the keys began
 * @rest: exits whose key has lost its entry
 * @level: by enum kvm_exitstat_level
 */
struct kvm_exitstat_of_slot {
	struct kvm_exitstat_times base;
	struct kvm_exitstat_times rest;
	struct kvm_exitstat_times level[KVM_EXITSTAT_NR_LEVELS];
};

/**
 * struct kvm_exitstat_keys - the keys of one vCPU
 * @extra: to allocate and free this struct
 * @begun: the vCPU has had an exit since it has these keys
 * @nested: the last exit was a nested guest's
 * @last: slot of the last exit's reason
 * @key: the last exit's entry, NULL if it has no key
 * @from: values of @last before the last exit; what is added to them is the exit's
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
	u64 seed;
	struct kvm_exitstat_table table[KVM_EXITSTAT_NR_CLASSES - 1];
	struct kvm_exitstat_of_slot slot[];
};

/* Rows of a vCPU's keys: entries, floors, and 5 of each slot */
#define KVM_EXITSTAT_MAX_KEY_ROWS \
	((KVM_EXITSTAT_NR_CLASSES - 1) * (KVM_EXITSTAT_KEYS + 1) + 5 * KVM_EXITSTAT_MAX_SLOTS)

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

void kvm_exitstat_hypercall_key(struct kvm_vcpu *vcpu, struct kvm_exitstat_what *what);
void kvm_exitstat_keys_setup(kvm_exitstat_key_of_t key_of);
struct kvm_exitstat_extra *kvm_exitstat_new_keys(void);
int kvm_exitstat_begin_keys(void);
void kvm_exitstat_end_keys(void);
bool kvm_exitstat_read_keys(const struct kvm_exitstat *stat, struct kvm_exitstat_ledger *ledger,
			    struct kvm_exitstat_keys *keys);
const char *kvm_exitstat_class_name(u32 class);

#endif /* __KVM_X86_EXITSTAT_KEYS_H */
