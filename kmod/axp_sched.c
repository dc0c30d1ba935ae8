// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler: which thread runs which tile of which job, and who hears of it.
 *
 * Jobs of a client run in order, one at a time; the tiles of the one that runs
 * are spread over the workers, and over the thread that submitted it if that
 * waits for it. Small batches that are waited for are left to their submitter:
 * his time, his control group, no hand-over. Clients take turns of params.quantum
 * MACs; a tile is not divided, and what it takes beyond that is owed (deficit round
 * robin, Shreedhar and Varghese 1995). A job stays first in its queue until it is
 * counted and reported, so completions and waits are in order.
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "axp.h"
#include "axp_trace.h"

/* A submitter that waits runs batches of up to this many MACs alone. */
#define AXP_ALONE_MACS		((u64)1 << 18)

static struct axp_sched *axp_client_sched(struct axp_client *client)
{
	return &client->dev->sched;
}

static struct axp_queued_job *axp_sched_first(struct axp_client *client)
{
	lockdep_assert_held(&axp_client_sched(client)->lock);
	return list_first_entry_or_null(&client->queue, struct axp_queued_job, link);
}

/* The first job of a client, if it has a tile to hand out. */
static struct axp_queued_job *axp_sched_takeable(struct axp_client *client)
{
	struct axp_queued_job *job = axp_sched_first(client);

	if (!job || job->finishing || job->cancelled || job->next_tile == job->nr_tiles)
		return NULL;
	return job;
}

static u32 axp_sched_take_tile(struct axp_queued_job *job)
{
	if (!job->next_tile) {
		job->start_ns = ktime_get_ns();
		trace_axp_start(job);
	}
	job->running++;
	return job->next_tile++;
}

/*
 * Put a client on the list of those with work for workers, or take it off.
 * Returns the number of tiles: that many workers are of use.
 */
static u32 axp_sched_update(struct axp_client *client)
{
	struct axp_sched *sched = axp_client_sched(client);
	struct axp_queued_job *job = axp_sched_takeable(client);

	lockdep_assert_held(&sched->lock);
	if (!job || job->alone) {
		list_del_init(&client->runnable);
		return 0;
	}
	if (list_empty(&client->runnable)) {
		/* What is left of its turn survives the gap between two jobs. */
		if (client->credit > 0)
			list_add(&client->runnable, &sched->runnable);
		else
			list_add_tail(&client->runnable, &sched->runnable);
	}
	return job->nr_tiles - job->next_tile;
}

static void axp_sched_wake_workers(struct axp_sched *sched, u32 tiles)
{
	if (tiles)
		wake_up_nr(&sched->wq, min(tiles, sched->nr_workers));
}

static void axp_sched_wake_client(struct axp_client *client)
{
	lockdep_assert_held(&axp_client_sched(client)->lock);
	wake_up_poll(&client->wq, EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM);
}

/* The caller has set job->finishing, or taken the job off the queue. */
static void axp_sched_finish(struct axp_queued_job *job)
{
	struct axp_client *client = job->client;
	struct axp_sched *sched = axp_client_sched(client);
	bool keep = job->flags & AXP_JOB_COMPLETION;
	u32 tiles;

	axp_job_finish(job);

	spin_lock(&sched->lock);
	list_del(&job->link);
	if (keep)
		list_add_tail(&job->link, &client->done);
	else
		client->inflight--;
	client->nr_queued--;
	sched->nr_jobs--;
	tiles = axp_sched_update(client);
	axp_sched_wake_client(client);
	spin_unlock(&sched->lock);
	/* From here on the client may be gone. */

	axp_sched_wake_workers(sched, tiles);
	if (!keep)
		kfree(job);
}

/*
 * Run one tile that was taken. Gives up between two steps when the job is
 * cancelled, or when its submitter runs it and is being killed.
 */
