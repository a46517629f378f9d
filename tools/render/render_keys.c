// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: keys of exits as text or JSON.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/columns.h"
#include "lib/json.h"
#include "lib/text.h"
#include "lib/units.h"
#include "model/key_names.h"
#include "model/keys.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/table.h"
#include "render/json_parts.h"
#include "render/render_json.h"
#include "render/render_keys.h"
#include "render/render_text.h"

/* The columns, and the order in which they are left out if the terminal is too narrow, 0 for never */
static const struct {
	struct column column;
	unsigned int goes;
} columns[] = {
	{ TO_RIGHT("REASON", 0, 0), 0 },
	{ TO_LEFT("KEY", 2, 0), 0 },
	{ TO_LEFT("NAME", 2, 0), 6 },
	{ TO_RIGHT("EXITS", 2, 0), 0 },
	{ TO_RIGHT("SHARE", 2, 0), 1 },
	{ TO_RIGHT("ERROR", 2, 0), 4 },
	{ TO_RIGHT("KERNEL", 4, 0), 5 },
	{ TO_RIGHT("USER", 2, 0), 2 },
	{ TO_RIGHT("MEAN", 2, 0), 3 },
};

#define NR_COLUMNS	(sizeof(columns) / sizeof(columns[0]))
#define ERROR_COLUMN	5

static const char *name_of(uint32_t isa, uint32_t reason)
{
	return reason_name(isa, reason) ?: "undefined";
}

static bool is_chosen(const struct view *view, const struct key_row *row)
{
	const unsigned int i = reasons_row(view->r->isa, row->reason);

	return !view->only || (i < reasons_nr(view->r->isa) && view->only[i]);
}

static void key_cell(struct grid *grid, const struct key_row *row)
{
	char text[KEY_TEXT_SIZE];

	key_text(text, row);
	grid_cell(grid, "%s", text);
}

static void name_cell(struct grid *grid, const struct view *view, const struct key_row *row)
{
	static const struct { const char *level, *name; } levels[] = {
		{ "l1", "the guest's own" },
		{ "l2", "a nested guest's" },
		{ "l2-l1", "a nested guest's, to its hypervisor" },
	};
	char name[KEY_NAME_SIZE];
	unsigned int i;

	key_name(name, row, view->regions);
	for (i = 0; row->kind == KEY_LEVEL && i < sizeof(levels) / sizeof(levels[0]); i++)
		if (!strcmp(row->word, levels[i].level))
			snprintf(name, sizeof(name), "%s", levels[i].name);
	grid_cell(grid, "%s", row->kind == KEY_REASON ? name_of(view->r->isa, row->reason) : name);
}

static void reason_cell(struct grid *grid, uint32_t isa, const struct key_row *row)
{
	char number[REASON_SIZE] = "";

	if (row->kind == KEY_REASON && row->reason < KVM_EXITSTAT_SUB_NONE)
		reason_text(number, isa, row->reason);
	grid_cell(grid, "%s", row->kind == KEY_REASON && !*number ?
			      name_of(isa, row->reason) : number);
}

static void time_cell(struct grid *grid, const struct view *view, __int128 cycles, bool shown)
{
	char cell[CELL];

	time_text(cell, CELL, cycles, view->cycles ? 0 : view->r->tsc_khz);
	grid_cell(grid, "%s", shown ? cell : "");
}

static void number_cell(struct grid *grid, uint64_t number, bool shown)
{
	char cell[CELL];

	cycles_text(cell, CELL, number);
	grid_cell(grid, "%s", shown ? cell : "");
}

/* Of returns there are their number, in percent of the reason's exits, and their time in the VMM. */
static void text_row(struct grid *grid, const struct view *view, const struct key_row *row,
		     const struct key_row *whole)
{
	const bool exits = !key_is_return(row);
	char cell[CELL];

	reason_cell(grid, view->r->isa, row);
	key_cell(grid, row);
	name_cell(grid, view, row);
	number_cell(grid, row->exits, true);
	share_text(cell, CELL, row->exits, whole->exits);
	grid_cell(grid, "%s", cell);
	number_cell(grid, row->error, row->kind == KEY_OWN || row->kind == KEY_RETURN);
	time_cell(grid, view, row->kernel, exits);
	time_cell(grid, view, row->user, true);
	time_cell(grid, view, row->exits ?
		  ((__int128)row->kernel + row->exits / 2) / row->exits : 0, exits);
}

/* Most guests are not nested, and have each exit at the same level. */
static bool is_obvious(const struct key_row *row, const struct key_row *whole)
{
	return row->kind == KEY_LEVEL && !strcmp(row->word, "l1") && row->exits == whole->exits;
}

