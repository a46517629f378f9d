// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: time limits for calls that may block.  Neither a flag of open() or read() nor,
 * in every case, SIGKILL ends the wait for a FUSE file or for another process's memory.  So
 * a thread makes the call, and is left behind if it takes too long.
 */
#include <errno.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/sizes.h"
#include "lib/thread.h"
#include "lib/within.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_done = PTHREAD_COND_INITIALIZER;
static struct job *late;

static void forget_late(struct job *job)
{
	struct job **at = &late;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	job->drop(job);
}

static void *run(void *data)
{
	struct job *job = data;

	job->run(job);
	pthread_mutex_lock(&lock);
	job->done = true;
	if (job->left)
		forget_late(job);
	else
		pthread_cond_broadcast(&one_done);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Number of jobs of its owner left behind; LATE_MOST_OF_ONE if @job must not be tried. */
static unsigned int count_late(const struct job *job)
{
	unsigned int nr = 0, all = 0;
	const struct job *l;

	for (l = late; l; l = l->next) {
		if (!strcmp(l->path, job->path))
			return LATE_MOST_OF_ONE;
		nr += l->owner == job->owner;
		all++;
	}
	return all < LATE_MOST ? nr : LATE_MOST_OF_ONE;
}

/* 0, or an errno. */
static int run_until(struct job *job, uint64_t until)
{
	const int err = thread_begin(run, job);

	if (err)
		return err;
	while (!job->done && thread_wait(&one_done, &lock, until))
		;
	if (job->done)
		return 0;
	job->left = true;
	job->next = late;
	late = job;
	return ETIMEDOUT;
}

bool done_within(struct job *job, unsigned int ms)
{
	unsigned int nr;
	int err = ETIMEDOUT;

	pthread_mutex_lock(&lock);
	nr = count_late(job);
	if (nr < LATE_MOST_OF_ONE)
		err = run_until(job, now_ms() + ms / (nr + 1));
	if (err && !job->left)
		job->drop(job);
	pthread_mutex_unlock(&lock);
	errno = err;
	return !err;
}
