// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat show --keys: the files exitstat-keys as docs/abi.md describes them, sorted, checked,
 * named, and as text and JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sizes.h"
#include "lib/version.h"
#include "model/difference.h"
#include "model/key_names.h"
#include "model/keys.h"
#include "model/keys_difference.h"
#include "model/reading.h"
#include "model/regions.h"
#include "model/reasons.h"
#include "model/table.h"
#include "render/render_keys.h"
#include "source/cpuid.h"
#include "source/keys_cpuid.h"
#include "source/keys_file.h"
#include "source/why.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "json_is.h"
#include "keep_json.h"

#define HEAD \
	"kvm-exitstat 1\nisa vmx\nid 0x12\nvcpu 3\ncounting 1\nkeys 1\ntsc_khz 1000000\ntorn 0\n"
#define ROWS \
	"floor port 2\nnew-record 1 2\n" \
	"reason 10 exits 7 kernel 70 user 0 name CPUID\n" \
	"level 10 l1 exits 4 kernel 40 user 0\n" \
	"level 10 l2 exits 3 kernel 30 user 0 new 5\n" \
	"key 10 cpuid 0x100000004 - 0 exits 7 kernel 70 user 0 error 0\n" \
	"reason 30 exits 100 kernel 1000 user 5000 name IO_INSTRUCTION\n" \
	"rest 30 exits 10 kernel 100 user 500\n" \
	"level 30 l1 exits 100 kernel 1000 user 5000\n" \
	"key 30 port 0x71 r 1 exits 10 kernel 100 user 0 error 0\n" \
	"key 30 port 0x3f8 w 1 exits 80 kernel 800 user 4500 error 2\n" \
	"reason none exits 0 kernel 3 user 4 name none\n"

/* Exits that returned to user space, and a vCPU that got signals */
#define RETURNS \
	"floor return 5\n" \
	"reason 10 exits 7 kernel 70 user 0 name CPUID\n" \
	"level 10 l1 exits 7 kernel 70 user 0\n" \
	"reason 30 exits 100 kernel 1000 user 5000 name IO_INSTRUCTION\n" \
	"level 30 l1 exits 100 kernel 1000 user 5000\n" \
	"key 30 port 0x3f8 w 1 exits 100 kernel 1000 user 5000 error 0\n" \
	"return 30 0x2 - returns 80 user 1400 error 0\n" \
	"return 30 0x5 - returns 3 user 3500 error 2 new 5\n" \
	"return 30 rest returns 4 user 100\n" \
	"reason none exits 0 kernel 3 user 704 name none\n" \
	"return none 0xe - returns 1 user 4 error 0\n" \
	"return none 0x4 e returns 3 user 700 error 0\n"

static struct keys keys;
static char why[128];

static int parse(const char *text)
{
	char *copy = strdup(text);
	int ret;

	free(keys.rows);
	ret = keys_parse(copy, &keys, why, sizeof(why));
	free(copy);
	return ret;
}

static void row_is(unsigned int i, enum key_kind kind, uint32_t reason, const char *word,
		   uint64_t exits, uint64_t kernel, uint64_t user)
{
	const struct key_row *row = &keys.rows[i];

	assert_int_equal(row->kind, kind);
	assert_int_equal(row->reason, reason);
	assert_string_equal(row->word, word);
	assert_int_equal(row->exits, exits);
	assert_int_equal(row->kernel, kernel);
	assert_int_equal(row->user, user);
}

static void every_record_is_read(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD ROWS), 0);
	assert_int_equal(keys.isa, KVM_EXITSTAT_ISA_VMX);
	assert_int_equal(keys.id, 0x12);
	assert_int_equal(keys.vcpu, 3);
	assert_int_equal(keys.vcpus, 1);
	assert_true(keys.counting && keys.kept);
	assert_int_equal(keys.tsc_khz, 1000000);
	assert_int_equal(keys.torn, 0);
	assert_int_equal(keys.nr, 10);
	row_is(0, KEY_REASON, 10, "", 7, 70, 0);
	row_is(2, KEY_LEVEL, 10, "l2", 3, 30, 0);
	row_is(3, KEY_OWN, 10, "cpuid", 7, 70, 0);
	assert_int_equal(keys.rows[3].value, 0x100000004);
	assert_int_equal(keys.rows[3].access, '-');
	row_is(5, KEY_REST, 30, "", 10, 100, 500);
	row_is(8, KEY_OWN, 30, "port", 80, 800, 4500);
	assert_int_equal(keys.rows[8].value, 0x3f8);
	assert_int_equal(keys.rows[8].access, 'w');
	assert_int_equal(keys.rows[8].size, 1);
	assert_int_equal(keys.rows[8].error, 2);
	row_is(9, KEY_REASON, KVM_EXITSTAT_SUB_NONE, "", 0, 3, 4);
}

static void returns_are_read(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD RETURNS), 0);
	assert_int_equal(keys.nr, 11);
	row_is(5, KEY_RETURN, 30, "", 80, 0, 1400);
	assert_int_equal(keys.rows[5].value, 2);
	assert_int_equal(keys.rows[5].access, '-');
	row_is(6, KEY_RETURN, 30, "", 3, 0, 3500);
	assert_int_equal(keys.rows[6].error, 2);
	row_is(7, KEY_RETURN_REST, 30, "", 4, 0, 100);
	row_is(10, KEY_RETURN, KVM_EXITSTAT_SUB_NONE, "", 3, 0, 700);
	assert_int_equal(keys.rows[10].value, 4);
	assert_int_equal(keys.rows[10].access, KEY_FAILED);
	assert_null(keys_unbalanced(&keys));
	/* They have no such words, which are skipped. */
	assert_int_equal(parse(HEAD "reason 30 exits 1 kernel 9 user 5\nreturn 30 0x2 - returns 1 kernel 7 exits 8 user 5\n"), 0);
	row_is(1, KEY_RETURN, 30, "", 1, 0, 5);
}

static void a_sum_is_read(void **state)
{
	(void)state;
	assert_int_equal(parse("kvm-exitstat 1\nisa svm\nid 0x0\nvcpus 9\ncounting 0\nkeys 0\ntsc_khz 0\ntorn 5\n"), 0);
	assert_int_equal(keys.isa, KVM_EXITSTAT_ISA_SVM);
	assert_int_equal(keys.vcpu, -1);
	assert_int_equal(keys.vcpus, 9);
	assert_false(keys.counting || keys.kept);
	assert_int_equal(keys.torn, 5);
	assert_int_equal(keys.nr, 0);
}

static void what_is_malformed_is_told(void **state)
{
	static const char *const lines[] = {
		"reason", "reason x exits 1", "reason 10", "reason 10 exits", "reason 10 kernel 1",
		"reason 10 exits 1 kernel", "reason 4294967293 exits 1", "reason -1 exits 1",
		"key 10", "key 10 cpuid", "key 10 cpuid 0x1 -", "key 10 cpuid 0x1 - x exits 1",
		"key 10 CPUID 0x1 - 0 exits 1", "key 10 a-class-too-long-to-keep 0x1 - 0 exits 1",
		"key 10 cpuid 1z - 0 exits 1", "key 10 cpuid 0x1 rw 0 exits 1",
		"key 10 cpuid 0x1 q 0 exits 1", "key 10 cpuid 0x1 - 256 exits 1",
		"key 10 cpuid 0x1 - 0 exits 18446744073709551616",
		"level 10", "level 10 L1 exits 1",
		"reason 10 exits 1 exits 1", "level 10 l1 exits 1 user 1 new 2 user 1",
		"return", "return 10", "return 10 0x2", "return 10 0x2 -", "return 10 rest",
		"return 10 rest user 1", "return 10 2z - returns 1", "return 10 0x2 r returns 1",
		"return 10 0x2 e- returns 1", "return 10 0x2  returns 1", "return 10 0x2 - exits 1",
		"key 10 cpuid 0x1 e 0 exits 1", "reason 10 returns 1",
		"torn 1", "vcpus 1", "isa svm", "kvm-exitstat",
	};
	static const char *const wrong[][2] = {
		{ "kvm-exitstat 2\n", "line 1, 'kvm-exitstat 2', does not follow version 1 of the format" },
		{ "kvm-exitstat x\n", "line 1, 'kvm-exitstat x', does not follow version 1 of the format" },
		{ "isa vmx\n", "line 1, 'isa vmx', does not follow version 1 of the format" },
		{ "kvm-exitstat 1\nreason 10 exits 1\n", "line 2, 'reason 10 exits 1', does not follow version 1 of the format" },
	};
	char text[512];
	unsigned int i;

	(void)state;
	/* The last is a record that we do not know here. */
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]) - 1; i++) {
		snprintf(text, sizeof(text), HEAD "%s\n", lines[i]);
		if (!parse(text))
			fail_msg("'%s' is taken", lines[i]);
		assert_non_null(strstr(why, "line 9, '"));
		assert_non_null(strstr(why, lines[i]));
		assert_null(keys.rows);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(wrong[i][0]), -1);
		assert_string_equal(why, wrong[i][1]);
	}
	assert_int_equal(parse(HEAD "reason 10 exits 1"), -1);
	assert_int_equal(parse("kvm-exitstat 1\nid 0x1\n"), -1);
	assert_string_equal(why, "it has no record 'isa'");
	assert_int_equal(parse("kvm-exitstat 1\nisa vmx\nid 0x1\ncounting 1\nkeys 1\ntsc_khz 1\ntorn 0\n"), -1);
	assert_string_equal(why, "it has no record 'vcpu'");
	assert_int_equal(parse("kvm-exitstat 1\nisa vmx\nid 0x1\nvcpu 0\ncounting 1\nkeys 2\n"), -1);
	assert_int_equal(parse(""), -1);
	assert_string_equal(why, "it has no record 'kvm-exitstat'");
}

/* Each of @nr texts after the head is refused at @place. */
static void are_refused(const char *const *lines, unsigned int nr, const char *place)
{
	char text[512];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		snprintf(text, sizeof(text), HEAD "%s\n", lines[i]);
		if (!parse(text))
			fail_msg("'%s' is taken", lines[i]);
		assert_non_null(strstr(why, place));
	}
}

/* Lines are sorted by reason, and each has one line "reason", before its others. */
static void the_order_of_reasons_is_kept(void **state)
{
	static const char *const lines[] = {
		"reason 10 exits 1\nreason 10 exits 1", "reason 10 exits 1\nreason 9 exits 1",
		"level 10 l1 exits 1\nreason 10 exits 1", "reason 10 exits 1\nlevel 9 l1 exits 1",
		"reason other exits 1\nreason 4294967292 exits 1", "reason none exits 1\nreason other exits 1",
	};

	(void)state;
	are_refused(lines, sizeof(lines) / sizeof(lines[0]), "line 10, '");
	assert_int_equal(parse(HEAD "reason 0 exits 1\nlevel 1 l1 exits 1\nrest 1 exits 1\nreason 4294967292 exits 1\n"
			       "reason other exits 1\nreason none exits 1\n"), 0);
}

