// SPDX-License-Identifier: BSD-2-Clause
/* What the soft and the device backend share: how a run becomes jobs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "diag.h"
#include "nest.h"

uint64_t axp_layer_in_elems(const struct axp_layer_shape *shape)
{
	return (uint64_t)shape->c * shape->h * shape->w;
}

uint64_t axp_layer_out_elems(const struct axp_layer *layer, const struct axp_layer_shape *shape)
{
	return (uint64_t)layer->oc * shape->oh * shape->ow;
}

void axp_stats_add(struct axp_stats *sum, const struct axp_stats *more)
{
	sum->macs += more->macs;
	sum->gated += more->gated;
	sum->zero_act += more->zero_act;
	sum->hits_exact += more->hits_exact;
	sum->hits_approx += more->hits_approx;
	sum->misses += more->misses;
	sum->searches += more->searches;
	sum->clamped += more->clamped;
	sum->outputs += more->outputs;
	sum->jobs += more->jobs;
	sum->rows_programmed += more->rows_programmed;
	sum->energy_fj += more->energy_fj;
	sum->program_fj += more->program_fj;
	sum->baseline_fj += more->baseline_fj;
	sum->baseline_gated_fj += more->baseline_gated_fj;
	sum->queue_ns += more->queue_ns;
	sum->busy_ns += more->busy_ns;
}

int axp_backend_refuse(struct axp_diag *diag, int err, const struct axp_layer *layer,
		       const char *what, const struct axp_why *why)
{
	char text[256];

	if (why->reason == AXP_WHY_NONE)
		snprintf(text, sizeof(text), "%s", strerror(-err));
	else
		axp_why_text(why, NULL, text, sizeof(text));
	return axp_fail(diag, err, "layer %s: %s: %s", layer->name, what, text);
}

int axp_backend_chunk(const struct axp_layer *layer, const struct axp_layer_shape *shape,
		      uint64_t max_macs, uint32_t *chunk, struct axp_diag *diag)
{
	struct axp_layer_shape one = *shape;
	struct axp_why why = { 0 };
	struct axp_nest nest;
	struct axp_job job;
	uint64_t most;
	int err;

	one.n = 1;
	axp_layer_job(layer, &one, &job);
	err = axp_nest_from_job(&nest, &job, max_macs, &why);
	if (err)
		return axp_backend_refuse(diag, err, layer, "one sample", &why);
	most = nest.macs ? max_macs / nest.macs : shape->n;
	*chunk = most < shape->n ? (uint32_t)most : shape->n;
	return 0;
}

void axp_backend_faults_init(struct axp_backend_faults *faults,
			     const struct axp_session_opts *opts)
{
	*faults = (struct axp_backend_faults){
		.list = opts->faults,
		.nr = opts->nr_faults,
		.layer = opts->fault_layer,
		.seed = opts->fault_seed,
	};
}

bool axp_backend_faults_next(struct axp_backend_faults *faults, uint64_t *seed)
{
	uint32_t layer = ++faults->nr_layers;

	*seed = faults->seed + layer;
	return faults->nr && (!faults->layer || faults->layer == layer);
}
