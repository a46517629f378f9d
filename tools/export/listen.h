/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: answers HTTP requests for metrics.
 */
#ifndef EXITSTAT_EXPORT_LISTEN_H
#define EXITSTAT_EXPORT_LISTEN_H

#include "export/metrics.h"

/* Makes an answer in an allocated string; NULL after a sentence on stderr. */
typedef char *(*answer_fn)(void *data, enum metrics_format format);

/*
 * Answer at the socket @fd, which listens, until SIGINT or SIGTERM, which end the process
 * with EXIT_DONE; EXIT_MISUSE after a sentence where that cannot be.
 */
int listen_at(int fd, answer_fn answer, void *data);

#endif /* EXITSTAT_EXPORT_LISTEN_H */
