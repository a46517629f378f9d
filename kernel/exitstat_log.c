// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-exitstat: the report in the kernel log, every exitstat_log exits of a VM.
 *
 * Deferred work looks at the counters ten times a second, as long as there are VMs
 * and reports are wanted; an exit does nothing for it.
 */
#define pr_fmt(fmt) "kvm-exitstat: " fmt

#include <linux/jiffies.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "exitstat_log.h"
#include "exitstat_params.h"
#include "exitstat_slots.h"
#include "exitstat_vms.h"

/* More often than this is not worth a report. */
#define LEAST_EXITS	1000

#define POLL_INTERVAL	(HZ / 10)
/* From a VM's report to its next; in any HOST_INTERVAL there are HOST_REPORTS. */
#define VM_INTERVAL	NSEC_PER_SEC
#define HOST_INTERVAL	(5 * NSEC_PER_SEC)
#define HOST_REPORTS	10

static void poll_vms(struct work_struct *work);

static unsigned int exitstat_log;
static DECLARE_DELAYED_WORK(poll_work, poll_vms);

/*
 * Over whether @poll_work is to run, and over what it reads that is not of a VM.
 * The work takes no lock and so can be waited for with this held.
 */
static DEFINE_MUTEX(log_lock);
static bool polling;

/* When each of the last reports lets go of its place, in turn */
static u64 free_at[HOST_REPORTS];
static u32 next_place;

/* A report, kept until no VM needs to be held */
struct report {
	pid_t pid;
	u64 exits;
	u64 suppressed;
	u64 slot[KVM_EXITSTAT_MAX_SLOTS];
};

static u64 vm_exits(struct kvm_exitstat_vm *vm, u32 slot)
{
	return kvm_exitstat_vm_value(kvm_exitstat_vm_of(vm), slot, KVM_EXITSTAT_V_EXITS);
}

/* Reports that have come due are counted; which are made is another question. */
static void count_due(struct kvm_exitstat_vm *vm)
{
	u64 due = (vm_exits(vm, KVM_EXITSTAT_TOTAL) - vm->log_exits) / exitstat_log;

	vm->log_exits += due * exitstat_log;
	vm->log_due += due;
}

/* The VM whose turn it is: of those that are due that with the oldest report. */
static struct kvm_exitstat_vm *most_due(u64 now)
{
	struct kvm_exitstat_vm *vm, *most = NULL;

	kvm_exitstat_for_each_vm(vm) {
		if (vm->log_due && vm->log_quiet <= now &&
		    (!most || vm->log_quiet < most->log_quiet))
			most = vm;
	}
	return most;
}

/* Exits go on meanwhile: the sum is of what is listed. */
static void make_report(struct kvm_exitstat_vm *vm, u64 now, struct report *report)
{
	u32 slot;

	report->pid = kvm_exitstat_vm_of(vm)->userspace_pid;
	report->suppressed = vm->log_due - 1;
	report->exits = 0;
	for (slot = 0; slot < kvm_exitstat_slots; slot++) {
		report->slot[slot] = vm_exits(vm, slot);
		report->exits += report->slot[slot];
	}
	vm->log_due = 0;
	vm->log_quiet = now + VM_INTERVAL;
}

static bool next_report(u64 now, struct report *report)
{
	struct kvm_exitstat_vm *vm;

	if (free_at[next_place] > now)
		return false;
	guard(srcu)(&kvm_exitstat_vms_srcu);
	vm = most_due(now);
	if (!vm)
		return false;
	make_report(vm, now, report);
	free_at[next_place] = now + HOST_INTERVAL;
	next_place = (next_place + 1) % HOST_REPORTS;
	return true;
}

static void print_slot(u32 slot, u64 exits)
{
	char buf[KVM_EXITSTAT_NUMBER_SIZE];

	if (slot == KVM_EXITSTAT_OTHER)
		pr_info("  reason %s: %llu\n", kvm_exitstat_slot_name(slot), exits);
	else
		pr_info("  reason %s %s: %llu\n", kvm_exitstat_slot_number(slot, buf),
			kvm_exitstat_slot_name(slot), exits);
}

static void print_report(const struct report *report)
{
	u32 slot;

	if (report->suppressed)
		pr_info("VM of process %d: %llu exits (%llu reports suppressed)\n",
			report->pid, report->exits, report->suppressed);
	else
		pr_info("VM of process %d: %llu exits\n", report->pid, report->exits);
	for (slot = 0; slot < kvm_exitstat_slots; slot++)
		if (report->slot[slot])
			print_slot(slot, report->slot[slot]);
}

static void poll_vms(struct work_struct *work)
{
	static struct report report;	/* there is one such work */
	const u64 now = ktime_get_ns();
	struct kvm_exitstat_vm *vm;

	scoped_guard(srcu, &kvm_exitstat_vms_srcu) {
		kvm_exitstat_for_each_vm(vm)
			count_due(vm);
	}
	while (next_report(now, &report))
		print_report(&report);
	queue_delayed_work(system_unbound_wq, &poll_work, POLL_INTERVAL);
}

static void stop_polling(void)
{
	if (polling)
		cancel_delayed_work_sync(&poll_work);
	polling = false;
}

static void poll_if_wanted(void)
{
	if (!exitstat_log || list_empty(&kvm_exitstat_vms)) {
		stop_polling();
	} else if (!polling) {
		polling = true;
		queue_delayed_work(system_unbound_wq, &poll_work, POLL_INTERVAL);
	}
}

/*
 * A VM has been put into the list or taken out of it.  Once the last is out no
 * work is left, so that the module can go.
 */
void kvm_exitstat_log_update(void)
{
	guard(mutex)(&log_lock);
	poll_if_wanted();
}

/* From here on: what was made before is in no report's interval. */
static void forget(struct kvm_exitstat_vm *vm)
{
	vm->log_exits = vm_exits(vm, KVM_EXITSTAT_TOTAL);
	vm->log_due = 0;
}

static int set_log(const char *val, const struct kernel_param *kp)
{
	struct kvm_exitstat_vm *vm;
	unsigned int n;
	int r;

	r = kvm_exitstat_parse(val, 0, UINT_MAX, &n);
	if (r)
		return r;
	if (n && n < LEAST_EXITS)
		return -EINVAL;
	guard(mutex)(&log_lock);
	stop_polling();
	exitstat_log = n;
	scoped_guard(srcu, &kvm_exitstat_vms_srcu) {
		kvm_exitstat_for_each_vm(vm)
			forget(vm);
	}
	poll_if_wanted();
	return 0;
}

static const struct kernel_param_ops log_ops = {
	.set = set_log,
	.get = kvm_exitstat_get_param,
};

static struct kvm_exitstat_range log_range = { &exitstat_log, 0, UINT_MAX };
module_param_cb(exitstat_log, &log_ops, &log_range, 0644);
MODULE_PARM_DESC(exitstat_log, "Report a VM's exits in the kernel log every N of them: 0 never (default), or 1000 and more");
