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

static __always_inline struct kvm_vcpu *vcpu_of(struct kvm_exitstat *stat)
{
	return &container_of(stat, struct vcpu_vmx, exitstat)->vcpu;
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
	return kvm_exitstat_found(KVM_EXITSTAT_NO_CLASS, 0, 0, 0);
}

/* Of a rarer reason that takes a call or a VMREAD */
static __always_inline struct kvm_exitstat_found key_read(struct kvm_vcpu *vcpu, u32 reason)
{
	switch (reason) {
	case EXIT_REASON_EXCEPTION_NMI:
		return kvm_exitstat_found(KVM_EXITSTAT_EXCEPTION,
					  vmx_get_intr_info(vcpu) & 0xff, 0, 0);
	case EXIT_REASON_EXTERNAL_INTERRUPT:
		return kvm_exitstat_found(KVM_EXITSTAT_VECTOR,
					  vmx_get_intr_info(vcpu) & 0xff, 0, 0);
	case EXIT_REASON_VMCALL:
		return kvm_exitstat_hypercall_key(vcpu);
	case EXIT_REASON_EPT_MISCONFIG:
		return kvm_exitstat_found(KVM_EXITSTAT_ADDRESS,
					  vmcs_read64(GUEST_PHYSICAL_ADDRESS), 0, 0);
	case EXIT_REASON_CR_ACCESS:
	case EXIT_REASON_DR_ACCESS:
	case EXIT_REASON_MSR_READ_IMM:
	case EXIT_REASON_MSR_WRITE_IMM:
	case EXIT_REASON_APIC_ACCESS:
	case EXIT_REASON_APIC_WRITE:
	case EXIT_REASON_EOI_INDUCED:
		return key_in(vmx_get_exit_qual(vcpu), vcpu, reason);
	}
	return kvm_exitstat_found(KVM_EXITSTAT_NO_CLASS, 0, 0, 0);
}

/*
 * The last part of what follows for an exit that is counted.  What the caller knows is read again:
 * gcc would push it, as a VMREAD that fails takes a call.
 */
static __always_inline void take(struct kvm_exitstat *stat, struct kvm_exitstat_found found)
{
	kvm_exitstat_take_found(stat, rcu_dereference_raw(stat->keys), KVM_EXITSTAT_ISA_VMX,
				stat->slot, found);
}

static noinline notrace void take_io(struct kvm_exitstat *stat)
{
	take(stat, io_key(vmx_get_exit_qual(vcpu_of(stat))));
}

static noinline notrace void take_frame(struct kvm_exitstat *stat)
{
	struct kvm_vcpu *vcpu = vcpu_of(stat);
	const u64 qualification = vmx_get_exit_qual(vcpu);

	take(stat, frame_key(qualification, vmcs_read64(GUEST_PHYSICAL_ADDRESS)));
}

static noinline notrace void take_rarer(struct kvm_exitstat *stat)
{
	struct kvm_vcpu *vcpu = vcpu_of(stat);

	take(stat, key_read(vcpu, vmx_get_exit_reason(vcpu).basic));
}

/* GPRs are those of the guest at the exit: nothing has handled it yet. */
static __always_inline void count(struct kvm_exitstat *stat, struct kvm_exitstat_keys *keys,
				  u32 reason, u64 slot)
{
	const unsigned long *regs = vcpu_of(stat)->arch.regs;
	struct kvm_exitstat_found found;

	slot = kvm_exitstat_count_key(stat, keys, KVM_EXITSTAT_ISA_VMX, slot);
	switch (reason) {
	case EXIT_REASON_CPUID:
		found = kvm_exitstat_found(KVM_EXITSTAT_CPUID, (u32)regs[VCPU_REGS_RAX] |
					   (u64)regs[VCPU_REGS_RCX] << 32, 0, 0);
		break;
	case EXIT_REASON_MSR_READ:
		found = kvm_exitstat_found(KVM_EXITSTAT_MSR, (u32)regs[VCPU_REGS_RCX], 'r', 0);
		break;
	case EXIT_REASON_MSR_WRITE:
		found = kvm_exitstat_found(KVM_EXITSTAT_MSR, (u32)regs[VCPU_REGS_RCX], 'w', 0);
		break;
	case EXIT_REASON_XSETBV:
		found = kvm_exitstat_found(KVM_EXITSTAT_XCR, (u32)regs[VCPU_REGS_RCX], 'w', 0);
		break;
	case EXIT_REASON_IO_INSTRUCTION:
		return take_io(stat);
	case EXIT_REASON_EPT_VIOLATION:
		return take_frame(stat);
	default:
		return take_rarer(stat);
	}
	kvm_exitstat_take_found(stat, keys, KVM_EXITSTAT_ISA_VMX, slot, found);
}

/* A TD's registers and VMCS are not the host's to read. */
static noinline notrace void exit_unusual(struct kvm_exitstat *stat,
					  struct kvm_exitstat_keys *keys, u32 reason, u64 slot)
{
	const bool td = is_td_vcpu(vcpu_of(stat));

	if (!kvm_exitstat_begin_unusual(stat, keys, KVM_EXITSTAT_ISA_VMX, slot,
					is_guest_mode(vcpu_of(stat)), td)) {
		kvm_exitstat_count(stat, KVM_EXITSTAT_ISA_VMX, slot);
	} else if (td) {
		kvm_exitstat_count_key(stat, keys, KVM_EXITSTAT_ISA_VMX, slot);
		kvm_exitstat_take_found(stat, keys, KVM_EXITSTAT_ISA_VMX, slot,
					kvm_exitstat_found(KVM_EXITSTAT_NO_CLASS, 0, 0, 0));
	} else {
		count(stat, keys, reason, slot);
	}
}

/**
 * kvm_exitstat_vmx_exit - count an exit, and keep it by its key
 * @exit: the time stamp that it is to have
 *
 * Nothing has handled the exit yet.  Interrupts are off.
 */
void notrace kvm_exitstat_vmx_exit(union kvm_exitstat_stamp *exit)
{
	struct kvm_exitstat *stat = kvm_exitstat_with(exit);
	const u16 reason = vmx_get_exit_reason(vcpu_of(stat)).basic;
	const u64 slot = kvm_exitstat_slot(KVM_EXITSTAT_ISA_VMX, reason);
	struct kvm_exitstat_keys *keys = rcu_dereference_raw(stat->keys);

	if (unlikely(keys->unusual | is_guest_mode(vcpu_of(stat))))
		return exit_unusual(stat, keys, reason, slot);
	kvm_exitstat_begin_key(stat);
	count(stat, keys, reason, slot);
}
