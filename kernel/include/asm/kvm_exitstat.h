/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: VM exit accounting, the hot path and the hooks.
 */
#ifndef _ASM_X86_KVM_EXITSTAT_H
#define _ASM_X86_KVM_EXITSTAT_H

#include <linux/cache.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/types.h>

#include <uapi/asm/kvm_exitstat.h>

struct dentry;
struct kvm;
struct kvm_vcpu;

#define KVM_EXITSTAT_SVM_SLOTS	(KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH)

/* A slot is a reason's place in the arrays; what has none goes to OTHER. */
#define KVM_EXITSTAT_OTHER	KVM_EXITSTAT_SVM_SLOTS
#define KVM_EXITSTAT_TOTAL	(KVM_EXITSTAT_OTHER + 1)
#define KVM_EXITSTAT_SLOTS	(KVM_EXITSTAT_TOTAL + 1)

/**
 * struct kvm_exitstat - the exits of one vCPU
 * @exits: number of exits by slot, since the vCPU was created; never reset.
 *
 * Written by the thread that runs the vCPU alone, with plain 64-bit stores;
 * read by anyone with READ_ONCE().  On cache lines of its own, so that what
 * other CPUs write beside it does not slow an exit.
 *
 * It is the last field of struct vcpu_vmx and struct vcpu_svm, not one of
 * struct kvm_vcpu_arch: kernel/entry/kvm.c, which is part of vmlinux, counts
 * signal_exits behind that one, and modules built for a distribution's kernel
 * must leave it where it is.
 */
struct kvm_exitstat {
	u64 exits[KVM_EXITSTAT_SLOTS];
} ____cacheline_aligned;

/**
 * struct kvm_exitstat_vm - what a VM adds
 * @node: in the list of all VMs.
 * @id: random, never 0; tells these counters from any others.
 */
struct kvm_exitstat_vm {
	struct list_head node;
	u64 id;
};

DECLARE_STATIC_KEY_TRUE(kvm_exitstat_key);

/*
 * The slot of an exit.  VMX: @reason is the basic exit reason, the low 16 bits
 * of the field; the rest are flags.  SVM: @reason is the exit code at its full
 * width.
 */
static __always_inline u32 kvm_exitstat_slot(u32 isa, u64 reason)
{
	if (isa == KVM_EXITSTAT_ISA_VMX)
		return reason < KVM_EXITSTAT_VMX_REASONS ? reason : KVM_EXITSTAT_OTHER;

	if (reason < KVM_EXITSTAT_SVM_LOW)
		return reason;
	reason -= KVM_EXITSTAT_SVM_HIGH_BASE;
	if (reason < KVM_EXITSTAT_SVM_HIGH)
		return reason + KVM_EXITSTAT_SVM_LOW;
	return KVM_EXITSTAT_OTHER;
}

/*
 * Count one exit, where trace_kvm_exit() stands.  The total is a count of its
 * own so that a reader needs one load a vCPU for it.
 */
static __always_inline void kvm_exitstat_exit(struct kvm_exitstat *stat,
					      u32 isa, u64 reason)
{
	if (static_branch_likely(&kvm_exitstat_key)) {
		stat->exits[kvm_exitstat_slot(isa, reason)]++;
		stat->exits[KVM_EXITSTAT_TOTAL]++;
	}
}

typedef int (*kvm_exitstat_handler_t)(struct kvm_vcpu *vcpu);

void kvm_exitstat_setup(u32 isa, size_t offset,
			const kvm_exitstat_handler_t *handlers, u32 nr);
void kvm_exitstat_init_vm(struct kvm *kvm);
void kvm_exitstat_destroy_vm(struct kvm *kvm);
void kvm_exitstat_create_vcpu_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir);
bool kvm_exitstat_cpuid(struct kvm_vcpu *vcpu, u32 *eax, u32 *ebx, u32 *ecx,
			u32 *edx);

#endif /* _ASM_X86_KVM_EXITSTAT_H */
