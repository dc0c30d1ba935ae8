// SPDX-License-Identifier: GPL-2.0
/*
 * Faults: who may set them, what they change bit by bit, that nothing of them is left
 * when they are cleared, and how they are counted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "../../kselftest_harness.h"
#include "totals_util.h"

#define NR_TAPS		8
#define NR_OUT		4
#define SIGN		0x80000000u
#define NOBODY		65534

/* every weight and activation is 1, and so is the stored product */
FIXTURE(faults)
{
	struct account *account;
	int fd;
	struct axp_mem act;
	struct axp_mem out;
	uint32_t weights;
	uint32_t table;
	struct axp_job job;
};

FIXTURE_SETUP(faults)
{
	const struct axp_table_spec spec = axp_spec_f32();
	const struct axp_row row = {
		.act = F32_ONE, .act_care = ~0u, .wgt = F32_ONE, .wgt_care = ~0u,
		.product = F32_ONE,
	};
	uint32_t wgt[NR_TAPS * NR_OUT];
	unsigned int i;

	self->account = account_open();
	self->fd = axp_open(0);
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &self->act));
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &self->out));
	for (i = 0; i < NR_TAPS * NR_OUT; i++)
		wgt[i] = F32_ONE;
	for (i = 0; i < NR_TAPS; i++)
		self->act.words[i] = F32_ONE;
	ASSERT_EQ(0, axp_weights_f32(self->fd, wgt, NR_TAPS * NR_OUT, NULL, 0, &self->weights));
	ASSERT_EQ(0, axp_table(self->fd, &spec, &row, 1, &self->table, NULL));
	self->job = axp_gemm(1, NR_OUT, NR_TAPS, &self->act, &self->out, self->weights,
			     self->table);
}

FIXTURE_TEARDOWN(faults)
{
	axp_mem_unmap(&self->act);
	axp_mem_unmap(&self->out);
	account_close(self->account, self->fd);
	EXPECT_SETTLED(self->account);
}

static int set_faults(int fd, uint32_t table, const struct axp_fault *list, uint32_t nr,
		      uint64_t seed, struct axp_why *why)
{
	struct axp_table_faults args = {
		.faults = (uintptr_t)list,
		.fault_size = sizeof(*list),
		.nr_faults = nr,
		.table = table,
		.seed = seed,
	};
	int err = axp_ioctl(fd, AXP_IOC_TABLE_FAULTS, &args);

	if (why)
		*why = args.why;
	return err;
}

static int query(int fd, uint32_t scope, uint32_t id, struct axp_fault_stats *stats)
{
	struct axp_query_faults args = { .scope = scope, .id = id };
	int err = axp_ioctl(fd, AXP_IOC_QUERY_FAULTS, &args);

	*stats = args.stats;
	return err;
}

static uint32_t f32(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static int run(int fd, const struct axp_job *job)
{
	return axp_submit(fd, job, 1, AXP_SUBMIT_SYNC, NULL, NULL);
}

#define RUN(_word)								\
	do {									\
		ASSERT_EQ(0, run(self->fd, &self->job));			\
		EXPECT_EQ(f32(_word), self->out.words[0]);			\
	} while (0)

TEST_F(faults, announced)
{
	struct axp_caps caps;

	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_GET_CAPS, &caps));
	EXPECT_TRUE(caps.features & AXP_FEAT_FAULTS);
}

