// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat_log: when there is a report, its text, and when there is no work.
 */
#include "unit.h"

#include <stdlib.h>

#include "vm.h"

#define MS	1000000ull
#define S	(1000 * MS)

static void exits(struct kvm *vm, u32 reason, u64 n)
{
	*vm_count(vm->vcpus[0], reason) += n;
	*vm_count(vm->vcpus[0], LEAF_SUB_TOTAL) += n;
}

static struct kvm *new_vm(pid_t pid)
{
	struct kvm *vm = vm_new(2);

	vm->userspace_pid = pid;
	return vm;
}

/* Let @ns pass; then the log must be @want, and is emptied. */
static void after(u64 ns, const char *want)
{
	kshim_pass(ns);
	assert_string_equal(kshim_log, want);
	kshim_log[0] = '\0';
}

static void set(const char *n)
{
	assert_int_equal(vm_set("exitstat_log", n), 0);
}

static bool working(void)
{
	return kshim_work && kshim_work->queued;
}

static int setup(void **state)
{
	(void)state;
	vm_load(LEAF_ISA_VMX);
	/* Reports of earlier VMs no longer hold up new ones. */
	kshim_pass(10 * S);
	return 0;
}

static void a_report_has_every_reason_that_is_not_0(void **state)
{
	struct kvm *vm = new_vm(1234);

	(void)state;
	set("20000");
	exits(vm, 30, 19305);
	exits(vm, 10, 685);
	exits(vm, 0, 9);
	after(100 * MS, "");
	*vm_count(vm->vcpus[1], 10) += 118;
	*vm_count(vm->vcpus[1], LEAF_SUB_TOTAL) += 118;
	after(99 * MS, "");
	after(1 * MS,
	      "kvm-exitstat: VM of process 1234: 20117 exits\n"
	      "kvm-exitstat:   reason 0 EXCEPTION_NMI: 9\n"
	      "kvm-exitstat:   reason 10 CPUID: 803\n"
	      "kvm-exitstat:   reason 30 IO_INSTRUCTION: 19305\n");
	exits(vm, 85, 1);
	exits(vm, 35, 2);
	exits(vm, LEAF_SUB_OTHER, 20000);
	after(2 * S,
	      "kvm-exitstat: VM of process 1234: 40120 exits\n"
	      "kvm-exitstat:   reason 0 EXCEPTION_NMI: 9\n"
	      "kvm-exitstat:   reason 10 CPUID: 803\n"
	      "kvm-exitstat:   reason 30 IO_INSTRUCTION: 19305\n"
	      "kvm-exitstat:   reason 35 undefined: 2\n"
	      "kvm-exitstat:   reason 85 MSR_WRITE_IMM: 1\n"
	      "kvm-exitstat:   reason other: 20000\n");
	set("0");
	vm_end(vm);
}

static void svm_has_its_own_numbers(void **state)
{
	struct kvm *vm;

	(void)state;
	vm_load(LEAF_ISA_SVM);
	vm = new_vm(7);
	set("1000");
	exits(vm, 0x72, 999);
	exits(vm, 0x400, 1);
	after(S,
	      "kvm-exitstat: VM of process 7: 1000 exits\n"
	      "kvm-exitstat:   reason 0x072 cpuid: 999\n"
	      "kvm-exitstat:   reason 0x400 npf: 1\n");
	set("0");
	vm_end(vm);
}

/* The first line of each report */
static void first_lines(u64 ns, const char *want)
{
	static char lines[sizeof(kshim_log)];
	char *line, *rest = kshim_log;

	kshim_pass(ns);
	lines[0] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (strstr(line, "VM of process"))
			strcat(strcat(lines, strstr(line, "process")), "\n");
	kshim_log[0] = '\0';
	assert_string_equal(lines, want);
}

/* The reports made and suppressed add up to one every 1000 exits. */
static void a_vm_gets_one_report_a_second(void **state)
{
	struct kvm *vm = new_vm(1);
	int i;

	(void)state;
	set("1000");
	exits(vm, 10, 3500);
	first_lines(100 * MS, "process 1: 3500 exits (2 reports suppressed)\n");
	for (i = 0; i < 9; i++) {
		exits(vm, 10, 700);
		first_lines(100 * MS, "");
	}
	first_lines(100 * MS, "process 1: 9800 exits (5 reports suppressed)\n");
	first_lines(10 * S, "");
	exits(vm, 10, 199);
	first_lines(S, "");
	exits(vm, 10, 1);
	first_lines(S, "process 1: 10000 exits\n");
	set("0");
	vm_end(vm);
}

