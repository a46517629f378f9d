/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the difference of two readings.
 */
#ifndef EXITSTAT_MODEL_DIFFERENCE_H
#define EXITSTAT_MODEL_DIFFERENCE_H

#include <stdbool.h>
#include <stdint.h>

struct reading;

/**
 * struct stat_run - what `exitstat stat` shows besides the difference of two readings
 * @argv: the command; NULL for an interval
 * @status: the command's exit code, or EXIT_BY_SIGNAL plus the signal
 * @elapsed_ns: time from the command's start to its end, or the length of the interval
 * @incomplete: counting was switched on or off meanwhile
 * @cpuids_subtracted: exits by our own CPUIDs between the two readings; they are not shown
 */
struct stat_run {
	char *const *argv;
	int status;
	uint64_t elapsed_ns;
	bool incomplete;
	unsigned int cpuids_subtracted;
};

/*
 * Turns @b into the difference from @a; -1 if a counter went back, so that there is no
 * difference.
 */
int subtract(const struct reading *a, struct reading *b, struct stat_run *run);

#endif /* EXITSTAT_MODEL_DIFFERENCE_H */
