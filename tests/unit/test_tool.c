// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tool exitstat, command by command, on the host of test_tool_fake.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd_list.h"
#include "cmd_raw.h"
#include "cmd_reasons.h"
#include "cmd_show.h"
#include "cmd_stat.h"
#include "export/cmd_export.h"
#include "export/export.h"
#include "export/metrics.h"
#include "lib/clock.h"
#include "lib/signals.h"
#include "lib/version.h"
#include "source/vm.h"
#include "top/cmd_top.h"
#include "verify/cmd_verify.h"
#include "test_tool_fake.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <json-c/json.h>

#include "json_is.h"
#include "keep_json.h"

/*
 * The CPUIDs of one reading: signature, features, scope, id and snapshot; one for each row
 * and for "other"; six for the times of "none"; the total with its times; guest, outside,
 * lifetime and anomalies; id again.  A row with exits takes six more, for its times.
 */
#define CPUIDS_TO_FREEZE	5
#define CPUIDS_BESIDE_ROWS	(CPUIDS_TO_FREEZE + 1 + 6 + 7 + 4 + 1)
#define VMX_CPUIDS(rows)	(86 + CPUIDS_BESIDE_ROWS + 6 * (rows))
#define SVM_CPUIDS(rows)	(171 + CPUIDS_BESIDE_ROWS + 6 * (rows))

#define ATTEMPTS		8
#define COUNT(array)		(sizeof(array) / sizeof((array)[0]))

static unsigned int cpuids;
/* Called before CPUID number at_cpuid (from 1) of a command, once. */
static void (*meanwhile)(void);
static unsigned int at_cpuid;
/* Called before each CPUID of this leaf. */
static void (*before_leaf)(void);
static uint32_t leaf_of_that;
static bool pinned_throughout;
/* The CPUs that this process was started with. */
static cpu_set_t all_cpus;

static void test_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	cpu_set_t cpus;

	if (++cpuids == at_cpuid)
		meanwhile();
	if (before_leaf && leaf == leaf_of_that)
		before_leaf();
	sched_getaffinity(0, sizeof(cpus), &cpus);
	pinned_throughout &= CPU_COUNT(&cpus) == 1;
	fake_execute(leaf, sub, regs);
}

static int setup(void **state)
{
	(void)state;
	fake_reset(FAKE_VMX);
	before_leaf = NULL;
	return 0;
}

/* A command's standard output, standard error and exit code. */
struct ran {
	char out[256 << 10];
	char err[256 << 10];
	int status;
};

static struct ran ran;

static void slurp(int fd, char *text, size_t size)
{
	const ssize_t n = pread(fd, text, size - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	close(fd);
}

static void run_with_stdout(int out,
			    int (*cmd)(int, char **, cpuid_fn), char **argv)
{
	const int err = memfd_create("err", 0);
	const int keep_out = dup(1), keep_err = dup(2);
	sigset_t mask;
	int argc = 0;

	/* top leaves signals blocked, because its process normally ends with it. */
	sigprocmask(SIG_SETMASK, NULL, &mask);
	while (argv[argc])
		argc++;
	fflush(NULL);
	dup2(out, 1);
	dup2(err, 2);
	cpuids = 0;
	pinned_throughout = true;
	ran.status = cmd(argc, argv, test_cpuid);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	fflush(NULL);
	dup2(keep_out, 1);
	dup2(keep_err, 2);
	close(keep_out);
	close(keep_err);
	slurp(err, ran.err, sizeof(ran.err));
	at_cpuid = 0;
}

static void run(int (*cmd)(int, char **, cpuid_fn), char **argv)
{
	const int out = memfd_create("out", 0);

	run_with_stdout(out, cmd, argv);
	slurp(out, ran.out, sizeof(ran.out));
	keep_json(argv[0], ran.out);
	keep_json(argv[0], ran.err);
}

#define ARGS(...)	((char *[]) { __VA_ARGS__, NULL })
#define show(...)	run(cmd_show, ARGS("show", ##__VA_ARGS__))
#define raw(...)	run(cmd_raw, ARGS("raw", ##__VA_ARGS__))
#define list(...)	run(cmd_list, ARGS("list", ##__VA_ARGS__))
#define export(...)	run(cmd_export, ARGS("export", ##__VA_ARGS__))
#define top_of(...)	run(cmd_top, ARGS("top", ##__VA_ARGS__))
#define verify(...)	run(cmd_verify, ARGS("verify", ##__VA_ARGS__))
#define stat_of(...)	run(cmd_stat, ARGS("stat", ##__VA_ARGS__))

static void one_sentence(int status, const char *part)
{
	assert_int_equal(ran.status, status);
	assert_string_equal(ran.out, "");
	assert_ptr_equal(strchr(ran.err, '\n'), ran.err + strlen(ran.err) - 1);
	if (!strstr(ran.err, part))
		fail_msg("'%s' is not in: %s", part, ran.err);
}

static void columns_below(int width, const char *text)
{
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1)
		assert_true(end - text < width);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static struct json_object *parsed(const char *text)
{
	struct json_object *root = json_tokener_parse(text);

	assert_non_null(root);
	return root;
}

static struct json_object *field(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("JSON lacks %s", key);
	return value;
}

static uint64_t number(struct json_object *object, const char *key)
{
	assert_int_equal(json_object_get_type(field(object, key)),
			 json_type_int);
	return json_object_get_uint64(field(object, key));
}

static int64_t signed_number(struct json_object *object, const char *key)
{
	assert_int_equal(json_object_get_type(field(object, key)),
			 json_type_int);
	return json_object_get_int64(field(object, key));
}

static bool is_true(struct json_object *object, const char *key)
{
	assert_int_equal(json_object_get_type(field(object, key)),
			 json_type_boolean);
	return json_object_get_boolean(field(object, key));
}

static struct json_object *item(struct json_object *root, const char *array,
				size_t i)
{
	return json_object_array_get_idx(field(root, array), i);
}

static const char *string(struct json_object *object, const char *key)
{
	return json_object_get_string(field(object, key));
}

static uint64_t total_exits(struct json_object *root)
{
	return number(field(root, "total"), "exits");
}

static const char *const times[] = {
	[KERNEL] = "kernel", [USER] = "user", [HALT] = "halt",
	[PREEMPT] = "preempt", [BLOCK] = "block",
};

static void row_of(uint32_t reason, uint64_t exits, uint64_t kernel,
		   uint64_t user, uint64_t halt, uint64_t longest)
{
	fake_count(reason, EXITS, exits);
	fake_count(reason, KERNEL, kernel);
	fake_count(reason, USER, user);
	fake_count(reason, HALT, halt);
	fake_count(reason, LONGEST, longest);
}

static void some_exits(void)
{
	row_of(12, 300, 600000, 0, 9000000000, 2500000000);
	row_of(48, 300, 1200000, 0, 0, 51234);
	row_of(30, 17, 340000, 7000000, 0, 3000000);
	row_of(35, 1, 999, 0, 0, 999);
	row_of(1000, 99, 99000, 0, 0, 1000);	/* other */
	row_of(0xfffffffd, 0, 5000, 20000, 0, 0);
	fake.vcpu[1].v[1][EXITS] = 5;
	fake.vcpu[1].v[1][KERNEL] = 4321;
	fake.vcpu[1].v[1][PREEMPT] = 123456;
	fake.vcpu[1].v[48][BLOCK] = 77000000;
	fake.vcpu[0].guest = 900000000;
	fake.vcpu[1].guest = 9900000000;
	fake.vcpu[1].outside = 40000000;
}

static void show_as_text(void **state)
{
	(void)state;
	some_exits();
	show();
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
	assert_string_equal(ran.out,
"VMX, this VM (2 vCPUs)\n"
"\n"
"REASON  NAME                EXITS  EXITS/s   SHARE     KERNEL     USER    HALT  PREEMPT    BLOCK       MEAN  LONGEST  KSHARE\n"
"    12  HLT                   300     30.1  41.27%     600 us        -  9.00 s        -        -    2.00 us   2.50 s  26.62%\n"
"    48  EPT_VIOLATION         300     30.1  41.27%    1.20 ms        -       -        -  77.0 ms    4.00 us  51.2 us  53.23%\n"
"    30  IO_INSTRUCTION         17     1.71   2.34%     340 us  7.00 ms       -        -        -    20.0 us  3.00 ms  15.08%\n"
"     1  EXTERNAL_INTERRUPT      5     0.50   0.69%    4.32 us        -       -   123 us        -     864 ns        -   0.19%\n"
"    10  CPUID                   5     0.50   0.69%    5.00 us        -       -        -        -    1.00 us  1.00 us   0.22%\n"
"    35  undefined               1     0.10   0.14%     999 ns        -       -        -        -     999 ns   999 ns   0.04%\n"
" other  other                  99     9.94  13.62%    99.0 us        -       -        -        -    1.00 us  1.00 us   4.39%\n"
"  none  none                    -        -       -    5.00 us  20.0 us       -        -        -          -        -   0.22%\n"
" total                        727     73.0            2.25 ms  7.02 ms  9.00 s   123 us  77.0 ms    3.10 us   2.50 s\n"
"\n"
"The time of the vCPUs:\n"
"     guest  54.2%  10.8 s\n"
"    kernel   0.0%  2.25 ms\n"
"      user   0.0%  7.02 ms\n"
"      halt  45.2%  9.00 s\n"
"   preempt   0.0%  123 us\n"
"     block   0.4%  77.0 ms\n"
"   outside   0.2%  40.0 ms\n"
"  lifetime 100.0%  19.9 s\n"
"\n"
"This reading made 152 exits itself, all by CPUID.\n");
	columns_below(140, ran.out);
	assert_int_equal(cpuids, VMX_CPUIDS(7));
	assert_true(pinned_throughout);
}

static void cycles_instead_of_times(void **state)
{
	(void)state;
	some_exits();
	fake.tsc_khz = 2345678;
	show("--cycles", "-r", "12");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.out,
"VMX, this VM (2 vCPUs)\n"
"\n"
"REASON  NAME  EXITS  EXITS/s   SHARE     KERNEL     USER        HALT  PREEMPT     BLOCK    MEAN     LONGEST  KSHARE\n"
"    12  HLT     300     70.6  41.27%     600000        -  9000000000        -         -    2000  2500000000  26.62%\n"
" total          727      171            2254320  7020000  9000000000   123456  77000000    3101  2500000000\n"
"\n"
"The time of the vCPUs:\n"
"     guest  54.2%  10800002500\n"
"    kernel   0.0%  2254320\n"
"      user   0.0%  7020000\n"
"      halt  45.2%  9000000000\n"
"   preempt   0.0%  123456\n"
"     block   0.4%  77000000\n"
"   outside   0.2%  40000000\n"
"  lifetime 100.0%  19926400276\n"
"\n"
"This reading made 152 exits itself, all by CPUID.\n");
}

static void without_a_frequency_there_are_cycles(void **state)
{
	struct json_object *root;

	(void)state;
	some_exits();
	fake.tsc_khz = 0;
	fake.flags |= 4;
	show("--hist", "cpuid");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
	has(ran.out, "Times are in TSC cycles: the host does not tell the TSC's frequency.\n");
	has(ran.out, "\n    12  HLT                   300        -  41.27% ");
	has(ran.out, "  9000000000 ");
	has(ran.out, "\n     CYCLES         EXITS\n 512 - 1023             5  ####");
	show("--json");
	root = parsed(ran.out);
	assert_null(field(item(root, "reasons", 0), "exits_per_second"));
	assert_null(field(root, "tsc_khz"));
	json_object_put(root);
	stat_of("--", "true");
	assert_int_equal(ran.status, 0);
	has(ran.err, "does not tell");
}

