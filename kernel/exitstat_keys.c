// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the keys of exits, while exitstat_keys=1.
 *
 * The exit's hook then goes out of line, to the vendor module, which finds the exit's key while it
 * counts the exit.  What an exit adds to its reason's kernel time until the next exit is its key's.
 * In the same way what user space adds to a reason's time after a return of KVM_RUN, until the next
 * return, is the return's, and that of the key of the exit that returned.  The hook at the end of
 * KVM_RUN keeps it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/random.h>
#include <linux/slab.h>

#include <asm/kvm_exitstat_compat.h>

#include "hyperv.h"
#include "x86.h"
#include "xen.h"

#include "exitstat_keys.h"
#include "exitstat_reasons.h"

static_assert(KVM_EXITSTAT_ROW_RETURN - KVM_EXITSTAT_ROW_KEY == KVM_EXITSTAT_RETURN,
	      "files and leaves show returns apart from keys");

unsigned int kvm_exitstat_keys;

/*
 * Whose hypercall it is, as kvm_emulate_hypercall() tells them apart: KVM's, Hyper-V's or Xen's.
 * Xen's numbers have no bit 31, which Hyper-V's calls set if a guest has both.
 */
static char whose_hypercall(struct kvm_vcpu *vcpu)
{
	const bool hyperv = kvm_hv_hypercall_enabled(vcpu);

	if (kvm_xen_hypercall_enabled(vcpu->kvm) &&
	    !(hyperv && vcpu->arch.regs[VCPU_REGS_RAX] & 0x80000000))
		return 'x';
	return hyperv ? 'h' : 'k';
}

/* Whose it is, and its number.  The mode is asked for only where it matters. */
struct kvm_exitstat_found notrace kvm_exitstat_hypercall_key(struct kvm_vcpu *vcpu)
{
	const unsigned long *regs = vcpu->arch.regs;
	const char whose = whose_hypercall(vcpu);
	u64 number = regs[VCPU_REGS_RAX];

	if (whose == 'h')
		number = (u16)(is_64_bit_hypercall(vcpu) ? regs[VCPU_REGS_RCX] : number);
	else if (number >> 32 && !is_64_bit_hypercall(vcpu))
		number = (u32)number;
	return kvm_exitstat_found(KVM_EXITSTAT_HYPERCALL, number, whose, 0);
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_hypercall_key);

/* From now on the keys are those of this vCPU's exits; false if that is not wanted now. */
bool __cold kvm_exitstat_start_keys(const struct kvm_exitstat *stat,
				    struct kvm_exitstat_keys *keys)
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

static u64 user_of(const struct kvm_exitstat *stat, u64 slot)
{
	return stat->value[kvm_exitstat_index(kvm_exitstat_slots, KVM_EXITSTAT_V_USER, slot)];
}

/* What user space has added since the last return is that return's, and its exit's. */
static void settle_return(const struct kvm_exitstat *stat, struct kvm_exitstat_keys *keys)
{
	const u64 user = user_of(stat, keys->returned->slot), more = user - keys->user;

	keys->returned->times.user += more;
	keys->returned_for->times.user += more;
	keys->user = user;
}

/* The entry with the fewest exits makes room; what it had is added to its reason's rest. */
static struct kvm_exitstat_key *evict(const struct kvm_exitstat *stat,
				      struct kvm_exitstat_keys *keys,
				      struct kvm_exitstat_table *table)
{
	struct kvm_exitstat_key *key, *least = table->key;
	u16 *first;
	u32 at;

