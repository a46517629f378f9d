// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: a reason's slot, its handler, its number and name as text.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/kvm_host.h>
#include <linux/nospec.h>

#include <uapi/asm/kvm_exitstat.h>

#include "exitstat_reasons.h"
#include "exitstat_slots.h"

static_assert(ARRAY_SIZE(kvm_exitstat_vmx_reasons) == KVM_EXITSTAT_VMX_REASONS,
	      "KVM_EXITSTAT_VMX_REASONS is one past the last line of vmx_reasons.def");

/* Set when the vendor module has set up the hardware, before there is a VM. */
static u32 exitstat_isa;
u32 kvm_exitstat_slots;
static DECLARE_BITMAP(handled_slots, KVM_EXITSTAT_MAX_SLOTS);

u32 kvm_exitstat_isa(void)
{
	return exitstat_isa;
}

/* The slot of a reason that a guest or a user names; in range under speculation, too. */
u32 kvm_exitstat_named_slot(u64 reason)
{
	return array_index_nospec((u32)kvm_exitstat_slot(exitstat_isa, reason),
				  kvm_exitstat_slots);
}

/* Whether KVM has a handler for the reason in @slot. */
bool kvm_exitstat_handled(u32 slot)
{
	return test_bit(slot, handled_slots);
}

/* The number of the reason in @slot, as text; the name of OTHER and NONE. */
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

/* The year of the first manual that defines the reason in @slot; 0 if none does. */
unsigned int kvm_exitstat_edition(u32 slot)
{
	const struct kvm_exitstat_reason *entry;

	if (slot >= KVM_EXITSTAT_OTHER)
		return 0;
	slot = array_index_nospec(slot, KVM_EXITSTAT_OTHER);
	entry = kvm_exitstat_slot_entry(exitstat_isa, slot);
	return entry->name ? entry->edition : 0;
}

/* The arguments are those of kvm_exitstat_setup(). */
void kvm_exitstat_slots_setup(u32 isa, const kvm_exitstat_handler_t *handlers, u32 nr)
{
	u32 slot, reason;

	exitstat_isa = isa;
	kvm_exitstat_slots = kvm_exitstat_slots_of(isa);
	bitmap_zero(handled_slots, KVM_EXITSTAT_MAX_SLOTS);
	for (slot = 0; slot < kvm_exitstat_nr_slots(isa); slot++) {
		reason = kvm_exitstat_slot_reason(isa, slot);
		if (reason < nr && handlers[reason])
			__set_bit(slot, handled_slots);
	}
}
