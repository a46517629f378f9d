// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: filters, the parser of the file exitstat, QEMU's options, and what
 * counts as a difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/message.h"
#include "lib/waits.h"
#include "model/histogram.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "source/debugfs.h"
#include "source/source_debugfs.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/vmm_name.h"
#include "source/why.h"
#include "verify/cmd_verify.h"
#include "verify/descriptors.h"
#include "verify/tracepoint.h"
#include "verify/verify.h"
#include "verify/verify_render.h"
#include "verify/verify_watch.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expected.h"
#include "keep_json.h"
#include "own_debugfs.h"

#define VMX	KVM_EXITSTAT_ISA_VMX
#define SVM	KVM_EXITSTAT_ISA_SVM
#define EXITS	KVM_EXITSTAT_V_EXITS
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

/* A term of the kernel's filters: FIELD OP NUMBER, or its negation. */
struct term {
	bool negated;
	bool equal;
	uint64_t number;
};

static unsigned int parse_filter(const char *filter, struct term *terms)
{
	unsigned int nr = 0;
	int n;

	for (;; nr++, filter += 4) {
		struct term *t = &terms[nr];

		*t = (struct term) {};
		n = 0;
		if (sscanf(filter, "exit_reason == 0x%" SCNx64 "%n", &t->number, &n) == 1 && n)
			t->equal = true;
		else if (sscanf(filter, "!(exit_reason & 0x%" SCNx64 ")%n", &t->number, &n) == 1 && n)
			t->negated = true;
		else if (sscanf(filter, "exit_reason & 0x%" SCNx64 "%n", &t->number, &n) != 1 || !n)
			fail_msg("not a term: %s", filter);
		filter += n;
		if (!*filter)
			return nr + 1;
		assert_memory_equal(filter, " && ", 4);
	}
}

static bool matches(const struct term *terms, unsigned int nr, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const bool is = terms[i].equal ? value == terms[i].number :
						 (value & terms[i].number) != 0;

		if (is == terms[i].negated)
			return false;
	}
	return true;
}

static void check_filter(uint32_t isa, uint32_t reason, const uint64_t *flags,
			 unsigned int nr_flags)
{
	char filter[FILTER_SIZE];
	struct term terms[20];
	unsigned int nr, i;
	uint64_t low;

	tracepoint_filter(isa, reason, filter, sizeof(filter));
	assert_true(strlen(filter) < sizeof(filter) - 1);
	nr = parse_filter(filter, terms);
	for (i = 0; i < nr_flags; i++)
		for (low = 0; low < 0x10000; low++) {
			const uint64_t value = flags[i] | low;
			const bool want = isa == VMX ? low == reason : value == reason;

			if (matches(terms, nr, value) != want)
				fail_msg("%s: 0x%" PRIx64 " %s", filter, value,
					 want ? "does not match" : "matches");
		}
}

static void filters_match_their_reason_alone(void **state)
{
	/* VMX: enclave, SMM, failed entry; SVM with 64 bits: invalid */
	static const uint64_t vmx[] = { 0, 1ull << 27, 1ull << 31, 0xffff0000 };
	static const uint64_t svm[] = { 0, 0xffff0000, 0xffffffffffff0000 };
	static const uint32_t odd[] = { 86, 0x5555, 0xaaaa, 0x7fff, 0x8000, 0xffff };
	unsigned int i;

	(void)state;
	for (i = 0; i < reasons_nr(VMX); i++)
		check_filter(VMX, reasons_number(VMX, i), vmx, COUNT(vmx));
	for (i = 0; i < COUNT(odd); i++)
		check_filter(VMX, odd[i], vmx, COUNT(vmx));
	for (i = 0; i < reasons_nr(SVM); i++)
		check_filter(SVM, reasons_number(SVM, i), svm, COUNT(svm));
}

/* /proc/self/mem at 0 gives EIO, a folder EISDIR, a VM's file that is removed meanwhile ENODEV. */
static void a_file_that_cannot_be_read_is_not_of_a_bad_format(void **state)
{
	static const struct {
		const char *path;
		int err;
	} bad[] = { { "/proc/self/mem", EIO }, { "/proc", EISDIR }, { "/proc/none", ENOENT } };
	struct debugfs_file *file = malloc(sizeof(*file));
	char why[WHY_SIZE], start[16];
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(debugfs_read(bad[i].path, NULL, file, why, sizeof(why)), -bad[i].err);
		assert_int_equal(debugfs_read(bad[i].path, "all", file, why, sizeof(why)), -bad[i].err);
		errno = 0;
		assert_false(read_start(bad[i].path, start, sizeof(start)));
		assert_int_equal(errno, bad[i].err);
	}
	free(file);
}

static void filters_are_as_documented(void **state)
{
	char filter[FILTER_SIZE];

	(void)state;
	tracepoint_filter(VMX, 10, filter, sizeof(filter));
	assert_string_equal(filter, "exit_reason & 0x2 && exit_reason & 0x8 && !(exit_reason & 0xfff5)");
	tracepoint_filter(VMX, 0, filter, sizeof(filter));
	assert_string_equal(filter, "!(exit_reason & 0xffff)");
	tracepoint_filter(SVM, 0x400, filter, sizeof(filter));
	assert_string_equal(filter, "exit_reason == 0x400");
}

#define SCALARS								\
	"id 0x8c5d7f0a31e2b964\n"					\
	"counting 1\n"							\
	"histograms 1\n"						\
	"untrusted 0\n"							\
	"tsc_khz 3000000\n"						\
	"lifetime 91873462\n"						\
	"guest 40288012\n"						\
	"outside 3018233\n"						\
	"anomalies 7\n"							\
	"torn 2\n"
#define HEAD(isa)	"kvm-exitstat 1\nisa " isa "\nvcpu 3\n" SCALARS
#define SUM(isa)	"kvm-exitstat 1\nisa " isa "\nvcpus 258\n" SCALARS
#define TIMES	" kernel 1 user 2 halt 3 preempt 4 block 5 longest 6"
#define TOTAL(n)	"total exits " #n TIMES "\n"

static struct debugfs_file file;
static char why[WHY_SIZE];

static int parse(const char *text)
{
	char *copy = strdup(text);
	int ret = debugfs_parse(copy, &file, why, sizeof(why));

	free(copy);
	return ret;
}

static const struct row *row_of(uint32_t reason)
{
	unsigned int i;

	for (i = 0; i < file.reading.nr_rows; i++)
		if (file.reading.rows[i].reason == reason)
			return &file.reading.rows[i];
	fail_msg("no row for reason %u", reason);
	return NULL;
}

static void every_record_is_read(void **state)
{
	const struct reading *r = &file.reading;
	unsigned int v;

	(void)state;
	assert_int_equal(parse(HEAD("svm") TOTAL(1015)
		"reason 0x060 exits 201 kernel 812233 user 0 halt 0 preempt 200000 block 0 longest 301010 name interrupt\n"
		"hist 0x060 11 180 12 21\n"
		"reason 0x400 exits 812" TIMES " name npf with spaces\n"
		"reason other exits 1" TIMES " name other\n"
		"reason none exits 1 kernel 20344 user 800 halt 0 preempt 0 block 0 longest 0 name none\n"), 0);
	assert_int_equal(r->abi_version, 1);
	assert_int_equal(r->isa, SVM);
	assert_true(r->id == 0x8c5d7f0a31e2b964);
	assert_int_equal(file.vcpu, 3);
	assert_int_equal(r->vcpu, 3);
	assert_true(r->counting && r->histograms && !r->untrusted);
	assert_int_equal(r->tsc_khz, 3000000);
	assert_int_equal(r->lifetime, 91873462);
	assert_int_equal(r->guest, 40288012);
	assert_int_equal(r->outside, 3018233);
	assert_int_equal(r->anomalies, 7);
	assert_int_equal(file.torn, 2);
	assert_int_equal(r->from, FROM_DEBUGFS);
	assert_true(r->adds_up);
	assert_int_equal(r->vcpus, 1);
	assert_int_equal(r->guest_cpu, -1);
	assert_int_equal(r->total.v[EXITS], 1015);
	for (v = 1; v < KVM_EXITSTAT_NR_V; v++) {
		assert_int_equal(r->total.v[v], v);
		assert_int_equal(row_of(0x400)->v[v], v);
		assert_int_equal(r->other.v[v], v);
	}
	assert_int_equal(row_of(0x060)->v[EXITS], 201);
	assert_int_equal(row_of(0x060)->v[KVM_EXITSTAT_V_KERNEL], 812233);
	assert_int_equal(row_of(0x060)->v[KVM_EXITSTAT_V_LONGEST], 301010);
	assert_string_equal(row_of(0x072)->name, "cpuid");
	assert_int_equal(row_of(0x072)->v[EXITS], 0);
	assert_int_equal(r->other.v[EXITS], 1);
	assert_int_equal(r->none.v[KVM_EXITSTAT_V_USER], 800);
	assert_true(debugfs_exits_add_up(r));
	file.reading.total.v[EXITS]++;
	assert_false(debugfs_exits_add_up(r));
}

