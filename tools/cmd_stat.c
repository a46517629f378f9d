// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat stat: the exits that happen while a command runs, and their time.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

static const char help[] =
"Usage: exitstat stat [-o FILE] [--sort KEY] [--cycles] [--json] [--]\n"
"                     COMMAND [ARGUMENT]...\n"
"\n"
"Run a command and print the exits of this virtual machine meanwhile, by reason,\n"
"and where its time went, on stderr.  Returns the command's status, or 128 and\n"
"the signal that ended it; 126 or 127 where it cannot be started.\n"
"\n"
"  -o, --output=FILE  print to FILE instead of stderr\n"
"      --sort=KEY     most first of exits (default), kernel, user, halt,\n"
"                     preempt, block, mean or longest\n"
"      --cycles       TSC cycles instead of times\n"
"      --json         as JSON; exitstat(1) describes the fields\n"
"      --help         show this help\n"
"      --version      show the version\n"
"\n"
"EXAMPLES\n"
"  exitstat stat -- make -j4\n"
"  exitstat stat --sort halt -- ./server-benchmark\n"
"  exitstat stat -o exits.json --json -- dd if=/dev/vda of=/dev/null count=1000\n"
"  exitstat stat -- sleep 10             # exits of the whole VM in 10 seconds\n";

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "sort", required_argument, NULL, 's' },
	{ "cycles", no_argument, NULL, 'y' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{}
};

/**
 * struct env - the options
 * @output: file to print to, NULL for stderr
 * @sort: --sort
 * @cycles: --cycles
 * @json: --json
 * @command: the command and its arguments
 */
struct env {
	const char *output;
	unsigned int sort;
	bool cycles;
	bool json;
	char **command;
};

/* Signals by which a user ends a command. */
static const int end_signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };

#define NR_END_SIGNALS	(sizeof(end_signals) / sizeof(end_signals[0]))

static volatile sig_atomic_t command_pid;

/*
 * The command gets the signal, and its end is reported.  What the terminal
 * sends reaches the command without us.
 */
static void pass_on(int sig, siginfo_t *info, void *context)
{
	const int saved = errno;

	(void)context;
	if (info->si_code <= 0 && command_pid)
		kill(command_pid, sig);
	errno = saved;
}

static void catch_signals(struct sigaction before[NR_END_SIGNALS])
{
	struct sigaction action = {
		.sa_sigaction = pass_on,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};
	unsigned int i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < NR_END_SIGNALS; i++) {
		sigaction(end_signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(end_signals[i], &action, NULL);
	}
}

