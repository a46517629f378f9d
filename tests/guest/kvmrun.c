// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun: runs a tiny guest that makes a known number of VM exits and compares
 * three counts of them: the known one, kvm-exitstat's and perf's.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvmrun.h"
#include "stage.h"

#define WORKLOAD(_name, vmx, svm, _extra, _needs, _groups, _what)		\
	[W_##_name] = {								\
		.name = #_name,							\
		.reason = { [KVM_EXITSTAT_ISA_VMX] = vmx,			\
			    [KVM_EXITSTAT_ISA_SVM] = svm },			\
		.extra = _extra, .needs = _needs, .groups = _groups, .what = _what, \
	},
const struct workload workloads[NR_WORKLOADS] = {
#include "workloads.def"
};

/* Prime numbers, because no wrong factor can hide in them. */
#define DEFAULT_N		1009
#define DEFAULT_N_MEASURE	100003
#define DEFAULT_N_MODES		503
#define DEFAULT_N_LEDGER	100003

struct env env = {
	.vcpus = 1,
	.repeat = 1,
	.counters = true,
};

static const char help[] =
"Usage: kvmrun [OPTION...] WORKLOAD|GROUP|all\n"
"       kvmrun --hold [-n N] [-v V] WORKLOAD\n"
"       kvmrun --crowd VMS [-n N] [-v V]\n"
"       kvmrun --flip COUNT [-n N] WORKLOAD\n"
"       kvmrun --measure [-n N] WORKLOAD|GROUP\n"
"       kvmrun --modes [-n N]\n"
"       kvmrun --keys [-n N]\n"
"       kvmrun --ledger [-n N] CHECK...|all\n"
"       kvmrun --list\n"
"\n"
"Runs a tiny guest that makes a known number of VM exits, and checks that each\n"
"vCPU's file exitstat and perf's count of kvm:kvm_exit have exactly that number.\n"
"\n"
"  -n, --number N     exits of each vCPU (1009; 100003 with --measure, --ledger;\n"
"                     503 with --modes); KVMRUN_NUMBER replaces 1009 and 503\n"
"  -v, --vcpus V      vCPUs, each of which runs the workload (1; at most 8)\n"
"  -r, --repeat R     run it R times (1)\n"
"  -q, --quiet        verdicts only, no tables\n"
"  -c, --no-counters  compare with perf only: for a KVM without exitstat\n"
"  -H, --hold         stop before and after the workload, so that others can count\n"
"                     it: prints 'expect REASON COUNT' for each known number (or\n"
"                     'least REASON COUNT'), then 'ready PID'; the line go starts the\n"
"                     workload; prints 'done'; another line, or the end of input,\n"
"                     ends it.  COUNT is for all vCPUs; no perf event is opened\n"
"  -C, --crowd VMS    make VMS VMs, of V vCPUs each, that run all workloads of the\n"
"                     group exits with N and then stop: prints 'ready PID', and ends\n"
"                     with its input\n"
"  -f, --flip COUNT   turn the parameter exitstat off and on COUNT times meanwhile:\n"
"                     no count goes back or exceeds perf's\n"
"  -m, --measure      measure the TSC cycles of an exit, seen from the guest; no\n"
"                     counts are compared\n"
"  -M, --modes        check what guests see by CPUID for each exitstat_guest\n"
"  -K, --keys         check that the keys a guest sees by CPUID are those of debugfs\n"
"  -L, --ledger       check the ledger: where the time went, by some checks or all;\n"
"                     the last line sums up.  N from 20000 on also makes waits\n"
"                     longer; with all, N is the least number of exits\n"
"  -t, --tables       with --ledger: print each vCPU's ledger\n"
"  -l, --list         list the workloads, with their exit reasons, and the checks\n"
"  -h, --help\n"
"\n"
"Status: 0 all checks held, 1 one did not, 2 misuse or something is missing,\n"
"77 skipped, because this host cannot do it.\n"
"\n"
"EXAMPLES\n"
"  kvmrun cpuid                     1009 CPUID exits, three counts\n"
"  kvmrun -q -n 2003 -v 4 exits     all workloads of a group, on 4 vCPUs\n"
"  kvmrun --hold -n 100003 cpuid    100003 CPUID exits when told to\n"
"  kvmrun --measure cpuid           the cost of a CPUID exit\n"
"  kvmrun --flip 1000 cpuid         counting off and on under load\n"
"  kvmrun --ledger user_sleep       the VMM's sleep is in its reason's 'user'\n";

