// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the files in debugfs of a vCPU, of a VM and of the host.
 * docs/abi.md describes the format.  New versions may add keys and records.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "exitstat.h"
#include "exitstat_reasons.h"
#include "exitstat_rows.h"
#include "exitstat_slots.h"
#include "exitstat_vcpus.h"
#include "exitstat_vms.h"

/**
 * struct reading - one reading of a file
 * @vcpu: the vCPU; NULL for a sum
 * @kvm: the VM; NULL for the host
 * @vcpus: number of vCPUs in a sum
 * @hist: show LONGEST and histograms
 * @ledger: the vCPU's ledger, or the sum
 * @one: buffer for one vCPU's ledger while @ledger is added up
 */
struct reading {
	const struct kvm_vcpu *vcpu;
	struct kvm *kvm;
	u32 vcpus;
	bool hist;
	struct kvm_exitstat_ledger ledger;
	struct kvm_exitstat_ledger one;
};

static u64 bucket_value(const struct reading *reading, u32 slot, u32 bucket)
{
	if (reading->vcpu)
		return kvm_exitstat_bucket(kvm_exitstat_of(reading->vcpu), slot, bucket);
	if (reading->kvm)
		return kvm_exitstat_vm_bucket(reading->kvm, slot, bucket);
	return kvm_exitstat_host_bucket(slot, bucket);
}

static void show_values(struct seq_file *m, const struct reading *reading, const u64 *value)
{
	static const char *const name[] = KVM_EXITSTAT_VALUE_NAMES;
	const u32 nr = reading->hist ? KVM_EXITSTAT_NR_V : KVM_EXITSTAT_V_LONGEST;
	u32 v;

	/* LONGEST, the last value, is kept only with the histograms. */
	for (v = 0; v < nr; v++)
		seq_printf(m, " %s %llu", name[v], value[v]);
}

static void show_hist(struct seq_file *m, const struct reading *reading, u32 slot,
		      const char *number)
{
	bool any = false;
	u32 bucket;
	u64 n;

	if (!reading->hist)
		return;
	for (bucket = 0; bucket < KVM_EXITSTAT_BUCKETS; bucket++) {
		n = bucket_value(reading, slot, bucket);
		if (!n)
			continue;
		if (!any)
			seq_printf(m, "hist %s", number);
		any = true;
		seq_printf(m, " %u %llu", bucket, n);
	}
	if (any)
		seq_putc(m, '\n');
}

static void show_slot(struct seq_file *m, const struct reading *reading, u32 slot)
{
	const u64 *value = reading->ledger.value[slot];
	char buf[KVM_EXITSTAT_NUMBER_SIZE];
	const char *number;

	if (!memchr_inv(value, 0, sizeof(reading->ledger.value[slot])))
		return;
	number = kvm_exitstat_slot_number(slot, buf);
	seq_printf(m, "reason %s", number);
	show_values(m, reading, value);
	seq_printf(m, " name %s\n", kvm_exitstat_slot_name(slot));
	if (value[KVM_EXITSTAT_V_EXITS])
		show_hist(m, reading, slot, number);
}

/* The first lines of each file; @kvm: NULL for the host; @vcpu: NULL for a sum of @vcpus */
static void show_begin(struct seq_file *m, struct kvm *kvm, const struct kvm_vcpu *vcpu, u32 vcpus)
{
	seq_printf(m, "kvm-exitstat %u\n", KVM_EXITSTAT_ABI_VERSION);
	seq_printf(m, "isa %s\n", kvm_exitstat_isa() == KVM_EXITSTAT_ISA_VMX ? "vmx" : "svm");
	seq_printf(m, "id 0x%016llx\n", kvm ? kvm_exitstat_of_vm(kvm)->id : kvm_exitstat_host_id());
	if (vcpu)
		seq_printf(m, "vcpu %d\n", vcpu->vcpu_id);
	else
		seq_printf(m, "vcpus %u\n", vcpus);
}

