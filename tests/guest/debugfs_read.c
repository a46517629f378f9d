// SPDX-License-Identifier: GPL-2.0-only
/* See debugfs_read.h.  Records and keys that are not known are passed over. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debugfs_read.h"

static bool parse_number(const char *word, uint64_t *number)
{
	char *end;

	if (!word || *word < '0' || *word > '9')
		return false;
	errno = 0;
	*number = strtoull(word, &end, !strncmp(word, "0x", 2) ? 16 : 10);
	return !*end && !errno;
}

/* The value of "exits" among the pairs of key and value in @rest. */
static bool parse_exits(char *rest, uint64_t *exits)
{
	char *key, *value;

	while ((key = strsep(&rest, " ")) && strcmp(key, "name")) {
		value = strsep(&rest, " ");
		if (!strcmp(key, "exits"))
			return parse_number(value, exits);
	}
	return false;
}

static bool parse_line(char *line, struct exitstat_file *file, bool *is_total)
{
	const char *record = strsep(&line, " ");
	struct counts *counts = &file->counts;
	uint64_t number, exits;
	unsigned int slot;
	const char *value;

	if (!strcmp(record, "total")) {
		*is_total = true;
		return parse_exits(line, &counts->total);
	}
	value = strsep(&line, " ");
	if (!value)
		return true;

	if (!strcmp(record, "isa")) {
		if (!strcmp(value, "vmx"))
			file->isa = KVM_EXITSTAT_ISA_VMX;
		else if (!strcmp(value, "svm"))
			file->isa = KVM_EXITSTAT_ISA_SVM;
		return file->isa;
	}
	if (!strcmp(record, "reason")) {
		if (!strcmp(value, "other")) {
			slot = COUNTS_OTHER;
		} else {
			if (!file->isa || !parse_number(value, &number))
				return false;
			slot = counts_slot(file->isa, number);
			if (slot == COUNTS_OTHER)
				return false;
		}
		if (counts->exits[slot] || !parse_exits(line, &exits))
			return false;
		counts->exits[slot] = exits;
		return true;
	}
	if (!strcmp(record, "id"))
		return parse_number(value, &file->id);
	if (!strcmp(record, "vcpu")) {
		if (!parse_number(value, &number))
			return false;
		file->vcpu = number;
	} else if (!strcmp(record, "counting")) {
		if (!parse_number(value, &number))
			return false;
		file->counting = number;
	}
	return true;
}

bool exitstat_parse(char *text, struct exitstat_file *file, char *why,
		    size_t size)
{
	bool has_total = false;
	unsigned int number = 1;
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
		if (!parse_line(line, file, &has_total)) {
			snprintf(why, size, "line %u, '%s', is not of the format",
				 number, copy);
			return false;
		}
	}
	if (!file->isa || !has_total) {
		snprintf(why, size, "no %s record", file->isa ? "total" : "isa");
		return false;
	}
	return true;
}

bool exitstat_read(const char *path, struct exitstat_file *file, char *why,
		   size_t size)
{
	char text[32768], reason[128];
	ssize_t n, length = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(why, size, "%s cannot be opened (%s)", path, strerror(errno));
		return false;
	}
	while ((n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += n;
	close(fd);
	if (n < 0) {
		snprintf(why, size, "%s cannot be read (%s)", path, strerror(errno));
		return false;
	}
	text[length] = 0;
	if (!exitstat_parse(text, file, reason, sizeof(reason))) {
		snprintf(why, size, "%s: %s", path, reason);
		return false;
	}
	return true;
}
