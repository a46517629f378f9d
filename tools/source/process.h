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

/*
 * Whether the process may have a VM: it has a descriptor of a VM or of a vCPU, or we may
 * not see its descriptors.  False if none of them is found before @until, by now_ms().
 */
bool process_may_have_vm(pid_t pid, uint64_t until);

/* The same for its descriptor @fd alone, which would be a VM's. */
bool process_may_have_vm_at(pid_t pid, int fd);

/*
 * The only process whose descriptor @fd is a VM, while no folder in KVM's debugfs is named
 * after one of its threads and @fd; 0 if there is none, or more than one, or if the search does
 * not end before @until.
 */
pid_t process_with_vm_at(int fd, uint64_t until);

#endif /* EXITSTAT_SOURCE_PROCESS_H */
