/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: numbers that people and files give.
 */
#ifndef EXITSTAT_LIB_NUMBER_H
#define EXITSTAT_LIB_NUMBER_H

#include <stdint.h>
#include <sys/types.h>

/* A whole number up to 2^32 - 1, decimal or after 0x hexadecimal; -1 if not. */
int parse_u32(const char *text, uint32_t *value);

/* 0, or EXIT_MISUSE after a sentence on stderr, as the next one. */
int parse_pid(const char *text, pid_t *pid);

/* Seconds, with a fraction or without, that @what is given as. */
int parse_seconds(const char *what, const char *text, uint64_t *ns);

#endif /* EXITSTAT_LIB_NUMBER_H */
