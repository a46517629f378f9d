// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM's binary statistics of a vCPU: compares every byte of KVM_GET_STATS_FD's file with
 * the API (Documentation/virt/kvm/api.rst, 4.133) and with docs/abi.md.
 */
#include "unit.h"

#include <stdlib.h>

#include "vm.h"

/* The table in docs/abi.md.  A statistic has values by slot, by slot without none, or one */
enum { BY_SLOT, EXITS_BY_SLOT, ONE };

static const struct {
	const char *name;
	u32 flags;
	int elements;
} ours[] = {
	{ "exits", KVM_STATS_TYPE_LINEAR_HIST | KVM_STATS_UNIT_NONE, EXITS_BY_SLOT },
	{ "kernel", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, BY_SLOT },
	{ "user", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, BY_SLOT },
	{ "halt", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, BY_SLOT },
	{ "preempt", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, BY_SLOT },
	{ "block", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, BY_SLOT },
	{ "longest", KVM_STATS_TYPE_PEAK | KVM_STATS_UNIT_CYCLES, BY_SLOT },
	{ "reason", KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_NONE, BY_SLOT },
	{ "total", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE, ONE },
	{ "total_kernel", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, ONE },
	{ "total_user", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, ONE },
	{ "total_halt", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, ONE },
	{ "total_preempt", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, ONE },
	{ "total_block", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, ONE },
	{ "counting", KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_BOOLEAN, ONE },
	{ "histograms", KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_BOOLEAN, ONE },
	{ "untrusted", KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_BOOLEAN, ONE },
	{ "tsc_khz", KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_NONE, ONE },
	{ "lifetime", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, ONE },
	{ "guest", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, ONE },
	{ "outside", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_CYCLES, ONE },
	{ "anomalies", KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE, ONE },
	{ "id", KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_NONE, ONE },
	{ "isa", KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_NONE, ONE },
};

#define NR_OURS ARRAY_SIZE(ours)

/* The elements "by slot", in order */
static u32 subs[LEAF_ISA_SVM + 1][PLACES];
static u32 nr_subs[LEAF_ISA_SVM + 1];

static void list_subs(u32 isa)
{
	u32 reason, n = 0;

	for (reason = 0; reason <= 0x403; reason++)
		if (leaf_has_counter(isa, reason))
			subs[isa][n++] = reason;
	subs[isa][n++] = LEAF_SUB_OTHER;
	subs[isa][n++] = LEAF_SUB_NONE;
	nr_subs[isa] = n;
}

static u32 elements(u32 isa, int of)
{
	return of == ONE ? 1 : nr_subs[isa] - (of == EXITS_BY_SLOT);
}

/* The file, read at once into memory of exactly its size */
struct file {
	char *bytes;
	size_t size;
	struct kvm_stats_header *header;
	struct kvm_stats_desc *desc;
	u64 *data;
};

static ssize_t read_at(struct kvm_vcpu *vcpu, void *to, size_t size, loff_t *offset)
{
	return kvm_exitstat_stats_read(vcpu, to, size, offset);
}

static struct file read_file(struct kvm_vcpu *vcpu)
{
	static char room[65536];
	loff_t offset = 0;
	struct file f;
	ssize_t size;

	size = read_at(vcpu, room, sizeof(room), &offset);
	assert_true(size > 0 && (size_t)size < sizeof(room));
	assert_int_equal(offset, size);
	f.size = size;
	f.bytes = malloc(size);
	memcpy(f.bytes, room, size);
	f.header = (void *)f.bytes;
	f.desc = (void *)(f.bytes + f.header->desc_offset);
	f.data = (void *)(f.bytes + f.header->data_offset);
	return f;
}

static struct kvm_vcpu *one_vcpu(u32 isa)
{
	struct kvm_vcpu *vcpu;

	list_subs(isa);
	vm_load(isa);
	vcpu = vm_new(2)->vcpus[1];
	vcpu->stat = (struct kvm_vcpu_stat) { { 11, 22, 33, 1 } };
	strcpy(vcpu->stats_id, "kvm-1234/vcpu-1");
	return vcpu;
}

