// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat show: exits by reason and their time, from the counters' start on.
 */
#include <getopt.h>
#include <stdlib.h>

#include "cmd_show.h"
#include "lib/clock.h"
#include "lib/interval.h"
#include "lib/message.h"
#include "lib/options.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/table.h"
#include "render/render.h"
#include "render/sort.h"
#include "render/warning.h"
#include "source/cpuid.h"
#include "source/source.h"
#include "source/target.h"
#include "source/why.h"

static const char help[] =
"Usage: exitstat show [-p PID|--vm NAME|--qmp PATH|--host] [--vcpu N]\n"
"                     [OPTION]... [INTERVAL [COUNT]]\n"
"\n"
"Print the exits of a virtual machine by reason, where its time went because of\n"
"them, and where all of its time went: in a guest its own, on a host those of a\n"
"VM.  With INTERVAL again every so many seconds, COUNT times or until Ctrl-C.\n"
"\n"
"  -p, --pid=PID        the VM of this process, by debugfs, as root\n"
"      --vm=NAME        the VM of this name (QEMU's -name), or of this folder in\n"
"                       debugfs, PID-FD\n"
"      --qmp=PATH       the VM of the QEMU that has this QMP socket\n"
"      --vcpu=N         of that VM this vCPU alone\n"
"  -a, --host           all VMs since kvm was loaded, ended ones too\n"
"      --own-vcpu       in a guest: only the vCPU that this runs on, live\n"
"  -r, --reason=REASON  only this reason, a number (decimal, or hexadecimal\n"
"                       after 0x) or a name in either case; may be repeated\n"
"      --sort=KEY       most first of exits (default), kernel, user, halt,\n"
"                       preempt, block, mean or longest\n"
"      --hist=REASON    draw its histogram too; also 'total' and 'other'\n"
"      --all            reasons without exits too\n"
"      --cycles         TSC cycles instead of times\n"
"      --json           as JSON; exitstat(1) describes the fields\n"
"      --help           show this help\n"
"      --version        show the version\n"
"\n"
"Status 1: what the host says does not add up.\n"
"\n"
"EXAMPLES\n"
"  exitstat show                         # all reasons that occurred\n"
"  exitstat show --sort kernel           # those that cost the host most first\n"
"  exitstat show -r cpuid -r hlt         # two of them\n"
"  exitstat show -r 0x400 --hist 0x400   # SVM: nested page faults\n"
"  taskset -c 3 exitstat show --own-vcpu # those of one vCPU\n"
"  exitstat show --vm web1 --vcpu 2      # on the host\n"
"  exitstat show --qmp /run/web1.qmp 10  # every 10 seconds\n"
"  exitstat show --json | jq .accounts\n";

