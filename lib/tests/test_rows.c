// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <string.h>

#include "rows.h"
#include "softfp.h"
#include "tap.h"

static uint64_t state = 88172645463325252ull;

static uint32_t draw(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 32) % n);
}

static float uniform(void)
{
	return (float)draw(1u << 24) / 16777216.0f;
}

static uint32_t bits_of(float f)
{
	union { float f; uint32_t u; } b = { f };

	return b.u;
}

static float float_of(uint32_t u)
{
	union { uint32_t u; float f; } b = { u };

	return b.f;
}

/* first row that matches, as a CAM does; -1: none */
static int match(const struct axp_group *p, uint32_t n, uint32_t bits)
{
	for (uint32_t i = 0; i < n; i++)
		if (!((bits ^ p[i].act) & p[i].care))
			return (int)i;
	return -1;
}

/* sum of squared distances of the histogram to the values of the matching rows */
static double cost_of(const struct axp_histogram *h, const struct axp_group *p, uint32_t n)
{
	double cost = 0;

	for (uint32_t i = 0; i < AXP_PREFIXES; i++) {
		const struct axp_prefix *x = &h->prefix[i];
		int row = match(p, n, i << 16);
		double v;

		if (!x->weight)
			continue;
		if (row < 0)
			return INFINITY;
		v = (double)p[row].value;
		cost += x->square - 2 * v * x->sum + v * v * x->weight;
	}
	return cost;
}

/* least cost of covering what occurs below a prefix with @rows prefixes, by trial */
static double brute(const struct axp_histogram *h, uint32_t depth, uint32_t bits, uint32_t rows)
{
	uint32_t below = 16 - depth;
	struct axp_prefix s = { 0 };
	double least, a, b;

	for (uint32_t i = bits << below; i < (bits + 1) << below; i++) {
		s.weight += h->prefix[i].weight;
		s.sum += h->prefix[i].sum;
		s.square += h->prefix[i].square;
	}
	if (s.weight == 0)
		return 0;
	if (!rows)
		return INFINITY;
	least = s.square - s.sum * s.sum / s.weight;
	if (least < 0)
		least = 0;
	for (uint32_t i = 0; below && i <= rows; i++) {
		/* one table of both sides would be a knapsack; this is every split */
		a = brute(h, depth + 1, bits << 1, i);
		if (a >= least)
			continue;
		b = brute(h, depth + 1, bits << 1 | 1, rows - i);
		if (a + b < least)
			least = a + b;
	}
	return least;
}

static bool complete(const struct axp_group *p, uint32_t n)
{
	for (uint32_t i = 0; i < AXP_PREFIXES; i++)
		if (match(p, n, i << 16) < 0)
			return false;
	return true;
}

/* no two rows alike, longest first, prefixes of at most 16 bits */
static bool ordered(const struct axp_group *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t length = (uint32_t)__builtin_popcount(p[i].care);

		if (length > 16 || (length && p[i].care != ~0u << (32 - length)))
			return false;
		if (p[i].act & ~p[i].care)
			return false;
		if (i && (p[i].care > p[i - 1].care ||
			  (p[i].care == p[i - 1].care && p[i].act <= p[i - 1].act)))
			return false;
	}
	return true;
}

