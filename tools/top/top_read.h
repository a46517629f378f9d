/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat top: reads what is shown.
 */
#ifndef EXITSTAT_TOP_TOP_READ_H
#define EXITSTAT_TOP_TOP_READ_H

#include <stdbool.h>

#include "source/cpuid.h"

struct target;
struct top;

/**
 * struct top_reader - the source of readings
 * @target: the VMs that options choose
 * @cpuid: in a guest: executes CPUID; else NULL
 * @qmp: a QEMU, NULL for debugfs
 * @batch: no one can choose another level: a reason without keys stays open
 */
struct top_reader {
	const struct target *target;
	cpuid_fn cpuid;
	struct source_qmp *qmp;
	bool batch;
};

/*
 * Read what the level shows, and arrange it.  0, perhaps with a message; or, with a message, SOURCE_FAILED, or
 * SOURCE_ENDED if the chosen VM has ended.
 */
int top_read(struct top *top, const struct top_reader *reader);

#endif /* EXITSTAT_TOP_TOP_READ_H */
