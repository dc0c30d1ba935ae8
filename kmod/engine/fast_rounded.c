// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Plans of rounded products: multipliers of the classes of a table of FIXED words.
 */
#include "budget.h"
#include "fast_class.h"
#include "fast_rounded.h"
#include "fast_rows.h"
#include "plan_internal.h"
#include "softfp_ops.h"

#define LARGEST		(AXP_F32_INF - 1)
/* Words that the lower bits of a binary32 number hold: see AXP_FAST_MAGIC. */
#define MAX_FUSED	((1u << 22) - 1)
/*
 * Words of 16 bits of few centroids are looked up faster than they are computed; of some more
 * where an activation has few MACs, too: its exact hits cost less.
 */
#define MAX_LOOKED_UP	16
#define MAX_LOOKED_UP_FEW 32
#define FEW_MACS	1024

/* magnitude of the units of centroid @c, in units, times @x; both positive */
static u32 units_of(u32 c, u32 x)
{
	bool clamped = false;

	return (u32)axp_sf_to_fixed(axp_sf_mul(c, x), 0, S32_MAX, &clamped);
}

/* the same when the product is not rounded before it is rounded to units */
static u32 fused_units(u32 c, u32 x)
{
	s32 ec, ex, down;
	u64 sig, low, half;

	if (axp_f32_is_zero(c) || axp_f32_is_zero(x))
		return 0;
	sig = axp_sf_unpack(c, &ec);
	sig *= axp_sf_unpack(x, &ex);
	/* c * x = sig * 2^(ec + ex - 300) */
	down = 300 - ec - ex;
	if (down > 48)
		return 0;
	if (down <= 0)
		return -down > 15 || sig << -down > S32_MAX ? S32_MAX : (u32)(sig << -down);
	low = sig & ((1ull << down) - 1);
	half = 1ull << (down - 1);
	sig >>= down;
	sig += low > half || (low == half && (sig & 1));
	return (u32)min_t(u64, sig, S32_MAX);
}

/* the multipliers of [@low, @high] that give all words of a class */
static bool narrow(const struct axp_plan *p, const u32 *centroids, const u32 *word,
		   axp_fast_product units, u32 *low, u32 *high)
{
	u32 j;

	for (j = 0; j < p->k; j++) {
		u32 c = axp_f32_magnitude(centroids[j]);
		u32 w = (s32)word[j] < 0 ? 0u - word[j] : word[j];

		if (axp_plan_has(p->valid, j) && c && !axp_fast_narrow(units, c, w, low, high))
			return false;
	}
	return true;
}

/* whether the words have the signs of the centroids, or all of them the others: @sign */
static bool has_signs(const struct axp_plan *p, const u32 *centroids, const u32 *word, u32 *sign)
{
	bool some = false;
	u32 j;

	*sign = 0;
	for (j = 0; j < p->k; j++) {
		u32 differs = (centroids[j] ^ word[j]) & AXP_F32_SIGN;

		if (!axp_plan_has(p->valid, j) || !word[j])
			continue;
		if (!axp_f32_magnitude(centroids[j]) || (some && *sign != differs))
			return false;
		*sign = differs;
		some = true;
	}
	return true;
}

/* the multiplier of class @c; 0 or -EOPNOTSUPP */
static int make_class(const struct axp_fast_rows *r, const struct axp_plan *p, u32 c,
		      axp_fast_product units, u32 *multiplier)
{
	const u32 *word = p->class_word + (size_t)c * p->row_words;
	const u32 *miss = p->class_miss + (size_t)c * p->mask_words;
	const u32 *power = p->class_power + (size_t)c * p->mask_words;
	u32 low = 0, high = LARGEST, valid = 0, misses = 0, sign, j;
	bool small = true;

	for (j = 0; j < p->k; j++) {
		if (!axp_plan_has(p->valid, j))
			continue;
		if (axp_plan_has(power, j))
			return -EOPNOTSUPP;
		valid++;
		misses += axp_plan_has(miss, j);
		small &= word[j] + MAX_FUSED <= 2 * MAX_FUSED;
	}
	*multiplier = AXP_FAST_MISS;
	if (misses == valid)
		return 0;
	if (misses || (r->fused && !small) || !has_signs(p, r->centroids, word, &sign) ||
	    !narrow(p, r->centroids, word, units, &low, &high))
		return -EOPNOTSUPP;
	*multiplier = sign | low;
	return 0;
}

static int make_classes(const struct axp_fast_rows *r, const struct axp_plan *p, u32 nr,
			u32 *multiplier)
{
	u32 c;
	int err;

	for (c = 0; c < nr && p->compiled; c++) {
		err = make_class(r, p, c, r->fused ? fused_units : units_of, &multiplier[c]);
		if (err)
			return err;
		if (!(c & 63) && axp_breathe())
			return -EINTR;
	}
	return 0;
}

/* one rounding is faster, and what axp compile's words have */
static int find_multipliers(struct axp_fast *f, const struct axp_plan *p)
{
	struct axp_fast_rows *r = f->rows;
	u32 nr = p->classes ? p->classes->nr_classes : 1;
	u32 *multiplier = axp_budget_alloc(p->budget, nr, sizeof(u32));
	int err;

	if (!multiplier)
		return -ENOMEM;
	r->fused = true;
	err = make_classes(r, p, nr, multiplier);
	if (err == -EOPNOTSUPP) {
		r->fused = false;
		err = make_classes(r, p, nr, multiplier);
	}
	if (!err)
		err = axp_fast_rows_keys(f, p, multiplier);
	axp_budget_free(p->budget, multiplier, nr, sizeof(u32));
	return err;
}

/* the largest activation whose products are not clamped, nor too large for one rounding */
static u32 largest(const struct axp_fast_rows *r, const struct axp_plan *p)
{
	u32 limit = r->fused ? min(r->max_term, MAX_FUSED) : r->max_term;
	u32 most = 0, j;

	for (j = 0; j < p->k; j++)
		if (axp_plan_has(p->valid, j))
			most = max(most, axp_f32_magnitude(r->centroids[j]));
	return most ? axp_fast_first(units_of, most, limit + 1, 0, LARGEST) - 1 : LARGEST;
}

/* whether words of 16 bits, where plans may have them, are better */
static bool looks_up(const struct axp_fast *f, const struct axp_plan *p)
{
	const struct axp_nest *n = &f->nest;
	u64 macs = div_u64((u64)n->og * n->kh * n->kw, n->stride_h * n->stride_w);

	return p->k <= (macs > FEW_MACS ? MAX_LOOKED_UP : MAX_LOOKED_UP_FEW) &&
	       axp_fast_has_words(f->rows, p);
}

int axp_fast_rounded(struct axp_fast *f, const struct axp_plan *p)
{
	const struct axp_nest *n = &f->nest;
	struct axp_fast_rows *r;
	int err;

	if (p->classes && !p->compiled)
		return -EOPNOTSUPP;
	/* a weight that is used once is read faster as a byte; a channel alone wastes lanes */
	if ((n->og == 1 && !f->planar) || (n->ow == 1 && n->oh == 1 && n->kh == 1 && n->kw == 1))
		return -EOPNOTSUPP;
	err = axp_fast_rows_begin(f, p);
	if (err)
		return err;
	r = f->rows;
	if (!r->scaled || looks_up(f, p))
		return -EOPNOTSUPP;
	r->rounded = true;
	err = find_multipliers(f, p);
	if (!err)
		r->largest = largest(r, p);
	return err;
}
