/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the targets share. An input's own bytes are not to be written, and nothing may be
 * read behind them, so each target takes a copy of the very size.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What must hold of any input */
#define MUST(what)								\
	do {									\
		if (!(what)) {							\
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
			abort();						\
		}								\
	} while (0)

/* @data as a text: up to its first NUL, and with one behind it. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	return strndup((const char *)data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_H */
