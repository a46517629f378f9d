// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the ledger.  Every TSC cycle of a vCPU's life is in one account.
 *
 * The hooks of exit, entry and KVM_RUN are in exitstat.h.  This file has
 * the rarer switches, and the readers.
 *
 * While a vCPU is in the guest or handles an exit, last is not NEVER.  An entry
 * then settles the time since the previous entry: up to the exit it was the
 * guest's, after the exit the kernel's.  Other time of an exit (user, halt,
 * preempt, block) is charged when it is over, and moves both stamps forward by as
 * much.  If there was no exit, or it was abandoned, last is NEVER, and each switch
 * charges the time since the previous switch.  The next entry ends that mode.
 *
 * The writer is the thread that runs the vCPU.  It disables preemption in each
 * switch, so that a context switch comes before or after it, never within.
 * While exitstat=0 no hook writes, and kvm_exitstat_close() may write.
 *
 * Stores, in this order:
 *
 *	exit:			exit, slot, value; total
 *	exit with keys:		seq; exit, slot, value; total; its key, and the last; seq
 *	entry:			last; guest, value; settled
 *	KVM_RUN ends:		left
 *	KVM_RUN begins:		left (BUSY); sum, value, exit, last; left (NEVER)
 *	other switches:		seq; anything; seq
 *
 * A reader loads seq, sum, left, settled and total, then the accounts, then last
 * and exit, then left and the others again.  If those are unchanged, no switch was
 * completed meanwhile.  If total shows an exit under way and last is after that
 * exit, an entry has started to settle it, and the reader tries again.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kcsan-checks.h>
#include <linux/kvm_host.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include <asm/kvm_exitstat_compat.h>
#include <asm/tsc.h>

#include "exitstat_keys.h"
#include "exitstat_ledger.h"

size_t kvm_exitstat_offset;
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_offset);
size_t kvm_exitstat_vm_offset;
unsigned int kvm_exitstat_hist;

DEFINE_STATIC_KEY_TRUE(kvm_exitstat_exit_key);
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_exit_key);
DEFINE_STATIC_KEY_FALSE(kvm_exitstat_keys_key);
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_keys_key);
DEFINE_STATIC_KEY_TRUE(kvm_exitstat_entry_key);
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_entry_key);
DEFINE_STATIC_KEY_TRUE(kvm_exitstat_run_end_key);
DEFINE_STATIC_KEY_TRUE(kvm_exitstat_key);
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_key);
DEFINE_STATIC_KEY_FALSE(kvm_exitstat_hist_key);
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_hist_key);

/* Attempts before a reader makes do with an inconsistent copy. */
#define READ_ATTEMPTS	256

static atomic64_t torn;

/* What a vCPU is doing.  A new vCPU is zeroed, so OUTSIDE is zero. */
enum state {
	OUTSIDE,	/* not in KVM_RUN yet, or exitstat was 0 */
	FAST,		/* in the guest, or handling an exit: see settled and total */
	KERNEL,		/* in KVM_RUN, but not FAST */
	USER,		/* not in KVM_RUN, and left is NEVER */
	HALT,		/* waiting in KVM for an event */
	BLOCK,		/* waiting in KVM for an asynchronous page fault */
	PREEMPTED,	/* scheduled out of KERNEL or FAST, runnable */
	BLOCKED,	/* scheduled out of KERNEL or FAST, not runnable */
	ENDED,		/* its VM is being destroyed: the ledger is closed */
};

/* A reason's account that a state's time is charged to */
static const u8 state_value[] = {
	[FAST] = KVM_EXITSTAT_V_KERNEL,
	[KERNEL] = KVM_EXITSTAT_V_KERNEL,
	[USER] = KVM_EXITSTAT_V_USER,
	[HALT] = KVM_EXITSTAT_V_HALT,
	[BLOCK] = KVM_EXITSTAT_V_BLOCK,
	[PREEMPTED] = KVM_EXITSTAT_V_PREEMPT,
	[BLOCKED] = KVM_EXITSTAT_V_BLOCK,
};

/* Is @left a time stamp, neither NEVER nor BUSY?  Only readers can meet BUSY. */
static bool has_left(u64 left)
{
	return (s64)left > 0;
}

static bool in_exit(const struct kvm_exitstat *stat)
{
	return stat->last != KVM_EXITSTAT_NEVER && stat->settled != stat->total;
}

