// SPDX-License-Identifier: GPL-2.0-only
/* A host's answers to CPUID, 16 bytes each: the keys of a snapshot, sorted and checked. */
#include <asm/kvm_exitstat.h>

#include "fuzz.h"
#include "model/keys.h"
#include "source/cpuid.h"
#include "source/keys_cpuid.h"
#include "source/why.h"

/* After the input's end CPUID answers zeros. */
struct answers {
	const uint8_t *data;
	size_t size;
};

static bool answer(void *arg, uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	struct answers *answers = arg;

	MUST(leaf >> 8 == 0x4fffff && sub < 0x80000000);
	*regs = (struct cpuid_regs) {};
	if (answers->size < sizeof(*regs))
		return true;
	memcpy(regs, answers->data, sizeof(*regs));
	answers->data += sizeof(*regs);
	answers->size -= sizeof(*regs);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answers answers = { data, size };
	struct keys keys;
	char why[WHY_SIZE];
	unsigned int nr;

	if (keys_cpuid_take(answer, &answers, 1, &keys, why)) {
		MUST(!keys.rows && *why);
		return 0;
	}
	nr = keys.nr;
	keys_unbalanced(&keys);
	MUST(!keys_sort(&keys, KVM_EXITSTAT_V_EXITS));
	MUST(keys.nr == nr);
	free(keys.rows);
	return 0;
}
