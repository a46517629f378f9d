// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat stat: the exits, and their time, while a command runs or in an interval.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd_stat.h"
#include "lib/clock.h"
#include "lib/interval.h"
#include "lib/message.h"
#include "lib/options.h"
#include "lib/replace.h"
#include "lib/signals.h"
#include "model/difference.h"
#include "model/keys.h"
#include "model/keys_difference.h"
#include "model/reading.h"
#include "model/regions.h"
#include "model/table.h"
#include "render/render.h"
#include "render/render_keys.h"
#include "render/warning.h"
#include "source/cpuid.h"
#include "source/source.h"
#include "source/target.h"
#include "source/why.h"
#include "with_keys.h"

/**
 * struct env - the options
 * @target: the VM, vCPU or host to read
 * @interval: INTERVAL [COUNT]
 * @output: file to print to, NULL for none
 * @sort: --sort
 * @keys: --keys
 * @regions: with --keys, QEMU's names
 * @cycles: --cycles
 * @json: --json
 * @command: the command and its arguments, NULL for none
 */
struct env {
	struct target target;
	struct interval interval;
	const char *output;
	unsigned int sort;
	bool keys;
	struct regions regions;
	bool cycles;
	bool json;
	char **command;
};

static const struct opt options[] = {
	TARGET_OPTIONS(TARGET_IN(struct env, target)),
	TARGET_VCPU_OPTION(TARGET_IN(struct env, target)),
	TARGET_HOST_OPTION(TARGET_IN(struct env, target)),
	{ 'o', "output", "FILE", "print to FILE instead; - is standard output",
	  .by = BY_FILES, SETS_TEXT(struct env, output) },
	{ 0, "sort", "KEY", "sort by %s, the largest first; by default exits",
	  SETS_WORD(sort_words, struct env, sort) },
	{ 0, "keys", .help = "show which MSR, port, address, CPUID leaf and so on the exits were about; on a host, as show --keys, but not with --host",
	  SETS_FLAG(struct env, keys) },
	{ 0, "cycles", .help = "show TSC cycles instead of times",
	  SETS_FLAG(struct env, cycles) },
	JSON_OPTION("", struct env, json),
	{}
};

const struct command stat_command = {
	.name = "stat",
	.summary = "exits and time while a command runs, or in an interval",
	.run = cmd_stat,
	.operands = "INTERVAL [COUNT]\n[--] COMMAND [ARGUMENT]...",
	.about = "Run a command and print to stderr the exits that a virtual machine makes meanwhile, by reason, and where its time went. In a guest, this is the guest's own VM; on a host, an option chooses the VM. stat returns the command's status; 128 and the number of the signal that ended the command; or 126 or 127 if the command cannot be started. With INTERVAL, a number, print to stdout what was added in every INTERVAL seconds, COUNT times or until Ctrl-C; with --json, one line each time.",
	.options = options,
	.examples =
		"  exitstat stat -- make -j4\n"
		"  exitstat stat --sort halt -- ./server-benchmark\n"
		"  exitstat stat -o exits.json --json -- dd if=/dev/vda of=/dev/null count=1000\n"
		"  exitstat stat 10                      # exits of the whole VM in 10 seconds\n"
		"  exitstat stat --vm web1 1 60          # on the host\n"
		"  exitstat stat --vm web1 --keys 10     # which MSRs, ports and so on\n"
		"  exitstat stat -p 4711 -- sleep 5\n",
	.by = BY_COMMANDS,
	.stops = true,
};

static volatile sig_atomic_t command_pid;

/*
 * Pass the signal on to the command; we report when the command ends.  A signal from
 * the terminal reaches the command without our help.
 */
static void pass_on(int sig, siginfo_t *info, void *context)
{
	const int saved = errno;

	(void)context;
	if (info->si_code <= 0 && command_pid)
		kill(command_pid, sig);
	errno = saved;
}

static void pass_on_signals(const sigset_t *signals)
{
	const struct sigaction action = {
		.sa_sigaction = pass_on,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};

	on_signals(signals, &action);
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
			return fail("cannot wait for the command: %s", strerror(errno));
	return EXIT_DONE;
}

static int not_started(const char *command, int err)
{
	fail("cannot start '%s': %s", command, strerror(err));
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;
}

/**
 * struct moment - what is read at one time
 * @r: the reading; with --keys what is said of it
 * @keys: with --keys
 */
