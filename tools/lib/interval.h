/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: doing something every so many seconds until a signal ends it.
 */
#ifndef EXITSTAT_INTERVAL_H
#define EXITSTAT_INTERVAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct interval - the operands INTERVAL [COUNT]
 * @ns: INTERVAL, 0 where it was not given
 * @count: COUNT, 0 where it was not given: until a signal comes
 */
struct interval {
	uint64_t ns;
	uint32_t count;
};

/* Whether @word begins as a number does. */
bool is_number(const char *word);

/* From @nr operands of @command; 0, or EXIT_MISUSE after a sentence on stderr. */
int interval_parse(const char *command, char **operands, int nr,
		   struct interval *interval);

/**
 * struct ticker - the clock
 * @ns: from one time to the next
 * @next: the next time, by now_ns()
 * @signals: those that end it: blocked, so that they come while it waits only
 * @before: signals that were blocked before
 */
struct ticker {
	uint64_t ns;
	uint64_t next;
	sigset_t signals;
	sigset_t before;
};

void ticker_start(struct ticker *ticker, uint64_t ns);

/* Wait until the next time; false where a signal came. */
bool ticker_wait(struct ticker *ticker);

void ticker_end(struct ticker *ticker);

#endif /* EXITSTAT_INTERVAL_H */
