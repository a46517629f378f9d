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
#include <unistd.h>

#include "lib/message.h"
#include "lib/text.h"

static void say(const char *before, const char *fmt, va_list args)
{
	char *sentence = NULL, *clean = NULL;

	if (vasprintf(&sentence, fmt, args) >= 0)
		clean = printable(sentence);
	fprintf(stderr, "%s%s\n", before, clean ?: "out of memory");
	free(sentence);
	free(clean);
}

int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("exitstat: ", fmt, args);
	va_end(args);
	return EXIT_MISUSE;
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("exitstat: note: ", fmt, args);
	va_end(args);
}

void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("exitstat: warning: ", fmt, args);
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

bool is_standard_output(const char *path)
{
	return !strcmp(path, "-");
}

int terminal_width(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}
