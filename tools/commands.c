// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: all commands, for main() and for completion.
 */
#include <asm/kvm_exitstat.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd_list.h"
#include "cmd_raw.h"
#include "cmd_reasons.h"
#include "cmd_show.h"
#include "cmd_stat.h"
#include "commands.h"
#include "export/cmd_export.h"
#include "lib/completion.h"
#include "lib/text.h"
#include "model/reasons.h"
#include "top/cmd_top.h"
#include "verify/cmd_verify.h"

static const struct command *const commands[] = {
	&show_command,
	&stat_command,
	&list_command,
	&top_command,
	&raw_command,
	&reasons_command,
	&verify_command,
	&export_command,
	NULL
};

const struct command exitstat_command = {
	.operands = "COMMAND [ARGUMENT]...",
	.about = "Show VM exits by reason, and the time that they take. In a guest, show those of this virtual machine, if its host counts them; on a host, show those of its virtual machines. exitstat COMMAND --help describes a command.",
	.status = "Exit codes: 0 done, 1 a check failed, 2 misuse or missing support. stat returns the status of its command.",
	.examples =
		"  exitstat show\n"
		"  exitstat show -r cpuid --json\n"
		"  exitstat show --sort kernel --hist cpuid\n"
		"  exitstat stat -- make -j4\n"
		"  exitstat raw 0x4fffff00\n"
		"  exitstat list\n"
		"  exitstat stat --vm web1 1\n"
		"  exitstat top\n"
		"  exitstat verify --all\n"
		"  exitstat export --listen 9904\n",
	.commands = commands,
	.stops = true,
};

static void write_reasons(FILE *out, uint32_t isa)
{
	unsigned int row;

	for (row = 0; row < reasons_nr(isa); row++)
		if (reasons_name(isa, row))
			fprintf(out, "%s\n", reasons_name(isa, row));
}

char *commands_completion(void)
{
	char *reasons, *text;
	struct text_stream t;

	if (!text_open(&t))
		return NULL;
	write_reasons(t.out, KVM_EXITSTAT_ISA_VMX);
	write_reasons(t.out, KVM_EXITSTAT_ISA_SVM);
	reasons = text_close(&t);
	text = reasons ? completion_text(&exitstat_command, reasons) : NULL;
	free(reasons);
	return text;
}
