// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: one writer of a file at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/patience.h"
#include "lib/turns.h"
#include "lib/waits.h"

static bool try_until(int fd, uint64_t until)
{
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK || now_ms() >= until)
			return false;
		usleep(10000);
	}
	return true;
}

/* Limited, because anyone who may read the folder can hold the lock for ever. */
static bool lock_within(int fd, const char *folder, unsigned int ms)
{
	struct patience *patience =
		patience_begin("still waiting for the lock on the folder %s, which another process holds ('lslocks' shows which); Ctrl-C ends this",
			       folder);
	const bool locked = try_until(fd, now_ms() + ms);

	patience_end(patience);
	return locked;
}

int take_turns(const char *path)
{
	char *copy = strdup(path);
	const char *folder = copy ? dirname(copy) : NULL;
	int fd, ret = EXIT_DONE;

	if (!copy)
		return fail("out of memory");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		ret = fail("cannot write %s: the folder %s: %s", path, folder,
			   strerror(errno));
	else if (!lock_within(fd, folder, waits.turn))
		ret = fail("cannot write %s: another process has held the lock on the folder %s for too long; end it ('lslocks' shows which)",
			   path, folder);
	free(copy);
	return ret;
}