static void text_keys(FILE *out, const struct view *view, const struct keys *keys)
{
	struct column shown[NR_COLUMNS];
	struct grid grid = { .columns = shown, .nr_columns = NR_COLUMNS };
	const struct key_row *row, *whole = NULL;
	uint64_t of_keys = 0, of_returns = 0;
	unsigned int i;

	for (i = 0; i < NR_COLUMNS; i++) {
		shown[i] = columns[i].column;
		shown[i].goes = columns[i].goes;
	}
	grid_titles(&grid);
	for (i = 0; i < keys->nr; i++) {
		row = &keys->rows[i];
		if (row->kind == KEY_REASON)
			whole = row;
		if (!whole || whole->reason != row->reason || !is_chosen(view, row) ||
		    is_obvious(row, whole))
			continue;
		*(row->kind == KEY_RETURN ? &of_returns : &of_keys) |= row->error;
		text_row(&grid, view, row, whole);
	}
	shown[ERROR_COLUMN].hidden = !of_keys && !of_returns;
	grid_fit(&grid, shown, view->width, out);
	grid_write(&grid, out);
	grid_end(&grid);
	if (of_keys)
		fputs("\nA key may have had up to ERROR exits more while it had no place; they are among the others.\n",
		      out);
	if (of_returns)
		fputs("\nThere may have been up to ERROR more of a return while it had no place; they are among the other returns.\n",
		      out);
}

/* What text_by() passes on */
struct shown {
	const struct view *view;
	const struct keys *keys;
};

static void write_text(FILE *out, const void *data)
{
	const struct shown *shown = data;

	render_text_head(out, shown->view, "the VMs that there are now");
	text_keys(out, shown->view, shown->keys);
	render_text_tail(out, shown->view);
}

static void json_counts(struct json *j, const struct key_row *row)
{
	json_u64(j, "exits", row->exits);
	json_open_object(j, "cycles");
	json_u64(j, "kernel", row->kernel);
	json_u64(j, "user", row->user);
	json_close(j);
}

static void json_key(struct json *j, const struct view *view, const struct key_row *row)
{
	char name[KEY_NAME_SIZE];

	key_name(name, row, view->regions);
	json_open_object(j, NULL);
	json_named_key(j, row, name);
	json_counts(j, row);
	json_u64(j, "error", row->error);
	json_close(j);
}

static void json_returned(struct json *j, const struct key_row *row)
{
	json_u64(j, "returns", row->exits);
	json_open_object(j, "cycles");
	json_u64(j, "user", row->user);
	json_close(j);
}

static void json_return(struct json *j, const struct view *view, const struct key_row *row)
{
	char name[KEY_NAME_SIZE];

	key_name(name, row, view->regions);
	json_open_object(j, NULL);
	json_named_return(j, row, name);
	json_returned(j, row);
	json_u64(j, "error", row->error);
	json_close(j);
}

static void json_level(struct json *j, const struct view *view, const struct key_row *row)
{
	(void)view;
	json_open_object(j, NULL);
	json_string(j, "level", row->word);
	json_counts(j, row);
	json_close(j);
}

/* The rows of @kind of the reason whose first row is at @first. */
static void json_rows(struct json *j, const struct view *view, const char *key,
		      const struct keys *keys, unsigned int first, enum key_kind kind,
		      void (*write)(struct json *j, const struct view *view,
				    const struct key_row *row))
{
	unsigned int i;

	json_open_array(j, key);
	for (i = first; i < keys->nr && keys->rows[i].reason == keys->rows[first].reason; i++)
		if (keys->rows[i].kind == kind)
			write(j, view, &keys->rows[i]);
	json_close(j);
}

static void json_of_reason(struct json *j, const struct view *view, const struct keys *keys,
			   unsigned int first)
{
	const struct key_row *reason = &keys->rows[first];
	struct key_row rest = {}, return_rest = {};
	unsigned int i;

	for (i = first; i < keys->nr && keys->rows[i].reason == reason->reason; i++) {
		if (keys->rows[i].kind == KEY_REST)
			rest = keys->rows[i];
		else if (keys->rows[i].kind == KEY_RETURN_REST)
			return_rest = keys->rows[i];
	}
	json_open_object(j, NULL);
	json_reason(j, reason->reason, name_of(keys->isa, reason->reason));
	json_counts(j, reason);
	json_rows(j, view, "keys", keys, first, KEY_OWN, json_key);
	json_open_object(j, "others");
	json_counts(j, &rest);
	json_close(j);
	json_rows(j, view, "levels", keys, first, KEY_LEVEL, json_level);
	json_rows(j, view, "returns", keys, first, KEY_RETURN, json_return);
	json_open_object(j, "other_returns");
	json_returned(j, &return_rest);
	json_close(j);
	json_close(j);
}

static char *keys_json(const struct view *view, const struct keys *keys)
{
	struct json j;
	unsigned int i;

	json_document(&j, "keys", view->time_ns);
	json_source(&j, view->r->from);
	json_u64(&j, "abi_version", view->r->abi_version);
	json_isa(&j, view->r->isa);
	json_known(&j, "tsc_khz", view->r->tsc_khz);
	json_boolean(&j, "counting", view->r->counting);
	render_json_scope(&j, view);
	json_known(&j, "period", keys->period);
	json_u64(&j, "torn", keys->torn);
	json_open_array(&j, "reasons");
	for (i = 0; i < keys->nr; i++)
		if (keys->rows[i].kind == KEY_REASON && is_chosen(view, &keys->rows[i]))
			json_of_reason(&j, view, keys, i);
	json_close(&j);
	render_json_run(&j, view->run);
	return json_end(&j, view->series);
}

char *render_keys(const struct view *view, const struct keys *keys)
{
	const struct shown shown = { view, keys };

	return view->json ? keys_json(view, keys) : text_by(write_text, &shown);
}
