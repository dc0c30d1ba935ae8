// SPDX-License-Identifier: BSD-2-Clause
/*
 * Compile: layer after layer, in the order they run, weights become centroids,
 * activations become rows, and the bias takes up what that shifts on average. A
 * layer is made from what reaches it through the layers made before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "diag.h"

static double **new_means(const struct axp_compiler *c)
{
	double **means = calloc(c->nr_layers, sizeof(*means));

	for (uint32_t i = 0; means && i < c->nr_layers; i++) {
		means[i] = calloc(axp_graph_layer(c->graph, i)->oc, sizeof(**means));
		if (means[i])
			continue;
		while (i)
			free(means[--i]);
		free(means);
		return NULL;
	}
	return means;
}

static void free_means(const struct axp_compiler *c, double **means)
{
	for (uint32_t i = 0; means && i < c->nr_layers; i++)
		free(means[i]);
	free(means);
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

static void restore(struct axp_compiler *c)
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
	free(c->saved);
	free_means(c, c->reference);
	free_means(c, c->means);
	axp_histogram_free(c->h);
	axp_calibration_clear(&c->cal);
}

static int run_all(struct axp_compiler *c, struct axp_diag *diag)
{
	uint32_t passes = c->opts.no_bias_correction ? 1 : 2;
	int err = 0;

	c->cal.progress = c->opts.progress;
	c->cal.user = c->opts.user;
	c->cal.total = (uint64_t)c->cal.n * (passes * c->nr_layers + passes - 1);
	if (!c->opts.no_bias_correction)
		err = axp_calibration_means(&c->cal, c->graph, -1, c->reference,
					    "running the FP32 net", diag);
	for (uint32_t i = 0; !err && i < c->nr_layers; i++)
		err = axp_compile_layer(c, i, diag);
	if (err)
		restore(c);
	return err;
}

int axp_compile(struct axp_graph *graph, struct axp_dataset *calib,
		const struct axp_compile_opts *opts, struct axp_diag *diag)
{
	struct axp_compiler c = { .graph = graph };
	int err;

	if (diag)
		diag->text[0] = 0;
	err = axp_compile_take_opts(&c.opts, opts, diag);
	if (err)
		return err;
	c.nr_layers = axp_graph_nr_layers(graph);
	if (!c.nr_layers)
		return axp_fail(diag, -EINVAL, "the net has no Conv, Gemm or MatMul with constant weights");
	for (uint32_t i = 0; i < c.nr_layers; i++)
		if (axp_graph_layer(graph, i)->assoc)
			return axp_fail(diag, -EINVAL, "layer %s has a table: the net is compiled already",
					axp_graph_layer(graph, i)->name);
	err = axp_calibration_load(&c.cal, graph, calib, c.opts.max_samples, diag);
	if (err)
		return err;
	c.h = axp_histogram_new();
	c.reference = new_means(&c);
	c.means = new_means(&c);
	if (!c.h || !c.reference || !c.means || save(&c))
		err = axp_fail(diag, -ENOMEM, "no memory");
	else
		err = run_all(&c, diag);
	clear(&c);
	return err;
}
