// SPDX-License-Identifier: BSD-2-Clause
/*
 * Plan: refusals, sizes, known answers of the engines.
 */
#include "engine.h"
#include "fast.h"
#include "fault.h"
#include "plan_internal.h"
#include "softfp.h"
#include "tap.h"

#define ONE	0x3f800000u
#define HALF	0x3f000000u
#define TWO	0x40000000u
#define THREE	0x40400000u
#define WHOLE	0xffffffffu
#define TOP12	0xfff00000u

static const struct axp_limits limits = AXP_LIMITS_DEFAULT;

static struct axp_image *table(u32 accumulator, u32 organisation, u32 lanes,
			       const struct axp_row *rows, u32 nr)
{
	bool fixed = accumulator == AXP_ACC_FIXED;
	struct axp_table_spec spec = {
		.accumulator = accumulator, .organisation = organisation, .lanes = lanes,
		.word_bits = fixed ? 16 : 32, .scale = fixed ? 2 : 0, .max_term = fixed ? 100 : 0,
		.preset = AXP_PRESET_S28, .cam_class = AXP_CAM_NOR,
	};
	struct axp_image *image;

	if (axp_image_create(&image, NULL, &spec, rows, nr, axp_energy_preset(AXP_PRESET_S28),
			     AXP_CAM_NOR, &limits, NULL))
		bail_out("table refused");
	return image;
}

static struct axp_weights *weights(const u32 *codebook, u32 k, const u8 *index, u64 count,
				   const u32 *bias, u32 nr_bias)
{
	struct axp_weights *w;

	if (axp_weights_create(&w, NULL, AXP_WGT_U8, codebook, k, index, count, bias, nr_bias,
			       NULL))
		bail_out("weights refused");
	return w;
}

static struct axp_nest nest_of(const struct axp_job *job)
{
	struct axp_nest nest = {};

	if (axp_nest_from_job(&nest, job, 1ull << 40, NULL))
		bail_out("shape refused");
	return nest;
}

static void refused(const char *name, const struct axp_image *image,
		    const struct axp_weights *w, const struct axp_nest *nest, int err,
		    u32 reason, u32 index, u64 value, u64 limit)
{
	struct axp_plan *plan = (struct axp_plan *)&plan;
	struct axp_why why = {};
	int got = axp_plan_create(&plan, NULL, image, w, nest, 0, &why);

	ok(got == err && !plan && why.reason == reason && why.index == index &&
	   why.value == value && why.limit == limit,
	   "refused: %s (errno %d, reason %u, index %u, value %llu, limit %llu)", name, -got,
	   why.reason, why.index, (unsigned long long)why.value, (unsigned long long)why.limit);
}

static void test_refusals(void)
{
	static const u32 codebook[] = { ONE };
	static const u8 index[8];
	static const u32 bias[] = { 0, HALF };
	static const u32 inf[] = { 0, AXP_F32_INF };
	static const u32 large[] = { 0xce800000, 0 };	/* -2^30, in quarters -2^32 */
	static const u32 fits[] = { 0, 0x4dffffff };	/* nearly 2^29 */
	struct axp_job job = { .op = AXP_OP_GEMM, .gemm = { .m = 1, .n = 2, .k = 4 } };
	struct axp_nest nest = nest_of(&job);
	struct axp_image *fixed = table(AXP_ACC_FIXED, AXP_ORG_FLAT, 1, NULL, 0);
	struct axp_weights *w;
	struct axp_plan *plan;

	w = weights(codebook, 1, index, 7, NULL, 0);
	refused("7 weights for 8", NULL, w, &nest, -ERANGE, AXP_WHY_RANGE_WGT, 0, 8, 7);
	axp_weights_free(w);
	w = weights(codebook, 1, index, 8, bias, 1);
	refused("1 bias for 2 channels", NULL, w, &nest, -EINVAL, AXP_WHY_BIAS, 0, 1, 2);
	axp_weights_free(w);
	w = weights(codebook, 1, index, 8, inf, 2);
	refused("infinite bias of FIXED", fixed, w, &nest, -EOVERFLOW, AXP_WHY_BIAS, 1,
		AXP_F32_INF, S32_MAX);
	ok(!axp_plan_create(&plan, NULL, NULL, w, &nest, 0, NULL),
	   "an infinite bias of F32 is fine");
	axp_plan_free(plan);
	axp_weights_free(w);
	w = weights(codebook, 1, index, 8, large, 2);
	refused("bias over 31 bits", fixed, w, &nest, -EOVERFLOW, AXP_WHY_BIAS, 0, 0xce800000,
		S32_MAX);
	axp_weights_free(w);
	w = weights(codebook, 1, index, 8, fits, 2);
	/* 4 * 100 + (2^29 - 32) * 4 */
	refused("bias and terms over 31 bits", fixed, w, &nest, -EOVERFLOW, AXP_WHY_ACC_OVERFLOW,
		1, 2147483648ull - 128 + 400, S32_MAX);
	axp_weights_free(w);

	/* one weight is used again and again */
	job = (struct axp_job){ .op = AXP_OP_DOT, .dot = { 1, 21474837, 0, 0 } };
	nest = nest_of(&job);
	nest.wgt_elems = 8;
	w = weights(codebook, 1, index, 8, NULL, 0);
	refused("terms over 31 bits", fixed, w, &nest, -EOVERFLOW, AXP_WHY_ACC_OVERFLOW, 0,
		2147483700ull, S32_MAX);
	axp_weights_free(w);
	axp_image_free(fixed);
}

