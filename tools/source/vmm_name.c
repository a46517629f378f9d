// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a VMM's name for its VM.  A program that is not in the table is taken for QEMU.
 */
#include <string.h>

#include "lib/text.h"
#include "source/vm.h"
#include "source/vmm_name.h"

/**
 * struct vmm - a VMM that is not QEMU
 * @program: beginning of its program's file name
 * @options: options that name the VM, without dashes; the first of them that is given counts
 */
static const struct vmm {
	const char *program;
	const char *options[3];
} vmms[] = {
	{ "lkvm", { "name", "n" } },		/* kvmtool */
	{ "kvmtool", { "name", "n" } },
	{ "crosvm", { "name" } },
	{ "firecracker", { "id" } },
	/* Its VM has no name, so people go by the socket. */
	{ "cloud-hypervisor", { "api-socket" } },
	{ "VBoxHeadless", { "comment", "startvm" } },
	{ "VirtualBoxVM", { "comment", "startvm" } },
	{ "VBoxSDL", { "comment", "startvm" } },
};

static const struct vmm *find_vmm(const char *args, size_t size)
{
	const char *slash = memrchr(args, '/', strnlen(args, size));
	const char *program = slash ? slash + 1 : args;
	const size_t room = args + size - program;
	unsigned int i;

	for (i = 0; i < sizeof(vmms) / sizeof(vmms[0]); i++)
		if (strlen(vmms[i].program) <= room &&
		    !memcmp(program, vmms[i].program, strlen(vmms[i].program)))
			return &vmms[i];
	return NULL;
}

/*
 * The value of @option if @arg is that option: --OPTION VALUE, --OPTION=VALUE, and -OVALUE
 * for an option of one letter.  @next is the argument after @arg, or NULL.
 */
static const char *value_in(const char *arg, const char *next, const char *option)
{
	const size_t length = strlen(option);
	const bool dashes = !strncmp(arg, "--", 2);

	if (*arg != '-' || (dashes && length == 1))
		return NULL;
	arg += dashes ? 2 : 1;
	if (strncmp(arg, option, length))
		return NULL;
	arg += length;
	if (!*arg)
		return next;
	if (*arg == '=')
		return arg + 1;
	return length == 1 ? arg : NULL;
}

/* The last one wins; NULL if there is none. */
static const char *value_of(const char *args, size_t size, const char *option)
{
	const char *end = args + size, *arg, *next, *value, *found = NULL;

	for (arg = args; arg && memchr(arg, 0, end - arg); arg = next) {
		next = arg + strlen(arg) + 1;
		if (next >= end || !memchr(next, 0, end - next))
			next = NULL;
		value = value_in(arg, next, option);
		found = value ?: found;
	}
	return found;
}

bool vmm_name(const char *args, size_t size, char name[VM_NAME_SIZE])
{
	const struct vmm *vmm = find_vmm(args, size);
	const char *value = NULL;
	unsigned int i;

	if (!vmm)
		return qemu_name(args, size, name);
	for (i = 0; vmm->options[i] && !value; i++)
		value = value_of(args, size, vmm->options[i]);
	if (value && !strncmp(value, "path=", 5))
		value += 5;
	text_copy(name, VM_NAME_SIZE, value ?: "");
	return name[0];
}
