// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: known answers, random jobs against the reference bit for bit with every
 * counter, and what is refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../kselftest_harness.h"
#include "sample_util.h"

#define F(x)		f32(x)
#define NR_RANDOM	400

static uint32_t f32(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

FIXTURE(job)
{
	int fd;
	struct axp_mem act;
	struct axp_mem out;
};

FIXTURE_SETUP(job)
{
	self->fd = axp_open(0);
	ASSERT_EQ(0, axp_mem_create(self->fd, SAMPLE_BYTES, &self->act));
	ASSERT_EQ(0, axp_mem_create(self->fd, SAMPLE_BYTES, &self->out));
}

FIXTURE_TEARDOWN(job)
{
	axp_mem_unmap(&self->act);
	axp_mem_unmap(&self->out);
	close(self->fd);
}

TEST_F(job, dot)
{
	const uint32_t wgt[] = { F(1), F(2), F(3), F(-1), F(0.5), F(4) };
	const uint32_t bias[] = { F(10), F(20) };
	struct axp_stats stats;
	struct axp_job job = {
		.op = AXP_OP_DOT,
		.act.buf = self->act.buf,
		.out = { .buf = self->out.buf, .offset = 8 },
		.dot = { .count = 2, .len = 3, .act_step = 3, .wgt_step = 3 },
	};
	const float act[] = { 1, 1, 1, 2, 4, 0 };
	unsigned int i;

	ASSERT_EQ(0, axp_weights_f32(self->fd, wgt, 6, bias, 2, &job.weights));
	for (i = 0; i < 6; i++)
		self->act.words[i] = F(act[i]);
	ASSERT_EQ(0, sample_run_job(self->fd, job, &stats, NULL));
	EXPECT_EQ(F(16), self->out.words[2]);
	EXPECT_EQ(F(20), self->out.words[3]);
	EXPECT_EQ(0, self->out.words[0]);
	EXPECT_EQ(0, self->out.words[4]);
	EXPECT_EQ(6, stats.macs);
	EXPECT_EQ(6, stats.misses);
	EXPECT_EQ(1, stats.zero_act);
	EXPECT_EQ(0, stats.gated);
	EXPECT_EQ(0, stats.searches);
	EXPECT_EQ(2, stats.outputs);
	EXPECT_EQ(1, stats.jobs);
	/* no CAM: what the baseline costs */
	EXPECT_EQ(stats.baseline_fj, stats.energy_fj);
	EXPECT_GT(stats.energy_fj, 0);
}

TEST_F(job, gemm)
{
	/* [1 2; 3 4] * [5 6 7; 8 9 10] */
	const uint32_t wgt[] = { F(5), F(6), F(7), F(8), F(9), F(10) };
	const uint32_t transposed[] = { F(5), F(8), F(6), F(9), F(7), F(10) };
	const float expect[] = { 21, 24, 27, 47, 54, 61 };
	struct axp_stats stats;
	struct axp_job job;
	uint32_t weights;
	unsigned int i;

	ASSERT_EQ(0, axp_weights_f32(self->fd, wgt, 6, NULL, 0, &weights));
	for (i = 0; i < 4; i++)
		self->act.words[i] = F(1 + i);
	job = axp_gemm(2, 3, 2, &self->act, &self->out, weights, 0);
	ASSERT_EQ(0, sample_run_job(self->fd, job, &stats, NULL));
	for (i = 0; i < 6; i++)
		EXPECT_EQ(F(expect[i]), self->out.words[i]);
	EXPECT_EQ(12, stats.macs);

	ASSERT_EQ(0, axp_weights_f32(self->fd, transposed, 6, NULL, 0, &job.weights));
	job.gemm.flags = AXP_GEMM_T_WGT | AXP_GEMM_T_ACT;
	job.gemm.ld_out = 5;
	self->act.words[1] = F(3);
	self->act.words[2] = F(2);
	memset(self->out.words, 0, 64);
	ASSERT_EQ(0, sample_run_job(self->fd, job, &stats, NULL));
	for (i = 0; i < 6; i++)
		EXPECT_EQ(F(expect[i]), self->out.words[i / 3 * 5 + i % 3]);
	EXPECT_EQ(0, self->out.words[3]);
}

TEST_F(job, conv2d)
{
	/* 3x3 input 1..9, 2x2 kernel of ones and a two, padding on one side only */
	const uint32_t wgt[] = { F(1), F(1), F(1), F(2) };
	const float expect[] = { 2, 5, 8, 9, 17, 22, 18, 32, 37 };
	struct axp_stats stats;
	struct axp_job job = {
		.op = AXP_OP_CONV2D,
		.act.buf = self->act.buf,
		.out.buf = self->out.buf,
		.conv2d = {
			.n = 1, .c = 1, .h = 3, .w = 3, .oc = 1, .kh = 2, .kw = 2, .groups = 1,
			.stride_h = 1, .stride_w = 1, .dil_h = 1, .dil_w = 1,
			.pad_top = 1, .pad_left = 1,
		},
	};
	unsigned int i;

	ASSERT_EQ(0, axp_weights_f32(self->fd, wgt, 4, NULL, 0, &job.weights));
	for (i = 0; i < 9; i++)
		self->act.words[i] = F(1 + i);
	ASSERT_EQ(0, sample_run_job(self->fd, job, &stats, NULL));
	for (i = 0; i < 9; i++)
		EXPECT_EQ(F(expect[i]), self->out.words[i]);
	/* padding cells are not MACs: 4 results of 4, 4 of 2, 1 of 1 */
	EXPECT_EQ(25, stats.macs);
	EXPECT_EQ(9, stats.outputs);
}

/* A hit uses the LUT word, whatever the multiplier would have said. */
TEST_F(job, hit_and_miss)
{
	const struct axp_row rows[] = {
		{ .act = F(1.5f), .act_care = 0xfff00000, .wgt = F(2), .wgt_care = ~0u,
		  .product = F(3) },
		{ .act = F(1.5f), .act_care = ~0u, .wgt_care = 0, .product = F(100) },
	};
	const uint32_t codebook[] = { F(2), F(4), 0 };
	const uint8_t index[] = { 0, 0, 1, 1, 2 };
	const float act[] = { 1.5f, 1.53f, 1.5f, 2, 0 };
	struct axp_table_spec spec = axp_spec_f32();
	struct axp_stats stats, of_table;
	struct axp_job job = {
		.op = AXP_OP_DOT,
		.flags = AXP_JOB_GATE_ACT,
		.act.buf = self->act.buf,
		.out.buf = self->out.buf,
		.dot = { .count = 1, .len = 5 },
	};
	unsigned int i;

	ASSERT_EQ(0, axp_table(self->fd, &spec, rows, 2, &job.table, NULL));
	ASSERT_EQ(0, axp_weights_u8(self->fd, codebook, 3, index, 5, &job.weights));
	for (i = 0; i < 5; i++)
		self->act.words[i] = F(act[i]);
	ASSERT_EQ(0, sample_run_job(self->fd, job, &stats, NULL));
	/* 3 (exact), 3 (approximate), 100 (approximate), 8 (miss), gated */
	EXPECT_EQ(F(114), self->out.words[0]);
	EXPECT_EQ(5, stats.macs);
	EXPECT_EQ(1, stats.gated);
	EXPECT_EQ(1, stats.zero_act);
	EXPECT_EQ(1, stats.hits_exact);
	EXPECT_EQ(2, stats.hits_approx);
	EXPECT_EQ(1, stats.misses);
	EXPECT_EQ(4, stats.searches);
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_TABLE, job.table, &of_table));
	EXPECT_EQ(2, of_table.hits_approx);
	EXPECT_EQ(2, of_table.rows_programmed);
	EXPECT_EQ(of_table.energy_fj, stats.energy_fj + of_table.program_fj);
}