TEST_F(faults, root_only)
{
	const struct axp_fault fault = { .target = AXP_FAULT_LUT, .mask = SIGN };
	struct axp_fault_stats stats;
	int status;
	pid_t pid;

	if (geteuid())
		SKIP(return, "needs root, to stop being it");
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		if (setuid(NOBODY))
			_exit(1);
		if (set_faults(self->fd, self->table, &fault, 1, 0, NULL) != -EPERM)
			_exit(2);
		if (set_faults(self->fd, self->table, NULL, 0, 0, NULL) != -EPERM)
			_exit(3);
		_exit(query(self->fd, AXP_STATS_TABLE, self->table, &stats) ? 4 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	RUN(NR_TAPS);
}

TEST_F(faults, refused)
{
	struct axp_fault list[2] = {
		{ .target = AXP_FAULT_LUT, .mask = SIGN },
		{ .target = AXP_FAULT_LUT, .mask = SIGN },
	};
	const struct axp_fault good = list[0];
	struct axp_why why;

#define REFUSED(_err, _reason)								\
	do {										\
		EXPECT_EQ(_err, set_faults(self->fd, self->table, list, 2, 0, &why));	\
		EXPECT_EQ(_reason, why.reason);						\
		EXPECT_EQ(1, why.index);						\
		list[1] = good;								\
	} while (0)

	list[1].target = AXP_FAULT_ACC + 1;
	REFUSED(-EOPNOTSUPP, AXP_WHY_FAULT_TARGET);
	list[1].kind = AXP_FAULT_FLIP + 1;
	REFUSED(-EOPNOTSUPP, AXP_WHY_FAULT_KIND);
	list[1].mask = 0;
	REFUSED(-EINVAL, AXP_WHY_FAULT_MASK);
	list[1].first = 1;
	REFUSED(-ERANGE, AXP_WHY_FAULT_ROW);
	/* nothing of a refused list is in force */
	RUN(NR_TAPS);
}

TEST_F(faults, lut)
{
	const struct axp_fault minus = {
		.target = AXP_FAULT_LUT, .kind = AXP_FAULT_STUCK_1, .mask = SIGN,
	};
	const struct axp_fault flips[2] = {
		{ .target = AXP_FAULT_LUT, .kind = AXP_FAULT_FLIP, .mask = SIGN },
		{ .target = AXP_FAULT_LUT, .kind = AXP_FAULT_STUCK_0, .mask = 0x3f800000 },
	};
	struct axp_fault_stats stats;
	struct axp_stats before, after;

	RUN(NR_TAPS);
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_TABLE, self->table, &before));
	ASSERT_EQ(0, set_faults(self->fd, self->table, &minus, 1, 1, NULL));
	RUN(-NR_TAPS);
	RUN(-NR_TAPS);
	/* the energy is that of a sound table */
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_TABLE, self->table, &after));
	EXPECT_EQ(3 * (before.energy_fj - before.program_fj),
		  after.energy_fj - after.program_fj);
	EXPECT_EQ(2 * NR_TAPS * NR_OUT, after.hits_approx);
	/* a list replaces the one before */
	ASSERT_EQ(0, set_faults(self->fd, self->table, flips, 2, 1, NULL));
	RUN(-0.0f + 0.0f);
	ASSERT_EQ(0, set_faults(self->fd, self->table, NULL, 0, 0, NULL));
	RUN(NR_TAPS);

	ASSERT_EQ(0, query(self->fd, AXP_STATS_TABLE, self->table, &stats));
	EXPECT_EQ(3, stats.jobs);
	EXPECT_EQ(0, stats.cam_bits);
	EXPECT_EQ(2 + 1 + 7, stats.lut_bits);
	EXPECT_EQ(0, stats.acc_bits);
	ASSERT_EQ(0, query(self->fd, AXP_STATS_CLIENT, 0, &stats));
	EXPECT_EQ(3, stats.jobs);
}

TEST_F(faults, cam)
{
	const struct axp_fault key = {
		.target = AXP_FAULT_ACT_KEY, .kind = AXP_FAULT_STUCK_1, .mask = SIGN,
	};
	const struct axp_fault care = {
		.target = AXP_FAULT_WGT_CARE, .kind = AXP_FAULT_STUCK_0, .mask = ~0u,
	};
	struct axp_fault_stats stats;
	struct axp_stats all;

	ASSERT_EQ(0, set_faults(self->fd, self->table, &key, 1, 0, NULL));
	RUN(NR_TAPS);
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_TABLE, self->table, &all));
	EXPECT_EQ(NR_TAPS * NR_OUT, all.misses);
	ASSERT_EQ(0, set_faults(self->fd, self->table, &care, 1, 0, NULL));
	RUN(NR_TAPS);
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_TABLE, self->table, &all));
	EXPECT_EQ(NR_TAPS * NR_OUT, all.misses);
	EXPECT_EQ(NR_TAPS * NR_OUT, all.hits_exact);
	ASSERT_EQ(0, query(self->fd, AXP_STATS_TABLE, self->table, &stats));
	EXPECT_EQ(1 + 32, stats.cam_bits);
}

