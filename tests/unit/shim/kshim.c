// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel functions that kernel/exitstat*.c call, for one thread in user space.
 */
#include <stdarg.h>
#include <stdlib.h>

#include <linux/kvm_host.h>
#include "cpuid.h"
#include "trace.h"

volatile unsigned long long kshim_clock = 1ull << 40, kshim_clock_step;
volatile bool kshim_clock_real;
bool kshim_clock_unstable;
unsigned int tsc_khz = 2345678;
__thread struct kshim_hooks kshim_hooks;
__thread int kshim_no_preempt, kshim_rcu_depth;
__thread bool kshim_runnable = true;
unsigned int kshim_fail_alloc;
bool kshim_killed;
unsigned long kshim_speculates;
int kshim_mutexes;
unsigned long kshim_srcu_waits, kshim_rescheds;
size_t kshim_allocated, kshim_accounted;
struct kshim_trace kshim_trace;
bool kshim_params_locked;
const struct kernel_param *kshim_params[8];
unsigned int kshim_nr_params;
struct kshim_debugfs_file kshim_debugfs, kshim_debugfs_before;
unsigned int kshim_fail_copy;
u32 kshim_cpuid_leaf;
u64 kshim_ns;
struct delayed_work *kshim_work;
char kshim_log[65536];
u64 kshim_random[4];
unsigned int kshim_nr_random;

const struct kvm_stats_desc kvm_vcpu_stats_desc[] = {
	{ KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE, 0, 1, 0, 0, "taken" },
	{ KVM_STATS_TYPE_LOG_HIST | KVM_STATS_UNIT_SECONDS, -9, 2, 8, 0, "polled" },
	{ KVM_STATS_TYPE_INSTANT | KVM_STATS_UNIT_BOOLEAN, 0, 1, 24, 0, "blocking" },
};

const struct kvm_stats_header kvm_vcpu_stats_header = {
	.name_size = KVM_STATS_NAME_SIZE,
	.num_desc = ARRAY_SIZE(kvm_vcpu_stats_desc),
	.id_offset = sizeof(struct kvm_stats_header),
	.desc_offset = sizeof(struct kvm_stats_header) + KVM_STATS_NAME_SIZE,
	.data_offset = sizeof(struct kvm_stats_header) + KVM_STATS_NAME_SIZE +
		       sizeof(kvm_vcpu_stats_desc),
};

static __thread void *rcu_waiting[64];
static __thread unsigned int nr_rcu_waiting;
static __thread int rcu_elsewhere;
static __thread bool spinning;

void kshim_assert(bool cond)
{
	if (cond)
		return;
	fputs("kshim: the code under test broke a rule of the kernel's\n",
	      stderr);
	abort();
}

void kshim_may_sleep(void)
{
	kshim_assert(!kshim_no_preempt && !kshim_rcu_depth && !spinning);
}

/* Call @hook once. */
static void call_once(void (**hook)(void))
{
	void (*called)(void) = *hook;

	*hook = NULL;
	if (called)
		called();
}

int srcu_read_lock(struct srcu_struct *s)
{
	call_once(&kshim_hooks.walk);
	s->readers++;
	return 0;
}

void srcu_read_unlock(struct srcu_struct *s, int idx)
{
	kshim_assert(!idx && s->readers-- > 0);
}

void synchronize_srcu_expedited(struct srcu_struct *s)
{
	(void)s;
	kshim_may_sleep();
	kshim_srcu_waits++;
}

spinlock_t *kshim_enter_spinlock(spinlock_t *s)
{
	call_once(&kshim_hooks.lock);
	kshim_assert(!s->locked);
	s->locked = true;
	spinning = true;
	return s;
}

void kshim_leave_spinlock(spinlock_t **s)
{
	kshim_assert((*s)->locked);
	(*s)->locked = false;
	spinning = false;
}

void kshim_set_key(struct static_key *key, bool enabled)
{
	kshim_may_sleep();
	if (key->enabled == enabled)
		return;
	key->enabled = enabled;
	if (kshim_hooks.patched)
		kshim_hooks.patched();
}

void kernel_param_lock(void *module)
{
	(void)module;
	kshim_may_sleep();
	kshim_assert(!kshim_params_locked);
	kshim_params_locked = true;
}

void kernel_param_unlock(void *module)
{
	(void)module;
	kshim_assert(kshim_params_locked);
	kshim_params_locked = false;
}

