/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what may block for as long as another process pleases.
 */
#ifndef EXITSTAT_LIB_WITHIN_H
#define EXITSTAT_LIB_WITHIN_H

#include <stdbool.h>
#include <sys/types.h>

/* Owner of what belongs to no user. */
#define NO_OWNER	((uid_t)-1)

/**
 * struct job - what may block; the beginning of what it needs and gives
 * @path: what it does it with: one job has it at a time
 * @owner: who can make it block
 * @run: does it, in a thread
 * @drop: frees all of it, @path too
 * @next: of those left behind
 * @done: it has been done
 * @left: nobody waits for it any more
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
 * Have @job done, within @ms, or less the more of its owner have been left behind: one
 * user cannot take more than some seconds, nor anything from others.  False and errno
 * where that cannot be, ETIMEDOUT where it takes longer; @job is dropped then.  While one
 * goes on so, another with the same path gets the same answer at once.
 */
bool done_within(struct job *job, unsigned int ms);

#endif /* EXITSTAT_LIB_WITHIN_H */
