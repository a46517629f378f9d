// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: a vCPU's keys, as one reading that fits its ledger.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/minmax.h>

#include "exitstat_keys.h"

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
	read_times(&from->base, &to->base);
	read_times(&from->rest, &to->rest);
	read_times(&from->returns, &to->returns);
	read_times(&from->l2, &to->l2);
	read_times(&from->l2_l1, &to->l2_l1);
}

/* An inconsistent reading may have more in @part. */
static u64 less(u64 whole, u64 part)
{
	return whole - min(whole, part);
}

/*
 * What a reason in a copy has had at @level; L1 has what is left of all.  What belongs to no
 * exit has no level.
 */
struct kvm_exitstat_times kvm_exitstat_at_level(const struct kvm_exitstat_keys *keys, u32 slot,
						u32 level)
{
	const struct kvm_exitstat_of_slot *of = &keys->slot[slot];
	const struct kvm_exitstat_times *all = &of->base, *l2 = &of->l2, *l2_l1 = &of->l2_l1;

	if (slot == KVM_EXITSTAT_NONE)
		return (struct kvm_exitstat_times){};
	if (level == KVM_EXITSTAT_L2)
		return *l2;
	if (level == KVM_EXITSTAT_L2_L1)
		return *l2_l1;
	return (struct kvm_exitstat_times){
		less(all->exits, l2->exits + l2_l1->exits),
		less(all->kernel, l2->kernel + l2_l1->kernel),
		less(all->user, l2->user + l2_l1->user),
	};
}

/* What a slot with @value has more than @from */
static struct kvm_exitstat_times since(const u64 *value, struct kvm_exitstat_times from)
{
	return (struct kvm_exitstat_times){
		.exits = less(value[KVM_EXITSTAT_V_EXITS], from.exits),
		.kernel = less(value[KVM_EXITSTAT_V_KERNEL], from.kernel),
		.user = less(value[KVM_EXITSTAT_V_USER], from.user),
	};
}

/* From now on, what a slot had when the keys began is what it has had since. */
static void take_away_base(struct kvm_exitstat_of_slot *of, const u64 *value)
{
	of->base = since(value, of->base);
}

/* Where @to has what @from has at @entry */
static struct kvm_exitstat_key *copied(const struct kvm_exitstat_keys *from,
				       struct kvm_exitstat_keys *to,
				       const struct kvm_exitstat_key *entry)
{
	return (void *)to + ((void *)entry - (void *)from);
}

/* Add to the last return, and to its exit's key, what kvm_exitstat_keep_return() would add now. */
static void add_returned(const struct kvm_exitstat_keys *from, struct kvm_exitstat_keys *to,
			 const struct kvm_exitstat_ledger *ledger)
{
	const struct kvm_exitstat_key *returned = READ_ONCE(from->returned);
	const u64 user = less(ledger->value[READ_ONCE(returned->slot)][KVM_EXITSTAT_V_USER],
			      READ_ONCE(from->user));

	copied(from, to, returned)->times.user += user;
	copied(from, to, READ_ONCE(from->returned_for))->times.user += user;
}

/*
 * Add to the last exit's key what the next exit would add now.  Its kernel time is not positive, as
 * no key has more than its reason; in an inconsistent reading, of those that were the last.
 */
static void add_running(struct kvm_exitstat_keys *to, const struct kvm_exitstat_key *last,
			const struct kvm_exitstat_ledger *ledger)
{
	struct kvm_exitstat_table *table;
	struct kvm_exitstat_key *key;

	for (table = to->table; table < to->table + ARRAY_SIZE(to->table); table++)
		for (key = table->key; key < table->key + table->used; key++)
			if ((s64)key->times.kernel < 0 || (!key->times.kernel && key == last))
				key->times.kernel =
					less(ledger->value[key->slot][KVM_EXITSTAT_V_KERNEL],
					     -key->times.kernel);
}

/* Likewise to its level */
static void add_level(const struct kvm_exitstat_keys *from, struct kvm_exitstat_keys *to,
		      const struct kvm_exitstat_key *last,
		      const struct kvm_exitstat_ledger *ledger)
{
	const u32 slot = READ_ONCE(last->slot);

	if (!READ_ONCE(from->nested))
		return;
	read_times(&from->from, &to->from);
	kvm_exitstat_add_times(&to->slot[slot].l2, since(ledger->value[slot], to->from));
}

/* Copies what is in use of the keys, if they have begun. */
static void copy_keys(const struct kvm_exitstat *stat, const struct kvm_exitstat_ledger *ledger,
		      void *copy)
{
	const struct kvm_exitstat_keys *from;
	const struct kvm_exitstat_key *last;
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
	last = READ_ONCE(from->key);
	add_running(to, copied(from, to, last), ledger);
	add_level(from, to, last, ledger);
	add_returned(from, to, ledger);
	for (i = 0; i < kvm_exitstat_slots; i++)
		take_away_base(&to->slot[i], ledger->value[i]);
	/* Once this is 0 exits have no key; what has been read is older.  Pairs with keys_off() */
	smp_rmb();
	to->begun = READ_ONCE(kvm_exitstat_keys);
}

/**
 * kvm_exitstat_read_keys - the ledger and the keys of one vCPU, as they are now
 * @stat: the vCPU's
 * @ledger: filled in, for the slots of this ISA
 * @keys: filled in as far as it is used; begun is false if the vCPU has no keys
 *
 * Returns false if the writer did not leave time for a consistent reading: the keys then need
 * not balance, but none has less than nothing.
 */
bool kvm_exitstat_read_keys(const struct kvm_exitstat *stat, struct kvm_exitstat_ledger *ledger,
			    struct kvm_exitstat_keys *keys)
{
	return kvm_exitstat_read_with(stat, ledger, copy_keys, keys);
}
