// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: drops the privileges that a server does not need.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "export/privileges.h"
#include "lib/message.h"

#define NOBODY	65534

/* Changing the user keeps capabilities, also for access(); a program that is run gets none. */
#define BITS	(SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | \
		 SECBIT_NOROOT | SECBIT_NOROOT_LOCKED)

static int keep(bool sockets)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const __u32 some = 1u << CAP_DAC_READ_SEARCH | (sockets ? 1u << CAP_DAC_OVERRIDE : 0);
	const struct __user_cap_data_struct data[2] = { { .effective = some, .permitted = some } };

	return syscall(SYS_capset, &header, data);
}

void privileges_drop(bool sockets)
{
	if (geteuid())
		return;
	if (prctl(PR_SET_SECUREBITS, BITS) || setgroups(0, NULL) ||
	    setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY) ||
	    keep(sockets) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		warn("exitstat keeps root's privileges, because they cannot be dropped here: %s; limit them from outside (systemd's CapabilityBoundingSet=)",
		     strerror(errno));
}
