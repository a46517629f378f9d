/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread of a vCPU: any order of hooks that KVM could call them in, and the
 * model that is told the same.
 */
#ifndef UNIT_HOOKS_H
#define UNIT_HOOKS_H

#include "vm.h"

enum hook {
	RUN_BEGIN, RUN_END, ENTRY, NO_EXIT, EXIT, WAIT_BEGIN, WAIT_END, SCHED_OUT,
	SCHED_IN,
};

/* Where the thread is, which decides what can come next. */
enum where { IN_VMM, IN_KVM, IN_GUEST, IN_WAIT, SWITCHED_OUT };

/**
 * struct runner - one vCPU and its thread
 * @next: where it will be after SWITCHED_OUT
 * @lifetime: as it was read last
 */
struct runner {
	struct kvm_vcpu *vcpu;
	struct model model;
	enum where where, next;
	u64 lifetime;
};

void runner_init(struct runner *r, struct kvm_vcpu *vcpu);

/*
 * One of what can come next, by chance.  @arg is the exit's reason, what KVM_RUN
 * returns, whether a wait is for a page fault, whether the thread is runnable.
 */
enum hook runner_choose(const struct runner *r, u64 *arg);
void runner_do(struct runner *r, enum hook hook, u64 arg);
void runner_step(struct runner *r);

/*
 * What kvm_exitstat_read() says.  @why tells what is wrong with it by itself, or
 * is NULL: rows add up to the total, accounts to the lifetime, nothing is huge.
 */
void books_read(const struct kvm_exitstat *stat, struct books *books,
		const char **why);

/* exitstat is 1 */
extern bool hooks_counting;
/* The vendor module's ISA; the reasons that guests exit for */
extern u32 hooks_isa;
extern u64 hooks_reasons[12];

/* Time passes: mostly little. */
void hooks_tick(void);

/* What was done last, for one who wants to know why. */
void hooks_note(const char *what, const struct kvm_vcpu *vcpu, u64 arg);
void hooks_print_notes(void);

#endif /* UNIT_HOOKS_H */
