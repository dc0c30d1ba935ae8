// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The golden engine: integer binary32, no floating-point register.
 */
#include "softfp_ops.h"

#define scalar_acc u32

static inline scalar_acc scalar_load(u32 bits)
{
	return bits;
}

static inline u32 scalar_store(scalar_acc acc)
{
	return acc;
}

static inline scalar_acc scalar_add(scalar_acc acc, const u32 *product)
{
	return axp_sf_add(acc, *product);
}

static inline u32 scalar_mul(u32 a, u32 b)
{
	return axp_sf_mul(a, b);
}

static inline s32 scalar_to_fixed(u32 a, s32 scale, u32 max_term, bool *clamped)
{
	return axp_sf_to_fixed(a, scale, max_term, clamped);
}

#include "engine_scalar.inc"
#include "engines.h"

const struct axp_engine axp_engine_softfp = {
	.name = "softfp",
	.priority = 0,
	.fpu = false,
	.step = scalar_step,
};
