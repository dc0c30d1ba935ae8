// SPDX-License-Identifier: GPL-2.0
/*
 * Faults: who may set them, what they change bit by bit, that nothing of them is left
 * when they are cleared, and how they are counted; results and counts of draws are those
 * of an independent reference, and of every machine and engine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "../../kselftest_harness.h"
#include "sample_util.h"
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

/* --- draws --- */

#define NR_TARGETS	(AXP_FAULT_ACC + 1)
#define NR_KINDS	(AXP_FAULT_FLIP + 1)
#define NR_JOBS		3
#define NR_SAMPLES	400

/**
 * struct twin - a job with faults, on the device and by the reference
 * @s: the job and what the reference makes of it
 * @faults: faults
 * @act: activations
 * @out: results
 * @job: on the device
 */
struct twin {
	struct sample *s;
	struct ref_faults faults;
	struct axp_mem act;
	struct axp_mem out;
	struct axp_job job;
};

static void twin_open(struct __test_metadata *_metadata, int fd, struct twin *t)
{
	memset(t, 0, sizeof(*t));
	t->s = malloc(sizeof(*t->s));
	ASSERT_NE(NULL, t->s);
	ASSERT_EQ(0, axp_mem_create(fd, SAMPLE_BYTES, &t->act));
	ASSERT_EQ(0, axp_mem_create(fd, SAMPLE_BYTES, &t->out));
}

static void twin_close(struct twin *t)
{
	axp_mem_unmap(&t->act);
	axp_mem_unmap(&t->out);
	free(t->s);
}

/* The job of t->s with faults, the first time. */
static void twin_begin(struct __test_metadata *_metadata, int fd, struct twin *t,
		       const struct axp_fault *list, uint32_t nr, uint64_t seed)
{
	t->faults = (struct ref_faults) { .list = list, .nr = nr, .seed = seed };
	ASSERT_EQ(0, sample_create(fd, t->s, &t->act, &t->out, &t->job));
	ASSERT_EQ(0, set_faults(fd, t->job.table, list, nr, seed, NULL));
}

/* Once more: results, counters, and the faults that the table met until now. */
static bool twin_run(struct __test_metadata *_metadata, int fd, struct twin *t)
{
	struct axp_fault_stats met;
	struct sample *s = t->s;

	memset(s->expect, 0xee, s->outs * 4);
	memset(t->out.words, 0xee, s->outs * 4);
	ref_run_faulty(&s->ref, &t->faults, s->expect, &s->stats);
	ASSERT_EQ(0, sample_run_job(fd, t->job, &s->got, &s->why));
	ASSERT_EQ(0, query(fd, AXP_STATS_TABLE, t->job.table, &met));
	for (s->wrong = 0; s->wrong < s->outs; s->wrong++)
		if (t->out.words[s->wrong] != s->expect[s->wrong])
			break;
	s->is = t->out.words[s->wrong < s->outs ? s->wrong : 0];
	if (s->wrong == s->outs && sample_equal_counters(&s->stats, &s->got) &&
	    !memcmp(&met, &t->faults.met, sizeof(met)))
		return true;
	sample_print(s, 1);
	TH_LOG("met: jobs %llu/%llu, CAM %llu/%llu, LUT %llu/%llu, accumulators %llu/%llu",
	       met.jobs, t->faults.met.jobs, met.cam_bits, t->faults.met.cam_bits, met.lut_bits,
	       t->faults.met.lut_bits, met.acc_bits, t->faults.met.acc_bits);
	return false;
}

static bool weights_are_stored(uint32_t organisation)
{
	return organisation == AXP_ORG_FLAT;
}

static struct axp_fault random_fault(uint64_t *state, const struct ref_table *table)
{
	static const uint32_t rates[] = { 0, 1, 1u << 26, 1u << 29, 1u << 31, 0x12345678, ~0u };
	struct axp_fault f = {
		.kind = axp_random(state) % NR_KINDS,
		.mask = axp_random(state) % 2 ? ~0u : 1 + axp_random(state) % 0xffffffff,
		.rate = rates[axp_random(state) % ARRAY_SIZE(rates)],
	};

	do {
		f.target = axp_random(state) % NR_TARGETS;
	} while ((f.target == AXP_FAULT_WGT_KEY || f.target == AXP_FAULT_WGT_CARE) &&
		 !weights_are_stored(table->spec.organisation));
	if (axp_random(state) % 2)
		return f;
	/* some rows, or channels, of which there may be fewer */
	if (f.target == AXP_FAULT_ACC || table->nr_rows > 4) {
		f.first = axp_random(state) % 3;
		f.count = axp_random(state) % 3;
	}
	return f;
}

