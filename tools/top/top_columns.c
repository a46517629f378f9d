// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat top: a row as a line of text, the same for the screen and for batch
 * output.
 */
#include <asm/kvm_exitstat.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "lib/columns.h"
#include "lib/text.h"
#include "lib/units.h"
#include "model/accounts.h"
#include "model/keys.h"
#include "model/reasons.h"
#include "model/table.h"
#include "top/top.h"
#include "top/top_columns.h"

#define GAP		2
#define NAME_LEAST	12
#define NAME_MOST	40	/* on a screen */
#define BAR_LEAST	18
#define BAR_MOST	60
#define BAR_BATCH	20

#define ACCOUNT_KERNEL	1	/* in the order of accounts_of() */

const char top_letters[] = "gkuhpbo";

typedef void (*cell_fn)(const struct top *top, const struct top_row *row,
			unsigned int arg, char cell[TOP_LINE]);

static bool is_sum(const struct top_row *row)
{
	return row->number == KVM_EXITSTAT_SUB_TOTAL;
}

static void number_cell(const struct top *top, const struct top_row *row,
			unsigned int arg, char cell[TOP_LINE])
{
	(void)arg;
	if (is_sum(row))
		strcpy(cell, "total");
	else if (row->number >= KVM_EXITSTAT_SUB_NONE)
		snprintf(cell, TOP_LINE, "%s", row->name);
	else if (top->level == TOP_REASONS)
		reason_text(cell, top->isa, row->number);
	else if (top->level == TOP_VMS && !row->number)	/* by QMP */
		strcpy(cell, "-");
	else
		snprintf(cell, TOP_LINE, "%" PRIu32, row->number);
}

static void key_cell(const struct top *top, const struct top_row *row, unsigned int arg,
		     char cell[TOP_LINE])
{
	if (is_sum(row))
		number_cell(top, row, arg, cell);
	else
		key_text(cell, &row->key);
}

/* A VM without a name is shown by its folder's name. */
static void name_cell(const struct top *top, const struct top_row *row,
		      unsigned int arg, char cell[TOP_LINE])
{
	(void)top;
	(void)arg;
	cell_text(cell, TOP_LINE, row->name[0] ? row->name : row->dir);
}

static void vcpus_cell(const struct top *top, const struct top_row *row,
		       unsigned int arg, char cell[TOP_LINE])
{
	(void)top;
	(void)arg;
	snprintf(cell, TOP_LINE, "%" PRIu32, row->vcpus);
}

static void exits_cell(const struct top *top, const struct top_row *row,
		       unsigned int arg, char cell[TOP_LINE])
{
	(void)top;
	(void)arg;
	cycles_text(cell, TOP_LINE, row->exits);
}

static bool can_have_error(const struct top_row *row)
{
	return row->key.kind == KEY_OWN || row->key.kind == KEY_RETURN;
}

static void error_cell(const struct top *top, const struct top_row *row,
		       unsigned int arg, char cell[TOP_LINE])
{
	(void)top;
	(void)arg;
	cell[0] = '\0';
	if (can_have_error(row))
		cycles_text(cell, TOP_LINE, row->key.error);
}

/* A value that needs two readings is "?" after the first. */
static bool unknown(const struct top_row *row, char cell[TOP_LINE])
{
	strcpy(cell, "?");
	return !row->known;
}

static void rate_cell(const struct top *top, const struct top_row *row,
		      unsigned int arg, char cell[TOP_LINE])
{
	(void)top;
	(void)arg;
	if (!unknown(row, cell))
		rate_text(cell, TOP_LINE, row->rate);
}

static void share_cell(const struct top *top, const struct top_row *row,
		       unsigned int arg, char cell[TOP_LINE])
{
	(void)arg;
	if (is_sum(row))
		cell[0] = '\0';
	else if (!unknown(row, cell))
		share_text(cell, TOP_LINE, row->added, top->sum.added);
}

/* A return to user space has no time in KVM. */
static bool has_none(const struct top_row *row, unsigned int account, char cell[TOP_LINE])
{
	cell[0] = '\0';
	return account == ACCOUNT_KERNEL && key_is_return(&row->key);
}

static void mean_cell(const struct top *top, const struct top_row *row,
		      unsigned int arg, char cell[TOP_LINE])
{
	const uint64_t kernel = row->cycles[arg];

	if (!has_none(row, arg, cell) && !unknown(row, cell))
		time_text(cell, TOP_LINE, row->added ?
			  ((__int128)kernel + row->added / 2) / row->added : 0, top->tsc_khz);
}

/* 100% is the time of one vCPU. */
static void account_cell(const struct top *top, const struct top_row *row,
			 unsigned int arg, char cell[TOP_LINE])
{
	(void)top;
	if (has_none(row, arg, cell) || unknown(row, cell))
		return;
	strcpy(cell, "-");
	if (row->cycles[arg] && row->unit)
		snprintf(cell, TOP_LINE, "%.1f%%", 100.0 * row->cycles[arg] / row->unit);
}

