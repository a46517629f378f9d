// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a file that is replaced at once, whoever reads it and whatever happens.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/message.h"
#include "lib/replace.h"

#define LINKS_MOST	8

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

/* Where the link @path leads, which is open as @fd; NULL without memory. */
static char *follow(const char *path, int fd)
{
	char target[PATH_MAX], *copy = strdup(path), *next = NULL;
	const ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = '\0';
	if (copy && (target[0] == '/' ? asprintf(&next, "%s", target) :
		     asprintf(&next, "%s/%s", dirname(copy), target)) < 0)
		next = NULL;
	free(copy);
	return next;
}

/* Whose link it is leads us, so it must be ours or root's. */
static bool may_follow(const char *path, const struct stat *link)
{
	if (!link->st_uid || link->st_uid == geteuid())
		return true;
	fail("cannot write %s: it is a link that belongs to user %u, who could use it to have any file replaced; name the file itself, or remove the link",
	     path, link->st_uid);
	return false;
}

/* One step on the way, NULL after a sentence; @path itself where that is the end. */
static char *step(char *path)
{
	const int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char *next = NULL;
	struct stat st;

	/* It is to be made. */
	if (fd < 0)
		return path;
	if (fstat(fd, &st) || S_ISREG(st.st_mode))
		next = path;
	else if (!S_ISLNK(st.st_mode))
		fail("cannot write %s: it is not a regular file and would be replaced by one; name another file",
		     path);
	else if (may_follow(path, &st)) {
		next = follow(path, fd);
		if (!next)
			fail("out of memory");
	}
	close(fd);
	return next;
}

char *real_file(const char *path)
{
	char *now = strdup(path), *next;
	unsigned int links;

	if (!now)
		fail("out of memory");
	for (links = 0; now && links < LINKS_MOST; links++) {
		next = step(now);
		if (next == now)
			return now;
		free(now);
		now = next;
	}
	if (now)
		fail("cannot write %s: there are too many links on the way to it", path);
	free(now);
	return NULL;
}

char *read_real_file(const char *real)
{
	/* What has been put there meanwhile is not followed, nor waited for. */
	const int fd = open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char path[32], *text = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		text = read_file(path, NULL);
	close(fd);
	return text;
}

int replace_file(const char *path, const char *text)
{
	char *real = real_file(path), *new;
	sigset_t all, before;
	int ret;

	if (!real)
		return EXIT_MISUSE;
	if (asprintf(&new, "%s.new", real) < 0) {
		free(real);
		return fail("out of memory");
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	ret = write_new(new, real, text);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(new);
	free(real);
	return ret;
}
