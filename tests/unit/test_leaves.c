// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares every leaf and very many subleaves with the oracle, for both ISAs, all layouts
 * and all values of exitstat_guest.
 */
#include "unit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpuid.h"
#include "vm.h"

#define LOW_SUBLEAVES	0x1001
#define RANDOM		10000
#define SUBLEAVES	(LOW_SUBLEAVES + 6 + RANDOM)

static u32 subleaves[SUBLEAVES];
static struct kvm *vm, *neighbour;
static u32 isa;
static u32 snapshots;	/* taken by vm's vCPUs */

/* A host with two VMs and one that has ended. */
static int setup(void **state)
{
	struct kvm *past;
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < LOW_SUBLEAVES; i++)
		subleaves[n++] = i;
	subleaves[n++] = 0x80000000;
	subleaves[n++] = 0xfffffffc;
	subleaves[n++] = 0xfffd;
	subleaves[n++] = 0xfffffffd;
	subleaves[n++] = 0xfffffffe;
	subleaves[n++] = 0xffffffff;
	while (n < SUBLEAVES)
		subleaves[n++] = vm_random();

	vm_load(isa);
	past = vm_new(2);
	vm_fill(past, 0);
	vm_end(past);
	neighbour = vm_new(2);
	vm = vm_new(3);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_end(vm);
	vm_end(neighbour);
	return 0;
}

static void check(struct kvm_vcpu *vcpu, const struct leaf_env *env, u32 leaf,
		  u32 sub)
{
	const unsigned long calls = kshim_trace.calls;
	char why[128];
	u32 regs[4];

	if (!vm_cpuid(vcpu, leaf, sub, regs))
		fail_msg("leaf 0x%x 0x%x is not answered", leaf, sub);
	if (!leaf_oracle(env, leaf, sub, regs, why, sizeof(why)))
		fail_msg("ISA %u layout %u host %d leaf 0x%x 0x%x: %s", env->isa,
			 env->layout, env->host, leaf, sub, why);
	if (kshim_trace.calls != calls + 1 || kshim_trace.leaf != leaf ||
	    kshim_trace.sub != sub || kshim_trace.eax != regs[0] ||
	    kshim_trace.ebx != regs[1] || kshim_trace.ecx != regs[2] ||
	    kshim_trace.edx != regs[3] || !kshim_trace.found)
		fail_msg("leaf 0x%x 0x%x: the tracepoint says otherwise", leaf,
			 sub);
}

/* Every bucket, and its neighbours, for every kind of reason */
static void check_buckets(struct kvm_vcpu *vcpu, const struct leaf_env *env, u32 leaf)
{
	static const u32 reasons[] = { 0, 10, 35, 85, 86, 0xa6, 0xa7, 0xc0, 0x400,
				       0x403, 0x404, 0xfffc, 0xfffd, 0xfffe, 0xffff };
	static const u32 beyond[] = { 64, 65, 127, 128, 0x100, 0x8000, 0xffff };
	u32 bucket;
	size_t i, b;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		for (bucket = 0; bucket < 64; bucket++)
			check(vcpu, env, leaf, reasons[i] | bucket << 16);
		for (b = 0; b < ARRAY_SIZE(beyond); b++)
			check(vcpu, env, leaf, reasons[i] | beyond[b] << 16);
	}
}

/* The snapshot does not change, whatever has happened since. */
static void check_snapshot(struct kvm_vcpu *vcpu, struct leaf_env *env, u32 sub)
{
	env->next_snapshot = ++snapshots;
	check(vcpu, env, 0x4fffff08, sub);
	vm_frozen(env, snapshots);
}

static void fill_all(u32 seed)
{
	vm_fill(neighbour, seed);
	vm_fill(vm, seed);
}

