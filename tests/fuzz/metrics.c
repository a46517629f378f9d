// SPDX-License-Identifier: GPL-2.0-only
/*
 * The metrics that were written last and are read back, for a VM that still exists. The
 * input's size chooses the format, and whether there is a label vcpu.
 */
#include "export/metrics.h"
#include "export/metrics_memory.h"
#include "fuzz.h"
#include "source/debugfs.h"
#include "source/why.h"

#define RECORD "kvm-exitstat 1\nisa svm\nid 0x1\nvcpu 0\ncounting 1\nhistograms 1\nuntrusted 0\n" \
	"tsc_khz 1000000\nlifetime 9000\nguest 1\noutside 0\nanomalies 3\ntorn 4\n" \
	"total exits 12 kernel 1007 user 0 halt 2 longest 700\n" \
	"reason 0x072 exits 10 kernel 1000 user 0 halt 2 preempt 0 block 0 longest 700 name cpuid\n" \
	"reason other exits 2 kernel 7 name other\nreason none exits 0 kernel 5 user 6 name none\n"

static struct metrics_vcpu vcpu;

static void read_record(void)
{
	static struct debugfs_file file;
	char record[] = RECORD, why[WHY_SIZE];

	MUST(!debugfs_parse(record, &file, why, sizeof(why)));
	vcpu.reading = file.reading;
}

static bool is_time_of_answer(const char *line)
{
	return !strncmp(line, "kvm_exitstat_export_seconds", 27);
}

/* Metrics written after reading our own metrics must be the same. */
static void check_same(char *first, char *second)
{
	char *a, *b;

	while ((a = strsep(&first, "\n"))) {
		b = strsep(&second, "\n");
		MUST(b && (!strcmp(a, b) || is_time_of_answer(a)));
	}
	MUST(!second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metrics_vm vm = {
		.name = "a", .place = "7-11", .pid = 7, .vcpus = &vcpu, .nr = 1,
		.has_polled = true, .polled = { 5, 6 },
	};
	struct metrics metrics = { .host = { 1, 0, 4, 0 }, .vms = &vm, .nr = 1 };
	char *before, *first, *second;

	if (!vcpu.reading.isa)
		read_record();
	metrics.no_vcpu = size & 2;
	before = text_of(data, size);
	first = metrics_render(&metrics, size & 1, before);
	second = first ? metrics_render(&metrics, size & 1, first) : NULL;
	MUST(second);
	check_same(first, second);
	free(second);
	free(first);
	free(before);
	return 0;
}
