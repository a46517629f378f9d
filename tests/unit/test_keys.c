// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys: what an exit's key is, that keys balance, and what does not fit.
 */
#include "unit.h"

#include <asm/svm.h>
#include <asm/vmx.h>

#include "exitstat_rows.h"
#include "exitstat_slots.h"
#include "exitstat_vcpus.h"
#include "exitstat_vms.h"
#include "hooks.h"
#include "x86.h"

static struct kvm *vm;
static struct kvm_vcpu *vcpu;
static struct kvm_exitstat_rows *last_rows;
static struct kvm *others[29];

/* Returns @rows, and frees those before: whatever check fails, teardown() frees the last. */
static struct kvm_exitstat_rows *keep(struct kvm_exitstat_rows *rows)
{
	if (last_rows)
		kvm_exitstat_free_rows(last_rows);
	last_rows = rows;
	return rows;
}

static int begin(u32 isa)
{
	vm_load(isa);
	hooks_isa = isa;
	vm = vm_new(2);
	vcpu = vm->vcpus[0];
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
	unsigned int i;

	(void)state;
	keep(NULL);
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	vm_end(vm);
	for (i = 0; i < ARRAY_SIZE(others) && others[i]; i++) {
		vm_end(others[i]);
		others[i] = NULL;
	}
	assert_int_equal(kshim_allocated, 0);
	return 0;
}

static void enter(struct kvm_vcpu *v)
{
	kvm_exitstat_run_begin(v);
	if (hooks_isa == LEAF_ISA_VMX)
		kvm_exitstat_entry(vm_stat(v), KVM_ISA_VMX);
	else
		kvm_exitstat_entry(vm_stat(v), KVM_ISA_SVM);
	kshim_clock += 1000;
}

static void leave(struct kvm_vcpu *v, u64 reason)
{
	v->arch.exit_reason.basic = reason;
	v->arch.vmcb->control.exit_code = reason;
	if (hooks_isa == LEAF_ISA_VMX)
		kvm_exitstat_exit(vm_stat(v), KVM_ISA_VMX, reason);
	else
		kvm_exitstat_exit(vm_stat(v), KVM_ISA_SVM, reason);
}

static void go_on(struct kvm_vcpu *v, u64 kernel)
{
	kshim_clock += kernel;
	if (hooks_isa == LEAF_ISA_VMX)
		kvm_exitstat_entry(vm_stat(v), KVM_ISA_VMX);
	else
		kvm_exitstat_entry(vm_stat(v), KVM_ISA_SVM);
	kshim_clock += 1000;
}

static void exit_of(struct kvm_vcpu *v, u64 reason, u64 kernel)
{
	leave(v, reason);
	go_on(v, kernel);
}

#define NO_REASON	KVM_EXITSTAT_SUB_NONE

/* A row of @kind of @reason; @value of a key is found with any access and size. */
static const struct kvm_exitstat_row *row_of(const struct kvm_exitstat_rows *rows, u32 reason, u32 kind,
					     u64 value)
{
	const u32 slot = reason == NO_REASON ? KVM_EXITSTAT_NONE : kvm_exitstat_named_slot(reason);
	u32 i;

	for (i = 0; i < rows->nr; i++)
		if (rows->row[i].what.slot == slot &&
		    rows->row[i].what.class == kind && rows->row[i].what.value == value)
			return &rows->row[i];
	return NULL;
}

/* One exit of @reason as it is set up has this key. */
static void has_key(u32 reason, u32 class, u64 value, char access, u8 size)
{
	struct kvm_exitstat_rows *rows;
	const struct kvm_exitstat_row *row;

	exit_of(vcpu, reason, 100);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	row = row_of(rows, reason, KVM_EXITSTAT_ROW_KEY + class, value);
	if (!row)
		fail_msg("reason %u has no key 0x%llx of class %s", reason, value, kvm_exitstat_class_name(class));
	assert_int_equal(row->what.access, access);
	assert_int_equal(row->what.size, size);
	assert_int_equal(row->times.exits, 1);
	assert_int_equal(row->times.kernel, 100);
	assert_int_equal(row->error, 0);
}

static void registers(u64 rax, u64 rcx)
{
	vcpu->arch.regs[VCPU_REGS_RAX] = rax;
	vcpu->arch.regs[VCPU_REGS_RCX] = rcx;
}

static void qualified(u32 reason, u64 qualification, u32 class, u64 value, char access, u8 size)
{
	vcpu->arch.qualification = qualification;
	has_key(reason, class, value, access, size);
}

static void hypercalls(u32 reason)
{
	vcpu->arch.long_mode = true;
	registers(0x100000005, 0x12340003);
	has_key(reason, KVM_EXITSTAT_HYPERCALL, 0x100000005, 'k', 0);
	vcpu->arch.long_mode = false;
	has_key(reason, KVM_EXITSTAT_HYPERCALL, 5, 'k', 0);
	vm->arch.hyperv = true;
	has_key(reason, KVM_EXITSTAT_HYPERCALL, 5, 'h', 0);
	vcpu->arch.long_mode = true;
	has_key(reason, KVM_EXITSTAT_HYPERCALL, 3, 'h', 0);
	vm->arch.xen = true;
	registers(29, 0x12340004);
	has_key(reason, KVM_EXITSTAT_HYPERCALL, 29, 'x', 0);
	registers(0x80000001, 0x12340004);
	has_key(reason, KVM_EXITSTAT_HYPERCALL, 4, 'h', 0);
}