TEST_F(faults, accumulators)
{
	/* 1 + 1 = 2, sign flipped: -2, + 1 = -1, flipped: 1 and so on */
	const struct axp_fault flip = {
		.target = AXP_FAULT_ACC, .kind = AXP_FAULT_FLIP, .mask = SIGN, .count = 1,
	};
	const struct axp_fault stuck = {
		.target = AXP_FAULT_ACC, .kind = AXP_FAULT_STUCK_1, .mask = SIGN, .first = 1,
	};
	struct axp_fault_stats stats;
	float want = 0;
	unsigned int i;

	for (i = 0; i < NR_TAPS; i++)
		want = -(want + 1);
	ASSERT_EQ(0, set_faults(self->fd, self->table, &flip, 1, 0, NULL));
	RUN(want);
	for (i = 1; i < NR_OUT; i++)
		EXPECT_EQ(f32(NR_TAPS), self->out.words[i]);
	ASSERT_EQ(0, query(self->fd, AXP_STATS_TABLE, self->table, &stats));
	EXPECT_EQ(NR_TAPS, stats.acc_bits);
	/* -0 at the start; 1 becomes -1, which with 1 is 0 */
	ASSERT_EQ(0, set_faults(self->fd, self->table, &stuck, 1, 0, NULL));
	RUN(NR_TAPS);
	for (i = 1; i < NR_OUT; i++)
		EXPECT_EQ(NR_TAPS % 2 ? f32(-1) : SIGN, self->out.words[i]);
}

/* Same seed, same faults; flips differ from job to job, and start again when set. */
TEST_F(faults, transient)
{
	const struct axp_fault flip = {
		.target = AXP_FAULT_ACC, .kind = AXP_FAULT_FLIP, .mask = 0x007fffff,
		.rate = 1u << 29,
	};
	const struct axp_fault lut = {
		.target = AXP_FAULT_LUT, .kind = AXP_FAULT_FLIP, .mask = 0x007fffff,
		.rate = 1u << 31,
	};
	uint32_t first[2][3][NR_OUT];
	struct axp_job bad = self->job;
	struct axp_job jobs[2];
	unsigned int round, i;

	bad.out.buf = 0;
	jobs[0] = self->job;
	jobs[1] = bad;
	for (round = 0; round < 2; round++) {
		ASSERT_EQ(0, set_faults(self->fd, self->table, &flip, 1, 99, NULL));
		for (i = 0; i < 3; i++) {
			/* a refused submission takes no numbers */
			if (round)
				ASSERT_EQ(-ENOENT, axp_submit(self->fd, jobs, 2, 0, NULL,
							      NULL));
			ASSERT_EQ(0, run(self->fd, &self->job));
			memcpy(first[round][i], self->out.words, sizeof(first[round][i]));
		}
	}
	EXPECT_EQ(0, memcmp(first[0], first[1], sizeof(first[0])));
	EXPECT_NE(0, memcmp(first[0][0], first[0][1], sizeof(first[0][0])));
	EXPECT_NE(0, memcmp(first[0][1], first[0][2], sizeof(first[0][0])));
	for (round = 0; round < 2; round++) {
		ASSERT_EQ(0, set_faults(self->fd, self->table, &lut, 1, 5, NULL));
		for (i = 0; i < 3; i++) {
			if (round)
				ASSERT_EQ(-ENOENT, axp_submit(self->fd, jobs, 2, 0, NULL,
							      NULL));
			ASSERT_EQ(0, run(self->fd, &self->job));
			memcpy(first[round][i], self->out.words, sizeof(first[round][i]));
		}
	}
	EXPECT_EQ(0, memcmp(first[0], first[1], sizeof(first[0])));
	EXPECT_NE(0, memcmp(first[0][0], first[0][1], sizeof(first[0][0])));
}

/* What is written into faulty hardware comes out faulty. */
TEST_F(faults, table_write)
{
	const struct axp_fault minus = {
		.target = AXP_FAULT_LUT, .kind = AXP_FAULT_STUCK_1, .mask = SIGN,
	};
	struct axp_row row = {
		.act = F32_ONE, .act_care = ~0u, .wgt = F32_ONE, .wgt_care = ~0u,
		.product = F32_TWO,
	};
	struct axp_table_write write = {
		.rows = (uintptr_t)&row, .row_size = sizeof(row), .nr_rows = 1,
		.table = self->table,
	};

	ASSERT_EQ(0, set_faults(self->fd, self->table, &minus, 1, 0, NULL));
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_TABLE_WRITE, &write));
	RUN(-2 * NR_TAPS);
	ASSERT_EQ(0, set_faults(self->fd, self->table, NULL, 0, 0, NULL));
	RUN(2 * NR_TAPS);
	ASSERT_EQ(0, axp_destroy(self->fd, self->table));
}

TEST_HARNESS_MAIN
