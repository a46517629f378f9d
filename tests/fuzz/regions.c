// SPDX-License-Identifier: GPL-2.0-only
/* What a QEMU answers to "info mtree -f", and the names that are made from it. */
#include "fuzz.h"
#include "lib/sizes.h"
#include "lib/text.h"
#include "model/key_names.h"
#include "model/keys.h"
#include "model/regions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), name[KEY_NAME_SIZE], cell[KEY_NAME_SIZE];
	struct key_row row = { .kind = KEY_OWN };
	struct regions regions;
	unsigned int i;

	regions_parse(text, &regions);
	MUST(regions.nr <= REGIONS_MOST);
	for (i = 0; i < regions.nr; i++) {
		const struct region *r = &regions.list[i];

		MUST(r->first <= r->last);
		MUST(regions_find(&regions, r->port, r->first, r->last));
		strcpy(row.word, r->port ? "port" : i & 1 ? "frame" : "address");
		row.value = r->last;
		key_name(name, &row, &regions);
		cell_text(cell, sizeof(cell), name);
		MUST(!strcmp(name, cell));
	}
	free(regions.list);
	free(text);
	return 0;
}
