// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: a vCPU's ledger as binary statistics, after KVM's own.
 *
 * KVM makes a file in debugfs from each statistic in its tables, and a write to the
 * file clears the statistic.  Ours must not be cleared, so they are in a table apart.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "exitstat.h"
#include "exitstat_reasons.h"
#include "exitstat_slots.h"
#include "exitstat_stats.h"
#include "exitstat_vcpus.h"

#define FLAGS(type, unit) \
	(KVM_STATS_TYPE_##type | KVM_STATS_UNIT_##unit | KVM_STATS_BASE_POW10)

static const char *const value_name[] = KVM_EXITSTAT_VALUE_NAMES;
static const char *const scalar_name[] = KVM_EXITSTAT_SCALAR_NAMES;

static const u32 value_flags[KVM_EXITSTAT_NR_V] = {
	[KVM_EXITSTAT_V_EXITS] = FLAGS(LINEAR_HIST, NONE),
	[KVM_EXITSTAT_V_KERNEL] = FLAGS(CUMULATIVE, CYCLES),
	[KVM_EXITSTAT_V_USER] = FLAGS(CUMULATIVE, CYCLES),
	[KVM_EXITSTAT_V_HALT] = FLAGS(CUMULATIVE, CYCLES),
	[KVM_EXITSTAT_V_PREEMPT] = FLAGS(CUMULATIVE, CYCLES),
	[KVM_EXITSTAT_V_BLOCK] = FLAGS(CUMULATIVE, CYCLES),
	[KVM_EXITSTAT_V_LONGEST] = FLAGS(PEAK, CYCLES),
};

static const u32 scalar_flags[KVM_EXITSTAT_NR_S] = {
	[KVM_EXITSTAT_S_COUNTING] = FLAGS(INSTANT, BOOLEAN),
	[KVM_EXITSTAT_S_HISTOGRAMS] = FLAGS(INSTANT, BOOLEAN),
	[KVM_EXITSTAT_S_UNTRUSTED] = FLAGS(INSTANT, BOOLEAN),
	[KVM_EXITSTAT_S_TSC_KHZ] = FLAGS(INSTANT, NONE),
	[KVM_EXITSTAT_S_LIFETIME] = FLAGS(CUMULATIVE, CYCLES),
	[KVM_EXITSTAT_S_GUEST] = FLAGS(CUMULATIVE, CYCLES),
	[KVM_EXITSTAT_S_OUTSIDE] = FLAGS(CUMULATIVE, CYCLES),
	[KVM_EXITSTAT_S_ANOMALIES] = FLAGS(CUMULATIVE, NONE),
};

/* By slot: values and reasons.  Single: totals (LONGEST has none), scalars, id, ISA */
#define NR_DESC	(KVM_EXITSTAT_NR_V + 1 + KVM_EXITSTAT_V_LONGEST + KVM_EXITSTAT_NR_S + 2)

/* A descriptor with room for its name, which may be a flexible array */
union stats_desc {
	struct kvm_stats_desc desc;
	char bytes[offsetof(struct kvm_stats_desc, name) + KVM_STATS_NAME_SIZE];
};

/* Filled in when a vendor module is loaded, before there can be a vCPU */
static union stats_desc descs[NR_DESC];
/* Number of values that the descriptors describe */
static u32 nr_values;
static struct kvm_stats_header header;

/* Append a statistic of @size values to the @nr there are; returns the new number. */
static u32 add_desc(u32 nr, const char *part, const char *name, u32 flags, u32 size)
{
	struct kvm_stats_desc *desc = &descs[nr].desc;

	*desc = (struct kvm_stats_desc) {
		.flags = flags,
		.size = size,
		.offset = sizeof(struct kvm_vcpu_stat) + nr_values * sizeof(u64),
		.bucket_size = (flags & KVM_STATS_TYPE_MASK) == KVM_STATS_TYPE_LINEAR_HIST,
	};
	snprintf(desc->name, KVM_STATS_NAME_SIZE, KVM_EXITSTAT_STAT_PREFIX "%s%s", part, name);
	nr_values += size;
	return nr + 1;
}

/* In the order of fill_data() */
void kvm_exitstat_stats_setup(u32 isa)
{
	const u32 slots = kvm_exitstat_nr_slots(isa) + 2;
	u32 nr = 0, v, s;

	nr_values = 0;
	/* NONE, the last slot, has no exits. */
	for (v = 0; v < KVM_EXITSTAT_NR_V; v++)
		nr = add_desc(nr, "", value_name[v], value_flags[v],
			      v == KVM_EXITSTAT_V_EXITS ? slots - 1 : slots);
	nr = add_desc(nr, "", KVM_EXITSTAT_STAT_REASON, FLAGS(INSTANT, NONE), slots);

	nr = add_desc(nr, "", KVM_EXITSTAT_STAT_TOTAL_EXITS, FLAGS(CUMULATIVE, NONE), 1);
	for (v = KVM_EXITSTAT_V_KERNEL; v < KVM_EXITSTAT_V_LONGEST; v++)
		nr = add_desc(nr, KVM_EXITSTAT_STAT_TOTAL, value_name[v], value_flags[v], 1);
	for (s = 0; s < KVM_EXITSTAT_NR_S; s++)
		nr = add_desc(nr, "", scalar_name[s], scalar_flags[s], 1);
	nr = add_desc(nr, "", KVM_EXITSTAT_STAT_ID, FLAGS(INSTANT, NONE), 1);
	nr = add_desc(nr, "", KVM_EXITSTAT_STAT_ISA, FLAGS(INSTANT, NONE), 1);

	header = kvm_vcpu_stats_header;
	header.num_desc += nr;
	header.data_offset += nr * sizeof(descs[0]);
}

/* One reading of a vCPU: its ledger, and the statistics made from it */
struct reading {
	struct kvm_exitstat_ledger ledger;
	u64 data[];
};

static u64 slot_subleaf(u32 isa, u32 slot)
{
	if (slot == KVM_EXITSTAT_OTHER)
		return KVM_EXITSTAT_SUB_OTHER;
	if (slot == KVM_EXITSTAT_NONE)
		return KVM_EXITSTAT_SUB_NONE;
	return kvm_exitstat_slot_reason(isa, slot);
}

static void fill_data(const struct kvm_vcpu *vcpu, const struct kvm_exitstat_ledger *ledger,
		      u64 *data)
{
	const u32 isa = kvm_exitstat_isa(), reasons = kvm_exitstat_nr_slots(isa);
	u32 slot, v, s;

	for (v = 0; v < KVM_EXITSTAT_NR_V; v++) {
		for (slot = 0; slot < reasons; slot++)
			*data++ = ledger->value[slot][v];
		*data++ = ledger->value[KVM_EXITSTAT_OTHER][v];
		if (v != KVM_EXITSTAT_V_EXITS)
			*data++ = ledger->value[KVM_EXITSTAT_NONE][v];
	}
	for (slot = 0; slot < reasons; slot++)
		*data++ = slot_subleaf(isa, slot);
	*data++ = slot_subleaf(isa, KVM_EXITSTAT_OTHER);
	*data++ = slot_subleaf(isa, KVM_EXITSTAT_NONE);

	for (v = 0; v < KVM_EXITSTAT_V_LONGEST; v++)
		*data++ = ledger->value[KVM_EXITSTAT_TOTAL][v];
	for (s = 0; s < KVM_EXITSTAT_NR_S; s++)
		*data++ = kvm_exitstat_scalar(ledger, s);
	*data++ = kvm_exitstat_of_vm(vcpu->kvm)->id;
	*data++ = isa;
}

/* A part of the file; @from is NULL if the read does not reach it. */
struct part {
	const void *from;
	size_t size;
};

static ssize_t copy_parts(const struct part *part, u32 nr, char __user *to, size_t size,
			  loff_t *offset)
{
	size_t copied = 0, skip = *offset, n;

	for (; nr && copied < size; nr--, part++) {
		if (skip >= part->size) {
			skip -= part->size;
			continue;
		}
		skip = array_index_nospec(skip, part->size);
		n = min(part->size - skip, size - copied);
		if (copy_to_user(to + copied, part->from + skip, n))
			return -EFAULT;
		copied += n;
		skip = 0;
	}
	*offset += copied;
	return copied;
}

/**
 * kvm_exitstat_stats_read - read from the descriptor that KVM_GET_STATS_FD gave
 * @vcpu: whose statistics; the open descriptor keeps its VM alive
 * @to: destination
 * @size: its size in bytes
 * @offset: position in the file, which moves forward
 *
 * Return: number of bytes copied, 0 at the end of the file; -EFAULT or -ENOMEM.
 */
ssize_t kvm_exitstat_stats_read(struct kvm_vcpu *vcpu, char __user *to, size_t size,
				loff_t *offset)
{
	const size_t ours = header.data_offset + sizeof(vcpu->stat);
	const size_t end = ours + nr_values * sizeof(u64);
	struct reading *reading = NULL;
	ssize_t r;

	/* Read the ledger, once, if the read reaches it. */
	if (*offset < end && size && *offset + size > ours) {
		reading = kvmalloc(struct_size(reading, data, nr_values), GFP_KERNEL_ACCOUNT);
		if (!reading)
			return -ENOMEM;
		kvm_exitstat_read(kvm_exitstat_of(vcpu), &reading->ledger);
		fill_data(vcpu, &reading->ledger, reading->data);
	}

	const struct part parts[] = {
		{ &header, sizeof(header) },
		{ vcpu->stats_id, sizeof(vcpu->stats_id) },
		{ kvm_vcpu_stats_desc,
		  kvm_vcpu_stats_header.num_desc * sizeof(kvm_vcpu_stats_desc[0]) },
		{ descs, sizeof(descs) },
		{ &vcpu->stat, sizeof(vcpu->stat) },
		{ reading ? reading->data : NULL, end - ours },
	};
	r = copy_parts(parts, ARRAY_SIZE(parts), to, size, offset);
	kvfree(reading);
	return r;
}
