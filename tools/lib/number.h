/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: parsing numbers from the command line and from files.
 */
#ifndef EXITSTAT_LIB_NUMBER_H
#define EXITSTAT_LIB_NUMBER_H

#include <stdint.h>
#include <sys/types.h>

/* A whole number up to 2^32 - 1, decimal, or hexadecimal after 0x; 0, or -1 if it is not. */
int parse_u32(const char *text, uint32_t *value);

/* This and the next return 0, or EXIT_MISUSE after a sentence on stderr. */
int parse_pid(const char *text, pid_t *pid);

/* Seconds, with or without a fraction; error messages call the value @what. */
int parse_seconds(const char *what, const char *text, uint64_t *ns);

#endif /* EXITSTAT_LIB_NUMBER_H */
