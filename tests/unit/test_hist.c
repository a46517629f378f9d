// SPDX-License-Identifier: GPL-2.0-only
/*
 * Histograms: their memory, and what they count.
 */
#include "unit.h"

#include <stdlib.h>

#include "exitstat_vcpus.h"
#include "exitstat_vms.h"
#include "hooks.h"

static struct kvm *vms[2];

static int setup(void **state)
{
	(void)state;
	vm_load(LEAF_ISA_VMX);
	hooks_isa = LEAF_ISA_VMX;
	vms[0] = vm_new(2);
	vms[1] = vm_new(2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	vm_end(vms[0]);
	vm_end(vms[1]);
	assert_int_equal(kshim_allocated, 0);
	return 0;
}

static unsigned int parameter(void)
{
	char page[4096];

	vm_param("exitstat_hist")->ops->get(page, vm_param("exitstat_hist"));
	return strtoul(page, NULL, 0);
}

static unsigned int histograms(void)
{
	unsigned int n = 0, v;

	for (v = 0; v < 4; v++)
		n += vm_stat(vms[v / 2]->vcpus[v % 2])->hist != NULL;
	return n;
}

static void no_memory_leaves_it_off(void **state)
{
	unsigned int fail;

	(void)state;
	for (fail = 1; fail <= 4; fail++) {
		kshim_fail_alloc = fail;
		assert_int_equal(vm_set("exitstat_hist", "1"), -ENOMEM);
		assert_int_equal(parameter(), 0);
		assert_int_equal(histograms(), 0);
		assert_int_equal(kshim_allocated, 0);
		assert_false(kvm_exitstat_hist_key.enabled);
	}
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	assert_int_equal(parameter(), 1);
	assert_int_equal(histograms(), 4);
}

/* The writer is killed, and does not lack memory. */
static void the_killed_leave_it_off(void **state)
{
	(void)state;
	kshim_killed = true;
	assert_int_equal(vm_set("exitstat_hist", "1"), -EINTR);
	kshim_killed = false;
	assert_int_equal(parameter(), 0);
	assert_int_equal(kshim_allocated, 0);
}

static void off_frees_them(void **state)
{
	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	assert_int_equal(kshim_allocated, 4);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	assert_int_equal(histograms(), 0);
	assert_int_equal(kshim_allocated, 0);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
}

/* Memory is accounted to the VM.  Without memory the vCPU is not created, and no other waits. */
static void no_memory_no_vcpu(void **state)
{
	struct kvm_vcpu *vcpu = calloc(1, sizeof(*vcpu));

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	kshim_fail_alloc = 1;
	assert_int_equal(kvm_exitstat_init_vcpu(vcpu), -ENOMEM);
	assert_int_equal(kshim_fail_alloc, 0);
	/* It is in no list: this walks over all vCPUs. */
	free(vcpu);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
}

static struct kvm *made_meanwhile;

static void make_one(void)
{
	made_meanwhile = vm_new(1);
}

/* While histograms are turned on, at the last moment before hooks use them */
static void a_vcpu_made_meanwhile_has_one(void **state)
{
	(void)state;
	kshim_hooks.patched = make_one;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	kshim_hooks.patched = NULL;
	assert_non_null(vm_stat(made_meanwhile->vcpus[0])->hist);
	/* The same while they are turned off: nobody uses them, and they are freed. */
	vm_end(made_meanwhile);
	kshim_hooks.patched = make_one;
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	kshim_hooks.patched = NULL;
	assert_null(vm_stat(made_meanwhile->vcpus[0])->hist);
	vm_end(made_meanwhile);
	assert_int_equal(kshim_allocated, 0);
}

static void turn_off(void)
{
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
}

/* Histograms are turned off between the allocation and the vCPU's addition to the list. */
static void a_vcpu_may_need_none_in_the_end(void **state)
{
	struct kvm *vm;

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	kshim_hooks.alloc = turn_off;
	vm = vm_new(1);
	assert_null(kshim_hooks.alloc);
	assert_null(vm_stat(vm->vcpus[0])->hist);
	assert_int_equal(kshim_allocated, 0);
	vm_end(vm);
}

static void a_new_vcpu_has_one(void **state)
{
	size_t before = kshim_accounted;
	struct kvm *vm;

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	assert_int_equal(kshim_accounted - before, 4 * (16 + 173 * 8 + 88 * 512));
	before = kshim_accounted;
	vm = vm_new(1);
	assert_non_null(vm_stat(vm->vcpus[0])->hist);
	assert_int_equal(kshim_accounted - before, 16 + 173 * 8 + 88 * 512);
	vm_end(vm);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	vm = vm_new(1);
	assert_null(vm_stat(vm->vcpus[0])->hist);
	vm_end(vm);
}

/* One exit of @kernel cycles, with @away in the VMM before */
static void exit_of(struct kvm_vcpu *vcpu, u32 reason, u64 kernel, u64 away)
{
	kvm_exitstat_exit(vm_stat(vcpu), KVM_ISA_VMX, reason);
	if (away) {
		kvm_exitstat_run_end(vcpu, 0, rdtsc());
		kshim_clock += away;
		kvm_exitstat_run_begin(vcpu);
	}
	kshim_clock += kernel;
	kvm_exitstat_entry(vm_stat(vcpu), KVM_ISA_VMX);
	kshim_clock += 1000;
}

static u64 bucket(struct kvm_vcpu *vcpu, u32 reason, u32 b)
{
	return vm_cpuid64(vcpu, 0x4fffff27, (reason & 0xffff) | b << 16);
}

static u64 longest(struct kvm_vcpu *vcpu, u32 reason)
{
	return vm_cpuid64(vcpu, 0x4fffff26, reason);
}

static void enter(struct kvm_vcpu *vcpu);

/* Port I/O: an exit of @kernel cycles that is @away in the VMM */
static void exits_meanwhile(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++)
		exit_of(vms[0]->vcpus[0], 30, 700, 50000);
}

