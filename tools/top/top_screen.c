// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat top: the screen and its keys, with ncurses.
 */
#include <asm/kvm_exitstat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>
#include <unistd.h>

#include "lib/columns.h"
#include "lib/message.h"
#include "lib/text.h"
#include "model/accounts.h"
#include "model/reasons.h"
#include "top/top.h"
#include "top/top_columns.h"
#include "top/top_keys.h"
#include "top/top_screen.h"

/* After our own headers, because this one defines macros with common names. */
#include <curses.h>
#include <term.h>

/* Lines above the rows: state, the open VM, the bar's letters, titles, total */
enum { LINE_HEAD, LINE_WHERE, LINE_LETTERS, LINE_TITLES, LINE_SUM, LINE_ROWS };

#define LEAST_LINES	(LINE_ROWS + 2)
#define LEAST_COLUMNS	40

static SCREEN *screen;
static bool colours;

/* Colours by account, in the order of the bar's letters; a pair's number is the index plus 1. */
static const short account_colours[NR_ACCOUNTS] = {
	COLOR_GREEN, COLOR_RED, COLOR_MAGENTA, COLOR_BLUE, COLOR_YELLOW,
	COLOR_CYAN, COLOR_WHITE,
};

static int find_terminfo(void)
{
	const char *term = getenv("TERM");
	int err;

	if (!term || !*term)
		return fail("TERM is not set, so exitstat does not know how to draw on this terminal; set it (TERM=xterm), or use -b");
	if (setupterm(NULL, STDOUT_FILENO, &err) == OK &&
	    cursor_address && clear_screen)
		return EXIT_DONE;
	if (err == -1)
		return fail("there is no terminfo here, so exitstat does not know how to draw on the terminal '%s'; install ncurses-base, name terminfo's folder in TERMINFO, or use -b",
			    term);
	return fail("the terminal '%s' is unknown or cannot move its cursor, which a full screen needs; set TERM to its type (xterm, linux, screen), or use -b",
		    term);
}

static void start_colours(void)
{
	const char *no_color = getenv("NO_COLOR");
	unsigned int i;

	colours = !(no_color && *no_color) && has_colors() && start_color() == OK &&
		  use_default_colors() == OK;
	for (i = 0; colours && i < NR_ACCOUNTS; i++)
		init_pair(i + 1, account_colours[i], -1);
}

int screen_check(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail("top needs a terminal for its keys and its screen, and standard %s is not one; use -b for plain text",
			    isatty(STDIN_FILENO) ? "output" : "input");
	return find_terminfo();
}

int screen_open(void)
{
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return fail("ncurses cannot use the terminal '%s'; use -b for plain text",
			    getenv("TERM"));
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	start_colours();
	return EXIT_DONE;
}

void screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

int screen_key(void)
{
	const int key = getch();

	switch (key) {
	case ERR:
		return TOP_KEY_NONE;
	case KEY_UP:
		return TOP_KEY_UP;
	case KEY_DOWN:
		return TOP_KEY_DOWN;
	case KEY_PPAGE:
		return TOP_KEY_PAGE_UP;
	case KEY_NPAGE:
		return TOP_KEY_PAGE_DOWN;
	case KEY_HOME:
		return TOP_KEY_HOME;
	case KEY_END:
		return TOP_KEY_END;
	case KEY_LEFT:
		return TOP_KEY_LEFT;
	case KEY_RIGHT:
		return TOP_KEY_RIGHT;
	case KEY_ENTER:
	case '\r':
	case '\n':
		return TOP_KEY_ENTER;
	case KEY_BACKSPACE:
	case 0x7f:
	case '\b':
		return TOP_KEY_BACKSPACE;
	case 0x1b:
		return TOP_KEY_ESCAPE;
	case 'L' & 0x1f:
		clearok(curscr, TRUE);
		return TOP_KEY_REDRAW;
	case KEY_RESIZE:
		return TOP_KEY_REDRAW;
	}
	return key >= ' ' && key <= '~' ? key : TOP_KEY_NONE;
}

