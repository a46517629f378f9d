// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kernel/exitstat*.c call in the kernel, for one thread in user space.
 */
#include <stdarg.h>
#include <stdlib.h>

#include <linux/kvm_host.h>
#include "trace.h"

unsigned int tsc_khz = 2345678;
struct kshim_trace kshim_trace;
const struct kernel_param *kshim_params[8];
unsigned int kshim_nr_params;
struct kshim_debugfs_file kshim_debugfs;
void (*kshim_reader_hook)(void);
u64 kshim_random[4];
unsigned int kshim_nr_random;

void kshim_assert(bool cond)
{
	if (cond)
		return;
	fputs("kshim: the code under test broke a rule of the kernel's\n",
	      stderr);
	abort();
}

bool kshim_enter_walk(const struct srcu_struct *s)
{
	void (*hook)(void) = kshim_reader_hook;

	kshim_reader_hook = NULL;
	if (hook)
		hook();
	return s->readers > 0;
}

u64 get_random_u64(void)
{
	static u64 state = 42;

	if (kshim_nr_random)
		return kshim_random[--kshim_nr_random];
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return state;
}

/* As in the kernel: the whole string, at most one newline after it. */
int kstrtouint(const char *s, unsigned int base, unsigned int *res)
{
	unsigned long long n;
	char *end;

	if (*s == '+')
		s++;
	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(s, &end, base);
	if (*end == '\n')
		end++;
	if (*end)
		return -EINVAL;
	if (errno || n > 0xffffffffull)
		return -ERANGE;
	*res = n;
	return 0;
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, 4096, fmt, args);
	va_end(args);
	return n;
}

void debugfs_create_file(const char *name, unsigned int mode,
			 struct dentry *parent, void *data,
			 const struct file_operations *fops)
{
	kshim_debugfs = (struct kshim_debugfs_file) {
		name, mode, parent, data, fops
	};
}
