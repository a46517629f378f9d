/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what QEMU calls the regions of a guest's ports and memory.
 */
#ifndef EXITSTAT_MODEL_REGIONS_H
#define EXITSTAT_MODEL_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

#define REGION_NAME_SIZE	48

/**
 * struct region - a range with a name
 * @first: its first port or guest-physical address
 * @last: the last
 * @port: ports; false: addresses
 * @name: QEMU's, cleaned as cell_text() does; the rest of a longer one is cut off
 */
struct region {
	uint64_t first;
	uint64_t last;
	bool port;
	char name[REGION_NAME_SIZE];
};

/**
 * struct regions - all of a VM
 * @nr: number of entries in @list, REGIONS_MOST at most
 * @list: as QEMU has them; the caller frees it
 */
struct regions {
	unsigned int nr;
	struct region *list;
};

/*
 * Take the regions from the output of QEMU's "info mtree -f", whoever wrote that.  What is not
 * understood is left out; so is everything if memory runs out.
 */
void regions_parse(const char *text, struct regions *regions);

/* The name of the first region that has some of @first to @last; NULL if there is none. */
const char *regions_find(const struct regions *regions, bool port, uint64_t first, uint64_t last);

#endif /* EXITSTAT_MODEL_REGIONS_H */
