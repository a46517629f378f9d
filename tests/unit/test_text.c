// SPDX-License-Identifier: GPL-2.0-only
/* Showing text from outside. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/columns.h"
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
	/* Control characters, of one byte and of two */
	{ "a\x1b]0;X\ab\n", "a\x1b]0;X\ab\n", "a?]0;X?b?", "a?]0;X?b?" },
	{ "\xc2\x9b" "2J\x7f", "\xc2\x9b" "2J\x7f", "?2J?", "?2J?" },
	/* A right-to-left override, zero width, the byte order mark, a tag */
	{ "a\xe2\x80\xae" "b", "a\xe2\x80\xae" "b", "a?b", "a?b" },
	{ "a\xe2\x80\x8b" "b", "a\xe2\x80\x8b" "b", "a?b", "a?b" },
	{ "\xef\xbb\xbf\xf3\xa0\x81\x81", "\xef\xbb\xbf\xf3\xa0\x81\x81", "??", "??" },
	/* Invalid UTF-8: a single byte, too long, a surrogate, too high, cut off */
	{ "\xff", "\xef\xbf\xbd", "\xef\xbf\xbd", "?" },
	{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd", "??" },
	{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "???" },
	{ "a\xe6\x97", "a\xef\xbf\xbd\xef\xbf\xbd", "a\xef\xbf\xbd\xef\xbf\xbd", "a??" },
};

static void any_bytes_are_text(void **state)
{
	char *json, *terminal, ascii[32];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json = utf8_clean(cases[i].from);
		terminal = printable(cases[i].from);
		cell_text(ascii, sizeof(ascii), cases[i].from);
		assert_string_equal(json, cases[i].json);
		assert_string_equal(terminal, cases[i].terminal);
		assert_string_equal(ascii, cases[i].ascii);
		free(json);
		free(terminal);
	}
}

/* Widths in a terminal, where some characters take two columns and some none. */
static const struct {
	const char *from, *cell, *in_3;
	int width;
} widths[] = {
	{ "", "", "", 0 },
	{ "web1", "web1", "web", 4 },
	{ "caf\xc3\xa9", "caf\xc3\xa9", "caf", 4 },
	{ "\xe7\xbd\x91\xe7\xab\x99", "\xe7\xbd\x91\xe7\xab\x99", "\xe7\xbd\x91", 4 },
	{ "e\xcc\x81y\xe7\xbd\x91", "e\xcc\x81y\xe7\xbd\x91", "e\xcc\x81y", 4 },
	{ "a\x1b[2J\xff", "a?[2J?", "a?[", 6 },
};

static void characters_are_as_wide_as_a_terminal_makes_them(void **state)
{
	char cell[32], part[32] = "";
	unsigned int i;

	(void)state;
	text_start();
	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		cell_text(cell, sizeof(cell), widths[i].from);
		assert_string_equal(cell, widths[i].cell);
		assert_int_equal(text_width(cell), widths[i].width);
		strcpy(part, cell);
		part[text_fit(cell, 3)] = '\0';
		assert_string_equal(part, widths[i].in_3);
	}
	cell_text(cell, 6, "\xe7\xbd\x91\xe7\xab\x99");
	assert_string_equal(cell, "\xe7\xbd\x91");
	setlocale(LC_CTYPE, "C");
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	static const struct column columns[] = {
		TO_LEFT("VM", 0, 0), TO_RIGHT("N", 2, 3), TO_LEFT("NAME", 1, 0),
	};
	struct grid grid = { .columns = columns, .nr_columns = 3 };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	text_start();
	grid_titles(&grid);
	grid_cell(&grid, "\xe7\xbd\x91\xe7\xab\x99");
	grid_cell(&grid, "%d", 12345);
	grid_cell(&grid, "a");
	grid_cell(&grid, "b");
	grid_cell(&grid, "%d", 1);
	grid_cell(&grid, "%s", "");
	assert_int_equal(grid_width(&grid), 4 + 7 + 5);
	grid_write(&grid, out);
	grid_end(&grid);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "VM        N NAME\n"
				  "\xe7\xbd\x91\xe7\xab\x99  12345 a\n"
				  "b         1\n");
	free(text);
	setlocale(LC_CTYPE, "C");
}

static void ascii_ends_where_its_room_does(void **state)
{
	char *text = malloc(4);

	(void)state;
	cell_text(text, 4, "abcdef");
	assert_string_equal(text, "abc");
	cell_text(text, 4, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
	assert_string_equal(text, "???");
	free(text);
}

/* A reader of JSON gets the same text. */
static void a_document_of_json_is_safe_to_print(void **state)
{
	char *text = json_printable("{\n \"a\": \"\u00e9\x7f\xc2\x85\u200b\u202e\U000e0041\xff\"\n}");

	(void)state;
	assert_string_equal(text, "{\n \"a\": \"\u00e9\\u007f\\u0085\\u200b\\u202e\\udb40\\udc41\ufffd\"\n}");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_of_json_is_safe_to_print),
		cmocka_unit_test(any_bytes_are_text),
		cmocka_unit_test(characters_are_as_wide_as_a_terminal_makes_them),
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(ascii_ends_where_its_room_does),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
