/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of kvmrun: options, the workload table, a function for each mode. */
#ifndef KVMRUN_H
#define KVMRUN_H

#include <stdbool.h>
#include <stdint.h>

#include "vm.h"

/* Exit statuses, besides 0: all checks held. */
#define STATUS_FAIL	1
#define STATUS_MISUSE	2	/* or something is missing: die() */
#define STATUS_SKIP	77

/* Reasons in workloads.def that are not a number */
#define R_OTHER		-1
#define R_NONE		-2

#define NEEDS_IRQCHIP	(1u << 0)	/* an in-kernel APIC, in x2APIC mode */
#define NEEDS_FASTPATH	(1u << 1)	/* exits that never reach handle_exit */
#define NEEDS_VMM	(1u << 2)	/* the VMM causes the exits, the guest makes none */
#define NEEDS_LAZY	(1u << 3)	/* memory at GUEST_LAZY */
#define NEEDS_TIME	(1u << 4)	/* it waits; for --ledger and --hold */
#define NEEDS_NESTED	(1u << 5)	/* a guest that can run guests */
#define NEEDS_STEP	(1u << 6)	/* the VMM does its part at PORT_STEP, see stage.h */
#define AT_LEAST	(1u << 7)	/* n + extra is a minimum */

/**
 * struct workload - a line of workloads.def
 * @reason: by ISA, KVM_EXITSTAT_ISA_*; a number, R_OTHER or R_NONE
 * @extra: exits of the reason beyond n, from PORT_WARM to PORT_DONE
 */
struct workload {
	const char *name;
	int reason[3];
	unsigned int extra;
	unsigned int needs;
	const char *groups;
	const char *what;
};

extern const struct workload workloads[NR_WORKLOADS];

struct env {
	uint64_t n;
	unsigned int vcpus;
	unsigned int repeat;
	unsigned int flips;
	unsigned int isa;
	bool counters;
	bool quiet;
	bool tables;
};

extern struct env env;

/* The slot of @workload's reason on this host. */
unsigned int workload_slot(unsigned int workload);

/* Exits of @slot from PORT_WARM to PORT_DONE with @n; -1 if unknown. */
long long workload_known(unsigned int workload, unsigned int slot, uint64_t n);

/* Whether this host can run @workload; else prints SKIP and why. */
bool workload_possible(unsigned int workload);

/*
 * A number in /sys/module/kvm/parameters.  kvmrun restores a parameter that it has set when
 * it ends, except after SIGKILL or die().
 */
unsigned int get_parameter(const char *name);
void set_parameter(const char *name, unsigned int value);

/* Each returns 0, STATUS_FAIL or STATUS_SKIP. */
int count_exits(unsigned int workload);		/* count.c */
int hold(unsigned int workload);		/* hold.c */
int measure_exits(unsigned int workload);	/* measure.c */
int flip(unsigned int workload);		/* flip.c */
int modes(void);				/* modes.c */
int frozen_keys(void);				/* frozen_keys.c */
int crowd(unsigned int nr);			/* crowd.c */
int ledger(char *const *names);			/* ledger.c; ends with NULL */
void list_ledger(void);

#endif /* KVMRUN_H */
