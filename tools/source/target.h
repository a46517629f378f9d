/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: which VM is meant.
 */
#ifndef EXITSTAT_SOURCE_TARGET_H
#define EXITSTAT_SOURCE_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "source/vm.h"

/**
 * struct target - what options choose; zero-initialised: nothing
 * @pid: --pid: VMs of this process
 * @name: --vm: QEMU's name of the VM, or its folder in debugfs
 * @qmp: --qmp: path of a QMP socket
 * @host: --host: all VMs since KVM was loaded
 * @guest: --guest: the VM that this runs in, by CPUID
 * @one_vcpu: --vcpu: of the VM, only
 * @vcpu: this one, KVM's number
 */
struct target {
	pid_t pid;
	const char *name;
	const char *qmp;
	bool host;
	bool guest;
	bool one_vcpu;
	uint32_t vcpu;
};

/* For getopt_long(): struct option, and what optstring needs. */
#define TARGET_OPTIONS							\
	{ "pid", required_argument, NULL, 'p' },			\
	{ "vm", required_argument, NULL, TARGET_VM },			\
	{ "qmp", required_argument, NULL, TARGET_QMP }
#define TARGET_VCPU_OPTION						\
	{ "vcpu", required_argument, NULL, TARGET_VCPU }
#define TARGET_HOST_OPTION						\
	{ "host", no_argument, NULL, 'a' }
#define TARGET_GUEST_OPTION						\
	{ "guest", no_argument, NULL, TARGET_GUEST }

enum { TARGET_VM = 1024, TARGET_QMP, TARGET_VCPU, TARGET_GUEST };

/*
 * One option as getopt_long() returned it; false where it is none of a target.
 * @ret: 0, or EXIT_MISUSE after a sentence on stderr.
 */
bool target_option(struct target *target, int c, const char *arg, int *ret);

/* Whether a VM of this host is chosen, or all: the host is asked, not CPUID. */
bool target_given(const struct target *target);

/* That what is chosen goes together; 0, or EXIT_MISUSE with a sentence in @why. */
int target_check(const struct target *target, char *why);

/*
 * The VMs that @target fits by @pid or @name, all where it has neither: an array
 * to be freed, and their number, which may be 0; -1 without memory.
 */
int target_vms(const struct target *target, struct vm **vms);

/* The one VM that @target fits; or SOURCE_FAILED: there is none, or several. */
int target_vm(const struct target *target, struct vm *vm, char *why);

/* How sentences name a VM: "VM 'web1' (process 4711)" */
#define VM_LABEL_SIZE	(VM_NAME_SIZE + VM_DIR_SIZE + 64)
void vm_label(char label[VM_LABEL_SIZE], const struct vm *vm);

#endif /* EXITSTAT_SOURCE_TARGET_H */
