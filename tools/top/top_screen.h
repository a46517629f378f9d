/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat top: the screen.
 */
#ifndef EXITSTAT_TOP_TOP_SCREEN_H
#define EXITSTAT_TOP_TOP_SCREEN_H

struct top;

/* 0, or EXIT_MISUSE after a sentence on stderr */
int screen_check(void);
/* The same; after screen_check(). */
int screen_open(void);
void screen_close(void);
void screen_draw(struct top *top);
int screen_key(void);

#endif /* EXITSTAT_TOP_TOP_SCREEN_H */
