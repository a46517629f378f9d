/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: exact counts of kvm:kvm_exit by perf events, which count in the kernel and
 * lose no exit.
 */
#ifndef EXITSTAT_TRACEPOINT_H
#define EXITSTAT_TRACEPOINT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Size of a buffer for any filter */
#define FILTER_SIZE	512

/**
 * struct tracepoint - the events of one thread, a perf event group
 * @nr: number of events: one without a filter, and one for each reason
 * @fds: the events' descriptors
 */
struct tracepoint {
	unsigned int nr;
	int *fds;
};

/* The event filter that passes only exits of @reason. */
void tracepoint_filter(uint32_t isa, uint32_t reason, char *text, size_t size);

/* The tracepoint's number; 0, or EXIT_MISUSE after a sentence on stderr. */
int tracepoint_id(uint32_t *id);

/*
 * Start to count the exits of thread @tid: all, and those of each of @nr @reasons.  0, or
 * EXIT_MISUSE after a sentence on stderr, or -ESRCH if the thread has ended.
 */
int tracepoint_open(struct tracepoint *t, uint32_t id, uint32_t isa, pid_t tid,
		    const uint32_t *reasons, unsigned int nr);

/*
 * Read the counts one after the other: @values[0] is that of all exits, the others those
 * of the reasons.  When this returns, kvm-exitstat has counted each exit that an earlier
 * call has returned: see tracepoint.c.  -1 if a count cannot be read.
 */
int tracepoint_read(const struct tracepoint *t, uint64_t *values);

void tracepoint_close(struct tracepoint *t);

/*
 * Number of BPF programs on the tracepoint: one that returns 0 hides exits from events.
 * Also 0 if the kernel does not tell.
 */
unsigned int tracepoint_bpf_programs(const struct tracepoint *t);

#endif /* EXITSTAT_TRACEPOINT_H */
