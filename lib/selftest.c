// SPDX-License-Identifier: BSD-2-Clause
/*
 * Self-test: the known answers on every engine of the library and on a device, and a
 * product made wrong on purpose, which has to come out exactly as wrong.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "engines.h"
#include "selftest.h"

/* Units that are added to one LUT word, and their row. */
#define WRONG_BY	64
#define WRONG_ROW	10

/**
 * struct place - where vectors run
 * @name: for reports
 * @engine: of the library, or NULL
 * @device: else this
 * @report: gets the checks
 * @user: for @report
 */
struct place {
	const char *name;
	const struct axp_engine *engine;
	struct axp_device *device;
	axp_selftest_fn *report;
	void *user;
};

/**
 * struct answer - what came out
 * @out: results
 * @counters: events
 * @energy_fj: of the job
 */
struct answer {
	u32 out[AXP_VECTOR_ELEMS];
	struct axp_counters counters;
	u64 energy_fj;
};

/* --- in the library --- */

static int run_plan(const struct axp_engine *engine, const struct axp_plan *plan,
		    const struct axp_vector *v, struct answer *a)
{
	struct axp_io io = { .act = v->act, .out = a->out };
	size_t bytes = (axp_plan_scratch_bytes(plan) + 64) & ~(size_t)63;
	void *scratch = aligned_alloc(64, bytes);
	u32 i;

	if (!scratch)
		return -ENOMEM;
	for (i = 0; i < axp_plan_nr_tiles(plan); i++) {
		struct axp_cursor cursor = { .tile = i };

		while (!engine->step(plan, &io, &cursor, scratch, &a->counters))
			;
	}
	free(scratch);
	return 0;
}

static int run_library(const struct axp_engine *engine, const struct axp_vector *v,
		       struct answer *a)
{
	static const struct axp_limits limits = AXP_LIMITS_DEFAULT;
	const struct axp_energy_model *model = axp_energy_preset(AXP_PRESET_S28);
	u32 gates = v->job.flags & (AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT);
	struct axp_weights *weights = NULL;
	struct axp_image *image = NULL;
	struct axp_plan *plan = NULL;
	struct axp_energy energy;
	int err;

	memset(a, 0, sizeof(*a));
	err = v->k ? axp_weights_create(&weights, NULL, AXP_WGT_U8, v->codebook, v->k, v->index,
					v->nr_weights, v->bias, v->nr_bias, NULL) :
		     axp_weights_create(&weights, NULL, AXP_WGT_F32, NULL, 0, v->plain,
					v->nr_weights, v->bias, v->nr_bias, NULL);
	if (!err && v->nr_rows)
		err = axp_image_create(&image, NULL, &v->spec, v->rows, v->nr_rows, model,
				       v->spec.cam_class, &limits, NULL);
	if (!err)
		err = axp_plan_create(&plan, NULL, image, weights, &v->nest, gates, NULL);
	if (!err)
		err = run_plan(engine, plan, v, a);
	if (!err && image) {
		axp_energy_price(&energy, &image->costs, &a->counters, gates);
		a->energy_fj = energy.device;
	}
	axp_plan_free(plan);
	axp_image_free(image);
	axp_weights_free(weights);
	return err;
}

/* --- on a device --- */

/* handles of a vector, 0: none */
struct objects {
	u32 act, out, table, weights;
	void *act_map, *out_map;
	u64 act_bytes, out_bytes;
};

static int make_objects(struct axp_device *device, const struct axp_vector *v,
			struct objects *o, struct axp_diag *diag)
{
	const float *bias = (const float *)(const void *)v->bias;
	int err;

	memset(o, 0, sizeof(*o));
	err = axp_device_buffer(device, sizeof(v->act), &o->act, &o->act_map, &o->act_bytes, diag);
	if (!err)
		err = axp_device_buffer(device, sizeof(v->act), &o->out, &o->out_map,
					&o->out_bytes, diag);
	if (!err && v->nr_rows)
		err = axp_device_table(device, &v->spec, v->rows, v->nr_rows, &o->table, diag);
	if (!err && v->k)
		err = axp_device_weights(device, AXP_WGT_U8,
					 (const float *)(const void *)v->codebook, v->k,
					 v->index, v->nr_weights, bias, v->nr_bias, &o->weights,
					 diag);
	else if (!err)
		err = axp_device_weights(device, AXP_WGT_F32, NULL, 0, v->plain, v->nr_weights,
					 bias, v->nr_bias, &o->weights, diag);
	return err;
}