/* The file of a VM or of the host: "vcpus" in place of "vcpu". */
static void a_sum_is_read(void **state)
{
	(void)state;
	assert_int_equal(parse(SUM("vmx") TOTAL(2) "reason 10 exits 2" TIMES " name CPUID\n"), 0);
	assert_true(file.sum);
	assert_int_equal(file.reading.vcpus, 258);
	assert_int_equal(file.reading.vcpu, -1);
	assert_int_equal(row_of(10)->v[EXITS], 2);
	assert_int_equal(parse(HEAD("vmx") TOTAL(0)), 0);
	assert_false(file.sum);
	assert_int_equal(file.reading.vcpus, 1);
	assert_int_not_equal(parse("kvm-exitstat 1\nisa vmx\n" SCALARS TOTAL(0)), 0);
	has(why, "no record 'vcpu'");
}

#define HISTS \
	"hist 0x000 12 4\n" \
	"hist 0x060 11 180 12 21\n" \
	"hist 0x400 0 1 63 18446744073709551614\n" \
	"hist 0x500 5 7\n" \
	"hist other 5 2 11 1\n"

static uint64_t bucket_of(const char *hist, unsigned int bucket)
{
	char *copy = strdup(HEAD("svm") TOTAL(0) HISTS);

	assert_int_equal(parse(HEAD("svm") TOTAL(0) HISTS), 0);
	assert_int_equal(hist_find(&file.reading, hist, why, sizeof(why)), 0);
	assert_int_equal(debugfs_parse_hist(copy, &file.reading, why, sizeof(why)), 0);
	free(copy);
	return file.reading.hist[bucket];
}

static void a_histogram_is_read(void **state)
{
	static const char *const wrong[] = {
		"hist", "hist x 1 1", "hist 1 64 1", "hist 1 1", "hist 1 1 -1", "hist none 1 1",
	};
	unsigned int i;
	char copy[64];

	(void)state;
	assert_int_equal(bucket_of("interrupt", 11), 180);
	assert_int_equal(bucket_of("0x60", 12), 21);
	assert_int_equal(bucket_of("0x60", 0), 0);
	assert_int_equal(bucket_of("read_cr0", 12), 4);
	assert_true(bucket_of("npf", 63) == UINT64_MAX - 1);
	/* A reason without a row counts as "other". */
	assert_int_equal(bucket_of("other", 5), 9);
	assert_int_equal(bucket_of("other", 11), 1);
	assert_int_equal(bucket_of("total", 11), 181);
	assert_int_equal(bucket_of("total", 0), 1);
	assert_int_equal(bucket_of("total", 5), 9);
	assert_int_equal(bucket_of("cpuid", 11), 0);
	for (i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(parse(HEAD("svm") TOTAL(0)), 0);
		file.reading.hist_of = &file.reading.total;
		snprintf(copy, sizeof(copy), "%s", wrong[i]);
		if (!debugfs_parse_hist(copy, &file.reading, why, sizeof(why)))
			fail_msg("taken: %s", wrong[i]);
		has(why, wrong[i]);
	}
	assert_int_equal(hist_find(&file.reading, "bogus", why, sizeof(why)), -1);
	has(why, "exit reason 'bogus' has no counter");
	file.reading.histograms = false;
	assert_int_equal(hist_find(&file.reading, "total", why, sizeof(why)), -1);
	has(why, "exitstat_hist=1");
}

static void what_is_unknown_is_passed_over(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD("vmx") "colour blue\nlonely\n\n"
		"total exits 12 flavour 0x7 kernel 1 smell sweet name total\n"
		"reason 10 new 5 exits 5 name CPUID\n"
		"reason 4096 exits 3 longest 9 name BRAND_NEW\n"
		"reason 0x1001 exits 3 longest 8 name NEWER\n"
		"reason other exits 1 longest 4 name other\n"), 0);
	assert_int_equal(file.reading.isa, VMX);
	assert_int_equal(row_of(10)->v[EXITS], 5);
	assert_int_equal(file.reading.other.v[EXITS], 7);
	assert_int_equal(file.reading.other.v[KVM_EXITSTAT_V_LONGEST], 9);
	assert_true(debugfs_exits_add_up(&file.reading));
}

static void numbers_may_have_64_bits(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD("vmx")
		"total exits 18446744073709551615\n"
		"reason 10 exits 0xffffffffffffffff name CPUID\n"), 0);
	assert_true(file.reading.total.v[EXITS] == UINT64_MAX);
	assert_true(row_of(10)->v[EXITS] == UINT64_MAX);
	assert_int_not_equal(parse(HEAD("vmx") "total exits 18446744073709551616\n"), 0);
	has(why, "line 14, 'total exits 18446744073709551616'");
}

static void what_is_malformed_is_told(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "no record 'kvm-exitstat'" },
		{ "exits 5\n", "line 1, 'exits 5'" },
		{ "kvm-exitstat 2\n", "line 1, 'kvm-exitstat 2', does not follow version 1" },
		{ "kvm-exitstat\n", "line 1" },
		{ "kvm-exitstat 1\nisa arm\n", "line 2, 'isa arm'" },
		{ "kvm-exitstat 1\nisa\n", "line 2" },
		{ "kvm-exitstat 1\nreason 1 exits 1\n", "line 2" },
		{ "kvm-exitstat 1\ntotal exits 1\n", "no record 'isa'" },
		{ HEAD("vmx"), "no record 'total'" },
		{ "kvm-exitstat 1\nisa vmx\n" TOTAL(0), "no record 'counting'" },
		{ HEAD("vmx") TOTAL(0) "isa vmx\n", "line 15, 'isa vmx'" },
		{ HEAD("vmx") TOTAL(0) TOTAL(0), "line 15" },
		{ HEAD("vmx") TOTAL(0) "vcpu 3\n", "line 15, 'vcpu 3'" },
		{ HEAD("vmx") TOTAL(0) "reason 1 exits 1\nreason 1 exits 1\n", "line 16" },
		{ HEAD("vmx") TOTAL(0) "reason other exits 1\nreason other exits 1\n", "line 16" },
		{ HEAD("vmx") TOTAL(0) "reason none exits 0\nreason none exits 0\n", "line 16" },
		{ HEAD("vmx") TOTAL(0) "reason 1 exits 1 exits 2\n", "line 15" },
		{ HEAD("vmx") TOTAL(0) "reason 1 exits\n", "line 15" },
		{ HEAD("vmx") TOTAL(0) "reason 1 kernel 1\n", "line 15" },
		{ HEAD("vmx") TOTAL(0) "reason 1 exits -1\n", "line 15" },
		{ HEAD("vmx") TOTAL(0) "reason 1 exits 1x\n", "line 15" },
		{ HEAD("vmx") TOTAL(0) "reason 1 exits 0x\n", "line 15" },
		{ HEAD("vmx") TOTAL(0) "reason 1 exits +1\n", "line 15" },
		{ HEAD("vmx") TOTAL(0) "reason\n", "line 15" },
		{ HEAD("vmx") TOTAL(0) "reason x exits 1\n", "line 15" },
		{ HEAD("vmx") TOTAL(0) "reason 4096 exits 1x name BRAND_NEW\n", "line 15" },
		{ HEAD("vmx") "total kernel 1\n", "line 14" },
		{ HEAD("vmx") TOTAL(0) "vcpus 2\n", "line 15, 'vcpus 2'" },
		{ SUM("vmx") TOTAL(0) "vcpu 2\n", "line 15, 'vcpu 2'" },
		{ SUM("vmx") TOTAL(0) "vcpus 2\n", "line 15, 'vcpus 2'" },
		/* cut off within a line, so the end of a number may be missing */
		{ HEAD("vmx") "total exits 12", "line 14, 'total exits 12'" },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		why[0] = '\0';
		if (!parse(cases[i].text))
			fail_msg("taken: %s", cases[i].text);
		has(why, cases[i].why);
		assert_null(strchr(why, '\n'));
	}
}

/* Each number must be there. */
static void what_is_missing_is_told(void **state)
{
	static const char whole[] = HEAD("vmx") TOTAL(0);
	const char *line, *end;
	char text[sizeof(whole)], part[64];

	(void)state;
	for (line = whole; *line; line = end + 1) {
		end = strchr(line, '\n');
		snprintf(text, sizeof(text), "%.*s%s", (int)(line - whole), whole, end + 1);
		if (!parse(text))
			fail_msg("taken: %s", text);
		if (line == whole)
			continue;
		snprintf(part, sizeof(part), "no record '%.*s'", (int)strcspn(line, " "), line);
		has(why, part);
	}
}

