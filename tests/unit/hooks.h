/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread of a vCPU: calls hooks in any order in which KVM could call them, and gives
 * the model the same events.
 */
#ifndef UNIT_HOOKS_H
#define UNIT_HOOKS_H

#include "vm.h"

enum hook {
	RUN_BEGIN, RUN_END, ENTRY, NO_EXIT, EXIT, WAIT_BEGIN, WAIT_END, SCHED_OUT,
	SCHED_IN,
};

/* Where the thread is, which decides which hooks may come next. */
enum where { IN_VMM, IN_KVM, IN_GUEST, IN_WAIT, SWITCHED_OUT };

/**
 * struct runner - one vCPU and its thread
 * @next: where it will be after SWITCHED_OUT
 * @lifetime: the lifetime of the last reading
 */
struct runner {
	struct kvm_vcpu *vcpu;
	struct model model;
	enum where where, next;
	u64 lifetime;
};

void runner_init(struct runner *r, struct kvm_vcpu *vcpu);

/*
 * A random hook of those that may come next.  @arg is the exit's reason, KVM_RUN's return
 * value, whether a wait is for a page fault, or whether the thread is runnable.
 */
enum hook runner_choose(const struct runner *r, u64 *arg);
void runner_do(struct runner *r, enum hook hook, u64 arg);
void runner_step(struct runner *r);

/*
 * Read with kvm_exitstat_read().  @why says what is inconsistent in the reading, or is
 * NULL: rows must add up to the total, accounts to the lifetime, and nothing be huge.
 */
void books_read(const struct kvm_exitstat *stat, struct books *books,
		const char **why);

/* exitstat is 1 */
extern bool hooks_counting;
/* The vendor module's ISA, and the reasons of guests' exits */
extern u32 hooks_isa;
extern u64 hooks_reasons[12];

/* Let time pass, mostly little. */
void hooks_tick(void);

/* Record the last events, to explain a failure. */
void hooks_note(const char *what, const struct kvm_vcpu *vcpu, u64 arg);
void hooks_print_notes(void);

#endif /* UNIT_HOOKS_H */