static void no_longest_is_longer_than_an_exit(struct kvm_vcpu *vcpu)
{
	exit_of(vcpu, 10, 700, 0);
	assert_true(longest(vcpu, 10) == 700);
	assert_true(longest(vcpu, 30) <= 50700);
}

/* Exits that end at any step of turning histograms on, or before */
static void longest_is_never_longer_than_the_exit_took(void **state)
{
	struct kvm_vcpu *vcpu = vms[0]->vcpus[0];
	unsigned int step;

	(void)state;
	enter(vcpu);
	for (step = 0; step < 4; step++) {
		exits_meanwhile();
		kshim_hooks.patched = step & 1 ? exits_meanwhile : NULL;
		kshim_hooks.grace = step & 2 ? exits_meanwhile : NULL;
		assert_int_equal(vm_set("exitstat_hist", "1"), 0);
		kshim_hooks.patched = NULL;
		kshim_hooks.grace = NULL;
		no_longest_is_longer_than_an_exit(vcpu);
		assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	}
}

/* A hook from before begin_hists() ends while histograms are turned on. */
static void stale_exit(void)
{
	vm_stat(vms[0]->vcpus[0])->seen = 0;
	exit_of(vms[0]->vcpus[0], 10, 700, 0);
	assert_true(longest(vms[0]->vcpus[0], 10) == 0);
}

static void what_ends_while_it_is_turned_on_is_forgotten(void **state)
{
	struct kvm_vcpu *vcpu = vms[0]->vcpus[0];

	(void)state;
	enter(vcpu);
	exits_meanwhile();
	kshim_hooks.grace = stale_exit;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	kshim_hooks.grace = NULL;
	assert_true(longest(vcpu, 10) <= 700);
	assert_int_equal(bucket(vcpu, 10, 9), 1);
}

static void enter(struct kvm_vcpu *vcpu)
{
	kvm_exitstat_run_begin(vcpu);
	kvm_exitstat_entry(vm_stat(vcpu), KVM_ISA_VMX);
	kshim_clock += 1000;
}

static void a_bucket_is_a_power_of_two(void **state)
{
	struct kvm_vcpu *vcpu = vms[0]->vcpus[0];
	unsigned int b;

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	enter(vcpu);
	exit_of(vcpu, 10, 0, 0);
	exit_of(vcpu, 10, 1, 0);
	assert_int_equal(bucket(vcpu, 10, 0), 2);
	for (b = 1; b < 60; b++) {
		exit_of(vcpu, 10, 1ull << b, 0);
		assert_int_equal(bucket(vcpu, 10, b), 1);
		assert_true(longest(vcpu, 10) == 1ull << b);
		exit_of(vcpu, 10, (2ull << b) - 1, 0);
		assert_int_equal(bucket(vcpu, 10, b), 2);
		assert_true(longest(vcpu, 10) == (2ull << b) - 1);
		kshim_clock = 1ull << 40;
		vm_stat(vcpu)->last = kshim_clock;
		assert_int_equal(bucket(vcpu, LEAF_SUB_TOTAL, b), 2);
	}
	assert_int_equal(bucket(vcpu, 12, 10), 0);
}

