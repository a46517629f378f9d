// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: reads one of several QEMUs.  A thread takes each reading, and owns the
 * reader meanwhile.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/qmp_reader.h"
#include "lib/clock.h"
#include "lib/message.h"
#include "lib/thread.h"
#include "lib/waits.h"
#include "source/source_qmp.h"
#include "source/why.h"

/**
 * struct qmp_reader - a QEMU
 * @path: path of its socket
 * @busy: a thread owns the other fields
 * @late: its reading was abandoned, and it has not answered since
 * @freed: the reader is no longer wanted
 * @begun: when the last reading began, by now_ms()
 * @qmp: open, or NULL
 * @ret: 0 or SOURCE_FAILED
 * @answer: what was read; without vCPUs if nothing was, or it has been taken
 * @kept: the answer to the reading before, if that was abandoned; no thread owns this field
 * @why: what is wrong
 */
struct qmp_reader {
	char *path;
	bool busy;
	bool late;
	bool freed;
	uint64_t begun;
	struct source_qmp *qmp;
	int ret;
	struct qmp_answer answer;
	struct qmp_answer kept;
	char why[WHY_SIZE];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_ended = PTHREAD_COND_INITIALIZER;

struct qmp_reader *qmp_reader_new(const char *path)
{
	struct qmp_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		reader->path = strdup(path);
	if (reader && reader->path)
		return reader;
	free(reader);
	return NULL;
}

static void destroy(struct qmp_reader *reader)
{
	if (reader->qmp)
		source_qmp_close(reader->qmp);
	free(reader->answer.vcpus);
	free(reader->kept.vcpus);
	free(reader->path);
	free(reader);
}

/* If the QEMU is not there, or has ended, the next reading connects again. */
static void read_qmp(struct qmp_reader *reader)
{
	struct qmp_answer *answer = &reader->answer;
	int ret = EXIT_DONE;

	if (!reader->qmp)
		ret = source_qmp_open(&reader->qmp, reader->path, reader->why);
	if (!ret)
		ret = source_qmp_read(reader->qmp, -1, &answer->vcpus, &answer->nr,
				      reader->why);
	else
		reader->qmp = NULL;
	if (ret) {
		answer->vcpus = NULL;
	} else {
		snprintf(answer->name, sizeof(answer->name), "%s", source_qmp_name(reader->qmp));
		answer->peer = source_qmp_peer(reader->qmp);
		answer->late = time_of_day_ns();
	}
	if (ret && reader->qmp) {
		source_qmp_close(reader->qmp);
		reader->qmp = NULL;
	}
	reader->ret = ret ? SOURCE_FAILED : EXIT_DONE;
}

static void *thread(void *data)
{
	struct qmp_reader *reader = data;
	bool freed;

	read_qmp(reader);
	pthread_mutex_lock(&lock);
	reader->busy = false;
	freed = reader->freed;
	pthread_cond_broadcast(&one_ended);
	pthread_mutex_unlock(&lock);
	if (freed)
		destroy(reader);
	return NULL;
}

void qmp_reader_begin(struct qmp_reader *reader)
{
	bool busy;

	pthread_mutex_lock(&lock);
	busy = reader->busy;
	reader->busy = true;
	pthread_mutex_unlock(&lock);
	reader->begun = now_ms();
	if (busy)
		return;
	/* A reading that was abandoned has ended: the QEMU does answer, if slowly. */
	if (!reader->ret)
		reader->late = false;
	free(reader->kept.vcpus);
	reader->kept = reader->answer;
	reader->answer.vcpus = NULL;
	if (!thread_begin(thread, reader))
		return;
	reader->busy = false;
	reader->ret = explain(reader->why, "no thread can be started to read it");
}

/* Whether the reading has ended by @until. */
static bool wait_for(struct qmp_reader *reader, uint64_t until)
{
	const uint64_t soon = reader->begun + waits.late;
	bool ended;

	if (reader->late && soon < until)
		until = soon;
	pthread_mutex_lock(&lock);
	while (reader->busy && thread_wait(&one_ended, &lock, until))
		;
	ended = !reader->busy;
	pthread_mutex_unlock(&lock);
	return ended;
}

int qmp_reader_end(struct qmp_reader *reader, uint64_t until, struct qmp_answer *answer,
		   char *why)
{
	const bool ended = wait_for(reader, until);
	struct qmp_answer *from = ended ? &reader->answer : &reader->kept;

	if (!ended)
		reader->late = true;
	if (!ended && !from->vcpus)
		return explain(why, "nobody answers at the socket %s in time: QEMU hangs, or another client uses the socket, and QMP serves one at a time; the next reading tries again",
			       reader->path);
	if (ended && reader->ret) {
		memcpy(why, reader->why, WHY_SIZE);
		return reader->ret;
	}
	*answer = *from;
	from->vcpus = NULL;
	if (ended) {
		reader->late = false;
		answer->late = 0;
	}
	return EXIT_DONE;
}

void qmp_reader_free(struct qmp_reader *reader)
{
	bool busy;

	if (!reader)
		return;
	pthread_mutex_lock(&lock);
	busy = reader->busy;
	reader->freed = true;
	pthread_mutex_unlock(&lock);
	if (!busy)
		destroy(reader);
}
