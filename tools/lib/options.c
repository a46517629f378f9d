// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: options.
 */
#include <getopt.h>
#include <string.h>

#include "lib/message.h"
#include "lib/options.h"
#include "lib/version.h"

int next_option(int argc, char **argv, const char *optstring,
		const void *options)
{
	int at, c;

	opterr = 0;
	at = optind ?: 1;
	c = getopt_long(argc, argv, optstring, options, NULL);
	if (c == ':') {
		fail("option %s needs a value; see 'exitstat %s --help'",
		     argv[optind - 1], argv[0]);
		return '?';
	}
	if (c != '?')
		return c;
	/* In the middle of a cluster like -xy getopt has not moved on. */
	if (optind > at && !strncmp(argv[optind - 1], "--", 2))
		fail("option %s is unknown, ambiguous, or takes no value; see 'exitstat %s --help'",
		     argv[optind - 1], argv[0]);
	else
		fail("unknown option -%c; see 'exitstat %s --help'", optopt,
		     argv[0]);
	return '?';
}

int print_version(void)
{
	return print("exitstat " EXITSTAT_VERSION "\n");
}

/*
 * The options of a subcommand that has none but --help and --version.  False:
 * go on with the operands, from optind on; true: return @ret.
 */
bool only_operands(int argc, char **argv, const char *help, int *ret)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{}
	};

	optind = 0;
	switch (next_option(argc, argv, "+:h", options)) {
	case -1:
		return false;
	case 'h':
		*ret = print(help);
		return true;
	case 'v':
		*ret = print_version();
		return true;
	default:
		*ret = EXIT_MISUSE;
		return true;
	}
}