static const struct option options[] = {
	{ "reason", required_argument, NULL, 'r' },
	{ "sort", required_argument, NULL, 's' },
	{ "hist", required_argument, NULL, 'H' },
	TARGET_OPTIONS,
	TARGET_VCPU_OPTION,
	TARGET_HOST_OPTION,
	{ "own-vcpu", no_argument, NULL, 'o' },
	{ "all", no_argument, NULL, 'A' },
	{ "cycles", no_argument, NULL, 'y' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{}
};

/**
 * struct env - the options
 * @target: what is read
 * @own_vcpu: --own-vcpu
 * @interval: INTERVAL [COUNT]
 * @reasons: what -r was given, in order; has room for every argument
 * @nr_reasons: number of entries in @reasons
 * @sort: --sort
 * @hist: --hist, NULL for none
 * @all: --all
 * @cycles: --cycles
 * @json: --json
 */
struct env {
	struct target target;
	bool own_vcpu;
	struct interval interval;
	char **reasons;
	unsigned int nr_reasons;
	unsigned int sort;
	const char *hist;
	bool all;
	bool cycles;
	bool json;
};

static int print_reading(const struct env *env, const struct source *source,
			 const struct reading *r)
{
	bool only[MAX_ROWS] = {};
	const struct view view = {
		.r = r,
		.only = env->nr_reasons ? only : NULL,
		.zero_rows = env->all,
		.sort = env->sort,
		.json = env->json,
		.cycles = env->cycles,
		.subject = source_subject(source),
		.time_ns = env->interval.ns ? time_of_day_ns() : 0,
	};
	char why[WHY_SIZE], *output;
	unsigned int i, row;
	int ret;

	for (i = 0; i < env->nr_reasons; i++) {
		if (reasons_find(r->isa, env->reasons[i], &row, why, sizeof(why)))
			return fail("%s", why);
		only[row] = true;
	}
	output = render(&view);
	if (!output)
		return EXIT_MISUSE;
	ret = print(output);
	free(output);
	return ret;
}

/* Once, and again where it has become worse. */
static void warn_changed(const struct reading *before, const struct reading *r)
{
	if (r->counting != before->counting || r->untrusted != before->untrusted ||
	    r->anomalies != before->anomalies)
		warn_reading(r);
}

/* @check: 1 as soon as a reading does not add up */
static int show_once(const struct env *env, struct source *source,
		     struct reading *before, int *check)
{
	struct reading r;
	char why[WHY_SIZE];
	int ret;

	ret = source_read(source, env->hist, &r, why);
	if (ret) {
		fail("%s", why);
		return ret;
	}
	warn_changed(before, &r);
	*before = r;
	ret = print_reading(env, source, &r);
	if (!ret)
		*check |= check_reading(&r);
	return ret;
}

/* A VM that ends after it was shown was shown to its end. */
static int show_repeatedly(const struct env *env, struct source *source,
			   struct reading *before, int *check)
{
	struct ticker ticker;
	uint32_t shown = 0;
	int ret;

	ticker_start(&ticker, env->interval.ns);
	do {
		ret = show_once(env, source, before, check);
		if (ret)
			break;
		shown++;
	} while (shown != env->interval.count && ticker_wait(&ticker));
	ticker_end(&ticker);
	return ret == SOURCE_ENDED && shown ? EXIT_DONE : ret;
}

static int show(const struct env *env, cpuid_fn cpuid)
{
	struct reading before = { .counting = true };
	struct source source;
	char why[WHY_SIZE];
	int ret, check = EXIT_DONE;

	if (source_open(&source, &env->target, cpuid, env->own_vcpu, why))
		return fail("%s", why);
	if (env->interval.ns)
		ret = show_repeatedly(env, &source, &before, &check);
	else
		ret = show_once(env, &source, &before, &check);
	source_close(&source);
	if (ret == SOURCE_ENDED)
		return EXIT_MISUSE;
	return ret ?: check;
}

/* 0 to go on, 1 where --help or --version was all, EXIT_MISUSE. */
static int parse(int argc, char **argv, struct env *env, int *ret)
{
	int c;

	optind = 0;
	while ((c = next_option(argc, argv, ":r:p:ah", options)) != -1) {
		if (target_option(&env->target, c, optarg, ret)) {
			if (*ret)
				return 1;
			continue;
		}
		switch (c) {
		case 'r':
			env->reasons[env->nr_reasons++] = optarg;
			break;
		case 's':
			*ret = parse_sort(optarg, &env->sort);
			if (*ret)
				return 1;
			break;
		case 'H':
			env->hist = optarg;
			break;
		case 'o':
			env->own_vcpu = true;
			break;
		case 'A':
			env->all = true;
			break;
		case 'y':
			env->cycles = true;
			break;
		case 'j':
			env->json = true;
			break;
		case 'h':
			*ret = print(help);
			return 1;
		case 'v':
			*ret = print_version();
			return 1;
		default:
			*ret = EXIT_MISUSE;
			return 1;
		}
	}
	if (optind < argc && !is_number(argv[optind])) {
		*ret = fail("show takes no '%s'; for one reason use -r, see 'exitstat show --help'",
			    argv[optind]);
		return 1;
	}
	*ret = interval_parse("show", argv + optind, argc - optind, &env->interval);
	return *ret != EXIT_DONE;
}

int cmd_show(int argc, char **argv, cpuid_fn cpuid)
{
	struct env env = {};
	int ret;

	env.reasons = calloc(argc, sizeof(*env.reasons));
	if (!env.reasons)
		return fail("out of memory");
	if (!parse(argc, argv, &env, &ret))
		ret = show(&env, cpuid);
	free(env.reasons);
	return ret;
}
