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
 * @target: what it was opened for
 * @cpuid: nothing was chosen: CPUID, in a guest
 * @own_vcpu: then the vCPU that asks alone
 * @vm: the VM; of @qmp only its name
 * @subject: the same for a view
 * @qmp: by QMP; NULL: by debugfs
 */
struct source {
	struct target target;
	cpuid_fn cpuid;
	bool own_vcpu;
	struct vm vm;
	struct subject subject;
	struct source_qmp *qmp;
};

/* 0, or SOURCE_FAILED and nothing to close. */
int source_open(struct source *source, const struct target *target,
		cpuid_fn cpuid, bool own_vcpu, char *why);

/* One reading; 0, SOURCE_FAILED or SOURCE_ENDED. */
int source_read(struct source *source, const char *hist, struct reading *r,
		char *why);

/* What it reads, for a view; NULL in a guest and of the whole host. */
const struct subject *source_subject(const struct source *source);

void source_close(struct source *source);

#endif /* EXITSTAT_SOURCE_SOURCE_H */
