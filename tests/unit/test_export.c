// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: what is read of VMs' folders in debugfs, what is left out, and what is said of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "export/export.h"
#include "export/metrics.h"
#include "lib/message.h"
#include "lib/waits.h"
#include "source/vm.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "expected.h"
#include "own_debugfs.h"

#define LEDGER(id, of, exits)							\
	"kvm-exitstat 1\nisa svm\nid " id "\n" of "\ncounting 1\nhistograms 0\n"	\
	"untrusted 0\ntsc_khz 1000000\nlifetime 9000\nguest 5000\noutside 0\n"	\
	"anomalies 0\ntorn 2\ntotal exits " exits " kernel 10\n"		\
	"reason 0x072 exits " exits " kernel 10 name cpuid\n"
#define KEYS(id)								\
	"kvm-exitstat 1\nisa svm\nid " id "\nvcpus 2\ncounting 1\nkeys 1\n"	\
	"tsc_khz 1000000\ntorn 0\nreason 0x07b exits 3 kernel 3 user 0\n"	\
	"key 0x07b port 0x3f8 w 1 exits 2 kernel 2 user 0 error 0\n"		\
	"key 0x07b port 0x3f9 w 1 exits 1 kernel 1 user 0 error 0\n"

/* All that exports have written, one after the other. */
static char *transcript;
static size_t transcript_size;
static FILE *out;

