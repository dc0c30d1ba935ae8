// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Integer binary32 arithmetic.
 */
#include "softfp_ops.h"

u32 axp_f32_mul(u32 a, u32 b)
{
	return axp_sf_mul(a, b);
}

u32 axp_f32_add(u32 a, u32 b)
{
	return axp_sf_add(a, b);
}

s32 axp_f32_to_fixed(u32 a, int scale, u32 max_term, bool *clamped)
{
	return axp_sf_to_fixed(a, scale, max_term, clamped);
}

u32 axp_f32_from_fixed(s32 acc, int scale)
{
	return axp_sf_from_fixed(acc, scale);
}
