/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: answers HTTP requests for metrics.
 */
#ifndef EXITSTAT_LISTEN_H
#define EXITSTAT_LISTEN_H

#include <sys/socket.h>

#include "metrics.h"

/* Makes an answer in an allocated string; NULL after a sentence on stderr. */
typedef char *(*answer_fn)(void *data, enum metrics_format format);

/*
 * Listen at @where until SIGINT or SIGTERM, which end the process with
 * EXIT_DONE; EXIT_MISUSE after a sentence where that cannot be.
 */
int listen_at(const char *where, answer_fn answer, void *data);

/*
 * ADDR:PORT, [ADDR]:PORT for IPv6, :PORT or PORT; numbers, no names.  Without an
 * address it is 127.0.0.1.  0, or EXIT_MISUSE after a sentence.
 */
int parse_address(const char *where, struct sockaddr_storage *address,
		  socklen_t *length);

/* By a request's header Accept, or NULL where it has none. */
enum metrics_format negotiate(const char *accept);

#endif /* EXITSTAT_LISTEN_H */
