/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TSC.  A test sets kshim_clock.  Each reading first adds kshim_clock_step, so
 * kshim_clock always has the last reading.  With kshim_clock_real it is the CPU's TSC.
 */
#ifndef KSHIM_CLOCK_H
#define KSHIM_CLOCK_H

#include <stdbool.h>

extern volatile unsigned long long kshim_clock, kshim_clock_step;
extern volatile bool kshim_clock_real;
extern bool kshim_clock_unstable;
extern unsigned int tsc_khz;

/* Replaces the instruction, with the same registers */
#define KVM_EXITSTAT_RDTSC					\
	"cmpb $0, kshim_clock_real(%%rip); jne 771f;"		\
	"movq kshim_clock_step(%%rip), %%rdx;"			\
	"addq %%rdx, kshim_clock(%%rip);"			\
	"movq kshim_clock(%%rip), %%rax;"			\
	"movq %%rax, %%rdx; shrq $32, %%rdx; movl %%eax, %%eax;" \
	"jmp 772f;"						\
	"771: rdtsc; 772:"

static inline unsigned long long rdtsc(void)
{
	unsigned int low, high;

	__asm__ volatile(KVM_EXITSTAT_RDTSC : "=a" (low), "=d" (high) : : "memory");
	return (unsigned long long)high << 32 | low;
}

/* Ordered after all earlier loads, which only matters for the CPU's TSC */
static inline unsigned long long rdtsc_ordered(void)
{
	__builtin_ia32_lfence();
	return rdtsc();
}

#define check_tsc_unstable()	kshim_clock_unstable

#endif /* KSHIM_CLOCK_H */