/* The time from @from to @to; a negative interval is left out and gives 0. */
static u64 interval(struct kvm_exitstat *stat, u64 from, u64 to)
{
	if (to >= from)
		return to - from;
	stat->skipped += to - from;
	stat->anomalies++;
	return 0;
}

static u64 *value_at(struct kvm_exitstat *stat, u32 v, u64 slot)
{
	return &stat->value[kvm_exitstat_index(kvm_exitstat_slots, v, slot)];
}

static u64 read_value(const struct kvm_exitstat *stat, u32 v, u64 slot)
{
	return READ_ONCE(stat->value[kvm_exitstat_index(kvm_exitstat_slots, v, slot)]);
}

/* Charge @cycles to @state's account of the current reason. */
static void charge(struct kvm_exitstat *stat, enum state state, u64 cycles)
{
	const u32 v = state_value[state];

	*value_at(stat, v, stat->slot) += cycles;
	if (v != KVM_EXITSTAT_V_KERNEL) {
		stat->sum[v] += cycles;
		stat->away += cycles;
	}
	if (v == KVM_EXITSTAT_V_USER)
		stat->charged += cycles;
}

/* Move the stamps forward: @cycles of the exit under way were not the kernel's. */
static __always_inline void move_on(struct kvm_exitstat *stat, u64 cycles)
{
	stat->exit.tsc += cycles;
	stat->last += cycles;
}

/*
 * Complete the accounts up to @now.  From then on switches charge the time: last is
 * NEVER, and state is not FAST.
 */
static void settle(struct kvm_exitstat *stat, u64 now)
{
	const bool fast = stat->last != KVM_EXITSTAT_NEVER;
	u64 cycles;

	if (stat->settled != stat->total) {
		cycles = interval(stat, fast ? stat->last : stat->since, stat->exit.tsc);
		*(fast ? &stat->guest : &stat->outside) += cycles;
		if (has_left(stat->left)) {
			stat->since = stat->left;
			stat->state = USER;
		} else if (!fast || stat->state == FAST) {
			stat->since = now;
			stat->state = KERNEL;
		}
		charge(stat, KERNEL, interval(stat, stat->exit.tsc, stat->since));
		stat->settled = stat->total;
		stat->open = true;
		stat->away = 0;
	} else if (fast) {
		/* The last entry failed: no exit followed it. */
		stat->since = stat->last;
		stat->slot = KVM_EXITSTAT_NONE;
		stat->state = KERNEL;
		stat->open = false;
	}
	stat->left = KVM_EXITSTAT_NEVER;
	stat->last = KVM_EXITSTAT_NEVER;

	cycles = interval(stat, stat->since, now);
	stat->since = now;
	if (stat->state == OUTSIDE)
		stat->outside += cycles;
	else
		charge(stat, stat->state, cycles);
}

/* If an exit is under way, it ends @now. */
static void finish_exit(struct kvm_exitstat *stat, u64 now)
{
	const u64 exit = stat->exit.tsc;
	const u64 cycles = now > exit ? now - exit : 0;

	if (stat->open && static_branch_unlikely(&kvm_exitstat_hist_key))
		kvm_exitstat_finish(stat, stat->slot, cycles,
				    cycles - min(cycles, stat->away));
	stat->open = false;
}

/* Until write_end() KCSAN takes plain stores for marked ones, as in a seqcount's writer. */
static void write_begin(struct kvm_exitstat *stat)
{
	kcsan_nestable_atomic_begin();
	WRITE_ONCE(stat->seq, stat->seq + 1);
	/* seq is odd before anything changes; pairs with read_stamp() and read_held() */
	smp_wmb();
}

static void write_end(struct kvm_exitstat *stat)
{
	/* seq is even only after all changes */
	smp_store_release(&stat->seq, stat->seq + 1);
	kcsan_nestable_atomic_end();
}

static noinline void settle_and_switch(struct kvm_exitstat *stat, u64 now,
				       enum state state)
{
	write_begin(stat);
	settle(stat, now);
	stat->state = state;
	write_end(stat);
}

/*
 * The vCPU stops handling an exit and enters @state.  A histogram needs the time away,
 * so while there are histograms the time so far is settled.
 */
