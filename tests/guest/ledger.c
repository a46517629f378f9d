// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun --ledger: checks where the time of a vCPU went, which is known by construction.
 *
 * Each check makes a vCPU spend most of its time in one way, and expects that time in the
 * right account and row, and nowhere else.  Bounds come from TSC readings of the VMM or of
 * the guest, never from the ledger itself.  Then the VM is audited: see audit.h.  Tables
 * show the ledger after that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"

typedef unsigned long long ull;

static const char *check_name;

static const struct check {
	const char *name;
	bool (*run)(void);
	const char *what;
} checks[] = {
	{ "user_sleep", check_user_sleep, "the VMM sleeps after an OUT: user of I/O" },
	{ "user_sleep_histogram", check_user_sleep_histogram, "the same, with histograms" },
	{ "hlt_timer", check_hlt_timer, "HLT until the APIC's timer: halt of HLT" },
	{ "hlt_timer_histogram", check_hlt_timer_histogram, "the same, with histograms" },
	{ "hlt_poll", check_hlt_poll, "HLT while KVM polls all the time: halt of HLT" },
	{ "pause", check_pause, "a signal, and seconds in the VMM: user of none" },
	{ "not_entered", check_not_entered, "KVM_RUNs with immediate_exit: user of none" },
	{ "ioctls", check_ioctls, "other ioctls, by other threads, change nothing" },
	{ "off_time", check_off_time, "exitstat=0 for a while: outside" },
	{ "preempt", check_preempt, "a FIFO thread takes the CPU: preempt" },
	{ "fault", check_fault, "userfaultfd makes the guest wait: block" },
	{ "async_fault", check_async_fault, "the same, as an asynchronous page fault" },
	{ "snapshot", check_snapshot, "frozen leaves: whole, frozen, replaced, one's own" },
	{ "histogram", check_histogram, "every finished exit, in its bucket" },
	{ "histogram_halt", check_histogram_halt, "turned on in the midst of a halt" },
	{ "histogram_flips", check_histogram_flips, "histograms on and off under load" },
	{ "flips", check_flips, "the ledger off and on under load" },
	{ "mixed", check_mixed, "all of it at once on two vCPUs, read meanwhile" },
	{ "mixed_histogram", check_mixed_histogram, "the same, with histograms" },
	{ "mixed_flips", check_mixed_flips, "the same, with the ledger turned off and on" },
	{ "load", check_load, "N exits on two vCPUs, read meanwhile" },
};

#define NR_CHECKS (sizeof(checks) / sizeof(checks[0]))

static unsigned int row_of(unsigned int vmx, unsigned int svm)
{
	return counts_slot(env.isa, env.isa == KVM_EXITSTAT_ISA_VMX ? vmx : svm);
}

unsigned int row_io(void) { return row_of(30, 0x7b); }
unsigned int row_cpuid(void) { return row_of(10, 0x72); }
unsigned int row_hlt(void) { return row_of(12, 0x78); }
unsigned int row_interrupt(void) { return row_of(1, 0x60); }
unsigned int row_fault(void) { return row_of(48, 0x400); }

unsigned int amount(unsigned int full, unsigned int small)
{
	return env.n < 20000 ? small : full;
}

static uint64_t tsc_khz;

uint64_t cycles_in(uint64_t us)
{
	return us * tsc_khz / 1000;
}

bool within(const char *what, uint64_t found, uint64_t low, uint64_t high)
{
	const bool ok = found >= low && found <= high;

	if (!ok || !env.quiet)
		printf("%s %s: %s: expected %llu to %llu, found %llu\n",
		       ok ? "    " : "FAIL", check_name, what, (ull)low, (ull)high,
		       (ull)found);
	return ok;
}

bool is(const char *what, uint64_t found, uint64_t expected)
{
	const bool ok = found == expected;

	if (!ok || !env.quiet)
		printf("%s %s: %s: expected %llu, found %llu\n", ok ? "    " : "FAIL",
		       check_name, what, (ull)expected, (ull)found);
	return ok;
}

