// SPDX-License-Identifier: GPL-2.0-only
/* kvmrun --ledger: checks while other threads work; see ledger.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ledger.h"
#include "witness.h"

#define PAGE	4096ul

/**
 * struct disturber - a SCHED_FIFO thread that keeps a CPU busy in bursts
 * @bursts: number of bursts; 0: until @stop
 * @burnt: TSC cycles from the first to the last time stamp, summed over bursts
 */
struct disturber {
	pthread_t thread;
	int cpu;
	unsigned int busy_us, idle_us, bursts;
	volatile bool stop;
	uint64_t burnt;
};

static uint64_t own_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

static void *disturb(void *arg)
{
	const struct sched_param priority = { .sched_priority = 50 };
	struct disturber *d = arg;
	uint64_t from, start;
	unsigned int i;

	pin(d->cpu);
	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		die("a thread cannot be SCHED_FIFO (%s)", strerror(errno));
	for (i = 0; d->bursts ? i < d->bursts : !d->stop; i++) {
		start = rdtsc();
		from = own_cpu_us();
		while (own_cpu_us() - from < d->busy_us)
			;
		d->burnt += rdtsc() - start;
		usleep(d->idle_us);
	}
	return NULL;
}

/* The time in us that a thread was runnable but did not run, by the scheduler's account. */
static uint64_t run_delay_us(int tid)
{
	unsigned long long ran, waited;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", tid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%llu %llu", &ran, &waited) != 2)
		die("%s cannot be read", path);
	fclose(file);
	return waited / 1000;
}

/*
 * During a burst, from its first time stamp to its last, the vCPU's thread is runnable but
 * not on its only CPU: that is a lower bound, to the cycle.  The upper bound is the
 * scheduler's own account of that thread's delays, plus 2 % for the switches and the delay
 * of one more burst, which may be under way.
 */
bool check_preempt(void)
{
	struct disturber d = {
		.cpu = 0, .busy_us = 20000, .idle_us = 20000, .bursts = amount(50, 15),
	};
	uint64_t delay, preempted;
	struct runner runner;
	struct vcpu *vcpu;
	struct window w;
	struct vm vm;
	bool ok;

	vcpu = new_vm(&vm, false, 0);
	take_reading(vcpu, &w.a);
	/* Twice between bursts, so that no burst keeps beginning during such a CPUID. */
	vcpu->page->spin = w.a.file.tsc_khz * 15;
	runner_start(&runner, vcpu, W_spin, 0);
	delay = run_delay_us(runner.tid);
	window_open(&w, runner.vcpu);
	thread_start(&d.thread, disturb, &d);
	pthread_join(d.thread, NULL);
	usleep(20000);
	ok = window_close(&w);
	delay = run_delay_us(runner.tid) - delay;
	runner_stop(&runner);
	preempted = w.d.total.cycles[PREEMPT];

	ok &= within("time that the other thread burnt", d.burnt,
		     cycles_in(d.bursts * d.busy_us) / 100 * 99, UINT64_MAX);
	ok &= within("preempt", preempted, d.burnt,
		     cycles_in(delay) / 100 * 102 + cycles_in(d.busy_us));
	/* A burst begins with a timer interrupt, which arrives while the guest runs. */
	ok &= within("preempt of interrupts", w.d.rows[row_interrupt()].cycles[PREEMPT],
		     preempted / 10 * 8, preempted);
	ok &= within("exits by interrupts", w.d.rows[row_interrupt()].exits, d.bursts,
		     UINT64_MAX);
	ok &= is("halt", w.d.total.cycles[HALT], 0);
	ok &= is("user", w.d.total.cycles[USER], 0);
	ok &= within("block", w.d.total.cycles[BLOCK], 0, d.burnt / 100);
	return ok & end_vm(&vm);
}

/**
 * struct provider - a thread that provides missing pages, with a delay
 * @us: the delay
 * @slept: TSC cycles of all delays
 */
struct provider {
	pthread_t thread;
	int fd;
	volatile unsigned int us;
	volatile bool stop;
	uint64_t slept;
	unsigned int pages;
};

static void provide(struct provider *p, unsigned long address)
{
	struct uffdio_zeropage zero = { .range = { address & -PAGE, PAGE } };
	uint64_t start;

	if (p->us) {
		start = rdtsc();
		usleep(p->us);
		p->slept += rdtsc() - start;
		p->pages++;
	}
	/* Another vCPU may have got the page already: wake this one, too. */
	if (ioctl(p->fd, UFFDIO_ZEROPAGE, &zero) &&
	    (errno != EEXIST || ioctl(p->fd, UFFDIO_WAKE, &zero.range)) &&
	    errno != EAGAIN)
		die("a page cannot be provided (%s)", strerror(errno));
}

