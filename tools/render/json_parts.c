// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: parts of JSON documents that several commands share.
 */
#include <asm/kvm_exitstat.h>

#include "lib/json.h"
#include "lib/version.h"
#include "model/accounts.h"
#include "model/keys.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/table.h"
#include "render/json_parts.h"

void json_document(struct json *j, const char *command, uint64_t time_ns)
{
	json_begin(j);
	json_u64(j, "json_version", JSON_VERSION);
	json_string(j, "exitstat_version", EXITSTAT_VERSION);
	json_string(j, "command", command);
	json_u64(j, "time_ns", time_ns);
}

void json_source(struct json *j, enum from from)
{
	static const char *const names[] = {
		[FROM_CPUID] = "cpuid",
		[FROM_DEBUGFS] = "debugfs",
		[FROM_QMP] = "qmp",
	};

	json_string(j, "source", names[from]);
}

void json_isa(struct json *j, uint32_t isa)
{
	json_string(j, "isa", isa ? isa_word(isa) : NULL);
}

static void string_or_null(struct json *j, const char *key, const char *text)
{
	json_string(j, key, text && *text ? text : NULL);
}

void json_vm(struct json *j, const struct subject *subject, uint64_t id,
	     uint32_t vcpus)
{
	static const struct subject unknown;
	const struct subject *s = subject ?: &unknown;

	string_or_null(j, "name", s->name);
	string_or_null(j, "dir", s->dir);
	json_known(j, "pid", s->pid);
	string_or_null(j, "qmp", s->qmp);
	json_hex(j, "id", id);
	json_known(j, "vcpus", vcpus);
}

void json_reason(struct json *j, uint32_t reason, const char *name)
{
	if (reason < KVM_EXITSTAT_SUB_NONE)
		json_u64(j, "reason", reason);
	else
		json_null(j, "reason");
	json_string(j, "name", name);
}

void json_named_key(struct json *j, const struct key_row *row, const char *name)
{
	const char access[] = { row->access, '\0' };

	json_string(j, "class", row->word);
	json_hex(j, "value", row->value);
	json_string(j, "access", row->access == '-' ? NULL : access);
	json_known(j, "size", row->size);
	string_or_null(j, "name", name);
}

static void value_or_null(struct json *j, const char *key, const struct key_row *row, bool has)
{
	if (has)
		json_u64(j, key, row->value);
	else
		json_null(j, key);
}

void json_named_return(struct json *j, const struct key_row *row, const char *name)
{
	const bool failed = row->access == KEY_FAILED;

	value_or_null(j, "exit_reason", row, !failed);
	value_or_null(j, "errno", row, failed);
	string_or_null(j, "name", name);
}

void json_rate(struct json *j, double rate)
{
	if (rate < 0)
		json_null(j, "exits_per_second");
	else
		json_decimal(j, "exits_per_second", rate);
}

void json_share(struct json *j, double part, double whole)
{
	json_decimal(j, "share", whole > 0 ? 100 * part / whole : 0);
}

static void put_cycles(struct json *j, const char *key, uint64_t cycles,
		       bool difference)
{
	if (difference)
		json_i64(j, key, (int64_t)cycles);
	else
		json_u64(j, key, cycles);
}

void json_cycles(struct json *j, const uint64_t *v, bool difference)
{
	unsigned int i;

	json_open_object(j, "cycles");
	for (i = KVM_EXITSTAT_V_KERNEL; i <= KVM_EXITSTAT_V_BLOCK; i++)
		put_cycles(j, value_names[i], v[i], difference);
	json_close(j);
}

void json_accounts(struct json *j, const struct account accounts[NR_ACCOUNTS],
		   uint64_t lifetime, bool difference)
{
	unsigned int i;

	json_open_object(j, "accounts");
	for (i = 0; i < NR_ACCOUNTS; i++)
		put_cycles(j, accounts[i].name, accounts[i].cycles, difference);
	put_cycles(j, "lifetime", lifetime, difference);
	json_close(j);
}