void window_open(struct window *w, const struct vcpu *vcpu)
{
	w->vcpu = vcpu;
	take_reading(vcpu, &w->a);
	tsc_khz = w->a.file.tsc_khz;
}

bool window_close(struct window *w)
{
	take_reading(w->vcpu, &w->b);
	books_since(&w->d, &w->b.file.books, &w->a.file.books);
	return reading_holds(w->vcpu, &w->a, check_name) &
	       reading_holds(w->vcpu, &w->b, check_name);
}

uint64_t window_slack(const struct window *w)
{
	return w->a.after - w->a.before + w->b.after - w->b.before;
}

bool others_below(const struct window *w, enum account account, unsigned int row,
		  uint64_t limit)
{
	unsigned int i, most = row ? 0 : 1;
	char number[16], what[64];

	for (i = 0; i < NR_ROWS; i++)
		if (i != row && w->d.rows[i].cycles[account] >
				w->d.rows[most].cycles[account])
			most = i;
	snprintf(what, sizeof(what), "%s of any other reason, most in %s",
		 account_names[account], row_number(env.isa, most, number));
	return within(what, w->d.rows[most].cycles[account], 0, limit);
}

/* @longest is kept only with histograms; else it is 0. */
static bool is_longest(const char *what, bool hist, uint64_t longest, uint64_t low,
		       uint64_t high)
{
	return hist ? within(what, longest, low, high) : is(what, longest, 0);
}

struct vcpu *new_vm(struct vm *vm, bool irqchip, unsigned int lazy_pages)
{
	vm_create(vm, irqchip);
	if (lazy_pages)
		vm_add_lazy(vm, lazy_pages);
	return vcpu_create(vm, NULL);
}

bool end_vm(struct vm *vm)
{
	const bool ok = audit_vm(vm, check_name);
	struct reading reading;
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus && env.tables; i++) {
		take_reading(&vm->vcpus[i], &reading);
		books_print(&reading.file.books, env.isa, check_name);
		printf("tsc_khz %llu\n", (ull)reading.file.tsc_khz);
	}
	vm_destroy(vm);
	return ok;
}

void run_to_warm(struct vcpu *vcpu, unsigned int workload, uint64_t n)
{
	vcpu_start(vcpu, MODE_COUNT, workload, n);
	if (vcpu_run(vcpu) != STOP_WARM)
		die("the guest did not get as far as the workload");
	vcpu->page->waited = 0;
}

void run_to_done(struct vcpu *vcpu)
{
	if (vcpu_run(vcpu) != STOP_DONE)
		die("the guest did not end its workload");
}

void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("a thread cannot be pinned to CPU %d (%s)", cpu, strerror(errno));
}

void thread_start(pthread_t *thread, void *(*function)(void *), void *arg)
{
	if (pthread_create(thread, NULL, function, arg))
		die("a thread cannot be made");
}

static void *run_loop(void *arg)
{
	struct runner *runner = arg;

	if (runner->cpu >= 0)
		pin(runner->cpu);
	runner->tid = gettid();
	vcpu_start(runner->vcpu, MODE_LOOP, runner->workload, 0);
	if (vcpu_run(runner->vcpu) != STOP_DONE)
		die("the guest left its loop before it was told to");
	/* End the OUT, so that it does not get the time after this thread's end. */
	vcpu_run_not(runner->vcpu);
	return NULL;
}

void runner_start(struct runner *runner, struct vcpu *vcpu, unsigned int workload,
		  int cpu)
{
	struct reading reading;

	*runner = (struct runner) { .vcpu = vcpu, .workload = workload, .cpu = cpu };
	vcpu->page->stop = 0;
	thread_start(&runner->thread, run_loop, runner);
	do {
		usleep(1000);
		take_reading(vcpu, &reading);
	} while (!reading.file.counts.total);
}

void runner_stop(struct runner *runner)
{
	runner->vcpu->page->stop = 1;
	pthread_join(runner->thread, NULL);
}

