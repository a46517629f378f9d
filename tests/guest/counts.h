/* SPDX-License-Identifier: GPL-2.0-only */
/* The exits of one vCPU by reason, from any counter. */
#ifndef COUNTS_H
#define COUNTS_H

#include <stdint.h>
#include <stdio.h>

#include <asm/kvm_exitstat.h>
#include "exitstat_reasons.h"

#define COUNTS_SLOTS	(KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH)
#define COUNTS_OTHER	COUNTS_SLOTS	/* slot of exits without a slot of their own */

struct counts {
	uint64_t total;
	uint64_t exits[COUNTS_SLOTS + 1];
};

/* The slot of @reason, COUNTS_OTHER if it has none. */
static inline unsigned int counts_slot(unsigned int isa, uint64_t reason)
{
	unsigned int slot;

	for (slot = 0; slot < kvm_exitstat_nr_slots(isa); slot++)
		if (kvm_exitstat_slot_reason(isa, slot) == reason)
			return slot;
	return COUNTS_OTHER;
}

static inline const char *counts_name(unsigned int isa, unsigned int slot)
{
	const char *name;

	if (slot == COUNTS_OTHER)
		return "other";
	name = kvm_exitstat_slot_entry(isa, slot)->name;
	return name ? name : "undefined";
}

/* The number as text: decimal on VMX, hexadecimal on SVM. */
static inline const char *counts_number(unsigned int isa, unsigned int slot,
					char text[16])
{
	if (slot == COUNTS_OTHER)
		return "other";
	snprintf(text, 16, isa == KVM_EXITSTAT_ISA_VMX ? "%u" : "0x%03x",
		 kvm_exitstat_slot_reason(isa, slot));
	return text;
}

#endif /* COUNTS_H */
