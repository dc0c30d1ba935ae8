// SPDX-License-Identifier: GPL-2.0
/*
 * Integer binary32 arithmetic against that of the machine the kernel runs on.
 */
#include <kunit/test.h>
#include <linux/sched.h>

#include "../axp_compat.h"
#include "fpu_ops.h"
#include "random.h"
#include "softfp.h"

/* Pairs of one section that cannot be preempted. */
#define CHUNK	256

/* mantissas that make ties, carries, sticky bits */
static const u32 mantissas[] = {
	0, 1, 2, 3, 0x3fffff, 0x400000, 0x400001, 0x555555, 0x7ffffe, 0x7fffff,
};

struct pairs {
	u32 a[CHUNK];
	u32 b[CHUNK];
	u32 sum[CHUNK];
	u32 product[CHUNK];
	u32 n;
};

static void check_pairs(struct kunit *test, struct pairs *p)
{
	u32 i;

	kernel_fpu_begin();
	for (i = 0; i < p->n; i++) {
		p->sum[i] = axp_test_fpu_add(p->a[i], p->b[i]);
		p->product[i] = axp_test_fpu_mul(p->a[i], p->b[i]);
	}
	kernel_fpu_end();
	for (i = 0; i < p->n; i++) {
		u32 sum = axp_f32_add(p->a[i], p->b[i]);
		u32 product = axp_f32_mul(p->a[i], p->b[i]);

		if (sum != axp_f32_canon(p->sum[i]))
			KUNIT_FAIL(test, "%08x + %08x is %08x, not %08x", p->a[i], p->b[i],
				   p->sum[i], sum);
		if (product != axp_f32_canon(p->product[i]))
			KUNIT_FAIL(test, "%08x * %08x is %08x, not %08x", p->a[i], p->b[i],
				   p->product[i], product);
	}
	p->n = 0;
	cond_resched();
}

static void add_pair(struct kunit *test, struct pairs *p, u32 a, u32 b)
{
	p->a[p->n] = a;
	p->b[p->n++] = b;
	if (p->n == CHUNK)
		check_pairs(test, p);
}

