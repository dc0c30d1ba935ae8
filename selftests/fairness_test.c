// SPDX-License-Identifier: GPL-2.0
/*
 * Turns: a client has queued the largest legal jobs without end, another one still
 * gets its small jobs done after a bounded number of quanta. Quanta are counted by
 * the MACs that the first client gets done meanwhile, never by time. That the bound
 * holds at every moment of a turn is shown by the KUnit suite axp-sched, to which
 * nothing happens between the end of a job and the look at the counters; here that
 * gap is real, so it is the median of many jobs that has to keep the bound.
 *
 * engine_test.sh runs this with parameters that make the largest job small enough.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../kselftest_harness.h"
#include "axp_util.h"

#define PARAMETERS	"/sys/module/axp/parameters/"
#define CLIENTS		"/sys/kernel/debug/axp/clients"
#define NR_SMALL	41
#define NR_SMALL_WORST	9
/* Larger jobs than this many quanta tell no more and take long. */
#define MOST_QUANTA	16
/* MACs that are not divided, see limit_unit() in the engine. */
#define LARGEST_TILE	67108864

static uint64_t parameter(const char *name)
{
	char path[128];
	unsigned long long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	f = fopen(path, "r");
	if (f && fscanf(f, "%llu", &value) != 1)
		value = 0;
	if (f)
		fclose(f);
	return value;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* number of the client behind @fd, from fdinfo; 0: it does not say */
static unsigned int client_number(int fd)
{
	unsigned int number = 0;
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "axp-client-id: %u", &number);
	if (f)
		fclose(f);
	return number;
}

/**
 * struct greedy - the client that never has enough
 * @fd: open device
 * @number: as telemetry names it
 * @macs: of each of its jobs
 */
struct greedy {
	int fd;
	unsigned int number;
	uint64_t macs;
};

/*
 * MACs that it was given so far, tile by tile: the jobs before the one that runs, and
 * the part of that which is handed out. -1: debugfs does not tell.
 */
static long long given(const struct greedy *g)
{
	unsigned long long first, next_tile, tiles;
	unsigned int number;
	char line[512];
	long long macs = -1;
	FILE *f = fopen(CLIENTS, "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%u %*d %*s %*d %*d %*u %*u %*u %*u %*d %*d %*d %llu %llu %llu",
			   &number, &first, &next_tile, &tiles) != 4 || number != g->number)
			continue;
		macs = first ? (long long)((first - 1) * g->macs + g->macs / tiles * next_tile) : 0;
	}
	if (f)
		fclose(f);
	return macs;
}

/* a job of one MAC, waited for */
static int small_job(int fd, const struct axp_job *job)
{
	uint64_t seqno;
	int err = axp_submit(fd, job, 1, 0, &seqno, NULL);

	return err ? err : axp_wait_ms(fd, seqno, 120000);
}

TEST(small_jobs_get_their_turn)
{
	uint64_t quantum = parameter("quantum"), largest = parameter("max_macs_per_job");
	uint64_t waited[NR_SMALL], bound;
	struct axp_stats before, after;
	struct axp_slow large, small;
	struct axp_caps caps;
	struct axp_job *jobs;
	int greedy = axp_open(0), modest = axp_open(0);
	unsigned int i, nr_jobs;

	ASSERT_GT(quantum, 0);
	ASSERT_EQ(0, axp_ioctl(greedy, AXP_IOC_GET_CAPS, &caps));
	if (largest > MOST_QUANTA * quantum)
		largest = MOST_QUANTA * quantum;
	ASSERT_EQ(0, axp_slow_create(greedy, largest, &large));
	ASSERT_EQ(0, axp_slow_create(modest, 1, &small));
	nr_jobs = caps.max_jobs_per_submit;
	jobs = calloc(nr_jobs, sizeof(*jobs));
	ASSERT_NE(NULL, jobs);
	for (i = 0; i < nr_jobs; i++)
		jobs[i] = large.job;
	ASSERT_EQ(0, axp_submit(greedy, jobs, nr_jobs, 0, NULL, NULL));

	for (i = 0; i < NR_SMALL; i++) {
		ASSERT_EQ(0, axp_stats(greedy, AXP_STATS_CLIENT, 0, &before));
		ASSERT_EQ(0, small_job(modest, &small.job));
		ASSERT_EQ(0, axp_stats(greedy, AXP_STATS_CLIENT, 0, &after));
		waited[i] = after.macs - before.macs;
	}
	/* the greedy client was never done */
	EXPECT_LT(after.jobs, nr_jobs);

	qsort(waited, NR_SMALL, sizeof(waited[0]), by_size);
	/*
	 * What is left of a turn, one whole turn in the gap, and what every worker
	 * had in hand; jobs show when they end, so one of them on top.
	 */
	bound = 2 * quantum + (caps.nr_pe + 1) * largest;
	printf("# counts: MACs of a quantum %llu, of a job %llu, ", (unsigned long long)quantum,
	       (unsigned long long)largest);
	printf("a small job waited for %llu at the median, %llu at most\n",
	       (unsigned long long)waited[NR_SMALL / 2],
	       (unsigned long long)waited[NR_SMALL - 1]);
	fflush(stdout);	/* tests end without it */
	EXPECT_LE(waited[NR_SMALL / 2], bound);
	free(jobs);
	axp_slow_unmap(&large);
	axp_slow_unmap(&small);
	close(greedy);
	close(modest);
}

/* --- what is worst to divide --- */

static int worst_memory(int fd, struct axp_slow *slow, uint64_t act, uint64_t out)
{
	uint64_t i;
	int err = axp_mem_create(fd, act * 4, &slow->act);

	if (!err)
		err = axp_mem_create(fd, out * 4, &slow->out);
	for (i = 0; i < act && !err; i++)
		slow->act.words[i] = F32_ONE + i % 1000;
	return err;
}

