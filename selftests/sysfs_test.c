// SPDX-License-Identifier: GPL-2.0
/*
 * Totals of the device are the sum of what its clients did, energy included; the
 * energy model is root's, and changes nothing that was made before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../kselftest_harness.h"
#include "axp_util.h"

#define FJ_PER_UJ	1000000000ull

struct totals {
	long long macs, gated, hits, hits_approx, misses, searches, jobs, rows, energy,
		  baseline, baseline_gated, busy;
};

static struct totals totals(void)
{
	return (struct totals) {
		.macs = axp_sysfs_u64("macs"),
		.gated = axp_sysfs_u64("gated"),
		.hits = axp_sysfs_u64("hits"),
		.hits_approx = axp_sysfs_u64("hits_approx"),
		.misses = axp_sysfs_u64("misses"),
		.searches = axp_sysfs_u64("searches"),
		.jobs = axp_sysfs_u64("jobs"),
		.rows = axp_sysfs_u64("rows_programmed"),
		.energy = axp_sysfs_u64("energy_uj"),
		.baseline = axp_sysfs_u64("baseline_energy_uj"),
		.baseline_gated = axp_sysfs_u64("baseline_gated_energy_uj"),
		.busy = axp_sysfs_u64("busy_time_us"),
	};
}

FIXTURE(sysfs)
{
	int fd[2];
	struct axp_slow work[2];
	char preset[32];
	char cam_class[32];
};

/* Two clients, each with a table, that do about 17 and 34 million MACs. */
FIXTURE_SETUP(sysfs)
{
	const struct axp_row row = {
		.act = F32_ONE, .act_care = ~0u, .wgt = F32_TWO, .wgt_care = ~0u,
		.product = F32_TWO,
	};
	struct axp_table_spec spec = axp_spec_f32();
	unsigned int i;

	ASSERT_EQ(0, axp_sysfs_read("energy_model/preset", self->preset, 32));
	ASSERT_EQ(0, axp_sysfs_read("energy_model/cam_class", self->cam_class, 32));
	for (i = 0; i < 2; i++) {
		self->fd[i] = axp_open(0);
		ASSERT_EQ(0, axp_slow_create(self->fd[i], (uint64_t)(i + 1) << 24,
					     &self->work[i]));
		ASSERT_EQ(0, axp_table(self->fd[i], &spec, &row, 1, &self->work[i].job.table,
				       NULL));
	}
}

FIXTURE_TEARDOWN(sysfs)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		axp_slow_unmap(&self->work[i]);
		close(self->fd[i]);
	}
	EXPECT_EQ(0, axp_sysfs_write("energy_model/preset", self->preset));
	EXPECT_EQ(0, axp_sysfs_write("energy_model/cam_class", self->cam_class));
}

/* The remainder below a microjoule is kept: at most one is missing, or carried in. */
static bool same_uj(long long before, long long after, uint64_t fj)
{
	long long uj = fj / FJ_PER_UJ;

	return after - before == uj || after - before == uj + 1;
}

