// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: processes, as /proc shows them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/read_within.h"
#include "lib/sizes.h"
#include "lib/waits.h"
#include "lib/within.h"
#include "source/process.h"

#define VM_LINK		"anon_inode:kvm-vm"
#define VCPU_LINK	"anon_inode:kvm-vcpu:"

/* The number after @key, with a newline before it and a colon after it, in the status of a thread; or 0. */
static int status_of(pid_t tid, const char *key)
{
	char path[64], text[1024];
	const char *line;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (!read_start(path, text, sizeof(text)))
		return 0;
	line = strstr(text, key);
	return line ? atoi(line + strlen(key)) : 0;
}

pid_t process_of(pid_t tid)
{
	return status_of(tid, "\nTgid:");
}

/* The process's user: the owner of its folder, which anyone may see. */
static uid_t user_of(pid_t pid)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return stat(path, &st) ? NO_OWNER : st.st_uid;
}

char *process_args(pid_t pid, size_t *size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	return read_within(path, user_of(pid), size, ARGS_MOST, waits.process);
}

/* The target of a descriptor's link, "" if there is no such descriptor; false if we may not see it. */
static bool read_fd(pid_t pid, int fd, char link[64])
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	n = readlink(path, link, 63);
	link[MAX(n, 0)] = '\0';
	return n >= 0 || (errno != EACCES && errno != EPERM);
}

static bool is_vm(const char *link)
{
	return !strcmp(link, VM_LINK);
}

static bool is_vm_or_vcpu(const char *link)
{
	return is_vm(link) || !strncmp(link, VCPU_LINK, strlen(VCPU_LINK));
}

bool effort_spend(struct effort *effort)
{
	if (now_ms() >= effort->until)
		effort->steps = 0;
	return effort->steps && effort->steps--;
}

bool process_has_vm_at(pid_t pid, int fd)
{
	char link[64];

	return read_fd(pid, fd, link) && is_vm(link);
}

bool process_may_have_vm_at(pid_t pid, int fd)
{
	char link[64];

	return !read_fd(pid, fd, link) || is_vm(link);
}

bool process_may_have_vm_or_vcpu_at(pid_t pid, int fd)
{
	char link[64];

	return !read_fd(pid, fd, link) || is_vm_or_vcpu(link);
}

/* By number: to list the folder, the kernel looks at a thousand descriptors at a time. */
int process_search(pid_t pid, struct effort *effort)
{
	const int size = status_of(pid, "\nFDSize:");
	int fd;

	for (fd = 0; fd < size && effort_spend(effort); fd++)
		if (process_may_have_vm_or_vcpu_at(pid, fd))
			return fd;
	return -1;
}
