/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reproducible random numbers.
 */
#ifndef AXP_TESTS_RANDOM_H
#define AXP_TESTS_RANDOM_H

#include <linux/types.h>

static inline u32 axp_test_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state * 0x2545f4914f6cdd1dull) >> 32;
}

static inline u32 axp_test_below(u64 *state, u32 n)
{
	return axp_test_random(state) % n;
}

#endif /* AXP_TESTS_RANDOM_H */
