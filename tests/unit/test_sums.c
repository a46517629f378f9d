// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums over vCPUs and, with exitstat_guest=2, over VMs that start and end.
 */
#include "unit.h"

#include "exitstat_vcpus.h"
#include "hooks.h"

#define LEAF_EXITS	0x4fffff10
#define LEAF_OWN	0x4fffff20

static void halves_are_not_swapped(void **state)
{
	struct kvm *vm = vm_new(1);
	u32 regs[4];

	(void)state;
	*vm_count(vm->vcpus[0], 48) = 0x123456789abcdef0ull;
	assert_true(vm_cpuid(vm->vcpus[0], LEAF_EXITS, 48, regs));
	assert_int_equal(regs[0], 0x9abcdef0);
	assert_int_equal(regs[1], 0x12345678);
	/* Layout 2022 has only the low half. */
	assert_true(vm_cpuid(vm->vcpus[0], 0x4ffffffe, 48, regs));
	assert_int_equal(regs[0], 0x9abcdef0);
	assert_int_equal(regs[1], 0);
	vm_end(vm);
}

static void vm_is_the_sum_of_its_vcpus(void **state)
{
	struct kvm *vm = vm_new(4), *neighbour = vm_new(2);
	u64 sum = 0;
	int i;

	(void)state;
	vm_fill(neighbour, 0);
	for (i = 0; i < 4; i++) {
		*vm_count(vm->vcpus[i], 12) = 0xfffffff0ull << i;
		sum += 0xfffffff0ull << i;
	}
	for (i = 0; i < 4; i++) {
		assert_true(vm_cpuid64(vm->vcpus[i], LEAF_EXITS, 12) == sum);
		assert_true(vm_cpuid64(vm->vcpus[i], LEAF_OWN, 12) ==
			    0xfffffff0ull << i);
	}
	vm_end(neighbour);
	vm_end(vm);
}

static void every_vm_has_an_id_of_its_own(void **state)
{
	struct kvm *a, *b;

	(void)state;
	/* A random 0 is not used, because it means "no counters". */
	kshim_random[0] = 0;
	kshim_nr_random = 1;
	a = vm_new(1);
	b = vm_new(1);
	assert_true(vm_cpuid64(a->vcpus[0], 0x4fffff03, 0) != 0);
	assert_true(vm_cpuid64(b->vcpus[0], 0x4fffff03, 0) != 0);
	assert_true(vm_cpuid64(a->vcpus[0], 0x4fffff03, 0) !=
		    vm_cpuid64(b->vcpus[0], 0x4fffff03, 0));
	vm_end(a);
	vm_end(b);
}

static void host_id_outlasts_vms_and_vendor_modules(void **state)
{
	struct kvm *a = vm_new(1), *b = vm_new(1);
	u64 id;

	(void)state;
	id = vm_cpuid64(a->vcpus[0], 0x4fffff03, 0);
	vm_let("exitstat_guest", 2);
	assert_true(vm_cpuid64(a->vcpus[0], 0x4fffff03, 0) != id);
	id = vm_cpuid64(a->vcpus[0], 0x4fffff03, 0);
	assert_true(id != 0);
	vm_end(a);
	vm_load(LEAF_ISA_VMX);
	assert_true(vm_cpuid64(b->vcpus[0], 0x4fffff03, 0) == id);
	vm_let("exitstat_guest", 1);
	vm_end(b);
}

/* Handlers of an earlier vendor module are forgotten. */
static void handlers_are_those_of_the_last_module(void **state)
{
	static const kvm_exitstat_handler_t none[86];
	struct kvm *vm = vm_new(1);
	u32 regs[4];

	(void)state;
	assert_true(vm_cpuid(vm->vcpus[0], LEAF_EXITS, 12, regs));
	assert_int_equal(regs[2], 3);
	kvm_exitstat_setup(KVM_ISA_VMX, offsetof(struct kvm_vcpu, arch.exitstat),
			   offsetof(struct kvm, arch.exitstat), none, 86);
	assert_true(vm_cpuid(vm->vcpus[0], LEAF_EXITS, 12, regs));
	assert_int_equal(regs[2], 1);
	vm_load(LEAF_ISA_VMX);
	vm_end(vm);
}

