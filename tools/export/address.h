/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: addresses to listen at.
 */
#ifndef EXITSTAT_EXPORT_ADDRESS_H
#define EXITSTAT_EXPORT_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

#define INHERITED	"inherited"	/* not an address: the socket that systemd has opened */
#define ADDRESS_SIZE	160		/* bytes of its text */

/*
 * unix:PATH; or ADDR:PORT, [ADDR]:PORT for IPv6, :PORT or PORT; numbers only, no names.
 * The default address is 127.0.0.1.  0, or EXIT_MISUSE after a sentence.
 */
int parse_address(const char *where, struct sockaddr_storage *address,
		  socklen_t *length);

/* Format @address as a URL, or as unix:PATH. */
void address_text(const struct sockaddr_storage *address, char *text, size_t size);

/*
 * A socket that listens at @where, or the inherited one; -1 after a sentence.  Owner and
 * group may connect to a UNIX socket.  If nobody listens any more at its path, the path is
 * taken over.
 */
int address_open(const char *where);

#endif /* EXITSTAT_EXPORT_ADDRESS_H */
