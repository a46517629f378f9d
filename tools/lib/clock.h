/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: clocks, in ns.
 */
#ifndef EXITSTAT_LIB_CLOCK_H
#define EXITSTAT_LIB_CLOCK_H

#include <stdint.h>

#define SECOND	1000000000ull	/* ns */

/* CLOCK_MONOTONIC */
uint64_t now_ns(void);
uint64_t now_ms(void);

/* since 1970 */
uint64_t time_of_day_ns(void);

#endif /* EXITSTAT_LIB_CLOCK_H */
