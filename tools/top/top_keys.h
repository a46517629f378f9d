/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat top: what the keys do.
 */
#ifndef EXITSTAT_TOP_TOP_KEYS_H
#define EXITSTAT_TOP_TOP_KEYS_H

#include <stdbool.h>

struct top;

/* Keys that are not characters */
enum top_key {
	TOP_KEY_NONE = 0x1000,
	TOP_KEY_UP,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_ENTER,
	TOP_KEY_ESCAPE,
	TOP_KEY_BACKSPACE,
	TOP_KEY_LEFT,
	TOP_KEY_RIGHT,
	TOP_KEY_REDRAW,
	TOP_KEY_GONE,	/* the terminal */
};

/* False if memory ran out. */
bool top_press(struct top *top, int key);
/* Line @n of the help; NULL after the last. */
const char *top_help(unsigned int n);

#endif /* EXITSTAT_TOP_TOP_KEYS_H */
