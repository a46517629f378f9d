// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU's accounts and the two hooks alone, for pahole and for tests/bench/stored.
 */
#include "exitstat.h"

void bench_exit(struct kvm_exitstat *stat, u64 reason);
void bench_exit(struct kvm_exitstat *stat, u64 reason)
{
	kvm_exitstat_exit(stat, KVM_EXITSTAT_ISA_VMX, reason);
}

void bench_entry(struct kvm_exitstat *stat);
void bench_entry(struct kvm_exitstat *stat)
{
	kvm_exitstat_entry(stat, KVM_EXITSTAT_ISA_VMX);
}

noinline void kvm_exitstat_entry_slow(struct kvm_exitstat *stat)
{
	asm volatile("" : : "r"(stat));
}

int main(void)
{
	return 0;
}
