// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: what a row may be, copy on write, and statistics of each table.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../kselftest_harness.h"
#include "axp_util.h"

#define F32_THREE	0x40400000u
#define F32_FOUR	0x40800000u

FIXTURE(table)
{
	int fd;
	struct axp_mem act;
	struct axp_mem out;
	uint32_t weights;
	struct axp_row row;
	struct axp_table_spec f32;
	struct axp_table_spec fixed;
};

FIXTURE_SETUP(table)
{
	const uint32_t one = F32_ONE;

	self->fd = axp_open(0);
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &self->act));
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &self->out));
	ASSERT_EQ(0, axp_weights_f32(self->fd, &one, 1, NULL, 0, &self->weights));
	self->act.words[0] = F32_ONE;
	self->row = (struct axp_row) {
		.act = F32_ONE, .act_care = ~0u, .wgt = F32_ONE, .wgt_care = ~0u,
		.product = F32_THREE,
	};
	self->f32 = axp_spec_f32();
	self->fixed = (struct axp_table_spec) {
		.accumulator = AXP_ACC_FIXED, .lanes = 1, .word_bits = 16, .scale = 8,
		.max_term = 1000,
	};
}

FIXTURE_TEARDOWN(table)
{
	axp_mem_unmap(&self->act);
	axp_mem_unmap(&self->out);
	close(self->fd);
}

static struct axp_job one_mac(struct _test_data_table *self, uint32_t table)
{
	return axp_gemm(1, 1, 1, &self->act, &self->out, self->weights, table);
}

static int write_rows(int fd, uint32_t table, uint32_t first, const struct axp_row *rows,
		      uint32_t nr_rows, uint64_t *generation)
{
	struct axp_table_write write = {
		.rows = (uintptr_t)rows,
		.row_size = sizeof(*rows),
		.nr_rows = nr_rows,
		.table = table,
		.first = first,
	};
	int err = axp_ioctl(fd, AXP_IOC_TABLE_WRITE, &write);

	*generation = write.generation;
	return err;
}

#define REFUSED(_spec, _rows, _nr, _err, _reason, _index)			\
	do {									\
		EXPECT_EQ(_err, axp_table(self->fd, _spec, _rows, _nr, &table, &why));	\
		EXPECT_EQ(_reason, why.reason);					\
		EXPECT_EQ(_index, why.index);					\
	} while (0)

TEST_F(table, rows_refused)
{
	struct axp_row rows[3] = { self->row, self->row, self->row };
	struct axp_table_spec spec;
	struct axp_why why;
	unsigned int bit;
	uint32_t table;

	for (bit = 1; bit < 32; bit++) {
		rows[2].flags = 1u << bit;
		REFUSED(&self->f32, rows, 3, -EINVAL, AXP_WHY_ROW_FLAGS, 2);
	}
	rows[2].flags = AXP_ROW_SIGNIFICAND;
	REFUSED(&self->f32, rows, 3, -EINVAL, AXP_WHY_ROW_CARE, 2);
	EXPECT_EQ(~0u, why.value);
	EXPECT_EQ(0x7fffff, why.limit);
	rows[2].flags = 0;

	rows[0].product = 1000;
	rows[2].product = 1000;
	rows[1].product = 1001;
	REFUSED(&self->fixed, rows, 3, -ERANGE, AXP_WHY_ROW_WORD, 1);
	rows[1].product = -1001;
	REFUSED(&self->fixed, rows, 3, -ERANGE, AXP_WHY_ROW_WORD, 1);
	rows[1].product = -1000;
	EXPECT_EQ(0, axp_table(self->fd, &self->fixed, rows, 3, &table, &why));
	rows[1].flags = AXP_ROW_SIGNIFICAND;
	rows[1].act_care = 0x7fffff;
	REFUSED(&self->fixed, rows, 3, -EINVAL, AXP_WHY_ROW_SIGNIFICAND, 1);
	rows[1] = self->row;

	spec = self->f32;
	spec.organisation = AXP_ORG_BANKED;
	rows[1].wgt_care = 0;
	REFUSED(&spec, rows, 2, -EINVAL, AXP_WHY_ROW_CARE, 1);
	rows[1] = self->row;
	spec.organisation = AXP_ORG_SIGNIFICAND;
	REFUSED(&spec, rows, 1, -EINVAL, AXP_WHY_ROW_SIGNIFICAND, 0);
	spec = self->fixed;
	spec.max_term = 0;
	REFUSED(&spec, NULL, 0, -EINVAL, AXP_WHY_MAX_TERM, 0);
	spec = self->fixed;
	spec.scale = 127;
	REFUSED(&spec, NULL, 0, -EINVAL, AXP_WHY_SCALE, 0);
	spec = self->fixed;
	spec.word_bits = 12;
	REFUSED(&spec, NULL, 0, -EOPNOTSUPP, AXP_WHY_WORD_BITS, 0);
	spec = self->f32;
	spec.lanes = 2;
	REFUSED(&spec, NULL, 0, -EINVAL, AXP_WHY_LANES, 0);
	spec.organisation = AXP_ORG_SHARED;
	spec.lanes = ~0u;
	REFUSED(&spec, NULL, 0, -ENOSPC, AXP_WHY_LANES, 0);
}

