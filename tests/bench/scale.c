// SPDX-License-Identifier: GPL-2.0-only
/*
 * scale: measures what contention costs on real cores.  Links the kernel's hot path and
 * readers and runs them in user space, with one pinned thread on each core.
 * tests/bench/scale makes tables, JSON and plots from its output:
 *
 *	machine CPUS KHZ
 *	transfer CYCLES				a cache line to another core and back
 *	exit METHOD THREADS CYCLES MAD		an exit and its entry
 *	read VALUE VCPUS WRITERS CYCLES MAD RETRIES	a CPUID answered; retries per
 *						million readings of a vCPU
 *	paced VALUE VCPUS READERS ALONE MAD BESIDE MAD	of a writer's 1,500-cycle exit
 *	repeated ROUNDS
 *
 * Cycles are TSC cycles.  Each figure is the median of ROUNDS rounds; MAD is its median
 * absolute deviation.  Rounds are shorter than a time slice.  A round in which a thread
 * was switched away, or had nobody to contend with, is repeated.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "exitstat_ledger.h"

#define ROUNDS		31
#define EXITS		2000		/* of each thread in a round */
#define READINGS	4096		/* of vCPUs in a round, at least */
#define REPEATS		20000		/* of rounds at most */
#define PACE		1500		/* cycles of an exit */
#define PACED_EXITS	1000
#define REASON		10
#define MAX_THREADS	256
/* From one struct vcpu_vmx to the next */
#define VCPU_BYTES	21504

__thread u64 bench_retries;
struct kvm_vcpu *bench_vcpus[BENCH_VCPUS];

static struct kvm vm;
static unsigned int cpus[MAX_THREADS], nr_cpus;

static void die(const char *what)
{
	fprintf(stderr, "scale: %s (%s)\n", what, strerror(errno));
	exit(2);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct figure {
	double median, mad;
};

static struct figure figure_of(double *values, unsigned int n)
{
	struct figure f;
	unsigned int i;

	qsort(values, n, sizeof(*values), compare);
	f.median = values[n / 2];
	for (i = 0; i < n; i++)
		values[i] = values[i] < f.median ? f.median - values[i] : values[i] - f.median;
	qsort(values, n, sizeof(*values), compare);
	f.mad = values[n / 2];
	return f;
}

static void pin(unsigned int thread)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpus[thread], &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("a thread cannot be pinned to its core");
}

static double measure_khz(void)
{
	struct timespec from, to;
	u64 start = rdtsc(), cycles;
	double ns;

	clock_gettime(CLOCK_MONOTONIC_RAW, &from);
	start = rdtsc();
	do {
		clock_gettime(CLOCK_MONOTONIC_RAW, &to);
		cycles = rdtsc() - start;
		ns = (to.tv_sec - from.tv_sec) * 1e9 + to.tv_nsec - from.tv_nsec;
	} while (ns < 2e8);
	return cycles / ns * 1e6;
}

/* The same counters without space between neighbours: 64 bytes, not aligned. */
struct unpadded {
	u64 last, exit, total, settled, guest, slot, exits, kernel;
};

static struct {
	char before[8];
	struct unpadded stat[MAX_THREADS];
} __attribute__((packed, aligned(64))) unpadded;

static struct {
	u64 exits[256], cycles;
} __attribute__((aligned(64))) global;

static struct {
	unsigned int next __attribute__((aligned(64)));
	volatile unsigned int serving;
} ticket __attribute__((aligned(64)));

/* Hides from the compiler which reason it is */
static inline u64 hidden(u64 value)
{
	asm volatile("" : "+r"(value));
	return value;
}

/* Work that Debian's KVM does at each exit that leaves vcpu_enter_guest()'s loop, and ours does not. */
static void run_last_guest_tsc(unsigned int thread, u64 n)
{
	static struct {
		u64 offset, last_guest_tsc;
	} __attribute__((aligned(64))) vcpu[MAX_THREADS];

	while (n--) {
		vcpu[thread].last_guest_tsc = vcpu[thread].offset + rdtsc();
		barrier();
	}
}

