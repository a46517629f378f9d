// SPDX-License-Identifier: GPL-2.0-only
/*
 * manyvcpus: a VM with many vCPUs, each of which runs a little and then stops.
 *
 * One thread runs them one after another, because programs that show vCPUs have to cope
 * with their number, not with their load.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE	4096

/* Real mode: CPUID, RDMSR of the APIC base, IN and OUT, WBINVD, HLT, again. */
static const uint8_t code[] = {
	0x0f, 0xa2,			/* cpuid */
	0x66, 0xb9, 0x1b, 0, 0, 0,	/* mov $0x1b, %ecx */
	0x0f, 0x32,			/* rdmsr */
	0xe4, 0x10,			/* in $0x10, %al */
	0xe6, 0x10,			/* out %al, $0x10 */
	0x0f, 0x09,			/* wbinvd */
	0xf4,				/* hlt */
	0xeb, 0xed,			/* jmp to the first */
};

static void die(const char *what)
{
	fprintf(stderr, "manyvcpus: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int add_vcpu(int vm, unsigned int i, size_t size, struct kvm_run **run)
{
	const struct kvm_regs regs = { .rip = 0, .rflags = 2 };
	struct kvm_sregs sregs;
	int vcpu;

	vcpu = ioctl(vm, KVM_CREATE_VCPU, i);
	if (vcpu < 0)
		die("a vCPU cannot be made");
	*run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (*run == MAP_FAILED || ioctl(vcpu, KVM_GET_SREGS, &sregs))
		die("a vCPU cannot be used");
	sregs.cs.base = sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		die("a vCPU cannot be set up");
	return vcpu;
}

/* Run it up to its HLT, which returns to us because KVM has no interrupt controller. */
static void run_once(int vcpu, const struct kvm_run *run)
{
	do {
		if (ioctl(vcpu, KVM_RUN, 0) && errno != EINTR)
			die("a vCPU does not run");
	} while (run->exit_reason == KVM_EXIT_IO || run->exit_reason == KVM_EXIT_INTR);
	if (run->exit_reason != KVM_EXIT_HLT) {
		fprintf(stderr, "manyvcpus: a vCPU ended with KVM's exit %u\n",
			run->exit_reason);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct kvm_userspace_memory_region region = { .memory_size = PAGE };
	const unsigned int nr = argc == 2 ? atoi(argv[1]) : 0;
	struct rlimit files = { 8192, 8192 };
	struct kvm_run **runs;
	unsigned int i;
	int kvm, vm, *vcpus;
	size_t size;
	void *memory;

	if (!nr || nr > 4096) {
		fprintf(stderr, "Usage: manyvcpus COUNT: a VM of COUNT vCPUs, 1 to 4096, until it is killed;\n"
			"prints 'ready PID' when each has run\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		die("there is no KVM");
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	vcpus = calloc(nr, sizeof(*vcpus));
	runs = calloc(nr, sizeof(*runs));
	if (memory == MAP_FAILED || !vcpus || !runs)
		die("there is no memory");
	memcpy(memory, code, sizeof(code));
	region.userspace_addr = (uintptr_t)memory;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("the VM gets no memory");
	for (i = 0; i < nr; i++) {
		vcpus[i] = add_vcpu(vm, i, size, &runs[i]);
		run_once(vcpus[i], runs[i]);
	}
	printf("ready %d\n", getpid());
	fflush(stdout);
	for (i = 0;; i = (i + 1) % nr) {
		usleep(1000);
		run_once(vcpus[i], runs[i]);
	}
}
