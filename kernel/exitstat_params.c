// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: what module parameters that are numbers share.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "exitstat_params.h"

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

const struct kernel_param_ops kvm_exitstat_range_ops = {
	.set = set_uint_range,
	.get = kvm_exitstat_get_param,
};
