// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: addresses to listen at.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "export/address.h"
#include "lib/message.h"
#include "lib/number.h"

static bool parse_port(const char *text, in_port_t *port)
{
	uint32_t number;

	if (!isdigit((unsigned char)*text) || parse_u32(text, &number) ||
	    number > UINT16_MAX)
		return false;
	*port = htons(number);
	return true;
}

int parse_address(const char *where, struct sockaddr_storage *address,
		  socklen_t *length)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	const char *colon = strrchr(where, ':');
	const char *port = colon ? colon + 1 : where;
	char host[INET6_ADDRSTRLEN + 2];
	const size_t n = colon ? colon - where : 0;
	bool ok = n < sizeof(host);

	memset(address, 0, sizeof(*address));
	snprintf(host, sizeof(host), "%.*s", (int)n, where);
	if (ok && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		v6->sin6_family = AF_INET6;
		*length = sizeof(*v6);
		ok = inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1 &&
		     parse_port(port, &v6->sin6_port);
	} else {
		v4->sin_family = AF_INET;
		*length = sizeof(*v4);
		ok = ok && inet_pton(AF_INET, n ? host : "127.0.0.1", &v4->sin_addr) == 1 &&
		     parse_port(port, &v4->sin_port);
	}
	if (ok)
		return EXIT_DONE;
	return fail("cannot listen at '%s': give ADDR:PORT, numbers, such as 127.0.0.1:9904 or [::1]:9904",
		    where);
}
