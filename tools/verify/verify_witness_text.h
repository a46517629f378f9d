/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: tables of witnesses' counts.
 */
#ifndef EXITSTAT_VERIFY_VERIFY_WITNESS_TEXT_H
#define EXITSTAT_VERIFY_VERIFY_WITNESS_TEXT_H

#include <stdio.h>

struct witnesses;

/* The tables of witnesses that have ended. */
void witnesses_text(FILE *out, const struct witnesses *ws);

#endif /* EXITSTAT_VERIFY_VERIFY_WITNESS_TEXT_H */
