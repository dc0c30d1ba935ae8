// SPDX-License-Identifier: GPL-2.0
/*
 * What a client makes the kernel hold is charged to its memory cgroup: it counts
 * there, and the cgroup's limit ends it with ENOMEM.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>

#include "../../kselftest_harness.h"
#include "memcg_util.h"

FIXTURE(memcg)
{
	struct account *account;
	bool have;
};

FIXTURE_SETUP(memcg)
{
	self->account = account_open();
	self->have = memcg_create();
}

FIXTURE_TEARDOWN(memcg)
{
	memcg_remove();
	EXPECT_SETTLED(self->account);
}

static int buffer(int fd, uint64_t bytes, uint32_t *handle)
{
	struct axp_buf_create create = { .bytes = bytes };
	int err = axp_ioctl(fd, AXP_IOC_BUF_CREATE, &create);

	*handle = create.buf;
	return err;
}

/* 16 MiB are seen by the cgroup, and come back with the handle. */
static int child_charged(struct memcg_client *c, const struct memcg_want *unused)
{
	long long before, with, after;
	uint32_t handle;

	before = memcg_read("current");
	if (buffer(c->fd, 16 * MIB, &handle))
		return MEMCG_NOT_CREATED;
	with = memcg_read("current");
	if (axp_destroy(c->fd, handle))
		return MEMCG_NOT_CREATED;
	after = memcg_read("current");
	if (with - before < (long long)(15 * MIB))
		return MEMCG_NOT_CHARGED;
	return with - after < (long long)(12 * MIB) ? MEMCG_NOT_RETURNED : MEMCG_FINE;
}

/* So do weights: the kernel's copy of 16 MiB that this process holds already. */
static int child_weights(struct memcg_client *c, const struct memcg_want *unused)
{
	const uint64_t count = 4 * MIB;
	uint32_t *data = malloc(count * 4), handle;
	long long before, with, after;
	uint64_t i;

	if (!data)
		return MEMCG_NOT_CREATED;
	/* too many distinct values for a codebook */
	for (i = 0; i < count; i++)
		data[i] = F32_ONE + i;
	before = memcg_read("current");
	if (axp_weights_f32(c->fd, data, count, NULL, 0, &handle))
		return MEMCG_NOT_CREATED;
	with = memcg_read("current");
	if (axp_destroy(c->fd, handle))
		return MEMCG_NOT_CREATED;
	after = memcg_read("current");
	if (with - before < (long long)(15 * MIB))
		return MEMCG_NOT_CHARGED;
	return with - after < (long long)(12 * MIB) ? MEMCG_NOT_RETURNED : MEMCG_FINE;
}

/* And tables: rows, classes and all. */
static int child_tables(struct memcg_client *c, const struct memcg_want *unused)
{
	struct axp_table_spec spec = axp_spec_f32();
	static struct axp_row rows[4096];
	uint32_t handle[64], i;
	long long before, with;

	for (i = 0; i < 4096; i++)
		rows[i] = (struct axp_row) { .act = i << 12, .act_care = ~0u };
	before = memcg_read("current");
	for (i = 0; i < 64; i++)
		if (axp_table(c->fd, &spec, rows, 4096, &handle[i], NULL))
			return MEMCG_NOT_CREATED;
	with = memcg_read("current");
	return with - before < (long long)sizeof(rows) * 60 ? MEMCG_NOT_CHARGED : MEMCG_FINE;
}

TEST_F(memcg, buffers_are_charged)
{
	if (!self->have)
		SKIP(return, "no memory controller");
	EXPECT_EQ(MEMCG_FINE, memcg_run(self->account, child_charged, NULL));
}

TEST_F(memcg, weights_are_charged)
{
	if (!self->have)
		SKIP(return, "no memory controller");
	EXPECT_EQ(MEMCG_FINE, memcg_run(self->account, child_weights, NULL));
}

TEST_F(memcg, tables_are_charged)
{
	if (!self->have)
		SKIP(return, "no memory controller");
	EXPECT_EQ(MEMCG_FINE, memcg_run(self->account, child_tables, NULL));
}

/*
 * The limit of the cgroup is ENOMEM and nobody is killed; what the client has goes
 * back, and within the limit it still works, and so does another one.
 */
static int child_limited(struct memcg_client *c, const struct memcg_want *want)
{
	int err = want->prepare ? want->prepare(c) : 0;
	bool works;
	int fd;

	if (err)
		return MEMCG_NOT_PREPARED;
	c->asked = 0;
	if (memcg_limit(want->room))
		return MEMCG_NO_CGROUP;
	do {
		err = want->ask(c);
	} while (!err && c->asked < want->most);
	if (!err)
		return MEMCG_NOT_LIMITED;
	if (err != -ENOMEM)
		return MEMCG_WRONG_ERROR;
	if (c->why.reason)
		return MEMCG_WRONG_WHY;
	if (memcg_release(c) || !memcg_works(c->fd))
		return MEMCG_NOT_USABLE;
	fd = open(AXP_DEV, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return MEMCG_NOT_USABLE;
	works = memcg_works(fd);
	account_close(c->account, fd);
	return works ? MEMCG_FINE : MEMCG_NOT_USABLE;
}

FIXTURE(limit)
{
	struct account *account;
	bool have;
};

FIXTURE_VARIANT(limit)
{
	const struct memcg_want *want;
};

FIXTURE_VARIANT_ADD(limit, buffer) { .want = &memcg_buffer };
FIXTURE_VARIANT_ADD(limit, weights) { .want = &memcg_weights };
FIXTURE_VARIANT_ADD(limit, many_weights) { .want = &memcg_many_weights };
FIXTURE_VARIANT_ADD(limit, table) { .want = &memcg_table };
FIXTURE_VARIANT_ADD(limit, many_tables) { .want = &memcg_many_tables };
FIXTURE_VARIANT_ADD(limit, plan) { .want = &memcg_plan };
FIXTURE_VARIANT_ADD(limit, many_plans) { .want = &memcg_many_plans };
FIXTURE_VARIANT_ADD(limit, faults) { .want = &memcg_faults };
FIXTURE_VARIANT_ADD(limit, jobs) { .want = &memcg_jobs };
FIXTURE_VARIANT_ADD(limit, scratch) { .want = &memcg_scratch };

FIXTURE_SETUP(limit)
{
	self->account = account_open();
	self->have = memcg_create();
}

FIXTURE_TEARDOWN(limit)
{
	memcg_remove();
	EXPECT_SETTLED(self->account);
}

TEST_F_TIMEOUT(limit, is_enomem, 120)
{
	if (!self->have)
		SKIP(return, "no memory controller");
	EXPECT_EQ(MEMCG_FINE, memcg_run(self->account, child_limited, variant->want));
	EXPECT_EQ(0, memcg_kills());
}

TEST_HARNESS_MAIN
