// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the instruction CPUID.
 */
#include <cpuid.h>

#include "source/cpuid.h"

void cpuid_insn(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	__cpuid_count(leaf, sub, regs->eax, regs->ebx, regs->ecx, regs->edx);
}
