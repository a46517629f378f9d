// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: parser of the files exitstat-keys in debugfs.  Unknown records and keys are skipped.
 */
#include <asm/kvm_exitstat.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "model/keys.h"
#include "model/reasons.h"
#include "source/debugfs.h"
#include "source/keys_file.h"
#include "source/source_debugfs.h"
#include "source/vm.h"
#include "source/why.h"

/* Numbers that a file has once; it has only one of VCPU and VCPUS. */
enum { ID, VCPU, VCPUS, COUNTING, KEPT, PERIOD, TSC_KHZ, TORN, NR_NUMBERS };

static const struct {
	const char *name;
	uint64_t most;
} numbers[NR_NUMBERS] = {
	[ID] = { "id", UINT64_MAX },
	[VCPU] = { "vcpu", INT32_MAX },
	[VCPUS] = { "vcpus", UINT32_MAX },
	[COUNTING] = { "counting", 1 },
	[KEPT] = { "keys", 1 },
	[PERIOD] = { "period", UINT64_MAX },
	[TSC_KHZ] = { "tsc_khz", UINT32_MAX },
	[TORN] = { "torn", UINT32_MAX },
};

/**
 * struct parser - how far the text has been read
 * @keys: the result
 * @version: the first line was read
 * @isa: the record was read
 * @rank: rank_of() the last row's reason, -1 before the first row
 * @rests: of that reason: by enum key_kind, whether there was a line of what has lost its place
 * @has: by number, whether it was read
 * @value: by number
 * @room: number of entries for which @keys->rows has room
 * @no_memory: memory ran out
 */
struct parser {
	struct keys *keys;
	bool version;
	bool isa;
	int64_t rank;
	bool rests[KEY_RETURN_REST + 1];
	bool has[NR_NUMBERS];
	uint64_t value[NR_NUMBERS];
	unsigned int room;
	bool no_memory;
};

static bool take_reason(const char *word, uint32_t *reason)
{
	uint64_t number;

	if (word && !strcmp(word, "other")) {
		*reason = KVM_EXITSTAT_SUB_OTHER;
		return true;
	}
	if (word && !strcmp(word, "none")) {
		*reason = KVM_EXITSTAT_SUB_NONE;
		return true;
	}
	if (!debugfs_number(word, &number) || number >= KVM_EXITSTAT_SUB_NONE)
		return false;
	*reason = number;
	return true;
}

/* A class or a level: small letters, digits and dashes. */
static bool take_word(const char *word, char to[KEY_WORD_SIZE])
{
	if (!word || !*word || strlen(word) >= KEY_WORD_SIZE ||
	    strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(word))
		return false;
	strcpy(to, word);
	return true;
}

static bool take_key(char **rest, struct key_row *row)
{
	const char *access;
	uint64_t size;

	if (!take_word(strsep(rest, " "), row->word) ||
	    !debugfs_number(strsep(rest, " "), &row->value))
		return false;
	access = strsep(rest, " ");
	if (!access || strlen(access) != 1 || !strchr("-rwxkh", *access) ||
	    !debugfs_number(strsep(rest, " "), &size) || size > UINT8_MAX)
		return false;
	row->access = *access;
	row->size = size;
	return true;
}

/* "rest", or KVM_EXIT_* or errno */
static bool take_return(char **rest, struct key_row *row)
{
	const char *word = strsep(rest, " "), *access;

	if (word && !strcmp(word, "rest")) {
		row->kind = KEY_RETURN_REST;
		return true;
	}
	if (!debugfs_number(word, &row->value))
		return false;
	access = strsep(rest, " ");
	if (!access || strlen(access) != 1 || (*access != '-' && *access != KEY_FAILED))
		return false;
	row->access = *access;
	return true;
}

/* What stands before the values. */
static bool take_what(const char *record, char **rest, struct key_row *row)
{
	switch (row->kind) {
	case KEY_OWN:
		return take_key(rest, row);
	case KEY_LEVEL:
		return take_word(strsep(rest, " "), row->word);
	case KEY_RETURN:
		return take_return(rest, row);
	default:
		return *record;
	}
}

enum { EXITS, KERNEL, USER, ERROR, NR_VALUES };