/*
 * The VMM has control from before its first time stamp to after its last, so the time
 * between them is a lower bound, to the cycle.  The rest is the way into and out of
 * KVM_RUN and the readings, where an interrupt or another thread may add time: 5 %, which
 * are 12 ms of 5 sleeps.  On a busy machine 1 % was too little in one of 16 runs.
 */
static bool check_sleep(bool hist)
{
	const unsigned int n = amount(20, 5), sleep_us = 50000;
	const struct row *io;
	struct window w;
	struct vcpu *vcpu;
	struct vm vm;
	uint64_t out;
	bool ok;

	set_parameter("exitstat_hist", hist);
	vcpu = new_vm(&vm, false, 0);
	run_to_warm(vcpu, W_pio_out, n);
	vcpu->null_us = sleep_us;
	window_open(&w, vcpu);
	vcpu_out_reset(vcpu);
	run_to_done(vcpu);
	out = vcpu_out(vcpu);
	ok = window_close(&w);

	io = &w.d.rows[row_io()];

	/* The kernel measures the sleep, and its clock may differ a little from the TSC. */
	ok &= within("time that the VMM had control", out,
		     cycles_in(n * sleep_us) / 100 * 99, UINT64_MAX);
	ok &= is("I/O exits", io->exits, n + 1);
	ok &= within("user of I/O", io->cycles[USER], out,
		     out + out / 20 + window_slack(&w));
	ok &= others_below(&w, USER, row_io(), out / 20);
	ok &= is_longest("longest I/O", hist, io->longest,
			 cycles_in(sleep_us) / 100 * 99, io->cycles[USER] + io->cycles[KERNEL]);
	ok &= is("halt", w.d.total.cycles[HALT], 0);
	ok &= is("block", w.d.total.cycles[BLOCK], 0);
	return ok & end_vm(&vm);
}

bool check_user_sleep(void)
{
	return check_sleep(false);
}

/* With histograms KVM's hooks take another path. */
bool check_user_sleep_histogram(void)
{
	return check_sleep(true);
}

/*
 * The guest reads the TSC before HLT and after it has handled the timer's interrupt.
 * KVM's wait is in between, so that is an upper bound, to the cycle.  It also has one
 * exit, one entry and the injection; the 5 % for these are 2.5 ms.
 */
static bool check_halt(struct vm *vm, struct vcpu *vcpu, bool hist)
{
	const unsigned int n = amount(20, 6), timer_ns = 50000000;
	struct window w;
	uint64_t waited;
	bool ok;

	set_parameter("exitstat_hist", hist);
	run_to_warm(vcpu, W_hlt_timer, n);
	vcpu->page->timer = timer_ns;
	window_open(&w, vcpu);
	run_to_done(vcpu);
	waited = vcpu->page->waited;
	ok = window_close(&w);

	ok &= within("time that the guest saw pass in HLT", waited,
		     cycles_in(n * (timer_ns / 1000)) / 100 * 97, UINT64_MAX);
	ok &= is("HLT exits", w.d.rows[row_hlt()].exits, n);
	ok &= within("halt of HLT", w.d.rows[row_hlt()].cycles[HALT],
		     waited / 100 * 95, waited);
	ok &= others_below(&w, HALT, row_hlt(), 0);
	ok &= is_longest("longest HLT", hist, w.d.rows[row_hlt()].longest,
			 waited / n / 100 * 95, waited);
	ok &= within("kernel of HLT", w.d.rows[row_hlt()].cycles[KERNEL], 1,
		     waited / 20);
	ok &= is("user of HLT", w.d.rows[row_hlt()].cycles[USER], 0);
	ok &= is("block", w.d.total.cycles[BLOCK], 0);
	return ok & end_vm(vm);
}

static bool check_timer(bool hist)
{
	struct vcpu *vcpu;
	struct vm vm;

	set_parameter("halt_poll_ns", 0);
	vcpu = new_vm(&vm, true, 0);
	vcpu->page->timer = 1000000;
	return check_halt(&vm, vcpu, hist);
}

