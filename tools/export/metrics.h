/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: readings of VMs as metrics, in Prometheus' text format 0.0.4 or in
 * OpenMetrics 1.0.0.  docs/host.md lists the metrics.
 */
#ifndef EXITSTAT_METRICS_H
#define EXITSTAT_METRICS_H

#include <sys/types.h>

#include "model/keys.h"
#include "model/reading.h"

enum metrics_format {
	METRICS_TEXT,
	METRICS_OPENMETRICS,
};

/* Family of the metric that describes the VM of a label vm; the sample is kvm_vm_info */
#define METRIC_VM	"kvm_vm"

/* The formats' names in HTTP. */
extern const char *const metrics_content_type[];

/**
 * struct metrics_vcpu - a vCPU
 * @reading: its counters; with no_vcpu the VM's
 * @vcpu: KVM's vcpu_id; not used with no_vcpu
 */
struct metrics_vcpu {
	struct reading reading;
	uint32_t vcpu;
};

/**
 * struct metrics_vm - a VM and its vCPUs' counters
 * @name: QEMU's name for it, any bytes; "" if it has none
 * @place: unique among the VMs that exist: its folder in debugfs, PID-FD, or the path of
 *	its QMP socket; in a guest its id
 * @pid: its process, 0 if unknown
 * @peer: by QMP: the process at the other end, 0 if unknown
 * @claims: by QMP: it claims an id that another process's VM has, too
 * @born: when it was created, in ns by the clock of files; 0 if unknown
 * @late: by QMP: when it was read, in ns since 1970, if that was for an earlier answer; otherwise 0
 * @vcpus: all have the VM's id; with no_vcpu one entry, the sum
 * @nr: number of entries in @vcpus, at least 1
 * @polled: ns of halt polling, by KVM: successful, and in vain
 * @has_polled: @polled is known
 * @own_exits: by CPUID: exits that our readings have caused since the last answer
 * @keys: as keys_keep_first() leaves them; without rows if they are not read
 */
struct metrics_vm {
	const char *name;
	const char *place;
	pid_t pid;
	pid_t peer;
	bool claims;
	uint64_t born;
	uint64_t late;
	const struct metrics_vcpu *vcpus;
	unsigned int nr;
	uint64_t polled[2];
	bool has_polled;
	uint64_t own_exits;
	struct keys keys;
};

/**
 * struct metrics_host - values of the whole host; the first three are -1 if unknown
 * @counting: exits are being counted
 * @untrusted: the TSC is unstable
 * @torn: number of readings that KVM made although an exit was half settled
 * @late: when @counting and @untrusted were read, as in struct metrics_vm
 */
struct metrics_host {
	int counting;
	int untrusted;
	int64_t torn;
	uint64_t late;
};

/**
 * struct metrics - the input of the renderer
 * @host: the host
 * @vms: the VMs
 * @nr: number of entries in @vms
 * @unreadable: number of VMs that could not be read
 * @same_id: number of VMs with @claims
 * @with_keys: keys are wanted, too
 * @kept: with them: KVM keeps exits by their key; 0, or -1 if it cannot
 * @without_keys: with them: number of VMs whose keys could not be read
 * @file: label of the host's samples, if others write such files, too; NULL for none
 * @no_vcpu: readings are of VMs, and there is no label vcpu
 * @begun: when reading began, ns of CLOCK_MONOTONIC
 */
struct metrics {
	struct metrics_host host;
	struct metrics_vm *vms;
	unsigned int nr;
	unsigned int unreadable;
	unsigned int same_id;
	bool with_keys;
	int kept;
	unsigned int without_keys;
	const char *file;
	bool no_vcpu;
	uint64_t begun;
};

/*
 * Render @m into one allocated string; NULL if memory ran out.  @before is the last
 * rendered text, in either format, or NULL.  A VM that is in it keeps its label, and none
 * of its counters goes back.  Lines in @before that are not ours are skipped.
 */
char *metrics_render(const struct metrics *m, enum metrics_format format,
		     const char *before);

#endif /* EXITSTAT_METRICS_H */
