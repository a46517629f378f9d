/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: threads that wait for others, so that we need not.
 */
#ifndef EXITSTAT_LIB_THREAD_H
#define EXITSTAT_LIB_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Signals stay with who begins it, and nobody waits for its end.  0 or an errno. */
int thread_begin(void *(*body)(void *), void *data);

/* As pthread_cond_wait(), until now_ms() is @until; false at that time. */
bool thread_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until);

#endif /* EXITSTAT_LIB_THREAD_H */
