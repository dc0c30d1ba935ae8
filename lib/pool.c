// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pool.h"

/* what one thread needs for itself */
struct worker {
	pthread_t thread;
	struct axp_pool *pool;
	void *scratch;
	struct axp_counters counters;
	uint64_t busy_ns;
};

/**
 * struct axp_pool - threads and the plan they run
 * @lock: protects @round, @busy and @stop
 * @start: @round grew, or @stop
 * @done: @busy fell to 0
 * @round: number of the plan being run
 * @busy: started threads that have not finished @round
 * @stop: end
 * @next_tile: first tile nobody took
 * @scratch_bytes: of each worker
 * @nr: threads, the caller's own is the first
 */
struct axp_pool {
	pthread_mutex_t lock;
	pthread_cond_t start;
	pthread_cond_t done;
	uint64_t round;
	uint32_t busy;
	bool stop;

	const struct axp_engine *engine;
	const struct axp_plan *plan;
	const struct axp_io *io;
	uint32_t nr_tiles;
	atomic_uint_fast32_t next_tile;

	size_t scratch_bytes;
	uint32_t nr;
	struct worker worker[];
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* The caller may have chosen another rounding, or flushed denormals to zero. */
static void run_tiles(struct worker *w)
{
	struct axp_pool *pool = w->pool;
	uint64_t begin = now_ns();
	struct axp_cursor cursor;
	fenv_t env;

	fegetenv(&env);
	fesetenv(FE_DFL_ENV);
	memset(&w->counters, 0, sizeof(w->counters));
	for (;;) {
		uint_fast32_t tile = atomic_fetch_add_explicit(&pool->next_tile, 1,
							       memory_order_relaxed);

		if (tile >= pool->nr_tiles)
			break;
		memset(&cursor, 0, sizeof(cursor));
		cursor.tile = (u32)tile;
		while (!pool->engine->step(pool->plan, pool->io, &cursor, w->scratch,
					   &w->counters))
			;
	}
	fesetenv(&env);
	w->busy_ns = now_ns() - begin;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct axp_pool *pool = w->pool;
	uint64_t seen = 0;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (!pool->stop && pool->round == seen)
			pthread_cond_wait(&pool->start, &pool->lock);
		if (pool->stop)
			break;
		seen = pool->round;
		pthread_mutex_unlock(&pool->lock);
		run_tiles(w);
		pthread_mutex_lock(&pool->lock);
		if (!--pool->busy)
			pthread_cond_signal(&pool->done);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* Signals of the process are not for these threads. */
static int start_worker(struct worker *w)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&w->thread, NULL, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}

static void stop_workers(struct axp_pool *pool, uint32_t started)
{
	uint32_t i;

	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->start);
	pthread_mutex_unlock(&pool->lock);
	for (i = 1; i < started; i++)
		pthread_join(pool->worker[i].thread, NULL);
	for (i = 0; i < pool->nr; i++)
		free(pool->worker[i].scratch);
	pthread_cond_destroy(&pool->done);
	pthread_cond_destroy(&pool->start);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

int axp_pool_open(struct axp_pool **out, uint32_t threads)
{
	struct axp_pool *pool;
	uint32_t i;
	int err;

	*out = NULL;
	if (!threads || threads > AXP_POOL_MAX_THREADS)
		return -EINVAL;
	pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->worker[0]));
	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->start, NULL);
	pthread_cond_init(&pool->done, NULL);
	pool->nr = threads;
	for (i = 0; i < threads; i++)
		pool->worker[i].pool = pool;
	for (i = 1; i < threads; i++) {
		err = start_worker(&pool->worker[i]);
		if (err) {
			stop_workers(pool, i);
			return err;
		}
	}
	*out = pool;
	return 0;
}

void axp_pool_close(struct axp_pool *pool)
{
	if (pool)
		stop_workers(pool, pool->nr);
}

int axp_pool_reserve(struct axp_pool *pool, size_t bytes)
{
	size_t rounded = (bytes + 63) & ~(size_t)63;
	uint32_t i;

	if (rounded <= pool->scratch_bytes)
		return 0;
	for (i = 0; i < pool->nr; i++) {
		void *scratch = aligned_alloc(64, rounded);

		if (!scratch)
			return -ENOMEM;
		free(pool->worker[i].scratch);
		pool->worker[i].scratch = scratch;
	}
	pool->scratch_bytes = rounded;
	return 0;
}

void axp_pool_run(struct axp_pool *pool, const struct axp_engine *engine,
		  const struct axp_plan *plan, const struct axp_io *io,
		  struct axp_counters *counters, uint64_t *busy_ns)
{
	uint32_t i;

	pool->engine = engine;
	pool->plan = plan;
	pool->io = io;
	pool->nr_tiles = axp_plan_nr_tiles(plan);
	atomic_store_explicit(&pool->next_tile, 0, memory_order_relaxed);

	pthread_mutex_lock(&pool->lock);
	pool->round++;
	pool->busy = pool->nr - 1;
	pthread_cond_broadcast(&pool->start);
	pthread_mutex_unlock(&pool->lock);

	run_tiles(&pool->worker[0]);

	pthread_mutex_lock(&pool->lock);
	while (pool->busy)
		pthread_cond_wait(&pool->done, &pool->lock);
	pthread_mutex_unlock(&pool->lock);

	memset(counters, 0, sizeof(*counters));
	for (i = 0; i < pool->nr; i++) {
		axp_counters_add(counters, &pool->worker[i].counters);
		*busy_ns += pool->worker[i].busy_ns;
	}
}
