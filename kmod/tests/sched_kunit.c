// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler without a device: turns of clients, order, cancelling, limits. Part of
 * axp_sched.c, whose static functions it calls; a test takes the place of a worker.
 */
#include <kunit/test.h>

#define QUANTUM		((u64)1 << 16)

/**
 * struct sched_test - a device without /dev/axp
 * @dev: device
 * @clients: two clients
 * @weights: of each, k x n
 * @act: activations of all jobs
 * @out: results
 * @worker: the test itself
 */
struct sched_test {
	struct axp_device dev;
	struct axp_client *clients[2];
	struct axp_weights_object *weights[2];
	u32 *act;
	u32 *out;
	struct axp_worker worker;
};

#define TEST_K		64
#define TEST_N		16
#define TEST_M		4096

static void sched_test_release(struct axp_object *obj)
{
	struct axp_weights_object *w = container_of(obj, struct axp_weights_object, obj);

	axp_weights_free(w->weights);
	kfree(w);
}

static void sched_test_client(struct kunit *test, struct sched_test *t, u32 i)
{
	struct axp_client *client = axp_client_create(&t->dev);
	struct axp_weights_object *w;
	u32 *data;
	u32 j;

	KUNIT_ASSERT_NOT_NULL(test, client);
	w = kzalloc(sizeof(*w), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w);
	data = kunit_kmalloc(test, TEST_K * TEST_N * sizeof(u32), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, data);
	for (j = 0; j < TEST_K * TEST_N; j++)
		data[j] = j % 2 ? 0x3f800000 : 0x40000000;
	axp_object_init(&w->obj, client, AXP_OBJECT_WEIGHTS, sched_test_release);
	KUNIT_ASSERT_EQ(test, axp_weights_create(&w->weights, NULL, AXP_WGT_F32, NULL, 0, data,
						 TEST_K * TEST_N, NULL, 0, NULL), 0);
	t->clients[i] = client;
	t->weights[i] = w;
}

static void sched_test_start(struct kunit *test, u32 npes)
{
	struct sched_test *t = test->priv;
	struct axp_params *p = &t->dev.params;

	p->npes = npes;
	KUNIT_ASSERT_EQ(test, axp_sched_init(&t->dev), 0);
	sched_test_client(test, t, 0);
	sched_test_client(test, t, 1);
}

static int sched_test_init(struct kunit *test)
{
	struct sched_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	const struct axp_limits limits = AXP_LIMITS_DEFAULT;
	u32 i;

	if (!t)
		return -ENOMEM;
	test->priv = t;
	t->dev.params = (struct axp_params) {
		.engine = axp_engine_select("softfp"), .quantum = QUANTUM,
		.max_macs_per_job = 1ull << 34, .max_bytes = 1 << 26, .max_objects = 16,
		.max_jobs_per_submit = 16, .max_inflight = 16, .limits = limits,
	};
	axp_model_init(&t->dev.model);
	axp_totals_init(&t->dev.totals);
	t->act = kvcalloc(TEST_M, TEST_K * sizeof(u32), GFP_KERNEL);
	t->out = kvcalloc(TEST_M, TEST_N * sizeof(u32), GFP_KERNEL);
	t->worker.scratch = kvzalloc(AXP_SCRATCH_MAX, GFP_KERNEL);
	if (!t->act || !t->out || !t->worker.scratch)
		return -ENOMEM;
	for (i = 0; i < TEST_M * TEST_K; i++)
		t->act[i] = 0x3f800000;
	t->worker.sched = &t->dev.sched;
	return 0;
}

static void sched_test_exit(struct kunit *test)
{
	struct sched_test *t = test->priv;
	u32 i;

	if (!t)
		return;
	for (i = 0; i < 2; i++) {
		if (t->clients[i])
			axp_client_destroy(t->clients[i]);
		if (t->weights[i])
			axp_object_put(&t->weights[i]->obj);
	}
	if (t->dev.sched.workers)
		axp_sched_exit(&t->dev.sched);
	kvfree(t->worker.scratch);
	kvfree(t->act);
	kvfree(t->out);
}