/* A parent may have left SIGCHLD ignored, and then no child can be waited for. */
static void the_command_is_waited_for_though_sigchld_is_ignored(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	stat_of("--", "sh", "-c", "exit 7");
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(ran.status, 7);
}

static void no_vcpus_or_no_lifetime_is_no_rate(void **state)
{
	struct json_object *root;

	(void)state;
	fake.vcpus = 0;
	show("--json");
	root = parsed(ran.out);
	assert_null(field(item(root, "reasons", 0), "exits_per_second"));
	json_object_put(root);
	fake_reset(FAKE_VMX);
	fake.flags = 0;
	show("--all");
	assert_int_equal(ran.status, 0);
	assert_null(strstr(ran.out, "The time of the vCPUs"));
	assert_null(strstr(ran.out, "nan"));
}

/* Take words from the end of a line, because the name may have two. */
static char *last_word(char *line)
{
	char *end = line + strlen(line);

	while (end > line && end[-1] == ' ')
		end--;
	*end = '\0';
	while (end > line && end[-1] != ' ')
		end--;
	return end;
}

static uint64_t word(char *line)
{
	char *text = last_word(line);
	uint64_t n = strcmp(text, "-") ? strtoull(text, NULL, 10) : 0;

	*text = '\0';
	return n;
}

static void share_is(char *line, double part, double whole)
{
	char *text = last_word(line), want[32] = "-";

	if (part > 0)
		snprintf(want, sizeof(want), "%.2f%%", 100 * part / whole);
	assert_string_equal(text, want);
	*text = '\0';
}

static uint64_t all_rows(struct json_object *root, const char *key);

/* Compare a line of text, with --cycles, with a reason in JSON. */
static void line_agrees(char *line, struct json_object *root,
			struct json_object *row)
{
	struct json_object *cycles = field(row, "cycles");
	const uint64_t exits = number(row, "exits");
	const uint64_t kernel = number(cycles, "kernel");
	char *rate, want[32];
	unsigned int v;
	uint64_t mean;

	share_is(line, kernel, all_rows(root, "kernel"));
	if (field(row, "longest_cycles"))
		assert_true(word(line) == number(row, "longest_cycles"));
	mean = exits ? (kernel + exits / 2) / exits : 0;
	assert_true(word(line) == mean);
	for (v = BLOCK; v >= KERNEL; v--)
		assert_true(word(line) == number(cycles, times[v]));
	share_is(line, exits, all_rows(root, "exits"));
	rate = last_word(line);
	snprintf(want, sizeof(want), "%.0f",
		 json_object_get_double(field(row, "exits_per_second")));
	if (exits && atof(want) >= 100)
		assert_string_equal(rate, want);
	*rate = '\0';
	assert_true(word(line) == exits);
	assert_string_equal(last_word(line), last_word(strdupa(string(row, "name"))));
}

/* Of all reasons, "other" and "none". */
static uint64_t all_rows(struct json_object *root, const char *key)
{
	const bool exits = !strcmp(key, "exits");
	struct json_object *rows = field(root, "reasons"), *row;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		sum += number(exits ? row : field(row, "cycles"), key);
	}
	return sum;
}

/* Both renderings of the same exits: the same rows in the same order. */
static void text_and_json_agree(void)
{
	struct fake before;
	struct json_object *root, *rows, *row;
	char *text, *line, *end;
	size_t i = 0;

	fake_fill();
	before = fake;
	show("--all", "--cycles");
	assert_int_equal(ran.status, 0);
	text = strdup(ran.out);
	fake = before;
	show("--all", "--json");
	assert_int_equal(ran.status, 0);
	root = parsed(ran.out);
	rows = field(root, "reasons");
	assert_int_equal(json_object_array_length(rows),
			 (fake.isa == FAKE_VMX ? 86 : 171) + 2);

	line = strstr(text, "REASON");
	for (line = strchr(line, '\n') + 1; strncmp(line, " other", 6); line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		row = json_object_array_get_idx(rows, i++);
		assert_true(strtoul(line, NULL, 0) == number(row, "reason"));
		line_agrees(line, root, row);
		assert_int_equal(is_true(row, "defined"),
				 fake_defined(number(row, "reason")));
		assert_int_equal(is_true(row, "handled"),
				 fake_handled(number(row, "reason")));
	}
	/* Then "other" and "none". */
	assert_int_equal(i + 2, json_object_array_length(rows));
	json_object_put(root);
	free(text);
}

static void text_and_json_agree_on_vmx(void **state)
{
	(void)state;
	text_and_json_agree();
}

static void text_and_json_agree_on_svm(void **state)
{
	(void)state;
	fake_reset(FAKE_SVM);
	text_and_json_agree();
}

/* What was read is the snapshot, to the last digit, and it adds up. */
/* A reason, or "other" or "none", which have no number. */
static int slot_of(struct json_object *row)
{
	bool known;

	if (field(row, "reason"))
		return fake_slot(number(row, "reason"), &known);
	return strcmp(string(row, "name"), "none") ? FAKE_OTHER : FAKE_NONE;
}

static void json_has_the_snapshot(void)
{
	struct json_object *root, *row, *accounts;
	uint64_t sum = 0;
	unsigned int v;
	size_t i;
	int slot;

	fake_fill();
	show("--json");
	assert_int_equal(ran.status, 0);
	root = parsed(ran.out);
	for (i = 0; i < json_object_array_length(field(root, "reasons")); i++) {
		row = item(root, "reasons", i);
		slot = slot_of(row);
		assert_true(number(row, "exits") == fake.copy.v[slot][EXITS]);
		for (v = KERNEL; v <= BLOCK; v++)
			assert_true(number(field(row, "cycles"), times[v]) ==
				    fake.copy.v[slot][v]);
		if (field(row, "longest_cycles"))
			assert_true(number(row, "longest_cycles") ==
				    fake.copy.v[slot][LONGEST]);
	}
	row = field(root, "total");
	for (v = KERNEL; v <= BLOCK; v++)
		assert_true(number(field(row, "cycles"), times[v]) ==
			    books_value(&fake.copy, FAKE_TOTAL, v));
	if (field(row, "longest_cycles"))
		assert_true(number(row, "longest_cycles") ==
			    books_value(&fake.copy, FAKE_TOTAL, LONGEST));
	accounts = field(root, "accounts");
	for (v = KERNEL; v <= BLOCK; v++) {
		assert_true(all_rows(root, times[v]) ==
			    number(field(field(root, "total"), "cycles"), times[v]));
		assert_true(number(accounts, times[v]) == all_rows(root, times[v]));
		sum += number(accounts, times[v]);
	}
	assert_true(all_rows(root, "exits") == total_exits(root));
	assert_true(number(accounts, "guest") == fake.copy.guest);
	assert_true(number(accounts, "outside") == fake.copy.outside);
	assert_true(number(accounts, "lifetime") ==
		    sum + fake.copy.guest + fake.copy.outside);
	assert_int_equal(json_object_object_length(accounts), 8);
	json_object_put(root);
}

static void json_has_the_snapshot_of_vmx_and_svm(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		fake_reset(i % 2 ? FAKE_SVM : FAKE_VMX);
		json_has_the_snapshot();
	}
}

static void json_says_what_was_read(void **state)
{
	struct json_object *root, *row;
	double rate;

	(void)state;
	row_of(12, 0xfffffffffffff000ull, 0x7ffffffffffffff1ull, 3, 4, 5);
	fake.vcpu[0].guest = 77;
	show("--json", "-r", "hlt");
	assert_int_equal(ran.status, 0);
	root = parsed(ran.out);
	assert_string_equal(string(root, "exitstat_version"), EXITSTAT_VERSION);
	assert_int_equal(number(root, "json_version"), 1);
	assert_string_equal(string(root, "command"), "show");
	assert_int_equal(number(root, "abi_version"), 1);
	assert_string_equal(string(root, "isa"), "vmx");
	assert_int_equal(number(root, "layout"), 2022);
	assert_string_equal(string(field(root, "vm"), "id"), "0xfedcba9876543210");
	assert_int_equal(number(root, "snapshot"), 1);
	assert_true(is_true(root, "counting"));
	assert_false(is_true(root, "untrusted"));
	assert_false(is_true(root, "histograms"));
	assert_string_equal(string(root, "scope"), "vm");
	assert_int_equal(number(root, "tsc_khz"), 1000000);
	assert_int_equal(number(field(root, "vm"), "vcpus"), 2);
	assert_int_equal(number(root, "anomalies"), 0);
	assert_true(total_exits(root) == 0xfffffffffffff000ull + CPUIDS_TO_FREEZE);
	assert_int_equal(number(root, "cpuid_exits_of_this_reading"), VMX_CPUIDS(2));
	assert_int_equal(cpuids, VMX_CPUIDS(2));
	assert_null(field(field(root, "vm"), "name"));
	assert_null(field(root, "vcpu"));
	assert_null(field(root, "guest_cpu"));
	assert_null(field(root, "histogram"));
	assert_int_equal(json_object_array_length(field(root, "reasons")), 1);
	row = item(root, "reasons", 0);
	assert_true(number(row, "exits") == 0xfffffffffffff000ull);
	assert_true(number(field(row, "cycles"), "kernel") == 0x7ffffffffffffff1ull);
	assert_int_equal(number(row, "longest_cycles"), 5);
	/* 2^64 in half of 2^63 ns: two vCPUs */
	rate = json_object_get_double(field(row, "exits_per_second"));
	assert_true(rate > 3.99e9 && rate < 4.01e9);
	has(ran.out, "\"exits_per_second\": 4000000000.00,");
	json_object_put(root);
}

/* 1000 exits in a lifetime of 10 s of two vCPUs: the VM has existed for 5 s. */
static void rates_are_of_the_vms_life(void **state)
{
	struct json_object *root;

	(void)state;
	fake.flags = 0;
	row_of(12, 1000, 4000000000, 0, 0, 0);
	fake.vcpu[0].guest = 6000000000;
	show("--json");
	has(ran.out, "\"exits_per_second\": 200.00,");
	root = parsed(ran.out);
	assert_true(json_object_get_double(field(item(root, "reasons", 0),
						 "exits_per_second")) == 200);
	json_object_put(root);
	show("--own-vcpu", "--json");
	has(ran.out, "\"exits_per_second\": 100.00,");
	fake.tsc_khz = 3000000;
	show();
	has(ran.out, "    12  HLT    1000      600  100.00% ");
}

static void rows_are_sorted(char *key, unsigned int v)
{
	struct json_object *root, *rows, *row;
	double value, last = 1e30;
	size_t i;

	fake_fill();
	show("--json", "--sort", key);
	assert_int_equal(ran.status, 0);
	root = parsed(ran.out);
	rows = field(root, "reasons");
	for (i = 0; i < json_object_array_length(rows) &&
		    field(item(root, "reasons", i), "reason"); i++) {
		row = json_object_array_get_idx(rows, i);
		if (v == VALUES)
			value = (double)number(field(row, "cycles"), "kernel") /
				number(row, "exits");
		else if (v == LONGEST)
			value = number(row, "longest_cycles");
		else
			value = v ? number(field(row, "cycles"), times[v]) :
				    number(row, "exits");
		assert_true(value <= last);
		last = value;
	}
	assert_true(i > 30);
	json_object_put(root);
}

