// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `exitstat show` and `exitstat stat` print of a reading: text and JSON, byte for byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/version.h"
#include "model/difference.h"
#include "model/histogram.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/table.h"
#include "render/render.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_is.h"
#include "keep_json.h"

#define EXITS	KVM_EXITSTAT_V_EXITS
#define KERNEL	KVM_EXITSTAT_V_KERNEL
#define USER	KVM_EXITSTAT_V_USER
#define HALT	KVM_EXITSTAT_V_HALT
#define LONGEST	KVM_EXITSTAT_V_LONGEST
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define SECOND	1000000000ull

static struct reading r;
static struct view view;
static struct stat_run run;

static void row_of(struct row *row, uint64_t exits, uint64_t kernel, uint64_t user, uint64_t halt)
{
	row->v[EXITS] = exits;
	row->v[KERNEL] = kernel;
	row->v[USER] = user;
	row->v[HALT] = halt;
	r.total.v[EXITS] += exits;
	r.total.v[KERNEL] += kernel;
	r.total.v[USER] += user;
	r.total.v[HALT] += halt;
	r.lifetime += kernel + user + halt;
}

/* Two vCPUs, 10 s old; a cycle is a nanosecond. */
static int begin(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	r = (struct reading) {
		.from = FROM_CPUID, .abi_version = 1, .isa = KVM_EXITSTAT_ISA_VMX, .layout = 2022,
		.tsc_khz = 1000000, .vcpus = 2, .id = 0x4d, .snapshot = 3, .adds_up = true,
		.counting = true, .vcpu = -1, .guest_cpu = -1, .cpuids = 152,
	};
	name_rows(&r);
	r.rows[10].handled = true;
	row_of(&r.rows[10], 300, 600000, 0, 0);
	row_of(&r.rows[12], 100, 400000, 0, 9 * SECOND);
	row_of(&r.rows[35], 1, 0, 7000000, 0);
	row_of(&r.other, 2, 5000, 0, 0);
	row_of(&r.none, 0, 0, 3000, 0);
	r.outside = SECOND;
	r.guest = 20 * SECOND - r.lifetime - r.outside;
	r.lifetime = 20 * SECOND;
	run = (struct stat_run) { .elapsed_ns = SECOND / 4, .cpuids_subtracted = 137 };
	view = (struct view) { .r = &r, .time_ns = 1500000000 };
	return 0;
}

static void text_is(const char *expected)
{
	char *text = render(&view);

	assert_string_equal(text, expected);
	free(text);
}

/* The lines above the table */
static void head_is(const char *expected)
{
	char *text = render(&view);

	*strstr(text, "\n\nREASON") = '\0';
	assert_string_equal(text, expected);
	free(text);
}

static void shows(const char *expected)
{
	char *text;

	view.json = true;
	view.series = true;
	text = render(&view);
	keep_json(view.run ? "stat" : "show", text);
	json_is(text, expected);
	free(text);
}

