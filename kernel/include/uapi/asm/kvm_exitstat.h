/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * VM exit accounting: the interface between KVM and its guests.
 *
 * The only place for leaf numbers, flags and the numbering of exit reasons.
 * The kernel, the tools and the tests include it.  docs/abi.md explains it.
 */
#ifndef _UAPI_ASM_X86_KVM_EXITSTAT_H
#define _UAPI_ASM_X86_KVM_EXITSTAT_H

#include "kvm_exitstat_layouts.h"

/*
 * CPUID leaves.  All leaves from FIRST to LAST belong to the accounting.  A leaf that is
 * not defined answers zeros, and so does a register that is not named.  A 64-bit value is
 * in eax (low half) and ebx (high half).
 */
#define KVM_EXITSTAT_LEAF_FIRST		0x4fffff00u
#define KVM_EXITSTAT_LEAF_LAST		0x4fffffffu

/* eax: highest of these leaves; ebx, ecx, edx: the signature */
#define KVM_EXITSTAT_LEAF_SIGNATURE	0x4fffff00u
/* eax: ABI version; ebx: ISA; ecx: layout of legacy leaves, or 0; edx: flags */
#define KVM_EXITSTAT_LEAF_FEATURES	0x4fffff01u
/*
 * eax: host TSC in kHz; ebx: vCPUs in the sums; ecx: one past the highest
 * reason number that has a counter
 */
#define KVM_EXITSTAT_LEAF_SCOPE		0x4fffff02u
/* eax, ebx: random id of the counters */
#define KVM_EXITSTAT_LEAF_ID		0x4fffff03u
/*
 * takes a snapshot of the ledger for the asking vCPU; eax: the snapshot's id,
 * 0 if none could be taken; edx: 1 if memory was short
 */
#define KVM_EXITSTAT_LEAF_SNAPSHOT	0x4fffff08u

/*
 * The same leaves three times: live, the sum of all vCPUs; live, the asking
 * vCPU; from its snapshot, with the snapshot's id in edx.  A leaf's number is
 * the first of its set plus KVM_EXITSTAT_V_*.
 */
#define KVM_EXITSTAT_LEAF_LIVE		0x4fffff10u
#define KVM_EXITSTAT_LEAF_VCPU		0x4fffff20u
#define KVM_EXITSTAT_LEAF_FROZEN	0x4fffff30u

/* eax, ebx: value of reason ecx; ecx: KVM_EXITSTAT_R_*; edx: 0 or UNDEFINED */
#define KVM_EXITSTAT_V_EXITS		0x0u	/* number of exits */
#define KVM_EXITSTAT_V_KERNEL		0x1u	/* cycles, as are all up to LONGEST */
#define KVM_EXITSTAT_V_USER		0x2u
#define KVM_EXITSTAT_V_HALT		0x3u
#define KVM_EXITSTAT_V_PREEMPT		0x4u
#define KVM_EXITSTAT_V_BLOCK		0x5u
#define KVM_EXITSTAT_V_LONGEST		0x6u	/* of the longest exit, up to its entry */
#define KVM_EXITSTAT_NR_V		0x7u
/* the same; ecx: reason in bits 15:0, bucket from bit 16 on */
#define KVM_EXITSTAT_V_HIST		0x7u
/* eax, ebx: value; ecx: 0, and ignored on input */
#define KVM_EXITSTAT_V_GUEST		0x8u	/* cycles */
#define KVM_EXITSTAT_V_LIFETIME		0x9u	/* cycles */
#define KVM_EXITSTAT_V_OUTSIDE		0xau	/* cycles */
#define KVM_EXITSTAT_V_ANOMALIES	0xbu	/* number of intervals left out */

/*
 * The keys of the asking vCPU's exits, from its snapshot: a leaf's number is this plus
 * KVM_EXITSTAT_K_*.  edx: the snapshot's id, or 0 if it has no keys, or outside of CPL 0
 */
#define KVM_EXITSTAT_LEAF_KEYS		0x4fffff40u

/* eax: number of rows; ebx: 1 if they need not balance */
#define KVM_EXITSTAT_K_ROWS		0x0u
/*
 * eax, ebx: the value of row ecx; ecx: KVM_EXITSTAT_ROW_* in bits 7:0, the access as a letter in
 * bits 15:8, the size in bits 23:16
 */
