/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: any bytes as text.
 */
#ifndef EXITSTAT_LIB_TEXT_H
#define EXITSTAT_LIB_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* For JSON: what is not UTF-8 becomes U+FFFD.  Allocated; NULL where memory ran out. */
char *utf8_clean(const char *s);

/* A document of JSON that says the same, and has nothing that printable() would change. */
char *json_printable(const char *document);

/*
 * The same for people: what a terminal would take for a command, or not show, becomes a
 * question mark.  Whatever comes from outside goes through this or the next one.
 */
char *printable(const char *s);

/*
 * The same up to @size bytes, for a place of a known width: what is not safe, or has no
 * known width, is a question mark.
 */
void cell_text(char *to, size_t size, const char *s);

/* @s as it is, cut before the first character that does not fit into @size bytes. */
void text_copy(char *to, size_t size, const char *s);

/*
 * The tool writes UTF-8, whatever LANG says, and needs the locale C.UTF-8 to know how
 * wide a character is.  Where it is not there, only ASCII has a known width.
 */
void text_start(void);

/* Columns of a terminal that @s takes; a byte that is no text, one. */
int text_width(const char *s);

/* Bytes of @s that fit into @width columns. */
size_t text_fit(const char *s, int width);

/* What @write writes of @data: allocated, NULL where memory ran out. */
char *text_by(void (*write)(FILE *out, const void *data), const void *data);

/* "s" for any number but 1 */
const char *plural(uint64_t number);

#endif /* EXITSTAT_LIB_TEXT_H */