static void the_head_says_what_was_read(void **state)
{
	const struct subject web = { "web\x1b", 7, "7-10", NULL }, unnamed = { "", 7, "7-10", NULL };
	const struct subject by_qmp = { "", 0, "", "/socket" };
	const struct {
		int vcpu, guest_cpu;
		bool host;
		const struct subject *subject;
		uint32_t vcpus;
		const char *head;
	} heads[] = {
		{ -1, -1, false, NULL, 2, "VMX, this VM (2 vCPUs)" },
		{ -1, -1, false, NULL, 1, "VMX, this VM (1 vCPU)" },
		{ -1, 0, false, NULL, 1, "VMX, the vCPU of CPU 0 alone" },
		{ -1, 5, false, NULL, 1, "VMX, the vCPU of CPU 5 alone" },
		{ -1, -1, true, NULL, 1, "VMX, the whole host: every VM since kvm was loaded (1 vCPU)" },
		{ -1, -1, false, &web, 2, "VMX, VM 'web?' of process 7 (7-10), 2 vCPUs" },
		{ 0, -1, false, &web, 1, "VMX, vCPU 0 of VM 'web?' of process 7 (7-10)" },
		{ 3, -1, false, &unnamed, 1, "VMX, vCPU 3 of the VM of process 7 (7-10)" },
		{ -1, -1, false, &by_qmp, 1, "VMX, a VM without a name, 1 vCPU" },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(heads); i++) {
		r.vcpu = heads[i].vcpu;
		r.guest_cpu = heads[i].guest_cpu;
		r.host = heads[i].host;
		r.vcpus = heads[i].vcpus;
		view.subject = heads[i].subject;
		head_is(heads[i].head);
	}
	r.isa = KVM_EXITSTAT_ISA_SVM;
	r.adds_up = false;
	r.untrusted = true;
	r.anomalies = 7;
	r.tsc_khz = 0;
	view.series = true;
	head_is(
"At 1970-01-01 00:00:01.500\n"
"SVM, a VM without a name, 1 vCPU\n"
"Rows are read live, one after another: they do not add up to the total.\n"
"Times cannot be trusted: the host's TSC is unstable.\n"
"Anomalies: 7 (the TSC stepped back; those intervals are left out).\n"
"Times are in TSC cycles: the host does not tell the TSC's frequency.");
	view.run = &run;
	head_is(
"Exits in the 0.250 seconds to 1970-01-01 00:00:01.500\n"
"SVM, a VM without a name, 1 vCPU\n"
"Rows are read live, one after another: they do not add up to the total.\n"
"Times cannot be trusted: the host's TSC is unstable.\n"
"Anomalies: 7 (the TSC stepped back; those intervals are left out).\n"
"Times are in TSC cycles: the host does not tell the TSC's frequency.");
}

static void a_share_is_in_percent(void **state)
{
	static const struct { double part, whole; const char *text; } shares[] = {
		{ 1, 3, "33.33%" }, { 2, 2, "100.00%" }, { 1, 1e9, "0.00%" },
		{ 0, 3, "-" }, { -1, 3, "-" }, { 0, 0, "-" }, { 1, 0, "-" },
	};
	char text[16];
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(shares); i++) {
		share_text(text, sizeof(text), shares[i].part, shares[i].whole);
		assert_string_equal(text, shares[i].text);
	}
}

/* Of a difference, LONGEST may be in a row alone. */
static void longest_is_kept_if_any_row_has_it(void **state)
{
	struct row *const rows[] = { &r.rows[0], &r.rows[r.nr_rows - 1], &r.other, &r.none, &r.total };
	unsigned int i;

	(void)state;
	r.rows[r.nr_rows].v[LONGEST] = 1;	/* of no reason */
	assert_false(longest_is_kept(&r));
	for (i = 0; i < COUNT(rows); i++) {
		rows[i]->v[LONGEST] = 1;
		assert_true(longest_is_kept(&r));
		rows[i]->v[LONGEST] = 0;
	}
	r.histograms = true;
	assert_true(longest_is_kept(&r));
}

static void a_rate_needs_a_time(void **state)
{
	(void)state;
	assert_true(exits_per_second(&view, 1000) == 100);
	r.vcpus = 0;
	assert_true(exits_per_second(&view, 1000) == -1);
	r.guest_cpu = 0;
	assert_true(exits_per_second(&view, 1000) == 50);
	r.tsc_khz = 0;
	assert_true(exits_per_second(&view, 1000) == -1);
	r.tsc_khz = 1;
	r.lifetime = 0;
	assert_true(exits_per_second(&view, 1000) == -1);
	view.run = &run;
	assert_true(exits_per_second(&view, 1000) == 4000);
	run.elapsed_ns = 0;
	assert_true(exits_per_second(&view, 1000) == -1);
}