/* run a plan, tile by tile */
static void run(const struct axp_engine *engine, const struct axp_plan *plan, const u32 *act,
		u32 *out, struct axp_counters *c)
{
	size_t bytes = (axp_plan_scratch_bytes(plan) + 63) & ~(size_t)63;
	void *scratch = aligned_alloc(64, bytes);
	struct axp_io io = { .act = act, .out = out };

	for (u32 t = 0; t < axp_plan_nr_tiles(plan); t++) {
		struct axp_cursor cursor = { .tile = t };

		while (!engine->step(plan, &io, &cursor, scratch, c))
			;
	}
	free(scratch);
}

/* 1 x 4 by 4 x 2, small enough for a pencil */
static void test_known_gemm(const struct axp_engine *engine)
{
	/* 1 * 1 = 1 exactly; 1 * 2 says 2.5; activations from 1 to 1.125 match */
	static const struct axp_row rows[] = {
		{ ONE, TOP12, ONE, WHOLE, ONE, 0 },
		{ ONE, TOP12, TWO, WHOLE, 0x40200000, 0 },
	};
	static const u32 codebook[] = { ONE, TWO, 0 };
	static const u8 index[] = { 0, 1, 1, 0, 0, 0, 2, 1 };	/* [k][n] */
	static const u32 bias[] = { HALF, 0 };
	static const u32 act[] = { ONE, 0x3f800001, THREE, 0 };
	struct axp_job job = { .op = AXP_OP_GEMM, .gemm = { .m = 1, .n = 2, .k = 4 } };
	struct axp_nest nest = nest_of(&job);
	struct axp_image *image = table(AXP_ACC_F32, AXP_ORG_SHARED, 2, rows, 2);
	struct axp_weights *w = weights(codebook, 3, index, 8, bias, 2);
	struct axp_counters c = {};
	struct axp_plan *plan;
	u32 out[2];

	if (axp_plan_create(&plan, NULL, image, w, &nest, AXP_JOB_GATE_ACT, NULL))
		bail_out("plan refused");
	run(engine, plan, act, out, &c);
	/* column 0: 0.5 + 1 (exact) + 2.5 + 3 (miss), the last is gated: 7 */
	/* column 1: 0 + 2.5 + 1 (approximate: 1 + 2^-23) + 3 (miss) = 6.5 */
	ok(out[0] == 0x40e00000 && out[1] == 0x40d00000, "%s: sums 7 and 6.5: %08x %08x",
	   engine->name, out[0], out[1]);
	ok(c.macs == 8 && c.gated == 2 && c.zero_act == 2 && c.hits_exact == 1 &&
	   c.hits_approx == 3 && c.misses == 2 && c.searches == 3 && c.clamped == 0 &&
	   c.outputs == 2, "%s: events", engine->name);
	axp_plan_free(plan);

	memset(&c, 0, sizeof(c));
	if (axp_plan_create(&plan, NULL, image, w, &nest, AXP_JOB_GATE_WGT, NULL))
		bail_out("plan refused");
	run(engine, plan, act, out, &c);
	/* 0 * 1 is a miss; the weight 0 at k = 3, n = 0 is gated */
	ok(out[0] == 0x40e00000 && out[1] == 0x40d00000 && c.gated == 1 && c.zero_act == 2 &&
	   c.misses == 3 && c.searches == 4, "%s: gated weights", engine->name);
	axp_plan_free(plan);
	axp_weights_free(w);
	axp_image_free(image);
}

