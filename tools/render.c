// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the renderer.  Text and JSON are made of the same table of rows,
 * chosen, sorted and with their shares written once.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "tool.h"

/* The text stays below 80 columns; so much of a command is shown in it. */
#define COMMAND_WIDTH	40

struct line {
	const struct row *row;
	char share[16];
};

/**
 * struct table - what is to be written
 * @lines: the rows that are shown, most exits first
 * @nr: number of entries in @lines
 * @show_other: the row "other" is shown
 * @other_share: its share.  A share is in percent of all rows and "other".
 */
struct table {
	struct line lines[MAX_ROWS];
	unsigned int nr;
	bool show_other;
	char other_share[16];
};

static int by_exits(const void *a, const void *b)
{
	const struct row *x = ((const struct line *)a)->row;
	const struct row *y = ((const struct line *)b)->row;

	if (x->exits != y->exits)
		return x->exits < y->exits ? 1 : -1;
	return x->reason < y->reason ? -1 : 1;
}

static void write_share(char share[16], uint64_t exits, double sum)
{
	snprintf(share, 16, "%.2f", sum ? 100.0 * exits / sum : 0.0);
}

static void fill_table(struct table *t, const struct view *view)
{
	const struct reading *r = view->r;
	double sum = r->other;
	unsigned int i;

	for (i = 0; i < r->nr_rows; i++)
		sum += r->rows[i].exits;

	t->nr = 0;
	for (i = 0; i < r->nr_rows; i++) {
		if (view->only ? !view->only[i] :
				 !r->rows[i].exits && !view->zero_rows)
			continue;
		t->lines[t->nr].row = &r->rows[i];
		write_share(t->lines[t->nr].share, r->rows[i].exits, sum);
		t->nr++;
	}
	qsort(t->lines, t->nr, sizeof(t->lines[0]), by_exits);

	t->show_other = !view->only && (r->other || view->zero_rows);
	write_share(t->other_share, r->other, sum);
}

static const char *isa_name(const struct reading *r, bool json)
{
	if (r->isa == KVM_EXITSTAT_ISA_VMX)
		return json ? "vmx" : "VMX";
	return json ? "svm" : "SVM";
}

static const char *row_name(const struct row *row)
{
	return row->name ?: "undefined";
}

static void text_scope(FILE *out, const struct reading *r)
{
	if (r->cpu >= 0)
		fprintf(out, "the vCPU of CPU %d alone", r->cpu);
	else if (r->host)
		fprintf(out, "the whole host: every VM since kvm was loaded (%u vCPUs)",
			r->vcpus);
	else
		fprintf(out, "this VM (%u vCPU%s)", r->vcpus,
			r->vcpus == 1 ? "" : "s");
}

/* On one line and not too long, whatever the arguments hold. */
static void text_command(FILE *out, char *const *argv)
{
	unsigned int width = 0;
	const char *c;

	for (; *argv; argv++) {
		for (c = *argv; *c; c++) {
			if (width++ == COMMAND_WIDTH) {
				fputs("...", out);
				return;
			}
			fputc(*c < ' ' || *c > '~' ? '?' : *c, out);
		}
		if (argv[1]) {
			width++;
			fputc(' ', out);
		}
	}
}

static void text_row(FILE *out, const char *reason, const char *name,
		     uint64_t exits, const char *share)
{
	fprintf(out, "%6s  %-26s %20" PRIu64, reason, name, exits);
	if (share)
		fprintf(out, " %7s%%", share);
	fputc('\n', out);
}

static void text_rows(FILE *out, const struct view *view, const struct table *t)
{
	const struct reading *r = view->r;
	char number[16];
	unsigned int i;

	fprintf(out, "%6s  %-26s %20s %8s\n", "REASON", "NAME", "EXITS",
		"SHARE");
	for (i = 0; i < t->nr; i++) {
		snprintf(number, sizeof(number),
			 r->isa == KVM_EXITSTAT_ISA_VMX ? "%" PRIu32 :
							  "0x%03" PRIx32,
			 t->lines[i].row->reason);
		text_row(out, number, row_name(t->lines[i].row),
			 t->lines[i].row->exits, t->lines[i].share);
	}
	if (t->show_other)
		text_row(out, "other", "other", r->other, t->other_share);
	text_row(out, "total", "", r->total, NULL);
}

static void text(FILE *out, const struct view *view, const struct table *t)
{
	const struct stat_run *run = view->run;

	if (run) {
		fputs("\nExits while '", out);
		text_command(out, run->argv);
		fputs("' ran\n", out);
	}
	fprintf(out, "%s, ", isa_name(view->r, false));
	text_scope(out, view->r);
	fputs("\n\n", out);

	text_rows(out, view, t);

	if (run)
		fprintf(out, "\n%u exits that exitstat's own CPUIDs made are subtracted.\n"
			"%.6f seconds elapsed, status %d.\n",
			run->cpuids_subtracted, run->elapsed_ns / 1e9,
			run->status);
	else
		fprintf(out, "\nThis reading made %u exits itself, all by CPUID.\n",
			view->r->cpuids);
}

static char *render_text(const struct view *view, const struct table *t)
{
	char *result = NULL;
	size_t size;
	FILE *out;

	out = open_memstream(&result, &size);
	if (!out)
		return NULL;
	text(out, view, t);
	if (fclose(out)) {
		free(result);
		return NULL;
	}
	return result;
}

