// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: samples, labels, omissions, counters that do not go back; requested
 * addresses and formats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "export/address.h"
#include "export/http.h"
#include "export/metrics.h"
#include "export/metrics_memory.h"
#include "export/negotiate.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/message.h"
#include "lib/replace.h"
#include "lib/turns.h"
#include "lib/waits.h"
#include "model/keys.h"
#include "model/sum.h"
#include "source/debugfs.h"
#include "source/keys_file.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#include "expected.h"

/* A vCPU's file; its arguments are the values that tests vary. */
#define VCPU_FILE							\
	"kvm-exitstat 1\nisa %s\nid 0x%llx\nvcpu %u\ncounting 1\n"	\
	"histograms %u\nuntrusted %u\ntsc_khz %u\nlifetime 9000\n"	\
	"guest %u\noutside 0\nanomalies 3\ntorn 4\n"			\
	"total exits 15 kernel 0\n%s"

#define MOST	8

static struct metrics_vcpu vcpus[MOST][2];
static struct metrics_vm vms[MOST];
static struct metrics metrics;
static char *text;

/* The values of the next VM. */
static struct {
	const char *isa;
	unsigned int histograms, untrusted, khz, guest;
	const char *rows;
} file;

static int setup(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	metrics = (struct metrics) { .host = { 1, 0, 4, 0 }, .vms = vms };
	file = (typeof(file)) { "svm", 0, 0, 1000000, 5000,
		"reason 0x072 exits 10 kernel 1000 user 0 halt 2000000000 preempt 0 block 0 longest 700 name cpuid\n"
		"reason 0x0a6 exits 3 kernel 1 name\n"
		"reason other exits 2 kernel 7 name other\n"
		"reason none exits 0 kernel 5 user 6 name none\n" };
	return 0;
}

/* Add a VM with @nr vCPUs and this id; its age follows the order of the calls. */
static void add_vm(const char *name, const char *place, unsigned long long id,
		   unsigned int nr)
{
	struct metrics_vcpu *vcpu = vcpus[metrics.nr];
	static struct debugfs_file read;
	char *content, why[256];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		assert_true(asprintf(&content, VCPU_FILE, file.isa, id, i,
				     file.histograms, file.untrusted, file.khz,
				     file.guest, file.rows) > 0);
		if (debugfs_parse(content, &read, why, sizeof(why)))
			fail_msg("%s", why);
		free(content);
		vcpu[i] = (struct metrics_vcpu) { read.reading, read.vcpu };
	}
	if (metrics.no_vcpu) {
		sum_begin(&read.reading);
		for (i = 0; i < nr; i++)
			sum_add(&read.reading, &vcpu[i].reading);
		vcpu[0].reading = read.reading;
		nr = 1;
	}
	vms[metrics.nr] = (struct metrics_vm) {
		.name = name, .place = place, .pid = 100 + metrics.nr,
		.born = 1000 + metrics.nr, .vcpus = vcpu, .nr = nr,
	};
	metrics.nr++;
}

static const char *render_as(enum metrics_format format, const char *before)
{
	free(text);
	text = metrics_render(&metrics, format, before);
	assert_non_null(text);
	metrics.nr = 0;
	return text;
}

static const char *rendered(void)
{
	return render_as(METRICS_TEXT, NULL);
}

/* The value of a series, as text; NULL if there is none. */
static const char *value_in(const char *from, const char *series)
{
	static char value[64];
	const size_t length = strlen(series);
	const char *line, *found = NULL;

	for (line = from; line && *line; line = strchr(line, '\n'), line += !!line) {
		if (strncmp(line, series, length) || line[length] != ' ')
			continue;
		if (found)
			fail_msg("%s is there twice in:\n%s", series, from);
		snprintf(value, sizeof(value), "%.*s",
			 (int)strcspn(line + length + 1, "\n"), line + length + 1);
		found = value;
	}
	return found;
}

static void shows(const char *series, const char *wanted)
{
	const char *value = value_in(text, series);

	if (wanted ? !value || strcmp(value, wanted) : !!value)
		fail_msg("%s is %s, not %s, in:\n%s", series, value ?: "not there",
			 wanted ?: "absent", text);
}

static void has(const char *part, bool wanted)
{
	if (!strstr(text, part) == wanted)
		fail_msg("'%s' is%s in:\n%s", part, wanted ? " not" : "", text);
}

static void samples_are_as_documented(void **state)
{
	(void)state;
	file.histograms = 1;
	add_vm("web", "7-11", 0xabc, 2);
	vms[0].has_polled = true;
	vms[0].polled[0] = 1;
	vms[0].polled[1] = 2500000000;
	rendered();
	shows("kvm_vm_halt_poll_seconds_total{vm=\"web\",result=\"success\"}", "0.000000001");
	shows("kvm_vm_halt_poll_seconds_total{vm=\"web\",result=\"fail\"}", "2.500000000");
	shows("kvm_exits_total{vm=\"web\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"}", "10");
	shows("kvm_exits_total{vm=\"web\",vcpu=\"1\",reason=\"idle-halt\",isa=\"svm\"}", "3");
	shows("kvm_exits_total{vm=\"web\",vcpu=\"1\",reason=\"other\",isa=\"svm\"}", "2");
	shows("kvm_exits_total{vm=\"web\",vcpu=\"1\",reason=\"none\",isa=\"svm\"}", NULL);
	shows("kvm_exits_total{vm=\"web\",vcpu=\"1\",reason=\"hlt\",isa=\"svm\"}", NULL);
	shows("kvm_exit_seconds_total{vm=\"web\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\",account=\"kernel\"}", "0.000001000");
	shows("kvm_exit_seconds_total{vm=\"web\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\",account=\"halt\"}", "2.000000000");
	shows("kvm_exit_seconds_total{vm=\"web\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\",account=\"user\"}", NULL);
	shows("kvm_exit_seconds_total{vm=\"web\",vcpu=\"0\",reason=\"none\",isa=\"svm\",account=\"user\"}", "0.000000006");
	shows("kvm_exit_longest_seconds{vm=\"web\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"}", "0.000000700");
	shows("kvm_vcpu_guest_seconds_total{vm=\"web\",vcpu=\"1\"}", "0.000005000");
	shows("kvm_vcpu_outside_seconds_total{vm=\"web\",vcpu=\"1\"}", "0.000000000");
	shows("kvm_vcpu_lifetime_seconds_total{vm=\"web\",vcpu=\"1\"}", "0.000009000");
	shows("kvm_vcpu_anomalies_total{vm=\"web\",vcpu=\"1\"}", "3");
	shows("kvm_vm_vcpus{vm=\"web\"}", "2");
	shows("kvm_vm_info{vm=\"web\",id=\"0x0000000000000abc\",pid=\"100\"}", "1");
	shows("kvm_exitstat_counting", "1");
	shows("kvm_exitstat_tsc_untrusted", "0");
	shows("kvm_exitstat_torn_readings_total", "4");
	shows("kvm_exitstat_vms", "1");
	assert_non_null(value_in(text, "kvm_exitstat_export_seconds"));
	has("# TYPE kvm_exits_total counter\n", true);
	has("# TYPE kvm_vm_info gauge\n", true);
	has("UNIT", false);
	has("EOF", false);
}

