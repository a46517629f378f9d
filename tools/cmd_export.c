// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: the VMs of this host as metrics for Prometheus, once or for each
 * scrape.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listen.h"

#define SECOND	1000000000ull

/* Whether exits are counted; it is there where KVM has kvm-exitstat. */
#define PARAMETER	"/sys/module/kvm/parameters/exitstat"

static const char help[] =
"Usage: exitstat export [-o FILE|--listen [ADDR:]PORT] [--no-vcpu]\n"
"\n"
"On the host, as root: VM exits and their time as metrics for Prometheus, in its\n"
"text format, to standard output, into a file, or to whoever asks by HTTP.\n"
"\n"
"  -o, --output=FILE          replace FILE, all of it at once, for the textfile\n"
"                             collector of node_exporter.  Counters go on from\n"
"                             what it holds.\n"
"      --listen=[ADDR:]PORT   answer at http://ADDR:PORT/metrics until Ctrl-C;\n"
"                             ADDR is 127.0.0.1 where it is left out\n"
"      --no-vcpu              sum over a VM's vCPUs: fewer series\n"
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
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{}
};

/**
 * struct run - the options, and what has been said
 * @output: file to replace, or NULL
 * @listen: where to listen, or NULL
 * @no_vcpu: --no-vcpu
 * @before: what was said last, or NULL
 */
struct run {
	const char *output;
	const char *listen;
	bool no_vcpu;
	char *before;
};

/**
 * struct readings - the VMs of the host, read
 * @vms: as vms_list() has them, @nr_vms
 * @exported: those that could be read, as many as metrics.nr
 * @metrics: they, to be rendered
 */
struct readings {
	struct vm *vms;
	int nr_vms;
	struct metrics_vm *exported;
	struct metrics metrics;
};

static uint64_t born(const struct vm *vm)
{
	char path[VM_PATH_SIZE];
	struct stat st;

	vm_path(path, vm, -1, "");
	return stat(path, &st) ? 0 : st.st_mtim.tv_sec * SECOND + st.st_mtim.tv_nsec;
}

/* Readings of the @nr @vcpus; their number, or -1 after a sentence. */
static int read_vcpus(const struct vm *vm, const unsigned int *vcpus, int nr,
		      struct debugfs_vcpu *readings)
{
	char path[VM_PATH_SIZE], why[512];
	int i, ret, n = 0;

	for (i = 0; i < nr; i++) {
		vm_path(path, vm, vcpus[i], "exitstat");
		ret = debugfs_read(path, &readings[n], why, sizeof(why));
		if (!ret) {
			n++;
			continue;
		}
		if (!vm_exists(vm))
			return 0;
		/* A vCPU's folder is there before what is in it. */
		if (ret == -ENOENT && !access(PARAMETER, F_OK))
			continue;
		if (ret == -ENOENT)
			fail("%s is not there: this KVM has no kvm-exitstat; load one that has", path);
		else if (ret < 0)
			fail("%s cannot be read: %s", path, strerror(-ret));
		else
			fail("%s", why);
		return -1;
	}
	return n;
}

/* A VM that has ended meanwhile is left out, whole.  -1 after a sentence. */
static int read_vm(const struct vm *vm, struct metrics_vm *exported)
{
	struct debugfs_vcpu *readings;
	unsigned int *vcpus;
	int nr;

	nr = vm_vcpus(vm, &vcpus);
	if (nr < 0) {
		fail("out of memory");
		return -1;
	}
	readings = malloc((nr ?: 1) * sizeof(*readings));
	if (readings)
		nr = read_vcpus(vm, vcpus, nr, readings);
	else
		nr = -1, fail("out of memory");
	free(vcpus);
	if (nr <= 0) {
		free(readings);
		return nr;
	}
	*exported = (struct metrics_vm) {
		.name = vm->name, .place = vm->dir, .pid = vm->pid,
		.born = born(vm), .vcpus = readings, .nr = nr,
	};
	return nr;
}

static void free_readings(struct readings *all)
{
	unsigned int i;

	for (i = 0; i < all->metrics.nr; i++)
		free((void *)all->exported[i].vcpus);
	free(all->exported);
	free(all->vms);
}

/* Where no VM says so. */
static int counting(void)
{
	const int fd = open(PARAMETER, O_RDONLY | O_CLOEXEC);
	char digit = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, &digit, 1);
	close(fd);
	return n == 1 ? digit != '0' : -1;
}

static struct metrics_host host_of(const struct readings *all)
{
	struct metrics_host host = { counting(), -1, -1 };
	const struct debugfs_vcpu *last;

	if (all->metrics.nr) {
		const struct metrics_vm *vm = &all->exported[all->metrics.nr - 1];

		last = &vm->vcpus[vm->nr - 1];
		host.counting = last->reading.counting;
		host.untrusted = last->reading.untrusted;
		host.torn = last->torn;
	}
	return host;
}

/* To be freed in any case. */
static int read_all(const struct run *run, struct readings *all)
{
	int i, ret;

	*all = (struct readings) {
		.metrics = { .no_vcpu = run->no_vcpu, .begun = metrics_clock() },
	};
	ret = vms_readable();
	if (ret)
		return ret;
	all->nr_vms = vms_list(&all->vms);
	all->exported = all->nr_vms < 0 ? NULL :
			calloc(all->nr_vms ?: 1, sizeof(*all->exported));
	if (!all->exported)
		return fail("out of memory");
	all->metrics.vms = all->exported;
	for (i = 0; i < all->nr_vms; i++) {
		ret = read_vm(&all->vms[i], &all->exported[all->metrics.nr]);
		if (ret < 0)
			return EXIT_MISUSE;
		all->metrics.nr += ret > 0;
	}
	all->metrics.host = host_of(all);
	return EXIT_DONE;
}

/* What is said now; NULL after a sentence.  It is what was said before, next time. */
static char *answer(void *data, enum metrics_format format)
{
	struct run *run = data;
	struct readings all;
	char *text = NULL;

	if (!read_all(run, &all)) {
		text = metrics_render(&all.metrics, format, run->before);
		if (!text)
			fail("out of memory");
	}
	free_readings(&all);
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
	run->before = run->output ? read_whole(run->output) : NULL;
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
		run->no_vcpu = true;
		break;
	case 'h':
		*ret = print(help);
		return 1;
	case OPT_VERSION:
		*ret = print_version();
		return 1;
	default:
		*ret = EXIT_MISUSE;
	}
	return *ret != EXIT_DONE;
}

int cmd_export(int argc, char **argv, cpuid_fn cpuid)
{
	struct sockaddr_storage address;
	struct run run = {};
	socklen_t length;
	int c, ret = EXIT_DONE;

	(void)cpuid;
	optind = 0;
	while ((c = next_option(argc, argv, ":o:h", options)) != -1)
		if (parse_option(&run, c, &ret))
			return ret;
	if (optind < argc)
		return fail("export takes no operand, and there is '%s'; see 'exitstat export --help'",
			    argv[optind]);
	if (run.output && run.listen)
		return fail("the metrics go into a file or to who asks: give -o or --listen");
	if (run.listen && parse_address(run.listen, &address, &length))
		return EXIT_MISUSE;
	ret = vms_readable();
	if (!ret)
		ret = run.listen ? listen_at(run.listen, answer, &run) : export_once(&run);
	free(run.before);
	return ret;
}
