/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: starts the command that the comparison lasts for.
 */
#ifndef EXITSTAT_COMMAND_H
#define EXITSTAT_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/**
 * struct surroundings - what we have changed for ourselves, and a program gets back
 * @mask: blocked signals
 * @limit: limit of file descriptors
 */
struct surroundings {
	sigset_t mask;
	struct rlimit limit;
};

/* In a child that becomes another program: undo what we have changed. */
void surroundings_restore(const struct surroundings *surroundings);

/*
 * Start @command, and wait until its file has been loaded, for waits.command at most.  Signals
 * are blocked; one that should end us ends the wait.  Its process; or 0, and a sentence in @why.
 */
pid_t command_start(char **command, const struct surroundings *surroundings, char *why);

/* Whether the child @pid, which is not reaped, ends within @ms. */
bool ends_within(pid_t pid, unsigned int ms);

/* End the child @pid by SIGKILL, and reap it unless the kernel holds it. */
void kill_child(pid_t pid, int *status);

#endif /* EXITSTAT_COMMAND_H */
