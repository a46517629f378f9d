/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: stops a VM for a moment, by QMP or by SIGSTOP.
 */
#ifndef EXITSTAT_PAUSE_H
#define EXITSTAT_PAUSE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "verify/guard.h"

struct vm;

struct qmp;

/**
 * struct pauser - how a VM is stopped
 * @pid: its process
 * @pidfd: its process, as a pidfd
 * @qmp: connection to QMP, NULL for SIGSTOP
 * @stopped: we have stopped it
 * @guard: continues the VM if we end
 * @interrupted: a signal that ends us came before the VM had stopped last time
 * @overdue: the guard did so last time, because the VM was stopped for too long
 * @mask: signals that were blocked before
 */
struct pauser {
	pid_t pid;
	int pidfd;
	struct qmp *qmp;
	bool stopped;
	struct guard guard;
	bool interrupted;
	bool overdue;
	sigset_t mask;
};

/*
 * Find out how to stop @vm: by QMP at @qmp or, if that is NULL, at the socket where its
 * QEMU listens, or else by SIGSTOP.  @vm's process must listen at the socket.  0, or
 * EXIT_MISUSE after a sentence on stderr, or -ESRCH if @vm has ended or its process is not known.
 */
int pauser_open(struct pauser *p, const struct vm *vm, const char *qmp);

void pauser_close(struct pauser *p);

/*
 * Stop the VM, unless it is stopped already, and wait until none of the @nr threads @tids
 * runs.  Signals are blocked until pause_end(), so that none of them leaves the VM stopped.
 * Call pause_end() whatever this returns.  If we are killed, or the VM is stopped for
 * longer than waits.paused, the guard continues the VM.  Print nothing meanwhile.  NULL, or
 * what is wrong, a part of a sentence.
 */
const char *pause_begin(struct pauser *p, const pid_t *tids, unsigned int nr);
const char *pause_end(struct pauser *p);

#endif /* EXITSTAT_PAUSE_H */
