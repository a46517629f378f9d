/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat top: a row as a line of text, the same for the screen and for batch
 * output.
 */
#ifndef EXITSTAT_TOP_TOP_COLUMNS_H
#define EXITSTAT_TOP_TOP_COLUMNS_H

#include <stddef.h>

#include "model/accounts.h"

struct top;
struct top_row;

#define TOP_COLUMNS	19
#define TOP_LINE	512

/**
 * struct top_layout - the columns that there is room for
 * @width: width of each column, 0 if it is not shown
 * @bar_at: start of the bar in a line
 * @bar: width of the bar, 0 for none
 * @sort_at: start of the title of the column that rows are sorted by
 * @sort: width of that title, 0 if it is not shown
 */
struct top_layout {
	int width[TOP_COLUMNS];
	int bar_at;
	int bar;
	int sort_at;
	int sort;
};

/* A letter for each account, in the order of accounts_of(). */
extern const char top_letters[NR_ACCOUNTS + 1];

void top_lay_out(const struct top *top, int width, struct top_layout *layout);
void top_titles(const struct top *top, struct top_layout *layout,
		char line[TOP_LINE]);
void top_line(const struct top *top, const struct top_layout *layout,
	      const struct top_row *row, char line[TOP_LINE]);
/* The open VM: "VM web1 (4711)" */
void top_vm_text(const struct top *top, char *text, size_t size);
/*
 * What is shown, on one line: "VMs", "VM web1 (4711)", "VM web1 (4711), vCPU 3"; in a
 * guest "this VM"
 */
void top_where(const struct top *top, char *text, size_t size);
/* In a guest: what a reading costs the guest; otherwise "". */
void top_cost(const struct top *top, char *text, size_t size);

#endif /* EXITSTAT_TOP_TOP_COLUMNS_H */
