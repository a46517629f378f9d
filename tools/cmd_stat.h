/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat stat.
 */
#ifndef EXITSTAT_CMD_STAT_H
#define EXITSTAT_CMD_STAT_H

#include "lib/options.h"
#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_stat(int argc, char **argv, cpuid_fn cpuid);

extern const struct command stat_command;

#endif /* EXITSTAT_CMD_STAT_H */
