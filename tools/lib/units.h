/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: cycles, times, rates and shares as people read them.
 */
#ifndef EXITSTAT_LIB_UNITS_H
#define EXITSTAT_LIB_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are enough for any of these texts, and for a cell of a table. */
#define CELL	48

void cycles_text(char *text, size_t size, __int128 cycles);
void time_text(char *text, size_t size, __int128 cycles, uint32_t tsc_khz);
void rate_text(char *text, size_t size, double rate);
/* By the clock on the wall, to the millisecond. */
void wall_text(char *text, size_t size, uint64_t time_ns);
bool share_out(const uint64_t *parts, unsigned int nr, unsigned int whole,
	       unsigned int *shares);
bool share_tenths(const uint64_t *parts, unsigned int nr, unsigned int *tenths);

#endif /* EXITSTAT_LIB_UNITS_H */
