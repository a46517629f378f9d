// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares the tables of options with the help and the bash completion that are made from
 * them, and with the manuals, which are written by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "lib/completion.h"
#include "lib/help.h"
#include "lib/options.h"

#include <cmocka.h>

#define MANUALS		ROOT "/docs/man/exitstat"
#define MOST		64

/* A set of lines or words. */
struct set {
	char text[MOST][LABEL_SIZE];
	unsigned int nr;
};

static void add(struct set *set, const char *text)
{
	assert_true(set->nr < MOST);
	snprintf(set->text[set->nr++], LABEL_SIZE, "%.*s", LABEL_SIZE - 1, text);
}

static bool has(const struct set *set, const char *text)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (!strcmp(set->text[i], text))
			return true;
	return false;
}

/* Number of entries of @a that @b lacks. */
static unsigned int lacks(const char *command, const char *what, const struct set *b,
			  const struct set *a)
{
	unsigned int i, missing = 0;

	for (i = 0; i < a->nr; i++) {
		if (has(b, a->text[i]))
			continue;
		print_error("exitstat%s: %s lacks '%s'\n", command, what, a->text[i]);
		missing++;
	}
	return missing;
}

static void same(const char *command, const char *what_a, const struct set *a,
		 const char *what_b, const struct set *b)
{
	assert_int_equal(lacks(command, what_b, b, a) + lacks(command, what_a, a, b), 0);
}

static void for_each_command(void (*test)(const struct command *, const char *name))
{
	const struct command *const *command = exitstat_command.commands;
	char name[NAME_SIZE];

	test(&exitstat_command, "");
	for (; *command; command++) {
		command_name(name, *command);
		test(*command, name);
	}
}

static void help_fits(const struct command *command, const char *name)
{
	char *help = help_text(command), *line, *rest = help;

	assert_non_null(help);
	assert_non_null(strstr(help, "Usage: exitstat"));
	assert_non_null(strstr(help, "\nEXAMPLES\n  exitstat"));
	while ((line = strsep(&rest, "\n"))) {
		if (strlen(line) >= 80 || strchr(line, '%'))
			fail_msg("exitstat%s --help: %s", name, line);
		if (*line && line[strlen(line) - 1] == ' ')
			fail_msg("exitstat%s --help: a blank ends: %s", name, line);
	}
	free(help);
}

/* The column of an option's text, after two blanks; 0 if the line is not an option's. */
static size_t column_of_text(const char *line)
{
	const size_t indent = strspn(line, " ");
	const char *text = strstr(line + indent, "  ");

	if (indent < 2 || line[indent] != '-')
		return 0;
	return text ? (size_t)(text - line) + strspn(text, " ") : 0;
}

/* The texts of all options must begin in the same column. */
static void help_has_columns(const struct command *command, const char *name)
{
	char *help = help_text(command), *line, *rest = help;
	size_t first = 0, at;

	while ((line = strsep(&rest, "\n"))) {
		at = column_of_text(line);
		if (at && first && at != first)
			fail_msg("exitstat%s --help: not in column %zu: %s", name, first, line);
		first = first ?: at;
	}
	assert_int_not_equal(first, 0);
	free(help);
}

/* The help must have each option with all its forms. */
static void help_has_options(const struct command *command, const char *name)
{
	char *help = help_text(command), label[LABEL_SIZE + 1] = " ";
	const struct opt *opt;
	unsigned int i;

	(void)name;
	for (i = 0; (opt = command_option(command, i)); i++) {
		option_label(label + 1, opt);
		assert_non_null(strstr(help, label));
	}
	free(help);
}

static void every_help(void **state)
{
	(void)state;
	for_each_command(help_fits);
	for_each_command(help_has_options);
	for_each_command(help_has_columns);
}

/*
 * Strip macros, fonts and escapes from a line of roff; macros that change fonts join their
 * arguments.
 */
static void plain(char *text, const char *line)
{
	const bool fonts = line[0] == '.' && strchr("BIR", line[1]);
	const bool joins = fonts && strchr("BIR", line[2]);
	bool quoted = false;

	line += line[0] == '.' ? strcspn(line, " \n") + 1 : 0;
	for (; *line && *line != '\n'; line++) {
		if (*line == '"') {
			quoted = !quoted;
		} else if (line[0] == '\\' && line[1] == 'f') {
			line += 2;
		} else if (line[0] == '\\') {
			line++;
			if (*line != '|' && *line != 'c')
				*text++ = *line == '~' ? ' ' : *line;
		} else if (*line != ' ' || quoted || !joins) {
			*text++ = *line;
		}
	}
	*text = '\0';
}

