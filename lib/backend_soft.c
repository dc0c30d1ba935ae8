// SPDX-License-Identifier: BSD-2-Clause
/* Soft backend: the engine of the device, in this process. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "diag.h"
#include "engine.h"
#include "faults.h"
#include "pool.h"

/**
 * struct soft - an open soft backend
 * @engine: what computes
 * @preset: AXP_PRESET_*, 0: what each table says
 * @cam_class: AXP_CAM_*, 0: what each table says
 * @pool: threads
 * @faults: of the tables
 * @fault_stats: what jobs met of them
 */
struct soft {
	const struct axp_engine *engine;
	uint32_t preset;
	uint32_t cam_class;
	struct axp_pool *pool;
	struct axp_backend_faults faults;
	struct axp_fault_stats fault_stats;
};

/* a plan for @n samples, NULL: none yet */
struct sized_plan {
	uint32_t n;
	struct axp_plan *plan;
};

/**
 * struct axp_backend_job - a layer, ready to run
 * @layer: borrowed
 * @shape: of the largest run
 * @chunk: samples of one job
 * @image: table that jobs run on, NULL: FPU only
 * @written: the same without faults
 * @faults: NULL: none, and @image is @written
 * @fault_job: number of the next job
 * @weights: of the layer
 * @costs: of its events
 * @gating: some gating flag is set
 * @full: plan of a job of @chunk samples
 * @rest: plan of the last smaller job
 */
struct axp_backend_job {
	const struct axp_layer *layer;
	struct axp_layer_shape shape;
	uint32_t chunk;
	struct axp_image *image;
	struct axp_image *written;
	struct axp_faults *faults;
	uint64_t fault_job;
	struct axp_weights *weights;
	struct axp_costs costs;
	bool gating;
	struct sized_plan full;
	struct sized_plan rest;
};

static void soft_close(void *be)
{
	struct soft *soft = be;

	if (!soft)
		return;
	axp_pool_close(soft->pool);
	free(soft);
}

static int soft_open(void **out, const struct axp_session_opts *opts, struct axp_diag *diag)
{
	uint32_t threads = opts->threads ? opts->threads : 1;
	struct soft *soft;
	int err;

	*out = NULL;
	if (threads > AXP_POOL_MAX_THREADS)
		return axp_fail(diag, -EINVAL, "soft backend: %u threads, the limit is %u",
				threads, AXP_POOL_MAX_THREADS);
	if (opts->preset && !axp_energy_preset(opts->preset))
		return axp_fail(diag, -EOPNOTSUPP,
				"soft backend: energy preset '%s' (%u) exists only on the device",
				axp_preset_name(opts->preset), opts->preset);
	if (opts->cam_class && axp_energy_kappa(opts->cam_class) < 0)
		return axp_fail(diag, -EOPNOTSUPP, "soft backend: CAM class %u is not known",
				opts->cam_class);
	soft = calloc(1, sizeof(*soft));
	if (!soft)
		return axp_fail(diag, -ENOMEM, "soft backend: no memory");
	soft->preset = opts->preset;
	soft->cam_class = opts->cam_class;
	axp_backend_faults_init(&soft->faults, opts);
	soft->engine = axp_engine_select(opts->engine);
	if (!soft->engine) {
		err = axp_fail(diag, -EOPNOTSUPP,
			       "soft backend: engine '%s' is not known or not for this machine",
			       opts->engine ? opts->engine : "");
		goto fail;
	}
	err = axp_pool_open(&soft->pool, threads);
	if (err) {
		axp_fail(diag, err, "soft backend: cannot start %u threads: %s", threads,
			 strerror(-err));
		goto fail;
	}
	*out = soft;
	return 0;
fail:
	soft_close(soft);
	return err;
}

static const char *soft_engine(void *be)
{
	const struct soft *soft = be;

	return soft->engine->name;
}

static void soft_release(void *be, struct axp_backend_job *job)
{
	(void)be;
	if (!job)
		return;
	axp_plan_free(job->full.plan);
	axp_plan_free(job->rest.plan);
	if (job->image != job->written)
		axp_image_free(job->image);
	axp_image_free(job->written);
	axp_faults_free(job->faults);
	axp_weights_free(job->weights);
	free(job);
}

/* binary32 values as the engine takes them */
static const u32 *bits(const float *values)
{
	return (const u32 *)(const void *)values;
}

static int make_faults(const struct soft *soft, struct axp_backend_job *job, uint64_t seed,
		       struct axp_diag *diag)
{
	struct axp_why why = { 0 };
	struct axp_image *image;
	int err;

