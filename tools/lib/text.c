// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: any bytes as text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/text.h"

/* Length of the UTF-8 sequence at @s, 0 where there is none. */
static unsigned int utf8_length(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;
	uint32_t code, least;
	unsigned int n, i;

	if (c[0] < 0x80)
		return 1;
	n = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	code = c[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (c[i] & 0x3f);
	}
	least = n == 4 ? 0x10000 : n == 3 ? 0x800 : 0x80;
	if (code < least || code > 0x10ffff || (code >> 11) == 0x1b)
		return 0;
	return n;
}

char *utf8_clean(const char *s)
{
	char *clean = NULL;
	unsigned int n;
	size_t size;
	FILE *out;

	out = open_memstream(&clean, &size);
	if (!out)
		return NULL;
	while (*s) {
		n = utf8_length(s);
		if (n)
			fwrite(s, 1, n, out);
		else
			fputs("\xef\xbf\xbd", out);
		s += n ?: 1;
	}
	if (!fclose(out))
		return clean;
	free(clean);
	return NULL;
}

char *printable(const char *s)
{
	char *text = utf8_clean(s), *c;

	for (c = text; c && *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
		/* U+0080 to U+009F are two bytes. */
		if (*c == '\xc2' && (unsigned char)c[1] < 0xa0)
			c[0] = c[1] = '?';
	}
	return text;
}
