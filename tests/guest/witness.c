// SPDX-License-Identifier: GPL-2.0-only
/* See witness.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "witness.h"

static bool read_number(const char *path, unsigned int *number)
{
	FILE *file = fopen(path, "re");
	bool ok;

	if (!file)
		return false;
	ok = fscanf(file, "%u", number) == 1;
	fclose(file);
	return ok;
}

static int open_event(struct perf_event_attr *attr, pid_t tid)
{
	attr->size = sizeof(*attr);
	attr->disabled = 1;
	return syscall(SYS_perf_event_open, attr, tid, -1, -1,
		       PERF_FLAG_FD_CLOEXEC);
}

static void raise_nofile(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/*
 * On VMX the event's exit_reason has flags above the 16 bits of the reason, and "&" in a
 * filter only tells zero from not zero, so the filter tests each bit.
 */
static void make_filter(unsigned int isa, unsigned int reason, char *text,
			size_t size)
{
	const unsigned int rest = 0xffff & ~reason;
	int n = 0, bit;

	if (isa == KVM_EXITSTAT_ISA_SVM) {
		snprintf(text, size, "exit_reason == 0x%x", reason);
		return;
	}
	for (bit = 0; bit < 16; bit++)
		if (reason & 1u << bit)
			n += snprintf(text + n, size - n, "exit_reason & 0x%x && ",
				      1u << bit);
	snprintf(text + n, size - n, "!(exit_reason & 0x%x)", rest);
}

bool witness_open(struct witness *w, unsigned int isa, pid_t tid, int slot,
		  char *why, size_t size)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT };
	unsigned int i, id, reason;
	char filter[512];

	w->isa = isa;
	w->total_fd = -1;
	for (i = 0; i < COUNTS_SLOTS; i++)
		w->fds[i] = -1;

	if (!read_number("/sys/kernel/tracing/events/kvm/kvm_exit/id", &id) &&
	    !read_number("/sys/kernel/debug/tracing/events/kvm/kvm_exit/id", &id)) {
		snprintf(why, size, "the tracepoint kvm:kvm_exit cannot be found: "
			 "load KVM, mount tracefs on /sys/kernel/tracing and be root");
		return false;
	}
	attr.config = id;
	raise_nofile();

	w->total_fd = open_event(&attr, tid);
	if (w->total_fd < 0) {
		snprintf(why, size, "perf cannot count kvm:kvm_exit (%s): be root",
			 strerror(errno));
		return false;
	}
	for (i = 0; i < kvm_exitstat_nr_slots(isa); i++) {
		if (slot >= 0 && i != (unsigned int)slot)
			continue;
		reason = kvm_exitstat_slot_reason(isa, i);
		make_filter(isa, reason, filter, sizeof(filter));
		w->fds[i] = open_event(&attr, tid);
		if (w->fds[i] < 0 ||
		    ioctl(w->fds[i], PERF_EVENT_IOC_SET_FILTER, filter)) {
			snprintf(why, size, "perf cannot count kvm:kvm_exit where '%s' (%s)%s",
				 filter, strerror(errno),
				 errno == EMFILE ? ": raise the limit on open files" : "");
			witness_close(w);
			return false;
		}
	}
	for (i = 0; i < COUNTS_SLOTS; i++)
		if (w->fds[i] >= 0)
			ioctl(w->fds[i], PERF_EVENT_IOC_ENABLE, 0);
	ioctl(w->total_fd, PERF_EVENT_IOC_ENABLE, 0);
	return true;
}

bool witness_count(int fd, uint64_t *count, char *why, size_t size)
{
	if (read(fd, count, sizeof(*count)) == sizeof(*count))
		return true;
	snprintf(why, size, "a perf event cannot be read (%s)", strerror(errno));
	return false;
}

bool witness_read(const struct witness *w, struct counts *counts, char *why,
		  size_t size)
{
	unsigned int i, open = 0;
	uint64_t sum = 0;

	memset(counts, 0, sizeof(*counts));
	if (!witness_count(w->total_fd, &counts->total, why, size))
		return false;
	for (i = 0; i < COUNTS_SLOTS; i++) {
		if (w->fds[i] < 0)
			continue;
		if (!witness_count(w->fds[i], &counts->exits[i], why, size))
			return false;
		sum += counts->exits[i];
		open++;
	}
	if (open == kvm_exitstat_nr_slots(w->isa))
		counts->exits[COUNTS_OTHER] = counts->total - sum;
	return true;
}

void witness_close(struct witness *w)
{
	unsigned int i;

	for (i = 0; i < COUNTS_SLOTS; i++) {
		if (w->fds[i] >= 0)
			close(w->fds[i]);
		w->fds[i] = -1;
	}
	if (w->total_fd >= 0)
		close(w->total_fd);
	w->total_fd = -1;
}

int witness_kprobe(const char *function, pid_t tid, char *why, size_t size)
{
	struct perf_event_attr attr = { .kprobe_func = (uintptr_t)function };
	int fd;

	if (!read_number("/sys/bus/event_source/devices/kprobe/type", &attr.type)) {
		snprintf(why, size, "perf has no kprobe events here "
			 "(/sys/bus/event_source/devices/kprobe)");
		return -1;
	}
	fd = open_event(&attr, tid);
	if (fd < 0)
		snprintf(why, size, "perf cannot count calls of %s (%s)", function,
			 strerror(errno));
	else
		ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	return fd;
}
