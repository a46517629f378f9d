// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of the file exitstat in debugfs, to the letter of docs/abi.md.
 */
#include "unit.h"

#include <stdlib.h>

#include "vm.h"

static void file_says(struct kvm_vcpu *vcpu, const char *want)
{
	struct dentry *const dir = (struct dentry *)vcpu;
	struct seq_file m;
	char *text = NULL;
	size_t size;

	kvm_exitstat_create_vcpu_debugfs(vcpu, dir);
	assert_string_equal(kshim_debugfs.name, "exitstat");
	assert_int_equal(kshim_debugfs.mode, 0444);
	assert_ptr_equal(kshim_debugfs.parent, dir);
	m.private = kshim_debugfs.data;
	m.out = open_memstream(&text, &size);
	assert_int_equal(kshim_debugfs.fops->show(&m, NULL), 0);
	fclose(m.out);
	assert_string_equal(text, want);
	free(text);
}

static void put(struct kvm_vcpu *vcpu, const struct books *books, const model_hist *hist)
{
	vm_put(vcpu, books, hist);
	/* The file is a reading: what runs, of this vCPU outside, is in it. */
	kshim_clock += 5000;
}

/* The example in docs/abi.md, with a little more. */
static void svm(void **state)
{
	static const struct books books = {
		.v = {
			[0x040] = { 3, 30, 31, 32, 33, 34, 35 },
			[0x060] = { 201, 812233, 0, 0, 200000, 0, 301010 },
			[0x072] = { 812, 1900022, 0, 0, 0, 0, 51020 },
			[0x0bf] = { 4, 0, 0, 0, 0, 0, 0 },
			[0x0c0] = { 0x100000000ull, 1ull << 50, 0, 1, 0, 0, 0 },
			[0x0cf] = { 5, 50, 0, 0, 0, 0, 0 },
			[PLACE_OTHER] = { 1, 4032, 0, 0, 0, 0, 4032 },
			[PLACE_NONE] = { 0, 20344, 800, 0, 0, 0, 0 },
		},
		.guest = 40288012, .outside = 3018233, .anomalies = 7,
	};
	static const model_hist hist = {
		[0x060] = { [11] = 180, [12] = 21 },
		[0x072] = { [0] = 1, [63] = 811 },
		[PLACE_OTHER] = { [11] = 1 },
		[PLACE_NONE] = { [5] = 99 },	/* none has no exits, so no line */
	};
	struct kvm_vcpu *vcpu;
	struct kvm *vm;

	(void)state;
	vm_load(LEAF_ISA_SVM);
	vm = vm_new(2);
	vcpu = vm->vcpus[1];
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	vm_fill(vm, 0);
	vm->arch.exitstat.id = 0x8c5d7f0a31e2b964ull;
	put(vcpu, &books, &hist);
	file_says(vcpu,
		  "kvm-exitstat 1\n"
		  "isa svm\n"
		  "id 0x8c5d7f0a31e2b964\n"
		  "vcpu 1\n"
		  "counting 1\n"
		  "histograms 1\n"
		  "untrusted 0\n"
		  "tsc_khz 2345678\n"
		  "lifetime 1125899953091511\n"
		  "guest 40288012\n"
		  "outside 3023233\n"
		  "anomalies 7\n"
		  "torn 0\n"
		  "total exits 4294968322 kernel 1125899909579335 user 831 halt 33 preempt 200033 block 34 longest 301010\n"
		  "reason 0x040 exits 3 kernel 30 user 31 halt 32 preempt 33 block 34 longest 35 name DE excp\n"
		  "reason 0x060 exits 201 kernel 812233 user 0 halt 0 preempt 200000 block 0 longest 301010 name interrupt\n"
		  "hist 0x060 11 180 12 21\n"
		  "reason 0x072 exits 812 kernel 1900022 user 0 halt 0 preempt 0 block 0 longest 51020 name cpuid\n"
		  "hist 0x072 0 1 63 811\n"
		  "reason 0x0bf exits 4 kernel 0 user 0 halt 0 preempt 0 block 0 longest 0 name undefined\n"
		  "reason 0x400 exits 4294967296 kernel 1125899906842624 user 0 halt 1 preempt 0 block 0 longest 0 name npf\n"
		  "reason 0x40f exits 5 kernel 50 user 0 halt 0 preempt 0 block 0 longest 0 name undefined\n"
		  "reason other exits 1 kernel 4032 user 0 halt 0 preempt 0 block 0 longest 4032 name other\n"
		  "hist other 11 1\n"
		  "reason none exits 0 kernel 20344 user 800 halt 0 preempt 0 block 0 longest 0 name none\n");
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	vm_end(vm);
}