static void scalars_have_their_ranges(void **state)
{
	static const char *const most[] = {
		"id 18446744073709551615", "vcpu 2147483647", "vcpus 4294967295", "tsc_khz 4294967295",
		"counting 1", "histograms 1", "untrusted 1", "torn 18446744073709551615",
	};
	static const char *const more[] = {
		"id 18446744073709551616", "vcpu 2147483648", "vcpus 4294967296", "tsc_khz 4294967296",
		"counting 2", "histograms 2", "untrusted 2", "torn 18446744073709551616",
	};
	char text[96];
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(most); i++) {
		snprintf(text, sizeof(text), "kvm-exitstat 1\nisa vmx\ntotal exits 0\n%s\n", most[i]);
		assert_int_not_equal(parse(text), 0);
		has(why, "it has no record");
		snprintf(text, sizeof(text), "kvm-exitstat 1\nisa vmx\ntotal exits 0\n%s\n", more[i]);
		assert_int_not_equal(parse(text), 0);
		has(why, more[i]);
	}
}

static void a_file_is_read_whole(void **state)
{
	const int fd = memfd_create("exitstat", 0);
	char path[32], *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int i;

	(void)state;
	fputs(HEAD("vmx") TOTAL(86), out);
	for (i = 0; i < 86; i++) {
		fprintf(out, "reason %u exits 1 name %0*d\n", i, 2000, 0);
		fprintf(out, "hist %u 1 1\n", i);
	}
	fclose(out);
	assert_int_equal(write(fd, text, size), size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(debugfs_read(path, NULL, &file, why, sizeof(why)), 0);
	assert_int_equal(row_of(85)->v[EXITS], 1);
	assert_true(debugfs_exits_add_up(&file.reading));
	assert_int_equal(debugfs_read(path, "total", &file, why, sizeof(why)), 0);
	assert_int_equal(file.reading.hist[1], 86);
	assert_int_equal(debugfs_read(path, "none such", &file, why, sizeof(why)), 1);
	has(why, "exit reason 'none such' has no counter");

	assert_int_equal(ftruncate(fd, 70), 0);
	assert_int_equal(debugfs_read(path, NULL, &file, why, sizeof(why)), 1);
	has(why, "cannot be understood");
	assert_int_equal(debugfs_read("/nonexistent", NULL, &file, why, sizeof(why)), -ENOENT);
	free(text);
	close(fd);
}

#define NAME(text)	name_is(text, sizeof(text))

static char name[VM_NAME_SIZE];

static const char *name_is(const char *args, size_t size)
{
	return vmm_name(args, size, name) ? name : NULL;
}

static void qemu_says_its_name(void **state)
{
	(void)state;
	assert_string_equal(NAME("qemu\0-name\0web1"), "web1");
	assert_string_equal(NAME("qemu\0-m\0" "512\0-name\0guest=web 1,debug-threads=on"), "web 1");
	assert_string_equal(NAME("qemu\0--name\0debug-threads=on,guest=a"), "a");
	assert_string_equal(NAME("qemu\0-name\0web,process=x"), "web");
	assert_string_equal(NAME("qemu\0-name\0a,,b,,c,process=x"), "a,b,c");
	assert_string_equal(NAME("qemu\0-name\0a\0-name\0b"), "b");
	assert_string_equal(NAME("qemu\0-name\0a\0-name\0debug-threads=on"), "a");
	assert_null(NAME("qemu"));
	assert_null(NAME("qemu\0-name"));
	assert_null(NAME("qemu\0-name\0"));
	assert_null(NAME("qemu\0-name\0debug-threads=on"));
	assert_null(NAME("qemu\0name\0web1"));
	assert_null(NAME("qemu\0-names\0web1"));
	/* The kernel has cut the arguments, or the process has overwritten them. */
	assert_null(name_is("qemu\0-name\0web1", 14));
	assert_null(name_is("", 0));
}

/* By QMP the name is cut at the same place: test_source.c. */
static void a_long_name_is_cut_at_a_character(void **state)
{
	char all[700] = "qemu\0-name\0a", *at = all + 11;
	unsigned int i;

	(void)state;
	memset(at, 'x', 200);
	assert_string_equal(name_is(all, sizeof(all)), at);
	memset(at, 'x', 600);
	assert_int_equal(strlen(name_is(all, sizeof(all))), VM_NAME_SIZE - 1);
	for (i = 0; i < 200; i++)
		memcpy(at + 1 + 3 * i, "\xe8\xaf\xad", 3);
	assert_int_equal(strlen(name_is(all, sizeof(all))), 1 + 84 * 3);
}

static void other_vmms_say_their_names(void **state)
{
	(void)state;
	assert_string_equal(NAME("/usr/bin/lkvm\0run\0-n\0web1\0-m\0" "128"), "web1");
	assert_string_equal(NAME("lkvm\0run\0--name=web 1"), "web 1");
	assert_string_equal(NAME("lkvm\0run\0-nweb1\0--network\0mode=none"), "web1");
	assert_string_equal(NAME("/x/crosvm\0run\0--name\0vm3\0kernel"), "vm3");
	assert_string_equal(NAME("/firecracker\0--id\0" "551e7604\0--start-time-us\0" "1"), "551e7604");
	assert_string_equal(NAME("firecracker-v1.7-x86_64\0--id=a\0--api-sock\0/s"), "a");
	assert_string_equal(NAME("cloud-hypervisor\0--api-socket\0path=/run/ch1.sock"), "/run/ch1.sock");
	assert_string_equal(NAME("cloud-hypervisor\0--api-socket=/run/ch2.sock"), "/run/ch2.sock");
	assert_string_equal(NAME("/usr/lib/virtualbox/VBoxHeadless\0--comment\0old box\0--startvm\0" "6f2d"), "old box");
	assert_string_equal(NAME("/usr/lib/virtualbox/VirtualBoxVM\0--startvm\0" "6f2d"), "6f2d");
	assert_null(NAME("firecracker\0--name\0x"));
	assert_null(NAME("lkvm\0run\0-m\0" "128"));
	assert_null(name_is("lkvm\0-n\0web1", 12));
	assert_null(name_is("lkvm", 4));
}

static const char *qmp_is(const char *args, size_t size)
{
	static char path[PATH_MAX];

	return qemu_qmp(args, size, path) ? path : NULL;
}

#define QMP(text)	qmp_is(text, sizeof(text))

static void qemu_says_where_it_listens(void **state)
{
	(void)state;
	assert_string_equal(QMP("q\0-qmp\0unix:/run/a,server=on,wait=off"), "/run/a");
	assert_string_equal(QMP("q\0-qmp\0unix:b,server,nowait"), "b");
	assert_string_equal(QMP("q\0-qmp\0stdio\0-qmp\0unix:/run/c,server"), "/run/c");
	assert_string_equal(QMP("q\0-chardev\0socket,id=m,path=/run/d,server=on\0-mon\0chardev=m,mode=control"),
			    "/run/d");
	assert_string_equal(QMP("q\0-mon\0mode=control,chardev=n\0-chardev\0stdio,id=m\0-chardev\0socket,path=/a,,b,id=n"),
			    "/a,b");
	assert_string_equal(QMP("q\0-chardev\0socket,id=m,path=/run/d\0-mon\0m,mode=control"), "/run/d");
	assert_null(QMP("q\0-chardev\0socket,id=m,path=/run/d\0-mon\0chardev=m"));
	assert_null(QMP("q\0-chardev\0socket,id=m,path=/run/d\0-mon\0chardev=m,mode=readline"));
	assert_null(QMP("q\0-chardev\0socket,id=m,fd=29,server=on\0-mon\0chardev=m,mode=control"));
	assert_null(QMP("q\0-chardev\0socket,id=m,path=x,abstract=on\0-mon\0chardev=m,mode=control"));
	assert_null(QMP("q\0-chardev\0socket,id=mm,path=x\0-mon\0chardev=m,mode=control"));
	assert_null(QMP("q\0-qmp\0tcp:localhost:4444,server=on"));
	assert_null(QMP("q\0-qmp\0unix:"));
	assert_null(QMP("q\0-chardev\0socket,id=m,path=\0-mon\0chardev=m,mode=control"));
	assert_null(QMP("q\0-chardev\0socket,id=m,path=/run/d\0-mon\0chardev=m,mode=control-and-more"));
	assert_null(QMP("q\0-chardev\0stdio,id=x\0-chardev\0socket,id=m,path=/run/d\0-mon\0chardev=x,mode=control"));
	assert_null(QMP("q\0-qmp"));
}

static bool compare(struct counter *c, uint64_t low, uint64_t ours, uint64_t high)
{
	const struct bracket b = { low, ours, high };

	return counter_compare(c, &b);
}

static void what_is_equal_agrees(void **state)
{
	struct counter c = {};

	(void)state;
	assert_true(compare(&c, 0, 1000, 0));
	assert_true(compare(&c, 500, 1500, 500));
	assert_true(compare(&c, 500, 1500, 500));
	assert_int_equal(c.ours, 500);
	assert_int_equal(c.low, 500);
	assert_int_equal(c.high, 500);
	assert_int_equal(c.missing + c.extra, 0);
}

/* Exits of the events before the first reading are not compared. */
static void the_first_reading_is_the_beginning(void **state)
{
	struct counter less = {}, more = {};

	(void)state;
	assert_true(compare(&less, 5, 1000, 7));
	assert_true(compare(&less, 15, 1008, 17));
	assert_false(compare(&less, 25, 1017, 27));
	assert_int_equal(less.missing, 1);
	assert_true(compare(&more, 5, 1000, 7));
	assert_false(compare(&more, 15, 1013, 17));
	assert_int_equal(more.extra, 1);
}

static void off_by_one_is_a_difference_both_ways(void **state)
{
	struct counter less = {}, more = {};

	(void)state;
	assert_true(compare(&less, 0, 1000, 0));
	assert_false(compare(&less, 500, 1499, 500));
	assert_int_equal(less.missing, 1);
	assert_int_equal(less.extra, 0);
	assert_true(compare(&more, 0, 1000, 0));
	assert_false(compare(&more, 500, 1501, 500));
	assert_int_equal(more.missing, 0);
	assert_int_equal(more.extra, 1);
	/* The difference stays: missing exits do not come back. */
	assert_false(compare(&less, 600, 1599, 600));
	assert_int_equal(less.missing, 1);
	/* The largest difference counts, and neither a smaller one nor a later agreement cancels it. */
	assert_false(compare(&less, 700, 1697, 700));
	assert_false(compare(&less, 750, 1748, 750));
	assert_true(compare(&less, 800, 1800, 800));
	assert_int_equal(less.missing, 3);
	assert_false(compare(&more, 700, 1703, 700));
	assert_false(compare(&more, 750, 1752, 750));
	assert_int_equal(more.extra, 3);
}

static void bounds_hold_at_their_ends_alone(void **state)
{
	static const struct {
		uint64_t ours;
		bool agrees;
	} cases[] = { { 99, false }, { 100, true }, { 110, true }, { 111, false } };
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct counter c = {};

		assert_true(compare(&c, 0, 0, 0));
		assert_int_equal(compare(&c, 100, cases[i].ours, 110), cases[i].agrees);
		assert_int_equal(c.low, 100);
		assert_int_equal(c.high, 110);
		assert_int_equal(c.missing + c.extra, !cases[i].agrees);
	}
}

