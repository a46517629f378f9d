// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files with which one user makes us block cost other users nothing.  The test uses FIFOs:
 * opening one blocks until somebody writes to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/read_within.h"
#include "lib/sizes.h"
#include "lib/thread.h"

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "threads.h"

/* More than a busy machine takes, however often it stops one of our threads for some seconds */
#define LONG_MS	60000
#define ALICE	1001
#define BOB	1002

static char folder[] = "/tmp/test_within.XXXXXX";
static char good[64];

static const char *fifo(unsigned int i)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%u", folder, i);
	return path;
}

static int begin(void **state)
{
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(good, sizeof(good), "%s/good", folder);
	file = fopen(good, "w");
	assert_non_null(file);
	fputs("good", file);
	return fclose(file);
}

static bool reads(const char *path, uid_t owner, unsigned int ms)
{
	size_t size = 0;
	char *text;
	bool ok;

	errno = 0;
	text = read_within(path, owner, &size, 100, ms);
	ok = text && size == 4 && !strcmp(text, "good");
	assert_true(ok || errno == ETIMEDOUT);
	free(text);
	return ok;
}

/* When the last wait for a thread was to end, and when it began, by now_ms() */
static uint64_t wait_until, wait_begun;

int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *lock, clockid_t clock, const struct timespec *until)
{
	static int (*real)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);

	if (!real)
		real = dlsym(RTLD_NEXT, "pthread_cond_clockwait");
	wait_begun = now_ms();
	wait_until = until->tv_sec * 1000 + until->tv_nsec / 1000000;
	return real(cond, lock, clock, until);
}

/* Let the thread that waits for a writer continue; it may not wait yet.  It reads nothing. */
static void let_go(unsigned int i)
{
	const uint64_t until = now_ms() + LONG_MS;
	int fd;

	while ((fd = open(fifo(i), O_WRONLY | O_NONBLOCK)) < 0 && now_ms() < until)
		usleep(1000);
	assert_true(fd >= 0);
	close(fd);
	unlink(fifo(i));
}

static void until_reads(const char *path, uid_t owner)
{
	const uint64_t until = now_ms() + LONG_MS;

	while (!reads(path, owner, LONG_MS) && now_ms() < until)
		usleep(1000);
	assert_true(now_ms() < until);
}

static void one_that_blocks_is_not_waited_for_twice(void **state)
{
	uint64_t begun = now_ms();

	(void)state;
	assert_int_equal(mkfifo(fifo(0), 0600), 0);
	assert_false(reads(fifo(0), BOB, 400));
	assert_true(now_ms() - begun >= 400);
	begun = now_ms();
	assert_false(reads(fifo(0), BOB, LONG_MS));
	assert_true(now_ms() - begun < LONG_MS / 4);
	assert_true(reads(good, BOB, LONG_MS));
	let_go(0);
	until_threads_end();
	assert_int_equal(threads(), 1);
}

static void why_a_file_cannot_be_read_is_told(void **state)
{
	size_t size = 0;

	(void)state;
	errno = 0;
	assert_null(read_within(fifo(9999), BOB, &size, 100, LONG_MS));
	assert_int_equal(errno, ENOENT);
}

/* How many of our descriptors are of @path; threads of other tests open and close theirs. */
static unsigned int descriptors_of(const char *path)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned int nr = 0;
	struct dirent *entry;
	char is[PATH_MAX];
	ssize_t len;

	assert_non_null(fds);
	while ((entry = readdir(fds))) {
		len = readlinkat(dirfd(fds), entry->d_name, is, sizeof(is) - 1);
		is[len < 0 ? 0 : len] = 0;
		nr += !strcmp(is, path);
	}
	closedir(fds);
	return nr;
}

static void a_file_is_closed_after_it(void **state)
{
	const int fd = open(good, O_RDONLY);
	size_t size;

	(void)state;
	assert_int_equal(descriptors_of(good), 1);
	close(fd);
	assert_true(reads(good, BOB, LONG_MS));
	free(read_file(good, &size));
	assert_int_equal(size, 4);
	assert_int_equal(descriptors_of(good), 0);
}