static void openmetrics_names_families(void **state)
{
	(void)state;
	add_vm("web", "7-11", 0xabc, 1);
	render_as(METRICS_OPENMETRICS, NULL);
	has("# TYPE kvm_exits counter\n", true);
	has("# TYPE kvm_exit_seconds counter\n# UNIT kvm_exit_seconds seconds\n", true);
	has("# TYPE kvm_vm info\n", true);
	has("# UNIT kvm_exits ", false);
	shows("kvm_exits_total{vm=\"web\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"}", "10");
	shows("kvm_vm_info{vm=\"web\",id=\"0x0000000000000abc\",pid=\"100\"}", "1");
	assert_string_equal(text + strlen(text) - strlen("# EOF\n"), "# EOF\n");
}

/* Each family has one header, followed by all its samples. */
static void families_stand_together(void **state)
{
	char *line, *rest, *name, seen[64][64];
	unsigned int nr = 0, i;

	(void)state;
	file.histograms = 1;
	add_vm("a", "1-1", 1, 2);
	add_vm("b", "2-1", 2, 2);
	vms[0].has_polled = vms[1].has_polled = true;
	rest = (char *)rendered();
	while ((line = strsep(&rest, "\n")) && *line) {
		if (strncmp(line, "# TYPE ", 7)) {
			if (*line != '#')
				assert_int_equal(strncmp(line, seen[nr - 1], strcspn(line, "{ ")), 0);
			continue;
		}
		name = line + 7;
		snprintf(seen[nr], sizeof(seen[nr]), "%.*s", (int)strcspn(name, " "), name);
		for (i = 0; i < nr; i++)
			assert_string_not_equal(seen[i], seen[nr]);
		nr++;
	}
	assert_int_equal(nr, 17);
}

/* Each account by itself, whether or not the others have time. */
static void an_account_with_time_has_a_series(void **state)
{
	static const char *const accounts[] = { "kernel", "user", "halt", "preempt", "block" };
	char rows[192], series[160];
	unsigned int i, j;

	for (i = 0; i < COUNT(accounts); i++) {
		setup(state);
		snprintf(rows, sizeof(rows), "reason 0x078 exits 0 kernel 0 user 0 halt 0 preempt 0 block 0 longest 0 name hlt\n"
			 "reason 0x072 exits 15 name cpuid\n");
		*(strstr(strstr(rows, accounts[i]), " 0") + 1) = '3';
		file.rows = rows;
		add_vm("one", "1-1", 1, 1);
		rendered();
		for (j = 0; j < COUNT(accounts); j++) {
			snprintf(series, sizeof(series), "kvm_exit_seconds_total{vm=\"one\",vcpu=\"0\",reason=\"hlt\",isa=\"svm\",account=\"%s\"}", accounts[j]);
			shows(series, j == i ? "0.000000003" : NULL);
		}
	}
}

static void what_is_not_measured_has_no_series(void **state)
{
	(void)state;
	add_vm("nohist", "1-1", 1, 1);
	rendered();
	has("halt_poll", false);
	has("kvm_exit_longest_seconds", false);

	file.histograms = 1;
	file.untrusted = 1;
	add_vm("unstable", "1-1", 1, 1);
	metrics.host.untrusted = 1;
	rendered();
	has("_seconds_total", false);
	has("longest", false);
	shows("kvm_exitstat_tsc_untrusted", "1");
	shows("kvm_exits_total{vm=\"unstable\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"}", "10");

	file.untrusted = 0;
	file.khz = 0;
	add_vm("nokhz", "1-1", 1, 1);
	metrics.host.counting = 0;
	rendered();
	has("_seconds_total", false);
	has("longest", false);
	shows("kvm_exitstat_counting", "0");
	shows("kvm_exits_total{vm=\"nokhz\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"}", "10");

	metrics.host = (struct metrics_host) { .counting = -1, .untrusted = -1, .torn = -1 };
	rendered();
	has("counting", false);
	has("untrusted", false);
	has("torn", false);
	shows("kvm_exitstat_vms", "0");
}

static void vcpus_can_be_summed(void **state)
{
	(void)state;
	file.isa = "vmx";
	file.histograms = 1;
	file.rows = "reason 10 exits 10 kernel 1000 longest 700 name CPUID\n"
		    "reason none exits 0 kernel 5 name none\n"
		    "reason other exits 1 kernel 5 name other\n";
	metrics.no_vcpu = true;
	add_vm("web", "7-11", 0xabc, 2);
	rendered();
	has("vcpu=", false);
	shows("kvm_exits_total{vm=\"web\",reason=\"CPUID\",isa=\"vmx\"}", "20");
	shows("kvm_exit_seconds_total{vm=\"web\",reason=\"CPUID\",isa=\"vmx\",account=\"kernel\"}", "0.000002000");
	shows("kvm_exit_seconds_total{vm=\"web\",reason=\"none\",isa=\"vmx\",account=\"kernel\"}", "0.000000010");
	shows("kvm_exits_total{vm=\"web\",reason=\"other\",isa=\"vmx\"}", "2");
	shows("kvm_exit_longest_seconds{vm=\"web\",reason=\"CPUID\",isa=\"vmx\"}", "0.000000700");
	shows("kvm_vcpu_lifetime_seconds_total{vm=\"web\"}", "0.000018000");
	shows("kvm_vcpu_guest_seconds_total{vm=\"web\"}", "0.000010000");
	shows("kvm_vcpu_anomalies_total{vm=\"web\"}", "6");
	shows("kvm_vm_vcpus{vm=\"web\"}", "2");
}

static void numbers_are_exact(void **state)
{
	(void)state;
	file.khz = 2999999;
	file.rows = "reason 0x072 exits 18446744073709551615 kernel 18446744073709551615 name cpuid\n";
	add_vm("big", "7-11", UINT64_MAX, 1);
	rendered();
	shows("kvm_exits_total{vm=\"big\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"}", "18446744073709551615");
	/* 2^64 - 1 cycles at 2,999,999,000 a second */
	shows("kvm_exit_seconds_total{vm=\"big\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\",account=\"kernel\"}", "6148916740.875430830");
	shows("kvm_vm_info{vm=\"big\",id=\"0xffffffffffffffff\",pid=\"100\"}", "1");
}

