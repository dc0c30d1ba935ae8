// SPDX-License-Identifier: BSD-2-Clause
/*
 * Vector engines against softfp, on plans they have a fast form for: results
 * and counters bit for bit, over shapes, tables and cuts that reach each path.
 */
#include <math.h>

#include "engines.h"
#include "plan_internal.h"
#include "random.h"
#include "tap.h"

#define ROUNDS	28	/* tests */
#define PLANE_ROUNDS	16	/* likewise, of FIXED planes */
#define ROUNDED_ROUNDS	12	/* likewise, of FIXED words that are computed */
#define LIST_ROUNDS	8	/* likewise, of many channels, many zeros */
#define JOBS	50	/* jobs of a test */
#define MAX_ROWS	40000
#define MAX_MACS	600000

static struct axp_row rows[MAX_ROWS];
/* whose products they are */
static u32 reps[MAX_ROWS];

/* what the jobs have reached */
static struct {
	u32 leading, leading_rows;
	u32 fast, planar, flat, exact, mixed_exact, channels, planes, shares, power,
	    search, stride, gate_wgt, steps, special, misses;
	u32 usual, few, some, many, mirror, negative, scaled, squares, pairs, wide_blocks,
	    nibbles, nibbles_listed, weighed, close, close_strips, close_any, beside, across,
	    across_blocks, across_alone;
	u32 columns, columns_three, columns_made, columns_gaps, columns_direct, columns_long,
	    columns_gated, columns_plain, columns_masks;
	u32 rounded, rounded_fused, rounded_any, rounded_misses, rounded_clamped, rounded_gated,
	    rounded_many, rounded_channels, rounded_planar, rounded_flat, rounded_stride,
	    rounded_planar_gated, rounded_planar_clamped;
	u32 lists, lists_exact, lists_any, lists_channels, lists_columns, lists_stride,
	    lists_dilated, lists_blocks, lists_rest, lists_scaled;
} seen;

static float to_float(u32 bits)
{
	union { u32 bits; float value; } u = { .bits = bits };

	return u.value;
}

static u32 to_bits(float value)
{
	union { u32 bits; float value; } u = { .value = value };

	return u.bits;
}

static float uniform(struct rng *rng)
{
	return (float)rng_below(rng, 1 << 24) / (1 << 24);
}

static void *need(void *p)
{
	if (!p) {
		printf("Bail out! no memory\n");
		exit(1);
	}
	return p;
}

/*
 * A table of words centroid * representative of a class; @power: significand rows, @fixed:
 * magnitude of a FIXED word at most, 0: binary32 words; not both. @all: everything hits.
 */
