// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: all vCPUs, and the parameters exitstat, exitstat_hist and exitstat_keys,
 * which turn counting, histograms and keys on and off for all of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <asm/tsc.h>

#include "exitstat.h"
#include "exitstat_keys.h"
#include "exitstat_params.h"
#include "exitstat_reasons.h"
#include "exitstat_vcpus.h"

static unsigned int exitstat = 1;

/* All vCPUs, from creation to destruction */
static LIST_HEAD(stats);
static bool new_vcpus_have[KVM_EXITSTAT_NR_EXTRAS];
static DEFINE_MUTEX(vcpus_lock);	/* protects both, and serializes closing a ledger */

/*
 * The entry hook is on while any other hook is, because an entry must end each exit
 * that a hook has changed.  The exit hook is on only while all others are, so that a
 * vCPU that stops handling an exit finds the hook that ends the interruption.  With keys
 * the exit has another hook, and KVM_RUN's end too.
 */
static void set_hooks(bool on)
{
	if (on) {
		static_branch_enable(&kvm_exitstat_entry_key);
		static_branch_enable(&kvm_exitstat_key);
		if (kvm_exitstat_keys) {
			static_branch_enable(&kvm_exitstat_keys_key);
		} else {
			static_branch_enable(&kvm_exitstat_run_end_key);
			static_branch_enable(&kvm_exitstat_exit_key);
		}
	} else {
		static_branch_disable(&kvm_exitstat_keys_key);
		static_branch_disable(&kvm_exitstat_exit_key);
		static_branch_disable(&kvm_exitstat_run_end_key);
		static_branch_disable(&kvm_exitstat_key);
		static_branch_disable(&kvm_exitstat_entry_key);
	}
}

/*
 * exitstat has become 0.  Hooks disable preemption and test the key again, but a thread
 * that has found KVM_RUN's hook on may be switched away before it does so.  No such thread
 * is left once every task has slept or left the kernel.
 *
 * A vCPU that is created from now on finds all hooks off.  Without any, do not wait: a
 * parameter on the kernel's command line is set before RCU can wait for tasks.
 */
static void close_all(void)
{
	struct kvm_exitstat *stat;

	if (list_empty_careful(&stats))
		return;
	synchronize_rcu_tasks();
	guard(mutex)(&vcpus_lock);
	list_for_each_entry(stat, &stats, node)
		kvm_exitstat_close(stat);
}

/* The kernel serializes writes to the parameters of a module. */
static int set_exitstat(const char *val, const struct kernel_param *kp)
{
	unsigned int on;
	int r = kvm_exitstat_parse(val, 0, 1, &on);

	if (r || on == exitstat)
		return r;
	exitstat = on;
	set_hooks(on);
	if (!on)
		close_all();
	return 0;
}

static const struct kernel_param_ops exitstat_ops = {
	.set = set_exitstat,
	.get = kvm_exitstat_get_param,
};

static struct kvm_exitstat_range exitstat_range = { &exitstat, 0, 1 };
module_param_cb(exitstat, &exitstat_ops, &exitstat_range, 0644);
MODULE_PARM_DESC(exitstat, "Account for VM exits: 0 no, 1 yes (default)");

static struct kvm_exitstat_extra *new_hist(void)
{
	struct kvm_exitstat_hist *hist;

	hist = kvzalloc(struct_size(hist, exits, kvm_exitstat_slots), GFP_KERNEL_ACCOUNT);
	return hist ? &hist->extra : NULL;
}

static struct kvm_exitstat_extra *(*const new_extra[])(void) = {
	[KVM_EXITSTAT_EXTRA_HIST] = new_hist,
	[KVM_EXITSTAT_EXTRA_KEYS] = kvm_exitstat_new_keys,
};

/* The hooks no longer use them; readers may. */
static void drop_extras(u32 which)
{
	struct kvm_exitstat_extra *extra;
	struct kvm_exitstat *stat;

	guard(mutex)(&vcpus_lock);
	new_vcpus_have[which] = false;
	list_for_each_entry(stat, &stats, node) {
		extra = rcu_replace_pointer(stat->extra[which], NULL, lockdep_is_held(&vcpus_lock));
		kvfree_rcu(extra, rcu);
	}
}

/* Give vCPUs that have none some of @spare.  Returns the number still missing. */
static u32 give_extras(u32 which, struct kvm_exitstat_extra **spare)
{
	struct kvm_exitstat *stat;
	u32 missing = 0;

	guard(mutex)(&vcpus_lock);
	list_for_each_entry(stat, &stats, node) {
		if (rcu_dereference_protected(stat->extra[which], lockdep_is_held(&vcpus_lock)))
			continue;
		if (*spare) {
			struct kvm_exitstat_extra *extra = *spare;

			*spare = extra->next;
			rcu_assign_pointer(stat->extra[which], extra);
		} else {
			missing++;
		}
	}
	new_vcpus_have[which] = !missing;
	return missing;
}

