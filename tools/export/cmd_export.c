// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: metrics of this host's VMs for Prometheus, once or at each scrape.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "export/address.h"
#include "export/cmd_export.h"
#include "export/export.h"
#include "export/listen.h"
#include "export/metrics.h"
#include "export/privileges.h"
#include "lib/file.h"
#include "lib/message.h"
#include "lib/number.h"
#include "lib/options.h"
#include "lib/patience.h"
#include "lib/replace.h"
#include "lib/turns.h"
#include "source/choose.h"
#include "source/cpuid.h"
#include "source/debugfs.h"
#include "source/target.h"
#include "source/vm.h"

/**
 * struct env - the options, and the last answer
 * @output: file to replace, or NULL; @real: the file that this path leads to
 * @listen: where to listen, or NULL
 * @exporter: reads the VMs
 * @guest: --guest; the target's other fields are not used
 * @cpuid: executes CPUID
 * @before: the last answer, or NULL
 * @waiting: the last time there was no source to read from
 */
struct env {
	const char *output;
	char *real;
	const char *listen;
	struct exporter exporter;
	struct target guest;
	cpuid_fn cpuid;
	char *before;
	bool waiting;
};

static void *next_target(void *values)
{
	struct exporter *exporter = &((struct env *)values)->exporter;

	return &exporter->chosen[exporter->nr++].target;
}

#define KEYS_USUAL	8
#define KEYS_MOST	64	/* places of a vCPU in each class */

static int set_keys(const struct opt *opt, const char *arg, void *at)
{
	uint32_t *keys = at;

	*keys = KEYS_USUAL;
	if (!arg || (!parse_u32(arg, keys) && *keys && *keys <= KEYS_MOST))
		return EXIT_DONE;
	return fail("--%s is '%s': give a whole number from 1 to %d, or none, which is %d",
		    opt->name, arg, KEYS_MOST, KEYS_USUAL);
}

static const struct opt options[] = {
	{ 'o', "output", "FILE", "replace FILE in one step, for the textfile collector of node_exporter; counters continue from its content; - is standard output",
	  .by = BY_FILES, SETS_TEXT(struct env, output) },
	{ 0, "listen", "WHERE", "answer HTTP until Ctrl-C; WHERE is unix:PATH, [ADDR:]PORT (ADDR is 127.0.0.1 by default), or inherited, the socket that systemd has opened",
	  SETS_TEXT(struct env, listen) },
	{ 0, "no-vcpu", .help = "sum the vCPUs of a VM, for fewer series",
	  SETS_FLAG(struct env, exporter.no_vcpu) },
	{ 0, "keys", "N", "also export, of each VM and reason, the N keys with the most exits: which MSR, port, address, CPUID leaf and so on; N is from 1 to " IN_TEXT(KEYS_MOST) ", and " IN_TEXT(KEYS_USUAL) " if it is left out; on a host, by debugfs, while kvm's exitstat_keys is 1",
	  .optional = true, SETS(set_keys, uint32_t, struct env, exporter.keys) },
	TARGET_OPTIONS(.place = next_target),
	TARGET_GUEST_OPTION(TARGET_IN(struct env, guest)),
	{}
};

const struct command export_command = {
	.name = "export",
	.summary = "metrics for Prometheus, in a file or by HTTP",
	.run = cmd_export,
	.about = "Export VM exits and their time as metrics for Prometheus, in its text format: to standard output, to a file, or by HTTP. On a host, export the VMs that -p, --vm and --qmp choose, which may be repeated; without these, export all VMs, as root. In a guest, export this VM, as the sum of its vCPUs, by CPUID.",
	.options = options,
	.status = "Status: 0 done, 2 misuse or missing support.",
	.examples =
		"  exitstat export | grep ^kvm_exits_total\n"
		"  exitstat export -o /var/lib/prometheus/node-exporter/kvm.prom\n"
		"  exitstat export --listen unix:/run/exitstat.sock\n"
		"  exitstat export --listen 9904 --no-vcpu\n"
		"  exitstat export --keys=3 | grep ^kvm_key\n"
		"  exitstat export --listen [::1]:9904\n",
};

/* A service manager has its socket before KVM is loaded, and clients are told so until it is. */
static bool may_wait(const struct env *env)
{
	return env->listen && !strcmp(env->listen, INHERITED);
}

/* Keys are a host's, so --keys is for a host, as -p is. */
static void choose_guest(struct env *env)
{
	const bool asked = env->guest.guest;

	env->exporter.guest = NULL;
	if (env->exporter.nr || (env->exporter.keys && !asked) ||
	    !target_is_guest(&env->guest, env->cpuid))
		return;
	env->exporter.guest = env->cpuid;
	/* That choice has cost one CPUID. */
	env->exporter.cpuids += !asked;
}

static void choose_again(struct env *env)
{
	const bool guest = env->exporter.guest;

	choose_guest(env);
	if (guest && !env->exporter.guest)
		note("KVM with kvm-exitstat is loaded, so this machine is a host now: its VMs are exported, and no longer this VM");
	else if (!guest && env->exporter.guest)
		note("KVM with kvm-exitstat is not loaded any more, so this machine is a guest now: this VM is exported, by CPUID");
}

