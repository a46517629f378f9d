// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: the result as text and as JSON.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "lib/units.h"
#include "lib/version.h"
#include "model/reasons.h"
#include "verify/verify.h"
#include "verify/verify_render.h"
#include "verify/verify_witness.h"
#include "verify/verify_witness_text.h"
#include "verify/witness.h"

#define REST_NAME	"all other reasons"

/**
 * struct sheet - lines in the order in which they are shown
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

/* "0", "-37", "+2", or "-37 +2" where some vCPUs have too few and some too many */
static void difference_text(char *text, uint64_t missing, uint64_t extra)
{
	if (missing && extra)
		snprintf(text, CELL, "-%" PRIu64 " +%" PRIu64, missing, extra);
	else if (missing)
		snprintf(text, CELL, "-%" PRIu64, missing);
	else
		snprintf(text, CELL, "%s%" PRIu64, extra ? "+" : "", extra);
}

/* A reason that had no exits meanwhile is in JSON only. */
static bool in_text(unsigned int row, const struct line *line)
{
	return row >= ROW_OTHER || line->ours || line->high || line->low ||
	       line->missing || line->extra;
}

static void text_sheet(FILE *out, const struct sheet *sheet)
{
	char reason[CELL], difference[CELL];
	const struct line *line;
	unsigned int i;

	fprintf(out, "%6s  %-24s %11s %11s %11s %10s\n", "REASON", "NAME", "OURS",
		"LOW", "HIGH", "DIFFERENCE");
	for (i = 0; i < sheet->nr; i++) {
		line = &sheet->lines[sheet->order[i]];
		if (!in_text(sheet->order[i], line))
			continue;
		row_text(reason, sheet->isa, sheet->order[i]);
		difference_text(difference, line->missing, line->extra);
		fprintf(out, "%6s  %-24s %11" PRId64 " %11" PRId64 " %11" PRId64 " %10s\n",
			reason, name_of(sheet->isa, sheet->order[i]), line->ours,
			line->low, line->high, difference);
	}
}

static unsigned int vcpus_compared(const struct vm_check *vm)
{
	unsigned int i, nr = 0;

	for (i = 0; i < vm->nr; i++)
		nr += vm->vcpus[i]->comparisons > 0;
	return nr;
}

static const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
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

