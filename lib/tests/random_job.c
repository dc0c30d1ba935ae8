// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random jobs. Activations and weights come from small pools, so that rows hit.
 */
#include <stdio.h>

#include "random_job.h"
#include "tap.h"

#define POOL	48

struct pool {
	u32 value[POOL];
};

static const u32 specials[] = {
	0x00000000, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001,
	0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0xff7fffff, 0x3f800000, 0xbf800000,
};

/* a number of ordinary size with few mantissa bits, so that products are exact at times */
static u32 plain_number(struct rng *rng)
{
	u32 mantissa = rng_u32(rng) & 0x7fffff;

	if (rng_chance(rng, 50))
		mantissa &= 0x700000;
	return (rng_u32(rng) & 0x80000000) | (118 + rng_below(rng, 14)) << 23 | mantissa;
}

static void fill_pool(struct pool *pool, struct rng *rng, u32 special_percent)
{
	for (u32 i = 0; i < POOL; i++) {
		if (rng_chance(rng, special_percent))
			pool->value[i] = specials[rng_below(rng, ARRAY_SIZE(specials))];
		else if (rng_chance(rng, special_percent))
			pool->value[i] = rng_u32(rng);
		else if (rng_chance(rng, 20))
			pool->value[i] = 0;
		else
			pool->value[i] = plain_number(rng);
	}
}

static u32 draw(const struct pool *pool, struct rng *rng)
{
	return pool->value[rng_below(rng, POOL)];
}

static u32 between(struct rng *rng, u32 low, u32 high)
{
	return low + rng_below(rng, high - low + 1);
}

static void random_dot(struct axp_job *job, struct rng *rng)
{
	job->op = AXP_OP_DOT;
	job->dot.count = between(rng, 1, 20);
	job->dot.len = between(rng, 1, rng_chance(rng, 20) ? 300 : 20);
	job->dot.act_step = rng_chance(rng, 50) ? job->dot.len : rng_below(rng, 30);
	job->dot.wgt_step = rng_chance(rng, 50) ? job->dot.len : rng_below(rng, 30);
}

static void random_gemm(struct axp_job *job, struct rng *rng)
{
	struct axp_gemm *g = &job->gemm;

	job->op = AXP_OP_GEMM;
	g->m = between(rng, 1, 12);
	g->n = between(rng, 1, rng_chance(rng, 20) ? 300 : 24);
	g->k = between(rng, 1, rng_chance(rng, 20) ? 300 : 40);
	g->flags = rng_below(rng, 4);
	if (rng_chance(rng, 30))
		g->ld_act = (g->flags & AXP_GEMM_T_ACT ? g->m : g->k) + rng_below(rng, 5);
	if (rng_chance(rng, 30))
		g->ld_wgt = (g->flags & AXP_GEMM_T_WGT ? g->k : g->n) + rng_below(rng, 5);
	if (rng_chance(rng, 30))
		g->ld_out = g->n + rng_below(rng, 5);
}

static void random_conv(struct axp_job *job, struct rng *rng, enum random_style style)
{
	struct axp_conv2d *v = &job->conv2d;
	u32 cg, og;

	job->op = AXP_OP_CONV2D;
	v->n = between(rng, 1, 3);
	v->groups = rng_chance(rng, 60) ? 1 : between(rng, 2, 6);
	cg = between(rng, 1, 6);
	og = between(rng, 1, rng_chance(rng, 20) ? 40 : 10);
	if (style == RANDOM_DEPTHWISE) {
		v->groups = between(rng, 1, 12);
		cg = 1;
		og = between(rng, 1, 2);
	}
	v->h = between(rng, 1, 12);
	v->w = between(rng, 1, 12);
	if (style == RANDOM_LARGE) {
		cg = between(rng, 8, 40);
		og = between(rng, 8, 80);
		v->n = 1;
		v->groups = between(rng, 1, 2);
		v->h = between(rng, 4, 10);
		v->w = between(rng, 4, 10);
	}
	v->c = cg * v->groups;
	v->oc = og * v->groups;
	v->stride_h = between(rng, 1, 3);
	v->stride_w = between(rng, 1, 3);
	v->dil_h = between(rng, 1, 3);
	v->dil_w = between(rng, 1, 3);
	v->pad_top = rng_below(rng, 5);
	v->pad_bottom = rng_below(rng, 5);
	v->pad_left = rng_below(rng, 5);
	v->pad_right = rng_below(rng, 5);
	do {
		v->kh = between(rng, 1, 5);
	} while (v->dil_h * (v->kh - 1) + 1 > v->h + v->pad_top + v->pad_bottom);
	do {
		v->kw = between(rng, 1, 5);
	} while (v->dil_w * (v->kw - 1) + 1 > v->w + v->pad_left + v->pad_right);
	if (rng_chance(rng, 50))
		job->flags |= AXP_JOB_KY_CI_KX;
}