/* --- random jobs --- */

TEST_F_TIMEOUT(job, random_against_reference, 300)
{
	struct sample *s = malloc(sizeof(*s));
	unsigned int i;
	int err;

	ASSERT_NE(NULL, s);
	for (i = 0; i < NR_RANDOM; i++) {
		sample_random(s, i + 1);
		err = sample_run(self->fd, s, &self->act, &self->out);
		if (err) {
			TH_LOG("sample %u", i);
			sample_print(s, err);
		}
		ASSERT_EQ(0, err);
	}
	free(s);
}

/* Many tiles on many workers give what one thread gives. */
TEST_F_TIMEOUT(job, spread_over_workers, 300)
{
	struct axp_table_spec spec = axp_spec_f32();
	const uint32_t m = 96, n = 64, k = 256;
	struct axp_mem act, out, again;
	struct axp_stats sync, async;
	struct axp_completion done;
	struct axp_row rows[32];
	uint32_t codebook[16], table, weights, i;
	uint8_t *index = malloc(k * n);
	struct axp_job job;
	uint64_t seqno, seed = 1;

	ASSERT_NE(NULL, index);
	for (i = 0; i < 16; i++)
		codebook[i] = F(((int)i - 8) / 8.0f);
	for (i = 0; i < k * n; i++)
		index[i] = axp_random(&seed) % 16;
	for (i = 0; i < 32; i++)
		rows[i] = (struct axp_row) {
			.act = F(i / 4.0f), .act_care = ~0u << 20, .wgt = codebook[i % 16],
			.wgt_care = ~0u, .product = F(i / 4.0f * ((int)(i % 16) - 8) / 8.0f),
		};
	ASSERT_EQ(0, axp_table(self->fd, &spec, rows, 32, &table, NULL));
	ASSERT_EQ(0, axp_weights_u8(self->fd, codebook, 16, index, k * n, &weights));
	ASSERT_EQ(0, axp_mem_create(self->fd, m * k * 4, &act));
	ASSERT_EQ(0, axp_mem_create(self->fd, m * n * 4, &out));
	ASSERT_EQ(0, axp_mem_create(self->fd, m * n * 4, &again));
	for (i = 0; i < m * k; i++)
		act.words[i] = axp_random(&seed) % 3 ? F(axp_random(&seed) % 64 / 8.0f) : 0;

	job = axp_gemm(m, n, k, &act, &out, weights, table);
	job.flags = AXP_JOB_GATE_ACT;
	ASSERT_EQ(0, sample_run_job(self->fd, job, &sync, NULL));
	job.flags |= AXP_JOB_COMPLETION;
	job.out.buf = again.buf;
	ASSERT_EQ(0, axp_submit(self->fd, &job, 1, 0, &seqno, NULL));
	ASSERT_EQ(sizeof(done), read(self->fd, &done, sizeof(done)));
	async = done.stats;
	EXPECT_EQ(0, done.status);
	EXPECT_EQ(0, memcmp(out.words, again.words, m * n * 4));
	EXPECT_TRUE(sample_equal_counters(&sync, &async));
	EXPECT_EQ((uint64_t)m * n * k, sync.macs);
	EXPECT_EQ(sync.energy_fj, async.energy_fj);
	EXPECT_EQ(sync.baseline_fj, async.baseline_fj);
	EXPECT_GT(async.busy_ns, 0);
	axp_mem_unmap(&act);
	axp_mem_unmap(&out);
	axp_mem_unmap(&again);
	free(index);
}