static void test_brute(void)
{
	struct axp_histogram *h = axp_histogram_new();
	struct axp_group p[AXP_MAX_GROUPS];
	bool best = true, whole = true, promised = true;
	int spent = 0;

	for (int round = 0; round < 60; round++) {
		uint32_t leaves = 1 + draw(7), budget = 1 + draw(5), n;
		double cost, least;

		memset(h, 0, sizeof(*h));
		for (uint32_t i = 0; i < leaves; i++) {
			float a = ldexpf(1 + (float)draw(8) / 8, (int)draw(4) - 2);

			if (round & 1 && draw(2))
				a = -a;
			for (uint32_t j = 0; j <= draw(3); j++)
				axp_histogram_add(h, a, 1, 1 + draw(4));
		}
		if (axp_rows_cover(p, &n, &cost, h, budget))
			bail_out("axp_rows_cover");
		least = brute(h, 0, 0, budget);
		best &= cost >= least - 1e-9 * (1 + least);
		/* rows may have gone to what lies beyond the ends */
		for (uint32_t less = 1; less < budget && cost > least + 1e-9 * (1 + least); less++) {
			spent++;
			least = brute(h, 0, 0, budget - less);
		}
		best &= fabs(cost - least) <= 1e-9 * (1 + least);
		whole &= n >= 1 && n <= budget && complete(p, n) && ordered(p, n);
		promised &= fabs(cost_of(h, p, n) - cost) <= 1e-5 * (1 + cost);
	}
	ok(best && spent < 30, "cost equals the best of all covers (60 small tries, %d with a row less)",
	   spent);
	ok(whole, "every pattern matches, longest prefixes first, none twice");
	ok(promised, "the rows cost what the knapsack says");
	axp_histogram_free(h);
}

static void test_relu(void)
{
	struct axp_histogram *h = axp_histogram_new();
	struct axp_group p[AXP_MAX_GROUPS];
	double cost, before = INFINITY, square = 0;
	bool falls = true;
	uint32_t n;

	for (int i = 0; i < 20000; i++) {
		float a = uniform() + uniform() + uniform() + uniform() - 2;

		if (a > 0) {
			axp_histogram_add(h, 3 * a, 9, 1);
			square += 9 * (double)a * (double)a;
		}
	}
	for (uint32_t budget = 1; budget <= 256; budget *= 2) {
		if (axp_rows_cover(p, &n, &cost, h, budget))
			bail_out("axp_rows_cover");
		falls &= cost < before && n == budget && complete(p, n) && ordered(p, n);
		falls &= fabs(cost_of(h, p, n) - cost) <= 1e-4 * (1 + cost);
		before = cost;
		diag("%u rows: relative error %.5f", n, sqrt(cost / square));
	}
	ok(falls, "half-normal activations: error falls with every row");
	if (axp_rows_cover(p, &n, NULL, h, 16))
		bail_out("axp_rows_cover");
	ok(p[match(p, n, bits_of(3e38f))].value == p[match(p, n, bits_of(h->largest))].value,
	   "a huge activation falls to the group of the largest one");
	ok(p[match(p, n, bits_of(1e-30f))].value < 0.5f &&
	   p[match(p, n, bits_of(-4.0f))].value < 0.5f,
	   "tiny and negative ones, never seen, fall to the smallest group");
	axp_histogram_free(h);
}

static void test_exact(void)
{
	struct axp_histogram *h = axp_histogram_new();
	struct axp_group p[AXP_MAX_GROUPS];
	bool exact = true;
	double cost;
	uint32_t n;

	for (int i = 1; i <= 16; i++)
		for (int j = 0; j < i * 7; j++)
			axp_histogram_add(h, (float)i / 16.0f, 3, 0.3 * i);
	if (axp_rows_cover(p, &n, &cost, h, 48))
		bail_out("axp_rows_cover");
	for (int i = 1; i <= 16; i++)
		exact &= p[match(p, n, bits_of((float)i / 16.0f))].value == (float)i / 16.0f;
	ok(n == 17 && exact && cost < 1e-9 && p[match(p, n, bits_of(77.0f))].value == 1,
	   "16 levels and 48 rows: a row each, to the bit, and one for larger ones");
	ok(p[match(p, n, bits_of(1e-20f))].value == 0.0625f && complete(p, n),
	   "smaller ones fall to the smallest level");
	memset(h, 0, sizeof(*h));
	if (axp_rows_cover(p, &n, &cost, h, 4))
		bail_out("axp_rows_cover");
	ok(n == 1 && !p[0].care && p[0].value == 0 && !signbit(p[0].value),
	   "nothing but zeros: one row that matches everything");
	axp_histogram_add(h, 1.5f, 1, 1);
	axp_histogram_add(h, -2.5f, 1, 1);
	if (axp_rows_cover(p, &n, &cost, h, 2))
		bail_out("axp_rows_cover");
	ok(n == 2 && __builtin_popcount(p[0].care | p[1].care) == 1 &&
	   p[match(p, n, bits_of(9.0f))].value == 1.5f &&
	   p[match(p, n, bits_of(-0.1f))].value == -2.5f,
	   "two signs, two rows: the sign bit alone is compared");
	axp_histogram_free(h);
}

