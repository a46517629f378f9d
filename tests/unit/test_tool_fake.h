/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host with two vCPUs for the tests of the tool.  It answers CPUID as docs/abi.md says,
 * and was written only from that text.  Each CPUID counts as an exit, takes some time, and
 * is then answered.
 */
#ifndef TEST_TOOL_FAKE_H
#define TEST_TOOL_FAKE_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "source/cpuid.h"

#define FAKE_VMX	1u
#define FAKE_SVM	2u

#define FAKE_OTHER	171u
#define FAKE_NONE	172u
#define FAKE_SLOTS	173u
#define FAKE_TOTAL	(-1)

/* Places of a row's values, and the cost of a CPUID. */
enum { EXITS, KERNEL, USER, HALT, PREEMPT, BLOCK, LONGEST, VALUES };

#define FAKE_KERNEL	1000u
#define FAKE_GUEST	500u

struct books {
	uint64_t v[FAKE_SLOTS][VALUES];
	uint64_t guest, outside, anomalies;
	uint64_t hist[FAKE_SLOTS][64];
};

/**
 * struct fake - the host
 * @copy: the asking vCPU's snapshot, with the id @copy_id
 * @total_error: by value, error of the total
 * @lifetime_error: error of the lifetime
 */
struct fake {
	uint32_t isa, layout, highest, version, flags, tsc_khz, vcpus;
	uint64_t id;
	bool hidden, no_memory, no_snapshot;
	struct books vcpu[2], copy;
	uint32_t copy_id, copies;
	uint64_t total_error[VALUES], lifetime_error;
};

static struct fake fake;

/* The slot of a reason, of 0xFFFFFFFE or of 0xFFFFFFFD; -1 for the total. */
static int fake_slot(uint32_t sub, bool *known)
{
	*known = true;
	switch (sub) {
	case 0xffffffff: return FAKE_TOTAL;
	case 0xfffffffe: return FAKE_OTHER;
	case 0xfffffffd: return FAKE_NONE;
	}
	*known = fake.isa == FAKE_VMX ? sub <= 85 :
		 sub <= 0xa6 || (sub >= 0x400 && sub <= 0x403);
	return sub < 0x400 ? sub : 0xa7 + (sub & 0xf);
}

static bool fake_defined(uint32_t reason)
{
	if (fake.isa == FAKE_SVM)
		return reason <= 0xa6 || (reason >= 0x400 && reason <= 0x403);
	return reason <= 85 && reason != 35 && reason != 38 && reason != 42 &&
	       reason != 71 && reason != 82 && reason != 83;
}

/* An arbitrary pattern that differs from ours. */
static bool fake_handled(uint32_t reason)
{
	return reason % 3 == 0;
}

static void books_add(struct books *sum, const struct books *b)
{
	unsigned int i, v;

	for (i = 0; i < FAKE_SLOTS; i++) {
		for (v = 0; v < LONGEST; v++)
			sum->v[i][v] += b->v[i][v];
		if (b->v[i][LONGEST] > sum->v[i][LONGEST])
			sum->v[i][LONGEST] = b->v[i][LONGEST];
		for (v = 0; v < 64; v++)
			sum->hist[i][v] += b->hist[i][v];
	}
	sum->guest += b->guest;
	sum->outside += b->outside;
	sum->anomalies += b->anomalies;
}

static uint64_t books_value(const struct books *b, int slot, unsigned int v)
{
	uint64_t n = 0;
	unsigned int i;

	if (slot >= 0)
		return b->v[slot][v];
	for (i = 0; i < FAKE_SLOTS; i++) {
		if (v != LONGEST)
			n += b->v[i][v];
		else if (b->v[i][v] > n)
			n = b->v[i][v];
	}
	return n + fake.total_error[v];
}

static uint64_t books_lifetime(const struct books *b)
{
	uint64_t n = b->guest + b->outside;
	unsigned int i, v;

	for (i = 0; i < FAKE_SLOTS; i++)
		for (v = KERNEL; v <= BLOCK; v++)
			n += b->v[i][v];
	return n + fake.lifetime_error;
}

static uint64_t books_bucket(const struct books *b, uint32_t sub)
{
	const uint32_t reason = sub & 0xffff, bucket = sub >> 16;
	uint64_t n = 0;
	unsigned int i;
	bool known;
	int slot;

	if (bucket > 63 || !(fake.flags & 4))
		return 0;
	if (reason == 0xfffe)
		return b->hist[FAKE_OTHER][bucket];
	if (reason != 0xffff) {
		slot = fake_slot(reason, &known);
		return known ? b->hist[slot][bucket] : 0;
	}
	for (i = 0; i < FAKE_SLOTS; i++)
		n += b->hist[i][bucket];
	return n;
}

static void fake_put(struct cpuid_regs *regs, uint64_t value)
{
	regs->eax = value;
	regs->ebx = value >> 32;
}

/* Answer leaf number @v of a set. */
static void fake_answer_value(const struct books *b, uint32_t v, uint32_t sub,
			      struct cpuid_regs *regs)
{
	const uint32_t reason = v == 7 ? sub & 0xffff : sub;
	bool known;
	int slot = fake_slot(reason, &known);

