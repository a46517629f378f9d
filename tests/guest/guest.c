// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest: makes a known number of exits of one kind.
 *
 * Each do_NAME() makes n of them, and no other exit once all memory that it uses has been
 * touched.  workloads.def describes each.
 */
#include <asm/kvm_exitstat.h>
#include "guest.h"
#include "nested.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define MSR_APIC_BASE		0x1b
#define MSR_BIOS_UPDT_TRIG	0x79
#define MSR_TSC_DEADLINE	0x6e0
#define MSR_X2APIC_SVR		0x80f
#define MSR_X2APIC_ICR		0x830
#define MSR_X2APIC_LVTT		0x832
#define MSR_X2APIC_TMICT	0x838
#define MSR_X2APIC_TDCR		0x83e
#define MSR_UNKNOWN		0xdead
#define LVTT_TSC_DEADLINE	(2 << 17)
#define SVR_ENABLED		0x1ff
#define TDCR_1			0xb
#define HYPERCALL_UNKNOWN	0x7e57

#define CR4_MCE			(1ul << 6)

#define WARM_UP_MEASURE		1000

#define UD_VECTOR		6
#define GP_VECTOR		13
#define TIMER_VECTOR		0x40
#define IPI_VECTOR		0x41

extern char ud_handler[], gp_handler[], timer_handler[], ipi_handler[];

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_middle;
	u32 offset_high, zero;
};

static struct gate idt[IPI_VECTOR + 1];

static inline void outb(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)));
}

static inline u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return low | (u64)high << 32;
}

static inline void cpuid(u32 leaf, u32 sub, u32 *regs)
{
	asm volatile("cpuid"
		     : "=a"(regs[0]), "=b"(regs[1]), "=c"(regs[2]), "=d"(regs[3])
		     : "0"(leaf), "2"(sub));
}

static void set_gate(u32 vector, u64 handler)
{
	idt[vector] = (struct gate) {
		.offset_low = handler,
		.offset_middle = handler >> 16,
		.offset_high = handler >> 32,
		.selector = GUEST_CS,
		.type = 0x8e,
	};
}

/* vCPUs share all data except this page. */
static inline struct guest_page *self(void)
{
	struct guest_page *page;

	asm volatile("movq %%fs:0, %0" : "=r"(page));
	return page;
}

/* Each struct guest_page is by vCPU. */
static u32 this_vcpu(void)
{
	return (self()->self - GUEST_PAGE(0)) / (GUEST_PAGE(1) - GUEST_PAGE(0));
}

static void do_cpuid(u64 n)
{
	u32 regs[4];

	while (n--)
		cpuid(0, 0, regs);
}

static void leaves_in_turn(u64 n, u32 leaves)
{
	u32 regs[4];
	u64 i;

	for (i = 0; i < n; i++)
		cpuid(GUEST_LEAF + i % leaves, 0, regs);
}

static void do_keys_64(u64 n)
{
	leaves_in_turn(n, 64);
}

static void do_keys_65(u64 n)
{
	leaves_in_turn(n, 65);
}

static void do_keys_10000(u64 n)
{
	u32 regs[4];
	u64 i;

	for (i = 0; i < n; i++)
		cpuid(i & 1 ? GUEST_LEAF + i / 2 % 8 : GUEST_LEAF + 100 + i / 2 % 10000, 0, regs);
}

/*
 * Computes for a while, so that the host's interrupts arrive in the guest, then executes
 * a CPUID.  Interrupts are on, because Bochs delays the host's interrupts otherwise.
 */
static void do_spin(u64 n)
{
	u64 start;

	asm volatile("sti");
	while (n--) {
		start = rdtsc();
		while (rdtsc() - start < self()->spin)
			;
		do_cpuid(1);
	}
	asm volatile("cli");
}

static void do_signals(u64 n)
{
	do_cpuid(n);
}

static void do_pio_out(u64 n)
{
	while (n--)
		outb(PORT_NULL, 0);
}

static void do_pio_in(u64 n)
{
	while (n--)
		inb(PORT_NULL);
}

static void do_mmio_read(u64 n)
{
	while (n--)
		*(volatile u32 *)GUEST_MMIO;
}