/* What has lost its place is one line of the keys, and one of the returns. */
static void a_reason_has_each_rest_once(void **state)
{
	static const char *const lines[] = {
		"reason 10 exits 1\nrest 10 exits 1\nrest 10 exits 1",
		"rest 10 exits 1\nkey 10 cpuid 0x1 - 0 exits 1\nrest 10 exits 1",
		"reason 10 exits 1\nreturn 10 rest returns 1\nreturn 10 rest returns 1",
		"return 10 rest returns 1\nreturn 10 0x2 - returns 1\nreturn 10 rest returns 1",
		"rest 10 exits 1\nreturn 10 rest returns 1\nrest 10 exits 1",
	};

	(void)state;
	are_refused(lines, sizeof(lines) / sizeof(lines[0]), "line 11, 're");
	assert_int_equal(parse(HEAD "rest 10 exits 1\nreturn 10 rest returns 1\nrest 11 exits 1\nreturn 11 rest returns 1\n"
			       "reason 12 exits 2\nlevel 12 l1 exits 1\nlevel 12 l2 exits 1\nkey 12 msr 0x1 r 0 exits 1\n"
			       "key 12 msr 0x2 r 0 exits 1\nreturn 12 0x2 - returns 1\nreturn 12 0x5 - returns 1\n"), 0);
	assert_int_equal(keys.nr, 11);
}

/* Each number is there, is one and is in its range. */
static void numbers_have_their_ranges(void **state)
{
	static const struct {
		const char *name, *most, *more;
	} cases[] = {
		{ "id", "18446744073709551615", "18446744073709551616" }, { "vcpu", "2147483647", "2147483648" },
		{ "vcpus", "4294967295", "4294967296" }, { "counting", "1", "2" }, { "keys", "1", "2" },
		{ "tsc_khz", "4294967295", "4294967296" }, { "torn", "4294967295", "4294967296" },
	};
	const char *line, *end, *const head = HEAD;
	char text[512], part[64];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "kvm-exitstat 1\nisa vmx\n%s %s\n", cases[i].name, cases[i].most);
		assert_int_equal(parse(text), -1);
		assert_non_null(strstr(why, "it has no record"));
		snprintf(text, sizeof(text), "kvm-exitstat 1\nisa vmx\n%s %s\n", cases[i].name, cases[i].more);
		assert_int_equal(parse(text), -1);
		assert_non_null(strstr(why, "line 3, "));
		snprintf(text, sizeof(text), "kvm-exitstat 1\nisa vmx\n%s x\n", cases[i].name);
		assert_int_equal(parse(text), -1);
		assert_non_null(strstr(why, "line 3, "));
	}
	for (line = strchr(head, '\n') + 1; *line; line = end + 1) {
		end = strchr(line, '\n');
		snprintf(text, sizeof(text), "%.*s%s", (int)(line - head), head, end + 1);
		assert_int_equal(parse(text), -1);
		snprintf(part, sizeof(part), "it has no record '%.*s'", (int)strcspn(line, " "), line);
		assert_string_equal(why, part);
	}
}

static bool no_memory;

void *reallocarray(void *at, size_t nr, size_t size)
{
	return no_memory ? NULL : realloc(at, nr * size);
}

static void without_memory_there_are_no_keys(void **state)
{
	(void)state;
	no_memory = true;
	assert_int_equal(parse(HEAD ROWS), -1);
	no_memory = false;
	assert_string_equal(why, "out of memory");
	assert_null(keys.rows);
}

static void the_most_comes_first(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(parse(HEAD ROWS), 0);
	assert_int_equal(keys_sort(&keys, KVM_EXITSTAT_V_EXITS), 0);
	row_is(0, KEY_REASON, 30, "", 100, 1000, 5000);
	row_is(1, KEY_OWN, 30, "port", 80, 800, 4500);
	row_is(2, KEY_OWN, 30, "port", 10, 100, 0);
	row_is(3, KEY_REST, 30, "", 10, 100, 500);
	row_is(4, KEY_LEVEL, 30, "l1", 100, 1000, 5000);
	row_is(5, KEY_REASON, 10, "", 7, 70, 0);
	row_is(9, KEY_REASON, KVM_EXITSTAT_SUB_NONE, "", 0, 3, 4);
	assert_int_equal(keys_sort(&keys, KVM_EXITSTAT_V_USER), 0);
	row_is(5, KEY_REASON, KVM_EXITSTAT_SUB_NONE, "", 0, 3, 4);
	assert_int_equal(keys_sort(&keys, KVM_EXITSTAT_V_KERNEL), 0);
	row_is(5, KEY_REASON, 10, "", 7, 70, 0);
	/* Returns have no kernel. */
	assert_int_equal(parse(HEAD RETURNS), 0);
	assert_int_equal(keys_sort(&keys, KVM_EXITSTAT_V_KERNEL), 0);
	row_is(3, KEY_RETURN, 30, "", 80, 0, 1400);
	row_is(8, KEY_REASON, KVM_EXITSTAT_SUB_NONE, "", 0, 3, 704);
	row_is(9, KEY_RETURN, KVM_EXITSTAT_SUB_NONE, "", 3, 0, 700);
	assert_int_equal(keys_sort(&keys, KVM_EXITSTAT_V_EXITS), 0);
	row_is(3, KEY_RETURN, 30, "", 80, 0, 1400);
	assert_int_equal(keys_sort(&keys, KVM_EXITSTAT_V_USER), 0);
	row_is(2, KEY_LEVEL, 30, "l1", 100, 1000, 5000);
	row_is(3, KEY_RETURN, 30, "", 3, 0, 3500);
	row_is(4, KEY_RETURN, 30, "", 80, 0, 1400);
	row_is(5, KEY_RETURN_REST, 30, "", 4, 0, 100);
	/* Rows with as many exits have one order, whatever the file's. */
	assert_int_equal(parse(HEAD "reason 8 exits 0\nkey 8 port 0x1 w 1 exits 5\nkey 8 port 0x1 r 4 exits 5\n"
			       "key 8 port 0x1 w 2 exits 5\nlevel 9 l1 exits 4\n"), 0);
	assert_int_equal(keys_sort(&keys, KVM_EXITSTAT_V_EXITS), 0);
	row_is(0, KEY_REASON, 8, "", 0, 0, 0);
	for (i = 1; i <= 3; i++)
		assert_int_equal(keys.rows[i].size, i == 1 ? 4 : i - 1);
	row_is(4, KEY_LEVEL, 9, "l1", 4, 0, 0);
}

/* Those with the most exits, if a hundredth of the reason's exits is theirs. */
static void the_first_stay(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD ROWS), 0);
	assert_int_equal(keys_keep_first(&keys, 1), 0);
	assert_int_equal(keys.nr, 4);
	row_is(0, KEY_REASON, 30, "", 100, 1000, 5000);
	row_is(1, KEY_OWN, 30, "port", 80, 800, 4500);
	row_is(2, KEY_REASON, 10, "", 7, 70, 0);
	row_is(3, KEY_OWN, 10, "cpuid", 7, 70, 0);
	assert_int_equal(parse(HEAD "reason 0 exits 300 kernel 0 user 0\n"
			       "key 0 exception 0x1 - 0 exits 3 kernel 0 user 0\n"
			       "key 0 exception 0x2 - 0 exits 2 kernel 0 user 0\n"
			       "key 0 exception 0x3 - 0 exits 295 kernel 0 user 0\n"
			       "reason 1 exits 9\nrest 1 exits 9\n"
			       "reason 28 exits 1 kernel 5\nkey 28 register 0x0 r 0 exits 0 kernel 5\nrest 28 exits 1\n"
			       "key 29 register 0x107 w 0 exits 1\n"
			       "reason 99 exits 7\nlevel 99 l1 exits 7\n"), 0);
	assert_int_equal(keys_keep_first(&keys, 64), 0);
	assert_int_equal(keys.nr, 5);
	row_is(0, KEY_REASON, 0, "", 300, 0, 0);
	row_is(1, KEY_OWN, 0, "exception", 295, 0, 0);
	row_is(2, KEY_OWN, 0, "exception", 3, 0, 0);
	row_is(3, KEY_REASON, 1, "", 9, 0, 0);
	row_is(4, KEY_REASON, 28, "", 1, 5, 0);
	/* Two samples of one key would be an error for who reads them. */
	assert_int_equal(parse(HEAD "reason 0 exits 4\nkey 0 exception 0x1 - 0 exits 1\n"
			       "key 0 exception 0x2 - 0 exits 2\nkey 0 exception 0x1 - 0 exits 1\n"
			       "reason 1 exits 1\nkey 1 exception 0x1 - 0 exits 1\n"), 0);
	assert_int_equal(keys_keep_first(&keys, 8), 0);
	assert_int_equal(keys.nr, 5);
	row_is(4, KEY_OWN, 1, "exception", 1, 0, 0);
	/* Returns are not exported. */
	assert_int_equal(parse(HEAD RETURNS), 0);
	assert_int_equal(keys_keep_first(&keys, 8), 0);
	assert_int_equal(keys.nr, 2);
	row_is(1, KEY_OWN, 30, "port", 100, 1000, 5000);
	assert_int_equal(parse(HEAD), 0);
	assert_int_equal(keys_keep_first(&keys, 8), 0);
	assert_int_equal(keys.nr, 0);
}

static bool of_host;

/* What `exitstat show --keys`, or `stat --keys` with @run, prints of @text; freed by the next call. */
static const char *rendered_of(const char *text, const bool *only, bool json, bool series,
			       const struct stat_run *run)
{
	static char *output;
	const struct reading r = {
		.from = FROM_DEBUGFS, .abi_version = 1, .isa = KVM_EXITSTAT_ISA_VMX, .vcpu = 3, .vcpus = 1,
		.id = 0x12, .guest_cpu = -1, .host = of_host, .counting = true, .tsc_khz = 1000000, .adds_up = true,
	};
	const struct view view = { .r = &r, .only = only, .json = json, .series = series, .time_ns = 1,
				   .run = run };

	assert_int_equal(parse(text), 0);
	assert_int_equal(keys_sort(&keys, KVM_EXITSTAT_V_EXITS), 0);
	free(output);
	output = render_keys(&view, &keys);
	assert_non_null(output);
	return output;
}

static const char *rendered(const char *text, const bool *only, bool json, bool series)
{
	return rendered_of(text, only, json, series, NULL);
}

/* As many rows as there is room for, and one more: nothing is read beyond them. */
static void any_number_of_rows(void **state)
{
	char text[8192];
	unsigned int i, nr;
	size_t n;

	(void)state;
	for (nr = 64; nr <= 65; nr++) {
		n = snprintf(text, sizeof(text), HEAD "reason 0 exits %u kernel 0 user 0\nlevel 0 l1 exits %u kernel 0 user 0\n",
			     nr - 3, nr - 3);
		for (i = 2; i < nr - 1; i++)
			n += snprintf(text + n, sizeof(text) - n, "key 0 exception 0x%x - 255 exits 1 kernel 0 user 0\n", i);
		snprintf(text + n, sizeof(text) - n, "reason none exits 0\n");
		assert_int_equal(parse(text), 0);
		assert_int_equal(keys.nr, nr);
		assert_int_equal(keys.rows[nr - 2].size, 255);
		assert_null(keys_unbalanced(&keys));
		rendered(text, NULL, true, false);
		assert_int_equal(keys_keep_first(&keys, nr), 0);
		assert_int_equal(keys.nr, nr - 2);
		assert_int_equal(keys.rows[nr - 3].size, 255);
	}
}