static void restore_signals(const struct sigaction before[NR_END_SIGNALS])
{
	unsigned int i;

	for (i = 0; i < NR_END_SIGNALS; i++)
		sigaction(end_signals[i], &before[i], NULL);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* In the child: wait for the first reading, then become the command. */
static void run_command(int sock, char **command)
{
	char go;
	int err;

	if (recv(sock, &go, 1, 0) == 1) {
		execvp(command[0], command);
		err = errno;
		send(sock, &err, sizeof(err), MSG_NOSIGNAL);
	}
	_exit(EXIT_NOT_FOUND);
}

static int wait_for(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return fail("lost the command: %s", strerror(errno));
	return EXIT_DONE;
}

static int not_started(const char *command, int err)
{
	fail("cannot start '%s': %s", command, strerror(err));
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;
}

/* From the child waiting at @sock to the second reading. */
static int measure(const struct env *env, cpuid_fn cpuid, int sock, pid_t pid,
		   struct reading *a, struct reading *b, struct stat_run *run)
{
	const struct request all = {};
	int status, err, ret;
	uint64_t start;

	ret = source_cpuid_read(cpuid, &all, a);
	start = now_ns();
	if (!ret && send(sock, "", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		ret = fail("cannot start the command: %s", strerror(errno));
	if (ret)	/* The child sees the end of the socket and exits. */
		shutdown(sock, SHUT_RDWR);
	if (wait_for(pid, &status) || ret)
		return EXIT_MISUSE;
	command_pid = 0;
	run->elapsed_ns = now_ns() - start;

	if (recv(sock, &err, sizeof(err), 0) == sizeof(err))
		return not_started(env->command[0], err);
	run->status = WIFSIGNALED(status) ? EXIT_BY_SIGNAL + WTERMSIG(status) :
					    WEXITSTATUS(status);

	ret = source_cpuid_read(cpuid, &all, b);
	if (!ret && a->id != b->id)
		ret = fail("the counters changed while the command ran (live migration, restore, or the host's exitstat_guest was set), so there is no difference to show");
	if (ret)
		fail("the command itself ended with status %d", run->status);
	return ret;
}

/* Fork the command, held back, with signals in order on both sides. */
static int fork_and_measure(const struct env *env, cpuid_fn cpuid,
			    struct reading *a, struct reading *b,
			    struct stat_run *run)
{
	struct sigaction before[NR_END_SIGNALS];
	sigset_t block, mask;
	int sock[2];
	unsigned int i;
	pid_t pid;
	int ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock))
		return fail("cannot make a socket: %s", strerror(errno));
	sigemptyset(&block);
	for (i = 0; i < NR_END_SIGNALS; i++)
		sigaddset(&block, end_signals[i]);
	sigprocmask(SIG_BLOCK, &block, &mask);
	pid = fork();
	if (!pid) {
		sigprocmask(SIG_SETMASK, &mask, NULL);
		close(sock[0]);
		run_command(sock[1], env->command);
	}
	ret = pid < 0 ? fail("cannot fork: %s", strerror(errno)) : EXIT_DONE;
	close(sock[1]);
	if (!ret) {
		command_pid = pid;
		catch_signals(before);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (!ret) {
		/* Whoever ignores it has no children to wait for. */
		signal(SIGCHLD, SIG_DFL);
		ret = measure(env, cpuid, sock[0], pid, a, b, run);
		command_pid = 0;
		restore_signals(before);
	}
	close(sock[0]);
	return ret;
}

static int report(const struct env *env, int fd, const struct reading *r,
		  const struct stat_run *run)
{
	const struct view view = {
		.r = r,
		.sort = env->sort,
		.json = env->json,
		.cycles = env->cycles,
		.run = run,
	};
	char *output;
	int ret;

	output = render(&view);
	if (!output)
		return EXIT_MISUSE;
	warn_reading(r);
	/* What is no regular file cannot be truncated and need not be. */
	if (env->output && ftruncate(fd, 0) && errno != EINVAL)
		ret = fail("cannot write to %s: %s", env->output,
			   strerror(errno));
	else
		ret = write_all(fd, env->output ?: "standard error", output);
	free(output);
	return ret;
}

/* Neither emptied yet nor, if we fail, left behind where it was not there. */
static int open_output(const char *path, bool *created)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	*created = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd;
}

static int stat_command(const struct env *env, cpuid_fn cpuid)
{
	struct stat_run run = { .argv = env->command };
	struct reading a, b;
	int fd = STDERR_FILENO;
	bool created = false;
	int ret, check = EXIT_DONE;

	/* Before the command runs, so that it does not run in vain. */
	if (env->output) {
		fd = open_output(env->output, &created);
		if (fd < 0)
			return fail("cannot write to %s: %s", env->output,
				    strerror(errno));
	}
	ret = fork_and_measure(env, cpuid, &a, &b, &run);
	if (!ret) {
		check = check_adds_up(&a) ?: check_adds_up(&b);
		ret = subtract(&a, &b, &run);
	}
	if (!ret)
		ret = report(env, fd, &b, &run);
	if (env->output && close(fd) && !ret)
		ret = fail("cannot write to %s: %s", env->output,
			   strerror(errno));
	if (ret && created)
		unlink(env->output);
	if (!ret && check) {
		fail("the command itself ended with status %d", run.status);
		ret = check;
	}
	return ret ?: run.status;
}

int cmd_stat(int argc, char **argv, cpuid_fn cpuid)
{
	struct env env = {};
	int c;

	optind = 0;
	while ((c = next_option(argc, argv, "+:o:h", options)) != -1) {
		switch (c) {
		case 'o':
			env.output = optarg;
			break;
		case 's':
			if (parse_sort(optarg, &env.sort))
				return EXIT_MISUSE;
			break;
		case 'y':
			env.cycles = true;
			break;
		case 'j':
			env.json = true;
			break;
		case 'h':
			return print(help);
		case 'v':
			return print_version();
		default:
			return EXIT_MISUSE;
		}
	}
	if (optind == argc)
		return fail("stat needs a command to run; see 'exitstat stat --help'");
	env.command = argv + optind;
	return stat_command(&env, cpuid);
}
