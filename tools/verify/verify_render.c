// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: the result as text and as JSON.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/columns.h"
#include "lib/json.h"
#include "lib/text.h"
#include "lib/units.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/table.h"
#include "render/json_parts.h"
#include "verify/verify.h"
#include "verify/verify_render.h"
#include "verify/verify_witness.h"
#include "verify/verify_witness_text.h"
#include "verify/witness.h"

#define REST_NAME	"all other reasons"

/**
 * struct sheet - lines in the order in which they are printed
 * @isa: KVM_EXITSTAT_ISA_*
 * @lines: by row
 * @order: rows of @lines: reasons, most exits first; then the rest and the total
 * @nr: number of entries in @order
 */
struct sheet {
	uint32_t isa;
	struct line lines[NR_LINES];
	unsigned int order[NR_LINES];
	unsigned int nr;
};

static int by_exits(const void *a, const void *b, void *context)
{
	const unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;
	const struct line *lines = context;

	if (x >= ROW_OTHER || y >= ROW_OTHER || lines[x].ours == lines[y].ours)
		return x < y ? -1 : 1;
	return lines[x].ours > lines[y].ours ? -1 : 1;
}

static void sheet_sort(struct sheet *sheet, uint32_t isa)
{
	unsigned int i;

	sheet->isa = isa;
	sheet->nr = 0;
	for (i = 0; i < NR_LINES; i++)
		if (sheet->lines[i].shown)
			sheet->order[sheet->nr++] = i;
	qsort_r(sheet->order, sheet->nr, sizeof(sheet->order[0]), by_exits,
		sheet->lines);
}

static void sheet_of_vm(struct sheet *sheet, const struct vm_check *vm)
{
	*sheet = (struct sheet) {};
	lines_add_vm(sheet->lines, vm);
	sheet_sort(sheet, vm->isa);
}

static void sheet_of_vcpu(struct sheet *sheet, const struct vm_check *vm,
			  const struct vcpu_check *v)
{
	*sheet = (struct sheet) {};
	lines_add(sheet->lines, v);
	sheet_sort(sheet, vm->isa);
}

static const char *name_of(uint32_t isa, unsigned int row)
{
	if (row == ROW_OTHER)
		return REST_NAME;
	if (row == ROW_TOTAL)
		return "";
	return reasons_name(isa, row) ?: "undefined";
}

static void row_text(char text[CELL], uint32_t isa, unsigned int row)
{
	if (row == ROW_OTHER)
		strcpy(text, "rest");
	else if (row == ROW_TOTAL)
		strcpy(text, "total");
	else
		reason_text(text, isa, reasons_number(isa, row));
}

/* "0", "-37", "+2", or "-37 +2" if some vCPUs have too few exits and some too many */
static void difference_text(char *text, uint64_t missing, uint64_t extra)
{
	if (missing && extra)
		snprintf(text, CELL, "-%" PRIu64 " +%" PRIu64, missing, extra);
	else if (missing)
		snprintf(text, CELL, "-%" PRIu64, missing);
	else
		snprintf(text, CELL, "%s%" PRIu64, extra ? "+" : "", extra);
}

/* A reason without exits in this time is only in JSON. */
static bool in_text(unsigned int row, const struct line *line)
{
	return row >= ROW_OTHER || line->ours || line->high || line->low ||
	       line->missing || line->extra;
}

static const struct column sheet_columns[] = {
	TO_RIGHT("REASON", 0, 6),
	TO_LEFT("NAME", 2, 24),
	TO_RIGHT("OURS", 1, 11),
	TO_RIGHT("LOW", 1, 11),
	TO_RIGHT("HIGH", 1, 11),
	TO_RIGHT("DIFFERENCE", 1, 10),
};

static void text_line(struct grid *grid, uint32_t isa, unsigned int row,
		      const struct line *line)
{
	char reason[CELL], difference[CELL];

	row_text(reason, isa, row);
	difference_text(difference, line->missing, line->extra);
	grid_cell(grid, "%s", reason);
	grid_cell(grid, "%s", name_of(isa, row));
	grid_cell(grid, "%" PRId64, line->ours);
	grid_cell(grid, "%" PRId64, line->low);
	grid_cell(grid, "%" PRId64, line->high);
	grid_cell(grid, "%s", difference);
}

static void text_sheet(FILE *out, const struct sheet *sheet)
{
	struct grid grid = { .columns = sheet_columns, .nr_columns = 6 };
	unsigned int i, row;

	grid_titles(&grid);
	for (i = 0; i < sheet->nr; i++) {
		row = sheet->order[i];
		if (in_text(row, &sheet->lines[row]))
			text_line(&grid, sheet->isa, row, &sheet->lines[row]);
	}
	grid_write(&grid, out);
	grid_end(&grid);
}

static unsigned int vcpus_compared(const struct vm_check *vm)
{
	unsigned int i, nr = 0;

	for (i = 0; i < vm->nr; i++)
		nr += vm->vcpus[i]->comparisons > 0;
	return nr;
}

