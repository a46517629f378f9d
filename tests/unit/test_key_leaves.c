// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID leaves 0x4FFFFF40 to 45: the keys that a vCPU's snapshot has.
 */
#include "unit.h"

#include <stdlib.h>

#include <asm/svm.h>
#include <asm/vmx.h>

#include "cpuid.h"
#include "exitstat_reasons.h"
#include "exitstat_rows.h"
#include "hooks.h"
#include "trace.h"
#include "vm.h"
#include "x86.h"

#define SNAPSHOT	0x4fffff08
#define KEYS		0x4fffff40
#define FEATURES	0x4fffff01

/* docs/abi.md: what a row is of */
enum { REASON, REST, LEVEL, FLOOR, OWN = 0x10 };

struct row {
	u32 reason, what;
	u64 value, exits, kernel, user, error;
};

static struct kvm *vm, *neighbour;
static struct kvm_vcpu *vcpu;
static struct runner runner;
static struct row ours[4000], theirs[4000];

static int begin(u32 isa)
{
	static const u64 vmx[] = { 10, 30, 31, 32, 48, 49, 12, 18, 0, 1, 28, 55 };
	static const u64 svm[] = { 0x72, 0x7b, 0x7c, 0x400, 0x78, 0x81, 0x60, 0x8d, 0x10, 0x41, 0x403, 0x402 };

	vm_load(isa);
	hooks_isa = isa;
	memcpy(hooks_reasons, isa == LEAF_ISA_VMX ? vmx : svm, sizeof(hooks_reasons));
	neighbour = vm_new(1);
	vm = vm_new(2);
	vcpu = vm->vcpus[1];
	runner = (struct runner){};
	runner_init(&runner, vcpu);
	return vm_set("exitstat_keys", "1");
}

static int setup_vmx(void **state)
{
	(void)state;
	return begin(LEAF_ISA_VMX);
}

static int setup_svm(void **state)
{
	(void)state;
	return begin(LEAF_ISA_SVM);
}

static int teardown(void **state)
{
	(void)state;
	vm_let("exitstat_guest", 1);
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	vm_end(vm);
	vm_end(neighbour);
	assert_int_equal(kshim_allocated, 0);
	return 0;
}

static void ask(struct kvm_vcpu *v, u32 leaf, u32 sub, u32 regs[4])
{
	assert_true(vm_cpuid(v, leaf, sub, regs));
}

static u32 take(struct kvm_vcpu *v)
{
	u32 regs[4];

	ask(v, SNAPSHOT, 0, regs);
	assert_int_not_equal(regs[0], 0);
	return regs[0];
}

/* The number of rows in the snapshot @id */
static u32 rows_of(struct kvm_vcpu *v, u32 id)
{
	u32 regs[4];

	ask(v, KEYS, vm_random(), regs);
	assert_int_equal(regs[1], 0);
	assert_int_equal(regs[2], 0);
	assert_int_equal(regs[3], id);
	return regs[0];
}

static void there_are_none(struct kvm_vcpu *v)
{
	u32 leaf, regs[4];

	for (leaf = KEYS; leaf <= KEYS + 5; leaf++) {
		ask(v, leaf, 0, regs);
		assert_int_equal(regs[0] | regs[1] | regs[2] | regs[3], 0);
	}
}

/* A row's number; all four say which reason the row is of. */
static u64 number(u32 id, u32 leaf, u32 index, u32 *reason)
{
	u32 regs[4];

	ask(vcpu, leaf, index, regs);
	assert_int_equal(regs[3], id);
	if (leaf != KEYS + 2)
		assert_int_equal(regs[2], *reason);
	*reason = regs[2];
	return (u64)regs[1] << 32 | regs[0];
}

static struct row row_at(u32 id, u32 index)
{
	struct row row = {};
	u32 regs[4];

