/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM whose vCPUs run a workload, and the VMM's part of it.
 *
 * Each vCPU has a thread: a player.  It runs the guest to PORT_WARM, starts the
 * VMM's part, runs on to PORT_DONE, and ends that part.  What a mode does
 * meanwhile is in its acts.
 */
#ifndef STAGE_H
#define STAGE_H

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "kvmrun.h"

struct stage;

struct player {
	pthread_t thread;
	struct stage *stage;
	struct vcpu *vcpu;
	bool added;			/* its vCPU was created while others ran */
	bool warm;			/* it has come to PORT_WARM */
	unsigned int steps;		/* PORT_STEPs since then, for those that count them */
	uint64_t refused;		/* VM entries */
	timer_t signals;
	pid_t tid;
	pthread_t mover;
	volatile bool still;		/* the mover is to end */
	volatile unsigned int moves;	/* to another CPU, each seen */
	bool stuck;			/* there was none for seconds */
};

/* What a mode does, in the player's thread, while its vCPU is in user space */
struct acts {
	void (*begin)(struct player *player);	/* before its first KVM_RUN */
	void (*warm)(struct player *player);	/* at PORT_WARM */
	void (*done)(struct player *player);	/* at PORT_DONE */
};

struct stage {
	unsigned int workload;
	const struct acts *acts;
	struct vm vm;
	unsigned int nr;		/* players */
	unsigned int first;		/* of them, those whose vCPUs exist from the start */
	struct player players[GUEST_VCPUS];
	pthread_barrier_t meeting;	/* of the first */
	pthread_t adder;
	sem_t add, added;
	uint64_t logged;		/* pages found in the dirty log */
};

/* What @workload wants of a new vCPU. */
void prepare_vcpu(struct vcpu *vcpu, unsigned int workload);

/* Make the VM; the players begin at once. */
void stage_open(struct stage *stage, unsigned int workload, const struct acts *acts);
/* Back when all players have ended. */
void stage_join(struct stage *stage);
/* Whether the VMM's part was what it must be; else prints FAIL and why. */
bool stage_check(struct stage *stage);
/* After the VM's audit. */
void stage_close(struct stage *stage);

/* A vCPU for @player, and its thread. */
void player_start(struct player *player);

/* parts.c: the VMM's part of a workload, each NULL where there is none */
struct part {
	const char *(*missing)(void);			/* what this host lacks, or NULL */
	void (*open)(struct stage *stage);		/* before the first vCPU */
	void (*vcpu)(struct vcpu *vcpu);		/* for prepare_vcpu() */
	void (*start)(struct player *player);		/* at PORT_WARM */
	void (*step)(struct player *player);		/* at PORT_STEP, in the warm-up too */
	void (*stop)(struct player *player);		/* at PORT_DONE */
	bool (*check)(struct stage *stage);
};

extern const struct part parts[NR_WORKLOADS];

/* Exits of a REP INS and a REP OUTS when rCX is 0: the CPU's choice, 0 or 2. */
unsigned int ends_of_rep(void);

/* What this host lacks for @workload's part, or NULL. */
const char *part_missing(unsigned int workload);

#endif /* STAGE_H */
