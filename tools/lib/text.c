// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: any bytes as text.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/text.h"

/* Length of the UTF-8 sequence at @s and its @code, 0 where there is none. */
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

/* Commands of a terminal; what is not seen, or turns round what is. */
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

static char *clean(const char *s, bool for_terminal)
{
	char *text = NULL;
	unsigned int n;
	uint32_t code;
	size_t size;
	FILE *out;

	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (; *s; s += n ?: 1) {
		n = utf8_length(s, &code);
		if (!n)
			fputs("\xef\xbf\xbd", out);
		else if (for_terminal && is_unsafe(code))
			fputc('?', out);
		else
			fwrite(s, 1, n, out);
	}
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

char *utf8_clean(const char *s)
{
	return clean(s, false);
}

char *printable(const char *s)
{
	return clean(s, true);
}

void ascii_text(char *to, size_t size, const char *s)
{
	for (; *s && size > 1; s++) {
		if ((*s & 0xc0) == 0x80)	/* inside of a UTF-8 character */
			continue;
		*to++ = *s < ' ' || *s > '~' ? '?' : *s;
		size--;
	}
	*to = '\0';
}
