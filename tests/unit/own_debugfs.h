/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A /sys of the test's own, which ends with its process.
 */
#ifndef OWN_DEBUGFS_H
#define OWN_DEBUGFS_H

#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "source/vm.h"

#define OWN_VM	"1-2"

/* Make KVM's folder in debugfs, with one VM that has no files; false if this process may not. */
static bool own_debugfs(void)
{
	static const char *const folders[] = { "/sys/kernel", "/sys/kernel/debug", KVM_DEBUGFS, KVM_DEBUGFS "/" OWN_VM };
	unsigned int i;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/sys", "tmpfs", 0, NULL))
		return false;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(folders[i], 0700))
			return false;
	return true;
}

#endif /* OWN_DEBUGFS_H */
