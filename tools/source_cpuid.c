// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the source CPUID, for a guest that asks about itself.
 *
 * Every value is one CPUID, which is one exit, counted before it is answered.
 */
#include <cpuid.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "tool.h"

/* How often to start anew where the counters change under the reader. */
#define ATTEMPTS	3

void cpuid_insn(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	__cpuid_count(leaf, sub, regs->eax, regs->ebx, regs->ecx, regs->edx);
}

struct reader {
	cpuid_fn cpuid;
	uint32_t leaf_exits;
	struct reading *r;
};

static void ask(struct reader *rd, uint32_t leaf, uint32_t sub,
		struct cpuid_regs *regs)
{
	rd->cpuid(leaf, sub, regs);
	rd->r->pass_cpuids++;
	rd->r->cpuids++;
}

static uint64_t value(const struct cpuid_regs *regs)
{
	return (uint64_t)regs->ebx << 32 | regs->eax;
}

static int read_features(struct reader *rd)
{
	struct reading *r = rd->r;
	struct cpuid_regs regs;

	ask(rd, KVM_EXITSTAT_LEAF_SIGNATURE, 0, &regs);
	if (regs.ebx != KVM_EXITSTAT_SIGNATURE_EBX ||
	    regs.ecx != KVM_EXITSTAT_SIGNATURE_ECX ||
	    regs.edx != KVM_EXITSTAT_SIGNATURE_EDX)
		return fail("CPUID leaf 0x4fffff00 lacks the signature of kvm-exitstat: this is no guest of a KVM that counts exits, or its host hides them (exitstat_guest=0)");

	ask(rd, KVM_EXITSTAT_LEAF_FEATURES, 0, &regs);
	if (regs.eax != KVM_EXITSTAT_ABI_VERSION ||
	    (regs.ebx != KVM_EXITSTAT_ISA_VMX &&
	     regs.ebx != KVM_EXITSTAT_ISA_SVM))
		return fail("the host speaks version %u of the interface with ISA %u, this exitstat version %u with ISA 1 or 2; install the exitstat that belongs to the host's",
			    regs.eax, regs.ebx, KVM_EXITSTAT_ABI_VERSION);
	r->abi_version = regs.eax;
	r->isa = regs.ebx;
	r->layout = regs.ecx;
	r->counting = regs.edx & KVM_EXITSTAT_F_COUNTING;
	r->host = regs.edx & KVM_EXITSTAT_F_HOST;

	ask(rd, KVM_EXITSTAT_LEAF_SCOPE, 0, &regs);
	r->tsc_khz = regs.eax;
	r->vcpus = regs.ebx;
	return EXIT_DONE;
}

static uint64_t read_id(struct reader *rd)
{
	struct cpuid_regs regs;

	ask(rd, KVM_EXITSTAT_LEAF_ID, 0, &regs);
	return value(&regs);
}

static void read_row(struct reader *rd, unsigned int i)
{
	struct row *row = &rd->r->rows[i];
	struct cpuid_regs regs;

	row->reason = reasons_number(rd->r->isa, i);
	row->name = reasons_name(rd->r->isa, i);
	ask(rd, rd->leaf_exits, row->reason, &regs);
	row->exits = value(&regs);
	row->defined = regs.ecx & KVM_EXITSTAT_R_DEFINED;
	row->handled = regs.ecx & KVM_EXITSTAT_R_HANDLED;
}

static uint64_t read_sub(struct reader *rd, uint32_t sub)
{
	struct cpuid_regs regs;

	ask(rd, rd->leaf_exits, sub, &regs);
	return value(&regs);
}

/*
 * Each CPUID adds an exit, so rows cannot add up to a total that is read
 * separately: the total comes after the rows, and is never less than their sum.
 * The id comes first and last, to see that all numbers are of one set.
 */
static int read_pass(struct reader *rd, bool *same_counters)
{
	struct reading *r = rd->r;
	unsigned int i;
	int ret;

	r->pass_cpuids = 0;
	ret = read_features(rd);
	if (ret)
		return ret;
	r->id = read_id(rd);
	r->nr_rows = reasons_nr(r->isa);
	for (i = 0; i < r->nr_rows; i++)
		read_row(rd, i);
	r->other = read_sub(rd, KVM_EXITSTAT_SUB_OTHER);
	r->total = read_sub(rd, KVM_EXITSTAT_SUB_TOTAL);
	*same_counters = read_id(rd) == r->id;
	return EXIT_DONE;
}

static int read_counters(struct reader *rd)
{
	bool same_counters = false;
	int ret, i;

	for (i = 0; i < ATTEMPTS; i++) {
		ret = read_pass(rd, &same_counters);
		if (ret || same_counters)
			return ret;
	}
	return fail("the counters changed %d times while they were read (live migration, or the host's exitstat_guest was set); try again",
		    ATTEMPTS);
}

/* The vCPU that asks is the one this thread runs on: stay there meanwhile. */
static int read_own_vcpu(struct reader *rd)
{
	cpu_set_t before, here;
	int ret;

	if (sched_getaffinity(0, sizeof(before), &before))
		return fail("cannot tell which CPUs this process may use: %s",
			    strerror(errno));
	rd->r->cpu = sched_getcpu();
	if (rd->r->cpu < 0 || rd->r->cpu >= CPU_SETSIZE)
		return fail("cannot tell which CPU this process runs on");
	CPU_ZERO(&here);
	CPU_SET(rd->r->cpu, &here);
	if (sched_setaffinity(0, sizeof(here), &here))
		return fail("cannot stay on CPU %d while reading its vCPU: %s",
			    rd->r->cpu, strerror(errno));
	ret = read_counters(rd);
	if (sched_setaffinity(0, sizeof(before), &before) && !ret)
		ret = fail("cannot return to the CPUs used before: %s",
			   strerror(errno));
	return ret;
}

int source_cpuid_read(cpuid_fn cpuid, bool own_vcpu, struct reading *r)
{
	struct reader rd = {
		.cpuid = cpuid,
		.leaf_exits = own_vcpu ? KVM_EXITSTAT_LEAF_VCPU_EXITS :
					 KVM_EXITSTAT_LEAF_EXITS,
		.r = r,
	};

	memset(r, 0, sizeof(*r));
	r->cpu = -1;
	return own_vcpu ? read_own_vcpu(&rd) : read_counters(&rd);
}
