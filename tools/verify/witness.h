/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: witnesses, programs that count the same exits by other means.
 * docs/crosscheck.md describes their output.
 */
#ifndef EXITSTAT_WITNESS_H
#define EXITSTAT_WITNESS_H

#include <asm/kvm_exitstat.h>
#include <sys/types.h>

#include "model/reading.h"
#include "verify/command.h"

/* Rows of a tally or a witness: reasons as in a reading, then ROW_OTHER */
#define NR_TALLY	(MAX_ROWS + 1)

#define WITNESS_NAME	13		/* bytes, with the 0 */

/**
 * struct witness_row - what a witness prints for a reason
 * @seen: it prints something
 * @exits: number of exits, or of the entries that follow exits
 * @has_ns: @ns is known
 * @ns: time from exits to the entries after them
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
 * @command: a shell command
 * @pid: its process, 0 if it does not run
 * @out: its standard output
 * @text: its output so far; @length bytes
 * @name: the name that it prints for itself
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

/*
 * Start the witness for the VMM @pid, and wait until it is counting, or until @until, in
 * ms.  Signals are blocked; one that should end us ends the wait.  NULL, or what is wrong,
 * a part of a sentence.
 */
const char *witness_start(struct witness *w, pid_t pid,
			  const struct surroundings *surroundings, uint64_t until);

/* End the witness before @until, and read its counts.  NULL, or what is wrong. */
const char *witness_end(struct witness *w, uint32_t isa, uint64_t until);

/* End the witness in any case, by SIGKILL if needed. */
void witness_kill(struct witness *w);

/* Parse @text, which is modified.  NULL, or what is wrong with it. */
const char *witness_parse(struct witness *w, uint32_t isa, char *text);

#endif /* EXITSTAT_WITNESS_H */
