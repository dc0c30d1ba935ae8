// SPDX-License-Identifier: GPL-2.0
/*
 * What would exceed max_bytes is refused before it is taken: the cgroup of the client
 * never sees more than the limit. Needs a small one: insmod axp.ko max_bytes=16777216.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>

#include "../../kselftest_harness.h"
#include "memcg_util.h"

#define LIMIT	(16 * MIB)
/* What is not counted: the kernel's small structures, and memory by the power of two. */
#define SLACK	(3 * MIB)
/* Left to a client when it asks; its arguments are copied into that. */
#define LEFT	(MIB / 2 + MEMCG_DATA)
#define NR_THREADS	4

/* Bytes that this client is charged, from fdinfo; -1: it does not say. */
static long long charged(int fd)
{
	char path[64], line[256];
	long long kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "axp-memory-total: %lld KiB", &kib);
	if (file)
		fclose(file);
	return kib < 0 ? -1 : kib * 1024;
}

/* Leave the client that many bytes. */
static int fill(struct memcg_client *c, uint64_t left)
{
	struct axp_buf_create create = { .bytes = LIMIT - charged(c->fd) - left };
	int err;

	create.bytes -= create.bytes % 4096;
	err = axp_ioctl(c->fd, AXP_IOC_BUF_CREATE, &create);
	if (!err)
		c->made[c->nr_made++] = create.buf;
	return err;
}

static bool is_refused(const struct memcg_client *c, int err)
{
	return err == -ENOSPC && c->why.reason == AXP_WHY_MEMORY && c->why.limit == LIMIT &&
	       c->why.value > LIMIT;
}

struct asker {
	struct memcg_client c;
	const struct memcg_want *want;
	int err;
};

static void *ask(void *arg)
{
	struct asker *a = arg;

	a->err = a->want->ask(&a->c);
	return NULL;
}

/* Several threads ask at once: together they do not exceed it either. */
static bool all_refused(const struct memcg_client *c, const struct memcg_want *want)
{
	static struct asker askers[NR_THREADS];
	pthread_t threads[NR_THREADS];
	bool refused = true;
	unsigned int i;

	for (i = 0; i < NR_THREADS; i++) {
		askers[i].c = *c;
		askers[i].want = want;
		if (pthread_create(&threads[i], NULL, ask, &askers[i]))
			return false;
	}
	for (i = 0; i < NR_THREADS; i++) {
		pthread_join(threads[i], NULL);
		refused &= is_refused(&askers[i].c, askers[i].err);
	}
	return refused;
}

static int child(struct memcg_client *c, const struct memcg_want *want)
{
	long long others, peak;

	/* the stacks of threads are not wanted whole */
	munlockall();
	if ((want->prepare && want->prepare(c)) ||
	    fill(c, want == &memcg_weights ? LEFT : MIB / 2))
		return MEMCG_NOT_PREPARED;
	/* of this process, and what is not counted */
	others = memcg_read("current") - charged(c->fd);
	if (!is_refused(c, want->ask(c)))
		return MEMCG_NOT_LIMITED;
	if (!all_refused(c, want))
		return MEMCG_WRONG_WHY;
	peak = memcg_read("peak");
	fprintf(stderr, "# %s: %lld KiB at most beside %lld of others\n", want->name,
		(peak - others) / 1024, others / 1024);
	if (peak - others > (long long)(LIMIT + SLACK))
		return MEMCG_TOO_MUCH;
	if (memcg_release(c) || charged(c->fd))
		return MEMCG_NOT_RETURNED;
	return memcg_works(c->fd) ? MEMCG_FINE : MEMCG_NOT_USABLE;
}

FIXTURE(peak)
{
	struct account *account;
	const char *skip;
};

FIXTURE_VARIANT(peak)
{
	const struct memcg_want *want;
};

FIXTURE_VARIANT_ADD(peak, buffer) { .want = &memcg_buffer };
FIXTURE_VARIANT_ADD(peak, weights) { .want = &memcg_weights };
FIXTURE_VARIANT_ADD(peak, table) { .want = &memcg_table };
FIXTURE_VARIANT_ADD(peak, plan) { .want = &memcg_plan };
FIXTURE_VARIANT_ADD(peak, faults) { .want = &memcg_faults };

FIXTURE_SETUP(peak)
{
	struct axp_caps caps = {};
	int fd;

	self->account = account_open();
	fd = axp_open(0);
	ASSERT_EQ(0, axp_ioctl(fd, AXP_IOC_GET_CAPS, &caps));
	if (caps.max_bytes != LIMIT)
		self->skip = "max_bytes is not 16777216";
	else if (charged(fd) < 0)
		self->skip = "nothing in fdinfo: the module leaves it out";
	close(fd);
	if (!memcg_create())
		self->skip = "no memory controller";
	else if (memcg_read("peak") < 0)
		self->skip = "no memory.peak: the kernel is too old";
}

FIXTURE_TEARDOWN(peak)
{
	memcg_remove();
	EXPECT_SETTLED(self->account);
}

TEST_F_TIMEOUT(peak, is_below_the_limit, 120)
{
	if (self->skip)
		SKIP(return, "%s", self->skip);
	EXPECT_EQ(MEMCG_FINE, memcg_run(self->account, child, variant->want));
}

TEST_HARNESS_MAIN
