// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-exitstat: the CPUID leaves.  docs/abi.md describes them; the numbers are
 * in uapi/asm/kvm_exitstat.h.
 *
 * The guest chooses leaf and subleaf.  A subleaf reaches an array only through
 * kvm_exitstat_slot(), whose result is always inside.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>

#include "exitstat.h"
#include "exitstat_reasons.h"
#include "trace.h"

/* The manual's edition by which LEAF_EXITS says "defined": the newest. */
#define EDITION_NEWEST	0xffff

enum legacy_leaf {
	LEGACY_NONE,
	LEGACY_TOTAL_EXITS,
	LEGACY_TOTAL_CYCLES,
	LEGACY_TOTAL_EXITS_CYCLES,
	LEGACY_REASON_EXITS,
	LEGACY_REASON_CYCLES,
};

/*
 * What the legacy leaves mean, from LEGACY_C to LEGACY_F, and the edition of
 * the manual that layout goes by.
 */
static const struct {
	unsigned short edition;
	unsigned char leaf[4];
} layouts[] = {
	[KVM_EXITSTAT_LAYOUT_2020 - KVM_EXITSTAT_LAYOUT_2020] = { 2020, {
		LEGACY_NONE, LEGACY_NONE,
		LEGACY_REASON_EXITS, LEGACY_TOTAL_EXITS_CYCLES } },
	[KVM_EXITSTAT_LAYOUT_2021 - KVM_EXITSTAT_LAYOUT_2020] = { 2020, {
		LEGACY_REASON_CYCLES, LEGACY_REASON_EXITS,
		LEGACY_TOTAL_CYCLES, LEGACY_TOTAL_EXITS } },
	[KVM_EXITSTAT_LAYOUT_2022 - KVM_EXITSTAT_LAYOUT_2020] = { 2022, {
		LEGACY_TOTAL_EXITS, LEGACY_TOTAL_CYCLES,
		LEGACY_REASON_EXITS, LEGACY_REASON_CYCLES } },
};

struct answer {
	u32 eax, ebx, ecx, edx;
};

/* Whether the manual's @edition defines the reason in @slot. */
static bool reason_defined(u32 slot, unsigned int edition)
{
	const struct kvm_exitstat_reason *entry;

	if (slot == KVM_EXITSTAT_OTHER)
		return false;
	entry = kvm_exitstat_slot_entry(kvm_exitstat_isa(), slot);
	return entry->name && entry->edition <= edition;
}

/* Exits over what a guest is shown: its own VM, or the whole host. */
static u64 visible_exits(struct kvm_vcpu *vcpu, bool host, u32 slot)
{
	return host ? kvm_exitstat_host_exits(slot) :
	       kvm_exitstat_vm_exits(vcpu->kvm, slot);
}

static void answer_u64(struct answer *out, u64 value)
{
	out->eax = lower_32_bits(value);
	out->ebx = upper_32_bits(value);
}

static void answer_exits(struct kvm_vcpu *vcpu, bool host, bool own, u32 sub,
			 struct answer *out)
{
	u32 slot;

	if (sub == KVM_EXITSTAT_SUB_TOTAL) {
		slot = KVM_EXITSTAT_TOTAL;
	} else if (sub == KVM_EXITSTAT_SUB_OTHER) {
		slot = KVM_EXITSTAT_OTHER;
	} else {
		slot = kvm_exitstat_slot(kvm_exitstat_isa(), sub);
		if (reason_defined(slot, EDITION_NEWEST))
			out->ecx |= KVM_EXITSTAT_R_DEFINED;
		else
			out->edx = KVM_EXITSTAT_UNDEFINED;
		if (slot == KVM_EXITSTAT_OTHER)
			return;
		if (kvm_exitstat_handled(slot))
			out->ecx |= KVM_EXITSTAT_R_HANDLED;
	}

	answer_u64(out, own ? kvm_exitstat_vcpu_exits(vcpu, slot) :
			visible_exits(vcpu, host, slot));
}

