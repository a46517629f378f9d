/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares whole outputs with the files in expected/.
 */
#ifndef EXPECTED_H
#define EXPECTED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fail unless @text, from @begin on, is the content of expected/@name. */
static inline void is_as_expected(const char *text, const char *begin, const char *name)
{
	char path[sizeof(EXPECTED) + 64], want[1 << 16];
	const char *is = strstr(text, begin);
	FILE *file;

	snprintf(path, sizeof(path), EXPECTED "/%s", name);
	file = fopen(path, "r");
	assert_non_null(file);
	want[fread(want, 1, sizeof(want) - 1, file)] = '\0';
	fclose(file);
	assert_non_null(is);
	if (!strcmp(is, want))
		return;
	print_error("not as %s:\n", path);
	assert_string_equal(is, want);
}

#endif /* EXPECTED_H */
