/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a reading, all counters read once.
 * 
 * A source fills it in, a command chooses what of it is shown, the renderer writes
 * that as text or JSON.
 */
#ifndef EXITSTAT_MODEL_READING_H
#define EXITSTAT_MODEL_READING_H

#include <stdbool.h>
#include <stdint.h>
#include <asm/kvm_exitstat.h>

/* Reasons with a counter of their own, on the ISA that has more of them. */
#define MAX_ROWS		(KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH)

/* Where what has no row of its own is counted, in arrays by row */
#define ROW_OTHER	MAX_ROWS

/**
 * struct row - one reason, or what takes a reason's place
 * @reason: number, as the manual of the ISA has it; of "other", "none" and the
 *	total KVM_EXITSTAT_SUB_*
 * @name: the kernel's name or else the manual's, NULL where there is none
 * @v: by KVM_EXITSTAT_V_*: number of exits, and TSC cycles.  In a difference
 *	cycles are signed, and LONGEST is 0 where it did not grow.
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

/* Where a reading is from */
enum from { FROM_CPUID, FROM_DEBUGFS, FROM_QMP };

/**
 * struct reading - all counters, read once
 * @from: by what it was read
 * @abi_version: of the interface, 1
 * @isa: KVM_EXITSTAT_ISA_*
 * @layout: of the legacy leaves, a year
 * @tsc_khz: frequency of the host's TSC, 0 where the host does not say
 * @vcpus: number of vCPUs summed
 * @members: of a sum of ours: another number where other vCPUs are in it; else 0
 * @id: random id of the counters; differences across a change are void
 * @snapshot: id of the frozen copy that was read, of CPUID; 0: none
 * @adds_up: each vCPU's values are of one moment
 * @counting: exits are being counted
 * @host: the numbers are sums over all VMs of the host
 * @histograms: histograms are being kept
 * @untrusted: the host's TSC is unstable
 * @difference: of two readings
 * @vcpu: on a host KVM's number of the vCPU that was read, -1 for all of them
 * @guest_cpu: in a guest its CPU that was read, -1 for all of them
 * @nr_rows: number of entries in @rows
 * @rows: every reason that has a counter, in ascending order
 * @other: all other reasons
 * @none: times that belong to no exit; its exits are 0
 * @total: of all of them, as the host says; of LONGEST the maximum
 * @guest: TSC cycles, as the next two
 * @lifetime: sum of all accounts
 * @outside: before the first KVM_RUN, or not counting
 * @anomalies: number of intervals left out of all times
 * @hist_of: whose histogram was read: NULL, or a row or @total
 * @hist: number of finished exits by bucket
 * @cpuids: number of CPUIDs executed, passes that had to be repeated included
 * @cpuids_frozen: number of them up to the one that took the snapshot
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
