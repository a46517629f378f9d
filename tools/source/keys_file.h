/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: reads a file exitstat-keys in the host's debugfs.
 * docs/abi.md describes the format.
 */
#ifndef EXITSTAT_SOURCE_KEYS_FILE_H
#define EXITSTAT_SOURCE_KEYS_FILE_H

#include <stddef.h>

struct keys;
struct vm;

/*
 * Parse @text, which is modified.  0; or -1 if @text does not have the format or memory ran
 * out, and @why, of @size bytes, gets what is wrong, a part of a sentence.  Otherwise the
 * caller frees @keys->rows.
 */
int keys_parse(char *text, struct keys *keys, char *why, size_t size);

/*
 * Read and parse the keys of vCPU @vcpu of @vm; of all its vCPUs if @vcpu is negative; of the
 * host if @vm is NULL.  Returns as source_debugfs_read().
 */
int keys_read(const struct vm *vm, int vcpu, struct keys *keys, char *why);

/* The same for one VM of many, as source_debugfs_try(). */
int keys_try(const struct vm *vm, struct keys *keys, char *why);

#endif /* EXITSTAT_SOURCE_KEYS_FILE_H */
