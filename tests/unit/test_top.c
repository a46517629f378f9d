// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat top without files and without a terminal: rates, order, filter, the selection
 * while VMs start and end, scrolling, and the lines of output.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/version.h"
#include "lib/waits.h"
#include "model/accounts.h"
#include "model/keys.h"
#include "model/keys_since.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "source/keys_file.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/why.h"
#include "top/top.h"
#include "top/top_batch.h"
#include "top/top_columns.h"
#include "top/top_keys.h"
#include "top/top_read.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "json_is.h"
#include "keep_json.h"
#include "own_debugfs.h"

#define EXITS	KVM_EXITSTAT_V_EXITS
#define KERNEL	KVM_EXITSTAT_V_KERNEL
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define KHZ	1000000u	/* a cycle is a nanosecond */

static struct top top;
static uint64_t now;	/* ns */

static int begin(void **state)
{
	(void)state;
	top_init(&top, SECOND);
	now = 1000 * SECOND;
	return 0;
}

static int end(void **state)
{
	(void)state;
	top_free(&top);
	return 0;
}

/* A VM with @exits so far, whose vCPU was in the guest for all of its @lived seconds. */
struct fake {
	int pid;
	const char *name;
	uint64_t id;
	uint64_t exits;
	double lived;
};

static void take(struct top_sources *sources, const struct fake *fake, uint32_t vcpu)
{
	struct vm vm = { .pid = fake->pid };
	struct reading r = {
		.id = fake->id ?: (uint64_t)fake->pid,
		.isa = KVM_EXITSTAT_ISA_SVM,
		.tsc_khz = KHZ,
		.vcpus = 1,
		.counting = true,
		.guest = fake->lived * SECOND,
		.lifetime = fake->lived * SECOND,
	};
	struct top_counts counts;

	snprintf(vm.dir, sizeof(vm.dir), "%d-10", fake->pid);
	snprintf(vm.name, sizeof(vm.name), "%s", fake->name ?: "");
	r.total.v[EXITS] = fake->exits;
	top_counts_of(&counts, &r, now);
	assert_true(top_pass_take(sources, &vm, vcpu, &counts));
}

/* A second later, these VMs exist. */
static void arrange(void)
{
	char *text;

	assert_true(top_arrange(&top));
	top_was_read(&top, now);
	text = top_json(&top);
	keep_json("top", text);
	free(text);
}

static void pass(const struct fake *fakes, unsigned int nr)
{
	unsigned int i;

	now += SECOND;
	top_pass_begin(&top.vms, now);
	for (i = 0; i < nr; i++)
		take(&top.vms, &fakes[i], 0);
	top_pass_end(&top.vms);
	arrange();
}

static const char *line_of(unsigned int row, int width)
{
	static char line[TOP_LINE];
	struct top_layout layout;

	top_lay_out(&top, width, &layout);
	top_titles(&top, &layout, line);
	top_line(&top, &layout, row < top.nr ? &top.rows[row] : &top.sum, line);
	return line;
}

static const char *titles_of(int width)
{
	static char line[TOP_LINE];
	struct top_layout layout;

	top_lay_out(&top, width, &layout);
	top_titles(&top, &layout, line);
	return line;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void press(const char *keys)
{
	for (; *keys; keys++)
		assert_true(top_press(&top, *keys));
}

static const char *names(void)
{
	static char text[512];
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < top.nr; i++)
		sprintf(text + strlen(text), "%s%s", i ? " " : "", top.rows[i].name);
	return text;
}

static void rates_need_two_readings(void **state)
{
	struct fake fakes[] = { { 1, "a", 0, 1000, 60 }, { 2, "b", 0, 500, 60 } };

	(void)state;
	pass(fakes, 2);
	assert_int_equal(top.nr, 2);
	assert_false(top.rows[0].known);
	assert_false(top.sum.known);
	has(line_of(0, 80), "?");
	assert_int_equal(top.rows[0].exits, 1000);

	fakes[1].exits += 300;
	fakes[0].lived = fakes[1].lived = 61;
	pass(fakes, 2);
	assert_string_equal(names(), "b a");
	assert_true(top.rows[0].known);
	assert_true(top.sum.known);
	assert_int_equal(top.rows[0].added, 300);
	assert_int_equal(top.rows[0].rate, 300);
	assert_int_equal(top.sum.added, 300);
	assert_int_equal(top.sum.exits, 1800);
	assert_int_equal(top.sum.vcpus, 2);
	assert_int_equal(top.sum.cycles[0], 2 * SECOND);
	assert_int_equal(top.sum.unit, SECOND);
	assert_int_equal(top.rows[0].unit, SECOND);
	assert_int_equal(top.rows[0].elapsed_ns, SECOND);
	has(line_of(0, 80), "300");
	has(line_of(0, 80), "100.00%");
	has(line_of(0, 80), "ggggggggggggggggg");
	assert_null(strchr(line_of(0, 80), '?'));
}

/* The clock determines the length of an interval, not the requested interval. */
static void rates_are_of_the_time_that_passed(void **state)
{
	struct fake fake = { 1, "a", 0, 1000, 60 };

	(void)state;
	pass(&fake, 1);
	now += 3 * SECOND;
	fake.exits += 800;
	fake.lived += 4;
	pass(&fake, 1);
	assert_int_equal(top.rows[0].rate, 200);
}

static void a_new_vm_counts_from_0(void **state)
{
	struct fake fakes[] = { { 1, "a", 0, 1000, 60 }, { 2, "b", 0, 70, 2 } };

	(void)state;
	pass(fakes, 1);
	pass(fakes, 2);
	assert_string_equal(names(), "b a");
	assert_true(top.rows[0].known);
	assert_int_equal(top.rows[0].added, 70);
	/* A VM that has lived longer could not be read before: its rate is unknown. */
	fakes[1] = (struct fake) { 3, "c", 0, 1000000, 2.001 };
	pass(fakes, 2);
	assert_string_equal(names(), "c a");
	assert_false(top.rows[0].known);
	assert_int_equal(top.rows[0].added, 0);
}

static void vms_come_in_any_order(void **state)
{
	const struct fake fakes[] = { { 1, "a", 0, 10, 60 }, { 2, "b", 0, 10, 60 }, { 3, "c", 0, 10, 60 } };
	const struct fake others[] = { fakes[1], fakes[2], fakes[0] };

	(void)state;
	pass(fakes, 3);
	pass(others, 3);
	assert_int_equal(top.nr, 3);
	assert_true(top.rows[0].known && top.rows[1].known && top.rows[2].known);
}

/* As many rows as there is room for: nothing is read beyond them. */
static void the_last_row_ends(void **state)
{
	struct fake fakes[32];
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(fakes); i++)
		fakes[i] = (struct fake) { i + 1, "a", 0, 100 - i, 60 };
	pass(fakes, COUNT(fakes));
	assert_true(top_press(&top, TOP_KEY_END));
	assert_int_equal(top.chosen.number, COUNT(fakes));
	fakes[COUNT(fakes) - 1] = (struct fake) { 99, "b", 0, 1, 60 };
	pass(fakes, COUNT(fakes));
	assert_int_equal(top.selected, COUNT(fakes) - 1);
	assert_int_equal(top.chosen.number, 99);
}

static void another_id_is_another_vm(void **state)
{
	struct fake fake = { 1, "a", 77, 1000, 60 };

	(void)state;
	pass(&fake, 1);
	pass(&fake, 1);
	fake = (struct fake) { 1, "a", 78, 40, 0.4 };
	pass(&fake, 1);
	assert_int_equal(top.nr, 1);
	assert_int_equal(top.rows[0].added, 40);
	assert_int_equal(top.rows[0].id, 78);
}

static void what_goes_back_is_not_known(void **state)
{
	struct fake fake = { 1, "a", 0, 1000, 60 };

	(void)state;
	pass(&fake, 1);
	fake.exits = 999;
	pass(&fake, 1);
	assert_false(top.rows[0].known);
	fake.exits = 1010;
	pass(&fake, 1);
	assert_int_equal(top.rows[0].added, 11);
}

static void an_ended_vm_is_gone_at_once(void **state)
{
	const struct fake fakes[] = { { 1, "a", 0, 10, 60 }, { 2, "b", 0, 20, 60 } };

	(void)state;
	pass(fakes, 2);
	assert_true(top_press(&top, TOP_KEY_END));
	pass(fakes + 1, 1);
	assert_string_equal(names(), "b");
	assert_int_equal(top.vms.nr, 1);
	pass(fakes, 0);
	assert_int_equal(top.selected, 0);
	assert_int_equal(top.nr, 0);
	assert_int_equal(top.sum.exits, 0);
}

static enum top_sort sort_of(const char *name)
{
	enum top_sort sort = 0;

	while (sort < TOP_SORTS && strcmp(top_sort_words[sort], name))
		sort++;
	return sort;
}

/* All ways to sort, with values that order the three rows differently each time. */
static void every_way_to_sort(void **state)
{
	static const struct {
		const char *name;
		const char *order;
	} ways[] = {
		{ "rate", "c b a" }, { "exits", "a b c" }, { "name", "a b c" },
		{ "number", "c a b" }, { "vcpus", "b a c" }, { "mean", "b c a" },
		/* These by their share of one vCPU's time. */
		{ "guest", "a c b" }, { "kernel", "b c a" }, { "user", "a c b" },
		{ "halt", "a b c" }, { "preempt", "a b c" }, { "block", "a c b" },
		{ "outside", "a b c" },
	};
	static const struct top_row rows[] = {
		{ .name = "a", .number = 2, .exits = 900, .vcpus = 2, .added = 100,
		  .elapsed_ns = SECOND,
		  .cycles = { 30, 10, 20, 20, 30, 10, 10 } },	/* 2 x of 130 */
		{ .name = "b", .number = 3, .exits = 800, .vcpus = 4, .added = 200,
		  .elapsed_ns = SECOND,
		  .cycles = { 10, 2000, 10, 30, 20, 20, 30 } },	/* 4 x of 2120 */
		{ .name = "c", .number = 1, .exits = 700, .vcpus = 1, .added = 300,
		  .elapsed_ns = SECOND,
		  .cycles = { 20, 600, 30, 10, 10, 30, 20 } },	/* 1 x of 720 */
	};
	unsigned int i, v, way;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct fake fake = { rows[i].number, rows[i].name, 5, 0, 10 };
		struct top_source *source;

		top.vms.pass = 2;
		take(&top.vms, &fake, 0);
		source = &top.vms.all[i];
		source->known = true;
		source->before = (struct top_counts) { .at_ns = now - SECOND };
		source->now.vcpus = rows[i].vcpus;
		source->now.total.v[EXITS] = rows[i].exits;
		source->before.total.v[EXITS] = rows[i].exits - rows[i].added;
		source->now.guest = rows[i].cycles[0];
		for (v = KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
			source->now.total.v[v] = rows[i].cycles[v];
		source->now.outside = rows[i].cycles[NR_ACCOUNTS - 1];
	}
	for (way = 0; way < COUNT(ways); way++) {
		const enum top_sort sort = sort_of(ways[way].name);
		char order[8];

		assert_int_not_equal(sort, TOP_SORTS);
		top.view[TOP_VMS] = (struct top_view) { .sort = sort };
		assert_true(top_arrange(&top));
		assert_string_equal(names(), ways[way].order);
		strcpy(order, names());
		top.view[TOP_VMS].reverse = true;
		assert_true(top_arrange(&top));
		assert_int_equal(names()[0], order[4]);
		assert_int_equal(names()[4], order[0]);
	}
}

/* By level, what its rows have. */
static void rows_are_sorted_by_what_they_have(void **state)
{
	static const char *const by[TOP_LEVELS] = {
		" rate exits name number vcpus mean guest kernel user halt preempt block outside",
		" rate exits number mean guest kernel user halt preempt block outside",
		" rate exits name number mean kernel user halt preempt block",
		" rate exits name number mean kernel user",
	};
	unsigned int level, sort;
	char text[128];

	(void)state;
	for (level = 0; level < TOP_LEVELS; level++) {
		text[0] = '\0';
		for (sort = 0; sort < TOP_SORTS; sort++)
			if (top_can_sort(level, sort))
				sprintf(text + strlen(text), " %s", top_sort_words[sort]);
		assert_string_equal(text, by[level]);
	}
}

static void the_filter_hides_and_the_sum_does_not(void **state)
{
	struct fake fakes[] = {
		{ 4711, "web1", 0, 10, 60 }, { 4712, "Web2", 0, 30, 60 },
		{ 4800, "db", 0, 60, 60 },
	};

	(void)state;
	pass(fakes, 3);
	fakes[0].exits += 10;
	fakes[1].exits += 30;
	fakes[2].exits += 60;
	pass(fakes, 3);
	press("/wEb");
	assert_true(top.typing);
	assert_string_equal(names(), "Web2 web1");
	assert_int_equal(top.all, 3);
	assert_int_equal(top.sum.added, 100);
	has(line_of(0, 80), "30.00%");
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_false(top.typing);
	/* Filter by the number as shown; text that was typed first remains. */
	press("/");
	assert_true(top_press(&top, TOP_KEY_BACKSPACE));
	assert_true(top_press(&top, TOP_KEY_BACKSPACE));
	assert_true(top_press(&top, TOP_KEY_BACKSPACE));
	press("48");
	assert_string_equal(names(), "db");
	/* Escape restores the filter. */
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_string_equal(names(), "Web2 web1");
	press("/q");
	assert_false(top.quit);
	assert_int_equal(top.nr, 0);
	has(line_of(0, 80), "total");
	/* Where no row is left, there is none to open. */
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_true(top_press(&top, TOP_KEY_ENTER));
	press("r");
	assert_int_equal(top.level, TOP_VMS);
}

