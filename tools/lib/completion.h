/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what bash completion knows of commands and their options.
 */
#ifndef EXITSTAT_LIB_COMPLETION_H
#define EXITSTAT_LIB_COMPLETION_H

#include "lib/options.h"

/*
 * Functions of bash that completion.bash calls, of @root and its commands, with the
 * names in @reasons, a line each.  Allocated; NULL where memory ran out.
 */
char *completion_text(const struct command *root, const char *reasons);

#endif /* EXITSTAT_LIB_COMPLETION_H */
