// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export --listen: which privileges of root a server keeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "export/privileges.h"

#include <cmocka.h>

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY	65534

static char *is;

static void set_capabilities(uint64_t effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[2] = {
		{ .effective = effective, .permitted = effective },
		{ .effective = effective >> 32, .permitted = effective >> 32 },
	};

	syscall(SYS_capset, &header, data);
}

static void describe(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uid_t uids[3];
	gid_t gids[3];

	syscall(SYS_capget, &header, data);
	getresuid(&uids[0], &uids[1], &uids[2]);
	getresgid(&gids[0], &gids[1], &gids[2]);
	sprintf(is, "users %u %u %u groups %u %u %u others %d effective %x%08x permitted %x%08x bits %x new %d",
		uids[0], uids[1], uids[2], gids[0], gids[1], gids[2], getgroups(0, NULL), data[1].effective, data[0].effective,
		data[1].permitted, data[0].permitted, prctl(PR_GET_SECUREBITS), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

/* In a child: as root with other groups, or as another user. */
static void drop(bool sockets, uid_t user, uint64_t capabilities)
{
	static const gid_t others[] = { 7, 8 };
	const int said = memfd_create("said", 0);
	ssize_t n;

	if (fork()) {
		wait(NULL);
		n = pread(said, is + 512, 511, 0);
		is[512 + (n > 0 ? n : 0)] = '\0';
		close(said);
		return;
	}
	dup2(said, STDERR_FILENO);
	if (setgroups(2, others) || setresuid(user, user, user))
		_exit(1);
	if (capabilities)
		set_capabilities(capabilities);
	privileges_drop(sockets);
	describe();
	_exit(0);
}

#define ALL_BITS	(SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NOROOT | SECBIT_NOROOT_LOCKED)

static void a_server_reads_files_and_no_more(void **state)
{
	unsigned int sockets;
	char want[512];

	(void)state;
	if (geteuid())
		skip();
	for (sockets = 0; sockets < 2; sockets++) {
		const unsigned int kept = 1 << CAP_DAC_READ_SEARCH | (sockets ? 1 << CAP_DAC_OVERRIDE : 0);

		drop(sockets, 0, 0);
		snprintf(want, sizeof(want), "users %d %d %d groups %d %d %d others 0 effective 0%08x permitted 0%08x bits %x new 1",
			 NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, kept, kept, ALL_BITS);
		assert_string_equal(is, want);
		assert_string_equal(is + 512, "");
	}
	/* Who is not root has none to drop. */
	drop(false, 9, 0);
	assert_memory_equal(is, "users 9 9 9 groups 0 0 0 others 2 effective 000000000 ", 54);
	assert_non_null(strstr(is, " new 0"));
	assert_string_equal(is + 512, "");
	/* Who may not drop them is told. */
	drop(false, 0, 1 << CAP_DAC_READ_SEARCH);
	assert_memory_equal(is, "users 0 0 0 groups 0 0 0 others 2 ", 34);
	assert_string_equal(is + 512, "exitstat: warning: exitstat keeps root's privileges, because they cannot be dropped here: Operation not permitted; limit them from outside (systemd's CapabilityBoundingSet=)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_reads_files_and_no_more),
	};

	is = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests_name("privileges", tests, NULL, NULL);
}