static void a_host_gets_ten_in_five_seconds(void **state)
{
	struct kvm *vm[12];
	int i;

	(void)state;
	for (i = 0; i < 12; i++)
		vm[i] = new_vm(100 + i);
	set("1000");
	for (i = 0; i < 12; i++)
		exits(vm[i], 10, 1000 + i);
	first_lines(100 * MS,
		    "process 100: 1000 exits\nprocess 101: 1001 exits\n"
		    "process 102: 1002 exits\nprocess 103: 1003 exits\n"
		    "process 104: 1004 exits\nprocess 105: 1005 exits\n"
		    "process 106: 1006 exits\nprocess 107: 1007 exits\n"
		    "process 108: 1008 exits\nprocess 109: 1009 exits\n");
	/* VMs that have waited come first, whichever others are due. */
	for (i = 0; i < 12; i++)
		exits(vm[i], 10, 2000);
	first_lines(4900 * MS, "");
	first_lines(100 * MS,
		    "process 110: 3010 exits (2 reports suppressed)\n"
		    "process 111: 3011 exits (2 reports suppressed)\n"
		    "process 100: 3000 exits (1 reports suppressed)\n"
		    "process 101: 3001 exits (1 reports suppressed)\n"
		    "process 102: 3002 exits (1 reports suppressed)\n"
		    "process 103: 3003 exits (1 reports suppressed)\n"
		    "process 104: 3004 exits (1 reports suppressed)\n"
		    "process 105: 3005 exits (1 reports suppressed)\n"
		    "process 106: 3006 exits (1 reports suppressed)\n"
		    "process 107: 3007 exits (1 reports suppressed)\n");
	first_lines(4900 * MS, "");
	first_lines(100 * MS,
		    "process 108: 3008 exits (1 reports suppressed)\n"
		    "process 109: 3009 exits (1 reports suppressed)\n");
	set("0");
	for (i = 0; i < 12; i++)
		vm_end(vm[i]);
}

/* At most ten reports in any five seconds, however fast the exits are, and none is lost. */
static void exits_cannot_flood_the_log(void **state)
{
	struct kvm *vm[4];
	u64 printed = 0, suppressed = 0, made = 0, n;
	u64 at[64] = {};
	u32 reports = 0;
	char *line, *rest, *text;
	int i, tick;

	(void)state;
	for (i = 0; i < 4; i++)
		vm[i] = new_vm(i);
	set("1000");
	for (tick = 0; tick < 300; tick++) {
		for (i = 0; i < 4 && tick < 200; i++) {
			exits(vm[i], 10, 1000 * (1 + tick % 50));
			made += 1 + tick % 50;
		}
		kshim_pass(100 * MS);
		for (rest = kshim_log; (line = strsep(&rest, "\n")); ) {
			text = strstr(line, "exits (");
			if (!strstr(line, "VM of process"))
				continue;
			printed++;
			n = 0;
			if (text)
				assert_int_equal(sscanf(text, "exits (%llu reports", &n), 1);
			suppressed += n;
			assert_true(!at[reports % 10] || kshim_ns - at[reports % 10] >= 5 * S);
			at[reports++ % 10] = kshim_ns;
		}
		kshim_log[0] = '\0';
	}
	assert_int_equal(printed + suppressed, made);
	assert_true(printed >= 40 && printed <= 62);
	set("0");
	for (i = 0; i < 4; i++)
		vm_end(vm[i]);
}

/* A report is due every 1,000 exits: none after 999, @line after one more. */
static void due_after_a_thousand(struct kvm *vm, const char *line)
{
	exits(vm, 10, 999);
	first_lines(2 * S, "");
	exits(vm, 10, 1);
	first_lines(2 * S, line);
}

static void what_was_before_is_in_no_report(void **state)
{
	struct kvm *vm = new_vm(1);

	(void)state;
	exits(vm, 10, 123456);
	first_lines(2 * S, "");
	set("1000");
	due_after_a_thousand(vm, "process 1: 124456 exits\n");
	exits(vm, 10, 999);
	set("2000");
	exits(vm, 10, 1001);
	first_lines(2 * S, "");
	exits(vm, 10, 999);
	first_lines(2 * S, "process 1: 127455 exits\n");
	set("0");
	vm_end(vm);
}

static void of_a_vm_made_later_all_exits_count(void **state)
{
	struct kvm *vm;

	(void)state;
	set("1000");
	vm = new_vm(1);
	due_after_a_thousand(vm, "process 1: 1000 exits\n");
	set("0");
	vm_end(vm);
}

static void the_lock_is_held(void)
{
	assert_int_equal(kshim_mutexes, 1);
}

/* Otherwise a VM that is created meanwhile would start the work. */
static void no_work_begins_while_it_is_written(void **state)
{
	struct kvm *vm = new_vm(1);

	(void)state;
	kshim_hooks.walk = the_lock_is_held;
	set("1000");
	assert_null(kshim_hooks.walk);
	set("0");
	vm_end(vm);
}

