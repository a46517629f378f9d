// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: files whose reading may block.  /proc/PID/cmdline waits for the memory lock
 * of its process, and no flag of open() or read() ends that; so a thread reads it, which
 * is left behind where it takes too long.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/read_within.h"
#include "lib/sizes.h"
#include "lib/thread.h"

/**
 * struct reading_file - a file that a thread reads
 * @next: in @late
 * @path: of it
 * @most: bytes that are read
 * @done: the rest is valid
 * @left: nobody waits for it any more
 * @text: what read_beginning() gave
 * @size: of @text
 * @err: errno
 */
struct reading_file {
	struct reading_file *next;
	char *path;
	size_t most;
	bool done;
	bool left;
	char *text;
	size_t size;
	int err;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t read_one = PTHREAD_COND_INITIALIZER;
static struct reading_file *late;
static unsigned int nr_late;

static void free_file(struct reading_file *f)
{
	free(f->text);
	free(f->path);
	free(f);
}

static void forget_late(struct reading_file *f)
{
	struct reading_file **at = &late;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	nr_late--;
	free_file(f);
}

static void *read_it(void *data)
{
	struct reading_file *f = data;

	f->text = read_beginning(f->path, &f->size, f->most);
	f->err = errno;
	pthread_mutex_lock(&lock);
	f->done = true;
	if (f->left)
		forget_late(f);
	else
		pthread_cond_broadcast(&read_one);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* With @lock held: until it is done, or left behind. */
static void wait_for(struct reading_file *f, unsigned int ms)
{
	const uint64_t until = now_ms() + ms;

	while (!f->done && thread_wait(&read_one, &lock, until))
		;
	f->left = !f->done;
}

static bool is_late(const char *path)
{
	const struct reading_file *f;

	for (f = late; f; f = f->next)
		if (!strcmp(f->path, path))
			return true;
	return nr_late == LATE_READS_MOST;
}

/* What was read, with @lock held; NULL and errno. */
static char *take(struct reading_file *f, size_t *size)
{
	char *text = f->text;
	const int err = f->err;

	f->text = NULL;
	*size = f->size;
	free_file(f);
	errno = err;
	return text;
}

static char *leave(struct reading_file *f)
{
	f->next = late;
	late = f;
	nr_late++;
	errno = ETIMEDOUT;
	return NULL;
}

static char *read_new(const char *path, size_t *size, size_t most, unsigned int ms)
{
	struct reading_file *f = calloc(1, sizeof(*f));
	int err = ENOMEM;

	if (f) {
		f->path = strdup(path);
		f->most = most;
	}
	if (f && f->path)
		err = thread_begin(read_it, f);
	if (!err) {
		wait_for(f, ms);
		return f->done ? take(f, size) : leave(f);
	}
	if (f)
		free_file(f);
	errno = err;
	return NULL;
}

char *read_within(const char *path, size_t *size, size_t most, unsigned int ms)
{
	char *text = NULL;

	pthread_mutex_lock(&lock);
	if (is_late(path))
		errno = ETIMEDOUT;
	else
		text = read_new(path, size, most, ms);
	pthread_mutex_unlock(&lock);
	return text;
}
