/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify.
 */
#ifndef EXITSTAT_VERIFY_CMD_VERIFY_H
#define EXITSTAT_VERIFY_CMD_VERIFY_H

#include "lib/options.h"
#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_verify(int argc, char **argv, cpuid_fn cpuid);

extern const struct command verify_command;

#endif /* EXITSTAT_VERIFY_CMD_VERIFY_H */
