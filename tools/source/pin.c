// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: staying on one CPU.  A snapshot belongs to the vCPU that took it.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "lib/message.h"
#include "source/pin.h"

/* More than any kernel has been built for. */
#define MOST_CPUS	(1 << 20)

/* The kernel refuses a set that is smaller than its own, and does not tell the size. */
static int get_affinity(struct pin *pin, char *why)
{
	int cpus, err;

	for (cpus = CPU_SETSIZE; cpus <= MOST_CPUS; cpus *= 2) {
		pin->size = CPU_ALLOC_SIZE(cpus);
		pin->before = CPU_ALLOC(cpus);
		if (!pin->before)
			return explain(why, "out of memory");
		if (!sched_getaffinity(0, pin->size, pin->before))
			return EXIT_DONE;
		err = errno;
		CPU_FREE(pin->before);
		if (err != EINVAL)
			break;
	}
	return explain(why, "cannot tell which CPUs this process may use: %s",
		    strerror(err));
}

/* Pin this thread to the CPU that it is running on. */
static int set_affinity(struct pin *pin, char *why)
{
	cpu_set_t *here;
	int ret = EXIT_DONE;

	pin->cpu = sched_getcpu();
	if (pin->cpu < 0 || (size_t)pin->cpu >= 8 * pin->size)
		return explain(why, "cannot tell which CPU this process runs on");
	here = CPU_ALLOC(8 * pin->size);
	if (!here)
		return explain(why, "out of memory");
	CPU_ZERO_S(pin->size, here);
	CPU_SET_S(pin->cpu, pin->size, here);
	if (sched_setaffinity(0, pin->size, here))
		ret = explain(why, "cannot stay on CPU %d while reading: %s", pin->cpu,
			   strerror(errno));
	CPU_FREE(here);
	return ret;
}

int pin_here(struct pin *pin, char *why)
{
	int ret;

	ret = get_affinity(pin, why);
	if (ret)
		return ret;
	ret = set_affinity(pin, why);
	if (ret)
		CPU_FREE(pin->before);
	return ret;
}

int unpin(struct pin *pin, char *why)
{
	int ret = EXIT_DONE;

	if (sched_setaffinity(0, pin->size, pin->before))
		ret = explain(why, "cannot return to the CPUs used before: %s",
			   strerror(errno));
	CPU_FREE(pin->before);
	return ret;
}
