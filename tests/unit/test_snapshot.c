// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which values CPUID leaf 0x4FFFFF08 freezes, and for which vCPU.
 */
#include "unit.h"

#include "vm.h"

#define SNAPSHOT	0x4fffff08
#define FROZEN		0x4fffff30
#define LIVE		0x4fffff10

static struct kvm *vm, *neighbour;

static int setup(void **state)
{
	(void)state;
	vm_load(LEAF_ISA_VMX);
	neighbour = vm_new(1);
	vm = vm_new(2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_end(vm);
	vm_end(neighbour);
	assert_int_equal(kshim_allocated, 0);
	return 0;
}

static u32 take(struct kvm_vcpu *vcpu)
{
	u32 regs[4];

	assert_true(vm_cpuid(vcpu, SNAPSHOT, vm_random(), regs));
	assert_int_equal(regs[1], 0);
	assert_int_equal(regs[2], 0);
	assert_int_equal(regs[3], 0);
	return regs[0];
}

static void no_memory(struct kvm_vcpu *vcpu)
{
	u32 regs[4];

	assert_true(vm_cpuid(vcpu, SNAPSHOT, 0, regs));
	assert_int_equal(regs[0], 0);
	assert_int_equal(regs[1], 0);
	assert_int_equal(regs[2], 0);
	assert_int_equal(regs[3], 1);
}

/* Value @v of @sub in the snapshot, which must have the id @id */
static u64 frozen(struct kvm_vcpu *vcpu, u32 id, u32 v, u32 sub)
{
	u32 regs[4];

	assert_true(vm_cpuid(vcpu, FROZEN + v, sub, regs));
	assert_int_equal(regs[3], id);
	return (u64)regs[1] << 32 | regs[0];
}

static void there_is_none(struct kvm_vcpu *vcpu)
{
	static const u32 subs[] = { 0, 10, 0xffff, LEAF_SUB_NONE, LEAF_SUB_OTHER,
				    LEAF_SUB_TOTAL };
	u32 v, regs[4];
	size_t i;

	for (v = EXITS; v <= ANOMALIES; v++)
		for (i = 0; i < ARRAY_SIZE(subs); i++) {
			assert_true(vm_cpuid(vcpu, FROZEN + v, subs[i], regs));
			assert_int_equal(regs[0] | regs[1] | regs[2] | regs[3], 0);
		}
}

static void it_is_frozen_while_live_moves_on(void **state)
{
	struct kvm_vcpu *vcpu = vm->vcpus[0];
	u64 exits, kernel, lifetime;
	u32 id;

	(void)state;
	vm_fill(vm, 0);
	id = take(vcpu);
	exits = frozen(vcpu, id, EXITS, 10);
	kernel = frozen(vcpu, id, KERNEL, 10);
	lifetime = frozen(vcpu, id, LIFETIME, 0);
	assert_true(exits == vm_cpuid64(vcpu, LIVE + EXITS, 10));
	assert_true(kernel == vm_cpuid64(vcpu, LIVE + KERNEL, 10));

	kshim_clock += 12345;
	kvm_exitstat_run_begin(vcpu);
	kvm_exitstat_entry(vm_stat(vcpu), KVM_ISA_VMX);
	kvm_exitstat_exit(vm_stat(vcpu), KVM_ISA_VMX, 10);
	kshim_clock += 100;
	assert_true(vm_cpuid64(vcpu, LIVE + EXITS, 10) == exits + 1);
	assert_true(vm_cpuid64(vcpu, LIVE + KERNEL, 10) == kernel + 100);
	assert_true(frozen(vcpu, id, EXITS, 10) == exits);
	assert_true(frozen(vcpu, id, KERNEL, 10) == kernel);
	assert_true(frozen(vcpu, id, LIFETIME, 0) == lifetime);

	/* The next snapshot has all values, and is the only one. */
	assert_int_equal(take(vcpu), id + 1);
	assert_true(frozen(vcpu, id + 1, EXITS, 10) == exits + 1);
	assert_true(frozen(vcpu, id + 1, KERNEL, 10) == kernel + 100);
	assert_true(frozen(vcpu, id + 1, LIFETIME, 0) == lifetime + 2 * 12445);
}

static void rows_and_accounts_add_up(void **state)
{
	struct kvm_vcpu *vcpu = vm->vcpus[0];
	u64 sum, lifetime;
	u32 id, v, reason;

	(void)state;
	vm_fill(vm, 2);
	kshim_clock += 777;
	id = take(vcpu);
	kshim_clock += 777;
	lifetime = frozen(vcpu, id, GUEST, 0) + frozen(vcpu, id, OUTSIDE, 0);
	for (v = EXITS; v <= BLOCK; v++) {
		sum = frozen(vcpu, id, v, LEAF_SUB_OTHER) + frozen(vcpu, id, v, LEAF_SUB_NONE);
		for (reason = 0; reason < 0x410; reason++)
			sum += frozen(vcpu, id, v, reason);
		assert_true(sum == frozen(vcpu, id, v, LEAF_SUB_TOTAL));
		if (v != EXITS)
			lifetime += frozen(vcpu, id, v, LEAF_SUB_TOTAL);
	}
	assert_true(lifetime == frozen(vcpu, id, LIFETIME, 0));
}

static void it_is_for_the_vcpu_that_asked(void **state)
{
	u32 first, second;

	(void)state;
	vm_fill(vm, 0);
	first = take(vm->vcpus[0]);
	there_is_none(vm->vcpus[1]);
	there_is_none(neighbour->vcpus[0]);
	kshim_clock += 50;
	second = take(vm->vcpus[1]);
	assert_int_not_equal(first, second);
	assert_true(frozen(vm->vcpus[1], second, LIFETIME, 0) ==
		    frozen(vm->vcpus[0], first, LIFETIME, 0) + 2 * 50);
}

static void ids_are_never_0_and_not_used_twice(void **state)
{
	(void)state;
	assert_int_equal(take(vm->vcpus[0]), 1);
	assert_int_equal(take(vm->vcpus[1]), 2);
	assert_int_equal(take(vm->vcpus[0]), 3);
	assert_int_equal(take(neighbour->vcpus[0]), 1);
	vm->arch.exitstat.snapshots.counter = -3;
	assert_int_equal(take(vm->vcpus[0]), 0xfffffffe);
	assert_int_equal(take(vm->vcpus[1]), 0xffffffff);
	assert_int_equal(take(vm->vcpus[0]), 1);
	frozen(vm->vcpus[1], 0xffffffff, EXITS, 10);
}

static void without_memory_there_is_none(void **state)
{
	struct kvm_vcpu *vcpu = vm->vcpus[0];
	u32 id;

	(void)state;
	kshim_fail_alloc = 1;
	no_memory(vcpu);
	there_is_none(vcpu);
	id = take(vcpu);
	frozen(vcpu, id, EXITS, 10);

	/* The existing snapshot stays, because keeping it takes no memory. */
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	kshim_fail_alloc = 1;
	no_memory(vcpu);
	assert_int_equal(kshim_fail_alloc, 0);
	frozen(vcpu, id, EXITS, 10);
	assert_int_equal(take(vcpu), id + 1);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
}

static void memory_is_accounted_and_taken_once(void **state)
{
	size_t before = kshim_accounted, plain, hist;

	(void)state;
	take(vm->vcpus[0]);
	plain = kshim_accounted - before;
	assert_in_range(plain, 19 * 1024, 20 * 1024);
	take(vm->vcpus[0]);
	assert_int_equal(kshim_accounted - before, plain);
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	before = kshim_accounted;
	take(vm->vcpus[0]);
	hist = kshim_accounted - before;
	assert_in_range(plain + hist, 63 * 1024, 64 * 1024);
	take(vm->vcpus[0]);
	assert_int_equal(kshim_accounted - before, hist);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
}

static u64 frozen_bucket(struct kvm_vcpu *vcpu, u32 id, u32 reason, u32 bucket)
{
	return frozen(vcpu, id, HIST, (reason & 0xffff) | bucket << 16);
}

static void histograms_are_frozen_while_they_are_kept(void **state)
{
	struct kvm_vcpu *vcpu = vm->vcpus[0];
	u32 id;

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	vm_fill(vm, 0);
	vm_stat(vcpu)->hist->exits[10][7] = 70;
	vm_stat(vm->vcpus[1])->hist->exits[10][7] = 7;
	*vm_count(vcpu, 0) += 36;
	*vm_count(vcpu, LEAF_SUB_TOTAL) += 36;
	vm_stat(vcpu)->hist->exits[0][0] = 33;
	vm_stat(vm->vcpus[1])->hist->exits[0][0] = 3;
	id = take(vcpu);
	vm_stat(vcpu)->hist->exits[10][7] = 71;
	assert_true(frozen_bucket(vcpu, id, 10, 7) == 77);
	assert_true(frozen_bucket(vcpu, id, 0, 0) == 36);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	assert_true(frozen_bucket(vcpu, id, 10, 7) == 77);
	id = take(vcpu);
	assert_true(frozen_bucket(vcpu, id, 10, 7) == 0);
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	assert_true(frozen_bucket(vcpu, id, 10, 7) == 0);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
}

static unsigned int loads_until_off;

static void hist_off(void)
{
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
}

static void hist_off_later(void)
{
	if (loads_until_off--)
		return;
	kshim_hooks.load = NULL;
	kshim_elsewhere(hist_off);
}

/* At the last and at the first of the loads that take a snapshot */
static void histograms_may_go_while_they_are_frozen(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 0; n < 7000; n += 397) {
		assert_int_equal(vm_set("exitstat_hist", "1"), 0);
		vm_fill(vm, 0);
		loads_until_off = n;
		kshim_hooks.load = hist_off_later;
		take(vm->vcpus[0]);
		assert_null(kshim_hooks.load);
		assert_null(vm_stat(vm->vcpus[0])->hist);
	}
}

