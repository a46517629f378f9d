/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual machines for the unit tests: ledgers between poisoned red zones, and a record of
 * every value that does not use the code under test.
 */
#ifndef UNIT_VM_H
#define UNIT_VM_H

#include <linux/kvm_host.h>

#include "leaf_oracle.h"
#include "ledger_model.h"
#include "trace.h"

/* Load the vendor module of @isa; see vm_handled(). */
void vm_load(u32 isa);
bool vm_handled(u32 reason);

/* Set a parameter; returns what the kernel would get. */
int vm_set(const char *param, const char *value);
const struct kernel_param *vm_param(const char *name);
/* Set a parameter that takes @value, and read one. */
void vm_let(const char *param, unsigned int value);
unsigned int vm_get(const char *param);

struct kvm *vm_new(unsigned int vcpus);
void vm_end(struct kvm *vm);
struct kvm_exitstat *vm_stat(struct kvm_vcpu *vcpu);

/*
 * Fill ledgers with random values up to 2^63 and, with exitstat_hist=1, histograms; a
 * third of the reasons have no exits.  The values hold while the clock stands still.
 */
void vm_fill(struct kvm *vm, u32 seed);
/* Set @vcpu's ledger to @books, except the lifetime. */
void vm_put(struct kvm_vcpu *vcpu, const struct books *books, const model_hist *hist);
/* The vCPU's count of exits in memory; the total is separate. */
u64 *vm_count(struct kvm_vcpu *vcpu, u32 sub);
unsigned int vm_place(u32 sub);
/* Whether the loaded ISA has this place; and the place's slot in the kernel. */
bool vm_has(unsigned int place);
unsigned int vm_slot(unsigned int place);
/* A value in memory, except LONGEST */
u64 *vm_value_at(struct kvm_exitstat *stat, u32 v, unsigned int place);

/* Sums that the test itself computes, of exits counted or filled in, and of other values. */
u64 vm_sum(const struct kvm *vm, u32 sub);
u64 vm_host_sum(u32 sub);
u32 vm_host_vcpus(void);

/* Like kvm_cpuid(); false if the leaf is not answered. */
bool vm_cpuid(struct kvm_vcpu *vcpu, u32 leaf, u32 sub, u32 regs[4]);
u64 vm_cpuid64(struct kvm_vcpu *vcpu, u32 leaf, u32 sub);

/*
 * What the oracle may know about the answers to @vcpu.  vm_frozen() tells it that @vcpu has
 * taken a snapshot with the id @id.
 */
void vm_env(struct kvm_vcpu *vcpu, struct leaf_env *env);
void vm_frozen(struct leaf_env *env, u32 id);

u64 vm_random(void);

#endif /* UNIT_VM_H */