static void every_sort_key_sorts(void **state)
{
	static char *const keys[] = {
		"exits", "kernel", "user", "halt", "preempt", "block",
		"longest", "mean",
	};
	unsigned int v;

	(void)state;
	for (v = 0; v <= VALUES; v++) {
		fake_reset(FAKE_VMX);
		rows_are_sorted(keys[v], v);
	}
	fake_reset(FAKE_VMX);
	row_of(12, 10, 20, 0, 0, 0);
	row_of(48, 4, 99, 0, 0, 0);
	row_of(30, 50, 99, 0, 0, 0);
	show("--sort=kernel", "-r", "12", "-r", "30", "-r", "48");
	assert_true(strstr(ran.out, " IO_INSTR") < strstr(ran.out, " EPT_VIOL"));
	assert_true(strstr(ran.out, " EPT_VIOL") < strstr(ran.out, " HLT"));
	show("--sort", "time");
	one_sentence(2, "--sort is 'time': give exits, kernel, user, halt, preempt, block, longest or mean");
	stat_of("--sort", "", "true");
	one_sentence(2, "--sort is ''");
}

static void svm_rows_are_in_hex(void **state)
{
	(void)state;
	fake_reset(FAKE_SVM);
	row_of(0x400, 1ull << 40, 1ull << 50, 0, 0, 0);
	row_of(0x40, 1, 1, 0, 0, 0);
	show();
	has(ran.out, "SVM, this VM (2 vCPUs)\n");
	has(ran.out, "\n 0x400  npf      1099511627776 ");
	has(ran.out, "\n 0x040  DE excp ");
	has(ran.out, "\n 0x072  cpuid ");
	assert_int_equal(cpuids, SVM_CPUIDS(3));
}

static void only(const char *want, char *reason)
{
	char *line;

	show("-r", reason);
	assert_int_equal(ran.status, 0);
	line = strchr(strstr(ran.out, "REASON"), '\n') + 1;
	assert_int_equal(strncmp(line, want, strlen(want)), 0);
	line = strchr(line, '\n') + 1;
	assert_int_equal(strncmp(line, " total ", 7), 0);
}

static void reasons_by_number_and_name_in_either_case(void **state)
{
	(void)state;
	only("    10  CPUID ", "10");
	only("    10  CPUID ", "0xa");
	only("    10  CPUID ", "0XA");
	only("    10  CPUID ", "cpuid");
	only("    10  CPUID ", "CpUiD");
	only("     0  EXCEPTION_NMI ", "0");
	only("    85  MSR_WRITE_IMM ", "msr_write_imm");
	only("    35  undefined ", "35");
	fake_reset(FAKE_SVM);
	only(" 0x072  cpuid ", "114");
	only(" 0x072  cpuid ", "CPUID");
	only(" 0x040  DE excp ", "DE excp");
	only(" 0x040  DE excp ", "de EXCP");
	only(" 0x400  npf ", "0x400");
	only(" 0x403  vmgexit ", "1027");

	show("-r", "cpuid", "--reason=hlt", "-r", "0x72");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.out, "cpuid"));
	assert_non_null(strstr(ran.out, "hlt"));
	assert_null(strstr(ran.out, "npf"));
}

static void unknown_reasons_are_refused(void **state)
{
	static char *const unknown[] = {
		"86", "0x56", "4294967295", "nonsense", "", "undefined", "npf",
		"cpui", "cpuid ", "other", "-1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(unknown); i++) {
		show("-r", unknown[i]);
		one_sentence(2, "has no counter on");
	}
	show("-r", "10x");
	one_sentence(2, "'10x' is not an exit reason");
	show("-r", "4294967296");
	one_sentence(2, "at most 32 bits");
	fake_reset(FAKE_SVM);
	show("-r", "0xc0");
	one_sentence(2, "on SVM");
}

static void misuse_is_one_sentence(void **state)
{
	(void)state;
	show("-x");
	one_sentence(2, "unknown option -x");
	show("--bogus");
	one_sentence(2, "--bogus");
	show("--json=1");
	one_sentence(2, "--json=1");
	show("--all", "-xy");
	one_sentence(2, "-x");
	show("-r");
	one_sentence(2, "option -r needs a value, REASON; see");
	show("--reason");
	one_sentence(2, "option --reason needs a value, REASON; see");
	show("--h");
	one_sentence(2, "option --h may be host, hist or help: give more letters; see 'exitstat show --help'");
	show("--vcpu", "2147483648");
	one_sentence(2, "--vcpu is '2147483648': give a whole number from 0 to 2147483647");
	show("--vcpu", "x");
	one_sentence(2, "--vcpu is 'x'");
	top_of("--guest", "-b", "-n", "0");
	one_sentence(2, "--count is '0': give a whole number from 1");
	top_of("--guest", "-b", "-d", "0");
	one_sentence(2, "--delay is '0'");
	show("cpuid");
	one_sentence(2, "takes no 'cpuid'");
	raw(NULL);
	one_sentence(2, "not 0 numbers");
	raw("1", "2", "3");
	one_sentence(2, "not 3 numbers");
	raw("0x100000000");
	one_sentence(2, "no leaf");
	raw("1", "");
	one_sentence(2, "no subleaf");
	raw("0x");
	one_sentence(2, "no leaf");
	raw("1 ");
	one_sentence(2, "no leaf");
	raw("0x-1");
	one_sentence(2, "no leaf");
	stat_of(NULL);
	one_sentence(2, "needs a command");
	stat_of("--");
	one_sentence(2, "needs a command");
	stat_of("-o");
	one_sentence(2, "-o needs a value");
	assert_int_equal(cpuids, 0);
}

static void help_and_version(void **state)
{
	int (*const cmds[])(int, char **, cpuid_fn) = {
		cmd_show, cmd_raw, cmd_stat, cmd_reasons, cmd_list, cmd_top, cmd_verify, cmd_export,
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cmds); i++) {
		run(cmds[i], ARGS("x", "--help"));
		assert_int_equal(ran.status, 0);
		assert_string_equal(ran.err, "");
		assert_non_null(strstr(ran.out, "\nEXAMPLES\n"));
		/* None needs another terminal. */
		assert_null(strchr(strstr(ran.out, "\nEXAMPLES\n"), '&'));
		columns_below(80, ran.out);
		run(cmds[i], ARGS("x", "--version"));
		assert_int_equal(ran.status, 0);
		assert_string_equal(ran.out, "exitstat " EXITSTAT_VERSION "\n");
	}
}

static void raw_prints_registers(void **state)
{
	(void)state;
	raw("0x4fffff00");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.out,
			    "0x4fffff00 0x00000000: eax=0x4fffff3b "
			    "ebx=0x454d564b ecx=0x53746978 edx=0x73746174\n");
	fake.vcpu[1].v[12][EXITS] = 0x123456789ull;
	raw("0X4FFFFF10", "12");
	assert_string_equal(ran.out,
			    "0x4fffff10 0x0000000c: eax=0x23456789 "
			    "ebx=0x00000001 ecx=0x00000003 edx=0x00000000\n");
	/* The same without the signature. */
	fake.hidden = true;
	raw("4294967295", "0xffffffff");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.out,
			    "0xffffffff 0xffffffff: eax=0x00000007 "
			    "ebx=0x00000340 ecx=0x00000340 edx=0x00000000\n");
}

static size_t most_at_once = SIZE_MAX;

/* As on a terminal that has little room */
ssize_t write(int fd, const void *bytes, size_t n)
{
	return syscall(SYS_write, fd, bytes, n < most_at_once ? n : most_at_once);
}

static void output_is_whole_if_little_is_taken_at_once(void **state)
{
	(void)state;
	most_at_once = 7;
	raw("0x4fffff00");
	most_at_once = SIZE_MAX;
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.out,
			    "0x4fffff00 0x00000000: eax=0x4fffff3b "
			    "ebx=0x454d564b ecx=0x53746978 edx=0x73746174\n");
}

/* The JSON on standard output, with the time of now as 0 */
static void shows(const char *expected)
{
	char *time = strstr(ran.out, "\"time_ns\": ");
	uint64_t then, now = time_of_day_ns();

	assert_non_null(time);
	time += strlen("\"time_ns\": ");
	then = strtoull(time, NULL, 10);
	assert_in_range(then, now - 60 * SECOND, now);
	memmove(time + 1, strchr(time, ','), strlen(strchr(time, ',')) + 1);
	*time = '0';
	json_is(ran.out, expected);
}

