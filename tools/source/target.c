// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: which VM is meant.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/message.h"
#include "lib/options.h"
#include "lib/text.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/why.h"

#define MOST_LISTED	4

int target_pid(const struct opt *opt, const char *arg, void *target)
{
	return set_pid(opt, arg, &((struct target *)target)->pid);
}

int target_name(const struct opt *opt, const char *arg, void *target)
{
	return set_text(opt, arg, &((struct target *)target)->name);
}

int target_qmp(const struct opt *opt, const char *arg, void *target)
{
	return set_text(opt, arg, &((struct target *)target)->qmp);
}

int target_host(const struct opt *opt, const char *arg, void *target)
{
	return set_flag(opt, arg, &((struct target *)target)->host);
}

int target_guest(const struct opt *opt, const char *arg, void *target)
{
	return set_flag(opt, arg, &((struct target *)target)->guest);
}

int target_vcpu(const struct opt *opt, const char *arg, void *to)
{
	struct target *target = to;

	target->one_vcpu = true;
	return set_index(opt, arg, &target->vcpu);
}

bool target_given(const struct target *target)
{
	return target->pid || target->name || target->qmp || target->host ||
	       target->one_vcpu;
}

int target_check(const struct target *target, char *why)
{
	const unsigned int ways = !!target->pid + !!target->name +
				  !!target->qmp + target->host + target->guest;

	/* An empty name would choose VMs that have no name. */
	if (target->name && !*target->name)
		return explain(why, "--vm is '': give the VM's name, or its folder PID-FD; 'exitstat list' shows both");
	if (ways > 1)
		return explain(why, "give only one of -p, --vm, --qmp, --host and --guest: each of them chooses what is read");
	if (target->one_vcpu && (!ways || target->host || target->guest))
		return explain(why, "--vcpu needs one VM: choose it by -p PID, --vm NAME or --qmp PATH; in a guest, CPUID shows all vCPUs together or the one that asks: taskset -c N exitstat show --own-vcpu");
	return EXIT_DONE;
}

void vm_label(char label[VM_LABEL_SIZE], const struct vm *vm)
{
	char *name = printable(vm->name);

	if (name && *name)
		snprintf(label, VM_LABEL_SIZE, "VM '%.*s' (process %d)",
			 VM_NAME_SIZE, name, vm->pid);
	else if (vm->pid)
		snprintf(label, VM_LABEL_SIZE, "the VM of process %d", vm->pid);
	else
		snprintf(label, VM_LABEL_SIZE, "the VM %s", vm->dir);
	free(name);
}

static bool is_folder(const char *name)
{
	struct vm vm = {};

	if (!*name || name[strspn(name, "0123456789-")] || strlen(name) >= sizeof(vm.dir))
		return false;
	strcpy(vm.dir, name);
	return vm_exists(&vm);
}

/* A VMM may give its VM the name of another VM's folder. */
static bool is_called(const struct vm *vm, const char *name)
{
	return !strcmp(vm->dir, name) || (!strcmp(vm->name, name) && !is_folder(name));
}

bool target_fits(const struct target *target, const struct vm *vm)
{
	return (!target->pid || vm->pid == target->pid) &&
	       (!target->name || is_called(vm, target->name));
}

int target_vms(const struct target *target, struct vm **vms)
{
	const int all = vms_list(vms);
	int i, nr = 0;

	for (i = 0; i < all; i++)
		if (target_fits(target, &(*vms)[i]))
			(*vms)[nr++] = (*vms)[i];
	return all < 0 ? all : nr;
}

/* Some of the VMs, for a sentence: name and folder. */
static void list_vms(char *text, size_t size, const struct vm *vms, int nr)
{
	size_t n = 0;
	char *name;
	int i;

	text[0] = '\0';
	for (i = 0; i < nr && i < MOST_LISTED && n < size; i++) {
		name = printable(vms[i].name);
		n += snprintf(text + n, size - n, "%s%.64s%s%s", i ? ", " : "",
			      name ?: "", vms[i].name[0] ? " " : "", vms[i].dir);
		free(name);
	}
	if (nr > MOST_LISTED && n < size)
		snprintf(text + n, size - n, " and %d more", nr - MOST_LISTED);
}

static bool one_is_unsearched(const struct vm *vms, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		if (vms[i].unsearched)
			return true;
	return false;
}

static int no_such_vm(const struct target *target, char *why)
{
	char list[MOST_LISTED * (64 + VM_DIR_SIZE) + 32];
	struct vm *vms;
	const int nr = vms_list(&vms);
	const char *unsearched = one_is_unsearched(vms, nr) ?
		"; a process with too many file descriptors to search was not found in time: choose its VM by the folder" : "";

	list_vms(list, sizeof(list), vms, nr);
	free(vms);
	if (nr <= 0)
		snprintf(why, WHY_SIZE, "no VM runs on this host");
	else if (target->name)
		snprintf(why, WHY_SIZE, "no VM is named '%.128s' (QEMU's option -name, or the folder PID-FD in " KVM_DEBUGFS "); there are: %s%s",
			 target->name, list, unsearched);
	else
		snprintf(why, WHY_SIZE, "process %d has no VM; there are: %s%s",
			 target->pid, list, unsearched);
	return SOURCE_FAILED;
}

int target_vm(const struct target *target, struct vm *vm, char *why)
{
	char list[MOST_LISTED * (64 + VM_DIR_SIZE) + 32];
	struct vm *vms;
	const int nr = target_vms(target, &vms);

	if (nr == 1)
		*vm = vms[0];
	list_vms(list, sizeof(list), vms, nr);
	free(vms);
	if (nr < 0) {
		snprintf(why, WHY_SIZE, "out of memory");
		return SOURCE_FAILED;
	}
	if (!nr)
		return no_such_vm(target, why);
	if (nr == 1)
		return EXIT_DONE;
	if (target->name)
		snprintf(why, WHY_SIZE, "%d VMs are named '%.128s': %s; choose one by its folder, --vm PID-FD",
			 nr, target->name, list);
	else
		snprintf(why, WHY_SIZE, "process %d has %d VMs: %s; choose one by its folder, --vm PID-FD",
			 target->pid, nr, list);
	return SOURCE_FAILED;
}
