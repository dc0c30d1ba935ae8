// SPDX-License-Identifier: GPL-2.0
/*
 * What a client makes the kernel hold is charged to its memory cgroup: it counts
 * there, and the cgroup's limit ends it with ENOMEM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../kselftest_harness.h"
#include "totals_util.h"

#define CGROUP	"/sys/fs/cgroup"
#define MINE	CGROUP "/axp_memcg_test"
#define MIB	(1024 * 1024ull)

static int write_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static long long read_number(const char *path)
{
	long long value = -1;
	FILE *f = fopen(path, "r");

	if (!f)
		return -1;
	if (fscanf(f, "%lld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

FIXTURE(memcg)
{
	struct account *account;
	bool have;
};

FIXTURE_SETUP(memcg)
{
	self->account = account_open();
	rmdir(MINE);
	write_file(CGROUP "/cgroup.subtree_control", "+memory");
	self->have = !mkdir(MINE, 0755) && read_number(MINE "/memory.current") >= 0;
}

FIXTURE_TEARDOWN(memcg)
{
	rmdir(MINE);
	EXPECT_SETTLED(self->account);
}

/* What a child in the cgroup found, as its exit status. */
enum { FINE, NO_CGROUP, NO_DEVICE, NOT_CREATED, NOT_CHARGED, NOT_RETURNED, NOT_LIMITED,
	NOT_USABLE };

static int in_cgroup(struct account *account, int (*child)(int fd))
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		int fd, found;

		if (write_file(MINE "/cgroup.procs", "0"))
			_exit(NO_CGROUP);
		fd = open(AXP_DEV, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			_exit(NO_DEVICE);
		found = child(fd);
		account_add(account, fd);
		_exit(found);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return WEXITSTATUS(status);
}

static int buffer(int fd, uint64_t bytes, uint32_t *handle)
{
	struct axp_buf_create create = { .bytes = bytes };
	int err = axp_ioctl(fd, AXP_IOC_BUF_CREATE, &create);

	*handle = create.buf;
	return err;
}

/* 16 MiB are seen by the cgroup, and come back with the handle. */
static int child_charged(int fd)
{
	long long before, with, after;
	uint32_t handle;

	before = read_number(MINE "/memory.current");
	if (buffer(fd, 16 * MIB, &handle))
		return NOT_CREATED;
	with = read_number(MINE "/memory.current");
	if (axp_destroy(fd, handle))
		return NOT_CREATED;
	after = read_number(MINE "/memory.current");
	if (with - before < (long long)(15 * MIB))
		return NOT_CHARGED;
	return with - after < (long long)(12 * MIB) ? NOT_RETURNED : FINE;
}

/* So do weights: the kernel's copy of 16 MiB that this process holds already. */
static int child_weights(int fd)
{
	const uint64_t count = 4 * MIB;
	uint32_t *data = malloc(count * 4), handle;
	long long before, with, after;
	uint64_t i;

	if (!data)
		return NOT_CREATED;
	/* too many distinct values for a codebook */
	for (i = 0; i < count; i++)
		data[i] = F32_ONE + i;
	before = read_number(MINE "/memory.current");
	if (axp_weights_f32(fd, data, count, NULL, 0, &handle))
		return NOT_CREATED;
	with = read_number(MINE "/memory.current");
	if (axp_destroy(fd, handle))
		return NOT_CREATED;
	after = read_number(MINE "/memory.current");
	if (with - before < (long long)(15 * MIB))
		return NOT_CHARGED;
	return with - after < (long long)(12 * MIB) ? NOT_RETURNED : FINE;
}