static void raw_has_json(void **state)
{
	(void)state;
	fake.vcpu[1].v[12][EXITS] = 0x500000004ull;
	raw("--json", "0x4fffff10", "12");
	assert_int_equal(ran.status, 0);
	shows(
"{\n"
"  'json_version': 1,\n"
"  'exitstat_version': '" EXITSTAT_VERSION "',\n"
"  'command': 'raw',\n"
"  'time_ns': 0,\n"
"  'leaf': 1342177040,\n"
"  'subleaf': 12,\n"
"  'eax': 4,\n"
"  'ebx': 5,\n"
"  'ecx': 3,\n"
"  'edx': 0\n"
"}\n");
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void reasons_lists_what_the_manual_defines(void **state)
{
	unsigned int vmx = 0, svm = 0;
	struct json_object *root;
	uint32_t reason;

	(void)state;
	for (reason = 0; reason < 0x404; reason++) {
		fake.isa = FAKE_VMX;
		vmx += fake_defined(reason);
		fake.isa = FAKE_SVM;
		svm += fake_defined(reason);
	}
	run(cmd_reasons, ARGS("reasons", "vmx"));
	assert_int_equal(ran.status, 0);
	assert_int_equal(lines(ran.out), vmx);
	assert_non_null(strstr(ran.out, "\n10 CPUID\n"));
	run(cmd_reasons, ARGS("reasons", "SVM"));
	assert_int_equal(ran.status, 0);
	assert_int_equal(lines(ran.out), svm);
	assert_non_null(strstr(ran.out, "\n0x040 DE excp\n"));
	run(cmd_reasons, ARGS("reasons", "--json", "svm"));
	root = parsed(ran.out);
	assert_int_equal(json_object_array_length(field(root, "reasons")), svm);
	json_object_put(root);
	*strstr(ran.out, "{\n      \"reason\": 1,") = '\0';
	shows(
"{\n"
"  'json_version': 1,\n"
"  'exitstat_version': '" EXITSTAT_VERSION "',\n"
"  'command': 'reasons',\n"
"  'time_ns': 0,\n"
"  'isa': 'svm',\n"
"  'reasons': [\n"
"    {\n"
"      'reason': 0,\n"
"      'name': 'read_cr0'\n"
"    },\n"
"    ");
	run(cmd_reasons, ARGS("reasons", "--json", "vmx"));
	root = parsed(ran.out);
	assert_int_equal(json_object_array_length(field(root, "reasons")), vmx);
	assert_string_equal(string(item(root, "reasons", 0), "name"), "EXCEPTION_NMI");
	json_object_put(root);
	run(cmd_reasons, ARGS("reasons"));
	one_sentence(2, "takes one ISA");
	run(cmd_reasons, ARGS("reasons", "arm"));
	one_sentence(2, "is not an ISA");
	assert_int_equal(cpuids, 0);
}

static void a_full_disk_is_an_error(void **state)
{
	const int full = open("/dev/full", O_WRONLY);

	(void)state;
	ran.out[0] = '\0';
	run_with_stdout(full, cmd_raw, ARGS("raw", "0"));
	one_sentence(2, "No space left");
	run_with_stdout(full, cmd_show, ARGS("show"));
	one_sentence(2, "No space left");
	run_with_stdout(full, cmd_show, ARGS("show", "--help"));
	one_sentence(2, "No space left");
	close(full);
	stat_of("-o", "/dev/full", "--", "true");
	one_sentence(2, "No space left");
}

static void without_the_signature_nothing_is_read(void **state)
{
	(void)state;
	fake.hidden = true;
	show();
	one_sentence(2, "lacks the signature");
	show("--own-vcpu", "--json");
	one_sentence(2, "lacks the signature");
	assert_int_equal(cpuids, 1);
	unlink("unit-ran");
	stat_of("-o", "unit-out", "--", "touch", "unit-ran");
	one_sentence(2, "lacks the signature");
	assert_int_equal(access("unit-ran", F_OK), -1);
	assert_int_equal(access("unit-out", F_OK), -1);
}

/* signature, features, scope, id, snapshot; total with its times; the accounts; id */
#define CPUIDS_OF_TOTAL		(CPUIDS_TO_FREEZE + 7 + 4 + 1)

/* A machine with kvm-exitstat loaded is a host, whatever CPUID says. */
static void only_on_no_host(void)
{
	if (kvm_has_exitstat())
		skip();
}

/* One row, and no CPUID for values that are not in it. */
static void list_in_a_guest_is_this_vm(void **state)
{
	(void)state;
	fake.vcpu[1].v[12][EXITS] = 5000;
	list("--guest");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
	assert_int_equal(cpuids, CPUIDS_OF_TOTAL);
	assert_true(pinned_throughout);
	assert_string_equal(ran.out,
			    "VM      PID  VCPUS            EXITS  NAME\n"
			    "-         -      2             5005  -\n");
	list("--guest", "--json");
	assert_int_equal(ran.status, 0);
	shows(
"{\n"
"  'json_version': 1,\n"
"  'exitstat_version': '" EXITSTAT_VERSION "',\n"
"  'command': 'list',\n"
"  'time_ns': 0,\n"
"  'source': 'cpuid',\n"
"  'vms': [\n"
"    {\n"
"      'name': null,\n"
"      'dir': null,\n"
"      'pid': null,\n"
"      'qmp': null,\n"
"      'id': '0xfedcba9876543210',\n"
"      'vcpus': 2,\n"
"      'exits': 5022\n"
"    }\n"
"  ],\n"
"  'cpuid_exits_of_this_reading': 17\n"
"}\n");
}

static void a_guest_is_one_without_being_told(void **state)
{
	(void)state;
	only_on_no_host();
	list();
	assert_int_equal(ran.status, 0);
	assert_int_equal(cpuids, 1 + CPUIDS_OF_TOTAL);
	fake.hidden = true;
	list();
	one_sentence(2, "neither a host that counts exits nor a guest of one");
	list("--guest");
	one_sentence(2, "lacks the signature");
}

/* Exits that we do not cause: HLTs, and CPUIDs of other programs. */
static void seven_hlt_and_three_cpuid(void)
{
	fake.vcpu[1].v[12][EXITS] += 7;
	fake.vcpu[1].v[12][HALT] += 70000;
	fake.vcpu[1].v[10][EXITS] += 3;
	fake.vcpu[1].v[10][KERNEL] += 300;
}

/* The lines of @text as JSON, one by one; NULL after the last. */
static struct json_object *next_line(char **text)
{
	char *end = strchr(*text, '\n');
	struct json_object *root;

	if (!end)
		return NULL;
	*end = '\0';
	root = parsed(*text);
	*text = end + 1;
	return root;
}

/* Each block has the difference from the last reading, to the exit. */
static void top_in_a_guest_leaves_its_own_exits_out(void **state)
{
	struct json_object *root, *rows, *row;
	unsigned int block, i, last = 0;
	uint64_t begun = now_ns();
	char *line = ran.out;

	(void)state;
	before_leaf = seven_hlt_and_three_cpuid;
	leaf_of_that = 0x4fffff08;
	top_of("--guest", "-b", "--json", "-n", "3", "-d", "0.1");
	assert_int_equal(ran.status, 0);
	assert_true(now_ns() - begun >= 3 * SECOND / 10);
	assert_string_equal(ran.err, "");
	assert_true(pinned_throughout);
	assert_int_equal(cpuids, 4 * VMX_CPUIDS(2));
	for (block = 0; *line; block++) {
		root = next_line(&line);
		assert_string_equal(json_object_get_string(field(root, "level")), "reasons");
		assert_string_equal(json_object_get_string(field(root, "scope")), "vm");
		assert_null(field(root, "vcpu"));
		assert_string_equal(json_object_get_string(field(field(root, "vm"), "id")), "0xfedcba9876543210");
		assert_int_equal(number(root, "cpuid_exits_of_this_reading"), VMX_CPUIDS(2));
		assert_int_equal(number(root, "cpuid_exits_subtracted"), VMX_CPUIDS(2));
		assert_true(number(root, "reading_ns") > 0);
		assert_int_equal(total_exits(root), 10);
		assert_int_equal(number(field(root, "total"), "exits_since_start"),
				 (block + 2) * 10 + (block + 1) * VMX_CPUIDS(2) + CPUIDS_TO_FREEZE);
		rows = field(root, "reasons");
		assert_int_equal(json_object_array_length(rows), 2);
		for (i = 0; i < 2; i++) {
			row = json_object_array_get_idx(rows, i);
			assert_int_equal(number(row, "exits"), number(row, "reason") == 12 ? 7 : 3);
			last += number(row, "reason");
		}
		assert_int_equal(last, (block + 1) * (12 + 10));
		json_object_put(root);
	}
	assert_int_equal(block, 3);
}

static void take_250_ms(void)
{
	usleep(250000);
}

/* A reading that takes longer than two intervals is followed by half an interval, not by those that it missed. */
static void top_skips_what_it_missed(void **state)
{
	uint64_t time, last = 0;
	struct json_object *root;
	char *line = ran.out;
	unsigned int block;

	(void)state;
	meanwhile = take_250_ms;
	at_cpuid = 2 * VMX_CPUIDS(1) + 1;
	top_of("--guest", "-b", "--json", "-n", "4", "-d", "0.1");
	assert_int_equal(ran.status, 0);
	for (block = 0; *line; block++) {
		root = next_line(&line);
		time = number(root, "time_ns");
		assert_true(!last || time - last >= 49000000);
		last = time;
		json_object_put(root);
	}
	assert_int_equal(block, 4);
}

static void top_shows_what_is_asked_for(void **state)
{
	static char forty[] = "1234567890123456789012345678901234567890";
	struct json_object *root, *rows;

	(void)state;
	row_of(12, 1, 2, 3, 4, 5);
	top_of("--guest", "-b", "--json", "-n", "1", "-d", "0.1", "--sort", "number", "--filter", "l");
	assert_int_equal(ran.status, 0);
	root = parsed(ran.out);
	rows = field(root, "reasons");
	assert_int_equal(json_object_array_length(rows), 1);
	assert_string_equal(string(json_object_array_get_idx(rows, 0), "name"), "HLT");
	json_object_put(root);
	top_of("--guest", "-b", "--json", "-n", "1", "-d", "0.1", "--sort", "number", "--filter", "");
	root = parsed(ran.out);
	assert_int_equal(number(item(root, "reasons", 0), "reason"), 10);
	json_object_put(root);
	top_of("--guest", "-b", "--sort", "vcpus");
	one_sentence(2, "cannot be sorted by vcpus");
	top_of("--guest", "-b", "--filter", forty);
	one_sentence(2, "too long: use at most 39 characters");
	top_of("--guest", "-b", "--filter", forty + 1, "--level", "vms");
	one_sentence(2, "only the level reasons");
	top_of("--guest", "-b", "-d", "3601");
	one_sentence(2, "0.1 to 3600");
	top_of("--guest", "-b", "-d", "0.09");
	one_sentence(2, "0.1 to 3600");
	top_of("--guest", "-b", "-d", "3600", "--level", "vms");
	one_sentence(2, "only the level reasons");
}

static void top_in_a_guest_says_what_a_reading_costs(void **state)
{
	char cost[64];

	(void)state;
	snprintf(cost, sizeof(cost), "; a reading: %u CPUID exits, ", VMX_CPUIDS(1));
	top_of("--guest", "-b", "-n", "1", "-d", "0.1");
	assert_int_equal(ran.status, 0);
	has(ran.out, "this VM: 2 vCPUs, ");
	has(ran.out, cost);
	has(ran.out, "; not in EXITS/s\n");
	fake.flags = 2;		/* not counting; sums over the whole host */
	top_of("--guest", "-b", "-n", "1", "-d", "0.1");
	assert_int_equal(ran.status, 0);
	has(ran.out, "the whole host: 2 vCPUs, ");
	assert_null(strstr(ran.out, "not in EXITS/s"));
	top_of("--guest", "-b", "--level", "vcpus");
	one_sentence(2, "in a guest top has only the level reasons");
	top_of("--guest", "-b", "--vcpu", "0");
	one_sentence(2, "exitstat show --own-vcpu");
	top_of("--guest", "-b", "-p", "1");
	one_sentence(2, "give only one");
	fake.no_memory = true;
	top_of("--guest", "-b", "-n", "1");
	one_sentence(2, "no memory for a snapshot");
}

#define VM_LABEL		"vm=\"0xfedcba9876543210\""
#define EXITS_OF(reason)	"kvm_exits_total{" VM_LABEL ",reason=\"" reason "\",isa=\"vmx\"} "
#define READING_EXITS		"kvm_exitstat_reading_exits_total{" VM_LABEL "} "

/* The value of the only sample of @series in @text, up to the point. */
static uint64_t sample_of_text(const char *text, const char *series)
{
	const char *found;
	char line[160];

	snprintf(line, sizeof(line), "\n%s", series);
	found = strstr(text, line);
	if (!found || strstr(found + 1, line))
		fail_msg("%s is not there, or twice, in:\n%s", series, text);
	return strtoull(found + strlen(line), NULL, 10);
}

static void export_in_a_guest_is_of_this_vm(void **state)
{
	(void)state;
	fake.vcpu[1].v[12][EXITS] = 5000;
	export("--guest");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
	assert_true(pinned_throughout);
	assert_int_equal(cpuids, VMX_CPUIDS(2));
	assert_int_equal(sample_of_text(ran.out, EXITS_OF("HLT")), 5000);
	assert_int_equal(sample_of_text(ran.out, EXITS_OF("CPUID")), CPUIDS_TO_FREEZE);
	assert_int_equal(sample_of_text(ran.out, READING_EXITS), VMX_CPUIDS(2));
	assert_int_equal(sample_of_text(ran.out, "kvm_vm_vcpus{" VM_LABEL "} "), 2);
	assert_int_equal(sample_of_text(ran.out, "kvm_vm_info{" VM_LABEL
					",id=\"0xfedcba9876543210\",pid=\"\"} "), 1);
	assert_int_equal(sample_of_text(ran.out, "kvm_exitstat_counting "), 1);
	assert_int_equal(sample_of_text(ran.out, "kvm_exitstat_vms "), 1);
	has(ran.out, "kvm_vcpu_lifetime_seconds_total{" VM_LABEL "} ");
	assert_null(strstr(ran.out, "vcpu=\""));
	assert_null(strstr(ran.out, "torn"));

	fake.flags = 3;
	export("--guest");
	has(ran.out, "kvm_exits_total{vm=\"host\",");
	fake.flags = 0;
	export("--guest");
	assert_int_equal(sample_of_text(ran.out, "kvm_exitstat_counting "), 0);
	assert_int_equal(sample_of_text(ran.out, READING_EXITS), 0);
	fake.no_memory = true;
	export("--guest");
	one_sentence(2, "no memory for a snapshot");
	export("--guest", "-p", "1");
	one_sentence(2, "--guest reads only this VM");
}

/* The answer that a server or -o FILE makes after the answer @before. */
static char *answer_after(struct exporter *exporter, const char *before)
{
	struct metrics metrics;
	char *text;

	assert_int_equal(exporter_read(exporter, &metrics), 0);
	text = metrics_render(&metrics, METRICS_TEXT, before);
	exporter_free(&metrics);
	assert_non_null(text);
	return text;
}

/* Others' exits are the difference less the exits made by reading, exactly. */
static void export_in_a_guest_tells_its_own_exits(void **state)
{
	struct exporter exporter = { .guest = test_cpuid };
	char *text, *before = answer_after(&exporter, NULL);
	uint64_t cpuid, own;
	unsigned int i;

	(void)state;
	free(before);
	before_leaf = seven_hlt_and_three_cpuid;
	leaf_of_that = 0x4fffff08;
	before = answer_after(&exporter, NULL);
	for (i = 1; i < 5; i++) {
		/* If its snapshot is replaced, it reads twice. */
		cpuids = 0;
		meanwhile = fake_freeze;
		at_cpuid = i == 3 ? 50 : 0;
		text = answer_after(&exporter, before);
		cpuid = sample_of_text(text, EXITS_OF("CPUID")) -
			sample_of_text(before, EXITS_OF("CPUID"));
		own = sample_of_text(text, READING_EXITS) - sample_of_text(before, READING_EXITS);
		assert_int_equal(own, cpuids);
		assert_int_equal(cpuid - own, i == 3 ? 2 * 3 : 3);
		assert_int_equal(sample_of_text(text, EXITS_OF("HLT")) -
				 sample_of_text(before, EXITS_OF("HLT")), i == 3 ? 2 * 7 : 7);
		free(before);
		before = text;
	}
	/* Do not continue from another VM's counters. */
	fake.id ^= 1;
	text = answer_after(&exporter, before);
	assert_int_equal(sample_of_text(text, "kvm_exitstat_reading_exits_total"
					"{vm=\"0xfedcba9876543211\"} "), VMX_CPUIDS(2));
	free(before);
	free(text);
}

/* Options of a host are refused, with the alternative. */
static void a_guest_has_no_vms(void **state)
{
	(void)state;
	only_on_no_host();
	show("-p", "1");
	one_sentence(2, "this is a guest");
	stat_of("--host", "true");
	one_sentence(2, "this is a guest");
	verify("--all");
	one_sentence(2, "which a guest cannot see");
	show("--vcpu", "2147483647");
	one_sentence(2, "taskset -c N exitstat show --own-vcpu");
}

static void vcpu_is_read_in_one_place(void **state)
{
	cpu_set_t after;
	struct json_object *root;

	(void)state;
	fake.vcpu[0].v[12][EXITS] = 5;
	fake.vcpu[1].v[12][EXITS] = 7;
	fake.vcpu[1].v[12][KERNEL] = 99;
	show("--own-vcpu", "--json", "-r", "12");
	assert_int_equal(ran.status, 0);
	assert_true(pinned_throughout);
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&all_cpus, &after));
	root = parsed(ran.out);
	assert_string_equal(string(root, "scope"), "vcpu");
	assert_true(CPU_ISSET(number(root, "guest_cpu"), &all_cpus));
	assert_null(field(root, "snapshot"));
	assert_int_equal(number(item(root, "reasons", 0), "exits"), 5);
	assert_int_equal(number(field(item(root, "reasons", 0), "cycles"), "kernel"), 0);
	/* No snapshot is taken for it. */
	assert_int_equal(number(root, "cpuid_exits_of_this_reading"), VMX_CPUIDS(2) - 1);
	assert_int_equal(cpuids, VMX_CPUIDS(2) - 1);
	assert_int_equal(fake.copies, 0);
	json_object_put(root);
	show("--own-vcpu");
	has(ran.out, "Rows are read live, one after another: they do not add up to the total.\n");
	assert_non_null(strstr(ran.out, "VMX, the vCPU of CPU "));

	/* Also after a failed reading. */
	fake.hidden = true;
	show("--own-vcpu");
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&all_cpus, &after));
}

