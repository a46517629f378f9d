// SPDX-License-Identifier: GPL-2.0-only
/* The VMM's parts of workloads: see stage.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage.h"

typedef unsigned long long ull;

#define LEAST_EVENTS	10	/* signals or moves; fewer prove nothing */
#define SPIN_US		50	/* an iteration of migrate: 20 between two moves */
#define LAZY_PAGES	131072	/* at most */

/* A numeric parameter of this ISA's module, or @without if there is no such parameter. */
static unsigned int module_parameter(const char *name, unsigned int without)
{
	char path[96], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s",
		 env.isa == KVM_EXITSTAT_ISA_VMX ? "kvm_intel" : "kvm_amd", name);
	file = fopen(path, "re");
	if (!file || !fgets(text, sizeof(text), file))
		strcpy(text, "");
	if (file)
		fclose(file);
	return !*text ? without : *text == 'Y' ? 1 : strtoul(text, NULL, 0);
}

static bool is_vmx(void)
{
	return env.isa == KVM_EXITSTAT_ISA_VMX;
}

static bool short_of(const struct player *player, const char *what, uint64_t found)
{
	if (found < LEAST_EVENTS)
		printf("FAIL %s: vCPU %u: %s %llu times, at least %u were wanted: raise -n\n",
		       workloads[player->stage->workload].name, player->vcpu->id, what,
		       (ull)found, LEAST_EVENTS);
	return found < LEAST_EVENTS;
}

/* failed_entry: n entries, all of which fail */
static void fail_entries(struct player *player)
{
	struct vcpu_state state;

	vcpu_spoil(player->vcpu, &state);
	while (player->refused < env.n && vcpu_run(player->vcpu) == STOP_FAILED_ENTRY)
		player->refused++;
	vcpu_mend(player->vcpu, &state);
}

static bool check_refused(struct stage *stage)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < stage->nr; i++) {
		const struct player *player = &stage->players[i];

		if (player->refused == env.n)
			continue;
		printf("FAIL %s: vCPU %u, VM entries refused: asked for %llu, KVM_EXIT_FAIL_ENTRY %llu\n",
		       workloads[stage->workload].name, i, (ull)env.n, (ull)player->refused);
		ok = false;
	}
	return ok;
}

/* signals: one every millisecond */
static void on_signal(int signal)
{
	(void)signal;
}

static void start_signals(struct player *player)
{
	const struct sigaction action = { .sa_handler = on_signal };
	const struct itimerspec every = { { 0, 1000000 }, { 0, 1000000 } };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
	};

	event._sigev_un._tid = player->tid;
	player->vcpu->interrupted = 0;
	if (sigaction(SIGUSR1, &action, NULL) ||
	    timer_create(CLOCK_MONOTONIC, &event, &player->signals) ||
	    timer_settime(player->signals, 0, &every, NULL))
		die("no timer can be started (%s)", strerror(errno));
}

static void stop_signals(struct player *player)
{
	timer_delete(player->signals);
}

static bool check_signals(struct stage *stage)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < stage->nr; i++)
		ok &= !short_of(&stage->players[i], "signals ended KVM_RUN",
				stage->players[i].vcpu->interrupted);
	return ok;
}

/* touch, mixed: the pages that they will store to; vCPUs' pages follow each other */
static uint64_t lazy_pages_each(unsigned int workload)
{
	return (env.n + GUEST_WARM_UP) * (workload == W_mixed ? 2 : 1);
}

static void open_lazy(struct stage *stage)
{
	const uint64_t pages = lazy_pages_each(stage->workload) * env.vcpus;

	if (pages > LAZY_PAGES)
		die("%s would take %llu pages of memory, at most %u are given: lower -n or -v",
		    workloads[stage->workload].name, (ull)pages, LAZY_PAGES);
	vm_add_lazy(&stage->vm, pages);
}

static void lazy_touch(struct vcpu *vcpu)
{
	vcpu->page->touched = vcpu->id * lazy_pages_each(W_touch);
}

static void lazy_mixed(struct vcpu *vcpu)
{
	vcpu->page->touched = vcpu->id * lazy_pages_each(W_mixed);
}

/*
 * fault_storm, dirty_log, ipi: all vCPUs meet, and the VMM does its part while none runs.
 * A fault that races with a change of the memory could be taken twice, and the number of
 * exits would not be known.
 */
static void meet(struct player *player, void (*act)(struct stage *stage))
{
	struct stage *stage = player->stage;

	if (pthread_barrier_wait(&stage->meeting) == PTHREAD_BARRIER_SERIAL_THREAD && act)
		act(stage);
	pthread_barrier_wait(&stage->meeting);
}

static void open_storm(struct stage *stage)
{
	vm_add_lazy(&stage->vm, GUEST_STORM_PAGES * env.vcpus);
}

