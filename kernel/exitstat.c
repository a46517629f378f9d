// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-exitstat: VM exit accounting.  Parameters, the sums over vCPUs and VMs,
 * and the file in debugfs.
 *
 * Counters are written by the thread that runs the vCPU, without lock or
 * atomic (asm/kvm_exitstat.h).  A reader adds up single 64-bit loads; each
 * counter only grows, so no later reading is smaller than an earlier one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/debugfs.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/seqlock.h>
#include <linux/srcu.h>

#include "exitstat.h"
#include "exitstat_reasons.h"

DEFINE_STATIC_KEY_TRUE(kvm_exitstat_key);
EXPORT_SYMBOL_GPL(kvm_exitstat_key);

static unsigned int exitstat = 1;
unsigned int kvm_exitstat_guest = KVM_EXITSTAT_GUEST_VM;
unsigned int kvm_exitstat_layout = KVM_EXITSTAT_LAYOUT_2022;

/* Set once the vendor module has set up the hardware, before any VM is. */
static u32 exitstat_isa;
static size_t exitstat_offset;
static DECLARE_BITMAP(handled_slots, KVM_EXITSTAT_SLOTS);

/*
 * All VMs, and what those that ended left behind.  Readers walk the list under
 * vms_srcu and retry where a VM was moved into the sum meanwhile, so that they
 * see it once: in the list or in the sum.  kvm_lock is not for this: CPUID
 * emulation runs under kvm->srcu, which is synchronized with locks held.
 */
static LIST_HEAD(vms);
static DEFINE_MUTEX(vms_lock);
DEFINE_STATIC_SRCU(vms_srcu);
static DEFINE_SEQLOCK(ended_seq);
static u64 ended[KVM_EXITSTAT_SLOTS + 1];
static u64 host_id;

/* Summed like a slot: the number of vCPUs. */
#define NR_VCPUS	KVM_EXITSTAT_SLOTS

struct uint_range {
	unsigned int *value;
	unsigned int min, max;
};

static int parse_in_range(const char *val, unsigned int min, unsigned int max,
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
	const struct uint_range *range = kp->arg;
	unsigned int n;
	int r;

	r = parse_in_range(val, range->min, range->max, &n);
	if (!r)
		WRITE_ONCE(*range->value, n);
	return r;
}

static int get_uint_range(char *buffer, const struct kernel_param *kp)
{
	const struct uint_range *range = kp->arg;

	return sysfs_emit(buffer, "%u\n", *range->value);
}

static const struct kernel_param_ops uint_range_ops = {
	.set = set_uint_range,
	.get = get_uint_range,
};

static int set_exitstat(const char *val, const struct kernel_param *kp)
{
	int r = set_uint_range(val, kp);

	if (r)
		return r;
	if (exitstat)
		static_branch_enable(&kvm_exitstat_key);
	else
		static_branch_disable(&kvm_exitstat_key);
	return 0;
}

static const struct kernel_param_ops exitstat_ops = {
	.set = set_exitstat,
	.get = get_uint_range,
};

static struct uint_range exitstat_range = { &exitstat, 0, 1 };
module_param_cb(exitstat, &exitstat_ops, &exitstat_range, 0644);
MODULE_PARM_DESC(exitstat, "Count VM exits: 0 no, 1 yes (default)");

static struct uint_range guest_range = {
	&kvm_exitstat_guest, KVM_EXITSTAT_GUEST_OFF, KVM_EXITSTAT_GUEST_HOST
};
module_param_cb(exitstat_guest, &uint_range_ops, &guest_range, 0644);
MODULE_PARM_DESC(exitstat_guest, "Exits that CPUID shows a guest: 0 none, 1 its VM's (default), 2 the host's");

static struct uint_range layout_range = {
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

/* The vendor module's vCPU begins with a struct kvm_vcpu and has ours in it. */
static const struct kvm_exitstat *exitstat_of(const struct kvm_vcpu *vcpu)
{
	return (const void *)vcpu + exitstat_offset;
}

/* Exits of @slot of one vCPU. */
u64 kvm_exitstat_vcpu_exits(struct kvm_vcpu *vcpu, u32 slot)
{
	return READ_ONCE(exitstat_of(vcpu)->exits[slot]);
}

/* Exits of @slot over the vCPUs that @kvm has now. */
u64 kvm_exitstat_vm_exits(struct kvm *kvm, u32 slot)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u64 sum = 0;

