/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual machines for the unit tests: ledgers between poisoned red zones, and
 * books that know every value without asking the code under test.
 */
#ifndef UNIT_VM_H
#define UNIT_VM_H

#include <linux/kvm_host.h>

#include "leaf_oracle.h"
#include "ledger_model.h"
#include "trace.h"

/* What a test sets directly, and puts back to these. */
extern unsigned int kvm_exitstat_guest;
extern unsigned int kvm_exitstat_layout;

/* The vendor module of @isa is loaded; see vm_handled(). */
void vm_load(u32 isa);
bool vm_handled(u32 reason);

/* What setting a parameter returns */
int vm_set(const char *param, const char *value);
const struct kernel_param *vm_param(const char *name);

struct kvm *vm_new(unsigned int vcpus);
void vm_end(struct kvm *vm);
struct kvm_exitstat *vm_stat(struct kvm_vcpu *vcpu);

/*
 * Books of any size up to 2^63 a value, from exitstat_hist=1 on with histograms;
 * a third of the reasons did not occur.  They hold while the clock stands still.
 */
void vm_fill(struct kvm *vm, u32 seed);
/* What @vcpu's ledger is to say from now on; without the lifetime */
void vm_put(struct kvm_vcpu *vcpu, const struct books *books, const model_hist *hist);
/* Its exits in memory; the total is apart. */
u64 *vm_count(struct kvm_vcpu *vcpu, u32 sub);
unsigned int vm_place(u32 sub);
/* A place of the ISA's that is loaded, which has fewer; the slot it has in the kernel */
bool vm_has(unsigned int place);
unsigned int vm_slot(unsigned int place);
/* A value in memory, but LONGEST */
u64 *vm_value_at(struct kvm_exitstat *stat, u32 v, unsigned int place);

/* Sums that the test itself made: of exits counted or filled in, and the rest. */
u64 vm_sum(const struct kvm *vm, u32 sub);
u64 vm_host_sum(u32 sub);
u32 vm_host_vcpus(void);

/* As kvm_cpuid() does it; false where the leaf is not answered. */
bool vm_cpuid(struct kvm_vcpu *vcpu, u32 leaf, u32 sub, u32 regs[4]);
u64 vm_cpuid64(struct kvm_vcpu *vcpu, u32 leaf, u32 sub);

/*
 * What the oracle may know of the answers to @vcpu.  vm_frozen() tells it that
 * @vcpu has taken a snapshot, whose id is @id.
 */
void vm_env(struct kvm_vcpu *vcpu, struct leaf_env *env);
void vm_frozen(struct leaf_env *env, u32 id);

u64 vm_random(void);

#endif /* UNIT_VM_H */
