// SPDX-License-Identifier: GPL-2.0-only
/*
 * tscwatch [--tsc] ROUNDS [COMMAND]: checks that a guest's TSC and its VM's kvmclock never go
 * back; with --tsc the TSC alone, as kvmclock follows the host's clock where that goes back.
 *
 * The guest reads its TSC after each exit.  Between rounds the VMM makes KVM save and set
 * that TSC: it moves the vCPU's thread to the next CPU, sleeps, loads the vCPU by another
 * ioctl, calls KVM_RUN without an entry, or writes the TSC forward.  After the middle round
 * it runs COMMAND, which may suspend the host.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vm.h"

#define READINGS	200	/* a round */
#define MSR_TSC		0x10
#define FORWARD		(1ull << 40)

static unsigned int moves, sleeps, writes;
static bool tsc_only;

static struct kvm_msrs *tsc_msr(uint64_t value)
{
	static union {
		struct kvm_msrs msrs;
		unsigned char room[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
	} u;

	u.msrs.nmsrs = 1;
	u.msrs.entries[0] = (struct kvm_msr_entry){ .index = MSR_TSC, .data = value };
	return &u.msrs;
}

static uint64_t read_tsc(struct vcpu *vcpu)
{
	struct kvm_msrs *msrs = tsc_msr(0);

	if (ioctl(vcpu->fd, KVM_GET_MSRS, msrs) != 1)
		die("the guest's TSC cannot be read (%s)", strerror(errno));
	return msrs->entries[0].data;
}

static void write_tsc(struct vcpu *vcpu, uint64_t value)
{
	if (ioctl(vcpu->fd, KVM_SET_MSRS, tsc_msr(value)) != 1)
		die("the guest's TSC cannot be written (%s)", strerror(errno));
	writes++;
}

static void move_to(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("CPU %u cannot be had (%s)", cpu, strerror(errno));
	moves++;
}

static uint64_t read_clock(const struct vm *vm)
{
	struct kvm_clock_data data = {};

	if (ioctl(vm->fd, KVM_GET_CLOCK, &data))
		die("kvmclock cannot be read (%s)", strerror(errno));
	return data.clock;
}

/* Is kvmclock not behind what it was at the last call? */
static bool clock_goes_on(const struct vm *vm)
{
	static uint64_t last;
	uint64_t now = read_clock(vm);

	if (now < last) {
		printf("FAIL tscwatch: kvmclock is %llu ns after %llu ns\n",
		       (unsigned long long)now, (unsigned long long)last);
		return false;
	}
	last = now;
	return true;
}

/* Called between two rounds; the VMM's reading of the TSC must not be older than the guest's. */
static bool disturb(struct vcpu *vcpu, unsigned long round)
{
	const unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t before = vcpu->page->reading, now;

	if (round % 2)
		move_to(round / 2 % cpus);
	if (round % 3 == 0) {
		usleep(1000);
		sleeps++;
	}
	if (round % 5 == 0)
		vcpu_run_not(vcpu);
	now = read_tsc(vcpu);
	if (now < before) {
		printf("FAIL tscwatch: the VMM reads %llu where the guest has read %llu\n",
		       (unsigned long long)now, (unsigned long long)before);
		return false;
	}
	if (round % 50 == 49) {
		write_tsc(vcpu, now + FORWARD);
		vcpu->page->reading = now + FORWARD;
	}
	return tsc_only || clock_goes_on(vcpu->vm);
}

int main(int argc, char **argv)
{
	unsigned long rounds, round;
	struct vcpu *vcpu;
	struct vm vm;

	if (argc > 1 && !strcmp(argv[1], "--tsc")) {
		tsc_only = true;
		argc--;
		argv++;
	}
	rounds = argc == 2 || argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	if (!rounds)
		die("give the number of ROUNDS");
	vm_create(&vm, false);
	vcpu = vcpu_create(&vm, NULL);
	vcpu_start(vcpu, MODE_TSC, 0, READINGS);
	for (round = 0; round < rounds; round++) {
		if (vcpu_run(vcpu) != STOP_DONE)
			die("the guest did not end its round");
		if (vcpu->page->backward) {
			printf("FAIL tscwatch: round %lu: the guest's TSC went back %llu times\n",
			       round, (unsigned long long)vcpu->page->backward);
			return 1;
		}
		if (argc == 3 && round == rounds / 2 && system(argv[2]) != 0)
			die("'%s' failed", argv[2]);
		if (!disturb(vcpu, round))
			return 1;
	}
	printf("tscwatch: %lu readings, none earlier than the one before; %u moves, %u sleeps, %u writes\n",
	       rounds * READINGS, moves, sleeps, writes);
	vm_destroy(&vm);
	return 0;
}
