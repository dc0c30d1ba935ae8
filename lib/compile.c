// SPDX-License-Identifier: BSD-2-Clause
/*
 * Compile: layer after layer, in the order they run, weights become centroids,
 * activations become rows, and the bias takes up what that shifts on average. A
 * layer is made from what reaches it through the layers made before it.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compensate.h"
#include "compile.h"
#include "diag.h"
#include "graph.h"
#include "search.h"

void axp_compile_progress(struct axp_compiler *c, const char *what, uint64_t samples)
{
	c->done += samples;
	if (c->opts.progress)
		c->opts.progress(c->opts.user, what, c->done, c->total);
}

const float *axp_compile_filter(void *user, uint32_t layer, const struct axp_layer_shape *shape,
				const float *in)
{
	uint64_t elems = (uint64_t)shape->n * shape->c * shape->h * shape->w;
	struct axp_compiler *c = user;
	const struct axp_quantiser *q = c->q[layer];

	if (!q)
		return in;
	if (elems > c->filtered_elems) {
		free(c->filtered);
		c->filtered_elems = 0;
		c->filtered = malloc(elems * sizeof(*c->filtered));
		if (!c->filtered)
			return NULL;
		c->filtered_elems = elems;
	}
	for (uint64_t i = 0; i < elems; i++)
		c->filtered[i] = axp_quantise(q, in[i]);
	return c->filtered;
}

static int save(struct axp_compiler *c)
{
	c->saved = calloc(c->nr_layers, sizeof(*c->saved));
	for (uint32_t i = 0; c->saved && i < c->nr_layers; i++) {
		const struct axp_layer *layer = axp_graph_layer(c->graph, i);
		struct saved *s = &c->saved[i];

		s->weights = malloc(layer->nr_weights * sizeof(*s->weights));
		s->bias = malloc(layer->oc * sizeof(*s->bias));
		if (!s->weights || !s->bias)
			return -ENOMEM;
		memcpy(s->weights, layer->weights, layer->nr_weights * sizeof(*s->weights));
		memcpy(s->bias, layer->bias, layer->oc * sizeof(*s->bias));
	}
	return c->saved ? 0 : -ENOMEM;
}

void axp_compile_restore(struct axp_compiler *c)
{
	for (uint32_t i = 0; i < c->nr_layers; i++) {
		struct axp_layer *layer = axp_graph_layer(c->graph, i);
		const struct saved *s = &c->saved[i];

		memcpy(layer->weights, s->weights, layer->nr_weights * sizeof(*s->weights));
		memcpy(layer->bias, s->bias, layer->oc * sizeof(*s->bias));
		axp_assoc_free(layer->assoc);
		layer->assoc = NULL;
	}
}

static void clear(struct axp_compiler *c)
{
	for (uint32_t i = 0; c->saved && i < c->nr_layers; i++) {
		free(c->saved[i].weights);
		free(c->saved[i].bias);
	}
	for (uint32_t i = 0; c->q && i < c->nr_layers; i++)
		free(c->q[i]);
	free(c->saved);
	free(c->q);
	free(c->plan);
	free(c->y);
	free(c->filtered);
	axp_histogram_free(c->h);
	axp_calibration_clear(&c->cal);
	axp_calibration_clear(&c->check);
}

/* rows and centroids are as good in FP32, unless a row holds one pair or words are short */
static bool needs_engine(const struct axp_compiler *c)
{
	for (uint32_t i = 0; i < c->nr_layers; i++) {
		const struct axp_layer_plan *plan = &c->plan[i];

		if (plan->organisation == AXP_ORG_FLAT)
			return true;
		if (c->opts.accumulator == AXP_ACC_FIXED && plan->word_bits < 24 && !c->rough)
			return true;
	}
	return false;
}

