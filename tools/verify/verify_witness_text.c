// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: tables of witnesses' counts.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/columns.h"
#include "model/reasons.h"
#include "verify/verify_witness.h"
#include "verify/verify_witness_text.h"
#include "verify/witness.h"

#define NS_PER_MS	1e6

/* The columns that a table begins with, ours, each witness's, and the difference. */
#define MOST_COLUMNS(ws)	((ws)->nr + 4)

/* Add to the first @nr columns: ours, each witness's, and the difference if asked for. */
static void sheet_start(struct grid *grid, struct column *columns,
			const struct witnesses *ws, unsigned int nr, bool difference)
{
	unsigned int i;

	columns[nr++] = (struct column) TO_RIGHT("OURS", 1, 12);
	for (i = 0; i < ws->nr; i++)
		columns[nr++] = (struct column) TO_RIGHT(ws->all[i].name, 1, 12);
	if (difference)
		columns[nr++] = (struct column) TO_RIGHT("DIFFERENCE", 1, 10);
	*grid = (struct grid) { .columns = columns, .nr_columns = nr };
	grid_titles(grid);
}

static void sheet_write(struct grid *grid, FILE *out)
{
	grid_write(grid, out);
	grid_end(grid);
}

/* Begin a table with a line for each reason; @what is the title of the names. */
static void reasons_start(struct grid *grid, struct column *columns,
			  const struct witnesses *ws, const char *what, bool difference)
{
	columns[0] = (struct column) TO_RIGHT("REASON", 0, 6);
	columns[1] = (struct column) TO_LEFT(what, 2, 20);
	sheet_start(grid, columns, ws, 2, difference);
}

static void reason_cells(struct grid *grid, const struct witnesses *ws,
			 unsigned int row)
{
	char reason[REASON_SIZE];

	if (row == ROW_OTHER) {
		grid_cell(grid, "other");
		grid_cell(grid, "reasons without a row");
		return;
	}
	reason_text(reason, ws->isa, reasons_number(ws->isa, row));
	grid_cell(grid, "%s", reason);
	grid_cell(grid, "%s", reasons_name(ws->isa, row) ?: "undefined");
}

/* The largest difference of any witness, not counting what a witness may have missed. */
static int64_t worst(const struct comparison *t, unsigned int nr, unsigned int row)
{
	int64_t most = 0, d;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		d = t[i].rows[row].missing ? -(int64_t)t[i].rows[row].missing :
					     (int64_t)t[i].rows[row].extra;
		if (llabs(d) > llabs(most))
			most = d;
	}
	return most;
}

static bool has_counts(const struct witnesses *ws, unsigned int row)
{
	unsigned int i;

	for (i = 0; i < ws->nr; i++)
		if (ws->all[i].rows[row].exits)
			return true;
	return ws->ours.v[row][KVM_EXITSTAT_V_EXITS];
}

static void text_counts(FILE *out, const struct witnesses *ws,
			const struct comparison *t)
{
	struct column columns[MOST_COLUMNS(ws)];
	struct grid grid;
	uint64_t total = 0;
	unsigned int i, row;

	reasons_start(&grid, columns, ws, "NAME (EXITS)", true);
	for (row = 0; row < NR_TALLY; row++) {
		if (!has_counts(ws, row))
			continue;
		reason_cells(&grid, ws, row);
		grid_cell(&grid, "%" PRIu64, ws->ours.v[row][KVM_EXITSTAT_V_EXITS]);
		total += ws->ours.v[row][KVM_EXITSTAT_V_EXITS];
		for (i = 0; i < ws->nr; i++)
			grid_cell(&grid, "%" PRIu64, ws->all[i].rows[row].exits);
		grid_cell(&grid, "%+" PRId64, worst(t, ws->nr, row));
	}
	grid_cell(&grid, "total");
	grid_cell(&grid, "%s", "");
	grid_cell(&grid, "%" PRIu64, total);
	for (i = 0; i < ws->nr; i++)
		grid_cell(&grid, "%" PRIu64, ws->all[i].total);
	grid_cell(&grid, "%s", "");
	sheet_write(&grid, out);
}

