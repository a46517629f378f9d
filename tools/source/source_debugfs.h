/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the source debugfs, for root on the host.
 */
#ifndef EXITSTAT_SOURCE_SOURCE_DEBUGFS_H
#define EXITSTAT_SOURCE_SOURCE_DEBUGFS_H

struct debugfs_file;
struct vm;

/**
 * source_debugfs_read - one consistent reading from KVM's debugfs
 * @vm: of this VM, NULL for the host: all VMs since KVM was loaded
 * @vcpu: of this vCPU, or of the sum of all where it is negative
 * @hist: reason whose histogram to read too, or "total" or "other"; or NULL
 * @file: what was read
 * @why: what is wrong
 *
 * vms_readable() has been asked before.  0, SOURCE_ENDED or SOURCE_FAILED.  A VM that comes
 * or goes is waited for, as vm_settles() does.
 */
int source_debugfs_read(const struct vm *vm, int vcpu, const char *hist,
			struct debugfs_file *file, char *why);

/* The same of one VM of many, which does not make the others wait. */
int source_debugfs_try(const struct vm *vm, int vcpu, struct debugfs_file *file, char *why);

#endif /* EXITSTAT_SOURCE_SOURCE_DEBUGFS_H */
