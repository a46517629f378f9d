// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the source CPUID, for a guest that reads its own VM's counters.
 *
 * Each value takes one CPUID, and each CPUID is an exit that changes the counters.  So one
 * CPUID first takes a snapshot, and the others read the snapshot.
 */
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "model/histogram.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "source/cpuid.h"
#include "source/pin.h"
#include "source/source_cpuid.h"
#include "source/why.h"

/* Of the leaves that are read here; some hosts have more. */
#define LAST_LEAF	(KVM_EXITSTAT_LEAF_FROZEN + KVM_EXITSTAT_V_ANOMALIES)

/* How often to try again if the counters or the snapshot are replaced meanwhile. */
#define ATTEMPTS	8

/**
 * struct reader - a reading in the making
 * @cpuid: executes CPUID
 * @set: first leaf of the set that is read, KVM_EXITSTAT_LEAF_*
 * @request: what to read
 * @r: what has been read
 * @cpu: CPU that this thread is pinned to
 * @replaced: an answer came from another snapshot than ours
 * @changed: the id of the counters has changed
 * @why: what is wrong
 */
struct reader {
	cpuid_fn cpuid;
	uint32_t set;
	const struct request *request;
	struct reading *r;
	int cpu;
	bool replaced;
	bool changed;
	char *why;
};

static uint64_t ask(struct reader *rd, uint32_t leaf, uint32_t sub,
		    struct cpuid_regs *regs)
{
	rd->cpuid(leaf, sub, regs);
	rd->r->cpuids++;
	return (uint64_t)regs->ebx << 32 | regs->eax;
}

static bool is_signature(const struct cpuid_regs *regs)
{
	return regs->ebx == KVM_EXITSTAT_SIGNATURE_EBX &&
	       regs->ecx == KVM_EXITSTAT_SIGNATURE_ECX &&
	       regs->edx == KVM_EXITSTAT_SIGNATURE_EDX;
}

bool source_cpuid_there(cpuid_fn cpuid)
{
	struct cpuid_regs regs;

	cpuid(KVM_EXITSTAT_LEAF_SIGNATURE, 0, &regs);
	return is_signature(&regs);
}

int source_cpuid_signature(const struct cpuid_regs *regs, char *why)
{
	if (!is_signature(regs))
		return explain(why, "CPUID leaf 0x4fffff00 lacks the signature of kvm-exitstat: this is not a guest of a KVM that counts exits, or the host hides the counters (exitstat_guest=0)");
	return EXIT_DONE;
}

int source_cpuid_version(const struct cpuid_regs *regs, char *why)
{
	if (regs->eax != KVM_EXITSTAT_ABI_VERSION ||
	    (regs->ebx != KVM_EXITSTAT_ISA_VMX && regs->ebx != KVM_EXITSTAT_ISA_SVM))
		return explain(why, "the host speaks version %u of the interface with ISA %u, this exitstat version %u with ISA 1 or 2; install the exitstat that belongs to the host's kvm-exitstat",
			       regs->eax, regs->ebx, KVM_EXITSTAT_ABI_VERSION);
	return EXIT_DONE;
}

static int read_signature(struct reader *rd)
{
	struct cpuid_regs regs;

	ask(rd, KVM_EXITSTAT_LEAF_SIGNATURE, 0, &regs);
	if (source_cpuid_signature(&regs, rd->why))
		return SOURCE_FAILED;
	if (regs.eax < LAST_LEAF)
		return explain(rd->why, "the host's kvm-exitstat is older and keeps no times (its highest leaf is 0x%08x, but 0x%08x is needed); load a newer one on the host, or use the exitstat that came with it",
			    regs.eax, LAST_LEAF);
	return EXIT_DONE;
}

static int read_features(struct reader *rd)
{
	struct reading *r = rd->r;
	struct cpuid_regs regs;

	ask(rd, KVM_EXITSTAT_LEAF_FEATURES, 0, &regs);
	if (source_cpuid_version(&regs, rd->why))
		return SOURCE_FAILED;
	r->abi_version = regs.eax;
	r->isa = regs.ebx;
	r->layout = regs.ecx;
	r->counting = regs.edx & KVM_EXITSTAT_F_COUNTING;
	r->host = regs.edx & KVM_EXITSTAT_F_HOST;
	r->histograms = regs.edx & KVM_EXITSTAT_F_HIST;
	r->untrusted = regs.edx & KVM_EXITSTAT_F_UNTRUSTED;

	ask(rd, KVM_EXITSTAT_LEAF_SCOPE, 0, &regs);
	r->tsc_khz = regs.eax;
	r->vcpus = regs.ebx;
	return EXIT_DONE;
}

static uint64_t read_id(struct reader *rd)
{
	struct cpuid_regs regs;

	return ask(rd, KVM_EXITSTAT_LEAF_ID, 0, &regs);
}

static int freeze(struct reader *rd)
{
	struct cpuid_regs regs;

	ask(rd, KVM_EXITSTAT_LEAF_SNAPSHOT, 0, &regs);
	rd->r->snapshot = regs.eax;
	rd->r->cpuids_frozen = rd->r->cpuids;
	if (!regs.eax && regs.edx)
		return explain(rd->why, "the host has no memory for a snapshot of the counters; try again later, or read the live counters of one vCPU with 'exitstat show --own-vcpu'");
	rd->replaced = !regs.eax;
	return EXIT_DONE;
}

static uint64_t read_value(struct reader *rd, uint32_t v, uint32_t sub,
			   struct cpuid_regs *regs)
{
	const uint64_t value = ask(rd, rd->set + v, sub, regs);

	if (rd->set == KVM_EXITSTAT_LEAF_FROZEN &&
	    regs->edx != rd->r->snapshot)
		rd->replaced = true;
	return value;
}