static struct axp_image *make_image(struct rng *rng, const u32 *codebook, u32 k, bool power,
				    u32 fixed, bool all)
{
	struct axp_table_spec spec = {
		.organisation = power ? AXP_ORG_SIGNIFICAND : rng_below(rng, 3), .lanes = 1,
		.word_bits = 32, .preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
	};
	struct axp_limits limits = { 256, 1 << 20, 64, 1 << 20 };
	u32 bits = rng_below(rng, k > 64 ? 2 : 5);
	u32 low = 118 + rng_below(rng, 6), high = 124 + rng_below(rng, 6);
	u32 missing = rng_chance(rng, 50) ? 0 : rng_below(rng, 60);
	bool middle = rng_chance(rng, 60);
	/* products of the other sign: those of a centroid 0 are no exact hits then */
	u32 against = rng_chance(rng, 80) ? 0 : rng_chance(rng, 50) ? 100 : 10;
	u32 signs = rng_chance(rng, 40) ? 3 : 1 + rng_below(rng, 2);
	/* products are rounded to units alone */
	bool once = fixed && rng_chance(rng, 50);
	/* further bits that are compared */
	bool ternary = !power && rng_chance(rng, fixed ? 10 : 20);
	struct axp_image *image;
	struct axp_why why;
	u32 nr = 0, e, s, j, sign;

	if (fixed) {
		spec.accumulator = AXP_ACC_FIXED;
		spec.word_bits = fixed > 32766 ? 32 : 16;
		spec.scale = rng_below(rng, fixed > 32766 ? 28 : 17);
		spec.max_term = rng_chance(rng, 75) ? fixed : 1 + rng_below(rng, fixed);
	}
	if (spec.organisation != AXP_ORG_FLAT && spec.organisation != AXP_ORG_BANKED)
		spec.lanes = 1 + rng_below(rng, 20);
	if (power) {
		low = high;
	} else if (k <= 8 && rng_chance(rng, 30)) {
		/* longer than a table of keys */
		bits = 8;
		low = high - 1;
	}
	for (sign = 0; sign < (power ? 1 : 2); sign++)
		for (e = low; e <= high; e++)
			for (s = 0; s < 1u << bits; s++) {
				u32 act = sign << 31 | e << 23 | s << (23 - bits);
				u32 rep = act | (middle ? 1u << (22 - bits) :
						 rng_below(rng, 1u << (23 - bits)));
				u32 care = ~0u << (23 - bits);
				u32 more = ternary ? 1u << rng_below(rng, 12) : 0;

				if ((!power && !(signs >> sign & 1)) ||
				    rng_chance(rng, missing) || nr + 2 * k > MAX_ROWS)
					continue;
				if (power) {
					act &= 0x7fffff;
					care &= 0x7fffff;
					rep = (rep & 0x7fffff) | 0x3f800000;
				}
				if (rng_chance(rng, against))
					rep ^= AXP_F32_SIGN;
				for (j = 0; j < k; j++) {
					reps[nr] = rep;
					rows[nr++] = (struct axp_row) {
						.act = act, .act_care = care | more,
						.wgt = codebook[j], .wgt_care = ~0u,
						.product = axp_f32_mul(codebook[j], rep),
						.flags = power ? AXP_ROW_SIGNIFICAND : 0,
					};
				}
			}
	/* zero, alone or with all that is small */
	e = rng_below(rng, 4);
	memset(reps + nr, 0, k * sizeof(*reps));
	for (j = 0; j < k && e < 2; j++)
		rows[nr++] = (struct axp_row) {
			.act_care = e || power ? ~0u : ~0u << 20,
			.wgt = codebook[j], .wgt_care = ~0u,
			.product = axp_f32_mul(codebook[j], 0),
		};
	for (j = 0; j < k && all; j++) {
		reps[nr] = to_bits(1);
		rows[nr++] = (struct axp_row) {
			.wgt = codebook[j], .wgt_care = ~0u, .product = codebook[j],
		};
	}
	if (power && e < 2)
		spec.organisation = AXP_ORG_BANKED;
	if (spec.organisation == AXP_ORG_BANKED)
		spec.lanes = 1;
	for (j = 0; j < nr && fixed; j++) {
		double word = rint(ldexp((double)to_float(rows[j].wgt) * to_float(reps[j]),
					 spec.scale));
		bool clamped = false;

		/* as axp compile does it */
		if (once && fabs(word) <= spec.max_term) {
			rows[j].product = (u32)(s32)word;
			continue;
		}
		rows[j].product = (u32)axp_f32_to_fixed(rows[j].product, spec.scale,
							spec.max_term, &clamped);
	}
	if (axp_image_create(&image, NULL, &spec, rows, nr, axp_energy_preset(AXP_PRESET_S28),
			     AXP_CAM_SILICON28, &limits, &why)) {
		printf("Bail out! table refused: reason %u\n", why.reason);
		exit(1);
	}
	return image;
}

/* lanes are positions, and output rows are as long as input rows: padding or no kernel */
static void make_close(struct rng *rng, struct axp_conv2d *c)
{
	u32 across, down;
	bool usual = rng_chance(rng, 50);

	c->n = 1 + rng_below(rng, 2);
	c->groups = 1 + rng_below(rng, 12);
	c->c = c->groups * (rng_chance(rng, 80) ? 1 : 1 + rng_below(rng, 3));
	c->oc = c->groups * (rng_chance(rng, 80) ? 1 : 1 + rng_below(rng, 3));
	c->h = 1 + rng_below(rng, 30);
	c->w = 1 + rng_below(rng, rng_chance(rng, 50) ? 20 : 80);
	c->kh = usual ? 3 : 1 + rng_below(rng, 5);
	c->kw = usual ? 3 : 1 + rng_below(rng, 5);
	c->stride_h = 1;
	c->stride_w = 1;
	c->dil_h = rng_chance(rng, 80) ? 1 : 1 + rng_below(rng, 3);
	c->dil_w = rng_chance(rng, 80) ? 1 : 1 + rng_below(rng, 3);
	across = (c->kw - 1) * c->dil_w;
	down = (c->kh - 1) * c->dil_h;
	c->pad_left = rng_chance(rng, 66) ? across / 2 : rng_below(rng, across + 1);
	c->pad_right = across - c->pad_left;
	c->pad_top = rng_chance(rng, 66) ? down / 2 : rng_below(rng, down + 1);
	c->pad_bottom = rng_chance(rng, 66) ? down - c->pad_top : rng_below(rng, 3);
}

/* rows longer than a vector, of one block of 16 channels or several */
static void make_rows(struct rng *rng, struct axp_conv2d *c)
{
	c->groups = 1 + rng_below(rng, 2);
	c->c = c->groups * (1 + rng_below(rng, 4));
	c->oc = c->groups * (9 + rng_below(rng, rng_chance(rng, 50) ? 8 : 40));
	c->kh = 1 + rng_below(rng, 2);
	c->kw = 1 + rng_below(rng, 3);
	c->pad_left = rng_below(rng, c->kw);
	c->pad_right = c->kw - 1 - c->pad_left;
	c->n = 1;
	c->h = 1 + rng_below(rng, 4);
	c->w = rng_chance(rng, 33) ? 32 : 12 + rng_below(rng, 60);
	c->stride_h = 1;
	c->stride_w = rng_chance(rng, 75) ? 1 : 2;
	c->dil_h = 1;
	c->dil_w = 1;
}

