/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the source that options choose: CPUID, debugfs or QMP.
 */
#ifndef EXITSTAT_SOURCE_SOURCE_H
#define EXITSTAT_SOURCE_SOURCE_H

#include <stdbool.h>

#include "model/table.h"
#include "source/cpuid.h"
#include "source/target.h"
#include "source/vm.h"

struct reading;

/**
 * struct source - readings of one target, one after another
 * @target: the target
 * @cpuid: in a guest: executes CPUID; else NULL
 * @own_vcpu: in a guest: read only the vCPU that executes CPUID
 * @vm: the VM; with @qmp only its name
 * @subject: the VM, for a view
 * @qmp: the QEMU; NULL: read debugfs
 */
struct source {
	struct target target;
	cpuid_fn cpuid;
	bool own_vcpu;
	struct vm vm;
	struct subject subject;
	struct source_qmp *qmp;
};

/* 0, or SOURCE_FAILED, after which there is nothing to close. */
int source_open(struct source *source, const struct target *target,
		cpuid_fn cpuid, bool own_vcpu, char *why);

/* One reading; 0, SOURCE_FAILED or SOURCE_ENDED. */
int source_read(struct source *source, const char *hist, struct reading *r,
		char *why);

/* The VM that it reads, for a view; NULL in a guest and for the whole host. */
const struct subject *source_subject(const struct source *source);

void source_close(struct source *source);

#endif /* EXITSTAT_SOURCE_SOURCE_H */