static void text_notes(FILE *out, const struct witnesses *ws,
		       const struct comparison *t)
{
	unsigned int i;

	for (i = 0; i < ws->nr; i++) {
		const struct witness *w = &ws->all[i];

		if (w->entries || w->lost)
			fprintf(out, "%s counts %s and has lost %" PRIu64 ": it may miss %" PRIu64 " exits, and misses %" PRIu64 "\n",
				w->name, w->entries ? "entries" : "exits", w->lost,
				t[i].allowed, t[i].missed);
	}
}

static bool knows_time(const struct witness *w, bool accounts)
{
	unsigned int row;

	for (row = 0; row < NR_TALLY; row++)
		if (accounts ? w->rows[row].has_accounts : w->rows[row].has_ns)
			return true;
	return false;
}

static double ms_of(const struct witnesses *ws, uint64_t cycles)
{
	return ws->tsc_khz ? (double)cycles / ws->tsc_khz : 0;
}

static void ms_cell(struct grid *grid, bool known, double ms)
{
	if (known)
		grid_cell(grid, "%.3f", ms);
	else
		grid_cell(grid, "-");
}

/* Times from exit to entry, over all accounts. */
static void text_times(FILE *out, const struct witnesses *ws)
{
	struct column columns[MOST_COLUMNS(ws)];
	struct grid grid;
	unsigned int i, row, v;

	reasons_start(&grid, columns, ws, "NAME (MS)", false);
	for (row = 0; row < NR_TALLY; row++) {
		uint64_t cycles = 0;

		if (!has_counts(ws, row))
			continue;
		for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
			cycles += ws->ours.v[row][v];
		reason_cells(&grid, ws, row);
		ms_cell(&grid, ws->tsc_khz, ms_of(ws, cycles));
		for (i = 0; i < ws->nr; i++)
			ms_cell(&grid, ws->all[i].rows[row].has_ns,
				ws->all[i].rows[row].ns / NS_PER_MS);
	}
	sheet_write(&grid, out);
}

static void text_accounts(FILE *out, const struct witnesses *ws)
{
	struct column columns[MOST_COLUMNS(ws)];
	struct grid grid;
	unsigned int i, row, v;

	columns[0] = (struct column) TO_LEFT("ACCOUNT (MS)", 0, 28);
	sheet_start(&grid, columns, ws, 1, false);
	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++) {
		uint64_t cycles = 0;

		for (row = 0; row < NR_TALLY; row++)
			cycles += ws->ours.v[row][v];
		grid_cell(&grid, "%s", value_names[v]);
		ms_cell(&grid, ws->tsc_khz, ms_of(ws, cycles));
		for (i = 0; i < ws->nr; i++) {
			uint64_t ns = 0;

			for (row = 0; row < NR_TALLY; row++)
				ns += ws->all[i].rows[row].account[v];
			ms_cell(&grid, knows_time(&ws->all[i], true), ns / NS_PER_MS);
		}
	}
	sheet_write(&grid, out);
}

void witnesses_text(FILE *out, const struct witnesses *ws)
{
	struct comparison *t = calloc(ws->nr, sizeof(*t));
	bool times = false, accounts = false;
	unsigned int i;

	if (!t)
		return;
	for (i = 0; i < ws->nr; i++) {
		comparison_of(ws, &ws->all[i], &t[i]);
		times |= knows_time(&ws->all[i], false);
		accounts |= knows_time(&ws->all[i], true);
	}
	text_counts(out, ws, t);
	text_notes(out, ws, t);
	if (times) {
		fputc('\n', out);
		text_times(out, ws);
	}
	if (accounts) {
		fputc('\n', out);
		text_accounts(out, ws);
	}
	fputc('\n', out);
	free(t);
}