/* The kernel's cycles select the bucket; longest is the whole time from exit to entry. */
static void away_is_in_longest_and_in_no_bucket(void **state)
{
	struct kvm_vcpu *vcpu = vms[0]->vcpus[0];

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	enter(vcpu);
	exit_of(vcpu, 30, 100, 1 << 20);
	assert_int_equal(bucket(vcpu, 30, 6), 1);
	assert_int_equal(bucket(vcpu, 30, 20), 0);
	assert_true(longest(vcpu, 30) == (1 << 20) + 100);
	exit_of(vcpu, 30, 200, 0);
	assert_int_equal(bucket(vcpu, 30, 7), 1);
	/* A wait is settled, and left out to the cycle. */
	kvm_exitstat_exit(vm_stat(vcpu), KVM_ISA_VMX, 30);
	kvm_exitstat_wait_begin(vcpu);
	kshim_clock += 1 << 20;
	kvm_exitstat_wait_end(vcpu);
	kshim_clock += 256;
	kvm_exitstat_entry(vm_stat(vcpu), KVM_ISA_VMX);
	assert_int_equal(bucket(vcpu, 30, 8), 1);
	assert_true(longest(vcpu, 30) == (1 << 20) + 256);
}

static u64 longest_of_host(void)
{
	static struct kvm_exitstat_ledger sum, one;

	kvm_exitstat_host_ledger(&sum, &one);
	return sum.value[KVM_EXITSTAT_TOTAL][KVM_EXITSTAT_V_LONGEST];
}

static void longest_ends_with_its_vm(void **state)
{
	struct kvm *vm;

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	vm = vm_new(1);
	enter(vm->vcpus[0]);
	exit_of(vm->vcpus[0], 10, 700, 0);
	assert_true(longest_of_host() == 700);
	vm_end(vm);
	assert_true(longest_of_host() == 0);
}

static void off_and_on_makes_them_empty(void **state)
{
	struct kvm_vcpu *vcpu = vms[0]->vcpus[0];

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	enter(vcpu);
	exit_of(vcpu, 10, 100, 0);
	assert_int_equal(bucket(vcpu, 10, 6), 1);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	assert_int_equal(bucket(vcpu, 10, 6), 0);
	assert_true(longest(vcpu, 10) == 0);
	exit_of(vcpu, 10, 100000, 0);
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	assert_int_equal(bucket(vcpu, 10, 6), 0);
	assert_true(longest(vcpu, 10) == 0);
	exit_of(vcpu, 10, 100, 0);
	assert_int_equal(bucket(vcpu, 10, 6), 1);
	assert_true(longest(vcpu, 10) == 100);
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

static void a_reader_may_be_in_one_that_goes(void **state)
{
	struct kvm_vcpu *vcpu = vms[0]->vcpus[0];
	unsigned int n;

	(void)state;
	enter(vcpu);
	for (n = 0; n < 89; n++) {
		assert_int_equal(vm_set("exitstat_hist", "1"), 0);
		exit_of(vcpu, 10, 100, 0);
		loads_until_off = n;
		kshim_hooks.load = hist_off_later;
		kvm_exitstat_bucket(vm_stat(vcpu), KVM_EXITSTAT_TOTAL, 6);
		assert_null(kshim_hooks.load);
		assert_int_equal(kshim_allocated, 0);
	}
}

/* Buckets have the finished exits; one exit is under way */
static void buckets_add_up_to_finished_exits(void **state)
{
	struct runner r = {};
	u64 exits, buckets;
	u32 reason, b;
	int i, step;

	(void)state;
	for (i = 0; i < 12; i++)
		hooks_reasons[i] = (u64[]){ 10, 12, 48, 90 }[i % 4];
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	model_keeps_hist = true;
	runner_init(&r, vms[0]->vcpus[0]);
	for (step = 0; step < 20000; step++) {
		kshim_clock += 1 + vm_random() % 5000;
		runner_step(&r);
		if (r.model.open)
			continue;
		for (i = 0; i < 4; i++) {
			reason = i == 3 ? LEAF_SUB_OTHER : (u32)hooks_reasons[i];
			exits = *vm_count(r.vcpu, reason);
			for (buckets = 0, b = 0; b < 64; b++)
				buckets += bucket(r.vcpu, reason, b);
			assert_true(exits == buckets);
		}
	}
	assert_true(*vm_count(r.vcpu, 10) > 100);
	model_keeps_hist = false;
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_memory_leaves_it_off),
		TEST(the_killed_leave_it_off),
		TEST(off_frees_them),
		TEST(a_new_vcpu_has_one),
		TEST(no_memory_no_vcpu),
		TEST(a_vcpu_made_meanwhile_has_one),
		TEST(a_vcpu_may_need_none_in_the_end),
		TEST(longest_is_never_longer_than_the_exit_took),
		TEST(what_ends_while_it_is_turned_on_is_forgotten),
		TEST(a_bucket_is_a_power_of_two),
		TEST(away_is_in_longest_and_in_no_bucket),
		TEST(longest_ends_with_its_vm),
		TEST(off_and_on_makes_them_empty),
		TEST(a_reader_may_be_in_one_that_goes),
		TEST(buckets_add_up_to_finished_exits),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
