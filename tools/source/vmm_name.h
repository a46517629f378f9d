/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a VMM's name for its VM, from its command line.
 */
#ifndef EXITSTAT_SOURCE_VMM_NAME_H
#define EXITSTAT_SOURCE_VMM_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "source/vm.h"

/*
 * The name in the arguments of a VMM, @size bytes, each ended by a NUL.  False if there is
 * none.
 */
bool vmm_name(const char *args, size_t size, char name[VM_NAME_SIZE]);

#endif /* EXITSTAT_SOURCE_VMM_NAME_H */