static void of_a_long_file_the_beginning_is_read(void **state)
{
	char path[64];
	size_t size = 0;
	char *text;

	(void)state;
	snprintf(path, sizeof(path), "%s/long", folder);
	assert_int_equal(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(truncate(path, 10 << 20), 0);
	text = read_within(path, BOB, &size, 1000, LONG_MS);
	assert_non_null(text);
	assert_int_equal(size, 1000);
	free(text);
	unlink(path);
}

/*
 * Read FIFOs from @first on, for several users, so that the reads block.  The limit shrinks from one to the
 * next: 40 + 20 + 13 …
 */
static void block(unsigned int first, unsigned int nr, uid_t user, unsigned int each)
{
	unsigned int i, limit;
	uint64_t begun;

	for (i = 0; i < nr; i++) {
		limit = 40 / (i % each + 1);
		assert_int_equal(mkfifo(fifo(first + i), 0600), 0);
		begun = now_ms();
		wait_until = 0;
		assert_false(reads(fifo(first + i), user + i / each, 40));
		assert_true(now_ms() >= wait_until);
		/* The limit was added to the time between these. */
		assert_in_range(wait_until, begun + limit, wait_begun + limit);
	}
}

static void a_user_takes_nothing_from_others(void **state)
{
	unsigned int i;

	(void)state;
	block(1, LATE_MOST_OF_ONE, ALICE, LATE_MOST_OF_ONE);
	assert_false(reads(good, ALICE, LONG_MS));
	assert_true(reads(good, BOB, LONG_MS));
	let_go(1);
	until_reads(good, ALICE);
	for (i = 2; i <= LATE_MOST_OF_ONE; i++)
		let_go(i);
	until_threads_end();
	assert_int_equal(threads(), 1);
}

static void all_together_have_a_bound(void **state)
{
	unsigned int i;

	(void)state;
	block(1000, LATE_MOST, 0, LATE_MOST_OF_ONE);
	assert_false(reads(good, BOB, LONG_MS));
	let_go(1000);
	until_reads(good, BOB);
	for (i = 1001; i < 1000 + LATE_MOST; i++)
		let_go(i);
	until_threads_end();
	assert_int_equal(threads(), 1);
}

static int end(void **state)
{
	(void)state;
	unlink(good);
	return rmdir(folder);
}

/* Of the most bytes that a file of ours can have all are read; of more, none. */
static void a_file_may_be_too_long(void **state)
{
	const char *path = fifo(9);
	const int fd = open(path, O_RDWR | O_CREAT, 0600);
	size_t size = 0;
	char *text;

	(void)state;
	assert_int_equal(ftruncate(fd, FILE_MOST - 1), 0);
	text = read_file(path, &size);
	assert_non_null(text);
	assert_int_equal(size, FILE_MOST - 1);
	assert_int_equal(text[size], 0);
	free(text);
	assert_int_equal(ftruncate(fd, FILE_MOST + 1l), 0);
	errno = 0;
	assert_null(read_file(path, &size));
	assert_int_equal(errno, EFBIG);
	close(fd);
	unlink(path);
}

static sem_t masked;

static void *note_mask(void *mask)
{
	pthread_sigmask(SIG_SETMASK, NULL, mask);
	sem_post(&masked);
	return NULL;
}

/* They are for the thread that waits for them, which goes on getting them. */
static void a_thread_takes_no_signals(void **state)
{
	struct timespec until = { .tv_sec = time(NULL) + LONG_MS / 1000 };
	sigset_t theirs, before, after;
	int sig;

	(void)state;
	assert_int_equal(sem_init(&masked, 0, 0), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(thread_begin(note_mask, &theirs), 0);
	assert_int_equal(sem_timedwait(&masked, &until), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (sig = 1; sig < SIGSYS; sig++) {
		assert_int_equal(sigismember(&theirs, sig), sig != SIGKILL && sig != SIGSTOP);
		assert_int_equal(sigismember(&after, sig), sigismember(&before, sig));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_blocks_is_not_waited_for_twice),
		cmocka_unit_test(why_a_file_cannot_be_read_is_told),
		cmocka_unit_test(a_file_is_closed_after_it),
		cmocka_unit_test(a_thread_takes_no_signals),
		cmocka_unit_test(of_a_long_file_the_beginning_is_read),
		cmocka_unit_test(a_file_may_be_too_long),
		cmocka_unit_test(a_user_takes_nothing_from_others),
		cmocka_unit_test(all_together_have_a_bound),
	};

	return cmocka_run_group_tests_name("within", tests, begin, end);
}
