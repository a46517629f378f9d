/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: repeating something at an interval until a signal comes.
 */
#ifndef EXITSTAT_INTERVAL_H
#define EXITSTAT_INTERVAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct interval - the operands INTERVAL [COUNT]
 * @ns: INTERVAL, 0 if not given
 * @count: COUNT, 0 if not given: until a signal comes
 */
struct interval {
	uint64_t ns;
	uint32_t count;
};

/* Whether @word begins like a number. */
bool is_number(const char *word);

/* Parse @nr operands of @command; 0, or EXIT_MISUSE after a sentence on stderr. */
int interval_parse(const char *command, char **operands, int nr,
		   struct interval *interval);

/**
 * struct ticker - the clock
 * @ns: the interval
 * @next: the next tick, by now_ns()
 * @signals: signals that end the ticker; blocked, so that they arrive only while it waits
 * @before: signals that were blocked before
 */
struct ticker {
	uint64_t ns;
	uint64_t next;
	sigset_t signals;
	sigset_t before;
};

void ticker_start(struct ticker *ticker, uint64_t ns);

/* Wait for the next tick; false if a signal came. */
bool ticker_wait(struct ticker *ticker);

void ticker_end(struct ticker *ticker);

#endif /* EXITSTAT_INTERVAL_H */