/* This PID namespace is the host's. */
ssize_t readlink(const char *link, char *target, size_t size)
{
	if (!strcmp(link, "/proc/self/ns/pid"))
		return snprintf(target, size, "pid:[4026531836]");
	return syscall(SYS_readlink, link, target, size);
}

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), KVM_DEBUGFS "/%s", name);
	if (!text) {
		assert_int_equal(mkdir(path, 0700), 0);
		return;
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Set when the VM was made. */
static void born(const char *vm, time_t seconds, long ns)
{
	const struct timespec times[2] = { { seconds, ns }, { seconds, ns } };
	char path[128];

	snprintf(path, sizeof(path), KVM_DEBUGFS "/%s", vm);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void some_vms(void)
{
	/* As much of all as there can be */
	put("1-2/vcpu0", NULL);
	put("1-2/vcpu1", NULL);
	put("1-2/exitstat", LEDGER("0x1", "vcpus 2", "30"));
	put("1-2/vcpu0/exitstat", LEDGER("0x1", "vcpu 0", "10"));
	put("1-2/vcpu1/exitstat", LEDGER("0x1", "vcpu 1", "20"));
	put("1-2/halt_poll_success_ns", "5\n");
	put("1-2/halt_poll_fail_ns", "7000000000\n");
	put("1-2/exitstat-keys", KEYS("0x1"));
	born("1-2", 100, 5);
	/* Some ns older; the keys are of another VM; half of the halt polling is missing, or is no number. */
	put("2-2", NULL);
	put("2-2/vcpu0", NULL);
	put("2-2/exitstat", LEDGER("0x2", "vcpus 1", "40"));
	put("2-2/vcpu0/exitstat", LEDGER("0x2", "vcpu 0", "40"));
	put("2-2/halt_poll_success_ns", "6\n");
	put("2-2/exitstat-keys", KEYS("0x1"));
	born("2-2", 100, 4);
	/* The oldest, whose second vCPU is being made; it has no keys. */
	put("3-2", NULL);
	put("3-2/vcpu0", NULL);
	put("3-2/vcpu1", NULL);
	put("3-2/exitstat", LEDGER("0x3", "vcpus 1", "50"));
	put("3-2/vcpu0/exitstat", LEDGER("0x3", "vcpu 0", "50"));
	put("3-2/halt_poll_success_ns", "none\n");
	put("3-2/halt_poll_fail_ns", "8\n");
	born("3-2", 99, 999999999);
	/* The first vCPU is being made. */
	put("4-2", NULL);
	put("4-2/vcpu0", NULL);
	/* Of another format */
	put("5-2", NULL);
	put("5-2/vcpu0", NULL);
	put("5-2/exitstat", "kvm-exitstat 2\n");
	put("5-2/vcpu0/exitstat", "kvm-exitstat 2\n");
	/* Without vCPUs yet */
	put("6-2", NULL);
	put("6-2/exitstat", LEDGER("0x6", "vcpus 0", "0"));
}

/* The samples that this test is about; test_metrics.c has the others. */
static bool is_shown(const char *line)
{
	static const char *const others[] = { "#", "kvm_exitstat_export_", "kvm_vcpu_", "kvm_exit_", "kvm_key_reason_exit_", "kvm_key_exit_" };
	unsigned int i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strncmp(line, others[i], strlen(others[i])))
			return false;
	return true;
}

/* Export, and add to the transcript the status, the messages and samples. */
static void exports(const char *what, struct exporter *exporter)
{
	const int said = memfd_create("said", 0), keep = dup(STDERR_FILENO);
	struct metrics metrics;
	char line[4096], *text, *at;
	FILE *lines;
	int ret;

	fflush(NULL);
	dup2(said, STDERR_FILENO);
	ret = exporter_read(exporter, &metrics);
	fflush(NULL);
	dup2(keep, STDERR_FILENO);
	close(keep);
	fprintf(out, "%s: %d\n", what, ret);
	lines = fdopen(said, "r");
	rewind(lines);
	while (fgets(line, sizeof(line), lines))
		fputs(line, out);
	fclose(lines);
	text = ret ? strdup("") : metrics_render(&metrics, METRICS_TEXT, NULL);
	exporter_free(&metrics);
	for (at = strtok(text, "\n"); at; at = strtok(NULL, "\n"))
		if (is_shown(at))
			fprintf(out, "%s\n", at);
	fputc('\n', out);
	free(text);
}

static void debugfs_is_exported(void **state)
{
	struct chosen chosen[] = { { .target.name = "1-2" }, { .target.name = "9-9" }, { .target.name = "1-2" } };
	struct exporter exporter = { .keys = 1, .lasting = true };
	struct exporter some = { .chosen = chosen, .nr = 3, .lasting = true };
	const struct waits usual = waits;

	(void)state;
	if (!own_debugfs())
		skip();
	mkdir("/sys/module", 0700);
	mkdir("/sys/module/kvm", 0700);
	mkdir("/sys/module/kvm/parameters", 0700);
	put("../../../module/kvm/parameters/exitstat", "1\n");
	put("../../../module/kvm/parameters/exitstat_keys", "1\n");
	waits.folder = 10;
	out = open_memstream(&transcript, &transcript_size);
	assert_non_null(out);
	some_vms();
	exports("all", &exporter);
	exports("again, which is not said again", &exporter);
	put("7-2", NULL);
	put("7-2/vcpu0", NULL);
	put("7-2/vcpu0/exitstat", "");
	put("1-2/exitstat-keys", "kvm-exitstat 2\n");
	exports("one more is left out", &exporter);
	exporter_reopen(&exporter);
	exports("after a reload it is said again", &exporter);
	put("1-2/exitstat-keys", KEYS("0x1"));
	exporter.no_vcpu = true;
	put("7-2/exitstat", LEDGER("0x7", "vcpus 1", "1"));
	put("4-2/exitstat", LEDGER("0x4", "vcpus 1", "1"));
	exports("sums", &exporter);
	put("../../../module/kvm/parameters/exitstat_keys", "0\n");
	exports("sums without keys", &exporter);

	exports("those that are chosen", &some);
	some.lasting = false;
	exports("once, one is missing", &some);
	chosen[1].target.name = "5-2";
	some.nr = 2;
	exports("once, one of two cannot be read", &some);
	some.nr = 1;
	chosen[0].target.name = "5-2";
	exports("once, the only one cannot be read", &some);
	some.lasting = true;
	exports("the only one cannot be read", &some);

	assert_int_equal(rename(KVM_DEBUGFS, KVM_DEBUGFS ".away"), 0);
	assert_int_equal(mkdir(KVM_DEBUGFS, 0700), 0);
	memset(&exporter, 0, sizeof(exporter));
	exports("neither a VM nor the host's file", &exporter);
	put("../kvm-exitstat",
	    "kvm-exitstat 1\nisa svm\nid 0x0\nvcpus 0\ncounting 0\nhistograms 0\nuntrusted 1\ntsc_khz 0\n"
	    "lifetime 0\nguest 0\noutside 0\nanomalies 0\ntorn 9\ntotal exits 0\n");
	exports("no VM", &exporter);
	assert_int_equal(rmdir(KVM_DEBUGFS), 0);
	exports("KVM is not loaded", &exporter);
	fclose(out);
	is_as_expected(transcript, "", "export.txt");
	free(transcript);
	waits = usual;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debugfs_is_exported),
	};

	return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