	/* User space does not add more before the next return. */
	settle_return(stat, keys);
	for (key = table->key + 1; key < table->key + KVM_EXITSTAT_KEYS; key++)
		if (key->times.exits + key->error < least->times.exits + least->error)
			least = key;
	kvm_exitstat_add_times(table == &keys->table[KVM_EXITSTAT_RETURN - 1] ?
			       &keys->slot[least->slot].returns : &keys->slot[least->slot].rest,
			       least->times);
	table->floor = least->times.exits + least->error;
	if (keys->returned_for == least)
		keys->returned_for = &keys->none;

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
struct kvm_exitstat_key *kvm_exitstat_new_key(const struct kvm_exitstat *stat,
					      struct kvm_exitstat_keys *keys,
					      struct kvm_exitstat_table *table, u64 value,
					      u32 about)
{
	u16 *first = &table->chain[kvm_exitstat_hash(keys, value, about)];
	struct kvm_exitstat_key *key;

	key = table->used < KVM_EXITSTAT_KEYS ? &table->key[table->used++] :
					       evict(stat, keys, table);
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

/* The entry of the vCPU's last return is @key; it is that of the exit of @exit. */
static __always_inline void take_return(const struct kvm_exitstat *stat,
					struct kvm_exitstat_keys *keys,
					struct kvm_exitstat_key *key,
					struct kvm_exitstat_key *exit)
{
	key->times.exits++;
	keys->returned = key;
	keys->returned_for = exit;
	keys->user = user_of(stat, stat->slot);
}

/**
 * kvm_exitstat_keep_return - KVM_RUN returns, while the exit in @stat->slot is handled, or none
 * @stat: the vCPU's; its seq is odd, and preemption is disabled
 * @value: exit_reason, which the VMM can write, or errno
 * @access: 'e' for errno, or 0
 */
void kvm_exitstat_keep_return(struct kvm_exitstat *stat, u32 value, char access)
{
	struct kvm_exitstat_keys *keys = rcu_dereference_sched(stat->keys);
	struct kvm_exitstat_found found;
	struct kvm_exitstat_key *key;

	if (!keys || !keys->begun)
		return;
	settle_return(stat, keys);
	found = kvm_exitstat_found(KVM_EXITSTAT_RETURN, value, access, 0);
	key = kvm_exitstat_find_key(stat, keys, (void *)keys + found.table, found.value,
				    found.about | stat->slot);
	take_return(stat, keys, key, keys->key->slot == stat->slot ? keys->key : &keys->none);
}

/* A return that is not the first of its chain */
static noinline notrace void find_plain_return(struct kvm_exitstat *stat,
					       struct kvm_exitstat_keys *keys, u32 reason)
{
	struct kvm_exitstat_table *table = &keys->table[KVM_EXITSTAT_RETURN - 1];

	take_return(stat, keys, kvm_exitstat_find_key(stat, keys, table, reason, stat->slot),
		    keys->key);
	kvm_exitstat_end_key(stat);
}

/**
 * kvm_exitstat_keep_plain_return - KVM_RUN returns while the last exit is handled, without an error
 * @stat: the vCPU's; preemption is disabled
 * @reason: exit_reason, which the VMM can write
 * @put: the time of the return
 *
 * As kvm_exitstat_keep_return(), for nearly all returns.
 */
void notrace kvm_exitstat_keep_plain_return(struct kvm_exitstat *stat, u32 reason, u64 put)
{
	struct kvm_exitstat_keys *keys = rcu_dereference_sched(stat->keys);
	struct kvm_exitstat_key *key;

	kvm_exitstat_begin_key(stat);
	WRITE_ONCE(stat->left, put);
	if (likely(keys) && likely(keys->begun)) {
		settle_return(stat, keys);
		key = kvm_exitstat_first_key(keys, &keys->table[KVM_EXITSTAT_RETURN - 1], reason,
					     stat->slot);
		if (!kvm_exitstat_is_key(key, reason, stat->slot))
			return find_plain_return(stat, keys, reason);
		take_return(stat, keys, key, keys->key);
	}
	kvm_exitstat_end_key(stat);
}

struct kvm_exitstat_extra *kvm_exitstat_new_keys(void)
{
	struct kvm_exitstat_keys *keys;
	u32 i;

	/* The vCPU's own, and those of its snapshot: CPUID allocates nothing for these. */
	keys = kvzalloc(2 * kvm_exitstat_keys_size() + offsetof(struct kvm_exitstat_frozen, keys),
			GFP_KERNEL_ACCOUNT);
	if (!keys)
		return NULL;
	/* A product with an odd number keeps all bits. */
	keys->seed = get_random_u64() | 1;
	for (i = 0; i < ARRAY_SIZE(keys->table); i++)
		keys->table[i].end.about = ~0;
	keys->unusual = true;
	keys->key = &keys->none;
	keys->returned = &keys->none;
	keys->returned_for = &keys->none;
	return &keys->extra;
}

const char *kvm_exitstat_class_name(u32 class)
{
	static const char *const name[KVM_EXITSTAT_NR_CLASSES] = KVM_EXITSTAT_CLASS_NAMES;

	return name[class];
}
