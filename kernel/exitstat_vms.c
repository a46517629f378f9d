// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: all VMs, and the sums over them and over their vCPUs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>

#include "exitstat_vcpus.h"
#include "exitstat_vms.h"

/*
 * All VMs, and the sum over those that have ended.  A reader goes from VM to VM, in one
 * SRCU section for each VM, and starts with the sum of ended VMs.  A VM that ends adds
 * itself to that sum, and to each reader that has not reached it yet, so that every
 * reader counts it once.  kvm_lock cannot be used: CPUID emulation runs under kvm->srcu,
 * which is synchronized while locks are held.
 */
LIST_HEAD(kvm_exitstat_vms);
DEFINE_STATIC_SRCU(vms_srcu);
static LIST_HEAD(walks);
static DEFINE_SPINLOCK(vms_lock);	/* protects both lists, and the following */
static struct kvm_exitstat_ledger ended;
static u32 ended_vcpus;
static u64 youngest;
static u64 host_id;

/**
 * struct walk - a reader on its way over all VMs
 * @node: in walks
 * @at: number of the VM that it has reached; 0 at first
 * @last: number of the last VM to visit: its sum excludes VMs that are created later
 * @whole: visit all VMs even if this thread is being killed
 * @add: adds the ledger of VMs that have ended, or of a vCPU
 * @slot: for add_ended_value()
 * @v: for add_ended_value()
 * @value: sum over ended VMs
 * @sum: for add_ended_ledger(); the reader adds to it under vms_lock, too
 * @vcpus: number of vCPUs, likewise
 */
struct walk {
	struct list_head node;
	u64 at;
	u64 last;
	bool whole;
	void (*add)(struct walk *walk, const struct kvm_exitstat_ledger *ledger, u32 vcpus);
	u32 slot;
	u32 v;
	u64 value;
	struct kvm_exitstat_ledger *sum;
	u32 vcpus;
};

static void walk_begin(struct walk *walk)
{
	guard(spinlock)(&vms_lock);
	walk->last = youngest;
	walk->add(walk, &ended, ended_vcpus);
	list_add_tail(&walk->node, &walks);
}

static void walk_end(struct walk *walk)
{
	guard(spinlock)(&vms_lock);
	list_del(&walk->node);
}

/* The first VM after @walk->at; @vm is the VM at @walk->at, or NULL if it is not known. */
static struct kvm_exitstat_vm *walk_step(struct walk *walk, struct kvm_exitstat_vm *vm)
{
	guard(spinlock)(&vms_lock);
	if (vm && vm->listed)
		vm = list_next_entry(vm, node);
	else
		vm = list_first_entry(&kvm_exitstat_vms, struct kvm_exitstat_vm, node);
	list_for_each_entry_from(vm, &kvm_exitstat_vms, node) {
		if (vm->number > walk->last)
			return NULL;
		if (vm->number > walk->at) {
			walk->at = vm->number;
			return vm;
		}
	}
	return NULL;
}

/*
 * The next VM; leaves the SRCU section @srcu of the previous VM and enters one for the
 * next.  Returns NULL, outside of a section, after the last VM or if this thread is being
 * killed.
 */
static struct kvm_exitstat_vm *walk_next(struct walk *walk, struct kvm_exitstat_vm *vm,
					 int *srcu)
{
	const int next = srcu_read_lock(&vms_srcu);
	struct kvm_exitstat_vm *before = vm;

	vm = !walk->whole && fatal_signal_pending(current) ? NULL : walk_step(walk, before);
	if (before)
		srcu_read_unlock(&vms_srcu, *srcu);
	*srcu = next;
	if (!vm)
		srcu_read_unlock(&vms_srcu, next);
	return vm;
}

#define for_each_vm_of(walk, vm, srcu)						\
	for (vm = walk_next(walk, NULL, srcu); vm; vm = walk_next(walk, vm, srcu))

/* Called between vCPUs.  False if this thread is being killed: nobody waits for the sum. */
static bool go_on(void)
{
	cond_resched();
	return !fatal_signal_pending(current);
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

	kvm_for_each_vcpu(i, vcpu, kvm) {
		sum = add_value(sum, kvm_exitstat_value(kvm_exitstat_of(vcpu), slot, v), v);
		if (!go_on())
			break;
	}
	return sum;
}

