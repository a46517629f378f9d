// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into the exitstat that these tests run: the two calls by which it would find out
 * that its host is the test's own, or a VM's process that of no VM, and how long it waits for others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/waits.h"

#define DEBUGFS_MAGIC	0x64626720
#define TMPFS_MAGIC	0x01021994

int __real_statfs(const char *path, struct statfs *fs);
int __wrap_statfs(const char *path, struct statfs *fs);
ssize_t __real_readlink(const char *path, char *to, size_t size);
ssize_t __wrap_readlink(const char *path, char *to, size_t size);

/* What is mounted for debugfs is a tmpfs. */
int __wrap_statfs(const char *path, struct statfs *fs)
{
	const int ret = __real_statfs(path, fs);

	if (!ret && !strncmp(path, "/sys/kernel/debug", 17) && fs->f_type == TMPFS_MAGIC)
		fs->f_type = DEBUGFS_MAGIC;
	return ret;
}

/* A file of the name that a descriptor of KVM's has stands for one. */
static ssize_t kvm_descriptor(char *to, ssize_t n)
{
	const char *name = n > 0 ? memmem(to, n, "/anon_inode:", 12) : NULL;

	if (name++) {
		n -= name - to;
		memmove(to, name, n);
	}
	return n;
}

/* The test's PID namespace is the host's, unless it says that it is not. */
ssize_t __wrap_readlink(const char *path, char *to, size_t size)
{
	if (!strcmp(path, "/proc/self/ns/pid") && !getenv("EXITSTAT_TEST_PID_NS"))
		return snprintf(to, size, "pid:[4026531836]");
	return kvm_descriptor(to, __real_readlink(path, to, size));
}

/* EXITSTAT_TEST_WAITS="QMP REQUEST [PATIENCE READING]", in ms */
__attribute__((constructor)) static void set_waits(void)
{
	const char *text = getenv("EXITSTAT_TEST_WAITS");

	if (text && sscanf(text, "%u %u %u %u", &waits.qmp, &waits.request, &waits.patience, &waits.reading) < 2)
		abort();
}
