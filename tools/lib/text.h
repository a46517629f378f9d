/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: showing arbitrary bytes as text.
 */
#ifndef EXITSTAT_LIB_TEXT_H
#define EXITSTAT_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* For JSON: bytes that are not UTF-8 become U+FFFD.  Allocated; NULL if memory ran out. */
char *utf8_clean(const char *s);

/* An equal JSON document without characters that printable() would change. */
char *json_printable(const char *document);

/*
 * For people: a character that a terminal would obey, or not show, becomes a question
 * mark.  All text from outside goes through this function or the next one.
 */
char *printable(const char *s);

/*
 * The same, up to @size bytes, for a cell: a character of unknown width becomes a
 * question mark, too.
 */
void cell_text(char *to, size_t size, const char *s);

/* Copy @s, cut before the first character that does not fit into @size bytes. */
void text_copy(char *to, size_t size, const char *s);

/*
 * The tool writes UTF-8, whatever LANG says, and needs the locale C.UTF-8 for the width
 * of characters.  Without that locale only the width of ASCII is known.
 */
void text_start(void);

/* Width of @s, in columns of a terminal; an invalid byte takes one. */
int text_width(const char *s);

/* Bytes of @s that fit into @width columns. */
size_t text_fit(const char *s, int width);

/**
 * struct text_stream - a text in the making; all but @out is text.c's
 * @out: writes the text
 * @text: what was written so far, NULL for nothing
 * @length: bytes of @text
 * @size: bytes allocated
 * @failed: memory ran out
 */
struct text_stream {
	FILE *out;
	char *text;
	size_t length;
	size_t size;
	bool failed;
};

/* A stream for the text; NULL if memory ran out, and then the text need not be closed. */
FILE *text_open(struct text_stream *t);

/*
 * What was written: allocated.  NULL if memory ran out at any time; open_memstream() forgets
 * that, and the text has a hole or an early end.
 */
char *text_close(struct text_stream *t);

/* Have text_close() return NULL: memory ran out for a part of what is written to @out. */
void text_lose(FILE *out);

/* The output of @write for @data: allocated, NULL if memory ran out. */
char *text_by(void (*write)(FILE *out, const void *data), const void *data);

/* "s" for any number but 1 */
const char *plural(uint64_t number);

#endif /* EXITSTAT_LIB_TEXT_H */
