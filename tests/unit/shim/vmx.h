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

static inline const struct vcpu_vmx *to_vmx(const struct kvm_vcpu *vcpu)
{
	return &vcpu->arch.vmx;
}

/* The only field that is read; the VMCS is that of the vCPU at hand. */
#define vmcs_read64(field)	(vcpu->arch.gpa)
