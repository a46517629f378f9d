// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: reading files that may block.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/read_within.h"
#include "lib/within.h"

/**
 * struct reading_file - a file that a thread reads
 * @job: the job, with the file's path
 * @most: bytes to read at most
 * @text: result of read_beginning()
 * @size: of @text
 * @err: errno
 */
struct reading_file {
	struct job job;
	size_t most;
	char *text;
	size_t size;
	int err;
};

static void read_it(struct job *job)
{
	struct reading_file *f = (struct reading_file *)job;

	f->text = read_beginning(job->path, &f->size, f->most);
	f->err = errno;
}

static void drop(struct job *job)
{
	free(((struct reading_file *)job)->text);
	free(job->path);
	free(job);
}

/* Take the text out of @f; NULL with errno if there is none. */
static char *take(struct reading_file *f, size_t *size)
{
	char *text = f->text;
	const int err = f->err;

	f->text = NULL;
	*size = f->size;
	drop(&f->job);
	errno = err;
	return text;
}

char *read_within(const char *path, uid_t owner, size_t *size, size_t most, unsigned int ms)
{
	struct reading_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->job = (struct job) { .path = strdup(path), .owner = owner, .run = read_it, .drop = drop };
	f->most = most;
	if (!f->job.path) {
		drop(&f->job);
		errno = ENOMEM;
		return NULL;
	}
	return done_within(&f->job, ms) ? take(f, size) : NULL;
}
