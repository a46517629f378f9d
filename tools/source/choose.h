/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: who is asked where no option says so.
 */
#ifndef EXITSTAT_SOURCE_CHOOSE_H
#define EXITSTAT_SOURCE_CHOOSE_H

#include <stdbool.h>

#include "source/cpuid.h"

struct target;

/*
 * Whether this machine is a guest that can read itself and no host with VMs to read; and
 * whether list, top and export ask CPUID.  The one place of that rule, which exitstat(1)
 * describes.  At most one CPUID each.
 */
bool is_guest(cpuid_fn cpuid);
bool target_is_guest(const struct target *target, cpuid_fn cpuid);

/*
 * Whether this machine has VMs that can be read; 0, or EXIT_MISUSE with a sentence in
 * @why, which tells a guest what it can have instead.
 */
int host_readable(cpuid_fn cpuid, char *why);

#endif /* EXITSTAT_SOURCE_CHOOSE_H */
