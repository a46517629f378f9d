// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: what rows are sorted by, as an option.
 */
#include <asm/kvm_exitstat.h>
#include <string.h>

#include "lib/message.h"
#include "model/reasons.h"
#include "model/table.h"
#include "render/sort.h"

int parse_sort(const char *name, unsigned int *sort)
{
	unsigned int v;

	*sort = SORT_MEAN;
	if (!strcmp(name, "mean"))
		return EXIT_DONE;
	for (v = 0; v < KVM_EXITSTAT_NR_V; v++) {
		if (strcmp(name, value_names[v]))
			continue;
		*sort = v;
		return EXIT_DONE;
	}
	return fail("cannot sort by '%s': use exits, kernel, user, halt, preempt, block, mean or longest",
		    name);
}
