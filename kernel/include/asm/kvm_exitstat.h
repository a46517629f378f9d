/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: VM exit accounting, the hot path and the hooks.
 */
#ifndef _ASM_X86_KVM_EXITSTAT_H
#define _ASM_X86_KVM_EXITSTAT_H

#ifndef CONFIG_X86_64
#include <asm/kvm_exitstat_none.h>
#else
#define __KVM_HAVE_ARCH_EXITSTAT

#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include <asm/msr.h>
#include <uapi/asm/kvm_exitstat.h>

struct dentry;
struct kvm;
struct kvm_exitstat_snapshot;
struct kvm_vcpu;

/*
 * A slot is a reason's place in the arrays; what has none goes to OTHER, which
 * stands behind the last reason's, and NONE behind that.
 */
#define KVM_EXITSTAT_VMX_SLOTS	(KVM_EXITSTAT_VMX_REASONS + 2)
#define KVM_EXITSTAT_SVM_SLOTS	(KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH + 2)
#define KVM_EXITSTAT_MAX_SLOTS	KVM_EXITSTAT_SVM_SLOTS

/* Those of the vendor module that is loaded; the hot path knows its own. */
extern u32 kvm_exitstat_slots;
#define KVM_EXITSTAT_NONE	(kvm_exitstat_slots - 1)
#define KVM_EXITSTAT_OTHER	(kvm_exitstat_slots - 2)

/* So many values a slot, from EXITS to BLOCK, and how many that makes */
#define KVM_EXITSTAT_NR_ROWS	KVM_EXITSTAT_V_LONGEST
#define KVM_EXITSTAT_VMX_VALUES	(KVM_EXITSTAT_NR_ROWS * KVM_EXITSTAT_VMX_SLOTS)
#define KVM_EXITSTAT_SVM_VALUES	(KVM_EXITSTAT_NR_ROWS * KVM_EXITSTAT_SVM_SLOTS)

/**
 * struct kvm_exitstat_hist - what is kept while exitstat_hist=1
 * @rcu: frees it
 * @next: of those that no vCPU has got yet
 * @longest: cycles from an exit to its entry, by slot
 * @exits: their number, by slot and bucket
 */
struct kvm_exitstat_hist {
	union {
		struct rcu_head rcu;
		struct kvm_exitstat_hist *next;
	};
	u64 longest[KVM_EXITSTAT_MAX_SLOTS];
	u64 exits[][KVM_EXITSTAT_BUCKETS];
};

/* A time stamp, and the halves that RDTSC has it in */
union kvm_exitstat_stamp {
	u64 tsc;
	struct {
		u32 low, high;
	};
};

/* Later than any time stamp, so that what looks for a negative time finds it. */
#define KVM_EXITSTAT_NEVER	U64_MAX
/* A time stamp that is being replaced */
#define KVM_EXITSTAT_BUSY	0

/**
 * struct kvm_exitstat - the exits of one vCPU and where its time goes
 * @last: up to here the accounts are complete, if the vCPU is in the guest or
 *	  handles an exit; else NEVER, and @since says so.
 * @exit: time stamp of the last exit.  What the vCPU has done since that was not
 *	  the kernel's moves it and @last on.
 * @total: number of exits.  Counted last, it makes an exit known to readers.
 * @settled: number of exits whose time is in the accounts up to their entry;
 *	     one less than @total while an exit is handled.
 * @guest: cycles in the guest
 * @left: when KVM_RUN was left with an exit unfinished; else NEVER
 * @slot: whose accounts the time is charged to
 * @state: what the vCPU does; enum in exitstat_ledger.c.
 * @hist: NULL unless exitstat_hist=1; for readers freed after a grace period.
 * @seq: odd while a switch off the fast path writes.
 * @open: an exit is under way whose time is in the accounts up to @since.
 * @since: when @state began, unless it is FAST.
 * @away: of the exit that is @open, what was not the kernel's; for @hist.
 * @charged: of @sum[USER], what did not move @exit on
 * @seen: of the rest, what @hist has been told or is not to be
 * @node: in the list of all vCPUs.
 * @created: time stamp of the vCPU's creation
 * @skipped: sum of the negative intervals, which are in no account
 * @anomalies: their number
 * @outside: cycles before the first KVM_RUN and with exitstat=0
 * @sum: totals of user, halt, preempt and block, by KVM_EXITSTAT_V_*
 * @snapshot: what CPUID answers from, once this vCPU has asked for one
 * @value: by kvm_exitstat_index(): the CPU scales a slot itself.  Its elements are the
 *	   field behind this struct, KVM_EXITSTAT_VMX_VALUES or KVM_EXITSTAT_SVM_VALUES.
 *
 * Written by the thread that runs the vCPU alone, by WRITE_ONCE() and
 * kvm_exitstat_add64(); read by anyone with READ_ONCE().  On cache lines of its own,
 * so that what other CPUs write beside it does not slow an exit.
 *
 * With its values it is the end of struct vcpu_vmx and struct vcpu_svm, not one of
 * struct kvm_vcpu_arch: kernel/entry/kvm.c, which is part of vmlinux, counts
 * signal_exits behind that one, and modules built for a distribution's kernel
 * must leave it where it is.
 */
