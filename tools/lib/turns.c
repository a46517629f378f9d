// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: processes that write one file, one after another.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "lib/message.h"
#include "lib/replace.h"
#include "lib/turns.h"

int take_turns(const char *path)
{
	char *copy = strdup(path);
	const char *folder = copy ? dirname(copy) : NULL;
	int fd, ret = check_regular(path);

	if (ret || !copy) {
		free(copy);
		return ret ?: fail("out of memory");
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		ret = fail("cannot write %s: the folder %s: %s", path, folder,
			   strerror(errno));
	else
		flock(fd, LOCK_EX);
	free(copy);
	return ret;
}