/* many output channels, which zero multipliers are left out for */
static void make_many(struct rng *rng, struct axp_conv2d *c)
{
	c->groups = rng_chance(rng, 80) ? 1 : 2;
	c->c = c->groups * (1 + rng_below(rng, rng_chance(rng, 60) ? 50 : 300));
	c->oc = c->groups * (64 + rng_below(rng, rng_chance(rng, 50) ? 1 : 150));
	c->kh = 1 + rng_below(rng, 3);
	c->kw = 1 + rng_below(rng, rng_chance(rng, 75) ? 3 : 7);
	c->pad_top = rng_below(rng, 2);
	c->pad_left = rng_below(rng, 3);
	c->pad_bottom = rng_below(rng, 2);
	c->pad_right = rng_below(rng, 3);
	c->n = 1 + rng_below(rng, 2);
	c->h = 1 + rng_below(rng, 6);
	c->w = 2 + rng_below(rng, rng_chance(rng, 80) ? 8 : 40);
	c->stride_h = rng_chance(rng, 66) ? 1 : 1 + rng_below(rng, 3);
	c->stride_w = rng_chance(rng, 66) ? 1 : 1 + rng_below(rng, 3);
	c->dil_h = rng_chance(rng, 80) ? 1 : 2;
	c->dil_w = rng_chance(rng, 80) ? 1 : 2;
}

static void make_shape(struct rng *rng, struct axp_job *job)
{
	struct axp_conv2d *c = &job->conv2d;
	u32 cg, og, tiny = rng_chance(rng, 50);

	memset(job, 0, sizeof(*job));
	if (rng_chance(rng, 25)) {
		struct axp_gemm *g = &job->gemm;

		job->op = AXP_OP_GEMM;
		g->m = rng_chance(rng, 40) ? 1 : 1 + rng_below(rng, tiny ? 3 : 40);
		g->n = 1 + rng_below(rng, tiny ? 20 : 300);
		g->k = 1 + rng_below(rng, 80);
		g->flags = rng_below(rng, 4);
		g->ld_act = (g->flags & AXP_GEMM_T_ACT ? g->m : g->k) + rng_below(rng, 3);
		g->ld_wgt = (g->flags & AXP_GEMM_T_WGT ? g->k : g->n) + rng_below(rng, 2);
		g->ld_out = g->n + rng_below(rng, 3);
		return;
	}
	job->op = AXP_OP_CONV2D;
	if (rng_chance(rng, 20)) {
		make_close(rng, c);
		if (rng_chance(rng, 50))
			job->flags |= AXP_JOB_KY_CI_KX;
		return;
	}
	if (rng_chance(rng, 33)) {
		make_rows(rng, c);
		if (rng_chance(rng, 50))
			job->flags |= AXP_JOB_KY_CI_KX;
		return;
	}
	c->groups = rng_chance(rng, 66) ? 1 : 1 + rng_below(rng, 9);
	cg = 1 + rng_below(rng, tiny ? 3 : 20);
	og = 1 + rng_below(rng, rng_chance(rng, 66) ? 80 : 3);
	if (rng_chance(rng, 25)) {
		c->groups = 1 + rng_below(rng, 40);
		cg = 1;
		og = 1;
	}
	c->c = c->groups * cg;
	c->oc = c->groups * og;
	if (rng_chance(rng, 66)) {
		c->kh = 1 + rng_below(rng, 5);
		c->kw = 1 + rng_below(rng, 5);
		c->pad_top = rng_below(rng, 3);
		c->pad_left = rng_below(rng, 3);
		c->pad_bottom = rng_below(rng, 3);
		c->pad_right = rng_below(rng, 3);
	} else {
		c->kh = 1;
		c->kw = 1;
	}
	c->n = 1 + rng_below(rng, 3);
	c->h = 1 + rng_below(rng, rng_chance(rng, 80) ? 14 : 40);
	c->w = 1 + rng_below(rng, rng_chance(rng, 80) ? 18 : 80);
	c->stride_h = rng_chance(rng, 50) ? 1 : 1 + rng_below(rng, 3);
	c->stride_w = rng_chance(rng, 50) ? 1 : 1 + rng_below(rng, 3);
	c->dil_h = rng_chance(rng, 66) ? 1 : 1 + rng_below(rng, 3);
	c->dil_w = rng_chance(rng, 66) ? 1 : 1 + rng_below(rng, 3);
	/* one position of many channels */
	if (c->kh == 1 && c->kw == 1 && rng_chance(rng, 15)) {
		c->h = 1 + rng_below(rng, c->stride_h);
		c->w = 1 + rng_below(rng, c->stride_w);
		c->oc = c->groups * (100 + rng_below(rng, 200));
	}
	if (rng_chance(rng, 50))
		job->flags |= AXP_JOB_KY_CI_KX;
}

