// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test the accounting of exits: the counts and the time of a vCPU in its binary
 * statistics, and in the guest's CPUID leaves.
 *
 * The guest makes a known number of exits of two reasons.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <asm/kvm_exitstat.h>

#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

#define NR_CPUIDS	1000
#define NR_OUTS		100
/* KVM has no device there, so that each OUT is an exit to user space */
#define PORT		0x80

#define GUEST_PARAM	"/sys/module/kvm/parameters/exitstat_guest"

/* The same for both vendors, once the test knows which one it is */
static struct {
	u32 cpuid, io;
} reason;
static bool leaves;

static void do_cpuids(void)
{
	u32 eax, ebx, ecx, edx;
	int i;

	for (i = 0; i < NR_CPUIDS; i++)
		cpuid(0, &eax, &ebx, &ecx, &edx);
}

static u64 leaf(u32 function, u32 sub)
{
	u32 eax, ebx, ecx, edx;

	__cpuid(function, sub, &eax, &ebx, &ecx, &edx);
	return eax | (u64)ebx << 32;
}

static u64 frozen_total(u32 value)
{
	return leaf(KVM_EXITSTAT_LEAF_FROZEN + value, KVM_EXITSTAT_SUB_TOTAL);
}

/* The rows of the snapshot add up to its total, and its accounts to the lifetime. */
static void check_snapshot(void)
{
	u32 eax, ebx, end, edx, i;
	u64 sum;

	__cpuid(KVM_EXITSTAT_LEAF_SCOPE, 0, &eax, &ebx, &end, &edx);
	sum = leaf(KVM_EXITSTAT_LEAF_FROZEN, KVM_EXITSTAT_SUB_OTHER);
	for (i = 0; i < end; i++)
		sum += leaf(KVM_EXITSTAT_LEAF_FROZEN, i);
	GUEST_ASSERT_EQ(sum, frozen_total(KVM_EXITSTAT_V_EXITS));

	sum = frozen_total(KVM_EXITSTAT_V_GUEST) + frozen_total(KVM_EXITSTAT_V_OUTSIDE);
	for (i = KVM_EXITSTAT_V_KERNEL; i <= KVM_EXITSTAT_V_BLOCK; i++)
		sum += frozen_total(i);
	GUEST_ASSERT_EQ(sum, frozen_total(KVM_EXITSTAT_V_LIFETIME));
}

/* Each CPUID is an exit, which is counted before it is answered. */
static void check_leaves(void)
{
	u64 before, after;

	before = leaf(KVM_EXITSTAT_LEAF_VCPU, reason.cpuid);
	do_cpuids();
	after = leaf(KVM_EXITSTAT_LEAF_VCPU, reason.cpuid);
	GUEST_ASSERT_EQ(after - before, NR_CPUIDS + 1);

	GUEST_ASSERT(leaf(KVM_EXITSTAT_LEAF_SNAPSHOT, 0));
	GUEST_ASSERT_EQ(leaf(KVM_EXITSTAT_LEAF_FROZEN, reason.cpuid), after + 1);
	check_snapshot();
}

static void guest_code(void)
{
	int i;

	do_cpuids();
	for (i = 0; i < NR_OUTS; i++)
		asm volatile("outb %%al, %0" : : "i" (PORT));
	GUEST_SYNC(0);

	if (leaves)
		check_leaves();
	GUEST_DONE();
}

/* The statistics of a vCPU; @data is one reading of all of them. */
struct stats {
	int fd;
	struct kvm_stats_header header;
	struct kvm_stats_desc *desc;
	size_t size;
	u64 *data;
};

static struct kvm_stats_desc *find(struct stats *stats, const char *name)
{
	struct kvm_stats_desc *desc;
	u32 i;

	for (i = 0; i < stats->header.num_desc; i++) {
		desc = get_stats_descriptor(stats->desc, i, &stats->header);
		if (!strcmp(desc->name, name))
			return desc;
	}
	return NULL;
}

static u64 *values(struct stats *stats, const char *name, u32 *nr)
{
	struct kvm_stats_desc *desc = find(stats, name);

	TEST_ASSERT(desc, "There is no statistic '%s'", name);
	*nr = desc->size;
	return stats->data + desc->offset / sizeof(*stats->data);
}

static u64 value(struct stats *stats, const char *name)
{
	u32 nr;

	return *values(stats, name, &nr);
}

static u64 sum(struct stats *stats, const char *name)
{
	u64 *data, sum = 0;
	u32 nr, i;

	data = values(stats, name, &nr);
	for (i = 0; i < nr; i++)
		sum += data[i];
	return sum;
}

/* The number of exits of @which: another statistic names the reason of each element. */
static u64 exits(struct stats *stats, u32 which)
{
	u64 *count, *number;
	u32 nr, i;

	number = values(stats, "exitstat_reason", &nr);
	count = values(stats, "exitstat_exits", &nr);
	for (i = 0; i < nr; i++)
		if (number[i] == which)
			return count[i];
	TEST_FAIL("No element is for reason 0x%x", which);
	return 0;
}

