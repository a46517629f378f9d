// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: the report in the kernel log, every exitstat_log exits of a VM.
 *
 * Deferred work reads the counters ten times a second while there are VMs and
 * exitstat_log is not 0.  It adds nothing to an exit.
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

/* The smallest number of exits that is worth a report. */
#define LEAST_EXITS	1000

#define POLL_INTERVAL	(HZ / 10)
/* At most one report in VM_INTERVAL for a VM, HOST_REPORTS in HOST_INTERVAL for all; ns */
#define VM_INTERVAL	NSEC_PER_SEC
#define HOST_INTERVAL	(5 * NSEC_PER_SEC)
#define HOST_REPORTS	10

static void poll_vms(struct work_struct *work);

static unsigned int exitstat_log;
static DECLARE_DELAYED_WORK(poll_work, poll_vms);

/*
 * Protects @polling, and @exitstat_log while @poll_work may read it.  The work does
 * not take this lock, so the holder can wait for the work.
 */
static DEFINE_MUTEX(log_lock);
static bool polling;

/* A ring of the last reports: when each of them makes room for another, in ns */
static u64 free_at[HOST_REPORTS];
static u32 next_place;

/**
 * struct poll - one look at all VMs
 * @now: ns of ktime_get_ns()
 * @nr: number of VMs in @due
 * @due: VMs whose report is due and allowed, the one with the oldest report first; at
 *	 most as many as there can be reports.  By number, because a VM may end meanwhile.
 */
struct poll {
	u64 now;
	u32 nr;
	struct {
		u64 number;
		u64 quiet;
	} due[HOST_REPORTS];
};

/* A report, copied so that it is printed without holding up its VM's end */
struct report {
	u64 now;
	bool made;
	pid_t pid;
	u64 exits;
	u64 suppressed;
	u64 slot[KVM_EXITSTAT_MAX_SLOTS];
};

static u64 all_exits(struct kvm_exitstat_vm *vm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;
	u64 sum = 0;

	/* Complete even if this thread is being killed: a part would make exits due twice. */
	kvm_for_each_vcpu(i, vcpu, kvm_exitstat_vm_of(vm)) {
		sum += kvm_exitstat_value(kvm_exitstat_of(vcpu), KVM_EXITSTAT_TOTAL,
					  KVM_EXITSTAT_V_EXITS);
		cond_resched();
	}
	return sum;
}

/* Insert @vm by the age of its last report; of two equally old, the older VM comes first. */
static void put_in_turn(struct poll *poll, const struct kvm_exitstat_vm *vm)
{
	u32 i;

	if (poll->nr < HOST_REPORTS)
		poll->nr++;
	else if (poll->due[HOST_REPORTS - 1].quiet <= vm->log.quiet)
		return;
	for (i = poll->nr - 1; i && poll->due[i - 1].quiet > vm->log.quiet; i--)
		poll->due[i] = poll->due[i - 1];
	poll->due[i].number = vm->number;
	poll->due[i].quiet = vm->log.quiet;
}

/* Count the reports that have become due; poll_vms() decides which are made. */
static void count_due(struct kvm_exitstat_vm *vm, void *arg)
{
	u64 due = (all_exits(vm) - vm->log.exits) / exitstat_log;
	struct poll *poll = arg;

	vm->log.exits += due * exitstat_log;
	vm->log.due += due;
	if (vm->log.due && vm->log.quiet <= poll->now)
		put_in_turn(poll, vm);
}

/* Exits continue meanwhile, so the sum is taken over the values that are listed. */
static void make_report(struct kvm_exitstat_vm *vm, void *arg)
{
	struct report *report = arg;
	u32 slot;

	report->made = true;
	report->pid = kvm_exitstat_vm_of(vm)->userspace_pid;
	report->suppressed = vm->log.due - 1;
	report->exits = 0;
	for (slot = 0; slot < kvm_exitstat_slots; slot++) {
		report->slot[slot] = kvm_exitstat_vm_value(kvm_exitstat_vm_of(vm), slot,
							   KVM_EXITSTAT_V_EXITS);
		report->exits += report->slot[slot];
	}
	vm->log.due = 0;
	vm->log.quiet = report->now + VM_INTERVAL;
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

static void report_vm(u64 number, u64 now)
{
	static struct report report;	/* the work never runs twice at once */

	report.now = now;
	report.made = false;
	kvm_exitstat_visit_vms(number, number, make_report, &report);
	if (!report.made)
		return;
	print_report(&report);
	free_at[next_place] = now + HOST_INTERVAL;
	next_place = (next_place + 1) % HOST_REPORTS;
}

static void poll_vms(struct work_struct *work)
{
	struct poll poll = { .now = ktime_get_ns() };
	u32 i;

	kvm_exitstat_visit_vms(1, U64_MAX, count_due, &poll);
	for (i = 0; i < poll.nr && free_at[next_place] <= poll.now; i++)
		report_vm(poll.due[i].number, poll.now);
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
 * The list of VMs has changed.  Once it is empty no work is left, so that the module
 * can be removed.
 */
void kvm_exitstat_log_update(void)
{
	guard(mutex)(&log_lock);
	poll_if_wanted();
}

/* Earlier exits do not count towards the next report. */
static void forget(struct kvm_exitstat_vm *vm, void *unused)
{
	vm->log.exits = all_exits(vm);
	vm->log.due = 0;
}

static int set_log(const char *val, const struct kernel_param *kp)
{
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
	kvm_exitstat_visit_vms(1, U64_MAX, forget, NULL);
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