static void show_reading(struct seq_file *m, const struct reading *reading)
{
	static const char *const name[] = KVM_EXITSTAT_SCALAR_NAMES;
	u32 slot, s;

	show_begin(m, reading->kvm, reading->vcpu, reading->vcpus);
	for (s = 0; s < KVM_EXITSTAT_NR_S; s++)
		seq_printf(m, "%s %llu\n", name[s], s == KVM_EXITSTAT_S_HISTOGRAMS ?
			   (u64)reading->hist : kvm_exitstat_scalar(&reading->ledger, s));
	seq_printf(m, "torn %llu\n", kvm_exitstat_torn());
	seq_puts(m, "total");
	show_values(m, reading, reading->ledger.value[KVM_EXITSTAT_TOTAL]);
	seq_putc(m, '\n');

	for (slot = 0; slot < kvm_exitstat_nr_slots(kvm_exitstat_isa()); slot++)
		show_slot(m, reading, slot);
	show_slot(m, reading, KVM_EXITSTAT_OTHER);
	show_slot(m, reading, KVM_EXITSTAT_NONE);
}

/* Returns a reading with only @hist set, which the caller frees; NULL: no memory. */
static struct reading *new_reading(void)
{
	struct reading *reading = kvzalloc(sizeof(*reading), GFP_KERNEL);

	/* Read once, so that all lines agree */
	if (reading)
		reading->hist = READ_ONCE(kvm_exitstat_hist);
	return reading;
}

static int vcpu_exitstat_show(struct seq_file *m, void *unused)
{
	const struct kvm_vcpu *vcpu = m->private;
	struct reading *reading = new_reading();

	if (!reading)
		return -ENOMEM;
	reading->vcpu = vcpu;
	reading->kvm = vcpu->kvm;
	kvm_exitstat_read(kvm_exitstat_of(vcpu), &reading->ledger);
	show_reading(m, reading);
	kvfree(reading);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vcpu_exitstat);

/* A thread that is being killed has added up only some vCPUs, so it gets no sum. */
static int show_sum(struct seq_file *m, struct reading *reading)
{
	const bool killed = fatal_signal_pending(current);

	if (!killed)
		show_reading(m, reading);
	kvfree(reading);
	return killed ? -EINTR : 0;
}

static int vm_exitstat_show(struct seq_file *m, void *unused)
{
	struct reading *reading = new_reading();

	if (!reading)
		return -ENOMEM;
	reading->kvm = m->private;
	reading->vcpus = kvm_exitstat_vm_ledger(reading->kvm, &reading->ledger, &reading->one);
	return show_sum(m, reading);
}
DEFINE_SHOW_ATTRIBUTE(vm_exitstat);

static int host_exitstat_show(struct seq_file *m, void *unused)
{
	struct reading *reading = new_reading();

	if (!reading)
		return -ENOMEM;
	reading->vcpus = kvm_exitstat_host_ledger(&reading->ledger, &reading->one);
	return show_sum(m, reading);
}
DEFINE_SHOW_ATTRIBUTE(host_exitstat);

/* What a row is of, and its value, access and size */
static void show_what(struct seq_file *m, const struct kvm_exitstat_what *what, const char *number)
{
	static const char *const level[] = KVM_EXITSTAT_LEVEL_NAMES;

	switch (what->class) {
	case KVM_EXITSTAT_ROW_REASON:
		seq_printf(m, "reason %s", number);
		break;
	case KVM_EXITSTAT_ROW_REST:
		seq_printf(m, "rest %s", number);
		break;
	case KVM_EXITSTAT_ROW_LEVEL:
		seq_printf(m, "level %s %s", number, level[what->value]);
		break;
	case KVM_EXITSTAT_ROW_RETURN_REST:
		seq_printf(m, "return %s rest", number);
		break;
	case KVM_EXITSTAT_ROW_RETURN:
		seq_printf(m, "return %s 0x%llx %c", number, what->value, what->access ?: '-');
		break;
	default:
		seq_printf(m, "key %s %s 0x%llx %c %u", number,
			   kvm_exitstat_class_name(what->class - KVM_EXITSTAT_ROW_KEY), what->value,
			   what->access ?: '-', what->size);
	}
}

