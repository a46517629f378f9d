/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the empty hooks of a kernel without CONFIG_KVM_EXITSTAT.
 */
#ifndef __KVM_X86_EXITSTAT_NONE_H
#define __KVM_X86_EXITSTAT_NONE_H

#include <linux/types.h>

struct dentry;
struct kvm;
struct kvm_vcpu;

struct kvm_exitstat {};
struct kvm_exitstat_vm {};
#define KVM_EXITSTAT_VMX_VALUES		0
#define KVM_EXITSTAT_SVM_VALUES		0
#define KVM_EXITSTAT_BUILD_BUG_ON_TDX()	do { } while (0)

static inline struct kvm_exitstat *kvm_exitstat_of(const struct kvm_vcpu *vcpu)
{
	return NULL;
}

static inline bool kvm_exitstat_exit(struct kvm_exitstat *stat, u32 isa, u64 reason)
{
	return true;
}

static inline void kvm_exitstat_entry(struct kvm_exitstat *stat, u32 isa) {}
static inline void kvm_exitstat_setup(u32 isa, size_t offset, size_t vm_offset,
				      int (*const *handlers)(struct kvm_vcpu *vcpu), u32 nr) {}
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

#endif /* __KVM_X86_EXITSTAT_NONE_H */