/* Only two RDTSCs, which every method that measures time needs. */
static void run_stamps(unsigned int thread, u64 n)
{
	while (n--) {
		hidden(kvm_exitstat_now());
		hidden(kvm_exitstat_now());
	}
}

static void run_ours(unsigned int thread, u64 n)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(bench_vcpus[thread]);

	while (n--) {
		kvm_exitstat_exit(stat, KVM_EXITSTAT_ISA_VMX, hidden(REASON));
		barrier();
		kvm_exitstat_entry(stat, KVM_EXITSTAT_ISA_VMX);
		barrier();
	}
}

/* Our stores, one by one. */
static void run_unpadded(unsigned int thread, u64 n)
{
	volatile struct unpadded *stat = &unpadded.stat[thread];
	u64 now;

	while (n--) {
		stat->exit = kvm_exitstat_now();
		stat->slot = hidden(REASON);
		stat->exits++;
		stat->total++;
		now = kvm_exitstat_now();
		stat->guest += stat->exit - stat->last;
		stat->kernel += now - stat->exit;
		stat->last = now;
		stat->settled++;
	}
}

static void run_atomic(unsigned int thread, u64 n)
{
	u64 start;

	while (n--) {
		start = kvm_exitstat_now();
		__atomic_add_fetch(&global.exits[hidden(REASON)], 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&global.cycles, kvm_exitstat_now() - start, __ATOMIC_SEQ_CST);
	}
}

/* A ticket lock, which is as fair as the kernel's lock. */
static void run_lock(unsigned int thread, u64 n)
{
	unsigned int mine;
	u64 start;

	while (n--) {
		start = kvm_exitstat_now();
		mine = __atomic_fetch_add(&ticket.next, 1, __ATOMIC_ACQUIRE);
		while (ticket.serving != mine)
			__builtin_ia32_pause();
		global.exits[hidden(REASON)]++;
		global.cycles += kvm_exitstat_now() - start;
		__atomic_store_n(&ticket.serving, mine + 1, __ATOMIC_RELEASE);
	}
}

static struct method {
	const char *name;
	void (*run)(unsigned int thread, u64 n);
	u64 exits;
} methods[] = {
	{ .name = "kvm", .run = run_last_guest_tsc },
	{ .name = "rdtsc", .run = run_stamps },
	{ .name = "ours", .run = run_ours },
	{ .name = "unpadded", .run = run_unpadded },
	{ .name = "atomic", .run = run_atomic },
	{ .name = "lock", .run = run_lock },
};

static volatile unsigned int ball __attribute__((aligned(64)));

/* Two threads pass a cache line back and forth, which shows the distance of their cores. */
static void run_ball(unsigned int thread, u64 n)
{
	while (n--) {
		while (ball != thread)
			;
		ball = !thread;
	}
}

static struct method ball_game = { .run = run_ball };

static struct worker {
	pthread_t thread;
	struct method *method;
	unsigned int id, threads;
	u64 exits, start, end;
	bool disturbed;
	double cycles[ROUNDS];
} workers[MAX_THREADS];

static volatile unsigned int arrived;

/* Wait until all @n threads have reached meeting number @meeting. */
static void meet(unsigned int meeting, unsigned int n)
{
	__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
	while (arrived < meeting * n)
		__builtin_ia32_pause();
}

/* Number of involuntary context switches of this thread */
static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

static u64 repeated;

/* A round, or a figure, must be done again. */
static void repeat(void)
{
	if (__atomic_add_fetch(&repeated, 1, __ATOMIC_RELAXED) > REPEATS) {
		errno = EBUSY;
		die("the machine has too much else to do");
	}
}