static void host_and_counting_are_told(void **state)
{
	struct json_object *root;

	(void)state;
	fake.flags |= 2;
	show();
	assert_string_equal(ran.err, "");
	has(ran.out, "VMX, the whole host: every VM since kvm was loaded (2 vCPUs)\n");
	fake.flags &= ~1u;
	show("--json");
	assert_non_null(strstr(ran.err, "not counting"));
	assert_ptr_equal(strchr(ran.err, '\n'), ran.err + strlen(ran.err) - 1);
	root = parsed(ran.out);
	assert_string_equal(string(root, "scope"), "host");
	assert_false(json_object_get_boolean(field(root, "counting")));
	json_object_put(root);
}

static void older_and_other_hosts_are_refused(void **state)
{
	(void)state;
	fake.highest = 0x4fffff20;
	show();
	one_sentence(2, "older and keeps no times (its highest leaf is 0x4fffff20, but 0x4fffff3b is needed)");
	fake.highest = 0x4fffff3a;
	show("--own-vcpu", "--json");
	one_sentence(2, "older");
	assert_int_equal(cpuids, 1);
	stat_of("--", "true");
	one_sentence(2, "older");
	/* A newer host is not refused. */
	fake.highest = 0x4fffff4b;
	show();
	assert_int_equal(ran.status, 0);
	fake.version = 2;
	show();
	one_sentence(2, "speaks version 2");
	fake.version = 1;
	fake.isa = 3;
	show();
	one_sentence(2, "ISA 3");
}

static void a_host_without_memory_is_told(void **state)
{
	(void)state;
	fake.no_memory = true;
	show();
	one_sentence(2, "no memory for a snapshot");
	assert_int_equal(cpuids, CPUIDS_TO_FREEZE);
	stat_of("--", "true");
	one_sentence(2, "no memory for a snapshot");
	show("--own-vcpu");
	assert_int_equal(ran.status, 0);
}

static void a_sum_that_is_wrong_is_status_1(void **state)
{
	static const char *const names[] = {
		"sum of exits", "sum of kernel", "sum of user", "sum of halt",
		"sum of preempt", "sum of block", "maximum of longest",
	};
	unsigned int v, i;

	(void)state;
	for (i = 0; i < 20; i++) {
		for (v = 0; v < VALUES; v++) {
			fake_reset(i % 2 ? FAKE_SVM : FAKE_VMX);
			fake_fill();
			fake.total_error[v] = i < 10 ? 1 : -1;
			show();
			assert_int_equal(ran.status, 1);
			has(ran.err, "do not add up");
			has(ran.err, names[v]);
			assert_ptr_equal(strchr(ran.err, '\n'),
					 ran.err + strlen(ran.err) - 1);
			has(ran.out, "\n total ");
		}
		fake_reset(FAKE_VMX);
		fake_fill();
		fake.lifetime_error = i < 10 ? 1 : -1;
		show("--json");
		assert_int_equal(ran.status, 1);
		has(ran.err, "sum of all accounts");
		json_object_put(parsed(ran.out));
	}
	/* Live readings need not add up. */
	show("--own-vcpu");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
}

static void lie_no_more(void)
{
	fake.lifetime_error = 0;
}

/* One reading that is wrong makes status 1, whatever comes after it. */
static void one_wrong_reading_of_a_series_is_status_1(void **state)
{
	(void)state;
	fake.lifetime_error = 1;
	meanwhile = lie_no_more;
	at_cpuid = VMX_CPUIDS(1) + 1;
	show("--json", "0.01", "3");
	assert_int_equal(ran.status, 1);
	assert_int_equal(lines(ran.out), 3);
	fake_reset(FAKE_VMX);
	fake.lifetime_error = 1;
	meanwhile = lie_no_more;
	at_cpuid = 2 * VMX_CPUIDS(1) + 1;
	stat_of("--json", "0.01", "3");
	assert_int_equal(ran.status, 1);
	assert_int_equal(lines(ran.out), 3);
}

/* Counting has stopped, before the first exit. */
static void times_without_any_exit(void **state)
{
	(void)state;
	fake.flags = 0;
	fake.vcpu[0].v[FAKE_NONE][USER] = 12;
	fake.vcpu[0].v[FAKE_NONE][LONGEST] = 12;
	show();
	assert_int_equal(ran.status, 0);
	has(ran.out, "\n  none  none ");
	assert_int_equal(cpuids, VMX_CPUIDS(0));
	show("-r", "12");
	assert_null(strstr(ran.out, "none"));
	assert_null(strstr(ran.out, "other"));
}

static void lie_later(void)
{
	fake.total_error[USER] = 1;
}

static void stat_checks_both_snapshots(void **state)
{
	(void)state;
	fake.lifetime_error = 1;
	meanwhile = lie_no_more;
	at_cpuid = VMX_CPUIDS(1) + 1;
	fake.vcpu[0].guest = 5;
	stat_of("--", "sh", "-c", "exit 7");
	assert_int_equal(ran.status, 1);
	has(ran.err, "sum of all accounts");
	has(ran.err, "\n total ");
	has(ran.err, "ended with status 7\n");
	fake_reset(FAKE_VMX);
	meanwhile = lie_later;
	at_cpuid = VMX_CPUIDS(1) + 1;
	unlink("unit-out");
	stat_of("-o", "unit-out", "--", "true");
	assert_int_equal(ran.status, 1);
	has(ran.err, "sum of user");
	assert_int_equal(access("unit-out", F_OK), 0);
	unlink("unit-out");
}

static void untrusted_times_are_told(void **state)
{
	struct json_object *root;

	(void)state;
	fake.flags |= 8;
	show();
	assert_int_equal(ran.status, 0);
	has(ran.err, "TSC is unstable");
	has(ran.out, "Times cannot be trusted");
	show("--json");
	has(ran.err, "TSC is unstable");
	root = parsed(ran.out);
	assert_true(is_true(root, "untrusted"));
	json_object_put(root);
	stat_of("--json", "-o", "unit-out", "true");
	has(ran.err, "TSC is unstable");
	unlink("unit-out");
}

static void anomalies_are_told(void **state)
{
	struct json_object *root;

	(void)state;
	fake.vcpu[0].anomalies = 3;
	fake.vcpu[1].anomalies = 4;
	show();
	assert_int_equal(ran.status, 0);
	has(ran.err, "stepped back 7 times");
	has(ran.out, "Anomalies: 7 ");
	show("--json", "--own-vcpu");
	has(ran.err, "stepped back 3 times");
	root = parsed(ran.out);
	assert_int_equal(number(root, "anomalies"), 3);
	json_object_put(root);
	/* Exits before the command are not the command's. */
	stat_of("true");
	assert_null(strstr(ran.err, "stepped back"));
}

/* Where the last signal was sent. */
static pid_t killed;

int kill(pid_t pid, int sig)
{
	killed = pid;
	return syscall(SYS_kill, pid, sig);
}

/* As if somebody had sent us SIGTERM. */
static void terminate_us(void)
{
	syscall(SYS_kill, getpid(), SIGTERM);
}

/* A number that was the command's may be another process's by now. */
static void no_signal_is_passed_on_when_the_command_has_ended(void **state)
{
	(void)state;
	killed = 0;
	meanwhile = terminate_us;
	at_cpuid = 1;
	stat_of("--", "true");
	assert_int_equal(ran.status, 128 + SIGTERM);
	assert_true(killed > 0);
	killed = 0;
	cpuids = 0;
	at_cpuid = VMX_CPUIDS(1) + 1;
	stat_of("--", "true");
	assert_int_equal(ran.status, 0);
	assert_int_equal(cpuids, 2 * VMX_CPUIDS(1));
	assert_int_equal(killed, 0);
}