static int load_vmx(void **state)
{
	(void)state;
	vm_load(LEAF_ISA_VMX);
	return 0;
}

static void vmx(void **state)
{
	static const struct books books = {
		.v = {
			[0] = { 1, 9, 8, 7, 6, 5, 4 },
			[10] = { 20, 1, 0, 0, 0, 0, 0 },
			[35] = { 2, 2, 0, 0, 0, 0, 0 },
			[85] = { ~0ull, 3, 0, 0, 0, 0, 0 },
		},
		.guest = 11,
	};
	struct kvm *vm = vm_new(1);
	struct kvm_vcpu *vcpu = vm->vcpus[0];

	(void)state;
	vm->arch.exitstat.id = 1;
	vm_put(vcpu, &books, NULL);
	kvm_exitstat_key.enabled = false;
	kshim_clock_unstable = true;
	file_says(vcpu,
		  "kvm-exitstat 1\n"
		  "isa vmx\n"
		  "id 0x0000000000000001\n"
		  "vcpu 0\n"
		  "counting 0\n"
		  "histograms 0\n"
		  "untrusted 1\n"
		  "tsc_khz 2345678\n"
		  "lifetime 52\n"
		  "guest 11\n"
		  "outside 0\n"
		  "anomalies 0\n"
		  "torn 0\n"
		  "total exits 22 kernel 15 user 8 halt 7 preempt 6 block 5 longest 4\n"
		  "reason 0 exits 1 kernel 9 user 8 halt 7 preempt 6 block 5 longest 4 name EXCEPTION_NMI\n"
		  "reason 10 exits 20 kernel 1 user 0 halt 0 preempt 0 block 0 longest 0 name CPUID\n"
		  "reason 35 exits 2 kernel 2 user 0 halt 0 preempt 0 block 0 longest 0 name undefined\n"
		  "reason 85 exits 18446744073709551615 kernel 3 user 0 halt 0 preempt 0 block 0 longest 0 name MSR_WRITE_IMM\n");
	kvm_exitstat_key.enabled = true;
	kshim_clock_unstable = false;
	vm_end(vm);
}

static void no_exits_no_rows(void **state)
{
	struct kvm *vm = vm_new(1);

	(void)state;
	vm->arch.exitstat.id = 2;
	kvm_exitstat_guest = 0;
	file_says(vm->vcpus[0],
		  "kvm-exitstat 1\n"
		  "isa vmx\n"
		  "id 0x0000000000000002\n"
		  "vcpu 0\n"
		  "counting 1\n"
		  "histograms 0\n"
		  "untrusted 0\n"
		  "tsc_khz 2345678\n"
		  "lifetime 0\n"
		  "guest 0\n"
		  "outside 0\n"
		  "anomalies 0\n"
		  "torn 0\n"
		  "total exits 0 kernel 0 user 0 halt 0 preempt 0 block 0 longest 0\n");
	kvm_exitstat_guest = 1;
	vm_end(vm);
}

/* The reader is told, and finds no file half written. */
static void no_memory_is_an_error(void **state)
{
	struct kvm *vm = vm_new(1);
	struct seq_file m = {};

	(void)state;
	kvm_exitstat_create_vcpu_debugfs(vm->vcpus[0], NULL);
	m.private = kshim_debugfs.data;
	kshim_fail_alloc = 1;
	assert_int_equal(kshim_debugfs.fops->show(&m, NULL), -ENOMEM);
	vm_end(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(svm),
		cmocka_unit_test_setup(vmx, load_vmx),
		cmocka_unit_test_setup(no_exits_no_rows, load_vmx),
		cmocka_unit_test_setup(no_memory_is_an_error, load_vmx),
	};

	return cmocka_run_group_tests_name("debugfs", tests, NULL, NULL);
}
