// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: parses options by a command's table.  An error is one sentence.
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/help.h"
#include "lib/message.h"
#include "lib/number.h"
#include "lib/options.h"
#include "lib/version.h"

#define MOST_OPTIONS	32

/* getopt_long() returns a key, or LONG plus the option's place in the table. */
#define LONG		256

static const struct opt common[] = {
	{ 'h', "help", .help = "show this help" },
	{ 0, "version", .help = "show the version" },
	{}
};

const struct opt *command_option(const struct command *command, unsigned int n)
{
	const struct opt *opt;

	for (opt = command->options; opt && opt->name; opt++)
		if (!n--)
			return opt;
	for (opt = common; opt->name; opt++)
		if (!n--)
			return opt;
	return NULL;
}

void option_label(char label[LABEL_SIZE], const struct opt *opt)
{
	const char key[] = { '-', opt->key, ',', ' ', '\0' };

	snprintf(label, LABEL_SIZE, "%s--%s%s%s%s", opt->key ? key : "", opt->name,
		 opt->optional ? "[=" : opt->arg ? "=" : "", opt->arg ?: "",
		 opt->optional ? "]" : "");
}

void command_name(char name[NAME_SIZE], const struct command *command)
{
	snprintf(name, NAME_SIZE, "%s%s", command->name ? " " : "",
		 command->name ?: "");
}

void list_words(char list[LIST_SIZE], const char *const *words)
{
	size_t n = 0;

	list[0] = '\0';
	for (; *words && n < LIST_SIZE; words++)
		n += snprintf(list + n, LIST_SIZE - n, "%s%s", *words,
			      !words[1] ? "" : words[2] ? ", " : " or ");
}

int set_flag(const struct opt *opt, const char *arg, void *at)
{
	(void)opt;
	(void)arg;
	*(bool *)at = true;
	return EXIT_DONE;
}

int set_text(const struct opt *opt, const char *arg, void *at)
{
	(void)opt;
	*(const char **)at = arg;
	return EXIT_DONE;
}

int set_texts(const struct opt *opt, const char *arg, void *at)
{
	struct texts *texts = at;
	const char **more = reallocarray(texts->texts, texts->nr + 1, sizeof(*more));

	(void)opt;
	if (!more)
		return fail("out of memory");
	more[texts->nr++] = arg;
	texts->texts = more;
	return EXIT_DONE;
}

int set_pid(const struct opt *opt, const char *arg, void *at)
{
	(void)opt;
	return parse_pid(arg, at);
}

int set_count(const struct opt *opt, const char *arg, void *at)
{
	uint32_t *count = at;

	if (!parse_u32(arg, count) && *count)
		return EXIT_DONE;
	return fail("--%s is '%s': give a whole number from 1 to 4294967295",
		    opt->name, arg);
}

int set_index(const struct opt *opt, const char *arg, void *at)
{
	uint32_t *index = at;

	if (!parse_u32(arg, index) && *index <= INT_MAX)
		return EXIT_DONE;
	return fail("--%s is '%s': give a whole number from 0 to %d", opt->name, arg,
		    INT_MAX);
}

int set_seconds(const struct opt *opt, const char *arg, void *at)
{
	char name[LABEL_SIZE];

	snprintf(name, sizeof(name), "--%s", opt->name);
	return parse_seconds(name, arg, at);
}

/* Sets the number of the word. */
int set_word(const struct opt *opt, const char *arg, void *at)
{
	char list[LIST_SIZE];
	unsigned int i;

	for (i = 0; opt->words[i]; i++) {
		if (strcmp(opt->words[i], arg))
			continue;
		*(unsigned int *)at = i;
		return EXIT_DONE;
	}
	list_words(list, opt->words);
	return fail("--%s is '%s': give %s", opt->name, arg, list);
}

/**
 * struct grammar - a command's options in getopt_long()'s format
 * @keys: "+" if options stop at the first operand; ":" so that messages are ours
 * @names: long forms
 */
struct grammar {
	char keys[2 * MOST_OPTIONS + 3];
	struct option names[MOST_OPTIONS + 1];
};

