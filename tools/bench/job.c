// SPDX-License-Identifier: BSD-2-Clause
/*
 * Job: a layer of the bench with its table, ready for an engine.
 */
#include "bench.h"

static void make_rows(struct bench_job *job, const struct bench_case *b, u64 taps)
{
	struct axp_table_spec spec = {
		.organisation = AXP_ORG_BANKED, .lanes = 1, .word_bits = 32,
		.preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
	};
	bool power = b->rows == ROWS_SIG2 || b->rows == ROWS_SIG3;
	u32 bits = b->rows == ROWS_SIG2 ? 2 : 3;
	struct axp_row *rows = need(calloc(MAX_ROWS, sizeof(*rows)));
	const u32 *codebook = job->codebook;
	u32 nr = 0, nr_classes = 0, e, s, j;

	if (b->rows == ROWS_FIXED16) {
		spec.accumulator = AXP_ACC_FIXED;
		spec.word_bits = 16;
		spec.scale = 12;
		spec.max_term = 32767;
	}
	if (b->rows == ROWS_FIXED32) {
		/* products are below 1/2 */
		spec.accumulator = AXP_ACC_FIXED;
		while (taps << spec.scale < 1u << 31)
			spec.scale++;
		spec.max_term = 1u << (spec.scale - 1);
	}
	/* 64 classes: 8 powers of two of 8 each, up to 2; and zero */
	for (e = power ? 127 : 120; e < 128; e++)
		for (s = 0; s < 1u << bits; s++) {
			u32 act = e << 23 | s << (23 - bits);
			u32 rep = act | 1u << (22 - bits);
			u32 more = b->rows == ROWS_TERNARY ? 1u << nr_classes % 8 : 0;

			nr_classes++;
			if (b->rows == ROWS_ROUNDED)
				rep += 1 + below(1000) * 2;
			for (j = 0; j < b->k; j++) {
				u32 product = axp_f32_mul(codebook[j], rep);
				bool clamped = false;

				if (b->rows == ROWS_PARTIAL && !(nr_classes % 5) && j & 1)
					continue;
				if (spec.accumulator == AXP_ACC_FIXED)
					product = (u32)axp_f32_to_fixed(product, spec.scale,
									spec.max_term, &clamped);
				rows[nr++] = (struct axp_row) {
					.act = power ? act & 0x7fffff : act,
					.act_care = ((power ? 0x7fffff : ~0u) & ~0u << (23 - bits)) |
						    more,
					.wgt = codebook[j], .wgt_care = ~0u, .product = product,
					.flags = power ? AXP_ROW_SIGNIFICAND : 0,
				};
			}
		}
	/* a row for 0 alone, which compares all bits, would make a SIGNIFICAND table ternary */
	for (j = 0; j < b->k && !power; j++)
		rows[nr++] = (struct axp_row) {
			.act_care = ~0u, .wgt = codebook[j], .wgt_care = ~0u,
			.product = spec.accumulator == AXP_ACC_FIXED ? 0 :
				   axp_f32_mul(codebook[j], 0),
		};
	job->spec = spec;
	job->rows = rows;
	job->nr_rows = nr;
}