static void *run_provider(void *arg)
{
	struct provider *p = arg;
	struct pollfd poll_fd = { .fd = p->fd, .events = POLLIN };
	struct uffd_msg message;

	while (!p->stop) {
		if (poll(&poll_fd, 1, 20) != 1)
			continue;
		if (read(p->fd, &message, sizeof(message)) == sizeof(message) &&
		    message.event == UFFD_EVENT_PAGEFAULT)
			provide(p, message.arg.pagefault.address);
	}
	return NULL;
}

static void provider_start(struct provider *p, const struct vm *vm)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)vm->lazy, vm->lazy_bytes },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	*p = (struct provider) {
		.fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK),
	};
	if (p->fd < 0 || ioctl(p->fd, UFFDIO_API, &api) ||
	    ioctl(p->fd, UFFDIO_REGISTER, &reg))
		die("userfaultfd cannot be had (%s)", strerror(errno));
	thread_start(&p->thread, run_provider, p);
}

static void provider_stop(struct provider *p)
{
	p->stop = true;
	pthread_join(p->thread, NULL);
	close(p->fd);
}

/*
 * The guest reads the TSC before and after each store, which gives an upper bound, to the
 * cycle.  The provider's delays are a lower bound: on a single CPU the provider runs only
 * when the vCPU's thread, or the thread that faults for it, sleeps.  1 % allows for the
 * wake-up of the provider before its delay.
 */
static bool check_faults(bool async)
{
	const unsigned int n = amount(40, 8), us = 20000, warm_up = 16;
	struct provider provider;
	uint64_t calls = 0, waited;
	struct vcpu *vcpu;
	struct window w;
	char why[256];
	struct vm vm;
	int fd;
	bool ok;

	vcpu = new_vm(&vm, async, warm_up + n);
	fd = witness_kprobe("kvm_arch_async_page_not_present", 0, why, sizeof(why));
	if (fd < 0)
		die("%s", why);
	provider_start(&provider, &vm);
	run_to_warm(vcpu, W_touch, n);
	provider.us = us;
	window_open(&w, vcpu);
	run_to_done(vcpu);
	waited = vcpu->page->waited;
	ok = window_close(&w);
	provider_stop(&provider);
	if (!witness_count(fd, &calls, why, sizeof(why)))
		die("%s", why);
	close(fd);

	ok &= is("pages", provider.pages, n);
	ok &= within("time that the provider slept", provider.slept,
		     cycles_in(n * us) / 100 * 99, UINT64_MAX);
	if (async)
		ok &= within("asynchronous page faults", calls, n, n + warm_up);
	else
		ok &= is("asynchronous page faults", calls, 0);
	ok &= within("page fault exits", w.d.rows[row_fault()].exits, n, 2 * n);
	ok &= within("block of page faults", w.d.rows[row_fault()].cycles[BLOCK],
		     provider.slept / 100 * 99, waited);
	ok &= others_below(&w, BLOCK, row_fault(), provider.slept / 100);
	ok &= is("halt", w.d.total.cycles[HALT], 0);
	ok &= within("user of page faults", w.d.rows[row_fault()].cycles[USER], 0, 0);
	return ok & end_vm(&vm);
}

bool check_fault(void)
{
	return check_faults(false);
}

bool check_async_fault(void)
{
	return check_faults(true);
}

struct caller {
	pthread_t thread;
	struct vcpu *vcpu;
	unsigned int n;
	bool set;		/* also set registers: only while the vCPU is in user space */
	void *lazy;		/* a missing page */
	const volatile bool *stop;
	unsigned int made, slept;
};

/* One in so many calls sleeps while it has the vCPU loaded. */
#define SLEEP_EVERY	128

static void call(const struct vcpu *vcpu, unsigned long request, void *arg)
{
	if (ioctl(vcpu->fd, request, arg))
		die("an ioctl of the vCPU failed (%s)", strerror(errno));
}

static void *call_ioctls(void *arg)
{
	struct caller *caller = arg;
	struct kvm_mp_state mp_state;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	while (caller->stop ? !*caller->stop : caller->made < caller->n) {
		call(caller->vcpu, KVM_GET_REGS, &regs);
		call(caller->vcpu, KVM_GET_SREGS, &sregs);
		call(caller->vcpu, KVM_GET_MP_STATE, &mp_state);
		if (caller->set)
			call(caller->vcpu, KVM_SET_REGS, &regs);
		caller->made += caller->set ? 4 : 3;
		if (caller->made % SLEEP_EVERY < 4) {
			madvise(caller->lazy, PAGE, MADV_DONTNEED);
			call(caller->vcpu, KVM_GET_LAPIC, caller->lazy);
			caller->slept++;
		}
	}
	return NULL;
}

