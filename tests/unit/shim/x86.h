/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the keys of exits need of KVM.
 */
#ifndef KSHIM_X86_H
#define KSHIM_X86_H

#include <linux/kvm_host.h>

enum { VCPU_REGS_RAX, VCPU_REGS_RCX };

#define PAGE_MASK		(~0xfffull)
#define PFERR_WRITE_MASK	(1ull << 1)
#define PFERR_RSVD_MASK		(1ull << 3)
#define PFERR_FETCH_MASK	(1ull << 4)

static inline bool is_guest_mode(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.nested;
}

static inline bool is_64_bit_hypercall(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.long_mode;
}

#endif /* KSHIM_X86_H */
