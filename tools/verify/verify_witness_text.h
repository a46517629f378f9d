/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: what witnesses have counted, as text.
 */
#ifndef EXITSTAT_VERIFY_VERIFY_WITNESS_TEXT_H
#define EXITSTAT_VERIFY_VERIFY_WITNESS_TEXT_H

#include <stdio.h>

struct hearing;

/* The tables of an ended hearing. */
void hearing_text(FILE *out, const struct hearing *h);

#endif /* EXITSTAT_VERIFY_VERIFY_WITNESS_TEXT_H */