static void random_shape(struct random_job *job, struct rng *rng, enum random_style style)
{
	struct axp_job *j = &job->ref.job;
	struct axp_why why;
	u32 kind = style == RANDOM_ANY ? rng_below(rng, 10) : 9;

	memset(j, 0, sizeof(*j));
	j->flags = rng_below(rng, 4);
	if (rng_chance(rng, 10))
		j->flags |= AXP_JOB_COMPLETION;
	if (kind < 2)
		random_dot(j, rng);
	else if (kind < 4)
		random_gemm(j, rng);
	else
		random_conv(j, rng, style);
	if (axp_nest_from_job(&job->nest, j, 1ull << 40, &why))
		bail_out("random shape refused: reason %u value %llu limit %llu", why.reason,
			 (unsigned long long)why.value, (unsigned long long)why.limit);
}

static void random_weights(struct random_job *job, struct rng *rng, const struct pool *pool)
{
	u64 count = job->nest.wgt_elems + rng_below(rng, 3);
	u32 nr_bias = rng_chance(rng, 60) ? (u32)job->nest.nr_bias : 0;
	u32 k = rng_chance(rng, 10) ? 0 : between(rng, 1, rng_chance(rng, 70) ? 16 : 256);
	u32 format = k == 0 ? AXP_WGT_F32 : k <= 16 && rng_chance(rng, 40) ? AXP_WGT_U4 :
		     AXP_WGT_U8;
	const void *data;
	u8 *nibbles = NULL;
	int err;

	job->codebook = calloc(256, sizeof(u32));
	job->index = calloc(count, 1);
	job->plain = calloc(count, sizeof(u32));
	job->bias = calloc(nr_bias ? nr_bias : 1, sizeof(u32));
	for (u32 i = 0; i < k; i++)
		job->codebook[i] = draw(pool, rng);
	for (u64 i = 0; i < count; i++) {
		job->index[i] = k ? (u8)rng_below(rng, k) : 0;
		/* more than 256 values in the end, the common ones hit */
		job->plain[i] = rng_chance(rng, 30) ? plain_number(rng) : draw(pool, rng);
	}
	/* ordinary sizes: a bias that FIXED can represent */
	for (u32 i = 0; i < nr_bias; i++)
		job->bias[i] = rng_chance(rng, 10) ? 0x80000000 : plain_number(rng);
	if (format == AXP_WGT_U4) {
		nibbles = calloc(count / 2 + 1, 1);
		for (u64 i = 0; i < count; i++)
			nibbles[i / 2] |= (u8)(job->index[i] << (i & 1) * 4);
	}
	data = k == 0 ? (const void *)job->plain : nibbles ? nibbles : job->index;
	err = axp_weights_create(&job->weights, NULL, format, k ? job->codebook : NULL, k, data,
				 count, nr_bias ? job->bias : NULL, nr_bias, NULL);
	if (err)
		bail_out("random weights refused: %d", err);
	free(nibbles);
	job->ref.codebook = k ? job->codebook : NULL;
	job->ref.index = job->index;
	job->ref.plain = job->plain;
	job->ref.bias = nr_bias ? job->bias : NULL;
}

/* styles of the activation side of rows */
enum row_style {
	ROWS_PREFIX,		/* sign, exponent, some mantissa bits */
	ROWS_LONG_PREFIX,	/* up to all bits: intervals */
	ROWS_TERNARY,		/* any bits of a few */
	ROWS_WIDE_TERNARY,	/* any bits: scanned */
	ROWS_SIGNIFICAND,
	ROWS_LEADING,		/* leading bits, and one more that these tell */
	ROWS_MIXED,
	NR_ROW_STYLES,
};

