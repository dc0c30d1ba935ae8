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

/* Range of the scale of fixed-point words, units of 2^-scale. */
#define AXP_SCALE_MIN	(-64)
#define AXP_SCALE_MAX	126

static inline u32 axp_f32_magnitude(u32 a)
{
	return a & ~AXP_F32_SIGN;
}

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

/* exponent field neither all zeros nor all ones */
static inline bool axp_f32_is_normal(u32 a)
{
	return (((a >> 23) + 1) & 0xff) > 1;
}

/* NaNs have one pattern wherever bits are stored or compared. */
static inline u32 axp_f32_canon(u32 a)
{
	return axp_f32_is_nan(a) ? AXP_F32_NAN : a;
}

/* s * 2^(e-127) of a normal number: its sign and exponent, an empty mantissa */
static inline u32 axp_f32_power(u32 a)
{
	return a & 0xff800000u;
}

/**
 * axp_f32_mul() - fl(a * b)
 * @a: binary32 bits
 * @b: binary32 bits
 *
 * Return: binary32 bits, NaN canonical.
 */
u32 axp_f32_mul(u32 a, u32 b);

/**
 * axp_f32_add() - fl(a + b)
 * @a: binary32 bits
 * @b: binary32 bits
 *
 * Return: binary32 bits, NaN canonical.
 */
u32 axp_f32_add(u32 a, u32 b);

/**
 * axp_f32_to_fixed() - nearest multiple of 2^-scale, ties to even, clamped
 * @a: binary32 bits
 * @scale: AXP_SCALE_MIN to AXP_SCALE_MAX
 * @max_term: largest magnitude of the result, at most 2^31 - 1
 * @clamped: set when @a is NaN (result 0) or lies beyond @max_term units
 *
 * Return: the number of units.
 */
s32 axp_f32_to_fixed(u32 a, int scale, u32 max_term, bool *clamped);

/**
 * axp_f32_from_fixed() - binary32(acc) * 2^-scale, rounded once
 * @acc: number of units
 * @scale: AXP_SCALE_MIN to AXP_SCALE_MAX: the scaling is always exact
 *
 * Return: binary32 bits.
 */
u32 axp_f32_from_fixed(s32 acc, int scale);

#endif /* AXP_ENGINE_SOFTFP_H */
