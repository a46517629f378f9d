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
static __always_inline struct kvm_exitstat_found io_key(u64 qualification)
{
	return kvm_exitstat_found(KVM_EXITSTAT_PORT, qualification >> 16 & 0xffff,
				  qualification & 8 ? 'r' : 'w', (qualification & 7) + 1);
}

/* Table 29-3: of an access to a control register.  CLTS and LMSW write CR0. */
static __always_inline struct kvm_exitstat_found cr_key(u64 qualification)
{
	return kvm_exitstat_found(KVM_EXITSTAT_REGISTER, qualification & 15,
				  (qualification >> 4 & 3) == 1 ? 'r' : 'w', 0);
}

/* Table 29-4: of an access to a debug register */
static __always_inline struct kvm_exitstat_found dr_key(u64 qualification)
{
	return kvm_exitstat_found(KVM_EXITSTAT_REGISTER, 0x100 | (qualification & 7),
				  qualification & 16 ? 'r' : 'w', 0);
}

/* Table 29-6: of an access to the page of the local APIC */
static __always_inline struct kvm_exitstat_found apic_key(struct kvm_vcpu *vcpu, u64 qualification)
{
	static const char access[16] = { 'r', 'w', 'x', 'r', [10] = 'w', [15] = 'x' };

	return kvm_exitstat_found(KVM_EXITSTAT_ADDRESS,
				  (vcpu->arch.apic_base & PAGE_MASK) + (qualification & 0xfff),
				  access[array_index_nospec(qualification >> 12 & 15, 16)], 0);
}

/* Table 29-7: of an EPT violation */
static __always_inline struct kvm_exitstat_found frame_key(u64 qualification, u64 gpa)
{
	return kvm_exitstat_found(KVM_EXITSTAT_FRAME, gpa >> 21,
				  qualification & 2 ? 'w' : qualification & 4 ? 'x' : 'r', 0);
}

/* Of a reason with an exit qualification */
static __always_inline struct kvm_exitstat_found key_in(u64 qualification, struct kvm_vcpu *vcpu,
							u32 reason)
{
	switch (reason) {
	case EXIT_REASON_CR_ACCESS:
		return cr_key(qualification);
	case EXIT_REASON_DR_ACCESS:
		return dr_key(qualification);
	case EXIT_REASON_IO_INSTRUCTION:
		return io_key(qualification);
	case EXIT_REASON_MSR_READ_IMM:
		return kvm_exitstat_found(KVM_EXITSTAT_MSR, (u32)qualification, 'r', 0);
	case EXIT_REASON_MSR_WRITE_IMM:
		return kvm_exitstat_found(KVM_EXITSTAT_MSR, (u32)qualification, 'w', 0);
	case EXIT_REASON_APIC_ACCESS:
		return apic_key(vcpu, qualification);
	case EXIT_REASON_APIC_WRITE:
		return apic_key(vcpu, (qualification & 0xfff) | 1 << 12);
	case EXIT_REASON_EOI_INDUCED:
		return kvm_exitstat_found(KVM_EXITSTAT_VECTOR, qualification & 0xff, 0, 0);
	}
	return frame_key(qualification, vmcs_read64(GUEST_PHYSICAL_ADDRESS));
}

/* GPRs are those of the guest at the exit: nothing has handled it yet. */
static __always_inline struct kvm_exitstat_found key_of(struct kvm_vcpu *vcpu, u32 reason)
{
	const unsigned long *regs = vcpu->arch.regs;

	switch (reason) {
	case EXIT_REASON_EXCEPTION_NMI:
		return kvm_exitstat_found(KVM_EXITSTAT_EXCEPTION,
					  vmx_get_intr_info(vcpu) & 0xff, 0, 0);
	case EXIT_REASON_EXTERNAL_INTERRUPT:
		return kvm_exitstat_found(KVM_EXITSTAT_VECTOR,
					  vmx_get_intr_info(vcpu) & 0xff, 0, 0);
	case EXIT_REASON_CPUID:
		return kvm_exitstat_found(KVM_EXITSTAT_CPUID, (u32)regs[VCPU_REGS_RAX] |
					  (u64)regs[VCPU_REGS_RCX] << 32, 0, 0);
	case EXIT_REASON_VMCALL:
		return kvm_exitstat_hypercall_key(vcpu);
	case EXIT_REASON_MSR_READ:
		return kvm_exitstat_found(KVM_EXITSTAT_MSR, (u32)regs[VCPU_REGS_RCX], 'r', 0);
	case EXIT_REASON_MSR_WRITE:
		return kvm_exitstat_found(KVM_EXITSTAT_MSR, (u32)regs[VCPU_REGS_RCX], 'w', 0);
	case EXIT_REASON_EPT_MISCONFIG:
		return kvm_exitstat_found(KVM_EXITSTAT_ADDRESS,
					  vmcs_read64(GUEST_PHYSICAL_ADDRESS), 0, 0);
	case EXIT_REASON_XSETBV:
		return kvm_exitstat_found(KVM_EXITSTAT_XCR, (u32)regs[VCPU_REGS_RCX], 'w', 0);
	case EXIT_REASON_CR_ACCESS:
	case EXIT_REASON_DR_ACCESS:
	case EXIT_REASON_IO_INSTRUCTION:
	case EXIT_REASON_MSR_READ_IMM:
	case EXIT_REASON_MSR_WRITE_IMM:
	case EXIT_REASON_APIC_ACCESS:
	case EXIT_REASON_APIC_WRITE:
	case EXIT_REASON_EOI_INDUCED:
	case EXIT_REASON_EPT_VIOLATION:
		return key_in(vmx_get_exit_qual(vcpu), vcpu, reason);
	}
	return kvm_exitstat_found(KVM_EXITSTAT_NO_CLASS, 0, 0, 0);
}

/* A TD's registers and VMCS are not the host's to read. */
static __always_inline struct kvm_exitstat_found key_unless_td(struct kvm_vcpu *vcpu, u32 reason)
{
	return is_td_vcpu(vcpu) ? kvm_exitstat_found(KVM_EXITSTAT_NO_CLASS, 0, 0, 0) :
				  key_of(vcpu, reason);
}

void kvm_exitstat_vmx_probe(void *unused, struct kvm_vcpu *vcpu, u32 isa)
{
	const u16 reason = vmx_get_exit_reason(vcpu).basic;
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);
	struct kvm_exitstat_keys *keys = kvm_exitstat_keys_of(stat);

	if (keys)
		kvm_exitstat_keep_key(stat, keys, KVM_EXITSTAT_ISA_VMX, is_guest_mode(vcpu),
				      kvm_exitstat_slot(KVM_EXITSTAT_ISA_VMX, reason),
				      key_unless_td(vcpu, reason));
}