void job_make(struct bench_job *job, const struct bench_case *b)
{
	const struct axp_conv2d *c = &layers[b->layer].conv;
	struct axp_limits limits = { 256, MAX_ROWS, 64, MAX_ROWS };
	struct axp_job desc = { .op = AXP_OP_CONV2D, .conv2d = *c };
	u32 *codebook = job->codebook;
	struct axp_why why;
	u64 i;

	seed(7);
	if (c->h == 1) {
		memset(&desc, 0, sizeof(desc));
		desc.op = AXP_OP_GEMM;
		desc.gemm = (struct axp_gemm) { .m = c->n, .n = c->oc, .k = c->c,
			.flags = AXP_GEMM_T_WGT, .ld_act = c->c, .ld_wgt = c->c,
			.ld_out = c->oc };
	}
	job->desc = desc;
	if (axp_nest_from_job(&job->nest, &desc, 1ull << 40, &why))
		fail("layer refused, reason", why.reason);
	for (i = 0; i < b->k; i++) {
		codebook[i] = to_bits((float)(((double)i - b->k / 2 + 0.5) / b->k * 0.4 +
					      uniform() * 0.001));
		if (b->rows != ROWS_ROUNDED)
			codebook[i] &= 0xfffff000;
	}
	job->index = need(malloc(job->nest.wgt_elems));
	for (i = 0; i < job->nest.wgt_elems; i++)
		job->index[i] = (u8)below(b->k);
	if (axp_weights_create(&job->weights, NULL, AXP_WGT_U8, codebook, b->k, job->index,
			       job->nest.wgt_elems, NULL, 0, &why))
		fail("weights refused, reason", why.reason);
	make_rows(job, b, axp_nest_length(&job->nest));
	if (axp_image_create(&job->image, NULL, &job->spec, job->rows, job->nr_rows,
			     axp_energy_preset(AXP_PRESET_S28), AXP_CAM_SILICON28, &limits, &why))
		fail("table refused, reason", why.reason);
	if (axp_plan_create(&job->plan, NULL, job->image, job->weights, &job->nest, 0, &why))
		fail("plan refused, reason", why.reason);
	job->act = need(malloc(job->nest.act_elems * sizeof(u32)));
	job->out = need(malloc(job->nest.out_elems * sizeof(u32)));
	for (i = 0; i < job->nest.act_elems; i++) {
		/* negative numbers and denormals are in no class of either kind */
		job->act[i] = to_bits((float)(0.01 + uniform() * 1.98));
		if (uniform() < b->zeros)
			job->act[i] = 0;
		else if (b->rows == ROWS_TERNARY)
			job->act[i] &= ~0xffu;
		else if (uniform() < b->misses / (1 - b->zeros))
			job->act[i] = b->rows == ROWS_SIG2 || b->rows == ROWS_SIG3 ?
				      1 + below(1000) : job->act[i] | AXP_F32_SIGN;
	}
	job->engine = axp_engine_select(b->engine);
	if (!job->engine)
		fail("no such engine on this machine", 0);
	job->scratch = job_scratch(job);
}

void job_free(struct bench_job *job)
{
	free(job->scratch);
	free(job->rows);
	free(job->index);
	free(job->out);
	free(job->act);
	axp_plan_free(job->plan);
	axp_image_free(job->image);
	axp_weights_free(job->weights);
}

void *job_scratch(const struct bench_job *job)
{
	return need(aligned_alloc(64, (axp_plan_scratch_bytes(job->plan) + 63) & ~(size_t)63));
}

void job_tiles(struct bench_job *job, void *scratch, u32 *out, struct axp_counters *c)
{
	const struct axp_io io = { .act = job->act, .out = out };
	u32 nr = axp_plan_nr_tiles(job->plan);
	u32 tile;

	memset(c, 0, sizeof(*c));
	while ((tile = __atomic_fetch_add(&job->next_tile, 1, __ATOMIC_RELAXED)) < nr) {
		struct axp_cursor cursor = { .tile = tile };

		while (!job->engine->step(job->plan, &io, &cursor, scratch, c))
			;
	}
}

void job_run(struct bench_job *job, struct axp_counters *c)
{
	job->next_tile = 0;
	job_tiles(job, job->scratch, job->out, c);
}

void job_check(struct bench_job *job, const struct axp_counters *c)
{
	const struct axp_engine *engine = job->engine;
	u32 *want = need(malloc(job->nest.out_elems * sizeof(u32)));
	struct axp_counters e;

	job->engine = &axp_engine_float;
	job->next_tile = 0;
	job_tiles(job, job->scratch, want, &e);
	job->engine = engine;
	if (memcmp(want, job->out, job->nest.out_elems * sizeof(u32)) ||
	    memcmp(c, &e, sizeof(e)))
		fail("results differ from the scalar engine's", 0);
	free(want);
}
