// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat show: exits by reason and their time, from the counters' start on.
 */
#include <getopt.h>
#include <stdlib.h>

#include "tool.h"

static const char help[] =
"Usage: exitstat show [-r REASON]... [--sort KEY] [--hist REASON] [--vcpu]\n"
"                     [--all] [--cycles] [--json]\n"
"\n"
"Print the exits of this virtual machine by reason, where its time went because\n"
"of them, and where all of its time went.\n"
"\n"
"  -r, --reason=REASON  only this reason, a number (decimal, or hexadecimal\n"
"                       after 0x) or a name in either case; may be repeated\n"
"      --sort=KEY       most first of exits (default), kernel, user, halt,\n"
"                       preempt, block, mean or longest\n"
"      --hist=REASON    draw its histogram too; also 'total' and 'other'\n"
"      --vcpu           only the vCPU that this runs on, live\n"
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
"  taskset -c 3 exitstat show --vcpu     # those of one vCPU\n"
"  exitstat show --json | jq .accounts\n";

static const struct option options[] = {
	{ "reason", required_argument, NULL, 'r' },
	{ "sort", required_argument, NULL, 's' },
	{ "hist", required_argument, NULL, 'H' },
	{ "vcpu", no_argument, NULL, 'c' },
	{ "all", no_argument, NULL, 'a' },
	{ "cycles", no_argument, NULL, 'y' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{}
};

/**
 * struct env - the options
 * @reasons: what -r was given, in order; has room for every argument
 * @nr_reasons: number of entries in @reasons
 * @sort: --sort
 * @hist: --hist, NULL for none
 * @vcpu: --vcpu
 * @all: --all
 * @cycles: --cycles
 * @json: --json
 */
struct env {
	char **reasons;
	unsigned int nr_reasons;
	unsigned int sort;
	const char *hist;
	bool vcpu;
	bool all;
	bool cycles;
	bool json;
};

static int show(const struct env *env, cpuid_fn cpuid)
{
	const struct request request = {
		.own_vcpu = env->vcpu,
		.hist = env->hist,
	};
	bool only[MAX_ROWS] = {};
	struct reading r;
	struct view view = {
		.r = &r,
		.only = env->nr_reasons ? only : NULL,
		.zero_rows = env->all,
		.sort = env->sort,
		.json = env->json,
		.cycles = env->cycles,
	};
	unsigned int i, row;
	char *output;
	int ret;

	ret = source_cpuid_read(cpuid, &request, &r);
	if (ret)
		return ret;
	for (i = 0; i < env->nr_reasons; i++) {
		ret = reasons_find(r.isa, env->reasons[i], &row);
		if (ret)
			return ret;
		only[row] = true;
	}
	output = render(&view);
	if (!output)
		return EXIT_MISUSE;
	warn_reading(&r);
	ret = print(output);
	free(output);
	return ret ?: check_adds_up(&r);
}

/* 0 to go on, 1 where --help or --version was all, EXIT_MISUSE. */
static int parse(int argc, char **argv, struct env *env, int *ret)
{
	int c;

	optind = 0;
	while ((c = next_option(argc, argv, ":r:h", options)) != -1) {
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
		case 'c':
			env->vcpu = true;
			break;
		case 'a':
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
	if (optind < argc) {
		*ret = fail("show takes no '%s'; for one reason use -r, see 'exitstat show --help'",
			    argv[optind]);
		return 1;
	}
	return 0;
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
