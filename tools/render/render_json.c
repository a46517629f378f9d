// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a table of rows as JSON for programs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"
#include "lib/text.h"
#include "lib/units.h"
#include "lib/version.h"
#include "model/accounts.h"
#include "model/difference.h"
#include "model/histogram.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/table.h"
#include "render/render.h"
#include "render/render_json.h"

/* The only numbers that may be below 0 are cycles of a difference. */
static bool put_cycles(struct json_object *object, const char *key,
		       const struct reading *r, uint64_t value)
{
	return json_put(object, key, r->difference ?
				json_object_new_int64((int64_t)value) :
				json_object_new_uint64(value));
}

/* JSON is Unicode, an argument any bytes. */
static struct json_object *json_argument(const char *s)
{
	char *clean = utf8_clean(s);
	struct json_object *result = NULL;

	if (clean)
		result = json_object_new_string(clean);
	free(clean);
	return result;
}

static bool put_row_cycles(struct json_object *object, const char *key,
			   const struct reading *r, const struct row *row)
{
	struct json_object *o = json_object_new_object();
	unsigned int v;

	if (!json_put(object, key, o))
		return false;
	for (v = KVM_EXITSTAT_V_KERNEL; v < KVM_EXITSTAT_V_LONGEST; v++)
		if (!put_cycles(o, value_names[v], r, row->v[v]))
			return false;
	if (r->difference && !row->v[v])
		return json_put_null(o, value_names[v]);
	return json_put_number(o, value_names[v], row->v[v]);
}

static bool put_rate(struct json_object *object, const char *key, double rate)
{
	char text[CELL];

	if (rate < 0)
		return json_put_null(object, key);
	snprintf(text, sizeof(text), "%.2f", rate);
	return json_put_decimal(object, key, text);
}

/* Which reasons KVM handles only CPUID says. */
static bool put_handled(struct json_object *object, const struct reading *r,
			const struct row *row)
{
	return r->from == FROM_CPUID ?
	       json_put_bool(object, "handled", row->handled) :
	       json_put_null(object, "handled");
}

static bool json_row(struct json_object *array, const struct table *t,
		     const struct row *row)
{
	const uint64_t exits = row->v[KVM_EXITSTAT_V_EXITS];
	struct json_object *o = json_object_new_object();
	char share[CELL];

	share_text(share, sizeof(share), exits, t->exits);
	return json_append(array, o) &&
	       json_put_number(o, "reason", row->reason) &&
	       json_put(o, "name", json_object_new_string(row_name(row))) &&
	       json_put_number(o, "exits", exits) &&
	       put_rate(o, "exits_per_second", exits_per_second(t->view, exits)) &&
	       json_put_decimal(o, "share", share) &&
	       put_row_cycles(o, "cycles", t->view->r, row) &&
	       json_put_bool(o, "defined", row->defined) &&
	       put_handled(o, t->view->r, row);
}

static bool json_rows(struct json_object *root, const struct table *t)
{
	struct json_object *rows = json_object_new_array();
	unsigned int i;

	if (!json_put(root, "reasons", rows))
		return false;
	for (i = 0; i < t->nr_reasons; i++)
		if (!json_row(rows, t, t->lines[i]))
			return false;
	return true;
}

/* Beside reasons that were asked for, "other" and "none" are not. */
static bool json_sums(struct json_object *root, const struct view *view)
{
	const struct reading *r = view->r;

	return (view->only ||
		(json_put_number(root, "other", r->other.v[KVM_EXITSTAT_V_EXITS]) &&
		 put_row_cycles(root, "other_cycles", r, &r->other) &&
		 put_row_cycles(root, "none_cycles", r, &r->none))) &&
	       json_put_number(root, "total", r->total.v[KVM_EXITSTAT_V_EXITS]) &&
	       put_row_cycles(root, "total_cycles", r, &r->total);
}

static bool json_accounts(struct json_object *root, const struct reading *r)
{
	struct json_object *o = json_object_new_object();
	struct account accounts[NR_ACCOUNTS];
	unsigned int i;

	if (!json_put(root, "accounts", o))
		return false;
	accounts_of(r, accounts);
	for (i = 0; i < NR_ACCOUNTS; i++)
		if (!put_cycles(o, accounts[i].name, r, accounts[i].cycles))
			return false;
	return put_cycles(o, "lifetime", r, r->lifetime);
}

static bool json_bucket(struct json_object *array, const struct reading *r,
			unsigned int b)
{
	struct json_object *o = json_object_new_object();

	return json_append(array, o) &&
	       json_put_number(o, "bucket", b) &&
	       json_put_number(o, "from", bucket_from(b)) &&
	       json_put_number(o, "to", bucket_to(b)) &&
	       json_put_number(o, "exits", r->hist[b]);
}

