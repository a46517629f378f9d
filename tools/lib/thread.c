// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: threads that wait for other processes.
 */
#include <signal.h>
#include <time.h>

#include "lib/thread.h"

#define STACK		(512u << 10)

int thread_begin(void *(*body)(void *), void *data)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, &attr, body, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return err;
}

bool thread_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until)
{
	const struct timespec time = {
		.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000,
	};

	return !pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &time);
}
