/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: tables of text, by the width that a terminal gives each character.
 */
#ifndef EXITSTAT_LIB_COLUMNS_H
#define EXITSTAT_LIB_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct column - how a column is set
 * @title: NULL where the table has no titles
 * @gap: blanks before it
 * @least: columns of a terminal that it has at least
 * @left: its cells begin at the left
 * @hidden: it is not shown
 */
struct column {
	const char *title;
	int gap;
	int least;
	bool left;
	bool hidden;
};

#define TO_RIGHT(title, gap, least)	{ title, gap, least, false, false }
#define TO_LEFT(title, gap, least)	{ title, gap, least, true, false }

/**
 * struct grid - a table that is being filled
 * @columns: its columns
 * @nr_columns: number of entries in @columns
 * @cells: row after row; NULL where there was no memory, which is shown as "?"
 * @nr: number of entries in @cells
 */
struct grid {
	const struct column *columns;
	unsigned int nr_columns;
	char **cells;
	unsigned int nr;
};

/* The next cell, row after row. */
void grid_cell(struct grid *grid, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The titles, as the first row. */
void grid_titles(struct grid *grid);

/* Columns of a terminal that the table takes. */
int grid_width(const struct grid *grid);

/* The table, each column as wide as its widest cell. */
void grid_write(const struct grid *grid, FILE *out);

void grid_end(struct grid *grid);

/*
 * One cell of @column, gap and all, @width columns of a terminal wide.  Returns as
 * snprintf() does.
 */
int column_text(char *to, size_t size, const struct column *column, int width,
		const char *text);

#endif /* EXITSTAT_LIB_COLUMNS_H */
