// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-exitstat: VM exit accounting.  Parameters, the life of vCPUs and VMs, and
 * the sums over them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/stop_machine.h>

#include <asm/tsc.h>

#include "exitstat.h"
#include "exitstat_reasons.h"

DEFINE_STATIC_KEY_TRUE(kvm_exitstat_exit_key);
DEFINE_STATIC_KEY_TRUE(kvm_exitstat_entry_key);
DEFINE_STATIC_KEY_TRUE(kvm_exitstat_key);
DEFINE_STATIC_KEY_FALSE(kvm_exitstat_hist_key);
EXPORT_SYMBOL_GPL(kvm_exitstat_exit_key);
EXPORT_SYMBOL_GPL(kvm_exitstat_entry_key);
EXPORT_SYMBOL_GPL(kvm_exitstat_hist_key);

static unsigned int exitstat = 1;
unsigned int kvm_exitstat_hist;
unsigned int kvm_exitstat_guest = KVM_EXITSTAT_GUEST_VM;
unsigned int kvm_exitstat_layout = KVM_EXITSTAT_LAYOUT_2022;

/* Set once the vendor module has set up the hardware, before any VM is. */
static u32 exitstat_isa;
size_t kvm_exitstat_offset;
static DECLARE_BITMAP(handled_slots, KVM_EXITSTAT_SLOTS);

/*
 * All VMs, and what those that ended left behind.  Readers walk the list under
 * SRCU and retry where a VM was moved into the sum meanwhile, so that they see it
 * once: in the list or in the sum.  kvm_lock is not for this: CPUID emulation runs
 * under kvm->srcu, which is synchronized with locks held.
 */
LIST_HEAD(kvm_exitstat_vms);
DEFINE_SRCU(kvm_exitstat_vms_srcu);
static LIST_HEAD(stats);	/* of all vCPUs, from creation to destruction */
static DEFINE_MUTEX(vms_lock);
static DEFINE_SEQLOCK(ended_seq);
static struct kvm_exitstat_ledger ended;
static u32 ended_vcpus;
static u64 host_id;

/* A parameter's value, into @res; -EINVAL where it is none from @min to @max. */
int kvm_exitstat_parse(const char *val, unsigned int min, unsigned int max,
		       unsigned int *res)
{
	unsigned int n;

	if (kstrtouint(val, 0, &n) || n < min || n > max)
		return -EINVAL;
	*res = n;
	return 0;
}

static int set_uint_range(const char *val, const struct kernel_param *kp)
{
	const struct kvm_exitstat_range *range = kp->arg;
	unsigned int n;
	int r;

	r = kvm_exitstat_parse(val, range->min, range->max, &n);
	if (!r)
		WRITE_ONCE(*range->value, n);
	return r;
}

int kvm_exitstat_get_param(char *buffer, const struct kernel_param *kp)
{
	const struct kvm_exitstat_range *range = kp->arg;

	return sysfs_emit(buffer, "%u\n", *range->value);
}

static const struct kernel_param_ops uint_range_ops = {
	.set = set_uint_range,
	.get = kvm_exitstat_get_param,
};

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
 * books closed.
 */
