// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tool's text for times, rates and shares.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/units.c"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define GHZ		1000000u
#define S		1000000000ull

static const struct {
	__int128 cycles;
	uint32_t tsc_khz;
	const char *text;
} times[] = {
	{ 0, GHZ, "-" },
	{ 1, GHZ, "1.00 ns" },
	{ 1, 3 * GHZ, "0.33 ns" },
	{ 2, 3 * GHZ, "0.67 ns" },
	{ 9, GHZ, "9.00 ns" },
	{ 10, GHZ, "10.0 ns" },
	/* 9.99 to 10.0, and 99.9 to 100: the place that is rounded changes. */
	{ 9994, 1000 * GHZ, "9.99 ns" },
	{ 9995, 1000 * GHZ, "10.0 ns" },
	{ 99949, 1000 * GHZ, "99.9 ns" },
	{ 99950, 1000 * GHZ, "100 ns" },
	{ 812, GHZ, "812 ns" },
	{ 999, GHZ, "999 ns" },
	{ 999499, 1000 * GHZ, "999 ns" },
	{ 999500, 1000 * GHZ, "1.00 us" },
	{ 1000, GHZ, "1.00 us" },
	{ 9994, GHZ, "9.99 us" },
	{ 9995, GHZ, "10.0 us" },
	{ 999499, GHZ, "999 us" },
	{ 999500, GHZ, "1.00 ms" },
	{ 1240000, GHZ, "1.24 ms" },
	{ 999499999, GHZ, "999 ms" },
	{ 999500000, GHZ, "1.00 s" },
	{ 3410000000, GHZ, "3.41 s" },
	{ 60 * S, GHZ, "60.0 s" },
	{ 99949 * S / 1000, GHZ, "99.9 s" },
	{ 99950 * S / 1000, GHZ, "100 s" },
	{ 119 * S + 499999999, GHZ, "119 s" },
	{ 119 * S + 500000000, GHZ, "1.99 min" },
	{ 120 * S, GHZ, "2.00 min" },
	{ 119 * 60 * S + 29 * S, GHZ, "119 min" },
	{ 119 * 60 * S + 30 * S, GHZ, "1.99 h" },
	{ 2 * 3600 * S, GHZ, "2.00 h" },
	{ 47 * 3600 * S + 1799 * S, GHZ, "47.5 h" },
	{ 47 * 3600 * S + 1800 * S, GHZ, "1.98 d" },
	{ 48 * 3600 * S, GHZ, "2.00 d" },
	{ 365 * 24 * 3600 * S, GHZ, "365 d" },
	{ UINT64_MAX, GHZ, "213504 d" },
	{ UINT64_MAX, 3 * GHZ, "71168 d" },
	{ UINT64_MAX, 1, "213503982335 d" },
	{ UINT64_MAX, UINT32_MAX, "49.7 d" },
	{ 1, UINT32_MAX, "0.00 ns" },
	{ 1, 1, "1.00 ms" },
	{ -50, GHZ, "-50.0 ns" },
	{ -1240000, GHZ, "-1.24 ms" },
	{ INT64_MIN, GHZ, "-106752 d" },
	/* The frequency is unknown. */
	{ 0, 0, "-" },
	{ 812, 0, "812" },
	{ -812, 0, "-812" },
	{ UINT64_MAX, 0, "18446744073709551615" },
	{ INT64_MIN, 0, "-9223372036854775808" },
};

static void times_at_their_boundaries(void **state)
{
	char text[CELL];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(times); i++) {
		time_text(text, sizeof(text), times[i].cycles, times[i].tsc_khz);
		assert_string_equal(text, times[i].text);
	}
}

static uint64_t seed = 88172645463325252ull;

static uint64_t any(unsigned int bits)
{
	const unsigned int n = 1 + seed % bits;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> (64 - n);
}

static long double ns_of(const char *unit)
{
	static const struct {
		const char *name;
		long double ns;
	} all[] = {
		{ "ns", 1 }, { "us", 1e3L }, { "ms", 1e6L }, { "s", 1e9L },
		{ "min", 60e9L }, { "h", 3600e9L }, { "d", 86400e9L },
	};
	size_t i;

	for (i = 0; i < COUNT(all); i++)
		if (!strcmp(all[i].name, unit))
			return all[i].ns;
	fail_msg("unit %s", unit);
	return 0;
}