static u32 make_centroid(struct rng *rng, u32 bits, u32 zeros)
{
	u32 c = to_bits((uniform(rng) - 0.5f) * 2);

	c &= ~0u << (24 - bits);
	if (rng_chance(rng, zeros))
		c = rng_below(rng, 2) << 31;
	if (rng_chance(rng, 1))
		c = to_bits(to_float(c) * 1e-38f);
	return c;
}

/* @most: many zeros */
static void make_act(struct rng *rng, u32 *act, u64 nr, bool most)
{
	static const u32 specials[] = {
		0x7f800000, 0xff800000, 0x7fc12345, 1, 0x80000005, 0x7f7fffff, 0x00800000,
		0x0c000000, 0x7f000000, 0x80000000,
	};
	bool special = rng_chance(rng, 15), grid = rng_chance(rng, 33);
	u32 zeros = most ? 50 + rng_below(rng, 45) : rng_below(rng, 80);
	u64 i;

	seen.special += special;
	for (i = 0; i < nr; i++) {
		float a = uniform(rng) * 2.5f;

		if (grid)
			a = (float)(int)(a * 32) / 32;
		act[i] = to_bits(rng_chance(rng, 15) ? -a : a);
		if (rng_chance(rng, zeros))
			act[i] = rng_chance(rng, 95) ? 0 : AXP_F32_SIGN;
		if (special && rng_chance(rng, 3))
			act[i] = specials[rng_below(rng, ARRAY_SIZE(specials))];
	}
}

static void run(const struct axp_engine *engine, const struct axp_plan *plan,
		const struct axp_io *io, struct axp_counters *c)
{
	size_t bytes = (axp_plan_scratch_bytes(plan) + 63) & ~(size_t)63;
	void *scratch = need(aligned_alloc(64, bytes ? bytes : 64));
	u32 tile, steps;

	memset(scratch, 0xa5, bytes);
	memset(c, 0, sizeof(*c));
	for (tile = axp_plan_nr_tiles(plan); tile--;) {
		struct axp_cursor cursor = { .tile = tile };

		for (steps = 1; !engine->step(plan, io, &cursor, scratch, c); steps++)
			seen.steps += steps == 3;
	}
	free(scratch);
}

static void look_rounded(const struct axp_fast *f, const struct axp_counters *c)
{
	const struct axp_fast_rows *r = f->rows;

	seen.rounded++;
	seen.rounded_fused += r->fused && !c->misses;
	seen.rounded_any += !r->fused && !c->misses;
	seen.rounded_misses += c->misses && c->misses < c->macs && !c->clamped;
	seen.rounded_clamped += c->clamped && !f->planar;
	seen.rounded_gated += f->gate_wgt && !f->planar;
	seen.rounded_many += r->chunks > 1;
	seen.rounded_channels += !f->planar && f->nest.kh == 1 && f->nest.kw == 1 &&
			       f->nest.oh == 1 && f->nest.act_c == 1 && f->nest.cg > 1;
	seen.rounded_planar += f->planar && !f->flat;
	seen.rounded_flat += f->flat;
	seen.rounded_stride += f->planar && f->nest.stride_w > 1;
	seen.rounded_planar_gated += f->planar && f->gate_wgt;
	seen.rounded_planar_clamped += f->planar && c->clamped;
}

static void look_lists(const struct axp_fast *f, const struct axp_counters *c)
{
	seen.lists++;
	seen.lists_exact += f->exact && !c->misses;
	seen.lists_any += !f->exact;
	seen.lists_channels += f->nest.cg > f->list_ci;
	seen.lists_columns += f->list_kx > 1 && f->nest.kw > f->list_kx;
	seen.lists_stride += f->nest.stride_w > 1 && f->nest.kw > 1;
	seen.lists_dilated += f->nest.dil_w > 1 && f->nest.kw > 1;
	seen.lists_blocks += f->block == AXP_FAST_BLOCK;
	seen.lists_rest += f->lanes % AXP_FAST_LIST_CHANNELS != 0;
	seen.lists_scaled += f->kind != NULL;
}

