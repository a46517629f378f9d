// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the source debugfs, for root on the host.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/message.h"
#include "source/debugfs.h"
#include "source/source_debugfs.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/why.h"

/* For a sentence: "0, 1, 2 and 5 more" */
static void list_vcpus(char *text, size_t size, const struct vm *vm)
{
	const int most = 8;
	unsigned int *vcpus;
	const int nr = vm_vcpus(vm, &vcpus);
	size_t n = 0;
	int i;

	snprintf(text, size, "none");
	for (i = 0; i < nr && i < most && n < size; i++)
		n += snprintf(text + n, size - n, "%s%u", i ? ", " : "", vcpus[i]);
	if (nr > most && n < size)
		snprintf(text + n, size - n, " and %d more", nr - most);
	free(vcpus);
}

/* Explain why a file of a VM that has not ended is missing or cannot be read. */
static void explain_vm(const char *path, const struct vm *vm, int vcpu, int err, char *why)
{
	char label[VM_LABEL_SIZE], list[128], folder[VM_PATH_SIZE];

	vm_label(label, vm);
	vm_path(folder, vm, vcpu, "");
	if (err == ENOENT && vcpu >= 0 && !file_exists(folder)) {
		list_vcpus(list, sizeof(list), vm);
		snprintf(why, WHY_SIZE, "%s has no vCPU %d; it has %s", label, vcpu, list);
	} else if (err == ENOENT) {
		snprintf(why, WHY_SIZE, "%s has no file %s: KVM is just making it, had no memory for it, or that folder is not KVM's; try again, and restart the VM if that does not help",
			 label, path);
	} else {
		snprintf(why, WHY_SIZE, "cannot read %s of %s: %s", path, label, strerror(err));
	}
}

static void explain_host(const char *path, int err, char *why)
{
	if (err == ENOENT)
		snprintf(why, WHY_SIZE, "there is no file %s, so this KVM has no kvm-exitstat, or an older one; load its modules, and restart the VMs",
			 path);
	else
		snprintf(why, WHY_SIZE, "cannot read %s: %s", path, strerror(err));
}

int source_debugfs_not_read(const char *path, const struct vm *vm, int vcpu, int err,
			    char *why)
{
	char label[VM_LABEL_SIZE];

	if (!vm) {
		explain_host(path, err, why);
		return SOURCE_FAILED;
	}
	if (vm_exists(vm)) {
		explain_vm(path, vm, vcpu, err, why);
		return SOURCE_FAILED;
	}
	vm_label(label, vm);
	snprintf(why, WHY_SIZE, "%s has ended", label);
	return SOURCE_ENDED;
}

void source_debugfs_path(char path[VM_PATH_SIZE], const struct vm *vm, int vcpu, const char *file)
{
	if (vm)
		vm_path(path, vm, vcpu, file);
	else
		snprintf(path, VM_PATH_SIZE, KVM_DEBUGFS "-%s", file);
}

/* @patient: wait for a VM that starts or ends. */
static int read_vm(const struct vm *vm, int vcpu, const char *hist,
		   struct debugfs_file *file, bool patient, char *why)
{
	char path[VM_PATH_SIZE];
	int ret;

	source_debugfs_path(path, vm, vcpu, "exitstat");
	ret = debugfs_read(path, hist, file, why, WHY_SIZE);
	if (ret < 0 && vm && patient && vm_settles(vm, path))
		ret = debugfs_read(path, hist, file, why, WHY_SIZE);
	if (ret < 0)
		return source_debugfs_not_read(path, vm, vcpu, -ret, why);
	file->reading.host = !vm;
	return ret ? SOURCE_FAILED : EXIT_DONE;
}

int source_debugfs_read(const struct vm *vm, int vcpu, const char *hist,
			struct debugfs_file *file, char *why)
{
	return read_vm(vm, vcpu, hist, file, true, why);
}

int source_debugfs_try(const struct vm *vm, int vcpu, struct debugfs_file *file, char *why)
{
	return read_vm(vm, vcpu, NULL, file, false, why);
}
