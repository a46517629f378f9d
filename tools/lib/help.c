// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a command's help for 80 columns, made from its table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "lib/help.h"
#include "lib/message.h"
#include "lib/text.h"

#define COLUMNS		79

/* Blanks before a label, and between a label and its text */
#define GAP		2

/* Wrap @text at COLUMNS and indent it by @indent, except for the line already begun. */
static void wrap(FILE *out, const char *text, int indent)
{
	int at = indent, length;

	for (; *text; text += length) {
		if (*text == '\n') {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
			length = 1;
			continue;
		}
		text += strspn(text, " ");
		length = strcspn(text, " \n");
		if (at > indent && at + 1 + length > COLUMNS) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		}
		at += fprintf(out, "%s%.*s", at > indent ? " " : "", length, text);
	}
	fputc('\n', out);
}

/* One or more lines for each way to call the command. */
static void write_usage(FILE *out, const struct command *command)
{
	const char *operands = command->operands ?: "";
	char name[NAME_SIZE];
	int length, at;

	command_name(name, command);
	for (at = 0;; at++) {
		length = strcspn(operands, "\n");
		fprintf(out, "%s exitstat%s%s%s%.*s\n", at ? "      " : "Usage:",
			name, command->options ? " [OPTION]..." : "",
			length ? " " : "", length, operands);
		if (!operands[length])
			break;
		operands += length + 1;
	}
}

static void write_commands(FILE *out, const struct command *const *commands)
{
	int width = 0;
	unsigned int i;

	for (i = 0; commands[i]; i++)
		width = MAX(width, (int)strlen(commands[i]->name));
	for (i = 0; commands[i]; i++) {
		fprintf(out, "%*s%-*s", GAP, "", width + GAP, commands[i]->name);
		wrap(out, commands[i]->summary, width + 2 * GAP);
	}
	fputc('\n', out);
}

/* Align the long forms, whether an option has a short form or not. */
static const char *before_label(const struct opt *opt)
{
	return opt->key ? "" : "    ";
}

static int width_of(const struct command *command)
{
	char label[LABEL_SIZE];
	const struct opt *opt;
	int width = 0, length;
	unsigned int i;

	for (i = 0; (opt = command_option(command, i)); i++) {
		option_label(label, opt);
		length = strlen(before_label(opt)) + strlen(label);
		width = MAX(width, length);
	}
	return width;
}

/* The option's help, with its words in place of %s */
static void option_text(char *text, size_t size, const struct opt *opt)
{
	const char *at = strstr(opt->help, "%s");
	char list[LIST_SIZE];

	if (!at) {
		snprintf(text, size, "%s", opt->help);
		return;
	}
	list_words(list, opt->words);
	snprintf(text, size, "%.*s%s%s", (int)(at - opt->help), opt->help, list, at + 2);
}

static void write_option(FILE *out, const struct opt *opt, int width)
{
	char label[LABEL_SIZE], text[1024];

	option_label(label, opt);
	option_text(text, sizeof(text), opt);
	fprintf(out, "%*s%s%-*s", GAP, "", before_label(opt),
		width + GAP - (int)strlen(before_label(opt)), label);
	wrap(out, text, width + 2 * GAP);
}

static void write_help(FILE *out, const void *of)
{
	const struct command *command = of;
	const int width = width_of(command);
	const struct opt *opt;
	unsigned int i;

	write_usage(out, command);
	fputc('\n', out);
	wrap(out, command->about, 0);
	fputc('\n', out);
	if (command->commands)
		write_commands(out, command->commands);
	for (i = 0; (opt = command_option(command, i)); i++)
		write_option(out, opt, width);
	if (command->status) {
		fputc('\n', out);
		wrap(out, command->status, 0);
	}
	fprintf(out, "\nEXAMPLES\n%s", command->examples);
}

char *help_text(const struct command *command)
{
	return text_by(write_help, command);
}

int print_help(const struct command *command)
{
	return print_and_free(help_text(command));
}