static void bar_cell(const struct top *top, const struct top_row *row,
		     unsigned int width, char cell[TOP_LINE])
{
	unsigned int cells[NR_ACCOUNTS], i;

	(void)top;
	if (share_out(row->cycles, NR_ACCOUNTS, width, cells))
		for (i = 0; i < NR_ACCOUNTS; i++)
			while (cells[i]--)
				*cell++ = top_letters[i];
	*cell = '\0';
}

#define ACCOUNT(title, n, of_key)						\
	{ TO_RIGHT(title, GAP, 6), account_cell, n, TOP_ACCOUNT + (n),		\
	  { 8 + (n), 8 + (n), 8 + (n), of_key } }

/*
 * The columns from left to right: layout, contents, the sort key that belongs to it; and,
 * by level, its rank when room is given out, 0 for never.
 */
static const struct top_column {
	struct column column;
	cell_fn write;
	unsigned int arg;
	enum top_sort sort;
	unsigned int rank[TOP_LEVELS];
} columns[TOP_COLUMNS] = {
	{ TO_RIGHT("PID", GAP, 7), number_cell, 0, TOP_NUMBER, { 1, 0, 0 } },
	{ TO_RIGHT("VCPU", GAP, 5), number_cell, 0, TOP_NUMBER, { 0, 1, 0 } },
	{ TO_RIGHT("REASON", GAP, 6), number_cell, 0, TOP_NUMBER, { 0, 0, 1 } },
	{ TO_LEFT("KEY", GAP, 6), key_cell, 0, TOP_NUMBER, { 0, 0, 0, 1 } },
	{ TO_LEFT("NAME", GAP, NAME_LEAST), name_cell, 0, TOP_NAME, { 2, 0, 2, 3 } },
	{ TO_RIGHT("VCPUS", GAP, 5), vcpus_cell, 0, TOP_NR_VCPUS, { 6, 0, 0 } },
	{ TO_RIGHT("EXITS/s", GAP, 8), rate_cell, 0, TOP_RATE, { 3, 2, 3, 2 } },
	{ TO_RIGHT("EXITS", GAP, 10), exits_cell, 0, TOP_EXITS, { 7, 6, 7, 8 } },
	{ TO_RIGHT("ERROR", GAP, 5), error_cell, 0, TOP_SORTS, { 0, 0, 0, 9 } },
	{ TO_RIGHT("SHARE", GAP, 7), share_cell, 0, TOP_RATE, { 5, 4, 4, 4 } },
	{ TO_RIGHT("MEAN", GAP, 7), mean_cell, ACCOUNT_KERNEL, TOP_MEAN, { 15, 5, 5, 7 } },
	ACCOUNT("GUEST", 0, 0),
	ACCOUNT("KERNEL", ACCOUNT_KERNEL, 5),
	ACCOUNT("USER", 2, 6),
	ACCOUNT("HALT", 3, 0),
	ACCOUNT("PREEMPT", 4, 0),
	ACCOUNT("BLOCK", 5, 0),
	{ TO_RIGHT("OUTSIDE", GAP, 7), account_cell, 6, TOP_ACCOUNT + 6, { 14, 14, 0 } },
	{ TO_LEFT("TIME", GAP, BAR_LEAST), bar_cell, 0, TOP_SORTS, { 4, 3, 6 } },
};

#define LAST_RANK	30	/* twice the highest */

/* Indexes in the table */
#define NAME	4
#define ERRORS	8
#define BAR	(TOP_COLUMNS - 1)

/* Columns with a lower rank are given room first, and of the same rank the first; 0: never. */
static unsigned int rank_of(const struct top *top, const struct top_column *column)
{
	const unsigned int rank = column->rank[top->level];

	if (!rank)
		return 0;
	/* What a row is about, then what it is sorted by */
	if (rank == 1 || column->sort == top->view[top->level].sort)
		return 1;
	if (!top->numbers)
		return rank * 2;
	if (column->write == account_cell)
		return 7;
	return column == &columns[BAR] ? 0 : rank * 2;
}

static bool has_errors(const struct top *top)
{
	unsigned int i = 0;

	while (i < top->nr && !top->rows[i].key.error)
		i++;
	return i < top->nr;
}

/* The widest cell that is shown: on a screen of its rows, in batch output of all rows. */
static int cell_width(const struct top *top, const struct top_column *column,
		      int width)
{
	const unsigned int first = width ? top->first : 0;
	const unsigned int end = width ? MIN(first + top->page, top->nr) : top->nr;
	int most = MAX(text_width(column->column.title), column->column.least), length;
	char cell[TOP_LINE];
	unsigned int i;

	if (column == &columns[BAR])
		return width ? BAR_LEAST : BAR_BATCH;
	for (i = first; i <= end; i++) {
		column->write(top, i < end ? &top->rows[i] : &top->sum,
			      column->arg, cell);
		length = text_width(cell);
		most = MAX(most, length);
	}
	return most;
}

