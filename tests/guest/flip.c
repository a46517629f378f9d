// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun --flip: turns counting off and on while vCPUs run.  No count may ever go back
 * or exceed perf's, and when counting finally stays on, both must grow equally again.
 *
 * Every reading must balance.  The time off must be in "outside": at least the time from
 * the end of the write of 0 to the start of the write of 1, at most the time from before
 * the one to after the other and the pause that follows, in which the vCPUs run again.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "kvmrun.h"
#include "stage.h"
#include "witness.h"

#define PAUSE_US	1000	/* lets the vCPUs run between two flips */

struct runner {
	pthread_t thread;
	pthread_barrier_t *barrier;
	unsigned int workload;
	struct vcpu *vcpu;
	struct witness witness;
	struct exitstat_file last;
	struct counts perf;
};

/* Cycles off, by our own TSC */
static struct {
	uint64_t from_before, from;	/* the write of 0 */
	uint64_t low, high;
} off;

/* Write 0 or 1, and let the vCPUs run for a while. */
static void turn(unsigned int on)
{
	const uint64_t before = rdtsc();
	uint64_t after;

	set_parameter("exitstat", on);
	after = rdtsc();
	usleep(PAUSE_US);
	if (!on) {
		off.from_before = before;
		off.from = after;
	} else if (off.from) {
		off.low += before - off.from;
		off.high += rdtsc() - off.from_before;
		off.from = 0;
	}
}

static bool read_ours(struct runner *runner, struct exitstat_file *file)
{
	struct reading reading;
	bool ok;

	take_reading(runner->vcpu, &reading);
	ok = reading_holds(runner->vcpu, &reading, "a vCPU under flips");
	*file = reading.file;
	return ok;
}

static void read_perf(struct runner *runner, struct counts *counts)
{
	char why[512];

	if (!witness_read(&runner->witness, counts, why, sizeof(why)))
		die("%s", why);
}

/* Loop during the flips, stop, wait for the signal, make n exits with counting on. */
static void *run_vcpu(void *arg)
{
	struct runner *runner = arg;
	char why[512];

	if (!witness_open(&runner->witness, env.isa, 0, workload_slot(runner->workload),
			  why, sizeof(why)))
		die("%s", why);
	pthread_barrier_wait(runner->barrier);
	vcpu_start(runner->vcpu, MODE_LOOP, runner->workload, 0);
	vcpu_run(runner->vcpu);
	pthread_barrier_wait(runner->barrier);
	pthread_barrier_wait(runner->barrier);
	vcpu_start(runner->vcpu, MODE_COUNT, runner->workload, env.n);
	vcpu_run(runner->vcpu);
	vcpu_run(runner->vcpu);
	pthread_barrier_wait(runner->barrier);
	return NULL;
}

static bool complain(const struct runner *runner, unsigned int nr, const char *what,
		     uint64_t a, uint64_t b)
{
	static unsigned int shown;

	if (shown++ < 20)
		printf("FAIL flip %u, vCPU %u: %s: %llu, %llu\n", nr,
		       runner->vcpu->id, what, (unsigned long long)a,
		       (unsigned long long)b);
	return false;
}

/* The value of "outside" after the vCPU's first exit. */
static uint64_t outside_at_first(struct runner *runner)
{
	struct exitstat_file file;

	do {
		usleep(PAUSE_US);
		read_ours(runner, &file);
	} while (!file.counts.total);
	return file.books.outside;
}

/* Read a running vCPU once: our count first, then perf's. */
static bool check(struct runner *runner, unsigned int nr)
{
	const unsigned int slot = workload_slot(runner->workload);
	struct exitstat_file file;
	unsigned int i;
	bool ok;

	ok = read_ours(runner, &file);
	read_perf(runner, &runner->perf);
	if (file.books.lifetime < runner->last.books.lifetime)
		ok = complain(runner, nr, "lifetime went back",
			      runner->last.books.lifetime, file.books.lifetime);
	if (file.books.outside < runner->last.books.outside)
		ok = complain(runner, nr, "outside went back",
			      runner->last.books.outside, file.books.outside);
	for (i = 0; i <= COUNTS_OTHER; i++)
		if (file.counts.exits[i] < runner->last.counts.exits[i])
			ok = complain(runner, nr, "a count went back",
				      runner->last.counts.exits[i], file.counts.exits[i]);
	if (file.counts.total < runner->last.counts.total)
		ok = complain(runner, nr, "the total went back",
			      runner->last.counts.total, file.counts.total);
	if (file.counts.exits[slot] > runner->perf.exits[slot])
		ok = complain(runner, nr, "exitstat counted more than perf",
			      file.counts.exits[slot], runner->perf.exits[slot]);
	if (file.counts.total > runner->perf.total)
		ok = complain(runner, nr, "exitstat's total exceeds perf's",
			      file.counts.total, runner->perf.total);
	runner->last = file;
	return ok;
}

