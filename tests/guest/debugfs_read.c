// SPDX-License-Identifier: GPL-2.0-only
/* See debugfs_read.h.  Unknown records and keys are skipped. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debugfs_read.h"

#define FILE_BYTES	(1 << 20)	/* more than every reason with its histogram */

static bool parse_number(const char *word, uint64_t *number)
{
	char *end;

	if (!word || *word < '0' || *word > '9')
		return false;
	errno = 0;
	*number = strtoull(word, &end, !strncmp(word, "0x", 2) ? 16 : 10);
	return !*end && !errno;
}

/* The field for @key, or NULL. */
static uint64_t *row_field(struct row *row, const char *key)
{
	unsigned int a;

	if (!strcmp(key, "exits"))
		return &row->exits;
	if (!strcmp(key, "longest"))
		return &row->longest;
	for (a = 0; a < NR_ACCOUNTS; a++)
		if (!strcmp(key, account_names[a]))
			return &row->cycles[a];
	return NULL;
}

/* Parse the pairs of key and value in @rest: each once; only longest may be missing. */
static bool parse_row(char *rest, struct row *row)
{
	const unsigned int wanted = NR_ACCOUNTS + 2;
	unsigned int found = 0;
	uint64_t *field;
	char *key, *value;

	memset(row, 0xff, sizeof(*row));
	while ((key = strsep(&rest, " ")) && strcmp(key, "name")) {
		value = strsep(&rest, " ");
		field = row_field(row, key);
		if (!field)
			continue;
		if (*field != UINT64_MAX || !parse_number(value, field))
			return false;
		found++;
	}
	if (row->longest == UINT64_MAX) {
		row->longest = 0;
		found++;
	}
	return found == wanted;
}

static bool parse_reason(const struct exitstat_file *file, const char *word,
			 unsigned int *row)
{
	uint64_t number;

	if (!word || !file->isa)
		return false;
	if (!strcmp(word, "other")) {
		*row = ROW_OTHER;
		return true;
	}
	if (!strcmp(word, "none")) {
		*row = ROW_NONE;
		return true;
	}
	if (!parse_number(word, &number))
		return false;
	*row = counts_slot(file->isa, number);
	return *row != COUNTS_OTHER;
}

static bool parse_histogram(char *rest, uint32_t *buckets)
{
	uint64_t bucket, exits;
	char *key;

	while ((key = strsep(&rest, " "))) {
		if (!parse_number(key, &bucket) || bucket >= KVM_EXITSTAT_BUCKETS ||
		    !parse_number(strsep(&rest, " "), &exits) || !exits ||
		    exits > UINT32_MAX || buckets[bucket])
			return false;
		buckets[bucket] = exits;
	}
	return true;
}

/* Parse a required record with one number; each has a bit in @seen. */
static bool parse_scalar(const char *record, const char *value,
			 struct exitstat_file *file, unsigned int *seen)
{
	uint64_t vcpu = 0, counting = 0, histograms = 0, untrusted = 0;
	const struct {
		const char *record;
		uint64_t *number;
	} scalars[] = {
		{ "id", &file->id }, { "vcpu", &vcpu }, { "counting", &counting },
		{ "histograms", &histograms }, { "untrusted", &untrusted },
		{ "tsc_khz", &file->tsc_khz }, { "lifetime", &file->books.lifetime },
		{ "guest", &file->books.guest }, { "outside", &file->books.outside },
		{ "anomalies", &file->books.anomalies }, { "torn", &file->torn },
	};
	const unsigned int nr = sizeof(scalars) / sizeof(scalars[0]);
	unsigned int i;

	if (!record)
		return *seen == (1u << nr) - 1;
	for (i = 0; i < nr && strcmp(record, scalars[i].record); i++)
		;
	if (i == nr)
		return true;
	if (*seen & 1u << i || !parse_number(value, scalars[i].number))
		return false;
	*seen |= 1u << i;
	file->vcpu |= vcpu;
	file->counting |= counting;
	file->histograms |= histograms;
	file->untrusted |= untrusted;
	return true;
}

static bool parse_line(char *line, struct exitstat_file *file, bool *is_total,
		       unsigned int *seen)
{
	const char *record = strsep(&line, " "), *value;
	struct books *books = &file->books;
	unsigned int row;

	if (!strcmp(record, "total")) {
		*is_total = true;
		return parse_row(line, &books->total);
	}
	value = strsep(&line, " ");
	if (!strcmp(record, "isa")) {
		if (value && !strcmp(value, "vmx"))
			file->isa = KVM_EXITSTAT_ISA_VMX;
		else if (value && !strcmp(value, "svm"))
			file->isa = KVM_EXITSTAT_ISA_SVM;
		return file->isa;
	}
	if (!strcmp(record, "reason")) {
		if (!parse_reason(file, value, &row) || books->rows[row].exits ||
		    row_sum(&books->rows[row]))
			return false;
		return parse_row(line, &books->rows[row]);
	}
	if (!strcmp(record, "hist"))
		return parse_reason(file, value, &row) &&
		       parse_histogram(line, file->histogram[row]);
	return parse_scalar(record, value, file, seen);
}

static void fill_counts(struct exitstat_file *file)
{
	unsigned int i;

	file->counts.total = file->books.total.exits;
	for (i = 0; i <= COUNTS_OTHER; i++)
		file->counts.exits[i] = file->books.rows[i].exits;
}

bool exitstat_parse(char *text, struct exitstat_file *file, char *why,
		    size_t size)
{
	unsigned int number = 1, seen = 0;
	bool has_total = false;
	char *line;

	memset(file, 0, sizeof(*file));
	line = strsep(&text, "\n");
	if (strcmp(line, "kvm-exitstat 1")) {
		snprintf(why, size, "line 1 is '%.40s', not 'kvm-exitstat 1'", line);
		return false;
	}
	while ((line = strsep(&text, "\n")) && text) {
		char copy[64];

		number++;
		snprintf(copy, sizeof(copy), "%s", line);
		if (!parse_line(line, file, &has_total, &seen)) {
			snprintf(why, size, "line %u, '%s', is not of the format",
				 number, copy);
			return false;
		}
	}
	if (!file->isa || !has_total || !parse_scalar(NULL, NULL, file, &seen)) {
		snprintf(why, size, "no %s record", !file->isa ? "isa" :
			 !has_total ? "total" : "lifetime, tsc_khz or other such");
		return false;
	}
	fill_counts(file);
	return true;
}

static char *read_all(const char *path, char *why, size_t size)
{
	char *text = malloc(FILE_BYTES);
	ssize_t n, length = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !text) {
		snprintf(why, size, "%s cannot be opened (%s)", path, strerror(errno));
		free(text);
		return NULL;
	}
	while ((n = read(fd, text + length, FILE_BYTES - 1 - length)) > 0)
		length += n;
	close(fd);
	if (n < 0 || length == FILE_BYTES - 1) {
		snprintf(why, size, "%s cannot be read (%s)", path,
			 n < 0 ? strerror(errno) : "it is too long");
		free(text);
		return NULL;
	}
	text[length] = 0;
	return text;
}

bool exitstat_read(const char *path, struct exitstat_file *file, char *why,
		   size_t size)
{
	char *text = read_all(path, why, size);
	char reason[128];
	bool ok;

	if (!text)
		return false;
	ok = exitstat_parse(text, file, reason, sizeof(reason));
	if (!ok)
		snprintf(why, size, "%s: %s", path, reason);
	free(text);
	return ok;
}