static void do_mmio_write(u64 n)
{
	while (n--)
		*(volatile u32 *)GUEST_MMIO = 0;
}

static void do_msr_read(u64 n)
{
	while (n--)
		rdmsr(MSR_APIC_BASE);
}

static void do_msr_write(u64 n)
{
	while (n--)
		wrmsr(MSR_BIOS_UPDT_TRIG, 0);
}

static void do_msr_unknown(u64 n)
{
	while (n--)
		rdmsr(MSR_UNKNOWN);
}

static void do_msr_unknown_write(u64 n)
{
	while (n--)
		wrmsr(MSR_UNKNOWN, 0);
}

static void do_hlt(u64 n)
{
	while (n--)
		asm volatile("hlt");
}

static void do_rdpmc(u64 n)
{
	u32 low, high;

	while (n--)
		asm volatile("rdpmc" : "=a"(low), "=d"(high) : "c"(0x1dead));
}

static void do_wbinvd(u64 n)
{
	while (n--)
		asm volatile("wbinvd");
}

/* On SVM KVM patches the instruction to VMMCALL at its first execution. */
static void do_hypercall(u64 n)
{
	u64 ret;

	while (n--)
		asm volatile("vmcall" : "=a"(ret) : "0"(HYPERCALL_UNKNOWN) : "memory");
}

/* Fixed, physical, no shorthand: KVM handles this in the fastpath. */
static void do_icr_write(u64 n)
{
	while (n--)
		wrmsr(MSR_X2APIC_ICR, 0xeeull << 32 | 0x40);
}

static void do_tsc_deadline(u64 n)
{
	wrmsr(MSR_X2APIC_LVTT, LVTT_TSC_DEADLINE | 0x40);
	while (n--)
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + (1ull << 31));
	wrmsr(MSR_TSC_DEADLINE, 0);
}

/* HLT until the APIC's timer wakes the vCPU. */
static void do_hlt_timer(u64 n)
{
	struct guest_page *page = self();
	u64 start;

	wrmsr(MSR_X2APIC_SVR, SVR_ENABLED);
	wrmsr(MSR_X2APIC_LVTT, TIMER_VECTOR);
	wrmsr(MSR_X2APIC_TDCR, TDCR_1);
	while (n--) {
		wrmsr(MSR_X2APIC_TMICT, page->timer);
		start = rdtsc();
		asm volatile("sti; hlt; cli" : : : "memory");
		page->waited += rdtsc() - start;
	}
}

/*
 * Store to the next page of lazy memory.  Interrupts are on, because only then does KVM
 * let a vCPU wait for an asynchronous page fault.
 */
static void do_touch(u64 n)
{
	struct guest_page *page = self();
	u64 start;

	asm volatile("sti");
	while (n--) {
		start = rdtsc();
		*(volatile u8 *)(GUEST_LAZY + (page->touched++ % page->lazy_pages) * 4096ull) = 1;
		page->waited += rdtsc() - start;
	}
	asm volatile("cli");
}

/* All ways of leaving the guest for a while, one after the other. */
static void do_mixed(u64 n)
{
	while (n--) {
		do_cpuid(8);
		do_hlt_timer(1);
		do_touch(2);
		do_pio_out(1);
	}
}

static void do_nested(u64 n)
{
	const u64 fs = self()->self;
	const u32 vcpu = this_vcpu();

	if (self()->isa == KVM_EXITSTAT_ISA_VMX)
		nested_vmx(n, GUEST_NESTED(vcpu), fs);
	else
		nested_svm(n, GUEST_NESTED(vcpu), fs);
}

/*
 * KVM emulates a whole REP INS in one exit, but REP OUTS one byte an exit, after which it
 * enters at the same instruction again.  After the last byte of either it also enters
 * there, with rCX 0: see ends_of_rep().
 */