/* With counting on, both must have counted the same since @ours and @perf. */
static bool check_after(struct runner *runner, const struct exitstat_file *ours,
			const struct counts *perf)
{
	const unsigned int slot = workload_slot(runner->workload);
	struct exitstat_file file;
	struct counts counts;
	uint64_t a, b;
	bool ok;

	ok = read_ours(runner, &file);
	read_perf(runner, &counts);
	a = file.counts.exits[slot] - ours->counts.exits[slot];
	b = counts.exits[slot] - perf->exits[slot];
	if (a != b)
		ok = complain(runner, env.flips, "after the last flip exitstat and perf differ",
			      a, b);
	if (b < env.n + GUEST_WARM_UP)
		ok = complain(runner, env.flips, "after the last flip exits are missing",
			      b, env.n + GUEST_WARM_UP);
	a = file.counts.total - ours->counts.total;
	b = counts.total - perf->total;
	if (a != b)
		ok = complain(runner, env.flips, "after the last flip the totals differ",
			      a, b);
	return ok;
}

/* @first is the part of "outside" from before the first KVM_RUN. */
static bool check_outside(const struct runner *runner, uint64_t first, uint64_t outside)
{
	const uint64_t since = outside - first;

	if (since >= off.low && since <= off.high) {
		if (!env.quiet)
			printf("vCPU %u: outside: expected %llu to %llu, found %llu\n",
			       runner->vcpu->id, (unsigned long long)off.low,
			       (unsigned long long)off.high, (unsigned long long)since);
		return true;
	}
	printf("FAIL flip: vCPU %u: outside: expected %llu to %llu, found %llu\n",
	       runner->vcpu->id, (unsigned long long)off.low,
	       (unsigned long long)off.high, (unsigned long long)since);
	return false;
}

int flip(unsigned int workload)
{
	const unsigned int slot = workload_slot(workload);
	static struct runner runners[GUEST_VCPUS];
	struct exitstat_file ours[GUEST_VCPUS];
	struct counts perf[GUEST_VCPUS];
	uint64_t counted = 0, all = 0, first[GUEST_VCPUS];
	unsigned int i, f, idle = 0;
	pthread_barrier_t barrier;
	bool ok = true;
	struct vm vm;

	if (workloads[workload].needs & (NEEDS_VMM | NEEDS_IRQCHIP | NEEDS_TIME | NEEDS_STEP))
		die("--flip is for workloads of the group exits");
	if (!workload_possible(workload))
		return STATUS_SKIP;

	memset(runners, 0, sizeof(runners));
	memset(&off, 0, sizeof(off));
	pthread_barrier_init(&barrier, NULL, env.vcpus + 1);
	vm_create(&vm, false);
	set_parameter("exitstat", 1);
	for (i = 0; i < env.vcpus; i++) {
		runners[i].workload = workload;
		runners[i].barrier = &barrier;
		runners[i].vcpu = vcpu_create(&vm, NULL);
		prepare_vcpu(runners[i].vcpu, workload);
	}
	for (i = 0; i < env.vcpus; i++)
		if (pthread_create(&runners[i].thread, NULL, run_vcpu, &runners[i]))
			die("a thread for vCPU %u cannot be made", i);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < env.vcpus; i++)
		first[i] = outside_at_first(&runners[i]);

	for (f = 1; f <= env.flips; f++) {
		const uint64_t last = runners[f % env.vcpus].perf.total;

		turn(!(f % 2));
		for (i = 0; i < env.vcpus; i++)
			ok &= check(&runners[i], f);
		if (runners[f % env.vcpus].perf.total == last)
			idle++;
	}

	turn(1);
	for (i = 0; i < env.vcpus; i++)
		runners[i].vcpu->page->stop = 1;
	pthread_barrier_wait(&barrier);
	for (i = 0; i < env.vcpus; i++) {
		ok &= read_ours(&runners[i], &ours[i]);
		ok &= check_outside(&runners[i], first[i], ours[i].books.outside);
		read_perf(&runners[i], &perf[i]);
		counted += ours[i].counts.exits[slot];
		all += perf[i].exits[slot];
	}
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < env.vcpus; i++) {
		ok &= check_after(&runners[i], &ours[i], &perf[i]);
		pthread_join(runners[i].thread, NULL);
		witness_close(&runners[i].witness);
	}
	ok &= audit_vm(&vm, "flip");
	vm_destroy(&vm);
	pthread_barrier_destroy(&barrier);

	/* Otherwise the flips did not meet running vCPUs, and nothing is proven. */
	if (!counted || counted == all || idle > env.flips / 2) {
		printf("FAIL flip %s: of %llu exits %llu were counted, and in %u of %u pauses none was made\n",
		       workloads[workload].name, (unsigned long long)all,
		       (unsigned long long)counted, idle, env.flips);
		ok = false;
	}
	if (ok)
		printf("PASS flip %s: %u flips, %u vCPU%s; %llu of %llu exits counted meanwhile; after the last, difference 0\n",
		       workloads[workload].name, env.flips, env.vcpus,
		       env.vcpus > 1 ? "s" : "", (unsigned long long)counted,
		       (unsigned long long)all);
	return ok ? 0 : STATUS_FAIL;
}
