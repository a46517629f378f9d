// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: compares, on the host, the counts of running VMs with those of the
 * tracepoint kvm:kvm_exit.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/options.h"
#include "lib/replace.h"
#include "lib/signals.h"
#include "lib/waits.h"
#include "source/choose.h"
#include "source/cpuid.h"
#include "source/target.h"
#include "source/vm.h"
#include "verify/cmd_verify.h"
#include "verify/command.h"
#include "verify/descriptors.h"
#include "verify/tracepoint.h"
#include "verify/verify.h"
#include "verify/verify_render.h"
#include "verify/verify_watch.h"
#include "verify/verify_witness.h"
#include "verify/witness.h"

#define PAUSE_MOST	(3600 * SECOND)

/**
 * struct env - the options, and the state of the run
 * @watch: the VMs that are compared
 * @all: --all
 * @json: --json
 * @save: file that also gets the JSON, or NULL
 * @pause_limit: ns, 0 if not given
 * @duration: ns, 0 if not given
 * @interval: ns
 * @command: the command and its arguments, NULL for none
 * @signals: the signals that we wait for
 * @before: the blocked signals, and the limit of file descriptors, at our start
 * @child: the command's process, 0 if it does not run
 * @child_status: the command's status, as from wait()
 * @told: the command has been told to end
 * @stop: end with the next reading
 */
struct env {
	struct watch watch;
	bool all;
	bool json;
	const char *save;
	uint64_t pause_limit;
	uint64_t duration;
	uint64_t interval;
	char **command;
	sigset_t signals;
	struct surroundings before;
	pid_t child;
	int child_status;
	bool told;
	bool stop;
};

static int add_witness(const struct opt *opt, const char *arg, void *at)
{
	struct witnesses *ws = at;

	(void)opt;
	ws->all[ws->nr++].command = arg;
	return EXIT_DONE;
}

static const struct opt options[] = {
	TARGET_PID_OPTION(TARGET_IN(struct env, watch.target)),
	TARGET_VM_OPTION(TARGET_IN(struct env, watch.target)),
	{ 0, "all", .help = "all VMs, including those that start meanwhile",
	  SETS_FLAG(struct env, all) },
	{ 'r', "reason", "REASON", "compare this reason, a number or a name, by itself even if it has no exits yet; may be repeated. Reasons with exits are always compared by themselves, and all others together.",
	  .by = BY_REASONS, SETS_TEXTS(struct env, watch.reasons) },
	{ 0, "pause", .help = "stop the VM around each reading, so that both counts must be equal",
	  SETS_FLAG(struct env, watch.pause) },
	{ 0, "qmp", "PATH", "stop the VM by QMP at this socket; by default at the socket of its QEMU, or by SIGSTOP",
	  .by = BY_FILES, SETS_TEXT(struct env, watch.qmp) },
	{ 0, "pause-limit", "SECONDS", "continue the VM after so many seconds, by default 60, even if witnesses are not ready",
	  SETS_SECONDS(struct env, pause_limit) },
	{ 0, "duration", "SECONDS", "compare for so many seconds, by default 5; with a command, until it ends",
	  SETS_SECONDS(struct env, duration) },
	{ 0, "interval", "SECONDS", "compare every so many seconds, by default 1",
	  SETS_SECONDS(struct env, interval) },
	{ 0, "witness", "COMMAND", "with --pause: also compare the counts of this command; may be repeated (exitstat-verify(1))",
	  SETS(add_witness, struct witnesses, struct env, watch.result.witnesses) },
	{ 0, "vcpus", .help = "also show each vCPU",
	  SETS_FLAG(struct env, watch.result.per_vcpu) },
	JSON_OPTION("", struct env, json),
	{ 0, "save", "FILE", "also write JSON to FILE; - is standard output",
	  .by = BY_FILES, SETS_TEXT(struct env, save) },
	{}
};

const struct command verify_command = {
	.name = "verify",
	.summary = "compare KVM's counts with the tracepoint kvm:kvm_exit",
	.run = cmd_verify,
	.operands = "[[--] COMMAND [ARGUMENT]...]",
	.about = "Compare the exits that KVM counts for running VMs with those of the tracepoint kvm:kvm_exit, which perf events count without loss. This runs on the host, as root. One of -p, --vm and --all chooses the VMs.",
	.options = options,
	.status = "Status: 0 no difference, 1 a difference, 2 misuse, or a VM or vCPU could not be compared.",
	.examples =
		"  exitstat verify --all\n"
		"  exitstat verify --vm web1 --pause --duration 60 --interval 10\n"
		"  exitstat verify -p 4711 --vcpus -r hlt -- sleep 30\n"
		"  exitstat verify --all --json | jq .result\n",
	.by = BY_COMMANDS,
	.stops = true,
};

static int start_command(struct env *env)
{
	char why[WHY_SIZE];

	env->child = command_start(env->command, &env->before, why);
	return env->child ? EXIT_DONE : fail("%s", why);
}

