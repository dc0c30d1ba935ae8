// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "random.h"
#include "tap.h"

enum kind {
	PLAIN,		/* no table */
	PREFIX,		/* rows over sign and exponent */
	MANTISSA,	/* significand rows */
};

/* a layer; kh 0: not a convolution */
struct recipe {
	const char *name;
	enum kind kind;
	uint32_t organisation, accumulator, lanes, k, flags;
	uint32_t oc, cg, groups, h, w, kh, kw, stride, dil, pad[4];
};

#define GATE	(AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT)

static const struct recipe recipes[] = {
	{ "shared", PREFIX, AXP_ORG_SHARED, AXP_ACC_F32, 16, 16, GATE,
	  20, 6, 1, 9, 8, 3, 3, 1, 1, { 1, 1, 1, 1 } },
	{ "banked", PREFIX, AXP_ORG_BANKED, AXP_ACC_F32, 1, 7, AXP_JOB_GATE_ACT,
	  6, 3, 2, 11, 7, 3, 2, 2, 1, { 0, 1, 2, 0 } },
	{ "flat", PREFIX, AXP_ORG_FLAT, AXP_ACC_F32, 1, 4, 0,
	  5, 1, 5, 8, 9, 3, 3, 1, 2, { 2, 2, 2, 2 } },
	{ "order", PREFIX, AXP_ORG_SHARED, AXP_ACC_F32, 3, 16, AXP_JOB_GATE_ACT | AXP_JOB_KY_CI_KX,
	  7, 5, 1, 6, 6, 3, 3, 1, 1, { 1, 1, 1, 1 } },
	{ "fixed", PREFIX, AXP_ORG_SHARED, AXP_ACC_FIXED, 8, 16, GATE,
	  10, 64, 1, 1, 1, 0, 0, 0, 0, { 0, 0, 0, 0 } },
	{ "fixedconv", PREFIX, AXP_ORG_BANKED, AXP_ACC_FIXED, 1, 9, AXP_JOB_GATE_ACT,
	  4, 4, 2, 7, 7, 3, 3, 1, 1, { 1, 1, 1, 1 } },
	{ "significand", MANTISSA, AXP_ORG_SIGNIFICAND, AXP_ACC_F32, 16, 16, AXP_JOB_GATE_ACT,
	  33, 40, 1, 1, 1, 0, 0, 0, 0, { 0, 0, 0, 0 } },
	{ "broadcast", PREFIX, AXP_ORG_BROADCAST, AXP_ACC_FIXED, 4, 8, GATE,
	  10, 5, 1, 6, 7, 3, 3, 1, 1, { 1, 1, 1, 1 } },
	{ "plain", PLAIN, 0, 0, 0, 0, 0,
	  8, 12, 1, 6, 6, 3, 3, 1, 1, { 1, 1, 1, 1 } },
	{ "plaingemm", PLAIN, 0, 0, 0, 0, 0,
	  9, 31, 1, 1, 1, 0, 0, 0, 0, { 0, 0, 0, 0 } },
};

const unsigned int nr_fixtures = sizeof(recipes) / sizeof(recipes[0]);

#define SCALE		12
#define MAX_TERM	(1 << 20)

static void *zeros(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		bail_out("no memory for %zu * %zu bytes", n, size);
	return p;
}

