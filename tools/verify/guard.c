// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a process that lets a VM run again if we cannot.
 */
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/waits.h"
#include "verify/guard.h"

/* Exit codes of the guard after the limit, or after our end */
#define RESUMED		1
#define NOT_RESUMED	2

static bool tell(int line)
{
	return send(line, "", 1, MSG_NOSIGNAL) == 1;
}

/* Whether the other end says something in time; false, too, if it has ended. */
static bool hears(int line, unsigned int limit_ms)
{
	struct pollfd fd = { .fd = line, .events = POLLIN };
	char byte;

	return poll(&fd, 1, limit_ms) > 0 && read(line, &byte, 1) == 1;
}

/*
 * The guard has a session and a name of its own, so that a signal to our process group, or
 * to all processes with our name, does not reach it.
 */
static void watch(int line, unsigned int limit_ms, bool (*resume)(void *data), void *data)
{
	setsid();
	prctl(PR_SET_NAME, "verify-guard");
	if (hears(line, limit_ms) && tell(line) && hears(line, 2 * waits.stop))
		_exit(0);
	_exit(resume(data) ? RESUMED : NOT_RESUMED);
}

bool guard_begin(struct guard *g, unsigned int limit_ms, bool (*resume)(void *data),
		 void *data)
{
	int line[2];

	*g = (struct guard) {};
	/* Not a pipe, because writing to it could raise SIGPIPE. */
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

bool guard_yields(const struct guard *g, unsigned int limit_ms)
{
	return tell(g->line) && hears(g->line, limit_ms);
}

bool guard_has_resumed(const struct guard *g)
{
	siginfo_t info = {};

	return g->pid && !waitid(P_PID, g->pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid && info.si_code == CLD_EXITED && info.si_status == RESUMED;
}

bool guard_end(struct guard *g, bool done)
{
	int status;

	if (!g->pid)
		return true;
	if (done)
		tell(g->line);
	close(g->line);
	/* Do not wait for a guard that resumes the VM. */
	if (waitpid(g->pid, &status, done ? 0 : WNOHANG) != g->pid)
		status = 0;
	*g = (struct guard) {};
	return !WIFEXITED(status) || !WEXITSTATUS(status);
}