static u32 random_care(struct rng *rng, enum row_style style)
{
	if (rng_chance(rng, 4))
		return 0;
	switch (style) {
	case ROWS_PREFIX:
		return ~0u << between(rng, 19, 23);
	case ROWS_LONG_PREFIX:
		return ~0u << rng_below(rng, 32);
	case ROWS_TERNARY:
		return rng_u32(rng) & 0xffe80000;
	case ROWS_SIGNIFICAND:
		return ~0u << between(rng, 20, 22) & 0x7fffff;
	default:
		return rng_u32(rng) & rng_u32(rng);
	}
}

static void random_row(struct random_job *job, struct rng *rng, struct axp_row *row,
		       enum row_style style, const struct pool *acts, const struct pool *wgts)
{
	if (style == ROWS_MIXED)
		style = rng_below(rng, ROWS_MIXED);
	row->act = draw(acts, rng);
	row->wgt = job->ref.codebook ? job->codebook[rng_below(rng, job->weights->nr_centroids)] :
		   draw(wgts, rng);
	row->wgt_care = ~0u;
	if (job->spec.organisation == AXP_ORG_FLAT && rng_chance(rng, 15))
		row->wgt_care = rng_chance(rng, 20) ? 0 : rng_u32(rng) | rng_u32(rng);
	if (job->spec.accumulator == AXP_ACC_FIXED && style == ROWS_SIGNIFICAND)
		style = ROWS_PREFIX;
	row->act_care = random_care(rng, style);
	if (style == ROWS_LEADING) {
		u32 bit = 1u << (row->act >> 20 & 15);

		row->act &= ~bit;
		row->act_care = 0xfff00000 | bit;
	}
	if (style == ROWS_SIGNIFICAND)
		row->flags = AXP_ROW_SIGNIFICAND;
	if (job->spec.accumulator == AXP_ACC_FIXED) {
		s64 most = min_t(s64, job->spec.max_term, (1ll << (job->spec.word_bits - 1)) - 1);

		row->product = (u32)(s32)((s64)rng_below(rng, (u32)(2 * most + 1)) - most);
		if (rng_chance(rng, 40)) {
			bool clamped = false;
			u32 product = axp_f32_mul(row->wgt, row->act);

			row->product = (u32)axp_f32_to_fixed(product, job->spec.scale, (u32)most,
							     &clamped);
		}
	} else if (rng_chance(rng, 5)) {
		row->product = specials[rng_below(rng, ARRAY_SIZE(specials))];
	} else if (style == ROWS_SIGNIFICAND) {
		/* exact for the activation's own mantissa */
		row->product = axp_f32_mul(row->wgt, (row->act & 0x7fffff) | 0x3f800000);
	} else {
		row->product = axp_f32_mul(row->wgt, row->act);
	}
}

static void random_spec(struct random_job *job, struct rng *rng, enum row_style style)
{
	static const u32 organisations[] = {
		AXP_ORG_FLAT, AXP_ORG_BANKED, AXP_ORG_SHARED, AXP_ORG_BROADCAST
	};
	struct axp_table_spec *spec = &job->spec;
	u64 length = (u64)job->nest.cg * job->nest.kh * job->nest.kw;

	memset(spec, 0, sizeof(*spec));
	spec->lanes = 1;
	spec->word_bits = 32;
	spec->preset = AXP_PRESET_S28;
	spec->cam_class = AXP_CAM_SILICON28;
	spec->organisation = organisations[rng_below(rng, ARRAY_SIZE(organisations))];
	if (style == ROWS_SIGNIFICAND && rng_chance(rng, 50))
		spec->organisation = AXP_ORG_SIGNIFICAND;
	if (spec->organisation >= AXP_ORG_SHARED)
		spec->lanes = between(rng, 1, 20);
	if (style < ROWS_SIGNIFICAND && rng_chance(rng, 40)) {
		u64 most = (S32_MAX - (1u << 20)) / length;

		if (rng_chance(rng, 50))
			most = min_t(u64, most, 5000);
		spec->accumulator = AXP_ACC_FIXED;
		spec->word_bits = 8 * between(rng, 1, 4);
		/* biases are below 16 in magnitude: 2^20 units at most */
		spec->scale = (s32)between(rng, 0, 22) - 6;
		spec->max_term = (u32)(1 + rng_u64(rng) % most);
	}
}