static void end_of_command(struct env *env)
{
	if (!env->child || waitpid(env->child, &env->child_status, WNOHANG) <= 0)
		return;
	env->child = 0;
	env->stop = true;
	if (WIFSIGNALED(env->child_status))
		watch_note(&env->watch, "the command was ended by signal %d",
			   WTERMSIG(env->child_status));
	else if (WEXITSTATUS(env->child_status))
		watch_note(&env->watch, "the command returned %d",
			   WEXITSTATUS(env->child_status));
}

/*
 * Pass the first signal on to the command, if there is one.  A signal from the terminal
 * reaches the command without our help.
 */
static void take_signal(struct env *env, const siginfo_t *info)
{
	if (info->si_signo == SIGCHLD) {
		end_of_command(env);
		return;
	}
	if (!env->child || env->told) {
		env->stop = true;
		return;
	}
	env->told = true;
	if (info->si_code <= 0)
		kill(env->child, info->si_signo);
}

/* Signals are accepted only here, between readings. */
static void wait_until(struct env *env, uint64_t when)
{
	struct timespec left;
	siginfo_t info;
	uint64_t now;

	while (!env->stop && (now = now_ns()) < when) {
		left.tv_sec = (when - now) / SECOND;
		left.tv_nsec = (when - now) % SECOND;
		if (sigtimedwait(&env->signals, &info, &left) >= 0)
			take_signal(env, &info);
	}
}

static void block_signals(struct env *env)
{
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	end_signals(&env->signals);
	sigaddset(&env->signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &env->signals, &env->before.mask);
}

/* A witness sees all VMs of a process, and cannot be asked twice. */
static int check_witnessed(const struct watch *w)
{
	if (!w->result.witnesses.nr || w->result.nr_vms < 2)
		return EXIT_DONE;
	return fail("there is more than one VM to compare (processes %d and %d), and witnesses need one; choose it by -p PID or --vm NAME",
		    w->result.vms[0]->vm.pid, w->result.vms[1]->vm.pid);
}

static int step(struct env *env)
{
	int ret;

	ret = watch_scan(&env->watch) ?: check_witnessed(&env->watch) ?: watch_open(&env->watch);
	watch_compare(&env->watch);
	return ret ?: env->watch.result.witnesses.failed ? EXIT_MISUSE : EXIT_DONE;
}

/* After the first reading of a batch: check that there is anything to do. */
static int check_batch(const struct env *env)
{
	const struct watch *w = &env->watch;
	unsigned int i, j, open = 0;

	for (i = 0; i < w->result.nr_vms; i++)
		for (j = 0; j < w->result.vms[i]->nr; j++)
			open += w->result.vms[i]->vcpus[j]->state == VCPU_OPEN;
	if (w->left_out && !open)
		return fail("one vCPU needs more file descriptors than the %u that can be opened; raise the limit (ulimit -n)",
			    w->room);
	if (w->left_out && env->command)
		return fail("not enough file descriptors for the events of all vCPUs (%u are left out), and a command runs only once; raise the limit (ulimit -n) or choose fewer VMs",
			    w->left_out);
	if (open || env->command || w->result.nr_vms)
		return EXIT_DONE;
	if (w->target.pid)
		return fail("process %d has no VM; 'ls /sys/kernel/debug/kvm' shows the VMs, PID-FD",
			    w->target.pid);
	if (w->target.name)
		return fail("no VM is named '%s' (QEMU's option -name, or the folder PID-FD in " KVM_DEBUGFS "); use -p PID",
			    w->target.name);
	return fail("no VM runs on this host");
}

/* After the first reading: witnesses that have not begun by now would miss exits. */
static int check_begun(const struct env *env)
{
	const struct witnesses *ws = &env->watch.result.witnesses;

	if (ws->nr && env->watch.left_out)
		return fail("not enough file descriptors for the events of all vCPUs (%u are left out), which witnesses need; raise the limit (ulimit -n)",
			    env->watch.left_out);
	if (ws->nr && !ws->begun)
		return fail("no vCPU has run yet, so witnesses have nothing to count; start the VM first");
	return EXIT_DONE;
}

static int run_batch(struct env *env)
{
	uint64_t start, end, next;
	int ret;

	ret = step(env) ?: check_batch(env) ?: check_begun(env);
	/* The time starts when all counters are ready, however long a witness took. */
	start = next = now_ns();
	end = env->command ? UINT64_MAX : start + env->duration;
	if (!ret && env->command)
		ret = start_command(env);
	while (!ret) {
		next += env->interval;
		wait_until(env, MIN(next, end));
		env->watch.last = env->stop || now_ns() >= end;
		ret = step(env);
		if (env->watch.last)
			break;
		if (now_ns() > next)
			next = now_ns();
	}
	watch_check_witnesses(&env->watch);
	watch_close(&env->watch);
	env->watch.result.elapsed_ns += now_ns() - start;
	return ret;
}

