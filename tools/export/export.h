/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export: reads the VMs that are chosen.
 */
#ifndef EXITSTAT_EXPORT_H
#define EXITSTAT_EXPORT_H

#include "source/cpuid.h"
#include "source/target.h"

struct metrics;
struct qmp_reader;

/**
 * struct chosen - what one option chooses
 * @target: which VMs
 * @qmp: for one with a socket: what reads it, or NULL
 */
struct chosen {
	struct target target;
	struct qmp_reader *qmp;
};

/**
 * struct exporter - what is read, again and again
 * @chosen: of these VMs
 * @nr: number of entries in @chosen; 0: all
 * @guest: in a guest what executes CPUID, and nothing is chosen; else NULL
 * @cpuids: number of CPUIDs executed since the last answer
 * @no_vcpu: one reading a VM
 * @left_out: number of VMs that could not be read the last time
 * @same_id: number of those that said, the last time, to be one of another process
 * @lasting: VMs may come and go: one that is not there is not said to be missing
 */
struct exporter {
	struct chosen *chosen;
	unsigned int nr;
	cpuid_fn guest;
	uint64_t cpuids;
	unsigned int left_out;
	unsigned int same_id;
	bool no_vcpu;
	bool lasting;
};

/* Whether there is what it reads from; 0, or EXIT_MISUSE after a sentence. */
int exporter_ready(const struct exporter *exporter, cpuid_fn cpuid);

/*
 * Read all of it; @metrics is to be freed in any case.  0, or EXIT_MISUSE after a
 * sentence.
 */
int exporter_read(struct exporter *exporter, struct metrics *metrics);
void exporter_free(struct metrics *metrics);

void exporter_close(struct exporter *exporter);

#endif /* EXITSTAT_EXPORT_H */
