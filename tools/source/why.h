/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the results of a source.  Sources print nothing: they store what is wrong, a
 * sentence, in @why, which has WHY_SIZE bytes.
 */
#ifndef EXITSTAT_SOURCE_WHY_H
#define EXITSTAT_SOURCE_WHY_H

#include "lib/message.h"

/* Returned by a source, with a sentence in @why, if not EXIT_DONE */
#define SOURCE_FAILED	EXIT_MISUSE
#define SOURCE_ENDED	(-1)	/* the VM has ended */

#endif /* EXITSTAT_SOURCE_WHY_H */
