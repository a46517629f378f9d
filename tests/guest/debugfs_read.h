/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a vCPU's file exitstat in debugfs; docs/abi.md has the format. */
#ifndef DEBUGFS_READ_H
#define DEBUGFS_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "books.h"

/**
 * struct exitstat_file - what the file says
 * @isa: KVM_EXITSTAT_ISA_*
 * @vcpu: KVM's vcpu_id
 * @counting: whether exits are being counted
 * @histograms: whether histograms are being kept
 * @untrusted: whether the host's TSC is unstable
 * @id: of the VM's counters
 * @tsc_khz: cycles in a millisecond
 * @torn: readings that were kept though an exit was half settled, host-wide
 * @counts: the exits of @books once more, as other counters have them
 * @histogram: of each row's finished exits, by bucket
 */
struct exitstat_file {
	unsigned int isa;
	unsigned int vcpu;
	bool counting;
	bool histograms;
	bool untrusted;
	uint64_t id;
	uint64_t tsc_khz;
	uint64_t torn;
	struct books books;
	struct counts counts;
	uint32_t histogram[NR_ROWS][KVM_EXITSTAT_BUCKETS];
};

/* Parse @text, which is cut up; false with @why if it is not that format. */
bool exitstat_parse(char *text, struct exitstat_file *file, char *why,
		    size_t size);

/* Read and parse @path; false with @why, one sentence without a full stop. */
bool exitstat_read(const char *path, struct exitstat_file *file, char *why,
		   size_t size);

#endif /* DEBUGFS_READ_H */
