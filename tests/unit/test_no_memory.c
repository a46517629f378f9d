// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts for others, while memory runs out at any moment: the whole text or none, and nothing leaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "export/export.h"
#include "export/metrics.h"
#include "lib/json.h"
#include "lib/text.h"
#include "model/keys.h"
#include "model/keys_difference.h"
#include "model/keys_since.h"
#include "model/table.h"
#include "render/render.h"
#include "render/render_keys.h"
#include "source/debugfs.h"
#include "source/vm.h"
#include "top/top.h"
#include "top/top_batch.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "own_debugfs.h"

#ifdef __SANITIZE_ADDRESS__
#define REAL(name)	__interceptor_##name
#else
#define REAL(name)	__libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t nr, size_t size);
void *REAL(realloc)(void *old, size_t size);

/* While @scarce is set, the allocation after @left others fails and, unless @once is set, all after it. */
static bool scarce, once, failed;
static unsigned int left;

static bool fails(void)
{
	if (!scarce)
		return false;
	if (failed)
		return !once;
	failed = !left;
	left -= !!left;
	return failed;
}

void *malloc(size_t size)
{
	return fails() ? NULL : REAL(malloc)(size);
}

void *calloc(size_t nr, size_t size)
{
	return fails() ? NULL : REAL(calloc)(nr, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : REAL(realloc)(old, size);
}

static char *whole;

/* The text may end with what differs each time, after @ignored. */
static bool is_whole(const char *text, const char *ignored)
{
	const char *end = ignored ? strstr(whole, ignored) : NULL;

	return end ? !strncmp(text, whole, end - whole) : !strcmp(text, whole);
}

/* Have @make called again and again, each time with one more allocation before the one that fails. */
static void try_all(char *(*make)(void), const char *ignored)
{
	unsigned int n = 0, none = 0;
	char *text;

	do {
		left = n++;
		failed = false;
		scarce = true;
		text = make();
		scarce = false;
		none += !text;
		if (text && !is_whole(text, ignored))
			fail_msg("after %u allocations: %s", n - 1, text);
		free(text);
	} while (failed);
	assert_true(none > 1);
}

static void all_or_none(char *(*make)(void), const char *ignored)
{
	whole = make();
	assert_non_null(whole);
	once = false;
	try_all(make, ignored);
	once = true;
	try_all(make, ignored);
	free(whole);
}

static char *a_document(void)
{
	struct json j;

	json_begin(&j);
	json_open_array(&j, "list");
	json_string(&j, NULL, "a\xff" "b");
	json_open_object(&j, NULL);
	json_hex(&j, "id", 18);
	json_close(&j);
	json_close(&j);
	json_null(&j, "nothing");
	json_u64(&j, "number", 1);
	json_i64(&j, "below", -1);
	json_decimal(&j, "share", 12.5);
	json_boolean(&j, "is", true);
	return json_end(&j, true);
}

static void json_is_whole(void **state)
{
	(void)state;
	all_or_none(a_document, NULL);
}

static char *a_deep_document(void)
{
	struct json j;
	unsigned int i;

	json_begin(&j);
	for (i = 0; i < JSON_DEPTH; i++)
		json_open_object(&j, "in");
	return json_end(&j, true);
}

/* More levels than there is room for. */
static void json_that_is_too_deep_is_none(void **state)
{
	(void)state;
	assert_null(a_deep_document());
}

static const char vcpu_file[] =
	"kvm-exitstat 1\nisa svm\nid 0x77\nvcpu 0\ncounting 1\nhistograms 1\nuntrusted 0\n"
	"tsc_khz 1000000\nlifetime 9000\nguest 5000\noutside 0\nanomalies 3\ntorn 4\n"
	"total exits 15 kernel 0\n"
	"reason 0x072 exits 10 kernel 1000 user 0 halt 20 preempt 0 block 0 longest 700 name cpuid\n"
	"reason 0x0a6 exits 3 kernel 1 name\n"
	"reason other exits 2 kernel 7 name other\n"
	"reason none exits 0 kernel 5 user 6 name none\n";

static struct metrics_vcpu vcpu;
static struct metrics_vm vms[] = {
	/* The second has the name of the first, so it gets another label. */
	{ .name = "a\"\n", .place = "7-11", .born = 1, .vcpus = &vcpu, .nr = 1, .has_polled = true },
	{ .name = "a\"\n", .place = "8-11", .born = 2, .vcpus = &vcpu, .nr = 1, .claims = true },
};
static struct metrics metrics = { .vms = vms, .nr = 2, .file = "file \"name\"" };
static enum metrics_format format;
static char *before;

static char *an_answer(void)
{
	return metrics_render(&metrics, format, before);
}

static void read_vcpu(void)
{
	struct debugfs_file *file = calloc(1, sizeof(*file));
	char why[256], *copy = strdup(vcpu_file);

	assert_int_equal(debugfs_parse(copy, file, why, sizeof(why)), 0);
	vcpu.reading = file->reading;
	free(copy);
	free(file);
}

static void metrics_are_whole(void **state)
{
	(void)state;
	read_vcpu();
	for (format = METRICS_TEXT; format <= METRICS_OPENMETRICS; format++) {
		before = NULL;
		metrics.no_vcpu = false;
		all_or_none(an_answer, "kvm_exitstat_export_seconds{");
		before = an_answer();
		metrics.no_vcpu = true;
		all_or_none(an_answer, "kvm_exitstat_export_seconds{");
		free(before);
	}
}

static char *a_name(void)
{
	return printable("a name\033[31m\xff, which is cleaned");
}

static char *a_clean_text(void)
{
	return utf8_clean("a name\xff");
}

static void cleaned_text_is_whole(void **state)
{
	(void)state;
	all_or_none(a_name, NULL);
	all_or_none(a_clean_text, NULL);
}

static void write_long(FILE *out, const void *line)
{
	unsigned int i;

	for (i = 0; i < 2000; i++)
		fprintf(out, "%u: %s\n", i, (const char *)line);
}

static char *a_long_text(void)
{
	return text_by(write_long, "a line of a text that needs more room again and again");
}

/* A stream may lack memory once, and get it again. */
static void a_long_text_is_whole(void **state)
{
	(void)state;
	all_or_none(a_long_text, NULL);
}

static struct top top;

static char *block_of_top(bool ok)
{
	char *text = ok && top_arrange(&top) ? top_block(&top) : NULL;

	top_free(&top);
	return text;
}

static char *a_block_of_vms(void)
{
	struct vm vm = {};
	struct top_counts counts = { .vcpus = 1 };
	bool ok = true;

	top_init(&top, 1);
	top_pass_begin(&top.vms, 1);
	for (counts.id = 1; counts.id < 40 && ok; counts.id++) {
		snprintf(vm.dir, sizeof(vm.dir), "%d-9", (int)counts.id);
		ok = top_pass_take(&top.vms, &vm, 0, &counts);
	}
	top_pass_end(&top.vms);
	return block_of_top(ok);
}

static char *a_block_of_reasons(void)
{
	top_init(&top, 1);
	top_open_guest(&top);
	top_take_reading(&top, &vcpu.reading, 1);
	return block_of_top(true);
}

static char *a_block_of_keys(void)
{
	const struct key_row row = { .reason = 10, .kind = KEY_OWN, .access = '-', .word = "cpuid", .exits = 5 };
	struct keys keys = { .isa = KVM_EXITSTAT_ISA_SVM, .rows = malloc(sizeof(row)), .nr = 1 };
	bool ok;

	top_init(&top, 1);
	top.level = TOP_KEYS;
	if (keys.rows)
		keys.rows[0] = row;
	ok = keys.rows && top_take_keys(&top, &keys, 1);
	if (!ok)
		free(keys.rows);
	return block_of_top(ok);
}

static char *a_block_without_keys(void)
{
	struct keys keys = { .isa = KVM_EXITSTAT_ISA_SVM };
	bool ok;

	top_init(&top, 1);
	top.level = TOP_KEYS;
	ok = keys_keep_none(&keys, 10) && top_take_keys(&top, &keys, 1);
	if (!ok)
		free(keys.rows);
	return block_of_top(ok);
}

static void a_block_of_top_is_whole(void **state)
{
	(void)state;
	read_vcpu();
	all_or_none(a_block_of_vms, NULL);
	all_or_none(a_block_of_reasons, NULL);
	all_or_none(a_block_of_keys, NULL);
	all_or_none(a_block_without_keys, NULL);
}

static char *a_table_of_reasons(void)
{
	const struct subject subject = { .name = "web1", .dir = "7-11", .pid = 7 };
	const struct view view = { .r = &vcpu.reading, .subject = &subject, .width = 60 };

	return render(&view);
}

static char *a_table_of_keys(void)
{
	struct key_row rows[] = {
		{ .reason = 0x72, .kind = KEY_REASON, .exits = 7 },
		{ .reason = 0x72, .kind = KEY_OWN, .word = "cpuid", .access = '-', .value = 1, .exits = 4, .error = 1 },
		{ .reason = 0x72, .kind = KEY_REST, .exits = 3 },
	};
	const struct keys keys = { .isa = KVM_EXITSTAT_ISA_SVM, .kept = true, .rows = rows, .nr = 3 };
	const struct view view = { .r = &vcpu.reading };

	return render_keys(&view, &keys);
}

static char *a_difference_of_keys(void)
{
	struct key_row row = { .reason = 10, .kind = KEY_OWN, .access = '-', .word = "cpuid", .exits = 5 };
	struct keys before = { .isa = KVM_EXITSTAT_ISA_SVM, .kept = true }, now = before, added;
	const char *why;

	now.rows = &row;
	now.nr = 1;
	why = keys_difference(&before, &now, &added);
	free(added.rows);
	return why ? NULL : strdup("done");
}

static void a_table_is_whole(void **state)
{
	(void)state;
	read_vcpu();
	all_or_none(a_table_of_reasons, NULL);
	all_or_none(a_table_of_keys, NULL);
	all_or_none(a_difference_of_keys, NULL);
}

/* This PID namespace is the host's. */
ssize_t readlink(const char *link, char *target, size_t size)
{
	if (!strcmp(link, "/proc/self/ns/pid"))
		return snprintf(target, size, "pid:[4026531836]");
	return syscall(SYS_readlink, link, target, size);
}

static char *an_export(void)
{
	struct exporter exporter = {};
	struct metrics metrics;
	char *text = exporter_read(&exporter, &metrics) ? NULL : metrics_render(&metrics, METRICS_TEXT, NULL);

	exporter_free(&metrics);
	exporter_close(&exporter);
	return text;
}

static void put(const char *path, const char *of)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "kvm-exitstat 1\nisa svm\nid 0x1\n%s\ncounting 1\nhistograms 0\nuntrusted 0\ntsc_khz 1000000\n"
		"lifetime 9\nguest 5\noutside 0\nanomalies 0\ntorn 0\ntotal exits 7\nreason 0x072 exits 7 name cpuid\n", of);
	fclose(file);
}

