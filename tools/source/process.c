// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the processes of VMs.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/read_within.h"
#include "lib/sizes.h"
#include "lib/waits.h"
#include "lib/within.h"
#include "source/process.h"
#include "source/vm.h"

#define VM_LINK		"anon_inode:kvm-vm"
#define VCPU_LINK	"anon_inode:kvm-vcpu:"

pid_t process_of(pid_t tid)
{
	char path[64], text[1024];
	const char *line;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (!read_start(path, text, sizeof(text)))
		return 0;
	line = strstr(text, "\nTgid:");
	return line ? atoi(line + 6) : 0;
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
static bool read_fd(pid_t pid, const char *fd, char link[64])
{
	char path[300];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, fd);
	n = readlink(path, link, 63);
	link[n > 0 ? n : 0] = '\0';
	return n >= 0 || (errno != EACCES && errno != EPERM);
}

static bool may_be_vm(pid_t pid, const char *fd)
{
	char link[64];

	return !read_fd(pid, fd, link) || !strcmp(link, VM_LINK);
}

static bool may_be_vm_or_vcpu(pid_t pid, const char *fd)
{
	char link[64];

	return !read_fd(pid, fd, link) || !strcmp(link, VM_LINK) ||
	       !strncmp(link, VCPU_LINK, strlen(VCPU_LINK));
}

bool process_may_have_vm(pid_t pid, uint64_t until)
{
	struct dirent *entry;
	bool found = false;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return errno == EACCES || errno == EPERM;
	while (!found && now_ms() < until && (entry = readdir(dir)))
		found = isdigit((unsigned char)entry->d_name[0]) &&
			may_be_vm_or_vcpu(pid, entry->d_name);
	closedir(dir);
	return found;
}

bool process_may_have_vm_at(pid_t pid, int fd)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", fd);
	return may_be_vm(pid, name);
}

/* Whether @name is the folder of the VM that a thread of @pid has created as descriptor @fd. */
static bool is_folder_of(const char *name, pid_t pid, int fd)
{
	char path[64], *rest;
	const long tid = strtol(name, &rest, 10);

	snprintf(path, sizeof(path), "-%d", fd);
	if (tid <= 0 || strcmp(rest, path))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%ld", pid, tid);
	return file_exists(path);
}

/*
 * Whether one of the process's threads has created the VM that is its descriptor @fd.  This
 * searches the VMs, because a process can have any number of threads.
 */
static bool has_folder(pid_t pid, int fd)
{
	DIR *dir = opendir(KVM_DEBUGFS);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = is_folder_of(entry->d_name, pid, fd);
	if (dir)
		closedir(dir);
	return found;
}

static bool is_vm_at(pid_t pid, int fd)
{
	char name[16], link[64];

	snprintf(name, sizeof(name), "%d", fd);
	return read_fd(pid, name, link) && !strcmp(link, VM_LINK);
}

pid_t process_with_vm_at(int fd, uint64_t until)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned int nr = 0;
	pid_t pid, found = 0;

	while (dir && nr < 2 && now_ms() < until && (entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		if (pid <= 0 || !is_vm_at(pid, fd) || has_folder(pid, fd))
			continue;
		found = pid;
		nr++;
	}
	if (dir)
		closedir(dir);
	return nr == 1 && now_ms() < until ? found : 0;
}