	ask(vcpu, KEYS + 1, index, regs);
	assert_int_equal(regs[3], id);
	row.value = (u64)regs[1] << 32 | regs[0];
	row.what = regs[2];
	row.exits = number(id, KEYS + 2, index, &row.reason);
	row.kernel = number(id, KEYS + 3, index, &row.reason);
	row.user = number(id, KEYS + 4, index, &row.reason);
	row.error = number(id, KEYS + 5, index, &row.reason);
	return row;
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->reason != y->reason)
		return x->reason < y->reason ? -1 : 1;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	return x->value < y->value ? -1 : x->value > y->value;
}

static u32 by_guest(u32 id)
{
	const u32 nr = rows_of(vcpu, id);
	u32 i;

	assert_in_range(nr, 0, ARRAY_SIZE(ours));
	for (i = 0; i < nr; i++)
		ours[i] = row_at(id, i);
	qsort(ours, nr, sizeof(*ours), compare);
	return nr;
}

static u32 reason_in_slot(u32 slot)
{
	const u32 nr = kvm_exitstat_nr_slots(hooks_isa);

	return slot < nr ? kvm_exitstat_slot_reason(hooks_isa, slot) : slot == nr ? LEAF_SUB_OTHER : LEAF_SUB_NONE;
}

static struct row as_row(const struct kvm_exitstat_row *row)
{
	u32 what = row->what.class;

	if (what > KVM_EXITSTAT_ROW_KEY)
		what = OWN + row->what.class - KVM_EXITSTAT_ROW_KEY;
	return (struct row){
		.reason = reason_in_slot(row->what.slot),
		.what = what | (u8)row->what.access << 8 | row->what.size << 16,
		.value = row->what.value,
		.exits = row->times.exits,
		.kernel = row->times.kernel,
		.user = row->times.user,
		.error = row->error,
	};
}

/* What the file in debugfs is made from. */
static u32 by_host(void)
{
	struct kvm_exitstat_rows *rows = kvm_exitstat_vcpu_rows(vcpu);
	u32 i, nr = 0;

	assert_in_range(rows->nr, 0, ARRAY_SIZE(theirs) - 16);
	for (i = 0; i < rows->nr; i++)
		theirs[nr++] = as_row(&rows->row[i]);
	for (i = 1; i < KVM_EXITSTAT_NR_CLASSES; i++)
		if (rows->floor[i])
			theirs[nr++] = (struct row){ .reason = LEAF_SUB_NONE, .what = FLOOR, .value = OWN + i,
						     .exits = rows->floor[i] };
	kvm_exitstat_free_rows(rows);
	qsort(theirs, nr, sizeof(*theirs), compare);
	return nr;
}

static void the_same(u32 nr, u32 id)
{
	u32 i;

	assert_int_equal(by_guest(id), nr);
	for (i = 0; i < nr; i++)
		if (memcmp(&ours[i], &theirs[i], sizeof(*ours)))
			fail_msg("row %u: what 0x%x of reason %u, value 0x%llx: %llu exits, not what 0x%x of %u, 0x%llx: %llu",
				 i, ours[i].what, ours[i].reason, ours[i].value, ours[i].exits, theirs[i].what,
				 theirs[i].reason, theirs[i].value, theirs[i].exits);
}

static void steps(u32 distinct, unsigned int nr)
{
	enum hook hook;
	u64 arg, n;

	for (; nr; nr--) {
		n = vm_random() % distinct;
		vcpu->arch.regs[VCPU_REGS_RAX] = n;
		vcpu->arch.regs[VCPU_REGS_RCX] = n;
		vcpu->arch.qualification = n << 16;
		vcpu->arch.gpa = n << 21;
		vcpu->arch.vmcb->control.exit_info_1 = n << 16;
		vcpu->arch.vmcb->control.exit_info_2 = n << 21;
		vcpu->arch.nested = vm_random() % 8 == 0;
		hook = runner_choose(&runner, &arg);
		if (hook == EXIT) {
			vcpu->arch.vmcb->control.exit_code = arg;
			vcpu->arch.exit_reason.basic = arg;
		}
		runner_do(&runner, hook, arg);
		kshim_clock += vm_random() % 3000;
	}
	/* Who asks for keys is not nested. */
	vcpu->arch.nested = false;
}

