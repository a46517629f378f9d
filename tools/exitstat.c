// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat - VM exits by reason and their time, from inside a guest of a KVM that
 * keeps account of them, or on its host.
 * exitstat(1) is its manual, docs/abi.md that of the interface.
 */
#include <asm/prctl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd_list.h"
#include "cmd_raw.h"
#include "cmd_reasons.h"
#include "cmd_show.h"
#include "cmd_stat.h"
#include "export/cmd_export.h"
#include "lib/message.h"
#include "lib/options.h"
#include "source/cpuid.h"
#include "top/cmd_top.h"
#include "verify/cmd_verify.h"

static const char help[] =
"Usage: exitstat COMMAND [OPTION]...\n"
"\n"
"Show the VM exits of this virtual machine and their time, where its host keeps\n"
"account of them; on a host those of its virtual machines.\n"
"\n"
"  show        exits and time by reason until now\n"
"  stat        the same while a command runs, or every so many seconds\n"
"  raw         the registers of one CPUID\n"
"  reasons     the exit reasons that the manuals define\n"
"\n"
"On a host:\n"
"\n"
"  list        its virtual machines\n"
"  top         live: which VMs make exits, and where their time goes\n"
"  verify      compare KVM's counts with the tracepoint kvm:kvm_exit\n"
"  export      metrics for Prometheus: a file, or by HTTP\n"
"\n"
"      --help      show this help, or after COMMAND that of the command\n"
"      --version   show the version\n"
"\n"
"Exit codes: 0 done, 1 a check failed, 2 misuse or missing support.  stat\n"
"returns its command's.\n"
"\n"
"EXAMPLES\n"
"  exitstat show\n"
"  exitstat show -r cpuid --json\n"
"  exitstat show --sort kernel --hist cpuid\n"
"  exitstat stat -- make -j4\n"
"  exitstat raw 0x4fffff00\n"
"  exitstat list\n"
"  exitstat stat --vm web1 1\n"
"  exitstat top\n"
"  exitstat verify --all\n"
"  exitstat export --listen 9904\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv, cpuid_fn cpuid);
} commands[] = {
	{ "show", cmd_show },
	{ "stat", cmd_stat },
	{ "raw", cmd_raw },
	{ "reasons", cmd_reasons },
	{ "list", cmd_list },
	{ "top", cmd_top },
	{ "verify", cmd_verify },
	{ "export", cmd_export },
};

/* A tracer or checkpointer may have made CPUID fault for this process. */
static bool cpuid_faults(void)
{
	return syscall(SYS_arch_prctl, ARCH_GET_CPUID, 0) == 0;
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc < 2)
		return fail("no command given: show, stat, list, top, raw, reasons, verify or export; see 'exitstat --help'");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print(help);
	if (!strcmp(argv[1], "--version"))
		return print_version();

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		if (cpuid_faults())
			return fail("CPUID faults in this process (arch_prctl ARCH_SET_CPUID), so there is nothing to read; start it outside of the tool that set this");
		return commands[i].run(argc - 1, argv + 1, cpuid_insn);
	}
	return fail("unknown command '%s': use show, stat, list, top, raw, reasons, verify or export; see 'exitstat --help'",
		    argv[1]);
}
