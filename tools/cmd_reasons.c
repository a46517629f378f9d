// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat reasons: the exit reasons that an ISA's manual defines.
 */
#include <asm/kvm_exitstat.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd_reasons.h"
#include "lib/message.h"
#include "lib/options.h"
#include "model/reasons.h"
#include "source/cpuid.h"

static const char *const isas[] = { "vmx", "svm", NULL };

const struct command reasons_command = {
	.name = "reasons",
	.summary = "the exit reasons that the manuals define",
	.run = cmd_reasons,
	.operands = "vmx|svm",
	.about = "List the exit reasons that the newest manual defines, a line each: number and name, which may hold a space. Needs no support by the host.",
	.examples =
		"  exitstat reasons vmx\n"
		"  exitstat reasons svm | grep -i npf\n",
	.words = isas,
	.stops = true,
};

int cmd_reasons(int argc, char **argv, cpuid_fn cpuid)
{
	struct operands operands;
	char number[REASON_SIZE];
	unsigned int row;
	uint32_t isa;
	char *text;
	size_t size;
	FILE *out;
	int ret;

	(void)cpuid;
	if (!options_parse(&reasons_command, argc, argv, NULL, &operands, &ret))
		return ret;
	if (operands.nr != 1)
		return fail("reasons takes one ISA, vmx or svm; see 'exitstat reasons --help'");
	if (!isa_find(operands.words[0], &isa))
		return fail("'%s' is no ISA: give vmx or svm", operands.words[0]);

	out = open_memstream(&text, &size);
	if (!out)
		return fail("out of memory");
	for (row = 0; row < reasons_nr(isa); row++) {
		if (!reasons_name(isa, row))
			continue;
		reason_text(number, isa, reasons_number(isa, row));
		fprintf(out, "%s %s\n", number, reasons_name(isa, row));
	}
	ret = fclose(out) ? fail("out of memory") : print(text);
	free(text);
	return ret;
}
