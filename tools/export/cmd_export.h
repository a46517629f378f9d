/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export.
 */
#ifndef EXITSTAT_EXPORT_CMD_EXPORT_H
#define EXITSTAT_EXPORT_CMD_EXPORT_H

#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_export(int argc, char **argv, cpuid_fn cpuid);

#endif /* EXITSTAT_EXPORT_CMD_EXPORT_H */