/* Compare in batches: as many vCPUs at a time as there are descriptors for. */
static int run_all(struct env *env)
{
	struct watch *w = &env->watch;
	char why[WHY_SIZE];
	int ret;

	if (vms_readable(why))
		return fail("%s", why);
	ret = tracepoint_id(&w->id);
	if (ret)
		return ret;
	w->room = descriptors_left(&env->before.limit);
	block_signals(env);
	w->result.witnesses.surroundings = env->before;
	do {
		ret = run_batch(env);
		if (!ret && w->left_out && !env->stop)
			watch_note(w, "not enough file descriptors for all vCPUs at once (ulimit -n): these are done, and the other %u are next",
				   w->left_out);
	} while (!ret && w->left_out && !env->stop);
	if (!ret && w->left_out)
		watch_note(w, "vCPUs that have not been reached: %u", w->left_out);
	return ret;
}

static int save(const char *path, const struct result *result)
{
	char *text = verify_json(result);
	int ret;

	if (!text)
		return fail("out of memory");
	ret = is_standard_output(path) ? print(text) : replace_file(path, text);
	free(text);
	return ret;
}

static int report(const struct env *env)
{
	const struct result *result = &env->watch.result;
	struct summary summary;
	char *text;
	int ret;

	summary_of(result, &summary);
	if (!summary.vcpus && !result->wrong_sums && !result->obstacle)
		fail("nothing could be compared: no vCPU ran long enough for two readings");
	else if (summary.vcpus && !summary.exits)
		fail("there was no exit in that time, so nothing was compared; let the VM run, or give a longer --duration");
	text = env->json ? verify_json(result) : verify_text(result);
	if (!text)
		return fail("out of memory");
	ret = print(text);
	free(text);
	if (env->save)
		ret = save(env->save, result) ?: ret;
	return summary.status == EXIT_CHECK ? EXIT_CHECK : ret ?: summary.status;
}

static int verify(struct env *env)
{
	struct summary summary;
	int ret;

	ret = run_all(env);
	if (!ret)
		return report(env);
	/* The run has ended early, after a message; report what was compared, if anything. */
	env->watch.result.obstacle = true;
	summary_of(&env->watch.result, &summary);
	return summary.vcpus || env->watch.result.wrong_sums ? report(env) : ret;
}

static int check_options(struct env *env)
{
	const struct watch *w = &env->watch;
	char why[WHY_SIZE];

	if (!!w->target.pid + !!w->target.name + env->all != 1)
		return fail("choose VMs by one of -p PID, --vm NAME and --all; see 'exitstat verify --help'");
	if (target_check(&w->target, why))
		return fail("%s", why);
	if (w->qmp && !w->pause)
		return fail("--qmp says how to pause a VM: give --pause too");
	if (w->result.witnesses.nr && !w->pause)
		return fail("witnesses start and end while the VM is stopped: give --pause too");
	if (w->result.witnesses.nr && env->all)
		return fail("witnesses need one VM: choose it by -p PID or --vm NAME");
	if (env->pause_limit && !w->pause)
		return fail("--pause-limit says for how long a VM may be stopped: give --pause too");
	if (env->pause_limit > PAUSE_MOST)
		return fail("--pause-limit is an hour at most; give fewer seconds");
	if (w->qmp && env->all)
		return fail("--qmp is the socket of one VM: choose it by -p PID or --vm NAME");
	if (env->command && env->duration)
		return fail("a command runs until it ends: give either a command or --duration");
	return env->save && !is_standard_output(env->save) ? check_replaceable(env->save) : EXIT_DONE;
}

static int not_in_a_guest(void)
{
	return fail("verify compares KVM's counts with the tracepoint kvm:kvm_exit of the host's kernel, which a guest cannot see; have it run on the host, or run 'exitstat show', which checks that what CPUID tells adds up");
}

static int begin(struct env *env, const struct operands *operands,
		 cpuid_fn cpuid)
{
	int ret;

	if (operands->nr)
		env->command = operands->words;
	ret = check_options(env);
	if (!env->duration)
		env->duration = 5 * SECOND;
	if (env->pause_limit)
		waits.paused = env->pause_limit / (SECOND / 1000);
	env->watch.result.paused = env->watch.pause;
	return ret ?: is_guest(cpuid) ? not_in_a_guest() : verify(env);
}

int cmd_verify(int argc, char **argv, cpuid_fn cpuid)
{
	struct env *env = calloc(1, sizeof(*env));
	struct operands operands;
	int ret;

	if (!env)
		return fail("out of memory");
	env->interval = SECOND;
	env->watch.result.witnesses.all =
		calloc(argc, sizeof(struct witness));
	if (!env->watch.result.witnesses.all)
		ret = fail("out of memory");
	else if (options_parse(&verify_command, argc, argv, env, &operands, &ret))
		ret = begin(env, &operands, cpuid);
	watch_free(&env->watch);
	free(env->watch.reasons.texts);
	free(env);
	return ret;
}
