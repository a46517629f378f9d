/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest and the VMM agree on: workloads, addresses, ports.
 * Addresses are guest-physical; the first 4 GiB are mapped one to one.
 */
#ifndef GUEST_H
#define GUEST_H

#define GUEST_RAM		0x400000	/* bytes, from address 0 on */
#define GUEST_PML4		0x1000
#define GUEST_PDPT		0x2000
#define GUEST_PD		0x3000		/* four pages */
#define GUEST_CODE		0x100000	/* as in guest.lds */
#define GUEST_STACK(vcpu)	(0x140000 + ((vcpu) + 1) * 0x4000)	/* top */
#define GUEST_PAGE(vcpu)	(0x200000 + (vcpu) * 0x20000)	/* struct guest_page */
#define GUEST_MMIO		0xd0000000u	/* no memory there */

#define GUEST_VCPUS		8		/* at most */
#define GUEST_SAMPLES		20011		/* single exits timed, at most */

/* Selectors of the guest's GDT */
#define GUEST_CS		0x08
#define GUEST_DS		0x10
#define GUEST_TR		0x18

/* One byte written to a port hands over to the VMM. */
#define PORT_WARM		0xe0	/* warmed up; counting from here on */
#define PORT_DONE		0xe1	/* the counted part has ended */
#define PORT_NULL		0xe2	/* nothing: what port workloads use */

#ifndef __ASSEMBLER__

/* What the guest does with its workload; the VMM passes it at the start. */
enum guest_mode {
	MODE_COUNT,	/* warm up, PORT_WARM, n times, PORT_DONE */
	MODE_MEASURE,	/* the same by the TSC, into cycles and sample[] */
	MODE_LOOP,	/* until stop is set, then PORT_DONE; and again */
	MODE_ASK,	/* CPUID of leaf and sub, PORT_DONE; and again */
	MODE_WATCH,	/* n readings of leaf and sub: is each >= the last? */
};

enum workload_id {
#define WORKLOAD(name, ...) W_##name,
#include "workloads.def"
#undef WORKLOAD
	NR_WORKLOADS
};

/* One for each vCPU, shared with the VMM. */
struct guest_page {
	volatile unsigned int stop;
	unsigned int leaf, sub;
	unsigned int regs[4];		/* eax, ebx, ecx, edx */
	unsigned int samples;
	unsigned long long cycles;	/* TSC from the first to after the last exit */
	unsigned long long backward;	/* readings smaller than the one before */
	unsigned long long reading;	/* the last */
	unsigned int sample[GUEST_SAMPLES];
};

#endif /* !__ASSEMBLER__ */

#endif /* GUEST_H */
