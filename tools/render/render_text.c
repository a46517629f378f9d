// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a table of rows as text for people.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/columns.h"
#include "lib/text.h"
#include "lib/units.h"
#include "model/accounts.h"
#include "model/difference.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/table.h"
#include "render/histogram.h"
#include "render/render.h"
#include "render/render_text.h"

/* Characters of a command that are shown */
#define COMMAND_WIDTH	40

/* Writes one cell of @row: "-" for zero or unknown, "" if the row has no such cell. */
typedef void (*cell_fn)(const struct table *t, const struct row *row,
			unsigned int v, char *cell);

static bool is_pseudo(const struct row *row)
{
	return row->reason >= KVM_EXITSTAT_SUB_NONE;
}

static bool is_total(const struct row *row)
{
	return row->reason == KVM_EXITSTAT_SUB_TOTAL;
}

static void reason_cell(const struct table *t, const struct row *row,
			unsigned int v, char *cell)
{
	(void)v;
	if (is_pseudo(row))
		snprintf(cell, CELL, "%s", row->name);
	else
		reason_text(cell, t->view->r->isa, row->reason);
}

static void name_cell(const struct table *t, const struct row *row,
		      unsigned int v, char *cell)
{
	(void)t;
	(void)v;
	snprintf(cell, CELL, "%s", is_total(row) ? "" : row_name(row));
}

static void number_cell(const struct table *t, const struct row *row,
			unsigned int v, char *cell)
{
	(void)t;
	cycles_text(cell, CELL, row->v[v]);
}

static void rate_cell(const struct table *t, const struct row *row,
		      unsigned int v, char *cell)
{
	rate_text(cell, CELL, exits_per_second(t->view, row->v[v]));
}

static void share_cell(const struct table *t, const struct row *row,
		       unsigned int v, char *cell)
{
	const double whole = v == KVM_EXITSTAT_V_EXITS ? t->exits : t->kernel;

	cell[0] = '\0';
	if (!is_total(row))
		share_text(cell, CELL, cycles_of(t->view->r, row->v[v]), whole);
}

static void cycles_cell(const struct view *view, __int128 cycles, char *cell)
{
	time_text(cell, CELL, cycles, view->cycles ? 0 : view->r->tsc_khz);
}

static void time_cell(const struct table *t, const struct row *row,
		      unsigned int v, char *cell)
{
	cycles_cell(t->view, cycles_of(t->view->r, row->v[v]), cell);
}

static void mean_cell(const struct table *t, const struct row *row,
		      unsigned int v, char *cell)
{
	const uint64_t exits = row->v[KVM_EXITSTAT_V_EXITS];
	const __int128 kernel = cycles_of(t->view->r, row->v[v]);

	cycles_cell(t->view, exits ? (kernel + exits / 2) / exits : 0, cell);
}

/*
 * The columns: layout, contents, value; and the order in which columns are left out if
 * the terminal is too narrow, 0 for never.
 */
static const struct shown_column {
	struct column column;
	cell_fn write;
	unsigned int v;
	unsigned int goes;
} columns[] = {
	{ TO_RIGHT("REASON", 0, 0), reason_cell, 0, 0 },
	{ TO_LEFT("NAME", 2, 0), name_cell, 0, 0 },
	{ TO_RIGHT("EXITS", 2, 0), number_cell, KVM_EXITSTAT_V_EXITS, 0 },
	{ TO_RIGHT("EXITS/s", 2, 0), rate_cell, KVM_EXITSTAT_V_EXITS, 5 },
	{ TO_RIGHT("SHARE", 2, 0), share_cell, KVM_EXITSTAT_V_EXITS, 2 },
	{ TO_RIGHT("KERNEL", 4, 0), time_cell, KVM_EXITSTAT_V_KERNEL, 0 },
	{ TO_RIGHT("USER", 2, 0), time_cell, KVM_EXITSTAT_V_USER, 8 },
	{ TO_RIGHT("HALT", 2, 0), time_cell, KVM_EXITSTAT_V_HALT, 7 },
	{ TO_RIGHT("PREEMPT", 2, 0), time_cell, KVM_EXITSTAT_V_PREEMPT, 4 },
	{ TO_RIGHT("BLOCK", 2, 0), time_cell, KVM_EXITSTAT_V_BLOCK, 3 },
	{ TO_RIGHT("MEAN", 4, 0), mean_cell, KVM_EXITSTAT_V_KERNEL, 9 },
	{ TO_RIGHT("LONGEST", 2, 0), time_cell, KVM_EXITSTAT_V_LONGEST, 6 },
	{ TO_RIGHT("KSHARE", 2, 0), share_cell, KVM_EXITSTAT_V_KERNEL, 1 },
};

