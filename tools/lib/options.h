/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the options of a command, in one table.  Parsing, help.c's text and
 * completion.c's bash code all come from it.
 */
#ifndef EXITSTAT_LIB_OPTIONS_H
#define EXITSTAT_LIB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What completes a word that has no list of words. */
enum completes { BY_NOTHING, BY_FILES, BY_PIDS, BY_VMS, BY_REASONS, BY_COMMANDS };

struct opt;
struct cpuid_regs;

/* Stores @arg in the field @at; 0, or EXIT_MISUSE after a sentence on stderr. */
typedef int (*opt_set)(const struct opt *opt, const char *arg, void *at);

/**
 * struct opt - an option; a table of them ends with one that has no name
 * @key: its short form, 0 for none
 * @name: its long form, without dashes
 * @arg: name of its argument, NULL if it takes none
 * @help: what it does, with %s for a list of @words; help.c breaks it into lines
 * @words: possible arguments, up to NULL; help, completion and errors list them
 * @by: what completes the argument, besides @words
 * @set: stores the argument
 * @at: offset of the field in the command's values
 * @place: where @set stores it instead; NULL: in that field
 * @optional: its argument may be left out; @set then gets NULL
 */
struct opt {
	char key;
	const char *name;
	const char *arg;
	const char *help;
	const char *const *words;
	enum completes by;
	opt_set set;
	size_t at;
	void *(*place)(void *values);
	bool optional;
};

/**
 * struct command - a command's line
 * @name: the word after exitstat, NULL: exitstat itself
 * @summary: its line in the list of commands
 * @run: runs it; @cpuid executes CPUID, or stands in for it in a test
 * @operands: as shown in the usage, a line for each way to call it; NULL if it takes none
 * @about: paragraphs with an empty line between them; help.c breaks them into lines
 * @options: without --help and --version, which every command has; NULL: no others
 * @status: a paragraph after the options, or NULL
 * @examples: lines
 * @commands: its commands, up to NULL; or NULL
 * @words: possible operands, up to NULL; or NULL
 * @by: what completes an operand, besides @words
 * @stops: options end at the first operand
 */
struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv,
		   void (*cpuid)(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs));
	const char *operands;
	const char *about;
	const struct opt *options;
	const char *status;
	const char *examples;
	const struct command *const *commands;
	const char *const *words;
	enum completes by;
	bool stops;
};

/* The offset of a field; the compiler refuses a field that is not of type @wanted. */
#define FIELD_AT(type, field, wanted)						\
	(offsetof(type, field) + 0 * sizeof(struct {				\
		_Static_assert(__builtin_types_compatible_p(			\
			__typeof__(((type *)0)->field), wanted),		\
			"the field has another type"); char c; }))

/* What an option sets: @field of @type, the struct of the command's values. */
#define SETS(function, wanted, type, field) \
	.set = function, .at = FIELD_AT(type, field, wanted)
#define SETS_FLAG(type, field)		SETS(set_flag, bool, type, field)
#define SETS_TEXT(type, field)		SETS(set_text, const char *, type, field)
#define SETS_TEXTS(type, field)		SETS(set_texts, struct texts, type, field)
#define SETS_PID(type, field)		SETS(set_pid, pid_t, type, field)
#define SETS_COUNT(type, field)		SETS(set_count, uint32_t, type, field)
#define SETS_SECONDS(type, field)	SETS(set_seconds, uint64_t, type, field)
#define SETS_WORD(list, type, field) \
	.words = list, SETS(set_word, unsigned int, type, field)

/* A macro's number in a text */
#define IN_TEXT(number)		IN_TEXT_(number)
#define IN_TEXT_(number)	#number

/* The option --json, which several commands have. */
#define JSON_OPTION(when, type, field)						\
	{ 0, "json", .help = when "print JSON; the manual describes the fields",	\
	  SETS_FLAG(type, field) }

/**
 * struct texts - the arguments of an option that may be repeated
 * @texts: in order; the array must be freed
 * @nr: number of entries in @texts
 */
struct texts {
	const char **texts;
	unsigned int nr;
};

int set_flag(const struct opt *opt, const char *arg, void *at);
int set_text(const struct opt *opt, const char *arg, void *at);
int set_texts(const struct opt *opt, const char *arg, void *at);
int set_pid(const struct opt *opt, const char *arg, void *at);
int set_count(const struct opt *opt, const char *arg, void *at);
int set_index(const struct opt *opt, const char *arg, void *at);
int set_seconds(const struct opt *opt, const char *arg, void *at);
int set_word(const struct opt *opt, const char *arg, void *at);

/* The option at @n; --help and --version follow those of the table.  NULL: no more. */
const struct opt *command_option(const struct command *command, unsigned int n);

/* An option's label: "-p, --pid=PID" */
#define LABEL_SIZE	64
void option_label(char label[LABEL_SIZE], const struct opt *opt);

/* A blank and the command's name; "" for exitstat itself. */
#define NAME_SIZE	32
void command_name(char name[NAME_SIZE], const struct command *command);

/* "a, b or c" of @words, up to NULL */
#define LIST_SIZE	256
void list_words(char list[LIST_SIZE], const char *const *words);

/**
 * struct operands - arguments that are not options
 * @words: pointers into argv
 * @nr: number of entries in @words
 * @dashes: "--" came before the first
 */
struct operands {
	char **words;
	int nr;
	bool dashes;
};

/*
 * True: go on; the options' values are in @values.  False: return @ret, after --help,
 * --version or a sentence on stderr.
 */
bool options_parse(const struct command *command, int argc, char **argv,
		   void *values, struct operands *operands, int *ret);

#endif /* EXITSTAT_LIB_OPTIONS_H */