static void go_away(struct kvm_exitstat *stat, enum state state)
{
	if (!in_exit(stat) || static_branch_unlikely(&kvm_exitstat_hist_key)) {
		settle_and_switch(stat, rdtsc(), state);
		return;
	}
	write_begin(stat);
	stat->since = rdtsc();
	stat->state = state;
	write_end(stat);
}

static void come_back(struct kvm_exitstat *stat)
{
	const u64 now = rdtsc();

	if (!in_exit(stat) || now < stat->since) {
		settle_and_switch(stat, now, KERNEL);
		return;
	}
	write_begin(stat);
	charge(stat, stat->state, now - stat->since);
	move_on(stat, now - stat->since);
	stat->state = FAST;
	write_end(stat);
}

/*
 * May this thread write?  It may have passed a hook's branch and been switched away
 * before exitstat became 0.  Preemption is disabled.
 */
static bool may_write(void)
{
	return static_key_enabled(&kvm_exitstat_key);
}

/* An entry that does not end a plain exit.  Interrupts are off. */
void kvm_exitstat_entry_slow(struct kvm_exitstat *stat)
{
	const u64 now = rdtsc();

	write_begin(stat);
	settle(stat, now);
	finish_exit(stat, now);
	stat->state = FAST;
	stat->last = now;
	/* After a step back of the TSC exit.tsc would be later than now; its time is settled. */
	stat->exit.tsc = 0;
	write_end(stat);
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_entry_slow);

/* KVM_RUN begins, and no exit is under way. */
void kvm_exitstat_run_begin_slow(struct kvm_exitstat *stat)
{
	if (may_write())
		settle_and_switch(stat, rdtsc(), KERNEL);
}

/* A fault that the VMM resolves within its exit, although KVM_RUN returns an error. */
static bool is_memory_fault(u32 reason, int ret)
{
	return (ret == -EFAULT || ret == -EHWPOISON) && reason == KVM_EXIT_MEMORY_FAULT;
}

/* KVM_RUN fails, is interrupted, or ends without a plain exit. */
static noinline void run_end(struct kvm_exitstat *stat, int ret, u32 reason, u64 put)
{
	const bool failed = ret < 0 && !is_memory_fault(reason, ret);

	if (!may_write())
		return;
	write_begin(stat);
	settle(stat, put);
	if (failed) {
		finish_exit(stat, stat->since);
		stat->slot = KVM_EXITSTAT_NONE;
	}
	stat->state = USER;
	kvm_exitstat_keep_return(stat, failed ? -ret : reason, failed ? 'e' : 0);
	write_end(stat);
}

/* As run_end(), or there are keys. */
void notrace kvm_exitstat_run_end_slow(struct kvm_vcpu *vcpu, int ret, u64 put)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);
	/* Another thread of the VMM may write it. */
	const u32 reason = READ_ONCE(vcpu->run->exit_reason);

	if (!kvm_exitstat_is_return(stat, ret)) {
		run_end(stat, ret, reason, put);
		return;
	}
	kvm_exitstat_keep_plain_return(stat, reason, put);
}

/*
 * The vCPU is about to poll or block in KVM: it is halted, or waits for an asynchronous
 * page fault.  The callers do not test the static key, because vcpu_run() would become
 * too large for gcc to inline it and kvm_put_guest_fpu().
 */
void kvm_exitstat_wait_begin(struct kvm_vcpu *vcpu)
{
	const bool fault = vcpu->arch.apf.halted &&
			   vcpu->arch.mp_state == KVM_MP_STATE_RUNNABLE;

	if (!static_branch_likely(&kvm_exitstat_key))
		return;
	guard(preempt)();
	if (may_write())
		go_away(kvm_exitstat_of(vcpu), fault ? BLOCK : HALT);
}

void kvm_exitstat_wait_end(struct kvm_vcpu *vcpu)
{
	if (!static_branch_likely(&kvm_exitstat_key))
		return;
	guard(preempt)();
	if (may_write())
		come_back(kvm_exitstat_of(vcpu));
}

/*
 * Is the vCPU in KVM_RUN and not waiting?  If exitstat became 1 within KVM_RUN, that is
 * known only once there is an exit.
 */
static bool in_kernel(const struct kvm_exitstat *stat)
{
	return !has_left(stat->left) &&
	       (stat->state == KERNEL || stat->state == FAST ||
		(stat->state == OUTSIDE && stat->settled != stat->total));
}