static void text_vm(FILE *out, const struct vm_check *vm, bool per_vcpu)
{
	const unsigned int vcpus = vcpus_compared(vm);
	char *name = printable(vm->vm.name);
	struct sheet sheet;
	unsigned int i;

	fprintf(out, "process %d%s%s, %s, %u vCPU%s%s\n", vm->vm.pid,
		name && *name ? ", VM " : "", name ?: "",
		isa_name(vm->isa), vcpus,
		plural(vcpus), vm->ended ? ", ended" : "");
	free(name);
	sheet_of_vm(&sheet, vm);
	text_sheet(out, &sheet);
	for (i = 0; i < vm->nr && per_vcpu; i++) {
		if (!vm->vcpus[i]->comparisons)
			continue;
		fprintf(out, "\nvCPU %u, thread %d\n", vm->vcpus[i]->number,
			vm->vcpus[i]->tid);
		sheet_of_vcpu(&sheet, vm, vm->vcpus[i]);
		text_sheet(out, &sheet);
	}
	fputc('\n', out);
}

/* The reasons that differ, over all VMs. */
static void text_culprits(FILE *out, const struct result *result)
{
	struct line lines[NR_LINES] = {};
	const char *separator = ":";
	char difference[CELL];
	uint32_t isa = 0;
	unsigned int i;

	for (i = 0; i < result->nr_vms; i++) {
		lines_add_vm(lines, result->vms[i]);
		isa = result->vms[i]->isa ?: isa;
	}
	for (i = 0; i < NR_LINES; i++) {
		if (!lines[i].missing && !lines[i].extra)
			continue;
		difference_text(difference, lines[i].missing, lines[i].extra);
		fprintf(out, "%s %s %s", separator,
			i == ROW_TOTAL ? "total" : name_of(isa, i), difference);
		separator = ",";
	}
}

static void text_summary(FILE *out, const struct result *result)
{
	struct summary v;

	summary_of(result, &v);
	fprintf(out, "verify: %u VM%s, %u vCPU%s, %u reason%s, %" PRId64 " exit%s",
		v.vms, plural(v.vms), v.vcpus, plural(v.vcpus), v.reasons,
		plural(v.reasons), v.exits, plural(v.exits));
	if (v.witnesses)
		fprintf(out, ", %u witness%s", v.witnesses, v.witnesses == 1 ? "" : "es");
	fprintf(out, ", difference %" PRIu64, v.missing + v.extra);
	text_culprits(out, result);
	if (result->wrong_sums)
		fprintf(out, "; %u reading%s of the file do%s not add up",
			result->wrong_sums, plural(result->wrong_sums),
			result->wrong_sums == 1 ? "es" : "");
	if (result->obstacle)
		fputs("; not all could be compared", out);
	fputc('\n', out);
}

char *verify_text(const struct result *result)
{
	struct text_stream t;
	unsigned int i;
	FILE *out;

	out = text_open(&t);
	if (!out)
		return NULL;
	for (i = 0; i < result->nr_vms; i++)
		if (vcpus_compared(result->vms[i]))
			text_vm(out, result->vms[i], result->per_vcpu);
	if (result->witnesses.over)
		witnesses_text(out, &result->witnesses);
	text_summary(out, result);
	return text_close(&t);
}

static void json_line(struct json *j, const struct line *line)
{
	json_i64(j, "ours", line->ours);
	json_i64(j, "low", line->low);
	json_i64(j, "high", line->high);
	json_u64(j, "missing", line->missing);
	json_u64(j, "extra", line->extra);
	json_close(j);
}

/* Reasons and the rest, which add up to the total. */
static void json_sheet(struct json *j, const struct sheet *sheet)
{
	unsigned int i, row;

	json_open_array(j, "reasons");
	for (i = 0; i < sheet->nr; i++) {
		row = sheet->order[i];
		if (row == ROW_TOTAL)
			continue;
		json_open_object(j, NULL);
		if (row == ROW_OTHER)
			json_reason(j, KVM_EXITSTAT_SUB_OTHER, "rest");
		else
			json_reason(j, reasons_number(sheet->isa, row),
				    name_of(sheet->isa, row));
		json_line(j, &sheet->lines[row]);
	}
	json_close(j);
	json_open_object(j, "total");
	json_reason(j, KVM_EXITSTAT_SUB_TOTAL, "total");
	json_line(j, &sheet->lines[ROW_TOTAL]);
}

static void json_vcpus(struct json *j, const struct vm_check *vm)
{
	struct sheet sheet;
	unsigned int i;

	json_open_array(j, "by_vcpu");
	for (i = 0; i < vm->nr; i++) {
		if (!vm->vcpus[i]->comparisons)
			continue;
		json_open_object(j, NULL);
		json_u64(j, "vcpu", vm->vcpus[i]->number);
		json_u64(j, "tid", vm->vcpus[i]->tid);
		json_u64(j, "comparisons", vm->vcpus[i]->comparisons);
		sheet_of_vcpu(&sheet, vm, vm->vcpus[i]);
		json_sheet(j, &sheet);
		json_close(j);
	}
	json_close(j);
}

