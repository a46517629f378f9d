/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM whose vCPUs run a workload, and the VMM's part of it.
 *
 * Each vCPU has a thread, called a player.  It runs the guest to PORT_WARM, starts the
 * VMM's part, runs the guest to PORT_DONE, and ends the VMM's part.  A mode's acts are
 * called meanwhile.
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
	bool warm;			/* it has reached PORT_WARM */
	unsigned int steps;		/* PORT_STEPs since then, for workloads that count them */
	uint64_t refused;		/* VM entries */
	timer_t signals;
	pid_t tid;
	pthread_t mover;
	volatile bool still;		/* tells the mover to end */
	volatile unsigned int moves;	/* observed moves to another CPU */
	bool stuck;			/* there was no move for seconds */
};

/* A mode's functions, called in the player's thread while its vCPU is in user space */
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
	unsigned int first;		/* of these, players whose vCPUs exist from the start */
	struct player players[GUEST_VCPUS];
	pthread_barrier_t meeting;	/* of the first */
	pthread_t adder;
	sem_t add, added;
	uint64_t logged;		/* pages found in the dirty log */
};

/* Set up a new vCPU for @workload. */
void prepare_vcpu(struct vcpu *vcpu, unsigned int workload);

/* Create the VM; the players start at once. */
void stage_open(struct stage *stage, unsigned int workload, const struct acts *acts);
/* Returns when all players have ended. */
void stage_join(struct stage *stage);
/* Whether the VMM's part was right; if not, prints FAIL and why. */
bool stage_check(struct stage *stage);
/* Call this after the VM's audit. */
void stage_close(struct stage *stage);

/* Create a vCPU and a thread for @player. */
void player_start(struct player *player);

/* parts.c: the VMM's part of a workload; functions that it does not need are NULL */
struct part {
	const char *(*missing)(void);			/* what the host lacks, or NULL */
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
