// SPDX-License-Identifier: BSD-2-Clause
/*
 * Vectors of the self-test: small jobs of every operation, organisation and
 * accumulator. The answers are those of the definition (lib/tests/reference.c);
 * lib/tests/test_selftest.c compares them.
 */
#include "selftest.h"
#include "softfp.h"

#define PREFIX_CARE	0xffe00000u	/* sign, exponent, two bits of the mantissa */
#define MANTISSA_CARE	0x00600000u
#define NR_PATTERNS	12
#define POOL		24
#define SCALE		10
#define MAX_TERM	6000

/**
 * struct recipe - what a vector is made of
 * @name: of the vector
 * @op: operation
 * @organisation: AXP_ORG_*
 * @table: has one
 * @fixed: AXP_ACC_FIXED, 16 bit words
 * @flags: of the job
 * @shape: conv2d: n, c, h, w, oc, k, groups, stride, dilation, padding; gemm: m, n, k;
 *	dot: count, len
 * @digest: of the results
 * @counters: macs to outputs
 */
struct recipe {
	const char *name;
	u32 op;
	u32 organisation;
	bool table;
	bool fixed;
	u32 flags;
	u32 shape[10];
	u64 digest;
	u64 counters[9];
};

#define GATES	(AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT)

static const struct recipe recipes[] = {
	{ "multiplier", AXP_OP_DOT, 0, false, false, 0, { 9, 61 },
	  0x0be5ef430da67579u, { 549, 0, 99, 0, 0, 549, 0, 0, 9 } },
	{ "flat", AXP_OP_GEMM, AXP_ORG_FLAT, true, false, 0, { 7, 9, 40 },
	  0xc4fdc1f3060f9fb2u, { 2520, 0, 486, 183, 1509, 828, 2520, 0, 63 } },
	{ "banked", AXP_OP_GEMM, AXP_ORG_BANKED, true, false, AXP_JOB_GATE_ACT, { 5, 20, 33 },
	  0x40e210a95fdcfdc2u, { 3300, 460, 460, 151, 1349, 1340, 2840, 0, 100 } },
	{ "shared", AXP_OP_CONV2D, AXP_ORG_SHARED, true, false, GATES,
	  { 2, 5, 7, 9, 10, 3, 1, 1, 1, 1 },
	  0x85b405eb3a0585d1u, { 47500, 14245, 9060, 0, 21513, 11742, 11532, 0, 1260 } },
	{ "significand", AXP_OP_GEMM, AXP_ORG_SIGNIFICAND, true, false, AXP_JOB_GATE_ACT,
	  { 8, 17, 31 },
	  0xd614fc758a7ae7e0u, { 4216, 663, 663, 509, 2857, 187, 1045, 0, 136 } },
	{ "broadcast", AXP_OP_CONV2D, AXP_ORG_BROADCAST, true, false, GATES | AXP_JOB_KY_CI_KX,
	  { 1, 6, 11, 8, 9, 3, 3, 2, 2, 2 },
	  0xaff23ec6e0b5e4d8u, { 2880, 665, 327, 0, 1600, 615, 851, 0, 216 } },
	{ "fixed", AXP_OP_GEMM, AXP_ORG_SHARED, true, true, AXP_JOB_GATE_ACT, { 6, 12, 48 },
	  0xda61571dbbfeb0edu, { 3456, 552, 552, 348, 1896, 660, 726, 170, 72 } },
	{ "depthwise", AXP_OP_CONV2D, AXP_ORG_BANKED, true, true, 0,
	  { 1, 12, 10, 10, 12, 5, 12, 1, 1, 2 },
	  0xa21ef639110af11fu, { 23232, 0, 3956, 5680, 12549, 5003, 23232, 633, 1200 } },
};

u32 axp_nr_vectors(void)
{
	return ARRAY_SIZE(recipes);
}

u64 axp_vector_digest(const u32 *out, u64 n)
{
	u64 hash = 0xcbf29ce484222325u;
	u64 i;
	u32 byte;

	for (i = 0; i < n; i++)
		for (byte = 0; byte < 4; byte++)
			hash = (hash ^ (out[i] >> 8 * byte & 0xff)) * 0x100000001b3u;
	return hash;
}

/* SplitMix64 */
static u32 random_below(u64 *state, u32 n)
{
	u64 z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (u32)((z ^ z >> 31) >> 32) % n;
}

/* 2^-3 to 8, of either sign */
static u32 random_number(u64 *state)
{
	return random_below(state, 2) << 31 | (124 + random_below(state, 6)) << 23 |
	       random_below(state, 1u << 23);
}