static struct pairs *new_pairs(struct kunit *test)
{
	struct pairs *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

/* All pairs of exponents; one of the mantissas changes from pair to pair. */
static void softfp_exponents(struct kunit *test)
{
	struct pairs *p = new_pairs(test);
	u32 ea, eb, i, k = 0;

	for (ea = 0; ea < 256; ea++)
		for (eb = 0; eb < 256; eb++)
			for (i = 0; i < ARRAY_SIZE(mantissas); i++, k++)
				add_pair(test, p, ea << 23 | mantissas[i],
					 eb << 23 | mantissas[k * 7 % ARRAY_SIZE(mantissas)] |
					 (k & 1 ? AXP_F32_SIGN : 0));
	check_pairs(test, p);
}

/* All pairs of mantissas, where exponents are near each other and at the ends. */
static void softfp_mantissas(struct kunit *test)
{
	static const u32 exponents[] = { 0, 1, 2, 24, 100, 126, 127, 128, 150, 253, 254, 255 };
	struct pairs *p = new_pairs(test);
	u32 i, j, k, d;

	for (i = 0; i < ARRAY_SIZE(mantissas); i++)
		for (j = 0; j < ARRAY_SIZE(mantissas); j++)
			for (k = 0; k < ARRAY_SIZE(exponents); k++)
				for (d = 0; d < 52; d++)
					add_pair(test, p, exponents[k] << 23 | mantissas[i],
						 (((exponents[k] + d - 26) & 0xff) << 23) |
						 mantissas[j] | (d & 1 ? AXP_F32_SIGN : 0));
	check_pairs(test, p);
}

static void softfp_random(struct kunit *test)
{
	struct pairs *p = new_pairs(test);
	u64 state = 1;
	u32 i;

	for (i = 0; i < 300000; i++) {
		u32 a = axp_test_random(&state), b = axp_test_random(&state);

		add_pair(test, p, a, b);
		/* cancellation */
		add_pair(test, p, a, (a ^ AXP_F32_SIGN) + (b & 0xf) - 8);
		/* denormals */
		add_pair(test, p, a & 0x81ffffff, b & 0x80ffffff);
	}
	check_pairs(test, p);
}

static void softfp_nan(struct kunit *test)
{
	static const u32 nans[] = { 0x7f800001, 0x7fffffff, 0xff800001, 0xffc00000, 0x7fc00001 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(nans); i++) {
		KUNIT_EXPECT_EQ(test, axp_f32_add(nans[i], 0), AXP_F32_NAN);
		KUNIT_EXPECT_EQ(test, axp_f32_mul(0x3f800000, nans[i]), AXP_F32_NAN);
		KUNIT_EXPECT_EQ(test, axp_f32_canon(nans[i]), AXP_F32_NAN);
	}
	KUNIT_EXPECT_EQ(test, axp_f32_add(AXP_F32_INF, AXP_F32_INF | AXP_F32_SIGN), AXP_F32_NAN);
	KUNIT_EXPECT_EQ(test, axp_f32_mul(AXP_F32_INF, 0), AXP_F32_NAN);
}

/* Half of @n, and what was lost so far. */
static u64 halve(u64 n, bool *lost, bool *half)
{
	*lost |= *half;
	*half = n & 1;
	return n >> 1;
}

/* One bit at a time: nearest multiple of 2^-scale, ties to even, clamped. */
static s32 fixed_reference(u32 a, int scale, u32 max_term, bool *clamped)
{
	u64 units = a & 0x7fffff;
	int shift = (int)(a >> 23 & 0xff) - 150 + scale;
	bool lost = false, half = false;

	if (axp_f32_is_nan(a)) {
		*clamped = true;
		return 0;
	}
	if (a >> 23 & 0xff)
		units |= 0x800000;
	else
		shift++;
	for (; shift > 0 && units && units <= U32_MAX; shift--)
		units <<= 1;
	for (; shift < 0; shift++)
		units = halve(units, &lost, &half);
	if (half && (lost || units & 1))
		units++;
	if (units > max_term) {
		*clamped = true;
		units = max_term;
	}
	return a & AXP_F32_SIGN ? -(s32)units : (s32)units;
}

static void softfp_to_fixed(struct kunit *test)
{
	u64 state = 2;
	u32 i;

	for (i = 0; i < 200000; i++) {
		u32 a = axp_test_random(&state);
		u32 max_term = 1 + (axp_test_below(&state, S32_MAX) >> axp_test_below(&state, 31));
		int scale = AXP_SCALE_MIN +
			    (int)axp_test_below(&state, AXP_SCALE_MAX - AXP_SCALE_MIN + 1);
		bool got_clamped = false, want_clamped = false;
		s32 got, want;

		/* mostly numbers that end near the unit */
		if (i % 4) {
			int e = 123 - scale + (int)axp_test_below(&state, 40);

			a = (a & 0x807fffff) | (u32)clamp(e, 0, 255) << 23;
		}
		if (i % 3 == 0)
			a &= 0xffff0000;
		got = axp_f32_to_fixed(a, scale, max_term, &got_clamped);
		want = fixed_reference(a, scale, max_term, &want_clamped);
		if (got != want || got_clamped != want_clamped)
			KUNIT_FAIL(test, "%08x, scale %d, limit %u: %d%s, not %d%s", a, scale,
				   max_term, got, got_clamped ? " clamped" : "", want,
				   want_clamped ? " clamped" : "");
		if (!(i % CHUNK))
			cond_resched();
	}
}

static void softfp_from_fixed(struct kunit *test)
{
	u64 state = 3;
	u32 i;

	for (i = 0; i < 100000; i++) {
		s32 n = (s32)axp_test_random(&state) >> axp_test_below(&state, 32);
		int scale = AXP_SCALE_MIN +
			    (int)axp_test_below(&state, AXP_SCALE_MAX - AXP_SCALE_MIN + 1);
		u32 want;

		kernel_fpu_begin();
		want = axp_test_fpu_from_int(n);
		kernel_fpu_end();
		KUNIT_ASSERT_EQ(test, axp_f32_from_fixed(n, 0), want);
		/* the scale only moves the exponent */
		if (n)
			want -= (u32)scale << 23;
		KUNIT_ASSERT_EQ(test, axp_f32_from_fixed(n, scale), want);
		if (!(i % CHUNK))
			cond_resched();
	}
	KUNIT_EXPECT_EQ(test, axp_f32_from_fixed(S32_MIN, 0), 0xcf000000);
}

static struct kunit_case softfp_cases[] = {
	KUNIT_CASE(softfp_exponents),
	KUNIT_CASE(softfp_mantissas),
	KUNIT_CASE(softfp_random),
	KUNIT_CASE(softfp_nan),
	KUNIT_CASE(softfp_to_fixed),
	KUNIT_CASE(softfp_from_fixed),
	{}
};

static struct kunit_suite softfp_suite = {
	.name = "axp-softfp",
	.test_cases = softfp_cases,
};

kunit_test_suite(softfp_suite);
