/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat show.
 */
#ifndef EXITSTAT_CMD_SHOW_H
#define EXITSTAT_CMD_SHOW_H

#include "lib/options.h"
#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_show(int argc, char **argv, cpuid_fn cpuid);

extern const struct command show_command;

#endif /* EXITSTAT_CMD_SHOW_H */