static void keys_of_vmx(void **state)
{
	(void)state;
	enter(vcpu);
	vcpu->arch.intr_info = 0x80000b0e;
	has_key(EXIT_REASON_EXCEPTION_NMI, KVM_EXITSTAT_EXCEPTION, 14, 0, 0);
	vcpu->arch.intr_info = 0x800000ec;
	has_key(EXIT_REASON_EXTERNAL_INTERRUPT, KVM_EXITSTAT_VECTOR, 0xec, 0, 0);
	registers(0x1234567840000001, 0xffffffff00000002);
	has_key(EXIT_REASON_CPUID, KVM_EXITSTAT_CPUID, 0x240000001, 0, 0);
	qualified(EXIT_REASON_CR_ACCESS, 0x504, KVM_EXITSTAT_REGISTER, 4, 'w', 0);
	qualified(EXIT_REASON_CR_ACCESS, 0x318, KVM_EXITSTAT_REGISTER, 8, 'r', 0);
	qualified(EXIT_REASON_CR_ACCESS, 0x020, KVM_EXITSTAT_REGISTER, 0, 'w', 0);
	qualified(EXIT_REASON_DR_ACCESS, 0x017, KVM_EXITSTAT_REGISTER, 0x107, 'r', 0);
	qualified(EXIT_REASON_DR_ACCESS, 0x306, KVM_EXITSTAT_REGISTER, 0x106, 'w', 0);
	qualified(EXIT_REASON_IO_INSTRUCTION, 0x03f80000, KVM_EXITSTAT_PORT, 0x3f8, 'w', 1);
	qualified(EXIT_REASON_IO_INSTRUCTION, 0xfffb003b, KVM_EXITSTAT_PORT, 0xfffb, 'r', 4);
	registers(0, 0xabcdef00c0000080);
	has_key(EXIT_REASON_MSR_READ, KVM_EXITSTAT_MSR, 0xc0000080, 'r', 0);
	has_key(EXIT_REASON_MSR_WRITE, KVM_EXITSTAT_MSR, 0xc0000080, 'w', 0);
	qualified(84, 0x6e0, KVM_EXITSTAT_MSR, 0x6e0, 'r', 0);
	qualified(85, 0x6e0, KVM_EXITSTAT_MSR, 0x6e0, 'w', 0);
	vcpu->arch.apic_base = 0xfee00d00;
	qualified(EXIT_REASON_APIC_ACCESS, 0x0390, KVM_EXITSTAT_ADDRESS, 0xfee00390, 'r', 0);
	qualified(EXIT_REASON_APIC_ACCESS, 0x1380, KVM_EXITSTAT_ADDRESS, 0xfee00380, 'w', 0);
	qualified(EXIT_REASON_APIC_WRITE, 0x00b0, KVM_EXITSTAT_ADDRESS, 0xfee000b0, 'w', 0);
	qualified(EXIT_REASON_EOI_INDUCED, 0x31, KVM_EXITSTAT_VECTOR, 0x31, 0, 0);
	vcpu->arch.gpa = 0x123456789;
	qualified(EXIT_REASON_EPT_VIOLATION, 0x181, KVM_EXITSTAT_FRAME, 0x91a, 'r', 0);
	vcpu->arch.gpa = 0x223456789;
	qualified(EXIT_REASON_EPT_VIOLATION, 0x182, KVM_EXITSTAT_FRAME, 0x111a, 'w', 0);
	vcpu->arch.gpa = 0x323456789;
	qualified(EXIT_REASON_EPT_VIOLATION, 0x184, KVM_EXITSTAT_FRAME, 0x191a, 'x', 0);
	has_key(EXIT_REASON_EPT_MISCONFIG, KVM_EXITSTAT_ADDRESS, 0x323456789, 0, 0);
	registers(0, 0x100000000);
	has_key(EXIT_REASON_XSETBV, KVM_EXITSTAT_XCR, 0, 'w', 0);
	hypercalls(EXIT_REASON_VMCALL);
}

static void informed(u32 code, u64 info_1, u64 info_2, u32 class, u64 value, char access, u8 size)
{
	vcpu->arch.vmcb->control.exit_info_1 = info_1;
	vcpu->arch.vmcb->control.exit_info_2 = info_2;
	has_key(code, class, value, access, size);
}

static void keys_of_svm(void **state)
{
	(void)state;
	enter(vcpu);
	registers(0x1234567840000001, 0xffffffff00000002);
	has_key(SVM_EXIT_CPUID, KVM_EXITSTAT_CPUID, 0x240000001, 0, 0);
	informed(SVM_EXIT_IOIO, 0x03f80010, 0, KVM_EXITSTAT_PORT, 0x3f8, 'w', 1);
	informed(SVM_EXIT_IOIO, 0xfffb0041, 0, KVM_EXITSTAT_PORT, 0xfffb, 'r', 4);
	registers(0, 0xabcdef00c0000080);
	informed(SVM_EXIT_MSR, 0, 0, KVM_EXITSTAT_MSR, 0xc0000080, 'r', 0);
	registers(0, 0xabcdef00c0000081);
	informed(SVM_EXIT_MSR, 1, 0, KVM_EXITSTAT_MSR, 0xc0000081, 'w', 0);
	registers(0, 0x100000000);
	has_key(SVM_EXIT_XSETBV, KVM_EXITSTAT_XCR, 0, 'w', 0);
	informed(SVM_EXIT_NPF, 0x100000004, 0x123456789, KVM_EXITSTAT_FRAME, 0x91a, 'r', 0);
	informed(SVM_EXIT_NPF, 0x100000006, 0x223456789, KVM_EXITSTAT_FRAME, 0x111a, 'w', 0);
	informed(SVM_EXIT_NPF, 0x100000014, 0x323456789, KVM_EXITSTAT_FRAME, 0x191a, 'x', 0);
	informed(SVM_EXIT_NPF, 0x10000000f, 0xfed000f0, KVM_EXITSTAT_ADDRESS, 0xfed000f0, 'w', 0);
	vcpu->arch.apic_base = 0xfee00d00;
	informed(SVM_EXIT_AVIC_UNACCELERATED_ACCESS, 0x100000390, 0, KVM_EXITSTAT_ADDRESS, 0xfee00390, 'w', 0);
	vcpu->arch.vmcb->control.ghcb_gpa = 0x7004;
	has_key(SVM_EXIT_VMGEXIT, KVM_EXITSTAT_VMGEXIT, 4, 0, 0);
	hypercalls(SVM_EXIT_VMMCALL);
}

/*
 * Keys of each reason and what has lost its entry, and levels of each, are its exits and cycles;
 * its returns are its time in user space.
 */
static void balances(const struct kvm_exitstat_rows *rows)
{
	const struct kvm_exitstat_row *row, *since = NULL;
	struct kvm_exitstat_times keys = {}, levels = {};
	bool has_keys = false;
	u64 user = 0;
	u32 i;

	for (i = 0; i <= rows->nr; i++) {
		row = &rows->row[i];
		if (since && (i == rows->nr || row->what.slot != since->what.slot)) {
			if (has_keys)
				assert_memory_equal(&keys, &since->times, sizeof(keys));
			if (since->what.slot != kvm_exitstat_slots - 1)
				assert_memory_equal(&levels, &since->times, sizeof(levels));
			assert_int_equal(user, since->times.user);
			keys = levels = (struct kvm_exitstat_times){};
			user = 0;
			has_keys = false;
			since = NULL;
		}
		if (i == rows->nr)
			break;
		switch (row->what.class) {
		case KVM_EXITSTAT_ROW_REASON:
			since = row;
			break;
		case KVM_EXITSTAT_ROW_LEVEL:
			levels.exits += row->times.exits;
			levels.kernel += row->times.kernel;
			levels.user += row->times.user;
			break;
		case KVM_EXITSTAT_ROW_RETURN:
		case KVM_EXITSTAT_ROW_RETURN_REST:
			assert_non_null(since);
			assert_int_equal(row->times.kernel, 0);
			user += row->times.user;
			break;
		default:
			has_keys = true;
			keys.exits += row->times.exits;
			keys.kernel += row->times.kernel;
			keys.user += row->times.user;
		}
	}
}

/* A random exit's key is one of @distinct. */
static void set_up(struct kvm_vcpu *v, u32 distinct)
{
	const u64 n = vm_random() % distinct;

	v->arch.regs[VCPU_REGS_RAX] = n;
	v->arch.regs[VCPU_REGS_RCX] = n;
	v->arch.qualification = n << 16;
	v->arch.gpa = n << 21;
	v->arch.vmcb->control.exit_info_1 = n << 16;
	v->arch.vmcb->control.exit_info_2 = n << 21;
	v->arch.nested = vm_random() % 8 == 0;
}

