// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat top: which VMs make exits now, refreshed at an interval.
 */
#include <asm/kvm_exitstat.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/options.h"
#include "lib/patience.h"
#include "lib/signals.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "source/choose.h"
#include "source/cpuid.h"
#include "source/debugfs.h"
#include "source/source_debugfs.h"
#include "source/source_qmp.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/why.h"
#include "top/cmd_top.h"
#include "top/top.h"
#include "top/top_batch.h"
#include "top/top_keys.h"
#include "top/top_read.h"
#include "top/top_screen.h"

/**
 * struct env - the options
 * @target: -p, --vm, --qmp, --vcpu
 * @batch: -b
 * @json: --json
 * @count: -n, 0 for no end
 * @interval_ns: -d
 * @level: --level, TOP_LEVELS if not given
 * @keys: --keys, a reason; NULL if not given
 * @sort: --sort, TOP_SORTS if not given
 * @filter: --filter, "" for all
 */
struct env {
	struct target target;
	bool batch;
	bool json;
	uint32_t count;
	uint64_t interval_ns;
	unsigned int level;
	const char *keys;
	unsigned int sort;
	const char *filter;
};

static int set_delay(const struct opt *opt, const char *arg, void *at)
{
	const uint64_t *ns = at;

	if (set_seconds(opt, arg, at))
		return EXIT_MISUSE;
	if (*ns < TOP_MIN_NS || *ns > TOP_MAX_NS)
		return fail("--delay is '%s': give seconds, 0.1 to 3600", arg);
	return EXIT_DONE;
}

static int set_filter(const struct opt *opt, const char *arg, void *at)
{
	if (strlen(arg) >= TOP_FILTER)
		return fail("the filter '%s' is too long: use at most %d characters",
			    arg, TOP_FILTER - 1);
	return set_text(opt, arg, at);
}

static const char *const levels[TOP_KEYS + 1] = {
	[TOP_VMS] = "vms",
	[TOP_VCPUS] = "vcpus",
	[TOP_REASONS] = "reasons",
};

static const char *const keys_words[] = { "other", "none", NULL };

static const struct opt options[] = {
	{ 'b', "batch", .help = "print plain text, one block each interval; needs no terminal",
	  SETS_FLAG(struct env, batch) },
	{ 'n', "count", "COUNT", "end after COUNT intervals",
	  SETS_COUNT(struct env, count) },
	{ 'd', "delay", "SECONDS", "the interval, 0.1 to 3600; by default 1",
	  SETS(set_delay, uint64_t, struct env, interval_ns) },
	TARGET_OPTIONS(TARGET_IN(struct env, target)),
	TARGET_VCPU_OPTION(TARGET_IN(struct env, target)),
	TARGET_GUEST_OPTION(TARGET_IN(struct env, target)),
	{ 0, "level", "LEVEL", "start at the level %s; by default vcpus if a VM is chosen, otherwise vms",
	  SETS_WORD(levels, struct env, level) },
	{ 0, "keys", "REASON", "start at the keys of this reason, a number (decimal, or hexadecimal after 0x), a name in either case, %s; of one VM on a host whose exitstat_keys is 1",
	  keys_words, BY_REASONS, SETS_TEXT(struct env, keys) },
	{ 0, "sort", "KEY", "sort by %s; by default rate",
	  SETS_WORD(top_sort_words, struct env, sort) },
	{ 0, "filter", "TEXT", "only rows that contain TEXT",
	  SETS(set_filter, const char *, struct env, filter) },
	JSON_OPTION("with -b: ", struct env, json),
	{}
};

const struct command top_command = {
	.name = "top",
	.summary = "show live which VMs make exits, and where their time goes",
	.run = cmd_top,
	.about = "Show live which VMs of this host make exits, and where their time goes: all VMs, the vCPUs of a VM, the exit reasons of either, or what the exits of one reason were about. In a guest, show its own exit reasons, by CPUID. The key h lists the keys.",
	.options = options,
	.examples =
		"  exitstat top                          # all VMs, live\n"
		"  exitstat top --vm web1                # its vCPUs\n"
		"  exitstat top -b -n 1 -d 10            # which VMs made exits in 10 s\n"
		"  exitstat top -b --vm web1 --level reasons --sort kernel\n"
		"  exitstat top -b --vm web1 --keys=msr  # which MSRs\n"
		"  exitstat top -b --json | jq -c '.vms[0]'\n",
};

static volatile sig_atomic_t ended_by;

static void end(int sig)
{
	ended_by = sig;
}

