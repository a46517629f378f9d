// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat top: output without a screen, as text and as JSON.
 */
#include <asm/kvm_exitstat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/text.h"
#include "lib/units.h"
#include "model/accounts.h"
#include "model/keys.h"
#include "model/reading.h"
#include "model/table.h"
#include "render/json_parts.h"
#include "source/vm.h"
#include "top/top.h"
#include "top/top_batch.h"
#include "top/top_columns.h"

static void block_head(FILE *out, const struct top *top)
{
	char where[VM_NAME_SIZE + 64], cost[128], cell[CELL], time[CELL];

	top_where(top, where, sizeof(where));
	top_cost(top, cost, sizeof(cost));
	rate_text(cell, sizeof(cell), top->sum.rate);
	wall_text(time, sizeof(time), top->time_ns);
	fprintf(out, "%s %s: %u vCPU%s, %s exits/s in %.3f s%s%s\n", time, where,
		top->sum.vcpus, plural(top->sum.vcpus), cell,
		top->sum.elapsed_ns / 1e9, *cost ? "; " : "", cost);
}

char *top_block(const struct top *top)
{
	struct top_layout layout;
	struct text_stream t;
	char line[TOP_LINE];
	unsigned int i;
	FILE *out;

	out = text_open(&t);
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
	return text_close(&t);
}

/**
 * struct names - the fields of what is counted
 * @since_start: the counter
 * @added: what it has had in the interval
 * @per_second: the same in a second
 */
struct names {
	const char *since_start;
	const char *added;
	const char *per_second;
};

static const struct names of_exits = { "exits_since_start", "exits", "exits_per_second" };
static const struct names of_returns = { "returns_since_start", "returns", "returns_per_second" };

/* Values that need a second reading are null after the first. */
static void put_interval(struct json *j, const struct top *top, const struct top_row *row,
			 const struct names *names)
{
	json_u64(j, names->since_start, row->exits);
	if (!row->known) {
		json_null(j, names->added);
		json_null(j, "elapsed_ns");
		json_null(j, names->per_second);
		json_null(j, "share");
		return;
	}
	json_u64(j, names->added, row->added);
	json_u64(j, "elapsed_ns", row->elapsed_ns);
	json_decimal(j, names->per_second, row->rate);
	json_share(j, row->added, top->sum.added);
}

static void put_accounts(struct json *j, const struct top_row *row)
{
	struct account accounts[NR_ACCOUNTS];
	uint64_t lifetime = 0;
	unsigned int i;

	for (i = 0; i < NR_ACCOUNTS; i++) {
		accounts[i].name = top_sort_words[TOP_ACCOUNT + i];
		accounts[i].cycles = row->cycles[i];
		lifetime += row->cycles[i];
	}
	json_accounts(j, accounts, lifetime, false);
}

/* @row's numbers, with all accounts, or for a reason with the accounts of reasons. */
static void put_numbers(struct json *j, const struct top *top,
			const struct top_row *row, bool reason)
{
	put_interval(j, top, row, &of_exits);
	/* A reason's accounts are at KVM_EXITSTAT_V_*. */
	if (!row->known)
		json_null(j, reason ? "cycles" : "accounts");
	else if (reason)
		json_cycles(j, row->cycles, false);
	else
		put_accounts(j, row);
}

/* A return has no time in KVM. */
static void put_key_cycles(struct json *j, const struct top_row *row, bool of_return)
{
	if (!row->known) {
		json_null(j, "cycles");
		return;
	}
	json_open_object(j, "cycles");
	if (!of_return)
		json_u64(j, "kernel", row->cycles[KVM_EXITSTAT_V_KERNEL]);
	json_u64(j, "user", row->cycles[KVM_EXITSTAT_V_USER]);
	json_close(j);
}

/* A VM that is read by QMP has no folder: QMP_DIR is only a placeholder. */
static void put_vm(struct json *j, const struct top *top, const struct vm *vm,
		   uint64_t id, uint32_t vcpus)
{
	const struct subject subject = {
		.name = vm->name,
		.pid = vm->pid,
		.dir = top->qmp ? NULL : vm->dir,
		.qmp = top->qmp,
	};

	json_vm(j, &subject, id, vcpus);
}

static void put_which(struct json *j, const struct top *top,
		      const struct top_row *row)
{
	struct vm vm = { .pid = row->number };

	switch (top->level) {
	case TOP_VMS:
		strcpy(vm.dir, row->dir);
		strcpy(vm.name, row->name);
		put_vm(j, top, &vm, row->id, row->vcpus);
		break;
	case TOP_VCPUS:
		json_u64(j, "vcpu", row->number);
		break;
	default:
		json_reason(j, row->number, row->name);
	}
}

