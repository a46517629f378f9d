// SPDX-License-Identifier: GPL-2.0-only
/* See audit.h. */
#include <string.h>

#include "audit.h"
#include "kvmrun.h"

typedef unsigned long long ull;

/* Values that belong to no reason; they follow those of reasons. */
static const uint32_t scalars[] = {
	KVM_EXITSTAT_V_GUEST, KVM_EXITSTAT_V_LIFETIME, KVM_EXITSTAT_V_OUTSIDE,
	KVM_EXITSTAT_V_ANOMALIES,
};

#define NR_SCALARS	(sizeof(scalars) / sizeof(scalars[0]))

/* The sum of all audits. */
static struct {
	unsigned int vcpus;
	struct books sum;
} audited;

void take_reading(const struct vcpu *vcpu, struct reading *reading)
{
	char why[512];
	bool ok;

	reading->before = rdtsc();
	ok = vcpu_counters(vcpu, &reading->file, why, sizeof(why));
	reading->after = rdtsc();
	if (!ok)
		die("%s: this KVM may not be kvm-exitstat's", why);
	if (reading->file.isa != env.isa || reading->file.vcpu != vcpu->id)
		die("the file exitstat says ISA %u, vCPU %u, and this is ISA %u, vCPU %u",
		    reading->file.isa, reading->file.vcpu, env.isa, vcpu->id);
	if (reading->file.untrusted)
		die("the host's TSC is unstable, so no time can be checked");
}

static bool between(const char *who, const char *what, uint64_t found, uint64_t low,
		    uint64_t high)
{
	if (found < low || found > high)
		printf("FAIL books of %s: %s: expected %llu to %llu, found %llu\n", who,
		       what, (ull)low, (ull)high, (ull)found);
	return found >= low && found <= high;
}

bool reading_holds(const struct vcpu *vcpu, const struct reading *reading,
		   const char *who)
{
	const struct books *books = &reading->file.books;

	return books_hold(books, env.isa, who) &
	       between(who, "lifetime by our own TSC", books->lifetime,
		       reading->before - vcpu->created_after,
		       reading->after - vcpu->created_before);
}

/* The subleaf of row @row; NR_ROWS stands for the total. */
static uint32_t row_subleaf(unsigned int row)
{
	if (row == NR_ROWS)
		return KVM_EXITSTAT_SUB_TOTAL;
	if (row == ROW_OTHER)
		return KVM_EXITSTAT_SUB_OTHER;
	if (row == ROW_NONE)
		return KVM_EXITSTAT_SUB_NONE;
	return kvm_exitstat_slot_reason(env.isa, row);
}

static bool row_exists(unsigned int row)
{
	return row >= ROW_OTHER || row < kvm_exitstat_nr_slots(env.isa);
}

unsigned int make_queries(uint32_t set, struct query *queries)
{
	unsigned int row, v, nr = 0;

	for (v = 0; v < KVM_EXITSTAT_NR_V; v++)
		for (row = 0; row <= NR_ROWS; row++)
			if (row_exists(row))
				queries[nr++] = (struct query) {
					set + v, row_subleaf(row), {} };
	for (v = 0; v < NR_SCALARS; v++)
		queries[nr++] = (struct query) { set + scalars[v], 0, {} };
	return nr;
}

static uint64_t *row_value(struct row *row, unsigned int v)
{
	if (v == KVM_EXITSTAT_V_EXITS)
		return &row->exits;
	if (v == KVM_EXITSTAT_V_LONGEST)
		return &row->longest;
	return &row->cycles[v - KVM_EXITSTAT_V_KERNEL];
}

static uint64_t answer(const struct query *query)
{
	return query->regs[0] | (uint64_t)query->regs[1] << 32;
}

bool answered_books(const struct query *queries, struct books *books, uint32_t *id)
{
	const struct query *q = queries;
	unsigned int row, v;
	bool ok = true;

	memset(books, 0, sizeof(*books));
	for (v = 0; v < KVM_EXITSTAT_NR_V; v++)
		for (row = 0; row <= NR_ROWS; row++)
			if (row_exists(row))
				*row_value(row == NR_ROWS ? &books->total :
					   &books->rows[row], v) = answer(q++);
	books->guest = answer(q++);
	books->lifetime = answer(q++);
	books->outside = answer(q++);
	books->anomalies = answer(q++);
	*id = queries->regs[3];
	while (q-- > queries)
		ok &= q->regs[3] == *id;
	return ok;
}

