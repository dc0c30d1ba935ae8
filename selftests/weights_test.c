// SPDX-License-Identifier: GPL-2.0
/*
 * Weights: three formats of the same numbers compute the same; an index past the
 * codebook is found and named.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../kselftest_harness.h"
#include "axp_util.h"

#define NR	7	/* odd: half a byte of packed indices is left over */

FIXTURE(weights)
{
	int fd;
	struct axp_mem act;
	struct axp_mem out;
	uint32_t codebook[3];
	uint8_t index[NR];
	uint8_t packed[(NR + 1) / 2];
	uint32_t plain[NR];
	struct axp_weights_create create;
};

FIXTURE_SETUP(weights)
{
	static const uint8_t index[NR] = { 0, 2, 1, 1, 0, 2, 2 };
	unsigned int i;

	self->fd = axp_open(0);
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &self->act));
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &self->out));
	self->codebook[0] = F32_ONE;
	self->codebook[1] = F32_TWO;
	self->codebook[2] = 0xc0400000;		/* -3 */
	for (i = 0; i < NR; i++) {
		self->index[i] = index[i];
		self->packed[i / 2] |= index[i] << i % 2 * 4;
		self->plain[i] = self->codebook[index[i]];
		self->act.words[i] = F32_ONE;
	}
	self->create = (struct axp_weights_create) {
		.codebook = (uintptr_t)self->codebook,
		.data = (uintptr_t)self->index,
		.count = NR,
		.format = AXP_WGT_U8,
		.nr_centroids = 3,
	};
}

FIXTURE_TEARDOWN(weights)
{
	axp_mem_unmap(&self->act);
	axp_mem_unmap(&self->out);
	close(self->fd);
}

/* sum of all weights */
static uint32_t sum(struct __test_metadata *_metadata, struct _test_data_weights *self,
		    uint32_t weights)
{
	struct axp_job job = {
		.op = AXP_OP_DOT,
		.weights = weights,
		.act.buf = self->act.buf,
		.out.buf = self->out.buf,
		.dot = { .count = 1, .len = NR },
	};

	self->out.words[0] = ~0u;
	EXPECT_EQ(0, axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	return self->out.words[0];
}

TEST_F(weights, formats)
{
	const uint32_t expect = 0xc0400000;	/* 2 * 1 + 2 * 2 - 3 * 3 */

	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	EXPECT_EQ(expect, sum(_metadata, self, self->create.weights));

	self->create.format = AXP_WGT_U4;
	self->create.data = (uintptr_t)self->packed;
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	EXPECT_EQ(expect, sum(_metadata, self, self->create.weights));

	self->create.format = AXP_WGT_F32;
	self->create.codebook = 0;
	self->create.nr_centroids = 0;
	self->create.data = (uintptr_t)self->plain;
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	EXPECT_EQ(expect, sum(_metadata, self, self->create.weights));
}

/* What the client does to its memory later changes nothing. */
TEST_F(weights, private_copy)
{
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	memset(self->index, 0xff, sizeof(self->index));
	memset(self->codebook, 0xff, sizeof(self->codebook));
	EXPECT_EQ(0xc0400000, sum(_metadata, self, self->create.weights));
}

TEST_F(weights, index_past_the_codebook)
{
	self->index[5] = 3;
	EXPECT_EQ(-ERANGE, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	EXPECT_EQ(AXP_WHY_INDEX, self->create.why.reason);
	EXPECT_EQ(5, self->create.why.index);
	EXPECT_EQ(3, self->create.why.value);
	EXPECT_EQ(3, self->create.why.limit);

	self->create.format = AXP_WGT_U4;
	self->create.data = (uintptr_t)self->packed;
	self->packed[1] = 0xf1;
	EXPECT_EQ(-ERANGE, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	EXPECT_EQ(3, self->create.why.index);
	EXPECT_EQ(15, self->create.why.value);
}

TEST_F(weights, codebooks)
{
	self->create.nr_centroids = 17;
	self->create.format = AXP_WGT_U4;
	EXPECT_EQ(-EINVAL, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	EXPECT_EQ(AXP_WHY_CENTROIDS, self->create.why.reason);
	EXPECT_EQ(16, self->create.why.limit);

	self->create.nr_centroids = 3;
	self->create.format = AXP_WGT_F32;
	EXPECT_EQ(-EINVAL, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	EXPECT_EQ(AXP_WHY_CENTROIDS, self->create.why.reason);
}

TEST_F(weights, biases)
{
	self->create.nr_bias = 1;
	EXPECT_EQ(-EINVAL, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	EXPECT_EQ(AXP_WHY_BIAS, self->create.why.reason);
	self->create.nr_bias = 0;
	self->create.bias = (uintptr_t)self->codebook;
	EXPECT_EQ(-EINVAL, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	self->create.nr_bias = 1;
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	EXPECT_EQ(0xc0000000, sum(_metadata, self, self->create.weights));
}

TEST_F(weights, destroyed_while_in_use)
{
	struct axp_slow slow;
	struct axp_job job;
	uint64_t seqno;

	ASSERT_EQ(0, axp_slow_ms(self->fd, 100, &slow));
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->create));
	job = axp_gemm(1, 1, NR, &self->act, &self->out, self->create.weights, 0);
	ASSERT_EQ(0, axp_submit(self->fd, &slow.job, 1, 0, NULL, NULL));
	ASSERT_EQ(0, axp_submit(self->fd, &job, 1, 0, &seqno, NULL));
	EXPECT_EQ(0, axp_destroy(self->fd, self->create.weights));
	EXPECT_EQ(0, axp_destroy(self->fd, slow.weights));
	EXPECT_EQ(0, axp_destroy(self->fd, self->act.buf));
	EXPECT_EQ(0, axp_destroy(self->fd, slow.act.buf));
	EXPECT_EQ(0, axp_wait_ms(self->fd, seqno, 60000));
	EXPECT_EQ(0xc0400000, self->out.words[0]);
	EXPECT_EQ(0x43800000, slow.out.words[0] & 0x7f800000);
	axp_slow_unmap(&slow);
}

TEST_HARNESS_MAIN
