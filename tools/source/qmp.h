/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a client of QMP, QEMU's protocol for other programs.
 */
#ifndef EXITSTAT_QMP_H
#define EXITSTAT_QMP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <json-c/json.h>

/* What came of a command */
enum qmp_result {
	QMP_DONE,
	QMP_ERROR,	/* QEMU refused it */
	QMP_CLOSED,	/* the other end is gone */
	QMP_BROKEN,	/* it is silent, or speaks something else */
};

struct qmp;

/*
 * Connect to the UNIX socket @path, at which process @pid must listen, or if that is 0
 * whoever does, and greet.  That may take @greeting_ms
 * milliseconds, a command @command_ms.  NULL with what is wrong, a sentence of at most @size bytes, in @why.
 */
struct qmp *qmp_open(const char *path, pid_t pid, unsigned int greeting_ms,
		     unsigned int command_ms, char *why, size_t size);

/**
 * qmp_execute - have a command executed, and wait for that
 * @qmp: the connection
 * @command: its name
 * @arguments: an object, which is put; or NULL
 * @value: what it returned, or its error, to be put.  NULL where it is not wanted
 * @why: sentence about what is wrong
 * @size: room in it
 */
enum qmp_result qmp_execute(struct qmp *qmp, const char *command,
			    struct json_object *arguments,
			    struct json_object **value, char *why, size_t size);

/* All commands from now on, together, may take @ms. */
void qmp_within(struct qmp *qmp, unsigned int ms);

/* From now on, when @hurry says so, an answer has no more than waits.hurry. */
void qmp_hurry(struct qmp *qmp, bool (*hurry)(void));

/*
 * In a process that has been forked, before its first command: what the other one has been
 * answered, or is yet to be, is not taken for an answer to this one.
 */
void qmp_forked(struct qmp *qmp);

/* The process at the other end, or 0. */
pid_t qmp_peer(const struct qmp *qmp);

/* The text that is @key's in @of, which may be of any type; NULL where it has no text. */
const char *qmp_text(struct json_object *of, const char *key);

void qmp_close(struct qmp *qmp);

#endif /* EXITSTAT_QMP_H */
