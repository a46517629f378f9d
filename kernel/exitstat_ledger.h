/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: the ledger of a vCPU
 */
#ifndef __KVM_X86_EXITSTAT_LEDGER_H
#define __KVM_X86_EXITSTAT_LEDGER_H

#include <linux/kvm_host.h>

#include "exitstat.h"

/* An additional slot in a reading: the total of all slots. */
#define KVM_EXITSTAT_TOTAL	kvm_exitstat_slots

/**
 * struct kvm_exitstat_ledger - the ledger of a vCPU or of many, as read
 * @value: by slot and KVM_EXITSTAT_V_*.  The row TOTAL does not come from the other
 *	   rows: if it differs from their sum in a consistent reading of one vCPU, the
 *	   ledger is wrong.
 * @guest: cycles
 * @lifetime: cycles
 * @outside: cycles
 * @anomalies: number of intervals left out
 */
struct kvm_exitstat_ledger {
	u64 value[KVM_EXITSTAT_MAX_SLOTS + 1][KVM_EXITSTAT_NR_V];
	u64 guest;
	u64 lifetime;
	u64 outside;
	u64 anomalies;
};

extern unsigned int kvm_exitstat_hist;

void kvm_exitstat_init(struct kvm_exitstat *stat);
void kvm_exitstat_begin_hist(struct kvm_exitstat *stat);
void kvm_exitstat_close(struct kvm_exitstat *stat);
void kvm_exitstat_end(struct kvm_exitstat *stat);
u64 kvm_exitstat_value(const struct kvm_exitstat *stat, u32 slot, u32 v);
void kvm_exitstat_read(const struct kvm_exitstat *stat,
		       struct kvm_exitstat_ledger *ledger);
bool kvm_exitstat_read_with(const struct kvm_exitstat *stat, struct kvm_exitstat_ledger *ledger,
			    void (*copy)(const struct kvm_exitstat *stat,
					 const struct kvm_exitstat_ledger *ledger, void *to),
			    void *to);
void kvm_exitstat_add(struct kvm_exitstat_ledger *sum,
		      const struct kvm_exitstat_ledger *ledger);
u64 kvm_exitstat_ledger_value(const struct kvm_exitstat_ledger *ledger, u32 slot,
			      u32 v);
u64 kvm_exitstat_torn(void);

#endif /* __KVM_X86_EXITSTAT_LEDGER_H */