static void layout_of(u32 isa)
{
	struct kvm_vcpu *vcpu = one_vcpu(isa);
	struct file f = read_file(vcpu);
	const u32 nr_kvms = kvm_vcpu_stats_header.num_desc;
	u32 i, offset = sizeof(vcpu->stat);

	assert_int_equal(f.header->flags, 0);
	assert_int_equal(f.header->name_size, KVM_STATS_NAME_SIZE);
	assert_int_equal(f.header->num_desc, nr_kvms + NR_OURS);
	assert_int_equal(f.header->id_offset, sizeof(*f.header));
	assert_int_equal(f.header->desc_offset, f.header->id_offset + KVM_STATS_NAME_SIZE);
	assert_int_equal(f.header->data_offset,
			 f.header->desc_offset + f.header->num_desc * sizeof(f.desc[0]));
	assert_int_equal(f.header->desc_offset % 8, 0);
	assert_int_equal(f.header->data_offset % 8, 0);
	assert_memory_equal(f.bytes + f.header->id_offset, vcpu->stats_id, KVM_STATS_NAME_SIZE);

	assert_memory_equal(f.desc, kvm_vcpu_stats_desc, nr_kvms * sizeof(f.desc[0]));
	for (i = 0; i < NR_OURS; i++) {
		struct kvm_stats_desc want = {
			.flags = ours[i].flags | KVM_STATS_BASE_POW10,
			.size = elements(isa, ours[i].elements),
			.offset = offset,
			.bucket_size = i == 0,
		};

		snprintf(want.name, sizeof(want.name), "exitstat_%s", ours[i].name);
		assert_memory_equal(&f.desc[nr_kvms + i], &want, sizeof(want));
		offset += want.size * sizeof(u64);
	}
	assert_int_equal(f.size, f.header->data_offset + offset);
	assert_memory_equal(f.data, &vcpu->stat, sizeof(vcpu->stat));
	free(f.bytes);
	vm_end(vcpu->kvm);
}

static void the_layout_is_as_documented(void **state)
{
	(void)state;
	layout_of(LEAF_ISA_VMX);
	assert_int_equal(nr_subs[LEAF_ISA_VMX], 88);
	layout_of(LEAF_ISA_SVM);
	assert_int_equal(nr_subs[LEAF_ISA_SVM], 173);
	/* The other vendor module is loaded: nothing of the first one is left. */
	layout_of(LEAF_ISA_VMX);
}

static const u64 *data_of(const struct file *f, const char *name, u32 size)
{
	u32 i;

	for (i = 0; i < f->header->num_desc; i++)
		if (!strcmp(f->desc[i].name, name)) {
			assert_int_equal(f->desc[i].size, size);
			return f->data + f->desc[i].offset / sizeof(u64);
		}
	fail_msg("there is no statistic %s", name);
	return NULL;
}

static u64 one(const struct file *f, const char *name)
{
	return *data_of(f, name, 1);
}