/* Exits by slot and level since the keys began; the last one's level is known at the next. */
static u64 true_levels[KVM_EXITSTAT_MAX_SLOTS][KVM_EXITSTAT_NR_LEVELS];
static u64 last_slot;
static bool last_nested;

static void forget_levels(void)
{
	memset(true_levels, 0, sizeof(true_levels));
	last_nested = false;
}

static void note_level(bool nested, u64 slot)
{
	if (last_nested && !nested) {
		true_levels[last_slot][KVM_EXITSTAT_L2]--;
		true_levels[last_slot][KVM_EXITSTAT_L2_L1]++;
	}
	true_levels[slot][nested ? KVM_EXITSTAT_L2 : KVM_EXITSTAT_L1]++;
	last_slot = slot;
	last_nested = nested;
}

/* L1 has what the others leave, so a sum does not show an exit at a wrong level. */
static void levels_are_true(const struct kvm_exitstat_rows *rows)
{
	const struct kvm_exitstat_row *row;
	u32 slot, level;

	for (row = rows->row; row < rows->row + rows->nr; row++)
		assert_false(row->what.slot == kvm_exitstat_slots - 1 && row->what.class == KVM_EXITSTAT_ROW_LEVEL);
	for (slot = 0; slot < kvm_exitstat_slots - 1; slot++)
		for (level = 0; level < KVM_EXITSTAT_NR_LEVELS; level++) {
			for (row = rows->row; row < rows->row + rows->nr; row++)
				if (row->what.slot == slot && row->what.class == KVM_EXITSTAT_ROW_LEVEL &&
				    row->what.value == level)
					break;
			assert_int_equal(row < rows->row + rows->nr ? row->times.exits : 0, true_levels[slot][level]);
		}
}

/* Returns by slot, and by KVM_EXIT_* or errno, since the vCPU has keys */
static u64 true_returns[KVM_EXITSTAT_MAX_SLOTS][2][KVM_EXIT_MEMORY_FAULT + 1];

static bool has_begun(struct kvm_vcpu *v)
{
	return vm_stat(v)->keys && vm_stat(v)->keys->begun;
}

static void note_return(struct kvm_vcpu *v, int ret)
{
	if (!has_begun(v))
		return;
	if (ret < 0 && ret != -EFAULT)
		true_returns[kvm_exitstat_slots - 1][1][-ret]++;
	else
		true_returns[vm_stat(v)->slot][0][v->run->exit_reason]++;
}

/* Each return that has a place is true within its error; with those that have none there are as many as there were. */
static void returns_are_true(const struct kvm_exitstat_rows *rows)
{
	u64 seen[KVM_EXITSTAT_MAX_SLOTS] = {}, all, one;
	const struct kvm_exitstat_row *row;
	u32 slot, i;

	for (row = rows->row; row < rows->row + rows->nr; row++) {
		if (row->what.class == KVM_EXITSTAT_ROW_RETURN) {
			assert_in_range(row->what.value, 0, KVM_EXIT_MEMORY_FAULT);
			one = true_returns[row->what.slot][row->what.access == 'e'][row->what.value];
			assert_in_range(one, row->times.exits, row->times.exits + row->error);
		}
		if (row->what.class == KVM_EXITSTAT_ROW_RETURN || row->what.class == KVM_EXITSTAT_ROW_RETURN_REST)
			seen[row->what.slot] += row->times.exits;
	}
	for (slot = 0; slot < kvm_exitstat_slots; slot++) {
		for (all = i = 0; i <= KVM_EXIT_MEMORY_FAULT; i++)
			all += true_returns[slot][0][i] + true_returns[slot][1][i];
		assert_int_equal(seen[slot], all);
	}
}

static void random_steps(struct runner *r, u32 distinct, unsigned int steps)
{
	enum hook hook;
	u64 arg;

	for (; steps; steps--) {
		set_up(r->vcpu, distinct);
		hook = runner_choose(r, &arg);
		if (hook == EXIT) {
			r->vcpu->arch.vmcb->control.exit_code = arg;
			r->vcpu->arch.exit_reason.basic = arg;
			note_level(r->vcpu->arch.nested, kvm_exitstat_slot(hooks_isa, arg));
		}
		runner_do(r, hook, arg);
		if (hook == RUN_END)
			note_return(r->vcpu, arg);
		kshim_clock += vm_random() % 3000;
	}
}

/* Random exits are of these, with keys of most classes. */
static void some_reasons(void)
{
	static const u64 vmx[] = { 10, 30, 31, 32, 48, 49, 12, 18, 0, 1, 28, 55 };
	static const u64 svm[] = { 0x72, 0x7b, 0x7c, 0x400, 0x78, 0x81, 0x60, 0x8d, 0x10, 0x41, 0x403, 0x402 };

	memcpy(hooks_reasons, hooks_isa == LEAF_ISA_VMX ? vmx : svm, sizeof(hooks_reasons));
}

static void every_reading_balances(void **state)
{
	static const u32 distinct[] = { 1, 3, 64, 70, 10000 };
	struct kvm_exitstat_rows *rows;
	struct books books;
	struct runner r = {};
	const char *why;
	unsigned int i, round;

	(void)state;
	some_reasons();
	runner_init(&r, vcpu);
	forget_levels();
	memset(true_returns, 0, sizeof(true_returns));
	for (round = 0; round < rounds(400, 20000); round++) {
		random_steps(&r, distinct[round % 5], 100);
		rows = keep(kvm_exitstat_vcpu_rows(vcpu));
		balances(rows);
		levels_are_true(rows);
		returns_are_true(rows);
		assert_int_equal(rows->torn, 0);
		books_read(vm_stat(vcpu), &books, &why);
		if (why)
			fail_msg("a reading has %s wrong", why);
		if (round % 50 == 49) {
			/* While they are turned off and on, no exit is missed. */
			i = vm_stat(vcpu)->total;
			assert_int_equal(vm_set("exitstat_keys", "0"), 0);
			random_steps(&r, 3, 10);
			assert_int_equal(vm_set("exitstat_keys", "1"), 0);
			assert_true(vm_stat(vcpu)->total >= i);
			forget_levels();
			memset(true_returns, 0, sizeof(true_returns));
		}
	}
}

static u64 true_exits[10000];

static void msr_exits(u64 msr, unsigned int exits)
{
	for (; exits; exits--) {
		registers(0, msr);
		exit_of(vcpu, EXIT_REASON_MSR_WRITE, 100);
		true_exits[msr]++;
	}
}

static const struct kvm_exitstat_row *msr_row(const struct kvm_exitstat_rows *rows, u64 msr)
{
	return row_of(rows, EXIT_REASON_MSR_WRITE, KVM_EXITSTAT_ROW_KEY + KVM_EXITSTAT_MSR, msr);
}

