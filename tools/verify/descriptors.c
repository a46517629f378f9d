// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the limit of file descriptors.
 */
#include <dirent.h>
#include <stdint.h>

#include "verify/descriptors.h"

static unsigned int descriptors_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int nr = 0;

	while (dir && readdir(dir))
		nr++;
	if (dir)
		closedir(dir);
	return nr;
}

/* Some are set aside for files that we read, and for sockets. */
unsigned int descriptors_left(struct rlimit *before)
{
	const unsigned int own = descriptors_open() + 16;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, before))
		return 0;
	limit = *before;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		limit = *before;
	if (limit.rlim_cur >= UINT32_MAX)
		return UINT32_MAX;
	return limit.rlim_cur > own ? limit.rlim_cur - own : 0;
}