static bool json_hist(struct json_object *root, const struct reading *r)
{
	struct json_object *o = json_object_new_object();
	const struct row *row = r->hist_of;
	struct json_object *buckets;
	unsigned int first, last, b;

	if (!json_put(root, "histogram", o))
		return false;
	if (row->reason < KVM_EXITSTAT_SUB_NONE ?
	    !json_put_number(o, "reason", row->reason) : !json_put_null(o, "reason"))
		return false;
	buckets = json_object_new_array();
	if (!json_put(o, "name", json_object_new_string(row_name(row))) ||
	    !json_put(o, "buckets", buckets))
		return false;
	if (!hist_range(r, &first, &last))
		return true;
	for (b = first; b <= last; b++)
		if (!json_bucket(buckets, r, b))
			return false;
	return true;
}

static bool json_command(struct json_object *root, const struct stat_run *run)
{
	struct json_object *command = json_object_new_array();
	char *const *arg;

	if (!json_put(root, "command", command))
		return false;
	for (arg = run->argv; *arg; arg++)
		if (!json_append(command, json_argument(*arg)))
			return false;
	return json_put(root, "status", json_object_new_int(run->status));
}

static bool json_run(struct json_object *root, const struct view *view)
{
	const struct stat_run *run = view->run;

	return (!run->argv || json_command(root, run)) &&
	       json_put_number(root, "elapsed_ns", run->elapsed_ns) &&
	       (view->r->from != FROM_CPUID ||
		json_put_number(root, "cpuid_exits_subtracted",
			   run->cpuids_subtracted));
}

/* What only a host can tell. */
static bool json_subject(struct json_object *root, const struct subject *subject)
{
	return (subject->name[0] ?
		json_put_string(root, "vm", subject->name) :
		json_put_null(root, "vm")) &&
	       (subject->pid ?
		json_put(root, "pid", json_object_new_int(subject->pid)) &&
		json_put(root, "dir", json_object_new_string(subject->dir)) :
		json_put_string(root, "qmp", subject->qmp));
}

static bool json_head(struct json_object *root, const struct view *view)
{
	static const char *const from[] = {
		[FROM_CPUID] = "cpuid",
		[FROM_DEBUGFS] = "debugfs",
		[FROM_QMP] = "qmp",
	};
	const struct reading *r = view->r;
	const char *scope = r->cpu >= 0 ? "vcpu" : r->host ? "host" : "vm";

	return json_put(root, "exitstat_version",
		   json_object_new_string(EXITSTAT_VERSION)) &&
	       (!view->time_ns || json_put_number(root, "time_ns", view->time_ns)) &&
	       json_put(root, "source", json_object_new_string(from[r->from])) &&
	       json_put_number(root, "abi_version", r->abi_version) &&
	       json_put(root, "isa", json_object_new_string(isa_word(r->isa))) &&
	       (r->layout ? json_put_number(root, "layout", r->layout) :
			    json_put_null(root, "layout")) &&
	       json_put_id(root, r->id) &&
	       (r->snapshot ? json_put_number(root, "snapshot", r->snapshot) :
			      json_put_null(root, "snapshot")) &&
	       json_put_bool(root, "counting", r->counting) &&
	       json_put_bool(root, "histograms", r->histograms) &&
	       json_put_bool(root, "untrusted", r->untrusted) &&
	       json_put(root, "scope", json_object_new_string(scope)) &&
	       (!view->subject || json_subject(root, view->subject)) &&
	       (r->cpu < 0 || json_put(root, "cpu", json_object_new_int(r->cpu))) &&
	       json_put_number(root, "tsc_khz", r->tsc_khz) &&
	       json_put_number(root, "vcpus", r->vcpus);
}

static bool json(struct json_object *root, const struct table *t)
{
	const struct view *view = t->view;
	const struct reading *r = view->r;

	return json_head(root, view) &&
	       json_rows(root, t) &&
	       json_sums(root, view) &&
	       json_accounts(root, r) &&
	       json_put_number(root, "anomalies", r->anomalies) &&
	       (!r->hist_of || json_hist(root, r)) &&
	       (view->run ? json_run(root, view) : r->from != FROM_CPUID ||
			    json_put_number(root, "cpuid_exits_of_this_reading",
				       r->cpuids));
}

char *render_json(const struct table *t)
{
	struct json_object *root = json_object_new_object();
	const char *string;
	char *result = NULL;

	if (root && json(root, t)) {
		string = json_object_to_json_string_ext(root, t->view->time_ns ?
							JSON_C_TO_STRING_NOSLASHESCAPE :
							JSON_C_TO_STRING_PRETTY |
							JSON_C_TO_STRING_SPACED |
							JSON_C_TO_STRING_NOSLASHESCAPE);
		if (string && asprintf(&result, "%s\n", string) < 0)
			result = NULL;
	}
	json_object_put(root);
	return result;
}