static void labels_are_escaped(void **state)
{
	char longest[128], label[300] = "kvm_vm_vcpus{vm=\"";
	unsigned int i;

	(void)state;
	add_vm("a\"b\\c\nd{}, ", "1-1", 1, 1);
	add_vm("\xff\xc3\xa4\xc3", "2-1", 2, 1);
	memset(longest, '"', 127);
	longest[127] = '\0';
	add_vm(longest, "3-1", 3, 1);
	rendered();
	shows("kvm_vm_vcpus{vm=\"a\\\"b\\\\c\\nd{}, \"}", "1");
	shows("kvm_vm_vcpus{vm=\"\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\"}", "1");
	/* All 127, of two characters each */
	for (i = 0; i < 127; i++)
		strcat(label, "\\\"");
	strcat(label, "\"}");
	shows(label, "1");

	memset(longest, '\xff', 127);
	add_vm(longest, "3-1", 3, 1);
	add_vm(longest, "3-2", 4, 1);
	rendered();
	has("\xef\xbf\xbd@3-2\",vcpu=\"0\",reason=\"cpuid\"", true);
}

static void every_vm_has_a_label_of_its_own(void **state)
{
	(void)state;
	add_vm("web", "7-11", 1, 1);
	add_vm("web", "8-11", 2, 1);
	add_vm("web@8-11", "9-11", 3, 1);
	add_vm("", "10-11", 4, 1);
	add_vm("10-11", "11-11", 5, 1);
	rendered();
	shows("kvm_vm_info{vm=\"web\",id=\"0x0000000000000001\",pid=\"100\"}", "1");
	shows("kvm_vm_info{vm=\"web@8-11\",id=\"0x0000000000000002\",pid=\"101\"}", "1");
	shows("kvm_vm_info{vm=\"web@8-11@9-11\",id=\"0x0000000000000003\",pid=\"102\"}", "1");
	shows("kvm_vm_info{vm=\"10-11\",id=\"0x0000000000000004\",pid=\"103\"}", "1");
	shows("kvm_vm_info{vm=\"10-11@11-11\",id=\"0x0000000000000005\",pid=\"104\"}", "1");

	/* The oldest VM keeps the name, wherever it is; of the same age, by folder. */
	add_vm("web", "2-11", 1, 1);
	add_vm("web", "10-11", 2, 1);
	add_vm("web", "7-11", 3, 1);
	vms[0].born = vms[1].born = 50;
	vms[2].born = 40;
	rendered();
	shows("kvm_vm_info{vm=\"web\",id=\"0x0000000000000003\",pid=\"102\"}", "1");
	shows("kvm_vm_info{vm=\"web@2-11\",id=\"0x0000000000000001\",pid=\"100\"}", "1");
	shows("kvm_vm_info{vm=\"web@10-11\",id=\"0x0000000000000002\",pid=\"101\"}", "1");
}

static void a_vm_keeps_its_label(void **state)
{
	char *before;

	(void)state;
	add_vm("w\"b", "7-11", 1, 1);
	add_vm("w\"b", "8-11", 2, 1);
	before = strdup(rendered());
	/* The older VM ends, and another with its name starts. */
	add_vm("w\"b", "8-11", 2, 1);
	add_vm("w\"b", "7-11", 3, 1);
	render_as(METRICS_TEXT, before);
	shows("kvm_vm_info{vm=\"w\\\"b@8-11\",id=\"0x0000000000000002\",pid=\"100\"}", "1");
	shows("kvm_vm_info{vm=\"w\\\"b\",id=\"0x0000000000000003\",pid=\"101\"}", "1");
	free(before);
	/* An older VM that was not exported gets another. */
	add_vm("web", "7-11", 1, 1);
	before = strdup(rendered());
	add_vm("web", "8-11", 2, 1);
	add_vm("web", "7-11", 1, 1);
	render_as(METRICS_TEXT, before);
	shows("kvm_vm_info{vm=\"web\",id=\"0x0000000000000001\",pid=\"101\"}", "1");
	shows("kvm_vm_info{vm=\"web@8-11\",id=\"0x0000000000000002\",pid=\"100\"}", "1");
	free(before);
}

#define GUEST(vm)	"kvm_vcpu_guest_seconds_total{vm=\"" vm "\",vcpu=\"0\"}"

/* Of a VM, or what a VM has said of the host; and it is remembered like another value. */
static void what_came_too_late_has_its_time(void **state)
{
	static const char *const values[] = {
		[METRICS_TEXT] = "0.000005000 1795756117034",
		[METRICS_OPENMETRICS] = "0.000005000 1795756117.034",
	};
	unsigned int i;
	char *before;

	(void)state;
	for (i = METRICS_TEXT; i <= METRICS_OPENMETRICS; i++) {
		setup(NULL);
		add_vm("late", "7-11", 1, 1);
		add_vm("soon", "8-11", 2, 1);
		vms[0].late = 1795756117034999999;
		before = strdup(render_as(i, NULL));
		shows(GUEST("late"), values[i]);
		shows(GUEST("soon"), "0.000005000");
		shows("kvm_exitstat_counting", "1");
		shows("kvm_exitstat_vms", "2");
		file.guest = 4999;
		add_vm("other", "7-11", 1, 1);
		render_as(METRICS_TEXT, before);
		shows(GUEST("late"), "0.000005000");
		free(before);
		metrics.host.late = 1795756118034999999;
		render_as(i, NULL);
		shows("kvm_exitstat_counting", i == METRICS_OPENMETRICS ? "1 1795756118.034" : "1 1795756118034");
		shows("kvm_exitstat_tsc_untrusted", i == METRICS_OPENMETRICS ? "0 1795756118.034" : "0 1795756118034");
		shows("kvm_exitstat_vms", "0");
	}
}

