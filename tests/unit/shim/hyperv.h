/* SPDX-License-Identifier: GPL-2.0-only */
#include "x86.h"

static inline bool kvm_hv_hypercall_enabled(const struct kvm_vcpu *vcpu)
{
	return vcpu->kvm->arch.hyperv;
}