/*
 * A thread in another ioctl than KVM_RUN may also be switched out with the vCPU loaded.
 * The state is USER or OUTSIDE then, and remains so.
 */
void __kvm_exitstat_sched_out(struct kvm_vcpu *vcpu)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);

	if (may_write() && in_kernel(stat))
		go_away(stat, task_is_runnable(current) ? PREEMPTED : BLOCKED);
}

void __kvm_exitstat_sched_in(struct kvm_vcpu *vcpu)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);

	if (may_write() && (stat->state == PREEMPTED || stat->state == BLOCKED))
		come_back(stat);
}

/*
 * Hooks keep histograms from now on.  Cycles by which the stamps have been moved so far
 * are no part of the exit that ends next, so they count as seen.  If an exit has ended
 * meanwhile, its hook has set @seen.
 */
void kvm_exitstat_begin_hist(struct kvm_exitstat *stat)
{
	const u64 seen = READ_ONCE(stat->seen);
	u64 moved;
	u32 seq;

	do {
		/* seq before both sums, which charge() changes one after the other */
		seq = smp_load_acquire(&stat->seq);
		moved = READ_ONCE(stat->sum[KVM_EXITSTAT_V_USER]) - READ_ONCE(stat->charged);
		/* Both sums before seq is loaded again */
		smp_rmb();
	} while (seq & 1 || seq != READ_ONCE(stat->seq));
	cmpxchg(&stat->seen, seen, moved);
}

/* A vCPU is created; nobody else can see it yet. */
void kvm_exitstat_init(struct kvm_exitstat *stat)
{
	stat->created = rdtsc_ordered();
	stat->since = stat->created;
	stat->last = KVM_EXITSTAT_NEVER;
	stat->left = KVM_EXITSTAT_NEVER;
	stat->slot = KVM_EXITSTAT_NONE;
}

/* Settle a vCPU that may be anywhere, while no hook is running. */
static void close_ledger(struct kvm_exitstat *stat, enum state state)
{
	const u64 now = rdtsc_ordered();

	write_begin(stat);
	if (stat->last != KVM_EXITSTAT_NEVER && !in_exit(stat)) {
		/* In the guest; settle() would take it for an entry that failed. */
		stat->guest += interval(stat, stat->last, now);
		stat->since = now;
		stat->last = KVM_EXITSTAT_NEVER;
	}
	settle(stat, now);
	stat->open = false;
	stat->seen = stat->sum[KVM_EXITSTAT_V_USER] - stat->charged;
	stat->slot = KVM_EXITSTAT_NONE;
	stat->state = state;
	write_end(stat);
}

/*
 * exitstat has become 0, and no hook is running.  Charge the time until now to what
 * the vCPU was doing, and the time from now on to OUTSIDE.
 */
void kvm_exitstat_close(struct kvm_exitstat *stat)
{
	if (stat->state != ENDED)
		close_ledger(stat, OUTSIDE);
}

/* The VM is being destroyed: from now on every reading is the same. */
void kvm_exitstat_end(struct kvm_exitstat *stat)
{
	close_ledger(stat, ENDED);
}

struct stamp {
	u32 seq;
	u64 left, settled, total, user;
};

static void read_stamp(const struct kvm_exitstat *stat, struct stamp *stamp)
{
	/* In this order, and before the accounts: see the top of this file */
	stamp->seq = smp_load_acquire(&stat->seq);
	/* ditto */
	stamp->user = smp_load_acquire(&stat->sum[KVM_EXITSTAT_V_USER]);
	/* ditto */
	stamp->left = smp_load_acquire(&stat->left);
	/* ditto */
	stamp->settled = smp_load_acquire(&stat->settled);
	/* ditto */
	stamp->total = smp_load_acquire(&stat->total);
}

