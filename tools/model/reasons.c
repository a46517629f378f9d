// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: numbers and names of exit reasons, from the kernel's own table.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/message.h"
#include "lib/number.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "exitstat_reasons.h"

/* Options and JSON use the same names. */
const char *const value_names[] = KVM_EXITSTAT_VALUE_NAMES;

const char *isa_name(uint32_t isa)
{
	return isa == KVM_EXITSTAT_ISA_VMX ? "VMX" : "SVM";
}

const char *isa_word(uint32_t isa)
{
	return isa == KVM_EXITSTAT_ISA_VMX ? "vmx" : "svm";
}

bool isa_find(const char *word, uint32_t *isa)
{
	for (*isa = KVM_EXITSTAT_ISA_VMX; *isa <= KVM_EXITSTAT_ISA_SVM; ++*isa)
		if (!strcasecmp(word, isa_word(*isa)))
			return true;
	return false;
}

void reason_text(char text[REASON_SIZE], uint32_t isa, uint32_t reason)
{
	snprintf(text, REASON_SIZE, isa == KVM_EXITSTAT_ISA_VMX ? "%u" : "0x%03x", reason);
}

/* Number of reasons of @isa that have a counter of their own. */
unsigned int reasons_nr(uint32_t isa)
{
	return kvm_exitstat_nr_slots(isa);
}

uint32_t reasons_number(uint32_t isa, unsigned int row)
{
	return kvm_exitstat_slot_reason(isa, row);
}

/* NULL if neither the kernel nor the manual has a name. */
const char *reasons_name(uint32_t isa, unsigned int row)
{
	return kvm_exitstat_slot_entry(isa, row)->name;
}

unsigned int reasons_row(uint32_t isa, uint32_t reason)
{
	unsigned int row = 0;

	while (row < reasons_nr(isa) && reasons_number(isa, row) != reason)
		row++;
	return row;
}

const char *reason_name(uint32_t isa, uint32_t reason)
{
	const unsigned int row = reasons_row(isa, reason);

	return reason == KVM_EXITSTAT_SUB_OTHER ? "other" :
	       reason == KVM_EXITSTAT_SUB_NONE	? "none" :
	       row < reasons_nr(isa)		? reasons_name(isa, row) :
						  NULL;
}

/*
 * Reset all rows of @r's ISA to zero.  A row with a name counts as defined, until a source
 * that knows better overwrites that.
 */
void name_rows(struct reading *r)
{
	unsigned int i;

	memset(r->rows, 0, sizeof(r->rows));
	r->nr_rows = reasons_nr(r->isa);
	for (i = 0; i < r->nr_rows; i++) {
		r->rows[i].reason = reasons_number(r->isa, i);
		r->rows[i].name = reasons_name(r->isa, i);
		r->rows[i].defined = r->rows[i].name;
	}
	r->other = (struct row) { KVM_EXITSTAT_SUB_OTHER, .name = "other" };
	r->none = (struct row) { KVM_EXITSTAT_SUB_NONE, .name = "none" };
	r->total = (struct row) { KVM_EXITSTAT_SUB_TOTAL, .name = "total" };
}

/* The row of the exits that CPUID itself makes. */
unsigned int reasons_cpuid_row(uint32_t isa)
{
	unsigned int row = 0;
	char why[WHY_SIZE];

	reasons_find(isa, "cpuid", &row, why, sizeof(why));
	return row;
}

int reasons_find(uint32_t isa, const char *what, unsigned int *row, char *why,
		 size_t size)
{
	const unsigned int nr = reasons_nr(isa);
	const bool numeric = isdigit((unsigned char)*what);
	uint32_t number = 0;
	const char *name;
	unsigned int i;

	if (numeric && parse_u32(what, &number)) {
		snprintf(why, size, "'%s' is not an exit reason: a number is decimal, or hexadecimal after 0x, and has at most 32 bits",
			 what);
		return -1;
	}
	for (i = 0; i < nr; i++) {
		name = reasons_name(isa, i);
		if (numeric ? reasons_number(isa, i) == number :
			      name && !strcasecmp(name, what)) {
			*row = i;
			return 0;
		}
	}
	snprintf(why, size, "exit reason '%s' has no counter on %s; 'exitstat reasons %s' lists the reasons",
		 what, isa_name(isa), isa_word(isa));
	return -1;
}
