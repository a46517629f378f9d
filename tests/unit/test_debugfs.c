// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of the files exitstat in debugfs, byte for byte as in docs/abi.md.
 */
#include "unit.h"

#include <stdlib.h>

#include "vm.h"

u64 kvm_exitstat_host_id(void);

/* The file that was created last, in @dir, must have this text. */
static void made_file_says(const struct dentry *dir, const char *name, const char *want)
{
	struct seq_file m;
	char *text = NULL;
	size_t size;

	assert_string_equal(kshim_debugfs.name, name);
	assert_int_equal(kshim_debugfs.mode, 0444);
	assert_ptr_equal(kshim_debugfs.parent, dir);
	m.private = kshim_debugfs.data;
	m.out = open_memstream(&text, &size);
	assert_int_equal(kshim_debugfs.fops->show(&m, NULL), 0);
	fclose(m.out);
	assert_string_equal(text, want);
	free(text);
}

static void file_says(struct kvm_vcpu *vcpu, const char *want)
{
	struct dentry *const dir = (struct dentry *)vcpu;

	kvm_exitstat_create_vcpu_debugfs(vcpu, dir);
	made_file_says(dir, "exitstat", want);
}

static void vm_file_says(struct kvm *vm, const char *want)
{
	vm->debugfs_dentry = (struct dentry *)vm;
	kvm_exitstat_create_vm_debugfs(vm);
	made_file_says(vm->debugfs_dentry, "exitstat", want);
}

static void host_file_says(const char *want)
{
	/* Not in KVM's folder, where kvm_stat takes each file for a statistic of VMs */
	kvm_exitstat_create_debugfs();
	made_file_says(NULL, "kvm-exitstat", want);
	kvm_exitstat_remove_debugfs();
	assert_null(kshim_debugfs.name);
}

static void put(struct kvm_vcpu *vcpu, const struct books *books, const model_hist *hist)
{
	vm_put(vcpu, books, hist);
	/* The file is a reading, so it includes the running account: for this vCPU, outside. */
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
			[0x0a6] = { 4, 0, 0, 0, 0, 0, 0 },
			[0x0a7] = { 0x100000000ull, 1ull << 50, 0, 1, 0, 0, 0 },
			[0x0aa] = { 5, 50, 0, 0, 0, 0, 0 },
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
		  "reason 0x0a6 exits 4 kernel 0 user 0 halt 0 preempt 0 block 0 longest 0 name idle-halt\n"
		  "reason 0x400 exits 4294967296 kernel 1125899906842624 user 0 halt 1 preempt 0 block 0 longest 0 name npf\n"
		  "reason 0x403 exits 5 kernel 50 user 0 halt 0 preempt 0 block 0 longest 0 name vmgexit\n"
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
		  "total exits 22 kernel 15 user 8 halt 7 preempt 6 block 5\n"
		  "reason 0 exits 1 kernel 9 user 8 halt 7 preempt 6 block 5 name EXCEPTION_NMI\n"
		  "reason 10 exits 20 kernel 1 user 0 halt 0 preempt 0 block 0 name CPUID\n"
		  "reason 35 exits 2 kernel 2 user 0 halt 0 preempt 0 block 0 name undefined\n"
		  "reason 85 exits 18446744073709551615 kernel 3 user 0 halt 0 preempt 0 block 0 name MSR_WRITE_IMM\n");
	kvm_exitstat_key.enabled = true;
	kshim_clock_unstable = false;
	vm_end(vm);
}

static void no_exits_no_rows(void **state)
{
	struct kvm *vm = vm_new(1);

	(void)state;
	vm->arch.exitstat.id = 2;
	vm_let("exitstat_guest", 0);
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
		  "total exits 0 kernel 0 user 0 halt 0 preempt 0 block 0\n");
	vm_let("exitstat_guest", 1);
	vm_end(vm);
}

static void host_sum_says(unsigned int vcpus, const char *hist)
{
	char *want;

	assert_true(asprintf(&want,
			     "kvm-exitstat 1\n"
			     "isa vmx\n"
			     "id 0x%016llx\n"
			     "vcpus %u\n"
			     "counting 1\n"
			     "histograms 1\n"
			     "untrusted 0\n"
			     "tsc_khz 2345678\n"
			     "lifetime 4004534\n"
			     "guest 4000000\n"
			     "outside 10\n"
			     "anomalies 3\n"
			     "torn 0\n"
			     "total exits 18 kernel 59 user 420 halt 4014 preempt 15 block 16 longest 7\n"
			     "reason 10 exits 4 kernel 40 user 400 halt 4000 preempt 1 block 2 longest 5 name CPUID\n"
			     "hist 10 %s\n"
			     "reason 30 exits 14 kernel 14 user 14 halt 14 preempt 14 block 14 longest 7 name IO_INSTRUCTION\n"
			     "reason none exits 0 kernel 5 user 6 halt 0 preempt 0 block 0 longest 0 name none\n",
			     kvm_exitstat_host_id(), vcpus, hist) > 0);
	host_file_says(want);
	free(want);
}

