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
 * @pidfd: the same, as a descriptor
 * @qmp: connection to QMP, NULL for SIGSTOP
 * @stopped: it was we who stopped it
 * @guard: continues it if we end
 * @overdue: the guard did so last time, as it was stopped for too long
 * @mask: signals that were blocked before
 */
struct pauser {
	pid_t pid;
	int pidfd;
	struct qmp *qmp;
	bool stopped;
	struct guard guard;
	bool overdue;
	sigset_t mask;
};

/*
 * Find out how to stop @vm: by QMP at @qmp, or, if that is NULL, where its QEMU
 * listens, or by SIGSTOP.  The socket must be that of its process.  0, or EXIT_MISUSE after a sentence on stderr, or -ESRCH: @vm has
 * ended.
 */
int pauser_open(struct pauser *p, const struct vm *vm, const char *qmp);

void pauser_close(struct pauser *p);

/*
 * Stop the VM, unless it is stopped already, and wait until none of the @nr
 * threads @tids runs.  Signals are blocked until pause_end(), which must follow
 * whatever this returns, so that none leaves the VM stopped; if we are killed, or it is
 * not over within waits.paused, a process of its own continues the VM.  Nothing may be
 * printed meanwhile.  NULL, or what is wrong, a part of a sentence.
 */
const char *pause_begin(struct pauser *p, const pid_t *tids, unsigned int nr);
const char *pause_end(struct pauser *p);

#endif /* EXITSTAT_PAUSE_H */
