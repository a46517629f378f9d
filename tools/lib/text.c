// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: showing arbitrary bytes as text.
 */
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lib/text.h"

/* Length of the UTF-8 sequence at @s, and its @code; 0 if it is not valid. */
static unsigned int utf8_length(const char *s, uint32_t *code)
{
	const unsigned char *c = (const unsigned char *)s;
	unsigned int n, i;
	uint32_t least;

	*code = c[0];
	if (c[0] < 0x80)
		return 1;
	n = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	*code = c[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (c[i] & 0x3f);
	}
	least = n == 4 ? 0x10000 : n == 3 ? 0x800 : 0x80;
	if (*code < least || *code > 0x10ffff || (*code >> 11) == 0x1b)
		return 0;
	return n;
}

/* Control characters, invisible characters, and those that change the text's direction. */
static bool is_unsafe(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
		{ 0xe0000, 0xe007f },
	};
	unsigned int i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

/* As a JSON string escapes it, in UTF-16.  Newlines, which are between strings, stay. */
static void put_escaped(FILE *out, uint32_t code)
{
	if (code == '\n')
		fputc('\n', out);
	else if (code < 0x10000)
		fprintf(out, "\\u%04x", code);
	else
		fprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

static void put_question(FILE *out, uint32_t code)
{
	(void)code;
	fputc('?', out);
}

static bool grow(struct text_stream *t, size_t more)
{
	size_t size = 2 * (t->length + more) + 1;
	char *text;

	if (t->length + more < t->size)
		return true;
	text = realloc(t->text, size);
	if (!text)
		return false;
	t->text = text;
	t->size = size;
	return true;
}

/* Writes after a failure are dropped: the text is lost anyway. */
static ssize_t put_bytes(void *cookie, const char *bytes, size_t n)
{
	struct text_stream *t = cookie;

	if (!t->failed && grow(t, n)) {
		memcpy(t->text + t->length, bytes, n);
		t->length += n;
		t->text[t->length] = '\0';
	} else {
		t->failed = true;
	}
	return n;
}

FILE *text_open(struct text_stream *t)
{
	*t = (struct text_stream){ 0 };
	t->out = fopencookie(t, "w", (cookie_io_functions_t){ .write = put_bytes });
	return t->out;
}

/* No text has a NUL. */
void text_lose(FILE *out)
{
	putc('\0', out);
}

char *text_close(struct text_stream *t)
{
	if (!fclose(t->out) && !t->failed && (!t->text || strlen(t->text) == t->length))
		return t->text ?: calloc(1, 1);
	free(t->text);
	return NULL;
}

/* @unsafe, unless NULL, writes the characters that are unsafe. */
static char *clean(const char *s, void (*unsafe)(FILE *out, uint32_t code))
{
	struct text_stream t;
	unsigned int n;
	uint32_t code;

	if (!s || !text_open(&t))
		return NULL;
	for (; *s; s += n ?: 1) {
		n = utf8_length(s, &code);
		if (!n)
			fputs("\xef\xbf\xbd", t.out);
		else if (unsafe && is_unsafe(code))
			unsafe(t.out, code);
		else
			fwrite(s, 1, n, t.out);
	}
	return text_close(&t);
}

char *utf8_clean(const char *s)
{
	return clean(s, NULL);
}

char *json_printable(const char *document)
{
	return clean(document, put_escaped);
}

char *printable(const char *s)
{
	return clean(s, put_question);
}

void text_start(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

/* Width of the character @code, of @n bytes; -1 if unknown. */
static int width_of(unsigned int n, uint32_t code)
{
	return n ? wcwidth(code) : -1;
}

void cell_text(char *to, size_t size, const char *s)
{
	unsigned int n, put;
	const char *from;
	uint32_t code;
	bool known;

	for (; *s; s += n ?: 1) {
		n = utf8_length(s, &code);
		known = !is_unsafe(code) && width_of(n, code) >= 0;
		from = known ? s : "?";
		put = known ? n : 1;
		if (size <= put)
			break;
		to = mempcpy(to, from, put);
		size -= put;
	}
	*to = '\0';
}

/* Bytes of @s in up to @width columns, with any zero-width characters that follow. */
static size_t measure(const char *s, int width, int *used)
{
	const char *at = s;
	unsigned int n;
	uint32_t code;
	int w;

	for (*used = 0; *at; at += n ?: 1) {
		n = utf8_length(at, &code);
		w = width_of(n, code);
		if (w < 0)
			w = 1;
		if (w > width - *used)
			break;
		*used += w;
	}
	return at - s;
}

int text_width(const char *s)
{
	int used;

	measure(s, INT_MAX, &used);
	return used;
}

size_t text_fit(const char *s, int width)
{
	int used;

	return measure(s, width, &used);
}

char *text_by(void (*write)(FILE *out, const void *data), const void *data)
{
	struct text_stream t;

	if (!text_open(&t))
		return NULL;
	write(t.out, data);
	return text_close(&t);
}

const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

void text_copy(char *to, size_t size, const char *s)
{
	size_t n = strnlen(s, size);

	/* Do not cut a character */
	if (n == size)
		for (n--; n && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
			;
	memcpy(to, s, n);
	to[n] = '\0';
}
