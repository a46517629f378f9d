/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the kernel that kernel/exitstat*.c use, for user space.  All headers below
 * linux/ and asm/, and trace.h, include this one.  kshim.c has the rest.
 */
#ifndef KSHIM_H
#define KSHIM_H

#define CONFIG_KVM_EXITSTAT	1

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "kshim_clock.h"
#include "kshim_sync.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef unsigned int gfp_t;

#define U64_MAX			(~0ull)

#define ____cacheline_aligned	__attribute__((aligned(64)))
#ifndef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#endif
#define __cold
#define notrace
#define __maybe_unused		__attribute__((unused))
#define OPTIMIZER_HIDE_VAR(x)	__asm__ volatile("" : "+r" (x))
#ifndef noinline
#define noinline		__attribute__((noinline))
#endif
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

#define ARRAY_SIZE(x)	(sizeof(x) / sizeof((x)[0]))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define lower_32_bits(n)	((u32)(n))
#define upper_32_bits(n)	((u32)((n) >> 32))
#define EXPORT_SYMBOL_FOR_KVM_INTERNAL(sym)	_Static_assert(1, "")

/* linux/minmax.h */
#define max(x, y) \
	({ __auto_type _x = (x); __auto_type _y = (y); _x > _y ? _x : _y; })
#define min(x, y) \
	({ __auto_type _x = (x); __auto_type _y = (y); _x < _y ? _x : _y; })

#define min_t(type, x, y)	min((type)(x), (type)(y))

/* linux/bits.h, linux/bitops.h */
#define BIT_ULL(n)	(1ull << (n))
#define for_each_set_bit(i, map, size)		\
	for ((i) = 0; (i) < (size); (i)++)	\
		if (test_bit(i, map))

/* linux/err.h */
#define ERR_PTR(error)	((void *)(long)(error))
#define PTR_ERR(ptr)	((long)(ptr))
#define IS_ERR(ptr)	((unsigned long)(ptr) >= (unsigned long)-4095)

/* linux/sort.h */
#define sort(base, nr, size, compare, swap)	qsort(base, nr, size, compare)

/* linux/overflow.h */
#define struct_size(p, member, n) \
	(sizeof(*(p)) + (n) * sizeof((p)->member[0]))

/* linux/string.h: the first byte that is not @c, or NULL */
const void *memchr_inv(const void *start, int c, size_t n);

/* linux/bitmap.h */
#define BITS_PER_LONG		(8 * sizeof(long))
#define DECLARE_BITMAP(name, bits) \
	unsigned long name[((bits) + BITS_PER_LONG - 1) / BITS_PER_LONG]

static inline unsigned long __fls(unsigned long word)
{
	kshim_assert(word);
	return BITS_PER_LONG - 1 - __builtin_clzl(word);
}

static inline bool test_bit(unsigned int nr, const unsigned long *map)
{
	return map[nr / BITS_PER_LONG] >> (nr % BITS_PER_LONG) & 1;
}

static inline void __set_bit(unsigned int nr, unsigned long *map)
{
	map[nr / BITS_PER_LONG] |= 1ul << (nr % BITS_PER_LONG);
}

static inline void bitmap_zero(unsigned long *map, unsigned int bits)
{
	memset(map, 0, (bits + BITS_PER_LONG - 1) / BITS_PER_LONG * sizeof(long));
}

/* linux/list.h */
struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name)	struct list_head name = { &(name), &(name) }

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}
#define list_empty_careful(head)	list_empty(head)

static inline void list_add_tail(struct list_head *new, struct list_head *head)
{
	new->next = head;
	new->prev = head->prev;
	head->prev->next = new;
	head->prev = new;
}

static inline void list_del(struct list_head *entry)
{
	kshim_assert(entry->next->prev == entry && entry->prev->next == entry);
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = NULL;
	entry->prev = NULL;
}

#define list_entry_of(ptr, pos, member) \
	container_of(ptr, __typeof__(*(pos)), member)
/* At the end of the list @pos is not an object. */
#define list_at_end(pos, head, member) \
	((char *)(pos) + offsetof(__typeof__(*(pos)), member) == (char *)(head))
#define list_first_entry(head, type, member)	container_of((head)->next, type, member)
#define list_next_entry(pos, member)		list_entry_of((pos)->member.next, pos, member)
#define list_for_each_entry_from(pos, head, member)			\
	for (; !list_at_end(pos, head, member); pos = list_next_entry(pos, member))
#define list_for_each_entry(pos, head, member)				\
	for (pos = list_entry_of((head)->next, pos, member);		\
	     !list_at_end(pos, head, member);				\
	     pos = list_entry_of(pos->member.next, pos, member))

/*
 * linux/slab.h, linux/mm.h.  A test lets one allocation fail: kshim_fail_alloc is its
 * number from now on, 1 for the next.  Allocations with __GFP_NOFAIL do not fail, and are
 * not counted.
 */
#define GFP_KERNEL		0x01u
#define GFP_KERNEL_ACCOUNT	0x03u
#define __GFP_NOFAIL		0x80u

extern unsigned int kshim_fail_alloc;
extern size_t kshim_allocated;	/* objects that have not been freed */
extern size_t kshim_accounted;	/* bytes allocated with GFP_KERNEL_ACCOUNT since the start */

