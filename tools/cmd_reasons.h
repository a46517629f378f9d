/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat reasons.
 */
#ifndef EXITSTAT_CMD_REASONS_H
#define EXITSTAT_CMD_REASONS_H

#include "lib/options.h"
#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_reasons(int argc, char **argv, cpuid_fn cpuid);

extern const struct command reasons_command;

#endif /* EXITSTAT_CMD_REASONS_H */
