/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: all vCPUs
 */
#ifndef __KVM_X86_EXITSTAT_VCPUS_H
#define __KVM_X86_EXITSTAT_VCPUS_H

#include "exitstat_ledger.h"

int kvm_exitstat_add_vcpu(struct kvm_exitstat *stat);
void kvm_exitstat_end_vcpus(struct kvm *kvm);
void kvm_exitstat_remove_vcpu(struct kvm_exitstat *stat);
u64 kvm_exitstat_bucket(const struct kvm_exitstat *stat, u32 slot, u32 bucket);
u64 kvm_exitstat_scalar(const struct kvm_exitstat_ledger *ledger, u32 s);

#endif /* __KVM_X86_EXITSTAT_VCPUS_H */
