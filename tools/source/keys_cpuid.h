/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the keys of one vCPU, which a guest's root reads by CPUID.
 */
#ifndef EXITSTAT_SOURCE_KEYS_CPUID_H
#define EXITSTAT_SOURCE_KEYS_CPUID_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid_regs;
struct keys;

/* Executes CPUID in the guest's kernel, always on the same CPU; false with errno. */
typedef bool (*kernel_cpuid_fn)(void *arg, uint32_t leaf, uint32_t sub, struct cpuid_regs *regs);

/* Take a snapshot and read its keys; 0, after which the caller frees @keys->rows, or SOURCE_FAILED. */
int keys_cpuid_take(kernel_cpuid_fn cpuid, void *arg, int cpu, struct keys *keys, char *why);

/* The same of the CPU that this thread runs on, by Linux' module cpuid. */
int keys_cpuid_read(struct keys *keys, char *why);

#endif /* EXITSTAT_SOURCE_KEYS_CPUID_H */