/* Whether all @n threads ran undisturbed, and at the same time for most of the round. */
static bool round_holds(unsigned int n)
{
	u64 first = U64_MAX, begun = 0, ended = U64_MAX, last = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (workers[i].disturbed)
			return false;
		first = min(first, workers[i].start);
		begun = max(begun, workers[i].start);
		ended = min(ended, workers[i].end);
		last = max(last, workers[i].end);
	}
	return ended > begun && (ended - begun) * 4 > (last - first) * 3;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int round = 0, meeting = 0;
	bool holds;
	long before;

	pin(w->id);
	w->method->run(w->id, EXITS);
	w->exits = EXITS;
	while (round < ROUNDS) {
		meet(++meeting, w->threads);
		before = switches();
		w->start = rdtsc();
		w->method->run(w->id, EXITS);
		w->end = rdtsc();
		w->cycles[round] = (double)(w->end - w->start) / EXITS;
		w->disturbed = switches() != before;
		w->exits += EXITS;
		meet(++meeting, w->threads);
		holds = round_holds(w->threads);
		/* All threads must have seen the result before any starts the next round. */
		meet(++meeting, w->threads);
		if (holds)
			round++;
		else if (!w->id)
			repeat();
		/* Who has slept is let run at once, and for longest. */
		usleep(500);
	}
	return NULL;
}

static void start_thread(pthread_t *thread, void *(*what)(void *), void *arg)
{
	errno = pthread_create(thread, NULL, what, arg);
	if (errno)
		die("no thread can be started");
}

/* A round's figure is the mean of its threads'. */
static struct figure measure_exits(struct method *method, unsigned int threads)
{
	double rounds[ROUNDS] = {};
	unsigned int i, round;

	arrived = 0;
	for (i = 0; i < threads; i++) {
		workers[i].id = i;
		workers[i].threads = threads;
		workers[i].method = method;
		start_thread(&workers[i].thread, work, &workers[i]);
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		method->exits += workers[i].exits;
		for (round = 0; round < ROUNDS; round++)
			rounds[round] += workers[i].cycles[round] / threads;
	}
	return figure_of(rounds, ROUNDS);
}

static double transfer;	/* of a cache line: the most frequent number of cycles */

/*
 * A virtual machine's host decides where its cores run; for a while they may be threads of
 * one core.  Figures are for the distance that is seen most often.
 */
static void measure_transfer(void)
{
	double cycles[ROUNDS];
	unsigned int i;

	if (nr_cpus == 1)
		return;
	for (i = 0; i < ROUNDS; i++)
		cycles[i] = measure_exits(&ball_game, 2).median;
	transfer = figure_of(cycles, ROUNDS).median;
	printf("transfer %.0f\n", transfer);
}

static bool usual_distance(void)
{
	double cycles;

	if (nr_cpus == 1)
		return true;
	cycles = measure_exits(&ball_game, 2).median;
	return cycles > transfer / 2 && cycles < transfer * 2;
}

/* Repeat @measure until the cores had the usual distance before and after it. */
#define at_usual_distance(measure)		\
do {						\
	while (!usual_distance())		\
		repeat();			\
	measure;				\
} while (!usual_distance())

static void scale_exits(struct method *method, unsigned int threads)
{
	struct figure f;

	at_usual_distance(f = measure_exits(method, threads));
	printf("exit %s %u %.2f %.2f\n", method->name, threads, f.median, f.mad);
	fflush(stdout);
}

/* Work of a known length that touches no memory: @n dependent multiplications */
static inline void spin(u64 n)
{
	u64 x = 1;

	while (n--)
		asm volatile("imul %0, %0" : "+r"(x));
}

static u64 pace;	/* of spin(), PACE cycles of the TSC */

static void calibrate(void)
{
	const u64 n = 100000;
	double rounds[ROUNDS];
	unsigned int round;
	long before;
	u64 start;

	for (round = 0; round < ROUNDS;) {
		before = switches();
		start = rdtsc();
		spin(n);
		rounds[round] = (double)(rdtsc() - start) / n;
		if (switches() == before)
			round++;
		else
			repeat();
	}
	pace = PACE / figure_of(rounds, ROUNDS).median;
}

