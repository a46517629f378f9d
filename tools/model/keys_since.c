// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: what the keys of one reason have had since an earlier reading.
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
	return nr > 1 && keys->rows[0].kind == KEY_REASON;
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
	return a->nr && a->id == b->id && a->vcpus == b->vcpus && !a->torn && !b->torn &&
	       !a->full && !b->full;
}

/* Both are in the order of keys_order().  A key that is not in @before has begun since. */
static void subtract_keys(struct keys_since *since, const struct keys *before,
			  const struct keys *now)
{
	const struct key_row *was = before->rows, *end = was + before->nr;
	unsigned int i;

	for (i = 1; i < now->nr && now->rows[i].kind == KEY_OWN; i++) {
		struct key_since *key = &since->keys[since->nr++];
		int order = 1;

		key->row = now->rows[i];
		while (was < end && (order = keys_order(was, &key->row)) < 0)
			was++;
		is_known(key, added_to(key->added, &key->row, order ? &nothing : was));
	}
}

static int most_first(const void *a, const void *b)
{
	const struct key_since *x = a, *y = b;
	const uint64_t *p = x->added, *q = y->added;

	return keys_descending(p[KVM_EXITSTAT_V_EXITS], q[KVM_EXITSTAT_V_EXITS]) ?:
	       keys_descending(x->row.exits, y->row.exits) ?: keys_order(&x->row, &y->row);
}

static void cut_off(struct keys_since *since, unsigned int most)
{
	qsort(since->keys, since->nr, sizeof(*since->keys), most_first);
	since->nr = MIN(since->nr, most);
}

/* False if the keys have had more than their reason, so that the readings cannot be compared. */
static bool take_others(struct keys_since *since)
{
	struct key_since *others = &since->others, *key;
	bool ok = true;
	unsigned int v;

	*others = since->total;
	others->row.kind = KEY_REST;
	for (key = since->keys; key < since->keys + since->nr; key++) {
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
	for (i = 0; i < since->nr; i++)
		is_known(&since->keys[i], false);
}

int keys_subtract(const struct keys *before, const struct keys *now, unsigned int most,
		  struct keys_since *since)
{
	bool ok = are_comparable(before, now);

	*since = (struct keys_since) { .total.row = now->rows[0], .total.known = true };
	since->keys = calloc(now->nr, sizeof(*since->keys));
	if (!since->keys)
		return -1;
	ok &= added_to(since->total.added, now->rows, before->nr ? before->rows : &nothing);
	subtract_keys(since, before, now);
	cut_off(since, most);
	if (!take_others(since) || !ok)
		know_nothing(since);
	return 0;
}