bool check_hlt_timer(void)
{
	return check_timer(false);
}

bool check_hlt_timer_histogram(void)
{
	return check_timer(true);
}

/*
 * While KVM polls for a halted vCPU, its thread stays on the CPU, but the vCPU is halted.
 * The first, short HLTs make KVM poll for as long as the later HLTs take.
 */
bool check_hlt_poll(void)
{
	const uint64_t least = 17 * 25000000ull;
	struct vcpu *vcpu;
	uint64_t ns = 0;
	unsigned int i;
	struct vm vm;
	bool ok;

	set_parameter("halt_poll_ns", 400000000);
	set_parameter("halt_poll_ns_grow_start", 200000000);
	vcpu = new_vm(&vm, true, 0);
	vcpu->page->timer = 1000000;
	run_to_warm(vcpu, W_hlt_timer, 1);
	run_to_done(vcpu);
	vcpu->page->timer = 50000000;
	/* 17 HLTs of 50 ms, each time.  Another thread that wants the CPU ends the polling. */
	for (i = 0; i < 5 && ns < least; i++) {
		ns = vm_stat(&vm, "halt_poll_success_ns");
		run_to_warm(vcpu, W_hlt_timer, 1);
		run_to_done(vcpu);
		ns = vm_stat(&vm, "halt_poll_success_ns") - ns;
	}
	/* Otherwise this would only repeat hlt_timer. */
	ok = within("ns that KVM itself says it polled with success", ns, least, UINT64_MAX);
	return ok & check_halt(&vm, vcpu, false);
}

static struct vcpu *paused;
static unsigned int pause_ms;
static volatile uint64_t pause_took;

/* Before KVM_RUN or during it, the signal makes KVM_RUN return EINTR. */
static void on_signal(int signal)
{
	(void)signal;
	paused->run->immediate_exit = 1;
}

static void stay_out(struct vcpu *vcpu)
{
	const uint64_t start = rdtsc();

	vcpu->run->immediate_exit = 0;
	usleep(pause_ms * 1000);
	pause_took = rdtsc() - start;
}

/* Bounds as for user_sleep: the VMM's own time stamps are within the interval. */
bool check_pause(void)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct runner runner;
	struct window w;
	struct vm vm;
	bool ok;

	sigaction(SIGUSR1, &action, NULL);
	pause_ms = amount(5000, 1000);
	pause_took = 0;
	paused = new_vm(&vm, false, 0);
	paused->interrupted_hook = stay_out;
	runner_start(&runner, paused, W_cpuid, -1);
	window_open(&w, paused);
	pthread_kill(runner.thread, SIGUSR1);
	while (!pause_took)
		usleep(10000);
	usleep(10000);
	ok = window_close(&w);
	runner_stop(&runner);
	paused->interrupted_hook = NULL;

	ok &= is("KVM_RUNs that the signal ended", paused->interrupted, 1);
	ok &= within("pause", pause_took, cycles_in(pause_ms * 1000) / 100 * 99,
		     UINT64_MAX);
	ok &= within("user of none", w.d.rows[ROW_NONE].cycles[USER], pause_took,
		     pause_took + pause_took / 100);
	ok &= others_below(&w, USER, ROW_NONE, pause_took / 100);
	ok &= is("halt", w.d.total.cycles[HALT], 0);
	ok &= within("CPUID exits", w.d.rows[row_cpuid()].exits, 1, UINT64_MAX);
	return ok & end_vm(&vm);
}

/*
 * A KVM_RUN without an entry ends the pending I/O; from then on the time belongs to no
 * reason.  I/O can have gained no more than the time from before the reading to after
 * that KVM_RUN, by our own time stamps.
 */
