/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The synchronization that kernel/exitstat*.c use.  There is a hook at each place where
 * another CPU or a context switch could intervene, so that a test can do the same there.
 * Each thread has its own hooks; NULL is none.
 */
#ifndef KSHIM_SYNC_H
#define KSHIM_SYNC_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct kshim_hooks - functions that are called
 * @barrier: at a barrier: stores before it are visible, stores after it are not
 * @load: before each READ_ONCE()
 * @preempt: before preemption is disabled
 * @patched: after a static key has changed
 * @grace: before a wait for RCU's grace period
 * @walk: once, when a reader goes to the next VM
 * @lock: once, before a spinlock is taken
 * @alloc: once, before an allocation
 */
struct kshim_hooks {
	void (*barrier)(void);
	void (*load)(void);
	void (*preempt)(void);
	void (*patched)(void);
	void (*grace)(void);
	void (*walk)(void);
	void (*lock)(void);
	void (*alloc)(void);
};

extern __thread struct kshim_hooks kshim_hooks;
extern __thread int kshim_no_preempt, kshim_rcu_depth;

void kshim_assert(bool cond);
/*
 * For hooks: do @what as another CPU, while this thread is stopped.  It does not wait for
 * this thread's RCU read sections, as if they had begun later, but it frees memory only
 * after they have ended.
 */
void kshim_elsewhere(void (*what)(void));
/* Check that nothing is held that forbids to sleep. */
void kshim_may_sleep(void);
/* Number of cond_resched() calls, over all tests */
extern unsigned long kshim_rescheds;

static inline void kshim_barrier(void)
{
	__asm__ volatile("" : : : "memory");
	if (kshim_hooks.barrier)
		kshim_hooks.barrier();
	__asm__ volatile("" : : : "memory");
}

static inline void kshim_load(void)
{
	if (kshim_hooks.load)
		kshim_hooks.load();
}

#define READ_ONCE(x) \
	({ kshim_load(); *(const volatile __typeof__(x) *)&(x); })
#define WRITE_ONCE(x, v)	((void)(*(volatile __typeof__(x) *)&(x) = (v)))
#define data_race(expr)		((void)(expr))
#define barrier()		kshim_barrier()
#define smp_wmb()		kshim_barrier()
#define smp_rmb()		__asm__ volatile("" : : : "memory")
#define smp_load_acquire(p)	READ_ONCE(*(p))
#define smp_store_release(p, v)	do { kshim_barrier(); WRITE_ONCE(*(p), v); } while (0)
#define cpu_relax()		kshim_load()
#define cond_resched()		(kshim_may_sleep(), (void)kshim_rescheds++)

/* linux/kcsan-checks.h */
#define kcsan_nestable_atomic_begin()	((void)0)
#define kcsan_nestable_atomic_end()	((void)0)

/* linux/atomic.h */
typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long long counter;
} atomic64_t;

#define atomic_read(v)		__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic_inc_return(v)	kshim_inc_return(v)
#define atomic64_read(v)	__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic64_inc(v)		((void)__atomic_add_fetch(&(v)->counter, 1, __ATOMIC_SEQ_CST))

/* Like the kernel's, which may wrap. */
static inline int kshim_inc_return(atomic_t *v)
{
	return __atomic_add_fetch((unsigned int *)&v->counter, 1, __ATOMIC_SEQ_CST);
}

#define cmpxchg(p, old, new)	kshim_cmpxchg(p, old, new)