	err = axp_faults_create(&job->faults, soft->faults.list, soft->faults.nr, seed,
				job->written, &why);
	if (!err)
		err = axp_image_damage(&image, NULL, job->written, job->faults, 0);
	if (err)
		return axp_backend_refuse(diag, err, job->layer, "faults", &why);
	job->image = image;
	return 0;
}

static int make_table(struct soft *soft, struct axp_backend_job *job,
		      struct axp_stats *program, struct axp_diag *diag)
{
	static const struct axp_limits limits = AXP_LIMITS_DEFAULT;
	const struct axp_assoc *assoc = job->layer->assoc;
	struct axp_why why = { 0 };
	const struct axp_energy_model *model;
	struct axp_table_spec spec;
	uint64_t fj, seed;
	bool faulty = axp_backend_faults_next(&soft->faults, &seed);
	int err;

	if (!assoc) {
		model = axp_energy_preset(soft->preset ? soft->preset : AXP_PRESET_S28);
		axp_costs_without_table(&job->costs, model);
		return 0;
	}
	spec = assoc->spec;
	if (soft->preset)
		spec.preset = soft->preset;
	if (soft->cam_class)
		spec.cam_class = soft->cam_class;
	model = axp_energy_preset(spec.preset);
	if (!model)
		return axp_fail(diag, -EOPNOTSUPP,
				"layer %s: energy preset '%s' (%u) exists only on the device",
				job->layer->name, axp_preset_name(spec.preset), spec.preset);
	err = axp_image_create(&job->written, NULL, &spec, assoc->rows, assoc->nr_rows, model,
			       spec.cam_class, &limits, &why);
	if (err)
		return axp_backend_refuse(diag, err, job->layer, "table", &why);
	job->image = job->written;
	job->costs = job->image->costs;
	fj = axp_image_program_fj(job->image, 0, assoc->nr_rows);
	program->rows_programmed += assoc->nr_rows;
	program->program_fj += fj;
	program->energy_fj += fj;
	return faulty ? make_faults(soft, job, seed, diag) : 0;
}

static int make_weights(struct axp_backend_job *job, struct axp_diag *diag)
{
	const struct axp_layer *layer = job->layer;
	const struct axp_assoc *assoc = layer->assoc;
	struct axp_why why = { 0 };
	int err;

	if (assoc)
		err = axp_weights_create(&job->weights, NULL, AXP_WGT_U8, bits(assoc->codebook),
					 assoc->k, assoc->index, layer->nr_weights,
					 bits(layer->bias), layer->oc, &why);
	else
		err = axp_weights_create(&job->weights, NULL, AXP_WGT_F32, NULL, 0, layer->weights,
					 layer->nr_weights, bits(layer->bias), layer->oc, &why);
	return err ? axp_backend_refuse(diag, err, layer, "weights", &why) : 0;
}

/* Compile the job for @n samples into @slot, unless it is there. */
static int make_plan(const struct soft *soft, struct axp_backend_job *job, uint32_t n,
		     struct sized_plan *slot, struct axp_diag *diag)
{
	struct axp_layer_shape shape = job->shape;
	struct axp_why why = { 0 };
	struct axp_plan *plan;
	struct axp_nest nest;
	struct axp_job desc;
	size_t bytes;
	int err;

	if (slot->plan && slot->n == n)
		return 0;
	shape.n = n;
	axp_layer_job(job->layer, &shape, &desc);
	err = axp_nest_from_job(&nest, &desc, AXP_SOFT_MAX_MACS, &why);
	if (err)
		return axp_backend_refuse(diag, err, job->layer, "shape", &why);
	desc.flags &= AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT;
	job->gating = desc.flags;
	err = axp_plan_create(&plan, NULL, job->image, job->weights, &nest, desc.flags, &why);
	if (err)
		return axp_backend_refuse(diag, err, job->layer, "plan", &why);
	bytes = axp_plan_scratch_bytes(plan);
	err = axp_pool_reserve(soft->pool, bytes);
	if (err) {
		axp_plan_free(plan);
		return axp_fail(diag, err, "layer %s: no memory for %zu bytes of working memory",
				job->layer->name, bytes);
	}
	axp_plan_free(slot->plan);
	slot->plan = plan;
	slot->n = n;
	return 0;
}

static int soft_prepare(void *be, const struct axp_layer *layer,
			const struct axp_layer_shape *shape, struct axp_backend_job **out,
			struct axp_stats *program, struct axp_diag *diag)
{
	struct axp_stats cost = { 0 };
	struct axp_backend_job *job;
	struct soft *soft = be;
	int err;

