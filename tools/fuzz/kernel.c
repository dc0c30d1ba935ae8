// SPDX-License-Identifier: GPL-2.0
/* What kernel.h declares. */
#include "kernel.h"
#include "user.h"

#define MOST_WORKERS	4

struct kernel kernel;
struct task_struct kernel_task = { .group_leader = &kernel_task };

static struct worker {
	int (*run)(void *data);
	void *data;
} workers[MOST_WORKERS];
static unsigned int nr_workers;

void kernel_start(void)
{
	memset(&kernel, 0, sizeof(kernel));
	nr_workers = 0;
}

bool kernel_fails(void)
{
	if (!kernel.failing || --kernel.failing)
		return false;
	kernel.failed = true;
	return true;
}

/* the engine's allocations fail as the module's do */
bool axp_mem_fails(size_t bytes)
{
	(void)bytes;
	kernel_may_sleep();
	return kernel_fails();
}

bool kernel_dies(void)
{
	if (kernel.dying && !--kernel.dying)
		kernel.dead = true;
	return kernel.dead;
}

/* and it gives up objects when the module would */
bool axp_is_killed(void)
{
	kernel_may_sleep();
	return kernel_dies();
}

void kernel_may_sleep(void)
{
	KERNEL_MUST(!kernel.spinlocks);
}

/* --- workers --- */

struct task_struct *kernel_worker(int (*run)(void *data), void *data)
{
	KERNEL_MUST(nr_workers < MOST_WORKERS);
	workers[nr_workers++] = (struct worker){ run, data };
	return &kernel_task;
}

bool kernel_run_workers(void)
{
	s64 before = kernel.now;

	for (unsigned int i = 0; i < nr_workers; i++)
		workers[i].run(workers[i].data);
	/* who takes a tile looks at the clock */
	return kernel.now != before;
}

/* --- memory --- */

void *kernel_alloc(size_t bytes, bool zero)
{
	void *p;

	kernel_may_sleep();
	if (kernel_fails() || bytes == SIZE_MAX)
		return NULL;
	p = malloc(bytes ? bytes : 1);
	KERNEL_MUST(p);
	memset(p, zero ? 0 : 0xa5, bytes);
	kernel.allocated++;
	return p;
}

void kernel_free(const void *p)
{
	if (!p)
		return;
	kernel.allocated--;
	free((void *)(uintptr_t)p);
}

/* how many of the bytes at @at are the user's */
static size_t user_bytes(const void *at, size_t bytes)
{
	const char *end = user_memory_end(at);

	kernel_may_sleep();
	if (!end || kernel_fails())
		return 0;
	return min(bytes, (size_t)(end - (const char *)at));
}

unsigned long copy_from_user(void *to, const void *from, size_t bytes)
{
	size_t n = bytes ? user_bytes(from, bytes) : 0;

	memcpy(to, from, n);
	memset((char *)to + n, 0, bytes - n);
	return bytes - n;
}

unsigned long copy_to_user(void *to, const void *from, size_t bytes)
{
	size_t n = bytes ? user_bytes(to, bytes) : 0;

	memcpy(to, from, n);
	return bytes - n;
}

unsigned long clear_user(void *to, size_t bytes)
{
	size_t n = bytes ? user_bytes(to, bytes) : 0;

	memset(to, 0, n);
	return bytes - n;
}

int copy_struct_from_user(void *to, size_t ksize, const void *from, size_t usize)
{
	size_t n = min(ksize, usize);
	const char *rest = (const char *)from + n;

	if (usize > n && user_bytes(rest, usize - n) < usize - n)
		return -EFAULT;
	for (size_t i = n; i < usize; i++)
		if (*rest++)
			return -E2BIG;
	if (copy_from_user(to, from, n))
		return -EFAULT;
	memset((char *)to + n, 0, ksize - n);
	return 0;
}

/* --- handles --- */

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
{
	kernel_may_sleep();
	if (kernel_fails())
		return -ENOMEM;
	for (u32 i = 1; i < XA_SLOTS; i++) {
		if (xa->slot[i].used)
			continue;
		xa->slot[i].used = true;
		xa->slot[i].entry = entry;
		*id = i;
		return 0;
	}
	return -EBUSY;
}

int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		    gfp_t gfp)
{
	return xa_alloc(xa, id, entry, limit, gfp);
}

void *xa_load(const struct xarray *xa, unsigned long id)
{
	return id < XA_SLOTS ? xa->slot[id].entry : NULL;
}

void *xa_store(struct xarray *xa, unsigned long id, void *entry, gfp_t gfp)
{
	void *old = xa_load(xa, id);

	/* the module stores where it has reserved: no memory is needed */
	KERNEL_MUST(id < XA_SLOTS && xa->slot[id].used && !xa->xa_lock.held);
	xa->slot[id].entry = entry;
	return old;
}

void *__xa_erase(struct xarray *xa, unsigned long id)
{
	void *old = xa_load(xa, id);

	KERNEL_MUST(xa->xa_lock.held);
	if (id < XA_SLOTS) {
		xa->slot[id].entry = NULL;
		xa->slot[id].used = false;
	}
	return old;
}

void *xa_erase(struct xarray *xa, unsigned long id)
{
	void *old;

	xa_lock(xa);
	old = __xa_erase(xa, id);
	xa_unlock(xa);
	return old;
}

void *xa_next(const struct xarray *xa, unsigned long *id)
{
	while (*id < XA_SLOTS && !xa->slot[*id].entry)
		(*id)++;
	return xa_load(xa, *id);
}

bool xa_empty(const struct xarray *xa)
{
	for (u32 i = 0; i < XA_SLOTS; i++)
		if (xa->slot[i].used)
			return false;
	return true;
}
