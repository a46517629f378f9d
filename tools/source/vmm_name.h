/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what a VMM calls its VM, by its command line.
 */
#ifndef EXITSTAT_SOURCE_VMM_NAME_H
#define EXITSTAT_SOURCE_VMM_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "source/vm.h"

/*
 * From the arguments of a VMM, each ended by a NUL, @size bytes.  False where there is
 * no name.
 */
bool vmm_name(const char *args, size_t size, char name[VM_NAME_SIZE]);

#endif /* EXITSTAT_SOURCE_VMM_NAME_H */