static void check_all(u32 layout, u32 guest)
{
	const bool hist = layout == 2022;
	struct kvm_vcpu *vcpu;
	struct leaf_env env;
	u32 leaf;
	size_t i;

	vm_let("exitstat_layout", layout);
	vm_let("exitstat_guest", guest);
	kvm_exitstat_key.enabled = layout != 2021;
	kshim_clock_unstable = layout == 2020;
	assert_int_equal(vm_set("exitstat_hist", hist ? "1" : "0"), 0);
	kvm_exitstat_key.enabled = layout != 2021;
	vcpu = vm->vcpus[layout - 2020];
	fill_all(layout);
	vm_env(vcpu, &env);
	check_snapshot(vcpu, &env, 0);
	fill_all(guest == 2 ? 0 : layout + 1);
	vm_env(vcpu, &env);
	env.snapshot = snapshots;
	for (leaf = 0x4fffff00; leaf <= 0x4fffffff; leaf++)
		for (i = 0; leaf != 0x4fffff08 && i < SUBLEAVES; i++)
			check(vcpu, &env, leaf, subleaves[i]);
	check_buckets(vcpu, &env, 0x4fffff17);
	check_buckets(vcpu, &env, 0x4fffff27);
	check_buckets(vcpu, &env, 0x4fffff37);
	for (i = 0; i < SUBLEAVES; i += 997)
		check_snapshot(vcpu, &env, subleaves[i]);
	check(vcpu, &env, 0x4fffff31, 10);
	kvm_exitstat_key.enabled = true;
	kshim_clock_unstable = false;
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	kvm_exitstat_key.enabled = true;
}

static void of_its_own_vm(void **state)
{
	(void)state;
	check_all(2020, 1);
	check_all(2021, 1);
	check_all(2022, 1);
}

static void of_the_host(void **state)
{
	(void)state;
	check_all(2020, 2);
	check_all(2021, 2);
	check_all(2022, 2);
}

/* No reason has occurred, so the tables alone decide. */
static void tables_decide_where_nothing_happened(void **state)
{
	struct kvm *idle = vm_new(1);
	struct leaf_env env;
	u32 layout, leaf, sub;

	(void)state;
	vm_let("exitstat_guest", 1);
	for (layout = 2020; layout <= 2022; layout++) {
		vm_let("exitstat_layout", layout);
		vm_env(idle->vcpus[0], &env);
		for (leaf = 0x4ffffffc; leaf; leaf = leaf == 0x4fffffff ? 0 : leaf + 1)
			for (sub = 0; sub <= 0x10400; sub++)
				check(idle->vcpus[0], &env, leaf, sub);
	}
	vm_let("exitstat_layout", 2022);
	vm_end(idle);
}

/* 30-3B are all zeros until the asking vCPU has taken a snapshot. */
static void nothing_is_frozen_at_first(void **state)
{
	struct kvm *fresh = vm_new(1);
	struct leaf_env env;
	u32 leaf;
	size_t i;

	(void)state;
	vm_let("exitstat_guest", 1);
	vm_fill(fresh, 1);
	vm_env(fresh->vcpus[0], &env);
	for (leaf = 0x4fffff30; leaf <= 0x4fffff3b; leaf++)
		for (i = 0; i < SUBLEAVES; i++)
			check(fresh->vcpus[0], &env, leaf, subleaves[i]);
	vm_end(fresh);
}

static void not_answered(u32 leaf, u32 sub);

/* The VMM has set an entry for the signature's leaf, and for no other */
static void the_signature_alone_silences_all(void **state)
{
	u32 leaf;

	(void)state;
	kshim_cpuid_leaf = 0x4fffff00;
	for (leaf = 0x4fffff00; leaf; leaf = leaf == 0x4fffffff ? 0 : leaf + 1)
		not_answered(leaf, 10);
	kshim_cpuid_leaf = 0x40000000;
	assert_true(vm_cpuid64(vm->vcpus[0], 0x4fffff01, 0));
	kshim_cpuid_leaf = 0;
}

