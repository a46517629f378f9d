// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting: which counter an exit lands in, whatever the hardware reports.
 */
#include "unit.h"

#include "vm.h"

static struct kvm *vm;

static int setup(void **state)
{
	(void)state;
	vm_load(KVM_ISA_VMX);
	vm = vm_new(1);
	return 0;
}

static int setup_svm(void **state)
{
	(void)state;
	vm_load(KVM_ISA_SVM);
	vm = vm_new(1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_end(vm);
	return 0;
}

/* Exits without entries, to test only the counts. */
static void counted_once_at(unsigned int place, u64 reason)
{
	struct kvm_exitstat *stat = vm_stat(vm->vcpus[0]);
	unsigned int i;

	for (i = 0; i < PLACES; i++) {
		if (!vm_has(i))
			continue;
		if (*vm_value_at(stat, EXITS, i) != (i == place))
			fail_msg("reason 0x%llx: counter %u is %llu, not %u",
				 reason, i, *vm_value_at(stat, EXITS, i), i == place);
		*vm_value_at(stat, EXITS, i) = 0;
	}
	assert_int_equal(stat->total, 1);
	assert_int_equal(stat->slot, vm_slot(place));
	stat->total = 0;
}

/* struct vmx_exit_reason: 16 bits of reason, then flags. */
union exit_reason {
	struct {
		u32 basic : 16;
		u32 flags : 16;
	};
	u32 full;
};

static void vmx_all_basic_reasons_with_and_without_flags(void **state)
{
	static const u32 flags[] = { 0, 0x80000000, 0x08000000, 0xffff0000 };
	union exit_reason exit;
	u32 reason;
	size_t f;

	(void)state;
	for (f = 0; f < ARRAY_SIZE(flags); f++)
		for (reason = 0; reason < 0x10000; reason++) {
			exit.full = reason | flags[f];
			assert_int_equal(kvm_exitstat_exit(vm_stat(vm->vcpus[0]), KVM_ISA_VMX,
							   exit.full), exit.full > 85);
			counted_once_at(reason <= 85 ? reason : PLACE_OTHER,
					exit.full);
		}
}

static unsigned int svm_place(u64 code)
{
	if (code < 0xa7)
		return code;
	return code >= 0x400 && code < 0x404 ? code - 0x400 + 0xa7 : PLACE_OTHER;
}

static void svm_all_codes(void **state)
{
	u64 code;

	(void)state;
	for (code = 0; code <= 0x10000; code++) {
		kvm_exitstat_exit(vm_stat(vm->vcpus[0]), KVM_ISA_SVM, code);
		counted_once_at(svm_place(code), code);
	}
}

static void svm_negative_and_wide_codes_are_other(void **state)
{
	static const u64 codes[] = { 0xffffffff, ~0ull, -2ull, 0xfffffffe,
				     0xf0000000, 0x80000001, 0x100000072ull,
				     0x100000400ull, 1ull << 63 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		kvm_exitstat_exit(vm_stat(vm->vcpus[0]), KVM_ISA_SVM, codes[i]);
		counted_once_at(PLACE_OTHER, codes[i]);
	}
}

static void nothing_is_counted_while_off(void **state)
{
	struct kvm_exitstat *stat = vm_stat(vm->vcpus[0]);
	unsigned int i;

	(void)state;
	assert_int_equal(vm_set("exitstat", "0"), 0);
	assert_true(kvm_exitstat_exit(stat, KVM_ISA_VMX, 10));
	kvm_exitstat_exit(stat, KVM_ISA_SVM, 0x72);
	assert_int_equal(vm_set("exitstat", "1"), 0);
	for (i = 0; i < PLACES; i++)
		assert_true(!vm_has(i) || !*vm_value_at(stat, EXITS, i));
	assert_int_equal(stat->total, 0);
}

static void counts_pass_32_bits(void **state)
{
	struct kvm_exitstat *stat = vm_stat(vm->vcpus[0]);

	(void)state;
	*vm_value_at(stat, EXITS, 10) = 0xffffffff;
	stat->total = 0xffffffff;
	kvm_exitstat_exit(stat, KVM_ISA_VMX, 10);
	assert_true(*vm_value_at(stat, EXITS, 10) == 0x100000000ull);
	assert_true(stat->total == 0x100000000ull);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_SVM(name)	cmocka_unit_test_setup_teardown(name, setup_svm, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vmx_all_basic_reasons_with_and_without_flags),
		TEST_SVM(svm_all_codes),
		TEST_SVM(svm_negative_and_wide_codes_are_other),
		TEST(nothing_is_counted_while_off),
		TEST(counts_pass_32_bits),
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