/* A job of @m rows, reserved and in @batch. */
static void sched_test_add(struct kunit *test, struct axp_batch *batch, u32 i, u32 m, u32 flags)
{
	struct sched_test *t = test->priv;
	struct axp_job shape = {
		.op = AXP_OP_GEMM, .gemm = { .m = m, .n = TEST_N, .k = TEST_K },
	};
	struct axp_plan_key key = { .weights = t->weights[i], .op = AXP_OP_GEMM };
	struct axp_queued_job *job = kzalloc(sizeof(*job), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, job);
	memcpy(key.shape, shape.pad, sizeof(key.shape));
	job->client = t->clients[i];
	KUNIT_ASSERT_EQ(test, axp_plan_get(t->clients[i], &key, &shape, &job->plan, NULL), 0);
	job->io.act = t->act;
	job->io.out = t->out;
	job->flags = flags;
	job->nr_tiles = axp_plan_nr_tiles(job->plan->plan);
	job->tile_macs = max_t(u64, div_u64(job->plan->nest.macs, job->nr_tiles), 1);
	list_add_tail(&job->link, &batch->jobs);
	batch->nr_jobs++;
	batch->macs += job->plan->nest.macs;
	batch->scratch_bytes = max(batch->scratch_bytes, axp_plan_scratch_bytes(job->plan->plan));
	KUNIT_ASSERT_EQ(test, axp_sched_reserve(t->clients[i], 1, true, NULL), 0);
}

static void sched_test_queue(struct kunit *test, struct axp_batch *batch, u32 i)
{
	struct sched_test *t = test->priv;

	mutex_lock(&t->clients[i]->submit_lock);
	axp_sched_queue(t->clients[i], batch);
	mutex_unlock(&t->clients[i]->submit_lock);
}

static void sched_test_batch(struct kunit *test, u32 i, u32 nr_jobs, u32 m, u32 flags)
{
	struct axp_batch batch = { .jobs = LIST_HEAD_INIT(batch.jobs) };
	u32 j;

	for (j = 0; j < nr_jobs; j++)
		sched_test_add(test, &batch, i, m, flags);
	sched_test_queue(test, &batch, i);
}

/* Take one tile and run it. Returns its client, or -1; adds its MACs. */
static int sched_test_step(struct sched_test *t, u64 *macs)
{
	struct axp_queued_job *job;
	int i;
	u32 tile;

	job = axp_worker_take(&t->worker, &tile);
	if (!job)
		return -1;
	i = job->client == t->clients[1];
	*macs += job->tile_macs;
	axp_sched_run(job, tile, t->worker.scratch, false);
	return i;
}

/* However much a client has queued, the other one waits for a quantum and a tile. */
static void sched_turns(struct kunit *test)
{
	struct sched_test *t = test->priv;
	u64 macs, tile = 0, most = 0;
	u32 round, warm;
	int i;

	sched_test_start(test, 0);
	for (round = 0; round < 20; round++) {
		sched_test_batch(test, 0, 8, TEST_M, 0);
		/* anywhere in the turn of the first client */
		for (warm = 0; warm < round; warm++)
			KUNIT_ASSERT_EQ(test, sched_test_step(t, &tile), 0);
		sched_test_batch(test, 1, 1, 1, 0);
		macs = 0;
		do {
			tile = 0;
			i = sched_test_step(t, &tile);
			KUNIT_ASSERT_GE(test, i, 0);
			if (!i)
				macs += tile;
			most = max(most, tile);
		} while (!i);
		KUNIT_ASSERT_LE(test, macs, QUANTUM + most);
		while (sched_test_step(t, &tile) >= 0)
			;
	}
	KUNIT_EXPECT_EQ(test, t->clients[1]->stats.jobs, 20ull);
	KUNIT_EXPECT_EQ(test, t->clients[0]->stats.jobs, 160ull);
	KUNIT_EXPECT_TRUE(test, axp_sched_idle(&t->dev.sched));
}

/*
 * Two clients that always have work get the same, but for a quantum and a tile at any
 * moment: the first has jobs of @first rows, the second of @second.
 */
static void sched_test_shares(struct kunit *test, u64 quantum, u32 first, u32 second)
{
	struct sched_test *t = test->priv;
	u64 macs[2] = {}, tile, most = 0;
	int i, last = 0;
	u32 turns = 0;

	t->dev.params.quantum = quantum;
	sched_test_start(test, 0);
	sched_test_batch(test, 0, 16, first, 0);
	sched_test_batch(test, 1, 16, second, 0);
	for (;;) {
		tile = 0;
		i = sched_test_step(t, &tile);
		if (i < 0 || list_empty(&t->clients[0]->queue) ||
		    list_empty(&t->clients[1]->queue))
			break;
		macs[i] += tile;
		most = max(most, tile);
		turns += i != last;
		last = i;
		KUNIT_ASSERT_LE(test, max(macs[0], macs[1]) - min(macs[0], macs[1]),
				quantum + most);
	}
	KUNIT_EXPECT_GT(test, turns, 10u);
}