struct kvm_exitstat {
	u64 last;
	union kvm_exitstat_stamp exit;
	u64 total;
	u64 settled;
	u64 guest;
	u64 left;
	u64 slot;

	struct kvm_exitstat_hist __rcu *hist;
	u32 seq;
	u32 state;
	bool open;
	u64 since;
	u64 away;
	u64 charged;
	u64 seen;
	struct list_head node;
	u64 created;
	u64 skipped;
	u64 anomalies;
	u64 outside;
	u64 sum[KVM_EXITSTAT_NR_V];
	struct kvm_exitstat_snapshot *snapshot;

	u64 value[] ____cacheline_aligned;
} ____cacheline_aligned;

_Static_assert(offsetof(struct kvm_exitstat, value) == sizeof(struct kvm_exitstat),
	       "the values stand in the field behind");

/**
 * struct kvm_exitstat_vm - what a VM adds
 * @node: in the list of all VMs, the oldest first
 * @listed: it is there
 * @number: from 1 on, in the order of that list
 * @id: random, never 0; tells these counters from any others.
 * @snapshots: number of snapshots taken
 * @log_exits: so many of its exits have made reports due; this and what follows is
 *	       for exitstat_log.c alone.
 * @log_due: number of reports due and neither made nor counted as suppressed
 * @log_quiet: no report before, in ns of ktime_get_ns()
 */
struct kvm_exitstat_vm {
	struct list_head node;
	bool listed;
	u64 number;
	u64 id;
	atomic_t snapshots;
	u64 log_exits;
	u64 log_due;
	u64 log_quiet;
};

/* exitstat=1: for the exit, for the entry, for all the rest; exitstat_hist=1 */
DECLARE_STATIC_KEY_TRUE(kvm_exitstat_exit_key);
DECLARE_STATIC_KEY_TRUE(kvm_exitstat_entry_key);
DECLARE_STATIC_KEY_TRUE(kvm_exitstat_key);
DECLARE_STATIC_KEY_FALSE(kvm_exitstat_hist_key);

/* Of struct kvm_exitstat in the vendor module's vCPU, of struct kvm_exitstat_vm in its VM */
extern size_t kvm_exitstat_offset, kvm_exitstat_vm_offset;

void kvm_exitstat_entry_slow(struct kvm_exitstat *stat);

static __always_inline u32 kvm_exitstat_slots_of(u32 isa)
{
	return isa == KVM_EXITSTAT_ISA_VMX ? KVM_EXITSTAT_VMX_SLOTS : KVM_EXITSTAT_SVM_SLOTS;
}

/*
 * Where value @v of @slot is, of so many @slots.  USER comes first: its row is in the same
 * place with either ISA, and KVM_RUN need not know which.
 */
static __always_inline u64 kvm_exitstat_index(u32 slots, u32 v, u64 slot)
{
	const u32 row = (v + KVM_EXITSTAT_NR_ROWS - KVM_EXITSTAT_V_USER) % KVM_EXITSTAT_NR_ROWS;

	return row * slots + slot;
}

/*
 * The slot of an exit.  VMX: @reason is the basic exit reason, the low 16 bits
 * of the field; the rest are flags.  SVM: @reason is the exit code at its full
 * width.
 */
static __always_inline u64 kvm_exitstat_slot(u32 isa, u64 reason)
{
	if (isa == KVM_EXITSTAT_ISA_VMX) {
		if (unlikely(reason >= KVM_EXITSTAT_VMX_REASONS)) {
			/* A branch not taken is less than a conditional move. */
			barrier();
			reason = KVM_EXITSTAT_VMX_SLOTS - 2;
		}
	} else if (unlikely(reason >= KVM_EXITSTAT_SVM_LOW)) {
		reason -= KVM_EXITSTAT_SVM_HIGH_BASE;
		if (reason < KVM_EXITSTAT_SVM_HIGH)
			reason += KVM_EXITSTAT_SVM_LOW;
		else
			reason = KVM_EXITSTAT_SVM_SLOTS - 2;
	}
	return reason;
}

/*
 * *@p += @n for the one writer: an add to aligned memory, which no CPU tears.  gcc
 * makes three instructions of WRITE_ONCE(*p, READ_ONCE(*p) + n), and takes a register
 * more where the add is inline assembly.
 */
static __always_inline void kvm_exitstat_add64(u64 *p, u64 n)
{
	data_race(*p += n);
}