/* No reason is looked for in all rows, for which 200,000 of them would take minutes. */
static void any_number_of_reasons(void **state)
{
	enum { NR = 200000 };
	char *text = malloc(NR * 64 + 1024), *at = text + sprintf(text, HEAD);
	const clock_t began = clock();
	unsigned int i;

	(void)state;
	for (i = 0; i < NR; i++)
		at += sprintf(at, "reason %u exits 1\nlevel %u l1 exits 1\n", i, i);
	assert_int_equal(parse(text), 0);
	assert_int_equal(keys.nr, 2 * NR);
	assert_int_equal(keys_sort(&keys, KVM_EXITSTAT_V_EXITS), 0);
	assert_null(keys_unbalanced(&keys));
	assert_true(clock() - began < 20 * CLOCKS_PER_SEC);
	free(text);
}

/* The reason of @file that does not add up after @from is replaced by @to; 0: none. */
static uint32_t unbalanced_in(const char *file, const char *from, const char *to)
{
	char text[2048];
	const char *at = strstr(file, from);
	const struct key_row *row;

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - file), file, to, at + strlen(from));
	assert_int_equal(parse(text), 0);
	row = keys_unbalanced(&keys);
	return row ? row->reason : 0;
}

static uint32_t unbalanced(const char *from, const char *to)
{
	return unbalanced_in(HEAD ROWS, from, to);
}

static void what_does_not_add_up_is_found(void **state)
{
	(void)state;
	assert_int_equal(unbalanced("torn", "torn"), 0);
	assert_int_equal(unbalanced("exits 80", "exits 81"), 30);
	assert_int_equal(unbalanced("kernel 800", "kernel 801"), 30);
	assert_int_equal(unbalanced("user 4500", "user 4499"), 30);
	assert_int_equal(unbalanced("rest 30 exits 10", "rest 30 exits 9"), 30);
	assert_int_equal(unbalanced("level 30 l1 exits 100", "level 30 l1 exits 99"), 30);
	assert_int_equal(unbalanced("l2 exits 3 kernel 30", "l2 exits 3 kernel 29"), 10);
	assert_int_equal(unbalanced("l2 exits 3", "l2 exits 4"), 10);
	/* Reasons without keys have levels. */
	assert_int_equal(unbalanced("key 10 cpuid", "unknown 10 cpuid"), 0);
	assert_int_equal(unbalanced("level 30", "unknown 30"), 30);
	/* Keys and levels of no reason */
	assert_int_equal(unbalanced("reason 30", "unknown 30"), 30);
	assert_int_equal(unbalanced("reason none", "key none cpuid 0x1 - 0"), KVM_EXITSTAT_SUB_NONE);
}

/* All of a reason's time in user space is after returns; an older KVM has none. */
static void returns_that_do_not_add_up_are_found(void **state)
{
	static const char file[] = HEAD RETURNS;

	(void)state;
	assert_int_equal(unbalanced_in(file, "torn", "torn"), 0);
	assert_int_equal(unbalanced_in(file, "user 1400", "user 1401"), 30);
	assert_int_equal(unbalanced_in(file, "return 30 rest", "unknown"), 30);
	assert_int_equal(unbalanced_in(file, "user 700", "user 699"), KVM_EXITSTAT_SUB_NONE);
	assert_int_equal(unbalanced_in(file, "user 704", "user 703"), KVM_EXITSTAT_SUB_NONE);
	assert_int_equal(unbalanced_in(file, "returns 80", "returns 800"), 0);
	/* One return of any reason, and each has all of its own */
	assert_int_equal(unbalanced_in(HEAD ROWS, "reason none exits 0 kernel 3 user 4 name none\n",
				       "reason none exits 0 kernel 3 user 4\nreturn none rest returns 1 user 4\n"), 30);
	assert_int_equal(unbalanced_in(HEAD "reason 30 exits 1 kernel 0 user 5\nlevel 30 l1 exits 1 kernel 0 user 5\nlast",
				       "last", "return 30 0x2 - returns 1 user 4 error 0\n"), 30);
}

/* The difference of two files in @keys; or why there is none. */
static const char *difference(const char *before, const char *now)
{
	struct keys first, second, added;
	const char *none;

	assert_int_equal(parse(before), 0);
	first = keys;
	keys.rows = NULL;
	assert_int_equal(parse(now), 0);
	second = keys;
	none = keys_difference(&first, &second, &added);
	free(first.rows);
	free(second.rows);
	keys = added;
	return none;
}

/* A row of a key; @error is its error. */
static void key_is(unsigned int i, uint64_t value, uint64_t exits, uint64_t kernel, uint64_t user,
		   uint64_t error)
{
	row_is(i, KEY_OWN, keys.rows[i].reason, keys.rows[i].word, exits, kernel, user);
	assert_int_equal(keys.rows[i].value, value);
	assert_int_equal(keys.rows[i].error, error);
}

static void a_difference_has_what_was_added(void **state)
{
	(void)state;
	assert_null(difference(HEAD ROWS, HEAD
		"reason 10 exits 9 kernel 100 user 1 name CPUID\n"
		"level 10 l1 exits 4 kernel 40 user 0\n"
		"level 10 l2 exits 5 kernel 60 user 1\n"
		"key 10 cpuid 0x100000004 - 0 exits 7 kernel 70 user 0 error 0\n"
		"key 10 cpuid 0x100000005 - 0 exits 2 kernel 30 user 1 error 0\n"
		"reason 30 exits 130 kernel 1500 user 6000 name IO_INSTRUCTION\n"
		"rest 30 exits 10 kernel 100 user 500\n"
		"level 30 l1 exits 130 kernel 1500 user 6000\n"
		"key 30 port 0x71 r 1 exits 30 kernel 400 user 0 error 0\n"
		"key 30 port 0x3f8 w 1 exits 90 kernel 1000 user 5500 error 2\n"
		"reason 40 exits 5 kernel 60 user 0 name PAUSE_INSTRUCTION\n"
		"level 40 l1 exits 5 kernel 60 user 0\n"
		"reason none exits 0 kernel 3 user 9 name none\n"));
	assert_int_equal(keys.nr, 10);
	row_is(0, KEY_REASON, 10, "", 2, 30, 1);
	key_is(1, 0x100000005, 2, 30, 1, 0);
	row_is(2, KEY_LEVEL, 10, "l2", 2, 30, 1);
	row_is(3, KEY_REASON, 30, "", 30, 500, 1000);
	key_is(4, 0x71, 20, 300, 0, 0);
	key_is(5, 0x3f8, 10, 200, 1000, 0);
	row_is(6, KEY_LEVEL, 30, "l1", 30, 500, 1000);
	row_is(7, KEY_REASON, 40, "", 5, 60, 0);
	row_is(8, KEY_LEVEL, 40, "l1", 5, 60, 0);
	row_is(9, KEY_REASON, KVM_EXITSTAT_SUB_NONE, "", 0, 0, 5);
	assert_null(keys_unbalanced(&keys));
	assert_null(difference(HEAD ROWS, HEAD ROWS));
	assert_int_equal(keys.nr, 0);
	assert_null(difference(HEAD, HEAD ROWS));
	assert_int_equal(keys.nr, 10);
	assert_null(keys_unbalanced(&keys));
	/* The first exit of a vCPU begins its keys. */
	assert_null(difference("kvm-exitstat 1\nisa vmx\nid 0x12\nvcpus 0\ncounting 1\nkeys 1\ntsc_khz 1\ntorn 0\n", HEAD ROWS));
	assert_int_equal(keys.nr, 10);
}

/* A row of a return; @error is its error. */
static void return_is(unsigned int i, uint64_t value, uint64_t returns, uint64_t user, uint64_t error)
{
	row_is(i, KEY_RETURN, keys.rows[i].reason, "", returns, 0, user);
	assert_int_equal(keys.rows[i].value, value);
	assert_int_equal(keys.rows[i].error, error);
}

#define IO(exits, user)	"reason 30 exits " exits " kernel 0 user " user "\nlevel 30 l1 exits " exits " kernel 0 user " user "\n"

static void a_difference_has_the_returns(void **state)
{
	(void)state;
	assert_null(difference(HEAD RETURNS, HEAD RETURNS));
	assert_int_equal(keys.nr, 0);
	/* 0x2 lost its place and came back, 0x5 lost it, 0x6 is new. */
	assert_null(difference(HEAD IO("9", "90")
		"return 30 0x2 - returns 5 user 50 error 0\nreturn 30 0x3 - returns 1 user 1 error 0\n"
		"return 30 0x5 - returns 3 user 39 error 0\nreason none exits 0 kernel 0 user 7\nreturn none 0x4 e returns 1 user 7 error 0\n",
		HEAD IO("20", "190")
		"return 30 0x2 - returns 6 user 60 error 7\nreturn 30 0x3 - returns 2 user 11 error 0\n"
		"return 30 0x6 - returns 2 user 20 error 1\nreturn 30 rest returns 10 user 99\n"
		"reason none exits 0 kernel 0 user 9\nreturn none 0x4 e returns 3 user 9 error 0\n"));
	assert_int_equal(keys.nr, 8);
	row_is(0, KEY_REASON, 30, "", 11, 0, 100);
	row_is(1, KEY_LEVEL, 30, "l1", 11, 0, 100);
	return_is(2, 2, 6, 60, 2);
	return_is(3, 3, 1, 10, 0);
	return_is(4, 6, 2, 20, 1);
	row_is(5, KEY_RETURN_REST, 30, "", 2, 0, 10);
	return_is(7, 4, 2, 2, 0);
	assert_null(keys_unbalanced(&keys));
	/* Neither have keys the errors of returns, nor these those of keys. */
	assert_null(difference(HEAD, HEAD IO("4", "0") "rest 30 exits 3\nkey 30 port 0x1 w 1 exits 1 kernel 0 user 0 error 8\n"
			       "return 30 0x2 - returns 5 user 0 error 9\nreturn 30 rest returns 6 user 0\n"));
	key_is(1, 1, 1, 0, 0, 3);
	return_is(3, 2, 5, 0, 6);
	row_is(4, KEY_REST, 30, "", 3, 0, 0);
	row_is(5, KEY_RETURN_REST, 30, "", 6, 0, 0);
	/* Nor have they time in KVM. */
	assert_null(difference(HEAD, HEAD "reason 30 exits 4 kernel 40 user 5\nreturn 30 0x2 - returns 3 user 5\n"));
	assert_int_equal(keys.nr, 2);
	row_is(0, KEY_REASON, 30, "", 4, 40, 5);
	return_is(1, 2, 3, 5, 0);
	/* Only returns, and no time yet */
	assert_null(difference(HEAD, HEAD "reason none exits 0\nreturn none 0x4 e returns 1 user 0 error 0\n"));
	assert_int_equal(keys.nr, 2);
	row_is(0, KEY_REASON, KVM_EXITSTAT_SUB_NONE, "", 0, 0, 0);
	return_is(1, 4, 1, 0, 0);
	/* The time of the last return can be some cycles lower in the later reading. */
	assert_null(difference(HEAD IO("2", "20") "return 30 0x2 - returns 1 user 10 error 0\nreturn 30 0x6 - returns 1 user 10 error 0\n",
			       HEAD IO("3", "29") "return 30 0x2 - returns 1 user 9 error 0\nreturn 30 0x6 - returns 2 user 20 error 0\n"));
	return_is(2, 6, 1, 9, 0);
	assert_int_equal(keys.nr, 3);
}