static void look(const struct axp_plan *p, const struct axp_counters *c)
{
	const struct axp_fast *f = p->fast;

	if (!f)
		return;
	if (f->rows && f->rows->rounded)
		look_rounded(f, c);
	if (f->lists && c->zero_act > c->macs / 2)
		look_lists(f, c);
	seen.fast++;
	seen.planar += f->planar;
	seen.flat += f->flat;
	if (f->close && f->rows) {
		const struct axp_fast_rows *r = f->rows;

		seen.columns++;
		seen.columns_three += f->nest.kh == 3 && f->nest.kw == 3;
		seen.columns_made += r->makes && c->misses;
		seen.columns_gaps += r->listed && c->zero_act;
		seen.columns_direct += r->column_most[0] * f->taps < 4096;
		seen.columns_long += r->column_most[0] > 32760;
		seen.columns_gated += f->gate_wgt;
		seen.columns_plain += r->listed && c->misses < c->macs / 3;
		seen.columns_masks += r->listed && f->words.nr > 32 && f->words.nr <= 64;
	}
	if (f->close && !f->rows) {
		bool three = f->nest.kh == 3 && f->nest.kw == 3 && f->nest.cg == 1;

		seen.close++;
		seen.close_any += !three;
		/* several rows at once, and what is left of them */
		seen.close_strips += three && f->row >= 32 && f->nest.dil_h == 1 &&
				     f->band > 5 && f->band % 4;
	}
	seen.exact += f->exact;
	seen.mixed_exact += f->exact && c->misses && c->misses < c->macs;
	seen.channels += !f->planar && f->nest.kh == 1 && f->nest.oh == 1 &&
			 f->nest.act_c == 1 && f->nest.act_w != 1;
	seen.planes += f->planes;
	seen.shares += f->nr_shares > 1;
	seen.power += f->kind != NULL;
	seen.search += f->key == AXP_FAST_KEY_SEARCH;
	seen.leading += f->key == AXP_FAST_KEY_LEADING && !f->rows;
	seen.leading_rows += f->key == AXP_FAST_KEY_LEADING && f->rows;
	seen.stride += f->nest.stride_w > 1;
	seen.gate_wgt += f->gate_wgt;
	seen.misses += c->misses > c->macs / 4;
	seen.wide_blocks += !f->planar && f->block == AXP_FAST_BLOCK && f->nest.ow > 1;
	seen.nibbles += f->nibbles != NULL;
	seen.nibbles_listed += f->nibbles && c->zero_act > c->macs / 4;
	if (!f->planar && !f->rows && f->block == AXP_FAST_LANES && f->nest.out_w == 1) {
		bool several = f->nr_blocks > 1;

		/* channels of two blocks; or positions in lanes, which the last vector fills or not */
		seen.beside += several && f->seg > 1 && f->seg < 24;
		seen.across += !several && f->seg % 32 >= 24;
		seen.across_blocks += several && f->seg % 32 >= 30;
		seen.across_alone += !several && f->seg > 32 && f->seg % 32 && f->seg % 32 <= 16;
	}
	if (!f->usual)
		return;
	seen.usual++;
	seen.weighed += f->zeros != NULL;
	seen.few += f->words.nr > 1 && f->words.nr <= 16;
	seen.some += f->words.nr > 32 && f->words.nr <= 64;
	seen.many += f->words.nr > 64;
	seen.mirror += f->words.sign != 0;
	seen.negative += f->words.base >= f->keys / 2;
	seen.scaled += f->words.power;
	seen.squares += !f->planar && f->nest.kh == 1 && f->nest.kw == 1 && f->nest.oh == 1 &&
			f->nest.act_c == 1 && f->nest.act_w != 1 && f->nest.ow > 1 &&
			f->nest.stride_w == 1;
	seen.pairs += f->nest.stride_w == 2;
}

/* one job on every engine; @planes: of FIXED planes; true when all agree */
/* What a job is about. */
enum about {
	ABOUT_ANY,
	ABOUT_PLANES,	/* FIXED planes */
	ABOUT_ROUNDED,	/* FIXED words that are computed */
	ABOUT_LISTS,	/* many channels, binary32 */
};

