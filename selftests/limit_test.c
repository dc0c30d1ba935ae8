// SPDX-License-Identifier: GPL-2.0
/*
 * Limits of tables, whatever the module's parameters: the largest that AXP_IOC_GET_CAPS
 * allows is made and runs, one more is refused by name, value and limit.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../kselftest_harness.h"
#include "axp_util.h"

FIXTURE(limit)
{
	int fd;
	struct axp_caps caps;
	struct axp_row *rows;
};

FIXTURE_SETUP(limit)
{
	self->fd = axp_open(0);
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_GET_CAPS, &self->caps));
	self->rows = calloc(self->caps.max_lut_words + 1, sizeof(*self->rows));
	ASSERT_NE(NULL, self->rows);
}

FIXTURE_TEARDOWN(limit)
{
	free(self->rows);
	close(self->fd);
}

/* Numbers from 0 on, as patterns of the highest @bits bits. */
static uint32_t pattern(uint32_t number, uint32_t bits)
{
	return bits ? number << (32 - bits) : 0;
}

static uint32_t bits_of(uint32_t numbers)
{
	uint32_t bits = 0;

	while (bits < 32 && numbers > 1u << bits)
		bits++;
	return bits;
}

static uint32_t highest(uint32_t bits)
{
	return bits ? ~0u << (32 - bits) : 0;
}

static int create(struct _test_data_limit *self, struct axp_table_spec spec, uint32_t nr_rows,
		  struct axp_table_create *args)
{
	*args = (struct axp_table_create) {
		.rows = (uintptr_t)self->rows,
		.row_size = sizeof(self->rows[0]),
		.nr_rows = nr_rows,
		.spec = spec,
	};
	return axp_ioctl(self->fd, AXP_IOC_TABLE_CREATE, args);
}

TEST_F_TIMEOUT(limit, cam_rows, 120)
{
	struct axp_table_spec spec = axp_spec_f32();
	uint32_t most = self->caps.max_cam_rows, i;
	struct axp_table_create args;
	struct axp_table_write write;

	if (most >= self->caps.max_lut_words)
		SKIP(return, "max_lut_words ends a table before max_cam_rows does");
	/* flat: each row is a CAM row, of few bits */
	for (i = 0; i <= most; i++)
		self->rows[i].act_care = highest(1);
	EXPECT_EQ(-ENOSPC, create(self, spec, most + 1, &args));
	EXPECT_EQ(AXP_WHY_CAM_ROWS, args.why.reason);
	EXPECT_EQ(most + 1, args.why.value);
	EXPECT_EQ(most, args.why.limit);
	ASSERT_EQ(0, create(self, spec, most, &args));
	EXPECT_EQ(most, args.cam_rows);

	/* and it does not grow past that */
	write = (struct axp_table_write) {
		.rows = (uintptr_t)self->rows, .row_size = sizeof(self->rows[0]),
		.nr_rows = 1, .table = args.table, .first = most,
	};
	EXPECT_EQ(-ENOSPC, axp_ioctl(self->fd, AXP_IOC_TABLE_WRITE, &write));
	EXPECT_EQ(AXP_WHY_CAM_ROWS, write.why.reason);
	EXPECT_EQ(most + 1, write.why.value);
	EXPECT_EQ(most, write.why.limit);
}

TEST_F(limit, key_bits)
{
	struct axp_table_spec spec = axp_spec_f32();
	uint32_t most = self->caps.max_key_bits;
	struct axp_table_create args;

	/* weights that are not whole: all bits that are compared count */
	self->rows[0].act_care = highest(most < 32 ? most : 32);
	self->rows[0].wgt_care = highest(most < 32 ? 0 : most - 32);
	ASSERT_EQ(0, create(self, spec, 1, &args));
	/* a CAM of one whole centroid stores nothing of it */
	EXPECT_EQ(most < 64 ? most : 32, args.key_bits);
	/* engine_test.sh has fewer */
	if (most == 64)
		return;
	if (most < 32)
		self->rows[0].act_care = highest(most + 1);
	else
		self->rows[0].wgt_care = highest(most - 31);
	EXPECT_EQ(-ENOSPC, create(self, spec, 1, &args));
	EXPECT_EQ(AXP_WHY_KEY_BITS, args.why.reason);
	EXPECT_EQ(most + 1, args.why.value);
	EXPECT_EQ(most, args.why.limit);
}

/*
 * Working memory of a job grows with the patterns of its table. That of the largest
 * table there can be is below the limit of AXP_WHY_SCRATCH: the job runs, in the caller
 * and in the workers.
 */
TEST_F_TIMEOUT(limit, working_memory_of_the_largest_table, 300)
{
	struct axp_table_spec spec = axp_spec_f32();
	uint32_t most = self->caps.max_lut_words, banks, per_bank, bits, i;
	uint32_t wgt[256];
	struct axp_table_create args;
	struct axp_why why = {};
	struct axp_mem act, out;
	struct axp_job job;
	uint64_t seqno;
	int err;

	/* banked: as many CAM rows as fit, for few centroids, all of different patterns */
	per_bank = most < self->caps.max_cam_rows ? most : self->caps.max_cam_rows;
	banks = most / per_bank;
	bits = bits_of(banks * per_bank);
	if (bits > self->caps.max_key_bits)
		SKIP(return, "max_key_bits cannot tell so many rows apart");
	spec.organisation = AXP_ORG_BANKED;
	for (i = 0; i < banks * per_bank; i++)
		self->rows[i] = (struct axp_row) {
			.act = pattern(i, bits), .act_care = highest(bits),
			.wgt = F32_ONE + i % banks, .wgt_care = ~0u, .product = F32_TWO,
		};
	ASSERT_EQ(0, create(self, spec, banks * per_bank, &args));
	EXPECT_EQ(per_bank, args.cam_rows);
	EXPECT_EQ(banks * per_bank, args.lut_words);

	for (i = 0; i < 256; i++)
		wgt[i] = F32_ONE + i % 255;
	job.weights = 0;
	ASSERT_EQ(0, axp_weights_f32(self->fd, wgt, 256, NULL, 0, &job.weights));
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &act));
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &out));
	act.words[0] = pattern(0, bits);
	job = axp_gemm(1, 256, 1, &act, &out, job.weights, args.table);
	err = axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, &why);
	EXPECT_EQ(0, err)
		TH_LOG("reason %u: %llu, limit %llu", why.reason, why.value, why.limit);
	EXPECT_EQ(F32_TWO, out.words[0]);
	ASSERT_EQ(0, axp_submit(self->fd, &job, 1, 0, &seqno, NULL));
	EXPECT_EQ(0, axp_wait_ms(self->fd, seqno, 60000));
	axp_mem_unmap(&act);
	axp_mem_unmap(&out);
}

TEST_HARNESS_MAIN
