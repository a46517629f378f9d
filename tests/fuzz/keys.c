// SPDX-License-Identifier: GPL-2.0-only
/* A file exitstat-keys of debugfs, and all output that is made from it. */
#include "fuzz.h"
#include "model/keys.h"
#include "model/reading.h"
#include "model/table.h"
#include "render/render_keys.h"
#include "source/keys_file.h"
#include "source/why.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int sorts[] = {
		KVM_EXITSTAT_V_EXITS, KVM_EXITSTAT_V_KERNEL, KVM_EXITSTAT_V_USER,
	};
	char why[WHY_SIZE], *text = text_of(data, size);
	struct keys keys;

	if (!keys_parse(text, &keys, why, sizeof(why))) {
		const struct reading r = { .from = FROM_DEBUGFS, .isa = keys.isa, .vcpu = keys.vcpu, .guest_cpu = -1 };
		const struct view view = { .r = &r, .json = size & 1, .cycles = size & 2 };
		const unsigned int nr = keys.nr;

		keys_unbalanced(&keys);
		MUST(!keys_sort(&keys, sorts[size % 3]));
		MUST(keys.nr == nr);
		free(render_keys(&view, &keys));
		free(keys.rows);
	}
	free(text);
	return 0;
}