static void axp_sched_run(struct axp_queued_job *job, u32 tile, void *scratch, bool submitter)
{
	struct axp_client *client = job->client;
	struct axp_sched *sched = axp_client_sched(client);
	const struct axp_engine *engine = READ_ONCE(client->dev->params.engine);
	struct axp_cursor cursor = { .tile = tile };
	struct axp_counters counters = {};
	u64 start = ktime_get_ns();
	bool done = false;
	bool last;

	while (!done && !READ_ONCE(job->cancelled) &&
	       !(submitter && fatal_signal_pending(current))) {
		done = axp_fpu_step(engine, job->plan->plan, &job->io, &cursor, scratch,
				    &counters);
		cond_resched();
	}

	spin_lock(&sched->lock);
	job->running--;
	if (done) {
		axp_counters_add(&job->counters, &counters);
		job->busy_ns += ktime_get_ns() - start;
	} else {
		WRITE_ONCE(job->cancelled, true);
		axp_sched_update(client);
	}
	last = !job->running && (job->cancelled || job->next_tile == job->nr_tiles);
	if (last)
		job->finishing = true;
	spin_unlock(&sched->lock);

	if (last)
		axp_sched_finish(job);
}

/* --- workers --- */

/*
 * Turns that every client with work has to let pass before one of them has paid what
 * it owes: no need to go round for each.
 */
static void axp_sched_let_pass(struct axp_sched *sched, u64 quantum)
{
	struct axp_client *client;
	u64 turns = U64_MAX;

	list_for_each_entry(client, &sched->runnable, runnable)
		turns = min(turns, client->credit > 0 ? 0 : div64_u64(-client->credit, quantum));
	list_for_each_entry(client, &sched->runnable, runnable)
		client->credit += turns * quantum;
}

/* The client whose turn it is. */
static struct axp_client *axp_sched_turn(struct axp_sched *sched)
{
	struct axp_client *client;
	u64 quantum;

	lockdep_assert_held(&sched->lock);
	client = list_first_entry_or_null(&sched->runnable, struct axp_client, runnable);
	if (!client || client->credit > 0)
		return client;
	quantum = client->dev->params.quantum;
	axp_sched_let_pass(sched, quantum);
	while (client->credit <= 0) {
		client->credit += quantum;
		if (client->credit > 0)
			break;
		list_move_tail(&client->runnable, &sched->runnable);
		client = list_first_entry(&sched->runnable, struct axp_client, runnable);
	}
	return client;
}

static struct axp_queued_job *axp_worker_take(struct axp_worker *worker, u32 *tile)
{
	struct axp_sched *sched = worker->sched;
	struct axp_queued_job *job = NULL;
	struct axp_client *client;
	void *smaller = NULL;

	spin_lock(&sched->lock);
	client = axp_sched_turn(sched);
	if (client) {
		job = axp_sched_takeable(client);
		*tile = axp_sched_take_tile(job);
		client->credit -= job->tile_macs;
		if (client->credit <= 0)
			list_del_init(&client->runnable);
		axp_sched_update(client);
	}
	if (worker->larger) {
		smaller = worker->scratch;
		worker->scratch = worker->larger;
		worker->larger = NULL;
	}
	spin_unlock(&sched->lock);
	kvfree(smaller);
	return job;
}

static int axp_worker_thread(void *data)
{
	struct axp_worker *worker = data;
	struct axp_sched *sched = worker->sched;
	struct axp_queued_job *job;
	u32 tile;

	while (!kthread_should_stop()) {
		wait_event_idle_exclusive(sched->wq, kthread_should_stop() ||
					  !list_empty(&sched->runnable));
		job = axp_worker_take(worker, &tile);
		if (job)
			axp_sched_run(job, tile, worker->scratch, false);
		cond_resched();
	}
	return 0;
}

/* Working memory belongs to the device: npes times AXP_SCRATCH_MAX at most. */
static int axp_sched_grow_scratch(struct axp_sched *sched, size_t bytes)
{
	void **larger;
	unsigned int i;
	int err = 0;

	if (bytes <= READ_ONCE(sched->scratch_bytes))
		return 0;

	larger = kcalloc(sched->nr_workers, sizeof(*larger), GFP_KERNEL);
	if (!larger)
		return -ENOMEM;
	bytes = roundup_pow_of_two(max_t(size_t, bytes, PAGE_SIZE));
	mutex_lock(&sched->scratch_lock);
	if (bytes <= sched->scratch_bytes)
		goto unlock;
	for (i = 0; i < sched->nr_workers; i++) {
		larger[i] = kvmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
		if (!larger[i]) {
			err = -ENOMEM;
			goto unlock;
		}
	}
	spin_lock(&sched->lock);
	for (i = 0; i < sched->nr_workers; i++)
		swap(sched->workers[i].larger, larger[i]);
	spin_unlock(&sched->lock);
	WRITE_ONCE(sched->scratch_bytes, bytes);
unlock:
	mutex_unlock(&sched->scratch_lock);
	for (i = 0; i < sched->nr_workers; i++)
		kvfree(larger[i]);
	kfree(larger);
	return err;
}

