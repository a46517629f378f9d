/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a file exitstat in the host's debugfs, as a reading.
 * docs/abi.md has the format.
 */
#ifndef EXITSTAT_DEBUGFS_H
#define EXITSTAT_DEBUGFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/reading.h"

/**
 * struct debugfs_file - what the file of a vCPU, a VM or the host says
 * @reading: its counters.  Of @layout, @snapshot, @host and each row's @handled
 *	the file says nothing: they are 0.  A reason that has no row here is in
 *	@other.
 * @sum: it is the file of a VM or of the host
 * @vcpu: KVM's vcpu_id, of a vCPU's file
 * @torn: readings of any vCPU that were kept though an exit was half settled
 */
struct debugfs_file {
	struct reading reading;
	bool sum;
	uint32_t vcpu;
	uint64_t torn;
};

/*
 * Parse @text, which is cut up.  -1 where it is not of the format; @why has room
 * for @size bytes of what is wrong, a part of a sentence.
 */
int debugfs_parse(char *text, struct debugfs_file *v, char *why, size_t size);

/*
 * Parse the histogram of @r's @hist_of, in @text, which is cut up and of which @r
 * has been parsed before.  As debugfs_parse().
 */
int debugfs_parse_hist(char *text, struct reading *r, char *why, size_t size);

/*
 * Read and parse the file @path; with the histogram of @hist, a reason, "total" or
 * "other", where that is not NULL.  0, or a negative errno, or 1 after a sentence
 * in @why: it is not of the format, or has no such histogram.
 */
int debugfs_read(const char *path, const char *hist, struct debugfs_file *v,
		 char *why, size_t size);

/* Whether the exits of all rows are those of the total, as docs/abi.md says. */
bool debugfs_exits_add_up(const struct reading *r);

#endif /* EXITSTAT_DEBUGFS_H */