/* Also while more than 64 keys of a class come and go, and after the next exits. */
static void they_are_the_hosts(void **state)
{
	static const u32 distinct[] = { 1, 3, 64, 70, 10000 };
	unsigned int round;
	u32 nr, id;

	(void)state;
	for (round = 0; round < rounds(100, 5000); round++) {
		steps(distinct[round % 5], 100);
		nr = by_host();
		assert_true(nr > 5);
		id = take(vcpu);
		the_same(nr, id);
		steps(10000, 50);
		the_same(nr, id);
	}
	assert_true(nr > 300);
}

/* What the vCPU had before its keys began is in no row. */
static void they_begin_with_the_keys(void **state)
{
	u32 nr, id;

	(void)state;
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	steps(70, 2000);
	assert_int_equal(vm_set("exitstat_keys", "1"), 0);
	steps(70, 500);
	nr = by_host();
	assert_true(nr > 5);
	id = take(vcpu);
	the_same(nr, id);
}

static unsigned int loads_until_off;

static void keys_off(void)
{
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
}

static void keys_off_later(void)
{
	if (loads_until_off--)
		return;
	kshim_hooks.load = NULL;
	kshim_elsewhere(keys_off);
}

/* At the first and at later loads that take a snapshot */
static void they_may_go_while_they_are_frozen(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 0; n < 6000; n += 97) {
		assert_int_equal(vm_set("exitstat_keys", "1"), 0);
		steps(70, 200);
		loads_until_off = n;
		kshim_hooks.load = keys_off_later;
		take(vcpu);
		kshim_hooks.load = NULL;
		keys_off();
		there_are_none(vcpu);
	}
}

static void beyond_the_last_there_is_none(void **state)
{
	static const u32 far[] = { 0, 1, 63, 0x7ffffffe, 0x80000000, 0xfffffffe };
	u32 leaf, nr, id, regs[4];
	size_t i;

	(void)state;
	steps(10000, 1000);
	id = take(vcpu);
	nr = rows_of(vcpu, id);
	for (leaf = KEYS + 1; leaf <= KEYS + 5; leaf++) {
		for (i = 0; i < ARRAY_SIZE(far); i++) {
			if (far[i] && far[i] < 64 + nr)
				continue;
			ask(vcpu, leaf, far[i] ? far[i] : nr, regs);
			assert_int_equal(regs[0] | regs[1] | regs[2], 0);
			assert_int_equal(regs[3], id);
		}
		ask(vcpu, leaf, nr - 1, regs);
		assert_true(leaf != KEYS + 2 || regs[0]);
	}
	for (i = 6; i < 12; i++) {
		ask(vcpu, KEYS + i, 0, regs);
		assert_int_equal(regs[0] | regs[1] | regs[2] | regs[3], 0);
	}
}

/* The row that a CPU would use while it speculates past the last: see kshim.h. */
static void an_index_is_clamped(void **state)
{
	u32 id, nr, v, reason, other;
	u64 first;

	(void)state;
	steps(70, 500);
	id = take(vcpu);
	nr = rows_of(vcpu, id);
	for (v = 2; v <= 5; v++) {
		reason = row_at(id, 0).reason;
		first = number(id, KEYS + v, 0, &reason);
		other = reason;
		kshim_speculates = nr;
		assert_true(number(id, KEYS + v, nr - 1, &other) == first);
		assert_int_equal(other, reason);
		kshim_speculates = 0;
	}
}

static void they_are_the_asking_vcpus(void **state)
{
	u32 id, nr, none;

	(void)state;
	steps(70, 500);
	nr = by_host();
	there_are_none(vcpu);
	id = take(vcpu);
	there_are_none(vm->vcpus[0]);
	there_are_none(neighbour->vcpus[0]);
	/* The others have had no exit. */
	none = take(vm->vcpus[0]);
	assert_int_equal(rows_of(vm->vcpus[0], none), 0);
	the_same(nr, id);

	/* The host's sums do not make them another's. */
	vm_let("exitstat_guest", 2);
	there_are_none(vcpu);
	id = take(vcpu);
	the_same(nr, id);
	assert_int_equal(rows_of(neighbour->vcpus[0], take(neighbour->vcpus[0])), 0);
}

