// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a table of rows as JSON for programs.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "tool.h"

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

/* json-c has no object for null. */
static bool put_null(struct json_object *object, const char *key)
{
	return !json_object_object_add(object, key, NULL);
}

static bool put_bool(struct json_object *object, const char *key, bool value)
{
	return put(object, key, json_object_new_boolean(value));
}

static bool put_number(struct json_object *object, const char *key,
		       uint64_t value)
{
	return put(object, key, json_object_new_uint64(value));
}

/* The only numbers that may be below 0 are cycles of a difference. */
static bool put_cycles(struct json_object *object, const char *key,
		       const struct reading *r, uint64_t value)
{
	return put(object, key, r->difference ?
				json_object_new_int64((int64_t)value) :
				json_object_new_uint64(value));
}

static bool put_decimal(struct json_object *object, const char *key,
			const char *text)
{
	return put(object, key, json_object_new_double_s(atof(text), text));
}

static struct json_object *json_id(uint64_t id)
{
	char hex[19];

	snprintf(hex, sizeof(hex), "0x%016" PRIx64, id);
	return json_object_new_string(hex);
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

	if (!put(object, key, o))
		return false;
	for (v = KVM_EXITSTAT_V_KERNEL; v < KVM_EXITSTAT_V_LONGEST; v++)
		if (!put_cycles(o, value_names[v], r, row->v[v]))
			return false;
	if (r->difference && !row->v[v])
		return put_null(o, value_names[v]);
	return put_number(o, value_names[v], row->v[v]);
}

static bool put_rate(struct json_object *object, const char *key, double rate)
{
	char text[CELL];

	if (rate < 0)
		return put_null(object, key);
	snprintf(text, sizeof(text), "%.2f", rate);
	return put_decimal(object, key, text);
}

/* Which reasons KVM handles only CPUID says. */
static bool put_handled(struct json_object *object, const struct reading *r,
			const struct row *row)
{
	return r->from == FROM_CPUID ?
	       put_bool(object, "handled", row->handled) :
	       put_null(object, "handled");
}

static bool json_row(struct json_object *array, const struct table *t,
		     const struct row *row)
{
	const uint64_t exits = row->v[KVM_EXITSTAT_V_EXITS];
	struct json_object *o = json_object_new_object();
	char share[CELL];

	share_text(share, sizeof(share), exits, t->exits);
	return append(array, o) &&
	       put_number(o, "reason", row->reason) &&
	       put(o, "name", json_object_new_string(row_name(row))) &&
	       put_number(o, "exits", exits) &&
	       put_rate(o, "exits_per_second", exits_per_second(t->view, exits)) &&
	       put_decimal(o, "share", share) &&
	       put_row_cycles(o, "cycles", t->view->r, row) &&
	       put_bool(o, "defined", row->defined) &&
	       put_handled(o, t->view->r, row);
}

static bool json_rows(struct json_object *root, const struct table *t)
{
	struct json_object *rows = json_object_new_array();
	unsigned int i;

	if (!put(root, "reasons", rows))
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
		(put_number(root, "other", r->other.v[KVM_EXITSTAT_V_EXITS]) &&
		 put_row_cycles(root, "other_cycles", r, &r->other) &&
		 put_row_cycles(root, "none_cycles", r, &r->none))) &&
	       put_number(root, "total", r->total.v[KVM_EXITSTAT_V_EXITS]) &&
	       put_row_cycles(root, "total_cycles", r, &r->total);
}

static bool json_accounts(struct json_object *root, const struct reading *r)
{
	struct json_object *o = json_object_new_object();
	struct account accounts[NR_ACCOUNTS];
	unsigned int i;

	if (!put(root, "accounts", o))
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

	return append(array, o) &&
	       put_number(o, "bucket", b) &&
	       put_number(o, "from", bucket_from(b)) &&
	       put_number(o, "to", bucket_to(b)) &&
	       put_number(o, "exits", r->hist[b]);
}

static bool json_hist(struct json_object *root, const struct reading *r)
{
	struct json_object *o = json_object_new_object();
	const struct row *row = r->hist_of;
	struct json_object *buckets;
	unsigned int first, last, b;

	if (!put(root, "histogram", o))
		return false;
	if (row->reason < KVM_EXITSTAT_SUB_NONE ?
	    !put_number(o, "reason", row->reason) : !put_null(o, "reason"))
		return false;
	buckets = json_object_new_array();
	if (!put(o, "name", json_object_new_string(row_name(row))) ||
	    !put(o, "buckets", buckets))
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

	if (!put(root, "command", command))
		return false;
	for (arg = run->argv; *arg; arg++)
		if (!append(command, json_argument(*arg)))
			return false;
	return put(root, "status", json_object_new_int(run->status));
}

static bool json_run(struct json_object *root, const struct view *view)
{
	const struct stat_run *run = view->run;

	return (!run->argv || json_command(root, run)) &&
	       put_number(root, "elapsed_ns", run->elapsed_ns) &&
	       (view->r->from != FROM_CPUID ||
		put_number(root, "cpuid_exits_subtracted",
			   run->cpuids_subtracted));
}

/* What only a host can tell. */
static bool json_subject(struct json_object *root, const struct subject *subject)
{
	return (subject->name[0] ?
		put(root, "vm", json_argument(subject->name)) :
		put_null(root, "vm")) &&
	       (subject->pid ?
		put(root, "pid", json_object_new_int(subject->pid)) &&
		put(root, "dir", json_object_new_string(subject->dir)) :
		put(root, "qmp", json_argument(subject->qmp)));
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

	return put(root, "exitstat_version",
		   json_object_new_string(EXITSTAT_VERSION)) &&
	       (!view->time_ns || put_number(root, "time_ns", view->time_ns)) &&
	       put(root, "source", json_object_new_string(from[r->from])) &&
	       put_number(root, "abi_version", r->abi_version) &&
	       put(root, "isa", json_object_new_string(isa_name(r, true))) &&
	       (r->layout ? put_number(root, "layout", r->layout) :
			    put_null(root, "layout")) &&
	       put(root, "id", json_id(r->id)) &&
	       (r->snapshot ? put_number(root, "snapshot", r->snapshot) :
			      put_null(root, "snapshot")) &&
	       put_bool(root, "counting", r->counting) &&
	       put_bool(root, "histograms", r->histograms) &&
	       put_bool(root, "untrusted", r->untrusted) &&
	       put(root, "scope", json_object_new_string(scope)) &&
	       (!view->subject || json_subject(root, view->subject)) &&
	       (r->cpu < 0 || put(root, "cpu", json_object_new_int(r->cpu))) &&
	       put_number(root, "tsc_khz", r->tsc_khz) &&
	       put_number(root, "vcpus", r->vcpus);
}

static bool json(struct json_object *root, const struct table *t)
{
	const struct view *view = t->view;
	const struct reading *r = view->r;

	return json_head(root, view) &&
	       json_rows(root, t) &&
	       json_sums(root, view) &&
	       json_accounts(root, r) &&
	       put_number(root, "anomalies", r->anomalies) &&
	       (!r->hist_of || json_hist(root, r)) &&
	       (view->run ? json_run(root, view) : r->from != FROM_CPUID ||
			    put_number(root, "cpuid_exits_of_this_reading",
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