#undef IO

#define SUM	"kvm-exitstat 1\nisa vmx\nid 0x12\nvcpus 2\ncounting 1\nkeys 1\ntsc_khz 1\ntorn 0\n"

/*
 * Of 100 exits, 0x1 lost its place and came back, 0x2 lost it for good, 0x3 has a place now,
 * and 0x4 had none of it.
 */
static void a_key_that_lost_its_place_has_an_error(void **state)
{
	(void)state;
	assert_null(difference(HEAD
		"reason 30 exits 60 kernel 600 user 0\nlevel 30 l1 exits 60 kernel 600 user 0\n"
		"key 30 port 0x1 w 1 exits 20 kernel 200 user 0 error 0\n"
		"key 30 port 0x2 w 1 exits 30 kernel 300 user 0 error 0\n"
		"key 30 port 0x4 w 1 exits 10 kernel 100 user 0 error 3\n",
		HEAD
		"reason 30 exits 160 kernel 1600 user 0\nlevel 30 l1 exits 160 kernel 1600 user 0\n"
		"rest 30 exits 60 kernel 600 user 0\n"
		"key 30 port 0x1 w 1 exits 15 kernel 150 user 0 error 28\n"
		"key 30 port 0x3 w 1 exits 5 kernel 50 user 0 error 2\n"
		"key 30 port 0x4 w 1 exits 80 kernel 800 user 0 error 3\n"));
	assert_int_equal(keys.nr, 6);
	row_is(0, KEY_REASON, 30, "", 100, 1000, 0);
	key_is(1, 0x1, 15, 150, 0, 10);
	key_is(2, 0x3, 5, 50, 0, 2);
	key_is(3, 0x4, 70, 700, 0, 0);
	row_is(4, KEY_LEVEL, 30, "l1", 100, 1000, 0);
	row_is(5, KEY_REST, 30, "", 10, 100, 0);
	assert_null(keys_unbalanced(&keys));
	/* It came back, and has more than before: in a sum, perhaps on another vCPU. */
	assert_null(difference(HEAD "reason 30 exits 4\nkey 30 port 0x1 w 1 exits 4 kernel 7 error 0\n",
			       HEAD "reason 30 exits 30 kernel 8\nrest 30 exits 22\nkey 30 port 0x1 w 1 exits 8 kernel 1 error 5\n"));
	key_is(1, 0x1, 8, 1, 0, 5);
	row_is(2, KEY_REST, 30, "", 18, 7, 0);
	assert_null(difference(SUM "reason 30 exits 4\nkey 30 port 0x1 w 1 exits 4 kernel 9 error 0\n",
			       SUM "reason 30 exits 30 kernel 8\nrest 30 exits 22\nkey 30 port 0x1 w 1 exits 8 kernel 8 error 5\n"));
	key_is(1, 0x1, 4, 0, 0, 5);
	row_is(2, KEY_REST, 30, "", 22, 8, 0);
	/* It lost its place on one vCPU, and what it has on the other one it had before. */
	assert_null(difference(SUM "reason 30 exits 150 kernel 1500\nlevel 30 l1 exits 150 kernel 1500\n"
			       "key 30 port 0x1 w 1 exits 150 kernel 1500 error 0\n",
			       SUM "reason 30 exits 170 kernel 1700\nlevel 30 l1 exits 170 kernel 1700\n"
			       "rest 30 exits 50 kernel 500\nkey 30 port 0x1 w 1 exits 100 kernel 1000 error 50\n"
			       "key 30 port 0x2 w 1 exits 20 kernel 200 error 50\n"));
	assert_int_equal(keys.nr, 3);
	key_is(1, 0x2, 20, 200, 0, 0);
	row_is(2, KEY_LEVEL, 30, "l1", 20, 200, 0);
	assert_null(keys_unbalanced(&keys));
}

/* Whose exit the last exit of a nested guest was is known at the next one. */
static void a_level_can_lose_the_last_exit(void **state)
{
	(void)state;
	assert_null(difference(HEAD "reason 10 exits 12 kernel 120\nlevel 10 l1 exits 4 kernel 40\n"
			       "level 10 l2 exits 3 kernel 30\nlevel 10 l2-l1 exits 5 kernel 50\n"
			       "key 10 cpuid 0x1 - 0 exits 12 kernel 120 error 0\n",
			       HEAD "reason 10 exits 14 kernel 140\nlevel 10 l1 exits 5 kernel 50\n"
			       "level 10 l2 exits 2 kernel 20\nlevel 10 l2-l1 exits 7 kernel 70\n"
			       "key 10 cpuid 0x1 - 0 exits 14 kernel 140 error 0\n"));
	assert_int_equal(keys.nr, 4);
	row_is(2, KEY_LEVEL, 10, "l1", 1, 10, 0);
	row_is(3, KEY_LEVEL, 10, "l2-l1", 1, 10, 0);
	assert_null(keys_unbalanced(&keys));
	assert_null(difference(HEAD "reason 10 exits 1 kernel 10\nlevel 10 l2 exits 1 kernel 10\n",
			       HEAD "reason 10 exits 3 kernel 35\nlevel 10 l2-l1 exits 3 kernel 35\n"));
	assert_int_equal(keys.nr, 2);
	row_is(1, KEY_LEVEL, 10, "l2-l1", 2, 25, 0);
}

/* The time of the last exit can be some cycles lower in the later reading. */
static void a_lower_time_adds_up(void **state)
{
	(void)state;
	assert_null(difference(HEAD "reason 30 exits 2 kernel 200 user 20\nlevel 30 l1 exits 2 kernel 200 user 20\n"
			       "key 30 port 0x1 w 1 exits 1 kernel 100 user 10 error 0\n"
			       "key 30 port 0x2 w 1 exits 1 kernel 100 user 10 error 0\n",
			       HEAD "reason 30 exits 3 kernel 290 user 29\nlevel 30 l1 exits 3 kernel 290 user 29\n"
			       "key 30 port 0x1 w 1 exits 1 kernel 90 user 9 error 0\n"
			       "key 30 port 0x2 w 1 exits 2 kernel 200 user 20 error 0\n"));
	assert_int_equal(keys.nr, 3);
	row_is(0, KEY_REASON, 30, "", 1, 90, 9);
	key_is(1, 0x2, 1, 90, 9, 0);
	row_is(2, KEY_LEVEL, 30, "l1", 1, 90, 9);
	assert_null(keys_unbalanced(&keys));
}

#define ANEW	"the keys began anew (exitstat_keys was set to 0 and to 1 again)"

/* Each reading adds up, and no reason has fewer exits than before. */
static void keys_that_began_anew_are_seen(void **state)
{
	static const char *const readings[][2] = {
		/* A key with fewer, as no key has lost its place */
		{ "reason 30 exits 100\nkey 30 port 0x1 w 1 exits 60 error 0\nkey 30 port 0x2 w 1 exits 40 error 0\n",
		  "reason 30 exits 150\nkey 30 port 0x1 w 1 exits 10 error 0\nkey 30 port 0x2 w 1 exits 140 error 0\n" },
		/* A key is gone, and not to the others */
		{ "reason 30 exits 100\nkey 30 port 0x1 w 1 exits 100 error 0\n",
		  "reason 30 exits 101\nkey 30 port 0x2 w 1 exits 101 error 0\n" },
		{ "reason 30 exits 100\nkey 30 port 0x1 w 1 exits 60 error 0\nkey 30 port 0x2 w 1 exits 40 error 0\n",
		  "reason 30 exits 150\nkey 30 port 0x2 w 1 exits 100 error 0\nkey 30 port 0x3 w 1 exits 50 error 0\n" },
		/* An error that fell; and one that is less than what the key has had */
		{ "reason 30 exits 10\nrest 30 exits 5\nkey 30 port 0x1 w 1 exits 5 error 4\n",
		  "reason 30 exits 20\nrest 30 exits 10\nkey 30 port 0x1 w 1 exits 10 error 3\n" },
		{ "reason 30 exits 10\nrest 30 exits 5\nkey 30 port 0x1 w 1 exits 5 error 18446744073709551614\n",
		  "reason 30 exits 20\nrest 30 exits 18\nkey 30 port 0x1 w 1 exits 2 error 18446744073709551615\n" },
		/* There are no others any more; nor the level */
		{ "reason 30 exits 10\nrest 30 exits 5\nkey 30 port 0x1 w 1 exits 5 error 4\n",
		  "reason 30 exits 20\nkey 30 port 0x1 w 1 exits 20 error 4\n" },
		/* Fewer returns; a return that is gone, and not to the others; no others any more */
		{ "reason 30 exits 10\nreturn 30 rest returns 1\nreturn 30 0x2 - returns 4 error 3\n",
		  "reason 30 exits 20\nreturn 30 rest returns 1\nreturn 30 0x2 - returns 3 error 5\n" },
		{ "reason 30 exits 10\nreturn 30 0x2 - returns 4\n", "reason 30 exits 20\nreturn 30 0x2 - returns 3\n" },
		{ "reason 30 exits 10\nreturn 30 0x2 - returns 4\n", "reason 30 exits 20\nreturn 30 0x6 - returns 5\n" },
		{ "reason 30 exits 10\nreturn 30 rest returns 4\n", "reason 30 exits 20\nreturn 30 0x2 - returns 8\n" },
		{ "reason 30 exits 10\nreturn 30 0x2 - returns 4\n", "reason 30 exits 20\n" },
		{ "reason 30 exits 10\nlevel 30 l1 exits 10\n", "reason 30 exits 20\nlevel 30 l2-l1 exits 20\n" },
		{ "reason 30 exits 10\nlevel 30 l2-l1 exits 10\n", "reason 30 exits 20\nlevel 30 l2 exits 20\n" },
	};
	char before[512], now[512];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
		snprintf(before, sizeof(before), SUM "%s", readings[i][0]);
		snprintf(now, sizeof(now), SUM "%s", readings[i][1]);
		assert_string_equal(difference(before, now) ?: readings[i][1], ANEW);
		assert_int_equal(keys.nr, 0);
	}
}

/* Up to 3 vCPUs with 4 places for keys, as docs/keys.md says what happens to those; each exit returns, by its key */
#define PLACES	4
#define VALUES	9

