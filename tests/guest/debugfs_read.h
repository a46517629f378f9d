/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a vCPU's file exitstat in debugfs; docs/abi.md has the format. */
#ifndef DEBUGFS_READ_H
#define DEBUGFS_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "books.h"

/**
 * struct exitstat_file - the contents of the file
 * @isa: KVM_EXITSTAT_ISA_*
 * @vcpu: KVM's vcpu_id
 * @counting: exits are being counted
 * @histograms: histograms are being kept
 * @untrusted: the host's TSC is unstable
 * @id: id of the VM's counters
 * @tsc_khz: TSC cycles in a millisecond
 * @torn: number of readings, on the whole host, made although an exit was half settled
 * @counts: the exits of @books again, in the format of other counters
 * @histogram: each row's finished exits, by bucket
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

/* Parse @text, which is modified; false with @why if it does not have the format. */
bool exitstat_parse(char *text, struct exitstat_file *file, char *why,
		    size_t size);

/* Read and parse @path; false with @why, one sentence without a full stop. */
bool exitstat_read(const char *path, struct exitstat_file *file, char *why,
		   size_t size);

#endif /* DEBUGFS_READ_H */
