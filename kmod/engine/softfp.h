/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Integer binary32 arithmetic: the golden reference of every engine.
 *
 * IEEE 754-2008 binary32, round to nearest even, denormals kept. A NaN result
 * is 0x7fc00000.
 */
#ifndef AXP_ENGINE_SOFTFP_H
#define AXP_ENGINE_SOFTFP_H

#include "port.h"

#define AXP_F32_NAN	0x7fc00000u
#define AXP_F32_INF	0x7f800000u
#define AXP_F32_SIGN	0x80000000u

/* +0 or -0 */
static inline bool axp_f32_is_zero(u32 a)
{
	return !(a & ~AXP_F32_SIGN);
}

static inline bool axp_f32_is_nan(u32 a)
{
	return (a & ~AXP_F32_SIGN) > AXP_F32_INF;
}

static inline bool axp_f32_is_finite(u32 a)
{
	return (a & AXP_F32_INF) != AXP_F32_INF;
}

/* NaNs have one pattern wherever bits are stored or compared. */
static inline u32 axp_f32_canon(u32 a)
{
	return axp_f32_is_nan(a) ? AXP_F32_NAN : a;
}

u32 axp_f32_mul(u32 a, u32 b);
u32 axp_f32_add(u32 a, u32 b);
s32 axp_f32_to_fixed(u32 a, int scale, u32 max_term, bool *clamped);
u32 axp_f32_from_fixed(s32 acc, int scale);

#endif /* AXP_ENGINE_SOFTFP_H */
