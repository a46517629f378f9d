/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: answers HTTP requests for metrics.
 */
#ifndef EXITSTAT_EXPORT_LISTEN_H
#define EXITSTAT_EXPORT_LISTEN_H

#include "export/metrics.h"

/* Returns an answer, an allocated string; NULL after a sentence on stderr. */
typedef char *(*answer_fn)(void *data, enum metrics_format format);

/*
 * Serve at the listening socket @fd until SIGINT or SIGTERM, which end the process with
 * EXIT_DONE.  A service manager is told so; SIGHUP then calls @reload, unless it is NULL,
 * instead of ending the process.  Returns EXIT_MISUSE after a sentence if the server cannot start.
 */
int listen_at(int fd, answer_fn answer, void (*reload)(void *data), void *data);

#endif /* EXITSTAT_EXPORT_LISTEN_H */
