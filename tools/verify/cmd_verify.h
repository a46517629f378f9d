/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify.
 */
#ifndef EXITSTAT_VERIFY_CMD_VERIFY_H
#define EXITSTAT_VERIFY_CMD_VERIFY_H

#include "source/cpuid.h"

/* @argv[0] is the name of the subcommand. */
int cmd_verify(int argc, char **argv, cpuid_fn cpuid);

#endif /* EXITSTAT_VERIFY_CMD_VERIFY_H */
