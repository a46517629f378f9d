/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the CPUID leaves of keys
 */
#ifndef __KVM_X86_EXITSTAT_KEY_LEAVES_H
#define __KVM_X86_EXITSTAT_KEY_LEAVES_H

#include "exitstat_cpuid.h"

struct kvm_exitstat_ledger;

void kvm_exitstat_freeze_keys(struct kvm_vcpu *vcpu, u32 id, struct kvm_exitstat_ledger *ledger);
void kvm_exitstat_answer_keys(struct kvm_vcpu *vcpu, u32 id, u32 which, u32 index,
			      struct kvm_exitstat_answer *out);

#endif /* __KVM_X86_EXITSTAT_KEY_LEAVES_H */