bool check_not_entered(void)
{
	const unsigned int n = amount(50, 10);
	struct window w;
	struct vcpu *vcpu;
	uint64_t out, first;
	unsigned int i;
	struct vm vm;
	bool ok;

	vcpu = new_vm(&vm, false, 0);
	run_to_warm(vcpu, W_cpuid, n);
	window_open(&w, vcpu);
	vcpu_run_not(vcpu);
	first = rdtsc();
	vcpu_out_reset(vcpu);
	for (i = 0; i < n; i++) {
		usleep(20000);
		vcpu_run_not(vcpu);
	}
	out = vcpu_out(vcpu);
	ok = window_close(&w);
	run_to_done(vcpu);

	ok &= within("time that the VMM had control", out,
		     cycles_in(n * 20000) / 100 * 99, UINT64_MAX);
	ok &= within("user of none", w.d.rows[ROW_NONE].cycles[USER], out,
		     out + out / 100 + window_slack(&w));
	ok &= within("I/O", row_sum(&w.d.rows[row_io()]), 1, first - w.a.before);
	ok &= is("exits", w.d.total.exits, 0);
	ok &= is("guest", w.d.guest, 0);
	ok &= is("all but I/O and none", w.d.lifetime -
		 row_sum(&w.d.rows[ROW_NONE]) - row_sum(&w.d.rows[row_io()]), 0);
	return ok & end_vm(&vm);
}

/*
 * Counting is off from some moment in the write of 0 to some moment in the write of 1, so
 * the time between the writes is an exact lower bound.  The rest is the writes, and the
 * time until the vCPU's thread runs again or exits, which happens while this thread sleeps.
 */
bool check_off_time(void)
{
	const unsigned int us = amount(1000000, 300000);
	uint64_t before, off, on, after;
	struct runner runner;
	struct window w;
	struct vm vm;
	bool ok;

	runner_start(&runner, new_vm(&vm, false, 0), W_cpuid, -1);
	window_open(&w, runner.vcpu);
	before = rdtsc();
	set_parameter("exitstat", 0);
	off = rdtsc();
	usleep(us);
	on = rdtsc();
	set_parameter("exitstat", 1);
	usleep(10000);
	after = rdtsc();
	ok = window_close(&w);
	runner_stop(&runner);

	ok &= within("off", on - off, cycles_in(us) / 100 * 99, UINT64_MAX);
	ok &= within("outside", w.d.outside, on - off, after - before);
	ok &= within("CPUID exits", w.d.rows[row_cpuid()].exits, 1, UINT64_MAX);
	return ok & end_vm(&vm);
}

void list_ledger(void)
{
	const struct check *c;

	printf("\n%-20s what --ledger checks by it\n", "check");
	for (c = checks; c < checks + NR_CHECKS; c++)
		printf("%-20s %s\n", c->name, c->what);
}

static bool run_check(const struct check *check)
{
	bool ok;

	check_name = check->name;
	set_parameter("exitstat", 1);
	set_parameter("exitstat_hist", 0);
	ok = check->run();
	printf("%s ledger %s: %s\n", ok ? "PASS" : "FAIL", check->name, check->what);
	fflush(stdout);
	return ok;
}

/* Count each workload's exits, like kvmrun WORKLOAD, and audit its VM. */
static bool run_workloads(void)
{
	const uint64_t n = env.n;
	unsigned int i;
	bool ok = true;

	env.n = amount(1009, 503);
	for (i = 0; i < NR_WORKLOADS; i++)
		if (!(workloads[i].needs & NEEDS_TIME))
			ok &= count_exits(i) != STATUS_FAIL;
	env.n = n;
	return ok;
}

static const struct check *find_check(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_CHECKS; i++)
		if (!strcmp(name, checks[i].name))
			return &checks[i];
	die("there is no check '%s': see --list", name);
}

int ledger(char *const *names)
{
	const bool all = !strcmp(*names, "all");
	const struct check *c;
	bool ok = true;

	if (all) {
		ok = run_workloads();
		for (c = checks; c < checks + NR_CHECKS; c++)
			ok &= run_check(c);
	} else {
		for (; *names; names++)
			ok &= run_check(find_check(*names));
	}
	ok &= audit_print(all ? env.n : 1);
	return ok ? 0 : STATUS_FAIL;
}