/* The offset is between -10 and 0, and between -3 and 5, so it is between -3 and 0. */
static void bounds_become_narrower(void **state)
{
	struct counter c = {};

	(void)state;
	assert_true(compare(&c, 0, 7000, 10));
	assert_true(compare(&c, 95, 7100, 103));
	assert_true(compare(&c, 200, 7200, 200));
	assert_false(compare(&c, 300, 7301, 300));
	assert_int_equal(c.extra, 1);
	assert_int_equal(c.high, 300);

	c = (struct counter) {};
	assert_true(compare(&c, 0, 7000, 10));
	assert_true(compare(&c, 95, 7100, 103));
	assert_false(compare(&c, 300, 7296, 300));
	assert_int_equal(c.missing, 1);
	assert_int_equal(c.low, 297);
}

/* One exit in a thousand is lost, and 20 exits happen during each reading. */
static void what_brackets_hide_comes_to_light(void **state)
{
	struct counter c = {};
	uint64_t exits;

	(void)state;
	for (exits = 0; exits < 100000; exits += 1000)
		if (!compare(&c, exits, exits + 10 - exits / 1000, exits + 20))
			break;
	assert_true(c.missing > 0);
	assert_true(exits < 25000);
}

static void numbers_may_wrap(void **state)
{
	struct counter c = {};

	(void)state;
	assert_true(compare(&c, 3, UINT64_MAX - 1, 3));
	assert_true(compare(&c, 10, 5, 10));
	assert_int_equal(c.ours, 7);
	assert_false(compare(&c, 11, 5, 11));
	/* A count that goes back */
	c = (struct counter) {};
	assert_true(compare(&c, 0, 100, 0));
	assert_false(compare(&c, 0, 99, 0));
	assert_int_equal(c.missing, 1);
}

static void a_restart_keeps_what_was_compared(void **state)
{
	struct counter c = {};

	(void)state;
	assert_true(compare(&c, 0, 100, 0));
	assert_true(compare(&c, 50, 150, 50));
	counter_restart(&c);
	assert_int_equal(c.before.ours + c.ours, 50);
	assert_int_equal(c.before.low + c.low, 50);
	assert_int_equal(c.before.high + c.high, 50);
	assert_true(compare(&c, 0, 999, 0));
	assert_true(compare(&c, 7, 1006, 7));
	assert_int_equal(c.before.ours + c.ours, 57);
	assert_int_equal(c.before.low + c.low, 57);
	assert_int_equal(c.before.high + c.high, 57);
	/* Later readings add to what was kept. */
	counter_restart(&c);
	assert_true(compare(&c, 0, 5, 0));
	assert_true(compare(&c, 100, 105, 100));
	assert_int_equal(c.before.ours + c.ours, 157);
	assert_int_equal(c.before.low + c.low, 157);
	assert_int_equal(c.before.high + c.high, 157);
}

/* A vCPU on VMX with events for reasons 10 and 12; reason 1 belongs to the rest. */
static struct vcpu_check vcpu;
static struct vcpu_reading reading;

static int setup(void **state)
{
	struct reading *r = &reading.file.reading;
	bool wanted[MAX_ROWS] = { [10] = true, [12] = true };
	bool others[MAX_ROWS] = { [20] = true, [21] = true, [22] = true };

	(void)state;
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&reading, 0, sizeof(reading));
	r->isa = VMX;
	r->nr_rows = reasons_nr(VMX);
	r->counting = true;
	r->outside = 77;
	/* What was chosen before does not count. */
	vcpu_choose(&vcpu, others);
	memset(vcpu.shown, 0, sizeof(vcpu.shown));
	vcpu_choose(&vcpu, wanted);
	return 0;
}

static void tracepoint_has(uint64_t all, uint64_t cpuid, uint64_t hlt)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		reading.tracepoint[i][0] = all;
		reading.tracepoint[i][1] = cpuid;
		reading.tracepoint[i][2] = hlt;
	}
}

static void file_has(uint64_t cpuid, uint64_t hlt, uint64_t interrupt, uint64_t other)
{
	struct reading *r = &reading.file.reading;

	r->rows[10].v[EXITS] = cpuid;
	r->rows[12].v[EXITS] = hlt;
	/* The exits of the rest are spread over it. */
	r->rows[0].v[EXITS] = 1;
	r->rows[1].v[EXITS] = interrupt - 3;
	r->rows[85].v[EXITS] = 2;
	r->other.v[EXITS] = other - 4;
	r->none.v[EXITS] = 4;
	r->total.v[EXITS] = cpuid + hlt + interrupt + other;
	/* of no reason */
	r->rows[86].v[EXITS] = 1000 * interrupt;
}

static void first_reading(void)
{
	tracepoint_has(0, 0, 0);
	file_has(1000, 2000, 3000, 4000);
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), AGREES);
	assert_int_equal(vcpu.comparisons, 0);
}

static uint64_t missing(unsigned int row)
{
	return vcpu.counters[row].missing;
}

static uint64_t extra(unsigned int row)
{
	return vcpu.counters[row].extra;
}

static void reasons_are_compared_each_by_itself(void **state)
{
	(void)state;
	assert_int_equal(vcpu.nr_own, 2);
	first_reading();
	tracepoint_has(100, 50, 30);
	file_has(1050, 2030, 3015, 4005);
	assert_int_equal(vcpu_compare(&vcpu, &reading, true), AGREES);
	assert_int_equal(vcpu.comparisons, 1);
	assert_int_equal(vcpu.counters[10].ours, 50);
	assert_int_equal(vcpu.counters[ROW_OTHER].ours, 20);
	assert_int_equal(vcpu.counters[ROW_TOTAL].ours, 100);
	/* The same total, another reason */
	file_has(1051, 2029, 3015, 4005);
	assert_int_equal(vcpu_compare(&vcpu, &reading, true), DIFFERS);
	assert_int_equal(extra(10), 1);
	assert_int_equal(missing(12), 1);
	assert_int_equal(missing(ROW_OTHER) + extra(ROW_OTHER), 0);
	assert_int_equal(missing(ROW_TOTAL) + extra(ROW_TOTAL), 0);
	assert_int_equal(vcpu.comparisons, 2);
}

static void a_reading_that_differs_can_be_undone(void **state)
{
	(void)state;
	first_reading();
	tracepoint_has(100, 50, 30);
	file_has(1050, 2030, 3015, 4005);
	assert_int_equal(vcpu_compare(&vcpu, &reading, true), AGREES);
	file_has(1051, 2029, 3015, 4005);
	assert_int_equal(vcpu_compare(&vcpu, &reading, true), DIFFERS);
	vcpu_undo(&vcpu);
	assert_int_equal(missing(12) + extra(10), 0);
	assert_int_equal(vcpu.counters[10].ours, 50);
	assert_int_equal(vcpu.comparisons, 1);
}

