/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export.
 */
#ifndef EXITSTAT_EXPORT_CMD_EXPORT_H
#define EXITSTAT_EXPORT_CMD_EXPORT_H

#include "lib/options.h"
#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_export(int argc, char **argv, cpuid_fn cpuid);

extern const struct command export_command;

#endif /* EXITSTAT_EXPORT_CMD_EXPORT_H */
