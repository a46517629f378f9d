/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a command's help, made from its table.
 */
#ifndef EXITSTAT_LIB_HELP_H
#define EXITSTAT_LIB_HELP_H

#include "lib/options.h"

/* Allocated; NULL if memory ran out */
char *help_text(const struct command *command);

/* Print the help on standard output; 0, or EXIT_MISUSE after a sentence on stderr. */
int print_help(const struct command *command);

#endif /* EXITSTAT_LIB_HELP_H */