static void test_mantissa(void)
{
	struct axp_histogram *h = axp_histogram_new();
	struct axp_group p[4], one[1];
	bool partition = true;

	for (int i = 0; i < 1000; i++)
		axp_histogram_add(h, ldexpf(1.0625f, (int)draw(8) - 4), 1, 1);
	axp_rows_mantissa(p, h, 2);
	for (uint32_t m = 0; m < 4; m++)
		partition &= p[m].care == 0x00600000 && p[m].act == m << 21;
	ok(partition, "two mantissa bits: four patterns inside the mantissa");
	ok(p[0].value == 1.0625f && p[1].value == 1.375f && p[3].value == 1.875f,
	   "the only significand seen, and middles elsewhere");
	memset(h, 0, sizeof(*h));
	axp_histogram_add(h, -1.25f, 1, 3);
	axp_histogram_add(h, 1.75f, 1, 1);
	axp_rows_mantissa(one, h, 0);
	ok(!one[0].care && one[0].value == 1.375f, "no bits: one row, the weighted mean, signs apart");
	axp_histogram_free(h);
}

static void test_pairs(void)
{
	struct axp_histogram *h = axp_histogram_new();
	static const uint64_t share[3] = { 10, 0, 3 };
	struct axp_pair q[8];
	uint32_t n;

	for (int i = 0; i < 10; i++)
		axp_histogram_add(h, 1.0f + (float)i / 100, 1, 1);
	for (int i = 0; i < 40; i++)
		axp_histogram_add(h, 2.0f, 1, 1);
	if (axp_rows_pairs(q, &n, h, 2, share, 3, 3))
		bail_out("axp_rows_pairs");
	/* 400, 120, 100, 30 */
	ok(n == 3 && q[0].centroid == 0 && q[1].centroid == 2 && q[2].centroid == 0 &&
	   q[0].group.value == 2 && fabsf(q[2].group.value - 1.045f) < 1e-6f,
	   "the most frequent pairs, most frequent first");
	ok(q[0].group.care == 0xffe00000 && q[0].group.act == 0x40000000,
	   "sign, exponent and two mantissa bits are compared");
	if (axp_rows_pairs(q, &n, h, 7, share, 3, 8))
		bail_out("axp_rows_pairs");
	ok(n == 8, "no more pairs than the budget");
	axp_histogram_free(h);
}

