// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun --hold: a workload for other programs to count.
 *
 * Its vCPUs stop at PORT_WARM until told to go, and at PORT_DONE until told to end.  Their
 * threads wait after a KVM_RUN that has ended the OUT without an entry, so readings of
 * other programs do not change meanwhile.  The threads live to the end, because perf's
 * counts of a thread may end with the thread.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "stage.h"

typedef unsigned long long ull;

static struct stage stage;
static struct exitstat_file before[GUEST_VCPUS];	/* at PORT_WARM */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static unsigned int nr_warm, nr_done;	/* players that are stopped there */
static bool may_go, may_end;

/* Stop, as one of @nr players, until @may. */
static void stand(struct player *player, unsigned int *nr, const bool *may)
{
	vcpu_run_not(player->vcpu);
	pthread_mutex_lock(&mutex);
	++*nr;
	pthread_cond_broadcast(&change);
	while (!*may)
		pthread_cond_wait(&change, &mutex);
	pthread_mutex_unlock(&mutex);
}

static void wait_for(const unsigned int *nr, unsigned int all)
{
	pthread_mutex_lock(&mutex);
	while (*nr < all)
		pthread_cond_wait(&change, &mutex);
	pthread_mutex_unlock(&mutex);
}

static void let(bool *may)
{
	pthread_mutex_lock(&mutex);
	*may = true;
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&mutex);
}

static void begin(struct player *player)
{
	(void)player;
}

/* A vCPU that is added later comes after "go", and does not wait. */
static void warm(struct player *player)
{
	if (!player->added)
		stand(player, &nr_warm, &may_go);
}

static void done(struct player *player)
{
	stand(player, &nr_done, &may_end);
}

static const struct acts acts = { begin, warm, done };

static void read_file(const struct vcpu *vcpu, struct exitstat_file *file)
{
	char why[512];

	if (!vcpu_counters(vcpu, file, why, sizeof(why)))
		die("%s: this KVM may not be kvm-exitstat's (--no-counters holds without it)",
		    why);
	if (!file->counting)
		die("exits are not being counted: write 1 to /sys/module/kvm/parameters/exitstat");
}

/* Exits of @slot from "go" to "done"; for an added vCPU from its creation on. */
static long long known_of(const struct player *player, unsigned int slot)
{
	const long long known = workload_known(stage.workload, slot, env.n);

	if (known < 0 || !player->added)
		return known;
	return known + workload_known(stage.workload, slot, GUEST_WARM_UP);
}

static bool is_least(unsigned int slot)
{
	return workloads[stage.workload].needs & AT_LEAST &&
	       slot == workload_slot(stage.workload);
}

static void print_expected(void)
{
	long long known, sum;
	unsigned int slot, i;
	char number[16];

	for (slot = 0; slot <= COUNTS_OTHER; slot++) {
		sum = 0;
		for (i = 0; i < stage.nr; i++) {
			known = known_of(&stage.players[i], slot);
			if (known < 0)
				break;
			sum += known;
		}
		if (i == stage.nr)
			printf("%s %s %lld\n", is_least(slot) ? "least" : "expect",
			       counts_number(env.isa, slot, number), sum);
	}
}

static bool check(const struct player *player, uint64_t *total)
{
	static const struct exitstat_file nothing;
	const struct exitstat_file *from;
	struct exitstat_file to;
	unsigned int slot;
	char number[16];
	bool ok = true;

	from = player->added ? &nothing : &before[player->vcpu->id];
	read_file(player->vcpu, &to);
	*total += to.counts.total - from->counts.total;
	for (slot = 0; slot <= COUNTS_OTHER; slot++) {
		const long long known = known_of(player, slot);
		const uint64_t ours = to.counts.exits[slot] - from->counts.exits[slot];

		if (known < 0 || ours == (uint64_t)known ||
		    (is_least(slot) && ours > (uint64_t)known))
			continue;
		printf("FAIL %s: vCPU %u, %s: known %lld, exitstat %llu\n",
		       workloads[stage.workload].name, player->vcpu->id,
		       counts_number(env.isa, slot, number), known, (ull)ours);
		ok = false;
	}
	return ok;
}

/* Read a line of standard input, without its newline; false at the end of input. */
static bool read_line(char *line, int size)
{
	fflush(stdout);
	if (!fgets(line, size, stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

int hold(unsigned int workload)
{
	uint64_t total = 0;
	unsigned int i;
	char line[64];
	bool ok = true;

	if (!workload_possible(workload))
		return STATUS_SKIP;

	stage_open(&stage, workload, &acts);
	wait_for(&nr_warm, stage.first);
	for (i = 0; i < stage.first && env.counters; i++)
		read_file(stage.players[i].vcpu, &before[i]);
	print_expected();
	printf("ready %d\n", getpid());
	if (!read_line(line, sizeof(line))) {
		fprintf(stderr, "kvmrun: standard input ended before the line go, so nothing was run\n");
		exit(STATUS_FAIL);
	}
	if (strcmp(line, "go"))
		die("'%s' was read from standard input: only the line go starts the workload",
		    line);
	let(&may_go);

	wait_for(&nr_done, stage.nr);
	printf("done\n");
	read_line(line, sizeof(line));
	for (i = 0; i < stage.nr && env.counters; i++)
		ok &= check(&stage.players[i], &total);
	let(&may_end);
	stage_join(&stage);
	ok &= stage_check(&stage);
	if (env.counters)
		ok &= audit_vm(&stage.vm, workloads[workload].name);
	if (ok && env.counters)
		printf("PASS %s: %u vCPU%s; exitstat has the numbers expected, of %llu exits in all; the books balance\n",
		       workloads[workload].name, stage.nr, stage.nr > 1 ? "s" : "",
		       (ull)total);
	else if (ok)
		printf("PASS %s: %u vCPU%s; no count was checked (--no-counters)\n",
		       workloads[workload].name, stage.nr, stage.nr > 1 ? "s" : "");
	stage_close(&stage);
	return ok ? 0 : STATUS_FAIL;
}
