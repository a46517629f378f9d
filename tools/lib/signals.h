/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the signals by which people end a program.
 */
#ifndef EXITSTAT_LIB_SIGNALS_H
#define EXITSTAT_LIB_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT; what is ignored stays so: nohup's SIGHUP. */
void end_signals(sigset_t *set);

void on_signals(const sigset_t *set, const struct sigaction *action);

/* Whether one of them is blocked and has come. */
/* Whether one that is blocked is to end us. */
bool end_is_pending(void);

bool signal_is_pending(const sigset_t *set);

#endif /* EXITSTAT_LIB_SIGNALS_H */