/* The indices that a CPU would use while it speculates past the bounds: see kshim.h. */
static void every_index_of_a_guest_is_clamped(void **state)
{
	struct kvm_vcpu *vcpu = vm->vcpus[0];
	u32 base, v, regs[4];

	(void)state;
	vm_let("exitstat_guest", 1);
	vm_let("exitstat_layout", 2022);
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	fill_all(1);
	*vm_count(vcpu, 0) = 1111;
	*vm_count(vcpu, 10) = 2222;
	vm_stat(vcpu)->hist->exits[0][0] = 3333;
	vm_cpuid64(vcpu, 0x4fffff08, 0);
	for (base = 0x4fffff10; base <= 0x4fffff30; base += 0x10)
		for (v = EXITS; v <= ANOMALIES; v++) {
			const u64 first = vm_cpuid64(vcpu, base, 0);

			kshim_speculates = KSHIM_ANY_SIZE;
			assert_true(vm_cpuid64(vcpu, base + v, v == HIST ? 5 << 16 | 10 : 10) ==
				    first);
			kshim_speculates = 0;
		}
	kshim_speculates = BUCKETS;
	assert_true(vm_cpuid64(vcpu, 0x4fffff27, 5 << 16) == 3333);
	/* The table of reasons: index 0 is defined, and this reason is not. */
	kshim_speculates = KVM_EXITSTAT_OTHER;
	assert_true(vm_cpuid(vcpu, 0x4fffff10, isa == LEAF_ISA_VMX ? 35 : 0xa5, regs));
	assert_int_equal(regs[3], 0);
	kshim_speculates = 0;
	assert_true(vm_cpuid64(vcpu, 0x4ffffffe, 10) != vm_cpuid64(vcpu, 0x4ffffffe, 0));
	kshim_speculates = KSHIM_ANY_SIZE;
	assert_true(vm_cpuid64(vcpu, 0x4ffffffe, 10) == vm_cpuid64(vcpu, 0x4ffffffe, 0));
	kshim_speculates = 0;
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
}

static void not_answered(u32 leaf, u32 sub)
{
	const unsigned long calls = kshim_trace.calls;
	u32 regs[4];

	assert_false(vm_cpuid(vm->vcpus[0], leaf, sub, regs));
	assert_int_equal(regs[0], leaf);
	assert_int_equal(regs[1], 0x11111111);
	assert_int_equal(regs[2], sub);
	assert_int_equal(regs[3], 0x33333333);
	assert_int_equal(kshim_trace.calls, calls);
}

static void hidden_from_guests_nothing_is_answered(void **state)
{
	u32 leaf;

	(void)state;
	vm_let("exitstat_guest", 0);
	for (leaf = 0x4fffff00; leaf <= 0x4fffffff; leaf++) {
		not_answered(leaf, 0);
		not_answered(leaf, 10);
		not_answered(leaf, 0xffffffff);
	}
	vm_let("exitstat_guest", 1);
}

static void leaves_of_others_are_left_alone(void **state)
{
	static const u32 leaves[] = { 0, 1, 0x40000000, 0x40000001, 0x4ffffeff,
				      0x50000000, 0x80000000, 0xcfffff10,
				      0xffffffff };
	u32 leaf;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		not_answered(leaves[i], 0);
		not_answered(leaves[i], 10);
	}
	for (i = 0; i < RANDOM; i++) {
		leaf = vm_random();
		if (leaf >> 8 != 0x4fffff)
			not_answered(leaf, vm_random());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_its_own_vm),
		cmocka_unit_test(of_the_host),
		cmocka_unit_test(tables_decide_where_nothing_happened),
		cmocka_unit_test(nothing_is_frozen_at_first),
		cmocka_unit_test(the_signature_alone_silences_all),
		cmocka_unit_test(every_index_of_a_guest_is_clamped),
		cmocka_unit_test(hidden_from_guests_nothing_is_answered),
		cmocka_unit_test(leaves_of_others_are_left_alone),
	};

	int failed = 0, status;

	/* A loaded kvm serves one ISA, because sums of ended VMs stay. */
	for (isa = LEAF_ISA_VMX; isa <= LEAF_ISA_SVM; isa++) {
		if (!fork())
			exit(cmocka_run_group_tests_name(isa == LEAF_ISA_VMX ? "leaves, VMX" :
							 "leaves, SVM", tests, setup, teardown));
		if (wait(&status) < 0 || status)
			failed = 1;
	}
	return failed;
}
