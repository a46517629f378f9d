/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: cycles, times, rates and shares in readable units.
 */
#ifndef EXITSTAT_LIB_UNITS_H
#define EXITSTAT_LIB_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Size of a buffer for any of these texts, or for a cell of a table */
#define CELL	48

void cycles_text(char *text, size_t size, __int128 cycles);
void time_text(char *text, size_t size, __int128 cycles, uint32_t tsc_khz);
void rate_text(char *text, size_t size, double rate);
/* Local time, to the millisecond. */
void wall_text(char *text, size_t size, uint64_t time_ns);
bool share_out(const uint64_t *parts, unsigned int nr, unsigned int whole,
	       unsigned int *shares);
bool share_tenths(const uint64_t *parts, unsigned int nr, unsigned int *tenths);

#endif /* EXITSTAT_LIB_UNITS_H */
