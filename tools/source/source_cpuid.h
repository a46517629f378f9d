/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the source CPUID, for a guest that reads its own VM's counters.
 */
#ifndef EXITSTAT_SOURCE_SOURCE_CPUID_H
#define EXITSTAT_SOURCE_SOURCE_CPUID_H

#include <stdbool.h>

#include "source/cpuid.h"

struct reading;

/**
 * struct request - what to read
 * @own_vcpu: only the vCPU that executes CPUID, live; else all vCPUs, from a snapshot
 * @total: only the total and the accounts; all rows are 0
 * @hist: also the histogram of this reason, or of "total" or "other"; or NULL
 */
struct request {
	bool own_vcpu;
	bool total;
	const char *hist;
};

/* Whether the host's KVM has kvm-exitstat and shows it to this guest; one CPUID. */
bool source_cpuid_there(cpuid_fn cpuid);

/*
 * Whether @regs, of KVM_EXITSTAT_LEAF_SIGNATURE, are those of a KVM that shows this guest its
 * counters; and of KVM_EXITSTAT_LEAF_FEATURES, of one that this exitstat understands.  0, or
 * SOURCE_FAILED.
 */
int source_cpuid_signature(const struct cpuid_regs *regs, char *why);
int source_cpuid_version(const struct cpuid_regs *regs, char *why);

/* Fills in @r; 0, or SOURCE_FAILED. */
int source_cpuid_read(cpuid_fn cpuid, const struct request *request,
		      struct reading *r, char *why);

#endif /* EXITSTAT_SOURCE_SOURCE_CPUID_H */
