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
#define NR_SMALL	41
/* Larger jobs than this many quanta tell no more and take long. */
#define MOST_QUANTA	16

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

TEST(small_jobs_get_their_turn)
{
	uint64_t quantum = parameter("quantum"), largest = parameter("max_macs_per_job");
	uint64_t waited[NR_SMALL], seqno, bound;
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
		ASSERT_EQ(0, axp_submit(modest, &small.job, 1, 0, &seqno, NULL));
		ASSERT_EQ(0, axp_wait_ms(modest, seqno, 120000));
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

TEST_HARNESS_MAIN
