/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export: reads one of several QEMUs without making the others wait.
 */
#ifndef EXITSTAT_EXPORT_QMP_READER_H
#define EXITSTAT_EXPORT_QMP_READER_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/sizes.h"

struct qmp_reader;
struct qmp_vcpu;

/**
 * struct qmp_answer - what a QEMU has answered
 * @vcpus: the readings, which the caller frees
 * @nr: number of entries in @vcpus
 * @name: QEMU's name for the VM, "" if it has none
 * @peer: the process that listens at the socket, or 0
 * @late: when it came, in ns since 1970, if it came too late for the last scrape; otherwise 0
 */
struct qmp_answer {
	struct qmp_vcpu *vcpus;
	unsigned int nr;
	char name[VM_NAME_SIZE];
	pid_t peer;
	uint64_t late;
};

/* A reader of the QEMU at @path, which must live as long.  NULL if memory ran out. */
struct qmp_reader *qmp_reader_new(const char *path);

/* Begin a reading, unless the last one is still under way. */
void qmp_reader_begin(struct qmp_reader *reader);

/**
 * qmp_reader_end - the result of a reading
 * @reader: the reader
 * @until: when to abandon the reading, by now_ms().  It goes on then, and its answer stands in
 *	if the next reading is not in time, either.  A reader whose last reading was abandoned
 *	gets much less time, until it has answered again.
 * @answer: the answer
 * @why: what is wrong
 *
 * 0 or SOURCE_FAILED.
 */
int qmp_reader_end(struct qmp_reader *reader, uint64_t until, struct qmp_answer *answer,
		   char *why);

/* An abandoned reading goes on until it has an answer or the program ends. */
void qmp_reader_free(struct qmp_reader *reader);

#endif /* EXITSTAT_EXPORT_QMP_READER_H */
