// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: starts the command that the comparison lasts for.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/signals.h"
#include "lib/waits.h"
#include "verify/command.h"

#define STEP_MS		100	/* between two looks for a signal */

void surroundings_restore(const struct surroundings *surroundings)
{
	signal(SIGPIPE, SIG_DFL);
	setrlimit(RLIMIT_NOFILE, &surroundings->limit);
	sigprocmask(SIG_SETMASK, &surroundings->mask, NULL);
}

bool ends_within(pid_t pid, unsigned int ms)
{
	const uint64_t until = now_ms() + ms;
	siginfo_t info = {};

	while (!waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       !info.si_pid && now_ms() < until)
		usleep(10000);
	return info.si_pid;
}

void kill_child(pid_t pid, int *status)
{
	kill(pid, SIGKILL);
	if (ends_within(pid, waits.killed))
		waitpid(pid, status, 0);
}

static void become(char **command, const struct surroundings *surroundings, int report)
{
	int err;

	surroundings_restore(surroundings);
	execvp(command[0], command);
	err = errno;
	if (write(report, &err, sizeof(err)) != sizeof(err))
		_exit(EXIT_NOT_RUNNABLE);
	_exit(EXIT_NOT_FOUND);
}

/* Read why the command has not been loaded, or nothing if it has been; NULL, or why we do not wait. */
static const char *wait_for(int report, int *err)
{
	const uint64_t until = now_ms() + waits.command;
	struct pollfd fd = { .fd = report, .events = POLLIN };

	while (poll(&fd, 1, STEP_MS) <= 0) {
		if (end_is_pending())
			return "we were interrupted while its file was read";
		if (now_ms() >= until)
			return "its file cannot be read for now; see whether its file system answers";
	}
	if (read(report, err, sizeof(*err)) != sizeof(*err))
		*err = 0;
	return NULL;
}

pid_t command_start(char **command, const struct surroundings *surroundings, char *why)
{
	const char *wrong;
	int report[2], err = 0;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC)) {
		explain(why, "cannot make a pipe: %s", strerror(errno));
		return 0;
	}
	pid = fork();
	if (!pid)
		become(command, surroundings, report[1]);
	close(report[1]);
	if (pid < 0)
		wrong = strerror(errno);
	else
		wrong = wait_for(report[0], &err) ?: err ? strerror(err) : NULL;
	close(report[0]);
	if (!wrong)
		return pid;
	explain(why, "cannot run %s: %s", command[0], wrong);
	if (pid > 0)
		kill_child(pid, NULL);
	return 0;
}
