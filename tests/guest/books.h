/* SPDX-License-Identifier: GPL-2.0-only */
/* A reading of a vCPU's or a VM's ledger, and what must hold for every reading. */
#ifndef BOOKS_H
#define BOOKS_H

#include <stdbool.h>

#include "counts.h"

/* The accounts that each reason has, in the order of their leaves. */
enum account { KERNEL, USER, HALT, PREEMPT, BLOCK, NR_ACCOUNTS };

extern const char *const account_names[NR_ACCOUNTS];

#define ROW_OTHER	COUNTS_OTHER
#define ROW_NONE	(COUNTS_OTHER + 1)
#define NR_ROWS		(COUNTS_OTHER + 2)

/* The values of one reason, by its slot; all but @exits in TSC cycles. */
struct row {
	uint64_t exits;
	uint64_t cycles[NR_ACCOUNTS];
	uint64_t longest;
};

struct books {
	uint64_t lifetime, guest, outside, anomalies;
	struct row total, rows[NR_ROWS];
};

/* As counts_name() and counts_number(), but also for ROW_NONE. */
const char *row_name(unsigned int isa, unsigned int row);
const char *row_number(unsigned int isa, unsigned int row, char text[16]);

/* All rows' cycles in @account. */
uint64_t books_sum(const struct books *books, enum account account);

/* Cycles of @row in all accounts. */
uint64_t row_sum(const struct row *row);

/* lifetime less all accounts: 0 */
int64_t books_rest(const struct books *books);

/*
 * Whether accounts add up to the lifetime and rows to the total, no interval was left
 * out, and no row has impossible values.  If not, FAIL lines with @who say what is wrong.
 */
bool books_hold(const struct books *books, unsigned int isa, const char *who);

/* The difference from @before to @after; @longest is that of @after. */
void books_since(struct books *since, const struct books *after,
		 const struct books *before);

/* Add @books to @sum; longest becomes the larger of both. */
void books_add(struct books *sum, const struct books *books);

/*
 * Whether nothing in @later is smaller than in @earlier; if not, a FAIL line with @who.
 * It need hold only for readings of stopped vCPUs.
 */
bool books_forward(const struct books *earlier, const struct books *later,
		   unsigned int isa, const char *who);

void books_print(const struct books *books, unsigned int isa, const char *who);

#endif /* BOOKS_H */
