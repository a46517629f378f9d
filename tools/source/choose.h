/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the default source.
 */
#ifndef EXITSTAT_SOURCE_CHOOSE_H
#define EXITSTAT_SOURCE_CHOOSE_H

#include <stdbool.h>

#include "source/cpuid.h"

struct target;

/*
 * Whether this machine is a guest that can read itself, and not a host with VMs to read.
 * Then list, top and export use CPUID.  The rule is only here; exitstat(1) describes it.
 * Executes at most one CPUID.
 */
bool is_guest(cpuid_fn cpuid);
bool target_is_guest(const struct target *target, cpuid_fn cpuid);

/*
 * Whether this machine has VMs that can be read; 0, or EXIT_MISUSE with a sentence in
 * @why, which tells a guest what it can read instead.
 */
int host_readable(cpuid_fn cpuid, char *why);

#endif /* EXITSTAT_SOURCE_CHOOSE_H */