/*
 * While exitstat_hist=1: an exit of the reason has ended so many cycles after
 * @exit, so many of them the kernel's.
 */
static __always_inline void kvm_exitstat_finish(struct kvm_exitstat *stat, u64 slot,
						u64 cycles, u64 kernel)
{
	const u64 moved = stat->sum[KVM_EXITSTAT_V_USER] - stat->charged;
	struct kvm_exitstat_hist *hist = rcu_dereference_raw(stat->hist);

	cycles += moved - stat->seen;
	WRITE_ONCE(stat->seen, moved);
	if (unlikely(cycles > hist->longest[slot]))
		WRITE_ONCE(hist->longest[slot], cycles);
	kvm_exitstat_add64(&hist->exits[slot][__fls(kernel | 1)], 1);
}

/* The unit tests bring a clock of their own. */
#ifndef KVM_EXITSTAT_RDTSC
#define KVM_EXITSTAT_RDTSC	"rdtsc"
#endif

/* To memory, which takes an instruction less than to put the halves together. */
static __always_inline void kvm_exitstat_note(union kvm_exitstat_stamp *stamp)
{
	u32 low, high;

	asm volatile(KVM_EXITSTAT_RDTSC : "=a" (low), "=d" (high));
	WRITE_ONCE(stamp->low, low);
	/* For the unit tests' readers; both are volatile */
	barrier();
	WRITE_ONCE(stamp->high, high);
}

/* RDTSC in three instructions; rdtsc() takes four where eax is in use. */
static __always_inline u64 kvm_exitstat_now(void)
{
	u64 now;

	asm volatile(KVM_EXITSTAT_RDTSC "; shl $32, %%rdx; or %%rdx, %%rax"
		     : "=a" (now) : : "rdx");
	return now;
}

/*
 * An exit, where trace_kvm_exit() stands: count it and note when and why.  The
 * order of the stores is what readers rely on; see exitstat_ledger.c.
 */
static __always_inline void kvm_exitstat_exit(struct kvm_exitstat *stat,
					      u32 isa, u64 reason)
{
	if (static_branch_likely(&kvm_exitstat_exit_key)) {
		u64 slot = kvm_exitstat_slot(isa, reason);

		/* Or where OTHER is would be added beforehand, by an instruction. */
		OPTIMIZER_HIDE_VAR(slot);
		kvm_exitstat_note(&stat->exit);
		WRITE_ONCE(stat->slot, slot);
		kvm_exitstat_add64(&stat->value[kvm_exitstat_index(kvm_exitstat_slots_of(isa),
								 KVM_EXITSTAT_V_EXITS, slot)], 1);
		/* All of the exit before total; pairs with read_stamp() */
		smp_wmb();
		kvm_exitstat_add64(&stat->total, 1);
	}
}

/*
 * An entry, where trace_kvm_entry() stands: the time from the last entry to the
 * exit was the guest's, that since the exit the kernel's.  A negative one means
 * that no exit came before this, or that the TSC has stepped back.
 */
static __always_inline void kvm_exitstat_entry(struct kvm_exitstat *stat, u32 isa)
{
	if (static_branch_likely(&kvm_exitstat_entry_key)) {
		u64 now = kvm_exitstat_now(), guest, kernel, slot;

		if (unlikely(__builtin_sub_overflow(stat->exit.tsc, stat->last, &guest)))
			goto slow;
		/* From memory again: one instruction, where a copy takes two. */
		barrier();
		if (unlikely(__builtin_sub_overflow(now, stat->exit.tsc, &kernel)))
			goto slow;
		WRITE_ONCE(stat->last, now);
		/* last before the accounts; pairs with smp_rmb() in read_held() */
		smp_wmb();
		slot = stat->slot;
		kvm_exitstat_add64(&stat->guest, guest);
		kvm_exitstat_add64(&stat->value[kvm_exitstat_index(kvm_exitstat_slots_of(isa),
								 KVM_EXITSTAT_V_KERNEL, slot)],
				 kernel);
		if (static_branch_unlikely(&kvm_exitstat_hist_key)) {
			/* Or both would share an address, which takes an instruction. */
			OPTIMIZER_HIDE_VAR(slot);
			kvm_exitstat_finish(stat, slot, kernel, kernel);
		}
		/* The accounts before settled; pairs with read_stamp() */
		smp_wmb();
		kvm_exitstat_add64(&stat->settled, 1);
	}
	return;
slow:
	kvm_exitstat_entry_slow(stat);
}

/* The vendor module's vCPU begins with a struct kvm_vcpu and has ours in it. */
static __always_inline struct kvm_exitstat *kvm_exitstat_of(const struct kvm_vcpu *vcpu)
{
	return (void *)vcpu + kvm_exitstat_offset;
}

