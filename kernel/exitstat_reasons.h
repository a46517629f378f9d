/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the tables of names, for the kernel and for user space.
 * vmx_reasons.def and svm_reasons.def have the numbers and names of reasons.
 */
#ifndef __KVM_X86_EXITSTAT_REASONS_H
#define __KVM_X86_EXITSTAT_REASONS_H

/* Names of values, by KVM_EXITSTAT_V_*, as in files and docs/abi.md. */
#define KVM_EXITSTAT_VALUE_NAMES {						\
	[KVM_EXITSTAT_V_EXITS] = "exits",					\
	[KVM_EXITSTAT_V_KERNEL] = "kernel",					\
	[KVM_EXITSTAT_V_USER] = "user",						\
	[KVM_EXITSTAT_V_HALT] = "halt",						\
	[KVM_EXITSTAT_V_PREEMPT] = "preempt",					\
	[KVM_EXITSTAT_V_BLOCK] = "block",					\
	[KVM_EXITSTAT_V_LONGEST] = "longest",					\
}

/* Scalars, which a ledger has once.  Files have a record for each, in this order. */
enum {
	KVM_EXITSTAT_S_COUNTING,
	KVM_EXITSTAT_S_HISTOGRAMS,
	KVM_EXITSTAT_S_UNTRUSTED,
	KVM_EXITSTAT_S_TSC_KHZ,
	KVM_EXITSTAT_S_LIFETIME,
	KVM_EXITSTAT_S_GUEST,
	KVM_EXITSTAT_S_OUTSIDE,
	KVM_EXITSTAT_S_ANOMALIES,
	KVM_EXITSTAT_NR_S
};

#define KVM_EXITSTAT_SCALAR_NAMES {						\
	[KVM_EXITSTAT_S_COUNTING] = "counting",					\
	[KVM_EXITSTAT_S_HISTOGRAMS] = "histograms",				\
	[KVM_EXITSTAT_S_UNTRUSTED] = "untrusted",				\
	[KVM_EXITSTAT_S_TSC_KHZ] = "tsc_khz",					\
	[KVM_EXITSTAT_S_LIFETIME] = "lifetime",					\
	[KVM_EXITSTAT_S_GUEST] = "guest",					\
	[KVM_EXITSTAT_S_OUTSIDE] = "outside",					\
	[KVM_EXITSTAT_S_ANOMALIES] = "anomalies",				\
}

/* Names of enum kvm_exitstat_level, as in files, in its order */
#define KVM_EXITSTAT_LEVEL_NAMES { "l1", "l2", "l2-l1" }

/* Names of the classes of keys, as in files, by a row's class less KVM_EXITSTAT_ROW_KEY */
#define KVM_EXITSTAT_CLASS_NAMES {						\
	NULL, "msr", "port", "address", "frame", "cpuid", "hypercall",		\
	"register", "exception", "vector", "xcr", "vmgexit",			\
	"return",								\
}

/*
 * Names of binary statistics: PREFIX and a value's or a scalar's name; PREFIX, TOTAL
 * and a value's name for a total; PREFIX and TOTAL_EXITS for the number of all exits.
 */
#define KVM_EXITSTAT_STAT_PREFIX	"exitstat_"
#define KVM_EXITSTAT_STAT_TOTAL		"total_"
#define KVM_EXITSTAT_STAT_TOTAL_EXITS	"total"
#define KVM_EXITSTAT_STAT_REASON	"reason"
#define KVM_EXITSTAT_STAT_ID		"id"
#define KVM_EXITSTAT_STAT_ISA		"isa"

/*
 * A reason that the manual defines.  @edition is the year of the first manual that
 * defines it; see the .def files.
 */
struct kvm_exitstat_reason {
	const char *name;
	unsigned short edition;
};

#define EXITSTAT_REASON(nr, _name, _edition) \
	[nr] = { .name = _name, .edition = _edition },
static const struct kvm_exitstat_reason kvm_exitstat_vmx_reasons[] = {
#include "vmx_reasons.def"
};

/* The gap between the two ranges of SVM is left out. */
#undef EXITSTAT_REASON
#define EXITSTAT_REASON(nr, _name, _edition)					\
	[(nr) < KVM_EXITSTAT_SVM_LOW ? (nr) :					\
	 (nr) - KVM_EXITSTAT_SVM_HIGH_BASE + KVM_EXITSTAT_SVM_LOW] =		\
		{ .name = _name, .edition = _edition },
static const struct kvm_exitstat_reason
kvm_exitstat_svm_reasons[KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH] = {
#include "svm_reasons.def"
};

#undef EXITSTAT_REASON

/* Number of slots of @isa that stand for a reason. */
static inline unsigned int kvm_exitstat_nr_slots(unsigned int isa)
{
	return isa == KVM_EXITSTAT_ISA_VMX ? KVM_EXITSTAT_VMX_REASONS :
	       KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH;
}

/* One past the highest reason number of @isa that has a slot. */
static inline unsigned int kvm_exitstat_reasons_end(unsigned int isa)
{
	return isa == KVM_EXITSTAT_ISA_VMX ? KVM_EXITSTAT_VMX_REASONS :
	       KVM_EXITSTAT_SVM_HIGH_BASE + KVM_EXITSTAT_SVM_HIGH;
}

/* The reason number of a slot below kvm_exitstat_nr_slots(). */
static inline unsigned int kvm_exitstat_slot_reason(unsigned int isa,
						    unsigned int slot)
{
	if (isa == KVM_EXITSTAT_ISA_SVM && slot >= KVM_EXITSTAT_SVM_LOW)
		return slot - KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH_BASE;
	return slot;
}

/*
 * The table's entry for a slot below kvm_exitstat_nr_slots(); its name is NULL
 * if the manual does not define the reason.
 */
static inline const struct kvm_exitstat_reason *
kvm_exitstat_slot_entry(unsigned int isa, unsigned int slot)
{
	return isa == KVM_EXITSTAT_ISA_VMX ? &kvm_exitstat_vmx_reasons[slot] :
	       &kvm_exitstat_svm_reasons[slot];
}

#endif /* __KVM_X86_EXITSTAT_REASONS_H */
