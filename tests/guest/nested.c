// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest as a hypervisor: its own guest (L2) executes CPUID again and again, at the
 * same instruction, and each time the guest handles the exit.  L2 shares all registers and
 * memory, and uses no stack.  An error ends in a triple fault, which the VMM reports.
 */
#include "guest.h"
#include "nested.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define MSR_EFER		0xc0000080
#define EFER_SVME		(1u << 12)
#define MSR_VM_HSAVE_PA		0xc0010117
#define MSR_FEATURE_CONTROL	0x3a
#define FEATURE_LOCKED_VMXON	0x5
#define MSR_VMX_BASIC		0x480
#define MSR_VMX_PIN		0x481
#define MSR_VMX_PROC		0x482
#define MSR_VMX_EXIT		0x483
#define MSR_VMX_ENTRY		0x484
#define CR4_VMXE		(1ul << 13)

/* APM vol. 2, appendix B: offsets in the VMCB */
#define VMCB_INTERCEPT_3	0x00c
#define INTERCEPT_CPUID		(1u << 18)
#define INTERCEPT_SHUTDOWN	(1u << 31)
#define VMCB_INTERCEPT_4	0x010
#define INTERCEPT_VMRUN		(1u << 0)
#define VMCB_ASID		0x058
#define VMCB_EXIT_CODE		0x070
#define VMCB_SEGMENTS		0x400	/* ES, CS, SS, DS, FS, GS */
#define VMCB_GDTR		0x460
#define VMCB_IDTR		0x480
#define VMCB_TR			0x490
#define VMCB_EFER		0x4d0
#define VMCB_CR4		0x548
#define VMCB_CR3		0x550
#define VMCB_CR0		0x558
#define VMCB_DR7		0x560
#define VMCB_DR6		0x568
#define VMCB_RFLAGS		0x570
#define VMCB_RIP		0x578
#define VMCB_PAT		0x668
#define ATTRIBUTES_CODE		0xa9b
#define ATTRIBUTES_DATA		0xc93
#define ATTRIBUTES_TSS		0x08b

/* SDM vol. 3, appendix B: encodings of the VMCS's fields */
#define VMCS_GUEST_SELECTOR	0x0800	/* ES, CS, SS, DS, FS, GS, LDTR, TR */
#define VMCS_HOST_SELECTOR	0x0c00	/* ES to GS, TR */
#define VMCS_LINK		0x2800
#define VMCS_PIN		0x4000
#define VMCS_PROC		0x4002
#define VMCS_EXIT		0x400c
#define VMCS_ENTRY		0x4012
#define VMCS_REASON		0x4402
#define VMCS_GUEST_LIMIT	0x4800	/* as the selectors; then GDTR, IDTR */
#define VMCS_GUEST_ACCESS	0x4814
#define VMCS_GUEST_CR0		0x6800	/* CR0, CR3, CR4 */
#define VMCS_GUEST_BASE		0x6806	/* as the limits */
#define VMCS_GUEST_DR7		0x681a
#define VMCS_GUEST_RSP		0x681c
#define VMCS_GUEST_RIP		0x681e
#define VMCS_GUEST_RFLAGS	0x6820
#define VMCS_HOST_CR0		0x6c00	/* CR0, CR3, CR4, FS, GS, TR, GDTR, IDTR */
#define VMCS_HOST_RSP		0x6c14
#define VMCS_HOST_RIP		0x6c16
#define EXIT_64_BIT		(1u << 9)
#define ENTRY_64_BIT		(1u << 9)
#define REASON_CPUID		10
#define CODE_CPUID		0x72

struct table {
	u16 limit;
	u64 base;
} __attribute__((packed));

static void must(int ok)
{
	if (!ok)
		asm volatile("lidt %0; ud2" : : "m"(*(const struct table *)0));
}

static u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low | (u64)high << 32;
}

static void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)));
}

#define READ_CR(n) ({ u64 value; asm volatile("mov %%cr" #n ", %0" : "=r"(value)); value; })

static void write_cr4(u64 value)
{
	asm volatile("mov %0, %%cr4" : : "r"(value));
}

static void clear(void *page)
{
	u64 *word = page;

	while (word < (u64 *)page + 512)
		*word++ = 0;
}

/* L2's code; it never reaches the second instruction. */
extern char l2_code[];
asm(".text; l2_code: cpuid; ud2");