/* Length of the UTF-8 sequence at @s, 0 where there is none. */
static unsigned int utf8_length(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;
	uint32_t code, least;
	unsigned int n, i;

	if (c[0] < 0x80)
		return 1;
	n = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	code = c[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (c[i] & 0x3f);
	}
	least = n == 4 ? 0x10000 : n == 3 ? 0x800 : 0x80;
	if (code < least || code > 0x10ffff || (code >> 11) == 0x1b)
		return 0;
	return n;
}

/* JSON is Unicode, an argument any bytes: what is not UTF-8 becomes U+FFFD. */
static struct json_object *json_argument(const char *s)
{
	struct json_object *result = NULL;
	char *clean = NULL;
	unsigned int n;
	size_t size;
	FILE *out;

	out = open_memstream(&clean, &size);
	if (!out)
		return NULL;
	while (*s) {
		n = utf8_length(s);
		if (n)
			fwrite(s, 1, n, out);
		else
			fputs("\xef\xbf\xbd", out);
		s += n ?: 1;
	}
	if (!fclose(out))
		result = json_object_new_string(clean);
	free(clean);
	return result;
}

/* Takes @value over; false where memory ran out, here or when it was made. */
static bool put(struct json_object *object, const char *key,
		struct json_object *value)
{
	if (value && !json_object_object_add(object, key, value))
		return true;
	json_object_put(value);
	return false;
}

static bool append(struct json_object *array, struct json_object *value)
{
	if (value && !json_object_array_add(array, value))
		return true;
	json_object_put(value);
	return false;
}

static struct json_object *json_id(uint64_t id)
{
	char hex[19];

	snprintf(hex, sizeof(hex), "0x%016" PRIx64, id);
	return json_object_new_string(hex);
}

static bool json_row(struct json_object *array, const struct line *line)
{
	struct json_object *o = json_object_new_object();
	const struct row *row = line->row;

	return append(array, o) &&
	       put(o, "reason", json_object_new_uint64(row->reason)) &&
	       put(o, "name", json_object_new_string(row_name(row))) &&
	       put(o, "exits", json_object_new_uint64(row->exits)) &&
	       put(o, "share", json_object_new_double_s(atof(line->share),
							line->share)) &&
	       put(o, "defined", json_object_new_boolean(row->defined)) &&
	       put(o, "handled", json_object_new_boolean(row->handled));
}

static bool json_rows(struct json_object *root, const struct table *t)
{
	struct json_object *rows = json_object_new_array();
	unsigned int i;

	if (!put(root, "reasons", rows))
		return false;
	for (i = 0; i < t->nr; i++)
		if (!json_row(rows, &t->lines[i]))
			return false;
	return true;
}

static bool json_run(struct json_object *root, const struct stat_run *run)
{
	struct json_object *command = json_object_new_array();
	char *const *arg;

	if (!put(root, "command", command))
		return false;
	for (arg = run->argv; *arg; arg++)
		if (!append(command, json_argument(*arg)))
			return false;
	return put(root, "status", json_object_new_int(run->status)) &&
	       put(root, "elapsed_ns", json_object_new_uint64(run->elapsed_ns)) &&
	       put(root, "cpuid_exits_subtracted",
		   json_object_new_uint64(run->cpuids_subtracted));
}

static bool json(struct json_object *root, const struct view *view,
		 const struct table *t)
{
	const struct reading *r = view->r;
	const char *scope = r->cpu >= 0 ? "vcpu" : r->host ? "host" : "vm";

	return put(root, "exitstat_version",
		   json_object_new_string(EXITSTAT_VERSION)) &&
	       put(root, "abi_version", json_object_new_uint64(r->abi_version)) &&
	       put(root, "isa", json_object_new_string(isa_name(r, true))) &&
	       put(root, "layout", json_object_new_uint64(r->layout)) &&
	       put(root, "id", json_id(r->id)) &&
	       put(root, "counting", json_object_new_boolean(r->counting)) &&
	       put(root, "scope", json_object_new_string(scope)) &&
	       (r->cpu < 0 || put(root, "cpu", json_object_new_int(r->cpu))) &&
	       put(root, "tsc_khz", json_object_new_uint64(r->tsc_khz)) &&
	       put(root, "vcpus", json_object_new_uint64(r->vcpus)) &&
	       json_rows(root, t) &&
	       (view->only || put(root, "other", json_object_new_uint64(r->other))) &&
	       put(root, "total", json_object_new_uint64(r->total)) &&
	       (view->run ? json_run(root, view->run) :
			    put(root, "cpuid_exits_of_this_reading",
				json_object_new_uint64(r->cpuids)));
}

static char *render_json(const struct view *view, const struct table *t)
{
	struct json_object *root = json_object_new_object();
	const char *string;
	char *result = NULL;

	if (root && json(root, view, t)) {
		string = json_object_to_json_string_ext(root,
							JSON_C_TO_STRING_PRETTY |
							JSON_C_TO_STRING_SPACED |
							JSON_C_TO_STRING_NOSLASHESCAPE);
		if (string && asprintf(&result, "%s\n", string) < 0)
			result = NULL;
	}
	json_object_put(root);
	return result;
}

char *render(const struct view *view)
{
	struct table table;
	char *result;

	fill_table(&table, view);
	result = view->json ? render_json(view, &table) :
			      render_text(view, &table);
	if (!result)
		fail("out of memory");
	return result;
}
