/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: which process has a VM.
 */
#ifndef EXITSTAT_SOURCE_VM_PROCESS_H
#define EXITSTAT_SOURCE_VM_PROCESS_H

struct vm;

/*
 * Set @pid, @fd and @unsearched of the @nr VMs @vms, which are all that exist.  This takes
 * waits.makers at most, and a VM whose search takes long takes no time from those that are
 * found with less.  Returns -1 if memory ran out.
 */
int vms_find_processes(struct vm *vms, int nr);

#endif /* EXITSTAT_SOURCE_VM_PROCESS_H */