/* Equal ones by exits, then by number. */
static void rows_have_one_order(void **state)
{
	static const struct { uint32_t reason, exits, kernel, user; } rows[] = {
		{ 1, 10, 10, 0 }, { 2, 20, 20, 0 }, { 3, 20, 20, 0 }, { 4, 0, 0, 9 }, { 5, 99, 0, 0 }, { 6, 10, 5, 0 },
	};
	static const struct { unsigned int sort; const char *order; } orders[] = {
		{ SORT_MEAN, " 2 3 1 6 5 4" }, { EXITS, " 5 2 3 1 6 4" }, { KERNEL, " 2 3 1 6 5 4" }, { USER, " 4 5 2 3 1 6" },
	};
	struct table table;
	char order[32];
	unsigned int i, row;

	(void)state;
	name_rows(&r);
	for (i = 0; i < COUNT(rows); i++)
		row_of(&r.rows[rows[i].reason], rows[i].exits, rows[i].kernel, rows[i].user, 0);
	for (i = 0; i < COUNT(orders); i++) {
		view.sort = orders[i].sort;
		table_fill(&table, &view);
		assert_int_equal(table.nr, COUNT(rows) + 1);
		for (order[0] = '\0', row = 0; row < COUNT(rows); row++)
			sprintf(order + strlen(order), " %u", table.lines[row]->reason);
		assert_string_equal(order, orders[i].order);
	}
}

static void a_long_command_is_shortened(void **state)
{
	static const struct {
		char *argv[4];
		const char *shown;
	} commands[] = {
		{ { "a", "b\n", NULL }, "a b?" },
		{ { "1234567890123456789012345678901234567890", NULL }, "1234567890123456789012345678901234567890" },
		{ { "12345678901234567890123456789012345678901", NULL }, "1234567890123456789012345678901234567890..." },
		{ { "1234567890", "1234567890123456789012345678", "1", NULL }, "1234567890 1234567890123456789012345678 ..." },
		{ { "1234567890", "12345678901234567890123456789", "", NULL }, "1234567890 12345678901234567890123456789 " },
		{ { "1234567890123456789012345678901234567890", "1", NULL }, "1234567890123456789012345678901234567890 ..." },
		{ { "123456789012345678901234567890123456789", "\xe7\xbd\x91", NULL }, "123456789012345678901234567890123456789 ..." },
	};
	char head[128];
	unsigned int i;

	(void)state;
	view.run = &run;
	for (i = 0; i < COUNT(commands); i++) {
		run.argv = commands[i].argv;
		snprintf(head, sizeof(head), "\nExits while '%s' ran\nVMX, this VM (2 vCPUs)", commands[i].shown);
		head_is(head);
	}
}

static void an_interval_is_a_block(void **state)
{
	(void)state;
	r.difference = true;
	r.guest -= SECOND;
	r.lifetime -= SECOND;
	r.total.v[USER] -= 7003000 + 50;
	r.rows[35].v[USER] = 0;
	r.none.v[USER] = -50;
	r.rows[12].v[LONGEST] = 70000;
	view.run = &run;
	view.series = true;
	text_is(
"Exits in the 0.250 seconds to 1970-01-01 00:00:01.500\n"
"VMX, this VM (2 vCPUs)\n"
"\n"
"REASON  NAME       EXITS  EXITS/s   SHARE     KERNEL      USER    HALT  PREEMPT  BLOCK       MEAN  LONGEST  KSHARE\n"
"    10  CPUID        300     1200  74.44%     600 us         -       -        -      -    2.00 us        -  59.70%\n"
"    12  HLT          100      400  24.81%     400 us         -  9.00 s        -      -    4.00 us  70.0 us  39.80%\n"
"    35  undefined      1     4.00   0.25%          -         -       -        -      -          -        -       -\n"
" other  other          2     8.00   0.50%    5.00 us         -       -        -      -    2.50 us        -   0.50%\n"
"  none  none           -        -       -          -  -50.0 ns       -        -      -          -        -       -\n"
" total               403     1612            1.01 ms  -50.0 ns  9.00 s        -      -    2.49 us        -\n"
"\n"
"The time of the vCPUs:\n"
"     guest  47.3%  8.99 s\n"
"    kernel   0.0%  1.01 ms\n"
"      user   0.0%  -50.0 ns\n"
"      halt  47.4%  9.00 s\n"
"   preempt   0.0%  -\n"
"     block   0.0%  -\n"
"   outside   5.3%  1.00 s\n"
"  lifetime 100.0%  19.0 s\n"
"\n"
"137 exits that exitstat's own CPUIDs made are subtracted.\n"
"\n");
	/* Of a VM that is read by its file */
	r.from = FROM_DEBUGFS;
	run.argv = (char *[]) { "true", NULL };
	run.status = 3;
	view.series = false;
	view.sort = SORT_MEAN;
	view.cycles = true;
	text_is(
"\n"
"Exits while 'true' ran\n"
"VMX, this VM (2 vCPUs)\n"
"\n"
"REASON  NAME       EXITS  EXITS/s   SHARE     KERNEL  USER        HALT  PREEMPT  BLOCK    MEAN  LONGEST  KSHARE\n"
"    12  HLT          100      400  24.81%     400000     -  9000000000        -      -    4000    70000  39.80%\n"
"    10  CPUID        300     1200  74.44%     600000     -           -        -      -    2000        -  59.70%\n"
"    35  undefined      1     4.00   0.25%          -     -           -        -      -       -        -       -\n"
" other  other          2     8.00   0.50%       5000     -           -        -      -    2500        -   0.50%\n"
"  none  none           -        -       -          -   -50           -        -      -       -        -       -\n"
" total               403     1612            1005000   -50  9000000000        -      -    2494        -\n"
"\n"
"The time of the vCPUs:\n"
"     guest  47.3%  8991992000\n"
"    kernel   0.0%  1005000\n"
"      user   0.0%  -50\n"
"      halt  47.4%  9000000000\n"
"   preempt   0.0%  -\n"
"     block   0.0%  -\n"
"   outside   5.3%  1000000000\n"
"  lifetime 100.0%  19000000000\n"
"\n"
"0.250000 seconds elapsed, status 3.\n");
}

