/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: compares witnesses' counts with ours.
 */
#ifndef EXITSTAT_VERIFY_WITNESS_H
#define EXITSTAT_VERIFY_WITNESS_H

#include <asm/kvm_exitstat.h>

#include "verify/witness.h"

struct vm;

/**
 * struct tally - the sum of a VM's vCPUs
 * @v: by row and KVM_EXITSTAT_V_*: exits and TSC cycles
 * @vcpus: number of vCPUs
 */
struct tally {
	uint64_t v[NR_TALLY][KVM_EXITSTAT_NR_V];
	unsigned int vcpus;
};

/**
 * struct witnesses - the witnesses of one VM
 * @all: the witnesses
 * @nr: number of witnesses
 * @surroundings: what they get at their start
 * @begun: they are counting
 * @over: they have ended, and their output has been read
 * @failed: a witness or our own reading has failed
 * @isa: KVM_EXITSTAT_ISA_*
 * @tsc_khz: frequency of the host's TSC
 * @first: our counters when the witnesses began
 * @ours: the difference since then
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
 * Begin before the first exit that counts, end after the last one, both while @vm is
 * stopped.  NULL, or what is wrong, a sentence in @why.
 */
const char *witnesses_begin(struct witnesses *ws, const struct vm *vm, char *why, size_t size);
const char *witnesses_end(struct witnesses *ws, const struct vm *vm, char *why, size_t size);
void witnesses_free(struct witnesses *ws);

/**
 * struct compared - a witness's count, compared with ours
 * @ours: kvm-exitstat's count
 * @theirs: the witness's count
 * @missing: number of exits that we lack
 * @extra: number of exits that we have in excess of what the witness may have missed
 */
struct compared {
	uint64_t ours;
	uint64_t theirs;
	uint64_t missing;
	uint64_t extra;
};

/**
 * struct comparison - a witness, compared with us
 * @rows: by row
 * @total: the sum of all rows
 * @allowed: number of exits that the witness may have missed: lost, or under way
 * @missed: number of these that it did miss
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
