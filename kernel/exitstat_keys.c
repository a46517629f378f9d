// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the keys of exits, while exitstat_keys=1.
 *
 * Nothing is added to the hooks.  A probe on the tracepoint kvm_exit finds the key of each exit,
 * before the hook counts the exit.  What an exit adds to its reason's accounts until the next
 * exit is its key's.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include <asm/kvm_exitstat_compat.h>

#include "hyperv.h"
#include "trace.h"
#include "x86.h"
#include "xen.h"

#include "exitstat_keys.h"
#include "exitstat_reasons.h"

unsigned int kvm_exitstat_keys;
static kvm_exitstat_probe_t exitstat_probe;	/* NULL: there are no keys */

/*
 * Whose hypercall it is, as kvm_emulate_hypercall() tells them apart: KVM's, Hyper-V's or Xen's.
 * Xen's numbers have no bit 31, which Hyper-V's calls set if a guest has both.
 */
char kvm_exitstat_whose_hypercall(struct kvm_vcpu *vcpu)
{
	const bool hyperv = kvm_hv_hypercall_enabled(vcpu);

	if (kvm_xen_hypercall_enabled(vcpu->kvm) &&
	    !(hyperv && vcpu->arch.regs[VCPU_REGS_RAX] & 0x80000000))
		return 'x';
	return hyperv ? 'h' : 'k';
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_whose_hypercall);

/* Its number */
u64 kvm_exitstat_hypercall(struct kvm_vcpu *vcpu, char whose)
{
	const bool is_64_bit = is_64_bit_hypercall(vcpu);
	const unsigned long *regs = vcpu->arch.regs;

	if (whose == 'h')
		return (u16)(is_64_bit ? regs[VCPU_REGS_RCX] : regs[VCPU_REGS_RAX]);
	return is_64_bit ? regs[VCPU_REGS_RAX] : (u32)regs[VCPU_REGS_RAX];
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_hypercall);

/* From now on the keys are those of this vCPU's exits; false if that is not wanted now. */
bool __cold kvm_exitstat_start_keys(struct kvm_exitstat *stat, struct kvm_exitstat_keys *keys)
{
	u32 slot;

	if (!READ_ONCE(kvm_exitstat_keys))
		return false;
	for (slot = 0; slot < kvm_exitstat_slots; slot++)
		keys->slot[slot].base = kvm_exitstat_times_since(stat, kvm_exitstat_slots, slot,
								 (struct kvm_exitstat_times){});
	/* Readers find no keys before; pairs with copy_keys() */
	smp_store_release(&keys->begun, true);
	return true;
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_start_keys);

/* The entry with the fewest exits makes room; what it had is added to its reason's rest. */
static struct kvm_exitstat_key *evict(struct kvm_exitstat_keys *keys,
				      struct kvm_exitstat_table *table)
{
	struct kvm_exitstat_key *key, *least = table->key;
	u16 *first;
	u32 at;

	for (key = table->key + 1; key < table->key + KVM_EXITSTAT_KEYS; key++)
		if (key->times.exits + key->error < least->times.exits + least->error)
			least = key;
	kvm_exitstat_add_times(&keys->slot[least->slot].rest, least->times);
	table->floor = least->times.exits + least->error;

	at = (void *)least - (void *)table;
	first = &table->chain[kvm_exitstat_hash(keys, least->value, least->about)];
	if (*first == at) {
		*first = least->next;
	} else {
		for (key = (void *)table + *first; key->next != at;)
			key = (void *)table + key->next;
		key->next = least->next;
	}
	return least;
}

/* A key without an entry gets one. */
struct kvm_exitstat_key *kvm_exitstat_new_key(struct kvm_exitstat_keys *keys,
					      struct kvm_exitstat_table *table, u64 value,
					      u32 about)
{
	u16 *first = &table->chain[kvm_exitstat_hash(keys, value, about)];
	struct kvm_exitstat_key *key;

	key = table->used < KVM_EXITSTAT_KEYS ? &table->key[table->used++] : evict(keys, table);
	*key = (struct kvm_exitstat_key){
		.value = value,
		.about = about,
		.next = *first,
		.error = table->floor,
	};
	*first = (void *)key - (void *)table;
	return key;
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_new_key);

void kvm_exitstat_keys_setup(kvm_exitstat_probe_t probe)
{
	exitstat_probe = probe;
}

/* Each vCPU has memory for keys.  Returns 0 or -ENOMEM. */
int kvm_exitstat_begin_keys(void)
{
	int r = exitstat_probe ? register_trace_kvm_exit(exitstat_probe, NULL) : 0;

	/* Only once every CPU calls the probe: from its first exit on, a vCPU misses none. */
	if (!r)
		WRITE_ONCE(kvm_exitstat_keys, 1);
	return r;
}

/* When this returns, no probe uses the memory. */
void kvm_exitstat_end_keys(void)
{
	WRITE_ONCE(kvm_exitstat_keys, 0);
	if (!exitstat_probe)
		return;
	unregister_trace_kvm_exit(exitstat_probe, NULL);
	tracepoint_synchronize_unregister();
}

struct kvm_exitstat_extra *kvm_exitstat_new_keys(void)
{
	struct kvm_exitstat_keys *keys;

