// SPDX-License-Identifier: GPL-2.0-only
/*
 * work WHAT: small loads for a guest of tests/questions.
 *
 *	lock N		two threads on vCPUs of their own take a lock N times each; it spins with PAUSE
 *	pingpong A B N	a byte goes N times from a process on vCPU A to one on vCPU B and back
 *	nap US N	N sleeps of so many microseconds
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define INCREMENTS 20000	/* while the lock is held */

static atomic_int held;
static long times;
static volatile long sum;

static void run_on(int number)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(number, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu)) {
		perror("work: vCPU");
		exit(2);
	}
}

static void *take_turns(void *number)
{
	run_on((long)number);
	for (long i = 0; i < times; i++) {
		while (atomic_exchange(&held, 1))
			__builtin_ia32_pause();
		for (int j = 0; j < INCREMENTS; j++)
			sum += 1;
		atomic_store(&held, 0);
	}
	return NULL;
}

static int two_threads(void)
{
	pthread_t threads[2];

	for (long i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, take_turns, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return sum != 2 * INCREMENTS * times;
}

/* One side: what comes from @from goes to @to. */
static int pass_on(int from, int to)
{
	char byte;

	for (long i = 0; i < times; i++) {
		if (read(from, &byte, 1) != 1 || write(to, &byte, 1) != 1)
			return 1;
	}
	return 0;
}

static int pingpong(int a, int b)
{
	int there[2], back[2], status;

	if (pipe(there) || pipe(back) || write(back[1], "", 1) != 1)
		return 1;
	if (!fork()) {
		run_on(b);
		_exit(pass_on(there[0], back[1]));
	}
	run_on(a);
	return pass_on(back[0], there[1]) || wait(&status) < 0 || status;
}

static int nap(long microseconds)
{
	for (long i = 0; i < times; i++)
		usleep(microseconds);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	times = strtol(argv[argc - 1], NULL, 0);
	if (!strcmp(what, "lock"))
		return two_threads();
	if (!strcmp(what, "pingpong") && argc == 5)
		return pingpong(atoi(argv[2]), atoi(argv[3]));
	if (!strcmp(what, "nap") && argc == 4)
		return nap(atol(argv[2]));
	fprintf(stderr, "work: say lock N, pingpong A B N, or nap US N\n");
	return 2;
}
