/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export: drops the privileges that a server does not need.
 */
#ifndef EXITSTAT_EXPORT_PRIVILEGES_H
#define EXITSTAT_EXPORT_PRIVILEGES_H

#include <stdbool.h>

/*
 * If this is root: become nobody, and keep only the capability to read any file
 * (CAP_DAC_READ_SEARCH) and, with @sockets, to connect to any socket (CAP_DAC_OVERRIDE).
 * Does nothing for any other user.  Warns if it fails.
 */
void privileges_drop(bool sockets);

#endif /* EXITSTAT_EXPORT_PRIVILEGES_H */
