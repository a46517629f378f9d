// SPDX-License-Identifier: GPL-2.0-only
/* kvmrun --ledger: checks of snapshots and histograms; see ledger.c. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"

#define BUCKETS	KVM_EXITSTAT_BUCKETS

/* The guest's answer to one CPUID */
static struct query ask(struct vcpu *vcpu, uint32_t leaf, uint32_t sub)
{
	struct query query = { leaf, sub, {} };

	vcpu_query(vcpu, &query, 1);
	return query;
}

static uint64_t value(const struct query *query)
{
	return query->regs[0] | (uint64_t)query->regs[1] << 32;
}

static uint64_t live_lifetime(struct vcpu *vcpu)
{
	const struct query q = ask(vcpu, KVM_EXITSTAT_LEAF_LIVE + KVM_EXITSTAT_V_LIFETIME, 0);

	return value(&q);
}

/* The whole snapshot, as the guest reads it. */
struct frozen {
	struct query queries[GUEST_QUERIES];
	unsigned int nr;
	struct books books;
	uint32_t id;
	bool one_id;
};

static void read_frozen(struct vcpu *vcpu, struct frozen *f)
{
	f->nr = make_queries(KVM_EXITSTAT_LEAF_FROZEN, f->queries);
	vcpu_query(vcpu, f->queries, f->nr);
	f->one_id = answered_books(f->queries, &f->books, &f->id);
}

/* Without a snapshot each value and each edx must be 0. */
static bool is_none(const char *what, struct vcpu *vcpu)
{
	static struct frozen f;
	unsigned int i, other = 0;

	read_frozen(vcpu, &f);
	for (i = 0; i < f.nr; i++)
		other += value(&f.queries[i]) || f.queries[i].regs[3];
	return is(what, other, 0);
}

static bool is_frozen(const char *what, struct vcpu *vcpu, const struct frozen *as)
{
	static struct frozen f;

	read_frozen(vcpu, &f);
	return is(what, !memcmp(f.queries, as->queries, as->nr * sizeof(*as->queries)), 1);
}

/* Take a snapshot on @vcpu: it must have a new id, and be consistent. */
static bool freeze(struct vcpu *vcpu, struct frozen *f, const char *who)
{
	struct books books;
	uint32_t id;
	bool ok;

	ok = take_snapshot(vcpu, &books, &id, who);
	read_frozen(vcpu, f);
	ok &= is("frozen leaves have one id", f->one_id, 1);
	ok &= is("the id in edx", f->id, id);
	ok &= is("the snapshot read again is the same",
		 !memcmp(&books, &f->books, sizeof(books)), 1);
	return ok & books_hold(&f->books, env.isa, who);
}

/*
 * Live leaves are read at different moments, so every value must lie between the files
 * read before and after.  The VM's other vCPU, @idle, is stopped.
 */
static bool check_live_leaves(struct vcpu *vcpu, struct vcpu *idle, bool own)
{
	static struct query queries[GUEST_QUERIES];
	struct reading a, b, still;
	struct books books;
	unsigned int nr;
	uint32_t edx;
	bool ok;

	take_reading(idle, &still);
	take_reading(vcpu, &a);
	nr = make_queries(own ? KVM_EXITSTAT_LEAF_VCPU : KVM_EXITSTAT_LEAF_LIVE, queries);
	vcpu_query(vcpu, queries, nr);
	answered_books(queries, &books, &edx);
	take_reading(vcpu, &b);
	if (!own) {
		books_add(&a.file.books, &still.file.books);
		take_reading(idle, &still);
		books_add(&b.file.books, &still.file.books);
	}
	ok = is("anomalies by CPUID", books.anomalies, 0);
	ok &= books_forward(&a.file.books, &books, env.isa, "file, then live leaves");
	return ok & books_forward(&books, &b.file.books, env.isa, "live leaves, then file");
}

/* A snapshot of a sum that the guest may no longer see is hidden. */
static bool check_scopes(struct vcpu *vcpu, struct frozen *f)
{
	bool ok;

	set_parameter("exitstat_guest", 2);
	ok = is_none("a copy of the VM, with exitstat_guest=2", vcpu);
	ok &= freeze(vcpu, f, "snapshot of the host");
	ok &= is_frozen("the host's copy read again is the same", vcpu, f);
	set_parameter("exitstat_guest", 1);
	ok &= is_none("a copy of the host, with exitstat_guest=1", vcpu);
	return ok;
}