static void free_spare(struct kvm_exitstat_extra *spare)
{
	struct kvm_exitstat_extra *extra;

	while ((extra = spare)) {
		spare = extra->next;
		kvfree(extra);
	}
}

/* Allocate without the lock, so that creating a vCPU does not wait for memory. */
static int new_extras(u32 which)
{
	struct kvm_exitstat_extra *spare = NULL, *extra;
	u32 missing;

	while ((missing = give_extras(which, &spare))) {
		for (; missing; missing--) {
			const bool killed = fatal_signal_pending(current);

			extra = killed ? NULL : new_extra[which]();
			if (!extra) {
				free_spare(spare);
				drop_extras(which);
				return killed ? -EINTR : -ENOMEM;
			}
			extra->next = spare;
			spare = extra;
			cond_resched();
		}
	}
	free_spare(spare);
	return 0;
}

static void begin_hists(void)
{
	struct kvm_exitstat *stat;

	guard(mutex)(&vcpus_lock);
	list_for_each_entry(stat, &stats, node)
		kvm_exitstat_begin_hist(stat);
}

/* Forget what hooks have stored before begin_hists() had set @seen for them. */
static void forget_longest(void)
{
	struct kvm_exitstat_hist *hist;
	struct kvm_exitstat *stat;

	guard(mutex)(&vcpus_lock);
	list_for_each_entry(stat, &stats, node) {
		hist = rcu_dereference_protected(stat->hist, lockdep_is_held(&vcpus_lock));
		memset(hist->longest, 0, sizeof(hist->longest));
	}
}

/* Readers see histograms only once they hold nothing from before. */
static int hist_on(void)
{
	int r = new_extras(KVM_EXITSTAT_EXTRA_HIST);

	if (r)
		return r;
	static_branch_enable(&kvm_exitstat_hist_key);
	begin_hists();
	synchronize_rcu();
	forget_longest();
	WRITE_ONCE(kvm_exitstat_hist, 1);
	return 0;
}

static void hist_off(void)
{
	WRITE_ONCE(kvm_exitstat_hist, 0);
	static_branch_disable(&kvm_exitstat_hist_key);
	synchronize_rcu();
	drop_extras(KVM_EXITSTAT_EXTRA_HIST);
}

static int set_hist(const char *val, const struct kernel_param *kp)
{
	unsigned int on;
	int r = kvm_exitstat_parse(val, 0, 1, &on);

	if (r || on == kvm_exitstat_hist)
		return r;
	if (on)
		return hist_on();
	hist_off();
	return 0;
}

static const struct kernel_param_ops hist_ops = {
	.set = set_hist,
	.get = kvm_exitstat_get_param,
};

static struct kvm_exitstat_range hist_range = { &kvm_exitstat_hist, 0, 1 };
module_param_cb(exitstat_hist, &hist_ops, &hist_range, 0644);
MODULE_PARM_DESC(exitstat_hist, "Keep histograms of the cycles of exits: 0 no (default), 1 yes");

/* How often keys were turned on */
static unsigned long keys_periods;

/*
 * Which time it is that exitstat_keys is 1, from 1 on; 0 while it is 0.  Keys that are read between
 * two calls that return the same are of that period: who has seen that the keys of a vCPU have
 * begun sees the period in which they did.
 */
u64 kvm_exitstat_keys_period(void)
{
	/* Keys are read after both; pairs with keys_on() */
	return smp_load_acquire(&kvm_exitstat_keys) ? smp_load_acquire(&keys_periods) : 0;
}

/*
 * An exit reaches the hook with keys only while the one without is off, so it takes one of them.
 * A vCPU begins its keys only once every exit takes the one with keys, and the end of KVM_RUN
 * keeps returns.
 */
static int keys_on(void)
{
	int r = new_extras(KVM_EXITSTAT_EXTRA_KEYS);

	if (r)
		return r;
	if (exitstat) {
		static_branch_disable(&kvm_exitstat_run_end_key);
		static_branch_enable(&kvm_exitstat_keys_key);
		static_branch_disable(&kvm_exitstat_exit_key);
	}
	/* Who sees it finds no keys of the period before: pairs with kvm_exitstat_keys_period() */
	smp_store_release(&keys_periods, keys_periods + 1);
	/* Who sees 1 sees the period; likewise */
	smp_store_release(&kvm_exitstat_keys, 1);
	return 0;
}

static void keys_off(void)
{
	/* Before an exit takes the hook without keys: patching stops all CPUs; see copy_keys() */
	WRITE_ONCE(kvm_exitstat_keys, 0);
	if (exitstat) {
		static_branch_enable(&kvm_exitstat_exit_key);
		static_branch_disable(&kvm_exitstat_keys_key);
		static_branch_enable(&kvm_exitstat_run_end_key);
	}
	synchronize_rcu();
	drop_extras(KVM_EXITSTAT_EXTRA_KEYS);
}

