// SPDX-License-Identifier: GPL-2.0-only
/* What comes from outside, as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

#include <cmocka.h>

static const struct {
	const char *from, *json, *terminal, *ascii;
} cases[] = {
	{ "", "", "", "" },
	{ "web1", "web1", "web1", "web1" },
	{ "caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9", "caf?" },
	{ "\xe6\x97\xa5\xf0\x9f\x98\x80", "\xe6\x97\xa5\xf0\x9f\x98\x80",
	  "\xe6\x97\xa5\xf0\x9f\x98\x80", "??" },
	/* Commands, of one byte and of two */
	{ "a\x1b]0;X\ab\n", "a\x1b]0;X\ab\n", "a?]0;X?b?", "a?]0;X?b?" },
	{ "\xc2\x9b" "2J\x7f", "\xc2\x9b" "2J\x7f", "?2J?", "?2J?" },
	/* Right to left, of no width, the byte order mark, a tag */
	{ "a\xe2\x80\xae" "b", "a\xe2\x80\xae" "b", "a?b", "a?b" },
	{ "a\xe2\x80\x8b" "b", "a\xe2\x80\x8b" "b", "a?b", "a?b" },
	{ "\xef\xbb\xbf\xf3\xa0\x81\x81", "\xef\xbb\xbf\xf3\xa0\x81\x81", "??", "??" },
	/* No UTF-8: alone, too long, a surrogate, too high, cut off */
	{ "\xff", "\xef\xbf\xbd", "\xef\xbf\xbd", "?" },
	{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd", "?" },
	{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "?" },
	{ "a\xe6\x97", "a\xef\xbf\xbd\xef\xbf\xbd", "a\xef\xbf\xbd\xef\xbf\xbd", "a?" },
};

static void any_bytes_are_text(void **state)
{
	char *json, *terminal, ascii[32];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json = utf8_clean(cases[i].from);
		terminal = printable(cases[i].from);
		ascii_text(ascii, sizeof(ascii), cases[i].from);
		assert_string_equal(json, cases[i].json);
		assert_string_equal(terminal, cases[i].terminal);
		assert_string_equal(ascii, cases[i].ascii);
		free(json);
		free(terminal);
	}
}

static void ascii_ends_where_its_room_does(void **state)
{
	char *text = malloc(4);

	(void)state;
	ascii_text(text, 4, "abcdef");
	assert_string_equal(text, "abc");
	ascii_text(text, 4, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
	assert_string_equal(text, "???");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_are_text),
		cmocka_unit_test(ascii_ends_where_its_room_does),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
