// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums and differences of readings, compared with what the test calculates, value by value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/message.h"
#include "model/accounts.h"
#include "model/difference.h"
#include "model/histogram.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/sum.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <stdlib.h>
#include <string.h>

#define EXITS	KVM_EXITSTAT_V_EXITS
#define LONGEST	KVM_EXITSTAT_V_LONGEST
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Beyond the last row there are numbers, too: they are of no reason. */
static void reading_of(struct reading *r, unsigned int n, int vcpu)
{
	struct row *const others[] = { &r->other, &r->none, &r->total };
	unsigned int i, v;

	memset(r, 0, sizeof(*r));
	r->isa = KVM_EXITSTAT_ISA_VMX;
	name_rows(r);
	r->id = 77;
	r->vcpus = 1;
	r->vcpu = vcpu;
	r->guest_cpu = 4;
	r->adds_up = true;
	r->counting = true;
	r->cpuids = 10 * n + 3;
	r->cpuids_frozen = n;
	for (v = 0; v < KVM_EXITSTAT_NR_V; v++) {
		for (i = 0; i < MAX_ROWS; i++)
			r->rows[i].v[v] = n * (1000 + 10 * i + v);
		for (i = 0; i < COUNT(others); i++)
			others[i]->v[v] = n * (100000 + 10 * i + v);
	}
	r->guest = n * 7;
	r->lifetime = n * 11;
	r->outside = n * 13;
	r->anomalies = n * 17;
	r->hist_of = &r->total;
}

static void same_row(const struct row *row, const struct row *expected)
{
	unsigned int v;

	assert_int_equal(row->reason, expected->reason);
	for (v = 0; v < KVM_EXITSTAT_NR_V; v++)
		assert_int_equal(row->v[v], expected->v[v]);
}

static void same_reading(const struct reading *r, const struct reading *expected)
{
	unsigned int i;

	for (i = 0; i < MAX_ROWS; i++)
		same_row(&r->rows[i], &expected->rows[i]);
	same_row(&r->other, &expected->other);
	same_row(&r->none, &expected->none);
	same_row(&r->total, &expected->total);
	assert_int_equal(r->guest, expected->guest);
	assert_int_equal(r->lifetime, expected->lifetime);
	assert_int_equal(r->outside, expected->outside);
	assert_int_equal(r->anomalies, expected->anomalies);
}

static void add_all(struct reading *sum, const struct reading *const *all, unsigned int nr)
{
	unsigned int i;

	memset(sum, 0xff, sizeof(*sum));
	sum_begin(sum);
	for (i = 0; i < nr; i++)
		sum_add(sum, all[i]);
}

static void a_sum_has_all_vcpus(void **state)
{
	static struct reading a, b, c, sum, expected;
	const struct reading *const all[] = { &a, &b, &c };
	unsigned int i;

	(void)state;
	reading_of(&a, 2, 0);
	reading_of(&b, 5, 1);
	reading_of(&c, 1, 2);
	/* The sum of the numbers, and the greatest of LONGEST: 8 and 5 times the same */
	reading_of(&expected, 8, -1);
	for (i = 0; i < a.nr_rows; i++)
		expected.rows[i].v[LONGEST] = b.rows[i].v[LONGEST];
	for (; i < MAX_ROWS; i++)
		expected.rows[i] = a.rows[i];
	expected.other.v[LONGEST] = b.other.v[LONGEST];
	expected.none.v[LONGEST] = b.none.v[LONGEST];
	expected.total.v[LONGEST] = b.total.v[LONGEST];
	add_all(&sum, all, 3);
	same_reading(&sum, &expected);
	assert_int_equal(sum.vcpus, 3);
	assert_int_equal(sum.vcpu, -1);
	assert_int_equal(sum.guest_cpu, -1);
	assert_int_equal(sum.id, 77);
	assert_null(sum.hist_of);
	assert_true(sum.adds_up);
	assert_false(sum.untrusted);
	/* What is wrong with one of them is wrong with the sum. */
	for (i = 0; i < 3; i++) {
		reading_of(&a, 1, 0);
		reading_of(&b, 1, 1);
		reading_of(&c, 1, 2);
		((struct reading *)all[i])->untrusted = true;
		((struct reading *)all[i])->adds_up = false;
		add_all(&sum, all, 3);
		assert_true(sum.untrusted);
		assert_false(sum.adds_up);
	}
}

