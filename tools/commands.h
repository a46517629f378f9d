/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: all commands.
 */
#ifndef EXITSTAT_COMMANDS_H
#define EXITSTAT_COMMANDS_H

#include "lib/options.h"

/* exitstat itself, with its commands */
extern const struct command exitstat_command;

/* What completion.bash needs to know about commands; allocated, NULL if memory ran out */
char *commands_completion(void);

#endif /* EXITSTAT_COMMANDS_H */
