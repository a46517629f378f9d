/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat list.
 */
#ifndef EXITSTAT_CMD_LIST_H
#define EXITSTAT_CMD_LIST_H

#include "lib/options.h"
#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_list(int argc, char **argv, cpuid_fn cpuid);

extern const struct command list_command;

#endif /* EXITSTAT_CMD_LIST_H */
