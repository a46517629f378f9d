// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the CPUID leaves.  docs/abi.md describes them; the numbers are
 * in uapi/asm/kvm_exitstat.h.
 *
 * The guest chooses leaf and subleaf, so each array index that is made from them goes
 * through array_index_nospec().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <asm/tsc.h>

#include "cpuid.h"
#include "exitstat.h"
#include "exitstat_cpuid.h"
#include "exitstat_key_leaves.h"
#include "exitstat_keys.h"
#include "exitstat_layouts.h"
#include "exitstat_params.h"
#include "exitstat_reasons.h"
#include "exitstat_slots.h"
#include "exitstat_vcpus.h"
#include "exitstat_vms.h"
#include "trace.h"
#include "x86.h"

/* Values of the parameter exitstat_guest: the exits that CPUID shows a guest */
#define KVM_EXITSTAT_GUEST_OFF	0
#define KVM_EXITSTAT_GUEST_VM	1
#define KVM_EXITSTAT_GUEST_HOST	2

static unsigned int exitstat_guest = KVM_EXITSTAT_GUEST_VM;

static struct kvm_exitstat_range guest_range = {
	&exitstat_guest, KVM_EXITSTAT_GUEST_OFF, KVM_EXITSTAT_GUEST_HOST
};
module_param_cb(exitstat_guest, &kvm_exitstat_range_ops, &guest_range, 0644);
MODULE_PARM_DESC(exitstat_guest, "Exits that CPUID shows a guest: 0 none, 1 its VM's (default), 2 the host's");

/**
 * struct kvm_exitstat_snapshot - the last snapshot that a vCPU has taken
 * @id: unique in the VM; 0 while the snapshot is empty
 * @host: @sum is over all VMs of the host, not over this VM
 * @sum: the ledger
 * @one: buffer for one vCPU's ledger
 * @hist: exits by slot and bucket; NULL without histograms
 */
struct kvm_exitstat_snapshot {
	u32 id;
	bool host;
	struct kvm_exitstat_ledger sum;
	struct kvm_exitstat_ledger one;
	u64 (*hist)[KVM_EXITSTAT_BUCKETS];
};

/* The ledger that a leaf reads */
enum scope {
	SCOPE_VISIBLE,	/* the VM's or the host's, as exitstat_guest says */
	SCOPE_VCPU,	/* the asking vCPU's */
	SCOPE_SNAPSHOT,	/* the asking vCPU's snapshot */
};

struct question {
	struct kvm_vcpu *vcpu;
	enum scope scope;
	bool host;
};

static u64 value(const struct question *q, u32 slot, u32 v)
{
	const struct kvm_exitstat *stat = kvm_exitstat_of(q->vcpu);

	switch (q->scope) {
	case SCOPE_VCPU:
		return kvm_exitstat_value(stat, slot, v);
	case SCOPE_SNAPSHOT:
		return kvm_exitstat_ledger_value(&stat->snapshot->sum, slot, v);
	default:
		return kvm_exitstat_visible_value(q->vcpu->kvm, q->host, slot, v);
	}
}

static u64 snapshot_bucket(const struct kvm_exitstat_snapshot *snap, u32 slot, u32 bucket)
{
	u64 sum = 0;

	if (!snap->hist)
		return 0;
	if (slot != KVM_EXITSTAT_TOTAL)
		return snap->hist[slot][bucket];
	for (slot = 0; slot < kvm_exitstat_slots; slot++)
		sum += snap->hist[slot][bucket];
	return sum;
}

static u64 bucket_value(const struct question *q, u32 slot, u32 bucket)
{
	const struct kvm_exitstat *stat = kvm_exitstat_of(q->vcpu);

	if (bucket >= KVM_EXITSTAT_BUCKETS)
		return 0;
	bucket = array_index_nospec(bucket, KVM_EXITSTAT_BUCKETS);
	switch (q->scope) {
	case SCOPE_VCPU:
		return kvm_exitstat_bucket(stat, slot, bucket);
	case SCOPE_SNAPSHOT:
		return snapshot_bucket(stat->snapshot, slot, bucket);
	default:
		return q->host ? kvm_exitstat_host_bucket(slot, bucket) :
		       kvm_exitstat_vm_bucket(q->vcpu->kvm, slot, bucket);
	}
}

static void answer_u64(struct kvm_exitstat_answer *out, u64 value)
{
	out->eax = lower_32_bits(value);
	out->ebx = upper_32_bits(value);
}

/* Stores the slot of subleaf @sub; false if that reason has no counter. */
static bool sub_slot(u32 sub, u32 *slot, struct kvm_exitstat_answer *out)
{
	switch (sub) {
	case KVM_EXITSTAT_SUB_TOTAL:
		*slot = KVM_EXITSTAT_TOTAL;
		return true;
	case KVM_EXITSTAT_SUB_OTHER:
		*slot = KVM_EXITSTAT_OTHER;
		return true;
	case KVM_EXITSTAT_SUB_NONE:
		*slot = KVM_EXITSTAT_NONE;
		return true;
	}
	*slot = kvm_exitstat_named_slot(sub);
	if (kvm_exitstat_edition(*slot))
		out->ecx |= KVM_EXITSTAT_R_DEFINED;
	else
		out->edx = KVM_EXITSTAT_UNDEFINED;
	if (*slot == KVM_EXITSTAT_OTHER)
		return false;
	if (kvm_exitstat_handled(*slot))
		out->ecx |= KVM_EXITSTAT_R_HANDLED;
	return true;
}