static void text_verdict(FILE *out, const struct result *result)
{
	struct verdict v;

	verdict_of(result, &v);
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
	unsigned int i;
	char *text;
	size_t size;
	FILE *out;

	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (i = 0; i < result->nr_vms; i++)
		if (vcpus_compared(result->vms[i]))
			text_vm(out, result->vms[i], result->per_vcpu);
	if (result->hearing.over)
		hearing_text(out, &result->hearing);
	text_verdict(out, result);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/* Takes @value over; what json-c could not make or take sets @failed. */
static struct json_object *add(struct json_object *to, const char *key,
			       struct json_object *value, bool *failed)
{
	int ret = -1;

	if (value && to)
		ret = key ? json_object_object_add(to, key, value) :
			    json_object_array_add(to, value);
	if (!ret)
		return value;
	*failed = true;
	json_object_put(value);
	return NULL;
}

static void add_number(struct json_object *to, const char *key, uint64_t number,
		       bool *failed)
{
	add(to, key, json_object_new_uint64(number), failed);
}

/* JSON is Unicode, a name any bytes. */
static void add_string(struct json_object *to, const char *key, const char *text,
		       bool *failed)
{
	char *clean = utf8_clean(text);

	add(to, key, clean ? json_object_new_string(clean) : NULL, failed);
	free(clean);
}

static void json_line(struct json_object *o, const struct line *line, bool *failed)
{
	add(o, "ours", json_object_new_int64(line->ours), failed);
	add(o, "low", json_object_new_int64(line->low), failed);
	add(o, "high", json_object_new_int64(line->high), failed);
	add_number(o, "missing", line->missing, failed);
	add_number(o, "extra", line->extra, failed);
}

static void json_sheet(struct json_object *o, const struct sheet *sheet, bool *failed)
{
	struct json_object *reasons, *at;
	unsigned int i, row;

	reasons = add(o, "reasons", json_object_new_array(), failed);
	for (i = 0; i < sheet->nr; i++) {
		row = sheet->order[i];
		if (row == ROW_OTHER || row == ROW_TOTAL) {
			at = add(o, row == ROW_OTHER ? "rest" : "total",
				 json_object_new_object(), failed);
		} else {
			at = add(reasons, NULL, json_object_new_object(), failed);
			add_number(at, "reason", reasons_number(sheet->isa, row), failed);
			add_string(at, "name", name_of(sheet->isa, row), failed);
		}
		json_line(at, &sheet->lines[row], failed);
	}
}

static void json_vm(struct json_object *vms, const struct vm_check *vm,
		    bool per_vcpu, bool *failed)
{
	struct json_object *o, *vcpus, *at;
	struct sheet sheet;
	char id[19];
	unsigned int i;

	o = add(vms, NULL, json_object_new_object(), failed);
	snprintf(id, sizeof(id), "0x%016" PRIx64, vm->id);
	add_number(o, "pid", vm->vm.pid, failed);
	add_string(o, "name", vm->vm.name, failed);
	add_string(o, "id", id, failed);
	add_string(o, "isa", isa_word(vm->isa), failed);
	add(o, "ended", json_object_new_boolean(vm->ended), failed);
	add_number(o, "vcpus_compared", vcpus_compared(vm), failed);
	sheet_of_vm(&sheet, vm);
	json_sheet(o, &sheet, failed);
	if (!per_vcpu)
		return;
	vcpus = add(o, "vcpus", json_object_new_array(), failed);
	for (i = 0; i < vm->nr; i++) {
		if (!vm->vcpus[i]->comparisons)
			continue;
		at = add(vcpus, NULL, json_object_new_object(), failed);
		add_number(at, "vcpu", vm->vcpus[i]->number, failed);
		add_number(at, "thread", vm->vcpus[i]->tid, failed);
		add_number(at, "comparisons", vm->vcpus[i]->comparisons, failed);
		sheet_of_vcpu(&sheet, vm, vm->vcpus[i]);
		json_sheet(at, &sheet, failed);
	}
}

static void json_opinion(struct json_object *o, const struct opinion *opinion,
			 const struct witness_row *row, bool *failed)
{
	struct json_object *accounts;
	unsigned int v;

	add_number(o, "ours", opinion->ours, failed);
	add_number(o, "exits", opinion->theirs, failed);
	add_number(o, "missing", opinion->missing, failed);
	add_number(o, "extra", opinion->extra, failed);
	if (row && row->has_ns)
		add_number(o, "ns", row->ns, failed);
	if (!row || !row->has_accounts)
		return;
	accounts = add(o, "accounts_ns", json_object_new_object(), failed);
	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
		add_number(accounts, value_names[v], row->account[v], failed);
}

static void json_ours(struct json_object *o, const uint64_t *v, bool *failed)
{
	struct json_object *cycles = add(o, "cycles", json_object_new_object(), failed);
	unsigned int i;

	for (i = KVM_EXITSTAT_V_KERNEL; i <= KVM_EXITSTAT_V_BLOCK; i++)
		add_number(cycles, value_names[i], v[i], failed);
}

static void json_witness(struct json_object *witnesses, const struct hearing *h,
			 const struct witness *w, bool *failed)
{
	struct json_object *o, *reasons, *at;
	struct testimony t;
	unsigned int row;

	testimony_of(h, w, &t);
	o = add(witnesses, NULL, json_object_new_object(), failed);
	add_string(o, "witness", w->name, failed);
	add_string(o, "command", w->command, failed);
	add_string(o, "counts", w->entries ? "entry" : "exit", failed);
	add_number(o, "lost", w->lost, failed);
	add_number(o, "allowed", t.allowed, failed);
	add_number(o, "missed", t.missed, failed);
	reasons = add(o, "reasons", json_object_new_array(), failed);
	for (row = 0; row < ROW_OTHER; row++) {
		if (!t.rows[row].ours && !t.rows[row].theirs)
			continue;
		at = add(reasons, NULL, json_object_new_object(), failed);
		add_number(at, "reason", reasons_number(h->isa, row), failed);
		add_string(at, "name", reasons_name(h->isa, row) ?: "undefined", failed);
		json_opinion(at, &t.rows[row], &w->rows[row], failed);
		json_ours(at, h->ours.v[row], failed);
	}
	json_opinion(add(o, "other", json_object_new_object(), failed),
		     &t.rows[ROW_OTHER], &w->rows[ROW_OTHER], failed);
	json_opinion(add(o, "total", json_object_new_object(), failed), &t.total,
		     NULL, failed);
}

static void json_hearing(struct json_object *root, const struct hearing *h,
			 bool *failed)
{
	struct json_object *witnesses;
	unsigned int i;

	add_number(root, "tsc_khz", h->tsc_khz, failed);
	witnesses = add(root, "witnesses", json_object_new_array(), failed);
	for (i = 0; i < h->nr; i++)
		json_witness(witnesses, h, &h->witnesses[i], failed);
}

static void json_verdict(struct json_object *root, const struct result *result,
			 bool *failed)
{
	struct json_object *o = add(root, "verdict", json_object_new_object(), failed);
	struct verdict v;

	verdict_of(result, &v);
	add_number(o, "vms", v.vms, failed);
	add_number(o, "vcpus", v.vcpus, failed);
	add_number(o, "reasons", v.reasons, failed);
	add(o, "exits", json_object_new_int64(v.exits), failed);
	add_number(o, "difference", v.missing + v.extra, failed);
	add_number(o, "missing", v.missing, failed);
	add_number(o, "extra", v.extra, failed);
	add_number(o, "wrong_sums", result->wrong_sums, failed);
	add_number(o, "witnesses", v.witnesses, failed);
	add(o, "complete", json_object_new_boolean(!result->obstacle), failed);
	add_number(o, "status", v.status, failed);
}

static void json_result(struct json_object *root, const struct result *result,
			bool *failed)
{
	struct json_object *array;
	unsigned int i;

	add_string(root, "exitstat_version", EXITSTAT_VERSION, failed);
	add(root, "paused", json_object_new_boolean(result->paused), failed);
	add_number(root, "elapsed_ns", result->elapsed_ns, failed);
	array = add(root, "vms", json_object_new_array(), failed);
	for (i = 0; i < result->nr_vms; i++)
		if (vcpus_compared(result->vms[i]))
			json_vm(array, result->vms[i], result->per_vcpu, failed);
	array = add(root, "notes", json_object_new_array(), failed);
	for (i = 0; i < result->nr_notes; i++)
		add_string(array, NULL, result->notes[i], failed);
	if (result->hearing.over)
		json_hearing(root, &result->hearing, failed);
	json_verdict(root, result, failed);
}

char *verify_json(const struct result *result)
{
	struct json_object *root = json_object_new_object();
	const char *string;
	char *text = NULL;
	bool failed = !root;

	if (root)
		json_result(root, result, &failed);
	string = failed ? NULL :
		 json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
						JSON_C_TO_STRING_SPACED |
						JSON_C_TO_STRING_NOSLASHESCAPE);
	if (string && asprintf(&text, "%s\n", string) < 0)
		text = NULL;
	json_object_put(root);
	return text;
}
