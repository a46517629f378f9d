// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: parsing numbers from the command line and from files.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/number.h"

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
		return fail("'%s' is not a process: give its number", text);
	*pid = number;
	return EXIT_DONE;
}

int parse_seconds(const char *what, const char *text, uint64_t *ns)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0.001 && seconds <= 1e8))
		return fail("%s is '%s': give seconds, at least 0.001", what, text);
	*ns = seconds * SECOND;
	return EXIT_DONE;
}
