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

/* A slot more in what is read: all of them together. */
#define KVM_EXITSTAT_TOTAL	KVM_EXITSTAT_SLOTS

/**
 * struct kvm_exitstat_ledger - the books of a vCPU or of many, as read
 * @value: by slot and KVM_EXITSTAT_V_*.  Of TOTAL, what is kept as a total: on
 *	   one vCPU at one moment it equals the sum of the slots, or the books
 *	   are wrong.
 * @guest: cycles
 * @lifetime: cycles
 * @outside: cycles
 * @anomalies: number of intervals left out
 */
struct kvm_exitstat_ledger {
	u64 value[KVM_EXITSTAT_SLOTS + 1][KVM_EXITSTAT_NR_V];
	u64 guest;
	u64 lifetime;
	u64 outside;
	u64 anomalies;
};

extern unsigned int kvm_exitstat_hist;
extern unsigned int kvm_exitstat_guest;
extern unsigned int kvm_exitstat_layout;

/* exitstat.c */
u32 kvm_exitstat_isa(void);
bool kvm_exitstat_handled(u32 slot);
u64 kvm_exitstat_bucket(const struct kvm_exitstat *stat, u32 slot, u32 bucket);
u64 kvm_exitstat_vm_value(struct kvm *kvm, u32 slot, u32 v);
u64 kvm_exitstat_vm_bucket(struct kvm *kvm, u32 slot, u32 bucket);
void kvm_exitstat_vm_ledger(struct kvm *kvm, struct kvm_exitstat_ledger *sum,
			    struct kvm_exitstat_ledger *one);
u64 kvm_exitstat_host_value(u32 slot, u32 v);
u64 kvm_exitstat_host_bucket(u32 slot, u32 bucket);
void kvm_exitstat_host_ledger(struct kvm_exitstat_ledger *sum,
			      struct kvm_exitstat_ledger *one);
u32 kvm_exitstat_host_vcpus(void);
u64 kvm_exitstat_host_id(void);

/* exitstat_cpuid.c */
void kvm_exitstat_free_copy(struct kvm_exitstat_copy *copy);

/* exitstat_ledger.c */
void kvm_exitstat_init(struct kvm_exitstat *stat);
void kvm_exitstat_begin_hist(struct kvm_exitstat *stat);
void kvm_exitstat_close(struct kvm_exitstat *stat);
void kvm_exitstat_end(struct kvm_exitstat *stat);
u64 kvm_exitstat_value(const struct kvm_exitstat *stat, u32 slot, u32 v);
void kvm_exitstat_read(const struct kvm_exitstat *stat,
		       struct kvm_exitstat_ledger *ledger);
void kvm_exitstat_add(struct kvm_exitstat_ledger *sum,
		      const struct kvm_exitstat_ledger *ledger);
u64 kvm_exitstat_ledger_value(const struct kvm_exitstat_ledger *ledger, u32 slot,
			      u32 v);
u64 kvm_exitstat_torn(void);

#endif /* __KVM_X86_EXITSTAT_H */
