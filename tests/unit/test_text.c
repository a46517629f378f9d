// SPDX-License-Identifier: GPL-2.0-only
/* Showing text from outside. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
	{ "\xc2\x7f", "\xef\xbf\xbd\x7f", "\xef\xbf\xbd?", "??" },
	{ "\x90\x80", "\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd", "??" },
	{ "\xf8\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "????" },
	{ "\xc2\xc0", "\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd", "??" },
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
	unsigned int i;
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
	grid_cell(&grid, "c");
	for (i = 0; i < 5; i++)
		grid_cell(&grid, "%s", "");
	assert_int_equal(grid_width(&grid), 4 + 7 + 5);
	grid_write(&grid, out);
	grid_end(&grid);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "VM        N NAME\n"
				  "\xe7\xbd\x91\xe7\xab\x99  12345 a\n"
				  "b         1\n"
				  "c\n"
				  "\n");
	free(text);
	setlocale(LC_CTYPE, "C");
}

/* Two go together, and a hidden one is not told. */
static void columns_go_in_their_order(void **state)
{
	static const struct {
		int width;
		const char *said, *table;
	} cases[] = {
		{ 0, "", "A B C D\n" }, { 7, "", "A B C D\n" },
		{ 6, "The terminal is too narrow for B, D.\n", "A C\n" }, { 3, "The terminal is too narrow for B, D.\n", "A C\n" },
		{ 2, "The terminal is too narrow for B, D, C.\n", "A\n" }, { 1, "The terminal is too narrow for B, D, C.\n", "A\n" },
	};
	unsigned int i;
	size_t size;
	char *text;
	FILE *out;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct column columns[] = {
			TO_LEFT("A", 0, 0), TO_LEFT("B", 1, 0), TO_LEFT("C", 1, 0), TO_LEFT("D", 1, 0), TO_LEFT("E", 1, 0),
		};
		struct grid grid = { .columns = columns, .nr_columns = 5 };

		columns[1].goes = columns[3].goes = columns[4].goes = 1;
		columns[2].goes = 5;
		columns[4].hidden = true;
		grid_titles(&grid);
		out = open_memstream(&text, &size);
		grid_fit(&grid, columns, cases[i].width, out);
		fclose(out);
		assert_string_equal(text, cases[i].said);
		free(text);
		out = open_memstream(&text, &size);
		grid_write(&grid, out);
		fclose(out);
		assert_string_equal(text, cases[i].table);
		free(text);
		grid_end(&grid);
	}
}

static void write_parts(FILE *out, const void *parts)
{
	const char *const *part;

	for (part = parts; *part; part++) {
		fputs(*part, out);
		fflush(out);
	}
}

/* A text grows by parts of any length: a byte more than there is room for, and many less. */
static void a_text_grows_with_its_parts(void **state)
{
	static const char *const one_more[] = { "0123456789", "0123456789a", NULL };
	static const char *const less[] = { "0123456789", "0123456789", "01234", NULL };
	char *text = text_by(write_parts, one_more);

	(void)state;
	assert_string_equal(text, "01234567890123456789a");
	free(text);
	text = text_by(write_parts, less);
	assert_string_equal(text, "0123456789012345678901234");
	free(text);
}

/* Only whole characters are copied. */
static void a_copy_ends_with_a_character(void **state)
{
	static const char *const copies[][2] = {
		{ "", "" }, { "abcd", "abcd" }, { "abcde", "abcd" }, { "ab\xc3\xa9", "ab\xc3\xa9" },
		{ "abc\xc3\xa9", "abc" }, { "abcd\xc3\xa9", "abcd" }, { "\xf0\x9f\x98\x80" "a", "\xf0\x9f\x98\x80" },
		{ "a\xf0\x9f\x98\x80", "a" }, { "\x80\x80\x80\x80\x80", "" },
	};
	char *to = malloc(5);
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		text_copy(to, 5, copies[i][0]);
		assert_string_equal(to, copies[i][1]);
	}
	free(to);
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

/* UTF-8 as RFC 3629 defines it, also of what it forbids */
static size_t encode(char *to, uint32_t code, unsigned int bytes)
{
	static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned int i;

	for (i = bytes; i-- > 1; code >>= 6)
		to[i] = 0x80 | (code & 0x3f);
	to[0] = bytes == 1 ? code : marks[bytes] | code;
	to[bytes] = '\0';
	return bytes;
}

/* The characters that @shown lacks, as ranges */
static void ranges_of(char *ranges, const bool *shown, uint32_t most)
{
	uint32_t code, first = 0;

	for (code = 1; code <= most; code++) {
		if (!shown[code] && shown[code - 1])
			first = code;
		if (shown[code] && !shown[code - 1])
			ranges += sprintf(ranges, first == code - 1 ? "%x " : "%x-%x ", first, code - 1);
	}
	ranges[-1] = '\0';
}

static void every_character_is_known(void **state)
{
	static bool valid[0x120000], safe[0x120000];
	char in[8], ranges[256], *out;
	unsigned int bytes, least;
	uint32_t code;

	(void)state;
	for (code = 1; code < 0x120000; code++) {
		least = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		/* Longer than need be, in the room of the next length */
		for (bytes = least; bytes <= 4 && bytes <= least + 1; bytes++) {
			encode(in, code, bytes);
			out = utf8_clean(in);
			if (bytes == least)
				valid[code] = !strcmp(out, in);
			else
				assert_memory_equal(out, "\xef\xbf\xbd", 3);
			free(out);
		}
		encode(in, code, least);
		out = printable(in);
		safe[code] = !strcmp(out, in);
		free(out);
	}
	valid[0x11ffff] = safe[0x11ffff] = true;
	ranges_of(ranges, valid, 0x11ffff);
	assert_string_equal(ranges, "0 d800-dfff 110000-11fffe");
	ranges_of(ranges, safe, 0x11ffff);
	assert_string_equal(ranges, "0-1f 7f-9f ad 61c 180e 200b-200f 2028-202e 2060-206f d800-dfff feff fff9-fffb e0000-e007f 110000-11fffe");
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
		cmocka_unit_test(every_character_is_known),
		cmocka_unit_test(characters_are_as_wide_as_a_terminal_makes_them),
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(columns_go_in_their_order),
		cmocka_unit_test(a_text_grows_with_its_parts),
		cmocka_unit_test(a_copy_ends_with_a_character),
		cmocka_unit_test(ascii_ends_where_its_room_does),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