static int set_keys(const char *val, const struct kernel_param *kp)
{
	unsigned int on;
	int r = kvm_exitstat_parse(val, 0, 1, &on);

	if (r || on == kvm_exitstat_keys)
		return r;
	if (on)
		return keys_on();
	keys_off();
	return 0;
}

static const struct kernel_param_ops keys_ops = {
	.set = set_keys,
	.get = kvm_exitstat_get_param,
};

static struct kvm_exitstat_range keys_range = { &kvm_exitstat_keys, 0, 1 };
module_param_cb(exitstat_keys, &keys_ops, &keys_range, 0644);
MODULE_PARM_DESC(exitstat_keys, "Keep exits by MSR, port, address and so on: 0 no (default), 1 yes");

/* Number of exits of @slot, or of all slots for TOTAL, in @bucket. */
u64 kvm_exitstat_bucket(const struct kvm_exitstat *stat, u32 slot, u32 bucket)
{
	const struct kvm_exitstat_hist *hist;
	u64 sum = 0;

	guard(rcu)();
	hist = rcu_dereference(stat->hist);
	if (!hist || !READ_ONCE(kvm_exitstat_hist))
		return 0;
	if (slot != KVM_EXITSTAT_TOTAL)
		return READ_ONCE(hist->exits[slot][bucket]);
	for (slot = 0; slot < kvm_exitstat_slots; slot++)
		sum += READ_ONCE(hist->exits[slot][bucket]);
	return sum;
}

/* A scalar of @ledger; those up to KVM_EXITSTAT_S_TSC_KHZ do not depend on @ledger. */
u64 kvm_exitstat_scalar(const struct kvm_exitstat_ledger *ledger, u32 s)
{
	switch (s) {
	case KVM_EXITSTAT_S_COUNTING:
		return static_key_enabled(&kvm_exitstat_key);
	case KVM_EXITSTAT_S_HISTOGRAMS:
		return READ_ONCE(kvm_exitstat_hist);
	case KVM_EXITSTAT_S_UNTRUSTED:
		return !!check_tsc_unstable();
	case KVM_EXITSTAT_S_TSC_KHZ:
		return tsc_khz;
	case KVM_EXITSTAT_S_LIFETIME:
		return ledger->lifetime;
	case KVM_EXITSTAT_S_GUEST:
		return ledger->guest;
	case KVM_EXITSTAT_S_OUTSIDE:
		return ledger->outside;
	default:
		return ledger->anomalies;
	}
}

/*
 * Add a vCPU to the list, with those of @extra that it needs.  If one is missing, returns
 * which, otherwise NR_EXTRAS.
 */
static u32 list_vcpu(struct kvm_exitstat *stat,
		     struct kvm_exitstat_extra *extra[KVM_EXITSTAT_NR_EXTRAS])
{
	u32 which;

	guard(mutex)(&vcpus_lock);
	for (which = 0; which < KVM_EXITSTAT_NR_EXTRAS; which++)
		if (new_vcpus_have[which] && !extra[which])
			return which;
	for (which = 0; which < KVM_EXITSTAT_NR_EXTRAS; which++) {
		if (!new_vcpus_have[which])
			continue;
		RCU_INIT_POINTER(stat->extra[which], extra[which]);
		extra[which] = NULL;
	}
	list_add_tail(&stat->node, &stats);
	return which;
}

static void free_extras(struct kvm_exitstat_extra *extra[KVM_EXITSTAT_NR_EXTRAS])
{
	u32 which;

	for (which = 0; which < KVM_EXITSTAT_NR_EXTRAS; which++)
		kvfree(extra[which]);
}

/* A vCPU is created; nobody else can see it yet.  Returns 0 or -ENOMEM. */
int kvm_exitstat_add_vcpu(struct kvm_exitstat *stat)
{
	struct kvm_exitstat_extra *extra[KVM_EXITSTAT_NR_EXTRAS] = {};
	u32 missing;
	int r = 0;

	kvm_exitstat_init(stat);
	while (!r && (missing = list_vcpu(stat, extra)) < KVM_EXITSTAT_NR_EXTRAS) {
		extra[missing] = new_extra[missing]();
		if (!extra[missing])
			r = -ENOMEM;
	}
	free_extras(extra);
	return r;
}

/* Close the ledgers of @kvm's vCPUs: from now on every reading is the same. */
void kvm_exitstat_end_vcpus(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	guard(mutex)(&vcpus_lock);
	kvm_for_each_vcpu(i, vcpu, kvm)
		kvm_exitstat_end(kvm_exitstat_of(vcpu));
}

void kvm_exitstat_remove_vcpu(struct kvm_exitstat *stat)
{
	u32 which;

	scoped_guard(mutex, &vcpus_lock)
		list_del(&stat->node);
	for (which = 0; which < KVM_EXITSTAT_NR_EXTRAS; which++)
		kvfree(rcu_dereference_protected(stat->extra[which], true));
}