static bool try_job(struct rng *rng, u64 number, enum about about)
{
	static const char *const names[] = {
		"macs", "gated", "zero_act", "hits_exact", "hits_approx", "misses", "searches",
		"clamped", "outputs", "faults",
	};
	struct axp_plan_tuning tuning = AXP_PLAN_TUNING_DEFAULT;
	u32 k, flags, i, bits, zeros, *codebook, *bias, *act, *want, *got;
	struct axp_image *image = NULL;
	struct axp_weights *weights;
	struct axp_counters c, e;
	struct axp_plan *plan;
	struct axp_nest nest;
	struct axp_why why;
	struct axp_job job;
	bool same = true, power = rng_chance(rng, 33);
	u32 most = 32766;
	u8 *index;
	u64 n;

	do {
		if (about == ABOUT_PLANES || (about == ABOUT_ROUNDED && rng_chance(rng, 20))) {
			memset(&job, 0, sizeof(job));
			job.op = AXP_OP_CONV2D;
			make_close(rng, &job.conv2d);
			job.conv2d.c = job.conv2d.groups;
			job.conv2d.oc = job.conv2d.groups;
		} else if (about == ABOUT_LISTS) {
			memset(&job, 0, sizeof(job));
			job.op = AXP_OP_CONV2D;
			job.flags = rng_chance(rng, 20) ? AXP_JOB_KY_CI_KX : 0;
			make_many(rng, &job.conv2d);
		} else {
			make_shape(rng, &job);
		}
	} while (axp_nest_from_job(&nest, &job, MAX_MACS, &why));
	power &= about == ABOUT_ANY || about == ABOUT_LISTS;
	k = 1 + rng_below(rng, rng_chance(rng, 66) ? 16 : rng_chance(rng, 66) ? 64 : 256);
	bits = rng_chance(rng, 50) ? 12 : 24;
	zeros = rng_chance(rng, 50) ? 10 : 0;
	codebook = need(malloc(k * sizeof(u32)));
	for (i = 0; i < k; i++)
		codebook[i] = make_centroid(rng, bits, zeros);
	/* products that activations far apart have in common */
	if (rng_chance(rng, 10))
		for (i = 0; i < k; i++)
			codebook[i] = (codebook[i] & AXP_F32_SIGN) | (1 + rng_below(rng, 60));
	index = need(malloc(nest.wgt_elems));
	for (n = 0; n < nest.wgt_elems; n++)
		index[n] = (u8)rng_below(rng, k);
	bias = need(malloc(nest.nr_bias * sizeof(u32)));
	for (n = 0; n < nest.nr_bias; n++)
		bias[n] = to_bits(uniform(rng) - 0.5f);
	if (rng_chance(rng, 3))
		bias[0] = AXP_F32_SIGN;
	if (axp_weights_create(&weights, NULL, AXP_WGT_U8, codebook, k, index, nest.wgt_elems, bias,
			       rng_chance(rng, 66) ? (u32)nest.nr_bias : 0, &why)) {
		printf("Bail out! weights refused: reason %u\n", why.reason);
		exit(1);
	}
	if (about == ABOUT_ROUNDED && (u64)nest.kh * nest.kw * nest.cg < 60 &&
	    rng_chance(rng, 66))
		most = S32_MAX / 64;
	if (about == ABOUT_LISTS || (about == ABOUT_ANY && !power && !rng_chance(rng, 33)))
		most = 0;
	if (about != ABOUT_ANY || rng_chance(rng, 85))
		image = make_image(rng, codebook, k, power, power ? 0 : most,
				   about >= ABOUT_ROUNDED && !power && rng_chance(rng, 50));
	if (rng_chance(rng, 50)) {
		tuning.step_work = 1 + rng_below(rng, 3000);
		tuning.tile_work = 1 + rng_below(rng, 100000);
		tuning.max_band = 1 + rng_below(rng, 4);
		tuning.max_window = 1000 + rng_below(rng, 100000);
	}
	tuning.words = about == ABOUT_PLANES || (about == ABOUT_ANY && rng_chance(rng, 75));
	flags = rng_below(rng, 4);
	if (axp_plan_create_tuned(&plan, NULL, image, weights, &nest, flags, &tuning, &why)) {
		printf("Bail out! plan refused: reason %u\n", why.reason);
		exit(1);
	}
	act = need(malloc(nest.act_elems * sizeof(u32)));
	make_act(rng, act, nest.act_elems, about == ABOUT_LISTS);
	want = need(malloc(nest.out_elems * sizeof(u32)));
	got = need(malloc(nest.out_elems * sizeof(u32)));

	memset(want, 0xee, nest.out_elems * sizeof(u32));
	run(&axp_engine_softfp, plan, &(struct axp_io){ .act = act, .out = want }, &e);
	look(plan, &e);
	for (i = 0; axp_engines[i]; i++) {
		u32 at;

		if (axp_engines[i]->valid && !axp_engines[i]->valid())
			continue;
		memset(got, 0xee, nest.out_elems * sizeof(u32));
		run(axp_engines[i], plan, &(struct axp_io){ .act = act, .out = got }, &c);
		for (n = 0; n < nest.out_elems && got[n] == want[n]; n++)
			;
		if (n < nest.out_elems) {
			diag("job %llu, %s: result %llu is %08x, not %08x",
			     (unsigned long long)number, axp_engines[i]->name,
			     (unsigned long long)n, got[n], want[n]);
			same = false;
		}
		for (at = 0; at < ARRAY_SIZE(names); at++)
			if (((u64 *)&c)[at] != ((u64 *)&e)[at]) {
				diag("job %llu, %s: %s is %llu, not %llu",
				     (unsigned long long)number, axp_engines[i]->name, names[at],
				     (unsigned long long)((u64 *)&c)[at],
				     (unsigned long long)((u64 *)&e)[at]);
				same = false;
			}
	}
	free(got);
	free(want);
	free(act);
	axp_plan_free(plan);
	axp_image_free(image);
	axp_weights_free(weights);
	free(bias);
	free(index);
	free(codebook);
	return same;
}

/*
 * A large job with @k centroids, and one bias, on each engine against float; true when
 * all agree.
 */