#define KVM_EXITSTAT_K_VALUE		0x1u
/* eax, ebx: a number of row ecx; ecx: its reason, SUB_OTHER or SUB_NONE */
#define KVM_EXITSTAT_K_EXITS		0x2u
#define KVM_EXITSTAT_K_KERNEL		0x3u	/* cycles */
#define KVM_EXITSTAT_K_USER		0x4u	/* cycles */
#define KVM_EXITSTAT_K_ERROR		0x5u	/* exits that it may have had besides */

/* What a row is of */
#define KVM_EXITSTAT_ROW_REASON		0x0u	/* all exits of the reason */
#define KVM_EXITSTAT_ROW_REST		0x1u	/* those whose key has lost its place */
#define KVM_EXITSTAT_ROW_LEVEL		0x2u	/* those of one level of nesting, the value */
/* the most exits of a key of a class without a row; the value is ROW_KEY and the class */
#define KVM_EXITSTAT_ROW_FLOOR		0x3u
#define KVM_EXITSTAT_ROW_RETURN_REST	0x4u	/* returns that have lost their place */
#define KVM_EXITSTAT_ROW_KEY		0x10u	/* and the class, from 1 on: those of one key */
/* returns to user space; the value is KVM_EXIT_*, or errno if the access is 'e' */
#define KVM_EXITSTAT_ROW_RETURN		0x1cu

/* eax of LEAF_SIGNATURE */
#define KVM_EXITSTAT_LEAF_HIGHEST	(KVM_EXITSTAT_LEAF_KEYS + KVM_EXITSTAT_K_ERROR)

#define KVM_EXITSTAT_ABI_VERSION	1u

/* "KVMExitStats", little endian */
#define KVM_EXITSTAT_SIGNATURE_EBX	0x454d564bu
#define KVM_EXITSTAT_SIGNATURE_ECX	0x53746978u
#define KVM_EXITSTAT_SIGNATURE_EDX	0x73746174u

/* LEAF_FEATURES ebx; as in the tracepoint kvm:kvm_exit */
#define KVM_EXITSTAT_ISA_VMX		1u
#define KVM_EXITSTAT_ISA_SVM		2u

/* LEAF_FEATURES edx */
#define KVM_EXITSTAT_F_COUNTING		0x1u	/* exits are being counted */
#define KVM_EXITSTAT_F_HOST		0x2u	/* sums are over all VMs of the host */
#define KVM_EXITSTAT_F_HIST		0x4u	/* histograms are being kept */
#define KVM_EXITSTAT_F_UNTRUSTED	0x8u	/* the host's TSC is unstable */
#define KVM_EXITSTAT_F_KEYS		0x10u	/* exits are being kept by their key */

/*
 * Subleaves (ecx) of a reason's leaf that are not an exit reason.  V_HIST takes
 * their low 16 bits.
 */
#define KVM_EXITSTAT_SUB_TOTAL		0xffffffffu
#define KVM_EXITSTAT_SUB_OTHER		0xfffffffeu
#define KVM_EXITSTAT_SUB_NONE		0xfffffffdu

/* Bucket b holds [2^b, 2^(b+1)) cycles, bucket 0 also 0. */
#define KVM_EXITSTAT_BUCKETS		64u

/* ecx that a reason's leaf returns */
#define KVM_EXITSTAT_R_DEFINED		0x1u	/* the vendor's manual defines it */
#define KVM_EXITSTAT_R_HANDLED		0x2u	/* KVM has a handler for it */

/* edx for a reason that the vendor's manual does not define */
#define KVM_EXITSTAT_UNDEFINED		0xffffffffu

/*
 * Reason numbers that have a counter of their own; any other exit counts as
 * "other".  VMX: the basic exit reason, SDM vol. 3, appendix C.  SVM: the exit
 * code, APM vol. 2, appendix C, in two ranges.
 */
#define KVM_EXITSTAT_VMX_REASONS	86u
#define KVM_EXITSTAT_SVM_LOW		0xa7u
#define KVM_EXITSTAT_SVM_HIGH_BASE	0x400u
#define KVM_EXITSTAT_SVM_HIGH		0x4u

#endif /* _UAPI_ASM_X86_KVM_EXITSTAT_H */