/* Four signals, except for those that our parent had ignored; others do not end us. */
static void signals_that_end_a_program(void **state)
{
	static const int four[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set, other, before;
	unsigned int i, ignored;
	int sig;

	(void)state;
	for (ignored = 0; ignored < COUNT(four); ignored++) {
		signal(four[ignored], SIG_IGN);
		sigfillset(&set);
		end_signals(&set);
		for (i = 0; i < COUNT(four); i++) {
			assert_int_equal(sigismember(&set, four[i]), i != ignored);
			sigdelset(&set, four[i]);
		}
		assert_true(sigisemptyset(&set));
		signal(four[ignored], SIG_DFL);
	}
	sigemptyset(&other);
	sigaddset(&other, SIGUSR1);
	end_signals(&set);
	sigaddset(&other, SIGTERM);
	sigprocmask(SIG_BLOCK, &other, &before);
	raise(SIGUSR1);
	assert_false(signal_is_pending(&set));
	assert_false(end_is_pending());
	raise(SIGTERM);
	assert_true(signal_is_pending(&set));
	assert_true(end_is_pending());
	sigwait(&other, &sig);
	sigwait(&other, &sig);
	assert_false(end_is_pending());
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void new_id(void)
{
	fake.id++;
}

static void a_reading_is_of_one_set_of_counters(void **state)
{
	struct json_object *root;

	(void)state;
	meanwhile = new_id;
	at_cpuid = 50;
	show("--json", "-r", "10");
	assert_int_equal(ran.status, 0);
	assert_int_equal(cpuids, 2 * VMX_CPUIDS(1));
	root = parsed(ran.out);
	assert_string_equal(string(field(root, "vm"), "id"), "0xfedcba9876543211");
	assert_int_equal(number(root, "cpuid_exits_of_this_reading"),
			 2 * VMX_CPUIDS(1));
	json_object_put(root);

	before_leaf = new_id;
	leaf_of_that = 0x4fffff03;
	show();
	one_sentence(2, "counters changed 8 times");
	assert_int_equal(cpuids, ATTEMPTS * VMX_CPUIDS(1));
	before_leaf = NULL;
	show();
	assert_int_equal(ran.status, 0);
}

static void other_counters(void)
{
	fake.id++;
	memset(fake.vcpu[0].v[12], 0, sizeof(fake.vcpu[0].v[12]));
}

/* A reading that is repeated starts from zero. */
static void a_repeated_reading_begins_anew(void **state)
{
	(void)state;
	row_of(12, 1, 2, 3, 4, 5);
	meanwhile = other_counters;
	at_cpuid = VMX_CPUIDS(2) - 1;
	show();
	assert_int_equal(ran.status, 0);
	assert_null(strstr(ran.out, "HLT"));
	assert_int_equal(cpuids, VMX_CPUIDS(2) + VMX_CPUIDS(1));
}

/* Whenever another reader intervenes, the output is from one snapshot. */
static void a_reading_is_of_one_snapshot(void **state)
{
	struct json_object *root;
	unsigned int at, hist;
	uint64_t last;

	(void)state;
	fake.flags |= 4;
	for (hist = 0; hist < 2; hist++) {
		/* After that, only the counters' id is read. */
		last = VMX_CPUIDS(1) - 1 + (hist ? 64 : 0);
		for (at = CPUIDS_TO_FREEZE + 1; at <= last; at++) {
			meanwhile = fake_freeze;
			at_cpuid = at;
			if (hist)
				show("--json", "--hist", "cpuid");
			else
				show("--json");
			assert_int_equal(ran.status, 0);
			assert_string_equal(ran.err, "");
			assert_true(cpuids > last + 1);
			root = parsed(ran.out);
			assert_int_equal(number(root, "snapshot"), fake.copy_id);
			assert_int_equal(number(root, "cpuid_exits_of_this_reading"),
					 cpuids);
			json_object_put(root);
		}
	}
}

static void a_snapshot_taken_away_for_ever_is_an_error(void **state)
{
	cpu_set_t after;

	(void)state;
	before_leaf = fake_freeze;
	leaf_of_that = 0x4fffff38;
	show();
	one_sentence(2, "was replaced 8 times");
	assert_int_equal(cpuids, ATTEMPTS * VMX_CPUIDS(1));
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&all_cpus, &after));
	before_leaf = NULL;
	/* Memory is not short, but there is no snapshot: the scope has changed. */
	fake.no_snapshot = true;
	show();
	one_sentence(2, "was replaced 8 times");
	assert_int_equal(cpuids, ATTEMPTS * (CPUIDS_TO_FREEZE + 1));
}

static void buckets(uint64_t (*hist)[64])
{
	hist[12][0] = 1;
	hist[12][9] = 4000;
	hist[12][10] = 2000;
	hist[12][12] = 99;
	hist[12][13] = 101;
}

static void a_histogram_is_drawn(void **state)
{
	(void)state;
	fake.flags |= 4;
	buckets(fake.vcpu[0].hist);
	fake.vcpu[1].hist[12][10] = 1;
	fake.vcpu[1].hist[35][63] = 7;
	fake.vcpu[1].hist[FAKE_OTHER][2] = 2;
	show("--hist", "hlt");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
	assert_int_equal(cpuids, VMX_CPUIDS(1) + 64);
	has(ran.out,
"\nFinished exits by their cycles in KVM and the host (kernel): HLT\n"
"\n"
"       CYCLES                 TIME         EXITS\n"
"    0 -     1         0 -  1.00 ns             1  #\n"
"    2 -     3   2.00 ns -  3.00 ns             -\n"
"    4 -     7   4.00 ns -  7.00 ns             -\n"
"    8 -    15   8.00 ns -  15.0 ns             -\n"
"   16 -    31   16.0 ns -  31.0 ns             -\n"
"   32 -    63   32.0 ns -  63.0 ns             -\n"
"   64 -   127   64.0 ns -   127 ns             -\n"
"  128 -   255    128 ns -   255 ns             -\n"
"  256 -   511    256 ns -   511 ns             -\n"
"  512 -  1023    512 ns -  1.02 us          4000  ########################################\n"
" 1024 -  2047   1.02 us -  2.05 us          2001  ####################\n"
" 2048 -  4095   2.05 us -  4.10 us             -\n"
" 4096 -  8191   4.10 us -  8.19 us            99  #\n"
" 8192 - 16383   8.19 us -  16.4 us           101  #\n"
"\n");
	show("--hist", "35");
	has(ran.out, "(kernel): undefined\n\n"
"                                     CYCLES                 TIME         EXITS\n"
" 9223372036854775808 - 18446744073709551615  106752 d - 213504 d             7  ########################################\n");
	show("--hist", "other");
	has(ran.out, "\nFinished exits by their cycles in KVM and the host (kernel): other\n");
	has(ran.out, "\n4 - 7   4.00 ns -  7.00 ns             2  ####");
	show("--hist", "total");
	has(ran.out, "(kernel): total\n");
	has(ran.out, "\n                   0 -                    1 ");
	has(ran.out, "\n 9223372036854775808 - 18446744073709551615 ");
	show("--hist", "48");
	has(ran.out, "(kernel): EPT_VIOLATION\nno exits since histograms were turned on\n");
	show("--own-vcpu", "--hist", "35");
	has(ran.out, "(kernel): undefined\nno exits since histograms were turned on\n");
}

static void a_histogram_in_json(void **state)
{
	struct json_object *root, *hist, *bucket;
	unsigned int i;

	(void)state;
	fake.flags |= 4;
	buckets(fake.vcpu[1].hist);
	fake.vcpu[0].hist[12][63] = 0xfffffffffffffff0ull;
	show("--json", "--hist", "0xc");
	assert_int_equal(ran.status, 0);
	root = parsed(ran.out);
	assert_true(is_true(root, "histograms"));
	hist = field(root, "histogram");
	assert_int_equal(number(hist, "reason"), 12);
	assert_string_equal(string(hist, "name"), "HLT");
	assert_int_equal(json_object_array_length(field(hist, "buckets")), 64);
	for (i = 0; i < 64; i++) {
		bucket = item(hist, "buckets", i);
		assert_int_equal(number(bucket, "bucket"), i);
		assert_true(number(bucket, "from") == (i ? 1ull << i : 0));
		assert_true(number(bucket, "to") + 1 ==
			    (i < 63 ? 1ull << (i + 1) : 0));
		assert_true(number(bucket, "exits") == fake.copy.hist[12][i]);
	}
	json_object_put(root);
	show("--json", "--hist", "total");
	root = parsed(ran.out);
	hist = field(root, "histogram");
	assert_null(field(hist, "reason"));
	assert_string_equal(string(hist, "name"), "total");
	json_object_put(root);
	show("--json", "--hist", "2");
	root = parsed(ran.out);
	assert_int_equal(json_object_array_length(field(field(root, "histogram"),
							"buckets")), 0);
	json_object_put(root);
	fake_reset(FAKE_SVM);
	fake.flags |= 4;
	fake.vcpu[0].hist[0xaa][5] = 6;
	show("--json", "--hist", "0x403");
	root = parsed(ran.out);
	assert_int_equal(number(item(field(root, "histogram"), "buckets", 0),
				"exits"), 6);
	json_object_put(root);
}

static void histograms_may_be_off(void **state)
{
	(void)state;
	show("--hist", "cpuid");
	one_sentence(2, "exitstat_hist=1");
	fake.flags |= 4;
	show("--hist", "none");
	one_sentence(2, "exit reason 'none' has no counter");
	show("--hist", "86");
	one_sentence(2, "no counter");
	show("--hist");
	one_sentence(2, "needs a value");
}

/* Sum of the shares in the text, in tenths of a percent. */
static unsigned int tenths_shown(void)
{
	static const char *const names[] = {
		"guest", "kernel", "user", "halt", "preempt", "block", "outside",
	};
	char *line = strstr(ran.out, "\nThe time of the vCPUs:\n");
	unsigned int sum = 0, i, whole, tenth;
	char name[16];

	assert_non_null(line);
	line++;
	for (i = 0; i < COUNT(names); i++) {
		line = strchr(line, '\n') + 1;
		assert_int_equal(sscanf(line, " %15s %u.%1u%%  ", name, &whole,
					&tenth), 3);
		assert_string_equal(name, names[i]);
		sum += 10 * whole + tenth;
	}
	return sum;
}

static void shares_of_time_add_up(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 500; i++) {
		fake_reset(FAKE_VMX);
		fake_fill();
		show();
		assert_int_equal(tenths_shown(), 1000);
		columns_below(150, ran.out);
	}
}
/* The exits of `exitstat stat`'s command, before CPUID VMX_CPUIDS + 1. */
static void exits_of_the_command(void)
{
	row_of(12, 1000, 2000000, 0, 750000000, 0);
	row_of(10, 7, 7000, 0, 0, 0);
	row_of(0x500, 3, 4500, 900, 0, 0);
	row_of(0xfffffffd, 0, 0, 123, 0, 0);
	fake.vcpu[0].v[12][LONGEST] = 70000;
	fake.vcpu[0].guest += 1247987477;
}

