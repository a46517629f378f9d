/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the hooks in virt/kvm.  All others are in arch/x86/kvm/exitstat.h.
 */
#ifndef _ASM_X86_KVM_EXITSTAT_H
#define _ASM_X86_KVM_EXITSTAT_H

#include <linux/jump_label.h>
#include <linux/types.h>

#include <uapi/asm/kvm_exitstat.h>

struct kvm_vcpu;

/* exitstat=1 */
DECLARE_STATIC_KEY_TRUE(kvm_exitstat_key);

void __kvm_exitstat_sched_out(struct kvm_vcpu *vcpu);
void __kvm_exitstat_sched_in(struct kvm_vcpu *vcpu);

/* Called by the preempt notifiers: a thread that has loaded the vCPU is switched out or in. */
static inline void kvm_exitstat_sched_out(struct kvm_vcpu *vcpu)
{
	if (static_branch_likely(&kvm_exitstat_key))
		__kvm_exitstat_sched_out(vcpu);
}

static inline void kvm_exitstat_sched_in(struct kvm_vcpu *vcpu)
{
	if (static_branch_likely(&kvm_exitstat_key))
		__kvm_exitstat_sched_in(vcpu);
}

void kvm_exitstat_create_debugfs(void);
void kvm_exitstat_remove_debugfs(void);
ssize_t kvm_exitstat_stats_read(struct kvm_vcpu *vcpu, char __user *to, size_t size,
				loff_t *offset);

#endif /* _ASM_X86_KVM_EXITSTAT_H */
