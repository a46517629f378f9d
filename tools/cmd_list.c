// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat list: the VMs of this host.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "cmd_list.h"
#include "lib/clock.h"
#include "lib/columns.h"
#include "lib/json.h"
#include "lib/message.h"
#include "lib/options.h"
#include "lib/text.h"
#include "model/reading.h"
#include "model/table.h"
#include "render/json_parts.h"
#include "source/choose.h"
#include "source/cpuid.h"
#include "source/debugfs.h"
#include "source/source_cpuid.h"
#include "source/source_debugfs.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/why.h"

/**
 * struct list_options - the options
 * @target: --guest
 * @json: --json
 */
struct list_options {
	struct target target;
	bool json;
};

static const struct opt options[] = {
	TARGET_GUEST_OPTION(TARGET_IN(struct list_options, target)),
	JSON_OPTION("", struct list_options, json),
	{}
};

const struct command list_command = {
	.name = "list",
	.summary = "the virtual machines of a host",
	.run = cmd_list,
	.about = "List the virtual machines of this host, as root, one on each line: the folder in debugfs (PID-FD), the process, the number of vCPUs, the exits until now, and the VM's name, or a dash. In a guest, list this virtual machine, by CPUID.",
	.options = options,
	.examples =
		"  exitstat list\n"
		"  exitstat list --json | jq -r '.vms[] | select(.exits > 1000000) | .dir'\n",
};

/**
 * struct listed - a VM, and the counters that are listed
 * @cpuids: exits that the reading itself caused, by CPUID; 0 on a host
 */
struct listed {
	struct vm vm;
	uint32_t vcpus;
	uint64_t exits;
	uint64_t id;
	unsigned int cpuids;
};

/**
 * struct pass - a reading of all VMs
 * @list: VMs that could be read
 * @nr: number of entries in @list
 * @left_out: number of VMs that could not be read
 * @why: why the last of them could not
 */
struct pass {
	struct listed *list;
	int nr;
	int left_out;
	char why[WHY_SIZE];
};

/* Wait for the first VM whose file is missing, as it may come or go, but for no other. */
static int read_one(const struct vm *vm, struct pass *pass, struct debugfs_file *file)
{
	const int ret = pass->left_out ? source_debugfs_try(vm, -1, file, pass->why) :
					 source_debugfs_read(vm, -1, NULL, file, pass->why);

	if (!ret)
		pass->list[pass->nr++] = (struct listed) {
			.vm = *vm,
			.vcpus = file->reading.vcpus,
			.exits = file->reading.total.v[KVM_EXITSTAT_V_EXITS],
			.id = file->reading.id,
		};
	return ret;
}

static void say_left_out(const struct pass *pass)
{
	if (pass->left_out == 1)
		warn("one VM is left out: %s", pass->why);
	else if (pass->left_out)
		warn("%d VMs are left out, the last one because %s", pass->left_out, pass->why);
}

static void say_unsearched(const struct pass *pass)
{
	const char *one = NULL;
	int i, nr = 0;

	for (i = 0; i < pass->nr; i++)
		if (pass->list[i].vm.unsearched) {
			one = pass->list[i].vm.dir;
			nr++;
		}
	if (nr)
		warn("the processes of %d of the VMs, one of them %s, were not found in time, because processes have too many file descriptors to search all; so their names are not known, and --vm PID-FD chooses them",
		     nr, one);
}

/* All VMs that have not ended meanwhile, in an array that the caller frees. */
static int read_list(struct listed **list, int *nr)
{
	struct debugfs_file *file = malloc(sizeof(*file));
	struct pass pass = {};
	struct vm *vms;
	bool lacks;
	int n, i;

	n = vms_list(&vms);
	pass.list = calloc(MAX(n, 1), sizeof(*pass.list));
	for (i = 0; i < n && pass.list && file; i++)
		if (read_one(&vms[i], &pass, file) == SOURCE_FAILED)
			pass.left_out++;
	free(vms);
	*list = pass.list;
	*nr = pass.nr;
	lacks = n < 0 || !pass.list || !file;
	free(file);
	if (lacks)
		return fail("out of memory");
	if (pass.left_out && !pass.nr)
		return fail("%s", pass.why);
	say_left_out(&pass);
	say_unsearched(&pass);
	return EXIT_DONE;
}

