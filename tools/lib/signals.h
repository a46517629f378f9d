/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the signals that users end a program with.
 */
#ifndef EXITSTAT_LIB_SIGNALS_H
#define EXITSTAT_LIB_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT, except those that are ignored (nohup's SIGHUP). */
void end_signals(sigset_t *set);

void on_signals(const sigset_t *set, const struct sigaction *action);

/* Whether a signal of @set is pending. */
/* Whether one of end_signals() is pending. */
bool end_is_pending(void);

bool signal_is_pending(const sigset_t *set);

#endif /* EXITSTAT_LIB_SIGNALS_H */
