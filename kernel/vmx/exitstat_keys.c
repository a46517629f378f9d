// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the keys of VMX' exits.  Sections are those of the Intel SDM, volume 3.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>

#include <asm/kvm_exitstat_compat.h>
#include <asm/vmx.h>

#include "x86.h"
#include "vmx.h"
#include "../exitstat_keys.h"

/* Table 29-5: exit qualification of an I/O instruction */
static void io_key(struct kvm_exitstat_what *what, u64 qualification)
{
	what->class = KVM_EXITSTAT_PORT;
	what->value = qualification >> 16 & 0xffff;
	what->access = qualification & 8 ? 'r' : 'w';
	what->size = (qualification & 7) + 1;
}

/* Table 29-3: of an access to a control register.  CLTS and LMSW write CR0. */
static void cr_key(struct kvm_exitstat_what *what, u64 qualification)
{
	what->class = KVM_EXITSTAT_REGISTER;
	what->value = qualification & 15;
	what->access = (qualification >> 4 & 3) == 1 ? 'r' : 'w';
}

/* Table 29-4: of an access to a debug register */
static void dr_key(struct kvm_exitstat_what *what, u64 qualification)
{
	what->class = KVM_EXITSTAT_REGISTER;
	what->value = 0x100 | (qualification & 7);
	what->access = qualification & 16 ? 'r' : 'w';
}

/* Table 29-6: of an access to the page of the local APIC */
static void apic_key(struct kvm_exitstat_what *what, struct kvm_vcpu *vcpu, u64 qualification)
{
	static const char access[16] = { 'r', 'w', 'x', 'r', [10] = 'w', [15] = 'x' };

	what->class = KVM_EXITSTAT_ADDRESS;
	what->value = (vcpu->arch.apic_base & PAGE_MASK) + (qualification & 0xfff);
	what->access = access[array_index_nospec(qualification >> 12 & 15, 16)];
}

/* Table 29-7: of an EPT violation */
static void frame_key(struct kvm_exitstat_what *what, u64 qualification, u64 gpa)
{
	what->class = KVM_EXITSTAT_FRAME;
	what->value = gpa >> 21;
	what->access = qualification & 2 ? 'w' : qualification & 4 ? 'x' : 'r';
}

static void msr_key(struct kvm_exitstat_what *what, u32 msr, char access)
{
	what->class = KVM_EXITSTAT_MSR;
	what->value = msr;
	what->access = access;
}

static void of_class(struct kvm_exitstat_what *what, u32 class, u64 value)
{
	what->class = class;
	what->value = value;
}

/* GPRs are those of the guest at the exit: nothing has handled it yet. */
static void key_of(struct kvm_exitstat_what *what, struct kvm_vcpu *vcpu, u32 reason)
{
	const unsigned long *regs = vcpu->arch.regs;

	switch (reason) {
	case EXIT_REASON_EXCEPTION_NMI:
		of_class(what, KVM_EXITSTAT_EXCEPTION, vmx_get_intr_info(vcpu) & 0xff);
		break;
	case EXIT_REASON_EXTERNAL_INTERRUPT:
		of_class(what, KVM_EXITSTAT_VECTOR, vmx_get_intr_info(vcpu) & 0xff);
		break;
	case EXIT_REASON_CPUID:
		of_class(what, KVM_EXITSTAT_CPUID,
			 (u32)regs[VCPU_REGS_RAX] | (u64)regs[VCPU_REGS_RCX] << 32);
		break;
	case EXIT_REASON_VMCALL:
		kvm_exitstat_hypercall_key(vcpu, what);
		break;
	case EXIT_REASON_CR_ACCESS:
		cr_key(what, vmx_get_exit_qual(vcpu));
		break;
	case EXIT_REASON_DR_ACCESS:
		dr_key(what, vmx_get_exit_qual(vcpu));
		break;
	case EXIT_REASON_IO_INSTRUCTION:
		io_key(what, vmx_get_exit_qual(vcpu));
		break;
	case EXIT_REASON_MSR_READ:
		msr_key(what, regs[VCPU_REGS_RCX], 'r');
		break;
	case EXIT_REASON_MSR_WRITE:
		msr_key(what, regs[VCPU_REGS_RCX], 'w');
		break;
	case EXIT_REASON_MSR_READ_IMM:
		msr_key(what, vmx_get_exit_qual(vcpu), 'r');
		break;
	case EXIT_REASON_MSR_WRITE_IMM:
		msr_key(what, vmx_get_exit_qual(vcpu), 'w');
		break;
	case EXIT_REASON_APIC_ACCESS:
		apic_key(what, vcpu, vmx_get_exit_qual(vcpu));
		break;
	case EXIT_REASON_APIC_WRITE:
		apic_key(what, vcpu, (vmx_get_exit_qual(vcpu) & 0xfff) | 1 << 12);
		break;
	case EXIT_REASON_EOI_INDUCED:
		of_class(what, KVM_EXITSTAT_VECTOR, vmx_get_exit_qual(vcpu) & 0xff);
		break;
	case EXIT_REASON_EPT_VIOLATION:
		frame_key(what, vmx_get_exit_qual(vcpu), vmcs_read64(GUEST_PHYSICAL_ADDRESS));
		break;
	case EXIT_REASON_EPT_MISCONFIG:
		of_class(what, KVM_EXITSTAT_ADDRESS, vmcs_read64(GUEST_PHYSICAL_ADDRESS));
		break;
	case EXIT_REASON_XSETBV:
		of_class(what, KVM_EXITSTAT_XCR, (u32)regs[VCPU_REGS_RCX]);
		what->access = 'w';
		break;
	}
}

void kvm_exitstat_vmx_key(struct kvm_vcpu *vcpu, struct kvm_exitstat_what *what)
{
	const u16 reason = vmx_get_exit_reason(vcpu).basic;

	what->slot = kvm_exitstat_slot(KVM_EXITSTAT_ISA_VMX, reason);
	/* A TD's registers and VMCS are not the host's to read. */
	if (!is_td_vcpu(vcpu))
		key_of(what, vcpu, reason);
}
