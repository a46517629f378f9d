/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: any bytes as text.
 */
#ifndef EXITSTAT_LIB_TEXT_H
#define EXITSTAT_LIB_TEXT_H

#include <stddef.h>

/* For JSON: what is not UTF-8 becomes U+FFFD.  Allocated; NULL where memory ran out. */
char *utf8_clean(const char *s);

/*
 * The same for people: what a terminal would take for a command, or not show, becomes a
 * question mark.  Whatever comes from outside goes through this or the next one.
 */
char *printable(const char *s);

/* In ASCII, each other character a question mark, up to @size bytes. */
void ascii_text(char *to, size_t size, const char *s);

#endif /* EXITSTAT_LIB_TEXT_H */
