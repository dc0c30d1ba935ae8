/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pool: the threads of a software backend. They run the tiles of one plan at a
 * time; results and counters do not depend on how many there are.
 */
#ifndef AXP_LIB_POOL_H
#define AXP_LIB_POOL_H

#include <stdint.h>

#include "engine.h"

#define AXP_POOL_MAX_THREADS	1024

struct axp_pool;

/**
 * axp_pool_open() - start threads
 * @out: new pool, owned by the caller: axp_pool_close(); NULL on failure
 * @threads: 1 to AXP_POOL_MAX_THREADS, the caller of axp_pool_run() among them
 *
 * Return: 0, -ENOMEM, or what pthread_create() says.
 */
int axp_pool_open(struct axp_pool **out, uint32_t threads) __attribute__((warn_unused_result));
void axp_pool_close(struct axp_pool *pool);

/* give each thread at least @bytes of working memory: 0 or -ENOMEM */
int axp_pool_reserve(struct axp_pool *pool, size_t bytes) __attribute__((warn_unused_result));

/**
 * axp_pool_run() - run a plan; its working memory was reserved
 * @pool: not in another axp_pool_run()
 * @engine: that runs it
 * @plan: what to run
 * @io: memory of the job
 * @counters: filled
 * @busy_ns: added to: the time of all threads
 */
void axp_pool_run(struct axp_pool *pool, const struct axp_engine *engine,
		  const struct axp_plan *plan, const struct axp_io *io,
		  struct axp_counters *counters, uint64_t *busy_ns);

#endif /* AXP_LIB_POOL_H */
