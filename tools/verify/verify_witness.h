/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: witnesses beside our counts.
 */
#ifndef EXITSTAT_VERIFY_WITNESS_H
#define EXITSTAT_VERIFY_WITNESS_H

#include <asm/kvm_exitstat.h>

#include "verify/witness.h"

struct vm;

/**
 * struct tally - what the vCPUs of a VM have, added up
 * @v: by row and KVM_EXITSTAT_V_*: exits and TSC cycles
 * @vcpus: their number
 */
struct tally {
	uint64_t v[NR_TALLY][KVM_EXITSTAT_NR_V];
	unsigned int vcpus;
};

/**
 * struct witnesses - of one VM
 * @all: each
 * @nr: their number
 * @surroundings: to start them in
 * @begun: they count
 * @over: they have ended, and all is known
 * @failed: one of them failed, or we
 * @isa: KVM_EXITSTAT_ISA_*
 * @tsc_khz: the host's
 * @first: ours before
 * @ours: what has been added since
 */
struct witnesses {
	struct witness *all;
	unsigned int nr;
	struct surroundings surroundings;
	bool begun;
	bool over;
	bool failed;
	uint32_t isa;
	uint32_t tsc_khz;
	struct tally first;
	struct tally ours;
};

/*
 * While @vm stands still, before the first exit that counts and after the last one.
 * NULL, or what is wrong, a sentence in @why.
 */
const char *witnesses_begin(struct witnesses *ws, const struct vm *vm, char *why, size_t size);
const char *witnesses_end(struct witnesses *ws, const struct vm *vm, char *why, size_t size);
void witnesses_free(struct witnesses *ws);

/**
 * struct compared - how a count of a witness compares with ours
 * @ours: kvm-exitstat's
 * @theirs: the witness's
 * @missing: exits that ours lacks
 * @extra: exits that ours has too many, beyond what the witness may have missed
 */
struct compared {
	uint64_t ours;
	uint64_t theirs;
	uint64_t missing;
	uint64_t extra;
};

/**
 * struct comparison - a witness compared
 * @rows: by row
 * @total: all of them; its @missing and @extra are sums over @rows
 * @allowed: number of exits that it may have missed: lost, or under way
 * @missed: number of those it has
 */
struct comparison {
	struct compared rows[NR_TALLY];
	struct compared total;
	uint64_t allowed;
	uint64_t missed;
};

void comparison_of(const struct witnesses *ws, const struct witness *w,
		   struct comparison *t);

#endif /* EXITSTAT_VERIFY_WITNESS_H */
