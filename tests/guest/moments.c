// SPDX-License-Identifier: GPL-2.0-only
/*
 * moments.so: preloaded into perf stat, it reads KVM's file exitstat when perf reads its counters.
 *
 * perf enables or reads its counters one after another, first those of its first event, which has
 * one for each of MOMENTS_THREADS threads.  For these, it writes the total in the file MOMENTS_OF,
 * before and after, as a line to MOMENTS.PID.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define real(name)	((typeof(&name))dlsym(RTLD_NEXT, #name))

#define MOST	4096		/* descriptors */

static bool counters[MOST];	/* by descriptor */
static unsigned int nr;		/* that have been enabled, or read, one after another */
static unsigned long long before;

/* The total of exits in MOMENTS_OF. */
static unsigned long long total(void)
{
	const int fd = open(getenv("MOMENTS_OF"), O_RDONLY | O_CLOEXEC);
	char text[65536], *at;
	ssize_t n = 0, more;

	while (fd >= 0 && (more = real(read)(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += more;
	close(fd);
	text[n] = '\0';
	at = strstr(text, "\ntotal exits ");
	if (!at)
		abort();
	return strtoull(at + 13, NULL, 10);
}

static void write_line(void)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s.%d", getenv("MOMENTS"), getpid());
	file = fopen(path, "a");
	if (!file || fprintf(file, "%llu %llu\n", before, total()) < 0 || fclose(file))
		abort();
}

/* Called before and after a counter is enabled or read. */
static void begin(void)
{
	if (!nr)
		before = total();
}

static void end(void)
{
	if (++nr == strtoul(getenv("MOMENTS_THREADS"), NULL, 10))
		write_line();
}

/* Counters are enabled before they are read. */
ssize_t read(int fd, void *to, size_t size)
{
	const bool counter = fd >= 0 && fd < MOST && counters[fd];
	ssize_t n;

	if (counter)
		begin();
	n = real(read)(fd, to, size);
	if (counter)
		end();
	return n;
}

int ioctl(int fd, unsigned long request, ...)
{
	const bool enable = request == PERF_EVENT_IOC_ENABLE;
	va_list arguments;
	void *argument;
	int ret;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (enable && fd >= MOST)
		abort();
	if (enable) {
		counters[fd] = true;
		begin();
	}
	ret = real(ioctl)(fd, request, argument);
	if (enable)
		end();
	return ret;
}

/* perf says that it has enabled them. */
ssize_t write(int fd, const void *from, size_t size)
{
	nr = 0;
	return real(write)(fd, from, size);
}

/* perf has printed its readings. */
int fflush(FILE *file)
{
	nr = 0;
	return real(fflush)(file);
}