/* Random jobs, tables and lists of faults: each job is as the reference says. */
TEST_F_TIMEOUT(faults, random_against_reference, 300)
{
	static unsigned long tried[NR_TARGETS][NR_KINDS], met[3];
	struct axp_fault list[4];
	struct twin t;
	uint64_t state = 1;
	uint32_t i, nr, j, k;

	twin_open(_metadata, self->fd, &t);
	for (i = 1; i <= NR_SAMPLES; i++) {
		sample_random(t.s, i);
		if (!t.s->ref.table)
			continue;
		nr = 1 + axp_random(&state) % ARRAY_SIZE(list);
		for (j = 0; j < nr; j++) {
			list[j] = random_fault(&state, &t.s->table);
			tried[list[j].target][list[j].kind]++;
		}
		twin_begin(_metadata, self->fd, &t, list, nr, i * 77);
		for (j = 0; j < NR_JOBS; j++)
			ASSERT_TRUE(twin_run(_metadata, self->fd, &t))
				TH_LOG("sample %u, job %u", i, j);
		sample_destroy(self->fd, &t.job);
		met[0] += t.faults.met.cam_bits;
		met[1] += t.faults.met.lut_bits;
		met[2] += t.faults.met.acc_bits;
	}
	for (j = 0; j < NR_TARGETS; j++)
		for (k = 0; k < NR_KINDS; k++)
			EXPECT_GT(tried[j][k], 2);
	for (j = 0; j < 3; j++)
		EXPECT_GT(met[j], 1000);
	twin_close(&t);
}

/**
 * struct golden - what a job met and gave, for ever
 * @target: AXP_FAULT_ACT_KEY and so on
 * @kind: AXP_FAULT_STUCK_0 and so on
 * @hash: of the results of NR_JOBS jobs
 * @cam_bits: faults of them
 * @lut_bits: likewise
 * @acc_bits: likewise
 */
struct golden {
	uint32_t target;
	uint32_t kind;
	uint64_t hash;
	uint64_t cam_bits;
	uint64_t lut_bits;
	uint64_t acc_bits;
};

#define GOLDEN_RATE	0x20000000u	/* one bit in eight */
#define GOLDEN_SEED	2021
#define GOLDEN_LOW	0x5a5a		/* bits that not all rows compare */
#define GOLDEN_OUTS	(5 * 12)

/* binary32 */
static const struct golden golden_f32[] = {
	{ 0, 0, 0x2ff82c1edf9c8242, 135, 0, 0 },
	{ 0, 1, 0x322be0faffbfaa57, 165, 0, 0 },
	{ 0, 2, 0x13cfca3f1701e8c4, 286, 0, 0 },
	{ 1, 0, 0x95387f86858d1219, 300, 0, 0 },
	{ 1, 1, 0x8b8fed4a024fac54, 63, 0, 0 },
	{ 1, 2, 0x6a6b7059dcd7be9e, 368, 0, 0 },
	{ 2, 0, 0x15520bffc8e942b7, 147, 0, 0 },
	{ 2, 1, 0x5162d1d5034ef884, 168, 0, 0 },
	{ 2, 2, 0x65d60949a7b4e85b, 321, 0, 0 },
	{ 3, 0, 0x8090ab8a390c8b91, 315, 0, 0 },
	{ 3, 1, 0x177e52249b5956a5, 48, 0, 0 },
	{ 3, 2, 0xc8bc9016ed4b016e, 368, 0, 0 },
	{ 4, 0, 0xcf9030a3fbb01c61, 0, 36, 0 },
	{ 4, 1, 0xa501c197504a69c3, 0, 327, 0 },
	{ 4, 2, 0xf1d4795b7a6d3e5c, 0, 368, 0 },
	{ 5, 0, 0x9adf98646fe083eb, 0, 0, 1224 },
	{ 5, 1, 0x0b782ee8c68602e7, 0, 0, 2169 },
	{ 5, 2, 0xaae089e0870158da, 0, 0, 5531 },
};

/* 16 bits and their sum */
static const struct golden golden_fixed[] = {
	{ 0, 0, 0x443e1a99ef7abd8a, 135, 0, 0 },
	{ 0, 1, 0x17cd03a910ed6398, 165, 0, 0 },
	{ 0, 2, 0x6ad1c8ed7cf0b33c, 286, 0, 0 },
	{ 1, 0, 0x0d4a469aab149fe6, 300, 0, 0 },
	{ 1, 1, 0x07668d1f417c9225, 63, 0, 0 },
	{ 1, 2, 0x962eeef5755da433, 368, 0, 0 },
	{ 2, 0, 0x2bc0bb51f22ace7b, 147, 0, 0 },
	{ 2, 1, 0x13e9ef7b0d33b0c8, 168, 0, 0 },
	{ 2, 2, 0x6681d0aebe39bb1f, 321, 0, 0 },
	{ 3, 0, 0x772c594a02304822, 315, 0, 0 },
	{ 3, 1, 0xa101a77bc7072f28, 48, 0, 0 },
	{ 3, 2, 0x6691915337e08dae, 368, 0, 0 },
	{ 4, 0, 0x0e57b9e68def475f, 0, 63, 0 },
	{ 4, 1, 0x6727219f30ce9432, 0, 117, 0 },
	{ 4, 2, 0x3afae44ee360b93d, 0, 189, 0 },
	{ 5, 0, 0xa27708c94af93557, 0, 0, 1116 },
	{ 5, 1, 0xe79f22a40c69ac42, 0, 0, 1809 },
	{ 5, 2, 0x0da5f073a179d9f9, 0, 0, 5531 },
};

