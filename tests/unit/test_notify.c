// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a service manager is told through NOTIFY_SOCKET, on sockets of the test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/notify.h"

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/test_notify.XXXXXX";

/*
 * A manager's socket; a name that begins with @ is abstract, and one for all processes of the machine, also those in
 * another PID namespace.
 */
static int manager(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const socklen_t head = offsetof(struct sockaddr_un, sun_path);
	const int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(strlen(name) <= sizeof(address.sun_path));
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(sock, (struct sockaddr *)&address, head + strlen(name)), 0);
	return sock;
}

static bool begin(const char *name)
{
	if (name)
		setenv("NOTIFY_SOCKET", name, 1);
	else
		unsetenv("NOTIFY_SOCKET");
	return notify_begin();
}

static int next_descriptor(void)
{
	const int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

static void is_told(const char *name)
{
	const int sock = manager(name), next = next_descriptor();
	char text[64];

	assert_true(begin(name));
	errno = 77;
	assert_int_equal(notify("READY=1"), 0);
	assert_int_equal(errno, 77);
	assert_int_equal(notify("WATCHDOG=1\nSTATUS=2"), 0);
	assert_int_equal(next_descriptor(), next);

	assert_int_equal(recv(sock, text, sizeof(text), 0), strlen("READY=1"));
	assert_memory_equal(text, "READY=1", strlen("READY=1"));
	assert_int_equal(recv(sock, text, sizeof(text), 0), strlen("WATCHDOG=1\nSTATUS=2"));
	assert_memory_equal(text, "WATCHDOG=1\nSTATUS=2", strlen("WATCHDOG=1\nSTATUS=2"));
	assert_int_equal(recv(sock, text, sizeof(text), 0), -1);

	/* When it is gone, the server learns why it cannot be told. */
	close(sock);
	assert_int_equal(notify("READY=1"), ECONNREFUSED);
	assert_int_equal(next_descriptor(), sock);
	if (name[0] == '/')
		assert_int_equal(unlink(name), 0);
}

/* NAME, filled up with letters to a length. */
static const char *long_name(const char *name, size_t length)
{
	static char text[128];

	memset(text, 'x', sizeof(text));
	memcpy(text, name, strlen(name));
	text[length] = '\0';
	return text;
}

static void paths_and_abstract_names_are_found(void **state)
{
	const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "%s/s", folder);
	is_told(name);
	is_told(long_name(name, room - 1));
	snprintf(name, sizeof(name), "@%s", folder);
	is_told(name);
	is_told(long_name(name, room));
}

/* After a manager that was there, too */
static void others_are_not(void **state)
{
	const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);
	const char *const names[] = { NULL, "", "@", "/", "s" };
	char name[64];
	char said[2048] = "";
	unsigned int i, warnings = 0;
	const char *line;
	int sock, own, file;

	(void)state;
	snprintf(name, sizeof(name), "@%s", folder);
	sock = manager(name);
	file = memfd_create("said", 0);
	own = dup(STDERR_FILENO);
	dup2(file, STDERR_FILENO);
	for (i = 0; i < 7; i++) {
		const char *other = i < 5 ? names[i] : long_name(i == 5 ? "/" : "@", room + (i == 6));
		char text[64];

		assert_true(begin(name));
		/* Whether there is a socket at this path is found out later. */
		assert_int_equal(begin(other), other && !strcmp(other, "/"));
		assert_int_equal(notify("READY=1"), other && !strcmp(other, "/") ? ECONNREFUSED : 0);
		assert_int_equal(recv(sock, text, sizeof(text), 0), -1);
	}
	dup2(own, STDERR_FILENO);
	pread(file, said, sizeof(said) - 1, 0);
	for (line = said; (line = strstr(line, "neither a path nor an abstract name of at most 107 bytes\n")); line++)
		warnings++;
	assert_int_equal(warnings, 4);
	close(file);
	close(own);
	close(sock);
}

/* Otherwise it would hold up the server's answers. */
static void a_manager_that_reads_nothing_is_left(void **state)
{
	char name[64];
	int sock, i, ret = 0;

	(void)state;
	snprintf(name, sizeof(name), "@%s", folder);
	sock = manager(name);
	assert_true(begin(name));
	alarm(60);
	for (i = 0; i < 100000 && !ret; i++)
		ret = notify("WATCHDOG=1");
	alarm(0);
	assert_int_equal(ret, EAGAIN);
	close(sock);
}

static uint64_t watchdog(const char *us, const char *pid)
{
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (us)
		setenv("WATCHDOG_USEC", us, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	return notify_watchdog();
}

static void a_watchdog_is_for_one_process(void **state)
{
	char me[16], parent[16];

	(void)state;
	snprintf(me, sizeof(me), "%d", getpid());
	snprintf(parent, sizeof(parent), "%d", getppid());
	assert_int_equal(watchdog(NULL, NULL), 0);
	assert_int_equal(watchdog(NULL, me), 0);
	assert_int_equal(watchdog("30000000", NULL), 30000000);
	assert_int_equal(watchdog("5000000000", me), 5000000000);
	assert_int_equal(watchdog("30000000", parent), 0);
	assert_int_equal(watchdog("", me), 0);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_and_abstract_names_are_found),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(a_manager_that_reads_nothing_is_left),
		cmocka_unit_test(a_watchdog_is_for_one_process),
	};

	return cmocka_run_group_tests_name("notify", tests, make_folder, remove_folder);
}
