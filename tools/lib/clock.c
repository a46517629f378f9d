// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: clocks, in ns.
 */
#include <time.h>

#include "lib/clock.h"

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t now_ms(void)
{
	return now_ns() / 1000000;
}

uint64_t time_of_day_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}