/* what a quantiser makes of an activation is what the first matching row says */
static void test_quantiser(void)
{
	static struct axp_group p[AXP_MAX_GROUPS];
	static struct axp_quantiser q;
	struct axp_histogram *h = axp_histogram_new();
	uint32_t n;
	bool same = true, gate = true, missed = false;

	for (int i = 0; i < 20000; i++)
		axp_histogram_add(h, (uniform() - 0.3f) * uniform() * 8, 1, 1 + uniform());
	if (axp_rows_cover(p, &n, NULL, h, 24))
		bail_out("axp_rows_cover");
	axp_quantiser_set(&q, p, n, false, false);
	for (int i = 0; i < 20000; i++) {
		float a = float_of(draw(0xffffffffu));

		same &= axp_quantise(&q, a) == p[match(p, n, bits_of(a))].value;
	}
	ok(same, "a cover: every pattern becomes the value of its row");
	axp_quantiser_set(&q, p, n, false, true);
	gate &= axp_quantise(&q, 0) == 0 && bits_of(axp_quantise(&q, -0.0f)) == 0x80000000u;
	ok(gate && axp_quantise(&q, 1) == p[match(p, n, bits_of(1))].value, "zeros before a gate stay");

	if (axp_rows_fixed(p, &n, h, 2, 12))
		bail_out("axp_rows_fixed");
	axp_quantiser_set(&q, p, n, false, true);
	for (int i = 0; i < 20000; i++) {
		float a = (uniform() - 0.3f) * uniform() * 8;
		int at = match(p, n, bits_of(a));

		missed |= at < 0;
		same &= axp_quantise(&q, a) == (at < 0 ? a : p[at].value);
	}
	ok(n == 12 && p[0].care == 0xffe00000 && p[11].care == 0xffe00000 && same && missed,
	   "rows of one length: what they miss stays as it is");

	axp_rows_mantissa(p, h, 3);
	axp_quantiser_set(&q, p, 8, true, true);
	for (int i = 0; i < 1000; i++) {
		float a = (uniform() - 0.5f) * 100;
		int e = (int)(bits_of(a) >> 23 & 0xff) - 127;
		float v = ldexpf(p[match(p, 8, bits_of(a))].value, e);

		same &= !(bits_of(a) >> 23 & 0xff) || axp_quantise(&q, a) == (a < 0 ? -v : v);
	}
	ok(same && axp_quantise(&q, 1e-40f) == 1e-40f, "significands keep sign and exponent");
	axp_histogram_free(h);
}

static void test_words(void)
{
	bool same = true, near = true, computed = true;
	struct axp_fixed f;

	for (int i = 0; i < 20000; i++) {
		float c = ldexpf(uniform() - 0.5f, (int)draw(10));
		float v = ldexpf(uniform() - 0.5f, (int)draw(10));
		volatile float product = c * v;
		int scale = (int)draw(12);
		int32_t word = (int32_t)axp_word_fixed(c, v, scale, AXP_WORD_WIDE - 1);
		int32_t wide = (int32_t)axp_word_fixed(c, v, scale, AXP_WORD_WIDE);
		bool clamped = false;

		same &= float_of(axp_word_f32(c, v)) == product;
		computed &= wide == axp_f32_to_fixed(axp_word_f32(c, v), scale, INT32_MAX,
						     &clamped) && !clamped;
		near &= fabs((double)word - (double)c * (double)v * (1 << scale)) <= 0.5;
	}
	ok(same, "F32 words are the rounded products");
	ok(near, "FIXED words are the nearest units");
	ok(computed, "wide ones are what a PE computes");
	ok((int32_t)axp_word_fixed(2.5f, 1, 0, 9) == 2 &&
	   (int32_t)axp_word_fixed(-3.5f, 1, 0, 9) == -4,
	   "ties go to even");
	ok(!axp_fixed_choose(&f, 1.0, 1.0, 0, 1, 32) && f.scale == 30 && f.max_term == 1u << 30,
	   "one term of 1: scale 30");
	ok(!axp_fixed_choose(&f, 1.0, 1.0, 0, 1, 16) && f.scale == 14 && f.max_term == 1 << 14,
	   "16 bit words: scale 14");
	ok(!axp_fixed_choose(&f, 1.0, 4.0, 8, 100, 32) && f.scale == 22 && f.max_term == 4u << 22,
	   "100 terms of 4 and a bias of 8: scale 22");
	ok(!axp_fixed_choose(&f, 0, 0, 0, 10, 32) && f.scale == 126 && f.max_term == 1,
	   "only zeros: any scale, max_term 1");
	ok(axp_fixed_choose(&f, 1e30, 1e30, 0, 10, 32) == -ERANGE &&
	   axp_fixed_choose(&f, 1, NAN, 0, 10, 32) == -ERANGE,
	   "products out of the range of every scale are refused");
}

int main(void)
{
	test_brute();
	test_relu();
	test_exact();
	test_mantissa();
	test_pairs();
	test_quantiser();
	test_words();
	return done_testing();
}
