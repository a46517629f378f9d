/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kernel/exitstat*.c use of the kernel, for one thread in user space.  The
 * headers below linux/ and trace.h all lead here.  kshim.c is the rest.
 */
#ifndef KSHIM_H
#define KSHIM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define ____cacheline_aligned	__attribute__((aligned(64)))

#define ARRAY_SIZE(x)	(sizeof(x) / sizeof((x)[0]))
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define lower_32_bits(n)	((u32)(n))
#define upper_32_bits(n)	((u32)((n) >> 32))
#define EXPORT_SYMBOL_GPL(sym)	_Static_assert(1, "")

/* linux/jump_label.h */
struct static_key_true {
	bool enabled;
};

#define DECLARE_STATIC_KEY_TRUE(name)	extern struct static_key_true name
#define DEFINE_STATIC_KEY_TRUE(name)	struct static_key_true name = { true }
#define static_branch_likely(key)	((key)->enabled)
#define static_key_enabled(key)		((key)->enabled)
#define static_branch_enable(key)	((void)((key)->enabled = true))
#define static_branch_disable(key)	((void)((key)->enabled = false))

/* linux/bitmap.h */
#define BITS_PER_LONG		(8 * sizeof(long))
#define DECLARE_BITMAP(name, bits) \
	unsigned long name[((bits) + BITS_PER_LONG - 1) / BITS_PER_LONG]

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

/* linux/list.h, linux/rculist.h */
struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name)	struct list_head name = { &(name), &(name) }

static inline void list_add_tail_rcu(struct list_head *new,
				     struct list_head *head)
{
	new->next = head;
	new->prev = head->prev;
	head->prev->next = new;
	head->prev = new;
}

/* As in the kernel, @entry->next stays: a reader may stand on it. */
static inline void list_del_rcu(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->prev = NULL;
}

#define list_entry_of(ptr, pos, member) \
	container_of(ptr, __typeof__(*(pos)), member)
#define list_for_each_entry_srcu(pos, head, member, cond)		\
	for (kshim_assert(cond),					\
	     pos = list_entry_of((head)->next, pos, member);		\
	     &pos->member != (head);					\
	     pos = list_entry_of(pos->member.next, pos, member))

void kshim_assert(bool cond);

/* linux/mutex.h, linux/cleanup.h */
struct mutex {
	bool locked;
};

#define DEFINE_MUTEX(name)	struct mutex name = { false }

static inline struct mutex *kshim_lock(struct mutex *m)
{
	kshim_assert(!m->locked);
	m->locked = true;
	return m;
}

static inline void kshim_unlock(struct mutex **m)
{
	kshim_assert((*m)->locked);
	(*m)->locked = false;
}

#define kshim_scope_mutex \
	struct mutex *kshim_guard __attribute__((cleanup(kshim_unlock), unused))
#define guard(type)	kshim_scope_##type = kshim_lock
#define scoped_guard(type, lock)					\
	for (kshim_scope_##type = kshim_lock(lock), *kshim_once = kshim_guard; \
	     kshim_once; kshim_once = NULL)

/*
 * linux/srcu.h.  kshim_reader_hook is called where a reader of the list of VMs
 * starts to walk it: what another CPU could do there, a test does.
 */
struct srcu_struct {
	int readers;
};

extern void (*kshim_reader_hook)(void);
bool kshim_enter_walk(const struct srcu_struct *s);

#define DEFINE_STATIC_SRCU(name)	static struct srcu_struct name
#define srcu_read_lock(s)		((s)->readers++)
#define srcu_read_unlock(s, idx)	kshim_assert(--(s)->readers == (idx))
#define srcu_read_lock_held(s)		kshim_enter_walk(s)
#define synchronize_srcu_expedited(s)	((void)(s))

/* linux/seqlock.h */
typedef struct {
	unsigned int seq;
} seqlock_t;

#define DEFINE_SEQLOCK(name)	seqlock_t name
#define read_seqbegin(s)	(kshim_assert(!((s)->seq & 1)), (s)->seq)
#define read_seqretry(s, was)	((s)->seq != (was))
#define write_seqlock(s)	((void)(s)->seq++)
#define write_sequnlock(s)	((void)(s)->seq++)

/* linux/random.h: what a test queued in kshim_random, then pseudo-random */
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

extern struct kshim_debugfs_file kshim_debugfs;

#define seq_printf(m, ...)	fprintf((m)->out, __VA_ARGS__)
#define DEFINE_SHOW_ATTRIBUTE(name)					\
	static const struct file_operations name##_fops = {		\
		.show = name##_show,					\
	}

void debugfs_create_file(const char *name, unsigned int mode,
			 struct dentry *parent, void *data,
			 const struct file_operations *fops);

#endif /* KSHIM_H */