static const struct option options[] = {
	{ "number", required_argument, NULL, 'n' },
	{ "vcpus", required_argument, NULL, 'v' },
	{ "repeat", required_argument, NULL, 'r' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "no-counters", no_argument, NULL, 'c' },
	{ "hold", no_argument, NULL, 'H' },
	{ "crowd", required_argument, NULL, 'C' },
	{ "flip", required_argument, NULL, 'f' },
	{ "measure", no_argument, NULL, 'm' },
	{ "modes", no_argument, NULL, 'M' },
	{ "keys", no_argument, NULL, 'K' },
	{ "ledger", no_argument, NULL, 'L' },
	{ "tables", no_argument, NULL, 't' },
	{ "list", no_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

unsigned int workload_slot(unsigned int workload)
{
	const int reason = workloads[workload].reason[env.isa];

	return reason < 0 ? COUNTS_OTHER : counts_slot(env.isa, reason);
}

long long workload_known(unsigned int workload, unsigned int slot, uint64_t n)
{
	const bool is_main = slot == workload_slot(workload);
	const bool vmx = env.isa == KVM_EXITSTAT_ISA_VMX;
	bool known = true;
	uint64_t exits = 0;

	if (is_main)
		exits = n + workloads[workload].extra;
	else if (slot == counts_slot(env.isa, vmx ? 30 : 0x7b))
		exits = 1;	/* the OUT that ends it */
	else
		known = false;
#define ALSO(name, vmx_reason, svm_reason, more)				\
	if (workload == W_##name &&						\
	    slot == counts_slot(env.isa, vmx ? vmx_reason : svm_reason)) {	\
		exits += more;							\
		known = true;							\
	}
#include "workloads.def"
	return known ? (long long)exits : -1;
}

static bool module_parameter_is(const char *path, char value)
{
	FILE *file = fopen(path, "re");
	int c = file ? getc(file) : value;

	if (file)
		fclose(file);
	return c == value;
}

static bool has_nested(void)
{
	const char *path = env.isa == KVM_EXITSTAT_ISA_VMX ?
		"/sys/module/kvm_intel/parameters/nested" :
		"/sys/module/kvm_amd/parameters/nested";

	return module_parameter_is(path, 'Y') || module_parameter_is(path, '1');
}

bool workload_possible(unsigned int workload)
{
	const struct workload *w = &workloads[workload];
	const char *why = NULL;

	if (w->reason[env.isa] == R_NONE)
		why = "this ISA has no such exit";
	else if (w->needs & NEEDS_FASTPATH && env.isa == KVM_EXITSTAT_ISA_SVM &&
		 !module_parameter_is("/sys/module/kvm_amd/parameters/nrips", 'Y') &&
		 !module_parameter_is("/sys/module/kvm_amd/parameters/nrips", '1'))
		why = "KVM's fastpath on SVM needs NRIP save, which this CPU lacks (kvm_amd.nrips)";
	else if (w->needs & NEEDS_VMM && env.isa == KVM_EXITSTAT_ISA_VMX &&
		 !module_parameter_is("/sys/module/kvm_intel/parameters/unrestricted_guest", 'Y') &&
		 module_parameter_is("/sys/module/kvm_intel/parameters/emulate_invalid_guest_state", 'Y'))
		why = "KVM emulates instead of entering (kvm_intel.emulate_invalid_guest_state)";
	else if (w->needs & NEEDS_NESTED && !has_nested())
		why = "this KVM's guests cannot run guests (kvm_intel.nested, kvm_amd.nested)";
	else
		why = part_missing(workload);
	if (why)
		printf("SKIP %s: %s\n", w->name, why);
	return !why;
}

static FILE *open_parameter(const char *name, const char *mode)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/kvm/parameters/%s", name);
	file = fopen(path, mode);
	if (!file)
		die("%s cannot be opened (%s): this KVM is not kvm-exitstat's, or you are not root",
		    path, strerror(errno));
	return file;
}

unsigned int get_parameter(const char *name)
{
	FILE *file = open_parameter(name, "re");
	unsigned int value;

	if (fscanf(file, "%u", &value) != 1)
		die("/sys/module/kvm/parameters/%s holds no number", name);
	fclose(file);
	return value;
}

static void write_parameter(const char *name, unsigned int value)
{
	FILE *file = open_parameter(name, "we");

	fprintf(file, "%u\n", value);
	if (fclose(file))
		die("/sys/module/kvm/parameters/%s does not take %u (%s)", name, value,
		    strerror(errno));
}

/* Values of parameters before the first set_parameter(). */
static struct {
	const char *name;
	unsigned int value;
} saved[8];
static unsigned int nr_saved;

static void restore_parameters(void)
{
	while (nr_saved) {
		nr_saved--;
		write_parameter(saved[nr_saved].name, saved[nr_saved].value);
	}
}

static void restore_and_end(int signal)
{
	restore_parameters();
	_exit(128 + signal);
}

void set_parameter(const char *name, unsigned int value)
{
	unsigned int i = 0;

	while (i < nr_saved && strcmp(saved[i].name, name))
		i++;
	if (i == nr_saved) {
		if (!nr_saved) {
			atexit(restore_parameters);
			signal(SIGINT, restore_and_end);
			signal(SIGTERM, restore_and_end);
			signal(SIGPIPE, restore_and_end);
		}
		if (nr_saved == sizeof(saved) / sizeof(saved[0]))
			die("there is no room to remember the parameter %s", name);
		saved[nr_saved].name = name;
		saved[nr_saved++].value = get_parameter(name);
	}
	write_parameter(name, value);
}

static bool has_group(const struct workload *w, const char *group)
{
	const size_t length = strlen(group);
	const char *at = w->groups;

	for (; (at = strstr(at, group)); at += length)
		if ((at == w->groups || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static const char *reason_text(unsigned int isa, int reason, char text[16])
{
	if (reason == R_NONE)
		return "-";
	return counts_number(isa, reason < 0 ? COUNTS_OTHER : counts_slot(isa, reason),
			     text);
}

static void list(void)
{
	const struct workload *w;
	char vmx[16], svm[16];

	printf("%-18s %-9s %5s %5s %5s  %s\n", "workload", "group", "VMX", "SVM", "exits",
	       "each is");
	for (w = workloads; w < workloads + NR_WORKLOADS; w++) {
		char exits[16] = "n";

		if (w->extra)
			snprintf(exits, sizeof(exits), "n+%u", w->extra);
		else if (w->needs & AT_LEAST)
			snprintf(exits, sizeof(exits), ">= n");
		printf("%-18s %-9s %5s %5s %5s  %s\n", w->name, w->groups,
		       reason_text(KVM_EXITSTAT_ISA_VMX,
				   w->reason[KVM_EXITSTAT_ISA_VMX], vmx),
		       reason_text(KVM_EXITSTAT_ISA_SVM,
				   w->reason[KVM_EXITSTAT_ISA_SVM], svm),
		       exits, w->what);
	}
}

static uint64_t parse_count(const char *text, const char *what, uint64_t max)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || errno || !number || number > max)
		die("%s is '%s': give a number from 1 to %llu", what, text,
		    (unsigned long long)max);
	return number;
}

/* Run @mode on each workload that @name stands for; the worst status counts. */
static int run(const char *name, int (*mode)(unsigned int workload))
{
	int status = STATUS_SKIP, ret;
	unsigned int i, r;
	bool found = false;

	for (i = 0; i < NR_WORKLOADS; i++) {
		if (strcmp(name, "all") && strcmp(name, workloads[i].name) &&
		    !has_group(&workloads[i], name))
			continue;
		if (mode == hold && (env.repeat > 1 || strcmp(name, workloads[i].name)))
			die("--hold runs one workload, once: name one of --list, without -r");
		found = true;
		for (r = 0; r < env.repeat; r++) {
			ret = mode(i);
			fflush(stdout);
			if (ret == STATUS_FAIL || (!ret && status == STATUS_SKIP))
				status = ret;
		}
	}
	if (!found)
		die("there is no workload or group '%s': see --list", name);
	return status;
}

int main(int argc, char **argv)
{
	int (*mode)(unsigned int workload) = count_exits;
	bool want_modes = false, want_keys = false, want_ledger = false;
	unsigned int vms = 0;
	int c;

	while ((c = getopt_long(argc, argv, "n:v:r:qcHC:f:mMKLtlh", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			env.n = parse_count(optarg, "N", 1ull << 40);
			break;
		case 'v':
			env.vcpus = parse_count(optarg, "V", GUEST_VCPUS);
			break;
		case 'r':
			env.repeat = parse_count(optarg, "R", 1000000);
			break;
		case 'q':
			env.quiet = true;
			break;
		case 'c':
			env.counters = false;
			break;
		case 'H':
			mode = hold;
			break;
		case 'C':
			vms = parse_count(optarg, "VMS", 1000);
			break;
		case 'f':
			env.flips = parse_count(optarg, "COUNT", 1000000);
			mode = flip;
			break;
		case 'm':
			mode = measure_exits;
			break;
		case 'M':
			want_modes = true;
			break;
		case 'K':
			want_keys = true;
			break;
		case 'L':
			want_ledger = true;
			break;
		case 't':
			env.tables = true;
			break;
		case 'l':
			list();
			list_ledger();
			return 0;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			fputs("Try kvmrun --help.\n", stderr);
			return STATUS_MISUSE;
		}
	}
	if (want_modes || want_keys || vms ? argc != optind : want_ledger ? argc == optind : argc != optind + 1)
		die("give %s: see --help", want_modes || want_keys || vms ? "no workload with --modes, --keys or --crowd" :
		    want_ledger ? "checks, or all" : "one workload or group");
	if (!env.n && !want_ledger && mode != measure_exits && getenv("KVMRUN_NUMBER"))
		env.n = parse_count(getenv("KVMRUN_NUMBER"), "KVMRUN_NUMBER", 1ull << 40);
	if (!env.n)
		env.n = want_modes ? DEFAULT_N_MODES :
			want_ledger ? DEFAULT_N_LEDGER : mode == measure_exits ? DEFAULT_N_MEASURE : DEFAULT_N;
	env.isa = host_isa();
	if (vms)
		return crowd(vms);
	if (want_modes)
		return modes();
	if (want_keys)
		return frozen_keys();
	return want_ledger ? ledger(argv + optind) : run(argv[optind], mode);
}