static void show_row(struct seq_file *m, const struct kvm_exitstat_row *row)
{
	const u32 kind = row->what.class;
	char buf[KVM_EXITSTAT_NUMBER_SIZE];

	show_what(m, &row->what, kvm_exitstat_slot_number(row->what.slot, buf));
	if (kind == KVM_EXITSTAT_ROW_RETURN || kind == KVM_EXITSTAT_ROW_RETURN_REST)
		seq_printf(m, " returns %llu user %llu", row->times.exits, row->times.user);
	else
		seq_printf(m, " exits %llu kernel %llu user %llu", row->times.exits,
			   row->times.kernel, row->times.user);
	if (kind == KVM_EXITSTAT_ROW_REASON)
		seq_printf(m, " name %s", kvm_exitstat_slot_name(row->what.slot));
	if (kind > KVM_EXITSTAT_ROW_KEY)
		seq_printf(m, " error %llu", row->error);
	seq_putc(m, '\n');
}

/* Frees @rows, which may be an ERR_PTR(). */
static int show_rows(struct seq_file *m, struct kvm *kvm, const struct kvm_vcpu *vcpu,
		     struct kvm_exitstat_rows *rows)
{
	u32 i;

	if (IS_ERR(rows))
		return PTR_ERR(rows);
	show_begin(m, kvm, vcpu, rows->vcpus);
	seq_printf(m, "counting %llu\n", kvm_exitstat_scalar(NULL, KVM_EXITSTAT_S_COUNTING));
	seq_printf(m, "keys %u\n", rows->period != 0);
	seq_printf(m, "period %llu\n", rows->period);
	seq_printf(m, "tsc_khz %llu\n", kvm_exitstat_scalar(NULL, KVM_EXITSTAT_S_TSC_KHZ));
	seq_printf(m, "torn %u\n", rows->torn);
	for (i = 1; i < KVM_EXITSTAT_NR_CLASSES; i++)
		if (rows->floor[i])
			seq_printf(m, "floor %s %llu\n", kvm_exitstat_class_name(i),
				   rows->floor[i]);
	for (i = 0; i < rows->nr; i++)
		show_row(m, &rows->row[i]);
	kvm_exitstat_free_rows(rows);
	return 0;
}

static int vcpu_exitstat_keys_show(struct seq_file *m, void *unused)
{
	struct kvm_vcpu *vcpu = m->private;

	return show_rows(m, vcpu->kvm, vcpu, kvm_exitstat_vcpu_rows(vcpu));
}
DEFINE_SHOW_ATTRIBUTE(vcpu_exitstat_keys);

static int vm_exitstat_keys_show(struct seq_file *m, void *unused)
{
	return show_rows(m, m->private, NULL, kvm_exitstat_vm_rows(m->private));
}
DEFINE_SHOW_ATTRIBUTE(vm_exitstat_keys);

static int host_exitstat_keys_show(struct seq_file *m, void *unused)
{
	return show_rows(m, NULL, NULL, kvm_exitstat_host_rows());
}
DEFINE_SHOW_ATTRIBUTE(host_exitstat_keys);

/*
 * A file needs no reference to its VM: debugfs waits for readers when it removes a file,
 * and KVM removes a VM's files before it frees anything of the VM.  Keys are what a guest had
 * in its registers: only root may read them, however debugfs is mounted.
 */
void kvm_exitstat_create_vcpu_debugfs(struct kvm_vcpu *vcpu, struct dentry *dir)
{
	debugfs_create_file("exitstat-keys", 0400, dir, vcpu, &vcpu_exitstat_keys_fops);
	debugfs_create_file("exitstat", 0444, dir, vcpu, &vcpu_exitstat_fops);
}

void kvm_exitstat_create_vm_debugfs(struct kvm *kvm)
{
	debugfs_create_file("exitstat-keys", 0400, kvm->debugfs_dentry, kvm,
			    &vm_exitstat_keys_fops);
	debugfs_create_file("exitstat", 0444, kvm->debugfs_dentry, kvm,
			    &vm_exitstat_fops);
}

/*
 * Not in KVM's own folder, where kvm_stat takes each file for a statistic of all VMs.
 */
static struct dentry *host_file, *host_keys_file;

void kvm_exitstat_create_debugfs(void)
{
	host_keys_file = debugfs_create_file("kvm-exitstat-keys", 0400, NULL, NULL,
					     &host_exitstat_keys_fops);
	host_file = debugfs_create_file("kvm-exitstat", 0444, NULL, NULL, &host_exitstat_fops);
}

/* Called when the vendor module ends */
void kvm_exitstat_remove_debugfs(void)
{
	debugfs_remove(host_keys_file);
	debugfs_remove(host_file);
}
