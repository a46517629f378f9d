// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the keys of exits, while exitstat_keys=1.
 *
 * Nothing is added to the hooks.  A probe on the tracepoint kvm_exit finds the key of each exit,
 * before the hook counts the exit.  What an exit adds to its reason's accounts until the next
 * exit is its key's.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kcsan-checks.h>
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
static kvm_exitstat_key_of_t exitstat_key_of;	/* NULL: there are no keys */

/*
 * The number of a hypercall, and whose it is, as kvm_emulate_hypercall() tells them apart.  Xen's
 * numbers have no bit 31, which Hyper-V's calls set if a guest has both.
 */
void kvm_exitstat_hypercall_key(struct kvm_vcpu *vcpu, struct kvm_exitstat_what *what)
{
	const bool hyperv = kvm_hv_hypercall_enabled(vcpu);
	const bool is_64_bit = is_64_bit_hypercall(vcpu);
	const u64 rax = vcpu->arch.regs[VCPU_REGS_RAX];

	what->class = KVM_EXITSTAT_HYPERCALL;
	if (kvm_xen_hypercall_enabled(vcpu->kvm) && !(hyperv && rax & 0x80000000)) {
		what->access = 'x';
		what->value = rax;
	} else if (hyperv) {
		what->access = 'h';
		what->value = (u16)(is_64_bit ? vcpu->arch.regs[VCPU_REGS_RCX] : rax);
	} else {
		what->access = 'k';
		what->value = rax;
	}
	if (!is_64_bit)
		what->value = (u32)what->value;
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_hypercall_key);

static u32 hash(const struct kvm_exitstat_keys *keys, u64 value, u32 about)
{
	return ((value ^ (u64)about << 32) * keys->seed) >> (64 - KVM_EXITSTAT_KEY_BITS);
}

static void add_times(struct kvm_exitstat_times *to, const struct kvm_exitstat_times *times)
{
	to->exits += times->exits;
	to->kernel += times->kernel;
	to->user += times->user;
}

/* The values of @slot less those of @from */
static struct kvm_exitstat_times times_since(const struct kvm_exitstat *stat, u32 slot,
					     struct kvm_exitstat_times from)
{
	const u64 *value = stat->value + slot;

	return (struct kvm_exitstat_times){
		value[kvm_exitstat_index(kvm_exitstat_slots, KVM_EXITSTAT_V_EXITS, 0)] - from.exits,
		value[kvm_exitstat_index(kvm_exitstat_slots, KVM_EXITSTAT_V_KERNEL, 0)] -
		from.kernel,
		value[kvm_exitstat_index(kvm_exitstat_slots, KVM_EXITSTAT_V_USER, 0)] - from.user,
	};
}

/* From now on the keys are those of this vCPU's exits. */
static noinline void begin(const struct kvm_exitstat *stat, struct kvm_exitstat_keys *keys)
{
	u32 slot;

	for (slot = 0; slot < kvm_exitstat_slots; slot++)
		keys->slot[slot].base = times_since(stat, slot, (struct kvm_exitstat_times){});
	keys->begun = true;
}

static struct kvm_exitstat_times *level_of(struct kvm_exitstat_keys *keys, bool nested)
{
	u32 level = KVM_EXITSTAT_L1;

	if (keys->nested)
		level = nested ? KVM_EXITSTAT_L2 : KVM_EXITSTAT_L2_L1;
	return &keys->slot[keys->last].level[level];
}

/* The last exit is over; @nested: a nested guest has run after it. */
static void settle(const struct kvm_exitstat *stat, struct kvm_exitstat_keys *keys, bool nested)
{
	const struct kvm_exitstat_times times = times_since(stat, keys->last, keys->from);

	add_times(level_of(keys, nested), &times);
	if (keys->key)
		add_times(&keys->key->times, &times);
}

/* The entry with the fewest exits makes room; what it had is added to its reason's rest. */
static struct kvm_exitstat_key *evict(struct kvm_exitstat_keys *keys,
				      struct kvm_exitstat_table *table)
{
	struct kvm_exitstat_key *key, *least = table->key;
	u8 *first;

	for (key = table->key + 1; key < table->key + KVM_EXITSTAT_KEYS; key++)
		if (key->times.exits + key->error < least->times.exits + least->error)
			least = key;
	add_times(&keys->slot[least->slot].rest, &least->times);
	table->floor = least->times.exits + least->error;