bool check_snapshot(void)
{
	static struct frozen first, other, second, host;
	struct vcpu *a, *b;
	uint64_t live;
	struct vm vm;
	bool ok;

	set_parameter("exitstat_guest", 1);
	a = new_vm(&vm, false, 0);
	b = vcpu_create(&vm, NULL);
	live = live_lifetime(b);
	ok = is_none("frozen leaves before the first snapshot", a);

	ok &= freeze(a, &first, "first snapshot");
	ok &= within("its lifetime, against the live one before", first.books.lifetime,
		     live, UINT64_MAX);
	ok &= within("the live lifetime after it", live_lifetime(a),
		     first.books.lifetime + 1, UINT64_MAX);
	ok &= is_none("A's snapshot, asked for by B", b);

	ok &= freeze(b, &other, "B's snapshot");
	ok &= is("B's id is A's", other.id == first.id, 0);
	ok &= is_frozen("A's snapshot after B's is the same", a, &first);

	ok &= freeze(a, &second, "second snapshot");
	ok &= is("its id is the first's or B's",
		 second.id == first.id || second.id == other.id, 0);
	ok &= within("its lifetime", second.books.lifetime, other.books.lifetime + 1,
		     UINT64_MAX);
	ok &= books_forward(&first.books, &second.books, env.isa, "snapshots");
	/* Snapshots: A's first, read twice; none of B; two of B; A's first again; A's third. */
	ok &= is("CPUID exits between them", second.books.rows[row_cpuid()].exits -
		 first.books.rows[row_cpuid()].exits, 6 * first.nr + 3);
	ok &= is_frozen("B's snapshot after A's second is the same", b, &other);
	ok &= check_live_leaves(a, b, false);
	ok &= check_live_leaves(a, b, true);
	ok &= check_scopes(a, &host);
	return ok & end_vm(&vm);
}

static uint64_t bucket_sum(const uint32_t *buckets)
{
	uint64_t sum = 0;
	unsigned int b;

	for (b = 0; b < BUCKETS; b++)
		sum += buckets[b];
	return sum;
}

static unsigned int highest(const uint32_t *buckets)
{
	unsigned int b = BUCKETS - 1;

	while (b && !buckets[b])
		b--;
	return b;
}

/* All buckets of @row, read by @leaf, must equal @file. */
static bool leaf_is_file(const char *what, struct vcpu *vcpu, uint32_t leaf,
			 const struct exitstat_file *file, unsigned int row)
{
	const uint32_t reason = kvm_exitstat_slot_reason(env.isa, row);
	static struct query queries[BUCKETS];
	unsigned int b, differ = 0;

	for (b = 0; b < BUCKETS; b++)
		queries[b] = (struct query) { leaf, reason | b << 16, {} };
	vcpu_query(vcpu, queries, BUCKETS);
	for (b = 0; b < BUCKETS; b++)
		differ += value(&queries[b]) != file->histogram[row][b];
	return is(what, differ, 0);
}

/* The exits of each bucket times the bucket's bounds give bounds of the row's cycles. */
static bool cycles_fit(const char *what, const struct window *w, unsigned int row)
{
	const uint32_t *buckets = w->b.file.histogram[row];
	uint64_t low = 0, high = 0;
	unsigned int b;

	for (b = 0; b < BUCKETS - 1; b++) {
		low += b ? (uint64_t)buckets[b] << b : 0;
		high += (uint64_t)buckets[b] << (b + 1);
	}
	return within(what, w->d.rows[row].cycles[KERNEL], low, high);
}

/*
 * Histograms are turned on, and off, while the vCPU is in user space because of an OUT.  No
 * other exit is under way, so each row's finished exits are exactly those made.  The first
 * OUT began before histograms were on and ended after, so it counts; the last has not
 * ended, so it does not.
 */