/* This VM.  A guest does not know its folder, process or name. */
static int read_guest(cpuid_fn cpuid, struct listed **list, int *nr)
{
	const struct request request = { .total = true };
	struct reading *r = malloc(sizeof(*r));
	char why[WHY_SIZE];
	int ret = EXIT_DONE;

	*nr = 1;
	*list = calloc(1, sizeof(**list));
	if (!*list || !r)
		ret = fail("out of memory");
	else if (source_cpuid_read(cpuid, &request, r, why))
		ret = fail("%s", why);
	if (!ret)
		**list = (struct listed) {
			.vcpus = r->vcpus,
			.exits = r->total.v[KVM_EXITSTAT_V_EXITS],
			.id = r->id,
			.cpuids = r->cpuids,
		};
	free(r);
	return ret;
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static const struct column columns[] = {
	TO_LEFT("VM", 0, 0),
	TO_RIGHT("PID", 2, 7),
	TO_RIGHT("VCPUS", 2, 5),
	TO_RIGHT("EXITS", 2, 15),
	TO_LEFT("NAME", 2, 0),
};

static void list_row(struct grid *grid, const struct listed *listed)
{
	char *name = printable(listed->vm.name);

	grid_cell(grid, "%s", or_dash(listed->vm.dir));
	if (listed->vm.pid)
		grid_cell(grid, "%d", listed->vm.pid);
	else
		grid_cell(grid, "-");
	grid_cell(grid, "%u", listed->vcpus);
	grid_cell(grid, "%" PRIu64, listed->exits);
	grid_cell(grid, "%s", name ? or_dash(name) : "-");
	free(name);
}

static char *list_text(const struct listed *list, int nr)
{
	struct grid grid = { .columns = columns, .nr_columns = 5 };
	struct text_stream t;
	int i;

	if (!text_open(&t))
		return NULL;
	grid_titles(&grid);
	for (i = 0; i < nr; i++)
		list_row(&grid, &list[i]);
	grid_write(&grid, t.out);
	grid_end(&grid);
	return text_close(&t);
}

static void put_vm(struct json *j, const struct listed *listed)
{
	const struct subject subject = {
		.name = listed->vm.name,
		.pid = listed->vm.pid,
		.dir = listed->vm.dir,
	};

	json_open_object(j, NULL);
	json_vm(j, &subject, listed->id, listed->vcpus);
	json_u64(j, "exits", listed->exits);
	json_close(j);
}

static char *list_json(const struct listed *list, int nr, bool guest)
{
	struct json j;
	int i;

	json_document(&j, "list", time_of_day_ns());
	json_source(&j, guest ? FROM_CPUID : FROM_DEBUGFS);
	json_open_array(&j, "vms");
	for (i = 0; i < nr; i++)
		put_vm(&j, &list[i]);
	json_close(&j);
	json_known(&j, "cpuid_exits_of_this_reading", guest ? list->cpuids : 0);
	return json_end(&j, false);
}

static int list_vms(bool json, bool guest, cpuid_fn cpuid)
{
	struct listed *list = NULL;
	char why[WHY_SIZE];
	int nr, ret;

	if (!guest && host_readable(cpuid, why))
		return fail("%s", why);
	ret = guest ? read_guest(cpuid, &list, &nr) : read_list(&list, &nr);
	if (!ret)
		ret = print_and_free(json ? list_json(list, nr, guest) : list_text(list, nr));
	free(list);
	return ret;
}

int cmd_list(int argc, char **argv, cpuid_fn cpuid)
{
	struct list_options values = {};
	struct operands operands;
	int ret;

	if (!options_parse(&list_command, argc, argv, &values, &operands, &ret))
		return ret;
	return list_vms(values.json, target_is_guest(&values.target, cpuid), cpuid);
}