/* The table's titles, and what is said above them, in @width columns */
static void titles_are(int width, const char *expected)
{
	char *text, *titles;

	view.width = width;
	text = render(&view);
	titles = strstr(text, "\n\n") + 2;
	strchr(strstr(titles, "REASON"), '\n')[0] = '\0';
	assert_string_equal(titles, expected);
	free(text);
}

static void columns_are_left_out_until_the_rest_fits(void **state)
{
	(void)state;
	r.histograms = true;
	titles_are(113, "REASON  NAME       EXITS  EXITS/s   SHARE     KERNEL     USER    HALT  PREEMPT  BLOCK       MEAN  LONGEST  KSHARE");
	titles_are(112, "The terminal is too narrow for KSHARE.\n"
		   "REASON  NAME       EXITS  EXITS/s   SHARE     KERNEL     USER    HALT  PREEMPT  BLOCK       MEAN  LONGEST");
	titles_are(1, "The terminal is too narrow for KSHARE, SHARE, BLOCK, PREEMPT, EXITS/s, LONGEST, HALT, USER, MEAN.\n"
		   "REASON  NAME       EXITS     KERNEL");
	/* What is not kept is not missed. */
	r.histograms = false;
	titles_are(63, "The terminal is too narrow for KSHARE, SHARE, BLOCK, PREEMPT, EXITS/s.\n"
		   "REASON  NAME       EXITS     KERNEL     USER    HALT       MEAN");
}