void kshim_rcu_unlocked(void)
{
	while (!rcu_elsewhere && nr_rcu_waiting)
		kvfree(rcu_waiting[--nr_rcu_waiting]);
}

void kshim_elsewhere(void (*what)(void))
{
	const int no_preempt = kshim_no_preempt, rcu_depth = kshim_rcu_depth;

	kshim_no_preempt = 0;
	kshim_rcu_depth = 0;
	rcu_elsewhere += rcu_depth;
	what();
	rcu_elsewhere -= rcu_depth;
	kshim_no_preempt = no_preempt;
	kshim_rcu_depth = rcu_depth;
}

void kshim_free_rcu(void *object)
{
	if (!object)
		return;
	kshim_assert(nr_rcu_waiting < ARRAY_SIZE(rcu_waiting));
	rcu_waiting[nr_rcu_waiting++] = object;
	if (!kshim_rcu_depth)
		kshim_rcu_unlocked();
}

void synchronize_rcu(void)
{
	kshim_may_sleep();
	if (kshim_hooks.grace)
		kshim_hooks.grace();
}

void synchronize_rcu_tasks(void)
{
	synchronize_rcu();
}

void *kshim_alloc(size_t size, unsigned int gfp, int fill)
{
	void *object;

	kshim_may_sleep();
	/* A cgroup without memory must not hold up all others. */
	kshim_assert(!kshim_mutexes);
	call_once(&kshim_hooks.alloc);
	if (!(gfp & __GFP_NOFAIL) && kshim_fail_alloc && !--kshim_fail_alloc)
		return NULL;
	object = malloc(size);
	if (!object)
		abort();
	memset(object, fill, size);
	kshim_allocated++;
	if ((gfp & GFP_KERNEL_ACCOUNT) == GFP_KERNEL_ACCOUNT)
		kshim_accounted += size;
	return object;
}

void kvfree(const void *object)
{
	kshim_allocated -= object != NULL;
	free((void *)object);
}

const void *memchr_inv(const void *start, int c, size_t n)
{
	const u8 *p = start;

	for (; n; n--, p++)
		if (*p != (u8)c)
			return p;
	return NULL;
}

u64 get_random_u64(void)
{
	static u64 state = 42;

	if (kshim_nr_random)
		return kshim_random[--kshim_nr_random];
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return state;
}

/* As in the kernel: parses the whole string, which may end in one newline. */
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

struct dentry *debugfs_create_file(const char *name, unsigned int mode,
				   struct dentry *parent, void *data,
				   const struct file_operations *fops)
{
	kshim_debugfs_before = kshim_debugfs;
	kshim_debugfs = (struct kshim_debugfs_file) {
		name, mode, parent, data, fops
	};
	return kshim_debugfs_made;
}

void debugfs_remove(struct dentry *file)
{
	kshim_assert(file == kshim_debugfs_made);
	kshim_debugfs = (struct kshim_debugfs_file) {};
}

unsigned long copy_to_user(void *to, const void *from, unsigned long n)
{
	kshim_may_sleep();
	if (kshim_fail_copy && !--kshim_fail_copy)
		return n;
	memcpy(to, from, n);
	return 0;
}

static bool working;

void queue_delayed_work(void *wq, struct delayed_work *work, unsigned long jiffies)
{
	(void)wq;
	kshim_assert(!work->queued);
	work->queued = true;
	work->at = kshim_ns + jiffies * (NSEC_PER_SEC / HZ);
	kshim_work = work;
}

/* Work that waits for itself would wait for ever. */
void cancel_delayed_work_sync(struct delayed_work *work)
{
	kshim_may_sleep();
	kshim_assert(!working);
	work->queued = false;
}

void kshim_pass(u64 ns)
{
	const u64 end = kshim_ns + ns;

	while (kshim_work && kshim_work->queued && kshim_work->at <= end) {
		kshim_ns = kshim_work->at;
		kshim_work->queued = false;
		working = true;
		kshim_work->work.func(&kshim_work->work);
		working = false;
	}
	kshim_ns = end;
}

void kshim_print(const char *fmt, ...)
{
	const size_t used = strlen(kshim_log);
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(kshim_log + used, sizeof(kshim_log) - used, fmt, args);
	va_end(args);
	kshim_assert(n > 0 && used + n < sizeof(kshim_log));
}
