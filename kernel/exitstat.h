/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the hot path and the hooks.
 */
#ifndef __KVM_X86_EXITSTAT_H
#define __KVM_X86_EXITSTAT_H

#ifndef CONFIG_KVM_EXITSTAT
#include "exitstat_none.h"
#else

#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include <asm/kvm_exitstat.h>
#include <asm/msr.h>

#include "exitstat_log.h"
#include "exitstat_slots.h"

struct dentry;
struct kvm;
struct kvm_exitstat_keys;
struct kvm_exitstat_snapshot;
struct kvm_vcpu;

/* Values of each slot, from EXITS to BLOCK; values of all slots */
#define KVM_EXITSTAT_NR_ROWS	KVM_EXITSTAT_V_LONGEST
#define KVM_EXITSTAT_VMX_VALUES	(KVM_EXITSTAT_NR_ROWS * KVM_EXITSTAT_VMX_SLOTS)
#define KVM_EXITSTAT_SVM_VALUES	(KVM_EXITSTAT_NR_ROWS * KVM_EXITSTAT_SVM_SLOTS)

/**
 * struct kvm_exitstat_extra - the beginning of what a vCPU has only while a parameter is 1
 * @rcu: to free it
 * @next: the next one that no vCPU has got yet
 */
struct kvm_exitstat_extra {
	union {
		struct rcu_head rcu;
		struct kvm_exitstat_extra *next;
	};
};

enum kvm_exitstat_extras {
	KVM_EXITSTAT_EXTRA_HIST,	/* exitstat_hist */
	KVM_EXITSTAT_EXTRA_KEYS,	/* exitstat_keys */
	KVM_EXITSTAT_NR_EXTRAS
};

/**
 * struct kvm_exitstat_hist - longest exits and histograms, while exitstat_hist=1
 * @extra: to allocate and free this struct
 * @longest: cycles from an exit to its entry, the maximum, by slot
 * @exits: number of exits, by slot and bucket
 */
struct kvm_exitstat_hist {
	struct kvm_exitstat_extra extra;
	u64 longest[KVM_EXITSTAT_MAX_SLOTS];
	u64 exits[][KVM_EXITSTAT_BUCKETS];
};

/* A time stamp; RDTSC returns it in two halves. */
union kvm_exitstat_stamp {
	u64 tsc;
	struct {
		u32 low, high;
	};
};

/* Later than any time stamp, so that a check for a negative time catches it. */
#define KVM_EXITSTAT_NEVER	U64_MAX
/* A time stamp that is being replaced */
#define KVM_EXITSTAT_BUSY	0

/**
 * struct kvm_exitstat - the exits of one vCPU and where its time goes
 * @last: the accounts are complete up to this time stamp, while the vCPU is in
 *	  the guest or handles an exit; otherwise NEVER, and see @since.
 * @exit: time stamp of the last exit.  Time after it that is not the kernel's
 *	  moves @exit and @last forward.
 * @total: number of exits.  It is incremented last, so that readers then see
 *	   the exit.
 * @settled: number of exits whose time up to their entry is in the accounts;
 *	     one less than @total while an exit is handled.
 * @guest: cycles in the guest
 * @left: time stamp of leaving KVM_RUN with an unfinished exit; otherwise NEVER
 * @slot: the slot whose accounts the time is charged to
 * @state: what the vCPU does; enum in exitstat_ledger.c
 * @hist: NULL unless exitstat_hist=1; freed after a grace period
 * @keys: likewise for exitstat_keys=1
 * @extra: both, by enum kvm_exitstat_extras
 * @seq: odd while a switch outside of the fast path writes
 * @open: an exit is under way, and its time up to @since is in the accounts
 * @since: time stamp of the start of @state, unless that is FAST
 * @away: cycles of the open exit that were not the kernel's; for @hist
 * @charged: the part of @sum[USER] that did not move @exit forward
 * @seen: the part of the rest that @hist already has or must not get
 * @node: in the list of all vCPUs
 * @created: time stamp of the vCPU's creation
 * @skipped: cycles of the negative intervals, which are in no account
 * @anomalies: number of negative intervals
 * @outside: cycles before the first KVM_RUN and while exitstat=0
 * @sum: totals of user, halt, preempt and block, by KVM_EXITSTAT_V_*
 * @snapshot: the snapshot that CPUID answers from, once this vCPU has taken one
 * @value: indexed by kvm_exitstat_index(), so that the CPU scales a slot itself.
 *	   The field after this struct holds the elements, KVM_EXITSTAT_VMX_VALUES
 *	   or KVM_EXITSTAT_SVM_VALUES.
 *
 * Only the thread that runs the vCPU writes this, by WRITE_ONCE() and
 * kvm_exitstat_add64().  Anyone reads it with READ_ONCE().  It has cache lines of
 * its own, so that writes of other CPUs next to it do not slow an exit.
 *
 * With its values it is the end of struct vcpu_vmx and struct vcpu_svm.  It is not
 * in struct kvm_vcpu_arch, because kernel/entry/kvm.c of Linux 6.1 to 6.12, which is
 * part of vmlinux, counts signal_exits after that field, and modules built for a
 * distribution's kernel must not move signal_exits.
 */
