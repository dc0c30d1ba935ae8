/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers out of the bytes of an input, in place of lib/tests/random.h: what
 * lib/tests/random_job.c makes of them is then under the control of the fuzzer. Behind
 * the last byte come those of SplitMix64, so that nothing waits for a byte for ever.
 */
#ifndef AXP_TESTS_RANDOM_H
#define AXP_TESTS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct rng - bytes that are left
 * @state: of SplitMix64
 * @data: next byte
 * @left: bytes at @data
 */
struct rng {
	uint64_t state;
	const uint8_t *data;
	size_t left;
};

static inline uint64_t rng_bytes(struct rng *rng, unsigned int bytes)
{
	uint64_t z = 0;

	if (rng->left < bytes) {
		rng->left = 0;
		z = rng->state += 0x9e3779b97f4a7c15u;
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		return z ^ z >> 31;
	}
	for (unsigned int i = 0; i < bytes; i++)
		z |= (uint64_t)rng->data[i] << 8 * i;
	rng->data += bytes;
	rng->left -= bytes;
	return z;
}

static inline uint64_t rng_u64(struct rng *rng)
{
	return rng_bytes(rng, 8);
}

static inline uint32_t rng_u32(struct rng *rng)
{
	return (uint32_t)rng_bytes(rng, 4);
}

/* 0 .. n-1, n at least 1 */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
	return (uint32_t)(rng_bytes(rng, n <= 256 ? 1 : n <= 65536 ? 2 : 4) % n);
}

/* true in @percent of all calls */
static inline bool rng_chance(struct rng *rng, uint32_t percent)
{
	return rng_bytes(rng, 1) % 100 < percent;
}

#endif /* AXP_TESTS_RANDOM_H */