static void sixty_four_are_exact(void **state)
{
	struct kvm_exitstat_rows *rows;
	u64 msr;

	(void)state;
	enter(vcpu);
	memset(true_exits, 0, sizeof(true_exits));
	for (msr = 0; msr < 64; msr++)
		msr_exits(msr, msr + 1);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	for (msr = 0; msr < 64; msr++) {
		assert_non_null(msr_row(rows, msr));
		assert_int_equal(msr_row(rows, msr)->times.exits, msr + 1);
		assert_int_equal(msr_row(rows, msr)->times.kernel, 100 * (msr + 1));
		assert_int_equal(msr_row(rows, msr)->error, 0);
	}
	assert_null(row_of(rows, EXIT_REASON_MSR_WRITE, KVM_EXITSTAT_ROW_REST, 0));
	assert_int_equal(rows->floor[KVM_EXITSTAT_MSR], 0);
}

static void the_error_holds(const struct kvm_exitstat_rows *rows)
{
	const struct kvm_exitstat_row *row;
	u64 msr;

	for (msr = 0; msr < 10000; msr++) {
		row = msr_row(rows, msr);
		if (row) {
			assert_true(row->times.exits <= true_exits[msr]);
			assert_true(true_exits[msr] <= row->times.exits + row->error);
		} else {
			assert_true(true_exits[msr] <= rows->floor[KVM_EXITSTAT_MSR]);
		}
	}
}

/* Frequent ones among 10,000, and each new key against the table's least */
static void beyond_the_error_is_known(void **state)
{
	struct kvm_exitstat_rows *rows;
	unsigned int i;

	(void)state;
	enter(vcpu);
	memset(true_exits, 0, sizeof(true_exits));
	for (i = 0; i < 20000; i++)
		msr_exits(vm_random() % 3 ? vm_random() % 8 : vm_random() % 10000, 1);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	the_error_holds(rows);
	balances(rows);
	for (i = 0; i < 8; i++)
		assert_non_null(msr_row(rows, i));
	assert_non_null(row_of(rows, EXIT_REASON_MSR_WRITE, KVM_EXITSTAT_ROW_REST, 0));
	for (i = 0; i < 10000; i++)
		msr_exits(i % 65, 1);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	the_error_holds(rows);
	balances(rows);
}

/* A key that only one vCPU has a place for was the other's, too. */
static void the_error_of_a_sum_holds(void **state)
{
	unsigned int i, v;

	(void)state;
	memset(true_exits, 0, sizeof(true_exits));
	for (v = 0; v < 2; v++) {
		vcpu = vm->vcpus[v];
		enter(vcpu);
		msr_exits(5, v ? 1000 : 10);
		for (i = 0; i < 20000; i++)
			msr_exits(vm_random() % 3 ? 100 * v + vm_random() % 100 : vm_random() % 10000, 1);
	}
	the_error_holds(keep(kvm_exitstat_vm_rows(vm)));
	the_error_holds(keep(kvm_exitstat_host_rows()));
	balances(last_rows);
}

/* Each vCPU has other keys: 448 of them. */
static void many_keys(struct kvm_vcpu *v, u64 number)
{
	static const u64 reasons[] = {
		EXIT_REASON_CPUID, EXIT_REASON_MSR_READ, EXIT_REASON_IO_INSTRUCTION, EXIT_REASON_EPT_VIOLATION,
		EXIT_REASON_EPT_MISCONFIG, EXIT_REASON_VMCALL, EXIT_REASON_XSETBV,
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		for (k = 0; k < 64; k++, number++) {
			v->arch.regs[VCPU_REGS_RAX] = number;
			v->arch.regs[VCPU_REGS_RCX] = number;
			v->arch.qualification = number % 0x10000 << 16 | (number & 0x10000) >> 13;
			v->arch.gpa = number << 21;
			exit_of(v, reasons[i], 1);
		}
	}
}

/* A sum has so many lines that further keys are in the rest; the floor says so. */
static void a_sum_that_is_full_has_a_floor(void **state)
{
	struct kvm_exitstat_rows *rows;
	unsigned int i, v;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		others[i] = vm_new(KSHIM_VCPUS);
		for (v = 0; v < KSHIM_VCPUS; v++) {
			enter(others[i]->vcpus[v]);
			many_keys(others[i]->vcpus[v], 10000 + 448 * (i * KSHIM_VCPUS + v));
		}
	}
	memset(true_exits, 0, sizeof(true_exits));
	vcpu = others[i - 1]->vcpus[v - 1];
	msr_exits(9999, 77);
	vcpu->run->exit_reason = KVM_EXIT_DEBUG;
	leave(vcpu, EXIT_REASON_EXCEPTION_NMI);
	kvm_exitstat_run_end(vcpu, 0, rdtsc());
	kshim_clock += 500;
	vcpu = vm->vcpus[0];
	rows = keep(kvm_exitstat_host_rows());
	assert_true(rows->nr >= 65536);
	assert_null(row_of(rows, EXIT_REASON_MSR_WRITE, KVM_EXITSTAT_ROW_KEY + KVM_EXITSTAT_MSR, 9999));
	assert_int_equal(row_of(rows, EXIT_REASON_MSR_WRITE, KVM_EXITSTAT_ROW_REST, 0)->times.exits, 77);
	assert_true(rows->floor[KVM_EXITSTAT_MSR] >= 77);
	assert_null(row_of(rows, EXIT_REASON_EXCEPTION_NMI, KVM_EXITSTAT_ROW_RETURN, KVM_EXIT_DEBUG));
	assert_int_equal(row_of(rows, EXIT_REASON_EXCEPTION_NMI, KVM_EXITSTAT_ROW_RETURN_REST, 0)->times.exits, 1);
	assert_true(rows->floor[KVM_EXITSTAT_RETURN] >= 1);
	balances(rows);
}

/* With a seed that a guest would know, all keys are in one chain, and are found. */
static void one_chain_is_whole(void **state)
{
	struct kvm_exitstat_rows *rows;
	unsigned int i;

	(void)state;
	vm_stat(vcpu)->keys->seed = 1;
	enter(vcpu);
	memset(true_exits, 0, sizeof(true_exits));
	for (i = 0; i < 5000; i++)
		msr_exits(vm_random() % 100, 1);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	the_error_holds(rows);
	balances(rows);
}

/* A write to port 0x3f8 takes the VMM 5,000 cycles. */
static void write_to_port(void)
{
	enter(vcpu);
	vcpu->arch.qualification = 0x3f80000;
	leave(vcpu, EXIT_REASON_IO_INSTRUCTION);
	vcpu->run->exit_reason = KVM_EXIT_IO;
	kvm_exitstat_run_end(vcpu, 0, rdtsc());
	kshim_clock += 5000;
	kvm_exitstat_run_begin(vcpu);
}