static void put(u8 *vmcb, u32 offset, u64 value)
{
	*(volatile u64 *)(vmcb + offset) = value;
}

static void put_segment(u8 *vmcb, u32 offset, u16 selector, u16 attributes,
			u32 limit, u64 base)
{
	put(vmcb, offset, selector | (u64)attributes << 16 | (u64)limit << 32);
	put(vmcb, offset + 8, base);
}

static void make_vmcb(u8 *vmcb, u64 fs)
{
	struct table gdt, idt;
	u32 i;

	asm volatile("sgdt %0; sidt %1" : "=m"(gdt), "=m"(idt));
	clear(vmcb);
	*(volatile u32 *)(vmcb + VMCB_INTERCEPT_3) = INTERCEPT_CPUID | INTERCEPT_SHUTDOWN;
	*(volatile u32 *)(vmcb + VMCB_INTERCEPT_4) = INTERCEPT_VMRUN;
	*(volatile u32 *)(vmcb + VMCB_ASID) = 1;
	for (i = 0; i < 6; i++)
		put_segment(vmcb, VMCB_SEGMENTS + i * 16, i == 1 ? GUEST_CS : GUEST_DS,
			    i == 1 ? ATTRIBUTES_CODE : ATTRIBUTES_DATA, ~0u,
			    i == 4 ? fs : 0);
	put_segment(vmcb, VMCB_GDTR, 0, 0, gdt.limit, gdt.base);
	put_segment(vmcb, VMCB_IDTR, 0, 0, idt.limit, idt.base);
	put_segment(vmcb, VMCB_TR, GUEST_TR, ATTRIBUTES_TSS, 0x67, 0);
	put(vmcb, VMCB_EFER, rdmsr(MSR_EFER));
	put(vmcb, VMCB_CR0, READ_CR(0));
	put(vmcb, VMCB_CR3, READ_CR(3));
	put(vmcb, VMCB_CR4, READ_CR(4));
	put(vmcb, VMCB_DR6, 0xffff0ff0);
	put(vmcb, VMCB_DR7, 0x400);
	put(vmcb, VMCB_RFLAGS, 2);
	put(vmcb, VMCB_RIP, (u64)l2_code);
	put(vmcb, VMCB_PAT, 0x0007040600070406);
}

void nested_svm(u64 n, u64 pages, u64 fs)
{
	u8 *vmcb = (u8 *)pages;
	u64 rax;

	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, pages + 0x1000);
	make_vmcb(vmcb, fs);
	while (n--) {
		asm volatile("vmrun; stgi" : "=a"(rax) : "0"(vmcb)
			     : "rbx", "rcx", "rdx", "cc", "memory");
		must(*(volatile u64 *)(vmcb + VMCB_EXIT_CODE) == CODE_CPUID);
	}
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(u64)EFER_SVME);
}

static void vmwrite(u64 field, u64 value)
{
	u8 failed;

	asm volatile("vmwrite %2, %1; setna %0"
		     : "=qm"(failed) : "r"(field), "r"(value) : "cc");
	must(!failed);
}

static u64 vmread(u64 field)
{
	u64 value;

	asm volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc");
	return value;
}

/* The bits that the MSR requires, and those of @want that it allows. */
static u32 controls(u32 msr, u32 want)
{
	const u64 allowed = rdmsr(msr);

	return (want | (u32)allowed) & (u32)(allowed >> 32);
}

#define VMX_ON_MEMORY(name, address)						\
	({									\
		u8 failed;							\
		u64 memory = address;						\
		asm volatile(name " %1; setna %0"				\
			     : "=qm"(failed) : "m"(memory) : "cc", "memory");	\
		must(!failed);							\
	})

