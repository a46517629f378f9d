/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the hooks in virt/kvm, or empty hooks without CONFIG_KVM_EXITSTAT.
 */
#ifndef __KVM_EXITSTAT_H
#define __KVM_EXITSTAT_H

#ifdef CONFIG_KVM_EXITSTAT
#include <asm/kvm_exitstat.h>
#else

static inline void kvm_exitstat_sched_in(struct kvm_vcpu *vcpu) {}
static inline void kvm_exitstat_sched_out(struct kvm_vcpu *vcpu) {}
static inline void kvm_exitstat_create_debugfs(void) {}
static inline void kvm_exitstat_remove_debugfs(void) {}

static inline ssize_t kvm_exitstat_stats_read(struct kvm_vcpu *vcpu, char __user *to,
					      size_t size, loff_t *offset)
{
	return kvm_stats_read(vcpu->stats_id, &kvm_vcpu_stats_header, &kvm_vcpu_stats_desc[0],
			      &vcpu->stat, sizeof(vcpu->stat), to, size, offset);
}

#endif /* CONFIG_KVM_EXITSTAT */

#endif /* __KVM_EXITSTAT_H */