	first = &table->chain[hash(keys, least->value, least->about)];
	if (table->key + *first - 1 == least) {
		*first = least->next;
	} else {
		for (key = table->key + *first - 1; table->key + key->next - 1 != least;)
			key = table->key + key->next - 1;
		key->next = least->next;
	}
	return least;
}

/* A key without an entry gets one. */
static noinline struct kvm_exitstat_key *new_key(struct kvm_exitstat_keys *keys,
						 struct kvm_exitstat_table *table,
						 const struct kvm_exitstat_what *what)
{
	u8 *first = &table->chain[hash(keys, what->value, what->about)];
	struct kvm_exitstat_key *key;

	key = table->used < KVM_EXITSTAT_KEYS ? &table->key[table->used++] : evict(keys, table);
	*key = (struct kvm_exitstat_key){
		.value = what->value,
		.about = what->about,
		.next = *first,
		.error = table->floor,
	};
	*first = key - table->key + 1;
	return key;
}

static struct kvm_exitstat_key *find_key(struct kvm_exitstat_keys *keys,
					 const struct kvm_exitstat_what *what)
{
	struct kvm_exitstat_table *table = &keys->table[what->class - 1];
	struct kvm_exitstat_key *key;
	u32 i = table->chain[hash(keys, what->value, what->about)];

	for (; i; i = key->next) {
		key = &table->key[i - 1];
		if (key->value == what->value && key->about == what->about)
			return key;
	}
	return new_key(keys, table, what);
}

/*
 * An exit, which the hook has not counted yet.  Interrupts are off.
 *
 * While exitstat=0 kvm_exitstat_close() may write.  It waits for a probe as for a hook.  The
 * static key is on before the exit's hook is, so that each exit that is counted has its key; and
 * off before the entry's is, so that the exit before is settled.
 */
static void probe_exit(void *unused, struct kvm_vcpu *vcpu, u32 isa)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);
	struct kvm_exitstat_keys *keys = rcu_dereference_raw(stat->keys);
	struct kvm_exitstat_what what = {};
	const bool nested = is_guest_mode(vcpu);

	if (!static_branch_likely(&kvm_exitstat_key) || !READ_ONCE(kvm_exitstat_keys) || !keys)
		return;
	exitstat_key_of(vcpu, &what);
	kcsan_nestable_atomic_begin();
	WRITE_ONCE(stat->seq, stat->seq + 1);
	/* As write_begin() in exitstat_ledger.c */
	smp_wmb();
	if (likely(keys->begun))
		settle(stat, keys, nested);
	else
		begin(stat, keys);
	keys->last = what.slot;
	keys->nested = nested;
	keys->from = times_since(stat, what.slot, (struct kvm_exitstat_times){});
	keys->key = what.class ? find_key(keys, &what) : NULL;
	/* As write_end() */
	smp_store_release(&stat->seq, stat->seq + 1);
	kcsan_nestable_atomic_end();
}

void kvm_exitstat_keys_setup(kvm_exitstat_key_of_t key_of)
{
	exitstat_key_of = key_of;
}

/* Each vCPU has memory for keys.  Returns 0 or -ENOMEM. */
int kvm_exitstat_begin_keys(void)
{
	int r = exitstat_key_of ? register_trace_kvm_exit(probe_exit, NULL) : 0;

	/* Only once every CPU calls the probe: from its first exit on, a vCPU misses none. */
	if (!r)
		WRITE_ONCE(kvm_exitstat_keys, 1);
	return r;
}

/* When this returns, no probe uses the memory. */
void kvm_exitstat_end_keys(void)
{
	WRITE_ONCE(kvm_exitstat_keys, 0);
	if (!exitstat_key_of)
		return;
	unregister_trace_kvm_exit(probe_exit, NULL);
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
	for (i = 0; i < KVM_EXITSTAT_NR_LEVELS; i++)
		read_times(&from->level[i], &to->level[i]);
}

/* Add to the last exit's key what settle() would add now. */
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
	add_times(level_of(to, true), &times);
	if (key) {
		to->key = (void *)to + ((void *)key - (void *)from);
		add_times(&to->key->times, &times);
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
	to->begun = from && READ_ONCE(kvm_exitstat_keys) && READ_ONCE(from->begun);
	if (!to->begun)
		return;
	for (i = 0; i < ARRAY_SIZE(to->table); i++)
		read_table(&from->table[i], &to->table[i]);
	for (i = 0; i < kvm_exitstat_slots; i++)
		read_of_slot(&from->slot[i], &to->slot[i]);
	add_running(from, to, ledger);
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