/* Sums of two vCPUs of a VM and one of another VM, which ends; with the keys of sums */
static void sums(void **state)
{
	static const struct books first = {
		.v = { [10] = { 1, 10, 100, 1000, 0, 0, 5 }, [30] = { 7, 7, 7, 7, 7, 7, 7 } },
		.guest = 1000000, .outside = 3, .anomalies = 1,
	};
	static const struct books second = {
		.v = { [10] = { 2, 20, 200, 2000, 1, 2, 4 }, [PLACE_NONE] = { 0, 5, 6, 0, 0, 0, 0 } },
		.guest = 2000000, .outside = 4, .anomalies = 1,
	};
	/* The next row's first bucket is not this row's sixty-fifth. */
	static const model_hist hist = { [10] = { [3] = 1, [4] = 2 }, [11] = { 7 } };
	struct kvm *vm, *other;

	(void)state;
	vm = vm_new(2);
	other = vm_new(1);
	vm->arch.exitstat.id = 0xabc;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	vm_put(vm->vcpus[0], &first, &hist);
	vm_put(vm->vcpus[1], &second, &hist);
	vm_put(other->vcpus[0], &first, &hist);
	vm_file_says(vm,
		     "kvm-exitstat 1\n"
		     "isa vmx\n"
		     "id 0x0000000000000abc\n"
		     "vcpus 2\n"
		     "counting 1\n"
		     "histograms 1\n"
		     "untrusted 0\n"
		     "tsc_khz 2345678\n"
		     "lifetime 3003386\n"
		     "guest 3000000\n"
		     "outside 7\n"
		     "anomalies 2\n"
		     "torn 0\n"
		     "total exits 10 kernel 42 user 313 halt 3007 preempt 8 block 9 longest 7\n"
		     "reason 10 exits 3 kernel 30 user 300 halt 3000 preempt 1 block 2 longest 5 name CPUID\n"
		     "hist 10 3 2 4 4\n"
		     "reason 30 exits 7 kernel 7 user 7 halt 7 preempt 7 block 7 longest 7 name IO_INSTRUCTION\n"
		     "reason none exits 0 kernel 5 user 6 halt 0 preempt 0 block 0 longest 0 name none\n");

	host_sum_says(3, "3 3 4 6");
	/* An ended VM's values stay in the sum, except its histograms. */
	vm_end(other);
	host_sum_says(3, "3 2 4 4");
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	vm_end(vm);
}

/* The reader gets an error, and no incomplete file. */
static void no_memory_is_an_error(void **state)
{
	struct kvm *vm = vm_new(1);
	struct seq_file m = {};

	(void)state;
	kvm_exitstat_create_vcpu_debugfs(vm->vcpus[0], NULL);
	m.private = kshim_debugfs.data;
	kshim_fail_alloc = 1;
	assert_int_equal(kshim_debugfs.fops->show(&m, NULL), -ENOMEM);
	kvm_exitstat_create_vm_debugfs(vm);
	m.private = kshim_debugfs.data;
	kshim_fail_alloc = 1;
	assert_int_equal(kshim_debugfs.fops->show(&m, NULL), -ENOMEM);
	kshim_killed = true;
	assert_int_equal(kshim_debugfs.fops->show(&m, NULL), -EINTR);
	kshim_killed = false;
	kvm_exitstat_create_debugfs();
	kshim_fail_alloc = 1;
	assert_int_equal(kshim_debugfs.fops->show(&m, NULL), -ENOMEM);
	vm_end(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First, because the host's sum starts here */
		cmocka_unit_test_setup(sums, load_vmx),
		cmocka_unit_test(svm),
		cmocka_unit_test_setup(vmx, load_vmx),
		cmocka_unit_test_setup(no_exits_no_rows, load_vmx),
		cmocka_unit_test_setup(no_memory_is_an_error, load_vmx),
	};

	return cmocka_run_group_tests_name("debugfs", tests, NULL, NULL);
}
