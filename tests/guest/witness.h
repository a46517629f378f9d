/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second, exact count of a vCPU's exits: perf events on the tracepoint kvm:kvm_exit of
 * the thread that runs the vCPU.  They count in the kernel and lose no exit, but each
 * event adds hundreds of instructions to an exit.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "counts.h"

/**
 * struct witness - the events of one thread
 * @isa: KVM_EXITSTAT_ISA_*
 * @total_fd: event of all exits
 * @fds: by slot, event of the slot's reason; -1 if none was opened
 */
struct witness {
	unsigned int isa;
	int total_fd;
	int fds[COUNTS_SLOTS];
};

/**
 * witness_open - start to count the exits of a thread
 * @isa: KVM_EXITSTAT_ISA_*
 * @tid: thread that runs the vCPU, 0 for the caller
 * @slot: count all exits and those of this slot; -1 for all slots
 * @why: gets what is wrong, one sentence without a full stop
 * @size: size of @why
 *
 * Counting is exact from here on if the thread is not in KVM_RUN meanwhile.
 * Raises RLIMIT_NOFILE to its hard limit.  Needs CAP_PERFMON and tracefs.
 */
bool witness_open(struct witness *w, unsigned int isa, pid_t tid, int slot,
		  char *why, size_t size);

/**
 * witness_read - the exits since witness_open()
 *
 * With all slots open, COUNTS_OTHER is the total minus the slots, which is
 * exact if the thread is not in KVM_RUN meanwhile; else it is 0.
 */
bool witness_read(const struct witness *w, struct counts *counts, char *why,
		  size_t size);

void witness_close(struct witness *w);

/**
 * witness_kprobe - count the calls of a kernel function that a thread makes
 * @function: its symbol
 *
 * Return: a descriptor for witness_count(), or -1 with @why.
 */
int witness_kprobe(const char *function, pid_t tid, char *why, size_t size);

/* Read an event's count; false with @why if it cannot be read. */
bool witness_count(int fd, uint64_t *count, char *why, size_t size);

#endif /* WITNESS_H */
