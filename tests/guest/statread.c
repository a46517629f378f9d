// SPDX-License-Identifier: GPL-2.0-only
/*
 * statread: measures what a read of a vCPU's binary statistics (KVM_GET_STATS_FD) costs, by
 * the TSC.  If the TSC counts instructions (Bochs, QEMU with -icount), in instructions.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <x86intrin.h>

#define READS	1001

static int compare(const void *a, const void *b)
{
	const unsigned long long x = *(const unsigned long long *)a;
	const unsigned long long y = *(const unsigned long long *)b;

	return x < y ? -1 : x > y;
}

static int checked(int r, const char *what)
{
	if (r >= 0)
		return r;
	fprintf(stderr, "statread: %s: %s: is KVM loaded, and may you use it?\n", what,
		strerror(errno));
	exit(2);
}

/* The median of READS reads */
static unsigned long long cost(int fd, size_t from, size_t size)
{
	static unsigned long long took[READS];
	char *to = malloc(size);
	unsigned int i;

	for (i = 0; i < READS; i++) {
		const unsigned long long before = __rdtsc();

		if (!to || pread(fd, to, size, from) != (ssize_t)size)
			checked(-1, "pread of the statistics");
		took[i] = __rdtsc() - before;
	}
	free(to);
	qsort(took, READS, sizeof(took[0]), compare);
	return took[READS / 2];
}

int main(void)
{
	const int kvm = checked(open("/dev/kvm", O_RDWR), "/dev/kvm");
	const int vm = checked(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	const int vcpu = checked(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	const int fd = checked(ioctl(vcpu, KVM_GET_STATS_FD, 0), "KVM_GET_STATS_FD");
	struct kvm_stats_header header;
	struct kvm_stats_desc *desc;
	size_t desc_size, end, kvms = 0, all = 0;
	unsigned int i;
	char *descs;

	checked(pread(fd, &header, sizeof(header), 0), "pread of the header");
	desc_size = sizeof(*desc) + header.name_size;
	descs = malloc(header.num_desc * desc_size);
	checked(descs ? pread(fd, descs, header.num_desc * desc_size, header.desc_offset) : -1,
		"pread of the descriptors");
	for (i = 0; i < header.num_desc; i++) {
		desc = (void *)(descs + i * desc_size);
		end = desc->offset + desc->size * sizeof(__u64);
		if (end > all)
			all = end;
		if (end > kvms && strncmp(desc->name, "exitstat_", 9))
			kvms = end;
	}
	printf("%u statistics; KVM's own data, %zu bytes: %llu a read; all data, %zu bytes: %llu\n",
	       header.num_desc, kvms, cost(fd, header.data_offset, kvms), all,
	       cost(fd, header.data_offset, all));
	free(descs);
	return 0;
}
