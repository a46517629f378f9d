// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat show: exits by reason and their time, since the counters' start.
 */
#include <asm/kvm_exitstat.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd_show.h"
#include "lib/clock.h"
#include "lib/interval.h"
#include "lib/message.h"
#include "lib/options.h"
#include "model/keys.h"
#include "model/reading.h"
#include "model/reasons.h"
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
 * @own_vcpu: --own-vcpu
 * @interval: INTERVAL [COUNT]
 * @reasons: arguments of -r
 * @sort: --sort
 * @hist: --hist, NULL for none
 * @keys: --keys
 * @regions: with --keys, QEMU's names
 * @all: --all
 * @cycles: --cycles
 * @json: --json
 */
struct env {
	struct target target;
	bool own_vcpu;
	struct interval interval;
	struct texts reasons;
	unsigned int sort;
	const char *hist;
	bool keys;
	struct regions regions;
	bool all;
	bool cycles;
	bool json;
};

static const char *const hist_words[] = { "total", "other", NULL };

static const struct opt options[] = {
	TARGET_OPTIONS(TARGET_IN(struct env, target)),
	TARGET_VCPU_OPTION(TARGET_IN(struct env, target)),
	TARGET_HOST_OPTION(TARGET_IN(struct env, target)),
	{ 0, "own-vcpu", .help = "in a guest: only the vCPU that exitstat runs on, live",
	  SETS_FLAG(struct env, own_vcpu) },
	{ 'r', "reason", "REASON", "only this reason, a number (decimal, or hexadecimal after 0x) or a name in either case; may be repeated",
	  .by = BY_REASONS, SETS_TEXTS(struct env, reasons) },
	{ 0, "sort", "KEY", "sort by %s, the largest first; by default exits",
	  SETS_WORD(sort_words, struct env, sort) },
	{ 0, "hist", "REASON", "also draw the histogram of this reason, or of %s",
	  hist_words, BY_REASONS, SETS_TEXT(struct env, hist) },
	{ 0, "keys", .help = "show what the exits of each reason were about: which MSR, port, address, CPUID leaf and so on; on a host, or in a guest as root with --own-vcpu, while the host's exitstat_keys is 1",
	  SETS_FLAG(struct env, keys) },
	{ 0, "all", .help = "also show reasons without exits", SETS_FLAG(struct env, all) },
	{ 0, "cycles", .help = "show TSC cycles instead of times",
	  SETS_FLAG(struct env, cycles) },
	JSON_OPTION("", struct env, json),
	{}
};

const struct command show_command = {
	.name = "show",
	.summary = "exits and time by reason, until now",
	.run = cmd_show,
	.operands = "[INTERVAL [COUNT]]",
	.about = "Print the exits of a virtual machine by reason, the time that they took, and where all of the vCPUs' time went. In a guest, this is the guest's own VM; on a host, an option chooses the VM. With INTERVAL, print every INTERVAL seconds, COUNT times or until Ctrl-C.",
	.options = options,
	.status = "Status 1: the host's numbers do not add up.",
	.examples =
		"  exitstat show                         # all reasons that occurred\n"
		"  exitstat show --sort kernel           # the costliest for the host first\n"
		"  exitstat show -r cpuid -r hlt         # two reasons\n"
		"  exitstat show -r 0x400 --hist 0x400   # SVM: nested page faults\n"
		"  taskset -c 3 exitstat show --own-vcpu # one vCPU\n"
		"  exitstat show --vm web1 --vcpu 2      # on the host\n"
		"  exitstat show --qmp /run/web1.qmp 10  # every 10 seconds\n"
		"  exitstat show --vm web1 --keys -r msr # which MSRs\n"
		"  exitstat show --json | jq .accounts\n",
};

/* The rows that -r chooses, in @only. */
static int choose(const struct env *env, uint32_t isa, bool only[MAX_ROWS])
{
	char why[WHY_SIZE];
	unsigned int i, row;

	for (i = 0; i < env->reasons.nr; i++) {
		if (reasons_find(isa, env->reasons.texts[i], &row, why, sizeof(why)))
			return fail("%s", why);
		only[row] = true;
	}
	return EXIT_DONE;
}

static struct view view_of(const struct env *env, const struct source *source,
			   const struct reading *r, const bool *only)
{
	return (struct view) {
		.r = r,
		.only = env->reasons.nr ? only : NULL,
		.zero_rows = env->all,
		.sort = env->sort,
		.json = env->json,
		.cycles = env->cycles,
		.subject = source_subject(source),
		.regions = &env->regions,
		.time_ns = time_of_day_ns(),
		.series = env->interval.ns,
		.width = terminal_width(STDOUT_FILENO),
	};
}

static int print_reading(const struct env *env, const struct source *source,
			 const struct reading *r)
{
	bool only[MAX_ROWS] = {};
	const struct view view = view_of(env, source, r, only);

	return choose(env, r->isa, only) ?: print_and_free(render(&view));
}