/* A writer of N is killed meanwhile: still all vCPUs start counting again. */
static void what_was_before_the_killed_is_in_no_report(void **state)
{
	struct kvm *vm = new_vm(1);

	(void)state;
	*vm_count(vm->vcpus[1], 10) = 123456;
	*vm_count(vm->vcpus[1], LEAF_SUB_TOTAL) = 123456;
	kshim_killed = true;
	set("1000");
	kshim_killed = false;
	exits(vm, 10, 999);
	first_lines(2 * S, "");
	set("0");
	vm_end(vm);
}

static struct kvm *ends;
static int steps;

static void end_it(void)
{
	vm_end(ends);
}

/* From VM to VM */
static void it_ends_in_some_steps(void)
{
	if (--steps)
		kshim_hooks.walk = it_ends_in_some_steps;
	else
		kshim_elsewhere(end_it);
}

/*
 * The second of two VMs ends at each step before its report is made, except the third: a
 * VM's end waits for readers in the VM.
 */
static void a_vm_may_end_while_it_looks(void **state)
{
	struct kvm *vm;
	int i;

	(void)state;
	set("1000");
	for (i = 1; i <= 6; i++) {
		if (i == 3)
			continue;
		vm = new_vm(1);
		ends = new_vm(2);
		exits(vm, 10, 1000);
		exits(ends, 10, 1000);
		steps = i;
		kshim_hooks.walk = it_ends_in_some_steps;
		first_lines(100 * MS, "process 1: 1000 exits\n");
		assert_int_equal(steps, 0);
		vm_end(vm);
		kshim_pass(10 * S);
	}
	set("0");
}

/* A report is due, and not made because the last was less than a second ago */
static void what_was_due_before_is_forgotten(void **state)
{
	struct kvm *vm = new_vm(1);

	(void)state;
	set("1000");
	exits(vm, 10, 1000);
	first_lines(200 * MS, "process 1: 1000 exits\n");
	exits(vm, 10, 5000);
	first_lines(200 * MS, "");
	set("1000");
	first_lines(3 * S, "");
	exits(vm, 10, 1000);
	first_lines(S, "process 1: 7000 exits\n");
	set("0");
	vm_end(vm);
}

/* No work with 0, nor without a VM: work would keep the module from being removed. */
static void there_is_work_only_where_it_is_wanted(void **state)
{
	struct kvm *vm, *other;

	(void)state;
	assert_false(working());
	set("1000");
	assert_false(working());
	vm = new_vm(1);
	assert_true(working());
	kshim_pass(3 * S);
	assert_true(working());
	other = new_vm(2);
	vm_end(vm);
	assert_true(working());
	set("0");
	assert_false(working());
	set("5000");
	assert_true(working());
	assert_int_equal(vm_set("exitstat_log", "999"), -EINVAL);
	assert_true(working());
	vm_end(other);
	assert_false(working());
	set("0");
	vm = new_vm(1);
	assert_false(working());
	exits(vm, 10, 5000);
	after(2 * S, "");
	vm_end(vm);
}

/* Ten times a second */
static void it_looks_every_100_ms(void **state)
{
	struct kvm *vm = new_vm(1);
	u64 last, looks = 0;

	(void)state;
	set("1000");
	last = kshim_work->at;
	while (looks < 50) {
		kshim_pass(MS);
		if (kshim_work->at != last) {
			assert_int_equal(kshim_work->at - last, 100 * MS);
			last = kshim_work->at;
			looks++;
		}
	}
	set("0");
	vm_end(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_report_has_every_reason_that_is_not_0, setup),
		cmocka_unit_test_setup(svm_has_its_own_numbers, setup),
		cmocka_unit_test_setup(a_vm_gets_one_report_a_second, setup),
		cmocka_unit_test_setup(a_host_gets_ten_in_five_seconds, setup),
		cmocka_unit_test_setup(exits_cannot_flood_the_log, setup),
		cmocka_unit_test_setup(what_was_before_is_in_no_report, setup),
		cmocka_unit_test_setup(of_a_vm_made_later_all_exits_count, setup),
		cmocka_unit_test_setup(no_work_begins_while_it_is_written, setup),
		cmocka_unit_test_setup(what_was_before_the_killed_is_in_no_report, setup),
		cmocka_unit_test_setup(a_vm_may_end_while_it_looks, setup),
		cmocka_unit_test_setup(what_was_due_before_is_forgotten, setup),
		cmocka_unit_test_setup(there_is_work_only_where_it_is_wanted, setup),
		cmocka_unit_test_setup(it_looks_every_100_ms, setup),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
