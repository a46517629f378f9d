/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the report in the kernel log
 */
#ifndef __KVM_X86_EXITSTAT_LOG_H
#define __KVM_X86_EXITSTAT_LOG_H

#include <linux/types.h>

/**
 * struct kvm_exitstat_log - the reports of a VM
 * @exits: number of exits for which reports have been due
 * @due: number of reports due and neither made nor counted as suppressed
 * @quiet: no report before this time, in ns of ktime_get_ns()
 */
struct kvm_exitstat_log {
	u64 exits;
	u64 due;
	u64 quiet;
};

void kvm_exitstat_log_update(void);

#endif /* __KVM_X86_EXITSTAT_LOG_H */