static void freshen(struct stage *stage)
{
	vm_freshen_lazy(&stage->vm);
}

static void step_storm(struct player *player)
{
	meet(player, freshen);
}

/* With page-modification logging stores make no exit, but a full log does. */
static const char *log_missing(void)
{
	return is_vmx() && module_parameter("pml", 0) ?
		"the CPU logs dirty pages without exits (kvm_intel.pml is Y)" : NULL;
}

static void open_log(struct stage *stage)
{
	vm_add_lazy(&stage->vm, GUEST_LOG_PAGES * env.vcpus);
	vm_log_lazy(&stage->vm);
}

static void fetch_log(struct stage *stage)
{
	stage->logged += vm_fetch_log(&stage->vm);
}

static void step_log(struct player *player)
{
	meet(player, fetch_log);
}

/* Between two steps each page is stored to at most once, so the log has every store. */
static bool check_log(struct stage *stage)
{
	const uint64_t stores = (env.n + GUEST_WARM_UP) * stage->nr;

	fetch_log(stage);
	if (stage->logged == stores)
		return true;
	printf("FAIL %s: known %llu stores, the dirty log had %llu pages\n",
	       workloads[stage->workload].name, (ull)stores, (ull)stage->logged);
	return false;
}

/* ipi: to the next vCPU, or to itself if it is alone */
static const char *ipi_missing(void)
{
	if (is_vmx())
		return module_parameter("enable_apicv", 0) ?
			"the CPU's APIC takes EOIs without exits (kvm_intel.enable_apicv is Y)" : NULL;
	return module_parameter("avic", 0) ?
		"the CPU's APIC takes IPIs and EOIs without exits (kvm_amd.avic is Y)" : NULL;
}

static void ipi_vcpu(struct vcpu *vcpu)
{
	vcpu->page->next = (vcpu->id + 1) % env.vcpus;
}

static void step_ipi(struct player *player)
{
	meet(player, NULL);
}

/* pause_loop: cycles on VMX, PAUSEs on SVM; a PAUSE takes more than a cycle */
static unsigned int pause_window(void)
{
	return is_vmx() ? module_parameter("ple_window", 0) :
			  module_parameter("pause_filter_count", 0);
}

static const char *pause_missing(void)
{
	if (is_vmx() ? module_parameter("ple_gap", 0) && pause_window() : pause_window())
		return NULL;
	return is_vmx() ?
		"this CPU has no PAUSE-loop exiting, or it is off (kvm_intel.ple_gap or ple_window is 0)" :
		"this CPU has no pause filter, or it is off (kvm_amd.pause_filter_count is 0)";
}

static void pause_vcpu(struct vcpu *vcpu)
{
	vcpu->page->spin = pause_window();
}

/*
 * pio_string: KVM's own count of I/O exits shows whether the CPU exits before it checks
 * rCX.  The warm-up is one round of INS and OUTS, and so is the counted part.
 */
unsigned int ends_of_rep(void)
{
	const unsigned int n = GUEST_STRING + 1, without = GUEST_WARM_UP + 1 + n + 1;
	static int ends = -1;
	unsigned int exits;
	struct vcpu *vcpu;
	struct vm vm;

	if (ends >= 0)
		return ends;
	vm_create(&vm, false);
	vcpu = vcpu_create(&vm, NULL);
	vcpu_start(vcpu, MODE_COUNT, W_pio_string, n);
	if (vcpu_run(vcpu) != STOP_WARM || vcpu_run(vcpu) != STOP_DONE)
		die("the guest did not end its workload");
	exits = vm_stat(&vm, "io_exits");
	vm_destroy(&vm);
	if (exits != without && exits != without + 4)
		die("REP INS and REP OUTS made %u exits, and KVM is to make %u of them, or %u where they exit at their end too",
		    exits, without, without + 4);
	ends = (exits - without) / 2;
	return ends;
}

/* smc */
static bool check_stale(struct stage *stage)
{
	unsigned int i, stale = 0;

	for (i = 0; i < stage->nr; i++)
		stale += stage->players[i].vcpu->page->stale;
	if (stale)
		printf("FAIL %s: known 0 calls that ran code as it was before, found %u\n",
		       workloads[stage->workload].name, stale);
	return !stale;
}

/* migrate */
static const char *migrate_missing(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		die("the CPUs to run on cannot be read (%s)", strerror(errno));
	return CPU_COUNT(&set) < 2 ? "to move between CPUs takes two, and there is one online" :
				     NULL;
}

static void migrate_vcpu(struct vcpu *vcpu)
{
	vcpu->page->spin = (uint64_t)vcpu_tsc_khz(vcpu) * SPIN_US / 1000;
}