/* Do all loads since read_stamp() belong to one moment? */
static bool read_held(const struct kvm_exitstat *stat, const struct stamp *stamp)
{
	u64 last, exit;

	/* Load the accounts before last, which an entry stores first */
	smp_rmb();
	/* Load last and exit before settled, which an entry stores last */
	last = smp_load_acquire(&stat->last);
	/* ditto */
	exit = smp_load_acquire(&stat->exit.tsc);
	/* Load left before user: BUSY is stored before user changes */
	if (smp_load_acquire(&stat->left) != stamp->left ||
	    stamp->left == KVM_EXITSTAT_BUSY)
		return false;
	if (READ_ONCE(stat->sum[KVM_EXITSTAT_V_USER]) != stamp->user ||
	    READ_ONCE(stat->settled) != stamp->settled ||
	    READ_ONCE(stat->total) != stamp->total ||
	    READ_ONCE(stat->seq) != stamp->seq || stamp->seq & 1)
		return false;
	return stamp->settled == stamp->total || last == KVM_EXITSTAT_NEVER ||
	       last <= exit;
}

/**
 * struct running - the time that settle() would add now
 * @guest: cycles to add
 * @outside: cycles to add
 * @kernel: cycles to add to kernel of @slot
 * @cycles: cycles to add to value @v of @slot
 * @lifetime: up to the same moment
 * @skipped: cycles of negative intervals, which settle() would leave out
 * @anomalies: number of negative intervals
 */
struct running {
	u64 guest;
	u64 outside;
	u64 kernel;
	u64 cycles;
	u32 slot;
	u32 v;
	u64 lifetime;
	u64 skipped;
	u64 anomalies;
};

static u64 running_interval(struct running *r, u64 from, u64 to)
{
	if (to >= from)
		return to - from;
	r->skipped += to - from;
	r->anomalies++;
	return 0;
}

static void read_running(const struct kvm_exitstat *stat, const struct stamp *stamp,
			 struct running *r)
{
	const u64 last = READ_ONCE(stat->last), exit = READ_ONCE(stat->exit.tsc);
	const bool fast = last != KVM_EXITSTAT_NEVER;
	const bool pending = stamp->settled != stamp->total;
	u64 from = READ_ONCE(stat->since), now;
	u32 state = READ_ONCE(stat->state);

	*r = (struct running){
		.slot = READ_ONCE(stat->slot),
		.skipped = READ_ONCE(stat->skipped),
		.anomalies = READ_ONCE(stat->anomalies),
	};
	if (pending) {
		*(fast ? &r->guest : &r->outside) =
			running_interval(r, fast ? last : from, exit);
		if (has_left(stamp->left)) {
			from = stamp->left;
			state = USER;
		} else if (!fast || state == FAST) {
			from = exit;
			state = KERNEL;
		}
		r->kernel = running_interval(r, exit, from);
	} else if (fast) {
		from = last;
	}

	/* This CPU's TSC may be a little behind the vCPU's. */
	now = state == ENDED ? from : max(rdtsc_ordered(), from);
	r->lifetime = now - READ_ONCE(stat->created) - r->skipped;
	if (fast && !pending) {
		r->guest = now - from;
	} else if (state == OUTSIDE || state == ENDED) {
		r->outside = now - from;
	} else {
		r->v = state_value[state];
		r->cycles = now - from;
	}
}

/* The longest exit of @slot, or of all slots for TOTAL; 0 without histograms. */
static u64 read_longest(const struct kvm_exitstat *stat, u32 slot)
{
	const struct kvm_exitstat_hist *hist;
	u64 longest = 0;

	guard(rcu)();
	hist = rcu_dereference(stat->hist);
	if (!hist || !READ_ONCE(kvm_exitstat_hist))
		return 0;
	if (slot != KVM_EXITSTAT_TOTAL)
		return READ_ONCE(hist->longest[slot]);
	for (slot = 0; slot < kvm_exitstat_slots; slot++)
		longest = max(longest, READ_ONCE(hist->longest[slot]));
	return longest;
}

/* The kernel's total is not kept: it is the time that no other account has. */
static u64 total_kernel(const struct kvm_exitstat *stat, const struct running *r)
{
	u64 rest = r->lifetime - r->guest - r->outside - READ_ONCE(stat->guest) -
		   READ_ONCE(stat->outside);
	u32 v;

	for (v = KVM_EXITSTAT_V_USER; v <= KVM_EXITSTAT_V_BLOCK; v++)
		rest -= READ_ONCE(stat->sum[v]);
	if (r->v != KVM_EXITSTAT_V_KERNEL)
		rest -= r->cycles;
	return rest;
}