	*out = NULL;
	job = calloc(1, sizeof(*job));
	if (!job)
		return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
	job->layer = layer;
	job->shape = *shape;
	err = axp_backend_chunk(layer, shape, AXP_SOFT_MAX_MACS, &job->chunk, diag);
	if (!err)
		err = make_table(soft, job, &cost, diag);
	if (!err)
		err = make_weights(job, diag);
	if (!err)
		err = make_plan(soft, job, job->chunk, &job->full, diag);
	if (err) {
		soft_release(soft, job);
		return err;
	}
	axp_stats_add(program, &cost);
	*out = job;
	return 0;
}

/* Where CAM or LUT differ from job to job, the next one needs its own table and plans. */
static int renew_table(struct axp_backend_job *job, struct axp_diag *diag)
{
	struct axp_image *image;

	if (!job->faults || !job->faults->per_job)
		return 0;
	if (axp_image_damage(&image, NULL, job->written, job->faults, job->fault_job))
		return axp_fail(diag, -ENOMEM, "layer %s: no memory for its faulty table",
				job->layer->name);
	axp_plan_free(job->full.plan);
	axp_plan_free(job->rest.plan);
	job->full.plan = NULL;
	job->rest.plan = NULL;
	axp_image_free(job->image);
	job->image = image;
	return 0;
}

static void count_faults(struct soft *soft, struct axp_backend_job *job,
			 const struct axp_counters *counters)
{
	if (!job->faults)
		return;
	job->fault_job++;
	soft->fault_stats.jobs++;
	soft->fault_stats.cam_bits += job->image->cam_bits;
	soft->fault_stats.lut_bits += job->image->lut_bits;
	soft->fault_stats.acc_bits += counters->faults;
}

/* One job of the device: priced once. */
static void run_plan(struct soft *soft, struct axp_backend_job *job,
		     const struct axp_plan *plan, const float *in, float *out,
		     struct axp_stats *stats)
{
	struct axp_io io = {
		.act = bits(in),
		.out = (u32 *)(void *)out,
		.job = job->fault_job,
	};
	struct axp_counters counters;
	struct axp_energy energy;
	uint64_t busy_ns = 0;

	axp_pool_run(soft->pool, soft->engine, plan, &io, &counters, &busy_ns);
	axp_energy_price(&energy, &job->costs, &counters, job->gating);
	count_faults(soft, job, &counters);
	axp_stats_add(stats, &(struct axp_stats){
		.macs = counters.macs,
		.gated = counters.gated,
		.zero_act = counters.zero_act,
		.hits_exact = counters.hits_exact,
		.hits_approx = counters.hits_approx,
		.misses = counters.misses,
		.searches = counters.searches,
		.clamped = counters.clamped,
		.outputs = counters.outputs,
		.jobs = 1,
		.energy_fj = energy.device,
		.baseline_fj = energy.baseline,
		.baseline_gated_fj = energy.baseline_gated,
		.busy_ns = busy_ns,
	});
}

static int soft_run(void *be, struct axp_backend_job *job, uint32_t n, const float *in,
		    float *out, struct axp_stats *stats, struct axp_diag *diag)
{
	uint64_t in_elems = axp_layer_in_elems(&job->shape);
	uint64_t out_elems = axp_layer_out_elems(job->layer, &job->shape);
	struct soft *soft = be;
	uint32_t rest = n % job->chunk;
	uint32_t done, some;
	int err;

	if (n > job->shape.n)
		return axp_fail(diag, -EINVAL, "layer %s: %u samples, prepared for %u",
				job->layer->name, n, job->shape.n);
	if (rest) {
		err = make_plan(soft, job, rest, &job->rest, diag);
		if (err)
			return err;
	}
	for (done = 0; done < n; done += some) {
		struct sized_plan *plan = n - done < job->chunk ? &job->rest : &job->full;

		some = n - done < job->chunk ? n - done : job->chunk;
		err = renew_table(job, diag);
		if (!err)
			err = make_plan(soft, job, some, plan, diag);
		if (err)
			return err;
		run_plan(soft, job, plan->plan, in + done * in_elems, out + done * out_elems,
			 stats);
	}
	return 0;
}

static int soft_fault_stats(void *be, struct axp_fault_stats *stats, struct axp_diag *diag)
{
	const struct soft *soft = be;

	(void)diag;
	*stats = soft->fault_stats;
	return 0;
}

const struct axp_backend_ops axp_backend_soft = {
	.name = "soft",
	.open = soft_open,
	.engine = soft_engine,
	.prepare = soft_prepare,
	.run = soft_run,
	.fault_stats = soft_fault_stats,
	.release = soft_release,
	.close = soft_close,
};
