/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: options.
 */
#ifndef EXITSTAT_LIB_OPTIONS_H
#define EXITSTAT_LIB_OPTIONS_H

#include <stdbool.h>

/*
 * getopt_long() with one sentence for an error, after which it returns '?'.
 * @optstring must start with ':', or with "+:" to stop at the first operand.
 */
int next_option(int argc, char **argv, const char *optstring,
		const void *options);
int print_version(void);
bool only_operands(int argc, char **argv, const char *help, int *ret);

#endif /* EXITSTAT_LIB_OPTIONS_H */
