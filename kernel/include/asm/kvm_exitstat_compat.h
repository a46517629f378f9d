/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: what older kernels lack, with the commit that brought it.  Included after
 * linux/kvm_host.h.
 */
#ifndef _ASM_X86_KVM_EXITSTAT_COMPAT_H
#define _ASM_X86_KVM_EXITSTAT_COMPAT_H

#include <linux/version.h>

/* 6.8: 16f95f3b95ca ("KVM: Add KVM_EXIT_MEMORY_FAULT exit to report faults to userspace") */
#ifndef KVM_EXIT_MEMORY_FAULT
#define KVM_EXIT_MEMORY_FAULT		39
#endif

/* 6.12: cd9626e9ebc7 ("sched: Fix external p->on_rq users") */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define task_is_runnable(task)		((task)->on_rq)
#endif

/*
 * 6.19: KVM's Makefile refuses every other export, fc4d3a6558af ("KVM: x86: Enforce use of
 * EXPORT_SYMBOL_FOR_KVM_INTERNAL").
 */
#ifndef EXPORT_SYMBOL_FOR_KVM_INTERNAL
#define EXPORT_SYMBOL_FOR_KVM_INTERNAL(symbol)	EXPORT_SYMBOL_GPL(symbol)
#endif

/* 6.16: TDX */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define is_td_vcpu(vcpu)		((void)(vcpu), false)
#define vmx_get_exit_reason(vcpu)	(to_vmx(vcpu)->exit_reason)
#endif

#ifndef EXIT_REASON_MSR_READ_IMM
#define EXIT_REASON_MSR_READ_IMM	84
#define EXIT_REASON_MSR_WRITE_IMM	85
#endif

#endif /* _ASM_X86_KVM_EXITSTAT_COMPAT_H */
