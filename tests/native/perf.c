// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into the exitstat under test: perf events on kvm:kvm_exit.  An event of a thread counts the
 * exits in the file exitstat, in debugfs, of the vCPU that this thread runs.
 *
 * EXITSTAT_TEST_PERF=N: the first N events can be opened, and then none.  EXITSTAT_TEST_MORE names a
 * file with a number of exits that are added to each count of all reasons.  EXITSTAT_TEST_BPF is the
 * number of BPF programs on the tracepoint.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOLDER		"/sys/kernel/debug/kvm/"
#define EVENTS_MOST	1024
#define ALL		(-1)

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size);
int __real_close(int fd);
int __wrap_close(int fd);

/**
 * struct event - an event, by its descriptor
 * @tid: the thread, 0 if the descriptor is no event
 * @leader: the descriptor of the first event of its group
 * @reason: the reason that it counts, or ALL
 * @before: the count when it was enabled
 */
static struct event {
	pid_t tid;
	int leader;
	long reason;
	uint64_t before;
} events[EVENTS_MOST];

static struct event *event_of(int fd)
{
	return fd >= 0 && fd < EVENTS_MOST && events[fd].tid ? &events[fd] : NULL;
}

static long number_in(const char *path)
{
	FILE *file = path ? fopen(path, "r") : NULL;
	long number = 0;

	if (file && fscanf(file, "%ld", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

/* The exits that the file @path has for this reason. */
static uint64_t count_in(const char *path, long reason)
{
	FILE *file = fopen(path, "r");
	unsigned long long exits = 0, n;
	char line[512];
	long of;

	while (file && fgets(line, sizeof(line), file))
		if ((reason == ALL && sscanf(line, "total exits %llu", &n) == 1) ||
		    (sscanf(line, "reason %li exits %llu", &of, &n) == 2 && of == reason))
			exits = n;
	if (file)
		fclose(file);
	return exits;
}

static uint64_t count(const struct event *event)
{
	char path[256];
	uint64_t exits = 0;
	glob_t files;
	size_t i;

	if (glob(FOLDER "*/vcpu*/pid", 0, NULL, &files))
		return 0;
	for (i = 0; i < files.gl_pathc; i++) {
		if (number_in(files.gl_pathv[i]) != event->tid)
			continue;
		snprintf(path, sizeof(path), "%.*sexitstat", (int)strlen(files.gl_pathv[i]) - 3, files.gl_pathv[i]);
		exits += count_in(path, event->reason);
	}
	globfree(&files);
	return exits + (event->reason == ALL ? number_in(getenv("EXITSTAT_TEST_MORE")) : 0);
}

static int open_event(pid_t tid, int leader)
{
	static int opened;
	const char *most = getenv("EXITSTAT_TEST_PERF");
	int fd;

	if (most && opened++ >= atoi(most)) {
		errno = EACCES;
		return -1;
	}
	if (kill(tid, 0))
		return -1;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd >= EVENTS_MOST)
		abort();
	events[fd] = (struct event) { .tid = tid, .leader = leader < 0 ? fd : leader, .reason = ALL };
	return fd;
}

long __wrap_syscall(long number, ...)
{
	long a[5];
	va_list args;
	unsigned int i;

	va_start(args, number);
	for (i = 0; i < 5; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	return number == SYS_perf_event_open ? open_event(a[1], a[3]) :
					       __real_syscall(number, a[0], a[1], a[2], a[3], a[4]);
}

static void enable_group(int leader)
{
	struct event *event;
	int fd;

	for (fd = 0; fd < EVENTS_MOST; fd++) {
		event = event_of(fd);
		if (event && event->leader == leader)
			event->before = count(event);
	}
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	const char *bpf = getenv("EXITSTAT_TEST_BPF");
	struct event *event = event_of(fd);
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!event)
		return __real_ioctl(fd, request, arg);
	if (request == PERF_EVENT_IOC_SET_FILTER)
		return sscanf(arg, "exit_reason == %li", &event->reason) == 1 ? 0 : -1;
	if (request == PERF_EVENT_IOC_ENABLE)
		enable_group(fd);
	if (request == PERF_EVENT_IOC_QUERY_BPF)
		((struct perf_event_query_bpf *)arg)->prog_cnt = bpf ? atoi(bpf) : 0;
	return 0;
}

/* The number of the group's events, and their counts, in the order of their descriptors. */
ssize_t __wrap_read(int fd, void *to, size_t size)
{
	const struct event *leader = event_of(fd), *event;
	uint64_t *group = to;
	int i;

	if (!leader || leader->leader != fd)
		return __real_read(fd, to, size);
	group[0] = 0;
	for (i = 0; i < EVENTS_MOST && (group[0] + 2) * sizeof(*group) <= size; i++) {
		event = event_of(i);
		if (event && event->leader == fd)
			group[++group[0]] = count(event) - event->before;
	}
	return (group[0] + 1) * sizeof(*group);
}

int __wrap_close(int fd)
{
	if (event_of(fd))
		events[fd] = (struct event) {};
	return __real_close(fd);
}