/* Threads that write until told to stop: vCPUs first, first + step, ... */
static struct writer {
	pthread_t thread;
	unsigned int cpu, first, step, end;
	volatile u64 last, longest;	/* time of the last write, and the longest time between two writes */
} __attribute__((aligned(64))) writers[MAX_THREADS];

static volatile bool stop;

/* Each vCPU exits every PACE cycles, or as often as a thread can make it. */
static void *write_vcpus(void *arg)
{
	struct writer *w = arg;
	const u64 pause = pace / ((w->end - w->first + w->step - 1) / w->step);
	unsigned int i;

	pin(w->cpu);
	while (!stop) {
		for (i = w->first; i < w->end; i += w->step) {
			struct kvm_exitstat *stat = kvm_exitstat_of(bench_vcpus[i]);

			kvm_exitstat_exit(stat, KVM_EXITSTAT_ISA_VMX, REASON);
			barrier();
			kvm_exitstat_entry(stat, KVM_EXITSTAT_ISA_VMX);
			barrier();
			w->longest = max(w->longest, stat->last - w->last);
			w->last = stat->last;
			spin(pause);
		}
	}
	return NULL;
}

/* Read @v over all vCPUs as KVM does for a guest, and check it. */
static u64 ask(u32 v)
{
	u32 eax = KVM_EXITSTAT_LEAF_LIVE + v, ebx = 0, ecx = KVM_EXITSTAT_SUB_TOTAL, edx = 0;

	if (!kvm_exitstat_cpuid(bench_vcpus[0], &eax, &ebx, &ecx, &edx))
		die("the CPUID leaf is not answered");
	return eax | (u64)ebx << 32;
}

static unsigned int start_writers(unsigned int wanted, unsigned int vcpus)
{
	unsigned int i, n;

	if (!wanted)
		return 0;
	n = wanted == 1 ? 1 : nr_cpus - 1 < vcpus ? nr_cpus - 1 : vcpus;
	stop = false;
	for (i = 0; i < n; i++) {
		writers[i].cpu = i + 1;
		writers[i].first = i;
		writers[i].step = n;
		writers[i].end = wanted == 1 ? 1 : vcpus;
		start_thread(&writers[i].thread, write_vcpus, &writers[i]);
	}
	return n;
}

static void stop_writers(unsigned int n)
{
	stop = true;
	while (n--)
		pthread_join(writers[n].thread, NULL);
}

static void writers_begin(unsigned int n)
{
	while (n--)
		writers[n].longest = 0;
}

/* Whether no writer has stopped for longer than a few exits. */
static bool writers_held(unsigned int n)
{
	const u64 now = rdtsc();

	while (n--)
		if (writers[n].longest > 4 * PACE || now - writers[n].last > 4 * PACE)
			return false;
	return true;
}

struct read_figure {
	struct figure cycles;
	double retries;		/* per million readings of a vCPU */
};

static struct read_figure measure_readings(u32 v, unsigned int vcpus, unsigned int wanted)
{
	const unsigned int readings = READINGS / vcpus ?: 1;
	const unsigned int n = start_writers(wanted, vcpus);
	u64 start, torn, retries = 0;
	double rounds[ROUNDS];
	unsigned int round, i;
	long before;

	vm.online_vcpus.counter = vcpus;
	for (i = 0; i < readings; i++)
		ask(v);
	for (round = 0; round < ROUNDS;) {
		/* Who has slept is let run at once, and for longest. */
		usleep(500);
		torn = kvm_exitstat_torn();
		before = switches();
		bench_retries = 0;
		writers_begin(n);
		start = rdtsc();
		for (i = 0; i < readings; i++)
			hidden(ask(v));
		rounds[round] = (double)(rdtsc() - start) / readings;
		/* Exclude a switch in the middle of an entry, which does not happen in the kernel. */
		if (writers_held(n) && switches() == before && kvm_exitstat_torn() == torn) {
			retries += bench_retries;
			round++;
		} else {
			repeat();
		}
	}
	stop_writers(n);
	return (struct read_figure){ figure_of(rounds, ROUNDS),
				     retries * 1e6 / ((double)ROUNDS * readings * vcpus) };
}

