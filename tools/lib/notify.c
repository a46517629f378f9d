// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the protocol of sd_notify(3): one datagram to the UNIX socket that NOTIFY_SOCKET
 * names.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/message.h"
#include "lib/notify.h"

/* The service manager's socket; without one, @length is 0. */
static struct sockaddr_un address;
static socklen_t length;

bool notify_begin(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const size_t size = path ? strlen(path) : 0;
	/* A path ends with a NUL; an abstract name has no end, and begins with @ here. */
	const bool abstract = size > 1 && path[0] == '@';

	length = 0;
	if (!size)
		return false;
	if ((!abstract && path[0] != '/') || size + !abstract > sizeof(address.sun_path)) {
		warn("the service manager is told nothing, because NOTIFY_SOCKET, '%s', is neither a path nor an abstract name of at most %zu bytes",
		     path, sizeof(address.sun_path) - 1);
		return false;
	}
	address = (struct sockaddr_un) { .sun_family = AF_UNIX };
	memcpy(address.sun_path, path, size);
	if (abstract)
		address.sun_path[0] = '\0';
	length = offsetof(struct sockaddr_un, sun_path) + size + !abstract;
	return true;
}

int notify(const char *state)
{
	/* A manager that reads no more must not hold us up. */
	const struct timeval limit = { .tv_sec = 1 };
	const int old = errno;
	int fd, ret = 0;

	if (!length)
		return 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
		   length) < 0)
		ret = errno;
	if (fd >= 0)
		close(fd);
	errno = old;
	return ret;
}

uint64_t notify_watchdog(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!us || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(us, NULL, 10);
}