static int set_exitstat(const char *val, const struct kernel_param *kp)
{
	unsigned int on;
	int r = kvm_exitstat_parse(val, 0, 1, &on);

	if (r)
		return r;
	guard(mutex)(&vms_lock);
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

static int new_hists(void)
{
	struct kvm_exitstat *stat;

	list_for_each_entry(stat, &stats, node) {
		struct kvm_exitstat_hist *hist = kvzalloc(sizeof(*hist), GFP_KERNEL);

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
	guard(mutex)(&vms_lock);
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

static struct kvm_exitstat_range guest_range = {
	&kvm_exitstat_guest, KVM_EXITSTAT_GUEST_OFF, KVM_EXITSTAT_GUEST_HOST
};
module_param_cb(exitstat_guest, &uint_range_ops, &guest_range, 0644);
MODULE_PARM_DESC(exitstat_guest, "Exits that CPUID shows a guest: 0 none, 1 its VM's (default), 2 the host's");

static struct kvm_exitstat_range layout_range = {
	&kvm_exitstat_layout, KVM_EXITSTAT_LAYOUT_2020, KVM_EXITSTAT_LAYOUT_2022
};
module_param_cb(exitstat_layout, &uint_range_ops, &layout_range, 0644);
MODULE_PARM_DESC(exitstat_layout, "Layout of CPUID leaves 0x4FFFFFFC-0x4FFFFFFF: 2020, 2021, 2022 (default)");

u32 kvm_exitstat_isa(void)
{
	return exitstat_isa;
}

/* Whether KVM has a handler for the reason in @slot. */
bool kvm_exitstat_handled(u32 slot)
{
	return test_bit(slot, handled_slots);
}

static u64 add_value(u64 sum, u64 value, u32 v)
{
	return v == KVM_EXITSTAT_V_LONGEST ? max(sum, value) : sum + value;
}

/* Value @v of @slot over the vCPUs that @kvm has now. */
u64 kvm_exitstat_vm_value(struct kvm *kvm, u32 slot, u32 v)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u64 sum = 0;

	kvm_for_each_vcpu(i, vcpu, kvm)
		sum = add_value(sum, kvm_exitstat_value(kvm_exitstat_of(vcpu), slot, v), v);
	return sum;
}

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
	for (slot = 0; slot < KVM_EXITSTAT_SLOTS; slot++)
		sum += READ_ONCE(hist->exits[slot][bucket]);
	return sum;
}

u64 kvm_exitstat_vm_bucket(struct kvm *kvm, u32 slot, u32 bucket)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u64 sum = 0;

	kvm_for_each_vcpu(i, vcpu, kvm)
		sum += kvm_exitstat_bucket(kvm_exitstat_of(vcpu), slot, bucket);
	return sum;
}

/*
 * Add the books of @kvm to @sum; @one is for those of a vCPU.  Returns the number
 * of vCPUs.
 */
u32 kvm_exitstat_vm_ledger(struct kvm *kvm, struct kvm_exitstat_ledger *sum,
			   struct kvm_exitstat_ledger *one)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u32 vcpus = 0;

	kvm_for_each_vcpu(i, vcpu, kvm) {
		kvm_exitstat_read(kvm_exitstat_of(vcpu), one);
		kvm_exitstat_add(sum, one);
		vcpus++;
		cond_resched();
	}
	return vcpus;
}

/* Value @v of @slot over all VMs since the module was loaded. */
u64 kvm_exitstat_host_value(u32 slot, u32 v)
{
	struct kvm_exitstat_vm *vm;
	unsigned int seq;
	u64 sum;

	guard(srcu)(&kvm_exitstat_vms_srcu);
	do {
		seq = read_seqbegin(&ended_seq);
		sum = kvm_exitstat_ledger_value(&ended, slot, v);
		kvm_exitstat_for_each_vm(vm)
			sum = add_value(sum, kvm_exitstat_vm_value(kvm_exitstat_vm_of(vm),
								   slot, v), v);
	} while (read_seqretry(&ended_seq, seq));
	return sum;
}

/* Of the VMs that there are now: histograms end with their VM. */
u64 kvm_exitstat_host_bucket(u32 slot, u32 bucket)
{
	struct kvm_exitstat_vm *vm;
	u64 sum = 0;

	guard(srcu)(&kvm_exitstat_vms_srcu);
	kvm_exitstat_for_each_vm(vm)
		sum += kvm_exitstat_vm_bucket(kvm_exitstat_vm_of(vm), slot, bucket);
	return sum;
}

/* The books of all VMs since the module was loaded, into @sum; as above. */
u32 kvm_exitstat_host_ledger(struct kvm_exitstat_ledger *sum,
			     struct kvm_exitstat_ledger *one)
{
	struct kvm_exitstat_vm *vm;
	unsigned int seq;
	u32 vcpus;

	guard(srcu)(&kvm_exitstat_vms_srcu);
	do {
		seq = read_seqbegin(&ended_seq);
		*sum = ended;
		vcpus = ended_vcpus;
		kvm_exitstat_for_each_vm(vm)
			vcpus += kvm_exitstat_vm_ledger(kvm_exitstat_vm_of(vm), sum, one);
	} while (read_seqretry(&ended_seq, seq));
	return vcpus;
}

/* Number of vCPUs behind kvm_exitstat_host_value(), those of ended VMs included. */
u32 kvm_exitstat_host_vcpus(void)
{
	struct kvm_exitstat_vm *vm;
	unsigned int seq;
	u32 sum;

	guard(srcu)(&kvm_exitstat_vms_srcu);
	do {
		seq = read_seqbegin(&ended_seq);
		sum = ended_vcpus;
		kvm_exitstat_for_each_vm(vm)
			sum += atomic_read(&kvm_exitstat_vm_of(vm)->online_vcpus);
	} while (read_seqretry(&ended_seq, seq));
	return sum;
}

