/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What docs/abi.md says about the answer to one CPUID leaf and subleaf, written
 * from that text alone: no number or table here comes from the kernel's code,
 * so that a mistake there is a difference here.
 *
 * For the unit tests, which know every count, and for programs in a guest,
 * which know a bound.
 */
#ifndef LEAF_ORACLE_H
#define LEAF_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LEAF_ISA_VMX	1u
#define LEAF_ISA_SVM	2u

/* Subleaves of 0x4FFFFF10 and 0x4FFFFF20 that are no reason. */
#define LEAF_SUB_TOTAL	0xffffffffu
#define LEAF_SUB_OTHER	0xfffffffeu

/**
 * struct leaf_env - what is known of the VM that answered
 * @isa: 1 VMX, 2 SVM
 * @layout: 2020, 2021 or 2022
 * @host: exitstat_guest=2
 * @counting: exitstat=1
 * @vcpus: vCPUs summed; 0 for any number but 0
 * @tsc_khz: of the host; 0 for any number but 0
 * @id: of the counters; 0 for any number but 0
 * @max_exits: no count is higher.  A guest takes the total, read afterwards.
 * @exits: exact count of reason (or LEAF_SUB_*) @sub, over everything visible
 *	or over the vCPU that asks (@own); NULL where unknown
 * @handled: whether KVM has a handler for @reason; NULL where unknown
 */
struct leaf_env {
	uint32_t isa;
	uint32_t layout;
	bool host;
	bool counting;
	uint32_t vcpus;
	uint32_t tsc_khz;
	uint64_t id;
	uint64_t max_exits;
	uint64_t (*exits)(const struct leaf_env *env, bool own, uint32_t sub);
	bool (*handled)(const struct leaf_env *env, uint32_t reason);
};

/* "own counter" in the table of ISAs */
static bool leaf_has_counter(uint32_t isa, uint32_t reason)
{
	if (isa == LEAF_ISA_VMX)
		return reason <= 85;
	return reason <= 0x0bf || (reason >= 0x400 && reason <= 0x40f);
}

/* Whether the manual defines @reason: the newest, or that of a layout. */
static bool leaf_newest_defines(uint32_t isa, uint32_t reason)
{
	if (isa == LEAF_ISA_SVM)
		return reason <= 0x0a6 || (reason >= 0x400 && reason <= 0x403);
	return reason <= 85 && reason != 35 && reason != 38 && reason != 42 &&
	       reason != 71 && reason != 82 && reason != 83;
}

static bool leaf_layout_defines(uint32_t isa, uint32_t layout, uint32_t reason)
{
	if (!leaf_newest_defines(isa, reason))
		return false;
	if (isa == LEAF_ISA_SVM)
		return true;
	if (layout == 2022)
		return reason < 76;
	return reason < 69 && reason != 65;
}

static bool leaf_is(const char *reg, uint32_t got, uint32_t want, char *why,
		    size_t n)
{
	if (got == want)
		return true;
	snprintf(why, n, "%s is 0x%08x, not 0x%08x", reg, got, want);
	return false;
}

static bool leaf_regs_are(const uint32_t regs[4], uint32_t eax, uint32_t ebx,
			  uint32_t ecx, uint32_t edx, char *why, size_t n)
{
	return leaf_is("eax", regs[0], eax, why, n) &&
	       leaf_is("ebx", regs[1], ebx, why, n) &&
	       leaf_is("ecx", regs[2], ecx, why, n) &&
	       leaf_is("edx", regs[3], edx, why, n);
}

/* A register that is known, or else only not 0. */
static bool leaf_known(const char *reg, uint64_t got, uint64_t want, char *why,
		       size_t n)
{
	if (want ? got == want : got != 0)
		return true;
	snprintf(why, n, "%s is 0x%llx, not 0x%llx%s", reg,
		 (unsigned long long)got, (unsigned long long)want,
		 want ? "" : " (any number but 0 would do)");
	return false;
}

/* A 64-bit count in ebx:eax. */
static bool leaf_count(const struct leaf_env *env, bool own, uint32_t sub,
		       const uint32_t regs[4], char *why, size_t n)
{
	const uint64_t got = (uint64_t)regs[1] << 32 | regs[0];

	if (env->exits && got != env->exits(env, own, sub)) {
		snprintf(why, n, "count is %llu, not %llu",
			 (unsigned long long)got,
			 (unsigned long long)env->exits(env, own, sub));
		return false;
	}
	if (got <= env->max_exits)
		return true;
	snprintf(why, n, "count is %llu, above %llu", (unsigned long long)got,
		 (unsigned long long)env->max_exits);
	return false;
}

/* 0x4FFFFF10, 0x4FFFFF20 */
static bool leaf_exits(const struct leaf_env *env, bool own, uint32_t sub,
		       const uint32_t regs[4], char *why, size_t n)
{
	const bool defined = leaf_newest_defines(env->isa, sub);
	uint32_t flags = defined;

	if (sub == LEAF_SUB_TOTAL || sub == LEAF_SUB_OTHER)
		return leaf_count(env, own, sub, regs, why, n) &&
		       leaf_regs_are(regs, regs[0], regs[1], 0, 0, why, n);
	if (!leaf_has_counter(env->isa, sub))
		return leaf_regs_are(regs, 0, 0, 0, 0xffffffff, why, n);
	if (env->handled ? env->handled(env, sub) : regs[2] & 2)
		flags |= 2;
	return leaf_count(env, own, sub, regs, why, n) &&
	       leaf_regs_are(regs, regs[0], regs[1], flags,
			     defined ? 0 : 0xffffffff, why, n);
}