/* Other vCPUs are other members, in whatever order they come. */
static void a_sum_tells_its_members(void **state)
{
	static struct reading vcpus[6], sum;
	const struct reading *chosen[6];
	uint64_t members[1 << 6];
	unsigned int set, other, i, nr;

	(void)state;
	for (i = 0; i < 6; i++)
		reading_of(&vcpus[i], 1, i);
	for (set = 1; set < 1 << 6; set++) {
		for (nr = 0, i = 0; i < 6; i++)
			if (set & 1u << i)
				chosen[nr++] = &vcpus[i];
		add_all(&sum, chosen, nr);
		members[set] = sum.members;
		for (other = 1; other < set; other++)
			assert_true(members[other] != members[set]);
		for (i = 0; i < nr / 2; i++) {
			const struct reading *swap = chosen[i];

			chosen[i] = chosen[nr - 1 - i];
			chosen[nr - 1 - i] = swap;
		}
		add_all(&sum, chosen, nr);
		assert_true(sum.members == members[set]);
	}
}

static void a_difference_has_all_values(void **state)
{
	static struct reading a, b, expected;
	struct stat_run run = {};
	const unsigned int own = 23 - 2 + 5;	/* of the first after its snapshot, of the second up to it */
	unsigned int cpuid = reasons_cpuid_row(KVM_EXITSTAT_ISA_VMX), i;

	(void)state;
	reading_of(&a, 2, 0);
	reading_of(&b, 5, 0);
	/* LONGEST is there where it grew. */
	b.rows[1].v[LONGEST] = a.rows[1].v[LONGEST];
	b.rows[2].v[LONGEST] = a.rows[2].v[LONGEST] + 1;
	reading_of(&expected, 3, 0);
	for (i = 0; i < a.nr_rows; i++)
		expected.rows[i].v[LONGEST] = b.rows[i].v[LONGEST];
	for (; i < MAX_ROWS; i++)
		expected.rows[i] = b.rows[i];
	expected.rows[1].v[LONGEST] = 0;
	expected.other.v[LONGEST] = b.other.v[LONGEST];
	expected.none.v[LONGEST] = b.none.v[LONGEST];
	expected.total.v[LONGEST] = b.total.v[LONGEST];
	expected.rows[cpuid].v[EXITS] -= own;
	expected.total.v[EXITS] -= own;
	assert_int_equal(subtract(&a, &b, &run), 0);
	same_reading(&b, &expected);
	assert_true(b.difference);
	assert_false(b.untrusted);
	assert_false(run.incomplete);
	assert_int_equal(run.cpuids_subtracted, own);
	/* A reading and itself: nothing but our own exits, which are not in it */
	reading_of(&b, 2, 0);
	a.untrusted = true;
	assert_int_equal(subtract(&a, &b, &run), 0);
	assert_int_equal(b.lifetime, 0);
	assert_int_equal(b.total.v[EXITS], 0);
	assert_int_equal(run.cpuids_subtracted, 0);
	assert_true(run.incomplete);
	assert_true(b.untrusted);
	reading_of(&a, 2, 0);
	reading_of(&b, 3, 0);
	b.untrusted = true;
	assert_int_equal(subtract(&a, &b, &run), 0);
	assert_true(b.untrusted);
}

