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

/* GPRs are those of the guest at the exit: nothing has handled it yet. */
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
	case SVM_EXIT_VMMCALL:
		return kvm_exitstat_hypercall_key(vcpu);
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

void kvm_exitstat_svm_probe(void *unused, struct kvm_vcpu *vcpu, u32 isa)
{
	const struct vmcb_control_area *control = &to_svm(vcpu)->vmcb->control;
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);
	struct kvm_exitstat_keys *keys = kvm_exitstat_keys_of(stat);

	if (keys)
		kvm_exitstat_keep_key(stat, keys, KVM_EXITSTAT_ISA_SVM, is_guest_mode(vcpu),
				      kvm_exitstat_slot(KVM_EXITSTAT_ISA_SVM, control->exit_code),
				      key_of(vcpu, control));
}