static u64 account(const struct kvm_exitstat *stat, const struct running *r,
		   u32 slot, u32 v)
{
	u64 value;

	switch (v) {
	case KVM_EXITSTAT_V_GUEST:
		return READ_ONCE(stat->guest) + r->guest;
	case KVM_EXITSTAT_V_OUTSIDE:
		return READ_ONCE(stat->outside) + r->outside;
	case KVM_EXITSTAT_V_LIFETIME:
		return r->lifetime;
	case KVM_EXITSTAT_V_ANOMALIES:
		return r->anomalies;
	}
	if (slot == KVM_EXITSTAT_TOTAL) {
		if (v == KVM_EXITSTAT_V_KERNEL)
			return total_kernel(stat, r);
		value = READ_ONCE(stat->sum[v]);
	} else {
		value = read_value(stat, v, slot);
	}
	if (slot != KVM_EXITSTAT_TOTAL && slot != r->slot)
		return value;
	if (v == KVM_EXITSTAT_V_KERNEL)
		value += r->kernel;
	return v == r->v ? value + r->cycles : value;
}

/* Take the value from a whole reading, which balances whatever the writer does. */
static u64 value_of_ledger(const struct kvm_exitstat *stat, u32 slot, u32 v)
{
	static struct kvm_exitstat_ledger ledger;	/* too large for a stack */
	static DEFINE_MUTEX(lock);

	guard(mutex)(&lock);
	kvm_exitstat_read(stat, &ledger);
	return kvm_exitstat_ledger_value(&ledger, slot, v);
}

/**
 * kvm_exitstat_value - one value of one vCPU, as it is now
 * @stat: the vCPU's
 * @slot: a slot or KVM_EXITSTAT_TOTAL; ignored if @v is KVM_EXITSTAT_V_GUEST or above
 * @v: KVM_EXITSTAT_V_*, except HIST
 */
u64 kvm_exitstat_value(const struct kvm_exitstat *stat, u32 slot, u32 v)
{
	struct stamp stamp;
	struct running r;
	int attempts = 0;
	u64 value;

	switch (v) {
	case KVM_EXITSTAT_V_EXITS:
		return slot == KVM_EXITSTAT_TOTAL ? READ_ONCE(stat->total) :
		       read_value(stat, KVM_EXITSTAT_V_EXITS, slot);
	case KVM_EXITSTAT_V_LONGEST:
		return read_longest(stat, slot);
	}

	do {
		read_stamp(stat, &stamp);
		read_running(stat, &stamp, &r);
		value = account(stat, &r, slot, v);
		if (read_held(stat, &stamp))
			return value;
		cpu_relax();
	} while (++attempts < READ_ATTEMPTS);
	return value_of_ledger(stat, slot, v);
}

/* Only NONE has times without exits. */
static void read_slot(const struct kvm_exitstat *stat, u32 slot, u64 *value)
{
	u32 v;

	value[KVM_EXITSTAT_V_EXITS] = read_value(stat, KVM_EXITSTAT_V_EXITS, slot);
	if (!value[KVM_EXITSTAT_V_EXITS] && slot != KVM_EXITSTAT_NONE) {
		memset(value, 0, KVM_EXITSTAT_NR_V * sizeof(*value));
		return;
	}
	for (v = KVM_EXITSTAT_V_KERNEL; v < KVM_EXITSTAT_NR_ROWS; v++)
		value[v] = read_value(stat, v, slot);
	value[v] = read_longest(stat, slot);
}

typedef void (*copy_t)(const struct kvm_exitstat *stat, const struct kvm_exitstat_ledger *ledger,
		       void *to);

