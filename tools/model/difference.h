/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what was added between two readings.
 */
#ifndef EXITSTAT_MODEL_DIFFERENCE_H
#define EXITSTAT_MODEL_DIFFERENCE_H

#include <stdbool.h>
#include <stdint.h>

struct reading;

/**
 * struct stat_run - what `exitstat stat` adds to the difference of two readings
 * @argv: the command; NULL: none, an interval
 * @status: what it returned, or EXIT_BY_SIGNAL and the signal
 * @elapsed_ns: time from the command's start to its end, or of the interval
 * @incomplete: counting was switched on or off meanwhile
 * @cpuids_subtracted: exits by CPUIDs of our own between the two, not shown
 */
struct stat_run {
	char *const *argv;
	int status;
	uint64_t elapsed_ns;
	bool incomplete;
	unsigned int cpuids_subtracted;
};

/*
 * Turns @b into what was added since @a; -1 where a counter went back,
 * so that there is no difference.
 */
int subtract(const struct reading *a, struct reading *b, struct stat_run *run);

#endif /* EXITSTAT_MODEL_DIFFERENCE_H */
