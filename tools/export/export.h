/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export: reads the chosen VMs.
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
 * @qmp: the reader of a VM with a QMP socket, or NULL
 */
struct chosen {
	struct target target;
	struct qmp_reader *qmp;
};

/**
 * struct exporter - reads the chosen VMs again and again
 * @chosen: the choices of options
 * @nr: number of entries in @chosen; 0: all VMs
 * @guest: in a guest: executes CPUID, and nothing is chosen; else NULL
 * @cpuids: number of CPUIDs executed since the last answer
 * @no_vcpu: one reading for each VM
 * @keys: number of keys of each reason; 0: keys are not read
 * @left_out: number of VMs that could not be read the last time
 * @without_keys: number of VMs whose keys could not be read the last time
 * @same_id: number of VMs that claimed another process's VM's id the last time
 * @lasting: runs as a server: VMs come and go, so a missing VM is no error
 */
struct exporter {
	struct chosen *chosen;
	unsigned int nr;
	cpuid_fn guest;
	uint64_t cpuids;
	uint32_t keys;
	unsigned int left_out;
	unsigned int without_keys;
	unsigned int same_id;
	bool no_vcpu;
	bool lasting;
};

/* Check that the choices fit together; 0, or EXIT_MISUSE after a sentence. */
int exporter_check(const struct exporter *exporter);

/* Whether there is a source to read from; 0, or EXIT_MISUSE with a sentence in @why. */
int exporter_ready(const struct exporter *exporter, cpuid_fn cpuid, char *why);

/*
 * Read all chosen VMs.  The caller frees @metrics in any case.  0, or EXIT_MISUSE after a
 * sentence.
 */
int exporter_read(struct exporter *exporter, struct metrics *metrics);
void exporter_free(struct metrics *metrics);

/*
 * Close what is kept open between two readings; the next one opens it again, and says again
 * what it leaves out.
 */
void exporter_reopen(struct exporter *exporter);
void exporter_close(struct exporter *exporter);

#endif /* EXITSTAT_EXPORT_H */