/* A search that is shared finds one row for all centroids. */
TEST_F(table, shared_order)
{
	struct axp_table_spec spec = self->f32;
	struct axp_row rows[2] = { self->row, self->row };
	struct axp_why why;
	uint32_t table;

	spec.organisation = AXP_ORG_SHARED;
	rows[1].act_care = 0xff800000;
	rows[1].wgt = F32_TWO;
	REFUSED(&spec, rows, 2, -EINVAL, AXP_WHY_ROW_ORDER, 1);
	spec.organisation = AXP_ORG_BROADCAST;
	REFUSED(&spec, rows, 2, -EINVAL, AXP_WHY_ROW_ORDER, 1);
	rows[1].act = F32_FOUR;
	EXPECT_EQ(0, axp_table(self->fd, &spec, rows, 2, &table, &why));
	spec.organisation = AXP_ORG_SHARED;
	EXPECT_EQ(0, axp_table(self->fd, &spec, rows, 2, &table, &why));
}

TEST_F(table, dimensions)
{
	struct axp_row rows[3] = { self->row, self->row, self->row };
	struct axp_table_create create = {
		.rows = (uintptr_t)rows,
		.row_size = sizeof(rows[0]),
		.nr_rows = 3,
		.spec = self->f32,
	};

	rows[1].act = F32_TWO;
	rows[2].wgt = F32_TWO;
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_TABLE_CREATE, &create));
	EXPECT_EQ(3, create.cam_rows);
	/* two centroids, compared whole, are told apart by one bit */
	EXPECT_EQ(33, create.key_bits);
	rows[0].wgt_care = 0xffff0000;
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_TABLE_CREATE, &create));
	EXPECT_EQ(64, create.key_bits);
	rows[0].wgt_care = ~0u;
	create.spec.organisation = AXP_ORG_BANKED;
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_TABLE_CREATE, &create));
	EXPECT_EQ(2, create.cam_rows);
	EXPECT_EQ(32, create.key_bits);
}

TEST_F(table, many_and_their_statistics)
{
	struct axp_stats stats, client;
	struct axp_row rows[2] = { self->row, self->row };
	struct axp_job jobs[3];
	uint32_t a, b;
	uint64_t energy;

	rows[0].act = F32_TWO;
	ASSERT_EQ(0, axp_table(self->fd, &self->f32, rows, 2, &a, NULL));
	ASSERT_EQ(0, axp_table(self->fd, &self->f32, rows, 1, &b, NULL));
	jobs[0] = one_mac(self, a);
	jobs[1] = one_mac(self, b);
	jobs[2] = one_mac(self, a);
	ASSERT_EQ(0, axp_submit(self->fd, jobs, 3, AXP_SUBMIT_SYNC, NULL, NULL));
	EXPECT_EQ(F32_THREE, self->out.words[0]);

	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_TABLE, a, &stats));
	EXPECT_EQ(2, stats.jobs);
	EXPECT_EQ(2, stats.hits_approx);
	EXPECT_EQ(0, stats.misses);
	EXPECT_EQ(2, stats.rows_programmed);
	energy = stats.energy_fj;
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_TABLE, b, &stats));
	EXPECT_EQ(1, stats.jobs);
	EXPECT_EQ(1, stats.misses);
	EXPECT_EQ(1, stats.rows_programmed);
	energy += stats.energy_fj;
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_CLIENT, 0, &client));
	EXPECT_EQ(3, client.jobs);
	EXPECT_EQ(3, client.rows_programmed);
	EXPECT_EQ(energy, client.energy_fj);
	EXPECT_GT(client.program_fj, 0);
}