static void the_selection_stays_with_its_vm(void **state)
{
	struct fake fakes[] = {
		{ 1, "a", 0, 1000, 60 }, { 2, "b", 0, 1000, 60 }, { 3, "c", 0, 1000, 60 },
	}, others[3];
	unsigned int i, n = 0;

	(void)state;
	top_page(&top, 10);
	pass(fakes, 3);
	fakes[0].exits += 30;
	fakes[1].exits += 20;
	fakes[2].exits += 10;
	pass(fakes, 3);
	assert_string_equal(names(), "a b c");
	assert_int_equal(top.selected, 0);
	/* Without a choice the selection stays on the first line, whatever it shows. */
	fakes[2].exits += 100;
	pass(fakes, 3);
	assert_string_equal(top.rows[top.selected].name, "c");

	assert_true(top_press(&top, TOP_KEY_DOWN));
	assert_string_equal(top.rows[top.selected].name, "a");
	fakes[1].exits += 50;
	pass(fakes, 3);
	assert_string_equal(names(), "b c a");
	assert_string_equal(top.rows[top.selected].name, "a");
	fakes[0].exits += 500;
	pass(fakes, 3);
	assert_int_equal(top.selected, 0);
	assert_string_equal(top.rows[top.selected].name, "a");
	/* Other VMs start and end. */
	fakes[1] = (struct fake) { 9, "new", 0, 900, 0.9 };
	pass(fakes, 3);
	assert_string_equal(names(), "new a c");
	assert_string_equal(top.rows[top.selected].name, "a");
	/* When the selected VM ends, the selection stays on its line. */
	pass(fakes + 1, 2);
	assert_int_equal(top.nr, 2);
	assert_int_equal(top.selected, 1);
	/* Another VM in the same folder is a different VM. */
	assert_string_equal(names(), "c new");
	fakes[1] = (struct fake) { 9, "new", 12345, 9000, 0.9 };
	pass(fakes + 1, 2);
	assert_string_equal(names(), "new c");
	assert_int_equal(top.selected, 1);
	/* If it was the last line, the selection is on the new last line. */
	fakes[0].exits += 9000;
	pass(fakes, 3);
	assert_true(top_press(&top, TOP_KEY_END));
	assert_int_equal(top.selected, 2);
	for (i = 0; i < 3; i++)
		if (strcmp(fakes[i].name, top.rows[2].name))
			others[n++] = fakes[i];
	pass(others, 2);
	assert_int_equal(top.selected, 1);
	/* Home: the first line again. */
	assert_true(top_press(&top, TOP_KEY_HOME));
	assert_false(top.pinned);
	pass(fakes, 0);
	assert_int_equal(top.selected, 0);
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.level, TOP_VMS);
}

static void pass_vcpus(const struct fake *fake, unsigned int nr)
{
	struct fake one = *fake;
	unsigned int i;

	now += SECOND;
	top_pass_begin(&top.vcpus, now);
	for (i = 0; i < nr; i++) {
		one.exits = fake->exits * i;
		take(&top.vcpus, &one, i);
	}
	top_pass_end(&top.vcpus);
	arrange();
}

static void five_hundred_vcpus_scroll(void **state)
{
	struct fake fake = { 1, "big", 0, 10, 60 };
	unsigned int i;

	(void)state;
	pass(&fake, 1);
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.level, TOP_VCPUS);
	assert_int_equal(top.nr, 0);
	top_page(&top, 18);
	pass_vcpus(&fake, 500);
	fake.exits = 30;
	pass_vcpus(&fake, 500);
	assert_int_equal(top.nr, 500);
	assert_int_equal(top.rows[0].number, 499);
	assert_int_equal(top.first, 0);
	assert_true(top_press(&top, TOP_KEY_END));
	assert_int_equal(top.selected, 499);
	assert_int_equal(top.first, 482);
	assert_int_equal(top.rows[499].number, 0);
	press("R");
	assert_int_equal(top.selected, 0);
	press("R");
	assert_int_equal(top.first, 482);
	assert_true(top_press(&top, TOP_KEY_PAGE_UP));
	assert_int_equal(top.selected, 481);
	assert_int_equal(top.first, 481);
	for (i = 0; i < 600; i++) {
		assert_true(top_press(&top, TOP_KEY_UP));
		assert_in_range(top.selected, top.first, top.first + 17);
	}
	assert_int_equal(top.selected, 0);
	assert_int_equal(top.first, 0);
	for (i = 0; i < 600; i++) {
		assert_true(top_press(&top, TOP_KEY_DOWN));
		assert_int_equal(top.selected, i < 499 ? i + 1 : 499);
		assert_int_equal(top.first, top.selected > 17 ? top.selected - 17 : 0);
	}
	/* A screen that becomes larger shows more, to the end. */
	top_page(&top, 100);
	assert_int_equal(top.first, 400);
	assert_true(top_press(&top, 'N'));
	assert_int_equal(top.rows[0].number, 0);
	assert_int_equal(top.chosen.number, 0);
	assert_int_equal(top.selected, 0);
	/* With fewer rows, as after a filter, all can be reached. */
	press("/49");
	assert_int_equal(top.nr, 15);
	assert_int_equal(top.first, 0);
}

static uint64_t others;	/* exits of reasons without a row */

/* One reading of reasons: CPUID, HLT, others, none. */
static void read_reasons(uint64_t cpuid, uint64_t hlt, uint64_t id)
{
	static struct reading r;
	const uint32_t isa = KVM_EXITSTAT_ISA_SVM;
	unsigned int i, row;
	char why[WHY_SIZE];

	memset(&r, 0, sizeof(r));
	r.isa = isa;
	r.id = id;
	r.tsc_khz = KHZ;
	r.vcpus = 2;
	r.counting = true;
	r.nr_rows = reasons_nr(isa);
	for (i = 0; i < r.nr_rows; i++) {
		r.rows[i].reason = reasons_number(isa, i);
		r.rows[i].name = reasons_name(isa, i);
	}
	r.none = (struct row) { .reason = KVM_EXITSTAT_SUB_NONE, .name = "none" };
	r.other = (struct row) { .reason = KVM_EXITSTAT_SUB_OTHER, .name = "other" };
	reasons_find(isa, "cpuid", &row, why, sizeof(why));
	r.rows[row].v[EXITS] = cpuid;
	r.rows[row].v[KERNEL] = cpuid * 1000;
	reasons_find(isa, "hlt", &row, why, sizeof(why));
	r.rows[row].v[EXITS] = hlt;
	r.rows[row].v[KVM_EXITSTAT_V_HALT] = hlt * 5000000;
	r.none.v[KVM_EXITSTAT_V_USER] = 1000000 * (cpuid + hlt > 0);
	r.other.v[EXITS] = others;
	r.total.v[EXITS] = cpuid + hlt + others;
	r.total.v[KERNEL] = cpuid * 1000;
	r.total.v[KVM_EXITSTAT_V_HALT] = hlt * 5000000;
	r.guest = (now - 1000 * SECOND) * 2 - cpuid * 1000 - hlt * 5000000;
	r.lifetime = (now - 1000 * SECOND) * 2;
	now += SECOND;
	top_take_reading(&top, &r, now);
	arrange();
}

/* Two VMs of one process. */
static void equal_numbers_are_sorted_by_exits(void **state)
{
	const struct fake fakes[] = { { 7, "many", 2, 20, 1 }, { 8, "few", 1, 10, 1 } };
	const struct fake equal[] = { { 17, "a", 2, 10, 1 }, { 18, "b", 1, 10, 1 } };

	(void)state;
	top.view[TOP_VMS].sort = sort_of("number");
	pass(fakes, COUNT(fakes));
	top.vms.all[1].vm.pid = 7;
	arrange();
	assert_string_equal(names(), "many few");
	/* Equal exits: by folder. */
	pass(equal, COUNT(equal));
	top.vms.all[1].vm.pid = 17;
	strcpy(top.vms.all[1].vm.dir, "17-9");
	arrange();
	assert_string_equal(names(), "b a");
	strcpy(top.vms.all[1].vm.dir, "17-11");
	arrange();
	assert_string_equal(names(), "a b");
}

static void reasons_of_a_vcpu_and_of_a_vm(void **state)
{
	struct fake fake = { 7, "vm", 99, 10, 60 };
	char number[24], *text;

	(void)state;
	pass(&fake, 1);
	press("r");
	assert_int_equal(top.level, TOP_REASONS);
	assert_int_equal(top.vcpu, -1);
	assert_int_equal(top.opened_at, TOP_VMS);
	read_reasons(100, 50, 99);
	assert_int_equal(top.nr, 3);
	assert_false(top.rows[0].known);
	read_reasons(300, 60, 99);
	assert_int_equal(top.rows[0].added, 200);
	assert_int_equal(top.rows[0].rate, 200);
	assert_int_equal(top.sum.rate, 210);
	assert_int_equal(top.sum.added, 210);
	assert_int_equal(top.sum.vcpus, 2);
	assert_int_equal(top.sum.elapsed_ns, SECOND);
	assert_int_equal(top.sum.cycles[KERNEL], 200000);
	has(line_of(0, 80), "cpuid");
	has(line_of(0, 80), "0x072");
	has(line_of(0, 80), "95.24%");
	has(line_of(0, 80), "1.00 us");
	has(line_of(1, 80), "hlt");
	has(line_of(1, 80), "hhhhhhhhhhhhhhhhhh");
	has(line_of(2, 80), "none");
	/* 10 HLTs of 5 ms in a second: 5% of one vCPU. */
	press("t");
	has(line_of(1, 80), "5.0%");
	press("H");
	has(line_of(0, 80), "hlt");
	press("G");
	assert_int_equal(top.view[TOP_REASONS].sort, sort_of("halt"));
	press("/0x07");
	assert_int_equal(top.nr, 2);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	press("/0xf");	/* none has no number */
	assert_int_equal(top.nr, 0);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	press("/0x07");
	assert_true(top_press(&top, TOP_KEY_ENTER));
	/* The counters have another id, so there is no difference. */
	read_reasons(400, 80, 100);
	assert_false(top.sum.known);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_int_equal(top.level, TOP_VMS);

	assert_true(top_press(&top, TOP_KEY_ENTER));
	pass_vcpus(&fake, 2);
	assert_true(top_press(&top, TOP_KEY_DOWN));
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.level, TOP_REASONS);
	assert_int_equal(top.vcpu, (int)top.chosen.number);
	text = top_json(&top);
	has(text, "\"scope\":\"vcpu\"");
	snprintf(number, sizeof(number), "\"vcpu\":%d", top.vcpu);
	has(text, number);
	free(text);
	/* The VM's reading is not shown for the vCPU, and the vCPU's is. */
	assert_int_equal(top.nr, 0);
	top.view[TOP_REASONS].filter[0] = '\0';
	read_reasons(400, 80, 100);
	assert_int_equal(top.nr, 3);
	others = 7;
	read_reasons(400, 80, 100);
	assert_int_equal(top.nr, 4);
	assert_int_equal(top.sum.added, 7);
	others = 0;
	assert_true(top_press(&top, TOP_KEY_BACKSPACE));
	assert_int_equal(top.level, TOP_VCPUS);
	assert_int_equal(top.rows[top.selected].number, 0);
}

static void going_back_selects_what_was_open(void **state)
{
	struct fake fakes[] = { { 1, "a", 0, 1000, 60 }, { 2, "b", 0, 500, 60 }, { 3, "c", 0, 20, 60 } };
	unsigned int vcpu;

	(void)state;
	top_page(&top, 10);
	top.view[TOP_VMS].sort = sort_of("name");
	pass(fakes, 3);
	assert_true(top_press(&top, TOP_KEY_DOWN));
	/* What is opened is read at once. */
	assert_false(top_is_due(&top, now));
	press(" ");
	press("r");
	assert_true(top_is_due(&top, now));
	press(" ");
	assert_int_equal(top.level, TOP_REASONS);
	assert_string_equal(top.vm.name, "b");
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_int_equal(top.level, TOP_VMS);
	assert_string_equal(top.rows[top.selected].name, "b");
	assert_true(top_press(&top, TOP_KEY_ENTER));
	pass_vcpus(&fakes[1], 3);
	/* In a new level no row is chosen: the selection stays on the first line. */
	press("N");
	assert_int_equal(top.selected, 0);
	press("X");
	assert_true(top_press(&top, TOP_KEY_DOWN));
	vcpu = top.rows[1].number;
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.vcpu, (int)vcpu);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_int_equal(top.level, TOP_VCPUS);
	assert_int_equal(top.vcpu, -1);
	assert_int_equal(top.selected, 1);
	assert_int_equal(top.rows[1].number, vcpu);
	/* From all vCPUs, to the first line, whatever it shows. */
	press("r");
	assert_int_equal(top.level, TOP_REASONS);
	assert_int_equal(top.vcpu, -1);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_int_equal(top.level, TOP_VCPUS);
	assert_int_equal(top.selected, 0);
	assert_false(top.pinned);
	assert_int_equal(top.nr, 3);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_string_equal(top.rows[top.selected].name, "b");
	assert_true(top.pinned);
	/* Another VM has other vCPUs; the same one still has its own. */
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.nr, 3);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_true(top_press(&top, TOP_KEY_HOME));
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_string_equal(top.vm.name, "a");
	assert_int_equal(top.nr, 0);
	/* The same if it is the reasons that were opened, or if a VM has ended and another has its folder. */
	pass_vcpus(&fakes[0], 3);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	fakes[0].id = 99;
	pass(fakes, 3);
	assert_true(top_press(&top, TOP_KEY_HOME));
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.nr, 0);
	pass_vcpus(&fakes[0], 3);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_true(top_press(&top, TOP_KEY_END));
	press("r");
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_string_equal(top.vm.name, "c");
	assert_int_equal(top.nr, 0);
	/* Back where the first lines can be seen, wherever the screen was. */
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_true(top_press(&top, TOP_KEY_HOME));
	assert_true(top_press(&top, TOP_KEY_DOWN));
	top_page(&top, 2);
	press("r");
	read_reasons(100, 50, 2);
	assert_true(top_press(&top, TOP_KEY_END));
	assert_int_equal(top.first, 1);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_int_equal(top.selected, 1);
	assert_int_equal(top.first, 0);
	/* From there it leads nowhere. */
	assert_true(top_press(&top, TOP_KEY_HOME));
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_false(top.pinned);
	top_page(&top, 0);
	assert_int_equal(top.page, 1);
}

