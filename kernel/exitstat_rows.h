/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM exit accounting: keys of a vCPU or of many, as rows
 */
#ifndef __KVM_X86_EXITSTAT_ROWS_H
#define __KVM_X86_EXITSTAT_ROWS_H

#include "exitstat_keys.h"
#include "exitstat_ledger.h"

/**
 * struct kvm_exitstat_what - what a row is of
 * @value: of a key, as in struct kvm_exitstat_found; or the level
 * @slot: the reason's
 * @access: a letter, 0 for none
 * @size: in bytes, 0 for none
 * @about: these three
 * @class: enum kvm_exitstat_class
 */
struct kvm_exitstat_what {
	u64 value;
	union {
		struct {
			u16 slot;
			char access;
			u8 size;
		};
		u32 about;
	};
	u32 class;
};

/**
 * struct kvm_exitstat_row - a row
 * @what: its reason, value, access and size; class is KVM_EXITSTAT_ROW_*
 * @times: its exits and cycles
 * @error: as in struct kvm_exitstat_key
 */
struct kvm_exitstat_row {
	struct kvm_exitstat_what what;
	struct kvm_exitstat_times times;
	u64 error;
};

/**
 * struct kvm_exitstat_rows - the rows of one reading
 * @nr: number of rows
 * @merged: of these, the first so many have each key once
 * @size: of @row, as allocated
 * @vcpus: number of vCPUs whose keys have begun
 * @torn: number of vCPUs without a consistent reading
 * @period: see kvm_exitstat_keys_period(); without any, there are no rows
 * @floor: for each class, the most exits that a key without an entry may have had
 * @row: sorted by reason, class, value, access and size
 */
struct kvm_exitstat_rows {
	u32 nr;
	u32 merged;
	u32 size;
	u32 vcpus;
	u32 torn;
	u64 period;
	u64 floor[KVM_EXITSTAT_NR_CLASSES];
	struct kvm_exitstat_row *row;
};

struct kvm_exitstat_rows *kvm_exitstat_vcpu_rows(struct kvm_vcpu *vcpu);
struct kvm_exitstat_rows *kvm_exitstat_vm_rows(struct kvm *kvm);
struct kvm_exitstat_rows *kvm_exitstat_host_rows(void);
void kvm_exitstat_free_rows(struct kvm_exitstat_rows *rows);

#endif /* __KVM_X86_EXITSTAT_ROWS_H */
