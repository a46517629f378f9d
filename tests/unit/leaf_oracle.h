/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What docs/abi.md says about the answer to a CPUID leaf and subleaf.  It was written only
 * from that text: no number or table comes from the kernel's code, so a mistake there shows
 * as a difference.
 *
 * Used by the unit tests, which know every count, and by programs in a guest, which know
 * only bounds.
 */
#ifndef LEAF_ORACLE_H
#define LEAF_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LEAF_ISA_VMX	1u
#define LEAF_ISA_SVM	2u

/* Subleaves that are not a reason */
#define LEAF_SUB_TOTAL	0xffffffffu
#define LEAF_SUB_OTHER	0xfffffffeu
#define LEAF_SUB_NONE	0xfffffffdu

/* The values of a set of leaves, 10-1B, which the oracle names */
#define LEAF_V_EXITS		0u
#define LEAF_V_KERNEL		1u
#define LEAF_V_HIST		7u
#define LEAF_V_GUEST		8u
#define LEAF_V_ANOMALIES	0xbu

/* The ledger that a set of leaves reads: 10-1B, 20-2B, 30-3B */
enum leaf_books { LEAF_LIVE, LEAF_OWN, LEAF_FROZEN };

/**
 * struct leaf_env - what is known about the VM that answered
 * @isa: 1 VMX, 2 SVM
 * @layout: 2020, 2021 or 2022
 * @host: exitstat_guest=2
 * @counting: exitstat=1
 * @histograms: exitstat_hist=1
 * @untrusted: the host's TSC is unstable
 * @keys: exitstat_keys=1
 * @vcpus: number of vCPUs in the sum; 0 for any number but 0
 * @tsc_khz: the host's TSC; 0 for any number but 0
 * @id: id of the counters; 0 for any number but 0
 * @max_exits: upper bound of counts; a guest uses the total, read afterwards
 * @max_cycles: upper bound of times; 0 if unknown
 * @snapshot: id of the existing snapshot, or 0; only with @value
 * @next_snapshot: id of the next snapshot; 0 for any number but 0
 * @value: exact value @v of reason (or LEAF_SUB_*) @sub in @books; with LEAF_V_HIST, of
 *	@bucket; NULL if unknown
 * @handled: whether KVM has a handler for @reason; NULL if unknown
 */
struct leaf_env {
	uint32_t isa;
	uint32_t layout;
	bool host;
	bool counting;
	bool histograms;
	bool untrusted;
	bool keys;
	uint32_t vcpus;
	uint32_t tsc_khz;
	uint64_t id;
	uint64_t max_exits;
	uint64_t max_cycles;
	uint32_t snapshot;
	uint32_t next_snapshot;
	uint64_t (*value)(const struct leaf_env *env, enum leaf_books books,
			  uint32_t v, uint32_t sub, uint32_t bucket);
	bool (*handled)(const struct leaf_env *env, uint32_t reason);
};

/* "own counter" in the table of ISAs */
static bool leaf_has_counter(uint32_t isa, uint32_t reason)
{
	if (isa == LEAF_ISA_VMX)
		return reason <= 85;
	return reason <= 0x0a6 || (reason >= 0x400 && reason <= 0x403);
}

/* Whether the manual defines @reason: the newest manual, or that of a layout. */
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

/* A register with a known value, or, if that is 0, with any value but 0. */
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

/* A value of a live leaf, which is known, or has only a bound. */
static bool leaf_value_is(const struct leaf_env *env, enum leaf_books books,
			  uint32_t v, uint32_t sub, uint32_t bucket, uint64_t got,
			  char *why, size_t n)
{
	const bool count = v == LEAF_V_EXITS || v == LEAF_V_HIST;
	const uint64_t bound = count ? env->max_exits : env->max_cycles;
	const bool bounded = count || (env->max_cycles && v != LEAF_V_ANOMALIES);
	uint64_t want;

	if (env->value) {
		want = env->value(env, books, v, sub, bucket);
		if (got == want)
			return true;
		snprintf(why, n, "value is %llu, not %llu", (unsigned long long)got,
			 (unsigned long long)want);
		return false;
	}
	if (!bounded || got <= bound)
		return true;
	snprintf(why, n, "value is %llu, above %llu", (unsigned long long)got,
		 (unsigned long long)bound);
	return false;
}

static bool leaf_is_special(uint32_t sub)
{
	return sub == LEAF_SUB_TOTAL || sub == LEAF_SUB_OTHER || sub == LEAF_SUB_NONE;
}