bool check_histogram(void)
{
	const unsigned int n = amount(10007, 503);
	const unsigned int msr = workload_slot(W_msr_read);
	unsigned int i, differ = 0;
	struct vcpu *vcpu;
	struct window w;
	struct query q;
	struct vm vm;
	bool ok;

	set_parameter("exitstat_guest", 1);
	vcpu = new_vm(&vm, false, 0);
	run_to_warm(vcpu, W_cpuid, n);
	set_parameter("exitstat_hist", 1);
	window_open(&w, vcpu);
	ok = is("histograms", w.a.file.histograms, 1);
	for (i = 0; i < NR_ROWS; i++)
		differ += bucket_sum(w.a.file.histogram[i]);
	ok &= is("exits in any bucket when turned on", differ, 0);
	ok &= is("longest when turned on", w.a.file.books.total.longest, 0);
	run_to_done(vcpu);
	run_to_warm(vcpu, W_msr_read, n);
	run_to_done(vcpu);
	ok &= window_close(&w);

	for (i = differ = 0; i < NR_ROWS; i++)
		differ += bucket_sum(w.b.file.histogram[i]) != w.d.rows[i].exits;
	ok &= is("reasons whose buckets are not their exits", differ, 0);
	ok &= is("CPUID exits in buckets",
		 bucket_sum(w.b.file.histogram[row_cpuid()]), n);
	ok &= is("RDMSR exits in buckets", bucket_sum(w.b.file.histogram[msr]), n + 16);
	ok &= is("OUT exits in buckets", bucket_sum(w.b.file.histogram[row_io()]), 3);
	ok &= cycles_fit("kernel of RDMSR, within its buckets' bounds", &w, msr);

	ok &= within("longest RDMSR, by the highest bucket that has one",
		     w.b.file.books.rows[msr].longest,
		     1ull << highest(w.b.file.histogram[msr]), row_sum(&w.d.rows[msr]));

	/* Reading makes no RDMSR exits. */
	ok &= is("snapshot", !ask(vcpu, KVM_EXITSTAT_LEAF_SNAPSHOT, 0).regs[0], 0);
	ok &= leaf_is_file("buckets of RDMSR that differ in leaf 17", vcpu,
			   KVM_EXITSTAT_LEAF_LIVE + KVM_EXITSTAT_V_HIST, &w.b.file, msr);
	ok &= leaf_is_file("in leaf 27", vcpu,
			   KVM_EXITSTAT_LEAF_VCPU + KVM_EXITSTAT_V_HIST, &w.b.file, msr);
	ok &= leaf_is_file("in leaf 37", vcpu,
			   KVM_EXITSTAT_LEAF_FROZEN + KVM_EXITSTAT_V_HIST, &w.b.file, msr);
	q = ask(vcpu, KVM_EXITSTAT_LEAF_FEATURES, 0);
	ok &= is("the flag", !!(q.regs[3] & KVM_EXITSTAT_F_HIST), 1);

	set_parameter("exitstat_hist", 0);
	take_reading(vcpu, &w.b);
	ok &= is("histograms, off", w.b.file.histograms, 0);
	ok &= is("longest RDMSR, off", w.b.file.books.rows[msr].longest, 0);
	ok &= is("RDMSR exits in buckets, off", bucket_sum(w.b.file.histogram[msr]), 0);
	ok &= leaf_is_file("in leaf 17, off", vcpu,
			   KVM_EXITSTAT_LEAF_LIVE + KVM_EXITSTAT_V_HIST, &w.b.file, msr);
	q = ask(vcpu, KVM_EXITSTAT_LEAF_FEATURES, 0);
	ok &= is("the flag, off", !!(q.regs[3] & KVM_EXITSTAT_F_HIST), 0);
	return ok & end_vm(&vm);
}

static void *run_on(void *vcpu)
{
	run_to_done(vcpu);
	return NULL;
}

/*
 * Histograms are turned on while the vCPU is halted.  The exit began before and ends after
 * that, so it must count, by its kernel cycles and not by the halt's.
 */
bool check_histogram_halt(void)
{
	const unsigned int us = 300000;
	struct vcpu *vcpu;
	pthread_t thread;
	struct window w;
	struct vm vm;
	bool ok;

	set_parameter("halt_poll_ns", 0);
	vcpu = new_vm(&vm, true, 0);
	vcpu->page->timer = 1000000;
	run_to_warm(vcpu, W_hlt_timer, 1);
	vcpu->page->timer = us * 1000;
	window_open(&w, vcpu);
	thread_start(&thread, run_on, vcpu);
	usleep(us / 3);
	set_parameter("exitstat_hist", 1);
	pthread_join(thread, NULL);
	ok = window_close(&w);

	ok &= is("HLT exits", w.d.rows[row_hlt()].exits, 1);
	ok &= within("halt of HLT", w.d.rows[row_hlt()].cycles[HALT],
		     cycles_in(us) / 2, UINT64_MAX);
	ok &= is("HLT exits in buckets", bucket_sum(w.b.file.histogram[row_hlt()]), 1);
	ok &= cycles_fit("kernel of HLT, within its bucket's bounds", &w, row_hlt());
	set_parameter("exitstat_hist", 0);
	return ok & end_vm(&vm);
}

/* Each switch allocates or frees memory that the vCPU may be about to write to. */
bool check_histogram_flips(void)
{
	const unsigned int flips = amount(200, 40);
	unsigned int f, seen = 0;
	struct reading reading;
	struct runner runner;
	uint64_t most;
	struct vm vm;
	bool ok = true;

	runner_start(&runner, new_vm(&vm, false, 0), W_cpuid, -1);
	for (f = 1; ok && f <= flips; f++) {
		set_parameter("exitstat_hist", f % 2);
		usleep(2000);
		take_reading(runner.vcpu, &reading);
		ok &= reading_holds(runner.vcpu, &reading, "histogram_flips, running");
		most = bucket_sum(reading.file.histogram[row_cpuid()]);
		seen += !!most;
		/* The buckets are read after the rows, so read the rows again. */
		take_reading(runner.vcpu, &reading);
		if (most > reading.file.counts.exits[row_cpuid()] || (most && !(f % 2)))
			ok = within("CPUID exits in buckets", most, 0,
				    f % 2 ? reading.file.counts.exits[row_cpuid()] : 0);
	}
	set_parameter("exitstat_hist", 0);
	runner_stop(&runner);
	ok &= within("turns that counted", seen, flips / 4, flips / 2);
	return ok & end_vm(&vm);
}
