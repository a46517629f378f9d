/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: which rows of a reading are shown, in which order.
 */
#ifndef EXITSTAT_MODEL_TABLE_H
#define EXITSTAT_MODEL_TABLE_H

#include <asm/kvm_exitstat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/reading.h"

struct regions;
struct stat_run;

/**
 * struct subject - the VM that a host's reading describes
 * @name: QEMU's name for the VM, "" if it has none
 * @pid: its process, 0 if unknown
 * @dir: its folder in debugfs, "" if unknown
 * @qmp: the QMP socket through which it was read, or NULL
 */
struct subject {
	const char *name;
	pid_t pid;
	const char *dir;
	const char *qmp;
};

/* What rows are sorted by: KVM_EXITSTAT_V_*, or the mean. */
#define SORT_MEAN	KVM_EXITSTAT_NR_V

/* The same as words, up to NULL */
extern const char *const sort_words[SORT_MEAN + 2];

/**
 * struct view - what is shown of a reading, and how
 * @r: the reading, or the difference of two
 * @only: by row, whether to show it; NULL: show all
 * @zero_rows: also show rows in which all is 0
 * @sort: KVM_EXITSTAT_V_* or SORT_MEAN
 * @json: as JSON
 * @cycles: text shows TSC cycles instead of times
 * @run: the command or interval that the numbers belong to, NULL for none
 * @subject: on a host, what was read; NULL in a guest
 * @regions: QEMU's names for ports and addresses, for keys; NULL for none
 * @time_ns: time of the last reading, since 1970
 * @series: one of several, at INTERVAL: JSON is one line, and text has the time
 * @width: width of the terminal for text, 0 for none
 */
struct view {
	const struct reading *r;
	const bool *only;
	bool zero_rows;
	unsigned int sort;
	bool json;
	bool cycles;
	const struct stat_run *run;
	const struct subject *subject;
	const struct regions *regions;
	uint64_t time_ns;
	bool series;
	int width;
};

/**
 * struct table - the rows that are shown
 * @view: the view
 * @lines: reasons, sorted; then "other", "none" and the total, as far as they are shown
 * @nr: number of entries in @lines
 * @exits: exits of all rows, shown or not; SHARE is a share of this
 * @kernel: kernel cycles of all rows; KSHARE is a share of this
 */
struct table {
	const struct view *view;
	const struct row *lines[MAX_ROWS + 3];
	unsigned int nr;
	double exits;
	double kernel;
};

void table_fill(struct table *t, const struct view *view);
const char *row_name(const struct row *row);
double exits_per_second(const struct view *view, uint64_t exits);
/* LONGEST is kept while histograms are kept; afterwards its value remains. */
bool longest_is_kept(const struct reading *r);
void share_text(char *text, size_t size, double part, double whole);

#endif /* EXITSTAT_MODEL_TABLE_H */