/* The value in ebx:eax; it is 0 if there is no such value. */
static bool leaf_value(const struct leaf_env *env, enum leaf_books books, uint32_t v,
		       uint32_t sub, uint32_t bucket, const uint32_t regs[4],
		       char *why, size_t n)
{
	const uint64_t got = (uint64_t)regs[1] << 32 | regs[0];
	const bool no_hist = bucket > 63 || sub == LEAF_SUB_NONE ||
			     (books != LEAF_FROZEN && !env->histograms);

	if (v < LEAF_V_GUEST && !leaf_is_special(sub) && !leaf_has_counter(env->isa, sub))
		return leaf_regs_are(regs, 0, 0, regs[2], regs[3], why, n);
	if (v == LEAF_V_HIST && no_hist)
		return leaf_regs_are(regs, 0, 0, regs[2], regs[3], why, n);
	return leaf_value_is(env, books, v, sub, bucket, got, why, n);
}

/* ecx and edx of a live leaf of reasons */
static void leaf_reason_is(const struct leaf_env *env, uint32_t sub,
			   const uint32_t regs[4], uint32_t *ecx, uint32_t *edx)
{
	const bool defined = leaf_newest_defines(env->isa, sub);
	const bool counter = leaf_has_counter(env->isa, sub);

	*ecx = defined;
	*edx = defined ? 0 : 0xffffffff;
	if (counter && (env->handled ? env->handled(env, sub) : regs[2] & 2))
		*ecx |= 2;
}

/* 0x4FFFFF10-1B, 20-2B, 30-3B */
static bool leaf_of_set(const struct leaf_env *env, enum leaf_books books, uint32_t v,
			uint32_t sub, const uint32_t regs[4], char *why, size_t n)
{
	const uint32_t id = env->value ? env->snapshot : regs[3];
	uint32_t bucket = 0, ecx = 0, edx = 0;

	if (books == LEAF_FROZEN && !id)
		return leaf_regs_are(regs, 0, 0, 0, 0, why, n);
	if (v == LEAF_V_HIST) {
		bucket = sub >> 16;
		sub &= 0xffff;
		if (sub >= 0xfffd)
			sub |= 0xffff0000;
	}
	if (v < LEAF_V_GUEST && !leaf_is_special(sub))
		leaf_reason_is(env, sub, regs, &ecx, &edx);
	if (books == LEAF_FROZEN)
		edx = id;
	return leaf_value(env, books, v, sub, bucket, regs, why, n) &&
	       leaf_regs_are(regs, regs[0], regs[1], ecx, edx, why, n);
}

/* 0x4FFFFF08; there may be no snapshot for lack of memory, unless the id is known. */
static bool leaf_snapshot(const struct leaf_env *env, const uint32_t regs[4],
			  char *why, size_t n)
{
	if (!env->next_snapshot && !regs[0])
		return leaf_regs_are(regs, 0, 0, 0, 1, why, n);
	return leaf_known("eax", regs[0], env->next_snapshot, why, n) &&
	       leaf_regs_are(regs, regs[0], 0, 0, 0, why, n);
}

static uint64_t leaf_exact(const struct leaf_env *env, uint32_t v, uint32_t sub)
{
	return env->value(env, LEAF_LIVE, v, sub, 0);
}

/* Legacy: the low 32 bits of a count in eax */
static bool leaf_count32(const struct leaf_env *env, uint32_t sub,
			 const uint32_t regs[4], char *why, size_t n)
{
	if (env->value)
		return leaf_is("eax", regs[0],
			       (uint32_t)leaf_exact(env, LEAF_V_EXITS, sub), why, n);
	if (regs[0] <= env->max_exits)
		return true;
	snprintf(why, n, "eax is %u, above %llu", regs[0],
		 (unsigned long long)env->max_exits);
	return false;
}

/* Legacy: cycles, high half in ebx, low half in ecx */
static bool leaf_cycles(const struct leaf_env *env, uint32_t sub,
			const uint32_t regs[4], char *why, size_t n)
{
	const uint64_t got = (uint64_t)regs[1] << 32 | regs[2];

	return leaf_value_is(env, LEAF_LIVE, LEAF_V_KERNEL, sub, 0, got, why, n);
}

/* Exits or cycles of one reason */
static bool leaf_legacy_reason(const struct leaf_env *env, bool cycles,
			       uint32_t sub, const uint32_t regs[4], char *why,
			       size_t n)
{
	const bool counter = leaf_has_counter(env->isa, sub);
	bool seen;

	/* A count other than 0 is returned whatever the table says. */
	if (env->value)
		seen = counter && leaf_exact(env, LEAF_V_EXITS, sub);
	else
		seen = counter && regs[3] != 0xffffffff;
	if (!seen && !leaf_layout_defines(env->isa, env->layout, sub))
		return leaf_regs_are(regs, 0, 0, 0, 0xffffffff, why, n);
	if (!seen)
		return leaf_regs_are(regs, 0, 0, 0, 0, why, n);
	if (cycles)
		return leaf_cycles(env, sub, regs, why, n) &&
		       leaf_regs_are(regs, 0, regs[1], regs[2], 0, why, n);
	return leaf_count32(env, sub, regs, why, n) &&
	       leaf_regs_are(regs, regs[0], 0, 0, 0, why, n);
}