/* quarters in an integer accumulator */
static void test_known_fixed(const struct axp_engine *engine)
{
	static const struct axp_row rows[] = {
		{ ONE, TOP12, ONE, WHOLE, 4, 0 },
		{ TWO, TOP12, ONE, WHOLE, (u32)-9, 0 },
	};
	static const u32 codebook[] = { ONE };
	static const u8 index[5];
	static const u32 bias[] = { 0x3ec00000 };	/* 0.375 = 1.5 quarters: 2 */
	/* 1: exact 4; 2: -9; 0.125: half a quarter, to even 0; 1000 and NaN clamp */
	static const u32 act[] = { ONE, TWO, 0x3e000000, 0x447a0000, 0x7fc00001 };
	struct axp_job job = { .op = AXP_OP_DOT, .dot = { 1, 5, 0, 0 } };
	struct axp_nest nest = nest_of(&job);
	struct axp_image *image = table(AXP_ACC_FIXED, AXP_ORG_FLAT, 1, rows, 2);
	struct axp_weights *w = weights(codebook, 1, index, 5, bias, 1);
	struct axp_counters c = {};
	struct axp_plan *plan;
	u32 out;

	if (axp_plan_create(&plan, NULL, image, w, &nest, 0, NULL))
		bail_out("plan refused");
	run(engine, plan, act, &out, &c);
	/* 2 + 4 - 9 + 0 + 100 + 0 = 97 quarters */
	ok(out == 0x41c20000, "%s: 97 quarters are 24.25: %08x", engine->name, out);
	ok(c.hits_exact == 1 && c.hits_approx == 1 && c.misses == 3 && c.clamped == 2 &&
	   c.searches == 5 && c.outputs == 1, "%s: events", engine->name);
	axp_plan_free(plan);
	axp_weights_free(w);
	axp_image_free(image);
}

/* the exponent adder of significand rows */
static void test_known_significand(const struct axp_engine *engine)
{
	/* mantissas of 1.5 and above: product 3 * 1.75 instead of 3 * m */
	static const struct axp_row rows[] = {
		{ 0x00400000, 0x00400000, THREE, WHOLE, 0x40a80000, AXP_ROW_SIGNIFICAND },
	};
	static const u32 codebook[] = { THREE };
	static const u8 index[6];
	/* 1.75, -0.4375 = -1.75 / 4, 1.5 * 2^100, 1 (miss), a denormal (miss), Inf (miss) */
	static const u32 act[] = {
		0x3fe00000, 0xbee00000, 0x71c00000, ONE, 0x00400000, AXP_F32_INF,
	};
	static const u32 want[] = {
		0x40a80000, 0xbfa80000, 0x72a80000, THREE, 0x00c00000, AXP_F32_INF,
	};
	struct axp_job job = { .op = AXP_OP_DOT, .dot = { 6, 1, 1, 1 } };
	struct axp_nest nest = nest_of(&job);
	struct axp_image *image = table(AXP_ACC_F32, AXP_ORG_SIGNIFICAND, 4, rows, 1);
	struct axp_weights *w = weights(codebook, 1, index, 6, NULL, 0);
	struct axp_counters c = {};
	struct axp_plan *plan;
	u32 out[6];

	if (axp_plan_create(&plan, NULL, image, w, &nest, 0, NULL))
		bail_out("plan refused");
	run(engine, plan, act, out, &c);
	ok(!memcmp(out, want, sizeof(want)), "%s: significand products", engine->name);
	ok(c.hits_exact == 2 && c.hits_approx == 1 && c.misses == 3 && c.searches == 6,
	   "%s: events", engine->name);
	axp_plan_free(plan);
	axp_weights_free(w);
	axp_image_free(image);
}