/**
 * axp_sched_init() - start the workers
 * @dev: device; its parameters are known
 *
 * Return: 0 or a negative errno.
 */
int axp_sched_init(struct axp_device *dev)
{
	struct axp_sched *sched = &dev->sched;
	struct task_struct *task;
	unsigned int i;

	spin_lock_init(&sched->lock);
	INIT_LIST_HEAD(&sched->runnable);
	init_waitqueue_head(&sched->wq);
	mutex_init(&sched->scratch_lock);
	sched->workers = kcalloc(dev->params.npes, sizeof(*sched->workers), GFP_KERNEL);
	if (!sched->workers)
		return -ENOMEM;
	for (i = 0; i < dev->params.npes; i++) {
		sched->workers[i].sched = sched;
		task = kthread_run(axp_worker_thread, &sched->workers[i], "axp/%u", i);
		if (IS_ERR(task)) {
			axp_sched_exit(sched);
			return PTR_ERR(task);
		}
		sched->workers[i].task = task;
		sched->nr_workers++;
	}
	return 0;
}

/**
 * axp_sched_exit() - stop the workers
 * @sched: no client is left
 */
void axp_sched_exit(struct axp_sched *sched)
{
	unsigned int i;

	for (i = 0; i < sched->nr_workers; i++)
		kthread_stop(sched->workers[i].task);
	for (i = 0; i < sched->nr_workers; i++) {
		kvfree(sched->workers[i].scratch);
		kvfree(sched->workers[i].larger);
	}
	kfree(sched->workers);
	mutex_destroy(&sched->scratch_lock);
}

/**
 * axp_sched_idle() - is there no job of any client?
 * @sched: scheduler
 *
 * Return: true when none was queued or running at some point during the call.
 */
bool axp_sched_idle(struct axp_sched *sched)
{
	bool idle;

	spin_lock(&sched->lock);
	idle = !sched->nr_jobs;
	spin_unlock(&sched->lock);
	return idle;
}

/* --- clients --- */

/**
 * axp_sched_client_init() - a client without jobs
 * @client: initialised
 */
void axp_sched_client_init(struct axp_client *client)
{
	mutex_init(&client->submit_lock);
	client->next_seqno = 1;
	INIT_LIST_HEAD(&client->queue);
	INIT_LIST_HEAD(&client->done);
	INIT_LIST_HEAD(&client->runnable);
	init_waitqueue_head(&client->wq);
}

/*
 * Cancel jobs by number. Those that do not run end here; the one that runs ends
 * in the thread that leaves it last.
 */
static void axp_sched_cancel(struct axp_client *client, u64 first, u64 last)
{
	struct axp_sched *sched = axp_client_sched(client);
	struct axp_queued_job *job, *next;
	LIST_HEAD(doomed);

	spin_lock(&sched->lock);
	list_for_each_entry_safe(job, next, &client->queue, link) {
		if (job->seqno < first || job->seqno > last || job->finishing)
			continue;
		WRITE_ONCE(job->cancelled, true);
		if (!job->running) {
			job->finishing = true;
			list_move_tail(&job->link, &doomed);
		}
	}
	axp_sched_update(client);
	spin_unlock(&sched->lock);

	list_for_each_entry_safe(job, next, &doomed, link)
		axp_sched_finish(job);
}

static bool axp_sched_client_idle(struct axp_client *client)
{
	struct axp_sched *sched = axp_client_sched(client);
	bool idle;

	spin_lock(&sched->lock);
	idle = !client->nr_queued;
	spin_unlock(&sched->lock);
	return idle;
}

/**
 * axp_sched_client_exit() - cancel all jobs and wait for the tiles that run
 * @client: no call of it is under way
 */
void axp_sched_client_exit(struct axp_client *client)
{
	struct axp_queued_job *job, *next;

	axp_sched_cancel(client, 0, U64_MAX);
	wait_event(client->wq, axp_sched_client_idle(client));
	list_for_each_entry_safe(job, next, &client->done, link)
		kfree(job);
	kvfree(client->scratch);
	axp_uncharge(client, client->scratch_bytes);
}