struct moment {
	struct reading r;
	struct keys keys;
};

static void moment_free(struct moment *m)
{
	free(m->keys.rows);
	m->keys.rows = NULL;
}

/* 0, SOURCE_FAILED or SOURCE_ENDED. */
static int take(const struct env *env, struct source *source, struct moment *m, char *why)
{
	int ret;

	m->keys.rows = NULL;
	if (!env->keys)
		return source_read(source, NULL, &m->r, why);
	ret = with_keys_read(source, &env->target, &m->keys, why);
	if (ret)
		m->keys.rows = NULL;
	else
		m->r = with_keys_reading(&m->keys, false);
	return ret;
}

static int check(const struct env *env, const struct moment *m)
{
	return env->keys ? with_keys_add_up(&m->keys) : check_reading(&m->r);
}

/* NULL, or why there is no difference, a part of a sentence. */
static const char *subtract_moment(const struct env *env, struct moment *a, struct moment *b,
				   struct moment *added, struct stat_run *run)
{
	added->r = b->r;
	if (env->keys)
		return keys_difference(&a->keys, &b->keys, &added->keys);
	added->keys.rows = NULL;
	if (a->r.members != b->r.members)
		return "vCPUs were plugged or unplugged";
	return subtract(&a->r, &added->r, run) ? "a counter went back" : NULL;
}

/* As take(), but the end of the VM is a failure, as there is no difference then. */
static int take_all(const struct env *env, struct source *source, struct moment *m)
{
	char why[WHY_SIZE];
	const int ret = take(env, source, m, why);

	if (!ret)
		return EXIT_DONE;
	return fail("%s%s", why, ret == SOURCE_ENDED ?
		    ", so there is no difference to show" : "");
}

/* Take both readings; the command runs in between, in the child that waits at @sock. */
static int measure(const struct env *env, struct source *source, int sock,
		   pid_t pid, struct moment *a, struct moment *b,
		   struct stat_run *run)
{
	int status, err, ret, lost;
	uint64_t start;

	ret = take_all(env, source, a);
	start = now_ns();
	if (!ret && send(sock, "", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		ret = fail("cannot start the command: %s", strerror(errno));
	if (ret)	/* The child sees the end of the socket and exits. */
		shutdown(sock, SHUT_RDWR);
	lost = wait_for(pid, &status);
	command_pid = 0;
	if (lost || ret)
		return EXIT_MISUSE;
	run->elapsed_ns = now_ns() - start;

	if (recv(sock, &err, sizeof(err), 0) == sizeof(err))
		return not_started(env->command[0], err);
	run->status = WIFSIGNALED(status) ? EXIT_BY_SIGNAL + WTERMSIG(status) :
					    WEXITSTATUS(status);

	ret = take_all(env, source, b);
	if (!ret && a->r.id != b->r.id)
		ret = fail("the counters changed while the command ran (live migration, restore, the host's exitstat_guest was set, or its modules were loaded again), so there is no difference to show");
	if (ret)
		fail("the command itself ended with status %d", run->status);
	return ret;
}

/* Fork a child that waits before it runs the command, and set up signals on both sides. */
static int fork_and_measure(const struct env *env, struct source *source,
			    struct moment *a, struct moment *b,
			    struct stat_run *run)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t signals, mask;
	int sock[2];
	pid_t pid;
	int ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock))
		return fail("cannot make a socket: %s", strerror(errno));
	end_signals(&signals);
	sigprocmask(SIG_BLOCK, &signals, &mask);
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
		pass_on_signals(&signals);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (!ret) {
		/* While SIGCHLD is ignored, as our parent may have had it, no child can be waited for. */
		signal(SIGCHLD, SIG_DFL);
		ret = measure(env, source, sock[0], pid, a, b, run);
		on_signals(&signals, &usual);
	}
	close(sock[0]);
	return ret;
}

/**
 * struct out - where reports go
 * @fd: descriptor
 * @name: its name in messages
 * @path: file to close, NULL for none
 * @created: we have created the file
 * @written: we have written into it
 */
struct out {
	int fd;
	const char *name;
	const char *path;
	bool created;
	bool written;
};