/* NaNs are one pattern: a stored NaN is exact when the multiplier gives one too */
static void test_known_nan(const struct axp_engine *engine)
{
	static const struct axp_row rows[] = {
		{ 0x00400000, 0x00400000, 0x7fc00001, WHOLE, 0xffc12345, AXP_ROW_SIGNIFICAND },
		{ ONE, TOP12, 0x7fc00001, WHOLE, 0xff812345, 0 },
	};
	static const u32 codebook[] = { 0x7fc00001 };
	static const u8 index[4];
	/* 1.5 finds the significand row, 1 the other */
	static const u32 act[] = { 0x3fc00000, ONE };
	static const struct axp_job jobs[] = {
		{ .op = AXP_OP_DOT, .dot = { 1, 1, 0, 0 } },
		{ .op = AXP_OP_GEMM, .gemm = { .m = 1, .n = 4, .k = 1 } },
	};
	struct axp_image *image = table(AXP_ACC_F32, AXP_ORG_FLAT, 1, rows, 2);
	struct axp_weights *w = weights(codebook, 1, index, 4, NULL, 0);

	for (u32 i = 0; i < 4; i++) {
		struct axp_nest nest = nest_of(&jobs[i / 2]);
		struct axp_counters c = {};
		struct axp_plan *plan;
		u32 out[4] = {};

		if (axp_plan_create(&plan, NULL, image, w, &nest, 0, NULL))
			bail_out("plan refused");
		run(engine, plan, &act[i % 2], out, &c);
		ok(out[0] == AXP_F32_NAN && c.hits_exact == c.macs && c.macs == nest.macs,
		   "%s: NaN by a %s row, operation %u", engine->name,
		   i % 2 ? "product" : "significand", jobs[i / 2].op);
		axp_plan_free(plan);
	}
	axp_weights_free(w);
	axp_image_free(image);
}

/* sums depend on the order: 2^24 + 1 + 1 - 2^24, and with both orders of a 1 x 2 kernel */
static void test_known_order(const struct axp_engine *engine)
{
	static const u32 codebook[] = { ONE };
	static const u8 index[4];
	/* [ci][x]: big, 1 / -big, 1 */
	static const u32 act[] = { 0x4b800000, ONE, 0xcb800000, ONE };
	struct axp_job job = { .op = AXP_OP_CONV2D, .conv2d = {
		1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0 } };
	u32 out[2];

	for (u32 i = 0; i < 2; i++) {
		struct axp_weights *w = weights(codebook, 1, index, 4, NULL, 0);
		struct axp_counters c = {};
		struct axp_nest nest;
		struct axp_plan *plan;

		job.flags = i ? AXP_JOB_KY_CI_KX : 0;
		nest = nest_of(&job);
		if (axp_plan_create(&plan, NULL, NULL, w, &nest, 0, NULL))
			bail_out("plan refused");
		run(engine, plan, act, &out[i], &c);
		axp_plan_free(plan);
		axp_weights_free(w);
	}
	/* kx, ci: big - big + 1 + 1 = 2; ci, kx: (big + 1 = big) - big + 1 = 1 */
	ok(out[0] == TWO && out[1] == ONE, "%s: both orders", engine->name);
}

static void test_sizes(void)
{
	static const struct {
		const char *name;
		struct axp_job job;
	} jobs[] = {
		{ "3x3 256->256 on 56x56", { .op = AXP_OP_CONV2D,
			.conv2d = { 1, 256, 56, 56, 256, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1 } } },
		{ "depthwise 3x3 512 on 64x64", { .op = AXP_OP_CONV2D,
			.conv2d = { 1, 512, 64, 64, 512, 3, 3, 512, 1, 1, 1, 1, 1, 1, 1, 1 } } },
		{ "31x31 64->8 on 200x200", { .op = AXP_OP_CONV2D,
			.conv2d = { 1, 64, 200, 200, 8, 31, 31, 1, 1, 1, 1, 1, 0, 0, 0, 0 } } },
		{ "fully connected 4096->4096", { .op = AXP_OP_GEMM,
			.gemm = { .m = 1, .n = 4096, .k = 4096 } } },
	};
	u32 codebook[256];

	for (u32 i = 0; i < 256; i++)
		codebook[i] = ONE + i;
	for (u32 i = 0; i < ARRAY_SIZE(jobs); i++) {
		struct axp_nest nest = nest_of(&jobs[i].job);
		u8 *index = calloc(nest.wgt_elems, 1);

		for (u32 k = 16; k <= 256; k += 240) {
			struct axp_weights *w = weights(codebook, k, index, nest.wgt_elems, NULL,
							0);
			struct axp_budget b = {};
			struct axp_plan *plan;

			if (axp_plan_create(&plan, &b, NULL, w, &nest, 0, NULL))
				bail_out("plan refused");
			ok(axp_plan_scratch_bytes(plan) <= 2u << 20 &&
			   b.used <= 12 * nest.wgt_elems + (1u << 20) &&
			   axp_plan_nr_tiles(plan) >= 1,
			   "%s, K %u: scratch %zu KiB, plan %llu KiB of %llu KiB weights, %u tiles",
			   jobs[i].name, k, axp_plan_scratch_bytes(plan) >> 10,
			   (unsigned long long)b.used >> 10,
			   (unsigned long long)nest.wgt_elems >> 10, axp_plan_nr_tiles(plan));
			axp_plan_free(plan);
			axp_weights_free(w);
		}
		free(index);
	}
}