/* The low 32 bits of a count, in eax, and nothing else. */
static bool leaf_count32(const struct leaf_env *env, uint32_t sub,
			 const uint32_t regs[4], char *why, size_t n)
{
	if (env->exits)
		return leaf_regs_are(regs, (uint32_t)env->exits(env, false, sub),
				     0, 0, 0, why, n);
	if (regs[0] > env->max_exits) {
		snprintf(why, n, "eax is %u, above %llu", regs[0],
			 (unsigned long long)env->max_exits);
		return false;
	}
	return leaf_regs_are(regs, regs[0], 0, 0, 0, why, n);
}

/* Exits or cycles of one reason.  Cycles are 0. */
static bool leaf_legacy_reason(const struct leaf_env *env, bool cycles,
			       uint32_t sub, const uint32_t regs[4], char *why,
			       size_t n)
{
	const bool counter = leaf_has_counter(env->isa, sub);
	bool seen;

	/* A count that is not 0 is returned whatever the table says. */
	if (env->exits)
		seen = counter && env->exits(env, false, sub);
	else
		seen = counter && regs[3] != 0xffffffff;
	if (!seen && !leaf_layout_defines(env->isa, env->layout, sub))
		return leaf_regs_are(regs, 0, 0, 0, 0xffffffff, why, n);
	if (cycles)
		return leaf_regs_are(regs, 0, 0, 0, 0, why, n);
	return leaf_count32(env, sub, regs, why, n);
}

enum leaf_legacy { LEAF_NONE, LEAF_TOTAL, LEAF_TOTAL_CYCLES, LEAF_EXITS,
		   LEAF_CYCLES };

/* The table of legacy leaves, FC to FF.  2020's FF has cycles, 0, beside eax. */
static enum leaf_legacy leaf_legacy_meaning(uint32_t layout, uint32_t leaf)
{
	static const enum leaf_legacy meaning[3][4] = {
		{ LEAF_NONE, LEAF_NONE, LEAF_EXITS, LEAF_TOTAL },
		{ LEAF_CYCLES, LEAF_EXITS, LEAF_TOTAL_CYCLES, LEAF_TOTAL },
		{ LEAF_TOTAL, LEAF_TOTAL_CYCLES, LEAF_EXITS, LEAF_CYCLES },
	};

	return meaning[layout - 2020][leaf - 0x4ffffffc];
}

static bool leaf_legacy(const struct leaf_env *env, uint32_t leaf, uint32_t sub,
			const uint32_t regs[4], char *why, size_t n)
{
	switch (leaf_legacy_meaning(env->layout, leaf)) {
	case LEAF_TOTAL:
		return leaf_count32(env, LEAF_SUB_TOTAL, regs, why, n);
	case LEAF_EXITS:
		return leaf_legacy_reason(env, false, sub, regs, why, n);
	case LEAF_CYCLES:
		return leaf_legacy_reason(env, true, sub, regs, why, n);
	default:
		return leaf_regs_are(regs, 0, 0, 0, 0, why, n);
	}
}

/*
 * Whether @regs (eax, ebx, ecx, edx) may answer @leaf, of 0x4FFFFF00 to
 * 0x4FFFFFFF, and subleaf @sub, with exitstat_guest 1 or 2.  If not, @why (of
 * @n bytes) says what differs.
 */
static inline bool leaf_oracle(const struct leaf_env *env, uint32_t leaf,
			       uint32_t sub, const uint32_t regs[4], char *why,
			       size_t n)
{
	switch (leaf) {
	case 0x4fffff00:
		/* "KVME" "xitS" "tats" */
		return leaf_regs_are(regs, 0x4fffff20, 0x454d564b, 0x53746978,
				     0x73746174, why, n);
	case 0x4fffff01:
		return leaf_regs_are(regs, 1, env->isa, env->layout,
				     env->counting | env->host << 1, why, n);
	case 0x4fffff02:
		return leaf_known("eax", regs[0], env->tsc_khz, why, n) &&
		       leaf_known("ebx", regs[1], env->vcpus, why, n) &&
		       leaf_regs_are(regs, regs[0], regs[1],
				     env->isa == LEAF_ISA_VMX ? 86 : 0x410, 0,
				     why, n);
	case 0x4fffff03:
		return leaf_known("ebx:eax", (uint64_t)regs[1] << 32 | regs[0],
				  env->id, why, n) &&
		       leaf_regs_are(regs, regs[0], regs[1], 0, 0, why, n);
	case 0x4fffff10:
		return leaf_exits(env, false, sub, regs, why, n);
	case 0x4fffff20:
		return leaf_exits(env, true, sub, regs, why, n);
	case 0x4ffffffc ... 0x4fffffff:
		return leaf_legacy(env, leaf, sub, regs, why, n);
	default:
		return leaf_regs_are(regs, 0, 0, 0, 0, why, n);
	}
}

#endif /* LEAF_ORACLE_H */
