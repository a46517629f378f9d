// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun WORKLOAD: compares the known number with kvm-exitstat's and perf's counts.
 *
 * perf counts each vCPU thread from before its first KVM_RUN, so both counts must agree,
 * reason by reason, for all exits since the vCPU was created.  Between PORT_WARM and
 * PORT_DONE there must be exactly n + extra exits of the workload's reason.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "stage.h"
#include "witness.h"

struct point {
	struct counts ours, perf;
	uint64_t handled;	/* calls of KVM's handle_exit */
};

static struct job {
	unsigned int workload;
	const struct player *player;
	struct vcpu *vcpu;
	struct witness witness;
	int handle_exit_fd;
	struct point warm, done;
} jobs[GUEST_VCPUS];

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

static void begin(struct player *player)
{
	struct job *job = &jobs[player->vcpu->id];
	char why[512];

	*job = (struct job) {
		.workload = player->stage->workload, .player = player,
		.vcpu = player->vcpu, .handle_exit_fd = -1,
	};
	if (!witness_open(&job->witness, env.isa, 0, -1, why, sizeof(why)))
		die("%s", why);
	if (!(workloads[job->workload].needs & NEEDS_FASTPATH))
		return;
	job->handle_exit_fd = witness_kprobe(env.isa == KVM_EXITSTAT_ISA_VMX ?
					     "vmx_handle_exit" : "svm_handle_exit",
					     0, why, sizeof(why));
	if (job->handle_exit_fd < 0)
		die("%s", why);
}

static void warm(struct player *player)
{
	struct job *job = &jobs[player->vcpu->id];

	take(job, &job->warm);
}

static void done(struct player *player)
{
	struct job *job = &jobs[player->vcpu->id];

	take(job, &job->done);
}

static const struct acts acts = { begin, warm, done };

static void print_row(const char *number, const char *name, uint64_t ours,
		      uint64_t perf, uint64_t span_ours, uint64_t span_perf,
		      const char *expected)
{
	printf("%7s  %-20s %9llu %9llu %9llu %9llu %9s\n", number, name,
	       (unsigned long long)ours, (unsigned long long)perf,
	       (unsigned long long)span_ours, (unsigned long long)span_perf, expected);
}

/* Whether the known number of @slot is only a minimum. */
static bool is_least(const struct job *job, unsigned int slot)
{
	return workloads[job->workload].needs & AT_LEAST &&
	       slot == workload_slot(job->workload);
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
		known = workload_known(job->workload, slot, env.n);
		if (!done->ours.exits[slot] && !done->perf.exits[slot] && known < 0)
			continue;
		snprintf(expected, sizeof(expected), "%s%lld",
			 is_least(job, slot) ? ">=" : "", known);
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
	const char *what;
	char number[16];
	unsigned int slot;
	bool ok = true;
	long long known;

	for (slot = 0; slot <= COUNTS_OTHER; slot++) {
		const uint64_t perf = done->perf.exits[slot] - warm->perf.exits[slot];

		known = workload_known(job->workload, slot, env.n);
		if (known < 0 || (is_least(job, slot) && perf >= (uint64_t)known))
			continue;
		what = counts_number(env.isa, slot, number);
		ok &= same(job, what, "known", known, "perf", perf);
		if (env.counters)
			ok &= same(job, what, "known", known, "exitstat",
				   done->ours.exits[slot] - warm->ours.exits[slot]);
	}
	if (env.counters)
		ok &= check_reading(job, warm) & check_reading(job, done);
	if (w->needs & NEEDS_FASTPATH) {
		if (!env.quiet)
			printf("handle_exit was called for %llu of these %llu exits\n",
			       (unsigned long long)handled, (unsigned long long)exits);
		/* An occasional tick ends the fastpath, because KVM handles the tick first. */
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
	const struct workload *w = &workloads[workload];
	static struct stage stage;
	uint64_t total = 0;
	unsigned int i;
	bool ok = true;

	if (!workload_possible(workload))
		return STATUS_SKIP;
	if (w->needs & NEEDS_TIME) {
		printf("SKIP %s: its exits are not known by number; see --ledger\n", w->name);
		return STATUS_SKIP;
	}

	stage_open(&stage, workload, &acts);
	stage_join(&stage);
	for (i = 0; i < stage.nr; i++) {
		if (!env.quiet)
			print_table(&jobs[i]);
		ok &= check(&jobs[i]);
		total += jobs[i].done.perf.total;
		witness_close(&jobs[i].witness);
		if (jobs[i].handle_exit_fd >= 0)
			close(jobs[i].handle_exit_fd);
	}
	ok &= stage_check(&stage);
	if (env.counters)
		ok &= audit_vm(&stage.vm, w->name);
	if (ok)
		printf("PASS %s: %u vCPU%s, %s%lld exits of the reason each; %llu in all, perf %s\n",
		       w->name, stage.nr, stage.nr > 1 ? "s" : "",
		       w->needs & AT_LEAST ? "at least " : "",
		       workload_known(workload, workload_slot(workload), env.n),
		       (unsigned long long)total,
		       env.counters ? "the same for every reason; the books balance" :
				      "alone");
	stage_close(&stage);
	return ok ? 0 : STATUS_FAIL;
}