/* Put @text at column @x of line @y, cut at the screen's width so that it does not wrap. */
static void put(int y, int x, attr_t attributes, const char *text)
{
	if (x >= COLS)
		return;
	attrset(attributes);
	mvaddnstr(y, x, text, text_fit(text, COLS - x));
	attrset(A_NORMAL);
}

static void put_right(int y, attr_t attributes, const char *text)
{
	const int x = COLS - text_width(text);

	put(y, MAX(x, 0), attributes, text);
}

/* Colours only help: the letters carry the information. */
static void colour_letters(int y, int x, int width)
{
	const char *letter;
	int i;

	for (i = 0; colours && i < width && x + i < COLS; i++) {
		const char c = mvinch(y, x + i) & A_CHARTEXT;

		letter = c ? strchr(top_letters, c) : NULL;
		if (letter)
			mvchgat(y, x + i, 1, A_NORMAL, letter - top_letters + 1, NULL);
	}
}

static void draw_head(const struct top *top)
{
	char text[128], clock[16];
	time_t now = time(NULL);
	struct tm tm;

	snprintf(text, sizeof(text), "exitstat top%s%s%s%s%s",
		 !top->guest ? "" : top->now.host ? ", the whole host" : ", this VM",
		 top->isa ? ", " : "", top->isa ? isa_name(top->isa) : "",
		 top->counting ? "" : ", NOT COUNTING (exitstat=0)",
		 top->untrusted ? ", TIMES UNTRUSTED (TSC unstable)" : "");
	put(LINE_HEAD, 0, A_BOLD, text);
	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%severy %g s  %s",
		 top->paused ? "PAUSED  " : "", top->interval_ns / 1e9, clock);
	put_right(LINE_HEAD, A_BOLD, text);
}

static void draw_where(const struct top *top)
{
	const struct top_view *view = &top->view[top->level];
	char text[TOP_LINE], hidden[32] = "", filter[TOP_FILTER + 16] = "";

	if (top->guest)
		top_cost(top, text, sizeof(text));
	else
		top_where(top, text, sizeof(text));
	put(LINE_WHERE, 0, A_BOLD, text);
	if (top->nr < top->all)
		snprintf(hidden, sizeof(hidden), " (%u hidden)", top->all - top->nr);
	if (*view->filter)
		snprintf(filter, sizeof(filter), "  filter '%s'", view->filter);
	snprintf(text, sizeof(text), "  %u-%u of %u%s%s  sort %s%s", top->nr ? top->first + 1 : 0,
		 MIN(top->first + top->page, top->nr), top->nr, hidden, filter,
		 top_sort_words[view->sort], view->reverse ? ", reversed" : "");
	put_right(LINE_WHERE, A_NORMAL, text);
}

static void draw_letters(void)
{
	int x = strlen("TIME:");
	char text[32];
	unsigned int i;

	put(LINE_LETTERS, 0, A_NORMAL, "TIME:");
	for (i = 0; i < NR_ACCOUNTS; i++) {
		snprintf(text, sizeof(text), "  %c %s", top_letters[i],
			 top_sort_words[TOP_ACCOUNT + i]);
		put(LINE_LETTERS, x, A_NORMAL, text);
		colour_letters(LINE_LETTERS, x + 2, 1);
		x += strlen(text);
	}
}

static void draw_row(const struct top *top, const struct top_layout *layout, int y,
		     const struct top_row *row, attr_t attributes)
{
	static const struct column all = { .left = true };
	char line[TOP_LINE], padded[2 * TOP_LINE];

	top_line(top, layout, row, line);
	if (attributes & A_REVERSE) {
		/* Padded, so that the highlight covers the whole width */
		column_text(padded, sizeof(padded), &all, COLS, line);
		put(y, 0, attributes, padded);
		return;
	}
	put(y, 0, attributes, line);
	if (layout->bar)
		colour_letters(y, layout->bar_at, layout->bar);
}

