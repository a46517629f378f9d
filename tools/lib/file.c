// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: reading files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/sizes.h"

#define FIRST_BYTES	(64u << 10)

/* Read up to @size bytes from @fd.  Returns their number, or -1 with errno. */
static ssize_t read_up_to(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n = 1;

	while (n && length < size) {
		n = read(fd, text + length, size - length);
		if (n < 0 && errno != EINTR)
			return -1;
		length += MAX(n, 0);
	}
	return length;
}

/* As read_file(), for an open file. */
static char *read_all(int fd, size_t *length)
{
	size_t size = FIRST_BYTES;
	char *text = NULL, *more;
	ssize_t n;

	for (*length = 0; size <= FILE_MOST; size *= 2) {
		more = realloc(text, size);
		if (!more)
			break;
		text = more;
		n = read_up_to(fd, text + *length, size - *length);
		if (n < 0)
			break;
		*length += n;
		if (*length < size) {
			text[*length] = '\0';
			return text;
		}
		errno = EFBIG;
	}
	free(text);
	return NULL;
}

char *read_file(const char *path, size_t *size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length;
	char *text;
	int err;

	if (fd < 0)
		return NULL;
	text = read_all(fd, size ?: &length);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

char *read_beginning(const char *path, size_t *size, size_t most)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = fd < 0 ? NULL : malloc(most + 1), *less;
	ssize_t n = text ? read_up_to(fd, text, most) : -1;
	const int err = errno;

	if (fd >= 0)
		close(fd);
	if (n < 0) {
		free(text);
		errno = err;
		return NULL;
	}
	text[n] = '\0';
	*size = n;
	less = realloc(text, n + 1);
	return less ?: text;
}

bool file_exists(const char *path)
{
	struct stat stat_of;

	return !stat(path, &stat_of);
}

bool read_start(const char *path, char *text, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return false;
	n = read_up_to(fd, text, size - 1);
	err = errno;
	close(fd);
	errno = err;
	text[MAX(n, 0)] = '\0';
	return n > 0;
}
