/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint kvm:kvm_cpuid: its last arguments, and the number of calls.
 */
#ifndef KSHIM_TRACE_H
#define KSHIM_TRACE_H

#include "kshim.h"

struct kshim_trace {
	unsigned long calls;
	u32 leaf, sub, eax, ebx, ecx, edx;
	bool found, used_max_basic;
};

extern struct kshim_trace kshim_trace;

static inline void trace_kvm_cpuid(u32 leaf, u32 sub, u32 eax, u32 ebx, u32 ecx,
				   u32 edx, bool found, bool used_max_basic)
{
	kshim_trace = (struct kshim_trace) {
		kshim_trace.calls + 1, leaf, sub, eax, ebx, ecx, edx, found,
		used_max_basic
	};
}

#endif /* KSHIM_TRACE_H */