void *kshim_alloc(size_t size, unsigned int gfp, int fill);
void kvfree(const void *object);

#define kvmalloc(size, gfp)	kshim_alloc(size, gfp, 0xa5)
#define kvzalloc(size, gfp)	kshim_alloc(size, gfp, 0)
#define kvmalloc_array(n, size, gfp)	kshim_alloc((n) * (size), gfp, 0)
#define kvcalloc(n, size, gfp)	kshim_alloc((n) * (size), gfp, 0)

/*
 * linux/nospec.h: an index to be clamped must already be in range.  A test makes all
 * indices of arrays of one size, or of all arrays, 0, and so finds indices that are not
 * clamped here.
 */
#define KSHIM_ANY_SIZE	(~0ul)
extern unsigned long kshim_speculates;
#define array_index_nospec(index, size) \
	({ __typeof__(index) _i = (index); kshim_assert(_i < (size)); kshim_speculates == KSHIM_ANY_SIZE || kshim_speculates == (size) ? 0 : _i; })

/* linux/sched.h: a test sets whether the thread that is switched away is runnable */
extern __thread bool kshim_runnable;

#define current			((void *)0)
/* linux/sched/signal.h: a test kills this thread */
extern bool kshim_killed;
#define fatal_signal_pending(task)	((void)(task), kshim_killed)
#define task_is_runnable(task)	((void)(task), kshim_runnable)

/* linux/random.h: numbers that a test has queued in kshim_random, then pseudo-random ones */
extern u64 kshim_random[4];
extern unsigned int kshim_nr_random;
u64 get_random_u64(void);

/* linux/moduleparam.h: a test finds the parameters in kshim_params */
struct kernel_param {
	const char *name;
	const struct kernel_param_ops *ops;
	unsigned int perm;
	void *arg;
};

struct kernel_param_ops {
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
};

extern const struct kernel_param *kshim_params[8];
extern unsigned int kshim_nr_params;

#define module_param_cb(_name, _ops, _arg, _perm)			\
	static const struct kernel_param kshim_param_##_name = {	\
		.name = #_name, .ops = _ops, .perm = _perm, .arg = _arg, \
	};								\
	static __attribute__((constructor)) void			\
	kshim_register_##_name(void)					\
	{								\
		kshim_params[kshim_nr_params++] = &kshim_param_##_name;	\
	}								\
	_Static_assert(1, "")
#define MODULE_PARM_DESC(name, text)	_Static_assert(sizeof(text) > 1, "")

#define THIS_MODULE	NULL

/* Held while a parameter is set */
extern bool kshim_params_locked;

void kernel_param_lock(void *module);
void kernel_param_unlock(void *module);

int kstrtouint(const char *s, unsigned int base, unsigned int *res);
int sysfs_emit(char *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* linux/seq_file.h, linux/debugfs.h: a test reads kshim_debugfs and calls show */
struct seq_file {
	void *private;
	FILE *out;
};

struct file_operations {
	int (*show)(struct seq_file *m, void *unused);
};

struct dentry;

struct kshim_debugfs_file {
	const char *name;
	unsigned int mode;
	struct dentry *parent;
	void *data;
	const struct file_operations *fops;
};

/* The file that was created last, and the one before */
extern struct kshim_debugfs_file kshim_debugfs, kshim_debugfs_before;

#define seq_printf(m, ...)	fprintf((m)->out, __VA_ARGS__)
#define seq_puts(m, s)		fputs(s, (m)->out)
#define seq_putc(m, c)		fputc(c, (m)->out)
#define DEFINE_SHOW_ATTRIBUTE(name)					\
	static const struct file_operations name##_fops = {		\
		.show = name##_show,					\
	}

#define kshim_debugfs_made	((struct dentry *)&kshim_debugfs)

struct dentry *debugfs_create_file(const char *name, unsigned int mode,
				   struct dentry *parent, void *data,
				   const struct file_operations *fops);
void debugfs_remove(struct dentry *file);

/*
 * linux/uaccess.h: copies to a buffer of the test.  A test lets one copy fail:
 * kshim_fail_copy is its number from now on, 1 for the next.
 */
#define __user

extern unsigned int kshim_fail_copy;
unsigned long copy_to_user(void *to, const void *from, unsigned long n);

/*
 * linux/workqueue.h, linux/timekeeping.h: kshim_pass() lets time pass, and runs the only
 * work when it is due.
 */
#define HZ		250
#define NSEC_PER_SEC	1000000000ll

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct delayed_work {
	struct work_struct work;
	bool queued;
	u64 at;
};

#define DECLARE_DELAYED_WORK(name, f)	struct delayed_work name = { .work = { .func = f } }
#define system_unbound_wq		NULL

/* In ns; kshim_work is the work that was queued last. */
extern u64 kshim_ns;
extern struct delayed_work *kshim_work;

void queue_delayed_work(void *wq, struct delayed_work *work, unsigned long jiffies);
void cancel_delayed_work_sync(struct delayed_work *work);
void kshim_pass(u64 ns);

static inline u64 ktime_get_ns(void)
{
	return kshim_ns;
}

/* linux/printk.h: prints to kshim_log, which a test reads and empties. */
extern char kshim_log[65536];

void kshim_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define KBUILD_MODNAME		"kvm"
#define pr_info(fmt, ...)	kshim_print(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn			pr_info

#endif /* KSHIM_H */
