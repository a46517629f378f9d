// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: parser of the files exitstat in debugfs.  Unknown records and keys are
 * skipped.  Histograms are parsed separately, and only on request.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "model/histogram.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "source/debugfs.h"
#include "exitstat_reasons.h"

#define FILE_VERSION	1

/* What find_row() returns, besides rows */
enum {
	NONE_ROW = ROW_OTHER + 1,
	NR_ROWS,
	NEW_ROW = NR_ROWS,
};

/*
 * Records with a single number: KVM_EXITSTAT_S_*, and these.  Each must be there once, but
 * of VCPU and VCPUS only one.
 */
enum {
	ID = KVM_EXITSTAT_NR_S, VCPU, VCPUS, TORN, NR_SCALARS
};

static const char *const scalar_names[] = KVM_EXITSTAT_SCALAR_NAMES;

static const char *scalar_name(unsigned int scalar)
{
	switch (scalar) {
	case ID:
		return "id";
	case VCPU:
		return "vcpu";
	case VCPUS:
		return "vcpus";
	case TORN:
		return "torn";
	default:
		return scalar_names[scalar];
	}
}

static uint64_t scalar_most(unsigned int scalar)
{
	switch (scalar) {
	case KVM_EXITSTAT_S_COUNTING:
	case KVM_EXITSTAT_S_HISTOGRAMS:
	case KVM_EXITSTAT_S_UNTRUSTED:
		return 1;
	case VCPU:
		return INT32_MAX;
	case VCPUS:
	case KVM_EXITSTAT_S_TSC_KHZ:
		return UINT32_MAX;
	default:
		return UINT64_MAX;
	}
}

/**
 * struct parser - how far the text has been read
 * @v: the result
 * @version: the first line was read
 * @isa: the record was read
 * @total: the record was read
 * @has: by scalar, whether it was found
 * @value: by scalar
 * @rows_seen: by row, ROW_OTHER and NONE_ROW included: whether it was found
 */
struct parser {
	struct debugfs_file *v;
	bool version;
	bool isa;
	bool total;
	bool has[NR_SCALARS];
	uint64_t value[NR_SCALARS];
	bool rows_seen[NR_ROWS];
};

bool debugfs_number(const char *word, uint64_t *number)
{
	const bool hex = word && !strncmp(word, "0x", 2);
	const char *digits = hex ? word + 2 : word;
	char *end;

	if (!word || !*digits ||
	    strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits))
		return false;
	errno = 0;
	*number = strtoull(digits, &end, hex ? 16 : 10);
	return !errno;
}

static bool parse_version(struct parser *p, const char *word)
{
	uint64_t version;

	if (!debugfs_number(word, &version) || version != FILE_VERSION)
		return false;
	p->v->reading.abi_version = version;
	p->version = true;
	return true;
}

static bool parse_isa(struct parser *p, const char *word)
{
	struct reading *r = &p->v->reading;
	struct row total;

	if (!word || p->isa || !isa_find(word, &r->isa))
		return false;
	p->isa = true;
	total = r->total;
	name_rows(r);
	memcpy(r->total.v, total.v, sizeof(total.v));
	return true;
}

static int value_of_key(const char *key)
{
	unsigned int v;

	for (v = 0; v < KVM_EXITSTAT_NR_V; v++)
		if (!strcmp(key, value_names[v]))
			return v;
	return -1;
}

/* Pairs of key and value, up to "name"; unknown keys are skipped. */
static bool parse_values(char *rest, uint64_t v[KVM_EXITSTAT_NR_V])
{
	unsigned int seen = 0;
	const char *key;
	char *value;
	int which;

	while ((key = strsep(&rest, " ")) && strcmp(key, "name")) {
		value = strsep(&rest, " ");
		if (!value)
			return false;
		which = value_of_key(key);
		if (which < 0)
			continue;
		if (seen & 1u << which || !debugfs_number(value, &v[which]))
			return false;
		seen |= 1u << which;
	}
	return seen & 1u << KVM_EXITSTAT_V_EXITS;
}

static bool parse_total(struct parser *p, char *rest)
{
	if (p->total)
		return false;
	p->total = true;
	return parse_values(rest, p->v->reading.total.v);
}

