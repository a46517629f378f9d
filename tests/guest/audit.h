/* SPDX-License-Identifier: GPL-2.0-only */
/* Readings of the ledger, and the audit that each VM gets at its end. */
#ifndef AUDIT_H
#define AUDIT_H

#include "vm.h"

/**
 * struct reading - the file exitstat of a vCPU
 * @before: TSC before it was read
 * @after: and after: the reading is of a moment between
 */
struct reading {
	struct exitstat_file file;
	uint64_t before, after;
};

/* Ends the program where there is no such file. */
void take_reading(const struct vcpu *vcpu, struct reading *reading);

/*
 * Whether the books hold and the lifetime is what it must be by our own TSC
 * from around the vCPU's creation and around the reading.
 */
bool reading_holds(const struct vcpu *vcpu, const struct reading *reading,
		   const char *who);

/* The queries for all of a set, KVM_EXITSTAT_LEAF_LIVE, _VCPU or _FROZEN. */
unsigned int make_queries(uint32_t set, struct query *queries);

/* Their answers as books; @id: edx of all of them; false if they differ. */
bool answered_books(const struct query *queries, struct books *books, uint32_t *id);

/*
 * Have @vcpu's guest take a snapshot and read it whole.  @id: the snapshot's.
 * false with a FAIL line if it has no id, or the answers not all this one.
 */
bool take_snapshot(struct vcpu *vcpu, struct books *books, uint32_t *id,
		   const char *who);

/*
 * Audit a VM none of whose vCPUs runs, once, before it is destroyed: each
 * vCPU's file, then a snapshot that its first vCPU takes, against each other
 * and the clock.  FAIL lines say what does not hold.
 */
bool audit_vm(struct vm *vm, const char *who);
/* The same by the files alone: no vCPU makes an exit. */
bool audit_files(struct vm *vm, const char *who);

/* What audit_vm() and audit_files() have seen: "svm: 3 vCPUs, ..."; true if it balances. */
bool audit_print(uint64_t least_exits);

#endif /* AUDIT_H */