/* 2^32-1 dot products over one activation: plans are made at once, tiles are bounded */
static void test_huge(void)
{
	static const u32 codebook[] = { ONE };
	static const u8 index[1];
	struct axp_job job = { .op = AXP_OP_DOT, .dot = { U32_MAX, 1, 0, 0 } };
	struct axp_nest nest = nest_of(&job);
	struct axp_weights *w = weights(codebook, 1, index, 1, NULL, 0);
	struct axp_plan *plan;
	struct axp_unit unit;

	if (axp_plan_create(&plan, NULL, NULL, w, &nest, 0, NULL))
		bail_out("plan refused");
	ok(plan->nr_units == U32_MAX &&
	   (u64)plan->nr_tiles * plan->tile_units >= plan->nr_units &&
	   (u64)(plan->nr_tiles - 1) * plan->tile_units < plan->nr_units,
	   "2^32-1 dot products: %u tiles of %u", plan->nr_tiles, plan->tile_units);
	axp_plan_unit(plan, U32_MAX - 1ull, &unit);
	ok(unit.out == U32_MAX - 1ull && unit.bias == U32_MAX - 1ull && unit.act == 0 &&
	   unit.channels == 1, "the last of them");
	axp_plan_free(plan);

	axp_weights_free(w);
}

/* one output of many products: steps stay short */
static void test_steps(void)
{
	static const u32 codebook[] = { ONE };
	static const u8 index[1];
	static const u32 act = HALF;
	struct axp_job job = { .op = AXP_OP_DOT, .dot = { 1, 5000000, 0, 0 } };
	struct axp_nest nest = nest_of(&job);
	struct axp_weights *w = weights(codebook, 1, index, 1, NULL, 0);
	const struct axp_engine *engine = axp_engine_select("softfp");
	struct axp_cursor cursor = {};
	struct axp_counters c = {};
	struct axp_plan *plan;
	u32 out, steps = 1;
	struct axp_io io = { .act = &act, .out = &out };
	u64 most = 0, last = 0;
	void *scratch;

	/* the same activation and weight over and over */
	nest.act_elems = 1;
	nest.act_c = 0;
	nest.wgt_elems = 1;
	nest.wgt_c = 0;
	if (axp_plan_create(&plan, NULL, NULL, w, &nest, 0, NULL))
		bail_out("plan refused");
	scratch = aligned_alloc(64, (axp_plan_scratch_bytes(plan) + 63) & ~(size_t)63);
	while (!engine->step(plan, &io, &cursor, scratch, &c)) {
		most = max(most, c.macs - last);
		last = c.macs;
		steps++;
	}
	/* 0.5 * 5000000, exact on the way */
	ok(out == 0x4a189680 && c.macs == 5000000 && steps > 50 && most <= plan->tuning.step_work,
	   "one long dot product: %u steps of at most %llu MACs", steps, (unsigned long long)most);
	free(scratch);
	axp_plan_free(plan);
	axp_weights_free(w);
}

static void test_faults(void)
{
	static const struct axp_row rows[] = { { ONE, TOP12, ONE, WHOLE, 4, 0 } };
	static const u32 codebook[] = { ONE, 0 };
	static const u8 index[64];
	static const u32 bias[8];
	struct axp_job job = { .op = AXP_OP_GEMM, .gemm = { .m = 1, .n = 8, .k = 8 } };
	struct axp_nest nest = nest_of(&job);
	struct axp_image *image = table(AXP_ACC_FIXED, AXP_ORG_SHARED, 2, rows, 1);
	struct axp_weights *w = weights(codebook, 2, index, 64, bias, 8);
	struct axp_plan *plan = NULL;

	ok(FAULT_SWEEP(axp_plan_create(&plan, NULL, image, w, &nest, AXP_JOB_GATE_WGT, NULL),
		       axp_plan_free(plan), plan) >= 10, "each allocation may fail");
	axp_plan_free(NULL);
	axp_weights_free(w);
	axp_image_free(image);
}

