// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat raw: the four registers that one CPUID returns.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd_raw.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/message.h"
#include "lib/number.h"
#include "lib/options.h"
#include "render/json_parts.h"
#include "source/cpuid.h"

static const char *const leaves[] = {
	"0x4fffff00", "0x4fffff01", "0x4fffff02", "0x4fffff03", "0x4fffff08",
	"0x4fffff10", "0x4fffff20", "0x4fffff30", NULL
};

/**
 * struct raw_options - the options
 * @json: --json
 */
struct raw_options {
	bool json;
};

static const struct opt options[] = {
	JSON_OPTION("", struct raw_options, json),
	{}
};

const struct command raw_command = {
	.name = "raw",
	.summary = "the registers of one CPUID",
	.run = cmd_raw,
	.operands = "LEAF [SUBLEAF]",
	.about = "Execute CPUID once, with LEAF in eax and SUBLEAF (default 0) in ecx, and print the registers that it returns. Numbers are decimal, or hexadecimal after 0x. Any leaf is accepted, with or without kvm-exitstat.",
	.options = options,
	.examples =
		"  exitstat raw 0x4fffff00               # the signature\n"
		"  exitstat raw 0x4fffff10 10            # VMX: exits by CPUID, 64 bits\n"
		"  exitstat raw 0x4ffffffc               # layout 2022: total exits, 32 bits\n",
	.words = leaves,
	.stops = true,
};

static char *raw_text(uint32_t leaf, uint32_t sub, const struct cpuid_regs *regs)
{
	char *text;

	return asprintf(&text, "0x%08x 0x%08x: eax=0x%08x ebx=0x%08x ecx=0x%08x edx=0x%08x\n",
			leaf, sub, regs->eax, regs->ebx, regs->ecx, regs->edx) < 0 ?
	       NULL : text;
}

static char *raw_json(uint32_t leaf, uint32_t sub, const struct cpuid_regs *regs)
{
	struct json j;

	json_document(&j, "raw", time_of_day_ns());
	json_u64(&j, "leaf", leaf);
	json_u64(&j, "subleaf", sub);
	json_u64(&j, "eax", regs->eax);
	json_u64(&j, "ebx", regs->ebx);
	json_u64(&j, "ecx", regs->ecx);
	json_u64(&j, "edx", regs->edx);
	return json_end(&j, false);
}

int cmd_raw(int argc, char **argv, cpuid_fn cpuid)
{
	struct raw_options options = {};
	struct cpuid_regs regs;
	uint32_t leaf, sub = 0;
	struct operands numbers;
	int ret;

	if (!options_parse(&raw_command, argc, argv, &options, &numbers, &ret))
		return ret;
	if (numbers.nr < 1 || numbers.nr > 2)
		return fail("raw takes a leaf and perhaps a subleaf, not %d numbers; see 'exitstat raw --help'",
			    numbers.nr);
	if (parse_u32(numbers.words[0], &leaf))
		return fail("'%s' is no leaf: give a number of at most 32 bits, decimal, or hexadecimal after 0x",
			    numbers.words[0]);
	if (numbers.nr == 2 && parse_u32(numbers.words[1], &sub))
		return fail("'%s' is no subleaf: give a number of at most 32 bits, decimal, or hexadecimal after 0x",
			    numbers.words[1]);

	cpuid(leaf, sub, &regs);
	return print_and_free(options.json ? raw_json(leaf, sub, &regs) : raw_text(leaf, sub, &regs));
}
