// SPDX-License-Identifier: GPL-2.0-only
/* See books.h. */
#include <string.h>

#include "books.h"

typedef unsigned long long ull;

const char *const account_names[NR_ACCOUNTS] = {
	[KERNEL] = "kernel", [USER] = "user", [HALT] = "halt",
	[PREEMPT] = "preempt", [BLOCK] = "block",
};

const char *row_name(unsigned int isa, unsigned int row)
{
	return row == ROW_NONE ? "none" : counts_name(isa, row);
}

const char *row_number(unsigned int isa, unsigned int row, char text[16])
{
	return row == ROW_NONE ? "none" : counts_number(isa, row, text);
}

uint64_t books_sum(const struct books *books, enum account account)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < NR_ROWS; i++)
		sum += books->rows[i].cycles[account];
	return sum;
}

uint64_t row_sum(const struct row *row)
{
	uint64_t sum = 0;
	unsigned int a;

	for (a = 0; a < NR_ACCOUNTS; a++)
		sum += row->cycles[a];
	return sum;
}

int64_t books_rest(const struct books *books)
{
	uint64_t sum = books->guest + books->outside;
	unsigned int i;

	for (i = 0; i < NR_ROWS; i++)
		sum += row_sum(&books->rows[i]);
	return books->lifetime - sum;
}

static bool same(const char *who, const char *what, uint64_t a, const char *than,
		 uint64_t b)
{
	if (a != b)
		printf("FAIL books of %s: %s %llu, %s %llu\n", who, what, (ull)a, than,
		       (ull)b);
	return a == b;
}

static bool row_holds(const struct row *row, bool none, const char *number,
		      const char *who)
{
	if (row->longest > row_sum(row))
		printf("FAIL books of %s: reason %s: longest %llu, all its accounts %llu\n",
		       who, number, (ull)row->longest, (ull)row_sum(row));
	else if (!none && !row->exits && row_sum(row))
		printf("FAIL books of %s: reason %s: %llu cycles and no exit\n", who,
		       number, (ull)row_sum(row));
	else if (none && (row->exits || row->longest))
		printf("FAIL books of %s: none: exits %llu, longest %llu\n", who,
		       (ull)row->exits, (ull)row->longest);
	else
		return true;
	return false;
}

bool books_hold(const struct books *books, unsigned int isa, const char *who)
{
	uint64_t exits = 0, longest = 0;
	char number[16];
	unsigned int i;
	bool ok = true;

	for (i = 0; i < NR_ROWS; i++) {
		const struct row *row = &books->rows[i];

		ok &= row_holds(row, i == ROW_NONE, row_number(isa, i, number), who);
		exits += row->exits;
		if (row->longest > longest)
			longest = row->longest;
	}
	ok &= same(who, "total exits", books->total.exits, "its rows", exits);
	ok &= same(who, "total longest", books->total.longest, "its rows", longest);
	for (i = 0; i < NR_ACCOUNTS; i++)
		ok &= same(who, account_names[i], books->total.cycles[i], "its rows",
			   books_sum(books, i));
	ok &= same(who, "lifetime", books->lifetime, "all accounts",
		   books->lifetime - books_rest(books));
	ok &= same(who, "anomalies", books->anomalies, "want", 0);
	return ok;
}

void books_since(struct books *since, const struct books *after,
		 const struct books *before)
{
	unsigned int i, a;

	*since = *after;
	since->lifetime -= before->lifetime;
	since->guest -= before->guest;
	since->outside -= before->outside;
	since->anomalies -= before->anomalies;
	since->total.exits -= before->total.exits;
	for (a = 0; a < NR_ACCOUNTS; a++)
		since->total.cycles[a] -= before->total.cycles[a];
	for (i = 0; i < NR_ROWS; i++) {
		since->rows[i].exits -= before->rows[i].exits;
		for (a = 0; a < NR_ACCOUNTS; a++)
			since->rows[i].cycles[a] -= before->rows[i].cycles[a];
	}
}

static void row_add(struct row *sum, const struct row *row)
{
	unsigned int a;

	sum->exits += row->exits;
	for (a = 0; a < NR_ACCOUNTS; a++)
		sum->cycles[a] += row->cycles[a];
	if (row->longest > sum->longest)
		sum->longest = row->longest;
}

void books_add(struct books *sum, const struct books *books)
{
	unsigned int i;

	sum->lifetime += books->lifetime;
	sum->guest += books->guest;
	sum->outside += books->outside;
	sum->anomalies += books->anomalies;
	row_add(&sum->total, &books->total);
	for (i = 0; i < NR_ROWS; i++)
		row_add(&sum->rows[i], &books->rows[i]);
}

static bool forward(const char *who, const char *number, const char *what,
		    uint64_t earlier, uint64_t later)
{
	if (later < earlier)
		printf("FAIL books of %s: %s %s went back from %llu to %llu\n", who,
		       number, what, (ull)earlier, (ull)later);
	return later >= earlier;
}

static bool row_forward(const struct row *earlier, const struct row *later,
			const char *number, const char *who)
{
	unsigned int a;
	bool ok;

	ok = forward(who, number, "exits", earlier->exits, later->exits);
	/* longest becomes 0 when histograms are turned off. */
	if (later->longest)
		ok &= forward(who, number, "longest", earlier->longest, later->longest);
	for (a = 0; a < NR_ACCOUNTS; a++)
		ok &= forward(who, number, account_names[a], earlier->cycles[a],
			      later->cycles[a]);
	return ok;
}

bool books_forward(const struct books *earlier, const struct books *later,
		   unsigned int isa, const char *who)
{
	char number[16];
	unsigned int i;
	bool ok;

	ok = forward(who, "", "lifetime", earlier->lifetime, later->lifetime);
	ok &= forward(who, "", "guest", earlier->guest, later->guest);
	ok &= forward(who, "", "outside", earlier->outside, later->outside);
	ok &= row_forward(&earlier->total, &later->total, "total", who);
	for (i = 0; i < NR_ROWS; i++)
		ok &= row_forward(&earlier->rows[i], &later->rows[i],
				  row_number(isa, i, number), who);
	return ok;
}

static void print_row(const char *number, const char *name, const struct row *row)
{
	unsigned int a;

	printf("%7s  %-20s %9llu", number, name, (ull)row->exits);
	for (a = 0; a < NR_ACCOUNTS; a++)
		printf(" %12llu", (ull)row->cycles[a]);
	printf(" %12llu\n", (ull)row->longest);
}

void books_print(const struct books *books, unsigned int isa, const char *who)
{
	char number[16];
	unsigned int i;

	printf("%s: lifetime %llu, guest %llu, outside %llu, anomalies %llu\n", who,
	       (ull)books->lifetime, (ull)books->guest, (ull)books->outside,
	       (ull)books->anomalies);
	printf("%7s  %-20s %9s %12s %12s %12s %12s %12s %12s\n", "reason", "", "exits",
	       "kernel", "user", "halt", "preempt", "block", "longest");
	for (i = 0; i < NR_ROWS; i++)
		if (books->rows[i].exits || row_sum(&books->rows[i]))
			print_row(row_number(isa, i, number), row_name(isa, i),
				  &books->rows[i]);
	print_row("", "total", &books->total);
}
