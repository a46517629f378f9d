// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every leaf and a great many subleaves against the oracle, for both ISAs, all
 * layouts and all settings of exitstat_guest.
 */
#include "unit.h"

#include <inttypes.h>
#include <stdlib.h>

#include "vm.h"

#define LOW_SUBLEAVES	0x1001
#define RANDOM		10000
#define SUBLEAVES	(LOW_SUBLEAVES + 4 + RANDOM)

static u32 subleaves[SUBLEAVES];
static struct kvm *vm, *neighbour;

/* A host with two VMs and one that has ended. */
static int setup(void **state)
{
	struct kvm *past;
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < LOW_SUBLEAVES; i++)
		subleaves[n++] = i;
	subleaves[n++] = 0x80000000;
	subleaves[n++] = 0xfffffffd;
	subleaves[n++] = 0xfffffffe;
	subleaves[n++] = 0xffffffff;
	while (n < SUBLEAVES)
		subleaves[n++] = vm_random();

	vm_load(LEAF_ISA_VMX);
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

static void check_all(u32 isa, u32 layout, u32 guest)
{
	struct kvm_vcpu *vcpu;
	struct leaf_env env;
	u32 leaf;
	size_t i;

	kvm_exitstat_layout = layout;
	kvm_exitstat_guest = guest;
	kvm_exitstat_key.enabled = layout != 2021;
	vm_load(isa);
	vm_fill(neighbour, guest == 2 ? 0 : layout);
	vm_fill(vm, guest == 2 ? 0 : layout);
	vcpu = vm->vcpus[layout - 2020];
	vm_env(vcpu, &env);
	for (leaf = 0x4fffff00; leaf <= 0x4fffffff; leaf++)
		for (i = 0; i < SUBLEAVES; i++)
			check(vcpu, &env, leaf, subleaves[i]);
	kvm_exitstat_key.enabled = true;
}

static void vmx_of_its_own_vm(void **state)
{
	(void)state;
	check_all(LEAF_ISA_VMX, 2020, 1);
	check_all(LEAF_ISA_VMX, 2021, 1);
	check_all(LEAF_ISA_VMX, 2022, 1);
}

static void vmx_of_the_host(void **state)
{
	(void)state;
	check_all(LEAF_ISA_VMX, 2020, 2);
	check_all(LEAF_ISA_VMX, 2021, 2);
	check_all(LEAF_ISA_VMX, 2022, 2);
}

static void svm_of_its_own_vm(void **state)
{
	(void)state;
	check_all(LEAF_ISA_SVM, 2020, 1);
	check_all(LEAF_ISA_SVM, 2021, 1);
	check_all(LEAF_ISA_SVM, 2022, 1);
}

static void svm_of_the_host(void **state)
{
	(void)state;
	check_all(LEAF_ISA_SVM, 2020, 2);
	check_all(LEAF_ISA_SVM, 2021, 2);
	check_all(LEAF_ISA_SVM, 2022, 2);
}

/* The oracle's own view: no reason has occurred, so the tables decide. */
static void tables_decide_where_nothing_happened(void **state)
{
	struct kvm *idle = vm_new(1);
	struct leaf_env env;
	u32 isa, layout, leaf, sub;

	(void)state;
	kvm_exitstat_guest = 1;
	for (isa = 1; isa <= 2; isa++)
		for (layout = 2020; layout <= 2022; layout++) {
			vm_load(isa);
			kvm_exitstat_layout = layout;
			vm_env(idle->vcpus[0], &env);
			for (leaf = 0x4ffffffc; leaf; leaf = leaf == 0x4fffffff ?
							     0 : leaf + 1)
				for (sub = 0; sub <= 0x10400; sub++)
					check(idle->vcpus[0], &env, leaf, sub);
		}
	kvm_exitstat_layout = 2022;
	vm_end(idle);
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
	kvm_exitstat_guest = 0;
	for (leaf = 0x4fffff00; leaf <= 0x4fffffff; leaf++) {
		not_answered(leaf, 0);
		not_answered(leaf, 10);
		not_answered(leaf, 0xffffffff);
	}
	kvm_exitstat_guest = 1;
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
		cmocka_unit_test(vmx_of_its_own_vm),
		cmocka_unit_test(vmx_of_the_host),
		cmocka_unit_test(svm_of_its_own_vm),
		cmocka_unit_test(svm_of_the_host),
		cmocka_unit_test(tables_decide_where_nothing_happened),
		cmocka_unit_test(hidden_from_guests_nothing_is_answered),
		cmocka_unit_test(leaves_of_others_are_left_alone),
	};

	return cmocka_run_group_tests_name("leaves", tests, setup, teardown);
}