static void open_stats(struct stats *stats, struct kvm_vcpu *vcpu)
{
	struct kvm_stats_desc *desc;
	u32 i;

	stats->fd = vcpu_get_stats_fd(vcpu);
	read_stats_header(stats->fd, &stats->header);
	stats->desc = read_stats_descriptors(stats->fd, &stats->header);
	for (i = 0, stats->size = 0; i < stats->header.num_desc; i++) {
		desc = get_stats_descriptor(stats->desc, i, &stats->header);
		stats->size += desc->size * sizeof(*stats->data);
	}
	stats->data = calloc(1, stats->size);
	TEST_ASSERT(stats->data, "No memory for the statistics");
}

static void read_stats(struct stats *stats)
{
	ssize_t r = pread(stats->fd, stats->data, stats->size, stats->header.data_offset);

	TEST_ASSERT(r == stats->size, "Read %zd bytes of statistics, wanted %zu", r, stats->size);
}

/* The elements add up to the totals, and the accounts to the lifetime. */
static void check_sums(struct stats *stats)
{
	static const char *const account[] = { "kernel", "user", "halt", "preempt", "block" };
	u64 all = value(stats, "exitstat_guest") + value(stats, "exitstat_outside");
	char name[64], total[64];
	int i;

	TEST_ASSERT_EQ(sum(stats, "exitstat_exits"), value(stats, "exitstat_total"));
	for (i = 0; i < ARRAY_SIZE(account); i++) {
		snprintf(name, sizeof(name), "exitstat_%s", account[i]);
		snprintf(total, sizeof(total), "exitstat_total_%s", account[i]);
		TEST_ASSERT_EQ(sum(stats, name), value(stats, total));
		all += value(stats, total);
	}
	TEST_ASSERT_EQ(all, value(stats, "exitstat_lifetime"));
}

static bool write_param(const char *text)
{
	int fd = open(GUEST_PARAM, O_WRONLY);
	bool done = fd >= 0 && write(fd, text, 1) == 1;

	if (fd >= 0)
		close(fd);
	return done;
}

static char leaves_were;

static void restore_leaves(void)
{
	write_param(&leaves_were);
}

/* Show the guest its own VM's leaves, which a host may have off. */
static bool show_leaves(void)
{
	leaves_were = '0' + get_kvm_param_integer("exitstat_guest");
	if (!write_param("1"))
		return leaves_were == '1';
	atexit(restore_leaves);
	return true;
}

/* Run to the guest's next ucall, which must be @cmd. Returns the number of exits of OUT before. */
static int run(struct kvm_vcpu *vcpu, int cmd)
{
	struct ucall uc;
	int outs = 0;

	for (;;) {
		vcpu_run(vcpu);
		TEST_ASSERT_KVM_EXIT_REASON(vcpu, KVM_EXIT_IO);
		if (vcpu->run->io.port != PORT)
			break;
		outs++;
	}
	get_ucall(vcpu, &uc);
	if (uc.cmd == UCALL_ABORT)
		REPORT_GUEST_ASSERT(uc);
	TEST_ASSERT_EQ(uc.cmd, cmd);
	return outs;
}

int main(void)
{
	struct stats stats;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	open_stats(&stats, vcpu);
	TEST_REQUIRE(find(&stats, "exitstat_exits"));
	read_stats(&stats);
	TEST_REQUIRE(value(&stats, "exitstat_counting"));
	TEST_ASSERT_EQ(value(&stats, "exitstat_total"), 0);
	check_sums(&stats);

	reason.cpuid = value(&stats, "exitstat_isa") == KVM_EXITSTAT_ISA_VMX ? 10 : 0x72;
	reason.io = value(&stats, "exitstat_isa") == KVM_EXITSTAT_ISA_VMX ? 30 : 0x7b;
	leaves = show_leaves();
	sync_global_to_guest(vm, reason);
	sync_global_to_guest(vm, leaves);

	/* A ucall is an OUT, too. */
	TEST_ASSERT_EQ(run(vcpu, UCALL_SYNC), NR_OUTS);
	read_stats(&stats);
	TEST_ASSERT_EQ(exits(&stats, reason.cpuid), NR_CPUIDS);
	TEST_ASSERT_EQ(exits(&stats, reason.io), NR_OUTS + 1);
	check_sums(&stats);

	run(vcpu, UCALL_DONE);
	read_stats(&stats);
	TEST_ASSERT_EQ(exits(&stats, reason.io), NR_OUTS + 2);
	check_sums(&stats);

	kvm_vm_free(vm);
	__TEST_REQUIRE(leaves, "The leaves were not tested: cannot write " GUEST_PARAM);
	return 0;
}
