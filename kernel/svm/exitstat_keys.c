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
static void io_key(struct kvm_exitstat_what *what, u32 info)
{
	what->class = KVM_EXITSTAT_PORT;
	what->value = info >> 16;
	what->access = info & SVM_IOIO_TYPE_MASK ? 'r' : 'w';
	what->size = (info & SVM_IOIO_SIZE_MASK) >> SVM_IOIO_SIZE_SHIFT;
}

/* 15.25.6: the error code, and the guest-physical address.  With a reserved bit it is MMIO. */
static void fault_key(struct kvm_exitstat_what *what, u64 error, u64 gpa)
{
	if (error & PFERR_RSVD_MASK) {
		what->class = KVM_EXITSTAT_ADDRESS;
		what->value = gpa;
	} else {
		what->class = KVM_EXITSTAT_FRAME;
		what->value = gpa >> 21;
	}
	what->access = error & PFERR_WRITE_MASK ? 'w' : error & PFERR_FETCH_MASK ? 'x' : 'r';
}

/* 15.29.9.2: EXITINFO1 of an access to the page of the local APIC */
static void apic_key(struct kvm_exitstat_what *what, struct kvm_vcpu *vcpu, u64 info)
{
	what->class = KVM_EXITSTAT_ADDRESS;
	what->value = (vcpu->arch.apic_base & PAGE_MASK) + (info & 0xff0);
	what->access = info >> 32 & 1 ? 'w' : 'r';
}

static void of_class(struct kvm_exitstat_what *what, u32 class, u64 value)
{
	what->class = class;
	what->value = value;
}

/* GPRs are those of the guest at the exit: nothing has handled it yet. */
static void key_of(struct kvm_exitstat_what *what, struct kvm_vcpu *vcpu,
		   const struct vmcb_control_area *control)
{
	const unsigned long *regs = vcpu->arch.regs;

	switch (control->exit_code) {
	case SVM_EXIT_CPUID:
		of_class(what, KVM_EXITSTAT_CPUID,
			 (u32)regs[VCPU_REGS_RAX] | (u64)regs[VCPU_REGS_RCX] << 32);
		break;
	case SVM_EXIT_IOIO:
		io_key(what, control->exit_info_1);
		break;
	case SVM_EXIT_MSR:
		of_class(what, KVM_EXITSTAT_MSR, (u32)regs[VCPU_REGS_RCX]);
		what->access = control->exit_info_1 ? 'w' : 'r';
		break;
	case SVM_EXIT_VMMCALL:
		kvm_exitstat_hypercall_key(vcpu, what);
		break;
	case SVM_EXIT_XSETBV:
		of_class(what, KVM_EXITSTAT_XCR, (u32)regs[VCPU_REGS_RCX]);
		what->access = 'w';
		break;
	case SVM_EXIT_NPF:
		fault_key(what, control->exit_info_1, control->exit_info_2);
		break;
	case SVM_EXIT_AVIC_UNACCELERATED_ACCESS:
		apic_key(what, vcpu, control->exit_info_1);
		break;
	case SVM_EXIT_VMGEXIT:
		of_class(what, KVM_EXITSTAT_VMGEXIT, control->ghcb_gpa & 0xfff);
		break;
	}
}

void kvm_exitstat_svm_key(struct kvm_vcpu *vcpu, struct kvm_exitstat_what *what)
{
	const struct vmcb_control_area *control = &to_svm(vcpu)->vmcb->control;

	what->slot = kvm_exitstat_slot(KVM_EXITSTAT_ISA_SVM, control->exit_code);
	key_of(what, vcpu, control);
}
