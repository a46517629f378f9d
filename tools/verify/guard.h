/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a process that lets a VM run again where we cannot.
 */
#ifndef EXITSTAT_GUARD_H
#define EXITSTAT_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct guard - the process
 * @pid: its number, 0 for none
 * @line: a socket; its end there is that we are gone
 */
struct guard {
	pid_t pid;
	int line;
};

/*
 * From now on a process of its own calls @resume if this one ends, SIGKILL included, or
 * if guard_end() does not come within @limit_ms.  Signals are blocked, and stay so in it.
 * False where it cannot be made.
 */
bool guard_begin(struct guard *g, unsigned int limit_ms, void (*resume)(void *data),
		 void *data);

/*
 * @done: there is nothing to resume any more; otherwise the guard does it.  False where
 * it has done so before, as the limit was over.
 */
bool guard_end(struct guard *g, bool done);

#endif /* EXITSTAT_GUARD_H */
