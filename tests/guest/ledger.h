/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the checks of the ledger; each check is a function without arguments. */
#ifndef LEDGER_H
#define LEDGER_H

#include <pthread.h>

#include "audit.h"
#include "kvmrun.h"

/* Rows of these reasons; the numbers are from the manuals. */
unsigned int row_io(void);
unsigned int row_cpuid(void);
unsigned int row_hlt(void);
unsigned int row_interrupt(void);
unsigned int row_fault(void);		/* EPT violation, nested page fault */

/* @full, or @small if N asks for a short run. */
unsigned int amount(unsigned int full, unsigned int small);

/* Cycles of our TSC in @us microseconds, with the file's frequency. */
uint64_t cycles_in(uint64_t us);

/* Print the expected and the found value; false with FAIL if it is out of bounds. */
bool within(const char *what, uint64_t found, uint64_t low, uint64_t high);
bool is(const char *what, uint64_t found, uint64_t expected);

/**
 * struct window - the difference of a vCPU's ledger between two readings
 * @a, @b: the readings
 * @d: the difference
 */
struct window {
	const struct vcpu *vcpu;
	struct reading a, b;
	struct books d;
};

void window_open(struct window *w, const struct vcpu *vcpu);
/* false if either reading does not hold */
bool window_close(struct window *w);
/* Cycles that the two readings took, which is the uncertainty of the window's length. */
uint64_t window_slack(const struct window *w);

/* Whether no row but @row gained more than @limit in @account. */
bool others_below(const struct window *w, enum account account, unsigned int row,
		  uint64_t limit);

/* A VM with one vCPU; end_vm() audits and destroys it. */
struct vcpu *new_vm(struct vm *vm, bool irqchip, unsigned int lazy_pages);
bool end_vm(struct vm *vm);

/* Start MODE_COUNT; returns when PORT_WARM, or PORT_DONE, is reached. */
void run_to_warm(struct vcpu *vcpu, unsigned int workload, uint64_t n);
void run_to_done(struct vcpu *vcpu);

/* A thread that runs a vCPU in MODE_LOOP until told to stop. */
struct runner {
	pthread_t thread;
	struct vcpu *vcpu;
	unsigned int workload;
	int cpu;		/* to be pinned to, or -1 */
	volatile int tid;
};

/* Returns when the vCPU has made an exit. */
void runner_start(struct runner *runner, struct vcpu *vcpu, unsigned int workload,
		  int cpu);
void runner_stop(struct runner *runner);

void pin(int cpu);
void thread_start(pthread_t *thread, void *(*function)(void *), void *arg);

/* ledger.c */
bool check_user_sleep(void);
bool check_user_sleep_histogram(void);
bool check_hlt_timer(void);
bool check_hlt_timer_histogram(void);
bool check_hlt_poll(void);
bool check_pause(void);
bool check_not_entered(void);
bool check_off_time(void);

/* ledger_load.c */
bool check_preempt(void);
bool check_fault(void);
bool check_async_fault(void);
bool check_ioctls(void);
bool check_mixed(void);
bool check_mixed_histogram(void);
bool check_mixed_flips(void);
bool check_load(void);
bool check_flips(void);

/* ledger_read.c */
bool check_snapshot(void);
bool check_histogram(void);
bool check_histogram_halt(void);
bool check_histogram_flips(void);

#endif /* LEDGER_H */