static void values_of(u32 isa)
{
	static const char *const by_slot[] = {
		[KERNEL] = "exitstat_kernel", [USER] = "exitstat_user",
		[HALT] = "exitstat_halt", [PREEMPT] = "exitstat_preempt",
		[BLOCK] = "exitstat_block", [LONGEST] = "exitstat_longest",
	};
	static const char *const total[] = {
		[EXITS] = "exitstat_total", [KERNEL] = "exitstat_total_kernel",
		[USER] = "exitstat_total_user", [HALT] = "exitstat_total_halt",
		[PREEMPT] = "exitstat_total_preempt", [BLOCK] = "exitstat_total_block",
	};
	struct kvm_vcpu *vcpu = one_vcpu(isa);
	const u32 n = nr_subs[isa];
	static struct books books;
	const u64 *data;
	u64 accounted = 0;
	struct file f;
	u32 i, v;

	/* All values differ; reasons without a counter have none */
	memset(&books, 0, sizeof(books));
	for (i = 0; i < n; i++)
		for (v = EXITS; v < VALUES; v++)
			books.v[vm_place(subs[isa][i])][v] = (1ull << (v * 6)) * 1000 + i;
	books.v[PLACE_NONE][EXITS] = 0;
	books.guest = 1234567;
	books.outside = 7654321;
	books.anomalies = 13;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	vm_put(vcpu, &books, NULL);
	vcpu->kvm->arch.exitstat.id = 0x8c5d7f0a31e2b964ull;
	f = read_file(vcpu);

	data = data_of(&f, "exitstat_exits", n - 1);
	for (i = 0; i < n - 1; i++)
		assert_int_equal(data[i], books.v[vm_place(subs[isa][i])][EXITS]);
	for (v = KERNEL; v < VALUES; v++) {
		data = data_of(&f, by_slot[v], n);
		for (i = 0; i < n; i++)
			assert_int_equal(data[i], books.v[vm_place(subs[isa][i])][v]);
	}
	data = data_of(&f, "exitstat_reason", n);
	for (i = 0; i < n; i++)
		assert_int_equal(data[i], subs[isa][i]);
	for (v = EXITS; v < LONGEST; v++) {
		assert_int_equal(one(&f, total[v]), books_value(&books, PLACE_TOTAL, v));
		accounted += v == EXITS ? 0 : one(&f, total[v]);
	}
	assert_int_equal(one(&f, "exitstat_guest"), books.guest);
	assert_int_equal(one(&f, "exitstat_outside"), books.outside);
	assert_int_equal(one(&f, "exitstat_anomalies"), books.anomalies);
	assert_int_equal(one(&f, "exitstat_lifetime"), accounted + books.guest + books.outside);
	assert_int_equal(one(&f, "exitstat_id"), vcpu->kvm->arch.exitstat.id);
	assert_int_equal(one(&f, "exitstat_isa"), isa);
	assert_int_equal(one(&f, "exitstat_tsc_khz"), tsc_khz);
	free(f.bytes);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	f = read_file(vcpu);
	data = data_of(&f, "exitstat_longest", n);
	for (i = 0; i < n; i++)
		assert_int_equal(data[i], 0);
	free(f.bytes);
	vm_end(vcpu->kvm);
}

static void the_values_are_the_ledgers(void **state)
{
	(void)state;
	values_of(LEAF_ISA_VMX);
	values_of(LEAF_ISA_SVM);
}

/* counting, histograms, untrusted */
static void switches_are(struct kvm_vcpu *vcpu, u64 counting, u64 histograms, u64 untrusted)
{
	struct file f = read_file(vcpu);

	assert_int_equal(one(&f, "exitstat_counting"), counting);
	assert_int_equal(one(&f, "exitstat_histograms"), histograms);
	assert_int_equal(one(&f, "exitstat_untrusted"), untrusted);
	free(f.bytes);
}

static void switches_are_0_or_1(void **state)
{
	struct kvm_vcpu *vcpu = one_vcpu(LEAF_ISA_SVM);

	(void)state;
	switches_are(vcpu, 1, 0, 0);
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	switches_are(vcpu, 1, 1, 0);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	assert_int_equal(vm_set("exitstat", "0"), 0);
	kshim_clock_unstable = true;
	switches_are(vcpu, 0, 0, 1);
	kshim_clock_unstable = false;
	assert_int_equal(vm_set("exitstat", "1"), 0);
	switches_are(vcpu, 1, 0, 0);
	vm_end(vcpu->kvm);
}

/* A read of any size at any offset returns exactly that part of the file. */
static void a_part(struct kvm_vcpu *vcpu, const struct file *f, size_t from, size_t size)
{
	const size_t left = from < f->size ? f->size - from : 0;
	const size_t want = size < left ? size : left;
	char *part = malloc(size + 1);
	loff_t offset = from;

	part[want] = 0x5a;
	assert_int_equal(read_at(vcpu, part, size, &offset), want);
	assert_int_equal(offset, from + want);
	assert_memory_equal(part, f->bytes + (want ? from : 0), want);
	assert_int_equal(part[want], 0x5a);
	free(part);
}

