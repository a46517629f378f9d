/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: reads a file exitstat in the host's debugfs.
 * docs/abi.md describes the format.
 */
#ifndef EXITSTAT_DEBUGFS_H
#define EXITSTAT_DEBUGFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/reading.h"

/**
 * struct debugfs_file - the contents of a vCPU's, a VM's or the host's file
 * @reading: the counters.  The file has no @layout, @snapshot, @host, nor @handled for a
 *	row: they are 0.  A reason that has no row here is in @other.
 * @sum: the file is a VM's or the host's
 * @vcpu: KVM's vcpu_id, if the file is a vCPU's
 * @torn: number of readings that KVM made, of any vCPU, although an exit was half settled
 */
struct debugfs_file {
	struct reading reading;
	bool sum;
	uint32_t vcpu;
	uint64_t torn;
};

/*
 * Parse @text, which is modified.  0, or -1 if @text does not have the format; @why, of
 * @size bytes, gets what is wrong, a part of a sentence.
 */
int debugfs_parse(char *text, struct debugfs_file *v, char *why, size_t size);

/*
 * Parse the histogram of @r's @hist_of.  @text is another copy of the text that @r was
 * parsed from.  Otherwise as debugfs_parse().
 */
int debugfs_parse_hist(char *text, struct reading *r, char *why, size_t size);

/*
 * Read and parse the file @path, with the histogram of @hist, a reason, "total" or
 * "other", unless @hist is NULL.  0, or a negative errno, or 1 with a sentence in @why if
 * the file does not have the format or has no such histogram.
 */
int debugfs_read(const char *path, const char *hist, struct debugfs_file *v,
		 char *why, size_t size);

/* Whether the exits of all rows add up to the total, as docs/abi.md says they do. */
bool debugfs_exits_add_up(const struct reading *r);

/*
 * A number of such a file: decimal, or hexadecimal after 0x, up to 2^64 - 1, and nothing
 * else.  @word may be NULL, which is none.
 */
bool debugfs_number(const char *word, uint64_t *number);

#endif /* EXITSTAT_DEBUGFS_H */