static unsigned int value_of_word(const char *word, const struct key_row *row)
{
	const char *const words[NR_VALUES] = {
		key_is_return(row) ? "returns" : "exits", "kernel", "user", "error",
	};
	unsigned int v = 0;

	while (v < NR_VALUES && strcmp(word, words[v]))
		v++;
	/* Returns have no time in KVM. */
	return v == KERNEL && key_is_return(row) ? NR_VALUES : v;
}

/* Pairs of key and value, up to "name"; unknown keys are skipped. */
static bool take_values(char *rest, struct key_row *row)
{
	uint64_t *const values[NR_VALUES] = { &row->exits, &row->kernel, &row->user, &row->error };
	bool seen[NR_VALUES] = {};
	const char *key, *word;
	unsigned int v;

	while ((key = strsep(&rest, " ")) && strcmp(key, "name")) {
		v = value_of_word(key, row);
		word = strsep(&rest, " ");
		if (!word || (v < NR_VALUES && (seen[v] || !debugfs_number(word, values[v]))))
			return false;
		if (v < NR_VALUES)
			seen[v] = true;
	}
	return seen[EXITS];
}

static struct key_row *new_row(struct parser *p)
{
	struct keys *keys = p->keys;
	const unsigned int room = p->room ? 2 * p->room : 64;
	struct key_row *more;

	if (keys->nr == p->room) {
		more = reallocarray(keys->rows, room, sizeof(*more));
		if (!more) {
			p->no_memory = true;
			return NULL;
		}
		keys->rows = more;
		p->room = room;
	}
	keys->rows[keys->nr] = (struct key_row) { .access = '-' };
	return &keys->rows[keys->nr++];
}

/* A reason's place in the file: by number, then "other", then "none". */
static int64_t rank_of(uint32_t reason)
{
	return reason == KVM_EXITSTAT_SUB_NONE ? (int64_t)KVM_EXITSTAT_SUB_OTHER + 1 : reason;
}

/* Lines are sorted by reason, and of each the line "reason" is the first. */
static bool is_in_order(struct parser *p, const struct key_row *row)
{
	const int64_t before = p->rank;

	p->rank = rank_of(row->reason);
	if (p->rank != before)
		memset(p->rests, 0, sizeof(p->rests));
	return row->kind == KEY_REASON ? p->rank > before : p->rank >= before;
}

/* A reason has one line "rest" at most, and one of "return" with that word. */
static bool is_only(struct parser *p, const struct key_row *row)
{
	const bool again = p->rests[row->kind];

	p->rests[row->kind] = row->kind == KEY_REST || row->kind == KEY_RETURN_REST;
	return !again;
}

static bool take_row(struct parser *p, const char *record, enum key_kind kind, char *rest)
{
	struct key_row *row = p->isa ? new_row(p) : NULL;

	if (!row)
		return false;
	row->kind = kind;
	return take_reason(strsep(&rest, " "), &row->reason) && is_in_order(p, row) &&
	       take_what(record, &rest, row) && is_only(p, row) && take_values(rest, row);
}

static bool take_number(struct parser *p, unsigned int i, const char *word)
{
	if (p->has[i] || (i == VCPU && p->has[VCPUS]) || (i == VCPUS && p->has[VCPU]))
		return false;
	p->has[i] = true;
	return debugfs_number(word, &p->value[i]) && p->value[i] <= numbers[i].most;
}

static bool take_line(struct parser *p, char *line)
{
	static const char *const records[] = {
		[KEY_REASON] = "reason", [KEY_OWN] = "key", [KEY_REST] = "rest",
		[KEY_LEVEL] = "level", [KEY_RETURN] = "return",
	};
	const char *record = strsep(&line, " ");
	uint64_t version;
	unsigned int i;

	if (!p->version) {
		p->version = !strcmp(record, "kvm-exitstat") &&
			     debugfs_number(strsep(&line, " "), &version) && version == 1;
		return p->version;
	}
	if (!strcmp(record, "isa")) {
		const char *word = strsep(&line, " ");

		p->isa = !p->isa && word && isa_find(word, &p->keys->isa);
		return p->isa;
	}
	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		if (!strcmp(record, records[i]))
			return take_row(p, record, i, line);
	for (i = 0; i < NR_NUMBERS; i++)
		if (!strcmp(record, numbers[i].name))
			return take_number(p, i, strsep(&line, " "));
	return true;
}