TEST_F_TIMEOUT(sysfs, totals_are_the_sum, 300)
{
	struct axp_stats stats, was[2], sum = {};
	struct totals before, after;
	uint64_t seqno[2];
	unsigned int i, round;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, axp_stats(self->fd[i], AXP_STATS_CLIENT, 0, &was[i]));
	before = totals();
	for (round = 0; round < 2; round++) {
		self->work[0].job.flags = round ? AXP_JOB_GATE_ACT : 0;
		self->work[1].act.words[round] = 0;
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, axp_submit(self->fd[i], &self->work[i].job, 1, 0,
						&seqno[i], NULL));
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, axp_wait_ms(self->fd[i], seqno[i], 120000));
	}
	after = totals();

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, axp_stats(self->fd[i], AXP_STATS_CLIENT, 0, &stats));
		sum.macs += stats.macs - was[i].macs;
		sum.gated += stats.gated - was[i].gated;
		sum.hits_exact += stats.hits_exact - was[i].hits_exact;
		sum.hits_approx += stats.hits_approx - was[i].hits_approx;
		sum.misses += stats.misses - was[i].misses;
		sum.searches += stats.searches - was[i].searches;
		sum.jobs += stats.jobs - was[i].jobs;
		sum.energy_fj += stats.energy_fj - was[i].energy_fj;
		sum.baseline_fj += stats.baseline_fj - was[i].baseline_fj;
		sum.baseline_gated_fj += stats.baseline_gated_fj - was[i].baseline_gated_fj;
		sum.busy_ns += stats.busy_ns - was[i].busy_ns;
		EXPECT_EQ(1, stats.rows_programmed);
		EXPECT_EQ(stats.macs, stats.gated + stats.hits_exact + stats.hits_approx +
			  stats.misses);
	}
	EXPECT_EQ(6ull << 24, sum.macs);
	EXPECT_GT(sum.hits_exact, 0);
	EXPECT_EQ(4, sum.jobs);
	EXPECT_EQ(sum.macs, after.macs - before.macs);
	EXPECT_EQ(sum.gated, after.gated - before.gated);
	EXPECT_EQ(sum.hits_exact + sum.hits_approx, after.hits - before.hits);
	EXPECT_EQ(sum.hits_approx, after.hits_approx - before.hits_approx);
	EXPECT_EQ(sum.misses, after.misses - before.misses);
	EXPECT_EQ(sum.searches, after.searches - before.searches);
	EXPECT_EQ(sum.jobs, after.jobs - before.jobs);
	EXPECT_EQ(0, after.rows - before.rows);
	EXPECT_GT(sum.energy_fj, FJ_PER_UJ);
	EXPECT_TRUE(same_uj(before.energy, after.energy, sum.energy_fj));
	EXPECT_TRUE(same_uj(before.baseline, after.baseline, sum.baseline_fj));
	EXPECT_TRUE(same_uj(before.baseline_gated, after.baseline_gated,
			    sum.baseline_gated_fj));
	EXPECT_LE(after.busy - before.busy, sum.busy_ns / 1000 + 1);
	EXPECT_GE(after.busy - before.busy + 1, sum.busy_ns / 1000);
}

TEST_F_TIMEOUT(sysfs, model_is_busy_while_jobs_are, 120)
{
	uint64_t seqno;
	struct axp_slow slow;

	ASSERT_EQ(0, axp_slow_ms(self->fd[1], 300, &slow));
	ASSERT_EQ(0, axp_submit(self->fd[1], &slow.job, 1, 0, &seqno, NULL));
	EXPECT_EQ(-EBUSY, axp_sysfs_write("energy_model/preset", "h45"));
	EXPECT_EQ(-EBUSY, axp_sysfs_write("energy_model/cam_class", "nor"));
	EXPECT_EQ(-ETIMEDOUT, axp_wait_ms(self->fd[1], seqno, 0));
	ASSERT_EQ(0, axp_wait_ms(self->fd[1], seqno, 120000));
	EXPECT_EQ(0, axp_sysfs_write("energy_model/preset", "h45"));
	EXPECT_EQ(0, axp_sysfs_write("energy_model/cam_class", "nor\n"));
	axp_slow_unmap(&slow);
}

TEST_F(sysfs, bad_values)
{
	ASSERT_EQ(0, axp_sysfs_write("energy_model/preset", "s28"));
	EXPECT_EQ(-EINVAL, axp_sysfs_write("energy_model/preset", "h46"));
	EXPECT_EQ(-EINVAL, axp_sysfs_write("energy_model/preset", "\n"));
	EXPECT_EQ(-EINVAL, axp_sysfs_write("energy_model/preset", "device"));
	EXPECT_EQ(-EINVAL, axp_sysfs_write("energy_model/cam_class", "device"));
	EXPECT_EQ(-EINVAL, axp_sysfs_write("energy_model/cam_class", "zeros"));
	EXPECT_EQ(-EPERM, axp_sysfs_write("energy_model/mul_zj", "1"));
	ASSERT_EQ(0, axp_sysfs_write("energy_model/preset", "custom"));
	EXPECT_EQ(-EINVAL, axp_sysfs_write("energy_model/mul_zj", "much"));
	EXPECT_EQ(-ERANGE, axp_sysfs_write("energy_model/mul_zj", "-1"));
	EXPECT_EQ(-ERANGE, axp_sysfs_write("energy_model/mul_zj", "10000000000001"));
	EXPECT_EQ(0, axp_sysfs_write("energy_model/mul_zj", "10000000000000"));
	EXPECT_EQ(-ERANGE, axp_sysfs_write("energy_model/lut_width_permille", "1001"));
	EXPECT_EQ(0, axp_sysfs_write("energy_model/lut_width_permille", "0"));
	EXPECT_EQ(-ERANGE, axp_sysfs_write("energy_model/lane_pitch_nm", "10000001"));
	EXPECT_EQ(0, axp_sysfs_write("energy_model/lane_pitch_f32_nm", "10000000"));
	EXPECT_EQ(-EACCES, axp_sysfs_write("energy_uj", "0"));
}