static uint64_t read_scalar(struct reader *rd, uint32_t v)
{
	struct cpuid_regs regs;

	return read_value(rd, v, 0, &regs);
}

static void read_exits(struct reader *rd, struct row *row)
{
	struct cpuid_regs regs;

	row->v[KVM_EXITSTAT_V_EXITS] = read_value(rd, KVM_EXITSTAT_V_EXITS,
						  row->reason, &regs);
	row->defined = regs.ecx & KVM_EXITSTAT_R_DEFINED;
	row->handled = regs.ecx & KVM_EXITSTAT_R_HANDLED;
}

static void read_times(struct reader *rd, struct row *row)
{
	struct cpuid_regs regs;
	uint32_t v;

	for (v = KVM_EXITSTAT_V_KERNEL; v < KVM_EXITSTAT_NR_V; v++)
		row->v[v] = read_value(rd, v, row->reason, &regs);
}

/* A reason without exits has no time. */
static void read_row(struct reader *rd, struct row *row)
{
	read_exits(rd, row);
	if (row->v[KVM_EXITSTAT_V_EXITS])
		read_times(rd, row);
}

/*
 * "none" has times without exits, so the total may, too.  The total is read after the
 * rows, so that it is never less than their sum if they are read live.
 */
static void read_rows(struct reader *rd)
{
	struct reading *r = rd->r;
	const unsigned int nr = rd->request->total ? 0 : r->nr_rows;
	unsigned int i;

	for (i = 0; i < nr && !rd->replaced; i++)
		read_row(rd, &r->rows[i]);
	if (!rd->request->total) {
		read_row(rd, &r->other);
		read_times(rd, &r->none);
	}
	read_exits(rd, &r->total);
	read_times(rd, &r->total);
	r->guest = read_scalar(rd, KVM_EXITSTAT_V_GUEST);
	r->outside = read_scalar(rd, KVM_EXITSTAT_V_OUTSIDE);
	r->lifetime = read_scalar(rd, KVM_EXITSTAT_V_LIFETIME);
	r->anomalies = read_scalar(rd, KVM_EXITSTAT_V_ANOMALIES);
}

/* Find the row that --hist names, now that the ISA is known. */
static int find_hist(struct reader *rd)
{
	const char *hist = rd->request->hist;

	return hist && hist_find(rd->r, hist, rd->why, WHY_SIZE) ? SOURCE_FAILED : EXIT_DONE;
}

static void read_hist(struct reader *rd)
{
	struct reading *r = rd->r;
	struct cpuid_regs regs;
	uint32_t reason, b;

	if (!r->hist_of)
		return;
	reason = r->hist_of->reason & 0xffff;
	for (b = 0; b < KVM_EXITSTAT_BUCKETS && !rd->replaced; b++)
		r->hist[b] = read_value(rd, KVM_EXITSTAT_V_HIST,
					reason | b << 16, &regs);
}

/*
 * Read the counters' id first and last, to see that all numbers belong to the same
 * counters.  The snapshot's id is in every answer.
 */
static int read_pass(struct reader *rd)
{
	struct reading *r = rd->r;
	int ret;

	rd->replaced = false;
	ret = read_signature(rd) ?: read_features(rd) ?: find_hist(rd);
	if (ret)
		return ret;
	r->id = read_id(rd);
	name_rows(r);
	if (!rd->request->own_vcpu)
		ret = freeze(rd);
	if (ret)
		return ret;
	if (!rd->replaced) {
		read_rows(rd);
		read_hist(rd);
	}
	rd->changed = read_id(rd) != r->id;
	return EXIT_DONE;
}

/*
 * If two readers on one CPU tried again at once, they would keep replacing each other's
 * snapshot.  So each waits for a random time, up to that of 16 passes.
 */
static void wait_before_retry(int i, uint64_t pass_ns)
{
	const uint64_t most = (pass_ns ?: 1) << (i < 4 ? i : 4);
	const uint64_t ns = now_ns() % most;
	const struct timespec wait = { ns / SECOND, ns % SECOND };

	nanosleep(&wait, NULL);
}

static int read_counters(struct reader *rd)
{
	uint64_t begun;
	int ret, i;

	for (i = 0; i < ATTEMPTS; i++) {
		begun = now_ns();
		ret = read_pass(rd);
		if (ret || (!rd->changed && !rd->replaced))
			return ret;
		wait_before_retry(i, now_ns() - begun);
	}
	if (rd->changed)
		return explain(rd->why, "the counters changed %d times while they were read (live migration, or the host's exitstat_guest was set); try again",
			    ATTEMPTS);
	return explain(rd->why, "the snapshot on CPU %d was replaced %d times while it was read; let other readers of the counters on that CPU end, or choose another with taskset(1)",
		    rd->cpu, ATTEMPTS);
}

int source_cpuid_read(cpuid_fn cpuid, const struct request *request,
		      struct reading *r, char *why)
{
	struct reader rd = {
		.cpuid = cpuid,
		.set = request->own_vcpu ? KVM_EXITSTAT_LEAF_VCPU :
					   KVM_EXITSTAT_LEAF_FROZEN,
		.request = request,
		.r = r,
		.why = why,
	};
	char other[WHY_SIZE];
	struct pin pin;
	int ret;

	ret = pin_here(&pin, why);
	if (ret)
		return ret;
	memset(r, 0, sizeof(*r));
	r->vcpu = -1;
	r->guest_cpu = request->own_vcpu ? pin.cpu : -1;
	r->adds_up = !request->own_vcpu;
	rd.cpu = pin.cpu;
	ret = read_counters(&rd);
	/* Report the first failure. */
	return unpin(&pin, ret ? other : why) ?: ret;
}
