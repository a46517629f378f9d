/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the source debugfs, for root on the host.
 */
#ifndef EXITSTAT_SOURCE_SOURCE_DEBUGFS_H
#define EXITSTAT_SOURCE_SOURCE_DEBUGFS_H

#include "source/vm.h"

struct debugfs_file;

/**
 * source_debugfs_read - one consistent reading from KVM's debugfs
 * @vm: the VM; NULL for the host: all VMs since KVM was loaded
 * @vcpu: the vCPU; negative for the sum of all
 * @hist: also read the histogram of this reason, or of "total" or "other"; or NULL
 * @file: the result
 * @why: what is wrong
 *
 * Call vms_readable() before.  Waits for a VM that starts or ends, see vm_settles().
 * Returns 0, SOURCE_ENDED or SOURCE_FAILED.
 */
int source_debugfs_read(const struct vm *vm, int vcpu, const char *hist,
			struct debugfs_file *file, char *why);

/* The same for one VM of many; it does not wait, which would delay the others. */
int source_debugfs_try(const struct vm *vm, int vcpu, struct debugfs_file *file, char *why);

/* The path of @file of vCPU @vcpu of @vm, of @vm if @vcpu is negative, or of the host if @vm is NULL. */
void source_debugfs_path(char path[VM_PATH_SIZE], const struct vm *vm, int vcpu, const char *file);

/* Explains why @path, of the same, could not be read; SOURCE_ENDED or SOURCE_FAILED. */
int source_debugfs_not_read(const char *path, const struct vm *vm, int vcpu, int err, char *why);

#endif /* EXITSTAT_SOURCE_SOURCE_DEBUGFS_H */