static int report(const struct env *env, struct out *out,
		  const struct source *source, struct moment *added,
		  const struct stat_run *run)
{
	const struct view view = {
		.r = &added->r,
		.sort = env->sort,
		.json = env->json,
		.cycles = env->cycles,
		.run = run,
		.subject = source_subject(source),
		.regions = &env->regions,
		.time_ns = time_of_day_ns(),
		.series = !env->command,
		.width = terminal_width(out->fd),
	};
	char *output;
	int ret;

	if (env->keys && keys_sort(&added->keys, env->sort))
		return fail("out of memory");
	output = env->keys ? render_keys(&view, &added->keys) : render(&view);
	if (!output)
		return fail("out of memory");
	/* A file that is not regular cannot be truncated and need not be. */
	if (out->path && !out->written && ftruncate(out->fd, 0) && errno != EINVAL)
		ret = fail("cannot write to %s: %s", out->name, strerror(errno));
	else
		ret = write_all(out->fd, out->name, output);
	out->written |= !ret;
	free(output);
	return ret;
}

/*
 * Open the file before the command runs, so that the command does not run in vain.  Do
 * not empty it yet; if we fail, a file that we have created is removed.
 */
static int open_out(const struct env *env, struct out *out)
{
	*out = (struct out) {
		.fd = env->command ? STDERR_FILENO : STDOUT_FILENO,
		.name = env->output ?: env->command ? "standard error" :
						      "standard output",
		.path = env->output,
	};
	if (out->path && is_standard_output(out->path))
		*out = (struct out) { .fd = STDOUT_FILENO, .name = "standard output" };
	if (!out->path)
		return EXIT_DONE;
	out->fd = open_for_writing(out->path, &out->created);
	return out->fd >= 0 ? EXIT_DONE : EXIT_MISUSE;
}

static int close_out(struct out *out, int ret)
{
	if (out->path && close(out->fd) && !ret)
		ret = fail("cannot write to %s: %s", out->path, strerror(errno));
	if (ret && out->created && !out->written)
		unlink(out->path);
	return ret;
}

/* Between the readings @a and @b the command has run. */
static int report_command(const struct env *env, struct source *source, struct out *out,
			  struct moment *a, struct moment *b, struct stat_run *run)
{
	const int adds_up = check(env, a) ?: check(env, b);
	struct moment added;
	const char *why;
	int ret;

	if (env->keys)
		with_keys_warn(&b->keys);
	why = subtract_moment(env, a, b, &added, run);
	if (why) {
		ret = fail("%s while the command ran, so there is no difference to show; the command itself ended with status %d",
			   why, run->status);
	} else {
		warn_run(run);
		warn_reading(&added.r);
		ret = report(env, out, source, &added, run);
		if (!ret && adds_up)
			fail("the command itself ended with status %d", run->status);
		ret = ret ?: adds_up ?: run->status;
	}
	moment_free(&added);
	return ret;
}

static int stat_one(const struct env *env, struct source *source,
			struct out *out)
{
	struct stat_run run = { .argv = env->command };
	struct moment a = {}, b = {};
	int ret;

	ret = fork_and_measure(env, source, &a, &b, &run);
	if (!ret)
		ret = report_command(env, source, out, &a, &b, &run);
	moment_free(&a);
	moment_free(&b);
	return ret;
}

/**
 * struct series - intervals, one after another
 * @last: what was read at the start of the next interval
 * @time: when @last was taken, by now_ns()
 * @shown: number of intervals that have been reported
 * @check: 1 as soon as a reading does not add up
 */
struct series {
	struct moment last;
	uint64_t time;
	uint32_t shown;
	int check;
};

static int take_next(const struct env *env, struct source *source, struct series *s,
		     struct moment *m)
{
	char why[WHY_SIZE];
	const int ret = take(env, source, m, why);

	if (ret)
		fail("%s", why);
	else
		s->check |= check(env, m);
	return ret;
}

/* Report from @s->last to @next. */
static int report_interval(const struct env *env, struct source *source, struct out *out,
			   struct series *s, struct moment *next, struct stat_run *run)
{
	struct moment added;
	const char *why;
	int ret = EXIT_DONE;

	if (env->keys && !s->shown)
		with_keys_warn(&next->keys);
	why = subtract_moment(env, &s->last, next, &added, run);
	if (why) {
		warn("%s, so this interval is left out", why);
	} else {
		warn_run(run);
		if (!s->shown || next->r.counting != s->last.r.counting ||
		    next->r.untrusted != s->last.r.untrusted || added.r.anomalies)
			warn_reading(&added.r);
		ret = report(env, out, source, &added, run);
		s->shown += !ret;
	}
	moment_free(&added);
	return ret;
}

