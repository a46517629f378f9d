// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the samples of a text of metrics, by series.  An exporter needs no memory but
 * its last output: the file that it replaces, or its last answer.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "export/metrics.h"
#include "export/metrics_memory.h"

/**
 * struct sample - a line
 * @series: NAME{LABELS}, of @length bytes, in the text; NULL: this slot is free
 * @value: its value
 */
struct sample {
	const char *series;
	size_t length;
	struct sample_value value;
};

/**
 * struct known_vm - a line of kvm_vm_info
 * @id: the VM's id
 * @label: its label vm, escaped, of @length bytes, in the text
 */
struct known_vm {
	uint64_t id;
	const char *label;
	size_t length;
};

/**
 * struct memory - a hash table with open addressing
 * @samples: the slots, of which at least one is free
 * @seed: seed of the hash
 * @mask: number of slots, a power of two, less one
 * @vms: the VMs, in the order of the text
 * @nr_vms: number of entries in @vms
 */
struct memory {
	struct sample *samples;
	uint64_t seed;
	size_t mask;
	struct known_vm *vms;
	size_t nr_vms;
};

/*
 * FNV-1a with a secret seed.  Users choose the names of VMs, and could otherwise choose
 * them so that all series collide.
 */
static uint64_t hash_of(const struct memory *memory, const char *series, size_t length)
{
	uint64_t hash = memory->seed;

	while (length--)
		hash = (hash ^ hash >> 29 ^ (unsigned char)*series++) * 0x100000001b3;
	return hash ^ hash >> 32;
}

static struct sample *find(const struct memory *memory, const char *series,
			   size_t length)
{
	size_t at = hash_of(memory, series, length) & memory->mask;
	struct sample *s;

	for (;; at = (at + 1) & memory->mask) {
		s = &memory->samples[at];
		if (!s->series || (s->length == length &&
				   !memcmp(s->series, series, length)))
			return s;
	}
}

/*
 * Skip the labels that begin at @s, after '{'.  A '}' within a value does not end them.
 * NULL if they do not end in this line.
 */
static const char *skip_labels(const char *s)
{
	bool quoted = false;

	for (; *s && *s != '\n'; s++) {
		if (quoted && *s == '\\' && s[1] && s[1] != '\n')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (*s == '}' && !quoted)
			return s + 1;
	}
	return NULL;
}

/* Digits, and up to nine more after a point, the format that we write; a time may follow. */
static bool parse_value(const char *s, struct sample_value *value)
{
	uint32_t unit = 100000000;

	*value = (struct sample_value) {};
	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(value->whole, 10, &value->whole) ||
		    __builtin_add_overflow(value->whole, *s - '0', &value->whole))
			return false;
	if (*s == '.')
		for (s++; isdigit((unsigned char)*s) && unit; s++, unit /= 10)
			value->nano += unit * (*s - '0');
	return *s == '\n' || *s == ' ';
}

#define INFO_BEGIN	METRIC_VM "_info{vm=\""
#define INFO_ID		"\",id=\"0x"

static void remember_vm(struct memory *memory, const char *series)
{
	struct known_vm vm = { .label = series + strlen(INFO_BEGIN) };
	const char *end = vm.label;
	char *after;

	while (*end && *end != '\n' && *end != '"')
		end += *end == '\\' && end[1] ? 2 : 1;
	if (strncmp(end, INFO_ID, strlen(INFO_ID)))
		return;
	vm.length = end - vm.label;
	vm.id = strtoull(end + strlen(INFO_ID), &after, 16);
	if (*after == '"')
		memory->vms[memory->nr_vms++] = vm;
}

static void remember_line(struct memory *memory, const char *line)
{
	const char *labels = line + strcspn(line, "{ \n"), *end;
	struct sample_value value;
	struct sample *s;

	if (*labels != '{')
		return;
	end = skip_labels(labels + 1);
	if (!end || *end != ' ' || !parse_value(end + 1, &value))
		return;
	s = find(memory, line, end - line);
	*s = (struct sample) { line, end - line, value };
	if (!strncmp(line, INFO_BEGIN, strlen(INFO_BEGIN)))
		remember_vm(memory, line);
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

struct memory *memory_of(const char *text)
{
	struct memory *memory = calloc(1, sizeof(*memory));
	size_t lines = 0, places = 16;
	const char *line;

	if (!memory)
		return NULL;
	for (line = text; line; line = next_line(line))
		lines++;
	while (places < 2 * lines)
		places *= 2;
	memory->mask = places - 1;
	/* If a booting host has no random numbers yet, an address has to do. */
	if (getrandom(&memory->seed, sizeof(memory->seed), GRND_NONBLOCK) != sizeof(memory->seed))
		memory->seed = (uintptr_t)memory;
	memory->samples = calloc(places, sizeof(*memory->samples));
	memory->vms = calloc(lines, sizeof(*memory->vms));
	if (!memory->samples || !memory->vms) {
		memory_free(memory);
		return NULL;
	}
	for (line = text; line; line = next_line(line))
		remember_line(memory, line);
	return memory;
}

void memory_free(struct memory *memory)
{
	if (!memory)
		return;
	free(memory->samples);
	free(memory->vms);
	free(memory);
}

const char *memory_label(const struct memory *memory, uint64_t id, size_t *length)
{
	size_t i;

	for (i = 0; i < memory->nr_vms; i++) {
		if (memory->vms[i].id != id)
			continue;
		*length = memory->vms[i].length;
		return memory->vms[i].label;
	}
	return NULL;
}

bool memory_value(const struct memory *memory, const char *series, size_t length,
		  struct sample_value *value)
{
	const struct sample *s = find(memory, series, length);

	if (s->series)
		*value = s->value;
	return s->series;
}