/* rows, with a grid of patterns x centroids so that a shared search can be right */
static u32 random_rows(struct random_job *job, struct rng *rng, enum row_style style,
		       const struct pool *acts, const struct pool *wgts)
{
	u32 nr = between(rng, 0, 60);
	u32 k = job->ref.codebook ? job->weights->nr_centroids : 8;
	u32 patterns, i, n = 0;

	if (job->spec.organisation < AXP_ORG_SHARED) {
		for (i = 0; i < nr; i++)
			random_row(job, rng, &job->rows[i], style, acts, wgts);
		/* a lower row wins over a repeated one */
		for (i = 1; i < nr; i++)
			if (rng_chance(rng, 5)) {
				u32 product = job->rows[i].product;

				job->rows[i] = job->rows[rng_below(rng, i)];
				if (job->spec.accumulator == AXP_ACC_F32)
					job->rows[i].product = product;
			}
		return nr;
	}
	k = min(k, 20u);
	patterns = between(rng, 0, 12);
	for (i = 0; i < patterns; i++) {
		struct axp_row pattern = {};

		random_row(job, rng, &pattern, style, acts, wgts);
		for (u32 j = 0; j < k; j++) {
			struct axp_row *row = &job->rows[n++];

			random_row(job, rng, row, style, acts, wgts);
			row->act = pattern.act;
			row->act_care = pattern.act_care;
			row->flags = pattern.flags;
			row->wgt = job->ref.codebook ? job->codebook[j] : wgts->value[j];
		}
	}
	return n;
}

static void random_table(struct random_job *job, struct rng *rng, const struct pool *acts,
			 const struct pool *wgts)
{
	static const struct axp_limits limits = AXP_LIMITS_DEFAULT;
	static const char *const names[] = {
		"prefix", "long prefix", "ternary", "wide ternary", "significand", "leading", "mixed",
	};
	enum row_style style = rng_below(rng, NR_ROW_STYLES);
	struct axp_why why = {};
	int err;

	if (rng_chance(rng, 5))
		return;
	random_spec(job, rng, style);
	job->rows = calloc(400, sizeof(*job->rows));
	job->ref.nr_rows = random_rows(job, rng, style, acts, wgts);
	job->ref.rows = job->rows;
	job->ref.spec = &job->spec;
	err = axp_image_create(&job->image, NULL, &job->spec, job->rows, job->ref.nr_rows,
			       axp_energy_preset(AXP_PRESET_S28), AXP_CAM_SILICON28, &limits, &why);
	if (err && job->spec.organisation != AXP_ORG_FLAT) {
		/* patterns may overlap: take the organisation that has no such rule */
		if (why.reason != AXP_WHY_ROW_ORDER && why.reason != AXP_WHY_ROW_SIGNIFICAND)
			bail_out("table refused: reason %u, row %u", why.reason, why.index);
		job->spec.organisation = AXP_ORG_FLAT;
		job->spec.lanes = 1;
		err = axp_image_create(&job->image, NULL, &job->spec, job->rows, job->ref.nr_rows,
				       axp_energy_preset(AXP_PRESET_S28), AXP_CAM_SILICON28,
				       &limits, &why);
	}
	if (err)
		bail_out("table refused: reason %u, row %u, value %llu, limit %llu", why.reason,
			 why.index, (unsigned long long)why.value, (unsigned long long)why.limit);
	snprintf(job->style, sizeof(job->style), "%s rows, organisation %u, accumulator %u, K %u",
		 names[style], job->spec.organisation, job->spec.accumulator,
		 job->weights->nr_centroids);
}

void random_job_make(struct random_job *job, struct rng *rng, enum random_style style)
{
	struct pool acts, wgts;
	u32 special_percent = rng_chance(rng, 60) ? 0 : 8;

	memset(job, 0, sizeof(*job));
	snprintf(job->style, sizeof(job->style), "no table");
	fill_pool(&acts, rng, special_percent);
	fill_pool(&wgts, rng, special_percent);
	random_shape(job, rng, style);
	random_weights(job, rng, &wgts);
	random_table(job, rng, &acts, &wgts);
	job->act = calloc(job->nest.act_elems, sizeof(u32));
	for (u64 i = 0; i < job->nest.act_elems; i++)
		job->act[i] = draw(&acts, rng);
	job->ref.act = job->act;
}

void random_job_free(struct random_job *job)
{
	axp_image_free(job->image);
	axp_weights_free(job->weights);
	free(job->rows);
	free(job->codebook);
	free(job->index);
	free(job->plain);
	free(job->bias);
	free(job->act);
}