static void answer_hist(const struct question *q, u32 sub, struct kvm_exitstat_answer *out)
{
	u32 reason = sub & 0xffff, slot;

	/* A special subleaf, of which only 16 bits fit */
	if (reason >= (u16)KVM_EXITSTAT_SUB_NONE)
		reason |= 0xffff0000;
	if (sub_slot(reason, &slot, out))
		answer_u64(out, bucket_value(q, slot, sub >> 16));
}

/* The id of the vCPU's snapshot, 0 if it has none of what the guest may see */
static u32 snapshot_id(const struct question *q)
{
	const struct kvm_exitstat_snapshot *snap = kvm_exitstat_of(q->vcpu)->snapshot;

	return snap && snap->host == q->host ? snap->id : 0;
}

static void answer_value(const struct question *q, u32 v, u32 sub, struct kvm_exitstat_answer *out)
{
	u32 slot;

	if (q->scope == SCOPE_SNAPSHOT && !snapshot_id(q))
		return;
	v = array_index_nospec(v, KVM_EXITSTAT_V_ANOMALIES + 1);
	if (v >= KVM_EXITSTAT_V_GUEST)
		answer_u64(out, value(q, KVM_EXITSTAT_TOTAL, v));
	else if (v == KVM_EXITSTAT_V_HIST)
		answer_hist(q, sub, out);
	else if (sub_slot(sub, &slot, out))
		answer_u64(out, value(q, slot, v));

	if (q->scope == SCOPE_SNAPSHOT)
		out->edx = snapshot_id(q);
}

/*
 * A key is what the guest's kernel had in its registers, so no other code of the guest gets it.  A
 * nested guest's CPUID gets here if its hypervisor does not intercept it, as it may on SVM.
 */
static bool in_kernel(struct kvm_vcpu *vcpu)
{
	return !vcpu->arch.guest_state_protected && !is_guest_mode(vcpu) &&
	       !static_call(kvm_x86_get_cpl)(vcpu);
}

static void answer_keys(const struct question *q, u32 which, u32 index,
			struct kvm_exitstat_answer *out)
{
	const u32 id = snapshot_id(q);

	if (id && in_kernel(q->vcpu))
		kvm_exitstat_answer_keys(q->vcpu, id, which, index, out);
}

void kvm_exitstat_free_snapshot(struct kvm_exitstat_snapshot *snap)
{
	if (snap)
		kvfree(snap->hist);
	kvfree(snap);
}

/* Returns the vCPU's snapshot, with room for histograms if exitstat_hist=1; NULL: no memory. */
static struct kvm_exitstat_snapshot *make_snapshot(struct kvm_exitstat *stat)
{
	struct kvm_exitstat_snapshot *snap = stat->snapshot;

	if (!snap) {
		snap = kvzalloc(sizeof(*snap), GFP_KERNEL_ACCOUNT);
		if (!snap)
			return NULL;
		stat->snapshot = snap;
	}
	if (!READ_ONCE(kvm_exitstat_hist)) {
		kvfree(snap->hist);
		snap->hist = NULL;
	} else if (!snap->hist) {
		snap->hist = kvcalloc(kvm_exitstat_slots, sizeof(snap->hist[0]),
				      GFP_KERNEL_ACCOUNT);
		if (!snap->hist)
			return NULL;
	}
	return snap;
}

static void snapshot_hist(const struct question *q, struct kvm_exitstat_snapshot *snap)
{
	u32 slot, bucket;

	for (slot = 0; slot < kvm_exitstat_slots; slot++) {
		for (bucket = 0; bucket < KVM_EXITSTAT_BUCKETS; bucket++)
			snap->hist[slot][bucket] =
				snap->sum.value[slot][KVM_EXITSTAT_V_EXITS] ?
				bucket_value(q, slot, bucket) : 0;
		if (fatal_signal_pending(current))
			return;
	}
}

static void take_snapshot(const struct question *q, struct kvm_exitstat_answer *out)
{
	struct kvm *kvm = q->vcpu->kvm;
	struct kvm_exitstat_snapshot *snap = make_snapshot(kvm_exitstat_of(q->vcpu));

	if (!snap) {
		out->edx = 1;
		return;
	}
	memset(&snap->sum, 0, sizeof(snap->sum));
	if (q->host)
		kvm_exitstat_host_ledger(&snap->sum, &snap->one);
	else
		kvm_exitstat_vm_ledger(kvm, &snap->sum, &snap->one);
	if (snap->hist)
		snapshot_hist(q, snap);
	snap->host = q->host;
	do {
		snap->id = atomic_inc_return(&kvm_exitstat_of_vm(kvm)->snapshots);
	} while (!snap->id);
	kvm_exitstat_freeze_keys(q->vcpu, snap->id, &snap->one);
	out->eax = snap->id;
}

