/* SPDX-License-Identifier: GPL-2.0-only */
/* Readings of the ledger, and the audit that each VM gets at its end. */
#ifndef AUDIT_H
#define AUDIT_H

#include "vm.h"

/**
 * struct reading - the file exitstat of a vCPU
 * @before: TSC before the reading
 * @after: TSC after the reading, which is of a moment between the two
 */
struct reading {
	struct exitstat_file file;
	uint64_t before, after;
};

/* Read the file; ends the program if there is none. */
void take_reading(const struct vcpu *vcpu, struct reading *reading);

/*
 * Whether the ledger is consistent, and its lifetime agrees with our own readings of the
 * TSC around the vCPU's creation and around the reading.
 */
bool reading_holds(const struct vcpu *vcpu, const struct reading *reading,
		   const char *who);

/* Make the queries for a whole set, KVM_EXITSTAT_LEAF_LIVE, _VCPU or _FROZEN. */
unsigned int make_queries(uint32_t set, struct query *queries);

/* Turn their answers into books; @id is edx of all answers; false if those differ. */
bool answered_books(const struct query *queries, struct books *books, uint32_t *id);

/*
 * Let @vcpu's guest take a snapshot and read all of it.  @id: the snapshot's id.
 * False, with a FAIL line, if there is no id, or if an answer has another id.
 */
bool take_snapshot(struct vcpu *vcpu, struct books *books, uint32_t *id,
		   const char *who);

/*
 * Audit a stopped VM, once, before it is destroyed: compare each vCPU's file, and a
 * snapshot that its first vCPU takes, with each other and with the clock.  FAIL lines
 * say what is wrong.
 */
bool audit_vm(struct vm *vm, const char *who);
/* The same with the files only, so that no vCPU makes an exit. */
bool audit_files(struct vm *vm, const char *who);

/* Print the sum of all audits: "svm: 3 vCPUs, ..."; true if it balances. */
bool audit_print(uint64_t least_exits);

#endif /* AUDIT_H */