/* Jobs of a quantum and more, and small ones. */
static void sched_shares(struct kunit *test)
{
	sched_test_shares(test, QUANTUM, TEST_M, TEST_M / 64);
}

/* Tiles of many quanta are owed: a client with smaller ones has no less. */
static void sched_debt(struct kunit *test)
{
	sched_test_shares(test, QUANTUM / 64, TEST_M, TEST_M / 64);
}

static void sched_order(struct kunit *test)
{
	struct sched_test *t = test->priv;
	struct axp_queued_job *job;
	u64 seqno = 1, macs = 0;

	sched_test_start(test, 0);
	sched_test_batch(test, 0, 5, 7, AXP_JOB_COMPLETION);
	sched_test_batch(test, 0, 5, 3, AXP_JOB_COMPLETION);
	KUNIT_EXPECT_FALSE(test, axp_sched_idle(&t->dev.sched));
	while (sched_test_step(t, &macs) >= 0)
		;
	list_for_each_entry(job, &t->clients[0]->done, link) {
		KUNIT_EXPECT_EQ(test, job->seqno, seqno++);
		KUNIT_EXPECT_EQ(test, job->status, 0);
		KUNIT_EXPECT_EQ(test, job->stats.macs, (job->seqno <= 5 ? 7ull : 3ull) * TEST_K *
				TEST_N);
	}
	KUNIT_EXPECT_EQ(test, seqno, 11ull);
	KUNIT_EXPECT_EQ(test, t->clients[0]->stats.macs, 50ull * TEST_K * TEST_N);
	KUNIT_EXPECT_EQ(test, t->dev.totals.stats.jobs, 10ull);
	/* 32 products with 1 and 32 with 2 */
	KUNIT_EXPECT_EQ(test, t->out[0], 0x43000000u);
	/* unread completions hold their place in the queue */
	KUNIT_EXPECT_EQ(test, axp_sched_reserve(t->clients[0], 7, true, NULL), -EAGAIN);
	KUNIT_EXPECT_EQ(test, axp_sched_reserve(t->clients[0], 6, true, NULL), 0);
	axp_sched_unreserve(t->clients[0], 6);
}

static void sched_cancel(struct kunit *test)
{
	struct sched_test *t = test->priv;
	struct axp_queued_job *job;
	u32 tile;

	sched_test_start(test, 0);
	sched_test_batch(test, 0, 4, TEST_M, AXP_JOB_COMPLETION);
	job = axp_worker_take(&t->worker, &tile);
	KUNIT_ASSERT_NOT_NULL(test, job);
	axp_sched_cancel(t->clients[0], 1, 3);
	/* the one that runs ends with its tile, the others have ended */
	KUNIT_EXPECT_EQ(test, t->clients[0]->nr_queued, 2ull);
	axp_sched_run(job, tile, t->worker.scratch, false);
	KUNIT_EXPECT_EQ(test, t->clients[0]->nr_queued, 1ull);
	KUNIT_EXPECT_EQ(test, t->clients[0]->stats.macs, 0ull);
	list_for_each_entry(job, &t->clients[0]->done, link)
		KUNIT_EXPECT_EQ(test, job->status, -ECANCELED);
	axp_sched_cancel(t->clients[0], 0, U64_MAX);
	KUNIT_EXPECT_TRUE(test, axp_sched_client_idle(t->clients[0]));
	KUNIT_EXPECT_EQ(test, t->dev.totals.stats.jobs, 0ull);
}

static void sched_reserve(struct kunit *test)
{
	struct sched_test *t = test->priv;
	struct axp_why why = {};
	u32 i;

	sched_test_start(test, 0);
	KUNIT_EXPECT_EQ(test, axp_sched_reserve(t->clients[0], 17, false, &why), -ENOSPC);
	KUNIT_EXPECT_EQ(test, why.reason, (u32)AXP_WHY_INFLIGHT);
	KUNIT_EXPECT_EQ(test, why.limit, 16ull);
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ(test, axp_sched_reserve(t->clients[0], 1, true, &why), 0);
	KUNIT_EXPECT_EQ(test, axp_sched_reserve(t->clients[0], 1, true, &why), -EAGAIN);
	/* the other client has its own */
	KUNIT_EXPECT_EQ(test, axp_sched_reserve(t->clients[1], 16, true, &why), 0);
	axp_sched_unreserve(t->clients[0], 16);
	axp_sched_unreserve(t->clients[1], 16);
	KUNIT_EXPECT_EQ(test, t->clients[0]->inflight, 0ull);
}

