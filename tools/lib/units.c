// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: cycles, times, rates and shares in readable units.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/units.h"

/* A unit, its length in ns, and the number from which the next unit reads better. */
static const struct unit {
	const char *name;
	uint64_t ns;
	unsigned int end;
} units[] = {
	{ "ns", 1, 1000 },
	{ "us", 1000, 1000 },
	{ "ms", 1000000, 1000 },
	{ "s", SECOND, 120 },
	{ "min", 60 * SECOND, 120 },
	{ "h", 3600 * SECOND, 48 },
	{ "d", 24 * 3600 * SECOND, 0 },
};

/* @cycles in units of 1 / @parts of @unit, rounded; the intermediate value is below 2^91. */
static uint64_t in_parts(uint64_t cycles, uint32_t tsc_khz,
			 const struct unit *unit, unsigned int parts)
{
	const unsigned __int128 divisor = (unsigned __int128)unit->ns * tsc_khz;

	return ((unsigned __int128)cycles * 1000000 * parts + divisor / 2) /
	       divisor;
}

/* Three digits, or more if there are more before the point. */
static void three_digits(char *text, size_t size, uint64_t cycles,
			 uint32_t tsc_khz, const struct unit *unit,
			 const char *sign)
{
	uint64_t n = in_parts(cycles, tsc_khz, unit, 100);

	if (n < 1000) {
		snprintf(text, size, "%s%" PRIu64 ".%02" PRIu64 " %s", sign,
			 n / 100, n % 100, unit->name);
		return;
	}
	n = in_parts(cycles, tsc_khz, unit, 10);
	if (n < 1000)
		snprintf(text, size, "%s%" PRIu64 ".%" PRIu64 " %s", sign,
			 n / 10, n % 10, unit->name);
	else
		snprintf(text, size, "%s%" PRIu64 " %s", sign,
			 in_parts(cycles, tsc_khz, unit, 1), unit->name);
}

/* "-" for none: a table of many zeros is hard to read. */
void cycles_text(char *text, size_t size, __int128 cycles)
{
	if (!cycles)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%s%" PRIu64, cycles < 0 ? "-" : "",
			 (uint64_t)(cycles < 0 ? -cycles : cycles));
}

/* A time in the unit that reads best, or in cycles if the frequency is unknown. */
void time_text(char *text, size_t size, __int128 cycles, uint32_t tsc_khz)
{
	const uint64_t magnitude = cycles < 0 ? -cycles : cycles;
	const struct unit *unit = units;

	if (!cycles || !tsc_khz) {
		cycles_text(text, size, cycles);
		return;
	}
	/* Rounded, so that there is no "1000 us". */
	while (unit->end && in_parts(magnitude, tsc_khz, unit, 1) >= unit->end)
		unit++;
	three_digits(text, size, magnitude, tsc_khz, unit, cycles < 0 ? "-" : "");
}

/* A negative rate is unknown. */
void rate_text(char *text, size_t size, double rate)
{
	if (rate <= 0)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.*f", rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0,
			 rate);
}

/*
 * Divide @whole in proportion to @parts.  Shares are rounded down, and the remainder goes
 * to those that lost most by that.  False if all parts are 0.
 */
bool share_out(const uint64_t *parts, unsigned int nr, unsigned int whole,
	       unsigned int *shares)
{
	unsigned __int128 sum = 0, lost[nr];
	unsigned int i, most, missing = whole;

	for (i = 0; i < nr; i++)
		sum += parts[i];
	if (!sum)
		return false;
	for (i = 0; i < nr; i++) {
		shares[i] = (unsigned __int128)parts[i] * whole / sum;
		lost[i] = (unsigned __int128)parts[i] * whole % sum;
		missing -= shares[i];
	}
	while (missing--) {
		most = 0;
		for (i = 1; i < nr; i++)
			if (lost[i] > lost[most])
				most = i;
		shares[most]++;
		lost[most] = 0;
	}
	return true;
}

/* Shares in tenths of a percent that add up to 1000. */
bool share_tenths(const uint64_t *parts, unsigned int nr, unsigned int *tenths)
{
	return share_out(parts, nr, 1000, tenths);
}

void wall_text(char *text, size_t size, uint64_t time_ns)
{
	const time_t seconds = time_ns / SECOND;
	struct tm tm;
	size_t n = 0;

	if (localtime_r(&seconds, &tm))
		n = strftime(text, size, "%F %T", &tm);
	snprintf(text + n, size - n, ".%03u",
		 (unsigned int)(time_ns % SECOND / 1000000));
}