static void the_rest_is_compared_as_one(void **state)
{
	(void)state;
	first_reading();
	tracepoint_has(100, 50, 30);
	file_has(1050, 2030, 3014, 4006);
	assert_int_equal(vcpu_compare(&vcpu, &reading, true), AGREES);
	file_has(1050, 2030, 3013, 4006);
	assert_int_equal(vcpu_compare(&vcpu, &reading, true), DIFFERS);
	assert_int_equal(missing(ROW_OTHER), 1);
	assert_int_equal(missing(ROW_TOTAL), 1);
	file_has(1050, 2030, 3014, 4008);
	assert_int_equal(vcpu_compare(&vcpu, &reading, true), DIFFERS);
	assert_int_equal(extra(ROW_OTHER), 2);
	/* An exit of the rest is counted as reason 10: both differ. */
	setup(NULL);
	first_reading();
	tracepoint_has(100, 50, 30);
	file_has(1051, 2030, 3019, 4000);
	assert_int_equal(vcpu_compare(&vcpu, &reading, true), DIFFERS);
	assert_int_equal(extra(10), 1);
	assert_int_equal(missing(ROW_OTHER), 1);
}

/*
 * Exits of reason 10 happen while the events are read one after the other.  The rest has
 * none, and its bounds must allow that.
 */
static void the_rest_is_bounded_while_exits_happen(void **state)
{
	static const uint64_t all[] = { 100, 110, 120, 130 };
	static const uint64_t cpuid[] = { 105, 112, 127, 133 };
	unsigned int i;

	(void)state;
	first_reading();
	for (i = 0; i < 4; i++) {
		reading.tracepoint[i][0] = all[i];
		reading.tracepoint[i][1] = cpuid[i];
	}
	file_has(1115, 2000, 3000, 4000);
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), AGREES);
	assert_int_equal(vcpu.counters[ROW_OTHER].ours, 0);
	assert_int_equal(vcpu.counters[ROW_OTHER].low, 100 - 112);
	assert_int_equal(vcpu.counters[ROW_OTHER].high, 130 - 127);
	assert_int_equal(vcpu.counters[ROW_TOTAL].low, 100);
	assert_int_equal(vcpu.counters[ROW_TOTAL].high, 120);
	assert_int_equal(vcpu.counters[10].low, 105);
	assert_int_equal(vcpu.counters[10].high, 127);
}

static void a_paused_vm_has_no_exits(void **state)
{
	(void)state;
	first_reading();
	tracepoint_has(100, 100, 0);
	reading.tracepoint[3][0] = 101;
	file_has(1100, 2000, 3000, 4000);
	assert_int_equal(vcpu_compare(&vcpu, &reading, true), RAN);
	assert_int_equal(vcpu.comparisons, 0);
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), AGREES);
}

static void not_counting_is_no_difference(void **state)
{
	(void)state;
	first_reading();
	tracepoint_has(10, 10, 0);
	file_has(1010, 2000, 3000, 4000);
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), AGREES);
	/* Counting is off: there are fewer exits, and the reading says that it is off. */
	tracepoint_has(20, 20, 0);
	reading.file.reading.counting = false;
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), NOT_COUNTING);
	reading.file.reading.counting = true;
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), AGREES);
	tracepoint_has(25, 25, 0);
	file_has(1015, 2000, 3000, 4000);
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), AGREES);
	/* Off and on again between two readings: "outside" has grown. */
	tracepoint_has(35, 35, 0);
	reading.file.reading.outside++;
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), INTERRUPTED);
	assert_int_equal(missing(10), 0);
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), AGREES);
	/* "outside" has not grown: exits were lost */
	tracepoint_has(36, 36, 0);
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), DIFFERS);
	assert_int_equal(missing(10), 1);
	assert_int_equal(vcpu.counters[10].before.ours + vcpu.counters[10].ours, 15);
}

static void a_file_that_does_not_add_up_is_told(void **state)
{
	(void)state;
	first_reading();
	reading.file.reading.total.v[EXITS]++;
	assert_int_equal(vcpu_compare(&vcpu, &reading, false), DOES_NOT_ADD_UP);
}

static void a_restart_is_of_all_counters(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < NR_LINES; i++)
		vcpu.counters[i].begun = vcpu.before[i].begun = true;
	vcpu_restart(&vcpu);
	for (i = 0; i < NR_LINES; i++)
		assert_true(!vcpu.counters[i].begun && vcpu.before[i].begun);
}

static void batches_have_what_there_is_room_for(void **state)
{
	static const unsigned int need[] = { 16, 16, 31, 1, 16 };

	(void)state;
	assert_int_equal(batch_size(need, 5, 80), 5);
	assert_int_equal(batch_size(need, 5, 79), 4);
	assert_int_equal(batch_size(need, 5, 63), 3);
	/* Only the first ones: a small one later does not count. */
	assert_int_equal(batch_size(need, 5, 62), 2);
	assert_int_equal(batch_size(need, 5, 33), 2);
	assert_int_equal(batch_size(need, 5, 16), 1);
	assert_int_equal(batch_size(need, 5, 15), 0);
	assert_int_equal(batch_size(need, 0, 15), 0);
	assert_int_equal(batch_size(need, 5, UINT32_MAX), 5);
}

/* Two vCPUs of one VM, of which the first differs as given. */
static struct vcpu_check second;
static struct vcpu_check *vcpus[] = { &vcpu, &second };
static struct vm_check vm;
static struct vm_check *vms[] = { &vm };
static struct result result;

static void some_result(uint64_t lost_cpuid)
{
	first_reading();
	tracepoint_has(100, 50, 0);
	file_has(1050 - lost_cpuid, 2000, 3000, 4050);
	vcpu_compare(&vcpu, &reading, false);
	second = vcpu;
	setup(NULL);
	first_reading();
	tracepoint_has(7, 7, 0);
	file_has(1007, 2000, 3000, 4000);
	vcpu_compare(&vcpu, &reading, false);
	second.number = 1;
	second.tid = 4712;
	vcpu.tid = 4711;
	vm = (struct vm_check) {
		.vm = { .dir = "4700-9", .pid = 4700, .name = "w\"eb\xff" },
		.isa = VMX, .id = 0xabc, .nr = 2, .vcpus = vcpus,
	};
	result = (struct result) { .vms = vms, .nr_vms = 1, .elapsed_ns = 5 };
}

static struct summary summary(void)
{
	struct summary v;

	summary_of(&result, &v);
	return v;
}

/* What is told of witnesses that counted and were not read, whether or not the VM has ended. */
static void witnesses_that_were_not_read_are_told(void **state)
{
	static const char *const why[] = { "the VM was not stopped for", "the VM was gone before" };
	struct watch *w = calloc(1, sizeof(*w));
	unsigned int ended;

	(void)state;
	assert_non_null(w);
	some_result(0);
	w->result.vms = vms;
	w->result.nr_vms = 1;
	watch_check_witnesses(w);
	w->result.witnesses.begun = w->result.witnesses.failed = true;
	watch_check_witnesses(w);
	assert_int_equal(w->result.nr_notes, 0);
	assert_false(w->result.obstacle);
	w->result.witnesses.failed = false;
	for (ended = 0; ended < 2; ended++) {
		vm.ended = ended;
		watch_check_witnesses(w);
		assert_int_equal(w->result.nr_notes, ended + 1);
		has(w->result.notes[ended], why[ended]);
		assert_true(w->result.obstacle);
		free(w->result.notes[ended]);
	}
	w->result.witnesses.over = true;
	watch_check_witnesses(w);
	assert_int_equal(w->result.nr_notes, 2);
	free(w->result.notes);
	free(w);
}

static void the_summary_is_of_all(void **state)
{
	(void)state;
	some_result(0);
	assert_int_equal(summary().status, EXIT_DONE);
	assert_int_equal(summary().vms, 1);
	assert_int_equal(summary().vcpus, 2);
	assert_int_equal(summary().reasons, 2);
	assert_int_equal(summary().exits, 107);
	result.obstacle = true;
	assert_int_equal(summary().status, EXIT_MISUSE);
	result.wrong_sums = 1;
	assert_int_equal(summary().status, EXIT_CHECK);

	setup(NULL);
	some_result(3);
	assert_int_equal(summary().status, EXIT_CHECK);
	assert_int_equal(summary().missing, 3);
	assert_int_equal(summary().extra, 0);
	result.obstacle = true;
	assert_int_equal(summary().status, EXIT_CHECK);
	vcpu.counters[10].missing = 2;
	assert_int_equal(summary().missing, 5);
}

/* Without a comparison nothing is proven. */
static void nothing_compared_is_no_success(void **state)
{
	(void)state;
	some_result(0);
	vcpu.comparisons = 0;
	second.comparisons = 0;
	assert_int_equal(summary().vms, 0);
	assert_int_equal(summary().status, EXIT_MISUSE);
	setup(NULL);
	some_result(0);
	vcpu.counters[ROW_TOTAL].ours = second.counters[ROW_TOTAL].ours = 0;
	assert_int_equal(summary().exits, 0);
	assert_int_equal(summary().status, EXIT_MISUSE);
	result.nr_vms = 0;
	assert_int_equal(summary().status, EXIT_MISUSE);
}

