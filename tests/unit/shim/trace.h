/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint kvm:kvm_cpuid: its last arguments, and the number of calls.  kvm:kvm_exit: its probe.
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

struct kvm_vcpu;

typedef void (*kshim_exit_probe)(void *data, struct kvm_vcpu *vcpu, u32 isa);
extern kshim_exit_probe kshim_exit_probed;
/* The next registration finds no memory. */
extern bool kshim_fail_probe;

static inline int register_trace_kvm_exit(kshim_exit_probe probe, void *data)
{
	(void)data;
	kshim_may_sleep();
	kshim_assert(!kshim_exit_probed && kshim_params_locked);
	if (kshim_fail_probe) {
		kshim_fail_probe = false;
		return -ENOMEM;
	}
	kshim_exit_probed = probe;
	return 0;
}

static inline int unregister_trace_kvm_exit(kshim_exit_probe probe, void *data)
{
	(void)data;
	kshim_may_sleep();
	kshim_assert(kshim_exit_probed == probe && kshim_params_locked);
	kshim_exit_probed = NULL;
	return 0;
}

#define tracepoint_synchronize_unregister()	synchronize_rcu()

static inline void trace_kvm_exit(struct kvm_vcpu *vcpu, u32 isa)
{
	if (kshim_exit_probed)
		kshim_exit_probed(NULL, vcpu, isa);
}

#endif /* KSHIM_TRACE_H */