static unsigned int changed(const struct books *since)
{
	unsigned int i, a, n = !!since->guest + !!since->outside;

	for (i = 0; i < NR_ROWS; i++)
		for (a = 0; a < NR_ACCOUNTS; a++)
			n += !!since->rows[i].cycles[a];
	return n;
}

static unsigned int join_callers(struct caller *callers, unsigned int *slept)
{
	unsigned int i, made = 0;

	*slept = 0;
	for (i = 0; i < 2; i++) {
		pthread_join(callers[i].thread, NULL);
		made += callers[i].made;
		*slept += callers[i].slept;
	}
	return made;
}

/*
 * Other threads' ioctls load and put the vCPU.  Some are scheduled out while it is loaded,
 * because their result goes to a page that user space is slow to provide.  First the
 * vCPU's own thread is in user space because of an OUT: all time must be user time of the
 * OUT, to the cycle.  Then it runs: the number of its exits is known, and it never blocks
 * or halts.
 */
bool check_ioctls(void)
{
	const unsigned int n = amount(100000, 4000) / 2, exits = amount(2003, 503);
	struct caller callers[2];
	volatile bool stop = false;
	unsigned int i, made, slept;
	struct provider provider;
	struct vcpu *vcpu;
	struct window w;
	struct vm vm;
	bool ok;

	vcpu = new_vm(&vm, true, 2);
	provider_start(&provider, &vm);
	provider.us = 300;
	run_to_warm(vcpu, W_pio_in, exits);
	window_open(&w, vcpu);
	for (i = 0; i < 2; i++) {
		callers[i] = (struct caller) {
			.vcpu = vcpu, .n = n, .set = true, .lazy = vm.lazy + i * PAGE,
		};
		thread_start(&callers[i].thread, call_ioctls, &callers[i]);
	}
	made = join_callers(callers, &slept);
	ok = window_close(&w);
	ok &= within("ioctls while the vCPU is out", made, 2 * n, UINT64_MAX);
	ok &= within("of which slept, with the vCPU loaded", slept, n / SLEEP_EVERY, n);
	ok &= is("user of I/O", w.d.rows[row_io()].cycles[USER], w.d.lifetime);
	ok &= is("accounts that changed", changed(&w.d), 1);
	ok &= is("exits", w.d.total.exits, 0);

	window_open(&w, vcpu);
	for (i = 0; i < 2; i++) {
		callers[i] = (struct caller) {
			.vcpu = vcpu, .stop = &stop, .lazy = vm.lazy + i * PAGE,
		};
		thread_start(&callers[i].thread, call_ioctls, &callers[i]);
	}
	run_to_done(vcpu);
	stop = true;
	made = join_callers(callers, &slept);
	ok &= window_close(&w);
	provider_stop(&provider);
	ok &= within("ioctls while the vCPU runs", made, exits / 10, UINT64_MAX);
	ok &= is("I/O exits", w.d.rows[row_io()].exits, exits + 1);
	ok &= is("user of all but I/O", w.d.total.cycles[USER] -
		 w.d.rows[row_io()].cycles[USER], 0);
	ok &= is("halt", w.d.total.cycles[HALT], 0);
	ok &= is("block", w.d.total.cycles[BLOCK], 0);
	ok &= is("none", row_sum(&w.d.rows[ROW_NONE]), 0);
	return ok & end_vm(&vm);
}

/* Compare a reading of a running vCPU with the reading before. */
static bool check_live(const struct vcpu *vcpu, struct reading *last, const char *who)
{
	struct reading now;
	bool ok;

	take_reading(vcpu, &now);
	ok = reading_holds(vcpu, &now, who);
	if (now.file.books.lifetime < last->file.books.lifetime)
		ok = is("lifetime, smaller than before", now.file.books.lifetime,
			last->file.books.lifetime);
	*last = now;
	return ok;
}

/* Two vCPUs that make all kinds of exits, and the threads that disturb them. */
struct mix {
	struct vm vm;
	struct runner runners[2];
	struct disturber disturbers[2];
	struct provider provider;
	struct reading last[2];
};

static void mix_start(struct mix *mix)
{
	const unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int i;

	new_vm(&mix->vm, true, 32);
	vcpu_create(&mix->vm, NULL);
	provider_start(&mix->provider, &mix->vm);
	mix->provider.us = 300;
	for (i = 0; i < 2; i++) {
		struct vcpu *vcpu = &mix->vm.vcpus[i];

		vcpu->page->timer = 300000 + i * 77000;
		vcpu->null_us = 200;
		runner_start(&mix->runners[i], vcpu, W_mixed, i % cpus);
		mix->disturbers[i] = (struct disturber) {
			.cpu = i % cpus, .busy_us = 700, .idle_us = 1300 + i * 400,
		};
		thread_start(&mix->disturbers[i].thread, disturb, &mix->disturbers[i]);
		take_reading(vcpu, &mix->last[i]);
	}
}

