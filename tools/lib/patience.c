// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: says what it waits for, if that takes long.  A thread prints the message,
 * because some of the calls that wait cannot be interrupted by a signal.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/patience.h"
#include "lib/thread.h"
#include "lib/waits.h"

/**
 * struct patience - something that may take long
 * @sentence: the message
 * @until: when to print it, by now_ms()
 * @ended: the wait is over
 */
struct patience {
	char sentence[WHY_SIZE];
	uint64_t until;
	bool ended;
};

void (*patience_says)(const char *fmt, ...);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_ended = PTHREAD_COND_INITIALIZER;

static void *wait_and_say(void *data)
{
	struct patience *patience = data;

	pthread_mutex_lock(&lock);
	while (!patience->ended && thread_wait(&one_ended, &lock, patience->until))
		;
	if (!patience->ended)
		patience_says("%s", patience->sentence);
	while (!patience->ended)
		pthread_cond_wait(&one_ended, &lock);
	pthread_mutex_unlock(&lock);
	free(patience);
	return NULL;
}

struct patience *patience_begin(const char *fmt, ...)
{
	struct patience *patience = patience_says ? calloc(1, sizeof(*patience)) : NULL;
	va_list args;

	if (!patience)
		return NULL;
	va_start(args, fmt);
	vsnprintf(patience->sentence, sizeof(patience->sentence), fmt, args);
	va_end(args);
	patience->until = now_ms() + waits.patience;
	if (!thread_begin(wait_and_say, patience))
		return patience;
	free(patience);
	return NULL;
}

void patience_end(struct patience *patience)
{
	if (!patience)
		return;
	pthread_mutex_lock(&lock);
	patience->ended = true;
	pthread_cond_broadcast(&one_ended);
	pthread_mutex_unlock(&lock);
}