static FILE *open_manual(const char *name)
{
	char path[sizeof(ROOT) + 64];
	FILE *file;

	snprintf(path, sizeof(path), MANUALS "-%s.1", name[0] ? name + 1 : "");
	file = fopen(path, "r");
	return file ?: fopen(MANUALS ".1", "r");
}

/* This command's part of the synopsis; TARGET stands for its own paragraph. */
static void read_synopsis(const char *name, char *text, size_t size)
{
	FILE *manual = open_manual(name);
	char line[1024], word[1024], start[NAME_SIZE + 16], target[1024] = "";
	bool synopsis = false, ours = false, targets = false;

	snprintf(start, sizeof(start), "exitstat%s", name);
	text[0] = '\0';
	while (fgets(line, sizeof(line), manual)) {
		plain(word, line);
		if (!strncmp(line, ".SH ", 4))
			synopsis = !strcmp(word, "SYNOPSIS");
		targets |= synopsis && !strncmp(word, "TARGET:", 7);
		if (!strncmp(word, "exitstat ", 9))
			ours = !strcmp(word, start);
		if (synopsis && targets)
			strncat(strcat(target, " "), word, sizeof(target) - strlen(target) - 2);
		else if (synopsis && ours)
			strncat(strcat(text, " "), word, size - strlen(text) - 2);
	}
	fclose(manual);
	if (strstr(text, "TARGET"))
		strncat(text, target, size - strlen(text) - 1);
}

/* Whether options of the section at @title of exitstat(1) are this command's. */
static bool is_ours(const char *title, const char *name, const char *synopsis)
{
	if (!strcmp(title, "Each command"))
		return true;
	if (!strcmp(title, "What is read"))
		return strstr(synopsis, "TARGET");
	return !strncmp(title, "exitstat", 8) && !strcmp(title + 8, name);
}

/* The options that the manual describes: the tags of its paragraphs. */
static void read_tags(const char *name, const char *synopsis, struct set *tags)
{
	char line[1024], text[1024];
	FILE *manual = open_manual(name);
	bool tag = false, ours = false, whole = true;

	while (fgets(line, sizeof(line), manual)) {
		plain(text, line);
		if (!strncmp(line, ".TH ", 4))
			whole = strncmp(text, "EXITSTAT 1", 10);
		if (!strncmp(line, ".SS ", 4) || !strncmp(line, ".SH ", 4))
			ours = is_ours(text, name, synopsis);
		if (tag && (whole || ours) && text[0] == '-' && strncmp(text, "-- ", 3))
			add(tags, text);
		tag = !strcmp(line, ".TP\n");
	}
	fclose(manual);
}

/* All that begins with a dash. */
static void read_words(char *text, struct set *words)
{
	char *word;

	while ((word = strsep(&text, " []|,.")))
		if (word[0] == '-' && strcmp(word, "--") && !has(words, word))
			add(words, word);
}

static void manual_is_complete(const struct command *command, const char *name)
{
	struct set tags = {}, labels = {}, words = {}, shown = {};
	char synopsis[4096], label[LABEL_SIZE];
	const struct opt *opt;
	unsigned int i;

	read_synopsis(name, synopsis, sizeof(synopsis));
	read_tags(name, synopsis, &tags);
	read_words(synopsis, &words);
	for (i = 0; (opt = command_option(command, i)); i++) {
		option_label(label, opt);
		add(&labels, label);
		/* --help and --version are not in a synopsis. */
		if (!opt->set)
			continue;
		snprintf(label, sizeof(label), "--%s", opt->name);
		if (opt->key && !has(&words, label))
			snprintf(label, sizeof(label), "-%c", opt->key);
		add(&shown, label);
	}
	same(name, "its manual", &tags, "the table", &labels);
	same(name, "its synopsis", &words, "the table", &shown);
}

static void every_manual(void **state)
{
	(void)state;
	for_each_command(manual_is_complete);
}

static char completion[] = "/tmp/test_options.XXXXXX";

static int write_completion(void **state)
{
	char *text = commands_completion();
	const int fd = mkstemp(completion);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	(void)state;
	if (!file || !text)
		return -1;
	fprintf(file, "compopt() { echo \"compopt $*\"; }\n%s. %s/tools/completion.bash\n",
		text, ROOT);
	free(text);
	return fclose(file);
}

static int remove_completion(void **state)
{
	(void)state;
	return unlink(completion);
}

/* bash's completions of the last of @words, which bash has split. */
static void complete(const char *words, struct set *replies)
{
	char script[1024], line[LABEL_SIZE];
	FILE *bash;

	*replies = (struct set) {};
	snprintf(script, sizeof(script),
		 "bash -uc '. %s; COMP_WORDS=(exitstat %s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _exitstat; for i in \"${COMPREPLY[@]}\"; do printf \"%%s\\n\" \"$i\"; done' 2>&1",
		 completion, words);
	bash = popen(script, "r");
	while (fgets(line, sizeof(line), bash)) {
		line[strcspn(line, "\n")] = '\0';
		add(replies, line);
	}
	assert_int_equal(pclose(bash), 0);
}