	/* The vCPU's own, and those of its snapshot: CPUID allocates nothing for these. */
	keys = kvzalloc(2 * kvm_exitstat_keys_size() + offsetof(struct kvm_exitstat_frozen, keys),
			GFP_KERNEL_ACCOUNT);
	if (!keys)
		return NULL;
	/* A product with an odd number keeps all bits. */
	keys->seed = get_random_u64() | 1;
	return &keys->extra;
}

static void read_times(const struct kvm_exitstat_times *from, struct kvm_exitstat_times *to)
{
	to->exits = READ_ONCE(from->exits);
	to->kernel = READ_ONCE(from->kernel);
	to->user = READ_ONCE(from->user);
}

static void read_table(const struct kvm_exitstat_table *from, struct kvm_exitstat_table *to)
{
	u32 i;

	to->floor = READ_ONCE(from->floor);
	to->used = READ_ONCE(from->used);
	for (i = 0; i < to->used; i++) {
		to->key[i].value = READ_ONCE(from->key[i].value);
		to->key[i].about = READ_ONCE(from->key[i].about);
		to->key[i].error = READ_ONCE(from->key[i].error);
		read_times(&from->key[i].times, &to->key[i].times);
	}
}

static void read_of_slot(const struct kvm_exitstat_of_slot *from, struct kvm_exitstat_of_slot *to)
{
	u32 i;

	read_times(&from->base, &to->base);
	read_times(&from->rest, &to->rest);
	for (i = KVM_EXITSTAT_L2; i < KVM_EXITSTAT_NR_LEVELS; i++)
		read_times(&from->level[i], &to->level[i]);
}

/* An inconsistent reading may have more in @part. */
static u64 less(u64 whole, u64 part)
{
	return whole - min(whole, part);
}

/* What is left for L1 of all that the reason has had since the keys began */
static void leave_level(struct kvm_exitstat_of_slot *of, const u64 *value)
{
	const struct kvm_exitstat_times *l2 = &of->level[KVM_EXITSTAT_L2];
	const struct kvm_exitstat_times *l2_l1 = &of->level[KVM_EXITSTAT_L2_L1];

	of->level[KVM_EXITSTAT_L1] = (struct kvm_exitstat_times){
		less(value[KVM_EXITSTAT_V_EXITS] - of->base.exits, l2->exits + l2_l1->exits),
		less(value[KVM_EXITSTAT_V_KERNEL] - of->base.kernel, l2->kernel + l2_l1->kernel),
		less(value[KVM_EXITSTAT_V_USER] - of->base.user, l2->user + l2_l1->user),
	};
}

/* Add to the last exit's key what kvm_exitstat_settle_key() would add now. */
static void add_running(const struct kvm_exitstat_keys *from, struct kvm_exitstat_keys *to,
			const struct kvm_exitstat_ledger *ledger)
{
	const struct kvm_exitstat_key *key = READ_ONCE(from->key);
	struct kvm_exitstat_times times;
	const u64 *value;

	to->last = READ_ONCE(from->last);
	to->nested = READ_ONCE(from->nested);
	read_times(&from->from, &to->from);
	value = ledger->value[to->last];
	times = (struct kvm_exitstat_times){
		value[KVM_EXITSTAT_V_EXITS] - to->from.exits,
		value[KVM_EXITSTAT_V_KERNEL] - to->from.kernel,
		value[KVM_EXITSTAT_V_USER] - to->from.user,
	};
	if (to->nested)
		kvm_exitstat_add_times(&to->slot[to->last].level[KVM_EXITSTAT_L2], times);
	if (key) {
		to->key = (void *)to + ((void *)key - (void *)from);
		kvm_exitstat_add_times(&to->key->times, times);
	}
}

/* Copies what is in use of the keys, if they have begun. */
static void copy_keys(const struct kvm_exitstat *stat, const struct kvm_exitstat_ledger *ledger,
		      void *copy)
{
	const struct kvm_exitstat_keys *from;
	struct kvm_exitstat_keys *to = copy;
	u32 i;

	guard(rcu)();
	from = rcu_dereference(stat->keys);
	/* Pairs with kvm_exitstat_start_keys() */
	to->begun = from && READ_ONCE(kvm_exitstat_keys) && smp_load_acquire(&from->begun);
	if (!to->begun)
		return;
	for (i = 0; i < ARRAY_SIZE(to->table); i++)
		read_table(&from->table[i], &to->table[i]);
	for (i = 0; i < kvm_exitstat_slots; i++)
		read_of_slot(&from->slot[i], &to->slot[i]);
	add_running(from, to, ledger);
	/* What belongs to no exit has no level. */
	for (i = 0; i < KVM_EXITSTAT_NONE; i++)
		leave_level(&to->slot[i], ledger->value[i]);
}

/**
 * kvm_exitstat_read_keys - the ledger and the keys of one vCPU, as they are now
 * @stat: the vCPU's
 * @ledger: filled in, for the slots of this ISA
 * @keys: filled in as far as it is used; begun is false if the vCPU has no keys
 *
 * Returns false if the writer did not leave time for a consistent reading: the keys then need
 * not balance.
 */
bool kvm_exitstat_read_keys(const struct kvm_exitstat *stat, struct kvm_exitstat_ledger *ledger,
			    struct kvm_exitstat_keys *keys)
{
	return kvm_exitstat_read_with(stat, ledger, copy_keys, keys);
}

const char *kvm_exitstat_class_name(u32 class)
{
	static const char *const name[KVM_EXITSTAT_NR_CLASSES] = KVM_EXITSTAT_CLASS_NAMES;

	return name[class];
}
