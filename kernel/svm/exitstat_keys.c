// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the keys of SVM's exits.  Sections are those of the AMD APM, volume 2.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>

#include <asm/svm.h>

#include "x86.h"
#include "svm.h"
#include "../exitstat_keys.h"

/* 15.10.2: EXITINFO1 of an I/O instruction; the size is one of three bits. */
static __always_inline struct kvm_exitstat_found io_key(u32 info)
{
	return kvm_exitstat_found(KVM_EXITSTAT_PORT, info >> 16,
				  info & SVM_IOIO_TYPE_MASK ? 'r' : 'w',
				  (info & SVM_IOIO_SIZE_MASK) >> SVM_IOIO_SIZE_SHIFT);
}

/* 15.25.6: the error code, and the guest-physical address.  With a reserved bit it is MMIO. */
static __always_inline struct kvm_exitstat_found fault_key(u64 error, u64 gpa)
{
	const char access = error & PFERR_WRITE_MASK ? 'w' : error & PFERR_FETCH_MASK ? 'x' : 'r';

	if (error & PFERR_RSVD_MASK)
		return kvm_exitstat_found(KVM_EXITSTAT_ADDRESS, gpa, access, 0);
	return kvm_exitstat_found(KVM_EXITSTAT_FRAME, gpa >> 21, access, 0);
}

/* 15.29.9.2: EXITINFO1 of an access to the page of the local APIC */
static __always_inline struct kvm_exitstat_found apic_key(struct kvm_vcpu *vcpu, u64 info)
{
	return kvm_exitstat_found(KVM_EXITSTAT_ADDRESS,
				  (vcpu->arch.apic_base & PAGE_MASK) + (info & 0xff0),
				  info >> 32 & 1 ? 'w' : 'r', 0);
}

static __always_inline struct kvm_vcpu *vcpu_of(struct kvm_exitstat *stat)
{
	return &container_of(stat, struct vcpu_svm, exitstat)->vcpu;
}

/*
 * But of a hypercall.  GPRs are those of the guest at the exit: nothing has handled it yet.
 */
static __always_inline struct kvm_exitstat_found
key_of(struct kvm_vcpu *vcpu, const struct vmcb_control_area *control)
{
	const unsigned long *regs = vcpu->arch.regs;

	switch (control->exit_code) {
	case SVM_EXIT_CPUID:
		return kvm_exitstat_found(KVM_EXITSTAT_CPUID, (u32)regs[VCPU_REGS_RAX] |
					  (u64)regs[VCPU_REGS_RCX] << 32, 0, 0);
	case SVM_EXIT_IOIO:
		return io_key(control->exit_info_1);
	case SVM_EXIT_MSR:
		return kvm_exitstat_found(KVM_EXITSTAT_MSR, (u32)regs[VCPU_REGS_RCX],
					  control->exit_info_1 ? 'w' : 'r', 0);
	case SVM_EXIT_XSETBV:
		return kvm_exitstat_found(KVM_EXITSTAT_XCR, (u32)regs[VCPU_REGS_RCX], 'w', 0);
	case SVM_EXIT_NPF:
		return fault_key(control->exit_info_1, control->exit_info_2);
	case SVM_EXIT_AVIC_UNACCELERATED_ACCESS:
		return apic_key(vcpu, control->exit_info_1);
	case SVM_EXIT_VMGEXIT:
		return kvm_exitstat_found(KVM_EXITSTAT_VMGEXIT, control->ghcb_gpa & 0xfff, 0, 0);
	}
	return kvm_exitstat_found(KVM_EXITSTAT_NO_CLASS, 0, 0, 0);
}

/* A hypercall's key takes calls. */
static noinline notrace void take_hypercall(struct kvm_exitstat *stat,
					    struct kvm_exitstat_keys *keys, u64 slot)
{
	kvm_exitstat_take_found(stat, keys, KVM_EXITSTAT_ISA_SVM, slot,
				kvm_exitstat_hypercall_key(vcpu_of(stat)));
}

static __always_inline const struct vmcb_control_area *control_of(struct kvm_exitstat *stat)
{
	return &container_of(stat, struct vcpu_svm, exitstat)->vmcb->control;
}

static __always_inline void count(struct kvm_exitstat *stat, struct kvm_exitstat_keys *keys,
				  u64 slot)
{
	const struct vmcb_control_area *control;

	slot = kvm_exitstat_count_key(stat, keys, KVM_EXITSTAT_ISA_SVM, slot);
	control = control_of(stat);
	if (control->exit_code == SVM_EXIT_VMMCALL)
		take_hypercall(stat, keys, slot);
	else
		kvm_exitstat_take_found(stat, keys, KVM_EXITSTAT_ISA_SVM, slot,
					key_of(vcpu_of(stat), control));
}

static noinline notrace void exit_unusual(struct kvm_exitstat *stat,
					  struct kvm_exitstat_keys *keys, u64 slot)
{
	if (kvm_exitstat_begin_unusual(stat, keys, KVM_EXITSTAT_ISA_SVM, slot,
				       is_guest_mode(vcpu_of(stat)), false))
		count(stat, keys, slot);
	else
		kvm_exitstat_count(stat, KVM_EXITSTAT_ISA_SVM, slot);
}

/**
 * kvm_exitstat_svm_exit - count an exit, and keep it by its key
 * @exit: the time stamp that it is to have
 *
 * Nothing has handled the exit yet.  Interrupts are off.
 */
void notrace kvm_exitstat_svm_exit(union kvm_exitstat_stamp *exit)
{
	struct kvm_exitstat *stat = kvm_exitstat_with(exit);
	const u64 slot = kvm_exitstat_slot(KVM_EXITSTAT_ISA_SVM, control_of(stat)->exit_code);
	struct kvm_exitstat_keys *keys = rcu_dereference_raw(stat->keys);

	if (unlikely(keys->unusual | is_guest_mode(vcpu_of(stat))))
		return exit_unusual(stat, keys, slot);
	kvm_exitstat_begin_key(stat);
	count(stat, keys, slot);
}
