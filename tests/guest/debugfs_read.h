/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a vCPU's file exitstat in debugfs; docs/abi.md has the format. */
#ifndef DEBUGFS_READ_H
#define DEBUGFS_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "counts.h"

/**
 * struct exitstat_file - what the file says
 * @isa: KVM_EXITSTAT_ISA_*
 * @vcpu: KVM's vcpu_id
 * @counting: whether exits are being counted
 * @id: of the VM's counters
 */
struct exitstat_file {
	unsigned int isa;
	unsigned int vcpu;
	bool counting;
	uint64_t id;
	struct counts counts;
};

/* Parse @text, which is cut up; false with @why if it is not that format. */
bool exitstat_parse(char *text, struct exitstat_file *file, char *why,
		    size_t size);

/* Read and parse @path; false with @why, one sentence without a full stop. */
bool exitstat_read(const char *path, struct exitstat_file *file, char *why,
		   size_t size);

#endif /* DEBUGFS_READ_H */