#define IO	0x7b
#define KEYS_OF(what)	"kvm-exitstat 1\nisa svm\nid 0x63\nvcpus 2\ncounting 1\nkeys 1\ntsc_khz 1000000\n" what
#define KEYS	KEYS_OF("torn 0\n")
#define ELSE	"reason 114 exits 9 kernel 9 user 0\nkey 114 cpuid 0x1 - 0 exits 9 kernel 9 user 0 error 0\n"

#define REASON(exits)	"reason 123 exits " exits " kernel " exits "00 user " exits "0\n"
#define KEY(value, exits) "key 123 port 0x" value " w 1 exits " exits " kernel " exits "00 user " exits "0 error 0\n"
#define REST(exits)	"rest 123 exits " exits " kernel " exits "00 user " exits "0\n"

/* A second later, this is the text of the file of keys. */
static void read_keys(const char *text)
{
	char *copy = strdup(text), why[128];
	struct keys keys;

	if (keys_parse(copy, &keys, why, sizeof(why)))
		fail_msg("%s", why);
	free(copy);
	assert_true(keys_keep(&keys, top.reason.number));
	now += SECOND;
	assert_true(top_take_keys(&top, &keys, now));
	arrange();
}

/* Open the reason I/O of a VM whose reasons are shown. */
static void enter_io(void)
{
	assert_true(top_press(&top, TOP_KEY_HOME));
	assert_true(top_press(&top, TOP_KEY_DOWN));
	top.rows[1].number = IO;
	strcpy(top.rows[1].name, "io");
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.level, TOP_KEYS);
	assert_true(top_is_due(&top, now));
	assert_int_equal(top.nr, 0);
}

static void open_io_of(const char *dir)
{
	struct vm vm = { .pid = 7, .name = "vm" };

	strcpy(vm.dir, dir);
	top_page(&top, 10);
	top_open_reasons(&top, &vm, 99, -1);
	read_reasons(100, 50, 99);
	enter_io();
}

static void open_io(void)
{
	open_io_of("7-10");
}

/* All rows as "VALUE=EXITS"; others, returns and the total by their names, what is not known as ?. */
static const char *added(void)
{
	static char text[512];
	char name[KEY_TEXT_SIZE];
	const struct top_row *row;
	unsigned int i;
	size_t n = 0;

	for (i = 0; i <= top.nr; i++) {
		row = i < top.nr ? &top.rows[i] : &top.sum;
		key_text(name, &row->key);
		n += i == top.nr ? sprintf(text + n, "total") : row->key.kind != KEY_OWN ?
		     sprintf(text + n, "%s", name) : sprintf(text + n, "%x", (unsigned int)row->key.value);
		n += row->known ? sprintf(text + n, "=%u ", (unsigned int)row->added) :
				  sprintf(text + n, "=? ");
		assert_true(row->known || (!row->rate && !row->cycles[1] && !row->cycles[2]));
	}
	text[n - 1] = '\0';
	return text;
}

static void keys_of_a_reason_have_rates(void **state)
{
	char where[64];
	int width;

	(void)state;
	open_io();
	read_keys(KEYS ELSE
		  "reason 123 exits 110 kernel 1000 user 5000\nrest 123 exits 10 kernel 100 user 500\n"
		  "level 123 l1 exits 110 kernel 1000 user 5000\n"
		  "key 123 port 0x71 r 1 exits 80 kernel 800 user 4500 error 0\n"
		  "key 123 port 0x3f8 w 1 exits 20 kernel 100 user 0 error 2\n");
	assert_string_equal(added(), "71=? 3f8=? others=? total=?");
	has(line_of(0, 80), "?");
	assert_int_equal(top.rows[0].exits, 80);
	assert_int_equal(top.rows[2].exits, 10);
	assert_int_equal(top.sum.exits, 110);
	read_keys(KEYS ELSE
		  "reason 123 exits 1110 kernel 100001000 user 300005000\nrest 123 exits 110 kernel 100 user 500\n"
		  "key 123 port 0x71 r 1 exits 280 kernel 800 user 4500 error 0\n"
		  "key 123 port 0x3f8 w 1 exits 720 kernel 100000100 user 300000000 error 2\n");
	assert_string_equal(added(), "3f8=700 71=200 others=100 total=1000");
	assert_int_equal(top.rows[0].rate, 700);
	assert_int_equal(top.sum.rate, 1000);
	assert_int_equal(top.sum.vcpus, 2);
	assert_int_equal(top.isa, KVM_EXITSTAT_ISA_SVM);
	assert_int_equal(top.sum.cycles[1], 100000000);
	/* A tenth of a second of one vCPU's time in KVM, and three tenths in the VMM. */
	assert_string_equal(line_of(0, 0), "w 0x3f8 1  COM1               700         720      2   70.00%   143 us   10.0%   30.0%");
	assert_string_equal(line_of(1, 0), "r 0x71 1   RTC                200         280      -   20.00%        -       -       -");
	assert_string_equal(line_of(2, 0), "others                        100         110          10.00%        -       -       -");
	assert_string_equal(line_of(3, 0), "total                        1000        1110                   100 us   10.0%   30.0%");
	for (width = 40; width <= 132; width++) {
		assert_true((int)strlen(line_of(0, width)) <= width);
		has(line_of(0, width), "w 0x3f8 1 ");
		has(line_of(0, width), "  700");
	}
	top_where(&top, where, sizeof(where));
	assert_string_equal(where, "VM vm (7), all vCPUs, io");
	/* The filter is for what is shown. */
	press("/3f8");
	assert_string_equal(added(), "3f8=700 total=1000");
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	press("/com1");
	assert_string_equal(added(), "3f8=700 total=1000");
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_int_equal(top.level, TOP_REASONS);
	assert_true(top.pinned);
	assert_int_equal(top.chosen.number, top.rows[top.selected].number);
	assert_null(top.keys.rows);
	assert_null(top.since.keys);
	/* What is known of the VM stays known until the next reading. */
	enter_io();
	assert_int_equal(top.isa, KVM_EXITSTAT_ISA_SVM);
	read_keys("kvm-exitstat 1\nisa vmx\nid 0x63\nvcpus 2\ncounting 0\nkeys 1\ntsc_khz 5\ntorn 0\nreason 123 exits 0\n" KEY("1", "0"));
	assert_int_equal(top.isa, KVM_EXITSTAT_ISA_VMX);
	assert_int_equal(top.tsc_khz, 5);
	assert_false(top.counting);
}

/* Below the keys, however these are sorted; in percent of the exits */
static void returns_of_a_reason_have_rates(void **state)
{
	unsigned int sort, i;

	(void)state;
	open_io();
	read_keys(KEYS "reason 123 exits 110 kernel 1000 user 5000\nkey 123 port 0x71 r 1 exits 110 kernel 1000 user 5000\n"
		  "return 123 0x2 - returns 60 user 4000\nreturn 123 0x5 - returns 2 user 1000\n");
	assert_string_equal(added(), "71=? return 2=? return 5=? total=?");
	has(line_of(1, 0), "KVM_EXIT_IO ");
	read_keys(KEYS "reason 123 exits 1110 kernel 1000 user 300005000\nkey 123 port 0x71 r 1 exits 1110 kernel 1000 user 300005000\n"
		  "return 123 0x2 - returns 260 user 100004000\nreturn 123 0x5 - returns 3 user 200001000\n");
	assert_string_equal(added(), "71=1000 return 2=200 return 5=1 total=1000");
	assert_string_equal(line_of(0, 0), "r 0x71 1  RTC               1000        1110  100.00%        -       -   30.0%");
	assert_string_equal(line_of(1, 0), "return 2  KVM_EXIT_IO        200         260   20.00%                    10.0%");
	assert_string_equal(line_of(2, 0), "return 5  KVM_EXIT_HLT      1.00           3    0.10%                    20.0%");
	assert_int_equal(top.rows[1].rate, 200);
	press("U");
	assert_string_equal(added(), "71=1000 return 5=1 return 2=200 total=1000");
	press("/return");
	assert_string_equal(added(), "return 5=1 return 2=200 total=1000");
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	/* 2 made 7 returns and lost its place to a failure. */
	read_keys(KEYS "reason 123 exits 1120 kernel 1000 user 300006000\nrest 123 exits 10 kernel 0 user 1000\nkey 123 port 0x71 r 1 exits 1110 kernel 1000 user 300005000\n"
		  "return 123 0x4 e returns 4 user 500\nreturn 123 0x5 - returns 3 user 200001000\nreturn 123 rest returns 267 user 100004500\n");
	assert_string_equal(added(), "71=0 others=10 error 4=4 return 5=0 other returns=7 total=10");
	assert_int_equal(top.rows[4].cycles[2], 500);
	assert_int_equal(top.rows[4].exits, 267);
	for (sort = 0; sort < TOP_SORTS; sort++)
		for (i = 0; i < 2 && top_can_sort(TOP_KEYS, sort); i++) {
			top.view[TOP_KEYS] = (struct top_view) { .sort = sort, .reverse = i };
			assert_true(top_arrange(&top));
			assert_int_equal(top.rows[1].key.kind, KEY_REST);
			assert_int_equal(top.rows[4].key.kind, KEY_RETURN_REST);
		}
	/* A return with less than before is in the others. */
	read_keys(KEYS "reason 123 exits 1120 kernel 1000 user 300006000\nrest 123 exits 10 kernel 0 user 1000\nkey 123 port 0x71 r 1 exits 1110 kernel 1000 user 300005000\n"
		  "return 123 0x4 e returns 1 user 500\nreturn 123 0x5 - returns 3 user 200001000\nreturn 123 rest returns 271 user 100004500\n");
	press("X");
	assert_string_equal(added(), "71=0 others=0 return 5=0 error 4=? other returns=1 total=0");
	/* All returns are less than before: the keys began anew. */
	read_keys(KEYS "reason 123 exits 1120 kernel 1000 user 300006000\nrest 123 exits 10 kernel 0 user 1000\nkey 123 port 0x71 r 1 exits 1110 kernel 1000 user 300005000\n"
		  "return 123 0x5 - returns 3 user 200001000\nreturn 123 rest returns 271 user 100005000\n");
	assert_string_equal(added(), "71=? others=? return 5=? other returns=? total=?");
}

/* What a key or a return may have had besides its exits: beside them, where a row has any */
static void errors_have_a_column(void **state)
{
	const char *titles;
	int width;

	(void)state;
	open_io();
	read_keys(KEYS REASON("50") KEY("1", "50") "return 123 0x2 - returns 40 user 400 error 7\nreturn 123 rest returns 1 user 100\n");
	assert_string_equal(line_of(0, 0), "w 0x1 1        DMA 1                ?          50      -        ?        ?       ?       ?");
	assert_string_equal(line_of(1, 0), "return 2       KVM_EXIT_IO          ?          40      7        ?                        ?");
	assert_string_equal(line_of(2, 0), "other returns                       ?           1               ?                        ?");
	for (width = 40; width <= 132; width++) {
		titles = titles_of(width);
		assert_true((int)strlen(titles) <= width);
		assert_true(!strstr(titles, "ERROR") || strstr(titles, "  EXITS  ERROR  "));
	}
	has(titles, "ERROR");
	press("/w 0x1");
	assert_null(strstr(titles_of(0), "ERROR"));
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	has(titles_of(0), "ERROR");
	read_keys(KEYS REASON("50") KEY("1", "50") "return 123 0x2 - returns 40 user 400\nreturn 123 rest returns 1 user 100\n");
	assert_null(strstr(titles_of(0), "ERROR"));
}