static void json_vm_check(struct json *j, const struct vm_check *vm, bool per_vcpu)
{
	const struct subject subject = {
		.name = vm->vm.name,
		.pid = vm->vm.pid,
		.dir = vm->vm.dir,
	};
	struct sheet sheet;

	json_open_object(j, NULL);
	json_vm(j, &subject, vm->id, vm->nr);
	json_isa(j, vm->isa);
	json_boolean(j, "ended", vm->ended);
	json_u64(j, "vcpus_compared", vcpus_compared(vm));
	sheet_of_vm(&sheet, vm);
	json_sheet(j, &sheet);
	if (per_vcpu)
		json_vcpus(j, vm);
	else
		json_null(j, "by_vcpu");
	json_close(j);
}

static void json_compared(struct json *j, const struct compared *c)
{
	json_u64(j, "ours", c->ours);
	json_u64(j, "theirs", c->theirs);
	json_u64(j, "missing", c->missing);
	json_u64(j, "extra", c->extra);
}

/* Values that a witness does not print are null. */
static void json_times(struct json *j, const struct witness_row *row)
{
	unsigned int v;

	if (row->has_ns)
		json_u64(j, "ns", row->ns);
	else
		json_null(j, "ns");
	if (!row->has_accounts) {
		json_null(j, "accounts_ns");
		return;
	}
	json_open_object(j, "accounts_ns");
	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
		json_u64(j, value_names[v], row->account[v]);
	json_close(j);
}

static void json_witness_row(struct json *j, const struct witnesses *ws,
			     const struct witness *w, const struct comparison *t,
			     unsigned int row)
{
	json_open_object(j, NULL);
	if (row == ROW_OTHER)
		json_reason(j, KVM_EXITSTAT_SUB_OTHER, "other");
	else
		json_reason(j, reasons_number(ws->isa, row), name_of(ws->isa, row));
	json_compared(j, &t->rows[row]);
	json_times(j, &w->rows[row]);
	json_cycles(j, ws->ours.v[row], false);
	json_close(j);
}

static void json_witness(struct json *j, const struct witnesses *ws,
			 const struct witness *w)
{
	struct comparison t;
	unsigned int row;

	comparison_of(ws, w, &t);
	json_open_object(j, NULL);
	json_string(j, "witness", w->name);
	json_string(j, "shell_command", w->command);
	json_string(j, "counts", w->entries ? "entry" : "exit");
	json_u64(j, "lost", w->lost);
	json_u64(j, "allowed", t.allowed);
	json_u64(j, "missed", t.missed);
	json_open_array(j, "reasons");
	for (row = 0; row < NR_TALLY; row++)
		if (t.rows[row].ours || t.rows[row].theirs)
			json_witness_row(j, ws, w, &t, row);
	json_close(j);
	json_open_object(j, "total");
	json_reason(j, KVM_EXITSTAT_SUB_TOTAL, "total");
	json_compared(j, &t.total);
	json_close(j);
	json_close(j);
}

static void json_witnesses(struct json *j, const struct witnesses *ws)
{
	unsigned int i;

	json_known(j, "tsc_khz", ws->over ? ws->tsc_khz : 0);
	json_open_array(j, "witnesses");
	for (i = 0; i < ws->nr && ws->over; i++)
		json_witness(j, ws, &ws->all[i]);
	json_close(j);
}

static void json_summary(struct json *j, const struct result *result)
{
	struct summary v;

	summary_of(result, &v);
	json_open_object(j, "result");
	json_u64(j, "vms_compared", v.vms);
	json_u64(j, "vcpus_compared", v.vcpus);
	json_u64(j, "reasons_compared", v.reasons);
	json_u64(j, "witnesses_compared", v.witnesses);
	json_i64(j, "exits", v.exits);
	json_u64(j, "difference", v.missing + v.extra);
	json_u64(j, "missing", v.missing);
	json_u64(j, "extra", v.extra);
	json_u64(j, "wrong_sums", result->wrong_sums);
	json_boolean(j, "complete", !result->obstacle);
	json_i64(j, "status", v.status);
	json_close(j);
}

char *verify_json(const struct result *result)
{
	struct json j;
	unsigned int i;

	json_document(&j, "verify", time_of_day_ns());
	json_source(&j, FROM_DEBUGFS);
	json_boolean(&j, "paused", result->paused);
	json_u64(&j, "elapsed_ns", result->elapsed_ns);
	json_open_array(&j, "vms");
	for (i = 0; i < result->nr_vms; i++)
		if (vcpus_compared(result->vms[i]))
			json_vm_check(&j, result->vms[i], result->per_vcpu);
	json_close(&j);
	json_open_array(&j, "notes");
	for (i = 0; i < result->nr_notes; i++)
		json_string(&j, NULL, result->notes[i]);
	json_close(&j);
	json_witnesses(&j, &result->witnesses);
	json_summary(&j, result);
	return json_end(&j, false);
}