static void counters_do_not_go_back(void **state)
{
	static const struct {
		enum metrics_format before, now;
	} formats[] = {
		{ METRICS_TEXT, METRICS_TEXT },
		{ METRICS_TEXT, METRICS_OPENMETRICS },
		{ METRICS_OPENMETRICS, METRICS_TEXT },
	};
	unsigned int i;
	char *before;

	(void)state;
	for (i = 0; i < COUNT(formats); i++) {
		setup(NULL);
		file.histograms = 1;
		add_vm("a} \"x", "7-11", 1, 1);
		add_vm("b", "8-11", 2, 1);
		vms[0].has_polled = true;
		vms[0].polled[0] = 100;
		before = strdup(render_as(formats[i].before, NULL));

		/* The same VM with lower values; another VM with the same name; gauges; the host's values. */
		file.guest = 4999;
		file.rows = "reason 0x072 exits 9 kernel 1001 halt 1999999999 longest 600 name cpuid\n";
		add_vm("a} \"x", "7-11", 1, 1);
		add_vm("b", "8-11", 3, 1);
		metrics.host.torn = 1;
		/* KVM's own can be reset. */
		vms[0].has_polled = true;
		vms[0].polled[0] = 99;
		render_as(formats[i].now, before);
		shows("kvm_vm_halt_poll_seconds_total{vm=\"a} \\\"x\",result=\"success\"}", "0.000000099");
		shows(GUEST("a} \\\"x"), "0.000005000");
		shows("kvm_exit_seconds_total{vm=\"a} \\\"x\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\",account=\"halt\"}", "2.000000000");
		shows("kvm_exit_seconds_total{vm=\"a} \\\"x\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\",account=\"kernel\"}", "0.000001001");
		shows("kvm_exits_total{vm=\"a} \\\"x\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"}", "10");
		shows("kvm_exit_longest_seconds{vm=\"a} \\\"x\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"}", "0.000000600");
		shows(GUEST("b"), "0.000004999");
		shows("kvm_exitstat_torn_readings_total", "1");
		free(before);
	}
}

/* Until vCPUs are unplugged; the other VM's counters do not. */
static void a_sum_of_fewer_vcpus_begins_again(void **state)
{
	char *before;

	(void)state;
	metrics.no_vcpu = true;
	add_vm("a", "7-11", 1, 2);
	add_vm("b", "8-11", 2, 2);
	before = strdup(rendered());
	add_vm("a", "7-11", 1, 1);
	file.guest = 4000;
	add_vm("b", "8-11", 2, 2);
	render_as(METRICS_TEXT, before);
	shows("kvm_vcpu_guest_seconds_total{vm=\"a\"}", "0.000005000");
	shows("kvm_vcpu_guest_seconds_total{vm=\"b\"}", "0.000010000");
	free(before);
}

/* A file's name has 255 bytes, each of which may be escaped. */
static void a_file_of_any_name_has_room(void **state)
{
	char name[256], series[600] = "kvm_exitstat_unreadable_vms{file=\"";
	unsigned int i;

	(void)state;
	memset(name, '"', 255);
	name[255] = '\0';
	for (i = 0; i < 255; i++)
		strcat(series, "\\\"");
	strcat(series, "\"}");
	metrics.file = name;
	rendered();
	shows(series, "0");
}

/* The VM that was added last gets these keys, of which each reason keeps @most. */
static void add_keys(const char *rows, unsigned int most)
{
	struct keys *keys = &vms[metrics.nr - 1].keys;
	static struct keys last;
	char *content, why[256];

	assert_true(asprintf(&content, "kvm-exitstat 1\nisa %s\nid 0x1\nvcpus 1\ncounting 1\nkeys 1\ntsc_khz %u\ntorn 0\n%s",
			     file.isa, file.khz, rows) > 0);
	if (keys_parse(content, keys, why, sizeof(why)))
		fail_msg("%s", why);
	free(content);
	assert_int_equal(keys_keep_first(keys, most), 0);
	free(last.rows);
	last = *keys;
	metrics.with_keys = true;
	metrics.kept = 1;
}

/* Reason 0x07b: port 0x3f8 and the others, as given */
#define IO(io, com1)								\
	"reason 0x07b exits " io " kernel 9000 user 0 name io\n"		\
	"key 0x07b port 0x3f8 w 1 exits " com1 " kernel 1000 user 2000000000 error 0\n" \
	"key 0x07b port 0x3ff4 r 4 exits 4 kernel 7 user 0 error 0\n"

#define IO_LABELS	"{vm=\"web\",reason=\"io\",isa=\"svm\""
#define COM1		IO_LABELS ",class=\"port\",access=\"w\",key=\"0x3f8\",size=\"1\",name=\"COM1\""
#define NAMELESS	IO_LABELS ",class=\"port\",access=\"r\",key=\"0x3ff4\",size=\"4\",name=\"\"}"
#define LEAF		"{vm=\"web\",reason=\"cpuid\",isa=\"svm\",class=\"cpuid\",access=\"\",key=\"0x4 7\",size=\"\",name=\"caches\"}"
#define CPUID_KEY	"reason 0x072 exits 2 kernel 5 user 0 name cpuid\nkey 0x072 cpuid 0x700000004 - 0 exits 2 kernel 5 user 0 error 0\n"

static void the_first_keys_of_each_reason_are_exported(void **state)
{
	(void)state;
	add_vm("web", "7-11", 1, 2);
	add_keys(CPUID_KEY IO("30", "20") "reason 0x0a6 exits 3 kernel 1\n", 1);
	rendered();
	shows("kvm_key_exits_total" COM1 "}", "20");
	shows("kvm_key_exit_seconds_total" COM1 ",account=\"kernel\"}", "0.000001000");
	shows("kvm_key_exit_seconds_total" COM1 ",account=\"user\"}", "2.000000000");
	shows("kvm_key_exits_total" LEAF, "2");
	shows("kvm_key_exits_total" NAMELESS, NULL);
	shows("kvm_key_exits_total" IO_LABELS "}", NULL);
	shows("kvm_key_reason_exits_total" COM1 "}", NULL);
	shows("kvm_key_reason_exits_total" IO_LABELS "}", "30");
	shows("kvm_key_reason_exit_seconds_total" IO_LABELS ",account=\"kernel\"}", "0.000009000");
	shows("kvm_key_reason_exit_seconds_total" IO_LABELS ",account=\"user\"}", NULL);
	has("kvm_key_reason_exits_total{vm=\"web\",reason=\"idle-halt\"", false);
	shows("kvm_exitstat_keys", "1");
	shows("kvm_exitstat_unreadable_keys", "0");
	has("# TYPE kvm_key_exit_seconds_total counter\n", true);

	add_vm("web", "7-11", 1, 1);
	add_keys(IO("30", "20"), 8);
	render_as(METRICS_OPENMETRICS, NULL);
	shows("kvm_key_exits_total" NAMELESS, "4");
	has("# TYPE kvm_key_exit_seconds counter\n# UNIT kvm_key_exit_seconds seconds\n", true);
}

/*
 * The whole answer in both formats: VMs by debugfs and by QMP with and without keys, and a guest;
 * a second answer after the first.
 */
