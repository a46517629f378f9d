// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a table of rows as JSON for programs.
 */
#include <asm/kvm_exitstat.h>

#include "lib/json.h"
#include "model/accounts.h"
#include "model/difference.h"
#include "model/histogram.h"
#include "model/reading.h"
#include "model/table.h"
#include "render/json_parts.h"
#include "render/render_json.h"

/* A difference has LONGEST only if it grew. */
static void put_longest(struct json *j, const struct reading *r, const struct row *row)
{
	const uint64_t longest = row->v[KVM_EXITSTAT_V_LONGEST];

	if (longest_is_kept(r) && !(r->difference && !longest))
		json_u64(j, "longest_cycles", longest);
	else
		json_null(j, "longest_cycles");
}

/* "other", "none" and the total have no flags.  Only CPUID says which reasons KVM handles. */
static void put_flags(struct json *j, const struct reading *r, const struct row *row)
{
	const bool reason = row->reason < KVM_EXITSTAT_SUB_NONE;

	if (reason)
		json_boolean(j, "defined", row->defined);
	else
		json_null(j, "defined");
	if (reason && r->from == FROM_CPUID)
		json_boolean(j, "handled", row->handled);
	else
		json_null(j, "handled");
}

static void put_row(struct json *j, const char *key, const struct table *t,
		    const struct row *row)
{
	const uint64_t exits = row->v[KVM_EXITSTAT_V_EXITS];
	const struct reading *r = t->view->r;

	json_open_object(j, key);
	json_reason(j, row->reason, row_name(row));
	json_u64(j, "exits", exits);
	json_rate(j, exits_per_second(t->view, exits));
	json_share(j, exits, t->exits);
	json_cycles(j, row->v, r->difference);
	put_longest(j, r, row);
	put_flags(j, r, row);
	json_close(j);
}

/* The last line is the total. */
static void put_rows(struct json *j, const struct table *t)
{
	unsigned int i;

	json_open_array(j, "reasons");
	for (i = 0; i < t->nr - 1; i++)
		put_row(j, NULL, t, t->lines[i]);
	json_close(j);
	put_row(j, "total", t, t->lines[i]);
}

static void put_accounts(struct json *j, const struct reading *r)
{
	struct account accounts[NR_ACCOUNTS];

	accounts_of(r, accounts);
	json_accounts(j, accounts, r->lifetime, r->difference);
}

static void put_bucket(struct json *j, const struct reading *r, unsigned int b)
{
	json_open_object(j, NULL);
	json_u64(j, "bucket", b);
	json_u64(j, "from", bucket_from(b));
	json_u64(j, "to", bucket_to(b));
	json_u64(j, "exits", r->hist[b]);
	json_close(j);
}

static void put_hist(struct json *j, const struct reading *r)
{
	unsigned int first, last, b;

	if (!r->hist_of) {
		json_null(j, "histogram");
		return;
	}
	json_open_object(j, "histogram");
	json_reason(j, r->hist_of->reason, row_name(r->hist_of));
	json_open_array(j, "buckets");
	if (hist_range(r, &first, &last))
		for (b = first; b <= last; b++)
			put_bucket(j, r, b);
	json_close(j);
	json_close(j);
}

/* Exits that the reading itself caused, which happens only by CPUID. */
static void put_own(struct json *j, const struct reading *r, const char *key,
		    unsigned int cpuids)
{
	if (r->from == FROM_CPUID)
		json_u64(j, key, cpuids);
	else
		json_null(j, key);
}

static void put_command(struct json *j, const struct stat_run *run)
{
	char *const *arg;

	if (!run || !run->argv) {
		json_null(j, "argv");
		json_null(j, "status");
		return;
	}
	json_open_array(j, "argv");
	for (arg = run->argv; *arg; arg++)
		json_string(j, NULL, *arg);
	json_close(j);
	json_i64(j, "status", run->status);
}

void render_json_run(struct json *j, const struct stat_run *run)
{
	put_command(j, run);
	if (run)
		json_u64(j, "elapsed_ns", run->elapsed_ns);
	else
		json_null(j, "elapsed_ns");
}

static void put_cpu(struct json *j, const char *key, int cpu)
{
	if (cpu >= 0)
		json_i64(j, key, cpu);
	else
		json_null(j, key);
}

/* A vCPU's file on the host does not say how many vCPUs there are. */
void render_json_scope(struct json *j, const struct view *view)
{
	const struct reading *r = view->r;

	json_string(j, "scope", is_of_one_vcpu(r) ? "vcpu" : r->host ? "host" : "vm");
	json_open_object(j, "vm");
	json_vm(j, view->subject, r->id, r->vcpu < 0 ? r->vcpus : 0);
	json_close(j);
	put_cpu(j, "vcpu", r->vcpu);
	put_cpu(j, "guest_cpu", r->guest_cpu);
}

static void put_head(struct json *j, const struct view *view)
{
	const struct reading *r = view->r;

	json_document(j, view->run ? "stat" : "show", view->time_ns);
	json_source(j, r->from);
	json_u64(j, "abi_version", r->abi_version);
	json_isa(j, r->isa);
	json_known(j, "layout", r->layout);
	json_known(j, "tsc_khz", r->tsc_khz);
	json_boolean(j, "counting", r->counting);
	json_boolean(j, "histograms", r->histograms);
	json_boolean(j, "untrusted", r->untrusted);
	json_known(j, "snapshot", r->snapshot);
	render_json_scope(j, view);
}

char *render_json(const struct table *t)
{
	const struct view *view = t->view;
	const struct reading *r = view->r;
	struct json j;

	put_head(&j, view);
	put_rows(&j, t);
	put_accounts(&j, r);
	json_u64(&j, "anomalies", r->anomalies);
	if (view->run) {
		render_json_run(&j, view->run);
		put_own(&j, r, "cpuid_exits_subtracted", view->run->cpuids_subtracted);
	} else {
		put_hist(&j, r);
		put_own(&j, r, "cpuid_exits_of_this_reading", r->cpuids);
	}
	return json_end(&j, view->series);
}
