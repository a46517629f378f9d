// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat reasons: the exit reasons that an ISA's manual defines.
 */
#include <asm/kvm_exitstat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd_reasons.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/message.h"
#include "lib/options.h"
#include "lib/text.h"
#include "model/reasons.h"
#include "render/json_parts.h"
#include "source/cpuid.h"

/**
 * struct reasons_options - the options
 * @json: --json
 */
struct reasons_options {
	bool json;
};

static const struct opt options[] = {
	JSON_OPTION("", struct reasons_options, json),
	{}
};

static const char *const isas[] = { "vmx", "svm", NULL };

const struct command reasons_command = {
	.name = "reasons",
	.summary = "the exit reasons that the manuals define",
	.run = cmd_reasons,
	.operands = "vmx|svm",
	.about = "List the exit reasons that the newest manual defines, one on each line: the number and the name, which may contain a space. This works on any machine.",
	.options = options,
	.examples =
		"  exitstat reasons vmx\n"
		"  exitstat reasons svm | grep -i npf\n",
	.words = isas,
	.stops = true,
};

static char *reasons_text(uint32_t isa)
{
	struct text_stream t;
	char number[REASON_SIZE];
	unsigned int row;

	if (!text_open(&t))
		return NULL;
	for (row = 0; row < reasons_nr(isa); row++) {
		if (!reasons_name(isa, row))
			continue;
		reason_text(number, isa, reasons_number(isa, row));
		fprintf(t.out, "%s %s\n", number, reasons_name(isa, row));
	}
	return text_close(&t);
}

static char *reasons_json(uint32_t isa)
{
	unsigned int row;
	struct json j;

	json_document(&j, "reasons", time_of_day_ns());
	json_isa(&j, isa);
	json_open_array(&j, "reasons");
	for (row = 0; row < reasons_nr(isa); row++) {
		if (!reasons_name(isa, row))
			continue;
		json_open_object(&j, NULL);
		json_reason(&j, reasons_number(isa, row), reasons_name(isa, row));
		json_close(&j);
	}
	json_close(&j);
	return json_end(&j, false);
}

int cmd_reasons(int argc, char **argv, cpuid_fn cpuid)
{
	struct reasons_options options = {};
	struct operands operands;
	uint32_t isa;
	int ret;

	(void)cpuid;
	if (!options_parse(&reasons_command, argc, argv, &options, &operands, &ret))
		return ret;
	if (operands.nr != 1)
		return fail("reasons takes one ISA, vmx or svm; see 'exitstat reasons --help'");
	if (!isa_find(operands.words[0], &isa))
		return fail("'%s' is not an ISA: give vmx or svm", operands.words[0]);

	return print_and_free(options.json ? reasons_json(isa) : reasons_text(isa));
}
