/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the accounts of the ledger, which make up the lifetime.
 */
#ifndef EXITSTAT_MODEL_ACCOUNTS_H
#define EXITSTAT_MODEL_ACCOUNTS_H

#include <stdint.h>

struct reading;

#define NR_ACCOUNTS	7

struct account {
	const char *name;
	uint64_t cycles;
};

void accounts_of(const struct reading *r, struct account accounts[NR_ACCOUNTS]);

/*
 * 0, or EXIT_CHECK with a sentence in @why.  A live reading is not checked: its values are
 * of different moments, so they need not add up.
 */
int check_adds_up(const struct reading *r, char *why);

#endif /* EXITSTAT_MODEL_ACCOUNTS_H */