/* A small batch that is waited for belongs to its submitter. */
static void sched_alone(struct kunit *test)
{
	struct sched_test *t = test->priv;
	struct axp_batch batch = { .jobs = LIST_HEAD_INIT(batch.jobs), .sync = true };
	struct axp_why why = {};
	u64 macs = 0;
	u32 i;

	sched_test_start(test, 0);
	for (i = 0; i < 3; i++)
		sched_test_add(test, &batch, 0, 2, 0);
	KUNIT_ASSERT_EQ(test, axp_sched_prepare(t->clients[0], &batch, &why), 0);
	KUNIT_EXPECT_TRUE(test, batch.alone);
	sched_test_queue(test, &batch, 0);
	KUNIT_EXPECT_EQ(test, sched_test_step(t, &macs), -1);
	KUNIT_EXPECT_EQ(test, axp_sched_run_sync(t->clients[0], &batch), 0);
	KUNIT_EXPECT_EQ(test, t->clients[0]->stats.jobs, 3ull);
	KUNIT_EXPECT_FALSE(test, t->clients[0]->caller_busy);

	batch = (struct axp_batch) { .scratch_bytes = AXP_SCRATCH_MAX + 1 };
	KUNIT_EXPECT_EQ(test, axp_sched_prepare(t->clients[0], &batch, &why), -ENOSPC);
	KUNIT_EXPECT_EQ(test, why.reason, (u32)AXP_WHY_SCRATCH);
	KUNIT_EXPECT_EQ(test, why.value, (u64)AXP_SCRATCH_MAX + 1);
	KUNIT_EXPECT_EQ(test, why.limit, (u64)AXP_SCRATCH_MAX);
}

/* Real workers: everything of both clients runs, once. */
static void sched_workers(struct kunit *test)
{
	struct sched_test *t = test->priv;
	u32 round, i;

	sched_test_start(test, 3);
	KUNIT_ASSERT_EQ(test, axp_sched_grow_scratch(&t->dev.sched, AXP_SCRATCH_MAX / 2), 0);
	for (round = 0; round < 10; round++) {
		sched_test_batch(test, 0, 4, 200, 0);
		sched_test_batch(test, 1, 8, 20, 0);
		for (i = 0; i < 2; i++)
			wait_event(t->clients[i]->wq, axp_sched_client_idle(t->clients[i]));
	}
	KUNIT_EXPECT_EQ(test, t->clients[0]->stats.macs, 40ull * 200 * TEST_K * TEST_N);
	KUNIT_EXPECT_EQ(test, t->clients[1]->stats.macs, 80ull * 20 * TEST_K * TEST_N);
	KUNIT_EXPECT_EQ(test, t->dev.totals.stats.jobs, 120ull);
	KUNIT_EXPECT_EQ(test, t->out[0], 0x43000000u);
}

/* A client goes with its queue. */
static void sched_client_goes(struct kunit *test)
{
	struct sched_test *t = test->priv;

	sched_test_start(test, 2);
	sched_test_batch(test, 0, 16, TEST_M, AXP_JOB_COMPLETION);
	axp_client_destroy(t->clients[0]);
	t->clients[0] = NULL;
	KUNIT_EXPECT_TRUE(test, axp_sched_idle(&t->dev.sched));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->dev.nr_clients), 1);
}

static struct kunit_case sched_cases[] = {
	KUNIT_CASE(sched_turns),
	KUNIT_CASE(sched_shares),
	KUNIT_CASE(sched_debt),
	KUNIT_CASE(sched_order),
	KUNIT_CASE(sched_cancel),
	KUNIT_CASE(sched_reserve),
	KUNIT_CASE(sched_alone),
	KUNIT_CASE(sched_workers),
	KUNIT_CASE(sched_client_goes),
	{}
};

static struct kunit_suite sched_suite = {
	.name = "axp-sched",
	.init = sched_test_init,
	.exit = sched_test_exit,
	.test_cases = sched_cases,
};

kunit_test_suite(sched_suite);
