// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: tables of text, by the width that a terminal gives each character.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/param.h>

#include "lib/columns.h"
#include "lib/text.h"

/* Bytes of a cell that are shown; a VM's name is the longest. */
#define CELL_BYTES	1024

static bool add_cell(struct grid *grid, char *text)
{
	char **more = reallocarray(grid->cells, grid->nr + 1, sizeof(*more));

	if (!more)
		return false;
	more[grid->nr++] = text;
	grid->cells = more;
	return true;
}

void grid_cell(struct grid *grid, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text && add_cell(grid, text))
		return;
	free(text);
	grid->failed = true;
}

void grid_titles(struct grid *grid)
{
	unsigned int c;

	for (c = 0; c < grid->nr_columns; c++)
		grid_cell(grid, "%s", grid->columns[c].title);
}

static int column_width(const struct grid *grid, unsigned int c)
{
	int most = grid->columns[c].least, width;
	unsigned int i;

	for (i = c; i < grid->nr; i += grid->nr_columns) {
		width = text_width(grid->cells[i]);
		most = MAX(most, width);
	}
	return most;
}

int grid_width(const struct grid *grid)
{
	unsigned int c;
	int width = 0;

	for (c = 0; c < grid->nr_columns; c++)
		if (!grid->columns[c].hidden)
			width += grid->columns[c].gap + column_width(grid, c);
	return width;
}

void grid_fit(const struct grid *grid, struct column *columns, int width, FILE *out)
{
	const char *separator = "The terminal is too narrow for";
	unsigned int goes, c;

	for (goes = 1; width && goes <= grid->nr_columns && grid_width(grid) > width; goes++)
		for (c = 0; c < grid->nr_columns; c++) {
			if (columns[c].goes != goes || columns[c].hidden)
				continue;
			columns[c].hidden = true;
			fprintf(out, "%s %s", separator, columns[c].title);
			separator = ",";
		}
	if (*separator == ',')
		fputs(".\n", out);
}

/* Stop at the last cell that is not empty, so that no line ends in blanks. */
static void write_row(const struct grid *grid, unsigned int row, const int *width,
		      FILE *out)
{
	const unsigned int start = row * grid->nr_columns;
	unsigned int c, end = 0;
	char text[CELL_BYTES];

	for (c = 0; c < grid->nr_columns; c++)
		if (!grid->columns[c].hidden && *grid->cells[start + c])
			end = c + 1;
	for (c = 0; c < end; c++) {
		if (grid->columns[c].hidden)
			continue;
		column_text(text, sizeof(text), &grid->columns[c],
			    c + 1 < end || !grid->columns[c].left ? width[c] : 0,
			    grid->cells[start + c]);
		fputs(text, out);
	}
	fputc('\n', out);
}

void grid_write(const struct grid *grid, FILE *out)
{
	int width[grid->nr_columns];
	unsigned int i;

	if (grid->failed) {
		text_lose(out);
		return;
	}
	for (i = 0; i < grid->nr_columns; i++)
		width[i] = column_width(grid, i);
	for (i = 0; i < grid->nr / grid->nr_columns; i++)
		write_row(grid, i, width, out);
}

void grid_end(struct grid *grid)
{
	while (grid->nr)
		free(grid->cells[--grid->nr]);
	free(grid->cells);
}

int column_text(char *to, size_t size, const struct column *column, int width,
		const char *text)
{
	const int used = text_width(text), pad = MAX(width - used, 0);

	return snprintf(to, size, "%*s%s%*s", column->gap + (column->left ? 0 : pad),
			"", text, column->left ? pad : 0, "");
}