int axp_compile_pass(struct axp_compiler *c, struct axp_diag *diag)
{
	bool engine = needs_engine(c);
	struct axp_walk fp32 = { 0 }, made = { 0 };
	char what[96];
	int err;

	axp_compile_restore(c);
	err = axp_walk_open(&fp32, c->graph, c->cal.x, c->cal.n, c->cal.elems, AXP_BACKEND_FP32,
			    c->threads, diag);
	if (!err)
		err = axp_walk_open(&made, c->graph, c->cal.x, c->cal.n, c->cal.elems,
				    engine ? AXP_BACKEND_SOFT : AXP_BACKEND_FP32, c->threads,
				    diag);
	if (!err && !engine)
		axp_session_filter(made.session, axp_compile_filter, c);
	for (uint32_t i = 0; !err && i < c->nr_layers; i++) {
		err = axp_compile_layer(c, &fp32, &made, diag);
		snprintf(what, sizeof(what), "compiling %s", axp_graph_layer(c->graph, i)->name);
		if (!err)
			axp_compile_progress(c, what, c->cal.n);
	}
	axp_walk_close(&fp32);
	axp_walk_close(&made);
	return err;
}

/* outputs of the graph as it is for the inputs that are checked */
static int run_check(struct axp_compiler *c, bool exact, bool filter, float *y,
		     struct axp_stats *stats, struct axp_diag *diag)
{
	uint64_t elems = axp_graph_output_elems(c->graph);
	AXP_OPTS(struct axp_session_opts, opts);
	struct axp_session *session;
	uint32_t n, i;
	int err;

	opts.backend = exact ? AXP_BACKEND_SOFT : AXP_BACKEND_FP32;
	opts.threads = c->threads;
	if (c->opts.preset == AXP_PRESET_CUSTOM)
		opts.preset = AXP_PRESET_S28;
	err = axp_session_open(&session, c->graph, &opts, diag);
	if (err)
		return err;
	if (filter)
		axp_session_filter(session, axp_compile_filter, c);
	for (i = 0; !err && i < c->check.n; i += n) {
		n = axp_session_max_batch(session);
		n = c->check.n - i < n ? c->check.n - i : n;
		err = axp_session_run(session, c->check.x + i * c->check.elems, n, y + i * elems,
				      diag);
		if (!err)
			axp_compile_progress(c, "checking", n);
	}
	if (stats)
		axp_session_stats(session, stats);
	axp_session_close(session);
	return err;
}

int axp_compile_check(struct axp_compiler *c, bool exact, struct axp_quality *quality,
		      struct axp_stats *stats, struct axp_diag *diag)
{
	float *y = malloc(c->check.n * axp_graph_output_elems(c->graph) * sizeof(*y));
	int err;

	if (!y)
		return axp_fail(diag, -ENOMEM, "no memory for outputs");
	err = run_check(c, exact, !exact, y, stats, diag);
	if (!err)
		axp_quality_of(quality, axp_graph_output_elems(c->graph), c->y, y,
			       c->check.labels, c->check.n);
	free(y);
	return err;
}

static bool searches(const struct axp_compiler *c)
{
	return c->opts.max_kl > 0 || c->opts.max_drop > 0;
}

/* the inputs that are checked, and what the FP32 net makes of them */
static int load_check(struct axp_compiler *c, struct axp_dataset *data, struct axp_diag *diag)
{
	int err;

	err = axp_calibration_load(&c->check, c->graph, data, axp_compile_check_samples(c),
				   c->cal.n, diag);
	if (err)
		return err;
	c->y = malloc(c->check.n * axp_graph_output_elems(c->graph) * sizeof(*c->y));
	if (!c->y)
		return axp_fail(diag, -ENOMEM, "no memory for outputs");
	return run_check(c, false, false, c->y, NULL, diag);
}