/* --- refusals --- */

TEST_F(job, refused)
{
	const uint32_t one[] = { F(1), F(2), F(1), F(2) };
	uint64_t words = self->act.bytes / 4;
	struct axp_job good, job;
	struct axp_stats stats, before;
	struct axp_why why;
	uint32_t weights;
	unsigned int bit;

	ASSERT_EQ(0, axp_weights_f32(self->fd, one, 4, NULL, 0, &weights));
	good = axp_gemm(2, 2, 2, &self->act, &self->out, weights, 0);
	ASSERT_EQ(0, sample_run_job(self->fd, good, &stats, NULL));
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_CLIENT, 0, &before));

#define REFUSED(_err, _reason)							\
	do {									\
		why.reason = 0;							\
		EXPECT_EQ(_err, sample_run_job(self->fd, job, &stats, &why));		\
		EXPECT_EQ(_reason, why.reason);					\
		job = good;							\
	} while (0)

	job = good;
	job.op = 3;
	REFUSED(-EOPNOTSUPP, AXP_WHY_OP);
	for (bit = 4; bit < 32; bit++) {
		job.flags = 1u << bit;
		REFUSED(-EINVAL, AXP_WHY_FLAGS);
	}
	job.gemm.flags = 4;
	REFUSED(-EINVAL, AXP_WHY_FLAGS);
	job.gemm.rsvd = 1;
	REFUSED(-EINVAL, AXP_WHY_RESERVED);
	job.act.rsvd = 1;
	REFUSED(-EINVAL, AXP_WHY_RESERVED);
	job.out.rsvd = 1;
	REFUSED(-EINVAL, AXP_WHY_RESERVED);
	job.pad[15] = 1ull << 63;
	REFUSED(-EINVAL, AXP_WHY_RESERVED);
	job.gemm.m = 0;
	REFUSED(-EINVAL, AXP_WHY_SHAPE);
	job.gemm.k = 0;
	REFUSED(-EINVAL, AXP_WHY_SHAPE);
	job.gemm.ld_out = 1;
	REFUSED(-EINVAL, AXP_WHY_SHAPE);
	job.act.offset = 2;
	REFUSED(-EINVAL, AXP_WHY_ALIGN);
	job.out.offset = 1;
	REFUSED(-EINVAL, AXP_WHY_ALIGN);

	/* the last element fits, and one further does not */
	job.act.offset = self->act.bytes - 16;
	EXPECT_EQ(0, sample_run_job(self->fd, job, &stats, &why));
	job.act.offset += 4;
	REFUSED(-ERANGE, AXP_WHY_RANGE_ACT);
	job.out.offset = self->out.bytes - 16;
	EXPECT_EQ(0, sample_run_job(self->fd, job, &stats, &why));
	job.out.offset += 4;
	REFUSED(-ERANGE, AXP_WHY_RANGE_OUT);
	job.act.offset = ~3ull;
	REFUSED(-EOVERFLOW, AXP_WHY_OVERFLOW);
	job.gemm.m = words / 2 + 1;
	job.out.buf = self->act.buf;
	REFUSED(-ERANGE, AXP_WHY_RANGE_ACT);
	job.gemm.n = 3;
	REFUSED(-ERANGE, AXP_WHY_RANGE_WGT);

	/* in place: next to each other is allowed, over each other is not */
	job.out.buf = self->act.buf;
	job.out.offset = 16;
	EXPECT_EQ(0, sample_run_job(self->fd, job, &stats, &why));
	job.out.offset = 12;
	REFUSED(-EINVAL, AXP_WHY_OVERLAP);
	job.out.buf = self->act.buf;
	job.act.offset = 12;
	REFUSED(-EINVAL, AXP_WHY_OVERLAP);

	/* the three jobs that were to work counted, the others did not */
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_CLIENT, 0, &stats));
	EXPECT_EQ(before.jobs + 3, stats.jobs);
	EXPECT_EQ(before.macs + 24, stats.macs);
}