/* The VM is exported, left out, or nothing is exported, and always all is freed. */
static void an_export_leaks_nothing(void **state)
{
	const int own = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
	unsigned int n, times, exported = 0, none = 0;
	char *text;

	(void)state;
	if (!own_debugfs())
		skip();
	assert_int_equal(mkdir(KVM_DEBUGFS "/" OWN_VM "/vcpu0", 0700), 0);
	put(KVM_DEBUGFS "/" OWN_VM "/exitstat", "vcpus 1");
	put(KVM_DEBUGFS "/" OWN_VM "/vcpu0/exitstat", "vcpu 0");
	dup2(null, STDERR_FILENO);
	for (times = 0; times < 2; times++) {
		once = times;
		n = 0;
		do {
			left = n++;
			failed = false;
			scarce = true;
			text = an_export();
			scarce = false;
			none += !text;
			exported += text && strstr(text, "\nkvm_exits_total{vm=\"1-2\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"} 7\n");
			free(text);
		} while (failed);
	}
	dup2(own, STDERR_FILENO);
	close(null);
	close(own);
	assert_true(none > 10);
	assert_true(exported > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_whole),
		cmocka_unit_test(json_that_is_too_deep_is_none),
		cmocka_unit_test(metrics_are_whole),
		cmocka_unit_test(cleaned_text_is_whole),
		cmocka_unit_test(a_long_text_is_whole),
		cmocka_unit_test(a_block_of_top_is_whole),
		cmocka_unit_test(a_table_is_whole),
		cmocka_unit_test(an_export_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