static void scale_readings(const char *name, u32 v, unsigned int vcpus, unsigned int wanted)
{
	struct read_figure f;

	at_usual_distance(f = measure_readings(v, vcpus, wanted));
	printf("read %s %u %s %.1f %.1f %.1f\n", name, vcpus,
	       wanted ? wanted == 1 ? "1" : "all" : "0", f.cycles.median, f.cycles.mad, f.retries);
	fflush(stdout);
}

static volatile bool reading;

/* A paced reader: the end of its last reading, and the longest time between two. */
static struct reader {
	pthread_t thread;
	unsigned int id;
	u32 value;
	volatile u64 last, longest;
} __attribute__((aligned(64))) readers[MAX_THREADS];

/* Each reading makes one CPUID exit. */
static void *read_paced(void *arg)
{
	struct reader *r = arg;
	u64 now;

	pin(r->id);
	while (!stop) {
		if (!reading) {
			__builtin_ia32_pause();
			continue;
		}
		spin(pace);
		ask(r->value);
		now = rdtsc();
		r->longest = max(r->longest, now - r->last);
		r->last = now;
	}
	return NULL;
}

static void readers_begin(void)
{
	unsigned int i;

	reading = true;
	usleep(1000);
	for (i = 1; i < nr_cpus; i++)
		readers[i].longest = 0;
}

/* Whether no reader has stopped for longer than a few readings of @cycles each. */
static bool readers_held(u64 cycles)
{
	const u64 now = rdtsc();
	unsigned int i;

	for (i = 1; i < nr_cpus; i++)
		if (readers[i].longest > 4 * cycles || now - readers[i].last > 4 * cycles)
			return false;
	return true;
}

static double write_paced(struct kvm_exitstat *stat)
{
	u64 start = rdtsc();
	unsigned int i;

	for (i = 0; i < PACED_EXITS; i++) {
		kvm_exitstat_exit(stat, KVM_EXITSTAT_ISA_VMX, hidden(REASON));
		barrier();
		spin(pace);
		kvm_exitstat_entry(stat, KVM_EXITSTAT_ISA_VMX);
		barrier();
	}
	return (double)(rdtsc() - start) / PACED_EXITS;
}

/* Alternate rounds with and without readers, so that both see the same conditions. */
static void measure_paced(u32 v, unsigned int vcpus, struct figure *a, struct figure *b)
{
	double alone[ROUNDS], beside[ROUNDS];
	struct kvm_exitstat *stat = kvm_exitstat_of(bench_vcpus[0]);
	unsigned int i, round;
	u64 start, cycles;
	long before;

	vm.online_vcpus.counter = vcpus;
	ask(v);
	start = rdtsc();
	ask(v);
	cycles = rdtsc() - start + PACE;

	stop = false;
	reading = false;
	for (i = 1; i < nr_cpus; i++) {
		readers[i].id = i;
		readers[i].value = v;
		start_thread(&readers[i].thread, read_paced, &readers[i]);
	}
	for (round = 0; round < ROUNDS;) {
		reading = false;
		usleep(1000);
		before = switches();
		alone[round] = write_paced(stat);
		if (switches() != before) {
			repeat();
			continue;
		}
		readers_begin();
		before = switches();
		beside[round] = write_paced(stat);
		if (switches() == before && readers_held(cycles))
			round++;
		else
			repeat();
	}
	stop = true;
	for (i = 1; i < nr_cpus; i++)
		pthread_join(readers[i].thread, NULL);
	*a = figure_of(alone, ROUNDS);
	*b = figure_of(beside, ROUNDS);
}