/* CPUIDs from one snapshot to the next, if no reading is repeated. */
static void stat_of_nothing_is_nothing(void **state)
{
	struct json_object *root, *row;
	unsigned int svm;

	(void)state;
	for (svm = 0; svm < 2; svm++) {
		fake_reset(svm ? FAKE_SVM : FAKE_VMX);
		row_of(svm ? 0x78 : 12, 123456789, 5, 6, 7, 8);
		stat_of("--json", "--", "true");
		assert_int_equal(ran.status, 0);
		assert_string_equal(ran.out, "");
		root = parsed(ran.err);
		/* Our exits are subtracted, their times are not. */
		assert_int_equal(json_object_array_length(field(root, "reasons")), 1);
		row = item(root, "reasons", 0);
		assert_string_equal(string(row, "name"), svm ? "cpuid" : "CPUID");
		assert_int_equal(number(row, "exits"), 0);
		assert_int_equal(number(field(row, "cycles"), "kernel"),
				 FAKE_KERNEL * (svm ? SVM_CPUIDS(2) : VMX_CPUIDS(2)));
		assert_int_equal(total_exits(root), 0);
		assert_int_equal(number(root, "cpuid_exits_subtracted"),
				 svm ? SVM_CPUIDS(2) : VMX_CPUIDS(2));
		json_object_put(root);
	}
}

/*
 * Reduce a table, up to the empty line after it, to words with one blank between them, and
 * leave out EXITS/s, which differs between runs.
 */
static void without_rates(char *table)
{
	char *line = table, *word, *to = table;
	unsigned int n = 0;
	bool total = false;

	while (*line != '\n') {
		word = line;
		while (*line != ' ' && *line != '\n')
			line++;
		if (!n)
			total = !strncmp(word, "total", 5);
		if (n++ != (total ? 2 : 3)) {
			memmove(to, word, line - word);
			to += line - word;
			*to++ = ' ';
		}
		while (*line == ' ')
			line++;
		if (*line == '\n') {
			to[-1] = '\n';
			n = 0;
			line++;
			while (*line == ' ')
				line++;
		}
	}
	memmove(to, line, strlen(line) + 1);
}

static void stat_shows_the_commands_exits_alone(void **state)
{
	char *line;
	double elapsed;

	(void)state;
	row_of(12, 55, 55, 0, 0, 60000);
	row_of(48, 55, 55, 0, 0, 70000);
	meanwhile = exits_of_the_command;
	at_cpuid = VMX_CPUIDS(3) + 1;
	stat_of("--cycles", "--", "sh", "-c", "echo out; exit 3");
	assert_int_equal(ran.status, 3);
	assert_string_equal(ran.out, "out\n");
	line = strstr(ran.err, "\n128 exits that");
	assert_non_null(line);
	*line = '\0';
	assert_int_equal(sscanf(strchr(line + 1, '\n'),
				"\n%lf seconds elapsed, status 3.", &elapsed), 1);
	assert_true(elapsed > 0 && elapsed < 60);
	without_rates(strstr(ran.err, "REASON"));
	assert_string_equal(strstr(ran.err, "\nExits"),
"\n"
"Exits while 'sh -c echo out; exit 3' ran\n"
"VMX, this VM (2 vCPUs)\n"
"\n"
"REASON NAME EXITS SHARE KERNEL USER HALT PREEMPT BLOCK MEAN LONGEST KSHARE\n"
"12 HLT 1000 99.01% 2000000 - 750000000 - - 2000 70000 93.48%\n"
"10 CPUID 7 0.69% 135000 - - - - 19286 - 6.31%\n"
"other other 3 0.30% 4500 900 - - - 1500 - 0.21%\n"
"none none - - - 123 - - - - - -\n"
"total 1010 2139500 1023 750000000 - - 2118 -\n"
"\n"
"The time of the vCPUs:\n"
"     guest  62.4%  1248051477\n"
"    kernel   0.1%  2139500\n"
"      user   0.0%  1023\n"
"      halt  37.5%  750000000\n"
"   preempt   0.0%  -\n"
"     block   0.0%  -\n"
"   outside   0.0%  -\n"
"  lifetime 100.0%  2000192000\n");
}

static void stat_has_rates_of_the_elapsed_time(void **state)
{
	struct json_object *root, *row;
	double want;

	(void)state;
	meanwhile = exits_of_the_command;
	at_cpuid = VMX_CPUIDS(1) + 1;
	stat_of("--json", "--", "sleep", "0.1");
	root = parsed(ran.err);
	row = item(root, "reasons", 0);
	assert_int_equal(number(row, "exits"), 1000);
	want = 1000e9 / number(root, "elapsed_ns");
	assert_true(want < 10000);
	assert_true(json_object_get_double(field(row, "exits_per_second")) > want - 0.01);
	assert_true(json_object_get_double(field(row, "exits_per_second")) < want + 0.01);
	json_object_put(root);
}

/* The VM's longest exit is shown only if it happened during the command. */
static void stat_shows_longest_where_it_grew(void **state)
{
	struct json_object *root, *row;
	size_t i;

	(void)state;
	row_of(12, 55, 55, 0, 0, 60000);
	row_of(48, 55, 55, 0, 0, 900000);
	fake.vcpu[0].v[FAKE_OTHER][EXITS] = 1;
	meanwhile = exits_of_the_command;
	at_cpuid = VMX_CPUIDS(4) + 1;
	stat_of("--json", "--", "true");
	assert_int_equal(ran.status, 0);
	root = parsed(ran.err);
	for (i = 0; i < json_object_array_length(field(root, "reasons")); i++) {
		row = item(root, "reasons", i);
		if (field(row, "reason") && number(row, "reason") == 12)
			assert_int_equal(number(row, "longest_cycles"), 70000);
		else
			assert_null(field(row, "longest_cycles"));
	}
	assert_null(field(field(root, "total"), "longest_cycles"));
	json_object_put(root);
}

/* Random changes, some of which move time from one account to another. */
static void a_life(void)
{
	struct fake before = fake;
	unsigned int c, i, v;

	fake_fill();
	for (c = 0; c < 2; c++) {
		books_add(&before.vcpu[c], &fake.vcpu[c]);
		fake.vcpu[c] = before.vcpu[c];
		fake.vcpu[c].anomalies += fake_number(3);
		i = fake_random() % 86;
		v = KERNEL + fake_random() % 5;
		/* The running account was read a little too far. */
		if (before.vcpu[c].v[i][v] > 50 && fake.vcpu[c].v[i][EXITS]) {
			fake.vcpu[c].v[i][v] -= 50;
			fake.vcpu[c].guest += 50;
		}
	}
}

static int64_t all_differences(struct json_object *root, const char *key)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < json_object_array_length(field(root, "reasons")); i++)
		sum += signed_number(field(item(root, "reasons", i), "cycles"), key);
	return sum;
}

static void differences_add_up(void **state)
{
	struct json_object *root, *accounts;
	unsigned int i, v, rows;
	int64_t sum;

	(void)state;
	for (i = 0; i < 60; i++) {
		fake_reset(FAKE_VMX);
		fake_fill();
		fake.vcpu[0].v[10][EXITS]++;
		for (rows = v = 0; v < FAKE_NONE; v++)
			rows += fake.vcpu[0].v[v][EXITS] || fake.vcpu[1].v[v][EXITS];
		meanwhile = a_life;
		at_cpuid = VMX_CPUIDS(rows) + 1;
		stat_of("--json", "--", "true");
		assert_int_equal(ran.status, 0);
		root = parsed(ran.err[0] == '{' ? ran.err : strchr(ran.err, '\n') + 1);
		accounts = field(root, "accounts");
		sum = signed_number(accounts, "guest") +
		      signed_number(accounts, "outside");
		for (v = KERNEL; v <= BLOCK; v++) {
			assert_true(all_differences(root, times[v]) ==
				    signed_number(accounts, times[v]));
			sum += signed_number(accounts, times[v]);
		}
		assert_true(sum == signed_number(accounts, "lifetime"));
		assert_true(all_rows(root, "exits") == total_exits(root));
		json_object_put(root);
	}
}

static void move_50_cycles(void)
{
	fake.vcpu[0].v[48][USER] -= 50;
	fake.vcpu[0].guest += 50;
}

/* The host has closed an account earlier than the time up to which we have read it. */
static void a_difference_may_be_below_0(void **state)
{
	struct json_object *root, *cycles;

	(void)state;
	row_of(48, 1, 10, 60, 0, 70);
	meanwhile = move_50_cycles;
	at_cpuid = VMX_CPUIDS(2) + 1;
	stat_of("--json", "--", "true");
	assert_int_equal(ran.status, 0);
	root = parsed(ran.err);
	cycles = field(item(root, "reasons", 1), "cycles");
	assert_int_equal(signed_number(cycles, "user"), -50);
	assert_int_equal(signed_number(field(root, "accounts"), "user"), -50);
	json_object_put(root);
	at_cpuid = VMX_CPUIDS(2) + 1;
	fake.vcpu[0].v[48][USER] = 60;
	stat_of("--", "true");
	has(ran.err, "\n      user   0.0%  -50.0 ns\n");
	strcpy(ran.out, ran.err);
	assert_int_equal(tenths_shown(), 1000);
}

static void back_by_an_exit(void)
{
	fake.vcpu[0].v[12][EXITS]--;
}

static void back_in_time(void)
{
	fake.vcpu[1].guest -= 10000000;
}

static void back_by_an_anomaly(void)
{
	fake.vcpu[1].anomalies--;
}

static void stat_never_shows_a_negative_number(void **state)
{
	void (*const back[])(void) = {
		back_by_an_exit, back_in_time, back_by_an_anomaly,
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(back); i++) {
		fake_reset(FAKE_VMX);
		row_of(12, 10, 10, 10, 10, 10);
		fake.vcpu[1].guest = 10000000;
		fake.vcpu[1].anomalies = 1;
		meanwhile = back[i];
		at_cpuid = VMX_CPUIDS(2) + 1;
		stat_of("sh", "-c", "exit 4");
		one_sentence(2, "went back");
		has(ran.err, "ended with status 4");
	}
}

static void more_anomalies(void)
{
	fake.vcpu[1].anomalies += 2;
}

static void stat_has_the_commands_anomalies(void **state)
{
	(void)state;
	fake.vcpu[0].anomalies = 5;
	meanwhile = more_anomalies;
	at_cpuid = VMX_CPUIDS(1) + 1;
	stat_of("true");
	assert_int_equal(ran.status, 0);
	has(ran.err, "warning: the TSC stepped back 2 times");
	has(ran.err, "\nAnomalies: 2 ");
}

/* Repeated readings: CPUIDs before the first snapshot must not be subtracted. */
static void stat_subtracts_all_its_cpuids(void **state)
{
	struct json_object *root;
	unsigned int at;

	(void)state;
	for (at = 50; at < 300; at += 125) {
		fake_reset(FAKE_VMX);
		meanwhile = new_id;
		at_cpuid = at;
		stat_of("--json", "true");
		if (at > VMX_CPUIDS(1)) {
			assert_int_equal(ran.status, 2);
			has(ran.err, "counters changed while the command ran");
			continue;
		}
		assert_int_equal(ran.status, 0);
		assert_int_equal(cpuids, 3 * VMX_CPUIDS(1));
		root = parsed(ran.err);
		assert_int_equal(total_exits(root), 0);
		assert_int_equal(number(root, "cpuid_exits_subtracted"), VMX_CPUIDS(1));
		json_object_put(root);
	}
	/* The snapshot is replaced in the first reading, then in the second. */
	for (at = 50; at < 300; at += 125) {
		fake_reset(FAKE_VMX);
		meanwhile = fake_freeze;
		at_cpuid = at;
		stat_of("--json", "true");
		assert_int_equal(ran.status, 0);
		root = parsed(ran.err);
		assert_int_equal(total_exits(root), 0);
		assert_int_equal(number(item(root, "reasons", 0), "exits"), 0);

		json_object_put(root);
	}
}

