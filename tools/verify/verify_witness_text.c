// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: tables of what witnesses say.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/units.h"
#include "model/reasons.h"
#include "verify/verify_witness.h"
#include "verify/verify_witness_text.h"
#include "verify/witness.h"

#define NS_PER_MS	1e6

static void reason_head(FILE *out, const struct witnesses *ws, unsigned int row)
{
	char reason[REASON_SIZE];

	if (row == ROW_OTHER) {
		fprintf(out, "%6s  %-20s", "other", "reasons without a row");
		return;
	}
	reason_text(reason, ws->isa, reasons_number(ws->isa, row));
	fprintf(out, "%6s  %-20.20s", reason, reasons_name(ws->isa, row) ?: "undefined");
}

static void heads(FILE *out, const struct witnesses *ws, const char *what)
{
	unsigned int i;

	fprintf(out, "%6s  %-20s %12s", "REASON", what, "OURS");
	for (i = 0; i < ws->nr; i++)
		fprintf(out, " %12s", ws->all[i].name);
}

/* What is wrong most; what a witness may have missed is not. */
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
	uint64_t total = 0;
	unsigned int i, row;

	heads(out, ws, "NAME (EXITS)");
	fprintf(out, " %10s\n", "DIFFERENCE");
	for (row = 0; row < NR_TALLY; row++) {
		if (!has_counts(ws, row))
			continue;
		reason_head(out, ws, row);
		fprintf(out, " %12" PRIu64, ws->ours.v[row][KVM_EXITSTAT_V_EXITS]);
		total += ws->ours.v[row][KVM_EXITSTAT_V_EXITS];
		for (i = 0; i < ws->nr; i++)
			fprintf(out, " %12" PRIu64, ws->all[i].rows[row].exits);
		fprintf(out, " %+10" PRId64 "\n", worst(t, ws->nr, row));
	}
	fprintf(out, "%6s  %-20s %12" PRIu64, "total", "", total);
	for (i = 0; i < ws->nr; i++)
		fprintf(out, " %12" PRIu64, ws->all[i].total);
	fputc('\n', out);
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

static void cell_ms(FILE *out, bool known, double ms)
{
	if (known)
		fprintf(out, " %12.3f", ms);
	else
		fprintf(out, " %12s", "-");
}

/* From exit to entry, whatever account that is in. */
static void text_times(FILE *out, const struct witnesses *ws)
{
	unsigned int i, row, v;

	heads(out, ws, "NAME (MS)");
	fputc('\n', out);
	for (row = 0; row < NR_TALLY; row++) {
		uint64_t cycles = 0;

		if (!has_counts(ws, row))
			continue;
		for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
			cycles += ws->ours.v[row][v];
		reason_head(out, ws, row);
		cell_ms(out, ws->tsc_khz, ms_of(ws, cycles));
		for (i = 0; i < ws->nr; i++)
			cell_ms(out, ws->all[i].rows[row].has_ns,
				ws->all[i].rows[row].ns / NS_PER_MS);
		fputc('\n', out);
	}
}

static void text_accounts(FILE *out, const struct witnesses *ws)
{
	unsigned int i, row, v;

	fprintf(out, "%-28s %12s", "ACCOUNT (MS)", "OURS");
	for (i = 0; i < ws->nr; i++)
		fprintf(out, " %12s", ws->all[i].name);
	fputc('\n', out);
	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++) {
		uint64_t cycles = 0;

		for (row = 0; row < NR_TALLY; row++)
			cycles += ws->ours.v[row][v];
		fprintf(out, "%-28s", value_names[v]);
		cell_ms(out, ws->tsc_khz, ms_of(ws, cycles));
		for (i = 0; i < ws->nr; i++) {
			uint64_t ns = 0;

			for (row = 0; row < NR_TALLY; row++)
				ns += ws->all[i].rows[row].account[v];
			cell_ms(out, knows_time(&ws->all[i], true), ns / NS_PER_MS);
		}
		fputc('\n', out);
	}
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