static void scale_paced(const char *name, u32 v, unsigned int vcpus)
{
	struct figure a, b;

	at_usual_distance(measure_paced(v, vcpus, &a, &b));
	printf("paced %s %u %u %.1f %.1f %.1f %.1f\n", name, vcpus, nr_cpus - 1, a.median,
	       a.mad, b.median, b.mad);
	fflush(stdout);
}

static void make_vcpus(void)
{
	char *memory;
	unsigned int i;

	memory = aligned_alloc(4096, (size_t)BENCH_VCPUS * VCPU_BYTES);
	if (!memory || VCPU_BYTES < sizeof(struct kvm_vcpu))
		die("there is no memory for the vCPUs");
	memset(memory, 0, (size_t)BENCH_VCPUS * VCPU_BYTES);
	kvm_exitstat_setup(KVM_ISA_VMX, offsetof(struct kvm_vcpu, arch.exitstat),
			   offsetof(struct kvm, arch.exitstat), NULL, 0);
	kvm_exitstat_init_vm(&vm);
	for (i = 0; i < BENCH_VCPUS; i++) {
		struct kvm_exitstat *stat;

		bench_vcpus[i] = (void *)(memory + (size_t)i * VCPU_BYTES);
		bench_vcpus[i]->kvm = &vm;
		bench_vcpus[i]->vcpu_id = i;
		stat = kvm_exitstat_of(bench_vcpus[i]);
		kvm_exitstat_init_vcpu(bench_vcpus[i]);
		/* In the guest: the next exit finds the fast path. */
		kvm_exitstat_entry_slow(stat);
	}
}

/* Check that the counters have all counts: otherwise the figures measure something else. */
static void check_counts(void)
{
	u64 ours = 0, shared = 0;
	unsigned int m;

	for (m = 0; m < ARRAY_SIZE(methods); m++) {
		if (methods[m].run == run_ours)
			ours = methods[m].exits;
		if (methods[m].run == run_atomic || methods[m].run == run_lock)
			shared += methods[m].exits;
	}
	vm.online_vcpus.counter = nr_cpus;
	errno = EIO;
	if (ask(KVM_EXITSTAT_V_EXITS) != ours)
		die("ours has lost exits");
	if (global.exits[REASON] != shared)
		die("the global counters have lost exits");
}

int main(void)
{
	static const unsigned int sizes[] = { 1, 8, 64, 512, 1024, 4096 };
	static const char *const values[] = {
		[KVM_EXITSTAT_V_EXITS] = "exits", [KVM_EXITSTAT_V_KERNEL] = "kernel",
	};
	unsigned int i, m, threads, writing;
	cpu_set_t set;
	u32 v;

	if (sched_getaffinity(0, sizeof(set), &set))
		die("the cores cannot be listed");
	for (i = 0; i < CPU_SETSIZE && nr_cpus < MAX_THREADS; i++)
		if (CPU_ISSET(i, &set))
			cpus[nr_cpus++] = i;
	pin(0);
	make_vcpus();
	printf("machine %u %.0f\n", nr_cpus, measure_khz());

	calibrate();
	measure_transfer();
	for (threads = 1; threads <= nr_cpus; threads++)
		for (m = 0; m < ARRAY_SIZE(methods); m++)
			scale_exits(&methods[m], threads);
	check_counts();

	for (v = KVM_EXITSTAT_V_EXITS; v <= KVM_EXITSTAT_V_KERNEL; v++)
		for (writing = 0; writing <= (nr_cpus > 1 ? 2 : 0); writing++)
			for (i = 0; i < ARRAY_SIZE(sizes); i++)
				scale_readings(values[v], v, sizes[i], writing);

	for (v = KVM_EXITSTAT_V_EXITS; nr_cpus > 1 && v <= KVM_EXITSTAT_V_KERNEL; v++)
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			scale_paced(values[v], v, sizes[i]);
	printf("repeated %llu\n", repeated);
	return 0;
}