#define NR_COLUMNS	(sizeof(columns) / sizeof(columns[0]))

static void text_rows(FILE *out, const struct table *t)
{
	struct column shown[NR_COLUMNS];
	struct grid grid = { .columns = shown, .nr_columns = NR_COLUMNS };
	char cell[CELL];
	unsigned int i, c;

	for (c = 0; c < NR_COLUMNS; c++) {
		shown[c] = columns[c].column;
		shown[c].goes = columns[c].goes;
		shown[c].hidden = columns[c].v == KVM_EXITSTAT_V_LONGEST &&
				  !longest_is_kept(t->view->r);
	}
	grid_titles(&grid);
	for (i = 0; i < t->nr; i++)
		for (c = 0; c < NR_COLUMNS; c++) {
			columns[c].write(t, t->lines[i], columns[c].v, cell);
			grid_cell(&grid, "%s", cell);
		}
	grid_fit(&grid, shown, t->view->width, out);
	grid_write(&grid, out);
	grid_end(&grid);
}

/* Where all time of the vCPUs went: shares add up to 100.0%. */
static void text_accounts(FILE *out, const struct view *view)
{
	static const struct column of_accounts[] = {
		{ .least = 10 }, { .gap = 1, .least = 6 }, { .gap = 2, .left = true },
	};
	struct grid grid = { .columns = of_accounts, .nr_columns = 3 };
	struct account accounts[NR_ACCOUNTS];
	unsigned int tenths[NR_ACCOUNTS], i;
	uint64_t parts[NR_ACCOUNTS];
	char cell[CELL];

	accounts_of(view->r, accounts);
	for (i = 0; i < NR_ACCOUNTS; i++)
		parts[i] = cycles_of(view->r, accounts[i].cycles) < 0 ? 0 :
			   accounts[i].cycles;
	if (!share_tenths(parts, NR_ACCOUNTS, tenths))
		return;
	fputs("\nThe time of the vCPUs:\n", out);
	for (i = 0; i < NR_ACCOUNTS; i++) {
		cycles_cell(view, cycles_of(view->r, accounts[i].cycles), cell);
		grid_cell(&grid, "%s", accounts[i].name);
		grid_cell(&grid, "%u.%u%%", tenths[i] / 10, tenths[i] % 10);
		grid_cell(&grid, "%s", cell);
	}
	cycles_cell(view, cycles_of(view->r, view->r->lifetime), cell);
	grid_cell(&grid, "lifetime");
	grid_cell(&grid, "100.0%%");
	grid_cell(&grid, "%s", cell);
	grid_write(&grid, out);
	grid_end(&grid);
}

static void text_vm(FILE *out, const struct subject *subject)
{
	char *name = printable(subject->name);

	if (!name)
		text_lose(out);
	else if (!*name)
		fputs(subject->pid ? "the VM" : "a VM without a name", out);
	else
		fprintf(out, "VM '%s'", name);
	free(name);
	if (subject->pid)
		fprintf(out, " of process %d (%s)", subject->pid, subject->dir);
}

