/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: the CPUID leaves
 */
#ifndef __KVM_X86_EXITSTAT_CPUID_H
#define __KVM_X86_EXITSTAT_CPUID_H

#include <linux/kvm_host.h>

void kvm_exitstat_free_snapshot(struct kvm_exitstat_snapshot *snap);

#endif /* __KVM_X86_EXITSTAT_CPUID_H */