static void stat_returns_the_commands_status(void **state)
{
	(void)state;
	stat_of("sh", "-c", "exit 42");
	assert_int_equal(ran.status, 42);
	stat_of("sh", "-c", "kill -9 $$");
	assert_int_equal(ran.status, 128 + 9);
	assert_non_null(strstr(ran.err, "status 137"));
	stat_of("--", "/nonexistent/command");
	one_sentence(127, "cannot start");
	stat_of("--", "/");
	one_sentence(126, "cannot start");
}

/* A signal to exitstat only: the command gets it, and the report is made. */
static void stat_passes_signals_on(void **state)
{
	(void)state;
	stat_of("sh", "-c", "kill -INT $PPID; exec sleep 20");
	assert_int_equal(ran.status, 128 + 2);
	assert_non_null(strstr(ran.err, "seconds elapsed, status 130"));
}

static void stat_across_a_migration_is_void(void **state)
{
	(void)state;
	meanwhile = new_id;
	at_cpuid = VMX_CPUIDS(1) + 1;
	stat_of("sh", "-c", "exit 5");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(ran.err, "counters changed"));
	assert_non_null(strstr(ran.err, "status 5"));
	assert_null(strstr(ran.err, "REASON"));
}

static void stop_counting(void)
{
	fake.flags &= ~1u;
}

static void stat_while_counting_is_off(void **state)
{
	(void)state;
	stop_counting();
	stat_of("true");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.err, "not counting"));
	assert_non_null(strstr(ran.err, "\n0 exits that"));
	fake.flags |= 1;
	meanwhile = stop_counting;
	at_cpuid = VMX_CPUIDS(1) + 1;
	stat_of("true");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.err, "switched on or off"));
	assert_non_null(strstr(ran.err, "\n0 exits that"));
}

static void stat_writes_to_a_file(void **state)
{
	char text[4096];
	int fd;

	(void)state;
	fd = open("unit-out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	memset(text, 'x', sizeof(text));
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	stat_of("-o", "unit-out", "--json", "--", "true", "\xff\"\\", "\xc3\xa9");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
	slurp(fd, text, sizeof(text));
	unlink("unit-out");
	assert_string_equal(text + strlen(text) - 3, "\n}\n");
	assert_non_null(strstr(text,
			       "\"\xef\xbf\xbd\\\"\\\\\",\n    \"\xc3\xa9\""));
	json_object_put(parsed(text));

	unlink("unit-ran");
	stat_of("-o", "/nonexistent/file", "--", "touch", "unit-ran");
	one_sentence(2, "cannot write to /nonexistent/file");
	assert_int_equal(access("unit-ran", F_OK), -1);
}

static void show_repeats(void **state)
{
	struct json_object *root;
	char *text = ran.out;
	uint64_t time = 0, total = 0, begun = now_ns();
	unsigned int n = 0;

	(void)state;
	show("--json", "0.05", "3");
	assert_int_equal(ran.status, 0);
	assert_true(now_ns() - begun >= 2 * SECOND / 20);
	assert_string_equal(ran.err, "");
	while ((root = next_line(&text))) {
		assert_true(number(root, "time_ns") > time);
		assert_true(total_exits(root) > total);
		time = number(root, "time_ns");
		total = total_exits(root);
		json_object_put(root);
		n++;
	}
	assert_int_equal(n, 3);
	assert_string_equal(text, "");
	/* After a reading that takes longer than an interval the next one follows at once. */
	meanwhile = take_250_ms;
	at_cpuid = VMX_CPUIDS(1) + 1;
	show("--json", "0.1", "4");
	assert_int_equal(ran.status, 0);
	assert_int_equal(lines(ran.out), 4);
	show("0.01", "2");
	assert_int_equal(ran.status, 0);
	assert_memory_equal(ran.out, "At 20", 5);
	has(strstr(ran.out, "all by CPUID.\n\n"), "\n\nAt 20");
}

static void stat_has_intervals(void **state)
{
	struct json_object *root;
	char *text = ran.out;
	unsigned int n = 0;

	(void)state;
	row_of(12, 123456789, 5, 6, 7, 8);
	meanwhile = exits_of_the_command;
	at_cpuid = 2 * VMX_CPUIDS(2) + 1;
	stat_of("--json", "0.01", "3");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
	/* Our own exits are subtracted, so the first interval has none. */
	while ((root = next_line(&text))) {
		assert_int_equal(total_exits(root), n == 1 ? 1010 : 0);
		assert_true(number(root, "elapsed_ns") > 0);
		assert_string_equal(string(root, "command"), "stat");
		assert_null(field(root, "argv"));
		assert_null(field(root, "status"));
		json_object_put(root);
		n++;
	}
	assert_int_equal(n, 3);
	stat_of("0.01", "1");
	assert_int_equal(ran.status, 0);
	assert_memory_equal(ran.out, "Exits in the 0.", 15);
}

static unsigned int readings;

/* Before each reading: more is wrong from the third, the fifth and the seventh reading on. */
static void wrong_more_and_more(void)
{
	readings++;
	if (readings == 2)
		stop_counting();
	else if (readings == 4)
		fake.flags |= 8;
	else if (readings == 7)
		fake.vcpu[1].anomalies = 2;
}

/* A letter for each warning */
static void warnings_are(const char *expected)
{
	static const struct { const char *part; char letter; } warnings[] = {
		{ "is not counting", 'c' }, { "is unstable", 'u' }, { "stepped back 2 times", 'a' },
		{ "switched on or off", 's' }, { "", '?' },
	};
	char *rest = ran.err, *line, letters[32] = "";
	unsigned int n = 0, i;

	while ((line = strsep(&rest, "\n")) && rest) {
		for (i = 0; !strstr(line, warnings[i].part); i++)
			;
		letters[n++] = warnings[i].letter;
	}
	assert_string_equal(letters, expected);
}

/* Not at each interval again. */
static void a_warning_is_repeated_if_its_cause_changes(void **state)
{
	(void)state;
	before_leaf = wrong_more_and_more;
	leaf_of_that = 0x4fffff08;
	readings = 0;
	show("--json", "0.01", "8");
	assert_int_equal(ran.status, 0);
	warnings_are("c" "cu" "cua");
	fake_reset(FAKE_VMX);
	readings = 0;
	stat_of("--json", "0.01", "8");
	assert_int_equal(ran.status, 0);
	/* Counting stopped within the second reading, so it is incomplete at both of its ends. */
	warnings_are("s" "sc" "cu" "cua");
}

/* One interval has no difference, the next one has. */
static void an_interval_across_a_migration_is_void(void **state)
{
	struct json_object *root;
	char *text = ran.out;

	(void)state;
	meanwhile = new_id;
	at_cpuid = VMX_CPUIDS(1) + 1;
	stat_of("--json", "0.01", "2");
	assert_int_equal(ran.status, 0);
	has(ran.err, "this interval has no difference to show");
	root = next_line(&text);
	assert_int_equal(total_exits(root), 0);
	json_object_put(root);
	assert_string_equal(text, "");
}

static void numbers_are_an_interval(void **state)
{
	(void)state;
	stat_of("0");
	one_sentence(2, "INTERVAL is '0'");
	stat_of("1s");
	one_sentence(2, "INTERVAL is '1s'");
	stat_of("1", "0");
	one_sentence(2, "COUNT is '0'");
	stat_of("1", "2", "3");
	one_sentence(2, "but '3' is given");
	stat_of("--", "1");
	one_sentence(127, "cannot start '1'");
	stat_of("-o", "--", "5", "x");
	one_sentence(2, "COUNT is 'x'");
	show("1", "x");
	one_sentence(2, "COUNT is 'x'");
	show("nan");
	one_sentence(2, "takes no 'nan'");
}

#define TEST(name)	cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(show_as_text),
		TEST(cycles_instead_of_times),
		TEST(without_a_frequency_there_are_cycles),
		TEST(the_command_is_waited_for_though_sigchld_is_ignored),
		TEST(no_vcpus_or_no_lifetime_is_no_rate),
		TEST(text_and_json_agree_on_vmx),
		TEST(text_and_json_agree_on_svm),
		TEST(json_has_the_snapshot_of_vmx_and_svm),
		TEST(json_says_what_was_read),
		TEST(rates_are_of_the_vms_life),
		TEST(every_sort_key_sorts),
		TEST(svm_rows_are_in_hex),
		TEST(reasons_by_number_and_name_in_either_case),
		TEST(unknown_reasons_are_refused),
		TEST(misuse_is_one_sentence),
		TEST(help_and_version),
		TEST(raw_prints_registers),
		TEST(output_is_whole_if_little_is_taken_at_once),
		TEST(raw_has_json),
		TEST(reasons_lists_what_the_manual_defines),
		TEST(a_full_disk_is_an_error),
		TEST(without_the_signature_nothing_is_read),
		TEST(list_in_a_guest_is_this_vm),
		TEST(a_guest_is_one_without_being_told),
		TEST(top_in_a_guest_leaves_its_own_exits_out),
		TEST(top_in_a_guest_says_what_a_reading_costs),
		TEST(top_skips_what_it_missed),
		TEST(top_shows_what_is_asked_for),
		TEST(export_in_a_guest_is_of_this_vm),
		TEST(export_in_a_guest_tells_its_own_exits),
		TEST(a_guest_has_no_vms),
		TEST(vcpu_is_read_in_one_place),
		TEST(host_and_counting_are_told),
		TEST(older_and_other_hosts_are_refused),
		TEST(a_host_without_memory_is_told),
		TEST(a_sum_that_is_wrong_is_status_1),
		TEST(one_wrong_reading_of_a_series_is_status_1),
		TEST(times_without_any_exit),
		TEST(stat_checks_both_snapshots),
		TEST(no_signal_is_passed_on_when_the_command_has_ended),
		TEST(untrusted_times_are_told),
		TEST(anomalies_are_told),
		TEST(signals_that_end_a_program),
		TEST(a_reading_is_of_one_set_of_counters),
		TEST(a_repeated_reading_begins_anew),
		TEST(a_reading_is_of_one_snapshot),
		TEST(a_snapshot_taken_away_for_ever_is_an_error),
		TEST(a_histogram_is_drawn),
		TEST(a_histogram_in_json),
		TEST(histograms_may_be_off),
		TEST(shares_of_time_add_up),
		TEST(stat_of_nothing_is_nothing),
		TEST(stat_shows_the_commands_exits_alone),
		TEST(stat_has_rates_of_the_elapsed_time),
		TEST(stat_shows_longest_where_it_grew),
		TEST(differences_add_up),
		TEST(a_difference_may_be_below_0),
		TEST(stat_never_shows_a_negative_number),
		TEST(stat_has_the_commands_anomalies),
		TEST(stat_subtracts_all_its_cpuids),
		TEST(stat_returns_the_commands_status),
		TEST(stat_passes_signals_on),
		TEST(stat_across_a_migration_is_void),
		TEST(stat_while_counting_is_off),
		TEST(stat_writes_to_a_file),
		TEST(show_repeats),
		TEST(stat_has_intervals),
		TEST(a_warning_is_repeated_if_its_cause_changes),
		TEST(an_interval_across_a_migration_is_void),
		TEST(numbers_are_an_interval),
	};
	char dir[] = "/tmp/exitstat-unit-XXXXXX";
	int failed;

	/* nohup ignores SIGHUP, and a shell's background SIGINT and SIGQUIT, for all that they start. */
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	sched_getaffinity(0, sizeof(all_cpus), &all_cpus);
	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	failed = cmocka_run_group_tests_name("tool", tests, NULL, NULL);
	if (chdir("/") || rmdir(dir))
		return 1;
	return failed;
}
