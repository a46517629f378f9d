// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat - VM exits by reason and their time, in a guest of a KVM with kvm-exitstat,
 * or on its host.  exitstat(1) describes the tool, docs/abi.md the interface.
 */
#include <asm/prctl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "commands.h"
#include "lib/message.h"
#include "lib/options.h"
#include "lib/patience.h"
#include "lib/text.h"
#include "source/cpuid.h"

/* A tracer or checkpointer may have made CPUID fault for this process. */
static bool cpuid_faults(void)
{
	return syscall(SYS_arch_prctl, ARCH_GET_CPUID, 0) == 0;
}

static void list_commands(char list[LIST_SIZE])
{
	const char *names[16] = {};
	unsigned int i;

	for (i = 0; exitstat_command.commands[i] && i < 15; i++)
		names[i] = exitstat_command.commands[i]->name;
	list_words(list, names);
}

static int no_command(const char *name)
{
	char list[LIST_SIZE];

	list_commands(list);
	if (name)
		return fail("unknown command '%s': use %s; see 'exitstat --help'", name,
			    list);
	return fail("no command given: %s; see 'exitstat --help'", list);
}

static int print_completion(void)
{
	return print_and_free(commands_completion());
}

/*
 * If a standard descriptor is closed, a file or a socket that is opened later would get its
 * number, and our output.  Using the descriptor remains an error.
 */
static void fill_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	const struct command *const *command = exitstat_command.commands;
	struct operands operands;
	int ret;

	fill_standard_files();
	text_start();
	patience_says = note;
	if (!options_parse(&exitstat_command, argc, argv, NULL, &operands, &ret))
		return ret;
	if (!operands.nr)
		return no_command(NULL);
	/* Not in --help: our Makefile calls it */
	if (!strcmp(operands.words[0], "completion"))
		return print_completion();
	for (; *command; command++) {
		if (strcmp(operands.words[0], (*command)->name))
			continue;
		if (cpuid_faults())
			return fail("CPUID faults in this process (arch_prctl ARCH_SET_CPUID), so there is nothing to read; start it outside of the tool that set this");
		return (*command)->run(operands.nr, operands.words, cpuid_insn);
	}
	return no_command(operands.words[0]);
}
