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

/* Values that need a second reading are null after the first. */
static void put_unknown(struct json *j, const char *cycles)
{
	json_null(j, "exits");
	json_null(j, "elapsed_ns");
	json_null(j, "exits_per_second");
	json_null(j, "share");
	json_null(j, cycles);
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
	json_u64(j, "exits_since_start", row->exits);
	if (!row->known) {
		put_unknown(j, reason ? "cycles" : "accounts");
		return;
	}
	json_u64(j, "exits", row->added);
	json_u64(j, "elapsed_ns", row->elapsed_ns);
	json_rate(j, row->rate);
	json_share(j, row->added, top->sum.added);
	/* A reason's accounts are at KVM_EXITSTAT_V_*. */
	if (reason)
		json_cycles(j, row->cycles, false);
	else
		put_accounts(j, row);
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

/* The level's key, one of three, has the rows; the other two are null. */
static void put_rows(struct json *j, const struct top *top)
{
	static const char *const keys[TOP_KEYS] = { "vms", "by_vcpu", "reasons" };
	unsigned int i, level;

	for (level = 0; level < TOP_KEYS; level++)
		if (level != top->level)
			json_null(j, keys[level]);
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
	put_numbers(j, top, &top->sum, false);
	json_close(j);
}

/* The VM or vCPU that the rows belong to. */
static void put_open(struct json *j, const struct top *top)
{
	const bool one = top->level == TOP_REASONS && top->vcpu >= 0;
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
	static const char *const levels[TOP_KEYS] = { "vms", "vcpus", "reasons" };
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
