// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the keys of exits, sorted and checked.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/keys.h"

uint64_t key_value(const struct key_row *row, unsigned int v)
{
	return v == KVM_EXITSTAT_V_EXITS  ? row->exits :
	       v == KVM_EXITSTAT_V_KERNEL ? row->kernel :
					    row->user;
}

/**
 * struct place - where a row is sorted to
 * @whole: what its reason has of what is sorted by
 * @own: what it has itself
 * @row: the row
 */
struct place {
	uint64_t whole;
	uint64_t own;
	struct key_row row;
};

int keys_descending(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

int keys_order(const struct key_row *a, const struct key_row *b)
{
	return keys_descending(b->kind, a->kind) ?: strcmp(a->word, b->word) ?:
	       keys_descending(b->value, a->value) ?: a->access - b->access ?: a->size - b->size;
}

static int by_place(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	return keys_descending(p->whole, q->whole) ?: keys_descending(q->row.reason, p->row.reason) ?:
	       keys_descending(q->row.kind, p->row.kind) ?: keys_descending(p->own, q->own) ?:
	       keys_order(&p->row, &q->row);
}

static uint64_t value_of_reason(const struct keys *keys, uint32_t reason, unsigned int v)
{
	unsigned int i;

	for (i = 0; i < keys->nr; i++)
		if (keys->rows[i].kind == KEY_REASON && keys->rows[i].reason == reason)
			return key_value(&keys->rows[i], v);
	return 0;
}

int keys_sort(struct keys *keys, unsigned int sort)
{
	struct place *places = calloc(keys->nr + 1, sizeof(*places));
	unsigned int i;

	if (!places)
		return -1;
	for (i = 0; i < keys->nr; i++) {
		const struct key_row *row = &keys->rows[i];

		/* The file has the rows of a reason one after the other. */
		places[i].whole = i && row->reason == row[-1].reason ? places[i - 1].whole :
				  value_of_reason(keys, row->reason, sort);
		places[i].own = key_value(row, sort);
		places[i].row = *row;
	}
	qsort(places, keys->nr, sizeof(*places), by_place);
	for (i = 0; i < keys->nr; i++)
		keys->rows[i] = places[i].row;
	free(places);
	return 0;
}

/* Whether the reason in row @i of sorted keys has keys. */
static bool has_keys(const struct keys *keys, unsigned int i)
{
	const struct key_row *next = &keys->rows[i + 1];

	return i + 1 < keys->nr && next->reason == next[-1].reason &&
	       (next->kind == KEY_OWN || next->kind == KEY_REST);
}

/* At least a hundredth */
static bool is_much(const struct key_row *row, const struct key_row *whole)
{
	return row->reason == whole->reason && row->exits > (whole->exits - 1) / 100;
}

int keys_keep_first(struct keys *keys, unsigned int most)
{
	struct key_row whole = {}, row, *less;
	unsigned int i, left = 0, nr = 0;

	if (keys_sort(keys, KVM_EXITSTAT_V_EXITS))
		return -1;
	for (i = 0; i < keys->nr; i++) {
		row = keys->rows[i];
		if (row.kind == KEY_REASON) {
			whole = row;
			left = has_keys(keys, i) ? most : 0;
			if (left)
				keys->rows[nr++] = row;
		} else if (row.kind == KEY_OWN && left && is_much(&row, &whole)) {
			keys->rows[nr++] = row;
			left--;
		}
	}
	keys->nr = nr;
	less = reallocarray(keys->rows, nr + 1, sizeof(*less));
	keys->rows = less ?: keys->rows;
	return 0;
}

/* Add up the rows of @reason of two kinds; false if there is none. */
static bool add_up(const struct keys *keys, uint32_t reason, enum key_kind kind,
		   enum key_kind or_kind, struct key_row *sum)
{
	bool any = false;
	unsigned int i;

	*sum = (struct key_row) {};
	for (i = 0; i < keys->nr; i++) {
		const struct key_row *row = &keys->rows[i];

		if (row->reason != reason || (row->kind != kind && row->kind != or_kind))
			continue;
		any = true;
		sum->exits += row->exits;
		sum->kernel += row->kernel;
		sum->user += row->user;
	}
	return any;
}

static bool is_sum(const struct key_row *row, const struct key_row *sum)
{
	return row->exits == sum->exits && row->kernel == sum->kernel && row->user == sum->user;
}

const struct key_row *keys_unbalanced(const struct keys *keys)
{
	struct key_row sum;
	unsigned int i;

	for (i = 0; i < keys->nr; i++) {
		const struct key_row *row = &keys->rows[i];

		if (row->kind != KEY_REASON)
			continue;
		if (add_up(keys, row->reason, KEY_OWN, KEY_REST, &sum) && !is_sum(row, &sum))
			return row;
		if (row->reason != KVM_EXITSTAT_SUB_NONE &&
		    (!add_up(keys, row->reason, KEY_LEVEL, KEY_LEVEL, &sum) || !is_sum(row, &sum)))
			return row;
	}
	return NULL;
}

void key_value_text(char text[KEY_VALUE_SIZE], const struct key_row *row)
{
	if (!strcmp(row->word, "cpuid"))
		snprintf(text, KEY_VALUE_SIZE, "0x%" PRIx32 " %" PRIu32, (uint32_t)row->value,
			 (uint32_t)(row->value >> 32));
	else
		snprintf(text, KEY_VALUE_SIZE, "0x%" PRIx64, row->value);
}

void key_text(char text[KEY_TEXT_SIZE], const struct key_row *row)
{
	const char access[] = { row->access, ' ', '\0' };
	char value[KEY_VALUE_SIZE], size[8] = "";

	if (row->kind != KEY_OWN) {
		snprintf(text, KEY_TEXT_SIZE, "%s", row->kind == KEY_REST ? "others" : row->word);
		return;
	}
	key_value_text(value, row);
	if (row->size)
		snprintf(size, sizeof(size), " %u", row->size);
	snprintf(text, KEY_TEXT_SIZE, "%s%s%s", row->access == '-' ? "" : access, value, size);
}

const char *keys_none(const struct keys *keys)
{
	if (!keys->kept)
		return "KVM keeps no keys, because its parameter exitstat_keys is 0; set it: echo 1 >/sys/module/kvm/parameters/exitstat_keys";
	return keys->nr ? NULL : "no exit has been kept by its key since exitstat_keys was set; with Linux 6.1 on SVM none ever is";
}