/* More of one kind than of all: the keys began anew. */
static void returns_that_cannot_be_compared(void **state)
{
	(void)state;
	open_io();
	read_keys(KEYS REASON("50") "return 123 0x2 - returns 40 user 400\nreturn 123 0x5 - returns 10 user 100\n");
	assert_string_equal(added(), "return 2=? return 5=? total=?");
	read_keys(KEYS REASON("50") "return 123 0x2 - returns 40 user 400\nreturn 123 0x5 - returns 10 user 100\n");
	assert_string_equal(added(), "return 2=0 return 5=0 total=0");
	read_keys(KEYS REASON("51") "return 123 0x5 - returns 11 user 100\nreturn 123 0x6 - returns 40 user 410\n");
	assert_string_equal(added(), "return 6=? return 5=? total=?");
}

static void a_thousand_returns_have_rows(void **state)
{
	char *text = malloc(128 * (TOP_KEYS_MOST + 4));
	unsigned int i;
	size_t n;

	(void)state;
	open_io();
	n = sprintf(text, KEYS "reason 123 exits 1\n" KEY("1", "1"));
	for (i = 0; i <= TOP_KEYS_MOST; i++)
		n += sprintf(text + n, "return 123 0x%x - returns %u user 0\n", i, i + 1);
	read_keys(text);
	free(text);
	assert_int_equal(top.nr, 1 + TOP_KEYS_MOST + 1);
	assert_int_equal(top.rows[1].key.value, TOP_KEYS_MOST);
	assert_int_equal(top.rows[TOP_KEYS_MOST + 1].key.kind, KEY_RETURN_REST);
	assert_int_equal(top.rows[TOP_KEYS_MOST + 1].exits, 1);
}

/* What has no place now is in others, and nothing is shown twice or below 0. */
static void keys_come_and_go(void **state)
{
	(void)state;
	open_io();
	read_keys(KEYS REASON("1000") KEY("1", "700") KEY("2", "200") KEY("3", "100"));
	/* 3 made 5 exits, and lost its place to 4: its 105 are in the rest. */
	read_keys(KEYS REASON("1045") REST("105") KEY("1", "710") KEY("2", "200") KEY("4", "30"));
	assert_string_equal(added(), "4=30 1=10 2=0 others=5 total=45");
	assert_int_equal(top.rows[3].exits, 105);
	/* 1 lost its place after 6 exits, and has made 8 in another one. */
	read_keys(KEYS REASON("1065") REST("821") KEY("1", "8") KEY("2", "206") KEY("4", "30"));
	assert_string_equal(added(), "2=6 4=0 1=? others=14 total=20");
	assert_int_equal(top.sum.cycles[1], 2000);
	assert_int_equal(top.rows[3].cycles[1], 1400);
	/* All of it again from its next reading on. */
	read_keys(KEYS REASON("1165") REST("821") KEY("1", "108") KEY("2", "206") KEY("4", "30"));
	assert_string_equal(added(), "1=100 2=0 4=0 others=0 total=100");
	/* A key whose time alone went back has lost its place as well. */
	read_keys(KEYS REASON("1175") REST("929") "key 123 port 0x1 w 1 exits 110 kernel 5 user 5 error 100\n"
		  KEY("2", "206") KEY("4", "30"));
	assert_string_equal(added(), "2=0 1=? 4=0 others=10 total=10");
}

static void others_have_a_row_if_they_have_anything(void **state)
{
	static const struct { unsigned int exits, kernel, user; const char *rows; } rests[] = {
		{ 0, 0, 0, "1=? total=?" }, { 7, 0, 0, "1=? others=? total=?" },
		{ 0, 7, 0, "1=? others=? total=?" }, { 0, 0, 7, "1=? others=? total=?" },
	};
	char text[512];
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(rests); i++) {
		open_io();
		snprintf(text, sizeof(text), KEYS "reason 123 exits %u kernel %u user %u\nlevel 123 l1 exits 50\n" KEY("1", "50"),
			 50 + rests[i].exits, 5000 + rests[i].kernel, 500 + rests[i].user);
		read_keys(text);
		assert_string_equal(added(), rests[i].rows);
	}
}

/* The same place for another access, size or class is another key. */
static void every_part_of_a_key_tells_keys_apart(void **state)
{
	static const char *const others[] = {
		"port 0x1 r 1", "port 0x1 w 2", "address 0x1 w 1", "port 0x100000001 w 1",
	};
	char text[512];
	unsigned int i;

	(void)state;
	open_io();
	for (i = 0; i < COUNT(others); i++) {
		read_keys(KEYS REASON("50") KEY("1", "50"));
		snprintf(text, sizeof(text), KEYS REASON("60") REST("50") "key 123 %s exits 10 kernel 1000 user 100 error 0\n", others[i]);
		read_keys(text);
		assert_string_equal(added(), "1=10 others=0 total=10");
	}
}

/* Two readings of which nothing can be worked out. */
static void keys_that_cannot_be_compared(void **state)
{
	static const char rows[] = REASON("130") KEY("1", "120") KEY("2", "10");
	static const char *const heads[] = {
		KEYS_OF("torn 1\n"),
		KEYS_OF("torn 0\nperiod 2\n"),
		"kvm-exitstat 1\nisa svm\nid 0x64\nvcpus 2\ncounting 1\nkeys 1\ntsc_khz 1000000\ntorn 0\n",
		"kvm-exitstat 1\nisa svm\nid 0x63\nvcpus 3\ncounting 1\nkeys 1\ntsc_khz 1000000\ntorn 0\n",
	};
	char text[1024];
	unsigned int i;

	(void)state;
	open_io();
	read_keys(KEYS REASON("110") KEY("1", "110"));
	for (i = 0; i < COUNT(heads); i++) {
		snprintf(text, sizeof(text), "%s%s", heads[i], rows);
		read_keys(text);
		assert_string_equal(added(), "1=? 2=? total=?");
		assert_int_equal(top.sum.exits, 130);
		snprintf(text, sizeof(text), "%s%s", KEYS, rows);
		read_keys(text);
		assert_string_equal(added(), "1=? 2=? total=?");
		read_keys(text);
		assert_string_equal(added(), "1=0 2=0 total=0");
	}
	/* Keys have begun again: fewer exits, or keys that have had more than all. */
	read_keys(KEYS REASON("100") KEY("1", "90") KEY("2", "10"));
	assert_string_equal(added(), "1=? 2=? total=?");
	read_keys(KEYS REASON("101") KEY("1", "11") KEY("3", "90"));
	assert_string_equal(added(), "3=? 1=? total=?");
	/* KVM has no room for more: a key may be in the rest for that. */
	top.keys.full = true;
	read_keys(KEYS REASON("101") KEY("1", "11") KEY("3", "90"));
	assert_string_equal(added(), "3=? 1=? total=?");
}

/* Each reason has levels. */
static void a_reason_may_have_no_keys(void **state)
{
	struct key_row rows[] = {
		{ .reason = IO, .kind = KEY_REASON }, { .reason = IO, .kind = KEY_LEVEL },
		{ .reason = IO + 1, .kind = KEY_REASON }, { .reason = IO + 1, .kind = KEY_OWN },
	};
	struct keys keys = { .nr = COUNT(rows) };

	(void)state;
	keys.rows = malloc(sizeof(rows));
	assert_non_null(keys.rows);
	memcpy(keys.rows, rows, sizeof(rows));
	assert_false(keys_keep(&keys, IO));
	free(keys.rows);
}

static void a_full_file_is_noticed(void **state)
{
	struct keys keys = { .nr = KEYS_FULL };

	(void)state;
	keys.rows = calloc(keys.nr, sizeof(*keys.rows));
	assert_non_null(keys.rows);
	assert_false(keys_keep(&keys, IO));
	assert_true(keys.full);
	keys.nr = KEYS_FULL - 1;
	assert_false(keys_keep(&keys, IO));
	assert_false(keys.full);
	free(keys.rows);
}

/* Numbers of a row without its key say nothing. */
static void the_widest_key_is_there_at_any_width(void **state)
{
	const char *keys = "XTNMKU";
	char key[2] = "";

	(void)state;
	open_io();
	for (; *keys; keys++) {
		key[0] = *keys;
		press(key);
		read_keys(KEYS "reason 123 exits 18446744073709551615 kernel 18446744073709551615 user 18446744073709551615\n"
			  "key 123 cpuid 0xffffffffffffffff w 255 exits 18446744073709551615 kernel 18446744073709551615 user 18446744073709551615\n");
		has(line_of(0, 40), "w 0xffffffff 4294967295 255");
		assert_true(strlen(line_of(0, 40)) <= 40);
	}
}

/* Between two readings everything may have been added that fits into 64 bits. */
static void a_mean_of_the_largest_numbers(void **state)
{
	(void)state;
	open_io();
	read_keys(KEYS "reason 123 exits 0\nkey 123 port 0x1 w 1 exits 0\n");
	read_keys(KEYS "reason 123 exits 3 kernel 18446744073709551615\n"
		  "key 123 port 0x1 w 1 exits 3 kernel 18446744073709551615\n");
	has(line_of(0, 0), "  71168 d  ");
}

/* Of @nr keys, key i has had @each times i exits. */
static void read_many_keys(unsigned int nr, unsigned int each)
{
	const unsigned int all = each * nr * (nr - 1) / 2;
	char *text = malloc(128 * (nr + 4));
	unsigned int i;
	size_t n;

	n = sprintf(text, KEYS "reason 123 exits %u kernel %u user 0\n", all, all);
	for (i = 0; i < nr; i++)
		n += sprintf(text + n, "key 123 port 0x%x r 1 exits %u kernel %u user 0 error 0\n", i, each * i, each * i);
	read_keys(text);
	free(text);
}

static void a_thousand_keys_have_rows(void **state)
{
	unsigned int sort, i;

	(void)state;
	open_io();
	read_many_keys(TOP_KEYS_MOST, 1);
	assert_int_equal(top.nr, TOP_KEYS_MOST);
	read_many_keys(TOP_KEYS_MOST + 3, 2);
	assert_int_equal(top.nr, TOP_KEYS_MOST + 1);
	assert_int_equal(top.since.nr, TOP_KEYS_MOST);
	/* 0, 1 and 2 have had the least; the last three are new. */
	assert_int_equal(top.rows[0].added, 2 * (TOP_KEYS_MOST + 2));
	assert_int_equal(top.rows[TOP_KEYS_MOST].key.kind, KEY_REST);
	assert_int_equal(top.rows[TOP_KEYS_MOST].added, 1 + 2);
	assert_int_equal(top.rows[TOP_KEYS_MOST].exits, 2 + 4);
	assert_true(top.sum.known);
	/* Sorted by anything and either way, others is the last. */
	for (sort = 0; sort < TOP_SORTS; sort++) {
		if (!top_can_sort(TOP_KEYS, sort))
			continue;
		for (i = 0; i < 2; i++) {
			top.view[TOP_KEYS] = (struct top_view) { .sort = sort, .reverse = i };
			assert_true(top_arrange(&top));
			assert_int_equal(top.rows[TOP_KEYS_MOST].key.kind, KEY_REST);
		}
	}
	/* A key has no halt. */
	press("NH");
	assert_int_equal(top.rows[0].key.value, 3);
	press("R");
	assert_int_equal(top.rows[0].key.value, TOP_KEYS_MOST + 2);
}

/* Of @nr keys, key i has had @first + i * @each exits. */
static void read_keys_from(unsigned int nr, unsigned int first, int each)
{
	char *text = malloc(128 * (nr + 4));
	unsigned int i, exits, all = 0;
	size_t n = 0;

	for (i = 0; i < nr; i++)
		all += first + i * each;
	n = sprintf(text, KEYS "reason 123 exits %u kernel 0 user 0\n", all);
	for (i = 0; i < nr; i++) {
		exits = first + i * each;
		n += sprintf(text + n, "key 123 port 0x%x r 1 exits %u kernel 0 user 0 error 0\n", i, exits);
	}
	read_keys(text);
	free(text);
}

/* Those that have had most since the reading before, or else most at all, or the lowest. */
static void the_most_keys_keep_their_rows(void **state)
{
	const unsigned int nr = TOP_KEYS_MOST + 1, half = 5000;
	const struct top_row *others;

	(void)state;
	open_io();
	read_keys_from(nr, half, -1);
	read_keys_from(nr, half, 0);
	others = &top.rows[TOP_KEYS_MOST];
	assert_int_equal(others->key.kind, KEY_REST);
	assert_int_equal(others->added, 0);
	assert_int_equal(others->exits, half);
	read_keys_from(nr, half, 1);
	read_keys_from(nr, half + 1, 1);
	others = &top.rows[TOP_KEYS_MOST];
	assert_int_equal(others->added, 1);
	assert_int_equal(others->exits, half + 1);
	read_keys_from(nr, 2 * half, 0);
	read_keys_from(nr, 2 * half + 1, 0);
	press("N");
	assert_int_equal(top.rows[TOP_KEYS_MOST - 1].key.value, TOP_KEYS_MOST - 1);
}

