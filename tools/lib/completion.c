// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: prints for completion.bash what bash completion must know about commands
 * and their options.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/completion.h"
#include "lib/text.h"

static const char *const by_names[] = {
	[BY_NOTHING] = "nothing",
	[BY_FILES] = "files",
	[BY_PIDS] = "pids",
	[BY_VMS] = "vms",
	[BY_REASONS] = "reasons",
	[BY_COMMANDS] = "commands",
};

/* A bash array: what completes the word, then the possible words. */
static void write_array(FILE *out, const char *name, enum completes by,
			const char *const *words)
{
	fprintf(out, "%s=(%s", name, by_names[by]);
	for (; words && *words; words++)
		fprintf(out, " %s", *words);
	fputs(")", out);
}

static void write_subcommands(FILE *out, const struct command *const *commands)
{
	fputs("\t\toperand=(nothing", out);
	for (; *commands; commands++)
		fprintf(out, " %s", (*commands)->name);
	fputs(")\n", out);
}

static void write_command(FILE *out, const struct command *command)
{
	const struct opt *opt;
	unsigned int i;

	fprintf(out, "\t\"%s\")\n\t\toptions=(", command->name ?: "");
	for (i = 0; (opt = command_option(command, i)); i++) {
		fprintf(out, "%s--%s", i ? " " : "", opt->name);
		if (opt->key)
			fprintf(out, " -%c", opt->key);
	}
	fprintf(out, ")\n\t\tstops=%s\n", command->stops ? "yes" : "");
	if (command->commands) {
		write_subcommands(out, command->commands);
	} else {
		fputs("\t\t", out);
		write_array(out, "operand", command->by, command->words);
		fputc('\n', out);
	}
	fputs("\t\t;;\n", out);
}

static void write_values(FILE *out, const struct command *command)
{
	const struct opt *opt;
	unsigned int i;

	for (i = 0; (opt = command_option(command, i)); i++) {
		/* One that may be left out is not the next word. */
		if (!opt->arg || opt->optional)
			continue;
		fprintf(out, "\t\"%s --%s\"", command->name, opt->name);
		if (opt->key)
			fprintf(out, " | \"%s -%c\"", command->name, opt->key);
		fputs(") ", out);
		write_array(out, "value", opt->by, opt->words);
		fputs(" ;;\n", out);
	}
}

/**
 * struct completion - the input of completion_text()
 * @root: all commands
 * @reasons: names of exit reasons, one on each line
 */
struct completion {
	const struct command *root;
	const char *reasons;
};

static void write_all_of(FILE *out, const void *data)
{
	const struct completion *all = data;
	const struct command *root = all->root;
	unsigned int i;

	fputs("# SPDX-License-Identifier: GPL-2.0-only\n"
	      "# shellcheck shell=bash disable=SC2034 # _exitstat uses what is set here\n\n"
	      "_exitstat_command()\n{\n\tcase $1 in\n", out);
	write_command(out, root);
	for (i = 0; root->commands[i]; i++)
		write_command(out, root->commands[i]);
	fputs("\tesac\n}\n\n_exitstat_option()\n{\n\tcase \"$1 $2\" in\n", out);
	for (i = 0; root->commands[i]; i++)
		write_values(out, root->commands[i]);
	fprintf(out, "\tesac\n}\n\n_exitstat_reasons()\n{\n\tcat <<'END'\n%sEND\n}\n\n",
		all->reasons);
}

char *completion_text(const struct command *root, const char *reasons)
{
	const struct completion all = { root, reasons };

	return text_by(write_all_of, &all);
}
