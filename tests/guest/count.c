// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun WORKLOAD: the known number against kvm-exitstat's and perf's.
 *
 * perf counts each vCPU thread from before its first KVM_RUN, so for all exits
 * since the vCPU was created both must agree, reason by reason; and between
 * PORT_WARM and PORT_DONE there must be exactly n + extra of the workload's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "kvmrun.h"
#include "witness.h"

struct point {
	struct counts ours, perf;
	uint64_t handled;	/* calls of KVM's handle_exit */
};

struct job {
	pthread_t thread;
	unsigned int workload;
	struct vcpu *vcpu;
	struct witness witness;
	int handle_exit_fd;
	struct point warm, done;
	uint64_t refused;	/* VM entries */
};

static void take(struct job *job, struct point *reading)
{
	struct exitstat_file file;
	char why[512];

	if (!witness_read(&job->witness, &reading->perf, why, sizeof(why)))
		die("%s", why);
	if (job->handle_exit_fd >= 0 &&
	    !witness_count(job->handle_exit_fd, &reading->handled, why, sizeof(why)))
		die("%s", why);
	if (!env.counters)
		return;
	if (!vcpu_counters(job->vcpu, &file, why, sizeof(why)))
		die("%s: this KVM may not be kvm-exitstat's (--no-counters runs with perf alone)",
		    why);
	if (!file.counting)
		die("exits are not being counted: write 1 to /sys/module/kvm/parameters/exitstat");
	reading->ours = file.counts;
}

/* The VMM's part of NEEDS_VMM: n entries that fail, none that does not. */
static void fail_entries(struct job *job)
{
	struct vcpu_state state;

	vcpu_spoil(job->vcpu, &state);
	while (job->refused < env.n && vcpu_run(job->vcpu) == STOP_FAILED_ENTRY)
		job->refused++;
	vcpu_mend(job->vcpu, &state);
}

static void on_signal(int signal)
{
	(void)signal;
}

/* From now on this thread gets a signal every millisecond. */
static timer_t start_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };
	const struct itimerspec every = { { 0, 1000000 }, { 0, 1000000 } };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
	};
	timer_t timer;

	event._sigev_un._tid = gettid();
	if (sigaction(SIGUSR1, &action, NULL) ||
	    timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &every, NULL))
		die("no timer can be started (%s)", strerror(errno));
	return timer;
}

static void *run_vcpu(void *arg)
{
	const struct workload *w;
	struct job *job = arg;
	timer_t timer = 0;
	char why[512];

	w = &workloads[job->workload];
	if (!witness_open(&job->witness, env.isa, 0, -1, why, sizeof(why)))
		die("%s", why);
	job->handle_exit_fd = -1;
	if (w->needs & NEEDS_FASTPATH) {
		job->handle_exit_fd =
			witness_kprobe(env.isa == KVM_EXITSTAT_ISA_VMX ?
				       "vmx_handle_exit" : "svm_handle_exit",
				       0, why, sizeof(why));
		if (job->handle_exit_fd < 0)
			die("%s", why);
	}

	vcpu_start(job->vcpu, MODE_COUNT, job->workload, env.n);
	if (vcpu_run(job->vcpu) != STOP_WARM)
		die("the guest did not get as far as the workload");
	take(job, &job->warm);
	if (w->needs & NEEDS_SIGNALS)
		timer = start_signals();
	if (w->needs & NEEDS_VMM)
		fail_entries(job);
	if (vcpu_run(job->vcpu) != STOP_DONE)
		die("the guest did not end its workload");
	if (w->needs & NEEDS_SIGNALS)
		timer_delete(timer);
	take(job, &job->done);
	return NULL;
}

static void print_row(const char *number, const char *name, uint64_t ours,
		      uint64_t perf, uint64_t span_ours, uint64_t span_perf,
		      const char *expected)
{
	printf("%7s  %-20s %9llu %9llu %9llu %9llu %9s\n", number, name,
	       (unsigned long long)ours, (unsigned long long)perf,
	       (unsigned long long)span_ours, (unsigned long long)span_perf, expected);
}

/* The number of exits of @slot known by construction, or -1. */
static long long expected_exits(const struct job *job, unsigned int slot)
{
	const struct workload *w = &workloads[job->workload];
	const unsigned int io = counts_slot(env.isa, env.isa == KVM_EXITSTAT_ISA_VMX ?
					    30 : 0x7b);

	if (slot == workload_slot(job->workload))
		return env.n + w->extra;
	return slot == io ? 1 : -1;
}

static void print_table(const struct job *job)
{
	const struct point *warm = &job->warm, *done = &job->done;
	char number[16], expected[24];
	unsigned int slot;
	long long known;

	printf("%s, vCPU %u           since it was created         the workload alone\n",
	       workloads[job->workload].name, job->vcpu->id);
	printf("%7s  %-20s %9s %9s %9s %9s %9s\n", "reason", "", "exitstat", "perf",
	       "exitstat", "perf", "known");
	for (slot = 0; slot <= COUNTS_OTHER; slot++) {
		known = expected_exits(job, slot);
		if (!done->ours.exits[slot] && !done->perf.exits[slot] && known < 0)
			continue;
		snprintf(expected, sizeof(expected), "%lld", known);
		print_row(counts_number(env.isa, slot, number),
			  counts_name(env.isa, slot),
			  done->ours.exits[slot], done->perf.exits[slot],
			  done->ours.exits[slot] - warm->ours.exits[slot],
			  done->perf.exits[slot] - warm->perf.exits[slot],
			  known < 0 ? "" : expected);
	}
	print_row("", "total", done->ours.total, done->perf.total,
		  done->ours.total - warm->ours.total,
		  done->perf.total - warm->perf.total, "");
}

