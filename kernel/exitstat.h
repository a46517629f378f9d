/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: what its own files share.
 */
#ifndef __KVM_X86_EXITSTAT_H
#define __KVM_X86_EXITSTAT_H

#include <linux/kvm_host.h>
#include <linux/rculist.h>
#include <linux/srcu.h>

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

/* All VMs; see exitstat.c. */
extern struct list_head kvm_exitstat_vms;
extern struct srcu_struct kvm_exitstat_vms_srcu;

#define kvm_exitstat_for_each_vm(vm)						\
	list_for_each_entry_srcu(vm, &kvm_exitstat_vms, node,			\
				 srcu_read_lock_held(&kvm_exitstat_vms_srcu))

static inline struct kvm *kvm_exitstat_vm_of(struct kvm_exitstat_vm *vm)
{
	return container_of(vm, struct kvm, arch.exitstat);
}

/* A parameter's value and its limits */
struct kvm_exitstat_range {
	unsigned int *value;
	unsigned int min, max;
};

/* Of the number of a reason as text, its end included */
#define KVM_EXITSTAT_NUMBER_SIZE	sizeof("4294967295")

/* exitstat.c */
int kvm_exitstat_parse(const char *val, unsigned int min, unsigned int max,
		       unsigned int *res);
int kvm_exitstat_get_param(char *buffer, const struct kernel_param *kp);
u32 kvm_exitstat_isa(void);
bool kvm_exitstat_handled(u32 slot);
u64 kvm_exitstat_bucket(const struct kvm_exitstat *stat, u32 slot, u32 bucket);
u64 kvm_exitstat_vm_value(struct kvm *kvm, u32 slot, u32 v);
u64 kvm_exitstat_vm_bucket(struct kvm *kvm, u32 slot, u32 bucket);
u32 kvm_exitstat_vm_ledger(struct kvm *kvm, struct kvm_exitstat_ledger *sum,
			   struct kvm_exitstat_ledger *one);
u64 kvm_exitstat_host_value(u32 slot, u32 v);
u64 kvm_exitstat_host_bucket(u32 slot, u32 bucket);
u32 kvm_exitstat_host_ledger(struct kvm_exitstat_ledger *sum,
			     struct kvm_exitstat_ledger *one);
u32 kvm_exitstat_host_vcpus(void);
u64 kvm_exitstat_host_id(void);
u64 kvm_exitstat_scalar(const struct kvm_exitstat_ledger *ledger, u32 s);
const char *kvm_exitstat_slot_number(u32 slot, char buf[KVM_EXITSTAT_NUMBER_SIZE]);
const char *kvm_exitstat_slot_name(u32 slot);

/* exitstat_cpuid.c */
void kvm_exitstat_free_copy(struct kvm_exitstat_copy *copy);

/* exitstat_log.c */
void kvm_exitstat_log_update(void);

/* exitstat_stats.c */
void kvm_exitstat_stats_setup(u32 isa);

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