static bool read_once(const struct kvm_exitstat *stat, struct kvm_exitstat_ledger *l,
		      copy_t copy, void *to)
{
	u64 *total = l->value[KVM_EXITSTAT_TOTAL];
	struct stamp stamp;
	struct running r;
	u64 exits = 0;
	u32 slot, v;

	read_stamp(stat, &stamp);
	read_running(stat, &stamp, &r);
	memset(total, 0, sizeof(l->value[0]));
	for (slot = 0; slot < kvm_exitstat_slots; slot++) {
		read_slot(stat, slot, l->value[slot]);
		exits += l->value[slot][KVM_EXITSTAT_V_EXITS];
		total[KVM_EXITSTAT_V_LONGEST] = max(total[KVM_EXITSTAT_V_LONGEST],
						    l->value[slot][KVM_EXITSTAT_V_LONGEST]);
	}
	l->value[r.slot][KVM_EXITSTAT_V_KERNEL] += r.kernel;
	if (r.v)
		l->value[r.slot][r.v] += r.cycles;

	total[KVM_EXITSTAT_V_EXITS] = stamp.total;
	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
		total[v] = account(stat, &r, KVM_EXITSTAT_TOTAL, v);
	l->guest = account(stat, &r, 0, KVM_EXITSTAT_V_GUEST);
	l->outside = account(stat, &r, 0, KVM_EXITSTAT_V_OUTSIDE);
	l->anomalies = r.anomalies;
	l->lifetime = r.lifetime;
	if (copy)
		copy(stat, l, to);
	return read_held(stat, &stamp) && exits == stamp.total;
}

/* Make the ledger of an inconsistent reading balance. */
static void mend(struct kvm_exitstat_ledger *l)
{
	u64 *total = l->value[KVM_EXITSTAT_TOTAL];
	u32 slot, v;

	memset(total, 0, KVM_EXITSTAT_V_LONGEST * sizeof(*total));
	l->guest = l->lifetime - l->outside;
	for (v = 0; v <= KVM_EXITSTAT_V_BLOCK; v++) {
		for (slot = 0; slot < kvm_exitstat_slots; slot++)
			total[v] += l->value[slot][v];
		if (v != KVM_EXITSTAT_V_EXITS)
			l->guest -= total[v];
	}
	if ((s64)l->guest < 0) {
		l->lifetime -= l->guest;
		l->guest = 0;
	}
}

/**
 * kvm_exitstat_read_with - the ledger of one vCPU and more, as they are now
 * @stat: the vCPU's
 * @ledger: filled in, for the slots of this ISA
 * @copy: NULL, or copies to @to what belongs to the same moment as the ledger, while the vCPU may
 *	write; called again if it did
 * @to: passed to @copy
 *
 * Returns false if the writer left no time: the ledger then balances, and @to need not.
 */
bool kvm_exitstat_read_with(const struct kvm_exitstat *stat, struct kvm_exitstat_ledger *ledger,
			    copy_t copy, void *to)
{
	int attempts;

	for (attempts = 0; attempts < READ_ATTEMPTS; attempts++) {
		if (read_once(stat, ledger, copy, to))
			return true;
		cpu_relax();
	}
	atomic64_inc(&torn);
	mend(ledger);
	return false;
}

/* The ledger of one vCPU, as it is now; filled in for the slots of this ISA */
void kvm_exitstat_read(const struct kvm_exitstat *stat, struct kvm_exitstat_ledger *ledger)
{
	kvm_exitstat_read_with(stat, ledger, NULL, NULL);
}

void kvm_exitstat_add(struct kvm_exitstat_ledger *sum,
		      const struct kvm_exitstat_ledger *ledger)
{
	u32 slot, v;

	for (slot = 0; slot <= KVM_EXITSTAT_TOTAL; slot++) {
		for (v = 0; v < KVM_EXITSTAT_V_LONGEST; v++)
			sum->value[slot][v] += ledger->value[slot][v];
		sum->value[slot][v] = max(sum->value[slot][v], ledger->value[slot][v]);
	}
	sum->guest += ledger->guest;
	sum->lifetime += ledger->lifetime;
	sum->outside += ledger->outside;
	sum->anomalies += ledger->anomalies;
}

/* One value of @ledger; @slot and @v are as for kvm_exitstat_value(). */
u64 kvm_exitstat_ledger_value(const struct kvm_exitstat_ledger *ledger, u32 slot,
			      u32 v)
{
	switch (v) {
	case KVM_EXITSTAT_V_GUEST:
		return ledger->guest;
	case KVM_EXITSTAT_V_LIFETIME:
		return ledger->lifetime;
	case KVM_EXITSTAT_V_OUTSIDE:
		return ledger->outside;
	case KVM_EXITSTAT_V_ANOMALIES:
		return ledger->anomalies;
	default:
		return ledger->value[slot][v];
	}
}

/* Number of inconsistent readings, over all vCPUs. */
u64 kvm_exitstat_torn(void)
{
	return atomic64_read(&torn);
}