static bool same(const struct job *job, const char *what, const char *a_name,
		 uint64_t a, const char *b_name, uint64_t b)
{
	if (a != b)
		printf("FAIL %s: vCPU %u, %s: %s %llu, %s %llu\n",
		       workloads[job->workload].name, job->vcpu->id, what,
		       a_name, (unsigned long long)a, b_name, (unsigned long long)b);
	return a == b;
}

static bool check_reading(const struct job *job, const struct point *reading)
{
	uint64_t sum = 0;
	char number[16];
	unsigned int slot;
	bool ok = true;

	for (slot = 0; slot <= COUNTS_OTHER; slot++) {
		counts_number(env.isa, slot, number);
		ok &= same(job, slot == COUNTS_OTHER ? "other" : number,
			   "exitstat", reading->ours.exits[slot],
			   "perf", reading->perf.exits[slot]);
		sum += reading->ours.exits[slot];
	}
	ok &= same(job, "total", "exitstat", reading->ours.total,
		   "perf", reading->perf.total);
	ok &= same(job, "total", "exitstat", reading->ours.total,
		   "the sum of its reasons", sum);
	return ok;
}

static bool check(const struct job *job)
{
	const struct workload *w = &workloads[job->workload];
	const struct point *warm = &job->warm, *done = &job->done;
	const uint64_t exits = done->perf.total - warm->perf.total;
	const uint64_t handled = done->handled - warm->handled;
	char number[16];
	unsigned int slot;
	bool ok = true;
	long long known;

	for (slot = 0; slot <= COUNTS_OTHER; slot++) {
		known = expected_exits(job, slot);
		if (known < 0)
			continue;
		snprintf(number, sizeof(number), "other");
		counts_number(env.isa, slot, number);
		ok &= same(job, number, "known", known, "perf",
			   done->perf.exits[slot] - warm->perf.exits[slot]);
		if (env.counters)
			ok &= same(job, number, "known", known, "exitstat",
				   done->ours.exits[slot] - warm->ours.exits[slot]);
	}
	if (env.counters)
		ok &= check_reading(job, warm) & check_reading(job, done);
	if (w->needs & NEEDS_VMM)
		ok &= same(job, "VM entries refused", "asked for", env.n,
			   "KVM_EXIT_FAIL_ENTRY", job->refused);
	if (w->needs & NEEDS_SIGNALS && job->vcpu->interrupted < 10) {
		printf("FAIL %s: vCPU %u: signals ended KVM_RUN %llu times, at least 10 were wanted: raise -n\n",
		       w->name, job->vcpu->id,
		       (unsigned long long)job->vcpu->interrupted);
		ok = false;
	}
	if (w->needs & NEEDS_FASTPATH) {
		if (!env.quiet)
			printf("handle_exit was called for %llu of these %llu exits\n",
			       (unsigned long long)handled, (unsigned long long)exits);
		/* A tick now and then ends the fastpath: KVM looks after it first. */
		if (handled > exits - env.n / 2) {
			printf("FAIL %s: vCPU %u: of %llu exits handle_exit saw %llu: no fastpath\n",
			       w->name, job->vcpu->id, (unsigned long long)exits,
			       (unsigned long long)handled);
			ok = false;
		}
	}
	return ok;
}

int count_exits(unsigned int workload)
{
	static struct job jobs[GUEST_VCPUS];
	struct vm vm;
	uint64_t total = 0;
	unsigned int i;
	bool ok = true;

	if (!workload_possible(workload))
		return STATUS_SKIP;
	if (workloads[workload].needs & NEEDS_TIME) {
		printf("SKIP %s: its exits are not known by number; see --ledger\n",
		       workloads[workload].name);
		return STATUS_SKIP;
	}

	memset(jobs, 0, sizeof(jobs));
	vm_create(&vm, workloads[workload].needs & NEEDS_IRQCHIP);
	for (i = 0; i < env.vcpus; i++) {
		jobs[i].workload = workload;
		jobs[i].vcpu = vcpu_create(&vm, NULL);
	}
	for (i = 0; i < env.vcpus; i++)
		if (pthread_create(&jobs[i].thread, NULL, run_vcpu, &jobs[i]))
			die("a thread for vCPU %u cannot be made", i);
	for (i = 0; i < env.vcpus; i++)
		pthread_join(jobs[i].thread, NULL);

	for (i = 0; i < env.vcpus; i++) {
		if (!env.quiet)
			print_table(&jobs[i]);
		ok &= check(&jobs[i]);
		total += jobs[i].done.perf.total;
		witness_close(&jobs[i].witness);
		if (jobs[i].handle_exit_fd >= 0)
			close(jobs[i].handle_exit_fd);
	}
	if (env.counters)
		ok &= audit_vm(&vm, workloads[workload].name);
	vm_destroy(&vm);
	if (ok)
		printf("PASS %s: %u vCPU%s, %llu exits of the reason each; %llu in all, perf %s\n",
		       workloads[workload].name, env.vcpus, env.vcpus > 1 ? "s" : "",
		       (unsigned long long)env.n + workloads[workload].extra,
		       (unsigned long long)total,
		       env.counters ? "the same for every reason; the books balance" :
				      "alone");
	return ok ? 0 : STATUS_FAIL;
}