static struct model_vcpu {
	unsigned int used;
	struct { uint64_t value, exits, error; } place[PLACES];
	uint64_t floor;
	uint64_t exits;
	uint64_t rest;
} model[3];

static uint64_t had[VALUES];	/* the exits that each key has really had */

static unsigned int model_place(struct model_vcpu *vcpu, uint64_t value)
{
	unsigned int i, least = 0;

	for (i = 0; i < vcpu->used; i++) {
		if (vcpu->place[i].value == value)
			return i;
		if (vcpu->place[i].exits + vcpu->place[i].error <
		    vcpu->place[least].exits + vcpu->place[least].error)
			least = i;
	}
	if (vcpu->used < PLACES) {
		least = vcpu->used++;
	} else {
		vcpu->rest += vcpu->place[least].exits;
		vcpu->floor = vcpu->place[least].exits + vcpu->place[least].error;
	}
	vcpu->place[least].value = value;
	vcpu->place[least].exits = 0;
	vcpu->place[least].error = vcpu->floor;
	return least;
}

/* Some keys are rare. */
static void model_runs(unsigned int vcpus)
{
	unsigned int n = rand() % 80;
	uint64_t value;

	while (n--) {
		struct model_vcpu *vcpu = &model[rand() % vcpus];

		value = rand() % (1 + rand() % VALUES);
		vcpu->exits++;
		vcpu->place[model_place(vcpu, value)].exits++;
		had[value]++;
	}
}

static int model_key(char *text, size_t size, unsigned int vcpus, uint64_t value)
{
	uint64_t exits = 0, error = 0;
	unsigned int v, i;

	for (v = 0; v < vcpus; v++) {
		for (i = 0; i < model[v].used && model[v].place[i].value != value; i++)
			;
		exits += i < model[v].used ? model[v].place[i].exits : 0;
		error += i < model[v].used ? model[v].place[i].error : model[v].floor;
	}
	return exits ? snprintf(text, size, "key 30 port 0x%" PRIx64 " w 1 exits %" PRIu64 " user %" PRIu64 " error %" PRIu64 "\n"
				"return 30 0x%" PRIx64 " - returns %" PRIu64 " user %" PRIu64 " error %" PRIu64 "\n",
				value, exits, 7 * exits, error, value, exits, 7 * exits, error) : 0;
}

static void model_file(char *text, size_t size, unsigned int vcpus)
{
	uint64_t exits = 0, rest = 0, value;
	unsigned int v, begun = 0;
	int n;

	for (v = 0; v < vcpus; v++) {
		begun += model[v].exits > 0;
		exits += model[v].exits;
		rest += model[v].rest;
	}
	n = snprintf(text, size, "kvm-exitstat 1\nisa vmx\nid 0x12\nvcpus %u\ncounting 1\nkeys 1\ntsc_khz 1\ntorn 0\n", begun);
	if (exits)
		n += snprintf(text + n, size - n, "reason 30 exits %" PRIu64 " user %" PRIu64 "\nlevel 30 l1 exits %" PRIu64 " user %" PRIu64 "\n",
			      exits, 7 * exits, exits, 7 * exits);
	if (rest)
		n += snprintf(text + n, size - n, "rest 30 exits %" PRIu64 " user %" PRIu64 "\nreturn 30 rest returns %" PRIu64 " user %" PRIu64 "\n",
			      rest, 7 * rest, rest, 7 * rest);
	for (value = 0; value < VALUES; value++)
		n += model_key(text + n, size - n, vcpus, value);
	assert_true((size_t)n < size);
}

/* What a key is shown with is never too much, and never too little by more than its error. */
static void a_difference_is_true(void **state)
{
	unsigned int round, vcpus, i, exact = 0, others = 0, returns = 0;
	uint64_t before[VALUES], added;
	char first[2048], second[2048];

	(void)state;
	srand(1);
	for (round = 0; round < 5000; round++) {
		memset(model, 0, sizeof(model));
		memset(had, 0, sizeof(had));
		vcpus = 1 + round % 3;
		model_runs(vcpus);
		model_file(first, sizeof(first), vcpus);
		memcpy(before, had, sizeof(had));
		model_runs(vcpus);
		model_file(second, sizeof(second), vcpus);
		if (difference(first, second))
			fail_msg("no difference of:\n%s%s", first, second);
		if (keys_unbalanced(&keys))
			fail_msg("the difference does not add up of:\n%s%s", first, second);
		for (i = 0; i < keys.nr; i++) {
			const struct key_row *row = &keys.rows[i];

			others += row->kind == KEY_REST;
			returns += row->kind == KEY_RETURN_REST;
			if (row->kind != KEY_OWN && row->kind != KEY_RETURN)
				continue;
			assert_int_equal(row->user, 7 * row->exits);
			added = had[row->value] - before[row->value];
			exact += !row->error;
			if (added < row->exits || added > row->exits + row->error)
				fail_msg("0x%" PRIx64 " was added %" PRIu64 " times, not %" PRIu64 " and up to %" PRIu64 ", of:\n%s%s",
					 row->value, added, row->exits, row->error, first, second);
		}
	}
	assert_true(exact > 1000 && others > 1000 && returns == others);
}

static void what_cannot_be_subtracted_is_told(void **state)
{
	static const char *const changes[][3] = {
		{ "id 0x12", "id 0x13", "the counters changed" },
		{ "torn 0", "torn 1", "a vCPU left no time" },
		{ "keys 1", "keys 0", "the keys began anew" },
		{ "torn 0", "torn 0\nperiod 5", "the keys began anew" },
		{ "reason 10 exits 7", "reason 10 exits 6", "the keys began anew" },
		{ "level 10 l1 exits 4", "level 10 l1 exits 3", "the keys began anew" },
		{ "rest 30 exits 10", "rest 30 exits 9", "the keys began anew" },
		{ "reason 10 exits 7 kernel 70 user 0 name CPUID", "unknown", "the keys began anew" },
		{ "reason none", "unknown", "the keys began anew" },
	};
	char text[2048];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char *at = strstr(HEAD ROWS, changes[i][0]), *none;

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - HEAD ROWS), HEAD ROWS,
			 changes[i][1], at + strlen(changes[i][0]));
		none = difference(HEAD ROWS, text);
		if (!none || strncmp(none, changes[i][2], strlen(changes[i][2])))
			fail_msg("%s: '%s'", changes[i][1], none ?: "there is a difference");
		assert_int_equal(keys.nr, 0);
	}
	assert_string_equal(difference(HEAD "period 4\n" ROWS, HEAD "period 5\n" ROWS), ANEW);
	assert_null(difference(HEAD "period 4\n" ROWS, HEAD "period 4\n" ROWS));
	/* Two keys that have had three exits, each two of them */
	assert_string_equal(difference(HEAD "reason 30 exits 4 kernel 0 user 0\nkey 30 port 0x70 w 1 exits 2 kernel 0 user 0 error 0\n"
				       "key 30 port 0x71 w 1 exits 2 kernel 0 user 0 error 0\n",
				       HEAD "reason 30 exits 7 kernel 0 user 0\nkey 30 port 0x70 w 1 exits 4 kernel 0 user 0 error 0\n"
				       "key 30 port 0x71 w 1 exits 4 kernel 0 user 0 error 0\n"), ANEW);
	assert_string_equal(difference("kvm-exitstat 1\nisa svm\nid 0x0\nvcpus 9\ncounting 0\nkeys 1\ntsc_khz 0\ntorn 0\n",
				       "kvm-exitstat 1\nisa svm\nid 0x0\nvcpus 8\ncounting 0\nkeys 1\ntsc_khz 0\ntorn 0\n"),
			    ANEW);
}

/* In a file with all the lines that it can have, keys can be missing. */
static void a_full_sum_has_no_difference(void **state)
{
	struct keys before = { .kept = true, .nr = KEYS_FULL }, now = before, added;
	unsigned int i;

	(void)state;
	before.rows = calloc(KEYS_FULL, sizeof(*before.rows));
	now.rows = calloc(KEYS_FULL, sizeof(*now.rows));
	assert_true(before.rows && now.rows);
	for (i = 0; i < 4; i++) {
		before.nr = KEYS_FULL - i % 2;
		now.nr = KEYS_FULL - i / 2;
		assert_string_equal(keys_difference(&before, &now, &added) ?: "", i == 3 ? "" :
				    "KVM has no room in a sum for so many keys (read one vCPU, with --vcpu)");
		free(added.rows);
	}
	free(before.rows);
	free(now.rows);
}

static const struct regions *regions;

static void named(enum key_kind kind, const char *class, char access, uint64_t value,
		  const char *expected)
{
	struct key_row row = { .kind = kind, .access = access, .value = value };
	char name[KEY_NAME_SIZE];

	strcpy(row.word, class);
	key_name(name, &row, regions);
	if (strcmp(name, expected))
		fail_msg("%s 0x%" PRIx64 " is '%s', not '%s'", class, value, name, expected);
}

static void keys_have_names(void **state)
{
	(void)state;
	named(KEY_OWN, "msr", 'w', 0x6e0, "IA32_TSC_DEADLINE");
	named(KEY_OWN, "msr", 'r', 0xc0000080, "EFER");
	named(KEY_OWN, "msr", 'w', 0x830, "x2APIC ICR");
	named(KEY_OWN, "msr", 'w', 0x831, "x2APIC");
	named(KEY_OWN, "msr", 'w', 0x900, "");
	named(KEY_OWN, "port", 'w', 0x3f8, "COM1");
	named(KEY_OWN, "port", 'r', 0x3ff, "COM1");
	named(KEY_OWN, "port", 'r', 0x400, "");
	named(KEY_OWN, "port", 'w', 0xcf8, "PCI configuration address");
	named(KEY_OWN, "port", 'w', 0xcf9, "reset control");
	named(KEY_OWN, "address", 'w', 0xfee000b0, "local APIC");
	named(KEY_OWN, "address", 'w', 0xfee01000, "");
	named(KEY_OWN, "frame", 'r', 0xfee00000 >> 21, "local APIC");
	named(KEY_OWN, "frame", 'r', 0, "VGA memory");
	named(KEY_OWN, "frame", 'r', 1, "");
	named(KEY_OWN, "cpuid", '-', 0x700000004, "caches");
	named(KEY_OWN, "cpuid", '-', 0x20, "");
	named(KEY_OWN, "hypercall", 'k', 5, "KICK_CPU");
	named(KEY_OWN, "hypercall", 'x', 5, "");
	named(KEY_OWN, "exception", '-', 14, "#PF");
	named(KEY_OWN, "register", 'w', 0x107, "DR7");
	named(KEY_OWN, "new-class", 'w', 0x3f8, "");
	named(KEY_REASON, "", '-', 0, "");
	named(KEY_RETURN, "", '-', 2, "KVM_EXIT_IO");
	named(KEY_RETURN, "", '-', 4, "KVM_EXIT_DEBUG");
	named(KEY_RETURN, "", KEY_FAILED, 4, "EINTR");
	named(KEY_RETURN, "", KEY_FAILED, 3, "");
	named(KEY_RETURN, "", '-', 1000, "");
	named(KEY_RETURN_REST, "", '-', 2, "");
}

