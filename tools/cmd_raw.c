// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat raw: the four registers that one CPUID answers.
 */
#include <getopt.h>
#include <stdio.h>

#include "cmd_raw.h"
#include "lib/message.h"
#include "lib/number.h"
#include "lib/options.h"
#include "source/cpuid.h"

static const char help[] =
"Usage: exitstat raw LEAF [SUBLEAF]\n"
"\n"
"Execute CPUID once, with LEAF in eax and SUBLEAF (default 0) in ecx, and print\n"
"the registers that it answers.  Numbers are decimal, or hexadecimal after 0x.\n"
"Any leaf is taken; no signature is looked for.\n"
"\n"
"      --help      show this help\n"
"      --version   show the version\n"
"\n"
"EXAMPLES\n"
"  exitstat raw 0x4fffff00               # the signature\n"
"  exitstat raw 0x4fffff10 10            # VMX: exits by CPUID, 64 bits\n"
"  exitstat raw 0x4ffffffc               # layout 2022: total exits, 32 bits\n";

int cmd_raw(int argc, char **argv, cpuid_fn cpuid)
{
	struct cpuid_regs regs;
	uint32_t leaf, sub = 0;
	char line[128];
	int ret;

	if (only_operands(argc, argv, help, &ret))
		return ret;
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > 2)
		return fail("raw takes a leaf and perhaps a subleaf, not %d numbers; see 'exitstat raw --help'",
			    argc);
	if (parse_u32(argv[0], &leaf))
		return fail("'%s' is no leaf: give a number of at most 32 bits, decimal, or hexadecimal after 0x",
			    argv[0]);
	if (argc == 2 && parse_u32(argv[1], &sub))
		return fail("'%s' is no subleaf: give a number of at most 32 bits, decimal, or hexadecimal after 0x",
			    argv[1]);

	cpuid(leaf, sub, &regs);
	snprintf(line, sizeof(line),
		 "0x%08x 0x%08x: eax=0x%08x ebx=0x%08x ecx=0x%08x edx=0x%08x\n",
		 leaf, sub, regs.eax, regs.ebx, regs.ecx, regs.edx);
	return print(line);
}