static void draw_rows(const struct top *top)
{
	struct top_layout layout;
	char line[TOP_LINE];
	unsigned int i, at;

	top_lay_out(top, COLS, &layout);
	top_titles(top, &layout, line);
	put(LINE_TITLES, 0, A_UNDERLINE, line);
	if (layout.sort)
		mvchgat(LINE_TITLES, layout.sort_at, layout.sort, A_UNDERLINE | A_BOLD |
			A_REVERSE, 0, NULL);
	draw_row(top, &layout, LINE_SUM, &top->sum, A_BOLD);
	for (i = 0; i < top->page; i++) {
		at = top->first + i;
		if (at >= top->nr)
			break;
		draw_row(top, &layout, LINE_ROWS + i, &top->rows[at],
			 at == top->selected ? A_REVERSE : A_NORMAL);
	}
	if (!top->nr)
		put(LINE_ROWS, 0, A_NORMAL, top->opened == 2 ? "reading..." :
		    top->all ? "No row matches the filter." :
		    top->level == TOP_VMS ? "There is no VM." : "There is nothing yet.");
}

static const char *const feet[TOP_LEVELS] = {
	"Enter vCPUs  r reasons  / filter  t times  Space pause  h help  q quit",
	"Enter reasons  r of all  Esc back  / filter  t times  h help  q quit",
	"Enter keys  Esc back  / filter  t times  Space pause  h help  q quit",
	"Esc back  / filter  Space pause  h help  q quit",
};

/* Bytes of @text in a line of the screen: up to a blank, if one is in it. */
static size_t bytes_of_line(const char *text)
{
	const size_t fit = text_fit(text, COLS);
	size_t n = fit;

	while (text[fit] && n && text[n] != ' ')
		n--;
	return n ?: fit;
}

/* The lines that @text takes, @most at most; if @draw, at the end of the screen. */
static int message_lines(const char *text, int most, bool draw)
{
	const int nr = draw ? message_lines(text, most, false) : 0;
	char line[WHY_SIZE];
	int i;

	for (i = 0; *text && i < most; i++) {
		text_copy(line, bytes_of_line(text) + 1, text);
		if (draw)
			put(LINES - nr + i, 0, A_BOLD, line);
		text += strlen(line);
		text += strspn(text, " ");
	}
	return i;
}

/* All but the lines above the rows, and a row */
static int most_foot_lines(void)
{
	return LINES > LEAST_LINES ? LINES - LINE_ROWS - 1 : 1;
}

static int foot_lines(const struct top *top)
{
	return top->message[0] && !top->typing ?
	       message_lines(top->message, most_foot_lines(), false) : 1;
}

static void draw_foot(const struct top *top)
{
	char text[TOP_FILTER + 16];

	if (top->typing) {
		snprintf(text, sizeof(text), "filter: %s_",
			 top->view[top->level].filter);
		put(LINES - 1, 0, A_BOLD, text);
	} else if (top->message[0]) {
		message_lines(top->message, most_foot_lines(), true);
	} else {
		put(LINES - 1, 0, A_NORMAL, top->guest ?
		    "/ filter  t times  Space pause  h help  q quit" : feet[top->level]);
	}
}

static void draw_help(void)
{
	const char *line;
	unsigned int i;

	put(0, 0, A_BOLD, "exitstat top: keys");
	for (i = 0; (line = top_help(i)) && (int)i < LINES - 2; i++)
		put(i + 1, 0, A_NORMAL, line);
	put(LINES - 1, 0, A_BOLD, "Any key: back to the rows");
}

void screen_draw(struct top *top)
{
	const int foot = foot_lines(top);

	top_page(top, MAX(LINES - LINE_ROWS - foot, 1));
	erase();
	if (LINES < LEAST_LINES || COLS < LEAST_COLUMNS) {
		put(0, 0, A_BOLD, "too small");
	} else if (top->help) {
		draw_help();
	} else {
		draw_head(top);
		draw_where(top);
		if (top->level != TOP_KEYS)
			draw_letters();
		draw_rows(top);
		draw_foot(top);
	}
	refresh();
}