/* 1x1, no codebook, a table that misses: each MAC is searched for. 2^28 MACs. */
static int worst_search(int fd, struct axp_slow *slow)
{
	const uint32_t c = 1024, w = 256, oc = 256, n = 4;
	struct axp_table_spec spec = axp_spec_f32();
	const struct axp_row row = {
		.act = F32_TWO, .act_care = ~0u, .wgt = F32_ONE, .wgt_care = ~0u,
		.product = F32_TWO,
	};
	uint32_t *wgt = malloc(c * oc * 4), table, i;
	int err = -ENOMEM;

	for (i = 0; wgt && i < c * oc; i++)
		wgt[i] = F32_ONE + i;
	if (wgt)
		err = axp_weights_f32(fd, wgt, c * oc, NULL, 0, &slow->weights);
	free(wgt);
	if (!err)
		err = axp_table(fd, &spec, &row, 1, &table, NULL);
	if (!err)
		err = worst_memory(fd, slow, (uint64_t)n * c * w, (uint64_t)n * oc * w);
	if (err)
		return err;
	memset(&slow->job, 0, sizeof(slow->job));
	slow->job.op = AXP_OP_CONV2D;
	slow->job.act.buf = slow->act.buf;
	slow->job.out.buf = slow->out.buf;
	slow->job.weights = slow->weights;
	slow->job.table = table;
	slow->job.conv2d.n = n;
	slow->job.conv2d.c = c;
	slow->job.conv2d.h = 1;
	slow->job.conv2d.w = w;
	slow->job.conv2d.oc = oc;
	slow->job.conv2d.kh = 1;
	slow->job.conv2d.kw = 1;
	slow->job.conv2d.groups = 1;
	slow->job.conv2d.stride_h = 1;
	slow->job.conv2d.stride_w = 1;
	slow->job.conv2d.dil_h = 1;
	slow->job.conv2d.dil_w = 1;
	return 0;
}

/* A reduction is not divided: 2^18 products a sum. 2^28 MACs. */
static int worst_reduction(int fd, struct axp_slow *slow)
{
	const uint32_t m = 16, n = 64, k = 1 << 18;
	static const uint32_t codebook[2] = { F32_ONE, F32_TWO };
	uint8_t *index = malloc((size_t)n * k);
	uint32_t i;
	int err = -ENOMEM;

	for (i = 0; index && i < n * k; i++)
		index[i] = i % 3 == 0;
	if (index)
		err = axp_weights_u8(fd, codebook, 2, index, (uint64_t)n * k, &slow->weights);
	free(index);
	if (!err)
		err = worst_memory(fd, slow, (uint64_t)m * k, (uint64_t)m * n);
	if (!err)
		slow->job = axp_gemm(m, n, k, &slow->act, &slow->out, slow->weights, 0);
	return err;
}

FIXTURE(worst)
{
	int modest;
	struct greedy greedy;
};

FIXTURE_VARIANT(worst)
{
	int (*make)(int fd, struct axp_slow *slow);
};

FIXTURE_VARIANT_ADD(worst, search)
{
	.make = worst_search,
};

FIXTURE_VARIANT_ADD(worst, reduction)
{
	.make = worst_reduction,
};

FIXTURE_SETUP(worst)
{
	self->modest = axp_open(0);
	self->greedy.fd = axp_open(0);
	self->greedy.number = client_number(self->greedy.fd);
	self->greedy.macs = 1 << 28;
}

FIXTURE_TEARDOWN(worst)
{
	close(self->modest);
	close(self->greedy.fd);
}

/* Jobs that take a minute hold nobody up: a tile of them is the most. */
TEST_F_TIMEOUT(worst, is_divided, 300)
{
	uint64_t quantum = parameter("quantum"), waited[NR_SMALL_WORST], bound;
	struct axp_slow large, small;
	struct axp_job jobs[4];
	struct axp_caps caps;
	unsigned int i;

	if (given(&self->greedy) < 0)
		SKIP(return, "debugfs or fdinfo is left out");
	if (self->greedy.macs > parameter("max_macs_per_job"))
		SKIP(return, "max_macs_per_job is too small");
	ASSERT_EQ(0, axp_ioctl(self->modest, AXP_IOC_GET_CAPS, &caps));
	ASSERT_EQ(0, variant->make(self->greedy.fd, &large));
	ASSERT_EQ(0, axp_slow_create(self->modest, 1, &small));
	for (i = 0; i < 4; i++)
		jobs[i] = large.job;
	ASSERT_EQ(0, axp_submit(self->greedy.fd, jobs, 4, 0, NULL, NULL));

	for (i = 0; i < NR_SMALL_WORST; i++) {
		long long before = given(&self->greedy);

		ASSERT_EQ(0, small_job(self->modest, &small.job));
		waited[i] = given(&self->greedy) - before;
	}
	qsort(waited, NR_SMALL_WORST, sizeof(waited[0]), by_size);
	/* what is left of a turn, one turn in the gap, and a tile of every worker */
	bound = 2 * quantum + (uint64_t)(caps.nr_pe + 1) * LARGEST_TILE;
	printf("# counts: beside jobs of %llu MACs a small one waited for ",
	       (unsigned long long)self->greedy.macs);
	printf("%llu at the median, %llu at most\n",
	       (unsigned long long)waited[NR_SMALL_WORST / 2],
	       (unsigned long long)waited[NR_SMALL_WORST - 1]);
	fflush(stdout);	/* tests end without it */
	EXPECT_LE(waited[NR_SMALL_WORST / 2], bound);
	axp_slow_unmap(&large);
	axp_slow_unmap(&small);
}

TEST_HARNESS_MAIN