struct kvm_exitstat {
	u64 last;
	union kvm_exitstat_stamp exit;
	u64 total;
	u64 settled;
	u64 guest;
	u64 left;
	u64 slot;

	union {
		struct kvm_exitstat_extra __rcu *extra[KVM_EXITSTAT_NR_EXTRAS];
		struct {
			struct kvm_exitstat_hist __rcu *hist;
			struct kvm_exitstat_keys __rcu *keys;
		};
	};
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

static_assert(offsetof(struct kvm_exitstat, value) == sizeof(struct kvm_exitstat),
	      "the values are in the field after this struct");

/**
 * struct kvm_exitstat_vm - the fields of a VM
 * @room: for what struct kvm_tdx has more than struct kvm_vmx: a TD's fields are where a
 *	  VM's are, behind its struct
 * @node: in the list of all VMs, the oldest first
 * @listed: the VM is in that list
 * @number: from 1 on, in the order of that list
 * @id: random, never 0; identifies these counters
 * @snapshots: number of snapshots taken
 * @log: for exitstat_log.c only
 */
struct kvm_exitstat_vm {
#ifdef CONFIG_KVM_INTEL_TDX
	u64 room[32];
#endif
	struct list_head node;
	bool listed;
	u64 number;
	u64 id;
	atomic_t snapshots;
	struct kvm_exitstat_log log;
};

/*
 * With exitstat=1: the exit's hook, either without keys of exits or with them; the entry's; that of
 * KVM_RUN's end without keys of exits; kvm_exitstat_key is for all others.  exitstat_hist=1
 */
DECLARE_STATIC_KEY_TRUE(kvm_exitstat_exit_key);
DECLARE_STATIC_KEY_FALSE(kvm_exitstat_keys_key);
DECLARE_STATIC_KEY_TRUE(kvm_exitstat_entry_key);
DECLARE_STATIC_KEY_TRUE(kvm_exitstat_run_end_key);
DECLARE_STATIC_KEY_FALSE(kvm_exitstat_hist_key);

/* Offsets of struct kvm_exitstat in the vendor's vCPU, of struct kvm_exitstat_vm in its VM */
extern size_t kvm_exitstat_offset, kvm_exitstat_vm_offset;

void kvm_exitstat_entry_slow(struct kvm_exitstat *stat);

/*
 * In the vendor modules, instead of the exit's hook while exitstat_keys=1.  With @exit of struct
 * kvm_exitstat, whose own address gcc would then keep in a register from the entry on, and without
 * the reason, for which it would need another.
 */
void kvm_exitstat_vmx_exit(union kvm_exitstat_stamp *exit);
void kvm_exitstat_svm_exit(union kvm_exitstat_stamp *exit);

/*
 * The index of value @v of @slot, if there are @slots slots.  USER comes first, so its row is
 * at the same place on both ISAs, and KVM_RUN need not know which it is.
 */
static __always_inline u64 kvm_exitstat_index(u32 slots, u32 v, u64 slot)
{
	const u32 row = (v + KVM_EXITSTAT_NR_ROWS - KVM_EXITSTAT_V_USER) % KVM_EXITSTAT_NR_ROWS;

	return row * slots + slot;
}

/*
 * *@p += @n for the only writer: one add to aligned memory, which no CPU tears.  gcc
 * makes three instructions of WRITE_ONCE(*p, READ_ONCE(*p) + n), and needs another
 * register if the add is inline assembly.
 */
static __always_inline void kvm_exitstat_add64(u64 *p, u64 n)
{
	/* Readers load the old sum or the new one. */
	data_race(*p += n);
}

/*
 * Called while exitstat_hist=1: an exit has ended @cycles after @stat->exit, and
 * @kernel of these cycles were the kernel's.
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

/* Writes the halves to memory: one instruction less than combining them. */
static __always_inline void kvm_exitstat_note(union kvm_exitstat_stamp *stamp)
{
	u32 low, high;

	asm volatile(KVM_EXITSTAT_RDTSC : "=a" (low), "=d" (high));
	WRITE_ONCE(stamp->low, low);
	/* Keeps the order for the unit tests' readers; both stores are volatile */
	barrier();
	WRITE_ONCE(stamp->high, high);
}

/* RDTSC in three instructions; rdtsc() takes four if eax is in use. */
static __always_inline u64 kvm_exitstat_now(void)
{
	u64 now;

	asm volatile(KVM_EXITSTAT_RDTSC "; shl $32, %%rdx; or %%rdx, %%rax"
		     : "=a" (now) : : "rdx");
	return now;
}

/* Readers rely on the order of the stores; see exitstat_ledger.c.  Returns @slot. */
static __always_inline u64 kvm_exitstat_count(struct kvm_exitstat *stat, u32 isa, u64 slot)
{
	/* Otherwise gcc adds the offset of OTHER first, in an extra instruction. */
	OPTIMIZER_HIDE_VAR(slot);
	kvm_exitstat_note(&stat->exit);
	WRITE_ONCE(stat->slot, slot);
	kvm_exitstat_add64(&stat->value[kvm_exitstat_index(kvm_exitstat_slots_of(isa),
							   KVM_EXITSTAT_V_EXITS, slot)], 1);
	/* All of the exit before total; pairs with read_stamp() */
	smp_wmb();
	kvm_exitstat_add64(&stat->total, 1);
	return slot;
}

static __always_inline bool __kvm_exitstat_exit(struct kvm_exitstat *stat, u32 isa, u64 reason)
{
	if (!static_branch_likely(&kvm_exitstat_exit_key)) {
		if (!static_branch_likely(&kvm_exitstat_keys_key))
			return true;
		switch (isa) {
		case KVM_EXITSTAT_ISA_VMX:
			kvm_exitstat_vmx_exit(&stat->exit);
			break;
		case KVM_EXITSTAT_ISA_SVM:
			kvm_exitstat_svm_exit(&stat->exit);
			break;
		}
		return true;
	}
	if (isa == KVM_EXITSTAT_ISA_VMX && unlikely(reason >= KVM_EXITSTAT_VMX_REASONS)) {
		kvm_exitstat_count(stat, isa, kvm_exitstat_slot(isa, (u16)reason));
		return true;
	}
	kvm_exitstat_count(stat, isa, kvm_exitstat_slot(isa, reason));
	return false;
}

/*
 * An exit, called at trace_kvm_exit(): counts it and stores its time and reason.  VMX:
 * @reason is the whole field.  If this returns false, none of its flags is set, and the
 * caller need not look at them.  With unlikely() gcc would put a jump into the fast path.
 */
static __always_inline bool kvm_exitstat_exit(struct kvm_exitstat *stat, u32 isa, u64 reason)
{
	return __builtin_expect_with_probability(__kvm_exitstat_exit(stat, isa, reason), 0, 1.0);
}

/*
 * An entry, called at trace_kvm_entry(): the time from the last entry to the exit
 * was the guest's, and the time since the exit was the kernel's.  A negative time
 * means that there was no exit before this entry, or that the TSC stepped back.
 */
static __always_inline void kvm_exitstat_entry(struct kvm_exitstat *stat, u32 isa)
{
	if (static_branch_likely(&kvm_exitstat_entry_key)) {
		u64 now = kvm_exitstat_now(), guest, kernel, slot;

		if (unlikely(__builtin_sub_overflow(stat->exit.tsc, stat->last, &guest)))
			goto slow;
		/* Load it again: one instruction, while a copy takes two. */
		barrier();
		if (unlikely(__builtin_sub_overflow(now, stat->exit.tsc, &kernel)))
			goto slow;
		/* After both checks: a reader takes a last before the exit for the last entry. */
		WRITE_ONCE(stat->last, now);
		/* last before the accounts; pairs with smp_rmb() in read_held() */
		smp_wmb();
		slot = stat->slot;
		kvm_exitstat_add64(&stat->guest, guest);
		kvm_exitstat_add64(&stat->value[kvm_exitstat_index(kvm_exitstat_slots_of(isa),
								   KVM_EXITSTAT_V_KERNEL, slot)],
				   kernel);
		if (static_branch_unlikely(&kvm_exitstat_hist_key)) {
			/* Otherwise both share an address, which takes an instruction. */
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

/* The vendor module's vCPU starts with a struct kvm_vcpu and contains our struct. */
static __always_inline struct kvm_exitstat *kvm_exitstat_of(const struct kvm_vcpu *vcpu)
{
	return (void *)vcpu + kvm_exitstat_offset;
}

/* Likewise; struct kvm must not change, because other modules of the distribution know it. */
static inline struct kvm_exitstat_vm *kvm_exitstat_of_vm(struct kvm *kvm)
{
	return (void *)kvm + kvm_exitstat_vm_offset;
}

void __cold kvm_exitstat_run_begin_slow(struct kvm_exitstat *stat);
void __cold kvm_exitstat_run_end_slow(struct kvm_vcpu *vcpu, int ret, u64 put);

/*
 * Out of line, because gcc would otherwise no longer inline vcpu_run().  In the
 * caller's file and not traced, so that it costs only a call and a return.
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
		/* BUSY is stored before anything changes; pairs with read_held() */
		smp_wmb();
		kvm_exitstat_add64(&stat->sum[KVM_EXITSTAT_V_USER], user);
		kvm_exitstat_add64(&stat->value[kvm_exitstat_index(0, KVM_EXITSTAT_V_USER,
								   stat->slot)], user);
		kvm_exitstat_add64(&stat->exit.tsc, user);
		kvm_exitstat_add64(&stat->last, user);
		/* All changes are stored before NEVER; pairs with read_stamp() */
		smp_wmb();
		WRITE_ONCE(stat->left, KVM_EXITSTAT_NEVER);
	}
	preempt_enable();
}

/*
 * KVM_RUN has loaded the vCPU: the time since the last KVM_RUN was the VMM's.  If
 * no exit is under way, or exitstat has become 0, @left is NEVER.
 */
static inline void kvm_exitstat_run_begin(struct kvm_vcpu *vcpu)
{
	if (static_branch_likely(&kvm_exitstat_key))
		__kvm_exitstat_run_begin(vcpu);
}

/* KVM_RUN returns while an exit is handled, and does not fail. */
static __always_inline bool kvm_exitstat_is_return(const struct kvm_exitstat *stat, int ret)
{
	return likely(ret >= 0) && likely(stat->exit.tsc > stat->last);
}

/*
 * KVM_RUN has put the vCPU at TSC @put and is about to return @ret.  Preemption has been
 * disabled since then.  After an error or a signal, or if no exit is under way, the VMM's
 * time belongs to no exit.
 */
static __always_inline void kvm_exitstat_run_end(struct kvm_vcpu *vcpu, int ret, u64 put)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);

