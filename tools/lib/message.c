// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: exit codes, messages, and output with checked writes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/message.h"
#include "lib/text.h"

/* Priorities of syslog, which the journal reads at the beginning of a line */
#define ERROR		3
#define WARNING		4
#define INFORMATION	6

/* Whether stderr is the journal's stream; a child can inherit the variable and have another stderr. */
static bool to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

static void say(int priority, const char *kind, const char *fmt, va_list args)
{
	char *sentence = NULL, *clean = NULL, level[8] = "";

	if (vasprintf(&sentence, fmt, args) >= 0)
		clean = printable(sentence);
	if (to_journal())
		snprintf(level, sizeof(level), "<%d>", priority);
	fprintf(stderr, "%sexitstat: %s%s\n", level, kind, clean ?: "out of memory");
	free(sentence);
	free(clean);
}

int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(ERROR, "", fmt, args);
	va_end(args);
	return EXIT_MISUSE;
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(INFORMATION, "note: ", fmt, args);
	va_end(args);
}

void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(WARNING, "warning: ", fmt, args);
	va_end(args);
}

int explain(char *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, WHY_SIZE, fmt, args);
	va_end(args);
	return EXIT_MISUSE;
}

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

int print_and_free(char *text)
{
	const int ret = text ? print(text) : fail("out of memory");

	free(text);
	return ret;
}

bool is_standard_output(const char *path)
{
	return !strcmp(path, "-");
}

int terminal_width(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}
