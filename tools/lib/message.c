// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: messages, output that is checked, numbers and options.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "reading.h"

/* One sentence on stderr.  Returns EXIT_MISUSE, for `return fail(...)`. */
int fail(const char *fmt, ...)
{
	va_list args;

	fputs("exitstat: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_MISUSE;
}

void warn(const char *sentence)
{
	fprintf(stderr, "exitstat: warning: %s\n", sentence);
}

/* What one must know before believing the numbers. */
void warn_reading(const struct reading *r)
{
	if (!r->counting)
		warn("the host is not counting exits now, so these counts stand still; write 1 to its /sys/module/kvm/parameters/exitstat");
	if (r->untrusted)
		warn("the host's TSC is unstable, so the times cannot be trusted; the numbers of exits can");
	if (r->anomalies)
		fprintf(stderr, "exitstat: warning: the TSC stepped back %" PRIu64 " times (anomalies); the intervals around that are missing from all times\n",
			r->anomalies);
}

/* Write @text to @fd, which errors call @what. */
int write_all(int fd, const char *what, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left) {
		n = write(fd, text, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail("cannot write to %s: %s; the output is incomplete",
				    what, strerror(errno));
		text += n;
		left -= n;
	}
	return EXIT_DONE;
}

int print(const char *text)
{
	return write_all(STDOUT_FILENO, "standard output", text);
}

/* A whole number up to 2^32 - 1, decimal or after 0x hexadecimal; -1 if not. */
int parse_u32(const char *text, uint32_t *value)
{
	const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	unsigned long n;
	char *end;

	if (hex ? !isxdigit((unsigned char)*digits) :
		  !isdigit((unsigned char)*digits))
		return -1;
	errno = 0;
	n = strtoul(digits, &end, hex ? 16 : 10);
	if (errno || *end || n > UINT32_MAX)
		return -1;
	*value = n;
	return 0;
}

int parse_pid(const char *text, pid_t *pid)
{
	uint32_t number;

	if (parse_u32(text, &number) || !number || number > INT_MAX)
		return fail("'%s' is no process: give its number", text);
	*pid = number;
	return EXIT_DONE;
}

/* Seconds, with a fraction or without, that @what is given as. */
int parse_seconds(const char *what, const char *text, uint64_t *ns)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0.001 && seconds <= 1e8))
		return fail("%s is '%s': give seconds, at least 0.001", what, text);
	*ns = seconds * SECOND;
	return EXIT_DONE;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t time_of_day_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/*
 * getopt_long() with one sentence for an error, after which it returns '?'.
 * @optstring must start with ':', or with "+:" to stop at the first operand.
 */
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
