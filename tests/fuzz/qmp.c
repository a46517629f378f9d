// SPDX-License-Identifier: GPL-2.0-only
/*
 * A QEMU's side of the conversation at its socket, which an export reads twice. A line is
 * the answer to the next command; after '!' its error; after '*' a raw message: a greeting,
 * an event, or anything. The input's size chooses the pieces, and the vCPU that is read.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "lib/sizes.h"
#include "lib/within.h"
#include "model/sum.h"
#include "source/source_qmp.h"
#include "source/why.h"

/* The data still to be received, and the size of a piece */
static const char *said;
static size_t left, piece;

/* The linker makes the tool call these, so that the input is the socket. */
bool __wrap_done_within(struct job *job, unsigned int ms)
{
	(void)ms;
	job->run(job);
	return true;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	(void)fd;
	(void)address;
	(void)length;
	return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t nr, int ms)
{
	(void)fds;
	(void)ms;
	return nr;
}

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
	(void)fd;
	(void)flags;
	if (size > piece)
		size = piece;
	if (size > left)
		size = left;
	memcpy(to, said, size);
	said += size;
	left -= size;
	return size;
}

ssize_t __wrap_send(int fd, const void *from, size_t size, int flags)
{
	(void)fd;
	(void)from;
	(void)flags;
	return size;
}

/* All lines, in QEMU's format. */
static char *conversation(char *lines, size_t *size)
{
	unsigned int id = 1;
	char *text, *line;
	FILE *out = open_memstream(&text, size);

	MUST(out);
	while ((line = strsep(&lines, "\n")))
		if (*line == '*')
			fprintf(out, "%s\r\n", line + 1);
		else if (*line == '!')
			fprintf(out, "{\"id\": %u, \"error\": %s}\r\n", id++, line + 1);
		else
			fprintf(out, "{\"return\": %s, \"id\": %u}\r\n", line, id++);
	MUST(!fclose(out));
	return text;
}

static void check_vcpus(const struct qmp_vcpu *vcpus, unsigned int nr)
{
	static struct reading sum;
	unsigned int i;

	MUST(nr && nr <= VCPUS_MOST);
	sum_begin(&sum);
	for (i = 0; i < nr; i++) {
		MUST(!i || vcpus[i - 1].vcpu < vcpus[i].vcpu);
		sum_add(&sum, &vcpus[i].reading);
	}
}

static void read_twice(int vcpu)
{
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	char why[WHY_SIZE];
	unsigned int nr, i;
	int ret;

	ret = source_qmp_open(&source, "/", why);
	if (ret)
		return;
	for (i = 0; i < 2 && !ret; i++) {
		ret = source_qmp_read(source, vcpu, &vcpus, &nr, why);
		if (ret)
			break;
		check_vcpus(vcpus, nr);
		free(vcpus);
	}
	MUST(strlen(source_qmp_name(source)) < VM_NAME_SIZE);
	source_qmp_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *lines = text_of(data, size), *text = conversation(lines, &left);

	said = text;
	piece = 1 + size % 1009;
	read_twice((int)(size % 4) - 1);
	free(text);
	free(lines);
	return 0;
}