TEST_F(job, conv2d_refused)
{
	const struct axp_conv2d shape = {
		.n = 1, .c = 2, .h = 4, .w = 4, .oc = 2, .kh = 3, .kw = 3, .groups = 1,
		.stride_h = 1, .stride_w = 1, .dil_h = 1, .dil_w = 1,
	};
	uint32_t wgt[36] = {}, bias[3] = {};
	struct axp_job good = {
		.op = AXP_OP_CONV2D,
		.act.buf = self->act.buf,
		.out.buf = self->out.buf,
		.conv2d = shape,
	};
	struct axp_job job;
	struct axp_stats stats;
	struct axp_why why;

	ASSERT_EQ(0, axp_weights_f32(self->fd, wgt, 36, NULL, 0, &good.weights));
	job = good;
	EXPECT_EQ(0, sample_run_job(self->fd, job, &stats, &why));
	job.conv2d.groups = 3;
	REFUSED(-EINVAL, AXP_WHY_GROUPS);
	job.conv2d.oc = 3;
	job.conv2d.groups = 2;
	REFUSED(-EINVAL, AXP_WHY_GROUPS);
	job.conv2d.kh = 5;
	REFUSED(-EINVAL, AXP_WHY_KERNEL);
	job.conv2d.dil_w = 2;
	REFUSED(-EINVAL, AXP_WHY_KERNEL);
	job.conv2d.stride_h = 0;
	REFUSED(-EINVAL, AXP_WHY_SHAPE);
	job.conv2d.groups = 0;
	REFUSED(-EINVAL, AXP_WHY_SHAPE);
	job.pad[8] = 1;
	REFUSED(-EINVAL, AXP_WHY_RESERVED);
	/* more input channels need more weights than there are */
	job.conv2d.c = 4;
	REFUSED(-ERANGE, AXP_WHY_RANGE_WGT);
	ASSERT_EQ(0, axp_weights_f32(self->fd, wgt, 36, bias, 3, &job.weights));
	REFUSED(-EINVAL, AXP_WHY_BIAS);
}

