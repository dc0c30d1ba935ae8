/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Repeatable random numbers for tests: SplitMix64.
 */
#ifndef AXP_TESTS_RANDOM_H
#define AXP_TESTS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_u64(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline uint32_t rng_u32(struct rng *rng)
{
	return (uint32_t)(rng_u64(rng) >> 32);
}

/* 0 .. n-1, n at least 1 */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
	return (uint32_t)((uint64_t)rng_u32(rng) * n >> 32);
}

/* true in @percent of all calls */
static inline bool rng_chance(struct rng *rng, uint32_t percent)
{
	return rng_below(rng, 100) < percent;
}

#endif /* AXP_TESTS_RANDOM_H */
