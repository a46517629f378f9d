/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: which VM is meant.
 */
#ifndef EXITSTAT_SOURCE_TARGET_H
#define EXITSTAT_SOURCE_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/options.h"
#include "source/vm.h"

/**
 * struct target - what options choose; all zero: nothing
 * @pid: --pid: VMs of this process
 * @name: --vm: QEMU's name for the VM, or its folder in debugfs
 * @qmp: --qmp: path of a QMP socket
 * @host: --host: all VMs since KVM was loaded
 * @guest: --guest: the VM that exitstat runs in, by CPUID
 * @one_vcpu: --vcpu: only vCPU @vcpu
 * @vcpu: KVM's number of that vCPU
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

int target_pid(const struct opt *opt, const char *arg, void *target);
int target_name(const struct opt *opt, const char *arg, void *target);
int target_qmp(const struct opt *opt, const char *arg, void *target);
int target_vcpu(const struct opt *opt, const char *arg, void *target);
int target_host(const struct opt *opt, const char *arg, void *target);
int target_guest(const struct opt *opt, const char *arg, void *target);

/* For a table of options: the place of the struct target that they set. */
#define TARGET_IN(type, field)	.at = FIELD_AT(type, field, struct target)

#define TARGET_PID_OPTION(...)							\
	{ 'p', "pid", "PID", "the VM of this process, by debugfs, as root",	\
	  .by = BY_PIDS, .set = target_pid, __VA_ARGS__ }
#define TARGET_VM_OPTION(...)							\
	{ 0, "vm", "NAME", "the VM of this name (QEMU's -name), or of this folder in debugfs, PID-FD", \
	  .by = BY_VMS, .set = target_name, __VA_ARGS__ }
#define TARGET_QMP_OPTION(...)							\
	{ 0, "qmp", "PATH", "the VM whose QEMU listens at this QMP socket; needs no root", \
	  .by = BY_FILES, .set = target_qmp, __VA_ARGS__ }
#define TARGET_VCPU_OPTION(...)							\
	{ 0, "vcpu", "N", "only this vCPU of the VM; N is KVM's number, as in the folder vcpuN in debugfs", \
	  .set = target_vcpu, __VA_ARGS__ }
#define TARGET_HOST_OPTION(...)							\
	{ 'a', "host", .help = "all VMs since kvm was loaded, including those that have ended",	\
	  .set = target_host, __VA_ARGS__ }

#define TARGET_GUEST_OPTION(...)						\
	{ 0, "guest", .help = "this VM, even if this machine is also a host",	\
	  .set = target_guest, __VA_ARGS__ }

/* The options that choose one VM */
#define TARGET_OPTIONS(...)							\
	TARGET_PID_OPTION(__VA_ARGS__),						\
	TARGET_VM_OPTION(__VA_ARGS__),						\
	TARGET_QMP_OPTION(__VA_ARGS__)

/* Whether options choose VMs of this host, so that CPUID is not used. */
bool target_given(const struct target *target);

/* Check that the options may be combined; 0, or EXIT_MISUSE with a sentence in @why. */
int target_check(const struct target *target, char *why);

/* Whether @vm has @target's @pid or @name; true if @target has neither. */
bool target_fits(const struct target *target, const struct vm *vm);

/*
 * The VMs that fit @target, in an array that the caller frees.  Returns their number,
 * which may be 0; -1 if memory ran out.
 */
int target_vms(const struct target *target, struct vm **vms);

/* The only VM that fits @target; SOURCE_FAILED if there is none, or more than one. */
int target_vm(const struct target *target, struct vm *vm, char *why);

/* How sentences name a VM: "VM 'web1' (process 4711)" */
#define VM_LABEL_SIZE	(VM_NAME_SIZE + VM_DIR_SIZE + 64)
void vm_label(char label[VM_LABEL_SIZE], const struct vm *vm);

#endif /* EXITSTAT_SOURCE_TARGET_H */
