/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: KVM's binary statistics
 */
#ifndef __KVM_X86_EXITSTAT_STATS_H
#define __KVM_X86_EXITSTAT_STATS_H

#include <linux/types.h>

void kvm_exitstat_stats_setup(u32 isa);

#endif /* __KVM_X86_EXITSTAT_STATS_H */