	if (v == 7)
		fake_put(regs, books_bucket(b, sub));
	else if (v == 8)
		fake_put(regs, b->guest);
	else if (v == 9)
		fake_put(regs, books_lifetime(b));
	else if (v == 10)
		fake_put(regs, b->outside);
	else if (v == 11)
		fake_put(regs, b->anomalies);
	else if (known)
		fake_put(regs, books_value(b, slot, v));
	if (v > 7 || reason >= 0xfffd)
		return;
	if (known)
		regs->ecx = fake_defined(reason) | fake_handled(reason) << 1;
	regs->edx = known && fake_defined(reason) ? 0 : 0xffffffff;
}

static struct books fake_sum(void)
{
	struct books sum = fake.vcpu[0];

	books_add(&sum, &fake.vcpu[1]);
	return sum;
}

static void fake_freeze(void)
{
	fake.copy = fake_sum();
	fake.copy_id = ++fake.copies;
}

static void fake_answer_snapshot(struct cpuid_regs *regs)
{
	regs->edx = fake.no_memory;
	if (fake.no_memory || fake.no_snapshot) {
		fake.copy_id = 0;
		return;
	}
	fake_freeze();
	regs->eax = fake.copy_id;
}

static void fake_answer(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	static struct books sum;

	memset(regs, 0, sizeof(*regs));
	switch (leaf) {
	case 0x4fffff00:
		*regs = (struct cpuid_regs) { fake.highest, 0x454d564b, 0x53746978,
					      0x73746174 };
		break;
	case 0x4fffff01:
		*regs = (struct cpuid_regs) { fake.version, fake.isa, fake.layout,
					      fake.flags };
		break;
	case 0x4fffff02:
		*regs = (struct cpuid_regs) { fake.tsc_khz, fake.vcpus,
					      fake.isa == FAKE_VMX ? 86 : 0x404, 0 };
		break;
	case 0x4fffff03:
		fake_put(regs, fake.id);
		break;
	case 0x4fffff08:
		fake_answer_snapshot(regs);
		break;
	case 0x4fffff10 ... 0x4fffff1b:
		sum = fake_sum();
		fake_answer_value(&sum, leaf & 0xf, sub, regs);
		break;
	case 0x4fffff20 ... 0x4fffff2b:
		fake_answer_value(&fake.vcpu[0], leaf & 0xf, sub, regs);
		break;
	case 0x4fffff30 ... 0x4fffff3b:
		if (fake.copy_id)
			fake_answer_value(&fake.copy, leaf & 0xf, sub, regs);
		regs->edx = fake.copy_id;
		break;
	}
}

static void fake_count(uint32_t sub, unsigned int v, uint64_t n)
{
	bool known;
	const int slot = fake_slot(sub, &known);

	fake.vcpu[0].v[known ? slot : (int)FAKE_OTHER][v] += n;
}

static uint32_t fake_cpuid_reason(void)
{
	return fake.isa == FAKE_VMX ? 10 : 0x72;
}

/* Count the exit of a CPUID. */
static void fake_exit(void)
{
	struct books *b = &fake.vcpu[0];

	if (!(fake.flags & 1))
		return;
	fake_count(fake_cpuid_reason(), EXITS, 1);
	fake_count(fake_cpuid_reason(), KERNEL, FAKE_KERNEL);
	if (b->v[fake_cpuid_reason()][LONGEST] < FAKE_KERNEL)
		b->v[fake_cpuid_reason()][LONGEST] = FAKE_KERNEL;
	b->guest += FAKE_GUEST;
	b->hist[fake_cpuid_reason()][9]++;
}

/* An unknown leaf returns the data of the highest basic leaf. */
static void fake_execute(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	fake_exit();
	if (!fake.hidden && leaf >= 0x4fffff00 && leaf <= 0x4fffffff)
		fake_answer(leaf, sub, regs);
	else
		*regs = (struct cpuid_regs) { 7, 832, 832, 0 };
}

/* tsc_khz: a cycle is a nanosecond. */
static void fake_reset(uint32_t isa)
{
	fake = (struct fake) {
		.isa = isa, .layout = 2022, .highest = 0x4fffff3b, .version = 1,
		.flags = 1, .tsc_khz = 1000000, .vcpus = 2,
		.id = 0xfedcba9876543210ull,
	};
}

static uint64_t fake_seed = 1;

static uint64_t fake_random(void)
{
	fake_seed ^= fake_seed << 13;
	fake_seed ^= fake_seed >> 7;
	fake_seed ^= fake_seed << 17;
	return fake_seed;
}

/* A random number of up to @bits bits, or 0. */
static uint64_t fake_number(unsigned int bits)
{
	const unsigned int n = fake_random() % (bits + 1);

	return n ? fake_random() >> (64 - n) : 0;
}

/* Rows with and without exits; the sums stay below 2^63. */
static void fake_fill(void)
{
	unsigned int c, i, v, last = fake.isa == FAKE_VMX ? 85 : 207;
	struct books *b;

	for (c = 0; c < 2; c++) {
		b = &fake.vcpu[c];
		for (i = 0; i < FAKE_SLOTS; i++) {
			if (i > last && i < FAKE_OTHER)
				continue;
			b->v[i][EXITS] = i == FAKE_NONE ? 0 : fake_number(40);
			if (i != FAKE_NONE && !b->v[i][EXITS])
				continue;
			for (v = KERNEL; v < VALUES; v++)
				b->v[i][v] = fake_number(50);
		}
		b->guest = fake_number(55);
		b->outside = fake_number(55);
	}
}

#endif /* TEST_TOOL_FAKE_H */