/* An exit that goes to user space twice */
static void user_time_is_the_keys(void **state)
{
	struct kvm_exitstat_rows *rows;
	const struct kvm_exitstat_row *row;

	(void)state;
	write_to_port();
	kvm_exitstat_run_end(vcpu, 0, rdtsc());
	kshim_clock += 300;
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	row = row_of(rows, EXIT_REASON_IO_INSTRUCTION, KVM_EXITSTAT_ROW_KEY + KVM_EXITSTAT_PORT, 0x3f8);
	assert_int_equal(row->times.user, 5300);
	balances(rows);
	kvm_exitstat_run_begin(vcpu);
	go_on(vcpu, 100);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	row = row_of(rows, EXIT_REASON_IO_INSTRUCTION, KVM_EXITSTAT_ROW_KEY + KVM_EXITSTAT_PORT, 0x3f8);
	assert_int_equal(row->times.exits, 1);
	assert_int_equal(row->times.user, 5300);
	assert_int_equal(row->times.kernel, 100);
	balances(rows);
}

static void comes_back(int ret, u32 reason, u64 user)
{
	vcpu->run->exit_reason = reason;
	kvm_exitstat_run_end(vcpu, ret, rdtsc());
	kshim_clock += user;
}

static void has_return(const struct kvm_exitstat_rows *rows, u32 reason, u64 value, char access, u64 returns, u64 user)
{
	const struct kvm_exitstat_row *row = row_of(rows, reason, KVM_EXITSTAT_ROW_RETURN, value);

	if (!row)
		fail_msg("reason %u has no return 0x%llx", reason, value);
	assert_int_equal(row->what.access, access);
	assert_int_equal(row->times.exits, returns);
	assert_int_equal(row->times.user, user);
	assert_int_equal(row->error, 0);
}

/* What a failed KVM_RUN leaves in exit_reason is not what it failed with. */
static void why_user_space_was_entered(void **state)
{
	struct kvm_exitstat_rows *rows;
	unsigned int i;

	(void)state;
	enter(vcpu);
	for (i = 0; i < 3; i++) {
		leave(vcpu, EXIT_REASON_IO_INSTRUCTION);
		comes_back(0, KVM_EXIT_IO, 1000);
		enter(vcpu);
	}
	leave(vcpu, EXIT_REASON_IO_INSTRUCTION);
	comes_back(0, KVM_EXIT_IO, 20);
	kvm_exitstat_run_begin(vcpu);
	comes_back(0, KVM_EXIT_DEBUG, 500);
	kvm_exitstat_run_begin(vcpu);
	comes_back(-EINTR, KVM_EXIT_IO, 70);
	enter(vcpu);
	leave(vcpu, EXIT_REASON_EPT_VIOLATION);
	comes_back(-EFAULT, KVM_EXIT_MEMORY_FAULT, 30);
	enter(vcpu);
	leave(vcpu, EXIT_REASON_EPT_VIOLATION);
	comes_back(-EFAULT, KVM_EXIT_UNKNOWN, 4);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	has_return(rows, EXIT_REASON_IO_INSTRUCTION, KVM_EXIT_IO, 0, 4, 3020);
	has_return(rows, EXIT_REASON_IO_INSTRUCTION, KVM_EXIT_DEBUG, 0, 1, 500);
	has_return(rows, EXIT_REASON_EPT_VIOLATION, KVM_EXIT_MEMORY_FAULT, 0, 1, 30);
	has_return(rows, NO_REASON, EINTR, 'e', 1, 70);
	has_return(rows, NO_REASON, EFAULT, 'e', 1, 4);
	balances(rows);
}

static void returns_begin_with_an_exit(void **state)
{
	struct kvm_exitstat_rows *rows;
	u32 i;

	(void)state;
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	enter(vcpu);
	leave(vcpu, EXIT_REASON_IO_INSTRUCTION);
	assert_int_equal(vm_set("exitstat_keys", "1"), 0);
	comes_back(0, KVM_EXIT_IO, 1000);
	enter(vcpu);
	leave(vcpu, EXIT_REASON_IO_INSTRUCTION);
	comes_back(0, KVM_EXIT_IO, 20);
	kvm_exitstat_run_begin(vcpu);
	comes_back(0, KVM_EXIT_DEBUG, 3);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	for (i = 0; i < 2; i++)
		has_return(rows, EXIT_REASON_IO_INSTRUCTION, i ? KVM_EXIT_IO : KVM_EXIT_DEBUG, 0, 1, i ? 20 : 3);
	balances(rows);
}

/* A VMM writes what it likes into struct kvm_run. */
static void returns_beyond_the_places(void **state)
{
	struct kvm_exitstat_rows *rows;
	u64 returns = 0;
	u32 i;

	(void)state;
	enter(vcpu);
	for (i = 0; i < 1000; i++) {
		leave(vcpu, EXIT_REASON_IO_INSTRUCTION);
		comes_back(0, i % 100 ? 0xffffff00 + i % 100 : KVM_EXIT_IO, 10);
		enter(vcpu);
	}
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	balances(rows);
	for (i = 0; i < rows->nr; i++)
		if (rows->row[i].what.class == KVM_EXITSTAT_ROW_RETURN ||
		    rows->row[i].what.class == KVM_EXITSTAT_ROW_RETURN_REST)
			returns += rows->row[i].times.exits;
	assert_int_equal(returns, 1000);
	assert_in_range(rows->floor[KVM_EXITSTAT_RETURN], 1, 1000 / KVM_EXITSTAT_KEYS);
	/* The exits have one key, which keeps its place. */
	assert_null(row_of(rows, EXIT_REASON_IO_INSTRUCTION, KVM_EXITSTAT_ROW_REST, 0));
}

/* exitstat=1, and exitstat_keys is being set */
static bool turns_keys;

/* While the code is patched: a vCPU that has keys finds the hook that keeps its return, and no exit is missed. */
static void keys_have_returns(void)
{
	assert_false(kvm_exitstat_keys_key.enabled && kvm_exitstat_run_end_key.enabled);
	assert_true(!turns_keys || kvm_exitstat_exit_key.enabled || kvm_exitstat_keys_key.enabled);
	assert_true(!kvm_exitstat_run_end_key.enabled || kvm_exitstat_key.enabled);
}

static void the_hook_that_keeps_returns(void **state)
{
	static const char *const turn[][2] = {
		{ "exitstat_keys", "0" }, { "exitstat", "0" }, { "exitstat_keys", "1" }, { "exitstat", "1" },
		{ "exitstat", "0" }, { "exitstat_keys", "0" }, { "exitstat", "1" }, { "exitstat_keys", "1" },
	};
	unsigned int i;

	(void)state;
	kshim_hooks.patched = keys_have_returns;
	for (i = 0; i < ARRAY_SIZE(turn); i++) {
		turns_keys = vm_get("exitstat") && !strcmp(turn[i][0], "exitstat_keys");
		assert_int_equal(vm_set(turn[i][0], turn[i][1]), 0);
		keys_have_returns();
		assert_int_equal(kvm_exitstat_run_end_key.enabled, vm_get("exitstat") && !vm_get("exitstat_keys"));
	}
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	kshim_fail_alloc = 1;
	assert_int_equal(vm_set("exitstat_keys", "1"), -ENOMEM);
	kshim_hooks.patched = NULL;
	assert_true(kvm_exitstat_run_end_key.enabled);
}

