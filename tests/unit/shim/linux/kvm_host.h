/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct kvm and struct kvm_vcpu, as much as kernel/exitstat*.c use of them,
 * with the counters between red zones.
 */
#ifndef KSHIM_KVM_HOST_H
#define KSHIM_KVM_HOST_H

#include "../kshim.h"

#include <asm/kvm_exitstat.h>

#define KVM_ISA_VMX	1
#define KVM_ISA_SVM	2

#define KSHIM_RED	512
#define KSHIM_VCPUS	8

#define KVM_MP_STATE_RUNNABLE	0
#define KVM_MP_STATE_HALTED	3

struct kvm_arch {
	char red_before[KSHIM_RED];
	struct kvm_exitstat_vm exitstat;
	char red_after[KSHIM_RED];
};

struct kvm_vcpu_arch {
	char red_before[KSHIM_RED];
	struct kvm_exitstat exitstat;
	char red_after[KSHIM_RED];
	u32 mp_state;
	struct {
		bool halted;
	} apf;
};

/* @test is whatever a test keeps with its vCPU. */
struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id;
	void *test;
	struct kvm_vcpu_arch arch;
};

struct kvm {
	atomic_t online_vcpus;
	struct kvm_vcpu *vcpus[KSHIM_VCPUS];
	struct kvm_arch arch;
};

#define kvm_for_each_vcpu(i, vcpu, kvm)					\
	for ((i) = 0; (i) < (unsigned int)(kvm)->online_vcpus.counter &&	\
	     ((vcpu) = (kvm)->vcpus[i], true); (i)++)

#endif /* KSHIM_KVM_HOST_H */
