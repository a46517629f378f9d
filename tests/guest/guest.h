/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the guest and the VMM: workloads, addresses, ports.
 * Addresses are guest-physical; the first 4 GiB are mapped one to one.
 */
#ifndef GUEST_H
#define GUEST_H

#define GUEST_RAM		0x400000	/* bytes, from address 0 on */
#define GUEST_PML4		0x1000
#define GUEST_PDPT		0x2000
#define GUEST_PD		0x3000		/* four pages */
#define GUEST_NESTED(vcpu)	(0x20000 + (vcpu) * 0x4000)	/* two pages */
#define GUEST_CODE		0x100000	/* as in guest.lds */
#define GUEST_STACK(vcpu)	(0x140000 + ((vcpu) + 1) * 0x4000)	/* top */
#define GUEST_PAGE(vcpu)	(0x200000 + (vcpu) * 0x20000)	/* struct guest_page */
#define GUEST_LAZY		0x40000000	/* memory that a VM may have here */
#define GUEST_MMIO		0xd0000000u	/* no memory there */

#define GUEST_VCPUS		8		/* at most */
#define GUEST_WARM_UP		16		/* times a workload is run before PORT_WARM */
#define GUEST_SAMPLES		20011		/* single exits timed, at most */
#define GUEST_QUERIES		3000		/* CPUIDs in a row, at most */

/* Number of pages at GUEST_LAZY that each vCPU has to itself; vCPUs' pages follow each other */
#define GUEST_STORM_PAGES	512		/* fault_storm */
#define GUEST_LOG_PAGES		64		/* dirty_log */

#define GUEST_STRING		16		/* bytes that pio_string has in a REP INS or OUTS */

#define GUEST_LEAF		0x10000		/* the first of the leaves of keys_64, keys_65, keys_10000 */

/* How often a workload of n writes to PORT_STEP, if it does so once in @every */
#define GUEST_STEPS(n, every)	(((n) + (every) - 1) / (every))
#define GUEST_STRIDE(n)		GUEST_STEPS(n, 16)	/* migrate: some 16 steps */

/* Selectors of the guest's GDT */
#define GUEST_CS		0x08
#define GUEST_DS		0x10
#define GUEST_TR		0x18

/* A byte written to a port passes control to the VMM. */
#define PORT_WARM		0xe0	/* warmed up; counting starts here */
#define PORT_DONE		0xe1	/* the counted part has ended */
#define PORT_NULL		0xe2	/* no effect: port workloads use it */
#define PORT_STEP		0xe3	/* the VMM does its part of the workload */

#define GUEST_PAGE_IPIS		8	/* offset of struct guest_page's ipis */

#ifndef __ASSEMBLER__

/* What the guest does with its workload; the VMM passes it at the start. */
enum guest_mode {
	MODE_COUNT,	/* warm up, PORT_WARM, n times, PORT_DONE */
	MODE_MEASURE,	/* the same by the TSC, into cycles and sample[] */
	MODE_LOOP,	/* until stop is set, then PORT_DONE; and again */
	MODE_ASK,	/* CPUID of leaf and sub, PORT_DONE; and again */
	MODE_WATCH,	/* n readings of leaf and sub: is each >= the last? */
	MODE_QUERY,	/* CPUID of each query, PORT_DONE; and again */
	MODE_TSC,	/* n readings of the TSC: is each >= the last? PORT_DONE; and again */
};

enum workload_id {
#define WORKLOAD(name, ...) W_##name,
#include "workloads.def"
	NR_WORKLOADS
};

/* A CPUID and its answer */
struct query {
	unsigned int leaf, sub;
	unsigned int regs[4];		/* eax, ebx, ecx, edx */
};

/* One for each vCPU, shared with the VMM; FS points to it. */
struct guest_page {
	unsigned long long self;	/* its address */
	volatile unsigned int ipis;	/* that have come */
	unsigned int next;		/* vCPU to which IPIs go */
	volatile unsigned int stop;
	unsigned int isa;		/* KVM_EXITSTAT_ISA_* */
	unsigned int timer;		/* cycles of the APIC's timer (ns) that HLT waits */
	unsigned int spin;		/* TSC cycles of work before a CPUID; PAUSEs of pause_loop */
	unsigned int stale;		/* calls of smc that ran code as it was before */
	unsigned int lazy_pages;	/* at GUEST_LAZY */
	unsigned int touched;		/* of them, by this vCPU */
	unsigned int queries;
	unsigned int leaf, sub;
	unsigned int regs[4];		/* eax, ebx, ecx, edx */
	unsigned int samples;
	unsigned long long cycles;	/* TSC from the first to after the last exit */
	unsigned long long waited;	/* TSC from before a wait to after it, all added */
	unsigned long long backward;	/* readings smaller than the one before */
	unsigned long long reading;	/* the last */
	union {
		unsigned int sample[GUEST_SAMPLES];
		struct query query[GUEST_QUERIES];
	};
};

_Static_assert(__builtin_offsetof(struct guest_page, ipis) == GUEST_PAGE_IPIS, "start.S");

#endif /* !__ASSEMBLER__ */

#endif /* GUEST_H */