static void a_copy_of_another_scope_is_none(void **state)
{
	struct kvm_vcpu *vcpu = vm->vcpus[0];
	u32 id;

	(void)state;
	vm_fill(vm, 0);
	vm_fill(neighbour, 0);
	id = take(vcpu);
	vm_let("exitstat_guest", 2);
	there_is_none(vcpu);
	vm_let("exitstat_guest", 1);
	frozen(vcpu, id, EXITS, 10);
	vm_let("exitstat_guest", 2);
	id = take(vcpu);
	assert_true(frozen(vcpu, id, EXITS, 12) == vm_host_sum(12));
	assert_true(vm_host_sum(12) > vm_sum(vm, 12));
	vm_let("exitstat_guest", 1);
	there_is_none(vcpu);
	id = take(vcpu);
	assert_true(frozen(vcpu, id, EXITS, 12) == vm_sum(vm, 12));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_frozen_while_live_moves_on),
		TEST(rows_and_accounts_add_up),
		TEST(it_is_for_the_vcpu_that_asked),
		TEST(ids_are_never_0_and_not_used_twice),
		TEST(without_memory_there_is_none),
		TEST(memory_is_accounted_and_taken_once),
		TEST(histograms_are_frozen_while_they_are_kept),
		TEST(histograms_may_go_while_they_are_frozen),
		TEST(a_copy_of_another_scope_is_none),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
