/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the slots of reasons
 */
#ifndef __KVM_X86_EXITSTAT_SLOTS_H
#define __KVM_X86_EXITSTAT_SLOTS_H

#include <linux/compiler.h>
#include <linux/types.h>

#include <uapi/asm/kvm_exitstat.h>

struct kvm_vcpu;

/*
 * A slot is a reason's index in the arrays.  A reason without a slot counts in
 * OTHER, the slot after the last reason's.  NONE is the slot after OTHER.
 */
#define KVM_EXITSTAT_VMX_SLOTS	(KVM_EXITSTAT_VMX_REASONS + 2)
#define KVM_EXITSTAT_SVM_SLOTS	(KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH + 2)
#define KVM_EXITSTAT_MAX_SLOTS	KVM_EXITSTAT_SVM_SLOTS

/* Slots of the loaded vendor module; the hot path knows its own number. */
extern u32 kvm_exitstat_slots;
#define KVM_EXITSTAT_NONE	(kvm_exitstat_slots - 1)
#define KVM_EXITSTAT_OTHER	(kvm_exitstat_slots - 2)

/* Size of a reason's number as text, including the final NUL */
#define KVM_EXITSTAT_NUMBER_SIZE	sizeof("4294967295")

static __always_inline u32 kvm_exitstat_slots_of(u32 isa)
{
	return isa == KVM_EXITSTAT_ISA_VMX ? KVM_EXITSTAT_VMX_SLOTS : KVM_EXITSTAT_SVM_SLOTS;
}

/*
 * The slot of an exit.  VMX: @reason is the basic exit reason, the low 16 bits
 * of the field; the rest are flags.  SVM: @reason is the exit code at its full
 * width.
 */
static __always_inline u64 kvm_exitstat_slot(u32 isa, u64 reason)
{
	if (isa == KVM_EXITSTAT_ISA_VMX) {
		if (unlikely(reason >= KVM_EXITSTAT_VMX_REASONS)) {
			/* A branch that is not taken costs less than a conditional move. */
			barrier();
			reason = KVM_EXITSTAT_VMX_SLOTS - 2;
		}
	} else if (unlikely(reason >= KVM_EXITSTAT_SVM_LOW)) {
		reason -= KVM_EXITSTAT_SVM_HIGH_BASE;
		if (reason < KVM_EXITSTAT_SVM_HIGH)
			reason += KVM_EXITSTAT_SVM_LOW;
		else
			reason = KVM_EXITSTAT_SVM_SLOTS - 2;
	}
	return reason;
}

typedef int (*kvm_exitstat_handler_t)(struct kvm_vcpu *vcpu);

void kvm_exitstat_slots_setup(u32 isa, const kvm_exitstat_handler_t *handlers, u32 nr);
u32 kvm_exitstat_isa(void);
u32 kvm_exitstat_named_slot(u64 reason);
bool kvm_exitstat_handled(u32 slot);
unsigned int kvm_exitstat_edition(u32 slot);
const char *kvm_exitstat_slot_number(u32 slot, char buf[KVM_EXITSTAT_NUMBER_SIZE]);
const char *kvm_exitstat_slot_name(u32 slot);

#endif /* __KVM_X86_EXITSTAT_SLOTS_H */
