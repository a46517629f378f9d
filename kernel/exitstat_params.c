// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-exitstat: module parameters that only store a number.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "exitstat_params.h"

unsigned int kvm_exitstat_guest = KVM_EXITSTAT_GUEST_VM;
unsigned int kvm_exitstat_layout = KVM_EXITSTAT_LAYOUT_2022;

/* Stores the number @val in @res; -EINVAL if it is not a number from @min to @max. */
int kvm_exitstat_parse(const char *val, unsigned int min, unsigned int max,
		       unsigned int *res)
{
	unsigned int n;

	if (kstrtouint(val, 0, &n) || n < min || n > max)
		return -EINVAL;
	*res = n;
	return 0;
}

static int set_uint_range(const char *val, const struct kernel_param *kp)
{
	const struct kvm_exitstat_range *range = kp->arg;
	unsigned int n;
	int r;

	r = kvm_exitstat_parse(val, range->min, range->max, &n);
	if (!r)
		WRITE_ONCE(*range->value, n);
	return r;
}

int kvm_exitstat_get_param(char *buffer, const struct kernel_param *kp)
{
	const struct kvm_exitstat_range *range = kp->arg;

	return sysfs_emit(buffer, "%u\n", *range->value);
}

static const struct kernel_param_ops uint_range_ops = {
	.set = set_uint_range,
	.get = kvm_exitstat_get_param,
};

static struct kvm_exitstat_range guest_range = {
	&kvm_exitstat_guest, KVM_EXITSTAT_GUEST_OFF, KVM_EXITSTAT_GUEST_HOST
};
module_param_cb(exitstat_guest, &uint_range_ops, &guest_range, 0644);
MODULE_PARM_DESC(exitstat_guest, "Exits that CPUID shows a guest: 0 none, 1 its VM's (default), 2 the host's");

static struct kvm_exitstat_range layout_range = {
	&kvm_exitstat_layout, KVM_EXITSTAT_LAYOUT_2020, KVM_EXITSTAT_LAYOUT_2022
};
module_param_cb(exitstat_layout, &uint_range_ops, &layout_range, 0644);
MODULE_PARM_DESC(exitstat_layout, "Layout of CPUID leaves 0x4FFFFFFC-0x4FFFFFFF: 2020, 2021, 2022 (default)");