static int begin(struct axp_compiler *c, struct axp_dataset *calib, struct axp_diag *diag)
{
	uint64_t most = c->opts.max_samples;
	int err;

	if (searches(c))
		most = axp_calibration_split(axp_dataset_count(calib), most,
					     axp_compile_check_samples(c));
	err = axp_calibration_load(&c->cal, c->graph, calib, most, 0, diag);
	if (err)
		return err;
	c->h = axp_histogram_new();
	c->plan = calloc(c->nr_layers, sizeof(*c->plan));
	c->q = calloc(c->nr_layers, sizeof(*c->q));
	if (!c->h || !c->plan || !c->q || save(c))
		return axp_fail(diag, -ENOMEM, "no memory");
	for (uint32_t i = 0; i < c->nr_layers; i++)
		axp_compile_plan(&c->plan[i], c, i);
	if (searches(c))
		return load_check(c, calib, diag);
	c->total = (uint64_t)c->cal.n * c->nr_layers;
	return 0;
}

static int check_graph(struct axp_graph *graph, struct axp_diag *diag)
{
	uint32_t nr = axp_graph_nr_layers(graph);

	if (!nr)
		return axp_fail(diag, -EINVAL, "the net has no Conv, Gemm or MatMul with constant weights");
	for (uint32_t i = 0; i < nr; i++) {
		const struct axp_layer *layer = axp_graph_layer(graph, i);

		if (layer->assoc)
			return axp_fail(diag, -EINVAL, "layer %s has a table: the net is compiled already",
					layer->name);
		for (uint64_t w = 0; w < layer->nr_weights; w++)
			if (!isfinite(layer->weights[w]))
				return axp_fail(diag, -EINVAL,
						"layer %s: weight %" PRIu64 " is %g, not a finite number",
						layer->name, w, (double)layer->weights[w]);
		for (uint32_t o = 0; o < layer->oc; o++)
			if (!isfinite(layer->bias[o]))
				return axp_fail(diag, -EINVAL,
						"layer %s: bias %u is %g, not a finite number",
						layer->name, o, (double)layer->bias[o]);
	}
	return 0;
}

/* say in the graph how it was made */
static void sign(const struct axp_compiler *c)
{
	struct axp_making *m = &c->graph->making;

	*m = (struct axp_making){ .prune = (double)c->opts.prune, .calibrated = c->cal.n };
	for (uint32_t i = 0; i < c->nr_layers; i++) {
		uint64_t n = axp_graph_layer(c->graph, i)->nr_weights;

		m->weights += n;
		if (axp_compile_prunes(c, i))
			m->pruned += axp_compensate_nr_dropped(n, m->prune);
	}
	if (!searches(c))
		return;
	m->outputs = c->quality.outputs;
	m->max_kl = axp_search_bound(&c->opts);
	m->kl = c->quality.kl;
	m->max_drop = (double)c->opts.max_drop;
	m->drop = c->opts.max_drop > 0 ? axp_quality_points(&c->quality) : 0;
	m->checked = c->quality.samples;
}

int axp_compile(struct axp_graph *graph, struct axp_dataset *calib,
		const struct axp_compile_opts *opts, struct axp_diag *diag)
{
	struct axp_compiler c = { .graph = graph };
	int err;

	if (diag)
		diag->text[0] = 0;
	err = axp_compile_take_opts(&c.opts, opts, diag);
	if (!err)
		err = check_graph(graph, diag);
	if (!err && c.opts.max_drop > 0 && !axp_dataset_has_labels(calib))
		err = axp_fail(diag, -ENODATA,
			       "a bound on the accuracy needs labels, the calibration data has none");
	if (err)
		return err;
	c.nr_layers = axp_graph_nr_layers(graph);
	c.threads = axp_compile_threads(&c.opts);
	err = begin(&c, calib, diag);
	if (!err) {
		err = searches(&c) ? axp_search(&c, diag) : axp_compile_pass(&c, diag);
		if (err)
			axp_compile_restore(&c);
		else
			sign(&c);
	}
	clear(&c);
	return err;
}
