// SPDX-License-Identifier: GPL-2.0
/*
 * The module's own sources for ioctls, mmap, read and poll, in a process (kernel.h).
 * The calls are those of the hostile clients (selftests/wild_util.c), their random
 * numbers the bytes of the input; allocations and copies fail and fatal signals come
 * where the input says so. Whatever is called: the errors are documented ones, no lock
 * is left held, the device has counted what the client has, and nothing is left behind.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>

#include "kernel.h"
#include "axp.h"
#include "engines.h"
#include "fuzz.h"
#include "user.h"
#include "wild_util.h"

#define MOST_MAPS	(WILD_MAPS + 1)
#define MOST_SEQUENCES	8
#define ARG_BYTES	512

static struct axp_device dev;
static struct file file;
static struct wild_arrays arrays;
static struct vm_area_struct maps[MOST_MAPS];
static const uint8_t *input;
static size_t left;
/* memory of the call that is under way, beside the arrays */
static const char *lent;
static size_t lent_bytes;

static uint8_t byte(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

/* small numbers are a byte, any other is five */
uint32_t axp_random(uint64_t *state)
{
	uint32_t n = byte();

	if (n < 0xf0)
		return n;
	for (int i = 0; i < 4; i++)
		n = n << 8 | byte();
	return n;
}

int64_t axp_now_ns(void)
{
	return kernel.now;
}

int axp_sysfs_read(const char *name, char *buf, size_t size)
{
	return 0;
}

const char *user_memory_end(const void *at)
{
	uintptr_t p = (uintptr_t)at;

	if (p - (uintptr_t)&arrays < sizeof(arrays))
		return (const char *)(&arrays + 1);
	if (p - (uintptr_t)lent < lent_bytes)
		return lent + lent_bytes;
	return NULL;
}

/* --- system calls --- */

static void enter(const void *memory, size_t bytes)
{
	uint8_t fault = byte();

	/* what is no pointer of a caller is a number that fits 32 bits */
	lent = (uintptr_t)memory >> 32 ? memory : NULL;
	lent_bytes = lent ? bytes : 0;
	kernel.root = fault & 1;
	kernel.failing = fault >= 0xe0 ? 1 + byte() % 64 : 0;
	kernel.dying = fault >= 0xd0 && fault < 0xe0 ? 1 + byte() % 16 : 0;
}

static long leave(long rc)
{
	MUST(!kernel.spinlocks && !kernel.mutexes);
	lent_bytes = 0;
	kernel.failing = 0;
	kernel.dying = 0;
	kernel.dead = false;
	if (rc >= 0)
		return rc;
	errno = rc == -ERESTARTSYS ? EINTR : (int)-rc;
	return -1;
}

int user_ioctl(int fd, unsigned long cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	enter(arg, ARG_BYTES);
	return (int)leave(axp_fops.unlocked_ioctl(&file, (unsigned int)cmd, (uintptr_t)arg));
}

ssize_t user_read(int fd, void *to, size_t bytes)
{
	enter(to, bytes);
	return leave(axp_fops.read(&file, to, bytes, NULL));
}

int user_poll(struct pollfd *fds, nfds_t nr, int ms)
{
	enter(NULL, 0);
	if (ms)
		kernel_run_workers();
	fds->revents = (short)(axp_fops.poll(&file, NULL) & (unsigned short)fds->events);
	return (int)leave(!!fds->revents);
}

void *user_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	struct vm_area_struct *vma = maps;
	struct axp_buffer *buffer;
	struct vm_fault fault;
	long rc;

	while (vma->vm_private_data)
		vma++;
	MUST(vma < maps + MOST_MAPS);
	*vma = (struct vm_area_struct){
		.vm_end = bytes, .vm_pgoff = (unsigned long)offset >> PAGE_SHIFT,
		.vm_flags = flags & 1 ? VM_SHARED : 0,
	};
	enter(NULL, 0);
	rc = leave(axp_fops.mmap(&file, vma));
	if (rc) {
		MUST(!vma->vm_private_data);
		return (void *)-1;
	}
	buffer = vma->vm_private_data;
	for (unsigned long i = 0; i <= buffer->nr_pages; i++) {
		fault = (struct vm_fault){ .vma = vma, .pgoff = vma->vm_pgoff + i };
		MUST(vma->vm_ops->fault(&fault) ==
		     (i < buffer->nr_pages ? 0 : VM_FAULT_SIGBUS));
	}
	vma->vm_start = (uintptr_t)buffer->vaddr;
	vma->vm_end = vma->vm_start + bytes;
	return buffer->vaddr;
}