/* Give the remaining width to names that are cut off, and then to the bar. */
static void use_up(struct top_layout *layout, int left, int name)
{
	const int more = layout->width[NAME] ? MIN(name - layout->width[NAME], left) : 0;

	layout->width[NAME] += MAX(more, 0);
	left -= MAX(more, 0);
	if (layout->width[BAR])
		layout->width[BAR] = MIN(layout->width[BAR] + left, BAR_MOST);
}

/* A key is known by its name. */
static int least_name(const struct top *top, int width)
{
	return top->level == TOP_KEYS ? MAX(width / 4, NAME_LEAST) : NAME_LEAST;
}

void top_lay_out(const struct top *top, int width, struct top_layout *layout)
{
	int want[TOP_COLUMNS] = {}, used = -GAP, name;
	unsigned int rank, c;
	bool full = false;

	memset(layout, 0, sizeof(*layout));
	for (c = 0; c < TOP_COLUMNS; c++)
		if (rank_of(top, &columns[c]) && (c != ERRORS || has_errors(top)))
			want[c] = cell_width(top, &columns[c], width);
	name = want[NAME];
	if (width && want[NAME]) {
		name = MIN(name, NAME_MOST);
		want[NAME] = least_name(top, width);
	}
	for (rank = 1; rank <= LAST_RANK && !full; rank++)
		for (c = 0; c < TOP_COLUMNS && !full; c++) {
			if (!want[c] || rank_of(top, &columns[c]) != rank)
				continue;
			full = width && used + GAP + want[c] > width;
			if (full)
				break;
			layout->width[c] = want[c];
			used += GAP + want[c];
		}
	if (width)
		use_up(layout, width - used, name);
}

/* A cell that does not fit ends in '~'. */
static char *put_cell(char *at, const char *line, const struct top_column *column,
		      int width, char cell[TOP_LINE])
{
	const int room = TOP_LINE - (at - line);
	struct column as = column->column;
	int n;

	if (as.left && text_width(cell) > width)
		strcpy(cell + text_fit(cell, width - 1), "~");
	if (at == line)
		as.gap = 0;
	n = column_text(at, room, &as, width, cell);
	return at + MIN(n, room - 1);
}

static void trim(char *line, char *end)
{
	while (end > line && end[-1] == ' ')
		*--end = '\0';
}

void top_titles(const struct top *top, struct top_layout *layout,
		char line[TOP_LINE])
{
	char cell[TOP_LINE], *at = line;
	unsigned int c;

	layout->bar = layout->width[BAR];
	*at = '\0';
	for (c = 0; c < TOP_COLUMNS; c++) {
		if (!layout->width[c])
			continue;
		strcpy(cell, columns[c].column.title);
		at = put_cell(at, line, &columns[c], layout->width[c], cell);
		if (columns[c].sort == top->view[top->level].sort && !layout->sort) {
			layout->sort = strlen(cell);
			layout->sort_at = at - line - (columns[c].column.left ?
						       layout->width[c] : layout->sort);
		}
		if (c == BAR)
			layout->bar_at = at - line - layout->bar;
	}
	trim(line, at);
}

void top_line(const struct top *top, const struct top_layout *layout,
	      const struct top_row *row, char line[TOP_LINE])
{
	char cell[TOP_LINE], *at = line;
	unsigned int c;

	*at = '\0';
	for (c = 0; c < TOP_COLUMNS; c++) {
		if (!layout->width[c])
			continue;
		columns[c].write(top, row, c == BAR ? (unsigned int)layout->width[c] :
				 columns[c].arg, cell);
		at = put_cell(at, line, &columns[c], layout->width[c], cell);
	}
	trim(line, at);
}

void top_vm_text(const struct top *top, char *text, size_t size)
{
	char name[TOP_LINE], process[16] = "";

	cell_text(name, sizeof(name), top->vm.name[0] ? top->vm.name : top->vm.dir);
	if (top->vm.pid)
		snprintf(process, sizeof(process), " (%d)", top->vm.pid);
	snprintf(text, size, "VM %s%s", name, process);
}

void top_where(const struct top *top, char *text, size_t size)
{
	size_t n;

	if (top->level == TOP_VMS || top->guest) {
		snprintf(text, size, "%s", !top->guest ? "VMs" : top->now.host ?
			 "the whole host" : "this VM");
		return;
	}
	top_vm_text(top, text, size);
	n = strlen(text);
	if (top->level == TOP_VCPUS)
		return;
	if (top->vcpu < 0)
		snprintf(text + n, size - n, ", all vCPUs");
	else
		snprintf(text + n, size - n, ", vCPU %d", top->vcpu);
	n = strlen(text);
	if (top->level == TOP_KEYS)
		snprintf(text + n, size - n, ", %s", top->reason.name);
}

void top_cost(const struct top *top, char *text, size_t size)
{
	char time[CELL];

	text[0] = '\0';
	if (!top->guest)
		return;
	time_text(time, sizeof(time), top->took_ns, 1000000);
	snprintf(text, size, "a reading: %u CPUID exits, %s%s", top->now.cpuids, time,
		 top->subtracted ? "; not in EXITS/s" : "");
}