static void make_vmcs(u64 fs)
{
	static const u16 access[8] = {
		0xc093, 0xa09b, 0xc093, 0xc093, 0xc093, 0xc093, 0, 0x8b,
	};
	struct table gdt, idt;
	u32 i;

	asm volatile("sgdt %0; sidt %1" : "=m"(gdt), "=m"(idt));
	vmwrite(VMCS_PIN, controls(MSR_VMX_PIN, 0));
	vmwrite(VMCS_PROC, controls(MSR_VMX_PROC, 0));
	vmwrite(VMCS_EXIT, controls(MSR_VMX_EXIT, EXIT_64_BIT));
	vmwrite(VMCS_ENTRY, controls(MSR_VMX_ENTRY, ENTRY_64_BIT));
	vmwrite(VMCS_LINK, ~0ull);
	for (i = 0; i < 8; i++) {
		vmwrite(VMCS_GUEST_SELECTOR + 2 * i, i == 1 ? GUEST_CS :
			i == 6 ? 0 : i == 7 ? GUEST_TR : GUEST_DS);
		vmwrite(VMCS_GUEST_LIMIT + 2 * i, i >= 6 ? 0x67 : ~0u);
		vmwrite(VMCS_GUEST_ACCESS + 2 * i, i == 6 ? 0x10000 : access[i]);
		vmwrite(VMCS_GUEST_BASE + 2 * i, i == 4 ? fs : 0);
	}
	vmwrite(VMCS_GUEST_LIMIT + 16, gdt.limit);
	vmwrite(VMCS_GUEST_LIMIT + 18, idt.limit);
	vmwrite(VMCS_GUEST_BASE + 16, gdt.base);
	vmwrite(VMCS_GUEST_BASE + 18, idt.base);
	for (i = 0; i < 7; i++)
		vmwrite(VMCS_HOST_SELECTOR + 2 * i, i == 1 ? GUEST_CS :
			i == 6 ? GUEST_TR : GUEST_DS);
	for (i = 0; i < 2; i++) {
		const u32 first = i ? VMCS_HOST_CR0 : VMCS_GUEST_CR0;

		vmwrite(first, READ_CR(0));
		vmwrite(first + 2, READ_CR(3));
		vmwrite(first + 4, READ_CR(4));
	}
	vmwrite(VMCS_HOST_CR0 + 6, fs);
	vmwrite(VMCS_HOST_CR0 + 8, 0);
	vmwrite(VMCS_HOST_CR0 + 10, 0);
	vmwrite(VMCS_HOST_CR0 + 12, gdt.base);
	vmwrite(VMCS_HOST_CR0 + 14, idt.base);
	vmwrite(VMCS_GUEST_DR7, 0x400);
	vmwrite(VMCS_GUEST_RSP, 0);
	vmwrite(VMCS_GUEST_RFLAGS, 2);
	vmwrite(VMCS_GUEST_RIP, (u64)l2_code);
}

/* VMLAUNCH if @first, else VMRESUME; returns after L2's exit. */
static void enter(u64 first)
{
	u8 failed;
	u64 rsp_field = VMCS_HOST_RSP, rip_field = VMCS_HOST_RIP, rip;

	asm volatile("lea 2f(%%rip), %[rip]\n"
		     "	vmwrite %[rip], %[rip_field]\n"
		     "	vmwrite %%rsp, %[rsp_field]\n"
		     "	test %[first], %[first]\n"
		     "	jz 1f\n"
		     "	vmlaunch\n"
		     "	jmp 3f\n"
		     "1:	vmresume\n"
		     "3:	movb $1, %[failed]\n"
		     "	jmp 4f\n"
		     "2:	movb $0, %[failed]\n"
		     "4:\n"
		     : [failed] "=&r"(failed), [rip] "=&r"(rip)
		     : [first] "r"(first), [rsp_field] "r"(rsp_field),
		       [rip_field] "r"(rip_field)
		     : "rax", "rbx", "rcx", "rdx", "cc", "memory");
	must(!failed);
	must(vmread(VMCS_REASON) == REASON_CPUID);
}

void nested_vmx(u64 n, u64 pages, u64 fs)
{
	const u32 revision = rdmsr(MSR_VMX_BASIC) & 0x7fffffff;
	u64 i;

	if (!(rdmsr(MSR_FEATURE_CONTROL) & 1))
		wrmsr(MSR_FEATURE_CONTROL, FEATURE_LOCKED_VMXON);
	write_cr4(READ_CR(4) | CR4_VMXE);
	clear((void *)pages);
	clear((void *)(pages + 0x1000));
	*(volatile u32 *)pages = revision;
	*(volatile u32 *)(pages + 0x1000) = revision;
	VMX_ON_MEMORY("vmxon", pages);
	VMX_ON_MEMORY("vmclear", pages + 0x1000);
	VMX_ON_MEMORY("vmptrld", pages + 0x1000);
	make_vmcs(fs);
	for (i = 0; i < n; i++)
		enter(!i);
	asm volatile("vmxoff" : : : "cc");
	write_cr4(READ_CR(4) & ~CR4_VMXE);
}
