/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: processes that write one file, one after another.
 */
#ifndef EXITSTAT_LIB_TURNS_H
#define EXITSTAT_LIB_TURNS_H

/*
 * Before @path is read and replaced: until this process ends no other that asks, too,
 * does that in its folder.  0, or EXIT_MISUSE after a sentence.
 */
int take_turns(const char *path);

#endif /* EXITSTAT_LIB_TURNS_H */
