// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a process that lets a VM run again where we cannot.
 */
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verify/guard.h"

#define RESUMED	1	/* its exit code: the limit was over */

/*
 * A session and a name of its own: what is sent to our group, or to all of our name, does
 * not reach it.
 */
static void watch(int line, unsigned int limit_ms, void (*resume)(void *data), void *data)
{
	struct pollfd fd = { .fd = line, .events = POLLIN };
	char done;

	setsid();
	prctl(PR_SET_NAME, "verify-guard");
	if (poll(&fd, 1, limit_ms) > 0 && read(line, &done, 1) == 1)
		_exit(0);
	resume(data);
	_exit(RESUMED);
}

bool guard_begin(struct guard *g, unsigned int limit_ms, void (*resume)(void *data),
		 void *data)
{
	int line[2];

	*g = (struct guard) {};
	/* A pipe's SIGPIPE would be ours. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line))
		return false;
	g->pid = fork();
	if (!g->pid) {
		close(line[1]);
		watch(line[0], limit_ms, resume, data);
	}
	close(line[0]);
	g->line = line[1];
	if (g->pid > 0)
		return true;
	close(g->line);
	*g = (struct guard) {};
	return false;
}

bool guard_end(struct guard *g, bool done)
{
	int status = 0;

	if (!g->pid)
		return true;
	if (done)
		send(g->line, "", 1, MSG_NOSIGNAL);
	close(g->line);
	/* One that has something to resume takes its time. */
	if (waitpid(g->pid, &status, done ? 0 : WNOHANG) != g->pid)
		status = 0;
	*g = (struct guard) {};
	return !WIFEXITED(status) || WEXITSTATUS(status) != RESUMED;
}
