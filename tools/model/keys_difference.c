// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the difference of two readings of keys.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "model/keys.h"
#include "model/keys_difference.h"

#define BEGAN_ANEW	"the keys began anew (exitstat_keys was set to 0 and to 1 again)"

static const struct key_row nothing;

static int by_reason(const void *a, const void *b)
{
	const struct key_row *p = a, *q = b;

	return (p->reason > q->reason) - (p->reason < q->reason) ?: keys_order(p, q);
}

static void sort(struct keys *keys)
{
	if (keys->nr)
		qsort(keys->rows, keys->nr, sizeof(*keys->rows), by_reason);
	keys_count_returns(keys);
}

/* A key, or a kind of return: it can lose its place, and what it had is then the rest's. */
static bool has_place(const struct key_row *row)
{
	return row->kind == KEY_OWN || row->kind == KEY_RETURN;
}

static bool is_empty(const struct key_row *row)
{
	return !row->exits && !row->returns && !row->kernel && !row->user;
}

/*
 * The error of a key grows only when it loses its place on a vCPU: the difference is exact if the
 * error is the same.  If not, and there is @one_vcpu, all that the key has now was added after
 * that.  In a sum other vCPUs can still have what they had before.
 */
static void subtract_key(struct key_row *row, const struct key_row *was, bool one_vcpu)
{
	const bool same = row->error == was->error;

	if (same)
		row->error = 0;
	/* A time can be some cycles lower than before, as model/difference.c says. */
	if (same || !one_vcpu)
		key_take_away(row, was);
}

/* The most exits that a key has had */
static unsigned __int128 most_of(const struct key_row *row)
{
	return (unsigned __int128)row->exits + row->error;
}

/* Until the next exit of the vCPU, a nested guest's exit is at level l2; then perhaps at l2-l1. */
static bool may_fall(const struct key_row *row)
{
	return row->kind == KEY_LEVEL && !strcmp(row->word, "l2");
}

/* Whether a number is less than before that never is, unless keys have begun anew. */
static bool fell(const struct key_row *row, const struct key_row *was)
{
	if (has_place(row))
		return row->error < was->error || most_of(row) < most_of(was);
	return (row->exits < was->exits && !may_fall(row)) || row->returns < was->returns;
}

/* Whether this row is in each later reading. */
static bool stays(const struct key_row *row)
{
	return row->kind == KEY_REASON || (!has_place(row) && row->exits && !may_fall(row));
}

/* Rows in the order of by_reason(), and a place among them */
struct place {
	const struct key_row *row;
	const struct key_row *end;
};

/*
 * The row that is the same as @row, or one that has nothing; NULL if there is a row before it
 * that should have been asked for.
 */
static const struct key_row *find(struct place *at, const struct key_row *row)
{
	int order = 1;

	for (; at->row < at->end && (order = by_reason(at->row, row)) < 0; at->row++)
		if (stays(at->row))
			return NULL;
	return order ? &nothing : at->row++;
}

/* False if keys have begun anew. */
static bool subtract_row(struct key_row *row, const struct key_row *was, bool one_vcpu)
{
	if (fell(row, was))
		return false;
	if (has_place(row))
		subtract_key(row, was, one_vcpu);
	else
		key_take_away(row, was);
	return true;
}

/*
 * Of the @nr rows of a reason, those of @kind have no more than all of them: the last have less
 * where a row before them could not have as much less as it should.  Returns what they leave.
 */
static struct key_row fit(struct key_row *rows, unsigned int nr, enum key_kind kind)
{
	struct key_row left = key_whole(&rows[0], kind);
	unsigned int i;

	for (i = 1; i < nr; i++) {
		if (rows[i].kind != kind)
			continue;
		rows[i].exits = MIN(rows[i].exits, left.exits);
		rows[i].kernel = MIN(rows[i].kernel, left.kernel);
		rows[i].user = MIN(rows[i].user, left.user);
		key_take_away(&left, &rows[i]);
	}
	return left;
}

static void keep(struct keys *keys, const struct key_row *row)
{
	if (!is_empty(row))
		keys->rows[keys->nr++] = *row;
}

/*
 * Keep the @nr rows of one reason.  What its keys do not have is the rest's: also what a key
 * has had since the earlier reading that has no place now.  So no key has had more besides
 * than the rest has.  The same is true of its returns.
 */
