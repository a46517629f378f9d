// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-exitstat: all VMs, and the sums over them and over their vCPUs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/seqlock.h>
#include <linux/srcu.h>

#include "exitstat_vcpus.h"
#include "exitstat_vms.h"

/*
 * All VMs, and what those that ended left behind.  Readers walk the list under
 * SRCU and retry where a VM was moved into the sum meanwhile, so that they see it
 * once: in the list or in the sum.  kvm_lock is not for this: CPUID emulation runs
 * under kvm->srcu, which is synchronized with locks held.
 */
LIST_HEAD(kvm_exitstat_vms);
DEFINE_SRCU(kvm_exitstat_vms_srcu);
static DEFINE_MUTEX(vms_lock);
static DEFINE_SEQLOCK(ended_seq);
static struct kvm_exitstat_ledger ended;
static u32 ended_vcpus;
static u64 host_id;

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
 * Add the ledger of @kvm to @sum; @one is for that of a vCPU.  Returns the number
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

/* The ledger of all VMs since the module was loaded, into @sum; as above. */
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

/* Random and not 0, which stands for "no counters". */
static u64 new_id(void)
{
	return get_random_u64() ?: 1;
}

/* Counters of the host begin; those of a kvm that stays loaded go on. */
void kvm_exitstat_vms_setup(void)
{
	if (!host_id)
		host_id = new_id();
}

void kvm_exitstat_add_vm(struct kvm *kvm)
{
	kvm->arch.exitstat.id = new_id();

	guard(mutex)(&vms_lock);
	list_add_tail_rcu(&kvm->arch.exitstat.node, &kvm_exitstat_vms);
}

/* Move @kvm's ledger into the sum of ended VMs, before its vCPUs are freed. */
void kvm_exitstat_end_vm(struct kvm *kvm)
{
	static struct kvm_exitstat_ledger value, one;
	u32 slot;

	kvm_exitstat_end_vcpus(kvm);
	guard(mutex)(&vms_lock);
	memset(&value, 0, sizeof(value));
	kvm_exitstat_vm_ledger(kvm, &value, &one);

	/* It ends with its VM, as histograms do. */
	for (slot = 0; slot <= KVM_EXITSTAT_TOTAL; slot++)
		value.value[slot][KVM_EXITSTAT_V_LONGEST] = 0;

	write_seqlock(&ended_seq);
	list_del_rcu(&kvm->arch.exitstat.node);
	kvm_exitstat_add(&ended, &value);
	ended_vcpus += atomic_read(&kvm->online_vcpus);
	write_sequnlock(&ended_seq);
}

/* No reader is in a walk that began before the last kvm_exitstat_end_vm(). */
void kvm_exitstat_wait_for_walks(void)
{
	synchronize_srcu_expedited(&kvm_exitstat_vms_srcu);
}
