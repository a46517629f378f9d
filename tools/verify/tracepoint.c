// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: perf events on the tracepoint kvm:kvm_exit.
 *
 * An event's count is a number in memory.  The tracepoint's hook increments it on the
 * vCPU's thread, with interrupts disabled; kvm-exitstat counts the exit a few instructions
 * later, before interrupts are enabled.  A read of an event (perf_event_read() in
 * kernel/events/core.c) first interrupts the CPU that the thread runs on, and then loads
 * the number.  Therefore:
 *
 * - The number may already include an exit that kvm-exitstat has not counted yet.
 * - When a second read of the same event returns, kvm-exitstat has counted that exit: since
 *   the first read the CPU has taken an interrupt, or the thread has been switched away,
 *   and neither can happen inside the hook.
 *
 * On x86 the stores of one CPU become visible in order, so an event's count that is read
 * after kvm-exitstat's is never behind it.
 */
#include <asm/kvm_exitstat.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/message.h"
#include "lib/number.h"
#include "verify/tracepoint.h"

#define EVENTS	"/sys/kernel/tracing/events"

/*
 * SVM: compare the exit code.  VMX: the event has the whole field, and the reason is its
 * low 16 bits.  In a filter "&" only tells zero from not zero, so the filter tests each of
 * the 16 bits.
 */
void tracepoint_filter(uint32_t isa, uint32_t reason, char *text, size_t size)
{
	unsigned int bit;
	int n = 0;

	if (isa == KVM_EXITSTAT_ISA_SVM) {
		snprintf(text, size, "exit_reason == 0x%x", reason);
		return;
	}
	for (bit = 1; bit < 0x10000; bit <<= 1)
		if (reason & bit)
			n += snprintf(text + n, size - n,
				      "exit_reason & 0x%x && ", bit);
	snprintf(text + n, size - n, "!(exit_reason & 0x%x)", 0xffff & ~reason);
}

static bool read_word(const char *path, char *text, size_t size)
{
	if (!read_start(path, text, size))
		return false;
	text[strcspn(text, "\n")] = '\0';
	return true;
}

static bool locked_down(void)
{
	char text[128];

	return read_word("/sys/kernel/security/lockdown", text, sizeof(text)) &&
	       strstr(text, "[confidentiality]");
}

static int no_id(int err)
{
	if ((err == EPERM || err == EACCES) && locked_down())
		return fail("kernel lockdown (confidentiality) keeps tracefs closed, so the tracepoint kvm:kvm_exit cannot be found; boot with lockdown=integrity or without");
	if (err == EPERM || err == EACCES)
		return fail("tracefs cannot be read (%s), so the tracepoint kvm:kvm_exit cannot be found; run as root",
			    strerror(err));
	if (!file_exists(EVENTS))
		return fail("tracefs is not mounted, so the tracepoint kvm:kvm_exit cannot be found; mount -t tracefs tracefs /sys/kernel/tracing");
	return fail("there is no tracepoint kvm:kvm_exit (%s); load kvm_intel or kvm_amd, of a kernel with event tracing",
		    strerror(err));
}

int tracepoint_id(uint32_t *id)
{
	char text[16];

	if (!read_word(EVENTS "/kvm/kvm_exit/id", text, sizeof(text)))
		return no_id(errno);
	if (parse_u32(text, id))
		return fail(EVENTS "/kvm/kvm_exit/id says '%s', which is not a number",
			    text);
	return EXIT_DONE;
}

static int cannot_count(int err)
{
	char paranoid[16] = "unknown";

	switch (err) {
	case ESRCH:
	case ENODEV:	/* between two events of its group */
		return -ESRCH;
	case EMFILE:
	case ENFILE:
		return fail("no file descriptor is left for a perf event (%s); raise the limit, ulimit -n", strerror(err));
	case EPERM:
	case EACCES:
		read_word("/proc/sys/kernel/perf_event_paranoid", paranoid,
			  sizeof(paranoid));
		return fail("perf events may not be opened here (%s, kernel.perf_event_paranoid %s); run as root or with CAP_PERFMON, outside of a container",
			    strerror(err), paranoid);
	case ENOSYS:
		return fail("this kernel has no perf events (CONFIG_PERF_EVENTS), so there is nothing to compare with");
	default:
		return fail("perf cannot count kvm:kvm_exit: %s", strerror(err));
	}
}

static int open_event(uint32_t id, pid_t tid, int leader)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
		.read_format = PERF_FORMAT_GROUP,
		.disabled = 1,
	};

	return syscall(SYS_perf_event_open, &attr, tid, -1, leader,
		       PERF_FLAG_FD_CLOEXEC);
}

static int open_filtered(struct tracepoint *t, uint32_t id, uint32_t isa,
			 pid_t tid, uint32_t reason)
{
	char filter[FILTER_SIZE];
	int fd;

	fd = open_event(id, tid, t->fds[0]);
	if (fd < 0)
		return cannot_count(errno);
	t->fds[t->nr++] = fd;
	tracepoint_filter(isa, reason, filter, sizeof(filter));
	if (ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter))
		return fail("the kernel does not accept the event filter '%s': %s",
			    filter, strerror(errno));
	return EXIT_DONE;
}

int tracepoint_open(struct tracepoint *t, uint32_t id, uint32_t isa, pid_t tid,
		    const uint32_t *reasons, unsigned int nr)
{
	unsigned int i;
	int ret = 0;

	t->nr = 0;
	t->fds = calloc(nr + 1, sizeof(*t->fds));
	if (!t->fds)
		return fail("out of memory");
	t->fds[0] = open_event(id, tid, -1);
	if (t->fds[0] < 0)
		ret = cannot_count(errno);
	else
		t->nr = 1;
	for (i = 0; i < nr && !ret; i++)
		ret = open_filtered(t, id, isa, tid, reasons[i]);
	if (!ret && ioctl(t->fds[0], PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP))
		ret = cannot_count(errno);
	if (ret)
		tracepoint_close(t);
	return ret;
}

int tracepoint_read(const struct tracepoint *t, uint64_t *values)
{
	uint64_t group[t->nr + 1];

	if (read(t->fds[0], group, sizeof(group)) != (ssize_t)sizeof(group) ||
	    group[0] != t->nr)
		return -1;
	memcpy(values, group + 1, t->nr * sizeof(*values));
	return 0;
}

void tracepoint_close(struct tracepoint *t)
{
	while (t->nr)
		close(t->fds[--t->nr]);
	free(t->fds);
	t->fds = NULL;
}

unsigned int tracepoint_bpf_programs(const struct tracepoint *t)
{
	struct perf_event_query_bpf query = { .ids_len = 0 };

	/* The kernel stores their number though @query has room for none.  If it refuses, that stays 0. */
	ioctl(t->fds[0], PERF_EVENT_IOC_QUERY_BPF, &query);
	return query.prog_cnt;
}
