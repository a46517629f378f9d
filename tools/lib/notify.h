/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: tells the service manager what a server does.  docs/dependencies.md says why
 * not by libsystemd.
 */
#ifndef EXITSTAT_LIB_NOTIFY_H
#define EXITSTAT_LIB_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Find out from the environment who is to be told.  False: nobody.  If the address is of no
 * use, also after a warning.
 */
bool notify_begin(void);

/*
 * Send @state, lines as in sd_notify(3), to who has been found; 0, or an error number.  Safe
 * in a signal handler.
 */
int notify(const char *state);

/* How often, in us, "WATCHDOG=1" is expected of this process; 0: never */
uint64_t notify_watchdog(void);

#endif /* EXITSTAT_LIB_NOTIFY_H */
