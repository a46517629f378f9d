/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a vCPU's file exitstat in the host's debugfs, as a reading.
 * docs/abi.md has the format.
 */
#ifndef EXITSTAT_DEBUGFS_H
#define EXITSTAT_DEBUGFS_H

#include "tool.h"

/**
 * struct debugfs_vcpu - what the file of one vCPU says
 * @reading: its counters.  Of @layout, @snapshot, @host, @hist and each row's
 *	@handled the file says nothing: they are 0.  A reason that has no row
 *	here is in @other.
 * @vcpu: KVM's vcpu_id
 * @torn: readings of any vCPU that were kept though an exit was half settled
 */
struct debugfs_vcpu {
	struct reading reading;
	uint32_t vcpu;
	uint64_t torn;
};

/*
 * Parse @text, which is cut up.  -1 where it is not of the format; @why has room
 * for @size bytes of what is wrong, a part of a sentence.
 */
int debugfs_parse(char *text, struct debugfs_vcpu *v, char *why, size_t size);

/*
 * Read and parse the file @path.  0, or a negative errno, or 1 after a sentence
 * in @why: it is not of the format.
 */
int debugfs_read(const char *path, struct debugfs_vcpu *v, char *why,
		 size_t size);

/* All of the file @path, to be freed; NULL with errno. */
char *read_whole(const char *path);

/* Whether the exits of all rows are those of the total, as docs/abi.md says. */
bool debugfs_exits_add_up(const struct reading *r);

#endif /* EXITSTAT_DEBUGFS_H */
