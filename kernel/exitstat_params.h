/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: module parameters
 */
#ifndef __KVM_X86_EXITSTAT_PARAMS_H
#define __KVM_X86_EXITSTAT_PARAMS_H

#include <linux/module.h>
#include <uapi/asm/kvm_exitstat.h>

/* Values of the parameter exitstat_guest: the exits that CPUID shows a guest */
#define KVM_EXITSTAT_GUEST_OFF	0
#define KVM_EXITSTAT_GUEST_VM	1
#define KVM_EXITSTAT_GUEST_HOST	2

/* A parameter's value and its limits */
struct kvm_exitstat_range {
	unsigned int *value;
	unsigned int min, max;
};

extern unsigned int kvm_exitstat_guest;
extern unsigned int kvm_exitstat_layout;

int kvm_exitstat_parse(const char *val, unsigned int min, unsigned int max,
		       unsigned int *res);
int kvm_exitstat_get_param(char *buffer, const struct kernel_param *kp);

#endif /* __KVM_X86_EXITSTAT_PARAMS_H */
