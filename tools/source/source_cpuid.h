/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the source CPUID, for a guest that asks about itself.
 */
#ifndef EXITSTAT_SOURCE_SOURCE_CPUID_H
#define EXITSTAT_SOURCE_SOURCE_CPUID_H

#include <stdbool.h>

#include "source/cpuid.h"

struct reading;

/**
 * struct request - what to read
 * @own_vcpu: the vCPU that asks alone, live; else all, from a snapshot
 * @total: the total and the accounts alone; all rows are 0
 * @hist: reason whose histogram to read too, or "total" or "other"; or NULL
 */
struct request {
	bool own_vcpu;
	bool total;
	const char *hist;
};

/* Whether the KVM below has kvm-exitstat and shows it; one CPUID. */
bool source_cpuid_there(cpuid_fn cpuid);

/* Fills in @r; 0, or SOURCE_FAILED. */
int source_cpuid_read(cpuid_fn cpuid, const struct request *request,
		      struct reading *r, char *why);

#endif /* EXITSTAT_SOURCE_SOURCE_CPUID_H */