/* The header has numbers of KVM_EXIT_* that are parts of a return, too. */
static bool is_part(const char *name)
{
	return strstr(name, "_HYPERV_") || strstr(name, "_XEN_") || strstr(name, "EXIT_IO_");
}

/* Linux' names of the returns are ours, as far as this header has them. */
static void returns_have_linux_names(void **state)
{
	FILE *header = fopen("/usr/include/linux/kvm.h", "r");
	char line[256], name[64];
	unsigned int value, nr = 0;

	(void)state;
	assert_non_null(header);
	while (fgets(line, sizeof(line), header))
		if (sscanf(line, "#define %63[A-Z0-9_] %u", name, &value) == 2 &&
		    !strncmp(name, "KVM_EXIT_", 9) && !is_part(name)) {
			named(KEY_RETURN, "", '-', value, name);
			nr++;
		}
	fclose(header);
	assert_in_range(nr, 30, 1000);
	for (value = 0; value < 200; value++) {
		struct key_row row = { .kind = KEY_RETURN, .access = KEY_FAILED, .value = value };
		char ours[KEY_NAME_SIZE];

		key_name(ours, &row, NULL);
		if (*ours)
			assert_string_equal(ours, strerrorname_np(value));
	}
}

static char *recorded_mtree(void)
{
	FILE *file = fopen(RECORDED "/mtree", "r");
	char *text = calloc(1, 1 << 16);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 16) - 1, file) > 1000);
	fclose(file);
	return text;
}

/* What has no name in our tables, or a frame, has QEMU's. */
static void qemu_names_the_rest(void **state)
{
	char *text = recorded_mtree();
	struct regions r;

	(void)state;
	regions_parse(text, &r);
	free(text);
	regions = &r;
	named(KEY_OWN, "port", 'w', 0x3f8, "COM1");
	named(KEY_OWN, "port", 'w', 0x1ce, "vbe");
	named(KEY_OWN, "port", 'w', 0x1d1, "vbe");
	named(KEY_OWN, "port", 'w', 0x1d2, "");
	named(KEY_OWN, "port", 'w', 0xf0, "ioportF0");
	named(KEY_OWN, "port", 'w', 0xb13f, "pm-smbus");
	named(KEY_OWN, "port", 'w', 0xb140, "");
	named(KEY_OWN, "address", 'w', 0xfee00000, "local APIC");
	named(KEY_OWN, "address", 'w', 0xfee01000, "apic-msi");
	named(KEY_OWN, "address", 'r', 0x3000, "pc.ram");
	named(KEY_OWN, "address", 'r', 0xa0000, "VGA memory");
	named(KEY_OWN, "address", 'r', 0x100000000, "");
	named(KEY_OWN, "frame", 'w', 1, "pc.ram");
	named(KEY_OWN, "frame", 'w', 0x7f, "pc.ram");
	named(KEY_OWN, "frame", 'w', 0x80, "");
	named(KEY_OWN, "frame", 'w', (UINT64_C(1) << 43) + 1, "");
	named(KEY_OWN, "frame", 'w', UINT64_MAX, "");
	named(KEY_OWN, "msr", 'w', 0x3fff, "");
	named(KEY_REST, "port", 'w', 0x1ce, "");
	free(r.list);
	/* All of memory, to the last byte */
	regions_parse(" AS \"memory\", root: system\n  0000000000000000-ffffffffffffffff (prio 0, ram): all\n", &r);
	named(KEY_OWN, "address", 'w', UINT64_MAX, "all");
	named(KEY_OWN, "frame", 'w', UINT64_MAX >> 21, "all");
	named(KEY_OWN, "frame", 'w', (UINT64_MAX >> 21) + 1, "");
	named(KEY_OWN, "port", 'w', 0xf0, "");
	regions = NULL;
	free(r.list);
}

static void regions_are(const char *text, unsigned int nr)
{
	struct regions r;

	regions_parse(text, &r);
	assert_int_equal(r.nr, nr);
	free(r.list);
}

#define IO	" AS \"I/O\", root: io\n"

static void only_regions_are_taken(void **state)
{
	const size_t size = 40ul * (REGIONS_MOST + 2);
	char *many = malloc(size);
	struct regions r;
	unsigned int i;
	size_t n;

	(void)state;
	regions_are("", 0);
	regions_are("FlatView #0\n  0000-0001 (prio 0, i/o): no-space\n", 0);
	regions_are(IO "  0000-0001 (prio 0, i/o): a\n  0002-0003 (prio -1, nv-ram): b", 2);
	regions_are(IO "  0003-0001 (prio 0, i/o): back\n", 0);
	regions_are(IO "  0001 (prio 0, i/o): no end\n  0000-0001: no type\n  0000-0001 (prio 0, i/o) x\n  0000-0001 (prio 0, i/o): \n", 0);
	regions_are(IO "  00000000000000000-1 (prio 0, i/o): 17 digits\n", 0);
	regions_are(IO "  0000-ffff (prio 0, i/o): io @0000\nFlatView #1\n  0000-0001 (prio 0, i/o): of no space\n", 0);
	regions_parse(IO "  0001-0001 (prio 0, ram): a\033[1mb\xff c KVM\r\n AS \"memory\", root: system\n  0001-0001 (prio 0, i/o): io\n", &r);
	assert_int_equal(r.nr, 2);
	assert_string_equal(r.list[0].name, "a?[1mb? c");
	assert_true(r.list[0].port);
	assert_false(r.list[1].port);
	assert_string_equal(r.list[1].name, "io");
	free(r.list);
	assert_non_null(many);
	n = snprintf(many, size, IO);
	for (i = 0; i < REGIONS_MOST + 1; i++)
		n += snprintf(many + n, size - n, " %x-%x (prio 0, i/o): x\n", i, i);
	regions_are(many, REGIONS_MOST);
	free(many);
}

static void a_key_is_written(const char *class, char access, uint64_t value, uint8_t size,
			     const char *expected)
{
	struct key_row row = { .kind = KEY_OWN, .access = access, .value = value, .size = size };
	char text[KEY_TEXT_SIZE];

	strcpy(row.word, class);
	key_text(text, &row);
	assert_string_equal(text, expected);
}

static void keys_are_written(void **state)
{
	char text[KEY_TEXT_SIZE];

	(void)state;
	a_key_is_written("msr", 'r', 0x10, 0, "r 0x10");
	a_key_is_written("port", 'w', 0x3f8, 1, "w 0x3f8 1");
	a_key_is_written("cpuid", '-', 0x10000000d, 0, "0xd 1");
	a_key_is_written("vector", '-', UINT64_MAX, 0, "0xffffffffffffffff");
	key_text(text, &(struct key_row) { .kind = KEY_REST });
	assert_string_equal(text, "others");
	key_text(text, &(struct key_row) { .kind = KEY_REASON });
	assert_string_equal(text, "");
	key_text(text, &(struct key_row) { .kind = KEY_RETURN, .access = '-', .value = 39 });
	assert_string_equal(text, "return 39");
	key_text(text, &(struct key_row) { .kind = KEY_RETURN, .access = KEY_FAILED, .value = 14 });
	assert_string_equal(text, "error 14");
	key_text(text, &(struct key_row) { .kind = KEY_RETURN_REST });
	assert_string_equal(text, "other returns");
}

static void without_keys_there_is_a_reason(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD ROWS), 0);
	assert_null(keys_none(&keys));
	keys.kept = false;
	assert_non_null(strstr(keys_none(&keys), "exitstat_keys is 0"));
	keys.kept = true;
	keys.nr = 0;
	assert_non_null(strstr(keys_none(&keys), "no exit has been kept"));
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void the_text_is_a_table(void **state)
{
	bool only[MAX_ROWS] = {};
	unsigned int row;

	(void)state;
	assert_string_equal(rendered(HEAD ROWS, NULL, false, false),
"VMX, vCPU 3 of this VM\n"
"\n"
"REASON  KEY        NAME              EXITS    SHARE  ERROR     KERNEL     USER     MEAN\n"
"    30             IO_INSTRUCTION      100  100.00%           1.00 us  5.00 us  10.0 ns\n"
"        w 0x3f8 1  COM1                 80   80.00%      2     800 ns  4.50 us  10.0 ns\n"
"        r 0x71 1   RTC                  10   10.00%      -     100 ns        -  10.0 ns\n"
"        others                          10   10.00%            100 ns   500 ns  10.0 ns\n"
"    10             CPUID                 7  100.00%           70.0 ns        -  10.0 ns\n"
"        0x4 1      caches                7  100.00%      -    70.0 ns        -  10.0 ns\n"
"        l1         the guest's own       4   57.14%           40.0 ns        -  10.0 ns\n"
"        l2         a nested guest's      3   42.86%           30.0 ns        -  10.0 ns\n"
"  none             none                  -        -           3.00 ns  4.00 ns        -\n"
"\n"
"A key may have had up to ERROR exits more while it had no place; they are among the others.\n");
	setenv("TZ", "UTC", 1);
	/* Errors whose sum does not fit */
	has(rendered(HEAD "reason 0 exits 2\nkey 0 exception 0x1 - 0 exits 1 error 9223372036854775808\n"
		     "key 0 exception 0x2 - 0 exits 1 error 9223372036854775808\n", NULL, false, false), "ERROR exits more");
	has(rendered(HEAD "reason 0 exits 1 kernel 0 user 0\nreason 99 exits 1\n", NULL, false, false), "     0       EXCEPTION_NMI      1");
	has(rendered(HEAD "reason 99 exits 1\n", NULL, false, false), "99       undefined      1");
	/* Means of the largest numbers */
	has(rendered(HEAD "reason 0 exits 18446744073709551615 kernel 18446744073709551615\n", NULL, false, false), "  1.00 ns\n");
	has(rendered(HEAD "reason 0 exits 3 kernel 18446744073709551615\n", NULL, false, false), "  71168 d\n");
	/* Unlike counts, keys end with their VM. */
	of_host = true;
	has(rendered(HEAD, NULL, false, false), "VMX, the whole host: the VMs that there are now (1 vCPU)\n");
	of_host = false;
	/* Without its reason, a row is not shown. */
	has(rendered(HEAD "level 9 l1 exits 4\n", NULL, false, false), "REASON  KEY  NAME  EXITS  SHARE    KERNEL  USER  MEAN\n");
	assert_int_equal(reasons_find(KVM_EXITSTAT_ISA_VMX, "cpuid", &row, why, sizeof(why)), 0);
	only[row] = true;
	only[reasons_nr(KVM_EXITSTAT_ISA_VMX)] = true;	/* of no reason */
	assert_string_equal(rendered(HEAD ROWS, only, false, true),
"At 1970-01-01 00:00:00.000\n"
"VMX, vCPU 3 of this VM\n"
"\n"
"REASON  KEY    NAME              EXITS    SHARE     KERNEL  USER     MEAN\n"
"    10         CPUID                 7  100.00%    70.0 ns     -  10.0 ns\n"
"        0x4 1  caches                7  100.00%    70.0 ns     -  10.0 ns\n"
"        l1     the guest's own       4   57.14%    40.0 ns     -  10.0 ns\n"
"        l2     a nested guest's      3   42.86%    30.0 ns     -  10.0 ns\n"
"\n");
}

