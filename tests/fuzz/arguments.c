// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/cmdline of a VMM: the VM's name and its socket; the name in a terminal, in a
 * column and in JSON. Only a NUL ends an argument.
 */
#include <limits.h>

#include "fuzz.h"
#include "lib/text.h"
#include "source/vm.h"
#include "source/vmm_name.h"

/* The text must not move the cursor or change direction, and its width must be right. */
static void check_shown(const char *name)
{
	char cell[32], *clean = printable(name), *json = json_printable(name);
	const char *c;

	cell_text(cell, sizeof(cell), name);
	MUST(strlen(cell) < sizeof(cell));
	MUST(clean && json);
	for (c = clean; *c; c++)
		MUST((unsigned char)*c >= ' ' && *c != 0x7f);
	for (c = cell; *c; c++)
		MUST((unsigned char)*c >= ' ' && *c != 0x7f);
	MUST(!strstr(clean, "\u202e") && !strstr(json, "\u202e"));
	MUST(text_width(cell) <= (int)strlen(cell));
	MUST(text_fit(clean, 10) <= strlen(clean));
	free(clean);
	free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[VM_NAME_SIZE] = "", path[PATH_MAX], *args = malloc(size ?: 1);
	static int started;

	if (!started++)
		text_start();
	memcpy(args, data, size);
	vmm_name(args, size, name);
	MUST(strlen(name) < sizeof(name));
	check_shown(name);
	if (qemu_qmp(args, size, path)) {
		MUST(*path && strlen(path) < sizeof(path));
		check_shown(path);
	}
	free(args);
	return 0;
}
