/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: any bytes as text.
 */
#ifndef EXITSTAT_LIB_TEXT_H
#define EXITSTAT_LIB_TEXT_H

/* What is not UTF-8 becomes U+FFFD.  Allocated; NULL where memory ran out. */
char *utf8_clean(const char *s);

/* The same for a terminal: what could move its cursor becomes a question mark. */
char *printable(const char *s);

#endif /* EXITSTAT_LIB_TEXT_H */