static void drop_objects(struct axp_device *device, const struct objects *o)
{
	const u32 handles[] = { o->act, o->out, o->table, o->weights };
	size_t i;

	axp_device_unmap(o->act_map, o->act_bytes);
	axp_device_unmap(o->out_map, o->out_bytes);
	for (i = 0; i < ARRAY_SIZE(handles); i++)
		/* what cannot be dropped now goes with the file */
		if (handles[i] && axp_device_destroy(device, handles[i], NULL))
			return;
}

static int run_objects(struct axp_device *device, const struct axp_vector *v,
		       const struct objects *o, struct answer *a, struct axp_diag *diag)
{
	struct axp_completion record;
	struct axp_job job = v->job;
	int err;

	memset(a, 0, sizeof(*a));
	memset(o->out_map, 0, sizeof(a->out));
	memcpy(o->act_map, v->act, sizeof(v->act));
	job.flags |= AXP_JOB_COMPLETION;
	job.act.buf = o->act;
	job.out.buf = o->out;
	job.table = o->table;
	job.weights = o->weights;
	err = axp_device_submit(device, &job, 1, AXP_SUBMIT_SYNC, NULL, diag);
	if (!err)
		err = axp_device_completion(device, &record, diag);
	if (err)
		return err;
	if (record.status)
		return axp_fail(diag, record.status, "the job ended with: %s",
				strerror(-record.status));
	memcpy(a->out, o->out_map, sizeof(a->out));
	a->counters = (struct axp_counters){
		.macs = record.stats.macs, .gated = record.stats.gated,
		.zero_act = record.stats.zero_act, .hits_exact = record.stats.hits_exact,
		.hits_approx = record.stats.hits_approx, .misses = record.stats.misses,
		.searches = record.stats.searches, .clamped = record.stats.clamped,
		.outputs = record.stats.outputs,
	};
	/* without a table the device's own model prices the job */
	a->energy_fj = v->nr_rows ? record.stats.energy_fj : 0;
	return 0;
}

static int run_device(struct axp_device *device, const struct axp_vector *v, struct answer *a,
		      struct axp_diag *diag)
{
	struct objects o;
	int err = make_objects(device, v, &o, diag);

	if (!err)
		err = run_objects(device, v, &o, a, diag);
	drop_objects(device, &o);
	return err;
}

/* --- checks --- */

static int run(const struct place *place, const struct axp_vector *v, struct answer *a,
	       struct axp_diag *diag)
{
	int err;

	if (place->device)
		return run_device(place->device, v, a, diag);
	err = run_library(place->engine, v, a);
	return err ? axp_fail(diag, err, "%s: %s: %s", place->name, v->name, strerror(-err)) : 0;
}

static void tell(const struct place *place, const char *name, bool passed, const char *detail)
{
	const struct axp_selftest_check check = {
		.where = place->name, .name = name, .passed = passed, .detail = detail,
	};

	place->report(place->user, &check);
}

static int check_vector(const struct place *place, u32 i, struct axp_vector *v,
			struct answer *got, struct answer *golden, struct axp_diag *diag)
{
	char detail[160];
	bool passed;
	u64 digest;
	int err;

	axp_vector_make(v, i);
	err = run_library(&axp_engine_softfp, v, golden);
	if (err)
		return axp_fail(diag, err, "softfp: %s: %s", v->name, strerror(-err));
	err = run(place, v, got, diag);
	if (err)
		return err;
	digest = axp_vector_digest(got->out, v->nest.out_elems);
	passed = digest == v->digest &&
		 !memcmp(&got->counters, &v->counters, sizeof(got->counters)) &&
		 !memcmp(got->out, golden->out, sizeof(got->out)) &&
		 got->energy_fj == golden->energy_fj;
	snprintf(detail, sizeof(detail), "%" PRIu64 " results, digest %016" PRIx64 "%s, %"
		 PRIu64 " hits, %" PRIu64 " misses", v->nest.out_elems, digest,
		 digest == v->digest ? "" : " is wrong",
		 got->counters.hits_exact + got->counters.hits_approx, got->counters.misses);
	tell(place, v->name, passed, detail);
	return 0;
}

/* a FIXED matrix product: sums of LUT words, without rounding */
static bool find_exact_vector(struct axp_vector *v)
{
	u32 i;

	for (i = 0; i < axp_nr_vectors(); i++) {
		axp_vector_make(v, i);
		if (v->job.op == AXP_OP_GEMM && v->spec.accumulator == AXP_ACC_FIXED)
			return true;
	}
	return false;
}

