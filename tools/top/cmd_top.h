/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat top.
 */
#ifndef EXITSTAT_TOP_CMD_TOP_H
#define EXITSTAT_TOP_CMD_TOP_H

#include "lib/options.h"
#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_top(int argc, char **argv, cpuid_fn cpuid);

extern const struct command top_command;

#endif /* EXITSTAT_TOP_CMD_TOP_H */
