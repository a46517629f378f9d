/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's entry, GDT and handlers.  The VMM has set up long mode. */
#include "guest.h"

	.section .start, "ax"
	.globl	start
start:				/* rdi: mode, rsi: workload, rdx: n, rcx: vCPU */
	lgdt	gdt_pointer
	call	guest_main
1:	outb	%al, $PORT_DONE	/* run on after its end, it has ended again */
	jmp	1b

	.text
	.globl	gp_handler
gp_handler:			/* skips RDMSR, WRMSR or RDPMC, two bytes each */
	addq	$8, %rsp
	addq	$2, (%rsp)
	iretq

	.globl	timer_handler
timer_handler:			/* ends the interrupt: x2APIC's EOI */
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	movl	$0x80b, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	popq	%rdx
	popq	%rcx
	popq	%rax
	iretq

	.globl	ipi_handler
ipi_handler:			/* counts it, then as the timer's */
	lock; incl %fs:GUEST_PAGE_IPIS
	jmp	timer_handler

	.globl	ud_handler
ud_handler:			/* skips UD2, two bytes */
	addq	$2, (%rsp)
	iretq

	.data
	.balign	8
gdt:	.quad	0
	.quad	0x00af9b000000ffff	/* GUEST_CS */
	.quad	0x00cf93000000ffff	/* GUEST_DS */
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.quad	gdt

	.section .note.GNU-stack, "", @progbits
