/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat raw.
 */
#ifndef EXITSTAT_CMD_RAW_H
#define EXITSTAT_CMD_RAW_H

#include "lib/options.h"
#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_raw(int argc, char **argv, cpuid_fn cpuid);

extern const struct command raw_command;

#endif /* EXITSTAT_CMD_RAW_H */
