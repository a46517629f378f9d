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

static void reason_head(FILE *out, const struct hearing *h, unsigned int row)
{
	char reason[REASON_SIZE];

	if (row == ROW_OTHER) {
		fprintf(out, "%6s  %-20s", "other", "reasons without a row");
		return;
	}
	reason_text(reason, h->isa, reasons_number(h->isa, row));
	fprintf(out, "%6s  %-20.20s", reason, reasons_name(h->isa, row) ?: "undefined");
}

static void heads(FILE *out, const struct hearing *h, const char *what)
{
	unsigned int i;

	fprintf(out, "%6s  %-20s %12s", "REASON", what, "OURS");
	for (i = 0; i < h->nr; i++)
		fprintf(out, " %12s", h->witnesses[i].name);
}

/* What is wrong most; what a witness may have missed is not. */
static int64_t worst(const struct testimony *t, unsigned int nr, unsigned int row)
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

static bool has_counts(const struct hearing *h, unsigned int row)
{
	unsigned int i;

	for (i = 0; i < h->nr; i++)
		if (h->witnesses[i].rows[row].exits)
			return true;
	return h->ours.v[row][KVM_EXITSTAT_V_EXITS];
}

static void text_counts(FILE *out, const struct hearing *h,
			const struct testimony *t)
{
	uint64_t total = 0;
	unsigned int i, row;

	heads(out, h, "NAME (EXITS)");
	fprintf(out, " %10s\n", "DIFFERENCE");
	for (row = 0; row < NR_TALLY; row++) {
		if (!has_counts(h, row))
			continue;
		reason_head(out, h, row);
		fprintf(out, " %12" PRIu64, h->ours.v[row][KVM_EXITSTAT_V_EXITS]);
		total += h->ours.v[row][KVM_EXITSTAT_V_EXITS];
		for (i = 0; i < h->nr; i++)
			fprintf(out, " %12" PRIu64, h->witnesses[i].rows[row].exits);
		fprintf(out, " %+10" PRId64 "\n", worst(t, h->nr, row));
	}
	fprintf(out, "%6s  %-20s %12" PRIu64, "total", "", total);
	for (i = 0; i < h->nr; i++)
		fprintf(out, " %12" PRIu64, h->witnesses[i].total);
	fputc('\n', out);
}

static void text_notes(FILE *out, const struct hearing *h,
		       const struct testimony *t)
{
	unsigned int i;

	for (i = 0; i < h->nr; i++) {
		const struct witness *w = &h->witnesses[i];

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

static double ms_of(const struct hearing *h, uint64_t cycles)
{
	return h->tsc_khz ? (double)cycles / h->tsc_khz : 0;
}

static void cell_ms(FILE *out, bool known, double ms)
{
	if (known)
		fprintf(out, " %12.3f", ms);
	else
		fprintf(out, " %12s", "-");
}

/* From exit to entry, whatever account that is in. */
static void text_times(FILE *out, const struct hearing *h)
{
	unsigned int i, row, v;

	heads(out, h, "NAME (MS)");
	fputc('\n', out);
	for (row = 0; row < NR_TALLY; row++) {
		uint64_t cycles = 0;

		if (!has_counts(h, row))
			continue;
		for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
			cycles += h->ours.v[row][v];
		reason_head(out, h, row);
		cell_ms(out, h->tsc_khz, ms_of(h, cycles));
		for (i = 0; i < h->nr; i++)
			cell_ms(out, h->witnesses[i].rows[row].has_ns,
				h->witnesses[i].rows[row].ns / NS_PER_MS);
		fputc('\n', out);
	}
}

static void text_accounts(FILE *out, const struct hearing *h)
{
	unsigned int i, row, v;

	fprintf(out, "%-28s %12s", "ACCOUNT (MS)", "OURS");
	for (i = 0; i < h->nr; i++)
		fprintf(out, " %12s", h->witnesses[i].name);
	fputc('\n', out);
	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++) {
		uint64_t cycles = 0;

		for (row = 0; row < NR_TALLY; row++)
			cycles += h->ours.v[row][v];
		fprintf(out, "%-28s", value_names[v]);
		cell_ms(out, h->tsc_khz, ms_of(h, cycles));
		for (i = 0; i < h->nr; i++) {
			uint64_t ns = 0;

			for (row = 0; row < NR_TALLY; row++)
				ns += h->witnesses[i].rows[row].account[v];
			cell_ms(out, knows_time(&h->witnesses[i], true), ns / NS_PER_MS);
		}
		fputc('\n', out);
	}
}

void hearing_text(FILE *out, const struct hearing *h)
{
	struct testimony *t = calloc(h->nr, sizeof(*t));
	bool times = false, accounts = false;
	unsigned int i;

	if (!t)
		return;
	for (i = 0; i < h->nr; i++) {
		testimony_of(h, &h->witnesses[i], &t[i]);
		times |= knows_time(&h->witnesses[i], false);
		accounts |= knows_time(&h->witnesses[i], true);
	}
	text_counts(out, h, t);
	text_notes(out, h, t);
	if (times) {
		fputc('\n', out);
		text_times(out, h);
	}
	if (accounts) {
		fputc('\n', out);
		text_accounts(out, h);
	}
	fputc('\n', out);
	free(t);
}
