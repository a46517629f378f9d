// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-exitstat: all vCPUs, and what is turned on and off for all of them:
 * exitstat and exitstat_hist.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <asm/tsc.h>

#include "exitstat_params.h"
#include "exitstat_reasons.h"
#include "exitstat_vcpus.h"

static unsigned int exitstat = 1;
unsigned int kvm_exitstat_hist;

/* From creation to destruction; and over both parameters */
static LIST_HEAD(stats);
static DEFINE_MUTEX(vcpus_lock);

/*
 * While exits are counted, who goes away from one finds the hook on by which to
 * come back; and while any hook may do something to an exit, an entry ends it.
 */
static void set_keys(bool on)
{
	if (on) {
		static_branch_enable(&kvm_exitstat_entry_key);
		static_branch_enable(&kvm_exitstat_key);
		static_branch_enable(&kvm_exitstat_exit_key);
	} else {
		static_branch_disable(&kvm_exitstat_exit_key);
		static_branch_disable(&kvm_exitstat_key);
		static_branch_disable(&kvm_exitstat_entry_key);
	}
}

static int close_all(void *unused)
{
	struct kvm_exitstat *stat;

	list_for_each_entry(stat, &stats, node)
		kvm_exitstat_close(stat);
	return 0;
}

/*
 * The hooks run with preemption disabled: while the machine is stopped, none does.
 * A thread that has been switched away between a hook's branch and that finds the
 * ledger closed.
 */
static int set_exitstat(const char *val, const struct kernel_param *kp)
{
	unsigned int on;
	int r = kvm_exitstat_parse(val, 0, 1, &on);

	if (r)
		return r;
	guard(mutex)(&vcpus_lock);
	if (on == exitstat)
		return 0;
	exitstat = on;
	set_keys(on);
	return on ? 0 : stop_machine(close_all, NULL, NULL);
}

static const struct kernel_param_ops exitstat_ops = {
	.set = set_exitstat,
	.get = kvm_exitstat_get_param,
};

static struct kvm_exitstat_range exitstat_range = { &exitstat, 0, 1 };
module_param_cb(exitstat, &exitstat_ops, &exitstat_range, 0644);
MODULE_PARM_DESC(exitstat, "Account for VM exits: 0 no, 1 yes (default)");

/* The hooks no longer use it; kvm_exitstat_bucket() may. */
static void drop_hist(struct kvm_exitstat *stat)
{
	struct kvm_exitstat_hist *hist = stat->hist;

	WRITE_ONCE(stat->hist, NULL);
	kvfree_rcu(hist, rcu);
}

static void drop_hists(void)
{
	struct kvm_exitstat *stat;

	list_for_each_entry(stat, &stats, node)
		drop_hist(stat);
}

static struct kvm_exitstat_hist *new_hist(gfp_t gfp)
{
	struct kvm_exitstat_hist *hist;

	return kvzalloc(struct_size(hist, exits, kvm_exitstat_slots), gfp);
}

static int new_hists(void)
{
	struct kvm_exitstat *stat;

	list_for_each_entry(stat, &stats, node) {
		struct kvm_exitstat_hist *hist = new_hist(GFP_KERNEL);

		if (!hist) {
			drop_hists();
			return -ENOMEM;
		}
		kvm_exitstat_begin_hist(stat);
		WRITE_ONCE(stat->hist, hist);
	}
	return 0;
}

static int set_hist(const char *val, const struct kernel_param *kp)
{
	unsigned int on;
	int r = kvm_exitstat_parse(val, 0, 1, &on);

	if (r)
		return r;
	guard(mutex)(&vcpus_lock);
	if (on == kvm_exitstat_hist)
		return 0;
	if (on)
		r = new_hists();
	if (r)
		return r;
	kvm_exitstat_hist = on;
	if (on) {
		static_branch_enable(&kvm_exitstat_hist_key);
	} else {
		static_branch_disable(&kvm_exitstat_hist_key);
		synchronize_rcu();
		drop_hists();
	}
	return 0;
}

static const struct kernel_param_ops hist_ops = {
	.set = set_hist,
	.get = kvm_exitstat_get_param,
};

static struct kvm_exitstat_range hist_range = { &kvm_exitstat_hist, 0, 1 };
module_param_cb(exitstat_hist, &hist_ops, &hist_range, 0644);
MODULE_PARM_DESC(exitstat_hist, "Keep histograms of the cycles of exits: 0 no (default), 1 yes");

/* Exits of @slot, or of all, in @bucket. */
u64 kvm_exitstat_bucket(const struct kvm_exitstat *stat, u32 slot, u32 bucket)
{
	const struct kvm_exitstat_hist *hist;
	u64 sum = 0;

	guard(rcu)();
	hist = READ_ONCE(stat->hist);
	if (!hist)
		return 0;
	if (slot != KVM_EXITSTAT_TOTAL)
		return READ_ONCE(hist->exits[slot][bucket]);
	for (slot = 0; slot < kvm_exitstat_slots; slot++)
		sum += READ_ONCE(hist->exits[slot][bucket]);
	return sum;
}

/* What a ledger has once; @ledger is not used up to KVM_EXITSTAT_S_TSC_KHZ. */
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

/* The life of a vCPU begins; no one else can see it yet. */
void kvm_exitstat_add_vcpu(struct kvm_exitstat *stat)
{
	kvm_exitstat_init(stat);
	guard(mutex)(&vcpus_lock);
	if (kvm_exitstat_hist)
		stat->hist = new_hist(GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	list_add_tail(&stat->node, &stats);
}

/* From now on every reading of these vCPUs is the same. */
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
	scoped_guard(mutex, &vcpus_lock)
		list_del(&stat->node);
	kvfree(stat->hist);
}