static bool try_large(struct rng *rng, const struct axp_job *job, const u32 *codebook, u32 k,
		      u32 first_bias, u32 flags)
{
	struct axp_counters c, e;
	struct axp_weights *weights;
	struct axp_image *image;
	struct axp_plan *plan;
	struct axp_nest nest;
	struct axp_why why;
	u32 *act, *bias, *want, *got;
	bool same = true;
	u8 *index;
	u64 n;
	u32 i;

	if (axp_nest_from_job(&nest, job, 1 << 30, &why))
		return false;
	index = need(malloc(nest.wgt_elems));
	for (n = 0; n < nest.wgt_elems; n++)
		index[n] = (u8)rng_below(rng, k);
	bias = need(calloc(nest.nr_bias, sizeof(u32)));
	bias[0] = first_bias;
	if (axp_weights_create(&weights, NULL, AXP_WGT_U8, codebook, k, index, nest.wgt_elems, bias,
			       (u32)nest.nr_bias, &why))
		return false;
	image = make_image(rng, codebook, k, false, 0, false);
	if (axp_plan_create(&plan, NULL, image, weights, &nest, flags, &why))
		return false;
	act = need(malloc(nest.act_elems * sizeof(u32)));
	want = need(malloc(nest.out_elems * sizeof(u32)));
	got = need(malloc(nest.out_elems * sizeof(u32)));
	make_act(rng, act, nest.act_elems, false);
	run(&axp_engine_float, plan, &(struct axp_io){ .act = act, .out = want }, &e);
	look(plan, &e);
	for (i = 0; axp_engines[i]; i++) {
		if ((axp_engines[i]->valid && !axp_engines[i]->valid()) ||
		    axp_engines[i]->priority <= axp_engine_float.priority)
			continue;
		run(axp_engines[i], plan, &(struct axp_io){ .act = act, .out = got }, &c);
		same &= !memcmp(got, want, nest.out_elems * sizeof(u32)) &&
			!memcmp(&c, &e, sizeof(c));
	}
	free(got);
	free(want);
	free(act);
	axp_plan_free(plan);
	axp_image_free(image);
	axp_weights_free(weights);
	free(bias);
	free(index);
	return same;
}

/* a large job is cut by output channels too */
static bool try_shares(struct rng *rng)
{
	struct axp_job job = {
		.op = AXP_OP_GEMM,
		.gemm = { .m = 2, .n = 4100, .k = 1100, .ld_act = 1100, .ld_wgt = 4100,
			  .ld_out = 4100 },
	};
	u32 codebook[2] = { make_centroid(rng, 24, 10), 0 };

	return try_large(rng, &job, codebook, 2, 0, AXP_JOB_GATE_WGT);
}

/* long sums of products that are looked up: blocks are narrow, calls take several */
static bool try_long(struct rng *rng)
{
	struct axp_job job = {
		.op = AXP_OP_GEMM,
		.gemm = { .m = 9, .n = 130, .k = 8300, .ld_act = 8300, .ld_wgt = 130,
			  .ld_out = 130 },
	};
	u32 codebook[4], times, i;
	bool same = true;

	for (times = 0; times < 4; times++) {
		for (i = 0; i < 4; i++)
			codebook[i] = make_centroid(rng, 24, 0);
		/* -0, which a product of 0 changes: none is computed */
		same &= try_large(rng, &job, codebook, 4, AXP_F32_SIGN, 0);
	}
	return same;
}

