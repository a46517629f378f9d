// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: the VMs of this host as metrics for Prometheus, once or for each
 * scrape.
 */
#include <getopt.h>
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
#include "source/cpuid.h"
#include "source/debugfs.h"
#include "source/target.h"

static const char help[] =
"Usage: exitstat export [-o FILE|--listen [ADDR:]PORT] [--no-vcpu]\n"
"                       [-p PID|--vm NAME|--qmp PATH]...\n"
"\n"
"On the host: VM exits and their time as metrics for Prometheus, in its text\n"
"format, to standard output, into a file, or to whoever asks by HTTP.  All VMs,\n"
"as root, where none are chosen.\n"
"\n"
"  -o, --output=FILE          replace FILE, all of it at once, for the textfile\n"
"                             collector of node_exporter.  Counters go on from\n"
"                             what it holds.\n"
"      --listen=[ADDR:]PORT   answer at http://ADDR:PORT/metrics until Ctrl-C;\n"
"                             ADDR is 127.0.0.1 where it is left out\n"
"      --no-vcpu              sum over a VM's vCPUs: fewer series\n"
"  -p, --pid=PID              VMs of this process\n"
"      --vm=NAME              the VM of this name (QEMU's -name), or PID-FD\n"
"      --qmp=PATH             the VM at this QMP socket; needs no root\n"
"                             Each may be repeated.\n"
"      --help                 show this help\n"
"      --version              show the version\n"
"\n"
"Status: 0 done, 2 misuse or missing support.\n"
"\n"
"EXAMPLES\n"
"  exitstat export | grep ^kvm_exits_total\n"
"  exitstat export -o /var/lib/prometheus/node-exporter/kvm.prom\n"
"  exitstat export --listen 9904 --no-vcpu\n"
"  exitstat export --listen [::1]:9904\n";

enum {
	OPT_LISTEN = 256, OPT_NO_VCPU, OPT_VERSION,
};

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "no-vcpu", no_argument, NULL, OPT_NO_VCPU },
	TARGET_OPTIONS,
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{}
};

/**
 * struct run - the options, and what has been said
 * @output: file to replace, or NULL
 * @listen: where to listen, or NULL
 * @exporter: what is read
 * @before: what was said last, or NULL
 */
struct run {
	const char *output;
	const char *listen;
	struct exporter exporter;
	char *before;
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

static int parse_option(struct run *run, int c, int *ret)
{
	switch (c) {
	case 'o':
		run->output = optarg;
		break;
	case OPT_LISTEN:
		run->listen = optarg;
		break;
	case OPT_NO_VCPU:
		run->exporter.no_vcpu = true;
		break;
	case 'h':
		*ret = print(help);
		return 1;
	case OPT_VERSION:
		*ret = print_version();
		return 1;
	default:
		if (target_option(&run->exporter.chosen[run->exporter.nr].target, c,
				  optarg, ret))
			run->exporter.nr++;
		else
			*ret = EXIT_MISUSE;
	}
	return *ret != EXIT_DONE;
}

static int parse(int argc, char **argv, struct run *run, int *ret)
{
	struct sockaddr_storage address;
	socklen_t length;
	int c;

	optind = 0;
	*ret = EXIT_DONE;
	while ((c = next_option(argc, argv, ":o:p:h", options)) != -1)
		if (parse_option(run, c, ret))
			return 1;
	if (optind < argc)
		*ret = fail("export takes no operand, and there is '%s'; see 'exitstat export --help'",
			    argv[optind]);
	else if (run->output && run->listen)
		*ret = fail("the metrics go into a file or to who asks: give -o or --listen");
	else if (run->listen)
		*ret = parse_address(run->listen, &address, &length);
	return *ret != EXIT_DONE;
}

int cmd_export(int argc, char **argv, cpuid_fn cpuid)
{
	struct run run = {};
	int ret;

	(void)cpuid;
	run.exporter.chosen = calloc(argc, sizeof(*run.exporter.chosen));
	if (!run.exporter.chosen)
		return fail("out of memory");
	if (!parse(argc, argv, &run, &ret)) {
		run.exporter.lasting = run.listen;
		ret = exporter_ready(&run.exporter);
		if (!ret)
			ret = run.listen ? listen_at(run.listen, answer, &run) :
					   export_once(&run);
	}
	exporter_close(&run.exporter);
	free(run.before);
	return ret;
}
