/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: all VMs, and sums
 */
#ifndef __KVM_X86_EXITSTAT_VMS_H
#define __KVM_X86_EXITSTAT_VMS_H

#include <linux/list.h>

#include "exitstat_ledger.h"

/* All VMs; see exitstat_vms.c. */
extern struct list_head kvm_exitstat_vms;

static inline struct kvm *kvm_exitstat_vm_of(struct kvm_exitstat_vm *vm)
{
	return (void *)vm - kvm_exitstat_vm_offset;
}

void kvm_exitstat_vms_setup(void);
void kvm_exitstat_add_vm(struct kvm *kvm);
void kvm_exitstat_end_vm(struct kvm *kvm);
void kvm_exitstat_wait_for_walks(void);
void kvm_exitstat_visit_vms(u64 first, u64 last,
			    void (*visit)(struct kvm_exitstat_vm *vm, void *arg), void *arg);
u64 kvm_exitstat_vm_value(struct kvm *kvm, u32 slot, u32 v);
u64 kvm_exitstat_vm_bucket(struct kvm *kvm, u32 slot, u32 bucket);
u32 kvm_exitstat_vm_ledger(struct kvm *kvm, struct kvm_exitstat_ledger *sum,
			   struct kvm_exitstat_ledger *one);
u64 kvm_exitstat_host_value(u32 slot, u32 v);
u64 kvm_exitstat_visible_value(struct kvm *kvm, bool host, u32 slot, u32 v);
u64 kvm_exitstat_host_bucket(u32 slot, u32 bucket);
u32 kvm_exitstat_host_ledger(struct kvm_exitstat_ledger *sum,
			     struct kvm_exitstat_ledger *one);
u32 kvm_exitstat_host_vcpus(void);
u64 kvm_exitstat_host_id(void);

#endif /* __KVM_X86_EXITSTAT_VMS_H */
