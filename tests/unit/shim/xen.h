/* SPDX-License-Identifier: GPL-2.0-only */
#include "x86.h"

static inline bool kvm_xen_hypercall_enabled(const struct kvm *kvm)
{
	return kvm->arch.xen;
}
