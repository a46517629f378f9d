/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: time limits for calls that another process may make block.
 */
#ifndef EXITSTAT_LIB_WITHIN_H
#define EXITSTAT_LIB_WITHIN_H

#include <stdbool.h>
#include <sys/types.h>

/* Owner of a job that no user can make block. */
#define NO_OWNER	((uid_t)-1)

/**
 * struct job - a call that may block; the first field of a struct with its arguments
 * @path: the file it uses; only one job at a time uses a file
 * @owner: the user who can make it block
 * @run: makes the call, in a thread
 * @drop: frees the whole struct, including @path
 * @next: the next job that was left behind
 * @done: the call has returned
 * @left: left behind: nobody waits for it any more
 */
struct job {
	char *path;
	uid_t owner;
	void (*run)(struct job *job);
	void (*drop)(struct job *job);
	struct job *next;
	bool done;
	bool left;
};

/*
 * Run @job within @ms.  The limit shrinks with the number of the owner's jobs that have
 * been left behind, so that one user costs some seconds at most and takes nothing from
 * other users.  Returns false with errno if the job cannot be run, ETIMEDOUT if it takes
 * longer; @job is dropped then.  While a job is left behind, others with the same path fail
 * at once.
 */
bool done_within(struct job *job, unsigned int ms);

#endif /* EXITSTAT_LIB_WITHIN_H */