static void write_grammar(struct grammar *g, const struct command *command)
{
	const struct opt *opt;
	char *key = g->keys;
	unsigned int i;

	*g = (struct grammar) {};
	if (command->stops)
		*key++ = '+';
	*key++ = ':';
	for (i = 0; i < MOST_OPTIONS && (opt = command_option(command, i)); i++) {
		g->names[i] = (struct option) {
			.name = opt->name,
			.has_arg = opt->optional ? optional_argument :
				   opt->arg	 ? required_argument :
						   no_argument,
			.val = LONG + i,
		};
		if (opt->key)
			*key++ = opt->key;
		if (opt->key && opt->arg)
			*key++ = ':';
	}
}

/* The option that getopt_long() has returned. */
static const struct opt *option_of(const struct command *command, int c)
{
	const struct opt *opt;
	unsigned int i;

	if (c >= LONG)
		return command_option(command, c - LONG);
	for (i = 0; (opt = command_option(command, i)); i++)
		if (opt->key == c)
			break;
	return opt;
}

/* Long options that @word may abbreviate. */
static void list_names(char list[LIST_SIZE], const struct command *command,
		       const char *word)
{
	const char *names[MOST_OPTIONS + 1] = {};
	const size_t length = strcspn(word, "=");
	const struct opt *opt;
	unsigned int i, n = 0;

	for (i = 0; i < MOST_OPTIONS && (opt = command_option(command, i)); i++)
		if (!strncmp(opt->name, word, length))
			names[n++] = opt->name;
	list_words(list, names);
}

/* Refuse @word: @c is '?' for an unknown option, ':' for a missing argument. */
static int refuse(const struct command *command, const char *word, int c)
{
	const struct opt *opt = optopt ? option_of(command, optopt) : NULL;
	char name[NAME_SIZE], list[LIST_SIZE];

	command_name(name, command);
	if (c == ':' && optopt < LONG)
		return fail("option -%c needs a value, %s; see 'exitstat%s --help'",
			    optopt, opt->arg, name);
	if (c == ':')
		return fail("option --%s needs a value, %s; see 'exitstat%s --help'",
			    opt->name, opt->arg, name);
	if (opt)
		return fail("option --%s takes no value, but '%s' is given; see 'exitstat%s --help'",
			    opt->name, word, name);
	if (optopt)
		return fail("unknown option -%c; see 'exitstat%s --help'", optopt,
			    name);
	list_names(list, command, word + 2);
	if (list[0])
		return fail("option %s may be %s: give more letters; see 'exitstat%s --help'",
			    word, list, name);
	return fail("unknown option %s; see 'exitstat%s --help'", word, name);
}

/* Handle one option; true: go on. */
static bool take(const struct command *command, const struct opt *opt,
		 const char *arg, void *values, int *ret)
{
	if (opt == &common[0])
		*ret = print_help(command);
	else if (opt == &common[1])
		*ret = print("exitstat " EXITSTAT_VERSION "\n");
	else
		*ret = opt->set(opt, arg, opt->place ? opt->place(values) :
				(char *)values + opt->at);
	return opt->set && !*ret;
}

/* @bare: an option whose value was left out, or NULL */
static bool take_operands(const struct command *command, const struct opt *bare,
			  const struct operands *operands, int *ret)
{
	const char *word = operands->words[0];

	*ret = EXIT_DONE;
	if (command->operands || !operands->nr)
		return true;
	if (bare)
		*ret = fail("%s takes no '%s'; if it is the value of --%s, write --%s=%s",
			    command->name, word, bare->name, bare->name, word);
	else
		*ret = fail("%s takes no '%s'; see 'exitstat %s --help'", command->name,
			    word, command->name);
	return false;
}

bool options_parse(const struct command *command, int argc, char **argv,
		   void *values, struct operands *operands, int *ret)
{
	const struct opt *opt, *bare = NULL;
	const char *value = NULL;
	struct grammar grammar;
	int c;

	write_grammar(&grammar, command);
	optind = 0;
	while ((c = getopt_long(argc, argv, grammar.keys, grammar.names, NULL)) != -1) {
		value = optarg;
		if (c == '?' || c == ':') {
			*ret = refuse(command, argv[optind - 1], c);
			return false;
		}
		opt = option_of(command, c);
		if (opt->optional && !optarg)
			bare = opt;
		if (!take(command, opt, optarg, values, ret))
			return false;
	}
	*operands = (struct operands) {
		.words = argv + optind,
		.nr = argc - optind,
		/* An option's value may also be "--". */
		.dashes = argv[optind - 1] != value && !strcmp(argv[optind - 1], "--"),
	};
	return take_operands(command, bare, operands, ret);
}