static u64 host_exits(struct kvm *vm, u32 sub)
{
	u64 n = vm_cpuid64(vm->vcpus[0], LEAF_EXITS, sub);

	assert_true(n == vm_host_sum(sub));
	return n;
}

static u32 host_vcpus(struct kvm *vm)
{
	return vm_cpuid64(vm->vcpus[0], 0x4fffff02, 0) >> 32;
}

static void ended_vms_stay_in_the_sum_once(void **state)
{
	struct kvm *vm = vm_new(1), *a, *b;
	u64 before[3];
	u32 vcpus;

	(void)state;
	vm_let("exitstat_guest", 2);
	a = vm_new(3);
	b = vm_new(2);
	vm_fill(a, 1);
	vm_fill(b, 2);
	before[0] = host_exits(vm, 10);
	before[1] = host_exits(vm, LEAF_SUB_OTHER);
	before[2] = host_exits(vm, LEAF_SUB_TOTAL);
	vcpus = host_vcpus(vm);
	vm_end(b);
	assert_true(host_exits(vm, LEAF_SUB_TOTAL) == before[2]);
	vm_end(a);
	assert_true(host_exits(vm, 10) == before[0]);
	assert_true(host_exits(vm, LEAF_SUB_OTHER) == before[1]);
	assert_true(host_exits(vm, LEAF_SUB_TOTAL) == before[2]);
	assert_int_equal(host_vcpus(vm), vcpus);
	assert_int_equal(host_vcpus(vm), vm_host_vcpus());
	vm_let("exitstat_guest", 1);
	vm_end(vm);
}

static struct kvm *ends_meanwhile;

static void end_it(void)
{
	vm_end(ends_meanwhile);
}

/* The reader has read the sum of ended VMs, but has not walked the list yet. */
static void a_vm_that_ends_under_the_reader_is_seen_once(void **state)
{
	struct kvm *vm = vm_new(1);
	u64 before;
	u32 vcpus;

	(void)state;
	vm_let("exitstat_guest", 2);
	ends_meanwhile = vm_new(2);
	*vm_count(ends_meanwhile->vcpus[1], 10) = 1ull << 40;
	*vm_count(ends_meanwhile->vcpus[1], LEAF_SUB_TOTAL) = 1ull << 40;
	before = host_exits(vm, LEAF_SUB_TOTAL);
	kshim_hooks.walk = end_it;
	assert_true(vm_cpuid64(vm->vcpus[0], LEAF_EXITS, LEAF_SUB_TOTAL) ==
		    before);
	assert_null(kshim_hooks.walk);

	ends_meanwhile = vm_new(5);
	vcpus = host_vcpus(vm);
	kshim_hooks.walk = end_it;
	assert_int_equal(host_vcpus(vm), vcpus);
	assert_null(kshim_hooks.walk);
	vm_let("exitstat_guest", 1);
	vm_end(vm);
}

static struct kvm *ending;

