// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: what QEMU calls the regions of a guest's ports and memory.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "lib/sizes.h"
#include "lib/text.h"
#include "model/regions.h"

#define LINE_SIZE	256

/* Which address space the lines are of */
enum space { OTHER, PORTS, MEMORY };

/*
 * "  0000000000000cf8-0000000000000cf8 (prio 0, i/o): pci-conf-idx @0000000000000002 KVM"; the
 * last two words may be missing.  Ports that no device has are of the region "io".
 */
static bool parse_region(char *line, struct region *region)
{
	char *name, *end;
	int n = 0;

	if (sscanf(line, " %16" SCNx64 "-%16" SCNx64 " (prio %*d, %*[a-z/-])%n", &region->first,
		   &region->last, &n) != 2 || !n || strncmp(line + n, ": ", 2))
		return false;
	name = line + n + 2;
	end = strstr(name, " @") ?: strstr(name, " KVM");
	if (end)
		*end = '\0';
	cell_text(region->name, sizeof(region->name), name);
	return *name && region->first <= region->last &&
	       !(region->port && !strcmp(name, "io"));
}

/* An address space is named before its regions; several can share them. */
static enum space space_of(const char *line, enum space space)
{
	if (!strncmp(line, "FlatView", 8))
		return OTHER;
	if (!strncmp(line, " AS \"I/O\",", 10))
		return PORTS;
	return strncmp(line, " AS \"memory\",", 13) ? space : MEMORY;
}

static bool add(struct regions *regions, const struct region *region)
{
	struct region *more = regions->list;

	/* Room is made where the number is a power of 2. */
	if (!(regions->nr & (regions->nr - 1)))
		more = reallocarray(regions->list, regions->nr ? 2 * regions->nr : 1, sizeof(*more));
	if (!more)
		return false;
	regions->list = more;
	more[regions->nr++] = *region;
	return regions->nr < REGIONS_MOST;
}

void regions_parse(const char *text, struct regions *regions)
{
	enum space space = OTHER;
	struct region region;
	char line[LINE_SIZE];
	size_t n;

	*regions = (struct regions) {};
	for (; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)MIN(n, LINE_SIZE), text);
		line[strcspn(line, "\r")] = '\0';
		space = space_of(line, space);
		region.port = space == PORTS;
		if (space != OTHER && parse_region(line, &region) && !add(regions, &region))
			break;
	}
}

const char *regions_find(const struct regions *regions, bool port, uint64_t first, uint64_t last)
{
	const struct region *r;
	unsigned int i;

	for (i = 0; i < regions->nr; i++) {
		r = &regions->list[i];
		if (r->port == port && r->first <= last && r->last >= first)
			return r->name;
	}
	return NULL;
}