static u32 features(bool host)
{
	u32 flags = 0;

	if (static_key_enabled(&kvm_exitstat_key))
		flags |= KVM_EXITSTAT_F_COUNTING;
	if (host)
		flags |= KVM_EXITSTAT_F_HOST;
	if (READ_ONCE(kvm_exitstat_hist))
		flags |= KVM_EXITSTAT_F_HIST;
	if (check_tsc_unstable())
		flags |= KVM_EXITSTAT_F_UNTRUSTED;
	if (READ_ONCE(kvm_exitstat_keys))
		flags |= KVM_EXITSTAT_F_KEYS;
	return flags;
}

/**
 * kvm_exitstat_cpuid - answer a CPUID leaf that the VMM did not set
 * @vcpu: the vCPU that asks
 * @eax: in: the leaf; out: the answer
 * @ebx: out: the answer
 * @ecx: in: the subleaf; out: the answer
 * @edx: out: the answer
 *
 * Called from kvm_cpuid() if the VMM has set no entry for the leaf.  May sleep to
 * allocate a snapshot.
 *
 * Return: true if the leaf was answered.  False, with nothing written, if the leaf is
 * not ours, if exitstat_guest=0, or if the VMM has set the signature's leaf itself.
 */
bool kvm_exitstat_cpuid(struct kvm_vcpu *vcpu, u32 *eax, u32 *ebx, u32 *ecx,
			u32 *edx)
{
	const unsigned int guest = READ_ONCE(exitstat_guest);
	const bool host = guest == KVM_EXITSTAT_GUEST_HOST;
	const u32 leaf = *eax, sub = *ecx;
	struct question q = { .vcpu = vcpu, .host = host };
	struct kvm_exitstat_answer out = {};

	if (leaf < KVM_EXITSTAT_LEAF_FIRST || leaf > KVM_EXITSTAT_LEAF_LAST ||
	    guest == KVM_EXITSTAT_GUEST_OFF)
		return false;
	/* The VMM has put something else at the signature's leaf, so all our leaves are hidden. */
	if (kvm_find_cpuid_entry(vcpu, KVM_EXITSTAT_LEAF_SIGNATURE))
		return false;

	switch (leaf) {
	case KVM_EXITSTAT_LEAF_SIGNATURE:
		out.eax = KVM_EXITSTAT_LEAF_HIGHEST;
		out.ebx = KVM_EXITSTAT_SIGNATURE_EBX;
		out.ecx = KVM_EXITSTAT_SIGNATURE_ECX;
		out.edx = KVM_EXITSTAT_SIGNATURE_EDX;
		break;
	case KVM_EXITSTAT_LEAF_FEATURES:
		out.eax = KVM_EXITSTAT_ABI_VERSION;
		out.ebx = kvm_exitstat_isa();
		out.edx = features(host);
		break;
	case KVM_EXITSTAT_LEAF_SCOPE:
		out.eax = tsc_khz;
		out.ebx = host ? kvm_exitstat_host_vcpus() :
			  atomic_read(&vcpu->kvm->online_vcpus);
		out.ecx = kvm_exitstat_reasons_end(kvm_exitstat_isa());
		break;
	case KVM_EXITSTAT_LEAF_ID:
		answer_u64(&out, host ? kvm_exitstat_host_id() :
				 kvm_exitstat_of_vm(vcpu->kvm)->id);
		break;
	case KVM_EXITSTAT_LEAF_SNAPSHOT:
		take_snapshot(&q, &out);
		break;
	case KVM_EXITSTAT_LEAF_LIVE ... KVM_EXITSTAT_LEAF_LIVE + KVM_EXITSTAT_V_ANOMALIES:
		answer_value(&q, leaf - KVM_EXITSTAT_LEAF_LIVE, sub, &out);
		break;
	case KVM_EXITSTAT_LEAF_VCPU ... KVM_EXITSTAT_LEAF_VCPU + KVM_EXITSTAT_V_ANOMALIES:
		q.scope = SCOPE_VCPU;
		answer_value(&q, leaf - KVM_EXITSTAT_LEAF_VCPU, sub, &out);
		break;
	case KVM_EXITSTAT_LEAF_FROZEN ... KVM_EXITSTAT_LEAF_FROZEN + KVM_EXITSTAT_V_ANOMALIES:
		q.scope = SCOPE_SNAPSHOT;
		answer_value(&q, leaf - KVM_EXITSTAT_LEAF_FROZEN, sub, &out);
		break;
	case KVM_EXITSTAT_LEAF_KEYS ... KVM_EXITSTAT_LEAF_KEYS + KVM_EXITSTAT_K_ERROR:
		answer_keys(&q, leaf - KVM_EXITSTAT_LEAF_KEYS, sub, &out);
		break;
	}
	kvm_exitstat_answer_layout(vcpu->kvm, host, leaf, sub, &out);

	*eax = out.eax;
	*ebx = out.ebx;
	*ecx = out.ecx;
	*edx = out.edx;
	trace_kvm_cpuid(leaf, sub, *eax, *ebx, *ecx, *edx, true, false);
	return true;
}
