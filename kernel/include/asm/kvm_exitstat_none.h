/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: the empty hooks of a 32-bit kernel.  The accounting relies on a u64
 * being loaded and stored by one instruction.
 */
#ifndef _ASM_X86_KVM_EXITSTAT_NONE_H
#define _ASM_X86_KVM_EXITSTAT_NONE_H

#include <linux/types.h>

struct dentry;
struct kvm;
struct kvm_vcpu;

struct kvm_exitstat {};
struct kvm_exitstat_vm {};
#define KVM_EXITSTAT_VMX_VALUES		0
#define KVM_EXITSTAT_SVM_VALUES		0

#define kvm_exitstat_exit(stat, isa, reason)			({ true; })
#define kvm_exitstat_entry(stat, isa)				do { } while (0)
#define kvm_exitstat_setup(isa, offset, vm_offset, handlers, nr) do { } while (0)

static inline void kvm_exitstat_run_begin(struct kvm_vcpu *vcpu) {}
static inline void kvm_exitstat_run_end(struct kvm_vcpu *vcpu, int ret, u64 put) {}
static inline void kvm_exitstat_wait_begin(struct kvm_vcpu *vcpu) {}
static inline void kvm_exitstat_wait_end(struct kvm_vcpu *vcpu) {}
static inline void kvm_exitstat_init_vm(struct kvm *kvm) {}
static inline void kvm_exitstat_destroy_vm(struct kvm *kvm) {}
static inline int kvm_exitstat_init_vcpu(struct kvm_vcpu *vcpu) { return 0; }
static inline void kvm_exitstat_destroy_vcpu(struct kvm_vcpu *vcpu) {}
static inline void kvm_exitstat_create_vcpu_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir) {}
static inline void kvm_exitstat_create_vm_debugfs(struct kvm *kvm) {}
static inline bool kvm_exitstat_cpuid(struct kvm_vcpu *vcpu, u32 *eax, u32 *ebx, u32 *ecx,
				      u32 *edx)
{
	return false;
}

#endif /* _ASM_X86_KVM_EXITSTAT_NONE_H */