static void user_space_gets_none(void **state)
{
	u32 id;

	(void)state;
	steps(3, 200);
	id = take(vcpu);
	vcpu->arch.cpl = 3;
	there_are_none(vcpu);
	vcpu->arch.cpl = 1;
	there_are_none(vcpu);
	vcpu->arch.cpl = 0;
	assert_true(rows_of(vcpu, id) > 0);
	vcpu->arch.guest_state_protected = true;
	there_are_none(vcpu);
}

/* Its hypervisor on SVM need not intercept CPUID, and KVM then answers the nested guest itself. */
static void a_nested_guest_gets_none(void **state)
{
	u32 id;

	(void)state;
	steps(3, 200);
	id = take(vcpu);
	vcpu->arch.nested = true;
	there_are_none(vcpu);
	vcpu->arch.nested = false;
	assert_true(rows_of(vcpu, id) > 0);
	vcpu->arch.nested = true;
	take(vcpu);
	there_are_none(vcpu);
}

static u32 features(void)
{
	u32 regs[4];

	ask(vcpu, FEATURES, 0, regs);
	return regs[3];
}

static void off_is_off(void **state)
{
	u32 id, regs[4];

	(void)state;
	steps(3, 200);
	id = take(vcpu);
	assert_int_equal(features() & 16, 16);
	kvm_exitstat_keys = 0;
	there_are_none(vcpu);
	kvm_exitstat_keys = 1;
	assert_true(rows_of(vcpu, id) > 0);
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	assert_int_equal(features() & 16, 0);
	there_are_none(vcpu);
	take(vcpu);
	there_are_none(vcpu);
	assert_int_equal(vm_set("exitstat_keys", "1"), 0);
	there_are_none(vcpu);
	id = take(vcpu);
	assert_int_equal(rows_of(vcpu, id), 0);

	vm_let("exitstat_guest", 0);
	assert_false(vm_cpuid(vcpu, KEYS, 0, regs));
	vm_let("exitstat_guest", 1);
	kshim_cpuid_leaf = 0x4fffff00;
	assert_false(vm_cpuid(vcpu, KEYS, 0, regs));
	kshim_cpuid_leaf = 0;
}

static void a_snapshot_allocates_nothing_for_them(void **state)
{
	u32 id;

	(void)state;
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	take(vcpu);
	assert_int_equal(vm_set("exitstat_keys", "1"), 0);
	steps(3, 200);
	kshim_fail_alloc = 1;
	id = take(vcpu);
	assert_true(rows_of(vcpu, id) > 0);
	assert_int_equal(kshim_fail_alloc, 1);
	kshim_fail_alloc = 0;
}

/* A writer that never finishes */
static void what_need_not_balance_says_so(void **state)
{
	u32 id, regs[4];

	(void)state;
	steps(3, 200);
	vm_stat(vcpu)->seq++;
	id = take(vcpu);
	ask(vcpu, KEYS, 0, regs);
	assert_int_equal(regs[1], 1);
	assert_int_equal(regs[3], id);
	vm_stat(vcpu)->seq--;
	assert_true(rows_of(vcpu, take(vcpu)) > 0);
}

#define TEST(f)		{ #f, f, setup_vmx, teardown, NULL }, { #f "_on_svm", f, setup_svm, teardown, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(they_are_the_hosts),
		TEST(they_begin_with_the_keys),
		TEST(they_may_go_while_they_are_frozen),
		TEST(beyond_the_last_there_is_none),
		TEST(an_index_is_clamped),
		TEST(they_are_the_asking_vcpus),
		TEST(user_space_gets_none),
		TEST(a_nested_guest_gets_none),
		TEST(off_is_off),
		TEST(a_snapshot_allocates_nothing_for_them),
		TEST(what_need_not_balance_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