static inline unsigned long long kshim_cmpxchg(unsigned long long *p, unsigned long long old,
					       unsigned long long new)
{
	kshim_load();
	__atomic_compare_exchange_n(p, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return old;
}

/* linux/jump_label.h: both kinds are the same here */
struct static_key {
	bool enabled;
};

void kshim_set_key(struct static_key *key, bool enabled);

#define DECLARE_STATIC_KEY_TRUE(name)	extern struct static_key name
#define DECLARE_STATIC_KEY_FALSE(name)	extern struct static_key name
#define DEFINE_STATIC_KEY_TRUE(name)	struct static_key name = { true }
#define DEFINE_STATIC_KEY_FALSE(name)	struct static_key name = { false }
#define static_key_enabled(key)		(*(volatile bool *)&(key)->enabled)
#define static_branch_likely(key)	static_key_enabled(key)
#define static_branch_unlikely(key)	static_key_enabled(key)
#define static_branch_enable(key)	kshim_set_key(key, true)
#define static_branch_disable(key)	kshim_set_key(key, false)

/* linux/preempt.h */
static inline void preempt_disable(void)
{
	if (kshim_hooks.preempt)
		kshim_hooks.preempt();
	kshim_no_preempt++;
}

static inline void preempt_enable(void)
{
	kshim_assert(kshim_no_preempt-- > 0);
}

/*
 * linux/rcupdate.h: memory is freed when this thread has left its read sections; no test
 * has readers in two threads.
 */
void kshim_free_rcu(void *object);
void kshim_rcu_unlocked(void);
void synchronize_rcu(void);
/* Also waits for threads that were switched away in the kernel */
void synchronize_rcu_tasks(void);

#define __rcu
/* As lockdep checks it */
#define rcu_dereference(p)			(kshim_assert(kshim_rcu_depth > 0), READ_ONCE(p))
#define rcu_dereference_protected(p, held)	(kshim_assert(held), (p))
/* Without hooks, because it is used within a hook, where tests do not intervene. */
#define rcu_dereference_raw(p)			(*(__typeof__(p) volatile *)&(p))
#define rcu_dereference_sched(p)			rcu_dereference_raw(p)
#define rcu_assign_pointer(p, v)		smp_store_release(&(p), v)
#define RCU_INIT_POINTER(p, v)			WRITE_ONCE(p, v)
#define rcu_replace_pointer(p, v, held) \
	({ __auto_type _old = rcu_dereference_protected(p, held); rcu_assign_pointer(p, v); _old; })

#define rcu_head		kshim_rcu_head
#define kvfree_rcu(object, head) \
	((void)sizeof((object)->head), kshim_free_rcu(object))

struct kshim_rcu_head {
	void *unused[2];
};

static inline void rcu_read_lock(void)
{
	kshim_rcu_depth++;
}

static inline void rcu_read_unlock(void)
{
	kshim_assert(kshim_rcu_depth > 0);
	if (!--kshim_rcu_depth)
		kshim_rcu_unlocked();
}

/* linux/srcu.h */
struct srcu_struct {
	int readers;
};

#define DEFINE_STATIC_SRCU(name)	static struct srcu_struct name

int srcu_read_lock(struct srcu_struct *s);
void srcu_read_unlock(struct srcu_struct *s, int idx);
void synchronize_srcu_expedited(struct srcu_struct *s);

/* Number of waits for readers of any SRCU, over all tests */
extern unsigned long kshim_srcu_waits;

/* linux/mutex.h */
struct mutex {
	bool locked;
};

/* Number of mutexes that are held */
extern int kshim_mutexes;

/* linux/lockdep.h */
#define lockdep_is_held(m)	((m)->locked)
#define lockdep_assert_held(m)	kshim_assert(lockdep_is_held(m))

#define DEFINE_MUTEX(name)	struct mutex name = { false }

/* linux/spinlock.h */
typedef struct {
	bool locked;
} spinlock_t;

#define DEFINE_SPINLOCK(name)	spinlock_t name = { false }

/* linux/cleanup.h: guard(NAME)(ARGUMENT), and the same for one statement */
static inline struct mutex *kshim_enter_mutex(struct mutex *m)
{
	kshim_may_sleep();
	kshim_assert(!m->locked);
	m->locked = true;
	kshim_mutexes++;
	return m;
}

static inline void kshim_leave_mutex(struct mutex **m)
{
	kshim_assert((*m)->locked);
	(*m)->locked = false;
	kshim_mutexes--;
}

spinlock_t *kshim_enter_spinlock(spinlock_t *s);
void kshim_leave_spinlock(spinlock_t **s);

static inline bool kshim_enter_rcu(void)
{
	rcu_read_lock();
	return true;
}

static inline void kshim_leave_rcu(bool *held)
{
	(void)held;
	rcu_read_unlock();
}

static inline bool kshim_enter_preempt(void)
{
	preempt_disable();
	return true;
}

static inline void kshim_leave_preempt(bool *held)
{
	(void)held;
	preempt_enable();
}

typedef struct mutex *kshim_held_mutex;
typedef struct srcu_struct *kshim_held_srcu;
typedef spinlock_t *kshim_held_spinlock;
typedef bool kshim_held_rcu;
typedef bool kshim_held_preempt;

#define kshim_held(name) \
	kshim_held_##name kshim_guard __attribute__((cleanup(kshim_leave_##name), unused))
#define guard(name)	kshim_held(name) = kshim_enter_##name
#define scoped_guard(name, lock)					\
	for (bool kshim_once = true; kshim_once; )			\
		for (kshim_held(name) = kshim_enter_##name(lock); kshim_once; \
		     kshim_once = false)

#endif /* KSHIM_SYNC_H */
