/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the module's ioctls need, in a process of one thread: what
 * kmod's sources include in place of <linux/...> when they are fuzzed. Memory is the
 * heap's, for AddressSanitizer to watch. Locks know whether they are held, whoever may
 * sleep must hold no spinlock. Waiting runs the workers; where they have nothing to do,
 * a signal comes.
 */
#ifndef AXP_FUZZ_KERNEL_H
#define AXP_FUZZ_KERNEL_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* what is left out of the module here */
struct dentry;
struct device;
struct page;
struct pid;
struct poll_table_struct;
struct attribute_group;

#include "port.h"

#define KERNEL_MUST(cond)							\
	do {									\
		if (!(cond)) {							\
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,	\
				__LINE__, #cond);				\
			abort();						\
		}								\
	} while (0)

/**
 * struct kernel - this kernel
 * @failing: the so many-th allocation or copy from now fails, 0: none
 * @dying: the so many-th look for a fatal signal from now finds one, 0: none
 * @dead: it was found
 * @root: the caller is root
 * @failed: something failed
 * @spinlocks: held
 * @mutexes: held
 * @allocated: pieces of memory
 * @now: nanoseconds, a microsecond later every time
 */
struct kernel {
	unsigned int failing;
	unsigned int dying;
	bool dead;
	bool root;
	bool failed;
	int spinlocks;
	int mutexes;
	long allocated;
	s64 now;
};

extern struct kernel kernel;

/* nothing has happened yet */
void kernel_start(void);
/* is it this allocation or copy that fails? */
bool kernel_fails(void);
void kernel_may_sleep(void);
/* all there is to do for the workers; false: nothing */
bool kernel_run_workers(void);

/* --- words of the language --- */

#define __user
#define __init
#define __exit
#define BUILD_BUG_ON(cond)	_Static_assert(!(cond), #cond)
#define WARN_ON(cond)		({ bool _warn = (cond); KERNEL_MUST(!_warn); _warn; })
#define WARN_ON_ONCE(cond)	WARN_ON(cond)
#define WRITE_ONCE(x, value)	__atomic_store_n(&(x), value, __ATOMIC_RELAXED)
#define BIT_ULL(n)		(1ull << (n))
#define GENMASK_ULL(high, low)	((~0ull >> (63 - (high))) & (~0ull << (low)))
#define offsetofend(type, member)	(offsetof(type, member) + sizeof(((type *)0)->member))
#define container_of(ptr, type, member)	((type *)((char *)(ptr) - offsetof(type, member)))
#define swap(a, b)	do { __auto_type _swap = a; a = b; b = _swap; } while (0)
#define roundup_pow_of_two(n)	(1ul << (64 - __builtin_clzl((unsigned long)(n) - 1)))
#define IOCSIZE_MASK	(_IOC_SIZEMASK << _IOC_SIZESHIFT)
#define PAGE_SHIFT	12
#define PAGE_SIZE	(1ul << PAGE_SHIFT)
#define PAGE_ALIGN(n)	(((n) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))
#define TASK_COMM_LEN	16
#define ERESTARTSYS	512
#define MAX_ERRNO	4095
#define strscpy(to, from, n)	snprintf(to, n, "%s", from)
#define might_sleep()	kernel_may_sleep()
#define cond_resched()	kernel_may_sleep()
#define u64_to_user_ptr(address)	((void *)(uintptr_t)(address))

typedef unsigned int gfp_t;
typedef unsigned int __poll_t;
typedef unsigned long pgoff_t;
typedef unsigned int vm_fault_t;
typedef struct { unsigned int val; } kuid_t;

static inline bool IS_ERR(const void *p)
{
	return (uintptr_t)p >= (uintptr_t)-MAX_ERRNO;
}

static inline long PTR_ERR(const void *p)
{
	return (long)p;
}

static inline void *ERR_PTR(long err)
{
	return (void *)err;
}

#define ERR_CAST(p)	((void *)(p))

