// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a file that is replaced at once, whoever reads it and whatever happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/message.h"
#include "lib/replace.h"

/* The new file is FILE.new; signals are blocked, so that it does not stay. */
static int write_new(const char *new, const char *path, const char *text)
{
	int fd, ret;

	unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail("cannot write %s: %s", new, strerror(errno));
	/* Whoever reads it may be another user, whatever the umask. */
	ret = fchmod(fd, 0644) ? fail("cannot write %s: %s", new, strerror(errno)) :
				 write_all(fd, new, text);
	if (close(fd) && !ret)
		ret = fail("cannot write %s: %s", new, strerror(errno));
	if (!ret && rename(new, path))
		ret = fail("cannot rename %s to %s: %s", new, path, strerror(errno));
	if (ret)
		unlink(new);
	return ret;
}

int check_regular(const char *path)
{
	struct stat st;

	if (stat(path, &st) || S_ISREG(st.st_mode))
		return EXIT_DONE;
	return fail("cannot write %s: it is not a regular file, and would be replaced by one; name another",
		    path);
}

int replace_file(const char *path, const char *text)
{
	sigset_t all, before;
	char *real, *new;
	int ret;

	if (check_regular(path))
		return EXIT_MISUSE;
	/* Of a link what it points to is replaced. */
	real = realpath(path, NULL);
	ret = asprintf(&new, "%s.new", real ?: path);
	if (ret < 0) {
		free(real);
		return fail("out of memory");
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	ret = write_new(new, real ?: path, text);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(new);
	free(real);
	return ret;
}