/* The selection is on its key, and when that is gone, on its line or the last one. */
static void the_selection_survives_its_key(void **state)
{
	(void)state;
	open_io();
	read_keys(KEYS REASON("60") KEY("1", "30") KEY("2", "20") KEY("3", "10"));
	read_keys(KEYS REASON("120") KEY("1", "60") KEY("2", "40") KEY("3", "20"));
	assert_true(top_press(&top, TOP_KEY_DOWN));
	read_keys(KEYS REASON("220") KEY("1", "61") KEY("2", "41") KEY("3", "118"));
	assert_string_equal(added(), "3=98 1=1 2=1 total=100");
	assert_int_equal(top.rows[top.selected].key.value, 2);
	read_keys(KEYS REASON("230") REST("41") KEY("1", "61") KEY("3", "118") KEY("4", "10"));
	assert_string_equal(added(), "4=10 3=0 1=0 others=0 total=10");
	assert_int_equal(top.selected, 2);
	assert_true(top_press(&top, TOP_KEY_END));
	read_keys(KEYS REASON("230") REST("220") KEY("4", "10"));
	assert_int_equal(top.selected, 1);
	/* The same on a screen of one line. */
	top_page(&top, 1);
	assert_int_equal(top.first, 1);
	read_keys(KEYS REASON("230") KEY("4", "230"));
	assert_int_equal(top.selected, 0);
	assert_int_equal(top.first, 0);
}

static void where_there_are_no_keys(void **state)
{
	struct fake fake = { 7, "vm", 99, 10, 60 };

	(void)state;
	pass(&fake, 1);
	press("r");
	read_reasons(100, 50, 99);
	top.qmp = "/a/socket";
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.level, TOP_REASONS);
	has(top.message, "reads keys from the host's debugfs alone");
	assert_int_equal(top.nr, 3);
	top.qmp = NULL;
	top.guest = true;
	assert_true(top_press(&top, TOP_KEY_RIGHT));
	assert_int_equal(top.level, TOP_REASONS);
	has(top.message, "reads keys from the host's debugfs alone");
	top.guest = false;
	/* Where they cannot be read, the reasons are there again, and a sentence. */
	assert_true(top_press(&top, TOP_KEY_DOWN));
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.level, TOP_KEYS);
	top_no_keys(&top, "none are kept");
	arrange();
	assert_int_equal(top.level, TOP_REASONS);
	assert_string_equal(top.message, "none are kept");
	assert_int_equal(top.nr, 3);
	assert_int_equal(top.selected, 1);
	/* Nor where there is no reason. */
	press("/nothing");
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_int_equal(top.level, TOP_REASONS);
}

static void the_end_of_what_is_open(void **state)
{
	struct fake fakes[] = { { 1, "a", 0, 1000, 60 }, { 2, "b", 0, 10, 60 } };
	char text[64];

	(void)state;
	pass(fakes, 2);
	assert_true(top_press(&top, TOP_KEY_ENTER));
	assert_string_equal(top.vm.name, "a");
	top_vm_text(&top, text, sizeof(text));
	assert_string_equal(text, "VM a (1)");
	top_gone(&top, "VM a (1) has ended");
	pass(fakes + 1, 1);
	assert_int_equal(top.level, TOP_VMS);
	assert_string_equal(top.message, "VM a (1) has ended");
	assert_string_equal(names(), "b");
}

/* In any room: the whole text, or its beginning. */
static void where_we_are_fits_any_room(void **state)
{
	static const struct {
		enum top_level level;
		int vcpu;
		const char *text;
	} places[] = {
		{ TOP_REASONS, -1, "VM a (1), all vCPUs" }, { TOP_REASONS, 0, "VM a (1), vCPU 0" },
		{ TOP_VCPUS, -1, "VM a (1)" }, { TOP_KEYS, 12, "VM a (1), vCPU 12, cpuid" },
	};
	struct fake fake = { 1, "a", 0, 1000, 60 };
	unsigned int i;
	size_t size;
	char *text;

	(void)state;
	pass(&fake, 1);
	for (i = 0; i < COUNT(places); i++) {
		top_open_reasons(&top, &top.vms.all[0].vm, 1, places[i].vcpu);
		top.level = places[i].level;
		strcpy(top.reason.name, "cpuid");
		for (size = strlen(places[i].text) + 1; size; size--) {
			text = malloc(size);
			assert_non_null(text);
			top_where(&top, text, size);
			assert_int_equal(strlen(text), size - 1);
			assert_memory_equal(text, places[i].text, size - 1);
			free(text);
		}
	}
}

static void times_of_reading(void **state)
{
	(void)state;
	assert_true(top_is_due(&top, now));
	top_was_read(&top, now);
	/* A newly opened level is soon read a second time. */
	assert_int_equal(top.due_ns - now, SECOND / 2);
	top_was_read(&top, now);
	assert_int_equal(top.due_ns - now, SECOND);
	assert_false(top_is_due(&top, now + SECOND - 1));
	assert_true(top_is_due(&top, now + SECOND));
	press("+");
	assert_int_equal(top.interval_ns, 2 * SECOND);
	assert_int_equal(top.due_ns - now, 2 * SECOND);
	press("---");
	assert_int_equal(top.interval_ns, SECOND / 5);
	assert_int_equal(top.due_ns - now, SECOND / 5);
	press("--------");
	assert_int_equal(top.interval_ns, TOP_MIN_NS);
	press("++++++++++++++");
	assert_int_equal(top.interval_ns, 60 * SECOND);
	top.interval_ns = 100 * SECOND;
	press("-");
	assert_int_equal(top.interval_ns, 60 * SECOND);
	/* What is due stays due. */
	top.due_ns = 0;
	press("-");
	assert_int_equal(top.due_ns, 0);
	press("+");
	press(" ");
	assert_false(top_is_due(&top, now + 3600 * SECOND));
	/* A newly opened level is read even while paused. */
	top.opened = 2;
	assert_true(top_is_due(&top, now + 3600 * SECOND));
	press(" ");
	assert_true(top_is_due(&top, now + 3600 * SECOND));
}

/* At any width lines fit, and show what they are about. */
static void lines_fit_at_every_width(void **state)
{
	struct fake fakes[] = {
		{ 1234567, "a-name-that-is-longer-than-any-column-can-be-made-for-it", 0,
		  123456789012, 60 },
		{ 2, "b\033[31m\xc3\xa4", 0, 0, 60 },
	};
	struct top_layout layout;
	char titles[TOP_LINE];
	int width;

	(void)state;
	pass(fakes, 2);
	fakes[0].exits += 1234567;
	fakes[0].lived += 1;
	fakes[1].lived += 1;
	pass(fakes, 2);
	for (width = 40; width <= 300; width++) {
		top_lay_out(&top, width, &layout);
		top_titles(&top, &layout, titles);
		assert_true((int)strlen(titles) <= width);
		assert_true((int)strlen(line_of(0, width)) <= width);
		has(line_of(0, width), "1234567");
		has(titles, "EXITS/s");
		assert_true(layout.sort == 7 &&
			    !strncmp(titles + layout.sort_at, "EXITS/s", 7));
	}
	top_lay_out(&top, 80, &layout);
	top_titles(&top, &layout, titles);
	assert_true(layout.bar >= 18);
	assert_string_equal(titles + layout.bar_at, "TIME");
	has(line_of(0, 80), "~");
	has(line_of(0, 0), "a-name-that-is-longer-than-any-column-can-be-made-for-it");
	/* No characters that control a terminal. */
	has(line_of(1, 80), "b?[31m?");
	has(titles, "TIME");
	/* The column that rows are sorted by is shown even on the narrowest screen. */
	press("B");
	top_lay_out(&top, 40, &layout);
	top_titles(&top, &layout, titles);
	has(titles, "BLOCK");
	press("t");
	top_lay_out(&top, 80, &layout);
	top_titles(&top, &layout, titles);
	has(titles, "GUEST");
	has(titles, "KERNEL");
	assert_null(strstr(titles, "TIME"));
}

static void block_is(const char *expected)
{
	char *text = top_block(&top);

	assert_string_equal(text, expected);
	free(text);
}

#define NO_KEYS	"'of_reason':null,'keys':null,'others':null,'returns':null,'other_returns':null,"

static void json_of_top_is(const char *expected)
{
	char *text = top_json(&top);

	keep_json("top", text);
	json_is(text, expected);
	free(text);
}

/* Reading @n, every second, of @vcpus vCPUs that have a time of each kind. */
static void read_life(struct reading *r, unsigned int n, unsigned int vcpus)
{
	unsigned int v;

	*r = (struct reading) {
		.id = 0x4d, .isa = KVM_EXITSTAT_ISA_VMX, .tsc_khz = KHZ, .vcpus = vcpus, .counting = true,
		.untrusted = true, .vcpu = -1, .guest_cpu = -1, .cpuids = 110, .cpuids_frozen = 10,
	};
	name_rows(r);
	for (v = EXITS; v <= KVM_EXITSTAT_V_BLOCK; v++) {
		r->rows[0].v[v] = n * 1000000 * v + n;
		r->other.v[v] = n * 2000000 * v + n;
		r->rows[10].v[v] = n * 200;
		r->total.v[v] = r->rows[0].v[v] + r->other.v[v] + r->rows[10].v[v];
		r->lifetime += v == EXITS ? 0 : r->total.v[v];
	}
	r->none.v[KVM_EXITSTAT_V_USER] = n * 1000;
	r->outside = n * 50000000;
	r->guest = n * vcpus * SECOND - r->lifetime - r->outside;
	r->lifetime = n * vcpus * SECOND;
}

static void read_lives(unsigned int n)
{
	struct top_sources *sources = top.level == TOP_VMS ? &top.vms : &top.vcpus;
	const struct vm vms[] = { { .dir = "7-10", .pid = 7, .name = "web" }, { .dir = "8-10", .pid = 8 } };
	struct top_counts counts;
	struct reading r;
	unsigned int i;

	now += SECOND;
	top.time_ns = SECOND + SECOND / 2;
	top_pass_begin(sources, now);
	for (i = 0; i < 2; i++) {
		read_life(&r, n, 2 - i);
		top_counts_of(&counts, &r, now);
		assert_true(top_pass_take(sources, &vms[top.level == TOP_VMS ? i : 0], i, &counts));
	}
	top_pass_end(sources);
	assert_true(top_arrange(&top));
}

static void read_its_reasons(unsigned int n)
{
	struct reading r;

	read_life(&r, n, 2);
	now += SECOND;
	top_take_reading(&top, &r, now);
	assert_true(top_arrange(&top));
}

