/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the CPUID leaves
 */
#ifndef __KVM_X86_EXITSTAT_CPUID_H
#define __KVM_X86_EXITSTAT_CPUID_H

#include <linux/kvm_host.h>

#include "exitstat.h"

/* The registers that CPUID returns */
struct kvm_exitstat_answer {
	u32 eax, ebx, ecx, edx;
};

void kvm_exitstat_free_snapshot(struct kvm_exitstat_snapshot *snap);

#endif /* __KVM_X86_EXITSTAT_CPUID_H */