/* In percent of the reason's exits; without a time in KVM, and without a mean of it */
static void the_text_has_the_returns(void **state)
{
	(void)state;
	assert_string_equal(rendered(HEAD RETURNS, NULL, false, false),
"VMX, vCPU 3 of this VM\n"
"\n"
"REASON  KEY            NAME                 EXITS    SHARE  ERROR     KERNEL     USER     MEAN\n"
"    30                 IO_INSTRUCTION         100  100.00%           1.00 us  5.00 us  10.0 ns\n"
"        w 0x3f8 1      COM1                   100  100.00%      -    1.00 us  5.00 us  10.0 ns\n"
"        return 2       KVM_EXIT_IO             80   80.00%      -             1.40 us\n"
"        return 5       KVM_EXIT_HLT             3    3.00%      2             3.50 us\n"
"        other returns                           4    4.00%                     100 ns\n"
"    10                 CPUID                    7  100.00%           70.0 ns        -  10.0 ns\n"
"  none                 none                     -        -           3.00 ns   704 ns        -\n"
"        error 4        EINTR                    3        -      -              700 ns\n"
"        return 14      KVM_EXIT_S390_RESET      1        -      -             4.00 ns\n"
"\n"
"There may have been up to ERROR more of a return while it had no place; they are among the other returns.\n");
	has(rendered(HEAD "reason 0 exits 1\nreturn 0 0x2 - returns 1 error 9223372036854775808\n"
		     "return 0 0x3 - returns 1 error 9223372036854775808\n", NULL, false, false), "ERROR more of a return");
}

static void json_has_the_returns(void **state)
{
	const char *text = rendered(HEAD RETURNS, NULL, true, true);

	(void)state;
	keep_json("keys-returns", text);
	has(text, "\"user\":5000}}],\"returns\":[{\"exit_reason\":2,\"errno\":null,\"name\":\"KVM_EXIT_IO\",\"returns\":80,"
		  "\"cycles\":{\"user\":1400},\"error\":0},{\"exit_reason\":5,\"errno\":null,\"name\":\"KVM_EXIT_HLT\","
		  "\"returns\":3,\"cycles\":{\"user\":3500},\"error\":2}],\"other_returns\":{\"returns\":4,\"cycles\":{\"user\":100}}}");
	has(text, "\"returns\":[{\"exit_reason\":null,\"errno\":4,\"name\":\"EINTR\",\"returns\":3,\"cycles\":{\"user\":700},\"error\":0},");
	has(text, "\"others\":{\"exits\":0,\"cycles\":{\"kernel\":0,\"user\":0}},\"levels\":[{");
	has(rendered(HEAD "reason 0 exits 1\nreturn 0 0x3e8 - returns 1\n", NULL, true, true), "{\"exit_reason\":1000,\"errno\":null,\"name\":null,");
}

#define NO_RETURNS	",'returns':[],'other_returns':{'returns':0,'cycles':{'user':0}}"

static void json_has_what_the_text_has(void **state)
{
	const char *text = rendered(HEAD ROWS, NULL, true, true);

	(void)state;
	keep_json("keys", text);
	json_is(text,
"{'json_version':1,'exitstat_version':'" EXITSTAT_VERSION "','command':'keys','time_ns':1,'source':'debugfs',"
"'abi_version':1,'isa':'vmx','tsc_khz':1000000,'counting':true,'scope':'vcpu','vm':{'name':null,"
"'dir':null,'pid':null,'qmp':null,'id':'0x0000000000000012','vcpus':null},'vcpu':3,'guest_cpu':null,"
"'period':null,'torn':0,'reasons':[{'reason':30,'name':'IO_INSTRUCTION','exits':100,'cycles':{'kernel':1000,"
"'user':5000},'keys':[{'class':'port','value':'0x00000000000003f8','access':'w','size':1,'name':'COM1',"
"'exits':80,'cycles':{'kernel':800,'user':4500},'error':2},"
"{'class':'port','value':'0x0000000000000071','access':'r','size':1,'name':'RTC','exits':10,"
"'cycles':{'kernel':100,'user':0},'error':0}],'others':{'exits':10,'cycles':{'kernel':100,'user':500}},"
"'levels':[{'level':'l1','exits':100,'cycles':{'kernel':1000,'user':5000}}]" NO_RETURNS "},"
"{'reason':10,'name':'CPUID','exits':7,'cycles':{'kernel':70,'user':0},'keys':[{'class':'cpuid',"
"'value':'0x0000000100000004','access':null,'size':null,'name':'caches','exits':7,'cycles':{'kernel':70,"
"'user':0},'error':0}],'others':{'exits':0,'cycles':{'kernel':0,'user':0}},'levels':[{'level':'l1',"
"'exits':4,'cycles':{'kernel':40,'user':0}},"
"{'level':'l2','exits':3,'cycles':{'kernel':30,'user':0}}]" NO_RETURNS "},"
"{'reason':null,'name':'none','exits':0,'cycles':{'kernel':3,'user':4},'keys':[],'others':{'exits':0,"
"'cycles':{'kernel':0,'user':0}},'levels':[]" NO_RETURNS "}],'argv':null,'status':null,'elapsed_ns':null}\n");
	text = rendered(HEAD "period 18446744073709551615\n" ROWS, NULL, true, true);
	keep_json("keys-period", text);
	has(text, "\"guest_cpu\":null,\"period\":18446744073709551615,\"torn\":0,");
	has(rendered(HEAD, NULL, true, false), "\"reasons\": [],\n  \"argv\": null,\n  \"status\": null,\n  \"elapsed_ns\": null\n}\n");
}

static void a_difference_says_of_what_time(void **state)
{
	char *argv[] = { "sleep", "3", NULL };
	const struct stat_run of_command = { .argv = argv, .status = 4, .elapsed_ns = 3000000001 };
	const struct stat_run of_interval = { .elapsed_ns = 2500000000 };
	const char *text;

	(void)state;
	text = rendered_of(HEAD ROWS, NULL, false, false, &of_command);
	has(text, "\nExits while 'sleep 3' ran\nVMX, vCPU 3 of this VM\n");
	has(text, "\n3.000000 seconds elapsed, status 4.\n");
	text = rendered_of(HEAD ROWS, NULL, false, true, &of_interval);
	has(text, "Exits in the 2.500 seconds to 1970-01-01 00:00:00.000\n");
	assert_string_equal(text + strlen(text) - 2, "\n\n");
	text = rendered_of(HEAD ROWS, NULL, true, true, &of_command);
	keep_json("stat-keys", text);
	has(text, "\"argv\":[\"sleep\",\"3\"],\"status\":4,\"elapsed_ns\":3000000001}");
	text = rendered_of(HEAD ROWS, NULL, true, true, &of_interval);
	keep_json("stat-keys-interval", text);
	has(text, "\"argv\":null,\"status\":null,\"elapsed_ns\":2500000000}");
}

static int free_keys(void **state)
{
	(void)state;
	free(keys.rows);
	return 0;
}

/* A guest whose vCPU has the rows of a file, the last first */
static struct {
	struct cpuid_regs signature, features, snapshot, first;
	unsigned int asked, fails_at, replaced, replaced_from, replaced_to;
	struct keys file;
} guest;

static void guest_has(const char *text)
{
	assert_int_equal(parse(text), 0);
	free(guest.file.rows);
	memset(&guest, 0, sizeof(guest));
	guest.file = keys;
	keys = (struct keys) {};
	guest.signature = (struct cpuid_regs) { 0x4fffff45, 0x454d564b, 0x53746978, 0x73746174 };
	guest.features = (struct cpuid_regs) { 1, 1, 2022, 0x11 };
	guest.snapshot = (struct cpuid_regs) { 77, 0, 0, 0 };
	guest.first = (struct cpuid_regs) { 0, 1, 3, 0 };	/* a floor */
}

static void guest_reset(void)
{
	guest_has(HEAD ROWS);
}

static void split(struct cpuid_regs *regs, uint64_t value)
{
	regs->eax = value;
	regs->ebx = value >> 32;
}

static uint32_t what_of(const struct key_row *row)
{
	static const char *const classes[] = { "msr", "port", "address", "frame", "cpuid" };
	uint32_t i = 0;

	if (row->kind == KEY_RETURN)
		return 0x1c | (row->access == 'e' ? 'e' << 8 : 0);
	if (row->kind == KEY_RETURN_REST)
		return 4;
	if (row->kind != KEY_OWN)
		return row->kind == KEY_REASON ? 0 : row->kind == KEY_REST ? 1 : 2;
	while (strcmp(row->word, classes[i]))
		i++;
	return (0x11 + i) | (row->access == '-' ? 0 : row->access << 8) | row->size << 16;
}

/* 0x4fffff40 to 45, of docs/abi.md */
static void guest_rows(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	const struct key_row *row = &guest.file.rows[guest.file.nr - sub];

	*regs = (struct cpuid_regs) {};
	if (leaf == 0x4fffff40) {
		regs->eax = guest.file.nr + 1;
		regs->ebx = 5;
	} else if (!sub) {
		*regs = guest.first;
	} else if (leaf == 0x4fffff41) {
		split(regs, row->kind == KEY_LEVEL ? !strcmp(row->word, "l2") : row->value);
		regs->ecx = what_of(row);
	} else {
		split(regs, leaf == 0x4fffff42 ? row->exits : leaf == 0x4fffff43 ? row->kernel :
			    leaf == 0x4fffff44 ? row->user : row->error);
		regs->ecx = row->reason;
	}
	regs->edx = 77 + (guest.asked >= guest.replaced_from && guest.asked < guest.replaced_to);
}

static bool guest_cpuid(void *arg, uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	assert_ptr_equal(arg, &guest);
	errno = EIO;
	if (++guest.asked == guest.fails_at)
		return false;
	switch (leaf) {
	case 0x4fffff00:
		*regs = guest.signature;
		break;
	case 0x4fffff01:
		*regs = guest.features;
		break;
	case 0x4fffff02:
		*regs = (struct cpuid_regs) { 1000000, 4, 86, 0 };
		break;
	case 0x4fffff03:
		*regs = (struct cpuid_regs) { 0x12, 0, 0, 0 };
		break;
	case 0x4fffff08:
		*regs = guest.snapshot;
		break;
	default:
		guest_rows(leaf, sub, regs);
	}
	return true;
}

static char guest_why[WHY_SIZE];

static int take(void)
{
	free(keys.rows);
	keys.rows = NULL;
	return keys_cpuid_take(guest_cpuid, &guest, 3, &keys, guest_why);
}