static void whose_a_nested_exit_was(void **state)
{
	static const u64 exits[] = { 1, 2, 3 };
	struct kvm_exitstat_rows *rows;
	unsigned int level, i;

	(void)state;
	enter(vcpu);
	for (level = 0; level < KVM_EXITSTAT_NR_LEVELS; level++) {
		for (i = 0; i < exits[level]; i++) {
			vcpu->arch.nested = level != KVM_EXITSTAT_L1;
			leave(vcpu, EXIT_REASON_CPUID);
			vcpu->arch.nested = level == KVM_EXITSTAT_L2;
			go_on(vcpu, 10);
			/* The next exit shows who has run. */
			exit_of(vcpu, EXIT_REASON_HLT, 1);
		}
	}
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	for (level = 0; level < KVM_EXITSTAT_NR_LEVELS; level++) {
		const struct kvm_exitstat_row *row = row_of(rows, EXIT_REASON_CPUID, KVM_EXITSTAT_ROW_LEVEL, level);

		assert_int_equal(row->times.exits, exits[level]);
		assert_int_equal(row->times.kernel, 10 * exits[level]);
	}
	balances(rows);
	/* A reason without a slot has levels, too. */
	exit_of(vcpu, 200, 10);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	balances(rows);
}

/* What came before, and the exit that is under way, are not the keys'. */
static void keys_begin_with_an_exit(void **state)
{
	struct kvm_exitstat_rows *rows;
	const struct kvm_exitstat_row *row;

	(void)state;
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	enter(vcpu);
	exit_of(vcpu, EXIT_REASON_CPUID, 70);
	leave(vcpu, EXIT_REASON_CPUID);
	assert_int_equal(vm_set("exitstat_keys", "1"), 0);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	assert_int_equal(rows->vcpus, 0);
	assert_int_equal(rows->nr, 0);
	go_on(vcpu, 30);
	exit_of(vcpu, EXIT_REASON_CPUID, 20);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	row = row_of(rows, EXIT_REASON_CPUID, KVM_EXITSTAT_ROW_REASON, 0);
	assert_int_equal(row->times.exits, 1);
	assert_int_equal(row->times.kernel, 20);
	balances(rows);
}

static void exits_that_are_not_counted(void)
{
	registers(0, 8);
	leave(vcpu, EXIT_REASON_MSR_WRITE);
}

static void exits_while_closed(void)
{
	kshim_hooks.barrier = NULL;
	kshim_elsewhere(exits_that_are_not_counted);
}

static void from_closing_on(void)
{
	kshim_hooks.barrier = exits_while_closed;
}

/* exitstat=0 closes the ledgers, while vCPUs run on: no hook may write beside it, or take a place. */
static void keys_rest_while_nothing_is_counted(void **state)
{
	struct kvm_exitstat_rows *rows;
	u32 seq;

	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	enter(vcpu);
	exit_of(vcpu, EXIT_REASON_CPUID, 10);
	leave(vcpu, EXIT_REASON_HLT);
	kvm_exitstat_wait_begin(vcpu);
	kshim_clock += 500;
	kshim_hooks.grace = from_closing_on;
	assert_int_equal(vm_set("exitstat", "0"), 0);
	kshim_hooks.grace = kshim_hooks.barrier = NULL;
	seq = vm_stat(vcpu)->seq;
	exits_that_are_not_counted();
	assert_int_equal(vm_stat(vcpu)->seq, seq);
	assert_int_equal(vm_stat(vcpu)->keys->table[KVM_EXITSTAT_MSR - 1].used, 0);
	assert_int_equal(vm_set("exitstat", "1"), 0);
	enter(vcpu);
	exit_of(vcpu, EXIT_REASON_CPUID, 10);
	rows = keep(kvm_exitstat_vcpu_rows(vcpu));
	assert_int_equal(rows->torn, 0);
	assert_int_equal(row_of(rows, EXIT_REASON_CPUID, KVM_EXITSTAT_ROW_REASON, 0)->times.exits, 2);
	balances(rows);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
}

/* An exit while code is patched, or a grace period waited for */
static void an_exit(void)
{
	registers(vm_random() % 70, vm_random() % 70);
	exit_of(vcpu, vm_random() & 1 ? EXIT_REASON_CPUID : EXIT_REASON_MSR_WRITE, 10);
}

static void exits_that_count_have_keys(void **state)
{
	unsigned int i;

	(void)state;
	enter(vcpu);
	exit_of(vcpu, EXIT_REASON_CPUID, 10);
	kshim_hooks.patched = kshim_hooks.grace = an_exit;
	for (i = 0; i < 100; i++) {
		vm_let("exitstat", i & 1);
		an_exit();
		balances(keep(kvm_exitstat_vcpu_rows(vcpu)));
		assert_int_equal(last_rows->torn, 0);
	}
	kshim_hooks.patched = kshim_hooks.grace = NULL;
}

static u64 exits_made;

static void an_exit_that_counts(void)
{
	an_exit();
	assert_int_equal(vm_stat(vcpu)->total, ++exits_made);
	if (has_begun(vcpu))
		balances(keep(kvm_exitstat_vcpu_rows(vcpu)));
}

/* Each exit takes one of the two hooks, and no more; keys begin only once it is the one with keys. */
static void no_exit_is_missed_or_twice(void **state)
{
	unsigned int i;

	(void)state;
	enter(vcpu);
	exits_made = 0;
	an_exit_that_counts();
	kshim_hooks.patched = kshim_hooks.grace = an_exit_that_counts;
	for (i = 0; i < 100; i++) {
		vm_let("exitstat_keys", i & 1);
		an_exit_that_counts();
	}
	kshim_hooks.patched = kshim_hooks.grace = NULL;
	assert_true(exits_made > 400);
}

/* The parameter is set before there is a vendor module, or a VM. */
static void keys_before_there_is_a_vcpu(void **state)
{
	(void)state;
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	vm_end(vm);
	assert_int_equal(vm_set("exitstat_keys", "1"), 0);
	vm = vm_new(2);
	vcpu = vm->vcpus[0];
	enter(vcpu);
	exit_of(vcpu, EXIT_REASON_CPUID, 10);
	assert_int_equal(keep(kvm_exitstat_vcpu_rows(vcpu))->vcpus, 1);
	balances(last_rows);
}

static void sums_are_of_all_vcpus(void **state)
{
	struct kvm *other = vm_new(1);
	struct kvm_exitstat_rows *rows;
	unsigned int v;

	(void)state;
	for (v = 0; v < 2; v++) {
		vcpu = vm->vcpus[v];
		enter(vcpu);
		msr_exits(7, 5);
		msr_exits(100 + v, 1);
	}
	rows = keep(kvm_exitstat_vm_rows(vm));
	assert_int_equal(rows->vcpus, 2);
	assert_int_equal(msr_row(rows, 7)->times.exits, 10);
	assert_int_equal(msr_row(rows, 101)->times.exits, 1);
	balances(rows);
	vcpu = other->vcpus[0];
	enter(vcpu);
	msr_exits(7, 3);
	rows = keep(kvm_exitstat_host_rows());
	assert_int_equal(rows->vcpus, 3);
	assert_int_equal(msr_row(rows, 7)->times.exits, 13);
	balances(rows);
	vm_end(other);
	vcpu = vm->vcpus[0];
}