static void batch_prints_every_level(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	json_of_top_is(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'top','time_ns':0,'source':'debugfs','level':'vms',"
"'isa':null,'tsc_khz':null,'counting':true,'untrusted':false,'scope':null,'vm':null,'vcpu':null,"
"'by_vcpu':null,'reasons':null," NO_KEYS "'vms':[],'total':{'vcpus':0,'exits_since_start':0,'exits':null,"
"'elapsed_ns':null,'exits_per_second':null,'share':null,'accounts':null,'cycles':null},"
"'cpuid_exits_of_this_reading':null,'cpuid_exits_subtracted':null,'reading_ns':null}\n");
	read_lives(1);
	read_lives(3);
	block_is(
"1970-01-01 00:00:01.500 VMs: 3 vCPUs, 808 exits/s in 1.000 s\n"
"    PID  NAME          VCPUS   EXITS/s       EXITS    SHARE     MEAN   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  OUTSIDE  TIME\n"
"      7  web               2       404         606   50.00%  14.9 us  190.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%  gggggggggggggggggggo\n"
"      8  8-10              1       404         606   50.00%  14.9 us   90.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%  ggggggggggggggggggbo\n"
"  total                    3       808        1212           14.9 us  281.0%    0.6%    1.2%    1.8%     2.4%    3.0%    10.0%  gggggggggggggggggggo\n"
"\n");
	json_of_top_is(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'top','time_ns':1500000000,'source':'debugfs',"
"'level':'vms','isa':'vmx','tsc_khz':1000000,'counting':true,'untrusted':true,'scope':null,'vm':null,"
"'vcpu':null,'by_vcpu':null,'reasons':null," NO_KEYS "'vms':[{'name':'web','dir':'7-10','pid':7,'qmp':null,"
"'id':'0x000000000000004d','vcpus':2,'exits_since_start':606,'exits':404,'elapsed_ns':1000000000,"
"'exits_per_second':404.00,'share':50.00,'accounts':{'guest':3809997980,'kernel':6000404,'user':12000404,"
"'halt':18000404,'preempt':24000404,'block':30000404,'outside':100000000,'lifetime':4000000000}},"
"{'name':null,'dir':'8-10','pid':8,'qmp':null,'id':'0x000000000000004d','vcpus':1,"
"'exits_since_start':606,'exits':404,'elapsed_ns':1000000000,'exits_per_second':404.00,'share':50.00,"
"'accounts':{'guest':1809997980,'kernel':6000404,'user':12000404,'halt':18000404,'preempt':24000404,"
"'block':30000404,'outside':100000000,'lifetime':2000000000}}],'total':{'vcpus':3,"
"'exits_since_start':1212,'exits':808,'elapsed_ns':1000000000,'exits_per_second':808.00,'share':100.00,"
"'accounts':{'guest':5619995960,'kernel':12000808,'user':24000808,'halt':36000808,'preempt':48000808,"
"'block':60000808,'outside':200000000,'lifetime':6000000000},'cycles':null},'cpuid_exits_of_this_reading':null,"
"'cpuid_exits_subtracted':null,'reading_ns':null}\n");
	assert_true(top_press(&top, TOP_KEY_ENTER));
	read_lives(1);
	read_lives(2);
	block_is(
"1970-01-01 00:00:01.500 VM web (7): 3 vCPUs, 404 exits/s in 1.000 s\n"
" VCPU   EXITS/s       EXITS    SHARE     MEAN   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  OUTSIDE  TIME\n"
"    0       202         404   50.00%  14.9 us  190.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%  gggggggggggggggggggo\n"
"    1       202         404   50.00%  14.9 us   90.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%  ggggggggggggggggggbo\n"
"total       404         808           14.9 us  281.0%    0.6%    1.2%    1.8%     2.4%    3.0%    10.0%  gggggggggggggggggggo\n"
"\n");
	json_of_top_is(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'top','time_ns':1500000000,'source':'debugfs',"
"'level':'vcpus','isa':'vmx','tsc_khz':1000000,'counting':true,'untrusted':true,'scope':'vm',"
"'vm':{'name':'web','dir':'7-10','pid':7,'qmp':null,'id':'0x000000000000004d','vcpus':3},'vcpu':null,"
"'vms':null,'reasons':null," NO_KEYS "'by_vcpu':[{'vcpu':0,'exits_since_start':404,'exits':202,"
"'elapsed_ns':1000000000,'exits_per_second':202.00,'share':50.00,'accounts':{'guest':1904998990,"
"'kernel':3000202,'user':6000202,'halt':9000202,'preempt':12000202,'block':15000202,'outside':50000000,"
"'lifetime':2000000000}},{'vcpu':1,'exits_since_start':404,'exits':202,'elapsed_ns':1000000000,"
"'exits_per_second':202.00,'share':50.00,'accounts':{'guest':904998990,'kernel':3000202,'user':6000202,"
"'halt':9000202,'preempt':12000202,'block':15000202,'outside':50000000,'lifetime':1000000000}}],"
"'total':{'vcpus':3,'exits_since_start':808,'exits':404,'elapsed_ns':1000000000,"
"'exits_per_second':404.00,'share':100.00,'accounts':{'guest':2809997980,'kernel':6000404,"
"'user':12000404,'halt':18000404,'preempt':24000404,'block':30000404,'outside':100000000,"
"'lifetime':3000000000},'cycles':null},'cpuid_exits_of_this_reading':null,'cpuid_exits_subtracted':null,"
"'reading_ns':null}\n");
	press("r");
	read_its_reasons(1);
	block_is(
"1970-01-01 00:00:01.500 VM web (7), all vCPUs: 2 vCPUs, - exits/s in 0.000 s\n"
"REASON  NAME            EXITS/s       EXITS    SHARE     MEAN   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  TIME\n"
"    10  CPUID                 ?         200        ?        ?       ?       ?       ?       ?        ?       ?\n"
"     0  EXCEPTION_NMI         ?           1        ?        ?       ?       ?       ?       ?        ?       ?\n"
" other  other                 ?           1        ?        ?       ?       ?       ?       ?        ?       ?\n"
"  none  none                  ?           -        ?        ?       ?       ?       ?       ?        ?       ?\n"
" total                        ?         202                 ?       ?       ?       ?       ?        ?       ?\n"
"\n");
	read_its_reasons(4);
	block_is(
"1970-01-01 00:00:01.500 VM web (7), all vCPUs: 2 vCPUs, 496 exits/s in 1.000 s\n"
"REASON  NAME            EXITS/s       EXITS    SHARE     MEAN   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  TIME\n"
"    10  CPUID               490         800   98.79%  1.00 ns       -    0.0%    0.0%    0.0%     0.0%    0.0%  kkkkuuuuhhhhppppbbbb\n"
"     0  EXCEPTION_NMI      3.00           4    0.60%  1.00 ms       -    0.1%    0.2%    0.3%     0.4%    0.5%  kuuuhhhhpppppbbbbbbb\n"
" other  other              3.00           4    0.60%  2.00 ms       -    0.2%    0.4%    0.6%     0.8%    1.0%  kuuuhhhhpppppbbbbbbb\n"
"  none  none                  -           -        -        -       -       -    0.0%       -        -       -  uuuuuuuuuuuuuuuuuuuu\n"
" total                      496         808           18.1 us  190.5%    0.3%    0.6%    0.9%     1.2%    1.5%  gggggggggggggggggggo\n"
"\n");
	json_of_top_is(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'top','time_ns':1500000000,'source':'debugfs',"
"'level':'reasons','isa':'vmx','tsc_khz':1000000,'counting':true,'untrusted':true,'scope':'vm',"
"'vm':{'name':'web','dir':'7-10','pid':7,'qmp':null,'id':'0x000000000000004d','vcpus':2},'vcpu':null,"
"'vms':null,'by_vcpu':null," NO_KEYS "'reasons':[{'reason':10,'name':'CPUID','exits_since_start':800,'exits':490,"
"'elapsed_ns':1000000000,'exits_per_second':490.00,'share':98.79,'cycles':{'kernel':600,'user':600,"
"'halt':600,'preempt':600,'block':600}},{'reason':0,'name':'EXCEPTION_NMI','exits_since_start':4,"
"'exits':3,'elapsed_ns':1000000000,'exits_per_second':3.00,'share':0.60,'cycles':{'kernel':3000003,"
"'user':6000003,'halt':9000003,'preempt':12000003,'block':15000003}},"
"{'reason':null,'name':'other','exits_since_start':4,'exits':3,'elapsed_ns':1000000000,"
"'exits_per_second':3.00,'share':0.60,'cycles':{'kernel':6000003,'user':12000003,'halt':18000003,"
"'preempt':24000003,'block':30000003}},{'reason':null,'name':'none','exits_since_start':0,'exits':0,"
"'elapsed_ns':1000000000,'exits_per_second':0.00,'share':0.00,'cycles':{'kernel':0,'user':3000,'halt':0,"
"'preempt':0,'block':0}}],'total':{'vcpus':2,'exits_since_start':808,'exits':496,'elapsed_ns':1000000000,"
"'exits_per_second':496.00,'share':100.00,'accounts':{'guest':5714996970,'kernel':9000606,"
"'user':18000606,'halt':27000606,'preempt':36000606,'block':45000606,'outside':150000000,"
"'lifetime':6000000000},'cycles':null},'cpuid_exits_of_this_reading':null,'cpuid_exits_subtracted':null,"
"'reading_ns':null}\n");
}

static void screen_is(int width, const char *expected)
{
	char text[4096];
	struct top_layout layout;
	unsigned int i;

	top_lay_out(&top, width, &layout);
	top_titles(&top, &layout, text);
	for (i = 0; i <= top.nr; i++)
		sprintf(text + strlen(text), "\n%s", line_of(i, width));
	assert_string_equal(text, expected);
}

/* The most important columns first; what is left goes to names, and then to the bar. */
static void a_screen_has_the_columns_that_fit(void **state)
{
	unsigned int i;

	(void)state;
	top_page(&top, 10);
	read_lives(1);
	read_lives(3);
	for (i = 0; i < top.vms.nr; i++)
		memset(top.vms.all[i].vm.name, 'a' + i, 25 + 20 * i);
	assert_true(top_arrange(&top));
	screen_is(40,
"    PID  NAME           EXITS/s    SHARE\n"
"      7  aaaaaaaaaaa~       404   50.00%\n"
"      8  bbbbbbbbbbb~       404   50.00%\n"
"  total                     808");
	screen_is(60,
"    PID  NAME           EXITS/s    SHARE  TIME\n"
"      7  aaaaaaaaaaa~       404   50.00%  gggggggggggggggggo\n"
"      8  bbbbbbbbbbb~       404   50.00%  gggggggggggggggggo\n"
"  total                     808           gggggggggggggggggo");
	screen_is(80,
"    PID  NAME           VCPUS   EXITS/s       EXITS    SHARE  TIME\n"
"      7  aaaaaaaaaaaa~      2       404         606   50.00%  gggggggggggggggggo\n"
"      8  bbbbbbbbbbbb~      1       404         606   50.00%  gggggggggggggggggo\n"
"  total                     3       808        1212           gggggggggggggggggo");
	screen_is(100,
"    PID  NAME               VCPUS   EXITS/s       EXITS    SHARE   GUEST  KERNEL  TIME\n"
"      7  aaaaaaaaaaaaaaaa~      2       404         606   50.00%  190.5%    0.3%  gggggggggggggggggo\n"
"      8  bbbbbbbbbbbbbbbb~      1       404         606   50.00%   90.5%    0.3%  gggggggggggggggggo\n"
"  total                         3       808        1212           281.0%    0.6%  gggggggggggggggggo");
	screen_is(140,
"    PID  NAME             VCPUS   EXITS/s       EXITS    SHARE   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  OUTSIDE  TIME\n"
"      7  aaaaaaaaaaaaaa~      2       404         606   50.00%  190.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%  gggggggggggggggggo\n"
"      8  bbbbbbbbbbbbbb~      1       404         606   50.00%   90.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%  gggggggggggggggggo\n"
"  total                       3       808        1212           281.0%    0.6%    1.2%    1.8%     2.4%    3.0%    10.0%  gggggggggggggggggo");
	screen_is(240,
"    PID  NAME                                      VCPUS   EXITS/s       EXITS    SHARE     MEAN   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  OUTSIDE  TIME\n"
"      7  aaaaaaaaaaaaaaaaaaaaaaaaa                     2       404         606   50.00%  14.9 us  190.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%  gggggggggggggggggggggggggggggggggggggggggggggggggggggggggboo\n"
"      8  bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb~      1       404         606   50.00%  14.9 us   90.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%  gggggggggggggggggggggggggggggggggggggggggggggggggggggghpbooo\n"
"  total                                                3       808        1212           14.9 us  281.0%    0.6%    1.2%    1.8%     2.4%    3.0%    10.0%  ggggggggggggggggggggggggggggggggggggggggggggggggggggggggpboo");
	press("t");
	screen_is(60,
"    PID  NAME               EXITS/s    SHARE   GUEST  KERNEL\n"
"      7  aaaaaaaaaaaaaaa~       404   50.00%  190.5%    0.3%\n"
"      8  bbbbbbbbbbbbbbb~       404   50.00%   90.5%    0.3%\n"
"  total                         808           281.0%    0.6%");
	screen_is(80,
"    PID  NAME                   EXITS/s    SHARE   GUEST  KERNEL    USER    HALT\n"
"      7  aaaaaaaaaaaaaaaaaaa~       404   50.00%  190.5%    0.3%    0.6%    0.9%\n"
"      8  bbbbbbbbbbbbbbbbbbb~       404   50.00%   90.5%    0.3%    0.6%    0.9%\n"
"  total                             808           281.0%    0.6%    1.2%    1.8%");
	screen_is(100,
"    PID  NAME             EXITS/s    SHARE   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  OUTSIDE\n"
"      7  aaaaaaaaaaaaa~       404   50.00%  190.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%\n"
"      8  bbbbbbbbbbbbb~       404   50.00%   90.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%\n"
"  total                       808           281.0%    0.6%    1.2%    1.8%     2.4%    3.0%    10.0%");
	screen_is(140,
"    PID  NAME                        VCPUS   EXITS/s       EXITS    SHARE     MEAN   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  OUTSIDE\n"
"      7  aaaaaaaaaaaaaaaaaaaaaaaaa       2       404         606   50.00%  14.9 us  190.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%\n"
"      8  bbbbbbbbbbbbbbbbbbbbbbbbb~      1       404         606   50.00%  14.9 us   90.5%    0.3%    0.6%    0.9%     1.2%    1.5%     5.0%\n"
"  total                                  3       808        1212           14.9 us  281.0%    0.6%    1.2%    1.8%     2.4%    3.0%    10.0%");
	press("t");
	assert_true(top_press(&top, TOP_KEY_ENTER));
	read_lives(1);
	read_lives(2);
	screen_is(100,
" VCPU   EXITS/s       EXITS    SHARE     MEAN   GUEST  KERNEL    USER    HALT  TIME\n"
"    0       202         404   50.00%  14.9 us  190.5%    0.3%    0.6%    0.9%  ggggggggggggggggggggo\n"
"    1       202         404   50.00%  14.9 us   90.5%    0.3%    0.6%    0.9%  gggggggggggggggggggbo\n"
"total       404         808           14.9 us  281.0%    0.6%    1.2%    1.8%  ggggggggggggggggggggo");
	press("t");
	screen_is(80,
" VCPU   EXITS/s    SHARE   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK\n"
"    0       202   50.00%  190.5%    0.3%    0.6%    0.9%     1.2%    1.5%\n"
"    1       202   50.00%   90.5%    0.3%    0.6%    0.9%     1.2%    1.5%\n"
"total       404           281.0%    0.6%    1.2%    1.8%     2.4%    3.0%");
	press("r");
	read_its_reasons(1);
	read_its_reasons(2);
	screen_is(80,
"REASON  NAME           EXITS/s    SHARE   GUEST  KERNEL    USER    HALT  PREEMPT\n"
"    10  CPUID             90.0   97.83%       -    0.0%    0.0%    0.0%     0.0%\n"
"     0  EXCEPTION_N~      1.00    1.09%       -    0.1%    0.2%    0.3%     0.4%\n"
" other  other             1.00    1.09%       -    0.2%    0.4%    0.6%     0.8%\n"
"  none  none                 -        -       -       -    0.0%       -        -\n"
" total                    92.0           190.5%    0.3%    0.6%    0.9%     1.2%");
	press("t");
	screen_is(80,
"REASON  NAME           EXITS/s       EXITS    SHARE     MEAN  TIME\n"
"    10  CPUID             90.0         400   97.83%  2.00 ns  kkkkuuuuhhhhpppbbb\n"
"     0  EXCEPTION_N~      1.00           2    1.09%  1.00 ms  kuuhhhhpppppbbbbbb\n"
" other  other             1.00           2    1.09%  2.00 ms  kuuhhhhpppppbbbbbb\n"
"  none  none                 -           -        -        -  uuuuuuuuuuuuuuuuuu\n"
" total                    92.0         404           32.6 us  gggggggggggggggggo");
	/* A key is known by its name. */
	open_io();
	read_keys(KEYS REASON("9") "key 123 port 0xcf8 w 1 exits 9 kernel 900 user 90 error 0\n");
	screen_is(40,
"KEY         EXITS/s    SHARE\n"
"w 0xcf8 1         ?        ?\n"
"total             ?");
	screen_is(60,
"KEY        NAME                     EXITS/s    SHARE  KERNEL\n"
"w 0xcf8 1  PCI configuration add~         ?        ?       ?\n"
"total                                     ?                ?");
	screen_is(80,
"KEY        NAME                        EXITS/s    SHARE     MEAN  KERNEL    USER\n"
"w 0xcf8 1  PCI configuration address         ?        ?        ?       ?       ?\n"
"total                                        ?                 ?       ?       ?");
}