static void set_shape(struct axp_job *job, const struct recipe *r)
{
	const u32 *s = r->shape;

	job->op = r->op;
	job->flags = r->flags;
	switch (r->op) {
	case AXP_OP_DOT:
		job->dot = (struct axp_dot){ s[0], s[1], s[1], s[1] };
		break;
	case AXP_OP_GEMM:
		job->gemm = (struct axp_gemm){ .m = s[0], .n = s[1], .k = s[2],
					       .flags = AXP_GEMM_T_WGT };
		break;
	default:
		job->conv2d = (struct axp_conv2d){
			s[0], s[1], s[2], s[3], s[4], s[5], s[5], s[6], s[7], s[7], s[8], s[8],
			s[9], s[9], s[9], s[9],
		};
		break;
	}
}

/* the stored product of a centroid and what stands for a pattern */
static u32 product_of(const struct recipe *r, u32 wgt, u32 act)
{
	u32 product = axp_f32_mul(wgt, act);
	bool clamped = false;

	return r->fixed ? (u32)axp_f32_to_fixed(product, SCALE, MAX_TERM, &clamped) : product;
}

/* a grid of patterns and centroids; no activation matches two patterns */
static void make_rows(struct axp_vector *v, const struct recipe *r, const u32 *pool)
{
	u32 keys[NR_PATTERNS], nr = 0, i, j;
	bool significand = r->organisation == AXP_ORG_SIGNIFICAND;
	u32 care = significand ? MANTISSA_CARE : PREFIX_CARE;

	for (i = 0; i < POOL && nr < (significand ? 3 : NR_PATTERNS); i++) {
		u32 key = pool[i] & care;

		for (j = 0; j < nr && keys[j] != key; j++)
			;
		if (j == nr)
			keys[nr++] = key;
	}
	for (i = 0; i < nr; i++)
		for (j = 0; j < v->k; j++) {
			/* the middle of the pattern, of a significand that of 1 to 2 */
			u32 act = keys[i] | 0x00100000 | (significand ? 0x3f800000 : 0);

			v->rows[v->nr_rows++] = (struct axp_row){
				.act = keys[i], .act_care = care, .wgt = v->codebook[j],
				.wgt_care = ~0u, .product = product_of(r, v->codebook[j], act),
				.flags = significand ? AXP_ROW_SIGNIFICAND : 0,
			};
		}
	v->spec = (struct axp_table_spec){
		.accumulator = r->fixed ? AXP_ACC_FIXED : AXP_ACC_F32,
		.organisation = r->organisation, .word_bits = r->fixed ? 16 : 32,
		.lanes = r->organisation == AXP_ORG_FLAT || r->organisation == AXP_ORG_BANKED ?
			 1 : 4,
		.scale = r->fixed ? SCALE : 0, .max_term = r->fixed ? MAX_TERM : 0,
		.preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
	};
}

void axp_vector_make(struct axp_vector *v, u32 number)
{
	static const u32 specials[] = {
		0x7f800000, 0xff800000, 0x7fc12345, 0x00000001, 0x807fffff, 0x80000000,
		0x7f7fffff, 0x00800000,
	};
	const struct recipe *r = &recipes[number];
	u64 state = number + 1;
	u32 pool[POOL];
	u64 i;

	memset(v, 0, sizeof(*v));
	v->name = r->name;
	set_shape(&v->job, r);
	if (axp_nest_from_job(&v->nest, &v->job, 1u << 20, NULL))
		return;
	for (i = 0; i < POOL; i++)
		pool[i] = i % 6 == 5 ? 0 : random_number(&state);
	v->k = r->table ? AXP_VECTOR_CENTROIDS : 0;
	for (i = 0; i < v->k; i++)
		v->codebook[i] = i ? random_number(&state) : 0;
	v->nr_weights = v->nest.wgt_elems;
	for (i = 0; i < v->nr_weights; i++) {
		v->index[i] = (u8)random_below(&state, AXP_VECTOR_CENTROIDS);
		v->plain[i] = random_number(&state);
	}
	v->nr_bias = (u32)v->nest.nr_bias;
	for (i = 0; i < v->nr_bias; i++)
		v->bias[i] = random_number(&state);
	for (i = 0; i < v->nest.act_elems; i++) {
		v->act[i] = pool[random_below(&state, POOL)];
		/* what only the multiplier sees */
		if (!r->table && !(i % 29))
			v->act[i] = specials[i / 29 % ARRAY_SIZE(specials)];
	}
	if (r->table)
		make_rows(v, r, pool);
	v->digest = r->digest;
	v->counters = (struct axp_counters){
		.macs = r->counters[0], .gated = r->counters[1], .zero_act = r->counters[2],
		.hits_exact = r->counters[3], .hits_approx = r->counters[4],
		.misses = r->counters[5], .searches = r->counters[6],
		.clamped = r->counters[7], .outputs = r->counters[8],
	};
}