	kvm_for_each_vcpu(i, vcpu, kvm)
		sum += kvm_exitstat_vcpu_exits(vcpu, slot);
	return sum;
}

static struct kvm *vm_of(struct kvm_exitstat_vm *vm)
{
	return container_of(vm, struct kvm, arch.exitstat);
}

static u64 vm_value(struct kvm *kvm, u32 slot)
{
	return slot == NR_VCPUS ? atomic_read(&kvm->online_vcpus) :
	       kvm_exitstat_vm_exits(kvm, slot);
}

static u64 host_value(u32 slot)
{
	struct kvm_exitstat_vm *vm;
	unsigned int seq;
	int idx;
	u64 sum;

	idx = srcu_read_lock(&vms_srcu);
	do {
		seq = read_seqbegin(&ended_seq);
		sum = READ_ONCE(ended[slot]);
		list_for_each_entry_srcu(vm, &vms, node,
					 srcu_read_lock_held(&vms_srcu))
			sum += vm_value(vm_of(vm), slot);
	} while (read_seqretry(&ended_seq, seq));
	srcu_read_unlock(&vms_srcu, idx);
	return sum;
}

/* Exits of @slot over all VMs since the module was loaded. */
u64 kvm_exitstat_host_exits(u32 slot)
{
	return host_value(slot);
}

/* Number of vCPUs in kvm_exitstat_host_exits(), those of ended VMs included. */
u32 kvm_exitstat_host_vcpus(void)
{
	return host_value(NR_VCPUS);
}

u64 kvm_exitstat_host_id(void)
{
	return host_id;
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
	exitstat_offset = offset;
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

	guard(mutex)(&vms_lock);
	list_add_tail_rcu(&kvm->arch.exitstat.node, &vms);
}

/* Move @kvm's exits into the sum of ended VMs, before its vCPUs are freed. */
void kvm_exitstat_destroy_vm(struct kvm *kvm)
{
	static u64 value[ARRAY_SIZE(ended)];
	u32 slot;

	scoped_guard(mutex, &vms_lock) {
		for (slot = 0; slot < ARRAY_SIZE(ended); slot++)
			value[slot] = vm_value(kvm, slot);

		write_seqlock(&ended_seq);
		list_del_rcu(&kvm->arch.exitstat.node);
		for (slot = 0; slot < ARRAY_SIZE(ended); slot++)
			WRITE_ONCE(ended[slot], ended[slot] + value[slot]);
		write_sequnlock(&ended_seq);
	}
	synchronize_srcu_expedited(&vms_srcu);
}

/* The format is in docs/abi.md; keys and records may be added. */
static int vcpu_exitstat_show(struct seq_file *m, void *unused)
{
	const struct kvm_vcpu *vcpu = m->private;
	const u64 *exits = exitstat_of(vcpu)->exits;
	const bool vmx = exitstat_isa == KVM_EXITSTAT_ISA_VMX;
	const u64 total = READ_ONCE(exits[KVM_EXITSTAT_TOTAL]);
	const char *name;
	u32 slot;
	u64 n;

	seq_printf(m, "kvm-exitstat %u\n", KVM_EXITSTAT_ABI_VERSION);
	seq_printf(m, "isa %s\n", vmx ? "vmx" : "svm");
	seq_printf(m, "id 0x%016llx\n", vcpu->kvm->arch.exitstat.id);
	seq_printf(m, "vcpu %d\n", vcpu->vcpu_id);
	seq_printf(m, "counting %u\n", static_key_enabled(&kvm_exitstat_key));
	seq_printf(m, "total exits %llu\n", total);

	for (slot = 0; slot < kvm_exitstat_nr_slots(exitstat_isa); slot++) {
		n = READ_ONCE(exits[slot]);
		if (!n)
			continue;
		name = kvm_exitstat_slot_entry(exitstat_isa, slot)->name;
		seq_printf(m, vmx ? "reason %u" : "reason 0x%03x",
			   kvm_exitstat_slot_reason(exitstat_isa, slot));
		seq_printf(m, " exits %llu name %s\n", n, name ?: "undefined");
	}
	n = READ_ONCE(exits[KVM_EXITSTAT_OTHER]);
	if (n)
		seq_printf(m, "reason other exits %llu name other\n", n);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vcpu_exitstat);

void kvm_exitstat_create_vcpu_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir)
{
	debugfs_create_file("exitstat", 0444, dir, vcpu, &vcpu_exitstat_fops);
}
