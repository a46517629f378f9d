/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the source QMP: what a QEMU tells of its VM.
 */
#ifndef EXITSTAT_SOURCE_SOURCE_QMP_H
#define EXITSTAT_SOURCE_SOURCE_QMP_H

#include <stdint.h>
#include <sys/types.h>

#include "model/reading.h"

/* A QEMU at the other end of a QMP socket. */
struct source_qmp;

/**
 * struct qmp_vcpu - one of its vCPUs
 * @reading: what debugfs would say.  Histograms are not there.
 * @vcpu: KVM's vcpu_id
 */
struct qmp_vcpu {
	struct reading reading;
	uint32_t vcpu;
};

/*
 * Connect to the QEMU at @path and see that it can tell.  0 or SOURCE_FAILED,
 * with nothing to close then.
 */
int source_qmp_open(struct source_qmp **source, const char *path, char *why);

/*
 * Read all vCPUs, or the one of number @vcpu where that is not negative, each
 * consistent in itself, in ascending order into an array to be freed.  0,
 * SOURCE_ENDED or SOURCE_FAILED, after which @source can only be closed.
 */
int source_qmp_read(struct source_qmp *source, int vcpu, struct qmp_vcpu **vcpus,
		    unsigned int *nr, char *why);

/* QEMU's name of the VM, "" where it has none; valid until close. */
const char *source_qmp_name(const struct source_qmp *source);

/* The process that listens at the socket, or 0. */
pid_t source_qmp_peer(const struct source_qmp *source);

void source_qmp_close(struct source_qmp *source);

#endif /* EXITSTAT_SOURCE_SOURCE_QMP_H */
