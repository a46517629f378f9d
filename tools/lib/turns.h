/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: one writer of a file at a time.
 */
#ifndef EXITSTAT_LIB_TURNS_H
#define EXITSTAT_LIB_TURNS_H

/*
 * Call this before @path is read and replaced.  Until this process ends, no other process
 * that calls this replaces a file in the same folder.  0, or EXIT_MISUSE after a sentence.
 */
int take_turns(const char *path);

#endif /* EXITSTAT_LIB_TURNS_H */
