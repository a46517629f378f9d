/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: the report in the kernel log
 */
#ifndef __KVM_X86_EXITSTAT_LOG_H
#define __KVM_X86_EXITSTAT_LOG_H

#include <linux/types.h>

void kvm_exitstat_log_update(void);

#endif /* __KVM_X86_EXITSTAT_LOG_H */
