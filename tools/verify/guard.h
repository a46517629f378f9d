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
 * if guard_end() does not come within @limit_ms; it is true where that was done.  Signals
 * are blocked, and stay so in it.
 * False where it cannot be made.
 */
bool guard_begin(struct guard *g, unsigned int limit_ms, bool (*resume)(void *data),
		 void *data);

/* It has, as the limit was over, and who stops the VM from now on is somebody else. */
bool guard_has_resumed(const struct guard *g);

/*
 * @done: there is nothing to resume any more; otherwise the guard does it.  False where
 * it has tried to before, as the limit was over.
 */
bool guard_end(struct guard *g, bool done);

#endif /* EXITSTAT_GUARD_H */