static void mix_stop(struct mix *mix)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		mix->disturbers[i].stop = true;
		pthread_join(mix->disturbers[i].thread, NULL);
		runner_stop(&mix->runners[i]);
	}
	provider_stop(&mix->provider);
}

/* Whether each account has some time, and there were enough rounds of eight CPUIDs. */
static bool mix_enough(const struct mix *mix)
{
	const unsigned int exits = 200;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (mix->last[i].file.books.rows[row_cpuid()].exits < exits)
			return false;
	return true;
}

/*
 * CPUID, HLT, page faults and OUT on two vCPUs, FIFO threads that preempt them, and pages
 * that are taken away again: all kinds of switches happen at the same time and, with
 * @flips, the ledger is turned off and on.  The exact times are not known, but every
 * reading must balance, each account must have some time, and `outside` all the time
 * from the moment that the ledger is off until it is turned on.
 */
static bool check_mix(bool flips)
{
	const unsigned int ms = amount(5000, 1500);
	unsigned int i, a, readings = 0;
	uint64_t start, now, off_since = 0, off = 0;
	struct mix mix;
	bool ok = true;

	mix_start(&mix);
	start = rdtsc();
	/* A slow machine gets two hundred times as long. */
	do {
		usleep(5000);
		madvise(mix.vm.lazy, mix.vm.lazy_bytes, MADV_DONTNEED);
		if (flips && readings % 2) {
			off += rdtsc() - off_since;
			set_parameter("exitstat", 1);
		} else if (flips) {
			set_parameter("exitstat", 0);
			off_since = rdtsc();
		}
		for (i = 0; i < 2; i++)
			ok &= check_live(&mix.vm.vcpus[i], &mix.last[i], "mixed, running");
		readings++;
		now = (rdtsc() - start) / mix.last[0].file.tsc_khz;
	} while (ok && (now < ms || (!mix_enough(&mix) && now < 200 * ms)));
	set_parameter("exitstat", 1);
	mix_stop(&mix);

	ok &= within("readings meanwhile", readings, 5, UINT64_MAX);
	for (i = 0; i < 2; i++) {
		const struct books *books = &mix.last[i].file.books;

		take_reading(&mix.vm.vcpus[i], &mix.last[i]);
		for (a = 0; a < NR_ACCOUNTS; a++)
			ok &= within(account_names[a], books->total.cycles[a],
				     books->lifetime / 1000, UINT64_MAX);
		if (flips)
			ok &= within("outside", books->outside, off, UINT64_MAX);
	}
	ok &= is("enough CPUID exits", mix_enough(&mix), 1);
	return ok & end_vm(&mix.vm);
}

bool check_mixed(void)
{
	return check_mix(false);
}

bool check_mixed_histogram(void)
{
	set_parameter("exitstat_hist", 1);
	return check_mix(false);
}

bool check_mixed_flips(void)
{
	return check_mix(true);
}

static void *run_load(void *arg)
{
	struct vcpu *vcpu = arg;

	vcpu_start(vcpu, MODE_COUNT, W_cpuid, env.n / 2 + 1);
	vcpu_run(vcpu);
	run_to_done(vcpu);
	return NULL;
}

/* Make as many exits as requested, and read all the time. */
bool check_load(void)
{
	struct reading last[2];
	pthread_t threads[2];
	unsigned int i, readings = 0;
	uint64_t torn;
	struct vm vm;
	bool ok = true, busy;

	new_vm(&vm, false, 0);
	vcpu_create(&vm, NULL);
	for (i = 0; i < 2; i++) {
		take_reading(&vm.vcpus[i], &last[i]);
		thread_start(&threads[i], run_load, &vm.vcpus[i]);
	}
	torn = last[0].file.torn;
	do {
		usleep(2000);
		busy = false;
		for (i = 0; i < 2; i++) {
			ok &= check_live(&vm.vcpus[i], &last[i], "load, running");
			busy |= last[i].file.counts.exits[row_cpuid()] < env.n / 2;
		}
		readings++;
	} while (ok && busy);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ok &= within("readings meanwhile", readings, 3, UINT64_MAX);
	ok &= within("of two files each, kept though torn", last[1].file.torn - torn, 0,
		     2 * readings);
	return ok & end_vm(&vm);
}

bool check_flips(void)
{
	env.flips = amount(1000, 100);
	return !flip(W_cpuid);
}