enum leaf_legacy {
	LEAF_NONE, LEAF_TOTAL, LEAF_TOTAL_CYCLES, LEAF_TOTAL_BOTH, LEAF_EXITS,
	LEAF_CYCLES,
};

/* The table of legacy leaves, FC to FF */
static enum leaf_legacy leaf_legacy_meaning(uint32_t layout, uint32_t leaf)
{
	static const enum leaf_legacy meaning[3][4] = {
		{ LEAF_NONE, LEAF_NONE, LEAF_EXITS, LEAF_TOTAL_BOTH },
		{ LEAF_CYCLES, LEAF_EXITS, LEAF_TOTAL_CYCLES, LEAF_TOTAL },
		{ LEAF_TOTAL, LEAF_TOTAL_CYCLES, LEAF_EXITS, LEAF_CYCLES },
	};

	return meaning[layout - 2020][leaf - 0x4ffffffc];
}

static bool leaf_legacy(const struct leaf_env *env, uint32_t leaf, uint32_t sub,
			const uint32_t regs[4], char *why, size_t n)
{
	const enum leaf_legacy what = leaf_legacy_meaning(env->layout, leaf);
	const bool exits = what == LEAF_TOTAL || what == LEAF_TOTAL_BOTH;
	const bool cycles = what == LEAF_TOTAL_CYCLES || what == LEAF_TOTAL_BOTH;

	if (what == LEAF_EXITS || what == LEAF_CYCLES)
		return leaf_legacy_reason(env, what == LEAF_CYCLES, sub, regs, why, n);
	if (exits && !leaf_count32(env, LEAF_SUB_TOTAL, regs, why, n))
		return false;
	if (cycles && !leaf_cycles(env, LEAF_SUB_TOTAL, regs, why, n))
		return false;
	return leaf_regs_are(regs, exits ? regs[0] : 0, cycles ? regs[1] : 0,
			     cycles ? regs[2] : 0, 0, why, n);
}

/* Whether a leaf of 0x4FFFFF00 to 0x4FFFFFFF is assigned in any layout; if not, it is all 0. */
static inline bool leaf_is_assigned(uint32_t leaf)
{
	switch (leaf) {
	case 0x4fffff00 ... 0x4fffff03:
	case 0x4fffff08:
	case 0x4fffff10 ... 0x4fffff1b:
	case 0x4fffff20 ... 0x4fffff2b:
	case 0x4fffff30 ... 0x4fffff3b:
	case 0x4fffff40 ... 0x4fffff45:
	case 0x4ffffffc ... 0x4fffffff:
		return true;
	default:
		return false;
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
		return leaf_regs_are(regs, 0x4fffff45, 0x454d564b, 0x53746978,
				     0x73746174, why, n);
	case 0x4fffff01:
		return leaf_regs_are(regs, 1, env->isa, env->layout,
				     env->counting | env->host << 1 |
				     env->histograms << 2 | env->untrusted << 3 |
				     env->keys << 4,
				     why, n);
	case 0x4fffff02:
		return leaf_known("eax", regs[0], env->tsc_khz, why, n) &&
		       leaf_known("ebx", regs[1], env->vcpus, why, n) &&
		       leaf_regs_are(regs, regs[0], regs[1],
				     env->isa == LEAF_ISA_VMX ? 86 : 0x404, 0,
				     why, n);
	case 0x4fffff03:
		return leaf_known("ebx:eax", (uint64_t)regs[1] << 32 | regs[0],
				  env->id, why, n) &&
		       leaf_regs_are(regs, regs[0], regs[1], 0, 0, why, n);
	case 0x4fffff08:
		return leaf_snapshot(env, regs, why, n);
	case 0x4fffff10 ... 0x4fffff1b:
		return leaf_of_set(env, LEAF_LIVE, leaf & 0xf, sub, regs, why, n);
	case 0x4fffff20 ... 0x4fffff2b:
		return leaf_of_set(env, LEAF_OWN, leaf & 0xf, sub, regs, why, n);
	case 0x4fffff30 ... 0x4fffff3b:
		return leaf_of_set(env, LEAF_FROZEN, leaf & 0xf, sub, regs, why, n);
	case 0x4ffffffc ... 0x4fffffff:
		return leaf_legacy(env, leaf, sub, regs, why, n);
	default:
		/* Among them 0x4fffff40 ... 0x4fffff45, of whoever does not ask in CPL 0 with exitstat_keys=1 */
		return leaf_regs_are(regs, 0, 0, 0, 0, why, n);
	}
}

#endif /* LEAF_ORACLE_H */