int main(void)
{
	struct rng rng = { .state = 7 };
	u32 round, i;

	plan(ROUNDS + PLANE_ROUNDS + ROUNDED_ROUNDS + LIST_ROUNDS + 11);
	for (round = 0; round < ROUNDS; round++) {
		bool good = true;

		for (i = 0; i < JOBS; i++)
			good &= try_job(&rng, (u64)round * JOBS + i, ABOUT_ANY);
		ok(good, "%u jobs agree on every engine", JOBS);
	}
	for (round = 0; round < PLANE_ROUNDS; round++) {
		bool good = true;

		for (i = 0; i < JOBS; i++)
			good &= try_job(&rng, (u64)(ROUNDS + round) * JOBS + i, ABOUT_PLANES);
		ok(good, "%u jobs of FIXED planes agree on every engine", JOBS);
	}
	for (round = 0; round < ROUNDED_ROUNDS; round++) {
		bool good = true;

		for (i = 0; i < JOBS; i++)
			good &= try_job(&rng, (u64)(ROUNDS + PLANE_ROUNDS + round) * JOBS + i,
					ABOUT_ROUNDED);
		ok(good, "%u jobs of FIXED words agree on every engine", JOBS);
	}
	for (round = 0; round < LIST_ROUNDS; round++) {
		bool good = true;

		for (i = 0; i < JOBS; i++)
			good &= try_job(&rng, (u64)(ROUNDS + PLANE_ROUNDS + ROUNDED_ROUNDS + round) *
					JOBS + i, ABOUT_LISTS);
		ok(good, "%u jobs of many channels agree on every engine", JOBS);
	}
	ok(try_shares(&rng), "a job cut by output channels agrees");
	ok(try_long(&rng), "a job of long sums agrees");
	diag("fast %u planar %u flat %u exact %u mixed %u channels %u planes %u shares %u",
	     seen.fast, seen.planar, seen.flat, seen.exact, seen.mixed_exact, seen.channels,
	     seen.planes, seen.shares);
	diag("kinds %u search %u stride %u gated weights %u steps %u specials %u misses %u",
	     seen.power, seen.search, seen.stride, seen.gate_wgt, seen.steps, seen.special,
	     seen.misses);
	diag("leading bits: multipliers %u, rows %u", seen.leading, seen.leading_rows);
	diag("usual %u few words %u some %u many %u mirrored %u negative %u scaled %u squares %u pairs %u wide blocks %u nibbles %u listed %u weighed %u",
	     seen.usual, seen.few, seen.some, seen.many, seen.mirror, seen.negative, seen.scaled,
	     seen.squares, seen.pairs, seen.wide_blocks, seen.nibbles, seen.nibbles_listed,
	     seen.weighed);
	diag("blocks beside each other %u, positions in lanes %u, of several blocks %u, one vector alone %u",
	     seen.beside, seen.across, seen.across_blocks, seen.across_alone);
	ok(seen.beside && seen.across && seen.across_blocks && seen.across_alone,
	   "every form of blocks of 16 channels was met");
	diag("close %u, of several rows %u, of any kernel %u", seen.close, seen.close_strips,
	     seen.close_any);
	ok(seen.close && seen.close_strips && seen.close_any,
	   "every form of plane without padding was met");
	diag("rounded products %u, one rounding %u, two %u, misses %u, clamped %u, gated weights %u, many centroids %u, along channels %u",
	     seen.rounded, seen.rounded_fused, seen.rounded_any, seen.rounded_misses,
	     seen.rounded_clamped, seen.rounded_gated, seen.rounded_many, seen.rounded_channels);
	ok(seen.rounded_fused && seen.rounded_any && seen.rounded_misses && seen.rounded_clamped &&
	   seen.rounded_gated && seen.rounded_many && seen.rounded_channels,
	   "every form of rounded products was met");
	diag("lanes are positions %u, rows are one %u, strides %u, gated weights %u, clamped %u",
	     seen.rounded_planar, seen.rounded_flat, seen.rounded_stride, seen.rounded_planar_gated,
	     seen.rounded_planar_clamped);
	ok(seen.rounded_planar && seen.rounded_flat && seen.rounded_stride &&
	   seen.rounded_planar_gated && seen.rounded_planar_clamped,
	   "and of those where lanes are positions");
	diag("zeros left out %u, exact %u, inexact %u, parts of channels %u, of columns %u, strides %u, dilated %u, wide blocks %u, rest %u, scaled %u",
	     seen.lists, seen.lists_exact, seen.lists_any, seen.lists_channels,
	     seen.lists_columns, seen.lists_stride, seen.lists_dilated, seen.lists_blocks,
	     seen.lists_rest, seen.lists_scaled);
	ok(seen.lists > seen.lists_blocks && seen.lists_exact && seen.lists_any &&
	   seen.lists_channels && seen.lists_columns && seen.lists_stride &&
	   seen.lists_dilated && seen.lists_blocks && seen.lists_rest && seen.lists_scaled,
	   "zero multipliers were left out in every form");
	diag("words by class %u, 3 by 3 %u, made %u, gaps %u, short %u, long %u, gated weights %u, listed %u, of two vectors %u",
	     seen.columns, seen.columns_three, seen.columns_made, seen.columns_gaps,
	     seen.columns_direct, seen.columns_long, seen.columns_gated, seen.columns_plain,
	     seen.columns_masks);
	ok(seen.columns_three && seen.columns_three < seen.columns && seen.columns_made &&
	   seen.columns_gaps && seen.columns_direct && seen.columns_long && seen.columns_gated &&
	   seen.columns_plain && seen.columns_masks,
	   "every form of plane of words by class was met");
	ok(seen.usual && seen.few && seen.some && seen.many && seen.mirror && seen.negative &&
	   seen.scaled && seen.squares && seen.pairs && seen.wide_blocks &&
	   seen.nibbles && seen.nibbles_listed && seen.weighed,
	   "every form of usual plan was met");
	ok(seen.leading && seen.leading_rows, "leading bits led to multipliers and to rows");
	ok(seen.fast > 600 && seen.planar && seen.flat && seen.exact && seen.mixed_exact &&
	   seen.channels && seen.planes && seen.shares && seen.power && seen.search &&
	   seen.stride && seen.gate_wgt && seen.steps && seen.special && seen.misses,
	   "every form of plan was met");
	return done_testing();
}