TEST_F(table, write)
{
	struct axp_row rows[2] = { self->row, self->row };
	struct axp_job job;
	struct axp_stats stats;
	uint64_t generation, next;
	uint32_t table;

	ASSERT_EQ(0, axp_table(self->fd, &self->f32, rows, 1, &table, NULL));
	job = one_mac(self, table);
	ASSERT_EQ(0, axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	EXPECT_EQ(F32_THREE, self->out.words[0]);

	/* a row behind the last makes the table longer; the lowest row wins */
	rows[1].product = F32_FOUR;
	ASSERT_EQ(0, write_rows(self->fd, table, 1, &rows[1], 1, &generation));
	ASSERT_EQ(0, axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	EXPECT_EQ(F32_THREE, self->out.words[0]);
	rows[0].product = F32_TWO;
	ASSERT_EQ(0, write_rows(self->fd, table, 0, rows, 1, &next));
	EXPECT_GT(next, generation);
	ASSERT_EQ(0, axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	EXPECT_EQ(F32_TWO, self->out.words[0]);

	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_TABLE, table, &stats));
	EXPECT_EQ(3, stats.rows_programmed);

	/* a bad row leaves the table as it was, and is counted from the first */
	rows[1].flags = 2;
	{
		struct axp_table_write bad = {
			.rows = (uintptr_t)rows, .row_size = sizeof(rows[0]), .nr_rows = 2,
			.table = table, .first = 1,
		};

		EXPECT_EQ(-EINVAL, axp_ioctl(self->fd, AXP_IOC_TABLE_WRITE, &bad));
		EXPECT_EQ(AXP_WHY_ROW_FLAGS, bad.why.reason);
		EXPECT_EQ(1, bad.why.index);
	}
	ASSERT_EQ(0, axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	EXPECT_EQ(F32_TWO, self->out.words[0]);
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_TABLE, table, &stats));
	EXPECT_EQ(3, stats.rows_programmed);
}

/* Jobs keep the rows they were submitted with, however late they run. */
TEST_F_TIMEOUT(table, copy_on_write, 120)
{
	struct axp_row row = self->row;
	struct axp_slow slow;
	struct axp_job jobs[2], after;
	uint64_t seqno, generation;
	uint32_t table;

	ASSERT_EQ(0, axp_table(self->fd, &self->f32, &row, 1, &table, NULL));
	ASSERT_EQ(0, axp_slow_ms(self->fd, 300, &slow));
	jobs[0] = slow.job;
	jobs[1] = one_mac(self, table);
	after = one_mac(self, table);
	after.out.offset = 4;
	ASSERT_EQ(0, axp_submit(self->fd, jobs, 2, 0, &seqno, NULL));
	row.product = F32_FOUR;
	ASSERT_EQ(0, write_rows(self->fd, table, 0, &row, 1, &generation));
	EXPECT_EQ(-ETIMEDOUT, axp_wait_ms(self->fd, seqno, 0))
		TH_LOG("the slow job was too quick to prove anything");
	ASSERT_EQ(0, axp_submit(self->fd, &after, 1, 0, &seqno, NULL));
	ASSERT_EQ(0, axp_destroy(self->fd, table));
	ASSERT_EQ(0, axp_wait_ms(self->fd, seqno, 60000));
	EXPECT_EQ(F32_THREE, self->out.words[0]);
	EXPECT_EQ(F32_FOUR, self->out.words[1]);
	axp_slow_unmap(&slow);
}

TEST_HARNESS_MAIN