static void off_and_on(void)
{
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	assert_int_equal(vm_set("exitstat_keys", "1"), 0);
	for (unsigned int v = 0; v < 2; v++) {
		enter(vm->vcpus[v]);
		exit_of(vm->vcpus[v], EXIT_REASON_CPUID, 10);
	}
}

/* A reader allocates three times before it reads a vCPU, and then room for its rows. */
static unsigned int allocs;

static void when_one_was_read(void)
{
	if (++allocs < 4) {
		kshim_hooks.alloc = when_one_was_read;
		return;
	}
	vm_stat(vm->vcpus[0])->seq--;
	off_and_on();
}

/*
 * Keys are turned off and on while a sum is made: one vCPU was read before that, the other one after
 * it.  The first one has more keys than places, and is amid a hook.
 */
static void a_sum_is_of_one_period(void **state)
{
	const struct kvm_exitstat_rows *rows;
	unsigned int i;
	u64 period;

	(void)state;
	off_and_on();
	vcpu = vm->vcpus[0];
	for (i = 0; i <= KVM_EXITSTAT_KEYS; i++)
		msr_exits(i, 1);
	period = kvm_exitstat_keys_period();
	assert_int_not_equal(period, 0);
	rows = keep(kvm_exitstat_vm_rows(vm));
	assert_int_equal(rows->period, period);
	assert_int_equal(rows->vcpus, 2);
	assert_int_equal(rows->floor[KVM_EXITSTAT_MSR], 1);
	allocs = 0;
	vm_stat(vcpu)->seq++;
	kshim_hooks.alloc = when_one_was_read;
	rows = keep(kvm_exitstat_vm_rows(vm));
	assert_int_equal(allocs, 4);
	assert_int_equal(rows->nr, 0);
	assert_int_equal(rows->vcpus, 0);
	assert_int_equal(rows->torn, 0);
	assert_int_equal(rows->floor[KVM_EXITSTAT_MSR], 0);
	assert_int_equal(rows->period, 0);
	rows = keep(kvm_exitstat_vm_rows(vm));
	assert_int_equal(rows->period, period + 1);
	assert_int_equal(rows->vcpus, 2);
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	assert_int_equal(kvm_exitstat_keys_period(), 0);
}

/* The text of the file of the keys, which is created before the file exitstat */
static void file_says(const char *name, const char *want)
{
	struct seq_file m = { .private = kshim_debugfs_before.data };
	char *text = NULL;
	size_t size;

	assert_string_equal(kshim_debugfs_before.name, name);
	assert_int_equal(kshim_debugfs_before.mode, 0400);
	m.out = open_memstream(&text, &size);
	assert_int_equal(kshim_debugfs_before.fops->show(&m, NULL), 0);
	fclose(m.out);
	assert_string_equal(text, want);
	free(text);
}

static void files(void **state)
{
	char want[2000];

	(void)state;
	tsc_khz = 2100000;
	write_to_port();
	go_on(vcpu, 100);
	registers(1, 2);
	vcpu->arch.nested = true;
	exit_of(vcpu, EXIT_REASON_CPUID, 30);
	exit_of(vcpu, EXIT_REASON_HLT, 40);
	snprintf(want, sizeof(want),
		 "kvm-exitstat 1\nisa vmx\nid 0x%016llx\nvcpu 0\n"
		 "counting 1\nkeys 1\nperiod %llu\ntsc_khz 2100000\ntorn 0\n"
		 "reason 10 exits 1 kernel 30 user 0 name CPUID\n"
		 "level 10 l2 exits 1 kernel 30 user 0\n"
		 "key 10 cpuid 0x200000001 - 0 exits 1 kernel 30 user 0 error 0\n"
		 "reason 12 exits 1 kernel 40 user 0 name HLT\n"
		 "level 12 l2 exits 1 kernel 40 user 0\n"
		 "reason 30 exits 1 kernel 100 user 5000 name IO_INSTRUCTION\n"
		 "level 30 l1 exits 1 kernel 100 user 5000\n"
		 "key 30 port 0x3f8 w 1 exits 1 kernel 100 user 5000 error 0\n"
		 "return 30 0x2 - returns 1 user 5000 error 0\n",
		 vm->arch.exitstat.id, kvm_exitstat_keys_period());
	kvm_exitstat_create_vcpu_debugfs(vcpu, NULL);
	file_says("exitstat-keys", want);
	kvm_exitstat_create_vm_debugfs(vm);
	*strstr(want, "vcpu 0") = '\0';
	kvm_exitstat_create_debugfs();
	assert_string_equal(kshim_debugfs_before.name, "kvm-exitstat-keys");
	kvm_exitstat_remove_debugfs();
}

static void no_memory_no_keys(void **state)
{
	struct kvm_exitstat_rows *rows;
	unsigned int fail;

	(void)state;
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
	for (fail = 1; fail <= 2; fail++) {
		kshim_fail_alloc = fail;
		assert_int_equal(vm_set("exitstat_keys", "1"), -ENOMEM);
		assert_int_equal(kshim_allocated, 0);
	}
	assert_int_equal(vm_get("exitstat_keys"), 0);
	assert_int_equal(vm_set("exitstat_keys", "1"), 0);
	enter(vcpu);
	exit_of(vcpu, 10, 1);
	for (fail = 1; fail <= 4; fail++) {
		kshim_fail_alloc = fail;
		rows = kvm_exitstat_vcpu_rows(vcpu);
		assert_int_equal(PTR_ERR(rows), -ENOMEM);
	}
	kshim_killed = true;
	rows = kvm_exitstat_vm_rows(vm);
	kshim_killed = false;
	assert_int_equal(PTR_ERR(rows), -EINTR);
	assert_int_equal(kshim_allocated, 2);
}

/* A reader that is never left alone: something happens at one of 1,000 loads. */
static unsigned int loads, alternate;
static void (*beside_reader)(void);

static void at_load(void)
{
	if (++loads % 1000)
		return;
	kshim_hooks.load = NULL;
	kshim_elsewhere(beside_reader);
	kshim_hooks.load = at_load;
}

static const struct kvm_exitstat_rows *torn_rows(unsigned int phase)
{
	loads = phase;
	kshim_hooks.load = at_load;
	keep(kvm_exitstat_vcpu_rows(vcpu));
	kshim_hooks.load = NULL;
	assert_int_equal(last_rows->torn, 1);
	return last_rows;
}

static void one_of_two_msrs(void)
{
	registers(0, 100 + (alternate++ & 1));
	exit_of(vcpu, EXIT_REASON_MSR_WRITE, 100);
}