static void do_pio_string(u64 n)
{
	static u8 bytes[GUEST_STRING];
	u64 count;
	void *at;

	while (n) {
		at = bytes;
		count = sizeof(bytes);
		asm volatile("rep insb" : "+D"(at), "+c"(count) : "d"(PORT_NULL) : "memory");
		n--;
		at = bytes;
		count = n < sizeof(bytes) ? n : sizeof(bytes);
		n -= count;
		asm volatile("rep outsb" : "+S"(at), "+c"(count) : "d"(PORT_NULL) : "memory");
	}
}

/* A function that returns a constant; the constant is overwritten before each call. */
static void do_smc(u64 n)
{
	static u8 code[GUEST_VCPUS][64] __attribute__((aligned(64)));
	u8 *const at = code[this_vcpu()];
	u32 i, value;

	at[0] = 0xb8;		/* mov $0, %eax */
	at[5] = 0xc3;		/* ret */
	for (i = 0; i < n; i++) {
		*(volatile u32 *)(at + 1) = i;
		asm volatile("call *%1" : "=a"(value) : "r"(at) : "memory");
		self()->stale += value != i;
		do_cpuid(1);
	}
}

/* KVM does not let the guest change CR4.MCE on either ISA, so each change exits. */
static void do_cr_access(u64 n)
{
	u64 cr4;

	asm volatile("mov %%cr4, %0" : "=r"(cr4));
	while (n--) {
		cr4 ^= CR4_MCE;
		asm volatile("mov %0, %%cr4" : : "r"(cr4));
	}
}

/* Each access exits, because the VMM debugs the guest. */
static void do_dr_access(u64 n)
{
	while (n--)
		asm volatile("mov %0, %%dr0" : : "r"(0ul));
}

static void do_ud(u64 n)
{
	set_gate(UD_VECTOR, (u64)ud_handler);
	while (n--)
		asm volatile("ud2");
}

/* Pages are fresh at the first store, and again each time all have been stored to. */
static void store_to_pages(u64 n, u32 pages)
{
	volatile u8 *const memory = (u8 *)(GUEST_LAZY + this_vcpu() * pages * 4096ull);
	u64 i;

	for (i = 0; i < n; i++) {
		if (i % pages == 0)
			outb(PORT_STEP, 0);
		memory[i % pages * 4096] = 1;
	}
}

static void do_fault_storm(u64 n)
{
	store_to_pages(n, GUEST_STORM_PAGES);
}

static void do_dirty_log(u64 n)
{
	store_to_pages(n, GUEST_LOG_PAGES);
}

/*
 * PAUSE for three times as long as KVM allows, because another exit may restart the
 * count.  KVM doubles the allowed time at each PAUSE exit, until the vCPU's thread is
 * scheduled again; the HLT makes that happen.
 */
static void do_pause_loop(u64 n)
{
	const u32 pauses = 3 * self()->spin;
	u32 i;

	while (n--) {
		do_hlt_timer(1);
		for (i = 0; i < pauses; i++)
			asm volatile("pause");
	}
}

/*
 * Only one IPI circulates, because two IPIs on the way to one vCPU could merge into one.
 * Interrupts are on only while waiting.  All vCPUs meet at the step, so that every APIC is
 * on when the first IPI comes.
 */
static void do_ipi(u64 n)
{
	struct guest_page *page = self();
	const u32 first = this_vcpu() == 0;
	u32 ipis = page->ipis;

	set_gate(IPI_VECTOR, (u64)ipi_handler);
	wrmsr(MSR_X2APIC_SVR, SVR_ENABLED);
	outb(PORT_STEP, 0);
	while (n--) {
		if (first)
			wrmsr(MSR_X2APIC_ICR, (u64)page->next << 32 | IPI_VECTOR);
		ipis++;
		while (page->ipis != ipis)
			asm volatile("sti; hlt; cli" : : : "memory");
		if (!first)
			wrmsr(MSR_X2APIC_ICR, (u64)page->next << 32 | IPI_VECTOR);
	}
}

/* At a step the VMM waits until it has moved the vCPU again. */
static void do_migrate(u64 n)
{
	const u64 stride = GUEST_STRIDE(n);
	u64 i;

	for (i = 0; i < n; i++) {
		if (i % stride == 0)
			outb(PORT_STEP, 0);
		do_spin(1);
	}
}

