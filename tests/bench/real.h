/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The unit tests' shim of the kernel without the tests' hooks, so that the hot path costs
 * what it costs in the kernel: the CPU's TSC, compiler barriers, static keys that cost
 * nothing while accounting is on.
 */
#ifndef BENCH_REAL_H
#define BENCH_REAL_H

#define KSHIM_CLOCK_H	/* instead of the tests' clock */

#include <stdbool.h>

#define KVM_EXITSTAT_RDTSC	"rdtsc"

extern unsigned int tsc_khz;

static inline unsigned long long rdtsc(void)
{
	unsigned int low, high;

	__asm__ volatile("rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (unsigned long long)high << 32 | low;
}

static inline unsigned long long rdtsc_ordered(void)
{
	__builtin_ia32_lfence();
	return rdtsc();
}

#define check_tsc_unstable()	false

#include "kshim.h"

/* Number of readers' retries in this thread */
extern __thread unsigned long long bench_retries;

#undef READ_ONCE
#undef barrier
#undef smp_wmb
#undef smp_load_acquire
#undef smp_store_release
#undef cpu_relax
#undef static_branch_likely
#undef static_branch_unlikely
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define barrier()		__asm__ volatile("" : : : "memory")
#define smp_wmb()		barrier()
#define smp_load_acquire(p)	\
	({ __typeof__(*(p)) value_ = READ_ONCE(*(p)); barrier(); value_; })
#define smp_store_release(p, v)	do { barrier(); WRITE_ONCE(*(p), v); } while (0)
#define cpu_relax()		((void)bench_retries++, __builtin_ia32_pause())
#define static_branch_likely(key)	true
#define static_branch_unlikely(key)	false

#include <linux/kvm_host.h>

/* More vCPUs than the unit tests' VMs have room for */
#define BENCH_VCPUS	4096
extern struct kvm_vcpu *bench_vcpus[BENCH_VCPUS];

#undef kvm_for_each_vcpu
#define kvm_for_each_vcpu(i, vcpu, kvm)					\
	for ((i) = 0; (i) < (unsigned int)atomic_read(&(kvm)->online_vcpus) &&	\
	     ((vcpu) = bench_vcpus[i], true); (i)++)

#endif /* BENCH_REAL_H */