/* A newer host may have reasons for which we have no row. */
static bool add_to_other(struct reading *r, char *rest)
{
	uint64_t v[KVM_EXITSTAT_NR_V] = {};
	unsigned int i;

	if (!parse_values(rest, v))
		return false;
	for (i = 0; i < KVM_EXITSTAT_V_LONGEST; i++)
		r->other.v[i] += v[i];
	if (v[i] > r->other.v[i])
		r->other.v[i] = v[i];
	return true;
}

/*
 * The number of the row for @word: one of @rows, ROW_OTHER or NONE_ROW; NEW_ROW for a
 * reason that we do not know, -1 if @word is no reason.
 */
static int find_row(const struct reading *r, const char *word)
{
	uint64_t number;
	unsigned int i;

	if (!strcmp(word, "other"))
		return ROW_OTHER;
	if (!strcmp(word, "none"))
		return NONE_ROW;
	if (!debugfs_number(word, &number))
		return -1;
	for (i = 0; i < r->nr_rows; i++)
		if (r->rows[i].reason == number)
			return i;
	return NEW_ROW;
}

static bool parse_reason(struct parser *p, const char *word, char *rest)
{
	struct reading *r = &p->v->reading;
	int row;

	if (!word || !p->isa)
		return false;
	row = find_row(r, word);
	if (row == NEW_ROW)
		return add_to_other(r, rest);
	if (row < 0 || p->rows_seen[row])
		return false;
	p->rows_seen[row] = true;
	if (row == ROW_OTHER)
		return add_to_other(r, rest);
	return parse_values(rest, row == NONE_ROW ? r->none.v : r->rows[row].v);
}

static bool parse_scalar(struct parser *p, const char *record, const char *word)
{
	unsigned int i;

	for (i = 0; i < NR_SCALARS; i++) {
		if (strcmp(record, scalar_name(i)))
			continue;
		if (p->has[i] || (i == VCPUS && p->has[VCPU]) ||
		    (i == VCPU && p->has[VCPUS]))
			return false;
		p->has[i] = true;
		return debugfs_number(word, &p->value[i]) &&
		       p->value[i] <= scalar_most(i);
	}
	return true;
}

static bool parse_line(struct parser *p, char *line)
{
	const char *record = strsep(&line, " ");

	if (!p->version)
		return !strcmp(record, "kvm-exitstat") &&
		       parse_version(p, strsep(&line, " "));
	if (!strcmp(record, "isa"))
		return parse_isa(p, strsep(&line, " "));
	if (!strcmp(record, "total"))
		return parse_total(p, line);
	if (!strcmp(record, "reason")) {
		const char *word = strsep(&line, " ");

		return parse_reason(p, word, line);
	}
	return parse_scalar(p, record, strsep(&line, " "));
}

static void take_scalars(const struct parser *p)
{
	struct reading *r = &p->v->reading;

	p->v->sum = p->has[VCPUS];
	p->v->vcpu = p->value[VCPU];
	p->v->torn = p->value[TORN];
	r->id = p->value[ID];
	r->counting = p->value[KVM_EXITSTAT_S_COUNTING];
	r->histograms = p->value[KVM_EXITSTAT_S_HISTOGRAMS];
	r->untrusted = p->value[KVM_EXITSTAT_S_UNTRUSTED];
	r->tsc_khz = p->value[KVM_EXITSTAT_S_TSC_KHZ];
	r->lifetime = p->value[KVM_EXITSTAT_S_LIFETIME];
	r->guest = p->value[KVM_EXITSTAT_S_GUEST];
	r->outside = p->value[KVM_EXITSTAT_S_OUTSIDE];
	r->anomalies = p->value[KVM_EXITSTAT_S_ANOMALIES];
	r->vcpus = p->v->sum ? p->value[VCPUS] : 1;
	r->vcpu = p->v->sum ? -1 : (int)p->v->vcpu;
	r->guest_cpu = -1;
	r->from = FROM_DEBUGFS;
	r->adds_up = true;
}

