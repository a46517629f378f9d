/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a reading: all counters, read once.
 *
 * A source fills it in, a command chooses what to show, and the renderer writes that as
 * text or JSON.
 */
#ifndef EXITSTAT_MODEL_READING_H
#define EXITSTAT_MODEL_READING_H

#include <stdbool.h>
#include <stdint.h>
#include <asm/kvm_exitstat.h>

/* Number of reasons with a counter of their own, for the ISA that has more. */
#define MAX_ROWS		(KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH)

/* The place of reasons without a row of their own, in arrays by row */
#define ROW_OTHER	MAX_ROWS

/**
 * struct row - one reason, or "other", "none" or the total
 * @reason: the reason's number in the ISA's manual; KVM_EXITSTAT_SUB_* for "other", "none"
 *	and the total
 * @name: the kernel's name or else the manual's, NULL if there is none
 * @v: by KVM_EXITSTAT_V_*: number of exits, and TSC cycles.  In a difference
 *	cycles are signed, and LONGEST is 0 unless it grew.
 * @defined: the newest manual defines the reason
 * @handled: KVM has a handler for it
 */
struct row {
	uint32_t reason;
	const char *name;
	uint64_t v[KVM_EXITSTAT_NR_V];
	bool defined;
	bool handled;
};

/* The source of a reading */
enum from { FROM_CPUID, FROM_DEBUGFS, FROM_QMP };

/**
 * struct reading - all counters, read once
 * @from: its source
 * @abi_version: version of the interface, 1
 * @isa: KVM_EXITSTAT_ISA_*
 * @layout: layout of the legacy leaves, a year
 * @tsc_khz: frequency of the host's TSC, 0 if the host does not say
 * @vcpus: number of vCPUs in the sum
 * @members: identifies the vCPUs in a sum that exitstat made: if it changes, other vCPUs
 *	are in the sum; otherwise 0
 * @id: random id of the counters; if it changes, there is no difference of readings
 * @snapshot: by CPUID: id of the snapshot that was read; 0: none
 * @adds_up: each vCPU's values are of the same moment
 * @counting: exits are being counted
 * @host: the numbers are sums over all VMs of the host
 * @histograms: histograms are being kept
 * @untrusted: the host's TSC is unstable
 * @difference: this is the difference of two readings
 * @vcpu: on a host: KVM's number of the vCPU that was read, -1 for all
 * @guest_cpu: in a guest: the guest's CPU that was read, -1 for all
 * @nr_rows: number of entries in @rows
 * @rows: every reason that has a counter, in ascending order
 * @other: all other reasons
 * @none: times that belong to no exit; its number of exits is 0
 * @total: the host's totals of all rows; for LONGEST the maximum
 * @guest: TSC cycles in the guest
 * @lifetime: TSC cycles, the sum of all accounts
 * @outside: TSC cycles before the first KVM_RUN, or while exits were not counted
 * @anomalies: number of intervals that are in no account
 * @hist_of: the row, or @total, whose histogram was read; NULL for none
 * @hist: number of finished exits by bucket
 * @cpuids: number of CPUIDs executed, including passes that had to be repeated
 * @cpuids_frozen: number of CPUIDs up to the one that took the snapshot
 */
struct reading {
	enum from from;
	uint32_t abi_version;
	uint32_t isa;
	uint32_t layout;
	uint32_t tsc_khz;
	uint32_t vcpus;
	uint64_t members;
	uint64_t id;
	uint32_t snapshot;
	bool adds_up;
	bool counting;
	bool host;
	bool histograms;
	bool untrusted;
	bool difference;
	int vcpu;
	int guest_cpu;
	unsigned int nr_rows;
	struct row rows[MAX_ROWS];
	struct row other;
	struct row none;
	struct row total;
	uint64_t guest;
	uint64_t lifetime;
	uint64_t outside;
	uint64_t anomalies;
	const struct row *hist_of;
	uint64_t hist[KVM_EXITSTAT_BUCKETS];
	unsigned int cpuids;
	unsigned int cpuids_frozen;
};

static inline bool is_of_one_vcpu(const struct reading *r)
{
	return r->vcpu >= 0 || r->guest_cpu >= 0;
}

/* Cycles of a reading are unsigned; a difference of two may be negative. */
static inline __int128 cycles_of(const struct reading *r, uint64_t v)
{
	return r->difference ? (__int128)(int64_t)v : (__int128)v;
}

#endif /* EXITSTAT_MODEL_READING_H */