	if (static_branch_likely(&kvm_exitstat_run_end_key)) {
		if (kvm_exitstat_is_return(stat, ret))
			WRITE_ONCE(stat->left, put);
		else
			kvm_exitstat_run_end_slow(vcpu, ret, put);
	} else if (static_branch_likely(&kvm_exitstat_key)) {
		kvm_exitstat_run_end_slow(vcpu, ret, put);
	}
}

/* Outside of the fast path: waits in KVM */
void kvm_exitstat_wait_begin(struct kvm_vcpu *vcpu);
void kvm_exitstat_wait_end(struct kvm_vcpu *vcpu);

/*
 * KVM allocates as much memory for a TD as the larger of two structs needs, and the TDX struct
 * must end before our fields in the other.
 */
#define KVM_EXITSTAT_BUILD_BUG_ON_TDX()							\
	do {										\
		BUILD_BUG_ON(sizeof(struct vcpu_tdx) > offsetof(struct vcpu_vmx, exitstat));	\
		BUILD_BUG_ON(sizeof(struct kvm_tdx) > offsetof(struct kvm_vmx, exitstat.node)); \
	} while (0)

void kvm_exitstat_setup(u32 isa, size_t offset, size_t vm_offset,
			const kvm_exitstat_handler_t *handlers, u32 nr);
void kvm_exitstat_init_vm(struct kvm *kvm);
void kvm_exitstat_destroy_vm(struct kvm *kvm);
int kvm_exitstat_init_vcpu(struct kvm_vcpu *vcpu);
void kvm_exitstat_destroy_vcpu(struct kvm_vcpu *vcpu);
void kvm_exitstat_create_vcpu_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir);
void kvm_exitstat_create_vm_debugfs(struct kvm *kvm);
bool kvm_exitstat_cpuid(struct kvm_vcpu *vcpu, u32 *eax, u32 *ebx, u32 *ecx,
			u32 *edx);

#endif /* CONFIG_KVM_EXITSTAT */

#endif /* __KVM_X86_EXITSTAT_H */
