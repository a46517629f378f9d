// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into the exitstat under test.  Wraps the two calls that would reveal that the host
 * is the test's own, or that a process has no real VM, and two that need memory; sets the time limits.
 */
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/waits.h"

#define DEBUGFS_MAGIC	0x64626720
#define TMPFS_MAGIC	0x01021994

struct bufferevent *__real_bufferevent_socket_new(struct event_base *base, evutil_socket_t fd, int options);
struct bufferevent *__wrap_bufferevent_socket_new(struct event_base *base, evutil_socket_t fd, int options);
struct event *__real_event_new(struct event_base *base, evutil_socket_t fd, short what, event_callback_fn called, void *data);
struct event *__wrap_event_new(struct event_base *base, evutil_socket_t fd, short what, event_callback_fn called, void *data);
int __real_statfs(const char *path, struct statfs *fs);
int __wrap_statfs(const char *path, struct statfs *fs);
ssize_t __real_readlink(const char *path, char *to, size_t size);
ssize_t __wrap_readlink(const char *path, char *to, size_t size);

/* A tmpfs is mounted instead of debugfs. */
int __wrap_statfs(const char *path, struct statfs *fs)
{
	const int ret = __real_statfs(path, fs);

	if (!ret && !strncmp(path, "/sys/kernel/debug", 17) && fs->f_type == TMPFS_MAGIC)
		fs->f_type = DEBUGFS_MAGIC;
	return ret;
}

/* A file with the name of KVM's descriptors stands for such a descriptor. */
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

/* EXITSTAT_TEST_SCARCE names a file with the name of a function for which there is no memory. */
static bool is_scarce(const char *function)
{
	const char *path = getenv("EXITSTAT_TEST_SCARCE");
	FILE *file = path ? fopen(path, "r") : NULL;
	char name[64] = "";

	if (!file)
		return false;
	if (fscanf(file, "%63s", name) != 1)
		name[0] = '\0';
	fclose(file);
	return !strcmp(name, function);
}

struct bufferevent *__wrap_bufferevent_socket_new(struct event_base *base, evutil_socket_t fd, int options)
{
	return is_scarce("bufferevent_socket_new") ? NULL : __real_bufferevent_socket_new(base, fd, options);
}

struct event *__wrap_event_new(struct event_base *base, evutil_socket_t fd, short what, event_callback_fn called, void *data)
{
	return is_scarce("event_new") ? NULL : __real_event_new(base, fd, what, called, data);
}

static const struct {
	const char *name;
	unsigned int *ms;
} limits[] = {
	{ "qmp", &waits.qmp }, { "reading", &waits.reading }, { "names", &waits.names }, { "process", &waits.process },
	{ "makers", &waits.makers }, { "scrape", &waits.scrape }, { "request", &waits.request },
	{ "patience", &waits.patience }, { "folder", &waits.folder },
};

/*
 * Who answers has time, as a busy machine may stop anyone for some seconds.  A test that waits for the end of a
 * limit makes it short: EXITSTAT_TEST_WAITS="NAME=MS ...".
 */
__attribute__((constructor)) static void set_waits(void)
{
	const char *text = getenv("EXITSTAT_TEST_WAITS") ?: "";
	unsigned int i;
	size_t n;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		*limits[i].ms = 30000;
	for (; *text; text += strspn(text, " ")) {
		n = strcspn(text, "=");
		for (i = 0; strncmp(limits[i].name, text, n) || limits[i].name[n]; i++)
			if (i == sizeof(limits) / sizeof(limits[0]) - 1)
				abort();
		*limits[i].ms = atoi(text + n + 1);
		text += strcspn(text, " ");
	}
}