static void unmap(struct vm_area_struct *vma, size_t bytes)
{
	const struct vm_operations_struct *ops = vma->vm_ops;

	/* a part of it: it is split first */
	if (bytes < vma->vm_end - vma->vm_start) {
		ops->open(vma);
		ops->close(vma);
		vma->vm_start += bytes;
		return;
	}
	ops->close(vma);
	vma->vm_private_data = NULL;
}

int user_munmap(void *at, size_t bytes)
{
	for (unsigned int i = 0; i < MOST_MAPS; i++) {
		if (maps[i].vm_private_data && maps[i].vm_start == (uintptr_t)at) {
			unmap(&maps[i], bytes);
			return 0;
		}
	}
	return 0;
}

bool axp_fpu_step(const struct axp_engine *engine, const struct axp_plan *plan,
		  const struct axp_io *io, struct axp_cursor *cursor, void *scratch,
		  struct axp_counters *counters)
{
	kernel_may_sleep();
	return engine->step(plan, io, cursor, scratch, counters);
}

/* --- a machine from start to end --- */

static void start(void)
{
	static const struct axp_limits limits = AXP_LIMITS_DEFAULT;

	memset(&dev, 0, sizeof(dev));
	memset(&arrays, 0, sizeof(arrays));
	dev.params = (struct axp_params){
		.npes = 1 + byte() % 2, .engine = axp_engine_select(NULL), .quantum = 1000,
		.max_macs_per_job = 1 << 16, .max_bytes = 1 << 21, .max_objects = 12,
		.max_jobs_per_submit = 3, .max_inflight = 8, .limits = limits,
	};
	kernel_start();
	axp_model_init(&dev.model);
	axp_totals_init(&dev.totals);
	axp_clients_init(&dev.clients);
	MUST(!axp_sched_init(&dev));
	file = (struct file){ &dev.misc, byte() & 1 ? O_NONBLOCK : 0 };
	MUST(!axp_fops.open(NULL, &file));
}

static void end(void)
{
	struct axp_client *client = file.private_data;

	for (unsigned int i = 0; i < MOST_MAPS; i++)
		if (maps[i].vm_private_data)
			unmap(&maps[i], maps[i].vm_end - maps[i].vm_start);
	/* what was counted of the client is what was counted of the device */
	MUST(!memcmp(&client->stats, &dev.totals.stats, sizeof(client->stats)));
	MUST(!axp_fops.release(NULL, &file));
	MUST(axp_sched_idle(&dev.sched));
	MUST(!atomic_read(&dev.nr_clients));
	axp_sched_exit(&dev.sched);
	axp_clients_exit(&dev.clients);
	MUST(!kernel.spinlocks && !kernel.mutexes && !kernel.allocated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wild_counts counts = {};
	struct wild wild = {
		.counts = &counts, .arrays = &arrays, .most_macs = 1 << 14,
	};

	input = data;
	left = size;
	start();
	wild.blocking = byte() & 1;
	for (int i = 0; i < MOST_SEQUENCES && left; i++) {
		if (wild_sequence(&wild))
			continue;
		fprintf(stderr, "%s\n", wild.failed);
		MUST(!wild.failed[0]);
	}
	end();
	return 0;
}