static void put_key(struct json *j, const struct top *top, const struct top_row *row)
{
	const bool of_return = row->key.kind == KEY_RETURN;

	json_open_object(j, NULL);
	if (of_return)
		json_named_return(j, &row->key, row->name);
	else
		json_named_key(j, &row->key, row->name);
	put_interval(j, top, row, of_return ? &of_returns : &of_exits);
	put_key_cycles(j, row, of_return);
	json_u64(j, "error", row->key.error);
	json_close(j);
}

/* Keys or returns, and the others of them */
static void put_keys(struct json *j, const struct top *top, enum key_kind kind)
{
	const bool of_return = kind == KEY_RETURN;
	const struct top_row *others = of_return ? &top->other_returns : &top->others;
	unsigned int i;

	json_open_array(j, of_return ? "returns" : "keys");
	for (i = 0; i < top->nr; i++)
		if (top->rows[i].key.kind == kind)
			put_key(j, top, &top->rows[i]);
	json_close(j);
	json_open_object(j, of_return ? "other_returns" : "others");
	put_interval(j, top, others, of_return ? &of_returns : &of_exits);
	put_key_cycles(j, others, of_return);
	json_close(j);
}

/* What the level TOP_KEYS has; all of it is null at other levels. */
static void put_keys_of_reason(struct json *j, const struct top *top)
{
	static const char *const keys[] = { "of_reason", "keys", "others", "returns", "other_returns" };
	unsigned int i;

	for (i = 0; top->level != TOP_KEYS && i < sizeof(keys) / sizeof(keys[0]); i++)
		json_null(j, keys[i]);
	if (top->level != TOP_KEYS)
		return;
	json_open_object(j, "of_reason");
	json_reason(j, top->reason.number, top->reason.name);
	json_close(j);
	put_keys(j, top, KEY_OWN);
	put_keys(j, top, KEY_RETURN);
}

/* The level's key, one of three, has the rows; the other two are null. */
static void put_rows(struct json *j, const struct top *top)
{
	static const char *const keys[TOP_KEYS] = { "vms", "by_vcpu", "reasons" };
	unsigned int i, level;

	for (level = 0; level < TOP_KEYS; level++)
		if (level != top->level)
			json_null(j, keys[level]);
	put_keys_of_reason(j, top);
	if (top->level == TOP_KEYS)
		return;
	json_open_array(j, keys[top->level]);
	for (i = 0; i < top->nr; i++) {
		json_open_object(j, NULL);
		put_which(j, top, &top->rows[i]);
		put_numbers(j, top, &top->rows[i], top->level == TOP_REASONS);
		json_close(j);
	}
	json_close(j);
}

static void put_total(struct json *j, const struct top *top)
{
	json_open_object(j, "total");
	json_u64(j, "vcpus", top->sum.vcpus);
	if (top->level == TOP_KEYS) {
		put_interval(j, top, &top->sum, &of_exits);
		json_null(j, "accounts");
		put_key_cycles(j, &top->sum, false);
	} else {
		put_numbers(j, top, &top->sum, false);
		json_null(j, "cycles");
	}
	json_close(j);
}

/* The VM or vCPU that the rows belong to. */
static void put_open(struct json *j, const struct top *top)
{
	const bool one = top->level >= TOP_REASONS && top->vcpu >= 0;
	const uint64_t id = top->guest ? top->now.id : top->vm_id;

	json_string(j, "scope", top->level == TOP_VMS ? NULL : one ? "vcpu" :
				top->guest && top->now.host ? "host" : "vm");
	if (top->level == TOP_VMS) {
		json_null(j, "vm");
	} else {
		json_open_object(j, "vm");
		put_vm(j, top, &top->vm, id, one ? 0 : top->sum.vcpus);
		json_close(j);
	}
	if (one)
		json_u64(j, "vcpu", top->vcpu);
	else
		json_null(j, "vcpu");
}

/* What a reading costs a guest. */
static void put_cost(struct json *j, const struct top *top)
{
	if (!top->guest) {
		json_null(j, "cpuid_exits_of_this_reading");
		json_null(j, "cpuid_exits_subtracted");
		json_null(j, "reading_ns");
		return;
	}
	json_u64(j, "cpuid_exits_of_this_reading", top->now.cpuids);
	json_u64(j, "cpuid_exits_subtracted", top->subtracted);
	json_u64(j, "reading_ns", top->took_ns);
}

char *top_json(const struct top *top)
{
	static const char *const levels[TOP_LEVELS] = { "vms", "vcpus", "reasons", "keys" };
	struct json j;

	json_document(&j, "top", top->time_ns);
	json_source(&j, top->guest ? FROM_CPUID : top->qmp ? FROM_QMP : FROM_DEBUGFS);
	json_string(&j, "level", levels[top->level]);
	json_isa(&j, top->isa);
	json_known(&j, "tsc_khz", top->tsc_khz);
	json_boolean(&j, "counting", top->counting);
	json_boolean(&j, "untrusted", top->untrusted);
	put_open(&j, top);
	put_rows(&j, top);
	put_total(&j, top);
	put_cost(&j, top);
	return json_end(&j, true);
}
