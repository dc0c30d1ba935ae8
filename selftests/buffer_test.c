// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers: zeroed, mapped whole and shared only, alive while anything uses them,
 * charged to their client.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../../kselftest_harness.h"
#include "axp_util.h"

FIXTURE(buffer)
{
	int fd;
	long page;
};

FIXTURE_SETUP(buffer)
{
	self->fd = axp_open(0);
	self->page = sysconf(_SC_PAGESIZE);
}

FIXTURE_TEARDOWN(buffer)
{
	close(self->fd);
}

static int map_errno(int fd, size_t bytes, int prot, int flags, uint64_t offset)
{
	void *map = mmap(NULL, bytes, prot, flags, fd, (off_t)offset);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, bytes);
	return 0;
}

TEST_F(buffer, zeroed_and_rounded)
{
	struct axp_mem mem;
	uint64_t i;

	ASSERT_EQ(0, axp_mem_create(self->fd, 3 * self->page + 1, &mem));
	EXPECT_EQ(4 * self->page, mem.bytes);
	for (i = 0; i < mem.bytes / 4; i++)
		ASSERT_EQ(0, mem.words[i]);
	memset(mem.words, 0xff, mem.bytes);
	ASSERT_EQ(0, axp_destroy(self->fd, mem.buf));
	axp_mem_unmap(&mem);

	/* the next owner of the pages sees zeros too */
	ASSERT_EQ(0, axp_mem_create(self->fd, 4 * self->page, &mem));
	for (i = 0; i < mem.bytes / 4; i++)
		ASSERT_EQ(0, mem.words[i]);
	axp_mem_unmap(&mem);
}

TEST_F(buffer, maps)
{
	const int rw = PROT_READ | PROT_WRITE;
	struct axp_mem mem;

	ASSERT_EQ(0, axp_mem_create(self->fd, 4 * self->page, &mem));
	EXPECT_EQ(0, map_errno(self->fd, mem.bytes, rw, MAP_SHARED, mem.offset));
	EXPECT_EQ(0, map_errno(self->fd, mem.bytes, PROT_READ, MAP_SHARED, mem.offset));
	EXPECT_EQ(-EINVAL, map_errno(self->fd, mem.bytes, rw, MAP_PRIVATE, mem.offset));
	EXPECT_EQ(-EINVAL, map_errno(self->fd, mem.bytes - self->page, rw, MAP_SHARED,
				     mem.offset));
	EXPECT_EQ(-EINVAL, map_errno(self->fd, mem.bytes + self->page, rw, MAP_SHARED,
				     mem.offset));
	EXPECT_EQ(-ENOENT, map_errno(self->fd, mem.bytes, rw, MAP_SHARED, 0));
	EXPECT_EQ(-ENOENT, map_errno(self->fd, mem.bytes, rw, MAP_SHARED,
				     mem.offset + 100 * self->page));

	/* cannot grow; what is left of a partial unmap is still the right part */
	EXPECT_EQ(MAP_FAILED, mremap(mem.words, mem.bytes, 2 * mem.bytes, MREMAP_MAYMOVE));
	mem.words[3 * self->page / 4] = 42;
	ASSERT_EQ(0, munmap(mem.words, self->page));
	EXPECT_EQ(42, mem.words[3 * self->page / 4]);
	EXPECT_EQ(0, mem.words[2 * self->page / 4]);
	ASSERT_EQ(0, munmap((char *)mem.words + 2 * self->page, self->page));
	EXPECT_EQ(42, mem.words[3 * self->page / 4]);
	ASSERT_EQ(0, munmap((char *)mem.words + self->page, self->page));
	ASSERT_EQ(0, munmap((char *)mem.words + 3 * self->page, self->page));
}

TEST_F(buffer, two_maps_are_one_memory)
{
	struct axp_mem mem;
	uint32_t *again;

	ASSERT_EQ(0, axp_mem_create(self->fd, self->page, &mem));
	again = mmap(NULL, mem.bytes, PROT_READ, MAP_SHARED, self->fd, (off_t)mem.offset);
	ASSERT_NE(MAP_FAILED, again);
	mem.words[7] = 1234;
	EXPECT_EQ(1234, again[7]);
	munmap(again, mem.bytes);
	axp_mem_unmap(&mem);
}

TEST_F(buffer, map_outlives_handle_and_file)
{
	struct axp_mem mem;

	ASSERT_EQ(0, axp_mem_create(self->fd, 16 * self->page, &mem));
	mem.words[5] = 99;
	ASSERT_EQ(0, axp_destroy(self->fd, mem.buf));
	EXPECT_EQ(-ENOENT, map_errno(self->fd, mem.bytes, PROT_READ, MAP_SHARED, mem.offset));
	close(self->fd);
	EXPECT_EQ(99, mem.words[5]);
	mem.words[15 * self->page / 4] = 7;	/* faulted in only now */
	EXPECT_EQ(7, mem.words[15 * self->page / 4]);
	axp_mem_unmap(&mem);
	self->fd = axp_open(0);
}

TEST_F(buffer, child_shares)
{
	struct axp_mem mem;
	int status;
	pid_t pid;

	ASSERT_EQ(0, axp_mem_create(self->fd, self->page, &mem));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		mem.words[0] = 5;
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_EQ(5, mem.words[0]);
	axp_mem_unmap(&mem);
}

/* The limit is the client's; what is freed can be had again. */
TEST_F(buffer, charged_to_the_client)
{
	struct axp_caps caps;
	struct axp_buf_create create = {};
	int other = axp_open(0);
	uint64_t step, used = 0;
	uint32_t last = 0;
	int err = 0;

	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_GET_CAPS, &caps));
	if (caps.max_bytes > 1ull << 28)
		SKIP(return, "module parameter max_bytes is too large to be used up");
	step = caps.max_bytes / 16;
	while (used <= caps.max_bytes) {
		create = (struct axp_buf_create) { .bytes = step };
		err = axp_ioctl(self->fd, AXP_IOC_BUF_CREATE, &create);
		if (err)
			break;
		last = create.buf;
		used += create.bytes;
	}
	EXPECT_EQ(-ENOSPC, err);
	EXPECT_EQ(AXP_WHY_MEMORY, create.why.reason);
	EXPECT_EQ(caps.max_bytes, create.why.limit);
	EXPECT_EQ(used + step, create.why.value);
	create = (struct axp_buf_create) { .bytes = step };
	EXPECT_EQ(0, axp_ioctl(other, AXP_IOC_BUF_CREATE, &create));
	close(other);
	ASSERT_EQ(0, axp_destroy(self->fd, last));
	create = (struct axp_buf_create) { .bytes = step };
	EXPECT_EQ(0, axp_ioctl(self->fd, AXP_IOC_BUF_CREATE, &create));
}

TEST_HARNESS_MAIN
