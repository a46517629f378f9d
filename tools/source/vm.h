/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the VMs of this host, as KVM's debugfs and /proc show them.
 */
#ifndef EXITSTAT_VM_H
#define EXITSTAT_VM_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/sizes.h"

#define KVM_DEBUGFS	"/sys/kernel/debug/kvm"
/* Parameters of the module kvm that any user may see. */
#define KVM_PARAMETER	"/sys/module/kvm/parameters/exitstat"
#define KEYS_PARAMETER	KVM_PARAMETER "_keys"

#define VM_DIR_SIZE	64
#define VM_PATH_SIZE	192

/**
 * struct vm - a VM
 * @dir: its folder in KVM's debugfs, PID-FD
 * @pid: its process, 0 if unknown
 * @fd: a descriptor of the process that may be this VM or one of its vCPUs
 * @unsearched: the search for the process did not end within waits.makers
 * @name: QEMU's or another VMM's name for it, "" if it has none; a longer name is cut
 *	between two characters
 */
struct vm {
	char dir[VM_DIR_SIZE];
	pid_t pid;
	int fd;
	bool unsearched;
	char name[VM_NAME_SIZE];
};

/* Whether this machine has a KVM with kvm-exitstat. */
bool kvm_has_exitstat(void);

/* Whether KVM keeps exits by their key: 1 or 0; -1 if it cannot. */
int kvm_keeps_keys(void);

/* Whether KVM's debugfs can be read; 0, or EXIT_MISUSE with a sentence in @why. */
int vms_readable(char *why);

/* All VMs, in an array that the caller frees; their number, or -1 if memory ran out. */
int vms_list(struct vm **vms);

bool vm_exists(const struct vm *vm);

/*
 * KVM creates a VM's files after its folder, and removes them before the folder.  If the
 * file @path is missing, or if @path is NULL, this waits until it is there or the VM has
 * ended, for waits.folder at most; false if the VM has ended.
 */
bool vm_settles(const struct vm *vm, const char *path);

/* Numbers of the vCPUs, ascending, in an array that the caller frees; returns as vms_list(). */
int vm_vcpus(const struct vm *vm, unsigned int **vcpus);

/* Path of @file of vCPU @vcpu, or of the VM if @vcpu is negative. */
void vm_path(char path[VM_PATH_SIZE], const struct vm *vm, int vcpu,
	     const char *file);

/*
 * The thread that runs a vCPU: from KVM, or else from the names that QEMU gives
 * its threads.  0 if the vCPU has not run yet, -1 if neither source tells.
 */
pid_t vm_thread(const struct vm *vm, unsigned int vcpu);

/* Whether KVM names @tid as the thread that last ran more than one vCPU, of any VMs. */
bool thread_runs_several(pid_t tid);

/*
 * From the arguments of a QEMU, @size bytes, each ended by a NUL: its name; the path of a
 * UNIX socket at which it listens for QMP.  False if there is none.
 */
bool qemu_name(const char *args, size_t size, char name[VM_NAME_SIZE]);
bool qemu_qmp(const char *args, size_t size, char path[PATH_MAX]);

/* The path at which the QEMU of @vm listens for QMP, as seen from this process. */
#define VM_QMP_SIZE	(PATH_MAX + 32)
bool vm_qmp(const struct vm *vm, char path[VM_QMP_SIZE]);

/* The state of a thread, as in /proc/PID/stat; 0 if there is no such thread. */
char thread_state(pid_t pid, pid_t tid);

#endif /* EXITSTAT_VM_H */
