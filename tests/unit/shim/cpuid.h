/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The leaf that the VMM has set with KVM_SET_CPUID2; 0 for none.
 */
#ifndef KSHIM_CPUID_H
#define KSHIM_CPUID_H

#include <linux/kvm_host.h>

extern u32 kshim_cpuid_leaf;

static inline struct kvm_cpuid_entry2 *kvm_find_cpuid_entry(struct kvm_vcpu *vcpu, u32 function)
{
	static struct kvm_cpuid_entry2 entry;

	(void)vcpu;
	return kshim_cpuid_leaf && function == kshim_cpuid_leaf ? &entry : NULL;
}

/* What kvm_x86_call() calls of the vendor module */
#define static_call(name)	name

static inline int kvm_x86_get_cpl(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.cpl;
}

#endif /* KSHIM_CPUID_H */
