// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the signals that users end a program with.
 */
#include <signal.h>

#include "lib/signals.h"

void end_signals(sigset_t *set)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action;
	unsigned int i;

	sigemptyset(set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], NULL, &action);
		if (action.sa_handler != SIG_IGN)
			sigaddset(set, signals[i]);
	}
}

void on_signals(const sigset_t *set, const struct sigaction *action)
{
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		if (sigismember(set, sig) == 1)
			sigaction(sig, action, NULL);
}

bool signal_is_pending(const sigset_t *set)
{
	sigset_t pending;

	sigpending(&pending);
	sigandset(&pending, &pending, set);
	return !sigisemptyset(&pending);
}

bool end_is_pending(void)
{
	sigset_t signals;

	end_signals(&signals);
	return signal_is_pending(&signals);
}
