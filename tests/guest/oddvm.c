// SPDX-License-Identifier: GPL-2.0-only
/*
 * oddvm: VMs whose process, thread or folder differ from QEMU's, for programs that find VMs.
 *
 * KVM names a VM's folder after the thread that created it, which may have ended.  A child has the
 * descriptors of its parent.  Any thread of the process may run a vCPU.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "kvmrun.h"

#define EXITS_A_TURN	500

static struct vm vm;
static struct vcpu *vcpu, *second_vcpu;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void *make(void *data)
{
	vm_create(&vm, false);
	vcpu = vcpu_create(&vm, NULL);
	return data;
}

static void run_for_a_turn(struct vcpu *v)
{
	vcpu_start(v, MODE_COUNT, W_cpuid, EXITS_A_TURN);
	while (vcpu_run(v) != STOP_DONE)
		;
	/* End the OUT, so that the guest can start again. */
	vcpu_run_not(v);
}

static void *run_both(void *data)
{
	for (;;) {
		run_for_a_turn(vcpu);
		run_for_a_turn(second_vcpu);
	}
	return data;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* One thread runs the vCPU for 900 ms of each second, the other, with @data, for 100 ms. */
static void *take_turns(void *data)
{
	const bool second = data;

	for (;;) {
		pthread_mutex_lock(&turn);
		while ((now_ms() % 1000 >= 900) == second)
			run_for_a_turn(vcpu);
		pthread_mutex_unlock(&turn);
		usleep(2000);
	}
	return NULL;
}

static void start(void *(*function)(void *data), void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, data))
		die("a thread cannot be made");
}

int main(int argc, char **argv)
{
	const char *how = argc == 2 ? argv[1] : "";
	pthread_t maker;

	if (strcmp(how, "thread") && strcmp(how, "fork") && strcmp(how, "turns") && strcmp(how, "both"))
		die("Usage: oddvm thread|fork|turns|both: a VM until it is killed; prints 'ready PID'\n"
		    "  thread   made by a thread that has ended; its vCPU has not run\n"
		    "  fork     made by a process that has ended; a child of it has the VM\n"
		    "  turns    its vCPU is run by two threads in turn\n"
		    "  both     its two vCPUs are run by one thread in turn");
	if (!strcmp(how, "thread")) {
		if (pthread_create(&maker, NULL, make, NULL) || pthread_join(maker, NULL))
			die("a thread cannot be made");
	} else {
		make(NULL);
	}
	if (!strcmp(how, "fork") && fork())
		return 0;
	if (!strcmp(how, "turns")) {
		start(take_turns, NULL);
		start(take_turns, &vm);
	}
	if (!strcmp(how, "both")) {
		second_vcpu = vcpu_create(&vm, NULL);
		start(run_both, NULL);
	}
	printf("ready %d\n", getpid());
	fflush(stdout);
	pause();
	return 0;
}
