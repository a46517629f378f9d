/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: module parameters
 */
#ifndef __KVM_X86_EXITSTAT_PARAMS_H
#define __KVM_X86_EXITSTAT_PARAMS_H

#include <linux/module.h>

/* A parameter's value and its limits */
struct kvm_exitstat_range {
	unsigned int *value;
	unsigned int min, max;
};

/* For a parameter that only stores a number; its argument is a struct kvm_exitstat_range. */
extern const struct kernel_param_ops kvm_exitstat_range_ops;

int kvm_exitstat_parse(const char *val, unsigned int min, unsigned int max,
		       unsigned int *res);
int kvm_exitstat_get_param(char *buffer, const struct kernel_param *kp);

#endif /* __KVM_X86_EXITSTAT_PARAMS_H */