static inline size_t array_size(size_t a, size_t b)
{
	size_t bytes;

	return __builtin_mul_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t size_add(size_t a, size_t b)
{
	size_t sum;

	return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

/* --- numbers that count --- */

typedef struct { int n; } atomic_t;
typedef struct { s64 n; } atomic64_t;

#define atomic_read(a)		((a)->n)
#define atomic_inc(a)		((void)(a)->n++)
#define atomic_dec(a)		((void)(a)->n--)
#define atomic64_read(a)	((a)->n)
#define atomic64_inc_return(a)	(++(a)->n)
#define atomic64_sub_return(by, a)	((a)->n -= (s64)(by))

static inline bool atomic_add_unless(atomic_t *a, int by, int unless)
{
	if (a->n == unless)
		return false;
	a->n += by;
	return true;
}

static inline s64 atomic64_cmpxchg(atomic64_t *a, s64 old, s64 new)
{
	s64 was = a->n;

	if (was == old)
		a->n = new;
	return was;
}

static inline bool atomic64_try_cmpxchg(atomic64_t *a, s64 *old, s64 new)
{
	s64 was = atomic64_cmpxchg(a, *old, new);
	bool done = was == *old;

	*old = was;
	return done;
}

struct kref {
	int n;
};

#define kref_init(ref)	((void)((ref)->n = 1))

static inline void kref_get(struct kref *ref)
{
	KERNEL_MUST(ref->n > 0);
	ref->n++;
}

static inline void kref_put(struct kref *ref, void (*release)(struct kref *ref))
{
	KERNEL_MUST(ref->n > 0);
	if (!--ref->n)
		release(ref);
}

/* --- lists --- */

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_add(struct list_head *entry, struct list_head *after)
{
	entry->next = after->next;
	entry->prev = after;
	after->next->prev = entry;
	after->next = entry;
}

#define list_add_tail(entry, head)	list_add(entry, (head)->prev)

static inline void list_del(struct list_head *entry)
{
	/* as CONFIG_DEBUG_LIST */
	KERNEL_MUST(entry->next->prev == entry && entry->prev->next == entry);
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = NULL;
	entry->prev = NULL;
}

static inline void list_del_init(struct list_head *entry)
{
	list_del(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_move(struct list_head *entry, struct list_head *after)
{
	list_del(entry);
	list_add(entry, after);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	list_del(entry);
	list_add_tail(entry, head);
}

static inline void list_splice_tail_init(struct list_head *from, struct list_head *to)
{
	while (!list_empty(from))
		list_move_tail(from->next, to);
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)
#define list_first_entry_or_null(head, type, member)				\
	(list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_of(pos, ptr, member)	list_entry(ptr, __typeof__(*(pos)), member)
#define list_for_each_entry(pos, head, member)					\
	for (pos = list_of(pos, (head)->next, member); &pos->member != (head);	\
	     pos = list_of(pos, pos->member.next, member))
#define list_for_each_entry_safe(pos, n, head, member)				\
	for (pos = list_of(pos, (head)->next, member),				\
	     n = list_of(pos, pos->member.next, member); &pos->member != (head);	\
	     pos = n, n = list_of(n, n->member.next, member))
#define list_for_each_entry_safe_reverse(pos, n, head, member)			\
	for (pos = list_of(pos, (head)->prev, member),				\
	     n = list_of(pos, pos->member.prev, member); &pos->member != (head);	\
	     pos = n, n = list_of(n, n->member.prev, member))

/* --- locks --- */

typedef struct { bool held; } spinlock_t;
typedef spinlock_t raw_spinlock_t;

struct mutex {
	bool held;
};

#define lockdep_assert_held(lock)	KERNEL_MUST((lock)->held)
#define spin_lock_init(lock)		((void)((lock)->held = false))
#define raw_spin_lock_init(lock)	spin_lock_init(lock)
#define raw_spin_lock_irqsave(lock, flags)	(spin_lock(lock), (flags) = 1)
#define raw_spin_unlock_irqrestore(lock, flags)	(spin_unlock(lock), (flags) = 0)

static inline void spin_lock(spinlock_t *lock)
{
	KERNEL_MUST(!lock->held);
	lock->held = true;
	kernel.spinlocks++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	KERNEL_MUST(lock->held);
	lock->held = false;
	kernel.spinlocks--;
}

#define mutex_init(lock)	((void)((lock)->held = false))
#define mutex_destroy(lock)	KERNEL_MUST(!(lock)->held)

static inline void mutex_lock(struct mutex *lock)
{
	kernel_may_sleep();
	KERNEL_MUST(!lock->held);
	lock->held = true;
	kernel.mutexes++;
}

static inline void mutex_unlock(struct mutex *lock)
{
	KERNEL_MUST(lock->held);
	lock->held = false;
	kernel.mutexes--;
}

static inline int mutex_lock_interruptible(struct mutex *lock)
{
	if (kernel_fails())
		return -EINTR;
	mutex_lock(lock);
	return 0;
}

/* --- memory --- */

#define GFP_KERNEL		1u
#define GFP_KERNEL_ACCOUNT	2u
#define __GFP_NOWARN		4u
#define __GFP_ZERO		8u
#define __GFP_HIGHMEM		16u
#define __GFP_RETRY_MAYFAIL	32u
/* as port.h has it in the kernel */
#define AXP_GFP			(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)
#define VM_MAP			0
#define PAGE_KERNEL		0

void *kernel_alloc(size_t bytes, bool zero);
void kernel_free(const void *p);

#define kzalloc(bytes, gfp)	kernel_alloc(bytes, true)
#define kcalloc(n, size, gfp)	kernel_alloc(array_size(n, size), true)
#define kvcalloc(n, size, gfp)	kernel_alloc(array_size(n, size), true)
#define kvmalloc(bytes, gfp)	kernel_alloc(bytes, false)
#define kfree(p)		kernel_free(p)
#define kvfree(p)		(kernel_may_sleep(), kernel_free(p))

/* a page has no memory of its own, what vmap() makes of several has */
#define alloc_page(gfp)		((struct page *)kernel_alloc(1, true))
#define __free_page(page)	kernel_free(page)
#define get_page(page)		((void)(page))
#define vmap(pages, nr, flags, prot)	kernel_alloc((nr) << PAGE_SHIFT, true)
#define vunmap(p)		kvfree(p)

unsigned long copy_from_user(void *to, const void *from, size_t bytes);
unsigned long copy_to_user(void *to, const void *from, size_t bytes);
unsigned long clear_user(void *to, size_t bytes);
int copy_struct_from_user(void *to, size_t ksize, const void *from, size_t usize);

/* --- handles --- */

#define XA_FLAGS_ALLOC1		1
#define XA_FLAGS_ACCOUNT	2
#define XA_SLOTS		80

/* numbers 1 to XA_SLOTS - 1 */
struct xarray {
	spinlock_t xa_lock;
	struct {
		void *entry;
		bool used;
	} slot[XA_SLOTS];
};

struct xa_limit {
	u32 max, min;
};

#define xa_limit_31b		((struct xa_limit){ S32_MAX, 0 })
#define xa_init_flags(xa, flags)	memset(xa, 0, sizeof(*(xa)))
#define xa_lock(xa)		spin_lock(&(xa)->xa_lock)
#define xa_unlock(xa)		spin_unlock(&(xa)->xa_lock)
#define xa_is_err(entry)	IS_ERR(entry)
#define xa_destroy(xa)		KERNEL_MUST(xa_empty(xa))
#define xa_for_each_start(xa, index, entry, start)				\
	for (index = (start); (entry = xa_next(xa, &(index))); index++)
#define xa_for_each(xa, index, entry)	xa_for_each_start(xa, index, entry, 0)

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp);
int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		    gfp_t gfp);
void *xa_load(const struct xarray *xa, unsigned long id);
void *xa_store(struct xarray *xa, unsigned long id, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long id);
void *__xa_erase(struct xarray *xa, unsigned long id);
void *xa_next(const struct xarray *xa, unsigned long *id);
bool xa_empty(const struct xarray *xa);

/* --- files and mappings --- */

struct module;
struct vm_area_struct;
struct inode;

#define THIS_MODULE	((struct module *)NULL)

struct file {
	void *private_data;
	unsigned int f_flags;
};

typedef struct poll_table_struct {
	int unused;
} poll_table;

struct file_operations {
	struct module *owner;
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	ssize_t (*read)(struct file *file, char *buf, size_t count, loff_t *pos);
	__poll_t (*poll)(struct file *file, poll_table *wait);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	long (*compat_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
};

struct miscdevice {
	const char *name;
};

#define O_NONBLOCK		04000
#define compat_ptr_ioctl	NULL
#define nonseekable_open(inode, file)	0

struct vm_fault {
	struct vm_area_struct *vma;
	pgoff_t pgoff;
	struct page *page;
};

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
	vm_fault_t (*fault)(struct vm_fault *vmf);
};

struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_flags, vm_pgoff;
	void *vm_private_data;
	const struct vm_operations_struct *vm_ops;
};

#define VM_SHARED	8ul
#define VM_DONTEXPAND	16ul
#define VM_DONTDUMP	32ul
#define VM_FAULT_SIGBUS	2
/* the newest way */
#define KERNEL_VERSION(a, b, c)	((a) << 16 | (b) << 8 | (c))
#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 10, 0)
#define vm_flags_set(vma, flags)	((void)((vma)->vm_flags |= (flags)))

/* --- tasks and time --- */

struct task_struct {
	struct task_struct *group_leader;
};

typedef struct { int unused; } wait_queue_head_t;

struct delayed_work {
	int unused;
};

#define current			(&kernel_task)
#define current_euid()		((kuid_t){ 0 })
#define get_task_comm(to, task)	strscpy(to, "fuzz", sizeof(to))
#define task_tgid(task)		((struct pid *)NULL)
#define get_pid(pid)		(pid)
#define put_pid(pid)		((void)(pid))
#define CAP_SYS_ADMIN		21
#define capable(cap)		(kernel.root)
#define fatal_signal_pending(task)	kernel_dies()
#define ktime_get_ns()		(kernel.now += 1000)
#define ns_to_ktime(ns)		(ns)
#define init_waitqueue_head(wq)	((void)(wq))
#define wake_up_nr(wq, n)	((void)(n))
#define wake_up_poll(wq, events)	((void)(events))
#define poll_wait(file, wq, wait)	((void)(wait))

extern struct task_struct kernel_task;
bool kernel_dies(void);

#define wait_event(wq, cond)							\
	do {									\
		kernel_may_sleep();						\
		while (!(cond))							\
			KERNEL_MUST(kernel_run_workers());			\
	} while (0)
#define wait_event_or(cond, err)						\
	({									\
		int _err = 0;							\
		kernel_may_sleep();						\
		while (!_err && !(cond))					\
			if (!kernel_run_workers())				\
				_err = err;					\
		_err;								\
	})
#define wait_event_interruptible(wq, cond)	wait_event_or(cond, -ERESTARTSYS)
#define wait_event_killable(wq, cond)		wait_event_or(cond, -ERESTARTSYS)
#define wait_event_interruptible_hrtimeout(wq, cond, left)			\
	((void)(left), wait_event_or(cond, -ETIME))
/* of a worker: it is called again when there is more to do */
#define wait_event_idle_exclusive(wq, cond)	do { if (!(cond)) return 0; } while (0)

#define kthread_should_stop()	false
#define kthread_stop(task)	((void)(task))
struct task_struct *kernel_worker(int (*run)(void *data), void *data);
#define kthread_run(run, data, ...)	kernel_worker(run, data)

/* --- tracepoints --- */

#define TP_PROTO(...)	__VA_ARGS__
#define TRACE_EVENT(name, proto, ...)	static inline void trace_##name(proto) { }

#endif /* AXP_FUZZ_KERNEL_H */