static void options_complete(const struct command *command, const char *name)
{
	struct set replies, options = {};
	char text[NAME_SIZE + 4], form[LABEL_SIZE];
	const struct opt *opt;
	unsigned int i;

	for (i = 0; (opt = command_option(command, i)); i++) {
		snprintf(form, sizeof(form), "--%s", opt->name);
		add(&options, form);
		snprintf(form, sizeof(form), "-%c", opt->key);
		if (opt->key)
			add(&options, form);
	}
	snprintf(text, sizeof(text), "%s -", name);
	complete(text, &replies);
	same(name, "its completion", &replies, "the table", &options);
}

/* An option's words must be completed, also after "=". */
static void values_complete(const struct command *command, const char *name)
{
	static const char *const ways[] = { "%s --%s \"\"", "%s --%s = \"\"", "%s --%s =" };
	struct set replies, words;
	const struct opt *opt;
	unsigned int i, way, w;
	char text[128];

	for (i = 0; (opt = command_option(command, i)); i++) {
		for (way = 0; opt->words && !opt->by && way < 3; way++) {
			words = (struct set) {};
			for (w = 0; opt->words[w]; w++)
				add(&words, opt->words[w]);
			snprintf(text, sizeof(text), ways[way], name, opt->name);
			complete(text, &replies);
			same(name, "its completion", &replies, opt->name, &words);
		}
	}
}

static void every_completion(void **state)
{
	(void)state;
	for_each_command(options_complete);
	for_each_command(values_complete);
}

/* The completions of @words must be exactly these, up to NULL. */
static void completes(const char *words, const char *const *want)
{
	struct set replies, wanted = {};

	for (; *want; want++)
		add(&wanted, *want);
	complete(words, &replies);
	same(words, "its completion", &replies, "this test", &wanted);
}

#define COMPLETES(words, ...) \
	completes(words, (const char *const []) { __VA_ARGS__, NULL })

static void what_follows_what(void **state)
{
	(void)state;
	COMPLETES("sh", "show");
	COMPLETES("nonsense -", NULL);
	COMPLETES("reasons s", "svm");
	COMPLETES("raw 0x4fffff0", "0x4fffff00", "0x4fffff01", "0x4fffff02", "0x4fffff03",
		  "0x4fffff08");
	COMPLETES("show -r EPT_V", "EPT_VIOLATION");
	COMPLETES("show -r np", "npf");
	COMPLETES("show --json --hist tot", "total");
	COMPLETES("show -p 1 --sor", "--sort");
	COMPLETES("show --vcpu 1", NULL);
	COMPLETES("stat --qmp " ROOT "/LICEN", "compopt -o filenames", ROOT "/LICENSE");
	COMPLETES("export -o " ROOT "/LICEN", "compopt -o filenames", ROOT "/LICENSE");
	/* The line of another command, after an option that this command does not have. */
	COMPLETES("stat --sort halt -- mktem", "mktemp");
	COMPLETES("stat mktem", "mktemp");
	COMPLETES("stat mktemp --", "compopt -o default");
	COMPLETES("stat -- mktemp -", "compopt -o default");
	COMPLETES("verify --all -- mktem", "mktemp");
	COMPLETES("verify --all -- mktemp -", "compopt -o default");
	COMPLETES("stat --sort = halt --js", "--json");
	COMPLETES("top --level = re", "reasons");
	/* A value that may be left out is not the next word. */
	COMPLETES("export --keys --no-v", "--no-vcpu");
	COMPLETES("export --keys = 3 --no-v", "--no-vcpu");
	COMPLETES("export --keys =", NULL);
}

static const char *const colours[] = { "red", "green", NULL };

static const struct opt of_paint[] = {
	{ 'c', "colour", "COLOUR", "paint in %s; by default red", .words = colours, .set = set_word },
	{ 0, "on", "FILE", "paint on FILE, whatever is on it, as long as it lets itself be written to", .by = BY_FILES, .set = set_text },
	{ 0, "twice", "N", "paint it again", .optional = true, .set = set_text },
	{}
};

static const struct command paint = {
	.name = "paint", .summary = "paint", .operands = "INTERVAL\n[--] COMMAND [ARGUMENT]...", .options = of_paint,
	/* The 79th column is the last. */
	.about = "Paint 3456789 123456789 123456789 123456789 123456789 123456789 123456789 12345 is whole:\n\n"
		 "Paint  3456789 123456789 123456789 123456789 123456789 123456789 123456789 123456 is not.",
	.examples = "  exitstat paint 1\n", .words = colours, .by = BY_COMMANDS, .stops = true,
};

