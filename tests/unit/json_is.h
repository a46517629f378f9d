/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares all of a JSON document with what is expected.
 */
#ifndef JSON_IS_H
#define JSON_IS_H

#include <stdlib.h>
#include <string.h>

/* In @expected, ' stands for ", so that it can be read. */
static inline void json_is(const char *text, const char *expected)
{
	char *quoted = strdup(expected), *at;

	for (at = quoted; (at = strchr(at, '\''));)
		*at = '"';
	assert_string_equal(text, quoted);
	free(quoted);
}

#endif /* JSON_IS_H */
