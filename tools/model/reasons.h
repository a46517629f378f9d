/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: numbers and names of exit reasons, from the kernel's own table.
 */
#ifndef EXITSTAT_MODEL_REASONS_H
#define EXITSTAT_MODEL_REASONS_H

#include <asm/kvm_exitstat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reading;

/* By KVM_EXITSTAT_V_* */
extern const char *const value_names[KVM_EXITSTAT_NR_V];
/* The ISA's name for people, and its word in options, files, JSON and labels. */
const char *isa_name(uint32_t isa);
const char *isa_word(uint32_t isa);

/* The ISA that @word names, in either case; false if it names none. */
bool isa_find(const char *word, uint32_t *isa);

/* A reason's number, written as in the ISA's manual. */
#define REASON_SIZE	16
void reason_text(char text[REASON_SIZE], uint32_t isa, uint32_t reason);

unsigned int reasons_nr(uint32_t isa);
uint32_t reasons_number(uint32_t isa, unsigned int row);
const char *reasons_name(uint32_t isa, unsigned int row);
/* The row of a reason, reasons_nr() if it has none. */
unsigned int reasons_row(uint32_t isa, uint32_t reason);
/* The name of a reason, "other" and "none" included; NULL if it has none. */
const char *reason_name(uint32_t isa, uint32_t reason);
void name_rows(struct reading *r);
unsigned int reasons_cpuid_row(uint32_t isa);
/*
 * The row of the reason @what, which is a number, or a name in either case; 0, or -1 with
 * a sentence in @why.
 */
int reasons_find(uint32_t isa, const char *what, unsigned int *row, char *why,
		 size_t size);

#endif /* EXITSTAT_MODEL_REASONS_H */