static const struct command wipe = {
	.name = "wipe", .summary = "take off whatever colour was painted, and by whoever it was that painted it", .about = "Wipe.", .examples = "",
};

static const struct command *const paint_commands[] = { &wipe, &paint, NULL };

static const struct command painter = {
	.operands = "COMMAND", .about = "Paint or wipe.", .status = "Exit codes: 0 is done.", .examples = "  exitstat paint\n",
	.commands = paint_commands,
};

static void text_of(char *text, const char *expected)
{
	assert_string_equal(text, expected);
	free(text);
}

static void help_is_wrapped_and_aligned(void **state)
{
	(void)state;
	text_of(help_text(&paint),
"Usage: exitstat paint [OPTION]... INTERVAL\n"
"       exitstat paint [OPTION]... [--] COMMAND [ARGUMENT]...\n"
"\n"
"Paint 3456789 123456789 123456789 123456789 123456789 123456789 123456789 12345\n"
"is whole:\n"
"\n"
"Paint 3456789 123456789 123456789 123456789 123456789 123456789 123456789\n"
"123456 is not.\n"
"\n"
"  -c, --colour=COLOUR  paint in red or green; by default red\n"
"      --on=FILE        paint on FILE, whatever is on it, as long as it lets\n"
"                       itself be written to\n"
"      --twice[=N]      paint it again\n"
"  -h, --help           show this help\n"
"      --version        show the version\n"
"\n"
"EXAMPLES\n"
"  exitstat paint 1\n");
	text_of(help_text(&painter),
"Usage: exitstat COMMAND\n"
"\n"
"Paint or wipe.\n"
"\n"
"  wipe   take off whatever colour was painted, and by whoever it was that\n"
"         painted it\n"
"  paint  paint\n"
"\n"
"  -h, --help     show this help\n"
"      --version  show the version\n"
"\n"
"Exit codes: 0 is done.\n"
"\n"
"EXAMPLES\n"
"  exitstat paint\n");
}

static void completion_has_the_tables(void **state)
{
	(void)state;
	text_of(completion_text(&painter, "HLT\nDE excp\n"),
"# SPDX-License-Identifier: GPL-2.0-only\n"
"# shellcheck shell=bash disable=SC2034 # _exitstat uses what is set here\n"
"\n"
"_exitstat_command()\n"
"{\n"
"\tcase $1 in\n"
"\t\"\")\n"
"\t\toptions=(--help -h --version)\n"
"\t\tstops=\n"
"\t\toperand=(nothing wipe paint)\n"
"\t\t;;\n"
"\t\"wipe\")\n"
"\t\toptions=(--help -h --version)\n"
"\t\tstops=\n"
"\t\toperand=(nothing)\n"
"\t\t;;\n"
"\t\"paint\")\n"
"\t\toptions=(--colour -c --on --twice --help -h --version)\n"
"\t\tstops=yes\n"
"\t\toperand=(commands red green)\n"
"\t\t;;\n"
"\tesac\n"
"}\n"
"\n"
"_exitstat_option()\n"
"{\n"
"\tcase \"$1 $2\" in\n"
"\t\"paint --colour\" | \"paint -c\") value=(nothing red green) ;;\n"
"\t\"paint --on\") value=(files) ;;\n"
"\tesac\n"
"}\n"
"\n"
"_exitstat_reasons()\n"
"{\n"
"\tcat <<'END'\n"
"HLT\n"
"DE excp\n"
"END\n"
"}\n"
"\n");
}

/* A list ends within its room, however many words there are. */
static void a_list_of_too_many_words(void **state)
{
	const char *words[MOST + 1] = {};
	char *list = malloc(LIST_SIZE + LABEL_SIZE);
	unsigned int i;

	(void)state;
	for (i = 0; i < MOST; i++)
		words[i] = "eleven char";
	memset(list, '!', LIST_SIZE + LABEL_SIZE);
	list_words(list, words);
	assert_int_equal(strlen(list), LIST_SIZE - 1);
	assert_memory_equal(list, "eleven char, eleven char, ", 26);
	assert_int_equal(list[LIST_SIZE], '!');
	list_words(list, words + MOST - 2);
	assert_string_equal(list, "eleven char or eleven char");
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_help),
		cmocka_unit_test(every_manual),
		cmocka_unit_test(every_completion),
		cmocka_unit_test(what_follows_what),
		cmocka_unit_test(help_is_wrapped_and_aligned),
		cmocka_unit_test(completion_has_the_tables),
		cmocka_unit_test(a_list_of_too_many_words),
	};

	return cmocka_run_group_tests(tests, write_completion, remove_completion);
}