static void a_total_that_differs_alone_counts(void **state)
{
	(void)state;
	some_result(0);
	vcpu.counters[ROW_TOTAL].extra = 5;
	assert_int_equal(summary().status, EXIT_CHECK);
	assert_int_equal(summary().extra, 5);
	vcpu.counters[10].extra = 4;
	assert_int_equal(summary().extra, 4);
}

static void vcpus_do_not_cancel_out(void **state)
{
	char *text;

	(void)state;
	some_result(3);
	vcpu.counters[10].extra = 3;
	assert_int_equal(summary().status, EXIT_CHECK);
	assert_int_equal(summary().missing, 3);
	assert_int_equal(summary().extra, 3);
	text = verify_text(&result);
	has(text, "     -3 +3\n");
	has(text, "difference 6: CPUID -3 +3, total -3\n");
	free(text);
}

static void the_text_is_a_table_and_a_line(void **state)
{
	char *text;

	(void)state;
	some_result(3);
	text = verify_text(&result);
	assert_string_equal(text,
"process 4700, VM w\"eb\xef\xbf\xbd, VMX, 2 vCPUs\n"
"REASON  NAME                            OURS         LOW        HIGH DIFFERENCE\n"
"    10  CPUID                             54          57          57         -3\n"
"  rest  all other reasons                 50          50          50          0\n"
" total                                   104         107         107         -3\n"
"\n"
"verify: 1 VM, 2 vCPUs, 2 reasons, 104 exits, difference 3: CPUID -3, total -3\n");
	free(text);
	result.per_vcpu = true;
	result.obstacle = true;
	text = verify_text(&result);
	has(text, "\nvCPU 1, thread 4712\nREASON ");
	has(text, "; not all could be compared\n");
	free(text);
}

/*
 * Of three VMs the second has not been compared, and the third has ended; its reasons are sorted
 * by their exits.  Two witnesses know different times.
 */
static struct witness witnesses[] = { {
	.command = "exec liar", .name = "liar", .lost = 2, .total = 14,
	.rows[12] = { .exits = 2 }, .rows[15] = { .exits = 1 }, .rows[10] = { .exits = 5, .has_ns = true, .ns = 77 },
	.rows[ROW_OTHER] = { .exits = 6, .has_accounts = true, .account = { 0, 1, 2, 3, 4, 5 } },
}, {
	.command = "honest", .name = "honest", .entries = true, .total = 24,
	.rows[0] = { .exits = 1, .has_accounts = true, .account[1] = 1500000 },
	.rows[10].exits = 4, .rows[12].exits = 16, .rows[ROW_OTHER].exits = 3,
} };

static void a_full_result(void)
{
	static struct vcpu_check none, third;
	static struct vcpu_check *of_none[] = { &none }, *of_third[] = { &third, &none };
	static struct vm_check skipped = { .vm = { .dir = "4701-9", .pid = 4701 }, .isa = VMX, .nr = 1, .vcpus = of_none };
	static struct vm_check ended = {
		.vm = { .dir = "4702-9", .pid = 4702 }, .isa = SVM, .ended = true, .nr = 2, .vcpus = of_third,
	};
	static struct vm_check *all[] = { &vm, &skipped, &ended };
	static char note[] = "a note", other[] = "another", *notes[] = { note, other };
	unsigned int i;

	some_result(3);
	third = second;
	for (i = 0; i < 4; i++) {
		third.shown[i] = true;
		third.counters[i].ours = third.counters[i].low = third.counters[i].high = i == 2 ? 7 : i == 3 ? 0 : 5;
	}
	third.counters[1].high = 6;
	third.counters[10].extra = 4;
	third.comparisons = 3;
	/* All that a line may have beside its count of ours shows it. */
	third.shown[20] = third.shown[21] = third.shown[22] = third.shown[23] = true;
	third.counters[20].low = -1;
	third.counters[21].high = 1;
	third.counters[22].missing = 8;
	third.counters[23].extra = 9;
	result = (struct result) {
		.vms = all, .nr_vms = COUNT(all), .elapsed_ns = 5, .wrong_sums = 2, .obstacle = true, .per_vcpu = true,
		.notes = notes, .nr_notes = COUNT(notes),
		.witnesses = {
			.all = witnesses, .nr = COUNT(witnesses), .over = true, .isa = VMX, .tsc_khz = 3000000,
			.ours.vcpus = 1, .ours.v[0] = { 1, 6000000 }, .ours.v[10] = { 4, 1000, 2, 3, 4, 5, 6 }, .ours.v[12] = { 9 }, .ours.v[ROW_OTHER] = { 3, 300 },
		},
	};
}

static void prints(const char *text_name, const char *json_name)
{
	char *text = verify_text(&result);

	is_as_expected(text, "", text_name);
	free(text);
	text = verify_json(&result);
	keep_json("verify", text);
	is_as_expected(text, "\"source\"", json_name);
	free(text);
}

static void text_and_json_have_all(void **state)
{
	(void)state;
	a_full_result();
	prints("verify.txt", "verify.json");
	/* Witnesses that are not over have no counts. */
	result.per_vcpu = false;
	result.paused = true;
	result.obstacle = false;
	result.wrong_sums = 1;
	result.nr_vms = 1;
	result.nr_notes = 0;
	result.witnesses.over = false;
	prints("verify-least.txt", "verify-least.json");
}

/* A run's stderr and return value. */
static char err[8192];

static int verify(char **argv)
{
	const int fd = memfd_create("err", 0), keep = dup(2);
	int argc = 0, status;
	ssize_t n;

	while (argv[argc])
		argc++;
	fflush(NULL);
	dup2(fd, 2);
	status = cmd_verify(argc, argv, NULL);
	fflush(NULL);
	dup2(keep, 2);
	close(keep);
	n = pread(fd, err, sizeof(err) - 1, 0);
	err[n > 0 ? n : 0] = '\0';
	close(fd);
	return status;
}

