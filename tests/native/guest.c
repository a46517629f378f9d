// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into the exitstat under test.  If EXITSTAT_TEST_GUEST is set, this machine is a guest of a KVM
 * with kvm-exitstat: CPUID has the leaves of ../unit/test_tool_fake.h.
 */
#include <stdlib.h>

#include "../unit/test_tool_fake.h"

void __real_cpuid_insn(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs);
void __wrap_cpuid_insn(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs);

void __wrap_cpuid_insn(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	if (getenv("EXITSTAT_TEST_GUEST"))
		fake_execute(leaf, sub, regs);
	else
		__real_cpuid_insn(leaf, sub, regs);
}

__attribute__((constructor)) static void set_guest(void)
{
	fake_reset(FAKE_SVM);
	fake_fill();
}
