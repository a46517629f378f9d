/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the instruction CPUID.
 */
#ifndef EXITSTAT_SOURCE_CPUID_H
#define EXITSTAT_SOURCE_CPUID_H

#include <stdint.h>

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

/* Executes CPUID, or stands in for it in a test. */
typedef void (*cpuid_fn)(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs);

void cpuid_insn(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs);

#endif /* EXITSTAT_SOURCE_CPUID_H */