static uint64_t energy_of(struct __test_metadata *_metadata, int fd, struct axp_job job)
{
	struct axp_completion done = {};

	job.flags |= AXP_JOB_COMPLETION;
	EXPECT_EQ(0, axp_submit(fd, &job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	EXPECT_EQ(sizeof(done), read(fd, &done, sizeof(done)));
	return done.stats.energy_fj;
}

TEST_F_TIMEOUT(sysfs, custom_changes_later_tables_only, 120)
{
	struct axp_table_spec spec = axp_spec_f32();
	const struct axp_row row = { .wgt_care = ~0u, .act_care = ~0u };
	struct axp_job before = self->work[0].job, after = before, none = before;
	uint64_t old, mul;

	ASSERT_EQ(0, axp_sysfs_write("energy_model/preset", "s28"));
	mul = axp_sysfs_u64("energy_model/mul_zj");
	before.gemm.m = 1;
	after.gemm.m = 1;
	none.gemm.m = 1;
	none.table = 0;
	ASSERT_EQ(0, axp_table(self->fd[0], &spec, &row, 1, &before.table, NULL));
	old = energy_of(_metadata, self->fd[0], before);

	/* starts as a copy of what was in force */
	ASSERT_EQ(0, axp_sysfs_write("energy_model/preset", "custom"));
	EXPECT_EQ(mul, axp_sysfs_u64("energy_model/mul_zj"));
	ASSERT_EQ(0, axp_sysfs_write("energy_model/mul_zj", "5000000000"));
	EXPECT_EQ(5000000000, axp_sysfs_u64("energy_model/mul_zj"));
	ASSERT_EQ(0, axp_table(self->fd[0], &spec, &row, 1, &after.table, NULL));

	EXPECT_EQ(old, energy_of(_metadata, self->fd[0], before));
	/* all 65536 MACs miss: each costs the difference of two multiplications */
	EXPECT_EQ(old + 65536 * (5000000 - mul / 1000) / 1000,
		  energy_of(_metadata, self->fd[0], after));
	EXPECT_EQ(65536ull * (5000000 + axp_sysfs_u64("energy_model/add_zj") / 1000) / 1000,
		  energy_of(_metadata, self->fd[0], none));

	/* the preset's own constants are untouched */
	ASSERT_EQ(0, axp_sysfs_write("energy_model/preset", "s28"));
	EXPECT_EQ(mul, axp_sysfs_u64("energy_model/mul_zj"));
}

TEST_F(sysfs, programming_counts_at_once)
{
	struct axp_table_spec spec = axp_spec_f32();
	struct axp_row rows[100] = {};
	struct totals before = totals(), after;
	struct axp_stats client;
	uint32_t table;

	ASSERT_EQ(0, axp_table(self->fd[0], &spec, rows, 100, &table, NULL));
	after = totals();
	EXPECT_EQ(before.rows + 100, after.rows);
	ASSERT_EQ(0, axp_stats(self->fd[0], AXP_STATS_CLIENT, 0, &client));
	EXPECT_EQ(101, client.rows_programmed);
	EXPECT_EQ(client.program_fj, client.energy_fj);
	EXPECT_GT(client.program_fj, 0);
	EXPECT_EQ(0, client.jobs);
}

TEST_F(sysfs, clients)
{
	long long clients = axp_sysfs_u64("clients");
	int fd;

	EXPECT_GE(clients, 2);
	fd = axp_open(0);
	EXPECT_EQ(clients + 1, axp_sysfs_u64("clients"));
	close(fd);
	EXPECT_EQ(clients, axp_sysfs_u64("clients"));
}

TEST_F(sysfs, only_root_writes)
{
	struct stat st;
	int status;
	pid_t pid;

	ASSERT_EQ(0, stat(AXP_DEV, &st));
	EXPECT_EQ(0660, st.st_mode & 0777);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		if (setgid(65534) || setuid(65534))
			_exit(1);
		if (axp_sysfs_write("energy_model/preset", "s28") != -EACCES)
			_exit(2);
		if (axp_sysfs_write("energy_model/mul_zj", "1") != -EACCES)
			_exit(3);
		if (axp_sysfs_u64("energy_uj") < 0)
			_exit(4);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST_HARNESS_MAIN
