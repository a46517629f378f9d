/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-exitstat: the slots of reasons
 */
#ifndef __KVM_X86_EXITSTAT_SLOTS_H
#define __KVM_X86_EXITSTAT_SLOTS_H

#include <linux/kvm_host.h>

#include "exitstat.h"

/* Size of a reason's number as text, including the final NUL */
#define KVM_EXITSTAT_NUMBER_SIZE	sizeof("4294967295")

void kvm_exitstat_slots_setup(u32 isa, const kvm_exitstat_handler_t *handlers, u32 nr);
u32 kvm_exitstat_isa(void);
u32 kvm_exitstat_named_slot(u64 reason);
bool kvm_exitstat_handled(u32 slot);
unsigned int kvm_exitstat_edition(u32 slot);
const char *kvm_exitstat_slot_number(u32 slot, char buf[KVM_EXITSTAT_NUMBER_SIZE]);
const char *kvm_exitstat_slot_name(u32 slot);

#endif /* __KVM_X86_EXITSTAT_SLOTS_H */
