/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what came of a source.  Sources print nothing: what is wrong is a sentence in
 * @why, which has WHY_SIZE bytes.
 */
#ifndef EXITSTAT_SOURCE_WHY_H
#define EXITSTAT_SOURCE_WHY_H

#include "lib/message.h"

/* What a source returns besides EXIT_DONE, with a sentence in @why */
#define SOURCE_FAILED	EXIT_MISUSE
#define SOURCE_ENDED	(-1)	/* the VM is not there any more */

#endif /* EXITSTAT_SOURCE_WHY_H */
