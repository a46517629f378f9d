// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: numbers and names of exit reasons, from the kernel's own table.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tool.h"
#include "exitstat_reasons.h"

/* As options and JSON have them, too. */
const char *const value_names[] = KVM_EXITSTAT_VALUE_NAMES;

/* Number of reasons of @isa that have a counter of their own. */
unsigned int reasons_nr(uint32_t isa)
{
	return kvm_exitstat_nr_slots(isa);
}

uint32_t reasons_number(uint32_t isa, unsigned int row)
{
	return kvm_exitstat_slot_reason(isa, row);
}

/* NULL where neither the kernel nor the manual has a name. */
const char *reasons_name(uint32_t isa, unsigned int row)
{
	return kvm_exitstat_slot_entry(isa, row)->name;
}

/* The row of the exits that CPUID itself makes. */
unsigned int reasons_cpuid_row(uint32_t isa)
{
	unsigned int row = 0;

	reasons_find(isa, "cpuid", &row);
	return row;
}

/* The row of a reason, by number or, in either case, by name. */
int reasons_find(uint32_t isa, const char *what, unsigned int *row)
{
	const unsigned int nr = reasons_nr(isa);
	const bool numeric = isdigit((unsigned char)*what);
	uint32_t number = 0;
	const char *name;
	unsigned int i;

	if (numeric && parse_u32(what, &number))
		return fail("'%s' is no exit reason: a number is decimal, or hexadecimal after 0x, and has at most 32 bits",
			    what);
	for (i = 0; i < nr; i++) {
		name = reasons_name(isa, i);
		if (numeric ? reasons_number(isa, i) == number :
			      name && !strcasecmp(name, what)) {
			*row = i;
			return EXIT_DONE;
		}
	}
	return fail("no counter for exit reason '%s' on %s; 'exitstat show --all' lists those there are",
		    what, isa == KVM_EXITSTAT_ISA_VMX ? "VMX" : "SVM");
}
