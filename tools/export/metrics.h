/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: readings of VMs as metrics, in Prometheus' text format 0.0.4 or as
 * OpenMetrics 1.0.0.  docs/host.md lists them.
 */
#ifndef EXITSTAT_METRICS_H
#define EXITSTAT_METRICS_H

#include <sys/types.h>

#include "model/reading.h"

enum metrics_format {
	METRICS_TEXT,
	METRICS_OPENMETRICS,
};

/* Family of the metric that says which VM a label vm is of; as a sample kvm_vm_info */
#define METRIC_VM	"kvm_vm"

/* As HTTP names them. */
extern const char *const metrics_content_type[];

/**
 * struct metrics_vcpu - a vCPU
 * @reading: its counters; with no_vcpu the VM's
 * @vcpu: KVM's vcpu_id; with no_vcpu it does not matter
 */
struct metrics_vcpu {
	struct reading reading;
	uint32_t vcpu;
};

/**
 * struct metrics_vm - a VM and what its vCPUs have counted
 * @name: QEMU's name of it, any bytes; "" where it has none
 * @place: what no other VM has at the same time: its folder in debugfs, PID-FD, or
 *	the path of its QMP socket; in a guest its id
 * @pid: its process, 0 for not known
 * @peer: by QMP: the process at the other end, 0 for not known
 * @claims: by QMP: it says that it is a VM that another process has, too
 * @born: when it was created, ns of the clock that files have; 0 for not known
 * @vcpus: all have the VM's id; with no_vcpu one entry, the sum
 * @nr: number of entries in @vcpus, at least 1
 * @polled: ns of halt polling, by KVM: what an event ended, what came to nothing
 * @has_polled: they are known
 * @own_exits: by CPUID: exits that we have made since the last answer, to read it
 */
struct metrics_vm {
	const char *name;
	const char *place;
	pid_t pid;
	pid_t peer;
	bool claims;
	uint64_t born;
	const struct metrics_vcpu *vcpus;
	unsigned int nr;
	uint64_t polled[2];
	bool has_polled;
	uint64_t own_exits;
};

/**
 * struct metrics_host - what holds for all VMs; -1 is for not known
 * @counting: exits are being counted
 * @untrusted: the TSC is unstable
 * @torn: readings that were kept though an exit was half settled
 */
struct metrics_host {
	int counting;
	int untrusted;
	int64_t torn;
};

/**
 * struct metrics - what is to be rendered
 * @host: of the host
 * @vms: the VMs
 * @nr: number of entries in @vms
 * @unreadable: number of those that could not be read
 * @same_id: number of those with @claims
 * @file: label of what is of no VM, where others write such files, too; NULL for none
 * @no_vcpu: readings are of VMs, and there is no label vcpu
 * @begun: when reading them began, ns of CLOCK_MONOTONIC
 */
struct metrics {
	struct metrics_host host;
	struct metrics_vm *vms;
	unsigned int nr;
	unsigned int unreadable;
	unsigned int same_id;
	const char *file;
	bool no_vcpu;
	uint64_t begun;
};

/*
 * In one allocated string; NULL without memory.  @before is what was rendered
 * last time, in either format, or NULL: a VM that is in it keeps its label, and no
 * counter of a VM is less than there.  Lines that are not of ours are passed over.
 */
char *metrics_render(const struct metrics *m, enum metrics_format format,
		     const char *before);

#endif /* EXITSTAT_METRICS_H */