/* Cycles are 0: time is not measured yet. */
static void answer_legacy(struct kvm_vcpu *vcpu, bool host, u32 leaf, u32 sub,
			  struct answer *out)
{
	const unsigned int layout = READ_ONCE(kvm_exitstat_layout) -
				    KVM_EXITSTAT_LAYOUT_2020;
	u64 exits = 0;
	u32 slot;

	switch (layouts[layout].leaf[leaf - KVM_EXITSTAT_LEGACY_C]) {
	case LEGACY_TOTAL_EXITS:
	case LEGACY_TOTAL_EXITS_CYCLES:
		out->eax = visible_exits(vcpu, host, KVM_EXITSTAT_TOTAL);
		break;
	case LEGACY_REASON_EXITS:
	case LEGACY_REASON_CYCLES:
		slot = kvm_exitstat_slot(kvm_exitstat_isa(), sub);
		if (slot != KVM_EXITSTAT_OTHER)
			exits = visible_exits(vcpu, host, slot);
		if (!exits && !reason_defined(slot, layouts[layout].edition))
			out->edx = KVM_EXITSTAT_UNDEFINED;
		else if (layouts[layout].leaf[leaf - KVM_EXITSTAT_LEGACY_C] ==
			 LEGACY_REASON_EXITS)
			out->eax = exits;
		break;
	}
}

/**
 * kvm_exitstat_cpuid - answer a CPUID leaf that the VMM did not set
 * @vcpu: the vCPU that asks
 * @eax: in the leaf, out the answer
 * @ebx: out the answer
 * @ecx: in the subleaf, out the answer
 * @edx: out the answer
 *
 * Called from kvm_cpuid() where no entry was found.  Takes no lock.
 *
 * Return: false, with nothing written, where the leaf is not ours or guests
 * are not to be answered (exitstat_guest=0).
 */
bool kvm_exitstat_cpuid(struct kvm_vcpu *vcpu, u32 *eax, u32 *ebx, u32 *ecx,
			u32 *edx)
{
	const unsigned int guest = READ_ONCE(kvm_exitstat_guest);
	const bool host = guest == KVM_EXITSTAT_GUEST_HOST;
	const u32 leaf = *eax, sub = *ecx;
	struct answer out = {};

	if (leaf < KVM_EXITSTAT_LEAF_FIRST || leaf > KVM_EXITSTAT_LEAF_LAST ||
	    guest == KVM_EXITSTAT_GUEST_OFF)
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
		out.ecx = READ_ONCE(kvm_exitstat_layout);
		if (static_key_enabled(&kvm_exitstat_key))
			out.edx |= KVM_EXITSTAT_F_COUNTING;
		if (host)
			out.edx |= KVM_EXITSTAT_F_HOST;
		break;
	case KVM_EXITSTAT_LEAF_SCOPE:
		out.eax = tsc_khz;
		out.ebx = host ? kvm_exitstat_host_vcpus() :
			  atomic_read(&vcpu->kvm->online_vcpus);
		out.ecx = kvm_exitstat_reasons_end(kvm_exitstat_isa());
		break;
	case KVM_EXITSTAT_LEAF_ID:
		answer_u64(&out, host ? kvm_exitstat_host_id() :
				 vcpu->kvm->arch.exitstat.id);
		break;
	case KVM_EXITSTAT_LEAF_EXITS:
		answer_exits(vcpu, host, false, sub, &out);
		break;
	case KVM_EXITSTAT_LEAF_VCPU_EXITS:
		answer_exits(vcpu, host, true, sub, &out);
		break;
	case KVM_EXITSTAT_LEGACY_C ... KVM_EXITSTAT_LEGACY_F:
		answer_legacy(vcpu, host, leaf, sub, &out);
		break;
	}

	*eax = out.eax;
	*ebx = out.ebx;
	*ecx = out.ecx;
	*edx = out.edx;
	trace_kvm_cpuid(leaf, sub, *eax, *ebx, *ecx, *edx, true, false);
	return true;
}
