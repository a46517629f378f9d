// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: asks a VM's QEMU what its regions are called.
 */
#include "lib/message.h"
#include "lib/waits.h"
#include "model/regions.h"
#include "source/qmp.h"
#include "source/vm.h"
#include "source/vm_regions.h"

void vm_regions(const struct vm *vm, struct regions *regions)
{
	char path[VM_QMP_SIZE], why[WHY_SIZE];
	struct json_object *arguments, *answer = NULL;
	struct qmp *qmp = NULL;

	*regions = (struct regions) {};
	if (vm_qmp(vm, path))
		qmp = qmp_open(path, vm->pid, waits.names, waits.names, why, sizeof(why));
	if (!qmp)
		return;
	arguments = json_object_new_object();
	if (arguments)
		json_object_object_add(arguments, "command-line", json_object_new_string("info mtree -f"));
	if (arguments && qmp_execute(qmp, "human-monitor-command", arguments, &answer, why, sizeof(why)) == QMP_DONE &&
	    json_object_is_type(answer, json_type_string))
		regions_parse(json_object_get_string(answer), regions);
	json_object_put(answer);
	qmp_close(qmp);
}