u64 kvm_exitstat_vm_bucket(struct kvm *kvm, u32 slot, u32 bucket)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u64 sum = 0;

	kvm_for_each_vcpu(i, vcpu, kvm) {
		sum += kvm_exitstat_bucket(kvm_exitstat_of(vcpu), slot, bucket);
		if (!go_on())
			break;
	}
	return sum;
}

static void add_vcpu(struct kvm_vcpu *vcpu, struct kvm_exitstat_ledger *sum,
		     struct kvm_exitstat_ledger *one)
{
	kvm_exitstat_read(kvm_exitstat_of(vcpu), one);
	kvm_exitstat_add(sum, one);
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
		add_vcpu(vcpu, sum, one);
		vcpus++;
		if (!go_on())
			break;
	}
	return vcpus;
}

static void add_ended_value(struct walk *walk, const struct kvm_exitstat_ledger *ledger,
			    u32 vcpus)
{
	walk->value = add_value(walk->value,
				kvm_exitstat_ledger_value(ledger, walk->slot, walk->v), walk->v);
}

/* Value @v of @slot over all VMs since the module was loaded. */
u64 kvm_exitstat_host_value(u32 slot, u32 v)
{
	struct walk walk = { .add = add_ended_value, .slot = slot, .v = v };
	struct kvm_exitstat_vm *vm;
	u64 sum = 0;
	int srcu;

	walk_begin(&walk);
	for_each_vm_of(&walk, vm, &srcu)
		sum = add_value(sum, kvm_exitstat_vm_value(kvm_exitstat_vm_of(vm), slot, v), v);
	walk_end(&walk);
	return add_value(sum, walk.value, v);
}

/* Of @kvm, or of the host if a guest sees that. */
u64 kvm_exitstat_visible_value(struct kvm *kvm, bool host, u32 slot, u32 v)
{
	return host ? kvm_exitstat_host_value(slot, v) : kvm_exitstat_vm_value(kvm, slot, v);
}

static void add_nothing(struct walk *walk, const struct kvm_exitstat_ledger *ledger, u32 vcpus)
{
}

/**
 * kvm_exitstat_visit_vms - call @visit for VMs, the oldest first
 * @first: number of the first
 * @last: number of the last; U64_MAX: of all that there are now
 * @visit: may sleep; only this VM's end waits for it
 * @arg: for @visit
 */
void kvm_exitstat_visit_vms(u64 first, u64 last,
			    void (*visit)(struct kvm_exitstat_vm *vm, void *arg), void *arg)
{
	struct walk walk = { .at = first - 1, .whole = true, .add = add_nothing };
	struct kvm_exitstat_vm *vm;
	int srcu;

	walk_begin(&walk);
	walk.last = min(walk.last, last);
	for_each_vm_of(&walk, vm, &srcu)
		visit(vm, arg);
	walk_end(&walk);
}

/* The sum over existing VMs: a histogram ends with its VM. */
u64 kvm_exitstat_host_bucket(u32 slot, u32 bucket)
{
	struct walk walk = { .add = add_nothing };
	struct kvm_exitstat_vm *vm;
	u64 sum = 0;
	int srcu;

	walk_begin(&walk);
	for_each_vm_of(&walk, vm, &srcu)
		sum += kvm_exitstat_vm_bucket(kvm_exitstat_vm_of(vm), slot, bucket);
	walk_end(&walk);
	return sum;
}

static void add_ended_ledger(struct walk *walk, const struct kvm_exitstat_ledger *ledger,
			     u32 vcpus)
{
	/* Both the reader and a VM that ends call this. */
	lockdep_assert_held(&vms_lock);
	kvm_exitstat_add(walk->sum, ledger);
	walk->vcpus += vcpus;
}

static void walk_vcpus(struct walk *walk, struct kvm *kvm, struct kvm_exitstat_ledger *one)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm) {
		kvm_exitstat_read(kvm_exitstat_of(vcpu), one);
		scoped_guard(spinlock, &vms_lock)
			walk->add(walk, one, 1);
		if (!go_on())
			break;
	}
}

