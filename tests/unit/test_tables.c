// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares the tables of exit reasons with the kernel's own, in <asm/vmx.h> and
 * <asm/svm.h>, and with docs/abi.md's statements about the manuals.
 */
#include "unit.h"

#include <strings.h>

#include <asm/svm.h>
#include <asm/vmx.h>

#include "vm.h"
#include "../../kernel/exitstat_reasons.h"

struct name {
	u32 reason;
	const char *name;
};

static const struct name kernel_vmx[] = { VMX_EXIT_REASONS };
static const struct name kernel_svm[] = { SVM_EXIT_REASONS };

static const char *our_name(u32 isa, u32 reason)
{
	unsigned int slot;

	for (slot = 0; slot < kvm_exitstat_nr_slots(isa); slot++)
		if (kvm_exitstat_slot_reason(isa, slot) == reason)
			return kvm_exitstat_slot_entry(isa, slot)->name;
	return NULL;
}

static void same_names(u32 isa, const struct name *names, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!our_name(isa, names[i].reason))
			fail_msg("0x%x, the kernel's %s, is missing",
				 names[i].reason, names[i].name);
		assert_string_equal(our_name(isa, names[i].reason),
				    names[i].name);
	}
}

static void vmx_names_are_the_kernels(void **state)
{
	(void)state;
	assert_true(ARRAY_SIZE(kernel_vmx) > 60);
	same_names(KVM_EXITSTAT_ISA_VMX, kernel_vmx, ARRAY_SIZE(kernel_vmx));
}

/* Except codes that hardware never puts into EXITCODE itself. */
static void svm_names_are_the_kernels(void **state)
{
	struct name hardware[ARRAY_SIZE(kernel_svm)];
	size_t i, nr = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kernel_svm); i++)
		if (kernel_svm[i].reason < 0x80000000)
			hardware[nr++] = kernel_svm[i];
	assert_true(nr > 80);
	same_names(KVM_EXITSTAT_ISA_SVM, hardware, nr);
}

static void defined_is_what_the_manuals_define(void **state)
{
	static const unsigned short years[] = { 2020, 2022, 0xffff };
	const struct kvm_exitstat_reason *entry;
	u32 isa, slot, reason;
	bool ours, theirs;
	size_t y;

	(void)state;
	for (isa = 1; isa <= 2; isa++)
		for (slot = 0; slot < kvm_exitstat_nr_slots(isa); slot++)
			for (y = 0; y < ARRAY_SIZE(years); y++) {
				reason = kvm_exitstat_slot_reason(isa, slot);
				entry = kvm_exitstat_slot_entry(isa, slot);
				ours = entry->name && entry->edition <= years[y];
				theirs = years[y] == 0xffff ?
					 leaf_newest_defines(isa, reason) :
					 leaf_layout_defines(isa, years[y], reason);
				if (ours != theirs)
					fail_msg("ISA %u reason 0x%x year %u",
						 isa, reason, years[y]);
			}
}

static void slots_are_the_reasons_with_a_counter(void **state)
{
	u32 isa, slot, reason, last, n;

	(void)state;
	for (isa = 1; isa <= 2; isa++) {
		last = 0;
		for (slot = 0; slot < kvm_exitstat_nr_slots(isa); slot++) {
			reason = kvm_exitstat_slot_reason(isa, slot);
			assert_true(leaf_has_counter(isa, reason));
			assert_true(!slot || reason > last);
			assert_int_equal(kvm_exitstat_slot(isa, reason), slot);
			last = reason;
		}
		for (n = 0, reason = 0; reason < 0x10000; reason++)
			n += leaf_has_counter(isa, reason);
		assert_int_equal(kvm_exitstat_nr_slots(isa), n);
		assert_int_equal(kvm_exitstat_reasons_end(isa), last + 1);
	}
	for (isa = 1; isa <= 2; isa++) {
		vm_load(isa);
		assert_int_equal(KVM_EXITSTAT_OTHER, vm_slot(PLACE_OTHER));
		assert_int_equal(KVM_EXITSTAT_NONE, vm_slot(PLACE_NONE));
		assert_int_equal(kvm_exitstat_slots, isa == LEAF_ISA_VMX ? 88 : 173);
	}
}

#define CACHE_LINE	64
#define LINE_OF(field)	(offsetof(struct kvm_exitstat, field) / CACHE_LINE)

/* An exit and its entry touch one cache line, besides the two values of the reason. */
static void hot_fields_share_a_line(void **state)
{
	(void)state;
	assert_int_equal(_Alignof(struct kvm_exitstat), CACHE_LINE);
	assert_int_equal(LINE_OF(last), 0);
	assert_int_equal(LINE_OF(exit), 0);
	assert_int_equal(LINE_OF(total), 0);
	assert_int_equal(LINE_OF(settled), 0);
	assert_int_equal(LINE_OF(guest), 0);
	assert_int_equal(LINE_OF(left), 0);
	assert_int_equal(LINE_OF(slot), 0);
	assert_int_equal(offsetof(struct kvm_exitstat, value) % CACHE_LINE, 0);
}

static void sizes_are_as_documented(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct kvm_exitstat) + 8 * KVM_EXITSTAT_VMX_VALUES, 4480);
	assert_int_equal(sizeof(struct kvm_exitstat) + 8 * KVM_EXITSTAT_SVM_VALUES, 8560);
	assert_int_equal(sizeof(struct kvm_exitstat_hist), 16 + 173 * 8);
}

/* A name stands for only one reason, so that it can be used in options. */
static void names_are_unique_in_either_case(void **state)
{
	const char *a, *b;
	u32 isa, i, j;

	(void)state;
	for (isa = 1; isa <= 2; isa++)
		for (i = 0; i < kvm_exitstat_nr_slots(isa); i++)
			for (j = 0; j < i; j++) {
				a = kvm_exitstat_slot_entry(isa, i)->name;
				b = kvm_exitstat_slot_entry(isa, j)->name;
				assert_false(a && b && !strcasecmp(a, b));
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmx_names_are_the_kernels),
		cmocka_unit_test(svm_names_are_the_kernels),
		cmocka_unit_test(defined_is_what_the_manuals_define),
		cmocka_unit_test(slots_are_the_reasons_with_a_counter),
		cmocka_unit_test(hot_fields_share_a_line),
		cmocka_unit_test(sizes_are_as_documented),
		cmocka_unit_test(names_are_unique_in_either_case),
	};

	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
