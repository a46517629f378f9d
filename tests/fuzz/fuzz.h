/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the targets. An input must not be written, nor read beyond its end, so each
 * target makes a copy of exactly its size.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A condition that must hold for every input */
#define MUST(what)								\
	do {									\
		if (!(what)) {							\
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
			abort();						\
		}								\
	} while (0)

/* @data as a string: up to its first NUL, with a NUL at the end. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	return strndup((const char *)data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_H */
