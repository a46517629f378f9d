/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export: reads a QEMU beside others, none of which waits for it.
 */
#ifndef EXITSTAT_EXPORT_QMP_READER_H
#define EXITSTAT_EXPORT_QMP_READER_H

#include <stdint.h>

struct qmp_reader;
struct qmp_vcpu;

/* Of the QEMU that listens at @path, which must live as long.  NULL without memory. */
struct qmp_reader *qmp_reader_new(const char *path);

/* Begin a reading, unless the last one goes on still. */
void qmp_reader_begin(struct qmp_reader *reader);

/**
 * qmp_reader_end - what came of it
 * @reader: the reader
 * @until: by now_ms(): when to leave it.  It goes on then, and its result is of no use.
 *	One that was left before is so much sooner, until it has answered again.
 * @vcpus: what was read, to be freed
 * @nr: number of entries in @vcpus
 * @name: QEMU's name of the VM, valid until the next reading begins
 * @peer: the process that listens there, or 0
 * @why: what is wrong
 *
 * 0 or SOURCE_FAILED.
 */
int qmp_reader_end(struct qmp_reader *reader, uint64_t until, struct qmp_vcpu **vcpus,
		   unsigned int *nr, const char **name, pid_t *peer, char *why);

/* One that is left goes on, until it has an answer or the program ends. */
void qmp_reader_free(struct qmp_reader *reader);

#endif /* EXITSTAT_EXPORT_QMP_READER_H */