static void the_whole_answer_is_as_expected(void **state)
{
	static const char *const names[][2] = {
		[METRICS_TEXT] = { "metrics.txt", "metrics-next.txt" },
		[METRICS_OPENMETRICS] = { "metrics.openmetrics", "metrics-next.openmetrics" },
	};
	enum metrics_format format;
	char *before = NULL, *took;
	unsigned int i;

	for (format = METRICS_TEXT; format <= METRICS_OPENMETRICS; format++)
		for (i = 0; i < 2; i++) {
			setup(state);
			file.histograms = 1;
			file.guest -= i;
			/* The first and the last reason that has a row, and one that has none */
			file.rows = "reason 0x000 exits 1 kernel 8 name read_cr0\n"
				    "reason 0x072 exits 10 kernel 1000 user 0 halt 2000000000 preempt 0 block 0 longest 700 name cpuid\n"
				    "reason 0x403 exits 2 preempt 9 block 10 name vmgexit\n"
				    "reason 0x404 exits 2 kernel 7 name new\n"
				    "reason none exits 0 kernel 5 user 6 name none\n";
			metrics.file = "a\"b.prom";
			metrics.host.late = i * 1795756118034999999;
			metrics.host.torn = 4 * i;
			metrics.unreadable = 5;
			metrics.same_id = 6;
			metrics.without_keys = 7;
			metrics.begun = now_ns();
			add_vm("web", "7-11", 1, 2);
			add_keys("period 3\n" CPUID_KEY IO("30", "20") "rest 0x07b exits 3 kernel 4 user 5\n"
				 "level 0x07b page-4k exits 6 kernel 7 user 8\n", 1);
			vms[0].has_polled = true;
			vms[0].polled[1] = 2500000001;
			add_vm("web", "/run/q", 2, 1);
			vms[1].late = 1795756117034999999;
			vms[1].pid = 0;
			/* Reason 35 has no name. */
			file.isa = "vmx";
			file.rows = "reason 10 exits 9 kernel 1001 longest 600 name CPUID\nreason 35 exits 1 kernel 2\n";
			add_vm("", "0x0000000000000003", 3, 1);
			vcpus[2][0].reading.from = FROM_CPUID;
			vms[2].own_exits = 211;
			render_as(format, before);
			took = strstr(strstr(text, "\nkvm_exitstat_export_seconds"), "} ");
			assert_non_null(took);
			for (took += 2; *took != '\n'; took++)
				*took = *took == '.' ? '.' : '0';
			is_as_expected(text, "", names[format][i]);
			free(before);
			before = i ? NULL : strdup(text);
		}
}

static void keys_that_are_not_there_have_no_series(void **state)
{
	(void)state;
	add_vm("web", "7-11", 1, 1);
	rendered();
	has("key", false);
	file.khz = 0;
	add_vm("web", "7-11", 1, 1);
	add_keys(IO("30", "20"), 8);
	metrics.without_keys = 2;
	rendered();
	has("kvm_key_exit_seconds", false);
	shows("kvm_key_exits_total" COM1 "}", "20");
	shows("kvm_exitstat_unreadable_keys", "2");
	add_vm("web", "7-11", 1, 1);
	vms[0].keys.nr = 0;
	metrics.kept = 0;
	rendered();
	has("kvm_key_", false);
	shows("kvm_exitstat_keys", "0");
	metrics.kept = -1;
	rendered();
	shows("kvm_exitstat_keys", NULL);
	shows("kvm_exitstat_unreadable_keys", "2");
}

/* Until they begin again, and the reason has fewer exits. */
static void keys_do_not_go_back(void **state)
{
	enum metrics_format format;
	char *before;

	(void)state;
	for (format = METRICS_TEXT; format <= METRICS_OPENMETRICS; format++) {
		add_vm("web", "7-11", 1, 1);
		add_keys(CPUID_KEY IO("30", "20"), 8);
		before = strdup(render_as(format, NULL));
		/* On one of its vCPUs the key has lost its place. */
		add_vm("web", "7-11", 1, 1);
		add_keys(IO("30", "19"), 8);
		render_as(format, before);
		shows("kvm_key_exits_total" COM1 "}", "20");
		add_vm("web", "7-11", 1, 1);
		add_keys(CPUID_KEY IO("29", "19"), 8);
		vms[0].keys.rows[4].exits = 1;
		render_as(format, before);
		shows("kvm_key_exits_total" COM1 "}", "19");
		shows("kvm_key_reason_exits_total" IO_LABELS "}", "29");
		shows("kvm_key_exits_total" LEAF, "2");
		/* Another VM */
		add_vm("web", "7-11", 2, 1);
		add_keys(IO("31", "19"), 8);
		render_as(format, before);
		shows("kvm_key_exits_total" COM1 "}", "19");
		free(before);
	}
}

/* Keys that have begun again have their own values, whether these are less than before or not. */
static void keys_of_another_period_begin_again(void **state)
{
	static const struct {
		const char *before, *now, *shown;
	} periods[] = {
		{ "period 1\n", "period 2\n", "19" },
		{ "period 2\n", "period 2\n", "20" },
		/* An older KVM, before it or after it was replaced */
		{ "", "", "20" },
		{ "", "period 2\n", "20" },
		{ "period 2\n", "", "20" },
	};
	char rows[600], *before;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2 * sizeof(periods) / sizeof(periods[0]); i++) {
		const enum metrics_format format = i % 2 ? METRICS_TEXT : METRICS_OPENMETRICS;

		add_vm("web", "7-11", 1, 1);
		snprintf(rows, sizeof(rows), "%s%s", periods[i / 2].before, IO("30", "20"));
		add_keys(rows, 8);
		before = strdup(render_as(format, NULL));
		add_vm("web", "7-11", 1, 1);
		snprintf(rows, sizeof(rows), "%s%s", periods[i / 2].now, IO("31", "19"));
		add_keys(rows, 8);
		render_as(format, before);
		shows("kvm_key_exits_total" COM1 "}", periods[i / 2].shown);
		shows("kvm_key_reason_exits_total" IO_LABELS "}", "31");
		shows("kvm_key_period{vm=\"web\"}", *periods[i / 2].now ? "2" : NULL);
		free(before);
	}
}

/* The longest series that there can be is whole. */
static void a_key_has_room(void **state)
{
	char name[257] = "";

	(void)state;
	memset(name, '"', 256);
	file.isa = "vmx";
	file.rows = "reason 10 exits 15 name CPUID\n";
	add_vm(name, "7-11", 1, 1);
	add_keys("reason 1 exits 1\nkey 1 vector 0xf3 - 255 exits 1 kernel 1\n"
		 "reason 10 exits 1 kernel 1\nkey 10 cpuid 0xffffffffffffffff - 255 exits 1 kernel 1\n"
		 "reason 49 exits 1 kernel 1\nkey 49 hypercall-class 0xffffffffffffffff w 255 exits 1 kernel 1\n", 8);
	rendered();
	has("\",reason=\"EPT_MISCONFIG\",isa=\"vmx\",class=\"hypercall-class\",access=\"w\",key=\"0xffffffffffffffff\",size=\"255\",name=\"\",account=\"kernel\"} 0.000000001\n", true);
	has("key=\"0xffffffff 4294967295\",size=\"255\"", true);
}