/* And tables: rows, classes and all. */
static int child_tables(int fd)
{
	struct axp_table_spec spec = axp_spec_f32();
	static struct axp_row rows[4096];
	uint32_t handle[64], i;
	long long before, with;

	for (i = 0; i < 4096; i++)
		rows[i] = (struct axp_row) { .act = i << 12, .act_care = ~0u };
	before = read_number(MINE "/memory.current");
	for (i = 0; i < 64; i++)
		if (axp_table(fd, &spec, rows, 4096, &handle[i], NULL))
			return NOT_CREATED;
	with = read_number(MINE "/memory.current");
	return with - before < (long long)sizeof(rows) * 60 ? NOT_CHARGED : FINE;
}

/* With a limit of 24 MiB: 64 are refused, nobody is killed, and 4 still work. */
static int child_limited(int fd)
{
	uint32_t handle;

	if (buffer(fd, 64 * MIB, &handle) != -ENOMEM)
		return NOT_LIMITED;
	return buffer(fd, 4 * MIB, &handle) ? NOT_USABLE : FINE;
}

/* 64 MiB of weights, made outside of the cgroup */
static uint32_t *heavy;

static int child_limited_weights(int fd)
{
	uint32_t handle;

	if (axp_weights_f32(fd, heavy, 16 * MIB, NULL, 0, &handle) != -ENOMEM)
		return NOT_LIMITED;
	return buffer(fd, 4 * MIB, &handle) ? NOT_USABLE : FINE;
}

/* Tables until there is no memory for one more; then for a buffer in place of some. */
static int child_limited_tables(int fd)
{
	struct axp_table_spec spec = axp_spec_f32();
	static struct axp_row rows[4096];
	static uint32_t handle[4096];
	int err = 0;
	uint32_t i, nr;

	for (i = 0; i < 4096; i++)
		rows[i] = (struct axp_row) { .act = i << 12, .act_care = ~0u };
	for (nr = 0; nr < 4096 && !err; nr++)
		err = axp_table(fd, &spec, rows, 4096, &handle[nr], NULL);
	if (err != -ENOMEM || nr < 2)
		return NOT_LIMITED;
	for (i = 0; i + 1 < nr; i++)
		if (axp_destroy(fd, handle[i]))
			return NOT_USABLE;
	return buffer(fd, 4 * MIB, handle) ? NOT_USABLE : FINE;
}

TEST_F(memcg, buffers_are_charged)
{
	if (!self->have)
		SKIP(return, "no memory controller in " CGROUP);
	EXPECT_EQ(FINE, in_cgroup(self->account, child_charged));
}

TEST_F(memcg, weights_are_charged)
{
	if (!self->have)
		SKIP(return, "no memory controller in " CGROUP);
	EXPECT_EQ(FINE, in_cgroup(self->account, child_weights));
}

TEST_F(memcg, tables_are_charged)
{
	if (!self->have)
		SKIP(return, "no memory controller in " CGROUP);
	EXPECT_EQ(FINE, in_cgroup(self->account, child_tables));
}

TEST_F(memcg, limit_is_enomem)
{
	if (!self->have)
		SKIP(return, "no memory controller in " CGROUP);
	ASSERT_EQ(0, write_file(MINE "/memory.max", "25165824"));
	EXPECT_EQ(FINE, in_cgroup(self->account, child_limited));
}

TEST_F(memcg, limit_of_weights_is_enomem)
{
	uint64_t i;

	if (!self->have)
		SKIP(return, "no memory controller in " CGROUP);
	heavy = malloc(64 * MIB);
	ASSERT_NE(NULL, heavy);
	for (i = 0; i < 16 * MIB; i++)
		heavy[i] = F32_ONE + i;
	ASSERT_EQ(0, write_file(MINE "/memory.max", "25165824"));
	EXPECT_EQ(FINE, in_cgroup(self->account, child_limited_weights));
	free(heavy);
}

TEST_F(memcg, limit_of_tables_is_enomem)
{
	if (!self->have)
		SKIP(return, "no memory controller in " CGROUP);
	ASSERT_EQ(0, write_file(MINE "/memory.max", "25165824"));
	EXPECT_EQ(FINE, in_cgroup(self->account, child_limited_tables));
}

TEST_HARNESS_MAIN
