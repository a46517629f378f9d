/* SPDX-License-Identifier: GPL-2.0-only */
/* A ledger as it was read, of a vCPU or of a VM, and what must hold of any. */
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

/* Of one reason, by its slot; all but @exits in TSC cycles. */
struct row {
	uint64_t exits;
	uint64_t cycles[NR_ACCOUNTS];
	uint64_t longest;
};

struct books {
	uint64_t lifetime, guest, outside, anomalies;
	struct row total, rows[NR_ROWS];
};

/* As counts_name() and counts_number(), for ROW_NONE too. */
const char *row_name(unsigned int isa, unsigned int row);
const char *row_number(unsigned int isa, unsigned int row, char text[16]);

/* All rows' cycles in @account. */
uint64_t books_sum(const struct books *books, enum account account);

/* Cycles of @row in all accounts. */
uint64_t row_sum(const struct row *row);

/* lifetime less all accounts: 0 */
int64_t books_rest(const struct books *books);

/*
 * Whether accounts add up to the lifetime and rows to the total, nothing was
 * left out, and no row has what it cannot have.  If not, FAIL lines say what,
 * each with @who.
 */
bool books_hold(const struct books *books, unsigned int isa, const char *who);

/* What came to @after since @before; @longest is that of @after. */
void books_since(struct books *since, const struct books *after,
		 const struct books *before);

/* Add @books to @sum; of longest it takes the larger. */
void books_add(struct books *sum, const struct books *books);

/*
 * Whether nothing in @later is smaller than in @earlier.  True only of two
 * readings of vCPUs that stood still in each; else a FAIL line with @who.
 */
bool books_forward(const struct books *earlier, const struct books *later,
		   unsigned int isa, const char *who);

void books_print(const struct books *books, unsigned int isa, const char *who);

#endif /* BOOKS_H */
