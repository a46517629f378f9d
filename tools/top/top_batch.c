// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat top: what it shows as text without a screen, and as JSON.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"
#include "lib/units.h"
#include "lib/version.h"
#include "model/accounts.h"
#include "model/reasons.h"
#include "model/table.h"
#include "source/vm.h"
#include "top/top.h"
#include "top/top_batch.h"
#include "top/top_columns.h"

static void block_head(FILE *out, const struct top *top)
{
	char where[VM_NAME_SIZE + 64], cost[128], cell[CELL];

	top_where(top, where, sizeof(where));
	top_cost(top, cost, sizeof(cost));
	rate_text(cell, sizeof(cell), top->sum.rate);
	fprintf(out, "%s: %u vCPU%s, %s exits/s in %.3f s%s%s\n", where,
		top->sum.vcpus, top->sum.vcpus == 1 ? "" : "s", cell,
		top->sum.elapsed_ns / 1e9, *cost ? "; " : "", cost);
}

char *top_block(const struct top *top)
{
	struct top_layout layout;
	char line[TOP_LINE], *text = NULL;
	unsigned int i;
	size_t size;
	FILE *out;

	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	block_head(out, top);
	top_lay_out(top, 0, &layout);
	top_titles(top, &layout, line);
	fprintf(out, "%s\n", line);
	for (i = 0; i <= top->nr; i++) {
		top_line(top, &layout, i < top->nr ? &top->rows[i] : &top->sum, line);
		fprintf(out, "%s\n", line);
	}
	fputc('\n', out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

static bool put_cycles(struct json_object *object, const struct top *top,
		       const struct top_row *row)
{
	const bool reason = top->level == TOP_REASONS && row != &top->sum;
	struct json_object *o = json_object_new_object();
	int i;

	if (!json_put(object, "cycles", o))
		return false;
	for (i = reason; i < NR_ACCOUNTS - reason; i++)
		if (!json_put_number(o, top_sort_words[TOP_ACCOUNT + i], row->cycles[i]))
			return false;
	return true;
}

/* What is known after a second reading only is null until then. */
static bool put_added(struct json_object *o, const struct top *top,
		      const struct top_row *row)
{
	char rate[CELL], share[CELL];

	if (!row->known)
		return json_put_null(o, "added") && json_put_null(o, "elapsed_ns") &&
		       json_put_null(o, "exits_per_second") && json_put_null(o, "share") &&
		       json_put_null(o, "cycles");
	snprintf(rate, sizeof(rate), "%.2f", row->rate);
	share_text(share, sizeof(share), row->added, top->sum.added);
	return json_put_number(o, "added", row->added) &&
	       json_put_number(o, "elapsed_ns", row->elapsed_ns) &&
	       json_put_decimal(o, "exits_per_second", rate) &&
	       (row == &top->sum || json_put_decimal(o, "share", share)) &&
	       put_cycles(o, top, row);
}

static bool put_which(struct json_object *o, const struct top *top,
		      const struct top_row *row)
{
	switch (top->level) {
	case TOP_VMS:
		return json_put_number(o, "pid", row->number) &&
		       json_put_string(o, "name", row->name) &&
		       json_put_string(o, "vm", row->dir) &&
		       json_put_id(o, row->id) &&
		       json_put_number(o, "vcpus", row->vcpus);
	case TOP_VCPUS:
		return json_put_number(o, "vcpu", row->number);
	default:
		return (row->number < KVM_EXITSTAT_SUB_NONE ?
			json_put_number(o, "reason", row->number) :
			json_put_null(o, "reason")) &&
		       json_put_string(o, "name", row->name);
	}
}

static bool put_rows(struct json_object *root, const struct top *top)
{
	struct json_object *rows = json_object_new_array(), *o;
	unsigned int i;

	if (!json_put(root, "rows", rows))
		return false;
	for (i = 0; i < top->nr; i++) {
		o = json_object_new_object();
		if (!o || json_object_array_add(rows, o)) {
			json_object_put(o);
			return false;
		}
		if (!put_which(o, top, &top->rows[i]) ||
		    !json_put_number(o, "exits", top->rows[i].exits) ||
		    !put_added(o, top, &top->rows[i]))
			return false;
	}
	return true;
}

static bool put_guest(struct json_object *root, const struct top *top)
{
	return json_put_null(root, "pid") && json_put_null(root, "name") &&
	       json_put_null(root, "vm") && json_put_id(root, top->now.id) &&
	       json_put(root, "host", json_object_new_boolean(top->now.host)) &&
	       json_put_number(root, "cpuid_exits", top->now.cpuids) &&
	       json_put_number(root, "cpuid_exits_subtracted", top->subtracted) &&
	       json_put_number(root, "reading_ns", top->took_ns);
}

static bool put_open(struct json_object *root, const struct top *top)
{
	if (top->guest)
		return put_guest(root, top);
	if (top->level == TOP_VMS)
		return true;
	return json_put_number(root, "pid", top->vm.pid) &&
	       json_put_string(root, "name", top->vm.name) &&
	       json_put_string(root, "vm", top->vm.dir) &&
	       json_put_id(root, top->vm_id) &&
	       (top->vcpu < 0 ||
		json_put(root, "vcpu", json_object_new_int(top->vcpu)));
}

static bool json(struct json_object *root, const struct top *top)
{
	static const char *const levels[TOP_LEVELS] = { "vms", "vcpus", "reasons" };

	return json_put_string(root, "exitstat_version", EXITSTAT_VERSION) &&
	       json_put_string(root, "level", levels[top->level]) &&
	       put_open(root, top) &&
	       (!top->isa || json_put_string(root, "isa", isa_word(top->isa))) &&
	       json_put_number(root, "tsc_khz", top->tsc_khz) &&
	       json_put(root, "counting", json_object_new_boolean(top->counting)) &&
	       json_put(root, "untrusted", json_object_new_boolean(top->untrusted)) &&
	       json_put_number(root, "vcpus", top->sum.vcpus) &&
	       json_put_number(root, "exits", top->sum.exits) &&
	       put_added(root, top, &top->sum) &&
	       put_rows(root, top);
}

char *top_json(const struct top *top)
{
	struct json_object *root = json_object_new_object();
	char *result = NULL;
	const char *string;

	if (root && json(root, top)) {
		string = json_object_to_json_string_ext(root,
							JSON_C_TO_STRING_PLAIN |
							JSON_C_TO_STRING_NOSLASHESCAPE);
		if (string && asprintf(&result, "%s\n", string) < 0)
			result = NULL;
	}
	json_object_put(root);
	return result;
}
