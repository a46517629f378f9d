/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a process that lets a VM run again if we cannot.
 */
#ifndef EXITSTAT_GUARD_H
#define EXITSTAT_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct guard - the process
 * @pid: its process id, 0 for none
 * @line: a socket; when it is closed, the guard knows that we have ended
 */
struct guard {
	pid_t pid;
	int line;
};

/*
 * From now on a process, the guard, calls @resume if this process ends, even by SIGKILL,
 * or if guard_end() is not called within @limit_ms.  @resume returns true if it has resumed
 * the VM.  Signals must be blocked, and stay blocked in the guard.  Returns false if the
 * guard cannot be started.
 */
bool guard_begin(struct guard *g, unsigned int limit_ms, bool (*resume)(void *data),
		 void *data);

/*
 * We are about to resume the VM.  Returns false if the guard already does so; it has then
 * ended, unless it takes longer than @limit_ms.  Otherwise it resumes the VM only if we end,
 * or do not call guard_end() within two times waits.stop.
 */
bool guard_yields(const struct guard *g, unsigned int limit_ms);

/* Whether the guard has resumed the VM after the limit: if it is stopped now, not by us. */
bool guard_has_resumed(const struct guard *g);

/*
 * @done: there is nothing left to resume; otherwise the guard resumes the VM.  Returns
 * false if the guard has already tried to, after the limit.
 */
bool guard_end(struct guard *g, bool done);

#endif /* EXITSTAT_GUARD_H */
