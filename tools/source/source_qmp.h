/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the source QMP: reads a VM's counters from its QEMU.
 */
#ifndef EXITSTAT_SOURCE_SOURCE_QMP_H
#define EXITSTAT_SOURCE_SOURCE_QMP_H

#include <stdint.h>
#include <sys/types.h>

#include "model/reading.h"

/* A QEMU at the other end of a QMP socket. */
struct source_qmp;

/**
 * struct qmp_vcpu - a vCPU of that VM
 * @reading: what debugfs would say, but without histograms
 * @vcpu: KVM's vcpu_id
 */
struct qmp_vcpu {
	struct reading reading;
	uint32_t vcpu;
};

/*
 * Connect to the QEMU at @path and check that it has our statistics.  0, or SOURCE_FAILED,
 * after which there is nothing to close.
 */
int source_qmp_open(struct source_qmp **source, const char *path, char *why);

/*
 * Read all vCPUs, or only number @vcpu if that is not negative.  Each is consistent in
 * itself.  They are in ascending order, in an array that the caller frees.  Returns 0,
 * SOURCE_ENDED, or SOURCE_FAILED, after which @source can only be closed.
 */
int source_qmp_read(struct source_qmp *source, int vcpu, struct qmp_vcpu **vcpus,
		    unsigned int *nr, char *why);

/* QEMU's name for the VM, "" if it has none; valid until close. */
const char *source_qmp_name(const struct source_qmp *source);

/* The process that listens at the socket, or 0. */
pid_t source_qmp_peer(const struct source_qmp *source);

void source_qmp_close(struct source_qmp *source);

#endif /* EXITSTAT_SOURCE_SOURCE_QMP_H */
