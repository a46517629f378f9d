// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: addresses to listen at.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

#define UNIX		"unix:"
#define FIRST_INHERITED	3	/* as in sd_listen_fds(3) */
#define BACKLOG		128

static int parse_path(const char *path, struct sockaddr_storage *address, socklen_t *length)
{
	struct sockaddr_un *un = (struct sockaddr_un *)address;

	un->sun_family = AF_UNIX;
	*length = sizeof(*un);
	if (*path && strlen(path) < sizeof(un->sun_path)) {
		strcpy(un->sun_path, path);
		return EXIT_DONE;
	}
	return fail("cannot listen at 'unix:%s': a socket's path has from 1 to %zu bytes", path,
		    sizeof(un->sun_path) - 1);
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
	if (!strncmp(where, UNIX, strlen(UNIX)))
		return parse_path(where + strlen(UNIX), address, length);
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
	return fail("cannot listen at '%s': give unix:PATH, or ADDR:PORT, numbers, such as 127.0.0.1:9904 or [::1]:9904",
		    where);
}

void address_text(const struct sockaddr_storage *address, char *text, size_t size)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	const struct sockaddr_un *un = (const void *)address;
	char host[INET6_ADDRSTRLEN];

	if (address->ss_family == AF_UNIX)
		snprintf(text, size, UNIX "%.*s", (int)sizeof(un->sun_path), un->sun_path);
	else if (address->ss_family == AF_INET6)
		snprintf(text, size, "http://[%s]:%u/metrics",
			 inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host)),
			 ntohs(v6->sin6_port));
	else
		snprintf(text, size, "http://%s:%u/metrics",
			 inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host)),
			 ntohs(v4->sin_port));
}

static bool number_is(const char *name, long wanted)
{
	const char *text = getenv(name);

	return text && atol(text) == wanted;
}

static int inherited(void)
{
	const int fd = FIRST_INHERITED;
	socklen_t length = sizeof(int);
	int listens = 0, type = 0;

	if (!number_is("LISTEN_PID", getpid()) || !number_is("LISTEN_FDS", 1)) {
		fail("cannot listen: exactly one socket must be inherited, as systemd passes it on for a .socket unit (LISTEN_PID, LISTEN_FDS=1)");
		return -1;
	}
	getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
	if (listens && type == SOCK_STREAM && !fcntl(fd, F_SETFL, O_NONBLOCK) &&
	    !fcntl(fd, F_SETFD, FD_CLOEXEC))
		return fd;
	fail("cannot listen: the inherited descriptor %d is not a listening stream socket; use ListenStream= and Accept=no",
	     fd);
	return -1;
}

/* Remove the path of a socket whose server has ended, but not if a server listens there. */
static void take_path(const struct sockaddr_storage *address, socklen_t length)
{
	const struct sockaddr_un *un = (const void *)address;
	int fd;

	if (address->ss_family != AF_UNIX)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (connect(fd, (const void *)address, length) && errno == ECONNREFUSED) {
		struct stat st;

		if (!lstat(un->sun_path, &st) && S_ISSOCK(st.st_mode) && st.st_uid == geteuid())
			unlink(un->sun_path);
	}
	close(fd);
}

static bool begin_to_listen(int fd, const struct sockaddr_storage *address, socklen_t length)
{
	const int yes = 1;
	mode_t before;
	bool bound;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	/* Nobody else may connect before its mode is set. */
	before = umask(0117);
	bound = !bind(fd, (const void *)address, length);
	umask(before);
	return bound && !listen(fd, BACKLOG);
}

int address_open(const char *where)
{
	struct sockaddr_storage address;
	socklen_t length;
	int fd;

	if (!strcmp(where, INHERITED))
		return inherited();
	if (parse_address(where, &address, &length))
		return -1;
	take_path(&address, length);
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && begin_to_listen(fd, &address, length))
		return fd;
	fail("cannot listen at %s: %s; choose another address or port, or end the process that uses it", where,
	     strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}
