/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: exact counts of kvm:kvm_exit by perf events, which count in the
 * kernel and lose nothing.
 */
#ifndef EXITSTAT_TRACEPOINT_H
#define EXITSTAT_TRACEPOINT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Size of a text that holds any filter. */
#define FILTER_SIZE	512

/**
 * struct tracepoint - the events of one thread, a perf event group
 * @nr: number of events: one without a filter, and one for each reason
 * @fds: of each event
 */
struct tracepoint {
	unsigned int nr;
	int *fds;
};

/* The event filter that lets exits of @reason alone pass. */
void tracepoint_filter(uint32_t isa, uint32_t reason, char *text, size_t size);

/* The tracepoint's number; 0, or EXIT_MISUSE after a sentence on stderr. */
int tracepoint_id(uint32_t *id);

/*
 * Count the exits of the thread @tid from some moment on: all, and those of each
 * of @nr @reasons.  0, or EXIT_MISUSE after a sentence on stderr, or -ESRCH: the
 * thread has ended.
 */
int tracepoint_open(struct tracepoint *t, uint32_t id, uint32_t isa, pid_t tid,
		    const uint32_t *reasons, unsigned int nr);

/*
 * The counts, one after the other: @values[0] of all exits, then those of the
 * reasons.  When it returns, each exit that an earlier call has counted is also
 * counted by whatever counts later in the hook, see tracepoint.c.  -1 where a
 * count cannot be read.
 */
int tracepoint_read(const struct tracepoint *t, uint64_t *values);

void tracepoint_close(struct tracepoint *t);

/*
 * BPF programs on the tracepoint.  One that returns 0 hides exits from events.
 * 0 also where the kernel does not tell.
 */
unsigned int tracepoint_bpf_programs(const struct tracepoint *t);

#endif /* EXITSTAT_TRACEPOINT_H */