/* how often result (m, n) of the matrix product adds the word of @row */
static u32 uses(const struct axp_vector *v, const struct axp_row *row, u32 m, u32 n)
{
	const struct axp_gemm *g = &v->job.gemm;
	u32 k, count = 0;

	for (k = 0; k < g->k; k++) {
		u32 act = v->act[m * g->k + k];
		u32 wgt = v->codebook[v->index[n * g->k + k]];

		if (v->job.flags & AXP_JOB_GATE_ACT && axp_f32_is_zero(act))
			continue;
		count += !((act ^ row->act) & row->act_care) && wgt == row->wgt;
	}
	return count;
}

/*
 * One word of the table is made wrong: each result has to change by as often as it adds
 * that word, to the last bit. So the words are what is added, not products.
 */
static int check_wrong(const struct place *place, struct axp_vector *v, struct answer *right,
		       struct answer *wrong, struct axp_diag *diag)
{
	struct axp_row *row = &v->rows[WRONG_ROW];
	const struct axp_gemm *g = &v->job.gemm;
	u32 changed = 0, unchanged = 0, odd = 0;
	char detail[160];
	u32 m, n;
	int err;

	if (!find_exact_vector(v))
		return axp_fail(diag, -ENOENT, "no vector fits");
	err = run(place, v, right, diag);
	if (err)
		return err;
	row->product += WRONG_BY;
	err = run(place, v, wrong, diag);
	if (err)
		return err;
	for (m = 0; m < g->m; m++)
		for (n = 0; n < g->n; n++) {
			bool clamped = false;
			u32 at = m * g->n + n, times = uses(v, row, m, n);
			s32 units = axp_f32_to_fixed(right->out[at], v->spec.scale, S32_MAX,
						     &clamped) + (s32)times * WRONG_BY;

			odd += axp_f32_from_fixed(units, v->spec.scale) != wrong->out[at];
			changed += times > 0;
			unchanged += !times;
		}
	snprintf(detail, sizeof(detail),
		 "row %d wrong by %d units: %u results change, %u do not, %u are not as predicted",
		 WRONG_ROW, WRONG_BY, changed, unchanged, odd);
	tell(place, "a product made wrong comes out as wrong", !odd && changed && unchanged, detail);
	return 0;
}

/* An empty table misses all: the multiplier's own results, none of the table's. */
static int check_empty(const struct place *place, struct axp_vector *v, struct answer *got,
		       struct axp_diag *diag)
{
	char detail[160];
	u64 active;
	u32 i;
	int err;

	if (!find_exact_vector(v))
		return axp_fail(diag, -ENOENT, "no vector fits");
	/* keys that no activation has */
	for (i = 0; i < v->nr_rows; i++)
		v->rows[i].act = 0x7fe00000;
	for (i = 0; i < v->nr_rows; i++)
		v->rows[i].product = 1;
	err = run(place, v, got, diag);
	if (err)
		return err;
	active = got->counters.macs - got->counters.gated;
	snprintf(detail, sizeof(detail), "%" PRIu64 " of %" PRIu64 " MACs use the multiplier",
		 got->counters.misses, active);
	tell(place, "what no row matches is multiplied", got->counters.misses == active && active,
	     detail);
	return 0;
}

static int check_all(const struct place *place, struct axp_diag *diag)
{
	struct axp_vector *v = calloc(1, sizeof(*v));
	struct answer *a = calloc(2, sizeof(*a));
	int err = 0;
	u32 i;

	if (!v || !a)
		err = axp_fail(diag, -ENOMEM, "%s: no memory", place->name);
	for (i = 0; !err && i < axp_nr_vectors(); i++)
		err = check_vector(place, i, v, &a[0], &a[1], diag);
	if (!err)
		err = check_wrong(place, v, &a[0], &a[1], diag);
	if (!err)
		err = check_empty(place, v, &a[0], diag);
	free(a);
	free(v);
	return err;
}

int axp_selftest_library(axp_selftest_fn *report, void *user, struct axp_diag *diag)
{
	const struct axp_engine *const *engine;
	int err = 0;

	if (diag)
		diag->text[0] = '\0';
	for (engine = axp_engines; !err && *engine; engine++) {
		const struct place place = {
			.name = (*engine)->name, .engine = *engine, .report = report, .user = user,
		};

		if (!(*engine)->valid || (*engine)->valid())
			err = check_all(&place, diag);
	}
	return err;
}

int axp_selftest_device(struct axp_device *device, axp_selftest_fn *report, void *user,
			struct axp_diag *diag)
{
	const struct place place = {
		.name = "device", .device = device, .report = report, .user = user,
	};

	if (diag)
		diag->text[0] = '\0';
	return check_all(&place, diag);
}