/* Whether there is a reason to show; @only has the rows that -r chooses. */
static bool has_chosen(const struct env *env, const struct keys *keys, const bool *only)
{
	unsigned int i, row;

	for (i = 0; i < keys->nr && env->reasons.nr; i++) {
		row = reasons_row(keys->isa, keys->rows[i].reason);
		if (keys->rows[i].kind == KEY_REASON && row < reasons_nr(keys->isa) && only[row])
			return true;
	}
	return !env->reasons.nr || !keys->nr;
}

static int print_keys(const struct env *env, const struct source *source, struct keys *keys)
{
	const struct reading r = with_keys_reading(keys, env->target.host);
	bool only[MAX_ROWS] = {};
	const struct view view = view_of(env, source, &r, only);

	if (keys_sort(keys, env->sort))
		return fail("out of memory");
	if (choose(env, r.isa, only))
		return EXIT_MISUSE;
	if (!env->interval.ns && !has_chosen(env, keys, only))
		warn("the reasons that -r chooses have had no exit since exitstat_keys was set");
	return print_and_free(render_keys(&view, keys));
}

/**
 * struct said - what the last reading was warned of
 * @of: the reading
 * @no_keys: with --keys: no exit had been kept by its key
 */
struct said {
	struct reading of;
	bool no_keys;
};

static int show_keys(const struct env *env, struct source *source, struct said *said, int *check)
{
	char why[WHY_SIZE];
	struct keys keys;
	int ret;

	ret = with_keys_read(source, &env->target, &keys, why);
	if (ret) {
		fail("%s", why);
		return ret;
	}
	ret = print_keys(env, source, &keys);
	if (!ret) {
		if (!said->no_keys)
			with_keys_warn(&keys);
		said->no_keys = !keys.nr;
		*check |= with_keys_add_up(&keys);
	}
	free(keys.rows);
	return ret;
}

/* Repeat a warning only if its cause has changed. */
static void warn_changed(const struct reading *before, const struct reading *r)
{
	if (r->counting != before->counting || r->untrusted != before->untrusted ||
	    r->anomalies != before->anomalies)
		warn_reading(r);
}

/* @check: 1 as soon as a reading does not add up */
static int show_once(const struct env *env, struct source *source, struct said *said, int *check)
{
	struct reading r;
	char why[WHY_SIZE];
	int ret;

	if (env->keys)
		return show_keys(env, source, said, check);
	ret = source_read(source, env->hist, &r, why);
	if (ret) {
		fail("%s", why);
		return ret;
	}
	warn_changed(&said->of, &r);
	said->of = r;
	ret = print_reading(env, source, &r);
	if (!ret)
		*check |= check_reading(&r);
	return ret;
}

/* If the VM ends after its first reading, that is no failure. */
static int show_repeatedly(const struct env *env, struct source *source, struct said *said,
			   int *check)
{
	struct ticker ticker;
	uint32_t shown = 0;
	int ret;

	ticker_start(&ticker, env->interval.ns);
	do {
		ret = show_once(env, source, said, check);
		if (ret)
			break;
		shown++;
	} while (shown != env->interval.count && ticker_wait(&ticker));
	ticker_end(&ticker);
	return ret == SOURCE_ENDED && shown ? EXIT_DONE : ret;
}

static int check_keys_options(const struct env *env)
{
	if (env->hist || env->all)
		return fail("--keys does not go together with --hist and --all: leave them out");
	return with_keys_check("show", &env->target, env->own_vcpu, env->sort);
}

static int show(struct env *env, cpuid_fn cpuid)
{
	struct said said = { .of.counting = true };
	struct source source;
	char why[WHY_SIZE];
	int ret, check = EXIT_DONE;

	if (env->keys && check_keys_options(env))
		return EXIT_MISUSE;
	if (source_open(&source, &env->target, cpuid, env->own_vcpu, why))
		return fail("%s", why);
	if (env->keys)
		with_keys_regions(&source, &env->target, &env->regions);
	if (env->interval.ns)
		ret = show_repeatedly(env, &source, &said, &check);
	else
		ret = show_once(env, &source, &said, &check);
	source_close(&source);
	if (ret == SOURCE_ENDED)
		return EXIT_MISUSE;
	return ret ?: check;
}

static int parse_operands(const struct operands *operands, struct interval *interval)
{
	if (operands->nr && !is_number(operands->words[0]))
		return fail("show takes no '%s'; for one reason use -r, see 'exitstat show --help'",
			    operands->words[0]);
	return interval_parse("show", operands->words, operands->nr, interval);
}

int cmd_show(int argc, char **argv, cpuid_fn cpuid)
{
	struct operands operands;
	struct env env = {};
	int ret;

	if (options_parse(&show_command, argc, argv, &env, &operands, &ret))
		ret = parse_operands(&operands, &env.interval) ?: show(&env, cpuid);
	free(env.reasons.texts);
	free(env.regions.list);
	return ret;
}