/* Report the interval that ends now. */
static int stat_interval(const struct env *env, struct source *source,
			 struct out *out, struct series *s)
{
	struct stat_run run = {};
	struct moment next;
	uint64_t time;
	int ret;

	ret = take_next(env, source, s, &next);
	if (ret)
		return ret;
	time = now_ns();
	run.elapsed_ns = time - s->time;
	s->time = time;
	if (next.r.id != s->last.r.id)
		warn("the counters changed (live migration, restore, the host's exitstat_guest was set, or its modules were loaded again), so this interval has no difference to show");
	else
		ret = report_interval(env, source, out, s, &next, &run);
	moment_free(&s->last);
	s->last = next;
	return ret;
}

/* If the VM ends between two readings, the first of them was the last to report. */
static int stat_intervals(const struct env *env, struct source *source,
			  struct out *out)
{
	struct series s = {};
	struct ticker ticker;
	uint32_t n = 0;
	int ret;

	ret = take_next(env, source, &s, &s.last);
	if (ret)
		return EXIT_MISUSE;
	s.time = now_ns();
	ticker_start(&ticker, env->interval.ns);
	while (!ret && ticker_wait(&ticker)) {
		ret = stat_interval(env, source, out, &s);
		if (++n == env->interval.count)
			break;
	}
	ticker_end(&ticker);
	moment_free(&s.last);
	if (ret == SOURCE_ENDED)
		ret = s.shown ? EXIT_DONE : EXIT_MISUSE;
	return ret ?: s.check;
}

/* The host's keys are those of the VMs that exist, so their sum falls when a VM ends. */
static int check_keys_options(const struct env *env)
{
	if (env->target.host)
		return fail("the keys of the host are those of the VMs that exist at that moment, so they have no difference: give one VM, with -p PID or --vm NAME");
	return with_keys_check("stat", &env->target, false, env->sort);
}

static int stat_all(struct env *env, cpuid_fn cpuid)
{
	struct source source;
	char why[WHY_SIZE];
	struct out out;
	int ret;

	if (env->keys && check_keys_options(env))
		return EXIT_MISUSE;
	if (source_open(&source, &env->target, cpuid, false, why))
		return fail("%s", why);
	/* Before the file: Ctrl-C can end us while QEMU does not answer. */
	if (env->keys)
		with_keys_regions(&source, &env->target, &env->regions);
	ret = open_out(env, &out);
	if (!ret) {
		ret = env->command ? stat_one(env, &source, &out) :
				     stat_intervals(env, &source, &out);
		ret = close_out(&out, ret);
	}
	source_close(&source);
	free(env->regions.list);
	return ret;
}

/* A number as the first operand is INTERVAL, unless "--" comes before it. */
static bool is_series(const struct operands *operands)
{
	return operands->nr && !operands->dashes && is_number(operands->words[0]);
}

/* Options may also follow INTERVAL and COUNT, so parse the whole line once more. */
static int parse_series(struct env *env, int argc, char **argv, const char *first)
{
	struct command series = stat_command;
	struct operands operands;
	int ret;

	if (first[strspn(first, "0123456789.")])
		return fail("INTERVAL is '%s': give seconds, a number; put -- before a command whose name begins with a digit: exitstat stat -- %s",
			    first, first);
	series.stops = false;
	*env = (struct env) {};
	if (!options_parse(&series, argc, argv, env, &operands, &ret))
		return ret ?: -1;
	return interval_parse("stat", operands.words, operands.nr, &env->interval);
}

int cmd_stat(int argc, char **argv, cpuid_fn cpuid)
{
	struct operands operands;
	struct env env = {};
	int ret;

	if (!options_parse(&stat_command, argc, argv, &env, &operands, &ret))
		return ret;
	if (!operands.nr)
		return fail("stat needs a command to run, or INTERVAL; see 'exitstat stat --help'");
	if (is_series(&operands))
		ret = parse_series(&env, argc, argv, operands.words[0]);
	else
		env.command = operands.words;
	if (ret < 0)	/* --help */
		return EXIT_DONE;
	return ret ?: stat_all(&env, cpuid);
}
