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
 * struct column - how a column is laid out
 * @title: NULL if the table has no titles
 * @gap: number of blanks before the column
 * @least: minimum width, in columns of a terminal
 * @left: cells are aligned to the left
 * @hidden: the column is not shown
 * @goes: the order in which grid_fit() leaves columns out, from 1; 0: never
 */
struct column {
	const char *title;
	int gap;
	int least;
	bool left;
	bool hidden;
	unsigned int goes;
};

#define TO_RIGHT(title, gap, least)	{ title, gap, least, false, false, 0 }
#define TO_LEFT(title, gap, least)	{ title, gap, least, true, false, 0 }

/**
 * struct grid - a table that is being filled
 * @columns: its columns
 * @nr_columns: number of entries in @columns
 * @cells: row after row
 * @nr: number of entries in @cells
 * @failed: memory ran out, and cells are missing
 */
struct grid {
	const struct column *columns;
	unsigned int nr_columns;
	char **cells;
	unsigned int nr;
	bool failed;
};

/* Append a cell; rows follow each other. */
void grid_cell(struct grid *grid, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Append the titles, as the first row. */
void grid_titles(struct grid *grid);

/* The table's width, in columns of a terminal. */
int grid_width(const struct grid *grid);

/*
 * Hide some of @columns, which are @grid's, until the table fits into @width, and write which to @out.
 * Width 0, which is no terminal, hides none.
 */
void grid_fit(const struct grid *grid, struct column *columns, int width, FILE *out);

/*
 * Write the table, each column as wide as its widest cell, to a text_stream.  If cells are
 * missing the text is lost.
 */
void grid_write(const struct grid *grid, FILE *out);

void grid_end(struct grid *grid);

/*
 * Format one cell of @column, including its gap, @width columns of a terminal wide.
 * Returns what snprintf() would.
 */
int column_text(char *to, size_t size, const struct column *column, int width,
		const char *text);

#endif /* EXITSTAT_LIB_COLUMNS_H */