static uint32_t bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static float float_of(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* -1 to 1 in steps of 2^-23 */
static float uniform(struct rng *rng)
{
	return (float)((int32_t)rng_below(rng, (1u << 24) + 1) - (1 << 23)) * 0x1p-23f;
}

/* the nearest unit, ties to even */
static int32_t to_fixed(float x, bool *clamped)
{
	double units = nearbyint(ldexp(x, SCALE));

	*clamped = isnan(units) || fabs(units) > MAX_TERM;
	if (isnan(units))
		return 0;
	if (units > MAX_TERM)
		return MAX_TERM;
	return units < -MAX_TERM ? -MAX_TERM : (int32_t)units;
}

/* --- the definition --- */

static const struct axp_row *match(const struct axp_assoc *assoc, uint32_t w, uint32_t a)
{
	uint32_t exponent = a >> 23 & 0xff;
	uint32_t i;

	for (i = 0; assoc && i < assoc->nr_rows; i++) {
		const struct axp_row *r = &assoc->rows[i];

		if ((a ^ r->act) & r->act_care || (w ^ r->wgt) & r->wgt_care)
			continue;
		if (r->flags & AXP_ROW_SIGNIFICAND && (!exponent || exponent == 255))
			continue;
		return r;
	}
	return NULL;
}

/* an accumulator of either kind */
struct sum {
	float f32;
	int64_t fixed;
};

static void mac(struct fixture *f, struct sum *sum, float w, float a)
{
	const struct axp_assoc *assoc = f->layer.assoc;
	struct axp_counters *c = &f->counters;
	uint32_t flags = assoc ? assoc->job_flags : 0;
	bool fixed = assoc && assoc->spec.accumulator == AXP_ACC_FIXED;
	volatile float exact = w * a;
	const struct axp_row *row;
	volatile float product;
	bool clamped;
	int32_t term;

	c->macs++;
	c->zero_act += a == 0;
	if ((flags & AXP_JOB_GATE_ACT && a == 0) || (flags & AXP_JOB_GATE_WGT && w == 0)) {
		c->gated++;
		return;
	}
	row = match(assoc, bits_of(w), bits_of(a));
	if (assoc && assoc->spec.organisation <= AXP_ORG_BANKED)
		c->searches++;
	if (fixed) {
		term = to_fixed(exact, &clamped);
		if (!row) {
			c->misses++;
			c->clamped += clamped;
		} else if (!clamped && (int32_t)row->product == term) {
			c->hits_exact++;
		} else {
			c->hits_approx++;
		}
		sum->fixed += row ? (int32_t)row->product : term;
		return;
	}
	product = exact;
	if (row) {
		product = float_of(row->product);
		if (row->flags & AXP_ROW_SIGNIFICAND)
			product *= float_of(bits_of(a) & 0xff800000);
		if (bits_of(product) == bits_of(exact))
			c->hits_exact++;
		else
			c->hits_approx++;
	} else {
		c->misses++;
	}
	sum->f32 += product;
}

/* one tap: input channel @ci of group @g, kernel cell (@ky, @kx) */
static void tap(struct fixture *f, struct sum *sum, uint32_t b, uint32_t o, uint32_t y,
		uint32_t x, uint32_t ky, uint32_t kx, uint32_t ci)
{
	const struct axp_layer *l = &f->layer;
	const struct axp_layer_shape *s = &f->shape;
	uint32_t og = l->oc / l->groups;
	int64_t iy = (int64_t)y * l->stride_h + (int64_t)ky * l->dil_h - l->pad_top;
	int64_t ix = (int64_t)x * l->stride_w + (int64_t)kx * l->dil_w - l->pad_left;
	uint64_t at;

	if (iy < 0 || ix < 0 || iy >= s->h || ix >= s->w)
		return;
	at = ((uint64_t)b * s->c + o / og * l->cg + ci) * s->h * s->w + (uint64_t)iy * s->w +
	     (uint64_t)ix;
	/* one search serves the lanes, whatever their weights: the first of them asks */
	if (l->assoc && l->assoc->spec.organisation >= AXP_ORG_SHARED &&
	    o % og % l->assoc->spec.lanes == 0 &&
	    !(l->assoc->job_flags & AXP_JOB_GATE_ACT && f->in[at] == 0))
		f->counters.searches++;
	mac(f, sum, l->weights[(((uint64_t)o * l->cg + ci) * l->kh + ky) * l->kw + kx],
	    f->in[at]);
}

static float output(struct fixture *f, uint32_t b, uint32_t o, uint32_t y, uint32_t x)
{
	const struct axp_layer *l = &f->layer;
	const struct axp_assoc *assoc = l->assoc;
	bool ci_first = assoc && assoc->job_flags & AXP_JOB_KY_CI_KX;
	uint32_t n1 = ci_first ? l->cg : l->kw, n2 = ci_first ? l->kw : l->cg;
	struct sum sum = { .f32 = l->bias[o] };
	uint32_t ky, i, j;
	bool clamped;

	sum.fixed = to_fixed(l->bias[o], &clamped);
	for (ky = 0; ky < l->kh; ky++)
		for (i = 0; i < n1; i++)
			for (j = 0; j < n2; j++)
				tap(f, &sum, b, o, y, x, ky, ci_first ? j : i, ci_first ? i : j);
	f->counters.outputs++;
	if (assoc && assoc->spec.accumulator == AXP_ACC_FIXED)
		return (float)sum.fixed * 0x1p-12f;
	return sum.f32;
}

/* --- making one --- */

static void fill_rows(struct axp_assoc *assoc, const struct recipe *r)
{
	uint32_t patterns = assoc->nr_rows / assoc->k;
	uint32_t p, j;

	for (p = 0; p < patterns; p++)
		for (j = 0; j < assoc->k; j++) {
			struct axp_row *row = &assoc->rows[p * assoc->k + j];
			float w = assoc->codebook[j];
			bool clamped;

			row->wgt = bits_of(w);
			row->wgt_care = 0xffffffff;
			if (r->kind == MANTISSA) {
				row->act = p << 20;
				row->act_care = 0x00700000;
				row->flags = AXP_ROW_SIGNIFICAND;
				row->product = bits_of(w * (1 + ((float)p + 0.5f) / 8));
				continue;
			}
			row->act = (129 - p) << 23;
			row->act_care = 0xff800000;
			w *= ldexpf(1.5f, 2 - (int)p);
			row->product = r->accumulator == AXP_ACC_FIXED ?
				(uint32_t)to_fixed(w, &clamped) : bits_of(w);
		}
}

static struct axp_assoc *make_assoc(const struct recipe *r, uint64_t nr_weights, float *weights,
				    struct rng *rng)
{
	uint32_t patterns = r->kind == MANTISSA ? 8 : 10;
	struct axp_assoc *assoc = axp_assoc_new(nr_weights, patterns * r->k);
	uint64_t i;

	if (!assoc)
		bail_out("no memory for a table");
	assoc->k = r->k;
	/* 0, then both signs of ever larger ones */
	for (i = 0; i < r->k; i++)
		assoc->codebook[i] = (float)((i + 1) / 2) * (i & 1 ? 0.117f : -0.101f) + 0.0f;
	for (i = 0; i < nr_weights; i++) {
		assoc->index[i] = (uint8_t)rng_below(rng, r->k);
		weights[i] = assoc->codebook[assoc->index[i]];
	}
	assoc->spec = (struct axp_table_spec){
		.accumulator = r->accumulator,
		.organisation = r->organisation,
		.lanes = r->lanes,
		.word_bits = 32,
		.preset = AXP_PRESET_S28,
		.cam_class = AXP_CAM_SILICON28,
	};
	if (r->accumulator == AXP_ACC_FIXED) {
		assoc->spec.scale = SCALE;
		assoc->spec.max_term = MAX_TERM;
	}
	assoc->job_flags = r->flags;
	fill_rows(assoc, r);
	return assoc;
}

void fixture_make(struct fixture *f, unsigned int i, uint32_t n)
{
	const struct recipe *r = &recipes[i];
	struct axp_layer *l = &f->layer;
	struct axp_layer_shape *s = &f->shape;
	struct rng rng = { i };
	uint32_t b, o, y, x;
	uint64_t at;

	memset(f, 0, sizeof(*f));
	*l = (struct axp_layer){
		.name = (char *)r->name, .op = r->kh ? "Conv" : "Gemm", .is_conv = r->kh,
		.oc = r->oc, .cg = r->cg, .groups = r->groups,
		.kh = r->kh ? r->kh : 1, .kw = r->kw ? r->kw : 1,
		.stride_h = r->stride ? r->stride : 1, .stride_w = r->stride ? r->stride : 1,
		.dil_h = r->dil ? r->dil : 1, .dil_w = r->dil ? r->dil : 1,
		.pad_top = r->pad[0], .pad_bottom = r->pad[1],
		.pad_left = r->pad[2], .pad_right = r->pad[3],
	};
	*s = (struct axp_layer_shape){
		.n = n, .c = r->groups * r->cg, .h = r->h, .w = r->w,
		.oh = (r->h + r->pad[0] + r->pad[1] - l->dil_h * (l->kh - 1) - 1) / l->stride_h + 1,
		.ow = (r->w + r->pad[2] + r->pad[3] - l->dil_w * (l->kw - 1) - 1) / l->stride_w + 1,
	};
	l->nr_weights = (uint64_t)l->oc * l->cg * l->kh * l->kw;
	l->weights = zeros(l->nr_weights, sizeof(float));
	l->bias = zeros(l->oc, sizeof(float));
	for (o = 0; o < l->oc; o++)
		l->bias[o] = uniform(&rng);
	if (r->kind == PLAIN)
		for (at = 0; at < l->nr_weights; at++)
			l->weights[at] = uniform(&rng);
	else
		l->assoc = make_assoc(r, l->nr_weights, l->weights, &rng);

	f->nr_in = n * axp_layer_in_elems(s);
	f->in = zeros(f->nr_in, sizeof(float));
	for (at = 0; at < f->nr_in; at++) {
		uint32_t dice = rng_below(&rng, 10);

		/* as after a Relu, with some negative, some on a row's value */
		if (dice < 4)
			f->in[at] = dice ? 0.0f : -0.0f;
		else if (dice < 5)
			f->in[at] = 1.5f;
		else
			f->in[at] = uniform(&rng) * 4 + 2;
	}
	f->nr_out = n * axp_layer_out_elems(l, s);
	f->want = zeros(f->nr_out, sizeof(float));
	at = 0;
	for (b = 0; b < n; b++)
		for (o = 0; o < l->oc; o++)
			for (y = 0; y < s->oh; y++)
				for (x = 0; x < s->ow; x++)
					f->want[at++] = output(f, b, o, y, x);
}

void fixture_free(struct fixture *f)
{
	axp_assoc_free(f->layer.assoc);
	free(f->layer.weights);
	free(f->layer.bias);
	free(f->in);
	free(f->want);
}

bool stats_equal(const struct axp_stats *a, const struct axp_stats *b)
{
	struct axp_stats left = *a, right = *b;

	left.queue_ns = right.queue_ns = 0;
	left.busy_ns = right.busy_ns = 0;
	return !memcmp(&left, &right, sizeof(left));
}
