/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the legacy CPUID leaves
 */
#ifndef __KVM_X86_EXITSTAT_LAYOUTS_H
#define __KVM_X86_EXITSTAT_LAYOUTS_H

#include "exitstat_cpuid.h"

void kvm_exitstat_answer_layout(struct kvm *kvm, bool host, u32 leaf, u32 sub,
				struct kvm_exitstat_answer *out);

#endif /* __KVM_X86_EXITSTAT_LAYOUTS_H */
