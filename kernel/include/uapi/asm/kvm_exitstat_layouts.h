/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * VM exit accounting: the legacy CPUID leaves and their layouts.
 */
#ifndef _UAPI_ASM_X86_KVM_EXITSTAT_LAYOUTS_H
#define _UAPI_ASM_X86_KVM_EXITSTAT_LAYOUTS_H

/*
 * The legacy leaves: the layout in force, ecx of LEAF_FEATURES, says what each of them holds.
 * One that is not in it answers zeros.
 */
#define KVM_EXITSTAT_LEGACY_C		0x4ffffffcu
#define KVM_EXITSTAT_LEGACY_D		0x4ffffffdu
#define KVM_EXITSTAT_LEGACY_E		0x4ffffffeu
#define KVM_EXITSTAT_LEGACY_F		0x4fffffffu

#define KVM_EXITSTAT_LAYOUT_2020	2020u
#define KVM_EXITSTAT_LAYOUT_2021	2021u
#define KVM_EXITSTAT_LAYOUT_2022	2022u

#endif /* _UAPI_ASM_X86_KVM_EXITSTAT_LAYOUTS_H */