/* Block the signals, so that they arrive only while we wait. */
static void catch_signals(sigset_t *mask)
{
	const struct sigaction action = { .sa_handler = end };
	sigset_t signals;

	end_signals(&signals);
	on_signals(&signals, &action);
	sigprocmask(SIG_BLOCK, &signals, mask);
}

/* Wait until @until_ns, or if @key, for a key. */
static void wait_until(uint64_t until_ns, bool key, const sigset_t *mask)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	const uint64_t now = now_ns();
	const uint64_t left = MAX(until_ns, now) - now;
	const struct timespec ts = {
		.tv_sec = left / SECOND,
		.tv_nsec = left % SECOND,
	};

	ppoll(&in, key, &ts, mask);
}

/* Ctrl-C is the usual end, so it counts as success; after another signal, die of it. */
static int ended(void)
{
	sigset_t set;

	if (!ended_by || ended_by == SIGINT)
		return EXIT_DONE;
	signal(ended_by, SIG_DFL);
	raise(ended_by);
	sigemptyset(&set);
	sigaddset(&set, ended_by);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return EXIT_DONE;
}

static int out_of_memory(void)
{
	return fail("out of memory");
}

static int print_block(const struct env *env, const struct top *top)
{
	return print_and_free(env->json ? top_json(top) : top_block(top));
}

/* Without a screen, messages go to stderr, unless it is the last reading's, @last, once more. */
static void print_message(struct top *top, char last[WHY_SIZE])
{
	if (top->message[0] && strcmp(top->message, last))
		warn("%s", top->message);
	strcpy(last, top->message);
	top->message[0] = '\0';
}

static int batch(const struct env *env, struct top *top,
		 const struct top_reader *reader, const sigset_t *mask)
{
	uint64_t due = now_ns();
	char last[WHY_SIZE] = "";
	uint32_t blocks = 0;
	int ret = EXIT_DONE;

	print_message(top, last);
	while (!env->count || blocks < env->count) {
		due += env->interval_ns;
		/* If we are late, as after a suspend, skip the missed intervals. */
		if (due < now_ns() + env->interval_ns / 2)
			due = now_ns() + env->interval_ns / 2;
		wait_until(due, false, mask);
		if (ended_by)
			break;
		ret = top_read(top, reader);
		if (ret == SOURCE_FAILED)
			break;
		print_message(top, last);
		if (ret)
			break;
		ret = print_block(env, top);
		if (ret)
			break;
		blocks++;
	}
	return ret;
}

static bool press_keys(struct top *top)
{
	int key;

	while ((key = screen_key()) != TOP_KEY_NONE && !top->quit)
		if (!top_press(top, key))
			return false;
	return true;
}

/* Whether the terminal is gone: poll() would then report it readable for ever. */
static bool is_gone(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&in, 1, 0) > 0 && in.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static int live(const struct env *env, struct top *top,
		const struct top_reader *reader, const sigset_t *mask)
{
	uint32_t readings = 0;
	uint64_t until;
	int ret;

	/* The screen is no place for it. */
	patience_says = NULL;
	ret = screen_open();
	while (!ret && !top->quit && !ended_by && !is_gone()) {
		screen_draw(top);
		until = top->paused && !top->opened ?
			now_ns() + SECOND : top->due_ns;
		wait_until(until, true, mask);
		if (!press_keys(top))
			ret = out_of_memory();
		if (!ret && !top->quit && top_is_due(top, now_ns())) {
			if (env->count && readings++ == env->count)
				break;
			ret = top_read(top, reader);
		}
	}
	screen_close();
	return ret;
}

/* Open the keys of the reason that --keys gives, a number or a name of @vm's ISA. */
static int open_keys(const struct env *env, struct top *top, const struct vm *vm, int vcpu)
{
	static struct debugfs_file file;
	const struct reading *r = &file.reading;
	char why[WHY_SIZE];
	unsigned int row;
	uint32_t reason;

	if (source_debugfs_read(vm, -1, NULL, &file, why))
		return fail("%s", why);
	if (!strcmp(env->keys, "other"))
		reason = KVM_EXITSTAT_SUB_OTHER;
	else if (!strcmp(env->keys, "none"))
		reason = KVM_EXITSTAT_SUB_NONE;
	else if (reasons_find(r->isa, env->keys, &row, why, sizeof(why)))
		return fail("%s", why);
	else
		reason = reasons_number(r->isa, row);
	top_open_keys(top, vm, r->id, vcpu, reason, reason_name(r->isa, reason) ?: "undefined");
	return EXIT_DONE;
}

