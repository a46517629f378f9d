/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: programs that count the same exits by means of their own.
 * docs/crosscheck.md has what they print.
 */
#ifndef EXITSTAT_WITNESS_H
#define EXITSTAT_WITNESS_H

#include <asm/kvm_exitstat.h>
#include <signal.h>
#include <sys/resource.h>

#include "model/reading.h"

/* Rows of a tally or a witness: of reasons as in a reading, then ROW_OTHER */
#define NR_TALLY	(MAX_ROWS + 1)

#define WITNESS_NAME	13		/* bytes, with the 0 */

/**
 * struct witness_row - what a witness says of a reason
 * @seen: it says something
 * @exits: number of exits, or of entries after one
 * @has_ns: @ns is known
 * @ns: from exits to the entries after them
 * @has_accounts: @account is known
 * @account: ns by KVM_EXITSTAT_V_*, KERNEL to BLOCK
 */
struct witness_row {
	bool seen;
	uint64_t exits;
	bool has_ns;
	uint64_t ns;
	bool has_accounts;
	uint64_t account[KVM_EXITSTAT_V_BLOCK + 1];
};

/**
 * struct witness - a program that counts exits
 * @command: as a shell takes it
 * @pid: its process, 0 where it does not run
 * @out: its standard output
 * @text: what it has printed so far; @length bytes
 * @name: what it calls itself
 * @entries: it counts the entries that follow exits
 * @lost: number of events that it has lost
 * @rows: by reason; ROW_OTHER last
 * @total: sum of their exits
 */
struct witness {
	const char *command;
	pid_t pid;
	int out;
	char *text;
	size_t length;
	char name[WITNESS_NAME];
	bool entries;
	uint64_t lost;
	struct witness_row rows[NR_TALLY];
	uint64_t total;
};

/**
 * struct surroundings - what a program gets back that we have changed for us
 * @mask: blocked signals
 * @limit: of file descriptors
 */
struct surroundings {
	sigset_t mask;
	struct rlimit limit;
};

/*
 * Start it for the VMM @pid, and wait until it counts, or until @until, in ms.  Signals
 * are blocked; one that is to end us ends the wait.  NULL, or what is wrong, a part of a
 * sentence.
 */
const char *witness_start(struct witness *w, pid_t pid,
			  const struct surroundings *surroundings, uint64_t until);

/* Have it end before @until, and read what it has counted.  NULL, or what is wrong. */
const char *witness_end(struct witness *w, uint32_t isa, uint64_t until);

/* Whatever it does, it is gone after this. */
void witness_kill(struct witness *w);

/* @text is cut up.  NULL, or what is wrong with it. */
const char *witness_parse(struct witness *w, uint32_t isa, char *text);

#endif /* EXITSTAT_WITNESS_H */
