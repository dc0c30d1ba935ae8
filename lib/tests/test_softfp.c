// SPDX-License-Identifier: BSD-2-Clause
/*
 * Integer binary32 arithmetic against the machine's own.
 */
#include <inttypes.h>
#include <math.h>

#include "random.h"
#include "softfp.h"
#include "tap.h"

static float to_float(u32 bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

static u32 to_bits(float f)
{
	u32 bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static u64 wrong;

static void check_pair(u32 a, u32 b)
{
	volatile float x = to_float(a), y = to_float(b), sum = x + y, product = x * y;

	if (axp_f32_add(a, b) != axp_f32_canon(to_bits(sum))) {
		if (!wrong++)
			diag("%08x + %08x: %08x, not %08x", a, b, to_bits(sum), axp_f32_add(a, b));
	}
	if (axp_f32_mul(a, b) != axp_f32_canon(to_bits(product))) {
		if (!wrong++)
			diag("%08x * %08x: %08x, not %08x", a, b, to_bits(product),
			     axp_f32_mul(a, b));
	}
}

/* mantissas that make ties, carries, sticky bits */
static const u32 mantissas[] = {
	0, 1, 2, 3, 0x3fffff, 0x400000, 0x400001, 0x555555, 0x7ffffe, 0x7fffff,
};

static void test_exponents(void)
{
	wrong = 0;
	for (u32 ea = 0; ea < 256; ea++)
		for (u32 eb = 0; eb < 256; eb++)
			for (u32 i = 0; i < ARRAY_SIZE(mantissas); i++)
				for (u32 j = 0; j < ARRAY_SIZE(mantissas); j++) {
					u32 a = ea << 23 | mantissas[i];
					u32 b = eb << 23 | mantissas[j];

					check_pair(a, b);
					check_pair(a, b | AXP_F32_SIGN);
				}
	ok(!wrong, "all pairs of exponents, 100 pairs of mantissas, both signs");
}

static void test_random(void)
{
	struct rng rng = { 1 };

	wrong = 0;
	for (u32 i = 0; i < 10000000; i++)
		check_pair(rng_u32(&rng), rng_u32(&rng));
	ok(!wrong, "random pairs of bits");

	wrong = 0;
	for (u32 i = 0; i < 10000000; i++) {
		u32 a = rng_u32(&rng);
		/* near exponents: cancellation and ties */
		u32 b = (rng_u32(&rng) & 0x807fffff) |
			(((a >> 23) + rng_below(&rng, 9) - 4) & 0xff) << 23;

		check_pair(a, b);
	}
	ok(!wrong, "random pairs of near exponents");

	wrong = 0;
	for (u32 i = 0; i < 10000000; i++) {
		u32 a = rng_u32(&rng) & 0x81ffffff;
		u32 b = rng_u32(&rng) & 0x80ffffff;

		check_pair(a, b);
		/* products around the smallest normal number */
		check_pair(a, (rng_u32(&rng) & 0x80ffffff) | 0x3f000000);
	}
	ok(!wrong, "random denormals");
}

/* nearest multiple of 2^-scale in double, which holds every case exactly */
static s32 fixed_reference(u32 a, int scale, u32 max_term, bool *clamped)
{
	double x = to_float(a);

	if (isnan(x)) {
		*clamped = true;
		return 0;
	}
	x = nearbyint(ldexp(x, scale));
	if (fabs(x) > max_term) {
		*clamped = true;
		x = x < 0 ? -(double)max_term : max_term;
	}
	return (s32)x;
}

static void check_fixed(u32 a, int scale, u32 max_term)
{
	bool c1 = false, c2 = false;
	s32 got = axp_f32_to_fixed(a, scale, max_term, &c1);
	s32 want = fixed_reference(a, scale, max_term, &c2);

	if (got != want || c1 != c2) {
		if (!wrong++)
			diag("%08x scale %d max %u: %d (%d), not %d (%d)", a, scale, max_term,
			     want, c2, got, c1);
	}
}

static void test_to_fixed(void)
{
	static const u32 limits[] = { 1, 127, 32767, 8388607, S32_MAX };
	struct rng rng = { 2 };

	wrong = 0;
	for (int scale = AXP_SCALE_MIN; scale <= AXP_SCALE_MAX; scale++)
		for (u32 exp = 0; exp < 256; exp++)
			for (u32 i = 0; i < ARRAY_SIZE(mantissas); i++)
				for (u32 l = 0; l < ARRAY_SIZE(limits); l++)
					check_fixed((i & 1) << 31 | exp << 23 | mantissas[i],
						    scale, limits[l]);
	ok(!wrong, "to fixed: every scale, every exponent");

	wrong = 0;
	for (u32 i = 0; i < 5000000; i++) {
		int scale = (int)rng_below(&rng, 40) - 10;
		/* magnitudes around one unit to 2^31 units: halves are ties */
		u32 exp = (u32)(127 - scale - 3 + (int)rng_below(&rng, 36));
		u32 mantissa = rng_u32(&rng) & (0x7fffffu << rng_below(&rng, 23)) & 0x7fffff;

		check_fixed((rng_u32(&rng) & AXP_F32_SIGN) | exp << 23 | mantissa, scale,
			    limits[rng_below(&rng, ARRAY_SIZE(limits))]);
	}
	ok(!wrong, "to fixed: random, with ties");
}

static void test_from_fixed(void)
{
	struct rng rng = { 3 };

	wrong = 0;
	for (u32 i = 0; i < 5000000; i++) {
		s32 acc = (s32)rng_u32(&rng) >> rng_below(&rng, 32);
		int scale = (int)rng_below(&rng, AXP_SCALE_MAX - AXP_SCALE_MIN + 1) +
			    AXP_SCALE_MIN;
		volatile float once = (float)acc;
		u32 want = to_bits(ldexpf(once, -scale));

		if (axp_f32_from_fixed(acc, scale) != want) {
			if (!wrong++)
				diag("%d scale %d: %08x, not %08x", acc, scale, want,
				     axp_f32_from_fixed(acc, scale));
		}
	}
	ok(!wrong, "from fixed: random");
	ok(axp_f32_from_fixed(0, 5) == 0, "from fixed: 0 is +0");
	ok(axp_f32_from_fixed(S32_MIN, 0) == 0xcf000000, "from fixed: -2^31");
	ok(axp_f32_from_fixed(16777217, 0) == 0x4b800000 &&
	   axp_f32_from_fixed(16777219, 0) == 0x4b800002, "from fixed: ties to even");
}

static void test_known(void)
{
	bool clamped = false;

	ok(axp_f32_add(0x3f800000, 0x33800000) == 0x3f800000, "1 + 2^-24 = 1 (tie to even)");
	ok(axp_f32_add(0x3f800001, 0x33800000) == 0x3f800002, "tie to even goes up");
	ok(axp_f32_add(0x80000000, 0x80000000) == 0x80000000, "-0 + -0 = -0");
	ok(axp_f32_add(0x80000000, 0) == 0 && axp_f32_add(0x3f800000, 0xbf800000) == 0,
	   "-0 + +0 = +0, x - x = +0");
	ok(axp_f32_add(0x80000000, 0x80000001) == 0x80000001, "-0 adds nothing");
	ok(axp_f32_add(AXP_F32_INF, 0xff800000) == AXP_F32_NAN &&
	   axp_f32_mul(AXP_F32_INF, 0) == AXP_F32_NAN &&
	   axp_f32_add(0xffffffff, 0) == AXP_F32_NAN &&
	   axp_f32_mul(0x7f800001, 0x3f800000) == AXP_F32_NAN, "one NaN");
	ok(axp_f32_mul(0x00000001, 0x3f000000) == 0 &&
	   axp_f32_mul(0x00000003, 0x3f000000) == 2, "denormal halves are ties to even");
	ok(axp_f32_mul(0x7f7fffff, 0x40000000) == AXP_F32_INF, "overflow is Inf");
	ok(axp_f32_to_fixed(0x3f000000, 0, 100, &clamped) == 0 &&
	   axp_f32_to_fixed(0x3fc00000, 0, 100, &clamped) == 2 &&
	   axp_f32_to_fixed(0xc0200000, 0, 100, &clamped) == -2 && !clamped,
	   "0.5 -> 0, 1.5 -> 2, -2.5 -> -2");
	ok(axp_f32_to_fixed(0xff800000, 0, 100, &clamped) == -100 && clamped, "-Inf clamps");
	clamped = false;
	ok(axp_f32_to_fixed(0xffc00000, 0, 100, &clamped) == 0 && clamped, "NaN is 0, clamped");
	ok(axp_f32_canon(0xff800001) == AXP_F32_NAN && axp_f32_canon(0xff800000) == 0xff800000,
	   "canonical NaN");
	ok(axp_f32_is_normal(0x00800000) && axp_f32_is_normal(0xff7fffff) &&
	   !axp_f32_is_normal(0x807fffff) && !axp_f32_is_normal(0xff800000) &&
	   !axp_f32_is_normal(0), "normal numbers");
	ok(axp_f32_power(0xc1234567) == 0xc1000000, "sign and exponent");
}

int main(void)
{
	test_known();
	test_exponents();
	test_random();
	test_to_fixed();
	test_from_fixed();
	return done_testing();
}
