/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of struct kvm and struct kvm_vcpu that kernel/exitstat*.c use, with the
 * counters between red zones.
 */
#ifndef KSHIM_KVM_HOST_H
#define KSHIM_KVM_HOST_H

#include "../kshim.h"

/* The kernel's own has the name's size. */
#define kvm_stats_desc kshim_user_stats_desc
#include <linux/kvm.h>
#undef kvm_stats_desc

#ifndef KVM_EXIT_MEMORY_FAULT
#define KVM_EXIT_MEMORY_FAULT	39
#endif

#include "exitstat.h"

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
	bool hyperv, xen;
};

/* What the CPU tells of an exit */
struct vmcb_control_area {
	u64 exit_code, exit_info_1, exit_info_2, ghcb_gpa;
};

struct vmcb {
	struct vmcb_control_area control;
};

struct kvm_vcpu_arch {
	char red_before[KSHIM_RED];
	struct kvm_exitstat exitstat;
	u64 exitstat_value[KVM_EXITSTAT_SVM_VALUES];
	char red_after[KSHIM_RED];
	u32 mp_state;
	struct {
		bool halted;
	} apf;
	unsigned long regs[2];
	u64 apic_base;
	bool nested, long_mode, guest_state_protected;
	int cpl;
	u64 qualification, gpa;
	u32 intr_info;
	struct {
		u16 basic;
	} exit_reason;
	struct vmcb vmcb[1];
};

#define KVM_STATS_NAME_SIZE	48

struct kvm_stats_desc {
	__u32 flags;
	__s16 exponent;
	__u16 size;
	__u32 offset;
	__u32 bucket_size;
	char name[KVM_STATS_NAME_SIZE];
};

/* Smaller than KVM's: three statistics, with one, two and one values */
struct kvm_vcpu_stat {
	u64 value[4];
};

extern const struct kvm_stats_header kvm_vcpu_stats_header;
extern const struct kvm_stats_desc kvm_vcpu_stats_desc[];

/* @test is for a test's own data. */
struct kvm_vcpu {
	struct kvm *kvm;
	struct kvm_run *run;
	int vcpu_id;
	void *test;
	struct kvm_vcpu_arch arch;
	struct kvm_vcpu_stat stat;
	char stats_id[KVM_STATS_NAME_SIZE];
};

struct kvm {
	atomic_t online_vcpus;
	struct kvm_vcpu *vcpus[KSHIM_VCPUS];
	struct kvm_arch arch;
	pid_t userspace_pid;
	struct dentry *debugfs_dentry;
};

#define kvm_for_each_vcpu(i, vcpu, kvm)					\
	for ((i) = 0; (i) < (unsigned int)(kvm)->online_vcpus.counter &&	\
	     ((vcpu) = (kvm)->vcpus[i], true); (i)++)

#endif /* KSHIM_KVM_HOST_H */
