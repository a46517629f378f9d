/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: the empty hooks of an architecture that has no accounting.
 */
#ifndef __KVM_EXITSTAT_H
#define __KVM_EXITSTAT_H

#ifndef __KVM_HAVE_ARCH_EXITSTAT

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

#endif /* !__KVM_HAVE_ARCH_EXITSTAT */

#endif /* __KVM_EXITSTAT_H */