static void text_scope(FILE *out, const struct view *view, const char *vms)
{
	const struct reading *r = view->r;

	if (r->guest_cpu >= 0) {
		fprintf(out, "the vCPU of CPU %d alone", r->guest_cpu);
		return;
	}
	if (r->host) {
		fprintf(out, "the whole host: %s (%u vCPU%s)", vms, r->vcpus,
			plural(r->vcpus));
		return;
	}
	if (r->vcpu >= 0)
		fprintf(out, "vCPU %d of ", r->vcpu);
	if (view->subject)
		text_vm(out, view->subject);
	else
		fputs("this VM", out);
	if (r->vcpu < 0)
		fprintf(out, "%s%u vCPU%s%s", view->subject ? ", " : " (",
			r->vcpus, plural(r->vcpus),
			view->subject ? "" : ")");
}

/* The command on one line, shortened if needed, whatever characters it contains. */
static void text_command(FILE *out, char *const *argv)
{
	char arg[4 * (COMMAND_WIDTH + 2)];
	int left = COMMAND_WIDTH;

	for (; *argv; argv++) {
		cell_text(arg, sizeof(arg), *argv);
		if (text_width(arg) > left) {
			fprintf(out, "%.*s...", (int)text_fit(arg, left), arg);
			return;
		}
		fputs(arg, out);
		left -= text_width(arg);
		if (argv[1]) {
			fputc(' ', out);
			left -= left > 0;
		}
	}
}

static void text_when(FILE *out, const struct view *view)
{
	char time[CELL];

	wall_text(time, sizeof(time), view->time_ns);
	if (view->run && view->run->argv) {
		fputs("\nExits while '", out);
		text_command(out, view->run->argv);
		fputs("' ran\n", out);
	} else if (view->run) {
		fprintf(out, "Exits in the %.3f seconds to %s\n",
			view->run->elapsed_ns / 1e9, time);
	} else if (view->series) {
		fprintf(out, "At %s\n", time);
	}
}

void render_text_head(FILE *out, const struct view *view, const char *vms)
{
	const struct reading *r = view->r;

	text_when(out, view);
	fprintf(out, "%s, ", isa_name(r->isa));
	text_scope(out, view, vms);
	fputc('\n', out);
	if (!r->adds_up)
		fputs("Rows are read live, one after another: they do not add up to the total.\n",
		      out);
	if (r->untrusted)
		fputs("Times cannot be trusted: the host's TSC is unstable.\n", out);
	if (r->anomalies)
		fprintf(out, "Anomalies: %" PRIu64 " (the TSC stepped back; those intervals are left out).\n",
			r->anomalies);
	if (!r->tsc_khz)
		fputs("Times are in TSC cycles: the host does not tell the TSC's frequency.\n",
		      out);
	fputc('\n', out);
}

/* For an interval these lines are at the head, because the next interval follows. */
void render_text_tail(FILE *out, const struct view *view)
{
	const struct stat_run *run = view->run;

	if (run && view->r->from == FROM_CPUID)
		fprintf(out, "\n%u exits that exitstat's own CPUIDs made are subtracted.\n",
			run->cpuids_subtracted);
	if (run && run->argv)
		fprintf(out, "%s%.6f seconds elapsed, status %d.\n",
			view->r->from == FROM_CPUID ? "" : "\n",
			run->elapsed_ns / 1e9, run->status);
	if (!run && view->r->from == FROM_CPUID)
		fprintf(out, "\nThis reading made %u exits itself, all by CPUID.\n",
			view->r->cpuids);
	if (view->series)
		fputc('\n', out);
}

char *render_text(const struct table *t)
{
	struct text_stream result;
	FILE *out;

	out = text_open(&result);
	if (!out)
		return NULL;
	render_text_head(out, t->view, "every VM since kvm was loaded");
	text_rows(out, t);
	text_accounts(out, t->view);
	if (t->view->r->hist_of)
		hist_text(out, t->view->r);
	render_text_tail(out, t->view);
	return text_close(&result);
}