/* Store the ledger of all VMs since the module was loaded in @sum; otherwise as above. */
u32 kvm_exitstat_host_ledger(struct kvm_exitstat_ledger *sum,
			     struct kvm_exitstat_ledger *one)
{
	struct walk walk = { .add = add_ended_ledger, .sum = sum };
	struct kvm_exitstat_vm *vm;
	int srcu;

	memset(sum, 0, sizeof(*sum));
	walk_begin(&walk);
	for_each_vm_of(&walk, vm, &srcu)
		walk_vcpus(&walk, kvm_exitstat_vm_of(vm), one);
	walk_end(&walk);
	return walk.vcpus;
}

static void add_ended_vcpus(struct walk *walk, const struct kvm_exitstat_ledger *ledger,
			    u32 vcpus)
{
	walk->vcpus += vcpus;
}

/* Number of vCPUs in kvm_exitstat_host_value(), including those of ended VMs. */
u32 kvm_exitstat_host_vcpus(void)
{
	struct walk walk = { .add = add_ended_vcpus };
	struct kvm_exitstat_vm *vm;
	u32 vcpus = 0;
	int srcu;

	walk_begin(&walk);
	for_each_vm_of(&walk, vm, &srcu)
		vcpus += atomic_read(&kvm_exitstat_vm_of(vm)->online_vcpus);
	walk_end(&walk);
	return vcpus + walk.vcpus;
}

u64 kvm_exitstat_host_id(void)
{
	return host_id;
}

/* Random, and never 0, which means "no counters". */
static u64 new_id(void)
{
	return get_random_u64() ?: 1;
}

/* Start the host's counters; they continue if kvm.ko has stayed loaded. */
void kvm_exitstat_vms_setup(void)
{
	if (!host_id)
		host_id = new_id();
}

void kvm_exitstat_add_vm(struct kvm *kvm)
{
	struct kvm_exitstat_vm *vm = kvm_exitstat_of_vm(kvm);

	vm->id = new_id();
	vm->listed = true;

	guard(spinlock)(&vms_lock);
	vm->number = ++youngest;
	list_add_tail(&vm->node, &kvm_exitstat_vms);
}

/* @ledger is the final sum of @vm's vCPUs. */
static void move_to_ended(struct kvm_exitstat_vm *vm, const struct kvm_exitstat_ledger *ledger,
			  u32 vcpus)
{
	struct walk *walk;

	guard(spinlock)(&vms_lock);
	list_del(&vm->node);
	vm->listed = false;
	kvm_exitstat_add(&ended, ledger);
	ended_vcpus += vcpus;
	list_for_each_entry(walk, &walks, node)
		if (walk->at < vm->number && vm->number <= walk->last)
			walk->add(walk, ledger, vcpus);
}

/* Move @kvm's ledger into the sum of ended VMs, before its vCPUs are freed. */
void kvm_exitstat_end_vm(struct kvm *kvm)
{
	static struct kvm_exitstat_ledger value, one;
	static DEFINE_MUTEX(lock);	/* protects both */
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u32 slot;

	kvm_exitstat_end_vcpus(kvm);
	guard(mutex)(&lock);
	memset(&value, 0, sizeof(value));
	/* Complete even if this thread is being killed: its VMs end all the same. */
	kvm_for_each_vcpu(i, vcpu, kvm) {
		add_vcpu(vcpu, &value, &one);
		cond_resched();
	}
	/* LONGEST ends with its VM, as histograms do. */
	for (slot = 0; slot <= KVM_EXITSTAT_TOTAL; slot++)
		value.value[slot][KVM_EXITSTAT_V_LONGEST] = 0;
	move_to_ended(kvm_exitstat_of_vm(kvm), &value, atomic_read(&kvm->online_vcpus));
}

/* Wait until no reader is in a VM that has been through kvm_exitstat_end_vm(). */
void kvm_exitstat_wait_for_walks(void)
{
	synchronize_srcu_expedited(&vms_srcu);
}
