/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what bash completion knows about commands and their options.
 */
#ifndef EXITSTAT_LIB_COMPLETION_H
#define EXITSTAT_LIB_COMPLETION_H

#include "lib/options.h"

/*
 * The bash functions that completion.bash calls: they know @root's commands, and the
 * exit reasons in @reasons, one on each line.  Allocated; NULL if memory ran out.
 */
char *completion_text(const struct command *root, const char *reasons);

#endif /* EXITSTAT_LIB_COMPLETION_H */
