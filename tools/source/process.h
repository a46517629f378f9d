/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the processes of VMs, as /proc shows them.
 */
#ifndef EXITSTAT_SOURCE_PROCESS_H
#define EXITSTAT_SOURCE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The process of a thread, or 0. */
pid_t process_of(pid_t tid);

/* The arguments of a process, to be freed, of @size bytes; NULL, also where it blocks. */
char *process_args(pid_t pid, size_t *size);

/*
 * Whether it can have a VM: it has a descriptor of a VM or of a vCPU, or what it has may
 * not be seen.
 */
bool process_may_have_vm(pid_t pid);

/* The same of the descriptor @fd alone, which is that of a VM. */
bool process_may_have_vm_at(pid_t pid, int fd);

/*
 * The one process of which the descriptor @fd is a VM's, and no folder in KVM's debugfs
 * is named after one of its threads and @fd; 0 where there is none, or several.
 */
pid_t process_with_vm_at(int fd);

#endif /* EXITSTAT_SOURCE_PROCESS_H */