/* A name above or below the screen takes no room on it. */
static void columns_are_as_wide_as_the_screen_needs(void **state)
{
	const struct fake fakes[] = {
		{ 1, "a", 0, 1, 60 }, { 2, "b-------------------", 0, 1, 60 },
		{ 3, "c", 0, 1, 60 }, { 4, "d-----------------------------", 0, 1, 60 },
	};
	const unsigned int name = 4, most[] = { 20, 20, 30, 30 };
	struct top_layout layout;

	(void)state;
	top.view[TOP_VMS].sort = sort_of("name");
	pass(fakes, COUNT(fakes));
	top_page(&top, 2);
	for (top.first = 0; top.first < COUNT(most); top.first++) {
		top_lay_out(&top, 200, &layout);
		assert_int_equal(layout.width[name], most[top.first]);
	}
	top.first = 0;
	top_lay_out(&top, 0, &layout);
	assert_int_equal(layout.width[name], 30);
}

static void batch_in_a_guest_is_of_one_vm(void **state)
{
	char *text;

	(void)state;
	setenv("TZ", "UTC", 1);
	top_open_guest(&top);
	read_its_reasons(1);
	top.took_ns = 1234567;
	block_is(
"1970-01-01 00:00:00.000 this VM: 2 vCPUs, - exits/s in 0.000 s; a reading: 110 CPUID exits, 1.23 ms\n"
"REASON  NAME            EXITS/s       EXITS    SHARE     MEAN   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  TIME\n"
"    10  CPUID                 ?         200        ?        ?       ?       ?       ?       ?        ?       ?\n"
"     0  EXCEPTION_NMI         ?           1        ?        ?       ?       ?       ?       ?        ?       ?\n"
" other  other                 ?           1        ?        ?       ?       ?       ?       ?        ?       ?\n"
"  none  none                  ?           -        ?        ?       ?       ?       ?       ?        ?       ?\n"
" total                        ?         202                 ?       ?       ?       ?       ?        ?       ?\n"
"\n");
	read_its_reasons(2);
	block_is(
"1970-01-01 00:00:00.000 this VM: 2 vCPUs, 92.0 exits/s in 1.000 s; a reading: 110 CPUID exits, 1.23 ms; not in EXITS/s\n"
"REASON  NAME            EXITS/s       EXITS    SHARE     MEAN   GUEST  KERNEL    USER    HALT  PREEMPT   BLOCK  TIME\n"
"    10  CPUID              90.0         400   97.83%  2.00 ns       -    0.0%    0.0%    0.0%     0.0%    0.0%  kkkkuuuuhhhhppppbbbb\n"
"     0  EXCEPTION_NMI      1.00           2    1.09%  1.00 ms       -    0.1%    0.2%    0.3%     0.4%    0.5%  kuuuhhhhpppppbbbbbbb\n"
" other  other              1.00           2    1.09%  2.00 ms       -    0.2%    0.4%    0.6%     0.8%    1.0%  kuuuhhhhpppppbbbbbbb\n"
"  none  none                  -           -        -        -       -       -    0.0%       -        -       -  uuuuuuuuuuuuuuuuuuuu\n"
" total                     92.0         404           32.6 us  190.5%    0.3%    0.6%    0.9%     1.2%    1.5%  gggggggggggggggggggo\n"
"\n");
	json_of_top_is(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'top','time_ns':0,'source':'cpuid','level':'reasons',"
"'isa':'vmx','tsc_khz':1000000,'counting':true,'untrusted':true,'scope':'vm','vm':{'name':null,"
"'dir':null,'pid':null,'qmp':null,'id':'0x000000000000004d','vcpus':2},'vcpu':null,'vms':null,"
"'by_vcpu':null," NO_KEYS "'reasons':[{'reason':10,'name':'CPUID','exits_since_start':400,'exits':90,"
"'elapsed_ns':1000000000,'exits_per_second':90.00,'share':97.83,'cycles':{'kernel':200,'user':200,"
"'halt':200,'preempt':200,'block':200}},{'reason':0,'name':'EXCEPTION_NMI','exits_since_start':2,"
"'exits':1,'elapsed_ns':1000000000,'exits_per_second':1.00,'share':1.09,'cycles':{'kernel':1000001,"
"'user':2000001,'halt':3000001,'preempt':4000001,'block':5000001}},"
"{'reason':null,'name':'other','exits_since_start':2,'exits':1,'elapsed_ns':1000000000,"
"'exits_per_second':1.00,'share':1.09,'cycles':{'kernel':2000001,'user':4000001,'halt':6000001,"
"'preempt':8000001,'block':10000001}},{'reason':null,'name':'none','exits_since_start':0,'exits':0,"
"'elapsed_ns':1000000000,'exits_per_second':0.00,'share':0.00,'cycles':{'kernel':0,'user':1000,'halt':0,"
"'preempt':0,'block':0}}],'total':{'vcpus':2,'exits_since_start':404,'exits':92,'elapsed_ns':1000000000,"
"'exits_per_second':92.00,'share':100.00,'accounts':{'guest':1904998990,'kernel':3000202,'user':6000202,"
"'halt':9000202,'preempt':12000202,'block':15000202,'outside':50000000,'lifetime':2000000000},'cycles':null},"
"'cpuid_exits_of_this_reading':110,'cpuid_exits_subtracted':110,'reading_ns':1234567}\n");
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_int_equal(top.level, TOP_REASONS);
	top.now.host = true;
	text = top_json(&top);
	has(text, "\"scope\":\"host\"");
	free(text);
	text = top_block(&top);
	has(text, " the whole host: 2 vCPUs, ");
	free(text);
}

static struct json_object *field(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("there is no '%s'", key);
	return value;
}

static struct json_object *json(void)
{
	char *text = top_json(&top);
	struct json_object *root = json_tokener_parse(text);

	assert_non_null(root);
	free(text);
	return root;
}

/* What is not known yet, what does not apply at a level, and what a reading costs a guest. */
static void json_has_null_for_what_is_not_known(void **state)
{
	static const char *const twice[] = { "exits", "elapsed_ns", "exits_per_second", "share" };
	struct fake fake = { 1, "a", 77, 1000, 60 };
	struct json_object *root, *row;
	unsigned int i;

	(void)state;
	pass(&fake, 1);
	root = json();
	assert_string_equal(json_object_get_string(field(root, "source")), "debugfs");
	assert_null(field(root, "scope"));
	assert_null(field(root, "vm"));
	assert_null(field(root, "vcpu"));
	assert_null(field(root, "by_vcpu"));
	assert_null(field(root, "reasons"));
	assert_null(field(root, "reading_ns"));
	assert_true(json_object_get_boolean(field(root, "counting")));
	assert_int_equal(json_object_get_int(field(root, "tsc_khz")), KHZ);
	row = json_object_array_get_idx(field(root, "vms"), 0);
	for (i = 0; i < COUNT(twice); i++)
		assert_null(field(row, twice[i]));
	assert_null(field(row, "accounts"));
	assert_string_equal(json_object_get_string(field(row, "id")), "0x000000000000004d");
	json_object_put(root);

	assert_true(top_press(&top, TOP_KEY_ENTER));
	pass_vcpus(&fake, 2);
	root = json();
	assert_string_equal(json_object_get_string(field(root, "scope")), "vm");
	assert_string_equal(json_object_get_string(field(root, "level")), "vcpus");
	assert_string_equal(json_object_get_string(field(field(root, "vm"), "name")), "a");
	assert_int_equal(json_object_get_int(field(field(root, "vm"), "vcpus")), 2);
	assert_null(field(root, "vcpu"));
	assert_null(field(root, "vms"));
	assert_int_equal(json_object_array_length(field(root, "by_vcpu")), 2);
	row = json_object_array_get_idx(field(root, "by_vcpu"), 1);
	assert_int_equal(json_object_get_int(field(row, "vcpu")), 0);
	assert_int_equal(json_object_get_int(field(field(root, "total"), "vcpus")), 2);
	json_object_put(root);
	top.qmp = "/a/socket";
	press("r");
	read_reasons(100, 50, 77);
	root = json();
	assert_string_equal(json_object_get_string(field(root, "source")), "qmp");
	assert_null(field(field(root, "vm"), "dir"));
	row = json_object_array_get_idx(field(root, "reasons"), 0);
	assert_null(field(row, "cycles"));
	json_object_put(root);
	read_reasons(300, 50, 77);
	root = json();
	row = json_object_array_get_idx(field(root, "reasons"), 0);
	assert_string_equal(json_object_get_string(field(row, "name")), "cpuid");
	assert_int_equal(json_object_get_int(field(row, "exits")), 200);
	assert_int_equal(json_object_get_int(field(field(row, "cycles"), "kernel")), 200000);
	row = field(field(root, "total"), "accounts");
	assert_int_equal(json_object_get_int(field(row, "kernel")), 200000);
	assert_int_equal(json_object_get_int(field(row, "halt")), 0);
	json_object_put(root);
}

/* Like a VM that is read by QMP. */
static void a_vm_of_an_unknown_process_has_a_dash(void **state)
{
	const struct fake fake = { 0, "vm", 99, 10, 60 };

	char text[32] = "?";

	(void)state;
	pass(&fake, 1);
	has(line_of(0, 80), "      -  vm ");
	assert_true(top_press(&top, TOP_KEY_ENTER));
	top_where(&top, text, sizeof(text));
	assert_string_equal(text, "VM vm");
	/* On a host, a reading costs nobody an exit. */
	top_cost(&top, text, sizeof(text));
	assert_string_equal(text, "");
}

/* What each key does that no other test presses. */
static void every_key(void **state)
{
	static const struct {
		char key;
		const char *sort;
	} sorts[] = {
		{ 'X', "rate" }, { 'T', "exits" }, { 'A', "name" }, { 'N', "number" }, { 'V', "vcpus" }, { 'M', "mean" },
		{ 'G', "guest" }, { 'K', "kernel" }, { 'U', "user" }, { 'H', "halt" }, { 'P', "preempt" }, { 'B', "block" },
		{ 'O', "outside" },
	};
	struct fake fakes[] = { { 1, "a", 0, 1000, 60 }, { 2, "b", 0, 500, 60 }, { 3, "c", 0, 20, 60 } };
	const struct top_view *view = &top.view[TOP_VMS];
	char text[TOP_FILTER + 1];
	unsigned int i;

	(void)state;
	pass(fakes, 3);
	top_page(&top, 2);
	for (i = 0; i < COUNT(sorts); i++) {
		press("R");
		assert_true(view->reverse);
		press((char []) { sorts[i].key, '\0' });
		assert_string_equal(top_sort_words[view->sort], sorts[i].sort);
		assert_false(view->reverse);
	}
	press("AR");
	assert_string_equal(names(), "c b a");
	press("R");
	assert_true(top_press(&top, TOP_KEY_PAGE_DOWN));
	assert_int_equal(top.selected, 2);
	assert_true(top_press(&top, TOP_KEY_PAGE_UP));
	assert_int_equal(top.selected, 0);
	assert_true(top_press(&top, TOP_KEY_RIGHT));
	assert_int_equal(top.level, TOP_VCPUS);
	/* A key that cannot sort this level changes nothing. */
	press("KRVA");
	assert_string_equal(top_sort_words[top.view[TOP_VCPUS].sort], "kernel");
	assert_true(top.view[TOP_VCPUS].reverse);
	assert_true(top_press(&top, TOP_KEY_LEFT));
	assert_int_equal(top.level, TOP_VMS);
	assert_string_equal(top.rows[top.selected].name, "a");
	/* A message stays until a key is pressed; a filter takes as much as it has room for. */
	strcpy(top.message, "told");
	assert_true(top_press(&top, TOP_KEY_NONE));
	assert_true(top_press(&top, TOP_KEY_REDRAW));
	assert_string_equal(top.message, "told");
	press("/");
	assert_string_equal(top.message, "");
	assert_true(top_press(&top, TOP_KEY_BACKSPACE));
	assert_string_equal(view->filter, "");
	press(" ~\x1f\x7f");
	assert_string_equal(view->filter, " ~");
	memset(text, 'x', TOP_FILTER);
	text[TOP_FILTER] = '\0';
	press(text);
	assert_int_equal(strlen(view->filter), TOP_FILTER - 1);
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_string_equal(view->filter, "");
	assert_int_equal(top.nr, 3);
	press("?");
	assert_true(top.help);
	assert_true(top_press(&top, TOP_KEY_GONE));
	assert_true(top.quit);
}

