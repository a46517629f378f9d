/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: threads that wait for other processes, so that the caller need not.
 */
#ifndef EXITSTAT_LIB_THREAD_H
#define EXITSTAT_LIB_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Start a detached thread in which all signals are blocked.  0 or an errno. */
int thread_begin(void *(*body)(void *), void *data);

/* As pthread_cond_wait(), but returns false when now_ms() reaches @until. */
bool thread_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until);

#endif /* EXITSTAT_LIB_THREAD_H */