u64 kvm_exitstat_host_id(void)
{
	return host_id;
}

/* What the books have once; @ledger is not used up to KVM_EXITSTAT_S_TSC_KHZ. */
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

/* The number of the reason in @slot, as text; of two slots a word. */
const char *kvm_exitstat_slot_number(u32 slot, char buf[KVM_EXITSTAT_NUMBER_SIZE])
{
	if (slot == KVM_EXITSTAT_OTHER || slot == KVM_EXITSTAT_NONE)
		return kvm_exitstat_slot_name(slot);
	snprintf(buf, KVM_EXITSTAT_NUMBER_SIZE,
		 exitstat_isa == KVM_EXITSTAT_ISA_VMX ? "%u" : "0x%03x",
		 kvm_exitstat_slot_reason(exitstat_isa, slot));
	return buf;
}

const char *kvm_exitstat_slot_name(u32 slot)
{
	if (slot == KVM_EXITSTAT_OTHER)
		return "other";
	if (slot == KVM_EXITSTAT_NONE)
		return "none";
	return kvm_exitstat_slot_entry(exitstat_isa, slot)->name ?: "undefined";
}

/* Random and not 0, which stands for "no counters". */
static u64 new_id(void)
{
	return get_random_u64() ?: 1;
}

/**
 * kvm_exitstat_setup - tell the accounting what the vendor module handles
 * @isa: KVM_ISA_VMX or KVM_ISA_SVM
 * @offset: of struct kvm_exitstat in the vendor module's vCPU
 * @handlers: the exit handlers by reason, after the hardware setup
 * @nr: number of entries in @handlers
 */
void kvm_exitstat_setup(u32 isa, size_t offset,
			const kvm_exitstat_handler_t *handlers, u32 nr)
{
	u32 slot, reason;

	exitstat_isa = isa;
	kvm_exitstat_offset = offset;
	kvm_exitstat_stats_setup(isa);
	bitmap_zero(handled_slots, KVM_EXITSTAT_SLOTS);
	for (slot = 0; slot < kvm_exitstat_nr_slots(isa); slot++) {
		reason = kvm_exitstat_slot_reason(isa, slot);
		if (reason < nr && handlers[reason])
			__set_bit(slot, handled_slots);
	}
	if (!host_id)
		host_id = new_id();
}
EXPORT_SYMBOL_GPL(kvm_exitstat_setup);

void kvm_exitstat_init_vm(struct kvm *kvm)
{
	kvm->arch.exitstat.id = new_id();

	scoped_guard(mutex, &vms_lock)
		list_add_tail_rcu(&kvm->arch.exitstat.node, &kvm_exitstat_vms);
	kvm_exitstat_log_update();
}

/* Move @kvm's books into the sum of ended VMs, before its vCPUs are freed. */
void kvm_exitstat_destroy_vm(struct kvm *kvm)
{
	static struct kvm_exitstat_ledger value, one;
	struct kvm_vcpu *vcpu;
	unsigned long i;

	scoped_guard(mutex, &vms_lock) {
		kvm_for_each_vcpu(i, vcpu, kvm)
			kvm_exitstat_end(kvm_exitstat_of(vcpu));
		memset(&value, 0, sizeof(value));
		kvm_exitstat_vm_ledger(kvm, &value, &one);

		write_seqlock(&ended_seq);
		list_del_rcu(&kvm->arch.exitstat.node);
		kvm_exitstat_add(&ended, &value);
		ended_vcpus += atomic_read(&kvm->online_vcpus);
		write_sequnlock(&ended_seq);
	}
	kvm_exitstat_log_update();
	synchronize_srcu_expedited(&kvm_exitstat_vms_srcu);
}

/* The life of @vcpu begins; no one else can see it yet. */
void kvm_exitstat_init_vcpu(struct kvm_vcpu *vcpu)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);

	kvm_exitstat_init(stat);
	guard(mutex)(&vms_lock);
	if (kvm_exitstat_hist)
		stat->hist = kvzalloc(sizeof(*stat->hist),
				      GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	list_add_tail(&stat->node, &stats);
}

/* Its VM has been through kvm_exitstat_destroy_vm(), or it has never been seen. */
void kvm_exitstat_destroy_vcpu(struct kvm_vcpu *vcpu)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);

	scoped_guard(mutex, &vms_lock)
		list_del(&stat->node);
	kvfree(stat->hist);
	kvm_exitstat_free_copy(stat->copy);
}
