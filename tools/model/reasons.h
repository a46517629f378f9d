/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the kernel's table of reasons, seen from the tool.
 */
#ifndef EXITSTAT_MODEL_REASONS_H
#define EXITSTAT_MODEL_REASONS_H

#include <asm/kvm_exitstat.h>
#include <stddef.h>
#include <stdint.h>

struct reading;

/* By KVM_EXITSTAT_V_* */
extern const char *const value_names[KVM_EXITSTAT_NR_V];
unsigned int reasons_nr(uint32_t isa);
uint32_t reasons_number(uint32_t isa, unsigned int row);
const char *reasons_name(uint32_t isa, unsigned int row);
void name_rows(struct reading *r);
unsigned int reasons_cpuid_row(uint32_t isa);
/*
 * The row of a reason, by number or, in either case, by name; -1 with a sentence in
 * @why.
 */
int reasons_find(uint32_t isa, const char *what, unsigned int *row, char *why,
		 size_t size);

#endif /* EXITSTAT_MODEL_REASONS_H */
