/* SPDX-License-Identifier: GPL-2.0-only */
#include "x86.h"

static inline unsigned long vmx_get_exit_qual(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.qualification;
}

static inline u32 vmx_get_intr_info(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.intr_info;
}

struct vcpu_vmx {
	struct kvm_vcpu vcpu;
};

static inline const struct kvm_vcpu_arch *to_vmx(const struct kvm_vcpu *vcpu)
{
	return &vcpu->arch;
}

/* A vCPU's counters are the same on both ISAs. */
#define exitstat	vcpu.arch.exitstat

/* The only field that is read; the VMCS is that of the vCPU at hand. */
#define vmcs_read64(field)	(vcpu->arch.gpa)