/* --- submission --- */

static bool axp_sched_try_reserve(struct axp_client *client, u32 nr_jobs)
{
	struct axp_sched *sched = axp_client_sched(client);
	bool room;

	spin_lock(&sched->lock);
	room = client->inflight + nr_jobs <= client->dev->params.max_inflight;
	if (room)
		client->inflight += nr_jobs;
	spin_unlock(&sched->lock);
	return room;
}

/**
 * axp_sched_reserve() - make room in the queue
 * @client: whose
 * @nr_jobs: that many
 * @nonblock: do not wait
 * @why: what was refused
 *
 * Return: 0, -ENOSPC when so many never fit, -EAGAIN or -ERESTARTSYS.
 */
int axp_sched_reserve(struct axp_client *client, u32 nr_jobs, bool nonblock,
		      struct axp_why *why)
{
	u32 limit = client->dev->params.max_inflight;

	if (nr_jobs > limit)
		return axp_refuse(why, -ENOSPC, AXP_WHY_INFLIGHT, 0, nr_jobs, limit);
	if (axp_sched_try_reserve(client, nr_jobs))
		return 0;
	if (nonblock)
		return axp_refuse(why, -EAGAIN, AXP_WHY_INFLIGHT, 0, nr_jobs, limit);
	return wait_event_interruptible(client->wq, axp_sched_try_reserve(client, nr_jobs));
}

/**
 * axp_sched_unreserve() - undo axp_sched_reserve()
 * @client: whose
 * @nr_jobs: that many
 */
void axp_sched_unreserve(struct axp_client *client, u32 nr_jobs)
{
	struct axp_sched *sched = axp_client_sched(client);

	spin_lock(&sched->lock);
	client->inflight -= nr_jobs;
	axp_sched_wake_client(client);
	spin_unlock(&sched->lock);
}

/* One thread of a client at a time runs its own jobs. */
static bool axp_sched_claim(struct axp_client *client)
{
	struct axp_sched *sched = axp_client_sched(client);
	bool claimed;

	spin_lock(&sched->lock);
	claimed = !client->caller_busy;
	client->caller_busy = true;
	spin_unlock(&sched->lock);
	return claimed;
}

static void axp_sched_unclaim(struct axp_client *client)
{
	struct axp_sched *sched = axp_client_sched(client);

	spin_lock(&sched->lock);
	client->caller_busy = false;
	spin_unlock(&sched->lock);
}

/* Working memory of the submitting thread, which has claimed it. */
static int axp_sched_client_scratch(struct axp_client *client, size_t bytes,
				    struct axp_why *why)
{
	void *larger;
	int err;

	if (bytes <= client->scratch_bytes)
		return 0;
	bytes = roundup_pow_of_two(max_t(size_t, bytes, PAGE_SIZE));
	err = axp_charge(client, bytes, why);
	if (err)
		return err;
	larger = kvmalloc(bytes, AXP_GFP);
	if (!larger) {
		axp_uncharge(client, bytes);
		return -ENOMEM;
	}
	kvfree(client->scratch);
	axp_uncharge(client, client->scratch_bytes);
	client->scratch = larger;
	client->scratch_bytes = bytes;
	return 0;
}

/**
 * axp_sched_prepare() - get what running a batch takes
 * @client: whose
 * @batch: jobs, checked
 * @why: what was refused
 *
 * Return: 0, -ENOSPC or -ENOMEM. On success axp_sched_queue() and then, for a
 * synchronous batch, axp_sched_run_sync() follow, or axp_sched_unprepare().
 */
int axp_sched_prepare(struct axp_client *client, struct axp_batch *batch,
		      struct axp_why *why)
{
	int err = 0;

	if (batch->scratch_bytes > AXP_SCRATCH_MAX)
		return axp_refuse(why, -ENOSPC, AXP_WHY_SCRATCH, 0, batch->scratch_bytes,
				  AXP_SCRATCH_MAX);
	batch->caller = batch->sync && axp_sched_claim(client);
	batch->alone = batch->caller && batch->macs <= AXP_ALONE_MACS;
	if (batch->caller)
		err = axp_sched_client_scratch(client, batch->scratch_bytes, why);
	if (!err && !batch->alone)
		err = axp_sched_grow_scratch(axp_client_sched(client), batch->scratch_bytes);
	if (err)
		axp_sched_unprepare(client, batch);
	return err;
}

