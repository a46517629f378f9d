/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the processes of VMs, as /proc shows them.
 */
#ifndef EXITSTAT_SOURCE_PROCESS_H
#define EXITSTAT_SOURCE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The process of a thread, or 0. */
pid_t process_of(pid_t tid);

/* The arguments of a process, @size bytes, which the caller frees; NULL, also if reading blocks. */
char *process_args(pid_t pid, size_t *size);

/* Whether the process has a VM as its descriptor @fd; or has, or we may not see that. */
bool process_has_vm_at(pid_t pid, int fd);
bool process_may_have_vm_at(pid_t pid, int fd);

/* The same, of a VM or a vCPU. */
bool process_may_have_vm_or_vcpu_at(pid_t pid, int fd);

/**
 * struct effort - how long a search may go on
 * @steps: how many numbers of descriptors, or vCPUs, it may still look at; 0 if it had to stop
 * @until: the latest time, by now_ms()
 */
struct effort {
	unsigned int steps;
	uint64_t until;
};

/* Whether one more step may be made. */
bool effort_spend(struct effort *effort);

/*
 * The number of a descriptor of a VM or a vCPU that the process has, or -1.  If we may not
 * see its descriptors, it may be any: the number of the first.
 */
int process_search(pid_t pid, struct effort *effort);

#endif /* EXITSTAT_SOURCE_PROCESS_H */
