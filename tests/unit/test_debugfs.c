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

/* The example in docs/abi.md, with a little more. */
static void svm(void **state)
{
	struct kvm *vm = vm_new(2);
	struct kvm_vcpu *vcpu = vm->vcpus[1];

	(void)state;
	vm_load(LEAF_ISA_SVM);
	vm_fill(vm, 0);
	memset(vcpu->arch.exitstat.exits, 0, PLACES * sizeof(u64));
	vm->arch.exitstat.id = 0x8c5d7f0a31e2b964ull;
	*vm_count(vcpu, 0x060) = 201;
	*vm_count(vcpu, 0x072) = 812;
	*vm_count(vcpu, 0x040) = 3;
	*vm_count(vcpu, 0x0bf) = 4;
	*vm_count(vcpu, 0x400) = 0x100000000ull;
	*vm_count(vcpu, 0x40f) = 5;
	*vm_count(vcpu, LEAF_SUB_OTHER) = 1;
	*vm_count(vcpu, LEAF_SUB_TOTAL) = 4294968322ull;
	file_says(vcpu,
		  "kvm-exitstat 1\n"
		  "isa svm\n"
		  "id 0x8c5d7f0a31e2b964\n"
		  "vcpu 1\n"
		  "counting 1\n"
		  "total exits 4294968322\n"
		  "reason 0x040 exits 3 name DE excp\n"
		  "reason 0x060 exits 201 name interrupt\n"
		  "reason 0x072 exits 812 name cpuid\n"
		  "reason 0x0bf exits 4 name undefined\n"
		  "reason 0x400 exits 4294967296 name npf\n"
		  "reason 0x40f exits 5 name undefined\n"
		  "reason other exits 1 name other\n");
	vm_end(vm);
}

static void vmx(void **state)
{
	struct kvm *vm = vm_new(1);
	struct kvm_vcpu *vcpu = vm->vcpus[0];

	(void)state;
	vm_load(LEAF_ISA_VMX);
	vm->arch.exitstat.id = 1;
	*vm_count(vcpu, 0) = 1;
	*vm_count(vcpu, 10) = 20;
	*vm_count(vcpu, 35) = 2;
	*vm_count(vcpu, 85) = ~0ull;
	*vm_count(vcpu, LEAF_SUB_TOTAL) = 22;
	kvm_exitstat_key.enabled = false;
	file_says(vcpu,
		  "kvm-exitstat 1\n"
		  "isa vmx\n"
		  "id 0x0000000000000001\n"
		  "vcpu 0\n"
		  "counting 0\n"
		  "total exits 22\n"
		  "reason 0 exits 1 name EXCEPTION_NMI\n"
		  "reason 10 exits 20 name CPUID\n"
		  "reason 35 exits 2 name undefined\n"
		  "reason 85 exits 18446744073709551615 name MSR_WRITE_IMM\n");
	kvm_exitstat_key.enabled = true;
	vm_end(vm);
}

static void no_exits_no_rows(void **state)
{
	struct kvm *vm = vm_new(1);

	(void)state;
	vm_load(LEAF_ISA_VMX);
	vm->arch.exitstat.id = 2;
	kvm_exitstat_guest = 0;
	file_says(vm->vcpus[0],
		  "kvm-exitstat 1\n"
		  "isa vmx\n"
		  "id 0x0000000000000002\n"
		  "vcpu 0\n"
		  "counting 1\n"
		  "total exits 0\n");
	kvm_exitstat_guest = 1;
	vm_end(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(svm),
		cmocka_unit_test(vmx),
		cmocka_unit_test(no_exits_no_rows),
	};

	return cmocka_run_group_tests_name("debugfs", tests, NULL, NULL);
}