static void a_histogram_comes_last(void **state)
{
	char why[8];

	(void)state;
	r.histograms = true;
	assert_int_equal(hist_find(&r, "hlt", why, sizeof(why)), 0);
	r.hist[3] = 1;
	r.hist[5] = 79;
	r.hist[6] = 80;
	view.only = (bool [MAX_ROWS]) { [35] = true };
	text_is(
"VMX, this VM (2 vCPUs)\n"
"\n"
"REASON  NAME       EXITS  EXITS/s  SHARE     KERNEL     USER    HALT  PREEMPT  BLOCK       MEAN  LONGEST  KSHARE\n"
"    35  undefined      1     0.10  0.25%          -  7.00 ms       -        -      -          -        -       -\n"
" total               403     40.3           1.01 ms  7.00 ms  9.00 s        -      -    2.49 us        -\n"
"\n"
"The time of the vCPUs:\n"
"     guest  50.0%  9.99 s\n"
"    kernel   0.0%  1.01 ms\n"
"      user   0.0%  7.00 ms\n"
"      halt  45.0%  9.00 s\n"
"   preempt   0.0%  -\n"
"     block   0.0%  -\n"
"   outside   5.0%  1.00 s\n"
"  lifetime 100.0%  20.0 s\n"
"\n"
"Finished exits by their cycles in KVM and the host (kernel): HLT\n"
"\n"
"   CYCLES                 TIME         EXITS\n"
"  8 -  15   8.00 ns -  15.0 ns             1  #\n"
" 16 -  31   16.0 ns -  31.0 ns             -\n"
" 32 -  63   32.0 ns -  63.0 ns            79  #######################################\n"
" 64 - 127   64.0 ns -   127 ns            80  ########################################\n"
"\n"
"This reading made 152 exits itself, all by CPUID.\n");
	shows(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'show','time_ns':1500000000,'source':'cpuid',"
"'abi_version':1,'isa':'vmx','layout':2022,'tsc_khz':1000000,'counting':true,'histograms':true,"
"'untrusted':false,'snapshot':3,'scope':'vm','vm':{'name':null,'dir':null,'pid':null,'qmp':null,"
"'id':'0x000000000000004d','vcpus':2},'vcpu':null,'guest_cpu':null,'reasons':[{'reason':35,"
"'name':'undefined','exits':1,'exits_per_second':0.10,'share':0.25,'cycles':{'kernel':0,'user':7000000,"
"'halt':0,'preempt':0,'block':0},'longest_cycles':0,'defined':false,'handled':false}],"
"'total':{'reason':null,'name':'total','exits':403,'exits_per_second':40.30,'share':100.00,"
"'cycles':{'kernel':1005000,'user':7003000,'halt':9000000000,'preempt':0,'block':0},'longest_cycles':0,"
"'defined':null,'handled':null},'accounts':{'guest':9991992000,'kernel':1005000,'user':7003000,"
"'halt':9000000000,'preempt':0,'block':0,'outside':1000000000,'lifetime':20000000000},'anomalies':0,"
"'histogram':{'reason':12,'name':'HLT','buckets':[{'bucket':3,'from':8,'to':15,'exits':1},"
"{'bucket':4,'from':16,'to':31,'exits':0},"
"{'bucket':5,'from':32,'to':63,'exits':79},"
"{'bucket':6,'from':64,'to':127,'exits':80}]},'cpuid_exits_of_this_reading':152}\n");
	assert_int_equal(hist_find(&r, "nonsense", why, sizeof(why)), -1);
}