static void a_guest_has_the_rows_of_the_file(void **state)
{
	unsigned int i;

	(void)state;
	guest_reset();
	assert_int_equal(take(), 0);
	assert_int_equal(keys.nr, guest.file.nr);
	keys_arrange(&guest.file);
	for (i = 0; i < keys.nr; i++)
		assert_memory_equal(&keys.rows[i], &guest.file.rows[i], sizeof(keys.rows[i]));
	row_is(0, KEY_REASON, 10, "", 7, 70, 0);
	row_is(keys.nr - 1, KEY_REASON, KVM_EXITSTAT_SUB_NONE, "", 0, 3, 4);
	assert_null(keys_unbalanced(&keys));
	assert_int_equal(keys.isa, KVM_EXITSTAT_ISA_VMX);
	assert_int_equal(keys.id, 0x12);
	assert_int_equal(keys.guest_cpu, 3);
	assert_int_equal(keys.vcpu, -1);
	assert_int_equal(keys.vcpus, 1);
	assert_true(keys.counting && keys.kept);
	assert_int_equal(keys.tsc_khz, 1000000);
	assert_int_equal(keys.torn, 5);
	assert_int_equal(keys.cpuids, guest.asked);
	assert_int_equal(guest.asked, 5 + 1 + 1 + 5 * keys.nr);
}

static void a_guest_has_the_returns_of_the_file(void **state)
{
	unsigned int i;

	(void)state;
	guest_has(HEAD RETURNS);
	guest.first = (struct cpuid_regs) { 0x1c, 0, 3, 0 };
	assert_int_equal(take(), 0);
	assert_int_equal(keys.nr, guest.file.nr);
	keys_arrange(&guest.file);
	for (i = 0; i < keys.nr; i++)
		assert_memory_equal(&keys.rows[i], &guest.file.rows[i], sizeof(keys.rows[i]));
	row_is(7, KEY_RETURN_REST, 30, "", 4, 0, 100);
	assert_null(keys_unbalanced(&keys));
}

static void a_guest_has_none_after_other(void **state)
{
	(void)state;
	guest_has(HEAD "reason 4294967292 exits 1\nreason other exits 2\nreason none exits 3\n");
	assert_int_equal(take(), 0);
	row_is(0, KEY_REASON, KVM_EXITSTAT_SUB_NONE - 1, "", 1, 0, 0);
	row_is(1, KEY_REASON, KVM_EXITSTAT_SUB_OTHER, "", 2, 0, 0);
	row_is(2, KEY_REASON, KVM_EXITSTAT_SUB_NONE, "", 3, 0, 0);
}

/* The first and the last class; exits are not counted. */
static void a_guest_may_have_any_class(void **state)
{
	static const char *const words[] = { "msr", "vmgexit" };
	unsigned int i, at;

	(void)state;
	for (i = 0; i < 2; i++) {
		guest_reset();
		guest.features.edx = 0x10;
		guest.first = (struct cpuid_regs) { 7, 1, 'w' << 8 | (i ? 0x1b : 0x11), 0 };
		assert_int_equal(take(), 0);
		assert_false(keys.counting);
		for (at = 0; at < keys.nr && strcmp(keys.rows[at].word, words[i]); at++)
			;
		assert_in_range(at, 0, keys.nr - 1);
		assert_int_equal(keys.rows[at].value, 0x100000007);
		assert_int_equal(keys.rows[at].access, 'w');
	}
}

static void a_replaced_snapshot_is_taken_again(void **state)
{
	unsigned int whole, at;

	(void)state;
	guest_reset();
	assert_int_equal(take(), 0);
	whole = guest.asked;
	for (at = 6; at <= whole; at++) {
		guest_reset();
		guest.replaced_from = at;
		guest.replaced_to = at + 1;
		assert_int_equal(take(), 0);
		assert_int_equal(keys.nr, guest.file.nr);
		assert_in_range(guest.asked, whole + 6, at + 4 + whole);
	}
	guest_reset();
	guest.replaced_to = UINT32_MAX;
	assert_int_equal(take(), SOURCE_FAILED);
	assert_non_null(strstr(guest_why, "the snapshot on CPU 3 was replaced 8 times"));
	assert_int_equal(guest.asked, 8 * 6);
	assert_null(keys.rows);
}

static void refused(const char *part)
{
	assert_int_equal(take(), SOURCE_FAILED);
	if (!strstr(guest_why, part))
		fail_msg("'%s' does not say '%s'", guest_why, part);
	assert_null(keys.rows);
	guest_reset();
}

static void what_a_guest_cannot_read_is_told(void **state)
{
	unsigned int whole, at;

	(void)state;
	guest_reset();
	assert_int_equal(take(), 0);
	whole = guest.asked;
	for (at = 1; at <= whole; at++) {
		guest_reset();
		guest.fails_at = at;
		refused("CPU 3 cannot be asked: Input/output error");
	}
	guest.signature.edx++;
	refused("lacks the signature");
	guest.signature.ecx++;
	refused("lacks the signature");
	guest.signature.ebx++;
	refused("lacks the signature");
	guest.signature.eax = 0x4fffff44;
	refused("older and shows a guest no keys (its highest leaf is 0x4fffff44, but 0x4fffff45 is needed)");
	guest.features.eax = 2;
	refused("speaks version 2");
	guest.features.ebx = 3;
	refused("with ISA 3");
	guest.features.edx = 0xf;
	refused("its parameter exitstat_keys is 0");
	guest.snapshot = (struct cpuid_regs) { 0, 0, 0, 1 };
	refused("no memory for a snapshot");
	guest.snapshot = (struct cpuid_regs) {};
	refused("the host cannot show keys to this guest");
	guest.first.ecx = 5;
	refused("of a kind that this exitstat does not know (ecx of row 0 is 0x00000005)");
	guest.first.ecx = 0x10;
	refused("0x00000010");
	guest.first.ecx = 0x1d;
	refused("0x0000001d");
	guest.first.ecx = 'r' << 8 | 0x1c;
	refused("0x0000721c");
	guest.first.ecx = 'e' << 8 | 0x11;
	refused("0x00006511");
	guest.first.ecx = 0x2411;
	refused("0x00002411");
	guest.first = (struct cpuid_regs) { 3, 0, 2, 0 };
	refused("0x00000002");
	guest.file.nr = 65536;
	refused("65537 rows");
	guest.file.nr = 65535;
	guest.fails_at = 7;
	refused("CPU 3 cannot be asked");
}

/* Refused, because of the device of the CPU that this runs on. */
static void device_is_refused(const char *fmt, int cpu)
{
	char want[128];

	free(keys.rows);
	keys.rows = NULL;
	assert_int_equal(keys_cpuid_read(&keys, guest_why), SOURCE_FAILED);
	snprintf(want, sizeof(want), fmt, cpu);
	if (!strstr(guest_why, want))
		fail_msg("'%s' does not say '%s'", guest_why, want);
	assert_null(keys.rows);
}

static void what_is_wrong_with_a_cpus_device_is_told(void **state)
{
	const int cpu = sched_getcpu();
	const int next = dup(0);	/* the next descriptor, also at the end, because all are closed */
	char folder[32], path[48];
	cpu_set_t set, before;
	int file;

	(void)state;
	close(next);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/dev", "tmpfs", 0, NULL))
		skip();
	sched_getaffinity(0, sizeof(before), &before);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
	snprintf(folder, sizeof(folder), "/dev/cpu/%d", cpu);
	snprintf(path, sizeof(path), "%s/cpuid", folder);
	mkdir("/dev/cpu", 0700);
	assert_int_equal(mkdir(folder, 0700), 0);
	device_is_refused("there is no /dev/cpu/%d/cpuid, by which a guest's root reads keys; load the guest's module for it: modprobe cpuid", cpu);
	assert_int_equal(symlink("cpuid", path), 0);
	device_is_refused("/dev/cpu/%d/cpuid cannot be opened: Too many levels of symbolic links; a guest shows keys to root only", cpu);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	device_is_refused("CPU %d cannot be asked: Is a directory", cpu);
	rmdir(path);
	/* A CPU that answers nothing, another signature, or ours and then no version */
	file = open(path, O_RDWR | O_CREAT, 0600);
	assert_true(file > 0);
	device_is_refused("CPU %d cannot be asked: Input/output error", cpu);
	assert_int_equal(ftruncate(file, 1l << 32), 0);
	device_is_refused("lacks the signature", cpu);
	guest_reset();
	assert_int_equal(pwrite(file, &guest.signature, sizeof(guest.signature), 0x4fffff00), sizeof(guest.signature));
	device_is_refused("speaks version", cpu);
	close(file);
	assert_int_equal(dup(0), next);
	close(next);
	sched_setaffinity(0, sizeof(before), &before);
	umount("/dev");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_is_read),
		cmocka_unit_test(returns_are_read),
		cmocka_unit_test(a_guest_has_the_returns_of_the_file),
		cmocka_unit_test(a_guest_has_the_rows_of_the_file),
		cmocka_unit_test(a_guest_has_none_after_other),
		cmocka_unit_test(a_guest_may_have_any_class),
		cmocka_unit_test(a_replaced_snapshot_is_taken_again),
		cmocka_unit_test(what_a_guest_cannot_read_is_told),
		cmocka_unit_test(what_is_wrong_with_a_cpus_device_is_told),
		cmocka_unit_test(a_sum_is_read),
		cmocka_unit_test(what_is_malformed_is_told),
		cmocka_unit_test(the_order_of_reasons_is_kept),
		cmocka_unit_test(a_reason_has_each_rest_once),
		cmocka_unit_test(numbers_have_their_ranges),
		cmocka_unit_test(without_memory_there_are_no_keys),
		cmocka_unit_test(the_most_comes_first),
		cmocka_unit_test(the_first_stay),
		cmocka_unit_test(any_number_of_rows),
		cmocka_unit_test(any_number_of_reasons),
		cmocka_unit_test(what_does_not_add_up_is_found),
		cmocka_unit_test(returns_that_do_not_add_up_are_found),
		cmocka_unit_test(a_difference_has_what_was_added),
		cmocka_unit_test(a_difference_has_the_returns),
		cmocka_unit_test(a_key_that_lost_its_place_has_an_error),
		cmocka_unit_test(a_level_can_lose_the_last_exit),
		cmocka_unit_test(a_lower_time_adds_up),
		cmocka_unit_test(keys_that_began_anew_are_seen),
		cmocka_unit_test(a_difference_is_true),
		cmocka_unit_test(what_cannot_be_subtracted_is_told),
		cmocka_unit_test(a_full_sum_has_no_difference),
		cmocka_unit_test(keys_have_names),
		cmocka_unit_test(returns_have_linux_names),
		cmocka_unit_test(qemu_names_the_rest),
		cmocka_unit_test(only_regions_are_taken),
		cmocka_unit_test(keys_are_written),
		cmocka_unit_test(without_keys_there_is_a_reason),
		cmocka_unit_test(the_text_is_a_table),
		cmocka_unit_test(the_text_has_the_returns),
		cmocka_unit_test(json_has_what_the_text_has),
		cmocka_unit_test(json_has_the_returns),
		cmocka_unit_test(a_difference_says_of_what_time),
	};

	return cmocka_run_group_tests_name("key_rows", tests, NULL, free_keys);
}