/* The CPU that @tid is on: field 39 of its stat, where ")" ends field 2. */
static int cpu_of(pid_t tid)
{
	char path[64], text[1024], *at = NULL;
	unsigned int field;
	FILE *file;
	int cpu;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "re");
	if (file && fgets(text, sizeof(text), file))
		at = strrchr(text, ')');
	for (field = 2; at && field < 39; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%d", &cpu) != 1)
		die("%s cannot be read", path);
	fclose(file);
	return cpu;
}

static void *move(void *arg)
{
	struct player *player = arg;
	int now, to, last = cpu_of(player->tid);
	cpu_set_t all, one;

	CPU_ZERO(&all);
	sched_getaffinity(player->tid, sizeof(all), &all);
	while (!player->still) {
		usleep(1000);
		/* A sleeping thread moves when it wakes up. */
		now = to = cpu_of(player->tid);
		player->moves += now != last;
		last = now;
		do
			to = (to + 1) % CPU_SETSIZE;
		while (!CPU_ISSET(to, &all));
		CPU_ZERO(&one);
		CPU_SET(to, &one);
		if (sched_setaffinity(player->tid, sizeof(one), &one))
			die("a vCPU cannot be moved to CPU %d (%s)", to, strerror(errno));
	}
	sched_setaffinity(player->tid, sizeof(all), &all);
	return NULL;
}

static void start_moves(struct player *player)
{
	if (pthread_create(&player->mover, NULL, move, player))
		die("a thread to move vCPU %u cannot be made", player->vcpu->id);
}

/*
 * It seldom waits, because usually some moves have happened.  After a long time without a
 * move it continues, and check_moves() reports that.
 */
static void step_migrate(struct player *player)
{
	const time_t patience = time(NULL) + 10;

	if (!player->warm || player->stuck)
		return;
	player->steps++;
	while (player->moves < player->steps && !player->stuck) {
		usleep(100);
		player->stuck = time(NULL) > patience;
	}
}

static void stop_moves(struct player *player)
{
	player->still = true;
	pthread_join(player->mover, NULL);
}

static bool check_moves(struct stage *stage)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < stage->nr; i++)
		ok &= !short_of(&stage->players[i], "it was moved", stage->players[i].moves);
	return ok;
}

/* hot_add: adds vCPUs from vCPU 0's first step on, while it runs; at its second step all run. */
static void *add_vcpus(void *arg)
{
	struct stage *stage = arg;
	unsigned int i;

	while (sem_wait(&stage->add))
		;
	for (i = stage->first; i < stage->nr; i++) {
		stage->players[i].vcpu = vcpu_create(&stage->vm, NULL);
		prepare_vcpu(stage->players[i].vcpu, stage->workload);
		player_start(&stage->players[i]);
	}
	return NULL;
}

static void open_hot_add(struct stage *stage)
{
	stage->nr = env.vcpus > 1 ? env.vcpus : 2;
	stage->first = stage->nr - stage->nr / 2;
	sem_init(&stage->add, 0, 0);
	sem_init(&stage->added, 0, 0);
	if (pthread_create(&stage->adder, NULL, add_vcpus, stage))
		die("a thread to add vCPUs cannot be made");
}

static void start_hot_add(struct player *player)
{
	if (player->added)
		sem_post(&player->stage->added);
}

static void step_hot_add(struct player *player)
{
	struct stage *stage = player->stage;
	unsigned int i;

	if (player->vcpu->id || !player->warm)
		return;
	if (++player->steps == 1)
		sem_post(&stage->add);
	else
		for (i = stage->first; i < stage->nr; i++)
			while (sem_wait(&stage->added))
				;
}

const struct part parts[NR_WORKLOADS] = {
	[W_failed_entry] = { .start = fail_entries, .check = check_refused },
	[W_signals] = { .start = start_signals, .stop = stop_signals, .check = check_signals },
	[W_touch] = { .open = open_lazy, .vcpu = lazy_touch },
	[W_mixed] = { .open = open_lazy, .vcpu = lazy_mixed },
	[W_fault_storm] = { .open = open_storm, .step = step_storm },
	[W_dirty_log] = { .missing = log_missing, .open = open_log, .step = step_log,
			  .check = check_log },
	[W_ipi] = { .missing = ipi_missing, .vcpu = ipi_vcpu, .step = step_ipi },
	[W_pause_loop] = { .missing = pause_missing, .vcpu = pause_vcpu },
	[W_smc] = { .check = check_stale },
	[W_dr_access] = { .vcpu = vcpu_debug },
	[W_migrate] = { .missing = migrate_missing, .vcpu = migrate_vcpu,
			.start = start_moves, .step = step_migrate, .stop = stop_moves,
			.check = check_moves },
	[W_hot_add] = { .open = open_hot_add, .start = start_hot_add, .step = step_hot_add },
};

const char *part_missing(unsigned int workload)
{
	return parts[workload].missing ? parts[workload].missing() : NULL;
}
