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

static int descending(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

int keys_order(const struct key_row *a, const struct key_row *b)
{
	return descending(b->kind, a->kind) ?: strcmp(a->word, b->word) ?:
	       descending(b->value, a->value) ?: a->access - b->access ?: a->size - b->size;
}

static int by_place(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	return descending(p->whole, q->whole) ?: descending(q->row.reason, p->row.reason) ?:
	       descending(q->row.kind, p->row.kind) ?: descending(p->own, q->own) ?:
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

static void cpuid_text(char text[KEY_TEXT_SIZE], uint64_t value)
{
	snprintf(text, KEY_TEXT_SIZE, "0x%" PRIx32 " %" PRIu32, (uint32_t)value,
		 (uint32_t)(value >> 32));
}

void key_text(char text[KEY_TEXT_SIZE], const struct key_row *row)
{
	const char access[] = { row->access, ' ', '\0' };
	size_t n;

	if (row->kind != KEY_OWN) {
		snprintf(text, KEY_TEXT_SIZE, "%s", row->kind == KEY_REST ? "others" : row->word);
		return;
	}
	if (!strcmp(row->word, "cpuid")) {
		cpuid_text(text, row->value);
		return;
	}
	n = snprintf(text, KEY_TEXT_SIZE, "%s0x%" PRIx64, row->access == '-' ? "" : access,
		     row->value);
	if (row->size)
		snprintf(text + n, KEY_TEXT_SIZE - n, " %u", row->size);
}

const char *keys_none(const struct keys *keys)
{
	if (!keys->kept)
		return "KVM keeps no keys, because its parameter exitstat_keys is 0; set it: echo 1 >/sys/module/kvm/parameters/exitstat_keys";
	return keys->nr ? NULL : "no exit has been kept by its key since exitstat_keys was set; with Linux 6.1 on SVM none ever is";
}