static void help_fits_on_the_least_screen(void **state)
{
	bool longer = false;
	unsigned int n;

	(void)state;
	for (n = 0; top_help(n); n++) {
		assert_true(strlen(top_help(n)) <= 80);
		longer |= !strncmp(top_help(n), "  + -  ", 7);
	}
	assert_true(n <= 22);
	assert_true(longer);
	press("h");
	assert_true(top.help);
	press("q");
	assert_false(top.help || top.quit);
	press("q");
	assert_true(top.quit);
}

/* Keys, returns and what is left of them; also what the filter hides */
static void json_has_the_keys(void **state)
{
	static const struct vm vm = { .pid = 7, .name = "vm", .dir = "7-10" };
	struct json_object *root, *row;
	char where[64];

	(void)state;
	top_open_keys(&top, &vm, 99, -1, IO, "io");
	read_keys(KEYS REASON("50") KEY("71", "50") "return 123 rest returns 1 user 500\n");
	root = json();
	assert_null(field(field(root, "total"), "exits"));
	assert_null(field(field(root, "total"), "cycles"));
	assert_null(field(field(root, "others"), "cycles"));
	row = json_object_array_get_idx(field(root, "keys"), 0);
	assert_null(field(row, "cycles"));
	assert_null(field(row, "share"));
	assert_int_equal(json_object_get_int(field(row, "exits_since_start")), 50);
	assert_int_equal(json_object_array_length(field(root, "returns")), 0);
	json_object_put(root);
	read_keys(KEYS REASON("1050") REST("10")
		  "key 123 port 0x71 w 1 exits 1000 kernel 100000 user 10000 error 7\nkey 123 port 0x5555 - 0 exits 40 kernel 4000 user 400\n"
		  "return 123 0x2 - returns 30 user 9000 error 3\nreturn 123 0x4 e returns 1 user 400\nreturn 123 rest returns 2 user 1100\n");
	press("/71");
	json_of_top_is(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'top','time_ns':0,'source':'debugfs','level':'keys',"
"'isa':'svm','tsc_khz':1000000,'counting':true,'untrusted':false,'scope':'vm',"
"'vm':{'name':'vm','dir':'7-10','pid':7,'qmp':null,'id':'0x0000000000000063','vcpus':2},'vcpu':null,"
"'vms':null,'by_vcpu':null,'reasons':null,'of_reason':{'reason':123,'name':'io'},"
"'keys':[{'class':'port','value':'0x0000000000000071','access':'w','size':1,'name':'RTC','exits_since_start':1000,'exits':950,"
"'elapsed_ns':1000000000,'exits_per_second':950.00,'share':95.00,'cycles':{'kernel':95000,'user':9500},'error':7}],"
"'others':{'exits_since_start':10,'exits':10,'elapsed_ns':1000000000,'exits_per_second':10.00,'share':1.00,"
"'cycles':{'kernel':1000,'user':100}},'returns':[],"
"'other_returns':{'returns_since_start':2,'returns':1,'elapsed_ns':1000000000,'returns_per_second':1.00,'share':0.10,"
"'cycles':{'user':600}},'total':{'vcpus':2,'exits_since_start':1050,'exits':1000,'elapsed_ns':1000000000,"
"'exits_per_second':1000.00,'share':100.00,'accounts':null,'cycles':{'kernel':100000,'user':10000}},"
"'cpuid_exits_of_this_reading':null,'cpuid_exits_subtracted':null,'reading_ns':null}\n");
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	root = json();
	assert_int_equal(json_object_array_length(field(root, "keys")), 2);
	row = json_object_array_get_idx(field(root, "keys"), 1);
	assert_null(field(row, "access"));
	assert_null(field(row, "size"));
	assert_null(field(row, "name"));
	assert_int_equal(json_object_array_length(field(root, "returns")), 2);
	row = json_object_array_get_idx(field(root, "returns"), 0);
	assert_int_equal(json_object_get_int(field(row, "exit_reason")), 2);
	assert_null(field(row, "errno"));
	assert_string_equal(json_object_get_string(field(row, "name")), "KVM_EXIT_IO");
	assert_int_equal(json_object_get_int(field(row, "returns_since_start")), 30);
	assert_int_equal(json_object_get_int(field(row, "returns")), 30);
	assert_int_equal(json_object_get_int(field(row, "returns_per_second")), 30);
	assert_int_equal(json_object_get_int(field(row, "share")), 3);
	assert_int_equal(json_object_get_int(field(row, "error")), 3);
	assert_int_equal(json_object_get_int(field(field(row, "cycles"), "user")), 9000);
	row = json_object_array_get_idx(field(root, "returns"), 1);
	assert_null(field(row, "exit_reason"));
	assert_int_equal(json_object_get_int(field(row, "errno")), 4);
	json_object_put(root);
	/* Of one vCPU; going back shows its reasons. */
	top_open_keys(&top, &vm, 99, 3, KVM_EXITSTAT_SUB_NONE, "none");
	assert_true(top_arrange(&top));
	root = json();
	assert_string_equal(json_object_get_string(field(root, "scope")), "vcpu");
	assert_int_equal(json_object_get_int(field(root, "vcpu")), 3);
	assert_null(field(field(root, "vm"), "vcpus"));
	assert_null(field(field(root, "of_reason"), "reason"));
	assert_string_equal(json_object_get_string(field(field(root, "of_reason"), "name")), "none");
	json_object_put(root);
	top_where(&top, where, sizeof(where));
	assert_string_equal(where, "VM vm (7), vCPU 3, none");
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	assert_int_equal(top.level, TOP_REASONS);
	assert_int_equal(top.vcpu, 3);
}

#define KEYS_FILE	KVM_DEBUGFS "/" OWN_VM "/exitstat-keys"

static int read_by(const char *text, bool batch)
{
	const struct target target = {};
	const struct top_reader reader = { .target = &target, .batch = batch };
	FILE *file = text ? fopen(KEYS_FILE, "w") : NULL;

	if (text) {
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	return top_read(&top, &reader);
}

static int read_file_of_keys(const char *text)
{
	return read_by(text, false);
}

/* From the file to the rows; or to a sentence over the reasons, as they were. */
static void the_file_of_keys_is_read(void **state)
{
	static const struct {
		const char *text;
		const char *sentence;
		int in_batch;	/* what top_read() returns then */
		unsigned int exits;
	} without[] = {
		{ "kvm-exitstat 1\nisa svm\nid 0x63\nvcpus 2\ncounting 1\nkeys 0\ntsc_khz 1\ntorn 0\n", "exitstat_keys is 0", SOURCE_FAILED, 0 },
		{ KEYS, "no exit has been kept by its key", EXIT_DONE, 0 },
		{ KEYS ELSE "reason 123 exits 9 kernel 9 user 0\nlevel 123 l1 exits 9 kernel 9 user 0\n", "reason io has no keys", EXIT_DONE, 9 },
		{ "nonsense\n", "cannot be understood", SOURCE_FAILED, 0 },
	};
	unsigned int i;

	(void)state;
	if (!own_debugfs())
		skip();
	open_io_of(OWN_VM);
	for (i = 0; i < COUNT(without); i++) {
		assert_int_equal(read_file_of_keys(without[i].text), EXIT_DONE);
		has(top.message, without[i].sentence);
		assert_int_equal(top.level, TOP_REASONS);
		assert_int_equal(top.nr, 3);
		enter_io();
	}
	assert_int_equal(read_file_of_keys(KEYS ELSE REASON("50") KEY("1", "50")), EXIT_DONE);
	assert_string_equal(added(), "1=? total=?");
	assert_int_equal(read_file_of_keys(KEYS ELSE REASON("70") KEY("1", "70")), EXIT_DONE);
	assert_string_equal(added(), "1=20 total=20");
	assert_true(top.sum.rate > 0);
	assert_string_equal(top.message, "");
	/* Without a screen the keys stay open: they can come, unless KVM keeps none. */
	assert_true(top_press(&top, TOP_KEY_ESCAPE));
	enter_io();
	for (i = 0; i < COUNT(without); i++) {
		top.message[0] = '\0';
		assert_int_equal(read_by(without[i].text, true), without[i].in_batch);
		has(top.message, without[i].sentence);
		assert_int_equal(top.level, TOP_KEYS);
		assert_int_equal(top.nr, 0);
		if (!without[i].in_batch)
			assert_int_equal(top.sum.exits, without[i].exits);
	}
	assert_int_equal(read_by(KEYS, true), EXIT_DONE);
	assert_string_equal(added(), "total=?");
	assert_false(top.others.known || top.other_returns.known);
	assert_int_equal(read_by(KEYS, true), EXIT_DONE);
	assert_string_equal(added(), "total=0");
	assert_true(top.others.known && top.other_returns.known);
	top.message[0] = '\0';
	assert_int_equal(read_by(KEYS ELSE REASON("50") KEY("1", "50"), true), EXIT_DONE);
	assert_string_equal(top.message, "");
	assert_string_equal(added(), "1=50 total=50");
	assert_int_equal(read_by(KEYS KEY("1", "50"), true), EXIT_DONE);
	assert_string_equal(added(), "total=?");
	has(top.message, "reason io has no keys");
	/* The VM ends while its keys are shown. */
	assert_int_equal(unlink(KEYS_FILE), 0);
	assert_int_equal(rmdir(KVM_DEBUGFS "/" OWN_VM), 0);
	assert_int_equal(read_file_of_keys(NULL), EXIT_DONE);
	assert_int_equal(top.level, TOP_VMS);
	has(top.message, "VM vm (7) has ended");
}

static void end_both(int sig)
{
	(void)sig;
	rmdir(KVM_DEBUGFS "/3-4");
	rmdir(KVM_DEBUGFS "/5-6");
}

/* VMs that are half removed are no failure, although there is none to show: each is waited for. */
static void vms_end_together(void **state)
{
	const struct target target = {};
	const struct top_reader reader = { .target = &target };
	const struct waits usual = waits;

	(void)state;
	if (access(KVM_DEBUGFS, W_OK) || mkdir(KVM_DEBUGFS "/3-4", 0700) || mkdir(KVM_DEBUGFS "/5-6", 0700))
		skip();
	waits.folder = 10;
	assert_int_equal(top_read(&top, &reader), SOURCE_FAILED);
	has(top.message, "5-6");
	top.message[0] = '\0';
	waits.folder = 30000;
	signal(SIGALRM, end_both);
	ualarm(100000, 0);
	assert_int_equal(top_read(&top, &reader), EXIT_DONE);
	assert_string_equal(top.message, "");
	assert_true(top_arrange(&top));
	assert_int_equal(top.nr, 0);
	waits = usual;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rates_need_two_readings),
		TEST(rates_are_of_the_time_that_passed),
		TEST(a_new_vm_counts_from_0),
		TEST(vms_come_in_any_order),
		TEST(the_last_row_ends),
		TEST(another_id_is_another_vm),
		TEST(what_goes_back_is_not_known),
		TEST(an_ended_vm_is_gone_at_once),
		TEST(every_way_to_sort),
		TEST(rows_are_sorted_by_what_they_have),
		TEST(the_filter_hides_and_the_sum_does_not),
		TEST(the_selection_stays_with_its_vm),
		TEST(five_hundred_vcpus_scroll),
		TEST(equal_numbers_are_sorted_by_exits),
		TEST(reasons_of_a_vcpu_and_of_a_vm),
		TEST(going_back_selects_what_was_open),
		TEST(keys_of_a_reason_have_rates),
		TEST(returns_of_a_reason_have_rates),
		TEST(errors_have_a_column),
		TEST(returns_that_cannot_be_compared),
		TEST(a_thousand_returns_have_rows),
		TEST(keys_come_and_go),
		TEST(others_have_a_row_if_they_have_anything),
		TEST(every_part_of_a_key_tells_keys_apart),
		TEST(keys_that_cannot_be_compared),
		TEST(a_reason_may_have_no_keys),
		TEST(a_full_file_is_noticed),
		TEST(the_widest_key_is_there_at_any_width),
		TEST(a_mean_of_the_largest_numbers),
		TEST(a_thousand_keys_have_rows),
		TEST(the_most_keys_keep_their_rows),
		TEST(the_selection_survives_its_key),
		TEST(where_there_are_no_keys),
		TEST(the_end_of_what_is_open),
		TEST(where_we_are_fits_any_room),
		TEST(times_of_reading),
		TEST(lines_fit_at_every_width),
		TEST(batch_prints_every_level),
		TEST(a_screen_has_the_columns_that_fit),
		TEST(columns_are_as_wide_as_the_screen_needs),
		TEST(batch_in_a_guest_is_of_one_vm),
		TEST(json_has_null_for_what_is_not_known),
		TEST(json_has_the_keys),
		TEST(a_vm_of_an_unknown_process_has_a_dash),
		TEST(every_key),
		TEST(help_fits_on_the_least_screen),
		/* The last: it changes what this process sees. */
		TEST(the_file_of_keys_is_read),
		TEST(vms_end_together),
	};

	return cmocka_run_group_tests_name("top", tests, NULL, NULL);
}
