/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a client of QMP, QEMU's protocol for programs.
 */
#ifndef EXITSTAT_QMP_H
#define EXITSTAT_QMP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <json-c/json.h>

/* The outcome of a command */
enum qmp_result {
	QMP_DONE,
	QMP_ERROR,	/* QEMU refused it */
	QMP_CLOSED,	/* the other end has closed the connection */
	QMP_BROKEN,	/* the other end is silent, or does not speak QMP */
};

struct qmp;

/*
 * Connect to the UNIX socket @path and exchange greetings.  Unless @pid is 0, the process
 * @pid must listen there.  The greetings may take @greeting_ms milliseconds, and each
 * command @command_ms.  NULL with a sentence of at most @size bytes in @why.
 */
struct qmp *qmp_open(const char *path, pid_t pid, unsigned int greeting_ms,
		     unsigned int command_ms, char *why, size_t size);

/**
 * qmp_execute - execute a command and wait for the reply
 * @qmp: the connection
 * @command: its name
 * @arguments: an object, which is put; or NULL
 * @value: the returned value, or the error, which the caller puts; NULL if not wanted
 * @why: a sentence about what is wrong
 * @size: size of @why
 */
enum qmp_result qmp_execute(struct qmp *qmp, const char *command,
			    struct json_object *arguments,
			    struct json_object **value, char *why, size_t size);

/* All commands from now on, together, may take @ms. */
void qmp_within(struct qmp *qmp, unsigned int ms);

/* From now on a reply may take only waits.hurry whenever @hurry returns true. */
void qmp_hurry(struct qmp *qmp, bool (*hurry)(void));

/*
 * Call this in a forked process before its first command, so that a reply to the other
 * process is not mistaken for a reply to this one.
 */
void qmp_forked(struct qmp *qmp);

/* The process at the other end, or 0. */
pid_t qmp_peer(const struct qmp *qmp);

/* The text of @key in @of, which may be of any type; NULL if there is no such text. */
const char *qmp_text(struct json_object *of, const char *key);

void qmp_close(struct qmp *qmp);

#endif /* EXITSTAT_QMP_H */