static void names_of_keys_need_no_escape(void **state)
{
	static const char *const names[] = {
#define NAME(class, access, first, last, name)	name,
#include "model/key_names.def"
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		if (strpbrk(names[i], "\"\\\n"))
			fail_msg("%s", names[i]);
}

/* A series of ours with numbers that we would not write. */
#define A	"kvm_vm_info{vm=\"a\",id=\"0x1\",pid=\"1\"} 1\n"

static void any_text_can_be_before(void **state)
{
	static const char *const texts[] = {
		"", "\n", "{", "x{", "x{\"\n", "x{\\", "x{a=\"\\\n} 1\n", "x{} 1", "x{} \n",
		A GUEST("a") " \n", A GUEST("a") " 99999999999999999999999\n",
		A GUEST("a") " 7.12345678901234\n", A GUEST("a") " -7\n",
		"kvm_vm_info{vm=\"", "kvm_vm_info{vm=\"\\", "kvm_vm_info{vm=\"a\",id=\"0x\n",
		"kvm_vm_info{vm=\"a\",id=\"0x1\",pid=\"1\"} 1",
		"kvm_vm_info{vm=\"a\",id=\"0x1\",pid=\"1\"} 1\n" GUEST("a") " NaN\n",
		"kvm_vm_info{vm=\"a\",id=\"0x1z\",pid=\"1\"} 1\n" GUEST("a") " 7.0\n",
		"kvm_vm_info{vm=\"a\",id=\"0x2\",pid=\"1\"} 1\n" GUEST("a") " 7.0\n",
		"# " GUEST("a") " 7\n",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		add_vm("a", "7-11", 1, 1);
		render_as(METRICS_TEXT, texts[i]);
		shows(GUEST("a"), "0.000005000");
	}
	/* Two VMs with one label: the second must get another. */
	add_vm("b", "7-11", 1, 1);
	add_vm("c", "8-11", 2, 1);
	render_as(METRICS_TEXT, "kvm_vm_info{vm=\"a\",id=\"0x1\",pid=\"1\"} 1\n"
				"kvm_vm_info{vm=\"a\",id=\"0x2\",pid=\"1\"} 1\n");
	shows("kvm_vm_vcpus{vm=\"a\"}", "1");
	shows("kvm_vm_vcpus{vm=\"c\"}", "1");
}

static void addresses_are_numbers(void **state)
{
	static const struct {
		const char *text, *address;
		unsigned int port;
	} good[] = {
		{ "9904", "127.0.0.1", 9904 },
		{ ":9904", "127.0.0.1", 9904 },
		{ "0", "127.0.0.1", 0 },
		{ "0.0.0.0:65535", "0.0.0.0", 65535 },
		{ "[::1]:9904", "::1", 9904 },
		{ "[2001:db8::1:2]:1", "2001:db8::1:2", 1 },
		{ "[fedc:fedc:fedc:fedc:fedc:fedc:192.168.100.100]:65535", "fedc:fedc:fedc:fedc:fedc:fedc:c0a8:6464", 65535 },
	};
	static const char *const bad[] = {
		"", ":", "x", "localhost:9904", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
		"127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1", "1.2.3:4", "::1:9904", "[::1]", "[::1]:",
		"[::1:9904", "::1]:9904", "[]:1", "[127.0.0.1]:1", "127.0.0.1:9904x",
		"[00000000000000000000000000000000000000000000000000000000000::1]:1",
	};
	struct sockaddr_storage address;
	const struct sockaddr_in6 *v6 = (void *)&address;
	const struct sockaddr_in *v4 = (void *)&address;
	char host[INET6_ADDRSTRLEN];
	socklen_t length;
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse_address(good[i].text, &address, &length), 0);
		if (address.ss_family == AF_INET6) {
			inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
			assert_int_equal(ntohs(v6->sin6_port), good[i].port);
			assert_int_equal(length, sizeof(*v6));
		} else {
			inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
			assert_int_equal(ntohs(v4->sin_port), good[i].port);
			assert_int_equal(length, sizeof(*v4));
		}
		assert_string_equal(host, good[i].address);
	}
	for (i = 0; i < COUNT(bad); i++)
		if (parse_address(bad[i], &address, &length) != EXIT_MISUSE)
			fail_msg("'%s' is taken for an address", bad[i]);
}

static void an_address_is_told(void **state)
{
	static const char *const texts[][2] = {
		{ "127.0.0.1:9904", "http://127.0.0.1:9904/metrics" }, { "[2001:db8::1:2]:1", "http://[2001:db8::1:2]:1/metrics" },
	};
	struct sockaddr_storage address;
	char text[ADDRESS_SIZE];
	socklen_t length;
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		assert_int_equal(parse_address(texts[i][0], &address, &length), 0);
		address_text(&address, text, sizeof(text));
		assert_string_equal(text, texts[i][1]);
	}
}