bool take_snapshot(struct vcpu *vcpu, struct books *books, uint32_t *id,
		   const char *who)
{
	static struct query queries[GUEST_QUERIES];
	unsigned int nr = 1;
	bool same;

	queries[0] = (struct query) { KVM_EXITSTAT_LEAF_SNAPSHOT, 0, {} };
	nr += make_queries(KVM_EXITSTAT_LEAF_FROZEN, queries + 1);
	vcpu_query(vcpu, queries, nr);
	same = answered_books(queries + 1, books, id);
	if (queries[0].regs[0] && !queries[0].regs[3] && same &&
	    *id == queries[0].regs[0])
		return true;
	printf("FAIL books of %s: snapshot %u (edx %u); its leaves say %s%u in edx\n",
	       who, queries[0].regs[0], queries[0].regs[3],
	       same ? "" : "different ids, the first ", *id);
	return false;
}

/* Read all vCPUs' files, one after the other; @sum is their sum. */
static bool read_files(struct vm *vm, struct books *sum, const char *who)
{
	struct reading reading;
	unsigned int i;
	char name[96];
	bool ok = true;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < vm->nr_vcpus; i++) {
		snprintf(name, sizeof(name), "%s, vCPU %u", who, i);
		take_reading(&vm->vcpus[i], &reading);
		ok &= reading_holds(&vm->vcpus[i], &reading, name);
		books_add(sum, &reading.file.books);
	}
	return ok;
}

static void enter_audited(const struct vm *vm, const struct books *books)
{
	audited.vcpus += vm->nr_vcpus;
	books_add(&audited.sum, books);
}

bool audit_files(struct vm *vm, const char *who)
{
	struct books sum;
	bool ok = read_files(vm, &sum, who);

	enter_audited(vm, &sum);
	return ok;
}

bool audit_vm(struct vm *vm, const char *who)
{
	struct books earlier, frozen, later;
	uint64_t low = 0, high = 0, before, after;
	char name[96];
	unsigned int i;
	uint32_t id;
	bool ok;

	set_parameter("exitstat_guest", 1);
	snprintf(name, sizeof(name), "%s, snapshot", who);
	ok = read_files(vm, &earlier, who);
	before = rdtsc();
	ok &= take_snapshot(&vm->vcpus[0], &frozen, &id, name);
	after = rdtsc();
	/* End the last OUT, as no entry will: the rest of the VM's life belongs to "none". */
	vcpu_run_not(&vm->vcpus[0]);
	ok &= read_files(vm, &later, who);
	for (i = 0; i < vm->nr_vcpus; i++) {
		low += before - vm->vcpus[i].created_after;
		high += after - vm->vcpus[i].created_before;
	}
	ok &= books_hold(&frozen, env.isa, name);
	ok &= between(name, "lifetime by our own TSC", frozen.lifetime, low, high);
	ok &= books_forward(&earlier, &frozen, env.isa, name);
	ok &= books_forward(&frozen, &later, env.isa, name);
	enter_audited(vm, &later);
	return ok;
}

bool audit_print(uint64_t least_exits)
{
	const int64_t rest = books_rest(&audited.sum);
	const bool enough = audited.vcpus && audited.sum.total.exits >= least_exits;

	if (!enough)
		printf("FAIL ledger: only %u vCPUs and %llu exits were audited, of at least %llu\n",
		       audited.vcpus, (ull)audited.sum.total.exits, (ull)least_exits);
	printf("%s: %u vCPUs, %llu exits, lifetime - accounts = %lld cycles, anomalies = %llu\n",
	       env.isa == KVM_EXITSTAT_ISA_VMX ? "vmx" : "svm", audited.vcpus,
	       (ull)audited.sum.total.exits, (long long)rest,
	       (ull)audited.sum.anomalies);
	return enough && !rest && !audited.sum.anomalies;
}
