// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: what the keys and the returns of one reason have had since an earlier reading.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "model/keys.h"
#include "model/keys_since.h"

#define NR_VALUES	(sizeof((struct key_since){}.added) / sizeof(uint64_t))

static const struct key_row nothing;

static int by_order(const void *a, const void *b)
{
	return keys_order(a, b);
}

bool keys_keep(struct keys *keys, uint32_t reason)
{
	unsigned int i, nr = 0;

	for (i = 0; i < keys->nr; i++)
		if (keys->rows[i].reason == reason && keys->rows[i].kind != KEY_LEVEL)
			keys->rows[nr++] = keys->rows[i];
	keys->full = keys->nr >= KEYS_FULL;
	keys->nr = nr;
	if (!nr)
		return false;
	qsort(keys->rows, nr, sizeof(*keys->rows), by_order);
	keys_count_returns(keys);
	return nr > 1 && keys->rows[0].kind == KEY_REASON;
}

bool keys_keep_none(struct keys *keys, uint32_t reason)
{
	struct key_row *row = reallocarray(keys->rows, 1, sizeof(*row));

	if (!row)
		return false;
	if (!keys->nr || row->kind != KEY_REASON)
		*row = (struct key_row) { .reason = reason, .kind = KEY_REASON, .access = '-' };
	keys->rows = row;
	keys->nr = 1;
	return true;
}

/* False if a number of @row is less than @before's. */
static bool added_to(uint64_t added[NR_VALUES], const struct key_row *row,
		     const struct key_row *before)
{
	bool rises = true;
	unsigned int v;

	for (v = 0; v < NR_VALUES; v++) {
		added[v] = key_value(row, v) - key_value(before, v);
		rises &= key_value(row, v) >= key_value(before, v);
	}
	return rises;
}

static void is_known(struct key_since *key, bool known)
{
	key->known = known;
	if (!known)
		memset(key->added, 0, sizeof(key->added));
}

/* Whether the keys of both readings began at the same time, and each is of one moment. */
static bool are_comparable(const struct keys *a, const struct keys *b)
{
	return a->nr && a->id == b->id && a->period == b->period && a->vcpus == b->vcpus &&
	       !a->torn && !b->torn && !a->full && !b->full;
}

/*
 * Those of @kind; returns their number.  Both are in the order of keys_order().  A key that is
 * not in @before has begun since.
 */
static unsigned int subtract_keys(struct key_since *to, const struct keys *before,
				  const struct keys *now, enum key_kind kind)
{
	const struct key_row *was = before->rows, *end = was + before->nr;
	unsigned int i, nr = 0;

	for (i = 1; i < now->nr; i++) {
		struct key_since *key = &to[nr];
		int order = 1;

		if (now->rows[i].kind != kind)
			continue;
		nr++;
		key->row = now->rows[i];
		while (was < end && (order = keys_order(was, &key->row)) < 0)
			was++;
		is_known(key, added_to(key->added, &key->row, order ? &nothing : was));
	}
	return nr;
}

static int most_first(const void *a, const void *b)
{
	const struct key_since *x = a, *y = b;
	const uint64_t *p = x->added, *q = y->added;

	return keys_descending(p[KVM_EXITSTAT_V_EXITS], q[KVM_EXITSTAT_V_EXITS]) ?:
	       keys_descending(x->row.exits, y->row.exits) ?: keys_order(&x->row, &y->row);
}

static unsigned int cut_off(struct key_since *keys, unsigned int nr, unsigned int most)
{
	qsort(keys, nr, sizeof(*keys), most_first);
	return MIN(nr, most);
}

/* Whether the reason has rows of one of the two kinds. */
static bool has(const struct keys *keys, enum key_kind kind, enum key_kind rest)
{
	unsigned int i;

	for (i = 1; i < keys->nr; i++)
		if (keys->rows[i].kind == kind || keys->rows[i].kind == rest)
			return true;
	return false;
}

/* False if the @nr of @keys have had more than @others, so that the readings cannot be compared. */
static bool take_others(struct key_since *others, const struct key_since *keys, unsigned int nr)
{
	const struct key_since *key;
	bool ok = true;
	unsigned int v;

	for (key = keys; key < keys + nr; key++) {
		key_take_away(&others->row, &key->row);
		for (v = 0; v < NR_VALUES; v++) {
			ok &= key->added[v] <= others->added[v];
			others->added[v] = keys_less(others->added[v], key->added[v]);
		}
	}
	return ok;
}

static void know_nothing(struct keys_since *since)
{
	unsigned int i;

	is_known(&since->total, false);
	is_known(&since->others, false);
	is_known(&since->other_returns, false);
	for (i = 0; i < since->nr; i++)
		is_known(&since->keys[i], false);
	for (i = 0; i < since->nr_returns; i++)
		is_known(&since->returns[i], false);
}

/* All that the rows of @kind are parts of, and what was added to it; false as added_to() */
static bool subtract_whole(struct key_since *whole, const struct key_row *before,
			   const struct key_row *now, enum key_kind kind)
{
	const struct key_row was = key_whole(before, kind);

	whole->row = key_whole(now, kind);
	whole->known = true;
	return added_to(whole->added, &whole->row, &was);
}

int keys_subtract(const struct keys *before, const struct keys *now, unsigned int most,
		  struct keys_since *since)
{
	const struct key_row *reason = before->nr ? before->rows : &nothing;
	bool ok = are_comparable(before, now);

	*since = (struct keys_since) {};
	since->keys = calloc(now->nr, sizeof(*since->keys));
	if (!since->keys)
		return -1;
	ok &= subtract_whole(&since->total, reason, now->rows, KEY_OWN);
	since->nr = subtract_keys(since->keys, before, now, KEY_OWN);
	since->returns = since->keys + since->nr;
	since->nr_returns = subtract_keys(since->returns, before, now, KEY_RETURN);
	since->nr = cut_off(since->keys, since->nr, most);
	since->nr_returns = cut_off(since->returns, since->nr_returns, most);
	since->others.known = since->other_returns.known = true;
	if (has(now, KEY_OWN, KEY_REST))
		since->others = since->total;
	if (has(now, KEY_RETURN, KEY_RETURN_REST))
		ok &= subtract_whole(&since->other_returns, reason, now->rows, KEY_RETURN);
	since->others.row.kind = KEY_REST;
	since->other_returns.row.kind = KEY_RETURN_REST;
	ok &= take_others(&since->others, since->keys, since->nr);
	ok &= take_others(&since->other_returns, since->returns, since->nr_returns);
	if (!ok)
		know_nothing(since);
	return 0;
}