/* Likewise: struct kvm itself is as the distribution's other modules know it. */
static inline struct kvm_exitstat_vm *kvm_exitstat_of_vm(struct kvm *kvm)
{
	return (void *)kvm + kvm_exitstat_vm_offset;
}

void __cold kvm_exitstat_run_begin_slow(struct kvm_exitstat *stat);
void __cold kvm_exitstat_run_end_slow(struct kvm_vcpu *vcpu, int ret, u64 put);

/*
 * Out of line, or gcc would no longer have vcpu_run() inline; in the caller's file
 * and not traced, so that a call and a return are all that takes.
 */
static noinline notrace __maybe_unused void
__kvm_exitstat_run_begin(struct kvm_vcpu *vcpu)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);
	u64 user;

	preempt_disable();
	if (unlikely(__builtin_sub_overflow(kvm_exitstat_now(), stat->left, &user))) {
		kvm_exitstat_run_begin_slow(stat);
	} else {
		WRITE_ONCE(stat->left, KVM_EXITSTAT_BUSY);
		/* Busy before anything changes; pairs with read_held() */
		smp_wmb();
		kvm_exitstat_add64(&stat->sum[KVM_EXITSTAT_V_USER], user);
		kvm_exitstat_add64(&stat->value[kvm_exitstat_index(0, KVM_EXITSTAT_V_USER,
								 stat->slot)], user);
		kvm_exitstat_add64(&stat->exit.tsc, user);
		kvm_exitstat_add64(&stat->last, user);
		/* All has changed before it says so; pairs with read_stamp() */
		smp_wmb();
		WRITE_ONCE(stat->left, KVM_EXITSTAT_NEVER);
	}
	preempt_enable();
}

/*
 * KVM_RUN has loaded the vCPU: the time since the last one was the VMM's.  Where
 * no exit is under way, or exitstat has become 0, nothing has been left.
 */
static inline void kvm_exitstat_run_begin(struct kvm_vcpu *vcpu)
{
	if (static_branch_likely(&kvm_exitstat_key))
		__kvm_exitstat_run_begin(vcpu);
}

/*
 * KVM_RUN, which is to return @ret, has put the vCPU, at TSC @put; preemption is
 * disabled since then.  What the VMM does after an error or a signal is no exit's
 * doing; nor is it if none is under way.
 */
static __always_inline void kvm_exitstat_run_end(struct kvm_vcpu *vcpu, int ret, u64 put)
{
	if (static_branch_likely(&kvm_exitstat_key)) {
		struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);

		if (unlikely(ret < 0) || unlikely(stat->exit.tsc <= stat->last))
			kvm_exitstat_run_end_slow(vcpu, ret, put);
		else
			WRITE_ONCE(stat->left, put);
	}
}

/* Off the fast path: waits in KVM, context switches. */
void kvm_exitstat_wait_begin(struct kvm_vcpu *vcpu);
void kvm_exitstat_wait_end(struct kvm_vcpu *vcpu);
void __kvm_exitstat_sched_out(struct kvm_vcpu *vcpu);
void __kvm_exitstat_sched_in(struct kvm_vcpu *vcpu);

/* From the preempt notifiers: a thread that has loaded the vCPU is switched. */
static inline void kvm_exitstat_sched_out(struct kvm_vcpu *vcpu)
{
	if (static_branch_likely(&kvm_exitstat_key))
		__kvm_exitstat_sched_out(vcpu);
}

static inline void kvm_exitstat_sched_in(struct kvm_vcpu *vcpu)
{
	if (static_branch_likely(&kvm_exitstat_key))
		__kvm_exitstat_sched_in(vcpu);
}

typedef int (*kvm_exitstat_handler_t)(struct kvm_vcpu *vcpu);

void kvm_exitstat_setup(u32 isa, size_t offset, size_t vm_offset,
			const kvm_exitstat_handler_t *handlers, u32 nr);
void kvm_exitstat_init_vm(struct kvm *kvm);
void kvm_exitstat_destroy_vm(struct kvm *kvm);
int kvm_exitstat_init_vcpu(struct kvm_vcpu *vcpu);
void kvm_exitstat_destroy_vcpu(struct kvm_vcpu *vcpu);
void kvm_exitstat_create_vcpu_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir);
void kvm_exitstat_create_vm_debugfs(struct kvm *kvm);
void kvm_exitstat_create_debugfs(void);
void kvm_exitstat_remove_debugfs(void);
ssize_t kvm_exitstat_stats_read(struct kvm_vcpu *vcpu, char __user *to, size_t size,
				loff_t *offset);
bool kvm_exitstat_cpuid(struct kvm_vcpu *vcpu, u32 *eax, u32 *ebx, u32 *ecx,
			u32 *edx);

#endif /* CONFIG_X86_64 */

#endif /* _ASM_X86_KVM_EXITSTAT_H */