/**
 * axp_sched_unprepare() - undo axp_sched_prepare()
 * @client: whose
 * @batch: jobs, not queued
 */
void axp_sched_unprepare(struct axp_client *client, struct axp_batch *batch)
{
	if (batch->caller)
		axp_sched_unclaim(client);
	batch->caller = false;
}

/**
 * axp_sched_queue() - number and queue a batch
 * @client: whose; submit_lock is held and room is reserved
 * @batch: jobs; they no longer belong to the caller
 */
void axp_sched_queue(struct axp_client *client, struct axp_batch *batch)
{
	struct axp_sched *sched = axp_client_sched(client);
	struct axp_queued_job *job;
	u64 now = ktime_get_ns();
	u32 tiles;

	lockdep_assert_held(&client->submit_lock);
	spin_lock(&sched->lock);
	batch->first = client->next_seqno;
	list_for_each_entry(job, &batch->jobs, link) {
		job->seqno = client->next_seqno++;
		job->submit_ns = now;
		job->alone = batch->alone;
		trace_axp_submit(job);
	}
	list_splice_tail_init(&batch->jobs, &client->queue);
	client->nr_queued += batch->nr_jobs;
	sched->nr_jobs += batch->nr_jobs;
	tiles = axp_sched_update(client);
	spin_unlock(&sched->lock);
	axp_sched_wake_workers(sched, tiles);
}

/* A tile of a job of the batch, for the thread that submitted it. */
static struct axp_queued_job *axp_sched_submitter_take(struct axp_client *client,
						       const struct axp_batch *batch,
						       u32 *tile)
{
	struct axp_sched *sched = axp_client_sched(client);
	struct axp_queued_job *job;

	spin_lock(&sched->lock);
	job = axp_sched_takeable(client);
	if (job && job->seqno - batch->first < batch->nr_jobs) {
		*tile = axp_sched_take_tile(job);
		axp_sched_update(client);
	} else {
		job = NULL;
	}
	spin_unlock(&sched->lock);
	return job;
}

/* Anything for the submitter to do: a tile to run, or to return. */
static bool axp_sched_submitter_ready(struct axp_client *client,
				      const struct axp_batch *batch)
{
	struct axp_sched *sched = axp_client_sched(client);
	struct axp_queued_job *job;
	bool ready;

	spin_lock(&sched->lock);
	job = axp_sched_first(client);
	ready = !job || job->seqno >= batch->first + batch->nr_jobs;
	if (!ready && batch->caller && job->seqno >= batch->first)
		ready = axp_sched_takeable(client);
	spin_unlock(&sched->lock);
	return ready;
}

/* No job numbered @first to @last is left at the head of the queue. */
static bool axp_sched_passed(struct axp_client *client, u64 first, u64 last)
{
	struct axp_sched *sched = axp_client_sched(client);
	struct axp_queued_job *job;
	bool passed;

	spin_lock(&sched->lock);
	job = axp_sched_first(client);
	passed = !job || job->seqno < first || job->seqno > last;
	spin_unlock(&sched->lock);
	return passed;
}

/**
 * axp_sched_run_sync() - run a queued batch, or wait for those who do
 * @client: whose
 * @batch: synchronous batch
 *
 * Return: 0, or -EINTR after a fatal signal; the batch is cancelled then.
 */
int axp_sched_run_sync(struct axp_client *client, struct axp_batch *batch)
{
	u64 last = batch->first + batch->nr_jobs - 1;
	struct axp_queued_job *job;
	u32 tile;
	int err = 0;

	for (;;) {
		job = batch->caller ? axp_sched_submitter_take(client, batch, &tile) : NULL;
		if (job) {
			axp_sched_run(job, tile, client->scratch, true);
		} else if (axp_sched_passed(client, 0, last)) {
			break;
		} else if (wait_event_killable(client->wq,
					       axp_sched_submitter_ready(client, batch))) {
			err = -EINTR;
			break;
		}
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
	}
	if (err) {
		axp_sched_cancel(client, batch->first, last);
		wait_event(client->wq, axp_sched_passed(client, batch->first, last));
	}
	axp_sched_unprepare(client, batch);
	return err;
}