/* The last exit is another than a moment before: no key has its reason's whole time, and none nothing. */
static void a_torn_reading_is_near(void **state)
{
	const struct kvm_exitstat_rows *rows;
	unsigned int i;
	u64 half;

	(void)state;
	enter(vcpu);
	msr_exits(100, 50000);
	msr_exits(101, 50000);
	beside_reader = one_of_two_msrs;
	for (i = 0; i < 50; i++) {
		rows = torn_rows(37 * i);
		half = row_of(rows, EXIT_REASON_MSR_WRITE, KVM_EXITSTAT_ROW_REASON, 0)->times.kernel / 2;
		assert_in_range(msr_row(rows, 100)->times.kernel, half - 100000, half + 100000);
		assert_in_range(msr_row(rows, 101)->times.kernel, half - 100000, half + 100000);
	}
}

static void a_port_and_back(void)
{
	kshim_clock += 50;
	kvm_exitstat_run_begin(vcpu);
	vcpu->arch.qualification = (u64)(0x1000 + alternate++ % 5000) << 16;
	vcpu->arch.nested = alternate & 1;
	leave(vcpu, EXIT_REASON_IO_INSTRUCTION);
	vcpu->run->exit_reason = KVM_EXIT_IO;
	kvm_exitstat_run_end(vcpu, 0, rdtsc());
	kshim_clock += 5;
}

static void a_torn_reading_has_nothing_negative(void **state)
{
	const struct kvm_exitstat_row *row;
	unsigned int i;

	(void)state;
	enter(vcpu);
	a_port_and_back();
	beside_reader = a_port_and_back;
	for (i = 0; i < 200; i++) {
		torn_rows(37 * i);
		for (row = last_rows->row; row < last_rows->row + last_rows->nr; row++) {
			assert_in_range(row->times.exits, 0, 1 << 30);
			assert_in_range(row->times.kernel, 0, 1 << 30);
			assert_in_range(row->times.user, 0, 1 << 30);
		}
	}
}

static void keys_end(void)
{
	assert_int_equal(vm_set("exitstat_keys", "0"), 0);
}

/* In each period both vCPUs have an exit of the MSR of its number. */
static void next_period(void)
{
	unsigned int v;

	assert_int_equal(vm_set("exitstat_keys", "1"), 0);
	for (v = 0; v < 2; v++) {
		vcpu = vm->vcpus[v];
		enter(vcpu);
		registers(0, kvm_exitstat_keys_period());
		exit_of(vcpu, EXIT_REASON_MSR_WRITE, 100);
	}
}

static unsigned int load_off, load_on;

static void off_and_later_on(void)
{
	void (*const at_this_load)(void) = kshim_hooks.load;

	kshim_hooks.load = NULL;
	if (loads == load_off)
		kshim_elsewhere(keys_end);
	if (loads == load_on)
		kshim_elsewhere(next_period);
	else
		kshim_hooks.load = at_this_load;
	loads++;
}

/* Keys are turned off at any load of a reader, and on at the same or a later one. */
static void rows_are_of_the_period(void **state)
{
	const struct kvm_exitstat_rows *rows;
	const struct kvm_exitstat_row *row;
	unsigned int left_out = 0;

	(void)state;
	next_period();
	for (load_off = 0; !load_off || loads >= load_off; load_off++) {
		load_on = load_off + (load_off % 2 ? vm_random() % 500 : 0);
		loads = 0;
		kshim_hooks.load = off_and_later_on;
		rows = keep(kvm_exitstat_vm_rows(vm));
		kshim_hooks.load = NULL;
		left_out += !rows->period;
		assert_int_equal(rows->vcpus, rows->period ? 2 : 0);
		assert_int_equal(!rows->nr, !rows->period);
		for (row = rows->row; row < rows->row + rows->nr; row++)
			if (row->what.class == KVM_EXITSTAT_ROW_KEY + KVM_EXITSTAT_MSR)
				assert_int_equal(row->what.value, rows->period);
		if (loads > load_off && loads <= load_on)
			next_period();
	}
	assert_true(left_out > 2000);
}

static struct runner any;
static u32 any_distinct;

static void any_steps(unsigned int steps)
{
	random_steps(&any, any_distinct, steps);
}

static void any_reading(void)
{
	balances(keep(kvm_exitstat_vcpu_rows(vcpu)));
	assert_int_equal(last_rows->torn, 0);
	assert_int_equal(vm_stat(vcpu)->seq & 1, 0);
}

static void while_patched(void)
{
	any_steps(vm_random() % 6);
	any_reading();
	any_steps(vm_random() % 6);
}

/* All parameters at random, while the vCPU's thread is anywhere */
static void parameters_at_random(void **state)
{
	static const char *const name[] = { "exitstat", "exitstat_hist", "exitstat_keys" };
	static const u32 distinct[] = { 1, 3, 64, 70, 10000 };
	unsigned int round;

	(void)state;
	some_reasons();
	hooks_counting = false;
	any = (struct runner){ .vcpu = vcpu };
	for (round = 0; round < rounds(2000, 30000); round++) {
		any_distinct = distinct[round / 100 % 5];
		any_steps(vm_random() % 40);
		any_reading();
		if (vm_random() % 3)
			continue;
		kshim_hooks.patched = kshim_hooks.grace = while_patched;
		assert_int_equal(vm_set(name[vm_random() % 3], vm_random() & 1 ? "1" : "0"), 0);
		kshim_hooks.patched = kshim_hooks.grace = NULL;
		any_reading();
	}
	hooks_counting = true;
	vm_let("exitstat", 1);
	vm_let("exitstat_hist", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keys_of_vmx, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(keys_of_svm, setup_svm, teardown),
		cmocka_unit_test_setup_teardown(every_reading_balances, setup_vmx, teardown),
		{ "every_reading_balances_on_svm", every_reading_balances, setup_svm, teardown, NULL },
		cmocka_unit_test_setup_teardown(parameters_at_random, setup_vmx, teardown),
		{ "parameters_at_random_on_svm", parameters_at_random, setup_svm, teardown, NULL },
		cmocka_unit_test_setup_teardown(a_torn_reading_is_near, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(a_torn_reading_has_nothing_negative, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(sixty_four_are_exact, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(beyond_the_error_is_known, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(the_error_of_a_sum_holds, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(a_sum_that_is_full_has_a_floor, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(one_chain_is_whole, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(user_time_is_the_keys, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(why_user_space_was_entered, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(returns_begin_with_an_exit, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(returns_beyond_the_places, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(the_hook_that_keeps_returns, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(whose_a_nested_exit_was, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(keys_begin_with_an_exit, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(keys_rest_while_nothing_is_counted, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(exits_that_count_have_keys, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(no_exit_is_missed_or_twice, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(keys_before_there_is_a_vcpu, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(sums_are_of_all_vcpus, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(a_sum_is_of_one_period, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(rows_are_of_the_period, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(files, setup_vmx, teardown),
		cmocka_unit_test_setup_teardown(no_memory_no_keys, setup_vmx, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