static void flip_while_it_ends(void)
{
	static struct kvm_exitstat_ledger before, after;

	kvm_exitstat_read(vm_stat(ending->vcpus[0]), &before);
	kshim_clock += 1000;
	assert_int_equal(vm_set("exitstat", "0"), 0);
	assert_int_equal(vm_set("exitstat", "1"), 0);
	kvm_exitstat_read(vm_stat(ending->vcpus[0]), &after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_true(after.lifetime == 1000);
}

/* Between the end of a VM and that of its vCPUs, exitstat may be written. */
static void an_ended_vcpu_stays_as_it_is(void **state)
{
	(void)state;
	ending = vm_new(1);
	kshim_clock += 1000;
	kshim_hooks.lock = flip_while_it_ends;
	vm_end(ending);
	assert_null(kshim_hooks.lock);
}

static struct kvm *reader_of, *young;
static unsigned int vms_ended;

/* At each of the reader's steps, a VM that it has not reached ends, and another is created. */
static void one_ends_and_one_begins(void)
{
	if (++vms_ended > 100)
		fail_msg("the reader begins again and again");
	if (ends_meanwhile)
		kshim_elsewhere(end_it);
	ends_meanwhile = young;
	young = vm_new(1);
	kshim_hooks.walk = one_ends_and_one_begins;
}

static void a_walk_goes_on_where_it_was(void **state)
{
	u64 before;

	(void)state;
	vm_let("exitstat_guest", 2);
	reader_of = vm_new(1);
	ends_meanwhile = vm_new(1);
	young = vm_new(1);
	*vm_count(ends_meanwhile->vcpus[0], 10) = 1ull << 40;
	*vm_count(ends_meanwhile->vcpus[0], LEAF_SUB_TOTAL) = 1ull << 40;
	*vm_count(young->vcpus[0], 10) = 1ull << 41;
	*vm_count(young->vcpus[0], LEAF_SUB_TOTAL) = 1ull << 41;
	before = host_exits(reader_of, LEAF_SUB_TOTAL);
	vms_ended = 0;
	kshim_hooks.walk = one_ends_and_one_begins;
	assert_true(vm_cpuid64(reader_of->vcpus[0], LEAF_EXITS, LEAF_SUB_TOTAL) == before);
	kshim_hooks.walk = NULL;
	assert_true(vms_ended > 1);
	vm_let("exitstat_guest", 1);
	vm_end(ends_meanwhile);
	vm_end(young);
	vm_end(reader_of);
}

static struct kvm *oldest;
static unsigned int steps;

static struct kvm *vm_of_many(void)
{
	struct kvm *vm = vm_new(1);

	*vm_count(vm->vcpus[0], 10) = 1ull << 40;
	*vm_count(vm->vcpus[0], LEAF_SUB_TOTAL) = 1ull << 40;
	return vm;
}

static void end_both(void)
{
	vm_end(oldest);
	vm_end(vm_of_many());
}

/* The reader has left the first VM, and is in the second. */
static void end_both_at_the_third_step(void)
{
	if (++steps == 3)
		kshim_elsewhere(end_both);
	else
		kshim_hooks.walk = end_both_at_the_third_step;
}

/* VMs that the reader has left, or that began after it, are not added when they end. */
static void a_walk_counts_none_twice(void **state)
{
	struct kvm *second, *vm;
	u64 before;

	(void)state;
	vm_let("exitstat_guest", 2);
	oldest = vm_of_many();
	second = vm_new(1);
	vm = vm_new(1);
	before = host_exits(vm, LEAF_SUB_TOTAL);
	steps = 0;
	kshim_hooks.walk = end_both_at_the_third_step;
	assert_true(vm_cpuid64(vm->vcpus[0], LEAF_EXITS, LEAF_SUB_TOTAL) == before);
	assert_int_equal(steps, 3);
	vm_let("exitstat_guest", 1);
	vm_end(second);
	vm_end(vm);
}

static unsigned int loads;

static void count_load(void)
{
	loads++;
}

static unsigned int loads_of(struct kvm_vcpu *vcpu, u32 leaf, u32 sub)
{
	u32 regs[4];

	loads = 0;
	kshim_hooks.load = count_load;
	vm_cpuid(vcpu, leaf, sub, regs);
	kshim_hooks.load = NULL;
	return loads;
}

/* It is not read 256 times, nor as part of a whole reading */
static void a_value_is_read_once_where_nobody_writes(void **state)
{
	struct kvm *vm = vm_new(1);

	(void)state;
	assert_in_range(loads_of(vm->vcpus[0], 0x4fffff11, 10), 1, 50);
	vm_end(vm);
}

/* A killed reader stops: of many vCPUs it reads at most the first. */
static void a_walk_of_the_killed_ends(void **state)
{
	static const u32 leaves[] = { 0x4fffff10, 0x4fffff11, 0x4fffff17, 0x4fffff08 };
	struct kvm *vm = vm_new(KSHIM_VCPUS);
	unsigned int whole, host;
	size_t i;

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	vm_fill(vm, 1);
	for (host = 1; host <= 2; host++)
		for (i = 0; i < ARRAY_SIZE(leaves); i++) {
			vm_let("exitstat_guest", host);
			whole = loads_of(vm->vcpus[0], leaves[i], 10);
			kshim_killed = true;
			assert_true(loads_of(vm->vcpus[0], leaves[i], 10) <= whole / 3);
			kshim_killed = false;
		}
	vm_let("exitstat_guest", 1);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	/* If a killed process's VM ends, it is counted completely. */
	kshim_killed = true;
	vm_end(vm);
	kshim_killed = false;
}

static void nothing(void)
{
}

static void a_vm_comes_and_goes_under_the_lock(void **state)
{
	struct kvm *vm;

	(void)state;
	kshim_hooks.lock = nothing;
	vm = vm_new(1);
	assert_null(kshim_hooks.lock);
	kshim_hooks.lock = nothing;
	vm_end(vm);
	assert_null(kshim_hooks.lock);
}

/* Between vCPUs, and between the rows of a snapshot */
static void walks_let_others_run(void **state)
{
	static const u32 leaves[] = { 0x4fffff10, 0x4fffff11, 0x4fffff17, 0x4fffff08 };
	struct kvm *vm = vm_new(KSHIM_VCPUS);
	unsigned long before = kshim_rescheds;
	unsigned int host;
	size_t i;
	u32 regs[4];

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	assert_true(kshim_rescheds >= before + KSHIM_VCPUS);
	vm_fill(vm, 1);
	for (host = 1; host <= 2; host++)
		for (i = 0; i < ARRAY_SIZE(leaves); i++) {
			vm_let("exitstat_guest", host);
			before = kshim_rescheds;
			vm_cpuid(vm->vcpus[0], leaves[i], 10, regs);
			assert_true(kshim_rescheds >= before + KSHIM_VCPUS);
		}
	/* A snapshot that was taken has 88 rows */
	assert_true(kshim_rescheds >= before + KSHIM_VCPUS + 88 * (1 + KSHIM_VCPUS));
	vm_let("exitstat_guest", 1);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	before = kshim_rescheds;
	assert_int_equal(vm_set("exitstat_log", "1000"), 0);
	assert_true(kshim_rescheds >= before + KSHIM_VCPUS);
	assert_int_equal(vm_set("exitstat_log", "0"), 0);
	before = kshim_rescheds;
	vm_end(vm);
	assert_true(kshim_rescheds >= before + KSHIM_VCPUS);
}

/* Whatever happens on the host, the sum equals the model's, and never decreases. */
static void host_sums_never_go_back(void **state)
{
	struct kvm *vms[6] = { vm_new(1) };
	u64 now, last = 0;
	int step, i;

	(void)state;
	vm_let("exitstat_guest", 2);
	for (step = 0; step < 20000; step++) {
		i = vm_random() % 6;
		if (!vms[i])
			vms[i] = vm_new(vm_random() % (KSHIM_VCPUS + 1));
		else if (i && vm_random() % 8 == 0)
			vm_end(vms[i]), vms[i] = NULL;
		else if (vms[i]->online_vcpus.counter)
			kvm_exitstat_exit(&vms[i]->vcpus[vm_random() %
					  vms[i]->online_vcpus.counter]->arch.exitstat,
					  KVM_ISA_VMX, vm_random() % 100);
		now = host_exits(vms[0], LEAF_SUB_TOTAL);
		assert_true(now >= last);
		last = now;
		host_exits(vms[0], vm_random() % 86);
		host_exits(vms[0], LEAF_SUB_OTHER);
		assert_int_equal(host_vcpus(vms[0]), vm_host_vcpus());
	}
	vm_let("exitstat_guest", 1);
	for (i = 0; i < 6; i++)
		if (vms[i])
			vm_end(vms[i]);
}

/* Each value of the sum, at two moments */
struct sums {
	u64 value[ANOMALIES + 1];
};

static void read_sums(struct kvm *vm, struct sums *sums)
{
	u32 v;

	for (v = 0; v <= ANOMALIES; v++)
		sums->value[v] = v == HIST ? 0 :
				 vm_cpuid64(vm->vcpus[0], LEAF_EXITS + v, LEAF_SUB_TOTAL);
}

static void an_ended_vms_times_stay_to_the_cycle(void **state)
{
	struct kvm *vm = vm_new(1), *other = vm_new(3);
	struct sums before, after;
	u64 none;

	(void)state;
	vm_let("exitstat_guest", 2);
	vm_fill(other, 1);
	kshim_clock += 999;
	read_sums(vm, &before);
	none = vm_cpuid64(vm->vcpus[0], 0x4fffff11, LEAF_SUB_NONE);
	assert_true(none);
	vm_end(other);
	read_sums(vm, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_true(vm_cpuid64(vm->vcpus[0], 0x4fffff11, LEAF_SUB_NONE) == none);
	vm_let("exitstat_guest", 1);
	vm_end(vm);
}

static struct runner runners[3];
static struct kvm *asking;
static struct sums last;

/* guest and kernel may decrease by time that turned out to belong to no exit. */
static void no_sum_goes_back(void)
{
	static const u32 monotone[] = { EXITS, USER, HALT, PREEMPT, BLOCK, LIFETIME,
				        OUTSIDE, ANOMALIES };
	struct sums now;
	size_t i;
	u32 v;

	read_sums(asking, &now);
	for (i = 0; i < ARRAY_SIZE(monotone); i++) {
		v = monotone[i];
		if (now.value[v] < last.value[v])
			fail_msg("value %u of the host is %llu and was %llu", v,
				 now.value[v], last.value[v]);
	}
	last = now;
}

static void vm_comes_or_goes(struct runner *r)
{
	struct kvm *vm;

	if (r->vcpu) {
		vm = r->vcpu->kvm;
		r->vcpu = NULL;
		vm_end(vm);
		return;
	}
	vm = vm_new(2);
	runner_init(r, vm->vcpus[vm_random() % 2]);
}

/* Whatever vCPUs do, and however VMs end */
static void host_times_never_go_back(void **state)
{
	struct runner *r;
	int step;
	size_t i;

	(void)state;
	hooks_isa = LEAF_ISA_VMX;
	for (i = 0; i < ARRAY_SIZE(hooks_reasons); i++)
		hooks_reasons[i] = i * 9;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	vm_let("exitstat_guest", 2);
	memset(&last, 0, sizeof(last));
	asking = vm_new(1);
	kshim_clock_step = 1;
	for (step = 0; step < 20000; step++) {
		hooks_tick();
		r = &runners[vm_random() % ARRAY_SIZE(runners)];
		if (!r->vcpu || vm_random() % 256 == 0)
			vm_comes_or_goes(r);
		else
			runner_step(r);
		no_sum_goes_back();
	}
	for (i = 0; i < ARRAY_SIZE(runners); i++)
		if (runners[i].vcpu)
			vm_comes_or_goes(&runners[i]);
	no_sum_goes_back();
	kshim_clock_step = 0;
	vm_let("exitstat_guest", 1);
	vm_end(asking);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
}

/* Its ledger has been read, and it is still in the list. */
static void read_it_now(void)
{
	kshim_clock += 1000;
	no_sum_goes_back();
}

static void a_vm_that_ends_is_read_as_it_goes(void **state)
{
	struct kvm *other;

	(void)state;
	vm_let("exitstat_guest", 2);
	memset(&last, 0, sizeof(last));
	asking = vm_new(1);
	other = vm_new(4);
	kshim_clock += 1000;
	kshim_hooks.lock = read_it_now;
	vm_end(other);
	assert_null(kshim_hooks.lock);
	no_sum_goes_back();
	vm_let("exitstat_guest", 1);
	vm_end(asking);
}

static int setup(void **state)
{
	(void)state;
	vm_load(LEAF_ISA_VMX);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves_are_not_swapped),
		cmocka_unit_test(vm_is_the_sum_of_its_vcpus),
		cmocka_unit_test(every_vm_has_an_id_of_its_own),
		cmocka_unit_test(host_id_outlasts_vms_and_vendor_modules),
		cmocka_unit_test(handlers_are_those_of_the_last_module),
		cmocka_unit_test(ended_vms_stay_in_the_sum_once),
		cmocka_unit_test(a_vm_that_ends_under_the_reader_is_seen_once),
		cmocka_unit_test(an_ended_vcpu_stays_as_it_is),
		cmocka_unit_test(a_walk_goes_on_where_it_was),
		cmocka_unit_test(a_walk_counts_none_twice),
		cmocka_unit_test(a_value_is_read_once_where_nobody_writes),
		cmocka_unit_test(a_walk_of_the_killed_ends),
		cmocka_unit_test(a_vm_comes_and_goes_under_the_lock),
		cmocka_unit_test(walks_let_others_run),
		cmocka_unit_test(host_sums_never_go_back),
		cmocka_unit_test(an_ended_vms_times_stay_to_the_cycle),
		cmocka_unit_test(host_times_never_go_back),
		cmocka_unit_test(a_vm_that_ends_is_read_as_it_goes),
	};

	return cmocka_run_group_tests_name("sums", tests, setup, NULL);
}