/* The lowest free descriptor */
static int next_descriptor(void)
{
	const int fd = dup(STDERR_FILENO);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

static void a_path_is_taken_from_who_has_ended(void **state)
{
	char folder[] = "/tmp/test_metrics.XXXXXX", path[64], where[80];
	const mode_t mask = umask(0);
	const int next = next_descriptor();
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	snprintf(where, sizeof(where), "unix:%s", path);
	fd = address_open(where);
	assert_int_equal(fd, next);
	assert_int_equal(next_descriptor(), next + 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(umask(0), 0);
	/* A server listens there, so nobody else may. */
	assert_int_equal(address_open(where), -1);
	assert_int_equal(next_descriptor(), next + 1);
	close(fd);
	fd = address_open(where);
	assert_int_equal(fd, next);
	close(fd);
	unlink(path);
	/* What is no socket stays. */
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	assert_int_equal(address_open(where), -1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(address_open("nowhere"), -1);
	assert_int_equal(next_descriptor(), next);
	unlink(path);
	rmdir(folder);
	umask(mask);
}

static void a_unix_socket_is_an_address(void **state)
{
	char longest[108] = "unix:", text[ADDRESS_SIZE];
	struct sockaddr_storage address;
	socklen_t length;

	(void)state;
	assert_int_equal(parse_address("unix:/run/a.sock", &address, &length), 0);
	assert_int_equal(address.ss_family, AF_UNIX);
	address_text(&address, text, sizeof(text));
	assert_string_equal(text, "unix:/run/a.sock");
	memset(longest + 5, 'x', sizeof(longest) - 6);
	assert_int_equal(parse_address(longest, &address, &length), 0);
	assert_int_equal(parse_address("unix:", &address, &length), EXIT_MISUSE);
}

static void a_request_is_read_to_its_empty_line(void **state)
{
	static const struct {
		const char *text;
		const char *path, *accept;
		bool known, bodiless;
	} good[] = {
		{ "GET /metrics HTTP/1.1\r\nHost: x\r\nACCEPT:  a/b, */*\r\n\r\nbody", "/metrics", "a/b, */*", true, false },
		{ "HEAD / HTTP/1.0\n\n", "/", NULL, true, true },
		{ "POST /x?y HTTP/1.1\r\nAccept: a\r\nAccept: b\r\n\r\n", "/x", "a", false, false },
		{ "GET http://h:1/metrics HTTP/1.1\r\n\r\n", "/metrics", NULL, true, false },
		{ "GET http://h HTTP/1.1\r\n\r\n", "", NULL, true, false },
	};
	static const char *const bad[] = {
		"GET /\r\n\r\n", "GET\n\n", " / HTTP/1.1\n\n", "GET  HTTP/1.1\n\n", "\n\n", "GET / HTTP/1.2\n\n",
		"GET / HTTP/1.1 \n\n", "GET / HTTP/1.1\nnone\n\n", "GET / HTTP/1.1\n: x\n\n",
	};
	struct http_request request;
	char head[256];
	unsigned int i;
	size_t n;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		/* Not before its last byte has arrived */
		n = strstr(good[i].text, "body") ? strlen(good[i].text) - 4 : strlen(good[i].text);
		assert_int_equal(http_head(good[i].text, n - 1), 0);
		assert_int_equal(http_head(good[i].text, strlen(good[i].text)), n);
		snprintf(head, n + 1, "%s", good[i].text);
		assert_true(http_parse(head, &request));
		assert_string_equal(request.path, good[i].path);
		assert_true(request.known == good[i].known && request.bodiless == good[i].bodiless);
		if (good[i].accept)
			assert_string_equal(request.accept, good[i].accept);
		else
			assert_null(request.accept);
	}
	/* Lines of one byte are not empty. */
	assert_int_equal(http_head("GET / HTTP/1.1\nx\n\ry\n", 20), 0);
	for (i = 0; i < COUNT(bad); i++) {
		snprintf(head, sizeof(head), "%s", bad[i]);
		if (http_parse(head, &request))
			fail_msg("taken for a request: %s", bad[i]);
	}
}

static void openmetrics_where_it_is_asked_for(void **state)
{
	static const struct {
		const char *accept;
		enum metrics_format format;
	} cases[] = {
		{ NULL, METRICS_TEXT },
		{ "", METRICS_TEXT },
		{ "*/*", METRICS_TEXT },
		{ "text/html, application/xhtml+xml", METRICS_TEXT },
		{ "application/openmetrics-text", METRICS_OPENMETRICS },
		{ "Application/OpenMetrics-Text ; Version=\"1.0.0\"", METRICS_OPENMETRICS },
		{ "application/openmetrics-text;version=0.0.1", METRICS_TEXT },
		{ "application/openmetrics-text;version=2.0.0;q=1, text/plain;q=0.1", METRICS_TEXT },
		{ "application/openmetrics-text;q=0", METRICS_TEXT },
		{ "application/openmetrics-text;q=0.2,text/plain;q=0.5", METRICS_TEXT },
		{ "text/plain;q=0.5,application/openmetrics-text;q=0.6", METRICS_OPENMETRICS },
		{ "text/html, \tapplication/openmetrics-text", METRICS_OPENMETRICS },
		{ "text/plain,application/openmetrics-text", METRICS_OPENMETRICS },
		{ "application/openmetrics-textual", METRICS_TEXT },
		{ ",;q=,;=;,,", METRICS_TEXT },
		/* Prometheus 2.53, with and without the format of protobuf; 3.0 */
		{ "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", METRICS_OPENMETRICS },
		{ "text/plain;version=0.0.4;q=0.5,*/*;q=0.4", METRICS_TEXT },
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1", METRICS_OPENMETRICS },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (negotiate(cases[i].accept) != cases[i].format)
			fail_msg("%s", cases[i].accept ?: "(none)");
}

/* @path must contain @wanted. */
static void holds(const char *path, const char *wanted)
{
	char *content = read_file(path, NULL);

	assert_non_null(content);
	assert_string_equal(content, wanted);
	free(content);
}

/* By QMP neither process nor age is known. */
static void a_process_may_not_be_known(void **state)
{
	(void)state;
	add_vm("web", "/run/a", 1, 1);
	vms[0].pid = 0;
	rendered();
	shows("kvm_vm_info{vm=\"web\",id=\"0x0000000000000001\",pid=\"\"}", "1");
}

#define SERIES	3000

/* FNV-1a without a secret seed */
static uint64_t fnv(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

/* Samples of many VMs, with any names, or with @chosen names that all hash to one of 8,192 slots. */
static char *text_of_vms(bool chosen)
{
	static const char begin[] = "x{vm=\"";
	const uint64_t first = fnv(0xcbf29ce484222325, begin);
	unsigned int nr = 0, i = 0;
	char *text = NULL, end[24];
	uint64_t hash;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	while (nr < SERIES) {
		snprintf(end, sizeof(end), "%u\"}", i++);
		hash = chosen ? fnv(first, end) : 0;
		if ((hash ^ hash >> 32) % 8192)
			continue;
		fprintf(out, "%s%s 1\n", begin, end);
		nr++;
	}
	fclose(out);
	return text;
}

/* CPU time in ns, the minimum of several runs */
static uint64_t time_to_remember(const char *text)
{
	uint64_t least = UINT64_MAX, ns;
	struct timespec a, b;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		memory_free(memory_of(text));
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		ns = (b.tv_sec - a.tv_sec) * SECOND + b.tv_nsec - a.tv_nsec;
		least = ns < least ? ns : least;
	}
	return least;
}

static void names_that_are_chosen_for_it_cost_no_more(void **state)
{
	char *any = text_of_vms(false), *chosen = text_of_vms(true);
	const uint64_t usual = time_to_remember(any), ns = time_to_remember(chosen);

	(void)state;
	print_message("any names %llu ns, chosen ones %llu ns\n", (unsigned long long)usual,
		      (unsigned long long)ns);
	assert_true(ns < 4 * usual);
	free(any);
	free(chosen);
}

static void a_file_is_replaced_at_once(void **state)
{
	char folder[] = "/tmp/test_metrics.XXXXXX", path[64], link[64], new[64];
	const mode_t mask = umask(077);
	struct stat st;
	int old;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(link, sizeof(link), "%s/link", folder);
	snprintf(new, sizeof(new), "%s/file.new", folder);
	assert_int_equal(take_turns(path), 0);
	assert_int_equal(replace_file(path, "one"), 0);
	old = open(path, O_RDONLY);
	/* A file that was left behind, or that somebody has put there, is not written to. */
	assert_int_equal(symlink("/dev/full", new), 0);
	assert_int_equal(replace_file(path, "two"), 0);
	holds(path, "two");
	assert_int_equal(pread(old, new, 3, 0), 3);
	assert_memory_equal(new, "one", 3);
	close(old);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);

	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(replace_file(link, "three"), 0);
	holds(path, "three");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));

	assert_int_equal(replace_file(folder, "x"), EXIT_MISUSE);
	assert_int_equal(replace_file("/dev/null", "x"), EXIT_MISUSE);
	assert_int_equal(take_turns("/dev/null/x"), EXIT_MISUSE);
	assert_int_equal(replace_file("/dev/null/x", "x"), EXIT_MISUSE);
	unlink(link);
	unlink(path);
	/* The folder is empty otherwise. */
	assert_int_equal(rmdir(folder), 0);
	umask(mask);
}