static void parts_are_slices_of_the_whole(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 8, 64, 1000 };
	struct kvm_vcpu *vcpu = one_vcpu(LEAF_ISA_VMX);
	struct file f;
	size_t from, i;

	(void)state;
	vm_fill(vcpu->kvm, 1);
	f = read_file(vcpu);
	for (from = 0; from < f.size + 3; from++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			a_part(vcpu, &f, from, sizes[i]);
		if (from % 31 == 0 || from + 100 > f.size)
			a_part(vcpu, &f, from, 1 << 20);
	}
	a_part(vcpu, &f, 1ull << 62, 8);
	free(f.bytes);
	vm_end(vcpu->kvm);
}

/* Like read(2), in small steps */
static void reads_go_on_where_the_last_ended(void **state)
{
	struct kvm_vcpu *vcpu = one_vcpu(LEAF_ISA_SVM);
	struct file f;
	loff_t offset = 0;
	char part[77];
	size_t done = 0;
	ssize_t n;

	(void)state;
	vm_fill(vcpu->kvm, 2);
	f = read_file(vcpu);
	while ((n = read_at(vcpu, part, sizeof(part), &offset)) > 0) {
		assert_true(done + n <= f.size);
		assert_memory_equal(part, f.bytes + done, n);
		done += n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(done, f.size);
	free(f.bytes);
	vm_end(vcpu->kvm);
}

/* A read that does not reach our data needs no memory; one that does leaks none. */
static void no_memory_is_an_error(void **state)
{
	struct kvm_vcpu *vcpu = one_vcpu(LEAF_ISA_VMX);
	struct file f = read_file(vcpu);
	const size_t before = f.header->data_offset + sizeof(vcpu->stat);
	const size_t allocated = kshim_allocated;
	loff_t offset = 0;
	char *to = malloc(f.size);

	(void)state;
	kshim_fail_alloc = 1;
	assert_int_equal(read_at(vcpu, to, before, &offset), before);
	offset = f.size;
	assert_int_equal(read_at(vcpu, to, 8, &offset), 0);
	assert_int_equal(kshim_fail_alloc, 1);
	offset = before - 1;
	assert_int_equal(read_at(vcpu, to, 2, &offset), -ENOMEM);
	assert_int_equal(offset, before - 1);
	offset = 0;
	assert_int_equal(read_at(vcpu, to, f.size, &offset), f.size);
	assert_int_equal(kshim_allocated, allocated);
	free(to);
	free(f.bytes);
	vm_end(vcpu->kvm);
}

/* Of each of the six parts of the file */
static void a_buffer_that_cannot_be_written_is_an_error(void **state)
{
	struct kvm_vcpu *vcpu = one_vcpu(LEAF_ISA_VMX);
	const size_t allocated = kshim_allocated;
	static char to[65536];
	loff_t offset;
	u32 copy;

	(void)state;
	for (copy = 1; copy <= 6; copy++) {
		offset = 0;
		kshim_fail_copy = copy;
		assert_int_equal(read_at(vcpu, to, sizeof(to), &offset), -EFAULT);
		assert_int_equal(kshim_fail_copy, 0);
		assert_int_equal(offset, 0);
	}
	kshim_fail_copy = 7;
	assert_true(read_at(vcpu, to, sizeof(to), &offset) > 0);
	assert_int_equal(kshim_fail_copy, 1);
	kshim_fail_copy = 0;
	assert_int_equal(kshim_allocated, allocated);
	vm_end(vcpu->kvm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_layout_is_as_documented),
		cmocka_unit_test(the_values_are_the_ledgers),
		cmocka_unit_test(switches_are_0_or_1),
		cmocka_unit_test(parts_are_slices_of_the_whole),
		cmocka_unit_test(reads_go_on_where_the_last_ended),
		cmocka_unit_test(no_memory_is_an_error),
		cmocka_unit_test(a_buffer_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
