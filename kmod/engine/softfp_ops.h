/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Bodies of the integer binary32 operations, inlined by softfp.c and by the
 * softfp engine.
 */
#ifndef AXP_ENGINE_SOFTFP_OPS_H
#define AXP_ENGINE_SOFTFP_OPS_H

#include "softfp.h"

/* @sig shifted right by @n, the lost bits ored into the lowest one */
static inline u32 axp_sf_jam32(u32 sig, u32 n)
{
	if (n >= 31)
		return sig != 0;
	return (sig >> n) | ((sig & ((1u << n) - 1)) != 0);
}

static inline u64 axp_sf_jam64(u64 sig, u32 n)
{
	if (n >= 63)
		return sig != 0;
	return (sig >> n) | ((sig & ((1ull << n) - 1)) != 0);
}

/*
 * Round and pack. @sig is the significand with three more bits at the right
 * (guard, round, sticky) and below 2^27; its hidden bit is bit 26 and belongs
 * to exponent field @exp, at least 1. A significand without the hidden bit is
 * denormal, and then @exp is 1.
 */
static inline u32 axp_sf_round(u32 sign, u32 exp, u32 sig)
{
	u32 r = sig >> 3;
	u32 low = sig & 7;

	r += low > 4 || (low == 4 && (r & 1));
	/* the hidden bit, or a carry out of the mantissa, adds 1 to the field */
	r += (exp - 1) << 23;
	if (unlikely(r >= AXP_F32_INF))
		r = AXP_F32_INF;
	return sign | r;
}

/* at least one operand is Inf or NaN */
static inline u32 axp_sf_add_special(u32 a, u32 b)
{
	if (axp_f32_is_nan(a) || axp_f32_is_nan(b))
		return AXP_F32_NAN;
	if (axp_f32_is_finite(a))
		return b;
	if (axp_f32_is_finite(b) || a == b)
		return a;
	return AXP_F32_NAN;
}

/*
 * Signs, sizes and carries of sums look random to a branch predictor: there is a
 * branch for Inf and NaN only.
 */
static inline u32 axp_sf_add(u32 a, u32 b)
{
	u32 swap = (a & ~AXP_F32_SIGN) < (b & ~AXP_F32_SIGN) ? a ^ b : 0;
	u32 big = a ^ swap, small = b ^ swap;
	u32 ebig = (big >> 23) & 0xff;
	u32 esmall = (small >> 23) & 0xff;
	u32 sbig, ssmall, shifted, sum, negate, shift, bits;
	u64 round;

	if (unlikely(ebig == 0xff))
		return axp_sf_add_special(a, b);

	/* hidden bit at bit 26; three bits below keep the sum exact or sticky */
	sbig = (big & 0x7fffff) << 3 | (u32)!!ebig << 26;
	ssmall = (small & 0x7fffff) << 3 | (u32)!!esmall << 26;
	ebig += !ebig;
	esmall += !esmall;
	shift = min_t(u32, ebig - esmall, 31);
	shifted = ssmall >> shift;
	shifted |= shifted << shift != ssmall;
	negate = (u32)((s32)(a ^ b) >> 31);
	sum = sbig + ((shifted ^ negate) - negate);

	/* hidden bit to bit 31, but not below the denormal range */
	shift = min_t(u32, (u32)__builtin_clz(sum | 1), ebig + 4);
	round = (u64)(sum << shift);
	round += 0x7f + ((round >> 8) & 1);
	bits = (u32)(round >> 8) + ((ebig + 4 - shift) << 23);
	bits = min_t(u32, bits, AXP_F32_INF);
	if (!sum)
		return a & b & AXP_F32_SIGN;
	return (big & AXP_F32_SIGN) | bits;
}