/* Parsed back, a time is right to half of its last digit. */
static void times_are_right(void **state)
{
	char text[CELL], *unit, *point;
	long double ns, last, off;
	uint64_t cycles;
	uint32_t khz;
	int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		cycles = any(64);
		khz = any(32);
		if (!cycles || !khz)
			continue;
		time_text(text, sizeof(text), cycles, khz);
		unit = strchr(text, ' ');
		*unit++ = '\0';
		point = strchr(text, '.');
		last = !point ? 1 : point[2] ? 0.01L : 0.1L;
		ns = (long double)cycles * 1e6L / khz;
		off = strtold(text, NULL) * ns_of(unit) - ns;
		assert_true((off < 0 ? -off : off) <=
			    last * ns_of(unit) * 0.5000001L);
		assert_true(strlen(text) <= 12);
		assert_true(strtold(text, NULL) >= 1 || !strcmp(unit, "ns"));
	}
}

static void rates(void **state)
{
	static const struct {
		double rate;
		const char *text;
	} all[] = {
		{ -1, "-" }, { 0, "-" }, { 0.001, "0.00" }, { 0.05, "0.05" },
		{ 9.994, "9.99" }, { 9.996, "10.0" }, { 99.94, "99.9" },
		{ 99.96, "100" }, { 123456.7, "123457" }, { 1e12, "1000000000000" },
	};
	char text[CELL];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(all); i++) {
		rate_text(text, sizeof(text), all[i].rate);
		assert_string_equal(text, all[i].text);
	}
}

static void shares_are(const uint64_t *parts, unsigned int nr,
		       const unsigned int *want)
{
	unsigned int tenths[8], i;

	assert_true(share_tenths(parts, nr, tenths));
	for (i = 0; i < nr; i++)
		assert_int_equal(tenths[i], want[i]);
}

static void shares_of_the_largest_remainder(void **state)
{
	const uint64_t zeros[7] = {};
	unsigned int tenths[7];

	(void)state;
	assert_false(share_tenths(zeros, 7, tenths));
	shares_are((uint64_t []) { 1 }, 1, (unsigned int []) { 1000 });
	shares_are((uint64_t []) { 1, 1, 1 }, 3, (unsigned int []) { 334, 333, 333 });
	shares_are((uint64_t []) { 2, 2, 2, 1 }, 4,
		   (unsigned int []) { 286, 286, 285, 143 });
	shares_are((uint64_t []) { 0, UINT64_MAX, UINT64_MAX }, 3,
		   (unsigned int []) { 0, 500, 500 });
	shares_are((uint64_t []) { 1, UINT64_MAX, 0 }, 3,
		   (unsigned int []) { 0, 1000, 0 });
	/* 199.9, 199.9, 600.2: two are missing, the third lost least. */
	shares_are((uint64_t []) { 1999, 1999, 6002 }, 3,
		   (unsigned int []) { 200, 200, 600 });
}

static void shares_add_up(void **state)
{
	unsigned int tenths[7], sum, i, j, exact;
	unsigned __int128 whole;
	uint64_t parts[7];

	(void)state;
	for (i = 0; i < 100000; i++) {
		whole = 0;
		sum = 0;
		for (j = 0; j < 7; j++) {
			parts[j] = seed % 3 ? any(64) : any(4) & 7;
			whole += parts[j];
		}
		if (!whole)
			continue;
		assert_true(share_tenths(parts, 7, tenths));
		for (j = 0; j < 7; j++) {
			exact = (unsigned __int128)parts[j] * 1000 / whole;
			assert_true(tenths[j] == exact || tenths[j] == exact + 1);
			assert_true(parts[j] || !tenths[j]);
			sum += tenths[j];
		}
		assert_int_equal(sum, 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_at_their_boundaries),
		cmocka_unit_test(times_are_right),
		cmocka_unit_test(rates),
		cmocka_unit_test(shares_of_the_largest_remainder),
		cmocka_unit_test(shares_add_up),
	};

	return cmocka_run_group_tests_name("tool_units", tests, NULL, NULL);
}
