// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the keys of exits, sorted and checked.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

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

bool key_is_return(const struct key_row *row)
{
	return row->kind == KEY_RETURN || row->kind == KEY_RETURN_REST;
}

uint64_t keys_less(uint64_t whole, uint64_t part)
{
	return whole - MIN(whole, part);
}

void key_take_away(struct key_row *row, const struct key_row *part)
{
	row->exits = keys_less(row->exits, part->exits);
	row->returns = keys_less(row->returns, part->returns);
	row->kernel = keys_less(row->kernel, part->kernel);
	row->user = keys_less(row->user, part->user);
}

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

/* "none" comes after "other", as in the file. */
static uint64_t rank_of(uint32_t reason)
{
	return reason == KVM_EXITSTAT_SUB_NONE ? (uint64_t)KVM_EXITSTAT_SUB_OTHER + 1 : reason;
}

static int by_reason(const void *a, const void *b)
{
	const struct key_row *p = a, *q = b;

	return keys_descending(rank_of(q->reason), rank_of(p->reason)) ?: keys_order(p, q);
}

void keys_arrange(struct keys *keys)
{
	if (keys->nr)
		qsort(keys->rows, keys->nr, sizeof(*keys->rows), by_reason);
}

void keys_count_returns(struct keys *keys)
{
	struct key_row *reason = NULL, *row;
	unsigned int i;

	for (i = 0; i < keys->nr; i++) {
		row = &keys->rows[i];
		if (row->kind == KEY_REASON) {
			reason = row;
			reason->returns = 0;
		} else if (key_is_return(row) && reason && reason->reason == row->reason) {
			reason->returns += row->exits;
		}
	}
}

struct key_row key_whole(const struct key_row *reason, enum key_kind kind)
{
	struct key_row whole = *reason;

	if (kind == KEY_RETURN) {
		whole.exits = reason->returns;
		whole.kernel = 0;
	}
	whole.returns = 0;
	return whole;
}

int keys_sort(struct keys *keys, unsigned int sort)
{
	struct place *places = calloc(keys->nr + 1, sizeof(*places));
	unsigned int i;

	if (!places)
		return -1;
	for (i = 0; i < keys->nr; i++) {
		const struct key_row *row = &keys->rows[i];

		places[i].own = key_is_return(row) && sort == KVM_EXITSTAT_V_KERNEL ?
				row->exits : key_value(row, sort);
		places[i].whole = row->kind == KEY_REASON ? places[i].own :
				  i && row->reason == row[-1].reason ? places[i - 1].whole : 0;
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

/* Give back the memory of rows that are no more. */
static void give_back(struct keys *keys)
{
	struct key_row *less = reallocarray(keys->rows, keys->nr + 1, sizeof(*less));

	if (less)
		keys->rows = less;
}

/* Whether the last reason of the @nr rows has this key. */
static bool is_kept(const struct key_row *rows, unsigned int nr, const struct key_row *row)
{
	while (nr && rows[--nr].kind == KEY_OWN)
		if (!keys_order(&rows[nr], row))
			return true;
	return false;
}

int keys_keep_first(struct keys *keys, unsigned int most)
{
	struct key_row whole = {}, row;
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
		} else if (row.kind == KEY_OWN && left && is_much(&row, &whole) &&
			   !is_kept(keys->rows, nr, &row)) {
			keys->rows[nr++] = row;
			left--;
		}
	}
	keys->nr = nr;
	give_back(keys);
	return 0;
}

/**
 * struct sum - what the rows of a reason have together
 * @any: there is such a row
 * @exits: theirs; as 64 bits
 * @kernel: TSC cycles
 * @user: TSC cycles
 */
struct sum {
	bool any;
	uint64_t exits;
	uint64_t kernel;
	uint64_t user;
};

static void add(struct sum *sum, const struct key_row *row)
{
	sum->any = true;
	sum->exits += row->exits;
	sum->kernel += row->kernel;
	sum->user += row->user;
}

static bool is_sum(const struct key_row *row, const struct sum *sum)
{
	return row->exits == sum->exits && row->kernel == sum->kernel && row->user == sum->user;
}

/* The rows of a reason, from @first to @end; @returns: KVM tells the returns. */
static bool is_balanced(const struct key_row *first, const struct key_row *end, bool returns)
{
	struct sum of_keys = {}, of_levels = {}, of_returns = {};
	const struct key_row *row;

	if (first->kind != KEY_REASON)
		return false;
	for (row = first + 1; row < end; row++)
		add(key_is_return(row) ? &of_returns :
		    row->kind == KEY_LEVEL ? &of_levels : &of_keys, row);
	return (!of_keys.any || is_sum(first, &of_keys)) &&
	       (first->reason == KVM_EXITSTAT_SUB_NONE || is_sum(first, &of_levels)) &&
	       (!returns || first->user == of_returns.user);
}

static bool has_returns(const struct keys *keys)
{
	unsigned int i = 0;

	while (i < keys->nr && !key_is_return(&keys->rows[i]))
		i++;
	return i < keys->nr;
}

const struct key_row *keys_unbalanced(const struct keys *keys)
{
	const bool returns = has_returns(keys);
	const struct key_row *row, *next, *end;

	if (!keys->nr)	/* and no @rows */
		return NULL;
	end = keys->rows + keys->nr;
	for (row = keys->rows; row < end; row = next) {
		for (next = row + 1; next < end && next->reason == row->reason; next++)
			;
		if (!is_balanced(row, next, returns))
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

	if (row->kind == KEY_RETURN) {
		snprintf(text, KEY_TEXT_SIZE, "%s %" PRIu64,
			 row->access == KEY_FAILED ? "error" : "return", row->value);
		return;
	}
	if (row->kind != KEY_OWN) {
		snprintf(text, KEY_TEXT_SIZE, "%s", row->kind == KEY_REST ? "others" :
						    row->kind == KEY_RETURN_REST ? "other returns" :
										   row->word);
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
