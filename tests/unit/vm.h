/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual machines for the unit tests: counters between poisoned red zones, and
 * a model that knows every count without asking the code under test.
 */
#ifndef UNIT_VM_H
#define UNIT_VM_H

#include <linux/kvm_host.h>

#include "leaf_oracle.h"
#include "trace.h"

/* Places in kvm_exitstat.exits, as docs/abi.md counts them. */
#define PLACE_OTHER	(0xc0 + 0x10)
#define PLACE_TOTAL	(PLACE_OTHER + 1)
#define PLACES		(PLACE_TOTAL + 1)

/* What a test sets directly, and puts back to these. */
extern unsigned int kvm_exitstat_guest;
extern unsigned int kvm_exitstat_layout;

/* The vendor module of @isa is loaded; see vm_handled(). */
void vm_load(u32 isa);
bool vm_handled(u32 reason);

struct kvm *vm_new(unsigned int vcpus);
void vm_end(struct kvm *vm);
void vm_fill(struct kvm *vm, u32 seed);
unsigned int vm_place(u32 sub);
u64 *vm_count(struct kvm_vcpu *vcpu, u32 sub);

/* The model: sums that the test itself made. */
u64 vm_sum(const struct kvm *vm, u32 sub);
u64 vm_host_sum(u32 sub);
u32 vm_host_vcpus(void);

/* As kvm_cpuid() does it; false where the leaf is not answered. */
bool vm_cpuid(struct kvm_vcpu *vcpu, u32 leaf, u32 sub, u32 regs[4]);
u64 vm_cpuid64(struct kvm_vcpu *vcpu, u32 leaf, u32 sub);

/* What the oracle may know of the answers to @vcpu. */
void vm_env(struct kvm_vcpu *vcpu, struct leaf_env *env);

u64 vm_random(void);

#endif /* UNIT_VM_H */
