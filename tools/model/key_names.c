// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: names of keys, so that nobody needs a manual.
 */
#include <stdio.h>
#include <string.h>

#include "model/key_names.h"
#include "model/keys.h"
#include "model/regions.h"

#define FRAME_SHIFT	21	/* of 2 MiB */

/**
 * struct name - a name of some keys of a class
 * @class: the class, or "return" of returns to user space
 * @access: of this access alone; 0: of any
 * @first: the lowest value
 * @last: the highest
 * @name: the name
 */
struct name {
	const char *class;
	char access;
	uint64_t first;
	uint64_t last;
	const char *name;
};

#define NAME(...)	{ __VA_ARGS__ },

/* The first that fits */
static const struct name names[] = {
#include "model/key_names.def"
#include "msr_names.h"
};

static const char *find(const char *class, char access, uint64_t value)
{
	const struct name *n;

	for (n = names; n < names + sizeof(names) / sizeof(names[0]); n++)
		if (value >= n->first && value <= n->last && !strcmp(n->class, class) &&
		    (!n->access || n->access == access))
			return n->name;
	return "";
}

/* A frame has all that is in its 2 MiB. */
static const char *find_in_frame(uint64_t frame)
{
	const struct name *n;

	for (n = names; n < names + sizeof(names) / sizeof(names[0]); n++)
		if (!strcmp(n->class, "address") && frame >= n->first >> FRAME_SHIFT &&
		    frame <= n->last >> FRAME_SHIFT)
			return n->name;
	return "";
}

static const char *find_region(const struct regions *regions, const struct key_row *row)
{
	const bool frame = !strcmp(row->word, "frame"), port = !strcmp(row->word, "port");
	const unsigned int shift = frame ? FRAME_SHIFT : 0;
	const char *name = NULL;

	/* A frame beyond 64 bits of addresses is none. */
	if ((port || frame || !strcmp(row->word, "address")) && row->value <= UINT64_MAX >> shift)
		name = regions_find(regions, port, row->value << shift,
				    row->value << shift | ((UINT64_C(1) << shift) - 1));
	return name ?: "";
}

void key_name(char name[KEY_NAME_SIZE], const struct key_row *row, const struct regions *regions)
{
	const char *found = "";

	if (row->kind == KEY_RETURN)
		found = find("return", row->access, row->value);
	else if (row->kind == KEY_OWN && !strcmp(row->word, "cpuid"))
		found = find(row->word, 0, (uint32_t)row->value);
	else if (row->kind == KEY_OWN && !strcmp(row->word, "frame"))
		found = find_in_frame(row->value);
	else if (row->kind == KEY_OWN)
		found = find(row->word, row->access, row->value);
	if (row->kind == KEY_OWN && !*found && regions)
		found = find_region(regions, row);
	snprintf(name, KEY_NAME_SIZE, "%s", found);
}