static void a_link_of_somebody_else_is_refused(void **state)
{
	char folder[] = "/tmp/test_metrics.XXXXXX", path[64], link[64], second[64], *real;
	struct stat st;

	(void)state;
	if (geteuid())
		skip();
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/secret", folder);
	snprintf(link, sizeof(link), "%s/link", folder);
	snprintf(second, sizeof(second), "%s/second", folder);
	assert_int_equal(replace_file(path, "secret"), 0);
	/* Our link leads to another user's. */
	assert_int_equal(symlink("link", second), 0);
	assert_int_equal(symlink(path, link), 0);
	real = real_file(second);
	assert_string_equal(real, path);
	free(real);
	assert_int_equal(lchown(link, 65534, 65534), 0);
	assert_int_equal(replace_file(link, "x"), EXIT_MISUSE);
	assert_int_equal(replace_file(second, "x"), EXIT_MISUSE);
	assert_null(real_file(link));
	holds(path, "secret");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	/* A link or FIFO put there after the check is neither followed nor waited for. */
	assert_null(read_real_file(link));
	unlink(second);
	assert_int_equal(mkfifo(second, 0600), 0);
	assert_null(read_real_file(second));
	unlink(second);
	assert_int_equal(symlink(second, second), 0);
	assert_int_equal(replace_file(second, "x"), EXIT_MISUSE);
	unlink(second);
	unlink(link);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

/* As on a full disk */
static void a_file_that_cannot_be_written_leaves_nothing(void **state)
{
	char folder[] = "/tmp/test_metrics.XXXXXX", path[64];
	const struct rlimit little = { 3, RLIM_INFINITY };
	struct rlimit before;
	int ret;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	assert_int_equal(replace_file(path, "one"), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	setrlimit(RLIMIT_FSIZE, &little);
	ret = replace_file(path, "three");
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(ret, EXIT_MISUSE);
	holds(path, "one");
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

#define LONG_MS	60000

/* A process waits for its turn, but not for ever. */
static void two_at_a_time_take_turns(void **state)
{
	char folder[] = "/tmp/test_metrics.XXXXXX", path[64];
	const struct waits usual = waits;
	uint64_t begun = now_ms();
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	fd = open(folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	waits.turn = 300;
	assert_int_equal(take_turns(path), EXIT_MISUSE);
	assert_in_range(now_ms() - begun, 300, LONG_MS);
	waits.turn = LONG_MS;
	begun = now_ms();
	if (!fork()) {
		usleep(300000);
		flock(fd, LOCK_UN);
		_exit(0);
	}
	assert_int_equal(take_turns(path), 0);
	assert_in_range(now_ms() - begun, 300, LONG_MS / 2);
	wait(NULL);
	close(fd);
	waits = usual;
	assert_int_equal(rmdir(folder), 0);
}

static int teardown(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(samples_are_as_documented, setup),
		cmocka_unit_test_setup(openmetrics_names_families, setup),
		cmocka_unit_test_setup(families_stand_together, setup),
		cmocka_unit_test_setup(an_account_with_time_has_a_series, setup),
		cmocka_unit_test_setup(what_is_not_measured_has_no_series, setup),
		cmocka_unit_test_setup(vcpus_can_be_summed, setup),
		cmocka_unit_test_setup(numbers_are_exact, setup),
		cmocka_unit_test_setup(a_process_may_not_be_known, setup),
		cmocka_unit_test_setup(labels_are_escaped, setup),
		cmocka_unit_test_setup(every_vm_has_a_label_of_its_own, setup),
		cmocka_unit_test_setup(a_vm_keeps_its_label, setup),
		cmocka_unit_test_setup(what_came_too_late_has_its_time, setup),
		cmocka_unit_test_setup(counters_do_not_go_back, setup),
		cmocka_unit_test_setup(a_sum_of_fewer_vcpus_begins_again, setup),
		cmocka_unit_test_setup(a_file_of_any_name_has_room, setup),
		cmocka_unit_test_setup(the_first_keys_of_each_reason_are_exported, setup),
		cmocka_unit_test_setup(the_whole_answer_is_as_expected, setup),
		cmocka_unit_test_setup(keys_that_are_not_there_have_no_series, setup),
		cmocka_unit_test_setup(keys_do_not_go_back, setup),
		cmocka_unit_test_setup(keys_of_another_period_begin_again, setup),
		cmocka_unit_test_setup(a_key_has_room, setup),
		cmocka_unit_test_setup(names_of_keys_need_no_escape, setup),
		cmocka_unit_test_setup(any_text_can_be_before, setup),
		cmocka_unit_test(addresses_are_numbers),
		cmocka_unit_test(a_unix_socket_is_an_address),
		cmocka_unit_test(an_address_is_told),
		cmocka_unit_test(a_path_is_taken_from_who_has_ended),
		cmocka_unit_test(a_request_is_read_to_its_empty_line),
		cmocka_unit_test(openmetrics_where_it_is_asked_for),
		cmocka_unit_test(names_that_are_chosen_for_it_cost_no_more),
		cmocka_unit_test(a_file_is_replaced_at_once),
		cmocka_unit_test(a_link_of_somebody_else_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_written_leaves_nothing),
		cmocka_unit_test(two_at_a_time_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
