/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The threads of the test's own process.  The tool leaves one behind when a call has ended, which may still
 * hold a lock of the sanitizer's: a child that is forked then waits for it for ever.
 */
#ifndef TEST_THREADS_H
#define TEST_THREADS_H

#include <dirent.h>
#include <unistd.h>

static inline unsigned int threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *entry;
	unsigned int nr = 0;

	while ((entry = readdir(dir)))
		nr += entry->d_name[0] != '.';
	closedir(dir);
	return nr;
}

/* Until this is the only thread, for a minute at most. */
static inline void until_threads_end(void)
{
	unsigned int i;

	for (i = 0; i < 60000 && threads() > 1; i++)
		usleep(1000);
}

#endif /* TEST_THREADS_H */