TEST_F(job, fixed_overflow_refused)
{
	struct axp_table_spec spec = {
		.accumulator = AXP_ACC_FIXED, .lanes = 1, .word_bits = 32,
		.max_term = 0x7fffffff / 8,
	};
	uint32_t wgt[9] = { F(1) };
	struct axp_job job = {
		.op = AXP_OP_DOT,
		.act.buf = self->act.buf,
		.out.buf = self->out.buf,
		.dot = { .count = 1, .len = 8 },
	};
	struct axp_stats stats;
	struct axp_why why;

	ASSERT_EQ(0, axp_table(self->fd, &spec, NULL, 0, &job.table, NULL));
	ASSERT_EQ(0, axp_weights_f32(self->fd, wgt, 9, NULL, 0, &job.weights));
	EXPECT_EQ(0, sample_run_job(self->fd, job, &stats, &why));
	job.dot.len = 9;
	EXPECT_EQ(-EOVERFLOW, sample_run_job(self->fd, job, &stats, &why));
	EXPECT_EQ(AXP_WHY_ACC_OVERFLOW, why.reason);
}

/* The batch is one: the bad job is named, and none of the good ones runs. */
TEST_F(job, batch_is_all_or_nothing)
{
	const uint32_t wgt[] = { F(1) };
	struct axp_job jobs[5];
	struct axp_stats stats;
	struct axp_why why;
	uint32_t weights;
	uint64_t first, next;
	unsigned int i;

	ASSERT_EQ(0, axp_weights_f32(self->fd, wgt, 1, NULL, 0, &weights));
	for (i = 0; i < 5; i++) {
		jobs[i] = axp_gemm(1, 1, 1, &self->act, &self->out, weights, 0);
		jobs[i].out.offset = 4 * i;
	}
	self->act.words[0] = F(3);
	ASSERT_EQ(0, axp_submit(self->fd, jobs, 1, AXP_SUBMIT_SYNC, &first, NULL));
	self->out.words[0] = 0;

	jobs[3].out.offset = self->out.bytes;
	EXPECT_EQ(-ERANGE, axp_submit(self->fd, jobs, 5, AXP_SUBMIT_SYNC, NULL, &why));
	EXPECT_EQ(AXP_WHY_RANGE_OUT, why.reason);
	EXPECT_EQ(3, why.index);
	EXPECT_EQ(self->out.bytes + 4, why.value);
	EXPECT_EQ(self->out.bytes, why.limit);
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_CLIENT, 0, &stats));
	EXPECT_EQ(1, stats.jobs);
	EXPECT_EQ(0, self->out.words[0]);

	jobs[3].out.offset = 12;
	ASSERT_EQ(0, axp_submit(self->fd, jobs, 5, AXP_SUBMIT_SYNC, &next, NULL));
	EXPECT_EQ(first + 1, next);
	for (i = 0; i < 5; i++)
		EXPECT_EQ(F(3), self->out.words[i]);
}

TEST_HARNESS_MAIN
