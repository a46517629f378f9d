// SPDX-License-Identifier: GPL-2.0-only
/*
 * The records of a witness of verify, compared with our counts. The input's size chooses
 * the ISA.
 */
#include "fuzz.h"
#include "verify/verify_witness.h"
#include "verify/verify_witness_text.h"
#include "verify/witness.h"

static void check_comparison(const struct witnesses *ws, const struct witness *w)
{
	static struct comparison of;
	unsigned int i;

	comparison_of(ws, w, &of);
	for (i = 0; i < NR_TALLY; i++)
		MUST(!of.rows[i].missing || !of.rows[i].extra);
	MUST(of.total.ours - of.total.theirs == of.missed - of.total.missing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct witness w;
	static struct witnesses ws;
	char *text, *shown;
	size_t length;
	FILE *out;

	text = text_of(data, size);
	w = (struct witness) { .command = "a" };
	ws = (struct witnesses) {
		.all = &w, .nr = 1, .begun = true, .over = true, .isa = 1 + (size & 1),
		.tsc_khz = 1000000, .ours = { .vcpus = 1 },
	};
	ws.ours.v[10][KVM_EXITSTAT_V_EXITS] = 1009;
	ws.ours.v[ROW_OTHER][KVM_EXITSTAT_V_EXITS] = 7;
	if (!witness_parse(&w, ws.isa, text)) {
		MUST(w.name[0] && strlen(w.name) < WITNESS_NAME);
		check_comparison(&ws, &w);
		out = open_memstream(&shown, &length);
		MUST(out);
		witnesses_text(out, &ws);
		MUST(!fclose(out) && length);
		free(shown);
	}
	free(text);
	return 0;
}