static void json_has_every_field(void **state)
{
	(void)state;
	shows(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'show','time_ns':1500000000,'source':'cpuid',"
"'abi_version':1,'isa':'vmx','layout':2022,'tsc_khz':1000000,'counting':true,'histograms':false,"
"'untrusted':false,'snapshot':3,'scope':'vm','vm':{'name':null,'dir':null,'pid':null,'qmp':null,"
"'id':'0x000000000000004d','vcpus':2},'vcpu':null,'guest_cpu':null,'reasons':[{'reason':10,"
"'name':'CPUID','exits':300,'exits_per_second':30.00,'share':74.44,'cycles':{'kernel':600000,'user':0,"
"'halt':0,'preempt':0,'block':0},'longest_cycles':null,'defined':true,'handled':true},"
"{'reason':12,'name':'HLT','exits':100,'exits_per_second':10.00,'share':24.81,'cycles':{'kernel':400000,"
"'user':0,'halt':9000000000,'preempt':0,'block':0},'longest_cycles':null,'defined':true,'handled':false},"
"{'reason':35,'name':'undefined','exits':1,'exits_per_second':0.10,'share':0.25,'cycles':{'kernel':0,"
"'user':7000000,'halt':0,'preempt':0,'block':0},'longest_cycles':null,'defined':false,'handled':false},"
"{'reason':null,'name':'other','exits':2,'exits_per_second':0.20,'share':0.50,'cycles':{'kernel':5000,"
"'user':0,'halt':0,'preempt':0,'block':0},'longest_cycles':null,'defined':null,'handled':null},"
"{'reason':null,'name':'none','exits':0,'exits_per_second':0.00,'share':0.00,'cycles':{'kernel':0,"
"'user':3000,'halt':0,'preempt':0,'block':0},'longest_cycles':null,'defined':null,'handled':null}],"
"'total':{'reason':null,'name':'total','exits':403,'exits_per_second':40.30,'share':100.00,"
"'cycles':{'kernel':1005000,'user':7003000,'halt':9000000000,'preempt':0,'block':0},"
"'longest_cycles':null,'defined':null,'handled':null},'accounts':{'guest':9991992000,'kernel':1005000,"
"'user':7003000,'halt':9000000000,'preempt':0,'block':0,'outside':1000000000,'lifetime':20000000000},"
"'anomalies':0,'histogram':null,'cpuid_exits_of_this_reading':152}\n");
	r.from = FROM_DEBUGFS;
	r.vcpu = 0;
	r.layout = 0;
	r.snapshot = 0;
	r.untrusted = true;
	r.total.v[LONGEST] = r.rows[10].v[LONGEST] = 9;
	view.subject = &(struct subject) { "web", 7, "7-10", NULL };
	shows(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'show','time_ns':1500000000,'source':'debugfs',"
"'abi_version':1,'isa':'vmx','layout':null,'tsc_khz':1000000,'counting':true,'histograms':false,"
"'untrusted':true,'snapshot':null,'scope':'vcpu','vm':{'name':'web','dir':'7-10','pid':7,'qmp':null,"
"'id':'0x000000000000004d','vcpus':null},'vcpu':0,'guest_cpu':null,'reasons':[{'reason':10,"
"'name':'CPUID','exits':300,'exits_per_second':15.00,'share':74.44,'cycles':{'kernel':600000,'user':0,"
"'halt':0,'preempt':0,'block':0},'longest_cycles':9,'defined':true,'handled':null},"
"{'reason':12,'name':'HLT','exits':100,'exits_per_second':5.00,'share':24.81,'cycles':{'kernel':400000,"
"'user':0,'halt':9000000000,'preempt':0,'block':0},'longest_cycles':0,'defined':true,'handled':null},"
"{'reason':35,'name':'undefined','exits':1,'exits_per_second':0.05,'share':0.25,'cycles':{'kernel':0,"
"'user':7000000,'halt':0,'preempt':0,'block':0},'longest_cycles':0,'defined':false,'handled':null},"
"{'reason':null,'name':'other','exits':2,'exits_per_second':0.10,'share':0.50,'cycles':{'kernel':5000,"
"'user':0,'halt':0,'preempt':0,'block':0},'longest_cycles':0,'defined':null,'handled':null},"
"{'reason':null,'name':'none','exits':0,'exits_per_second':0.00,'share':0.00,'cycles':{'kernel':0,"
"'user':3000,'halt':0,'preempt':0,'block':0},'longest_cycles':0,'defined':null,'handled':null}],"
"'total':{'reason':null,'name':'total','exits':403,'exits_per_second':20.15,'share':100.00,"
"'cycles':{'kernel':1005000,'user':7003000,'halt':9000000000,'preempt':0,'block':0},'longest_cycles':9,"
"'defined':null,'handled':null},'accounts':{'guest':9991992000,'kernel':1005000,'user':7003000,"
"'halt':9000000000,'preempt':0,'block':0,'outside':1000000000,'lifetime':20000000000},'anomalies':0,"
"'histogram':null,'cpuid_exits_of_this_reading':null}\n");
}

