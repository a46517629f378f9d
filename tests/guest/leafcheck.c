// SPDX-License-Identifier: GPL-2.0-only
/*
 * leafcheck: a program for any user of a guest.  It reads every leaf from 0x4FFFFF00 to
 * 0x4FFFFFFF with many subleaves and checks the four registers with
 * tests/unit/leaf_oracle.h, which was written only from docs/abi.md.
 *
 * Each CPUID is an exit, and an unassigned leaf ignores its subleaf.  So it reads only a
 * few subleaves of these leaves, unless told to read all.
 */
#include <cpuid.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/leaf_oracle.h"

#define LEAF_FIRST	0x4fffff00u
#define LEAF_FEATURES	0x4fffff01u
#define LEAF_LIVE_EXITS	0x4fffff10u
#define LEAF_LIFETIME	0x4fffff19u
#define LEAF_LAST	0x4fffffffu
#define SUBLEAVES	0x1000u		/* all up to here, and then random ones */
#define RANDOM_ALL	10000u
#define RANDOM_SOME	500u
#define UNASSIGNED	30u		/* of either kind, for a leaf that means nothing */
#define SHOWN		20		/* failures printed */

static const char help[] =
"Usage: leafcheck [some|all [FIRST [SEED]]]\n"
"\n"
"Asks each CPUID leaf of kvm-exitstat from FIRST (0x4FFFFF00) to 0x4FFFFFFF with\n"
"subleaves 0 to 0x1000, 2^31, 2^32-3 to 2^32-1 and 500 random ones, those that mean\n"
"nothing with 64; all: each with 10000 random ones. Checks every answer. Wants\n"
"exitstat_guest=1 or 2. SEED repeats a run.\n"
"\n"
"Status: 0 all answers hold, 1 one does not, 2 misuse or no kvm-exitstat here.\n";

static struct leaf_env env;
static unsigned long long asked, failed;
static uint64_t state;

/* xorshift64*: random enough for subleaves, and repeatable by its seed. */
static uint32_t random32(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull >> 32;
}

static void cpuid(uint32_t leaf, uint32_t sub, uint32_t regs[4])
{
	__cpuid_count(leaf, sub, regs[0], regs[1], regs[2], regs[3]);
}

static uint64_t value(uint32_t leaf, uint32_t sub)
{
	uint32_t regs[4];

	cpuid(leaf, sub, regs);
	return regs[0] | (uint64_t)regs[1] << 32;
}

/* Upper bounds: the total for a count, the lifetime for a time. */
static void set_bounds(void)
{
	env.max_exits = value(LEAF_LIVE_EXITS, LEAF_SUB_TOTAL);
	env.max_cycles = value(LEAF_LIFETIME, 0);
}

static bool holds(uint32_t leaf, uint32_t sub, const uint32_t regs[4], char *why,
		  size_t size)
{
	if (leaf_oracle(&env, leaf, sub, regs, why, size))
		return true;
	/* The value may have passed the bound since the bound was read: read it again. */
	set_bounds();
	return leaf_oracle(&env, leaf, sub, regs, why, size);
}

static void check(uint32_t leaf, uint32_t sub)
{
	uint32_t regs[4];
	char why[160];

	cpuid(leaf, sub, regs);
	asked++;
	if (holds(leaf, sub, regs, why, sizeof(why)))
		return;
	if (failed++ < SHOWN)
		printf("FAIL leaf 0x%08x, subleaf 0x%08x (0x%08x 0x%08x 0x%08x 0x%08x): %s\n",
		       leaf, sub, regs[0], regs[1], regs[2], regs[3], why);
}

static bool parse(const char *text, unsigned long long *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return isdigit((unsigned char)*text) && !*end && !errno;
}

static void check_leaf(uint32_t leaf, bool all)
{
	const bool few = !all && !leaf_is_assigned(leaf);
	const uint32_t last = few ? UNASSIGNED - 1 : SUBLEAVES;
	const uint32_t random = all ? RANDOM_ALL : few ? UNASSIGNED : RANDOM_SOME;
	uint32_t i;

	for (i = 0; i <= last; i++)
		check(leaf, i);
	check(leaf, 0x80000000);
	check(leaf, LEAF_SUB_NONE);
	check(leaf, LEAF_SUB_OTHER);
	check(leaf, LEAF_SUB_TOTAL);
	for (i = 0; i < random; i++)
		check(leaf, random32());
}

int main(int argc, char **argv)
{
	unsigned long long first = LEAF_FIRST, seed = time(NULL);
	const bool all = argc > 1 && !strcmp(argv[1], "all");
	uint32_t leaf, regs[4];

	if (argc > 4 || (argc > 1 && !all && strcmp(argv[1], "some")) ||
	    (argc > 2 && (!parse(argv[2], &first) || first < LEAF_FIRST ||
			  first > LEAF_LAST)) ||
	    (argc > 3 && !parse(argv[3], &seed))) {
		fputs(help, stderr);
		return 2;
	}
	state = seed ? seed : 1;

	cpuid(LEAF_FIRST, 0, regs);
	if (regs[1] != 0x454d564b || regs[2] != 0x53746978 || regs[3] != 0x73746174) {
		fprintf(stderr, "leafcheck: no signature in CPUID leaf 0x4FFFFF00: this KVM is not kvm-exitstat's, or exitstat_guest=0\n");
		return 2;
	}
	cpuid(LEAF_FEATURES, 0, regs);
	env.isa = regs[1];
	env.layout = regs[2];
	env.counting = regs[3] & 1;
	env.host = regs[3] & 2;
	env.histograms = regs[3] & 4;
	env.untrusted = regs[3] & 8;
	env.keys = regs[3] & 16;
	if ((env.isa != LEAF_ISA_VMX && env.isa != LEAF_ISA_SVM) ||
	    env.layout < 2020 || env.layout > 2022) {
		printf("FAIL leaf 0x4FFFFF01: ISA %u, layout %u\n", env.isa, env.layout);
		return 1;
	}
	set_bounds();

	for (leaf = first; leaf <= LEAF_LAST; leaf++)
		check_leaf(leaf, all);
	printf("%s leafcheck: %u leaves, %llu answers, %llu wrong; ISA %u, layout %u, seed %llu\n",
	       failed ? "FAIL" : "PASS", LEAF_LAST - (uint32_t)first + 1, asked, failed,
	       env.isa, env.layout, seed);
	return failed ? 1 : 0;
}
