/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: addresses to listen at.
 */
#ifndef EXITSTAT_EXPORT_ADDRESS_H
#define EXITSTAT_EXPORT_ADDRESS_H

#include <sys/socket.h>

/*
 * ADDR:PORT, [ADDR]:PORT for IPv6, :PORT or PORT; numbers, no names.  Without an
 * address it is 127.0.0.1.  0, or EXIT_MISUSE after a sentence.
 */
int parse_address(const char *where, struct sockaddr_storage *address,
		  socklen_t *length);

#endif /* EXITSTAT_EXPORT_ADDRESS_H */