/* The name of a required record that is missing, or NULL. */
static const char *missing(const struct parser *p)
{
	unsigned int i;

	if (!p->version)
		return "kvm-exitstat";
	if (!p->isa)
		return "isa";
	if (!p->total)
		return "total";
	for (i = 0; i < NR_SCALARS; i++)
		if (!p->has[i] && !(i == VCPU && p->has[VCPUS]) &&
		    !(i == VCPUS && p->has[VCPU]))
			return scalar_name(i);
	return NULL;
}

int debugfs_parse(char *text, struct debugfs_file *v, char *why, size_t size)
{
	struct parser p = { .v = v };
	unsigned int number = 0;
	char *line, copy[48];

	memset(v, 0, sizeof(*v));
	/* After the last newline there is nothing, or a line that was cut off. */
	while ((line = strsep(&text, "\n")) && (text || *line)) {
		number++;
		snprintf(copy, sizeof(copy), "%s", line);
		if (text && parse_line(&p, line))
			continue;
		snprintf(why, size, "line %u, '%s', does not follow version %u of the format",
			 number, copy, FILE_VERSION);
		return -1;
	}
	if (missing(&p)) {
		snprintf(why, size, "it has no record '%s'", missing(&p));
		return -1;
	}
	take_scalars(&p);
	return 0;
}

/* Pairs of bucket and exits. */
static bool add_buckets(struct reading *r, char *rest)
{
	uint64_t bucket, exits;
	const char *word;

	while ((word = strsep(&rest, " "))) {
		if (!debugfs_number(word, &bucket) ||
		    bucket >= KVM_EXITSTAT_BUCKETS ||
		    !debugfs_number(strsep(&rest, " "), &exits))
			return false;
		r->hist[bucket] += exits;
	}
	return true;
}

static bool parse_hist_line(struct reading *r, char *line)
{
	const char *record = strsep(&line, " "), *word;
	const struct row *of;
	int row;

	if (strcmp(record, "hist"))
		return true;
	word = strsep(&line, " ");
	row = word ? find_row(r, word) : -1;
	if (row < 0 || row == NONE_ROW)
		return false;
	of = row < (int)ROW_OTHER ? &r->rows[row] : &r->other;
	return (r->hist_of != of && r->hist_of != &r->total) ||
	       add_buckets(r, line);
}

int debugfs_parse_hist(char *text, struct reading *r, char *why, size_t size)
{
	char *line, copy[48];

	while ((line = strsep(&text, "\n"))) {
		snprintf(copy, sizeof(copy), "%s", line);
		if (parse_hist_line(r, line))
			continue;
		snprintf(why, size, "the line '%s' does not follow version %u of the format",
			 copy, FILE_VERSION);
		return -1;
	}
	return 0;
}

/* Parse the counters and, if asked for, a histogram; 0, or 1 with a sentence in @why. */
static int parse_file(const char *path, char *text, char *again, const char *hist,
		      struct debugfs_file *v, char *why, size_t size)
{
	char part[128];
	int ret;

	ret = debugfs_parse(text, v, part, sizeof(part));
	if (!ret && hist) {
		if (hist_find(&v->reading, hist, why, size))
			return 1;
		ret = debugfs_parse_hist(again, &v->reading, part, sizeof(part));
	}
	if (!ret)
		return 0;
	snprintf(why, size, "%s cannot be understood: %s; use the exitstat that was built with the host's KVM",
		 path, part);
	return 1;
}

int debugfs_read(const char *path, const char *hist, struct debugfs_file *v,
		 char *why, size_t size)
{
	char *text = read_file(path, NULL), *again = NULL;
	int ret;

	if (text && hist)
		again = strdup(text);
	if (!text || (hist && !again)) {
		free(text);
		return -errno;
	}
	ret = parse_file(path, text, again, hist, v, why, size);
	free(text);
	free(again);
	return ret;
}

bool debugfs_exits_add_up(const struct reading *r)
{
	const unsigned int v = KVM_EXITSTAT_V_EXITS;
	uint64_t sum = r->other.v[v] + r->none.v[v];
	unsigned int i;

	for (i = 0; i < r->nr_rows; i++)
		sum += r->rows[i].v[v];
	return sum == r->total.v[v];
}
