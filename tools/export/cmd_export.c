// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: the VMs of this host as metrics for Prometheus, once or for each
 * scrape.
 */
#include <stdlib.h>
#include <string.h>

#include "export/address.h"
#include "export/cmd_export.h"
#include "export/export.h"
#include "export/listen.h"
#include "export/metrics.h"
#include "lib/file.h"
#include "lib/message.h"
#include "lib/options.h"
#include "lib/replace.h"
#include "lib/turns.h"
#include "source/choose.h"
#include "source/cpuid.h"
#include "source/debugfs.h"
#include "source/target.h"

/**
 * struct run - the options, and what has been said
 * @output: file to replace, or NULL
 * @listen: where to listen, or NULL
 * @exporter: what is read
 * @guest: --guest, and nothing else of a target
 * @before: what was said last, or NULL
 */
struct run {
	const char *output;
	const char *listen;
	struct exporter exporter;
	struct target guest;
	char *before;
};

static void *next_target(void *values)
{
	struct exporter *exporter = &((struct run *)values)->exporter;

	return &exporter->chosen[exporter->nr++].target;
}

static const struct opt options[] = {
	{ 'o', "output", "FILE", "replace FILE, all of it at once, for the textfile collector of node_exporter; counters go on from what it holds",
	  .by = BY_FILES, SETS_TEXT(struct run, output) },
	{ 0, "listen", "[ADDR:]PORT", "answer at http://ADDR:PORT/metrics until Ctrl-C; ADDR is 127.0.0.1 where it is left out",
	  SETS_TEXT(struct run, listen) },
	{ 0, "no-vcpu", .help = "sum over a VM's vCPUs: fewer series",
	  SETS_FLAG(struct run, exporter.no_vcpu) },
	TARGET_OPTIONS(.place = next_target),
	TARGET_GUEST_OPTION(TARGET_IN(struct run, guest)),
	{}
};

const struct command export_command = {
	.name = "export",
	.summary = "metrics for Prometheus: a file, or by HTTP",
	.run = cmd_export,
	.about = "VM exits and their time as metrics for Prometheus, in its text format, to standard output, into a file, or to whoever asks by HTTP. On the host of the VMs that -p, --vm and --qmp choose, which may be repeated; without them of all, as root. In a guest of this VM, the sum of its vCPUs, by CPUID.",
	.options = options,
	.status = "Status: 0 done, 2 misuse or missing support.",
	.examples =
		"  exitstat export | grep ^kvm_exits_total\n"
		"  exitstat export -o /var/lib/prometheus/node-exporter/kvm.prom\n"
		"  exitstat export --listen 9904 --no-vcpu\n"
		"  exitstat export --listen [::1]:9904\n",
};

/* What is said now; NULL after a sentence.  It is what was said before, next time. */
static char *answer(void *data, enum metrics_format format)
{
	struct run *run = data;
	struct metrics metrics;
	char *text = NULL;

	if (!exporter_read(&run->exporter, &metrics)) {
		text = metrics_render(&metrics, format, run->before);
		if (!text)
			fail("out of memory");
	}
	exporter_free(&metrics);
	if (text && run->listen) {
		free(run->before);
		run->before = strdup(text);
	}
	return text;
}

static int export_once(struct run *run)
{
	char *text;
	int ret;

	if (run->output && take_turns(run->output))
		return EXIT_MISUSE;
	run->before = run->output ? read_file(run->output, NULL) : NULL;
	text = answer(run, METRICS_TEXT);
	if (!text)
		return EXIT_MISUSE;
	ret = run->output ? replace_file(run->output, text) : print(text);
	free(text);
	return ret;
}

static int check_options(const struct run *run)
{
	struct sockaddr_storage address;
	socklen_t length;

	if (run->output && run->listen)
		return fail("the metrics go into a file or to who asks: give -o or --listen");
	if (run->guest.guest && run->exporter.nr)
		return fail("--guest is this VM alone: give it without -p, --vm and --qmp");
	return run->listen ? parse_address(run->listen, &address, &length) : EXIT_DONE;
}

/* Once, so that a server goes on with what it began with. */
static void choose_guest(struct run *run, cpuid_fn cpuid)
{
	if (run->exporter.nr || !target_is_guest(&run->guest, cpuid))
		return;
	run->exporter.guest = cpuid;
	/* That was the first one. */
	run->exporter.cpuids = !run->guest.guest;
}

static int export(struct run *run, cpuid_fn cpuid)
{
	const int ret = check_options(run);

	if (ret)
		return ret;
	run->exporter.lasting = run->listen;
	choose_guest(run, cpuid);
	return exporter_ready(&run->exporter, cpuid) ?:
	       run->listen ? listen_at(run->listen, answer, run) : export_once(run);
}

int cmd_export(int argc, char **argv, cpuid_fn cpuid)
{
	struct operands operands;
	struct run run = {};
	int ret;

	run.exporter.chosen = calloc(argc, sizeof(*run.exporter.chosen));
	if (!run.exporter.chosen)
		return fail("out of memory");
	if (options_parse(&export_command, argc, argv, &run, &operands, &ret))
		ret = export(&run, cpuid);
	exporter_close(&run.exporter);
	free(run.before);
	return ret;
}