/* a zero, Inf or NaN operand */
static inline u32 axp_sf_mul_special(u32 a, u32 b)
{
	u32 sign = (a ^ b) & AXP_F32_SIGN;

	if (axp_f32_is_nan(a) || axp_f32_is_nan(b))
		return AXP_F32_NAN;
	if (axp_f32_is_finite(a) && axp_f32_is_finite(b))
		return sign;
	if (axp_f32_is_zero(a) || axp_f32_is_zero(b))
		return AXP_F32_NAN;
	return sign | AXP_F32_INF;
}

/* mantissa with its hidden bit at bit 23, denormals normalised */
static inline u32 axp_sf_unpack(u32 a, s32 *exp)
{
	u32 sig = a & 0x7fffff;
	s32 e = (a >> 23) & 0xff;

	if (e) {
		sig |= 0x800000;
	} else {
		s32 up = __builtin_clz(sig) - 8;

		sig <<= up;
		e = 1 - up;
	}
	*exp = e;
	return sig;
}

static inline u32 axp_sf_mul(u32 a, u32 b)
{
	u32 sign = (a ^ b) & AXP_F32_SIGN;
	s32 ea, eb, e;
	u32 low;
	u64 sig;

	if (unlikely(!axp_f32_is_finite(a) || !axp_f32_is_finite(b) ||
		     axp_f32_is_zero(a) || axp_f32_is_zero(b)))
		return axp_sf_mul_special(a, b);

	sig = (u64)axp_sf_unpack(a, &ea);
	sig *= axp_sf_unpack(b, &eb);
	/* in [2^46, 2^48): hidden bit to bit 62 */
	low = !(sig >> 47);
	sig <<= 15 + low;
	e = ea + eb - 126 - (s32)low;
	if (unlikely(e < 1)) {
		sig = axp_sf_jam64(sig, (u32)(1 - e));
		e = 1;
	}
	/* to nearest even at bit 39; the hidden bit adds 1 to the exponent field */
	sig = (sig + 0x3fffffffff + ((sig >> 39) & 1)) >> 39;
	if (unlikely(e >= 255))
		return sign | AXP_F32_INF;
	return sign | min_t(u32, (u32)sig + ((u32)(e - 1) << 23), AXP_F32_INF);
}

static inline s32 axp_sf_to_fixed(u32 a, int scale, u32 max_term, bool *clamped)
{
	u32 exp = (a >> 23) & 0xff;
	u64 sig = a & 0x7fffff;
	u64 units;
	s32 shift;

	if (unlikely(axp_f32_is_nan(a))) {
		*clamped = true;
		return 0;
	}
	if (exp)
		sig |= 0x800000;
	else
		exp = 1;
	/* a = sig * 2^(exp-150) = sig * 2^shift units; of Inf, shift is over 40 */
	shift = (s32)exp - 150 + scale;
	if (shift > 31) {
		units = sig ? U64_MAX : 0;
	} else if (shift >= 0) {
		units = sig << shift;
	} else if (shift < -25) {
		units = 0;
	} else {
		u32 down = (u32)-shift;
		u64 low = sig & ((1ull << down) - 1);
		u64 half = 1ull << (down - 1);

		units = sig >> down;
		units += low > half || (low == half && (units & 1));
	}
	if (units > max_term) {
		*clamped = true;
		units = max_term;
	}
	return a & AXP_F32_SIGN ? -(s32)units : (s32)units;
}

static inline u32 axp_sf_from_fixed(s32 acc, int scale)
{
	u32 sign = acc < 0 ? AXP_F32_SIGN : 0;
	u32 mag = acc < 0 ? 0u - (u32)acc : (u32)acc;
	u32 lz;

	if (!mag)
		return 0;
	lz = (u32)__builtin_clz(mag);
	/* hidden bit to bit 26; exponent of bit 31-lz */
	mag = lz >= 5 ? mag << (lz - 5) : axp_sf_jam32(mag, 5 - lz);
	return axp_sf_round(sign, (u32)(127 + 31 - (s32)lz - scale), mag);
}

#endif /* AXP_ENGINE_SOFTFP_OPS_H */
