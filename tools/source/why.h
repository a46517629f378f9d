/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: how sources say what is wrong: a sentence, which the caller prints.
 */
#ifndef EXITSTAT_SOURCE_WHY_H
#define EXITSTAT_SOURCE_WHY_H

#include "lib/message.h"

#define WHY_SIZE	1024

/* What a function returns besides EXIT_DONE, with a sentence in @why */
#define SOURCE_FAILED	EXIT_MISUSE
#define SOURCE_ENDED	(-1)	/* the VM is not there any more */

#endif /* EXITSTAT_SOURCE_WHY_H */
