// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the legacy CPUID leaves, whose layout the parameter exitstat_layout chooses.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/nospec.h>

#include "exitstat_layouts.h"
#include "exitstat_params.h"
#include "exitstat_slots.h"
#include "exitstat_vms.h"

static unsigned int exitstat_layout = KVM_EXITSTAT_LAYOUT_2022;

static struct kvm_exitstat_range layout_range = {
	&exitstat_layout, KVM_EXITSTAT_LAYOUT_2020, KVM_EXITSTAT_LAYOUT_2022
};
module_param_cb(exitstat_layout, &kvm_exitstat_range_ops, &layout_range, 0644);
MODULE_PARM_DESC(exitstat_layout, "Layout of CPUID leaves 0x4FFFFFFC-0x4FFFFFFF: 2020, 2021, 2022 (default)");

enum legacy_leaf {
	LEGACY_NONE,
	LEGACY_TOTAL_EXITS,
	LEGACY_TOTAL_CYCLES,
	LEGACY_TOTAL_EXITS_CYCLES,
	LEGACY_REASON_EXITS,
	LEGACY_REASON_CYCLES,
};

/*
 * By layout: the edition of the manual that defines reasons, and the meaning of the
 * legacy leaves LEGACY_C to LEGACY_F.
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

/* Whether the manual's @edition defines the reason in @slot. */
static bool defined_in(u32 slot, unsigned int edition)
{
	const unsigned int first = kvm_exitstat_edition(slot);

	return first && first <= edition;
}

static void answer_cycles(struct kvm_exitstat_answer *out, u64 cycles)
{
	out->ebx = upper_32_bits(cycles);
	out->ecx = lower_32_bits(cycles);
}

static void answer_legacy(struct kvm *kvm, bool host, u32 leaf, u32 sub, unsigned int layout,
			  struct kvm_exitstat_answer *out)
{
	const u32 nth = array_index_nospec(leaf - KVM_EXITSTAT_LEGACY_C,
					   ARRAY_SIZE(layouts[0].leaf));
	const enum legacy_leaf what = layouts[layout].leaf[nth];
	u64 exits = 0;
	u32 slot;

	if (what == LEGACY_TOTAL_EXITS || what == LEGACY_TOTAL_EXITS_CYCLES)
		out->eax = kvm_exitstat_visible_value(kvm, host, KVM_EXITSTAT_TOTAL,
						      KVM_EXITSTAT_V_EXITS);
	if (what == LEGACY_TOTAL_CYCLES || what == LEGACY_TOTAL_EXITS_CYCLES)
		answer_cycles(out, kvm_exitstat_visible_value(kvm, host, KVM_EXITSTAT_TOTAL,
							      KVM_EXITSTAT_V_KERNEL));
	if (what != LEGACY_REASON_EXITS && what != LEGACY_REASON_CYCLES)
		return;

	slot = kvm_exitstat_named_slot(sub);
	if (slot != KVM_EXITSTAT_OTHER)
		exits = kvm_exitstat_visible_value(kvm, host, slot, KVM_EXITSTAT_V_EXITS);
	if (!exits && !defined_in(slot, layouts[layout].edition))
		out->edx = KVM_EXITSTAT_UNDEFINED;
	else if (what == LEGACY_REASON_EXITS)
		out->eax = exits;
	else if (exits)
		answer_cycles(out, kvm_exitstat_visible_value(kvm, host, slot,
							      KVM_EXITSTAT_V_KERNEL));
}

/*
 * Adds what depends on the layout to the answer to @leaf: the layout in force to the features,
 * and the answers to the legacy leaves.
 */
void kvm_exitstat_answer_layout(struct kvm *kvm, bool host, u32 leaf, u32 sub,
				struct kvm_exitstat_answer *out)
{
	const unsigned int layout = READ_ONCE(exitstat_layout);

	if (leaf == KVM_EXITSTAT_LEAF_FEATURES)
		out->ecx = layout;
	else if (leaf >= KVM_EXITSTAT_LEGACY_C)
		answer_legacy(kvm, host, leaf, sub, layout - KVM_EXITSTAT_LAYOUT_2020, out);
}
