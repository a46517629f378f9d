/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: what its own files share.
 */
#ifndef __KVM_X86_EXITSTAT_H
#define __KVM_X86_EXITSTAT_H

#include <linux/kvm_host.h>

/* Values of the parameter exitstat_guest: what a guest's CPUID is told. */
#define KVM_EXITSTAT_GUEST_OFF	0
#define KVM_EXITSTAT_GUEST_VM	1
#define KVM_EXITSTAT_GUEST_HOST	2

extern unsigned int kvm_exitstat_guest;
extern unsigned int kvm_exitstat_layout;

u32 kvm_exitstat_isa(void);
bool kvm_exitstat_handled(u32 slot);
u64 kvm_exitstat_vcpu_exits(struct kvm_vcpu *vcpu, u32 slot);
u64 kvm_exitstat_vm_exits(struct kvm *kvm, u32 slot);
u64 kvm_exitstat_host_exits(u32 slot);
u32 kvm_exitstat_host_vcpus(void);
u64 kvm_exitstat_host_id(void);

#endif /* __KVM_X86_EXITSTAT_H */
