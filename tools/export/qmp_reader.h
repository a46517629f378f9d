/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export: reads one of several QEMUs without making the others wait.
 */
#ifndef EXITSTAT_EXPORT_QMP_READER_H
#define EXITSTAT_EXPORT_QMP_READER_H

#include <stdint.h>

struct qmp_reader;
struct qmp_vcpu;

/* A reader of the QEMU at @path, which must live as long.  NULL if memory ran out. */
struct qmp_reader *qmp_reader_new(const char *path);

/* Begin a reading, unless the last one is still under way. */
void qmp_reader_begin(struct qmp_reader *reader);

/**
 * qmp_reader_end - the result of a reading
 * @reader: the reader
 * @until: when to abandon the reading, by now_ms().  It goes on then, and its result is
 *	dropped.  A reader whose last reading was abandoned gets much less time, until it
 *	has answered again.
 * @vcpus: the readings, which the caller frees
 * @nr: number of entries in @vcpus
 * @name: QEMU's name for the VM, valid until the next reading begins
 * @peer: the process that listens there, or 0
 * @why: what is wrong
 *
 * 0 or SOURCE_FAILED.
 */
int qmp_reader_end(struct qmp_reader *reader, uint64_t until, struct qmp_vcpu **vcpus,
		   unsigned int *nr, const char **name, pid_t *peer, char *why);

/* An abandoned reading goes on until it has an answer or the program ends. */
void qmp_reader_free(struct qmp_reader *reader);

#endif /* EXITSTAT_EXPORT_QMP_READER_H */