/* --- completion --- */

/**
 * axp_sched_wait() - AXP_IOC_WAIT
 * @ucmd: struct axp_wait
 *
 * Return: 0, -EINVAL, -ETIMEDOUT or -ERESTARTSYS.
 */
int axp_sched_wait(struct axp_ucmd *ucmd)
{
	struct axp_client *client = ucmd->client;
	struct axp_sched *sched = axp_client_sched(client);
	struct axp_wait *args = ucmd->cmd;
	s64 left;
	int err;

	if (args->flags || args->rsvd)
		return -EINVAL;
	spin_lock(&sched->lock);
	err = args->seqno < client->next_seqno ? 0 : -EINVAL;
	spin_unlock(&sched->lock);
	if (err)
		return err;

	if (axp_sched_passed(client, 0, args->seqno))
		return 0;
	left = args->deadline_ns > 0 ? args->deadline_ns - ktime_get_ns() : 0;
	if (left <= 0)
		return -ETIMEDOUT;
	err = wait_event_interruptible_hrtimeout(client->wq,
						 axp_sched_passed(client, 0, args->seqno),
						 ns_to_ktime(left));
	return err == -ETIME ? -ETIMEDOUT : err;
}

static struct axp_queued_job *axp_sched_pop_done(struct axp_client *client)
{
	struct axp_sched *sched = axp_client_sched(client);
	struct axp_queued_job *job;

	spin_lock(&sched->lock);
	job = list_first_entry_or_null(&client->done, struct axp_queued_job, link);
	if (job)
		list_del_init(&job->link);
	spin_unlock(&sched->lock);
	return job;
}

static void axp_sched_unpop_done(struct axp_client *client, struct axp_queued_job *job)
{
	struct axp_sched *sched = axp_client_sched(client);

	spin_lock(&sched->lock);
	list_add(&job->link, &client->done);
	axp_sched_wake_client(client);
	spin_unlock(&sched->lock);
}

static bool axp_sched_has_done(struct axp_client *client)
{
	struct axp_sched *sched = axp_client_sched(client);
	bool any;

	spin_lock(&sched->lock);
	any = !list_empty(&client->done);
	spin_unlock(&sched->lock);
	return any;
}

/**
 * axp_sched_read() - read(2): completions
 * @client: whose
 * @buf: @count bytes
 * @count: at least one struct axp_completion
 * @nonblock: do not wait for the first
 *
 * Return: bytes of whole records, -EINVAL, -EAGAIN, -EFAULT or -ERESTARTSYS.
 */
ssize_t axp_sched_read(struct axp_client *client, char __user *buf, size_t count,
		       bool nonblock)
{
	struct axp_completion record;
	struct axp_queued_job *job;
	size_t copied = 0;

	if (count < sizeof(record))
		return -EINVAL;

	while (count - copied >= sizeof(record)) {
		job = axp_sched_pop_done(client);
		if (!job) {
			if (copied)
				break;
			if (nonblock)
				return -EAGAIN;
			if (wait_event_interruptible(client->wq, axp_sched_has_done(client)))
				return -ERESTARTSYS;
			continue;
		}
		record = (struct axp_completion) {
			.seqno = job->seqno,
			.cookie = job->cookie,
			.status = job->status,
			.stats = job->stats,
		};
		if (copy_to_user(buf + copied, &record, sizeof(record))) {
			axp_sched_unpop_done(client, job);
			return copied ? copied : -EFAULT;
		}
		copied += sizeof(record);
		kfree(job);
		axp_sched_unreserve(client, 1);
		cond_resched();
	}
	return copied;
}

/**
 * axp_sched_poll() - poll(2)
 * @client: whose
 * @file: file polled
 * @wait: table
 *
 * Return: EPOLLIN: a completion can be read; EPOLLOUT: a job can be queued.
 */
__poll_t axp_sched_poll(struct axp_client *client, struct file *file, poll_table *wait)
{
	struct axp_sched *sched = axp_client_sched(client);
	__poll_t mask = 0;

	poll_wait(file, &client->wq, wait);
	spin_lock(&sched->lock);
	if (!list_empty(&client->done))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (client->inflight < client->dev->params.max_inflight)
		mask |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock(&sched->lock);
	return mask;
}

#ifdef AXP_KUNIT
#include "tests/sched_kunit.c"
#endif