/* The VMM adds vCPUs from the first step on; by the second step they run. */
static void do_hot_add(u64 n)
{
	do_cpuid(n / 4);
	outb(PORT_STEP, 0);
	do_cpuid(n - n / 4 * 2);
	outb(PORT_STEP, 0);
	do_cpuid(n / 4);
}

/* The VMM does everything. */
static void do_failed_entry(u64 n)
{
	(void)n;
}

static void (*const workloads[])(u64 n) = {
#define WORKLOAD(name, ...) [W_##name] = do_##name,
#include "workloads.def"
};

static void count(void (*workload)(u64 n), u64 n)
{
	workload(GUEST_WARM_UP);
	outb(PORT_WARM, 0);
	workload(n);
	outb(PORT_DONE, 0);
}

static void measure(void (*workload)(u64 n), u64 n, struct guest_page *page)
{
	u64 start;
	u32 i;

	workload(WARM_UP_MEASURE);
	start = rdtsc();
	workload(n);
	page->cycles = rdtsc() - start;

	for (i = 0; i < page->samples; i++)
		page->sample[i] = 0;
	for (i = 0; i < page->samples; i++) {
		start = rdtsc();
		workload(1);
		page->sample[i] = rdtsc() - start;
	}
	outb(PORT_DONE, 0);
}

static void loop(void (*workload)(u64 n), struct guest_page *page)
{
	for (;;) {
		while (!page->stop)
			workload(1);
		outb(PORT_DONE, 0);
	}
}

static void ask(struct guest_page *page)
{
	for (;;) {
		cpuid(page->leaf, page->sub, page->regs);
		outb(PORT_DONE, 0);
	}
}

static void query(struct guest_page *page)
{
	struct query *q;

	for (;;) {
		for (q = page->query; q < page->query + page->queries; q++)
			cpuid(q->leaf, q->sub, q->regs);
		outb(PORT_DONE, 0);
	}
}

static void watch(u64 n, struct guest_page *page)
{
	u64 reading, last = 0;
	u32 regs[4];

	page->backward = 0;
	while (n--) {
		cpuid(page->leaf, page->sub, regs);
		reading = regs[0] | (u64)regs[1] << 32;
		if (reading < last)
			page->backward++;
		last = reading;
	}
	page->reading = last;
	outb(PORT_DONE, 0);
}

static void check_tsc(struct guest_page *page)
{
	const u64 now = rdtsc();

	if (now < page->reading)
		page->backward++;
	page->reading = now;
}

/* Before each reading: a CPUID, which KVM handles, or an OUT, which the VMM handles */
static void watch_tsc(u64 n, struct guest_page *page)
{
	u32 regs[4];
	u64 i;

	for (;;) {
		for (i = 0; i < n; i++) {
			if (i % 4)
				cpuid(0, 0, regs);
			else
				outb(PORT_NULL, 0);
			check_tsc(page);
		}
		/* The last readings are long after the last entry, so that its time stamp will not do. */
		for (i = 0; i < 1000; i++)
			check_tsc(page);
		outb(PORT_DONE, 0);
	}
}

static void set_idt(void)
{
	const struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1, (u64)idt };

	set_gate(GP_VECTOR, (u64)gp_handler);
	set_gate(TIMER_VECTOR, (u64)timer_handler);
	asm volatile("lidt %0" : : "m"(pointer), "m"(idt));
}

void guest_main(u64 mode, u64 workload, u64 n, u64 vcpu);
void guest_main(u64 mode, u64 workload, u64 n, u64 vcpu)
{
	struct guest_page *page = (void *)GUEST_PAGE(vcpu);

	set_idt();
	switch (mode) {
	case MODE_COUNT:
		count(workloads[workload], n);
		break;
	case MODE_MEASURE:
		measure(workloads[workload], n, page);
		break;
	case MODE_LOOP:
		loop(workloads[workload], page);
		break;
	case MODE_ASK:
		ask(page);
		break;
	case MODE_WATCH:
		watch(n, page);
		break;
	case MODE_QUERY:
		query(page);
		break;
	case MODE_TSC:
		watch_tsc(n, page);
		break;
	}
}