#define misuse(part, ...) do {						\
	assert_int_equal(verify((char *[]) { "verify", ##__VA_ARGS__, NULL }), 2); \
	has(err, part);							\
	assert_ptr_equal(strchr(err, '\n'), err + strlen(err) - 1);	\
} while (0)

static void misuse_is_one_sentence(void **state)
{
	(void)state;
	misuse("choose VMs by one of");
	misuse("choose VMs by one of", "--all", "-p", "1");
	misuse("choose VMs by one of", "--vm", "a", "-p", "1");
	misuse("--vm is ''", "--vm", "");
	misuse("is not a process", "-p", "x");
	misuse("is not a process", "-p", "0");
	misuse("is not a process", "-p", "4294967295");
	misuse("give --pause too", "-p", "1", "--qmp", "/x");
	misuse("socket of one VM", "--all", "--pause", "--qmp", "/x");
	misuse("witnesses start and end while the VM is stopped", "-p", "1", "--witness", "true");
	misuse("witnesses need one VM", "--all", "--pause", "--witness", "true");
	misuse("for how long a VM may be stopped", "--all", "--pause-limit", "5");
	misuse("an hour at most", "--all", "--pause", "--pause-limit", "3601");
	misuse("socket of one VM", "--all", "--pause", "--pause-limit", "3600", "--qmp", "/x");
	misuse("--duration is '0'", "--all", "--duration", "0");
	misuse("--interval is '-1'", "--all", "--interval", "-1");
	misuse("--interval is 'nan'", "--all", "--interval", "nan");
	misuse("--interval is '1s'", "--all", "--interval", "1s");
	misuse("give either a command or --duration", "--all", "--duration", "1", "--", "true");
	misuse("cannot write /nonexistent/x: the folder /nonexistent: No such file", "--all", "--save", "/nonexistent/x");
	misuse("not a regular file", "--all", "--save", "/dev/null");
	misuse("unknown", "--all", "--what");
	misuse("needs a value", "--all", "-r");
}

#define TEST(name)	cmocka_unit_test_setup(name, setup)

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), KVM_DEBUGFS "/%s", folder);
	mkdir(path, 0700);
	if (!name)
		return;
	snprintf(path, sizeof(path), KVM_DEBUGFS "/%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Whether /sys is the test's own, from debugfs_is_ours() on */
static bool has_debugfs;

/* Folders of VMs and vCPUs, among others; the vCPUs' threads, by the file pid or by the name that QEMU gives them. */
static void vms_vcpus_and_threads_are_found(void **state)
{
	static const char *const others[] = {
		"1", "1-", "-2", "1-2x", "x1-2", "2147483648-1", "1-2147483648", "99999999999999999999-1",
		"00000000000000000000000000000000000000000000000000000000000001-3",	/* as long as the room for it */
		OWN_VM "/vcpu2147483648", OWN_VM "/vcpu99999999999999999999", OWN_VM "/vcpu", OWN_VM "/vcpux", OWN_VM "/vcpu1x", OWN_VM "/xvcpu1",
	};
	static const unsigned int numbers[] = { 0, 2, 10, 2147483647 };
	char folder[64], name[16] = "";
	unsigned int *vcpus, i;
	struct vm *all, vm;
	int nr;

	(void)state;
	if (!has_debugfs)
		skip();
	for (i = 0; i < COUNT(others); i++)
		put_file(others[i], NULL, NULL);
	put_file("10-2", NULL, NULL);
	put_file("9-2", NULL, NULL);
	for (i = 0; i < COUNT(numbers); i++) {
		snprintf(folder, sizeof(folder), OWN_VM "/vcpu%u", numbers[i]);
		put_file(folder, "pid", i < 2 ? "4711\n" : "0\n");
	}
	nr = vms_list(&all);
	assert_int_equal(nr, 3);
	assert_string_equal(all[0].dir, OWN_VM);
	assert_string_equal(all[1].dir, "9-2");
	assert_string_equal(all[2].dir, "10-2");
	vm = all[0];
	free(all);
	assert_true(vm_exists(&vm));
	nr = vm_vcpus(&vm, &vcpus);
	assert_int_equal(nr, COUNT(numbers));
	assert_memory_equal(vcpus, numbers, sizeof(numbers));
	free(vcpus);
	assert_true(thread_runs_several(4711));
	assert_false(thread_runs_several(4712));
	put_file("9-2/vcpu0", "pid", "4712\n");
	assert_false(thread_runs_several(4712));
	put_file("10-2/vcpu0", "pid", "4712\n");
	assert_true(thread_runs_several(4712));

	vm.pid = getpid();
	prctl(PR_GET_NAME, name);
	assert_int_equal(vm_thread(&vm, 0), 4711);
	assert_int_equal(vm_thread(&vm, 10), 0);
	assert_int_equal(vm_thread(&vm, 11), -1);
	prctl(PR_SET_NAME, "CPU 10/KVM");
	assert_int_equal(vm_thread(&vm, 10), getpid());
	assert_int_equal(vm_thread(&vm, 1), -1);
	prctl(PR_SET_NAME, "CPU 11/KVM");
	assert_int_equal(vm_thread(&vm, 11), getpid());
	assert_int_equal(vm_thread(&vm, 10), 0);
	vm.pid = 0;
	assert_int_equal(vm_thread(&vm, 11), -1);
	prctl(PR_SET_NAME, "a) Z (b");
	assert_int_equal(thread_state(getpid(), getpid()), 'R');
	assert_int_equal(thread_state(getpid(), 0), 0);
	prctl(PR_SET_NAME, name);
	strcpy(vm.dir, "3-4");
	assert_false(vm_exists(&vm));
	nr = vm_vcpus(&vm, &vcpus);
	assert_int_equal(nr, 0);
	free(vcpus);
}

static void vm_ends_or_gets_a_file(const char *path)
{
	if (fork())
		return;
	usleep(50000);
	if (path)
		_exit(close(creat(path, 0600)));
	_exit(rmdir(KVM_DEBUGFS "/3-4"));
}

/* Until the file is there, the VM has ended or the time is over. */
static void a_vm_settles(void **state)
{
	static const char path[] = KVM_DEBUGFS "/3-4/exitstat";
	const struct vm starting = { .dir = "3-4" };
	const struct waits usual = waits;
	uint64_t begun = now_ms();

	(void)state;
	if (!has_debugfs)
		skip();
	put_file("3-4", NULL, NULL);
	waits.folder = 60000;
	vm_ends_or_gets_a_file(path);
	assert_true(vm_settles(&starting, path));
	assert_int_equal(access(path, F_OK), 0);
	assert_true(vm_settles(&starting, path));
	unlink(path);
	vm_ends_or_gets_a_file(NULL);
	assert_false(vm_settles(&starting, NULL));
	assert_false(vm_settles(&starting, path));
	/* None of them has waited to the end. */
	assert_true(now_ms() - begun < waits.folder);
	while (wait(NULL) > 0)
		;
	put_file("3-4", NULL, NULL);
	waits.folder = 100;
	begun = now_ms();
	assert_true(vm_settles(&starting, path));
	assert_true(vm_settles(&starting, NULL));
	assert_true(now_ms() - begun >= 200);
	waits = usual;
	rmdir(KVM_DEBUGFS "/3-4");
}

/* The limits of descriptors, instead of the kernel's; @cur 0: as they are. */
static struct rlimit limits;
static bool limits_fail, limits_stay;

int getrlimit(__rlimit_resource_t resource, struct rlimit *to)
{
	if (!limits.rlim_cur)
		return prlimit(0, resource, NULL, to);
	*to = limits;
	return limits_fail ? -1 : 0;
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *from)
{
	if (!limits.rlim_cur)
		return prlimit(0, resource, from, NULL);
	if (limits_stay)
		return -1;
	limits = *from;
	return 0;
}

/* Of the highest limit, what is not open, less 16. */
static void descriptors_are_left(void **state)
{
	const unsigned int most = 5000;
	unsigned int own = 0, i;
	struct rlimit before;
	int fd;

	(void)state;
	for (fd = 0; fd < 1024; fd++)
		own += fcntl(fd, F_GETFD) >= 0;
	own += 16 + 3;	/* the folder that lists them, and "." and ".." in it */
	for (i = 0; i < 2; i++) {
		limits_stay = i;
		limits = (struct rlimit) { 1000, most };
		assert_int_equal(descriptors_left(&before), (limits_stay ? 1000 : most) - own);
		assert_int_equal(before.rlim_cur, 1000);
		assert_int_equal(before.rlim_max, most);
		assert_int_equal(limits.rlim_cur, limits_stay ? 1000 : most);
	}
	limits_stay = false;
	for (i = 0; i < 3; i++) {
		limits = (struct rlimit) { 1, own - 1 + i };
		assert_int_equal(descriptors_left(&before), i == 2);
	}
	limits = (struct rlimit) { 1, UINT32_MAX };
	assert_int_equal(descriptors_left(&before), UINT32_MAX);
	limits = (struct rlimit) { 1, RLIM_INFINITY };
	assert_int_equal(descriptors_left(&before), UINT32_MAX);
	limits_fail = true;
	assert_int_equal(descriptors_left(&before), 0);
	limits_fail = false;
	limits = (struct rlimit) {};
	for (fd = 0; fd < 1024; fd++)
		own -= fcntl(fd, F_GETFD) >= 0;
	assert_int_equal(own, 19);
}

/* Each way to choose is one, two are too many, and a vCPU is of one VM. */
static void ways_to_choose_exclude_each_other(void **state)
{
	struct target target;
	unsigned int ways, nr;

	(void)state;
	assert_false(target_given(&(struct target) { .guest = true }));
	for (ways = 0; ways < 1 << 6; ways++) {
		target = (struct target) {
			.pid = ways & 1 ? 7 : 0, .name = ways & 2 ? "a" : NULL, .qmp = ways & 4 ? "b" : NULL,
			.host = ways & 8, .guest = ways & 16, .one_vcpu = ways & 32,
		};
		nr = __builtin_popcount(ways & 31);
		if (ways & ~16u && !target_given(&target))
			fail_msg("not given: %u", ways);
		if (target_check(&target, why) != (nr > 1 || (target.one_vcpu && !(ways & 7)) ? EXIT_MISUSE : EXIT_DONE))
			fail_msg("%u: %s", ways, why);
		if (nr > 1)
			has(why, "give only one of -p, --vm, --qmp, --host and --guest");
		else if (target.one_vcpu && !(ways & 7))
			has(why, "--vcpu needs one VM");
	}
	assert_int_equal(target_check(&(struct target) { .name = "" }, why), EXIT_MISUSE);
	has(why, "--vm is ''");
}

/* By process, name or folder; a VM may have the name of another's folder. */
static void a_vm_is_chosen(void **state)
{
	static const struct vm named = { .dir = "8-3", .name = "web", .pid = 8 }, plain = { .dir = "9-3", .pid = 9 },
			       lost = { .dir = "5-3" }, liar = { .dir = "6-3", .name = OWN_VM, .pid = 6 },
			       dated = { .dir = "7-3", .name = "2026-11", .pid = 7 };
	static const struct {
		struct target target;
		const struct vm *vm;
		bool fits;
	} cases[] = {
		{ {}, &lost, true }, { { .pid = 8 }, &named, true }, { { .pid = 8 }, &plain, false },
		{ { .name = "web" }, &named, true }, { { .name = "web" }, &plain, false }, { { .name = "we" }, &named, false },
		{ { .name = "8-3" }, &named, true }, { { .name = "9-3" }, &named, false },
		{ { .name = "web", .pid = 9 }, &named, false }, { { .name = "web", .pid = 8 }, &named, true },
		{ { .name = "" }, &plain, true }, { { .name = "1111111111222222222233333333334444444444555555555566666666667777" }, &plain, false },
		{ { .name = OWN_VM }, &liar, false }, { { .name = "2026-11" }, &dated, true },
	};
	char label[VM_LABEL_SIZE];
	struct target none = { .name = "none" };
	struct vm one;
	unsigned int i;

	(void)state;
	if (!has_debugfs)
		skip();
	for (i = 0; i < COUNT(cases); i++)
		if (target_fits(&cases[i].target, cases[i].vm) != cases[i].fits)
			fail_msg("case %u", i);
	vm_label(label, &named);
	assert_string_equal(label, "VM 'web' (process 8)");
	vm_label(label, &plain);
	assert_string_equal(label, "the VM of process 9");
	vm_label(label, &lost);
	assert_string_equal(label, "the VM 5-3");

	assert_int_equal(target_vm(&(struct target) { .name = OWN_VM }, &one, why), EXIT_DONE);
	assert_string_equal(one.dir, OWN_VM);
	assert_int_equal(target_vm(&none, &one, why), SOURCE_FAILED);
	has(why, "no VM is named 'none'");
	has(why, "; there are: " OWN_VM);
	assert_null(strchr(strstr(why, OWN_VM), ','));
	for (i = 3; i < 6; i++) {
		char folder[16];

		snprintf(folder, sizeof(folder), "%u-2", i);
		put_file(folder, NULL, NULL);
	}
	assert_int_equal(target_vm(&none, &one, why), SOURCE_FAILED);
	assert_string_equal(strstr(why, "; there are: "), "; there are: " OWN_VM ", 3-2, 4-2, 5-2");
	put_file("6-2", NULL, NULL);
	none = (struct target) { .pid = 4711 };
	assert_int_equal(target_vm(&none, &one, why), SOURCE_FAILED);
	assert_string_equal(why, "process 4711 has no VM; there are: " OWN_VM ", 3-2, 4-2, 5-2 and 1 more");
	for (i = 3; i < 7; i++) {
		char folder[64];

		snprintf(folder, sizeof(folder), KVM_DEBUGFS "/%u-2", i);
		rmdir(folder);
	}
	rmdir(KVM_DEBUGFS "/" OWN_VM);
	assert_int_equal(target_vm(&none, &one, why), SOURCE_FAILED);
	assert_string_equal(why, "no VM runs on this host");
	mkdir(KVM_DEBUGFS "/" OWN_VM, 0700);
}

/* Read the file exitstat of a vCPU, of a VM (-1) or of the host (NULL). */
static void reading_is(const struct vm *of, int vcpu, int status, const char *sentence)
{
	assert_int_equal(source_debugfs_read(of, vcpu, NULL, &file, why), status);
	if (sentence)
		assert_string_equal(why, sentence);
}

static void why_a_file_cannot_be_read(void **state)
{
	static const struct vm starting = { .dir = OWN_VM }, gone = { .dir = "3-4", .pid = 3 };
	const struct waits usual = waits;
	char folder[64];
	unsigned int i;

	(void)state;
	if (!has_debugfs)
		skip();
	waits.folder = 10;
	reading_is(&gone, -1, SOURCE_ENDED, "the VM of process 3 has ended");
	reading_is(&gone, 0, SOURCE_ENDED, "the VM of process 3 has ended");
	reading_is(&starting, 5, SOURCE_FAILED, "the VM " OWN_VM " has no vCPU 5; it has none");
	reading_is(&starting, -1, SOURCE_FAILED,
		   "the VM " OWN_VM " has no file " KVM_DEBUGFS "/" OWN_VM "/exitstat: KVM is just making it, had no memory for it, or that folder is not KVM's; try again, and restart the VM if that does not help");
	for (i = 0; i < 9; i++) {
		if (i == 8)
			reading_is(&starting, 9, SOURCE_FAILED, "the VM " OWN_VM " has no vCPU 9; it has 0, 1, 2, 3, 4, 5, 6, 7");
		snprintf(folder, sizeof(folder), OWN_VM "/vcpu%u", i);
		put_file(folder, NULL, NULL);
	}
	reading_is(&starting, 9, SOURCE_FAILED, "the VM " OWN_VM " has no vCPU 9; it has 0, 1, 2, 3, 4, 5, 6, 7 and 1 more");
	reading_is(&starting, 0, SOURCE_FAILED,
		   "the VM " OWN_VM " has no file " KVM_DEBUGFS "/" OWN_VM "/vcpu0/exitstat: KVM is just making it, had no memory for it, or that folder is not KVM's; try again, and restart the VM if that does not help");
	put_file(OWN_VM "/vcpu0/exitstat", NULL, NULL);
	reading_is(&starting, 0, SOURCE_FAILED, "cannot read " KVM_DEBUGFS "/" OWN_VM "/vcpu0/exitstat of the VM " OWN_VM ": Is a directory");
	put_file(OWN_VM "/vcpu1", "exitstat", HEAD("vmx") TOTAL(0));
	reading_is(&starting, 1, EXIT_DONE, NULL);
	assert_false(file.reading.host);
	put_file(OWN_VM "/vcpu2", "exitstat", "kvm-exitstat 2\n");
	reading_is(&starting, 2, SOURCE_FAILED,
		   KVM_DEBUGFS "/" OWN_VM "/vcpu2/exitstat cannot be understood: line 1, 'kvm-exitstat 2', does not follow version 1 of the format; use the exitstat that was built with the host's KVM");

	reading_is(NULL, -1, SOURCE_FAILED, "there is no file " KVM_DEBUGFS "-exitstat, so this KVM has no kvm-exitstat, or an older one; load its modules, and restart the VMs");
	put_file("../kvm-exitstat", NULL, NULL);
	reading_is(NULL, -1, SOURCE_FAILED, "cannot read " KVM_DEBUGFS "-exitstat: Is a directory");
	rmdir(KVM_DEBUGFS "-exitstat");
	put_file("..", "kvm-exitstat", SUM("vmx") TOTAL(0));
	reading_is(NULL, -1, EXIT_DONE, NULL);
	assert_true(file.reading.host);
	for (i = 0; i < 9; i++) {
		snprintf(folder, sizeof(folder), KVM_DEBUGFS "/" OWN_VM "/vcpu%u/exitstat", i);
		remove(folder);
		*strrchr(folder, '/') = '\0';
		rmdir(folder);
	}
	waits = usual;
}

static void debugfs_is_ours(void **state)
{
	(void)state;
	has_debugfs = own_debugfs();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(filters_match_their_reason_alone),
		TEST(filters_are_as_documented),
		TEST(a_file_that_cannot_be_read_is_not_of_a_bad_format),
		TEST(every_record_is_read),
		TEST(a_sum_is_read),
		TEST(a_histogram_is_read),
		TEST(what_is_unknown_is_passed_over),
		TEST(numbers_may_have_64_bits),
		TEST(what_is_malformed_is_told),
		TEST(what_is_missing_is_told),
		TEST(scalars_have_their_ranges),
		TEST(a_file_is_read_whole),
		TEST(qemu_says_its_name),
		TEST(a_long_name_is_cut_at_a_character),
		TEST(other_vmms_say_their_names),
		TEST(qemu_says_where_it_listens),
		TEST(what_is_equal_agrees),
		TEST(the_first_reading_is_the_beginning),
		TEST(off_by_one_is_a_difference_both_ways),
		TEST(bounds_hold_at_their_ends_alone),
		TEST(bounds_become_narrower),
		TEST(what_brackets_hide_comes_to_light),
		TEST(numbers_may_wrap),
		TEST(a_restart_keeps_what_was_compared),
		TEST(reasons_are_compared_each_by_itself),
		TEST(a_reading_that_differs_can_be_undone),
		TEST(the_rest_is_compared_as_one),
		TEST(the_rest_is_bounded_while_exits_happen),
		TEST(a_paused_vm_has_no_exits),
		TEST(not_counting_is_no_difference),
		TEST(a_file_that_does_not_add_up_is_told),
		TEST(a_restart_is_of_all_counters),
		TEST(batches_have_what_there_is_room_for),
		TEST(witnesses_that_were_not_read_are_told),
		TEST(the_summary_is_of_all),
		TEST(nothing_compared_is_no_success),
		TEST(a_total_that_differs_alone_counts),
		TEST(vcpus_do_not_cancel_out),
		TEST(the_text_is_a_table_and_a_line),
		TEST(text_and_json_have_all),
		TEST(misuse_is_one_sentence),
		TEST(ways_to_choose_exclude_each_other),
		TEST(descriptors_are_left),
		/* The last, because /sys is the test's own from then on */
		cmocka_unit_test(debugfs_is_ours),
		cmocka_unit_test(why_a_file_cannot_be_read),
		cmocka_unit_test(a_vm_is_chosen),
		cmocka_unit_test(a_vm_settles),
		cmocka_unit_test(vms_vcpus_and_threads_are_found),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