/*
 * Is there a source to read from?  Says why not; a server says so once, until there is one.
 * A service that was started before KVM was loaded exports the host's VMs from then on, even
 * if KVM is unloaded again.
 */
static bool ready(struct env *env)
{
	char why[WHY_SIZE];
	bool waits;

	if (env->exporter.guest && may_wait(env) && kvm_has_exitstat())
		choose_again(env);
	waits = exporter_ready(&env->exporter, env->cpuid, why);
	if (waits && !env->waiting)
		fail("%s", why);
	else if (!waits && env->waiting)
		note("the VMs can be read now");
	env->waiting = waits;
	return !waits;
}

/* Make an answer and keep it as @before for the next; NULL after a sentence. */
static char *answer(void *data, enum metrics_format format)
{
	struct env *env = data;
	struct metrics metrics;
	char *text = NULL;

	if (env->listen && !ready(env))
		return NULL;
	if (!exporter_read(&env->exporter, &metrics)) {
		if (env->output && env->exporter.nr)
			metrics.file = basename(env->output);
		text = metrics_render(&metrics, format, env->before);
		if (!text)
			fail("out of memory");
	}
	exporter_free(&metrics);
	if (text && env->listen) {
		free(env->before);
		env->before = strdup(text);
	}
	return text;
}

/*
 * If KVM no longer has kvm-exitstat, our old file would go on saying that exits are
 * counted, so remove it.  After any other failure the file stays.
 */
static void remove_stale(const struct env *env)
{
	char *text;

	if (!env->output || kvm_has_exitstat() || env->exporter.guest)
		return;
	text = read_real_file(env->real);
	if (text && !strncmp(text, "# HELP kvm_", 11) && !unlink(env->real))
		note("%s is removed, because it says that exits are counted", env->real);
	free(text);
}

static int export_once(struct env *env)
{
	char *text;
	int ret;

	if (env->output && take_turns(env->real))
		return EXIT_MISUSE;
	env->before = env->output ? read_real_file(env->real) : NULL;
	text = answer(env, METRICS_TEXT);
	if (!text)
		return EXIT_MISUSE;
	ret = env->output ? replace_file(env->real, text) : print(text);
	free(text);
	return ret;
}

static int check_options(const struct env *env)
{
	struct sockaddr_storage address;
	char why[WHY_SIZE];
	socklen_t length;
	unsigned int i;

	for (i = 0; i < env->exporter.nr; i++)
		if (target_check(&env->exporter.chosen[i].target, why))
			return fail("%s", why);
	if (env->output && env->listen)
		return fail("the metrics go to a file or are served by HTTP: give either -o or --listen");
	if (env->guest.guest && env->exporter.nr)
		return fail("--guest reads only this VM: give it without -p, --vm and --qmp");
	return env->listen && strcmp(env->listen, INHERITED) ?
	       parse_address(env->listen, &address, &length) : EXIT_DONE;
}

/* The last answer stays, so that no counter goes back. */
static void reload(void *data)
{
	struct env *env = data;

	exporter_reopen(&env->exporter);
	choose_again(env);
	env->waiting = false;
	note("reloaded: the next scrape opens all sources again, and says again what it leaves out");
}

static int serve(struct env *env)
{
	const int fd = address_open(env->listen);
	bool sockets = false;
	unsigned int i;

	if (fd < 0)
		return EXIT_MISUSE;
	for (i = 0; i < env->exporter.nr; i++)
		sockets |= env->exporter.chosen[i].target.qmp != NULL;
	privileges_drop(sockets);
	/* Of who asks for ever, others see the metric. */
	patience_says = NULL;
	return listen_at(fd, answer, reload, env);
}

static int export(struct env *env)
{
	int ret = check_options(env);

	if (ret)
		return ret;
	if (env->output && is_standard_output(env->output))
		env->output = NULL;
	env->real = env->output ? real_file(env->output) : NULL;
	if (env->output && !env->real)
		return EXIT_MISUSE;
	env->exporter.lasting = env->listen;
	choose_guest(env);
	ret = exporter_check(&env->exporter);
	if (!ret && !ready(env) && !may_wait(env))
		ret = EXIT_MISUSE;
	if (!ret)
		ret = env->listen ? serve(env) : export_once(env);
	if (ret)
		remove_stale(env);
	return ret;
}

int cmd_export(int argc, char **argv, cpuid_fn cpuid)
{
	struct operands operands;
	struct env env = { .cpuid = cpuid };
	int ret;

	env.exporter.chosen = calloc(argc, sizeof(*env.exporter.chosen));
	if (!env.exporter.chosen)
		return fail("out of memory");
	if (options_parse(&export_command, argc, argv, &env, &operands, &ret))
		ret = export(&env);
	exporter_close(&env.exporter);
	free(env.before);
	free(env.real);
	return ret;
}