static void json_of_a_difference(void **state)
{
	(void)state;
	r.difference = true;
	r.rows[10].v[USER] = -50;
	r.rows[12].v[LONGEST] = 70000;
	run.argv = (char *[]) { "sh", "-c", "\x01", NULL };
	run.status = 130;
	view.run = &run;
	shows(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'stat','time_ns':1500000000,'source':'cpuid',"
"'abi_version':1,'isa':'vmx','layout':2022,'tsc_khz':1000000,'counting':true,'histograms':false,"
"'untrusted':false,'snapshot':3,'scope':'vm','vm':{'name':null,'dir':null,'pid':null,'qmp':null,"
"'id':'0x000000000000004d','vcpus':2},'vcpu':null,'guest_cpu':null,'reasons':[{'reason':10,"
"'name':'CPUID','exits':300,'exits_per_second':1200.00,'share':74.44,'cycles':{'kernel':600000,"
"'user':-50,'halt':0,'preempt':0,'block':0},'longest_cycles':null,'defined':true,'handled':true},"
"{'reason':12,'name':'HLT','exits':100,'exits_per_second':400.00,'share':24.81,'cycles':{'kernel':400000,"
"'user':0,'halt':9000000000,'preempt':0,'block':0},'longest_cycles':70000,'defined':true,"
"'handled':false},{'reason':35,'name':'undefined','exits':1,'exits_per_second':4.00,'share':0.25,"
"'cycles':{'kernel':0,'user':7000000,'halt':0,'preempt':0,'block':0},'longest_cycles':null,"
"'defined':false,'handled':false},{'reason':null,'name':'other','exits':2,'exits_per_second':8.00,"
"'share':0.50,'cycles':{'kernel':5000,'user':0,'halt':0,'preempt':0,'block':0},'longest_cycles':null,"
"'defined':null,'handled':null},{'reason':null,'name':'none','exits':0,'exits_per_second':0.00,"
"'share':0.00,'cycles':{'kernel':0,'user':3000,'halt':0,'preempt':0,'block':0},'longest_cycles':null,"
"'defined':null,'handled':null}],'total':{'reason':null,'name':'total','exits':403,"
"'exits_per_second':1612.00,'share':100.00,'cycles':{'kernel':1005000,'user':7003000,'halt':9000000000,"
"'preempt':0,'block':0},'longest_cycles':null,'defined':null,'handled':null},"
"'accounts':{'guest':9991992000,'kernel':1005000,'user':7003000,'halt':9000000000,'preempt':0,'block':0,"
"'outside':1000000000,'lifetime':20000000000},'anomalies':0,'argv':['sh','-c','\\u0001'],'status':130,"
"'elapsed_ns':250000000,'cpuid_exits_subtracted':137}\n");
	r.from = FROM_QMP;
	r.host = true;
	r.counting = false;
	r.tsc_khz = 0;
	run.argv = NULL;
	run.elapsed_ns = 0;
	view.subject = &(struct subject) { "", 0, "", "/socket" };
	view.zero_rows = true;
	r.nr_rows = 1;
	r.other.v[EXITS] = 0;
	shows(
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'stat','time_ns':1500000000,'source':'qmp',"
"'abi_version':1,'isa':'vmx','layout':2022,'tsc_khz':null,'counting':false,'histograms':false,"
"'untrusted':false,'snapshot':3,'scope':'host','vm':{'name':null,'dir':null,'pid':null,'qmp':'/socket',"
"'id':'0x000000000000004d','vcpus':2},'vcpu':null,'guest_cpu':null,'reasons':[{'reason':0,"
"'name':'EXCEPTION_NMI','exits':0,'exits_per_second':null,'share':0.00,'cycles':{'kernel':0,'user':0,"
"'halt':0,'preempt':0,'block':0},'longest_cycles':null,'defined':true,'handled':null},"
"{'reason':null,'name':'other','exits':0,'exits_per_second':null,'share':0.00,'cycles':{'kernel':5000,"
"'user':0,'halt':0,'preempt':0,'block':0},'longest_cycles':null,'defined':null,'handled':null},"
"{'reason':null,'name':'none','exits':0,'exits_per_second':null,'share':0.00,'cycles':{'kernel':0,"
"'user':3000,'halt':0,'preempt':0,'block':0},'longest_cycles':null,'defined':null,'handled':null}],"
"'total':{'reason':null,'name':'total','exits':403,'exits_per_second':null,'share':0.00,"
"'cycles':{'kernel':1005000,'user':7003000,'halt':9000000000,'preempt':0,'block':0},"
"'longest_cycles':null,'defined':null,'handled':null},'accounts':{'guest':9991992000,'kernel':1005000,"
"'user':7003000,'halt':9000000000,'preempt':0,'block':0,'outside':1000000000,'lifetime':20000000000},"
"'anomalies':0,'argv':null,'status':null,'elapsed_ns':0,'cpuid_exits_subtracted':null}\n");
}

#define TEST(name)	cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_head_says_what_was_read),
		TEST(a_share_is_in_percent),
		TEST(longest_is_kept_if_any_row_has_it),
		TEST(a_rate_needs_a_time),
		TEST(rows_have_one_order),
		TEST(a_long_command_is_shortened),
		TEST(an_interval_is_a_block),
		TEST(columns_are_left_out_until_the_rest_fits),
		TEST(a_histogram_comes_last),
		TEST(json_has_every_field),
		TEST(json_of_a_difference),
	};

	return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
