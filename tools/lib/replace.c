// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: replacing a file atomically.
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
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/message.h"
#include "lib/replace.h"

#define LINKS_MOST	8

/* Write FILE.new and rename it.  Signals are blocked, so that FILE.new is not left behind. */
static int write_new(const char *new, const char *path, const char *text)
{
	int fd, ret;

	unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail("cannot write %s: %s", new, strerror(errno));
	/* Other users may read the file, whatever the umask. */
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

/* The target of the link @path, which is open as @fd; NULL if memory ran out. */
static char *follow(const char *path, int fd)
{
	char target[PATH_MAX], *copy = strdup(path), *next = NULL;
	const ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	target[MAX(n, 0)] = '\0';
	if (copy && (target[0] == '/' ? asprintf(&next, "%s", target) :
		     asprintf(&next, "%s/%s", dirname(copy), target)) < 0)
		next = NULL;
	free(copy);
	return next;
}

/* The owner of a link decides where we write, so the owner must be us or root. */
static bool may_follow(const char *path, const struct stat *link)
{
	if (!link->st_uid || link->st_uid == geteuid())
		return true;
	fail("cannot write %s: it is a link that belongs to user %u, who could use it to have any file replaced; name the file itself, or remove the link",
	     path, link->st_uid);
	return false;
}

/*
 * Follow one link.  Returns @path itself if it is no link; NULL after a sentence, also if
 * it is no regular file and @any is false.
 */
static char *step(char *path, bool any)
{
	const int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char *next = NULL;
	struct stat st;

	/* The file does not exist yet. */
	if (fd < 0)
		return path;
	if (fstat(fd, &st) || S_ISREG(st.st_mode) || (any && !S_ISLNK(st.st_mode)))
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

/* A link in /proc leads to what its process has open, which need not have a path. */
static bool in_proc(const char *path)
{
	return !strncmp(path, "/proc/", 6);
}

static char *follow_links(const char *path, bool any)
{
	char *now = strdup(path), *next;
	unsigned int links;

	if (!now)
		fail("out of memory");
	for (links = 0; now && links < LINKS_MOST; links++) {
		next = any && in_proc(now) ? now : step(now, any);
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

char *real_file(const char *path)
{
	return follow_links(path, false);
}

int open_for_writing(const char *path, bool *created)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	char *real;

	*created = fd >= 0;
	if (fd < 0 && errno == EEXIST) {
		real = follow_links(path, true);
		if (!real)
			return -1;
		fd = open(real, O_WRONLY | O_CLOEXEC | (in_proc(real) ? 0 : O_NOFOLLOW));
		free(real);
	}
	if (fd < 0)
		fail("cannot write to %s: %s", path, strerror(errno));
	return fd;
}

int check_replaceable(const char *path)
{
	char *real = real_file(path), *copy = real ? strdup(real) : NULL;
	const char *folder = copy ? dirname(copy) : NULL;
	int ret = EXIT_MISUSE;

	if (real && !copy)
		fail("out of memory");
	else if (real && access(folder, W_OK))
		fail("cannot write %s: the folder %s: %s", real, folder, strerror(errno));
	else if (real)
		ret = EXIT_DONE;
	free(copy);
	free(real);
	return ret;
}

char *read_real_file(const char *real)
{
	/* If a link or a FIFO has been put there meanwhile, neither follow it nor wait. */
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