/* FNV-1a, going on from @hash */
static uint64_t hash_words(uint64_t hash, const uint32_t *words, uint64_t nr)
{
	uint64_t i;

	for (i = 0; i < nr * 4; i++)
		hash = (hash ^ (words[i / 4] >> i % 4 * 8 & 0xff)) * 0x100000001b3ull;
	return hash;
}

/* A product of matrices with a flat table; no random numbers of a library. */
static void golden_sample(struct sample *s, uint32_t accumulator)
{
	static const float values[] = { 0, 0.5f, 1, 1.5f, -2, 3, -0.75f, 10 };
	struct axp_gemm *g = &s->ref.job.gemm;
	uint32_t i;

	memset(s, 0, sizeof(*s));
	s->ref.job.op = AXP_OP_GEMM;
	s->ref.job.flags = AXP_JOB_GATE_ACT;
	*g = (struct axp_gemm) { .m = 5, .n = 12, .k = 9 };
	s->outs = GOLDEN_OUTS;
	s->format = AXP_WGT_U8;
	s->nr_centroids = 4;
	for (i = 0; i < 4; i++)
		s->codebook[i] = f32(values[1 + i]) | GOLDEN_LOW;
	for (i = 0; i < 9 * 12; i++) {
		s->index[i] = i * 7 % 4;
		s->wgt[i] = s->codebook[s->index[i]];
	}
	for (i = 0; i < 12; i++)
		s->bias[i] = f32(i * 0.25f);
	s->nr_bias = 12;
	for (i = 0; i < 5 * 9; i++)
		s->act[i] = i % 8 ? f32(values[i * 5 % 8]) | GOLDEN_LOW : 0;
	s->table.spec = axp_spec_f32();
	if (accumulator == AXP_ACC_FIXED) {
		s->table.spec.accumulator = accumulator;
		s->table.spec.word_bits = 16;
		s->table.spec.scale = 4;
		s->table.spec.max_term = 32767;
	}
	/* each MAC hits a row of its own */
	for (i = 0; i < 7 * 4; i++)
		s->rows[i] = (struct axp_row) {
			.act = f32(values[1 + i / 4]) | GOLDEN_LOW,
			.act_care = i % 3 ? ~0u : 0xfff00000,
			.wgt = s->codebook[i % 4],
			.wgt_care = i % 5 ? ~0u : 0xfff80000,
			.product = accumulator == AXP_ACC_FIXED ? i * 9 - 20 : f32(i * 0.5f - 1),
		};
	s->table.rows = s->rows;
	s->table.nr_rows = 7 * 4;
	s->ref.table = &s->table;
	s->ref.wgt = s->wgt;
	s->ref.bias = s->bias;
	s->ref.act = s->act;
}

/* Nothing may change these: not an engine, not a machine, and not the reference. */
static void check_golden(struct __test_metadata *_metadata, int fd, uint32_t accumulator,
			 const struct golden *want)
{
	const struct axp_fault fault = {
		.target = want->target, .kind = want->kind, .mask = ~0u, .rate = GOLDEN_RATE,
	};
	struct golden is = {
		.target = want->target, .kind = want->kind, .hash = 0xcbf29ce484222325ull,
	};
	struct axp_fault_stats met;
	uint32_t sound[GOLDEN_OUTS];
	struct twin t;
	unsigned int i;

	twin_open(_metadata, fd, &t);
	golden_sample(t.s, accumulator);
	ref_run(&t.s->ref, sound, &t.s->stats);
	twin_begin(_metadata, fd, &t, &fault, 1, GOLDEN_SEED);
	for (i = 0; i < NR_JOBS; i++) {
		EXPECT_TRUE(twin_run(_metadata, fd, &t));
		EXPECT_NE(0, memcmp(sound, t.out.words, sizeof(sound)));
		is.hash = hash_words(is.hash, t.out.words, t.s->outs);
	}
	ASSERT_EQ(0, query(fd, AXP_STATS_TABLE, t.job.table, &met));
	is.cam_bits = met.cam_bits;
	is.lut_bits = met.lut_bits;
	is.acc_bits = met.acc_bits;
	EXPECT_EQ(NR_JOBS, met.jobs);
	EXPECT_EQ(0, memcmp(want, &is, sizeof(is)))
		TH_LOG("{ %u, %u, 0x%016llx, %llu, %llu, %llu },", is.target, is.kind,
		       (unsigned long long)is.hash, (unsigned long long)is.cam_bits,
		       (unsigned long long)is.lut_bits, (unsigned long long)is.acc_bits);
	sample_destroy(fd, &t.job);
	twin_close(&t);
}