static void keep_reason(struct keys *keys, struct key_row *rows, unsigned int nr)
{
	struct key_row rest = fit(rows, nr, KEY_OWN), return_rest = fit(rows, nr, KEY_RETURN);
	bool has_keys = false, has_returns = false;
	unsigned int i;

	rest.kind = KEY_REST;
	return_rest.kind = KEY_RETURN_REST;
	fit(rows, nr, KEY_LEVEL);
	for (i = 0; i < nr; i++) {
		const bool is_return = key_is_return(&rows[i]);

		has_keys |= rows[i].kind == KEY_OWN || rows[i].kind == KEY_REST;
		has_returns |= is_return;
		rows[i].error = MIN(rows[i].error, is_return ? return_rest.exits : rest.exits);
		if (rows[i].kind != KEY_REST && rows[i].kind != KEY_RETURN_REST)
			keep(keys, &rows[i]);
	}
	if (has_keys)
		keep(keys, &rest);
	if (has_returns)
		keep(keys, &return_rest);
}

static unsigned int rows_of_reason(const struct key_row *rows, unsigned int nr)
{
	unsigned int i;

	for (i = 1; i < nr && rows[i].reason == rows[0].reason; i++)
		;
	return i;
}

/* Whether those of @kind have had more than all of them: then they have begun anew. */
static bool has_too_many(const struct key_row *rows, unsigned int nr, enum key_kind kind)
{
	uint64_t left = key_whole(&rows[0], kind).exits;
	unsigned int i;

	for (i = 1; i < nr; i++) {
		if (rows[i].kind != kind)
			continue;
		if (rows[i].exits > left)
			return true;
		left -= rows[i].exits;
	}
	return false;
}

static const char *subtract(const struct keys *before, struct key_row *rows, unsigned int nr,
			    struct keys *added)
{
	struct place at = { before->rows, before->nr ? before->rows + before->nr : NULL };
	const struct key_row *was;
	unsigned int i, n;

	for (i = 0; i < nr; i++) {
		was = find(&at, &rows[i]);
		if (!was || !subtract_row(&rows[i], was, added->vcpus == 1))
			return BEGAN_ANEW;
	}
	for (; at.row < at.end; at.row++)
		if (stays(at.row))
			return BEGAN_ANEW;
	for (i = 0; i < nr; i += n) {
		n = rows_of_reason(rows + i, nr - i);
		if (has_too_many(rows + i, n, KEY_OWN) || has_too_many(rows + i, n, KEY_RETURN))
			return BEGAN_ANEW;
	}
	for (i = 0; i < nr; i += n) {
		n = rows_of_reason(rows + i, nr - i);
		keep_reason(added, rows + i, n);
	}
	return NULL;
}

static const char *not_comparable(const struct keys *before, const struct keys *now)
{
	if (before->id != now->id)
		return "the counters changed (restore, or the modules were loaded again)";
	/* There can be more: a vCPU's keys begin with its first exit.  They end with the VM. */
	if (before->vcpus > now->vcpus)
		return BEGAN_ANEW;
	if (before->torn || now->torn)
		return "a vCPU left no time for a consistent reading";
	if (before->nr >= KEYS_FULL || now->nr >= KEYS_FULL)
		return "KVM has no room in a sum for so many keys (read one vCPU, with --vcpu)";
	return before->kept && now->kept && before->period == now->period ? NULL : BEGAN_ANEW;
}

const char *keys_difference(struct keys *before, struct keys *now, struct keys *added)
{
	const char *why = not_comparable(before, now);
	struct key_row *rows;

	*added = *now;
	added->nr = 0;
	added->rows = NULL;
	if (why)
		return why;
	sort(before);
	sort(now);
	rows = calloc(now->nr + 1, sizeof(*rows));
	added->rows = calloc(2 * (now->nr + 1ul), sizeof(*rows));	/* room for rests */
	if (!rows || !added->rows) {
		free(rows);
		return "memory ran out";
	}
	if (now->nr)
		memcpy(rows, now->rows, now->nr * sizeof(*rows));
	why = subtract(before, rows, now->nr, added);
	free(rows);
	return why;
}
