/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what is read on a host, and by what: debugfs or QMP.
 *
 * Functions here print nothing unless they say so: what is wrong is a sentence in
 * @why, which has WHY_SIZE bytes.
 */
#ifndef EXITSTAT_SOURCE_H
#define EXITSTAT_SOURCE_H

#include "debugfs.h"
#include "vm.h"

#define WHY_SIZE	1024

/* What a function returns besides EXIT_DONE, with a sentence in @why */
#define SOURCE_FAILED	EXIT_MISUSE
#define SOURCE_ENDED	(-1)	/* the VM is not there any more */

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

/* That what is chosen goes together; 0, or EXIT_MISUSE after a sentence on stderr. */
int target_check(const struct target *target);

/*
 * choose.c: whether this machine is a guest that can read itself and no host with VMs to
 * read; and whether list, top and export ask CPUID.  The one place of that rule, which
 * exitstat(1) describes.  At most one CPUID each.
 */
bool is_guest(cpuid_fn cpuid);
bool target_is_guest(const struct target *target, cpuid_fn cpuid);

/*
 * Whether this machine has VMs that can be read; 0, or EXIT_MISUSE after a sentence,
 * which tells a guest what it can have instead.
 */
int host_readable(cpuid_fn cpuid);

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

/**
 * source_debugfs_read - one consistent reading from KVM's debugfs
 * @vm: of this VM, NULL for the host: all VMs since KVM was loaded
 * @vcpu: of this vCPU, or of the sum of all where it is negative
 * @hist: reason whose histogram to read too, or "total" or "other"; or NULL
 * @file: what was read
 * @why: what is wrong
 *
 * vms_readable() has been asked before.  0, SOURCE_ENDED or SOURCE_FAILED.
 */
int source_debugfs_read(const struct vm *vm, int vcpu, const char *hist,
			struct debugfs_file *file, char *why);

/* A QEMU at the other end of a QMP socket. */
struct source_qmp;

/**
 * struct qmp_vcpu - one of its vCPUs
 * @reading: what debugfs would say.  Histograms are not there.
 * @vcpu: KVM's vcpu_id
 */
struct qmp_vcpu {
	struct reading reading;
	uint32_t vcpu;
};

/*
 * Connect to the QEMU at @path and see that it can tell.  0 or SOURCE_FAILED,
 * with nothing to close then.
 */
int source_qmp_open(struct source_qmp **source, const char *path, char *why);

/*
 * Read all vCPUs, or the one of number @vcpu where that is not negative, each
 * consistent in itself, in ascending order into an array to be freed.  0,
 * SOURCE_ENDED or SOURCE_FAILED, after which @source can only be closed.
 */
int source_qmp_read(struct source_qmp *source, int vcpu, struct qmp_vcpu **vcpus,
		    unsigned int *nr, char *why);

/* QEMU's name of the VM, "" where it has none; valid until close. */
const char *source_qmp_name(const struct source_qmp *source);

void source_qmp_close(struct source_qmp *source);

/* sum.c: begins a sum over vCPUs, and adds one to it. */
void sum_begin(struct reading *sum);
void sum_add(struct reading *sum, const struct reading *r);

/**
 * struct source - readings of one target, one after another
 * @target: what it was opened for
 * @cpuid: nothing was chosen: CPUID, in a guest
 * @own_vcpu: then the vCPU that asks alone
 * @vm: the VM; of @qmp only its name
 * @subject: the same for a view
 * @qmp: by QMP; NULL: by debugfs
 */
struct source {
	struct target target;
	cpuid_fn cpuid;
	bool own_vcpu;
	struct vm vm;
	struct subject subject;
	struct source_qmp *qmp;
};

/* 0, or EXIT_MISUSE after a sentence on stderr and nothing to close. */
int source_open(struct source *source, const struct target *target,
		cpuid_fn cpuid, bool own_vcpu);

/*
 * One reading.  0; EXIT_MISUSE after a sentence on stderr; or SOURCE_ENDED, with
 * the sentence in @why only.
 */
int source_read(struct source *source, const char *hist, struct reading *r,
		char *why);

/* What it reads, for a view; NULL in a guest and of the whole host. */
const struct subject *source_subject(const struct source *source);

void source_close(struct source *source);

#endif /* EXITSTAT_SOURCE_H */