TEST_F_TIMEOUT(faults, golden, 120)
{
	unsigned int i;

	ASSERT_EQ(NR_TARGETS * NR_KINDS, ARRAY_SIZE(golden_f32));
	ASSERT_EQ(NR_TARGETS * NR_KINDS, ARRAY_SIZE(golden_fixed));
	for (i = 0; i < NR_TARGETS * NR_KINDS; i++) {
		EXPECT_EQ(i, golden_f32[i].target * NR_KINDS + golden_f32[i].kind);
		EXPECT_EQ(i, golden_fixed[i].target * NR_KINDS + golden_fixed[i].kind);
		check_golden(_metadata, self->fd, AXP_ACC_F32, &golden_f32[i]);
		check_golden(_metadata, self->fd, AXP_ACC_FIXED, &golden_fixed[i]);
	}
}

/* Many tiles on many workers meet the faults that one thread meets. */
TEST_F_TIMEOUT(faults, spread_over_workers, 300)
{
	const uint32_t m = 96, n = 64, k = 64;
	const struct axp_fault list[] = {
		{ .target = AXP_FAULT_ACC, .kind = AXP_FAULT_FLIP, .mask = 0x80ffffff,
		  .rate = 1u << 27, .first = 1, .count = 3 },
		{ .target = AXP_FAULT_ACC, .kind = AXP_FAULT_STUCK_1, .mask = ~0u,
		  .rate = 1u << 28 },
		{ .target = AXP_FAULT_LUT, .kind = AXP_FAULT_FLIP, .mask = ~0u, .rate = 1u << 29 },
	};
	struct ref_faults faults = { .list = list, .nr = ARRAY_SIZE(list), .seed = 5 };
	uint32_t *expect = malloc(m * n * 4), i;
	struct axp_completion done;
	struct axp_fault_stats met;
	struct axp_stats stats;
	struct ref_table table;
	struct axp_mem act, out;
	struct ref_job ref;
	struct twin t;
	uint64_t seqno;

	ASSERT_NE(NULL, expect);
	/* table and codebook of the golden job, weights and activations of their own */
	twin_open(_metadata, self->fd, &t);
	golden_sample(t.s, AXP_ACC_F32);
	table = t.s->table;
	ASSERT_EQ(0, axp_mem_create(self->fd, m * k * 4, &act));
	ASSERT_EQ(0, axp_mem_create(self->fd, m * n * 4, &out));
	for (i = 0; i < n * k; i++) {
		t.s->index[i] = i * 7 % 4;
		t.s->wgt[i] = t.s->codebook[t.s->index[i]];
	}
	for (i = 0; i < m * k; i++)
		act.words[i] = t.s->act[i % 45];
	t.job = axp_gemm(m, n, k, &act, &out, 0, 0);
	t.job.flags = AXP_JOB_COMPLETION;
	ASSERT_EQ(0, axp_weights_u8(self->fd, t.s->codebook, 4, t.s->index, n * k,
				    &t.job.weights));
	ASSERT_EQ(0, axp_table(self->fd, &table.spec, table.rows, table.nr_rows, &t.job.table,
			       NULL));
	ASSERT_EQ(0, set_faults(self->fd, t.job.table, list, faults.nr, faults.seed, NULL));
	ref = (struct ref_job) { .job = t.job, .table = &table, .wgt = t.s->wgt,
				 .act = act.words };
	for (i = 0; i < 4; i++) {
		ref_run_faulty(&ref, &faults, expect, &stats);
		ASSERT_EQ(0, axp_submit(self->fd, &t.job, 1, i % 2 ? AXP_SUBMIT_SYNC : 0, &seqno,
					NULL));
		ASSERT_EQ(sizeof(done), read(self->fd, &done, sizeof(done)));
		EXPECT_EQ(0, memcmp(expect, out.words, m * n * 4));
		EXPECT_TRUE(sample_equal_counters(&stats, &done.stats));
	}
	ASSERT_EQ(0, query(self->fd, AXP_STATS_TABLE, t.job.table, &met));
	EXPECT_EQ(0, memcmp(&met, &faults.met, sizeof(met)));
	EXPECT_GT(met.lut_bits, 0);
	EXPECT_GT(met.acc_bits, 1000);
	axp_mem_unmap(&act);
	axp_mem_unmap(&out);
	twin_close(&t);
	free(expect);
}

TEST_HARNESS_MAIN