static void test_select(void)
{
	const struct axp_engine *best = axp_engine_select(NULL);

	ok(best && axp_engine_select("") == best && !axp_engine_select("abacus"),
	   "the best engine is %s", best ? best->name : "missing");
	for (const struct axp_engine *const *e = axp_engines; *e; e++)
		ok(!(*e)->valid || (*e)->valid() ? axp_engine_select((*e)->name) == *e :
		   !axp_engine_select((*e)->name), "engine %s by name", (*e)->name);
	ok(axp_engine_select("softfp"), "the golden engine is always there");
}

/* MACs of a tile, on average */
static u64 tile_macs(const struct axp_nest *nest, bool codebook)
{
	static const struct axp_row row = { .act = ONE, .act_care = WHOLE, .wgt = ONE,
					    .wgt_care = WHOLE, .product = ONE };
	struct axp_image *image = table(AXP_ACC_F32, AXP_ORG_FLAT, 1, &row, 1);
	u32 *data = malloc(nest->wgt_elems * sizeof(*data));
	struct axp_weights *w;
	struct axp_plan *plan;
	u64 macs;

	for (u64 i = 0; data && i < nest->wgt_elems; i++)
		data[i] = ONE + (u32)(i % (codebook ? 16 : 1000));
	if (!data ||
	    axp_weights_create(&w, NULL, AXP_WGT_F32, NULL, 0, data, nest->wgt_elems, NULL, 0,
			       NULL) ||
	    axp_plan_create(&plan, NULL, image, w, nest, 0, NULL))
		bail_out("plan refused");
	macs = nest->macs / (plan->fast ? plan->fast->nr_tiles : plan->nr_tiles);
	axp_plan_free(plan);
	axp_weights_free(w);
	axp_image_free(image);
	free(data);
	return macs;
}

/* a tile is not interrupted by other clients: none is as large as a job may be */
static void test_tiles(void)
{
	static const struct axp_job jobs[] = {
		{ .op = AXP_OP_CONV2D, .conv2d = { .n = 1, .c = 1024, .h = 1, .w = 4096, .oc = 256,
			.kh = 1, .kw = 1, .stride_h = 1, .stride_w = 1, .dil_h = 1, .dil_w = 1,
			.groups = 1 } },
		{ .op = AXP_OP_CONV2D, .conv2d = { .n = 1, .c = 256, .h = 64, .w = 64, .oc = 1024,
			.kh = 3, .kw = 3, .stride_h = 1, .stride_w = 1, .dil_h = 1, .dil_w = 1,
			.pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1,
			.groups = 1 } },
		{ .op = AXP_OP_GEMM, .gemm = { .m = 1, .n = 256, .k = 1 << 16 } },
		{ .op = AXP_OP_GEMM, .gemm = { .m = 64, .n = 4096, .k = 1024 } },
	};

	for (u32 i = 0; i < ARRAY_SIZE(jobs); i++) {
		struct axp_nest nest = nest_of(&jobs[i]);
		u64 plain = tile_macs(&nest, false), packed = tile_macs(&nest, true);

		ok(plain <= 1 << 23 && packed <= 1 << 26,
		   "job %u of %llu MACs: tiles of %llu and %llu", i,
		   (unsigned long long)nest.macs, (unsigned long long)plain,
		   (unsigned long long)packed);
	}
}

int main(void)
{
	test_refusals();
	for (const struct axp_engine *const *e = axp_engines; *e; e++) {
		if ((*e)->valid && !(*e)->valid()) {
			skip("%s: not on this machine", (*e)->name);
			continue;
		}
		test_known_gemm(*e);
		test_known_fixed(*e);
		test_known_significand(*e);
		test_known_nan(*e);
		test_known_order(*e);
	}
	test_sizes();
	test_tiles();
	test_huge();
	test_steps();
	test_faults();
	test_select();
	return done_testing();
}