/* Exits of our own are subtracted if they were counted, all of them or none. */
static void own_exits_are_subtracted_if_they_were_counted(void **state)
{
	static const struct { bool a, b; unsigned int more, subtracted; bool incomplete; } cases[] = {
		{ true, true, 26, 26, false }, { true, true, 25, 0, true }, { false, false, 26, 0, false },
		{ true, false, 26, 0, true }, { false, true, 26, 0, true },
	};
	static struct reading a, b;
	const unsigned int cpuid = reasons_cpuid_row(KVM_EXITSTAT_ISA_VMX);
	struct stat_run run;
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		reading_of(&a, 2, 0);
		b = a;
		b.cpuids_frozen = 5;
		b.rows[cpuid].v[EXITS] += cases[i].more;
		b.total.v[EXITS] += cases[i].more;
		a.counting = cases[i].a;
		b.counting = cases[i].b;
		assert_int_equal(subtract(&a, &b, &run), 0);
		assert_int_equal(run.cpuids_subtracted, cases[i].subtracted);
		assert_int_equal(run.incomplete, cases[i].incomplete);
		assert_int_equal(b.rows[cpuid].v[EXITS], cases[i].more - cases[i].subtracted);
		assert_int_equal(b.total.v[EXITS], cases[i].more - cases[i].subtracted);
	}
}

/* Exits, anomalies and the lifetime never go back; a time may, by some cycles. */
static void what_goes_back_has_no_difference(void **state)
{
	static struct reading a, b;
	uint64_t *const never[] = {
		&b.rows[0].v[EXITS], &b.rows[85].v[EXITS], &b.other.v[EXITS], &b.none.v[EXITS], &b.total.v[EXITS],
		&b.lifetime, &b.anomalies,
	};
	uint64_t *const may[] = {
		&b.rows[0].v[KVM_EXITSTAT_V_KERNEL], &b.rows[86].v[EXITS], &b.guest, &b.outside,
	};
	struct stat_run run;
	unsigned int i;

	(void)state;
	reading_of(&a, 2, 0);
	for (i = 0; i < COUNT(never); i++) {
		b = a;
		--*never[i];
		assert_int_equal(subtract(&a, &b, &run), -1);
	}
	for (i = 0; i < COUNT(may); i++) {
		b = a;
		--*may[i];
		assert_int_equal(subtract(&a, &b, &run), 0);
	}
}

static void the_greatest_of_a_row_is_the_totals(void **state)
{
	static struct reading r;
	struct row *const rows[] = { &r.rows[0], &r.rows[85], &r.other, &r.none };
	char why[WHY_SIZE];
	unsigned int i;

	(void)state;
	r.adds_up = true;
	for (i = 0; i < COUNT(rows); i++) {
		memset(r.rows, 0, sizeof(r.rows));
		memset(&r.other, 0, sizeof(r.other));
		memset(&r.none, 0, sizeof(r.none));
		r.nr_rows = 86;
		r.rows[86].v[LONGEST] = 9;	/* of no reason */
		rows[i]->v[LONGEST] = 7;
		r.total.v[LONGEST] = 7;
		assert_int_equal(check_adds_up(&r, why), EXIT_DONE);
		r.total.v[LONGEST] = 0;
		assert_int_equal(check_adds_up(&r, why), EXIT_CHECK);
	}
}

static void a_range_has_all_buckets_with_exits(void **state)
{
	static struct reading r;
	unsigned int first, last, low, high;

	(void)state;
	assert_false(hist_range(&r, &first, &last));
	for (low = 0; low < KVM_EXITSTAT_BUCKETS; low++)
		for (high = low; high < KVM_EXITSTAT_BUCKETS; high++) {
			r.hist[low] = r.hist[high] = 1;
			assert_true(hist_range(&r, &first, &last));
			assert_int_equal(first, low);
			assert_int_equal(last, high);
			r.hist[low] = r.hist[high] = 0;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sum_has_all_vcpus),
		cmocka_unit_test(a_sum_tells_its_members),
		cmocka_unit_test(a_difference_has_all_values),
		cmocka_unit_test(own_exits_are_subtracted_if_they_were_counted),
		cmocka_unit_test(what_goes_back_has_no_difference),
		cmocka_unit_test(the_greatest_of_a_row_is_the_totals),
		cmocka_unit_test(a_range_has_all_buckets_with_exits),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