/* An older KVM has no period; it has one of VCPU and VCPUS. */
static bool may_be_missing(const struct parser *p, unsigned int i)
{
	return i == PERIOD || (i == VCPU && p->has[VCPUS]) || (i == VCPUS && p->has[VCPU]);
}

static const char *missing(const struct parser *p)
{
	unsigned int i;

	if (!p->version)
		return "kvm-exitstat";
	if (!p->isa)
		return "isa";
	for (i = 0; i < NR_NUMBERS; i++)
		if (!p->has[i] && !may_be_missing(p, i))
			return numbers[i].name;
	return NULL;
}

static int failed(const struct parser *p, char *why, size_t size)
{
	free(p->keys->rows);
	p->keys->rows = NULL;
	if (p->no_memory)
		snprintf(why, size, "out of memory");
	return -1;
}

int keys_parse(char *text, struct keys *keys, char *why, size_t size)
{
	struct parser p = { .keys = keys, .rank = -1 };
	unsigned int number = 0;
	char *line, copy[48];

	*keys = (struct keys) { .guest_cpu = -1 };
	/* After the last newline there is nothing, or a line that was cut off. */
	while ((line = strsep(&text, "\n")) && (text || *line)) {
		number++;
		snprintf(copy, sizeof(copy), "%s", line);
		if (text && take_line(&p, line))
			continue;
		snprintf(why, size, "line %u, '%s', does not follow version 1 of the format",
			 number, copy);
		return failed(&p, why, size);
	}
	if (missing(&p)) {
		snprintf(why, size, "it has no record '%s'", missing(&p));
		return failed(&p, why, size);
	}
	keys->id = p.value[ID];
	keys->vcpu = p.has[VCPU] ? (int)p.value[VCPU] : -1;
	keys->vcpus = p.has[VCPU] ? 1 : p.value[VCPUS];
	keys->counting = p.value[COUNTING];
	keys->kept = p.value[KEPT];
	keys->period = p.value[PERIOD];
	keys->tsc_khz = p.value[TSC_KHZ];
	keys->torn = p.value[TORN];
	return 0;
}

/* @length bytes of @text */
static int parse_file(const char *path, char *text, size_t length, struct keys *keys, char *why)
{
	char part[128];

	/* What is behind a NUL would not be read, and not be missed. */
	if (strlen(text) < length)
		snprintf(part, sizeof(part), "after %zu bytes it has a NUL", strlen(text));
	else if (!keys_parse(text, keys, part, sizeof(part)))
		return EXIT_DONE;
	return explain(why, "%s cannot be understood: %s; use the exitstat that was built with the host's KVM",
		       path, part);
}

/* A KVM whose files of keys will never come. */
static bool is_older(const struct vm *vm)
{
	return kvm_keeps_keys() < 0 && (!vm || vm_exists(vm));
}

static int not_read(const char *path, const struct vm *vm, int vcpu, int err, char *why)
{
	if (err != ENOENT || !is_older(vm))
		return source_debugfs_not_read(path, vm, vcpu, err, why);
	explain(why, "this KVM has no parameter exitstat_keys, so it keeps no keys; load the modules of this kvm-exitstat, and restart the VMs");
	return SOURCE_FAILED;
}

/* @patient: wait for a VM that starts or ends. */
static int read_keys(const struct vm *vm, int vcpu, struct keys *keys, bool patient, char *why)
{
	char path[VM_PATH_SIZE], *text;
	size_t length;
	int ret, err;

	source_debugfs_path(path, vm, vcpu, "exitstat-keys");
	text = read_file(path, &length);
	err = errno;
	if (!text && vm && patient && err == ENOENT && !is_older(vm) && vm_settles(vm, path)) {
		text = read_file(path, &length);
		err = errno;
	}
	if (!text)
		return not_read(path, vm, vcpu, err, why);
	ret = parse_file(path, text, length, keys, why);
	free(text);
	return ret;
}

int keys_read(const struct vm *vm, int vcpu, struct keys *keys, char *why)
{
	return read_keys(vm, vcpu, keys, true, why);
}

int keys_try(const struct vm *vm, struct keys *keys, char *why)
{
	return read_keys(vm, -1, keys, false, why);
}