static int open_levels(const struct env *env, struct top *top, bool guest)
{
	const bool one = env->target.name || env->target.pid || env->target.qmp;
	const int vcpu = env->target.one_vcpu ? (int)env->target.vcpu : -1;
	const enum top_level level = env->keys ? TOP_KEYS :
				     env->level != TOP_LEVELS ? env->level :
				     env->target.one_vcpu || guest ? TOP_REASONS :
				     one ? TOP_VCPUS : TOP_VMS;
	char why[WHY_SIZE];
	struct vm *vms, vm = {};
	int nr;

	if (env->keys && (guest || env->target.qmp))
		return fail("%s", top_keys_elsewhere);
	if (guest && level != TOP_REASONS)
		return fail("in a guest top has only the level reasons: CPUID shows all vCPUs of this VM together, or the one that asks (taskset -c N exitstat show --own-vcpu)");
	top->view[level].sort = env->sort == TOP_SORTS ? TOP_RATE : env->sort;
	snprintf(top->view[level].filter, TOP_FILTER, "%s", env->filter);
	if (!top_can_sort(level, top->view[level].sort))
		return fail("the rows of this level cannot be sorted by %s; see 'exitstat top --help'",
			    top_sort_words[env->sort]);
	if (level == TOP_VMS)
		return EXIT_DONE;
	if (guest) {
		top_open_guest(top);
		return EXIT_DONE;
	}
	if (!one && env->keys)
		return fail("to see the keys of a reason, choose one VM by -p or --vm");
	if (!one)
		return fail("to see the vCPUs or the reasons of a VM, choose one VM by -p, --vm or --qmp");
	if (!env->target.qmp) {
		/* If a process has several VMs, the user chooses on the screen. */
		nr = target_vms(&env->target, &vms);
		free(nr >= 0 ? vms : NULL);
		if (nr > 1 && env->level == TOP_LEVELS && !env->keys && !env->target.one_vcpu) {
			top->view[TOP_VMS] = top->view[level];
			return EXIT_DONE;
		}
		if (target_vm(&env->target, &vm, why))
			return fail("%s", why);
	} else {
		strcpy(vm.dir, "qmp");
	}
	if (level == TOP_KEYS)
		return open_keys(env, top, &vm, vcpu);
	if (level == TOP_VCPUS)
		top_open_vcpus(top, &vm, 0);
	else
		top_open_reasons(top, &vm, 0, vcpu);
	return EXIT_DONE;
}

static int open_reader(struct top_reader *reader, cpuid_fn cpuid)
{
	char why[WHY_SIZE];

	if (target_is_guest(reader->target, cpuid)) {
		reader->cpuid = cpuid;
		return EXIT_DONE;
	}
	if (reader->target->qmp ?
	    source_qmp_open(&reader->qmp, reader->target->qmp, why) :
	    host_readable(cpuid, why))
		return fail("%s", why);
	return EXIT_DONE;
}

static int run(const struct env *env, cpuid_fn cpuid)
{
	static struct top top;
	struct top_reader reader = { .target = &env->target, .batch = env->batch };
	sigset_t mask;
	int ret;

	ret = env->batch ? EXIT_DONE : screen_check();
	if (ret)
		return ret;
	ret = open_reader(&reader, cpuid);
	if (ret)
		return ret;
	top_init(&top, env->interval_ns);
	top.qmp = env->target.qmp;
	ret = open_levels(env, &top, reader.cpuid);
	if (!ret) {
		ret = top_read(&top, &reader);
		if (!ret) {
			catch_signals(&mask);
			ret = env->batch ? batch(env, &top, &reader, &mask) :
					   live(env, &top, &reader, &mask);
		}
		if (ret && top.message[0])
			fail("%s", top.message);
		/* The end of the VM is no failure. */
		if (ret == SOURCE_ENDED)
			ret = EXIT_DONE;
	}
	if (reader.qmp)
		source_qmp_close(reader.qmp);
	top_free(&top);
	return ended() ?: ret;
}

int cmd_top(int argc, char **argv, cpuid_fn cpuid)
{
	struct env env = {
		.interval_ns = SECOND,
		.level = TOP_LEVELS,
		.sort = TOP_SORTS,
		.filter = "",
	};
	struct operands operands;
	char why[WHY_SIZE];
	int ret;

	if (!options_parse(&top_command, argc, argv, &env, &operands, &ret))
		return ret;
	if (env.keys && env.level != TOP_LEVELS)
		return fail("--keys shows the keys of a reason, and --level another level: leave one of them out");
	if (env.json && !env.batch)
		return fail("--json is for -b: the screen shows no JSON");
	if (target_check(&env.target, why))
		return fail("%s", why);
	return run(&env, cpuid);
}
