/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: the CPUID leaves
 */
#ifndef __KVM_X86_EXITSTAT_CPUID_H
#define __KVM_X86_EXITSTAT_CPUID_H

#include <linux/kvm_host.h>

#include "exitstat.h"

/* Values of the parameter exitstat_guest: the exits that CPUID shows a guest */
#define KVM_EXITSTAT_GUEST_OFF	0
#define KVM_EXITSTAT_GUEST_VM	1
#define KVM_EXITSTAT_GUEST_HOST	2

extern unsigned int kvm_exitstat_guest;

/* The registers that CPUID returns */
struct kvm_exitstat_answer {
	u32 eax, ebx, ecx, edx;
};

void kvm_exitstat_free_snapshot(struct kvm_exitstat_snapshot *snap);

#endif /* __KVM_X86_EXITSTAT_CPUID_H */
