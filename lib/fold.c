// SPDX-License-Identifier: BSD-2-Clause
/*
 * Passes that leave a smaller graph with the same meaning: constants are
 * computed, identities and unused nodes removed, products with constant weights
 * become layers that take in the normalizations and biases behind them.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "ops/op.h"
#include "strmap.h"

/* --------------------------------------------------------------- constants */

static bool all_constant(const struct axp_graph *graph, const struct axp_node *node)
{
	uint32_t i;

	for (i = 0; i < node->nr_in; i++)
		if (node->in[i] != AXP_NO_VALUE && !graph->values[node->in[i]].constant)
			return false;
	return true;
}

/* a view or a row with run(), computed now */
static int compute(const struct axp_graph *graph, const struct axp_node *node,
		   const struct axp_tensor **in, const struct axp_shape *shape,
		   struct axp_tensor **out)
{
	struct axp_run run = { .attrs = node->attrs, .nr_in = node->nr_in, .out_shape = *shape };
	uint32_t i;
	int err;

	if (node->op->view) {
		err = axp_tensor_new(out, in[0]->dtype, shape);
		if (!err)
			memcpy((*out)->data, in[0]->data,
			       (*out)->elems * axp_dtype_size(in[0]->dtype));
		return err;
	}
	err = axp_tensor_new(out, AXP_F32, shape);
	if (err)
		return err;
	run.in = calloc(node->nr_in, sizeof(*run.in));
	run.in_shape = calloc(node->nr_in, sizeof(*run.in_shape));
	if (!run.in || !run.in_shape) {
		err = -ENOMEM;
		axp_tensor_free(*out);
		*out = NULL;
		goto done;
	}
	for (i = 0; i < node->nr_in; i++) {
		if (!in[i])
			continue;
		run.in[i] = in[i]->data;
		run.in_shape[i] = graph->values[node->in[i]].shape;
	}
	run.out = (*out)->data;
	node->op->run(&run);
done:
	free(run.in);
	free(run.in_shape);
	return err;
}

static int check_types(const struct axp_graph *graph, const struct axp_node *node,
		       struct axp_diag *diag)
{
	uint32_t i;

	for (i = 0; i < node->nr_in; i++) {
		const struct axp_value *v;

		if (node->in[i] == AXP_NO_VALUE)
			continue;
		v = &graph->values[node->in[i]];
		if (i >= node->op->const_from && !v->constant)
			return axp_fail(diag, -EOPNOTSUPP,
					"node %s (%s): input %u '%s' is not a constant",
					node->name, node->op->name, i, v->name);
		if (v->constant && v->constant->dtype != AXP_F32 &&
		    !(i >= node->op->const_from && node->op->const_any))
			return axp_fail(diag, -EOPNOTSUPP,
					"node %s (%s): input %u '%s' is of type %s, FLOAT is wanted",
					node->name, node->op->name, i, v->name,
					axp_dtype_name(v->constant->dtype));
	}
	return 0;
}

static int fold_node(struct axp_graph *graph, struct axp_node *node, struct axp_shape *shapes,
		     struct axp_diag *diag)
{
	const struct axp_op *op = node->op;
	struct axp_value *to = &graph->values[node->out[0]];
	const struct axp_tensor **in;
	struct axp_tensor *out = NULL;
	bool mixes = false;
	uint64_t elems;
	uint32_t i;
	int err;

	if (!op->fold && op->layer)
		return axp_fail(diag, -EOPNOTSUPP, "node %s (%s): all inputs are constants",
				node->name, op->name);
	if (!op->fold && !op->view) {
		err = check_types(graph, node, diag);
		if (err)
			return err;
	}
	err = axp_node_infer(graph, node, shapes, &mixes, diag);
	if (err)
		return err;
	err = axp_shape_elems(&shapes[node->out[0]], &elems);
	if (!err && graph->folded + elems > AXP_MAX_FOLDED_ELEMS)
		err = axp_fail(diag, -E2BIG,
			       "node %s (%s): computed constants exceed %llu elements",
			       node->name, op->name, (unsigned long long)AXP_MAX_FOLDED_ELEMS);
	if (err)
		return err;
	in = calloc(node->nr_in ? node->nr_in : 1, sizeof(*in));
	if (!in)
		return axp_fail(diag, -ENOMEM, "no memory");
	for (i = 0; i < node->nr_in; i++)
		if (node->in[i] != AXP_NO_VALUE)
			in[i] = graph->values[node->in[i]].constant;
	if (op->fold)
		err = op->fold(node->attrs, in, node->nr_in, &out, diag);
	else
		err = compute(graph, node, in, &shapes[node->out[0]], &out);
	free(in);
	if (err) {
		axp_fail(diag, err, "cannot be computed");
		return axp_fail_in(diag, err, "node %s (%s)", node->name, op->name);
	}
	if (!axp_shape_equal(&out->shape, &shapes[node->out[0]])) {
		axp_tensor_free(out);
		return axp_fail(diag, -EINVAL, "node %s (%s): shape differs from its inference",
				node->name, op->name);
	}
	graph->folded += elems;
	to->constant = out;
	to->producer = AXP_NO_NODE;
	to->shape = out->shape;
	axp_node_clear(node);
	return 0;
}

static int fold_constants(struct axp_graph *graph, struct axp_diag *diag)
{
	struct axp_shape *shapes = calloc(graph->nr_values, sizeof(*shapes));
	bool mixes = false;
	uint32_t i;
	int err = 0;

	if (!shapes)
		return axp_fail(diag, -ENOMEM, "no memory");
	for (i = 0; i < graph->nr_values; i++)
		shapes[i] = graph->values[i].shape;
	for (i = 0; i < graph->nr_nodes && !err; i++) {
		struct axp_node *node = &graph->nodes[i];

		if (all_constant(graph, node)) {
			err = fold_node(graph, node, shapes, diag);
			continue;
		}
		if (!node->op->run && !node->op->view && !node->op->layer) {
			err = axp_fail(diag, -EOPNOTSUPP,
				       "node %s (%s): only constant inputs are supported, '%s' is not",
				       node->name, node->op->name, graph->values[node->in[0]].name);
			break;
		}
		err = check_types(graph, node, diag);
		if (!err)
			err = axp_node_infer(graph, node, shapes, &mixes, diag);
		if (!err && !axp_shape_span(&shapes[node->out[0]], 0, shapes[node->out[0]].ndim))
			err = axp_fail(diag, -EINVAL, "node %s (%s): the output is empty",
				       node->name, node->op->name);
		if (!err)
			graph->values[node->out[0]].shape = shapes[node->out[0]];
	}
	free(shapes);
	return err;
}

static int check_outputs(const struct axp_graph *graph, struct axp_diag *diag)
{
	uint32_t i;

	for (i = 0; i < graph->nr_outputs; i++) {
		const struct axp_value *v = &graph->values[graph->outputs[i]];

		if (v->producer == AXP_NO_NODE)
			return axp_fail(diag, -EOPNOTSUPP,
					"output '%s' is not computed from the input", v->name);
	}
	return 0;
}

/* ------------------------------------------------------- unused, identities */

static void remove_unused(struct axp_graph *graph, bool *used)
{
	uint32_t i, j;

	memset(used, 0, graph->nr_values * sizeof(*used));
	for (i = 0; i < graph->nr_outputs; i++)
		used[graph->outputs[i]] = true;
	for (i = graph->nr_nodes; i-- > 0;) {
		struct axp_node *node = &graph->nodes[i];

		if (node->dead)
			continue;
		if (!used[node->out[0]]) {
			graph->values[node->out[0]].producer = AXP_NO_NODE;
			axp_node_clear(node);
			continue;
		}
		for (j = 0; j < node->nr_in; j++)
			if (node->in[j] != AXP_NO_VALUE)
				used[node->in[j]] = true;
	}
	for (i = 0; i < graph->nr_values; i++) {
		if (used[i] || !graph->values[i].constant)
			continue;
		axp_tensor_free(graph->values[i].constant);
		graph->values[i].constant = NULL;
		graph->values[i].shape.ndim = 0;
	}
}

static bool is_output(const struct axp_graph *graph, uint32_t value)
{
	uint32_t i;

	for (i = 0; i < graph->nr_outputs; i++)
		if (graph->outputs[i] == value)
			return true;
	return false;
}

static void remove_identities(struct axp_graph *graph, uint32_t *alias)
{
	uint32_t i, j;

	for (i = 0; i < graph->nr_values; i++)
		alias[i] = i;
	for (i = 0; i < graph->nr_nodes; i++) {
		struct axp_node *node = &graph->nodes[i];
		uint32_t in, out;

		if (node->dead)
			continue;
		for (j = 0; j < node->nr_in; j++)
			if (node->in[j] != AXP_NO_VALUE)
				node->in[j] = alias[node->in[j]];
		if (!node->op->view)
			continue;
		in = node->in[0];
		out = node->out[0];
		if (!axp_shape_equal(&graph->values[in].shape, &graph->values[out].shape) ||
		    is_output(graph, out))
			continue;
		alias[out] = in;
		graph->values[out].producer = AXP_NO_NODE;
		axp_node_clear(node);
	}
}

/* ------------------------------------------------------------------ layers */

/* a name that no other layer has: "conv", or "conv_7" for the seventh layer */
static char *unique_name(const struct axp_strmap *names, const char *base)
{
	size_t size = strlen(base) + 12;
	char *name = malloc(size);
	uint32_t i;

	if (!name)
		return NULL;
	strcpy(name, base);
	for (i = names->used + 1; axp_strmap_find(names, name, NULL); i++)
		snprintf(name, size, "%s_%u", base, i);
	return name;
}

static int make_layer(struct axp_graph *graph, struct axp_node *node,
		      struct axp_strmap *names, struct axp_diag *diag)
{
	const struct axp_tensor *constant[8] = { NULL };
	struct axp_layer *layer;
	uint32_t i;
	int err;

	for (i = 1; i < node->nr_in && i < 8; i++)
		if (node->in[i] != AXP_NO_VALUE)
			constant[i] = graph->values[node->in[i]].constant;
	layer = calloc(1, sizeof(*layer));
	if (!layer)
		return axp_fail(diag, -ENOMEM, "no memory");
	/* the node owns it from now on, whatever happens */
	node->layer = layer;
	layer->op = node->op->name;
	layer->name = unique_name(names, node->name);
	if (!layer->name || axp_strmap_add(names, layer->name, 0))
		return axp_fail(diag, -ENOMEM, "no memory");
	err = node->op->layer(layer, node, &graph->values[node->in[0]].shape, constant, diag);
	if (err) {
		axp_fail(diag, err, "no memory");
		return axp_fail_in(diag, err, "node %s (%s)", node->name, layer->op);
	}
	axp_node_drop_attrs(node);
	node->nr_in = 1;
	return 0;
}

static int make_layers(struct axp_graph *graph, struct axp_diag *diag)
{
	struct axp_strmap names = { 0 };
	uint32_t i;
	int err = 0;

	for (i = 0; i < graph->nr_nodes && !err; i++)
		if (!graph->nodes[i].dead && graph->nodes[i].op->layer)
			err = make_layer(graph, &graph->nodes[i], &names, diag);
	axp_strmap_clear(&names);
	return err;
}

static void count_uses(const struct axp_graph *graph, uint32_t *uses)
{
	uint32_t i, j;

	memset(uses, 0, graph->nr_values * sizeof(*uses));
	for (i = 0; i < graph->nr_outputs; i++)
		uses[graph->outputs[i]]++;
	for (i = 0; i < graph->nr_nodes; i++)
		for (j = 0; !graph->nodes[i].dead && j < graph->nodes[i].nr_in; j++)
			if (graph->nodes[i].in[j] != AXP_NO_VALUE)
				uses[graph->nodes[i].in[j]]++;
}

/* the layer whose output is @value and nothing else's business, or NULL */
static struct axp_node *layer_behind(struct axp_graph *graph, uint32_t value,
				     const uint32_t *uses)
{
	struct axp_node *from;

	if (graph->values[value].producer == AXP_NO_NODE || uses[value] != 1)
		return NULL;
	from = &graph->nodes[graph->values[value].producer];
	return from->layer ? from : NULL;
}

/* @node's work is done by @from, which writes @node's output now */
static void take_over(struct axp_graph *graph, struct axp_node *from, struct axp_node *node)
{
	uint32_t out = node->out[0];

	graph->values[out].producer = graph->values[from->out[0]].producer;
	graph->values[from->out[0]].producer = AXP_NO_NODE;
	from->out[0] = out;
	axp_node_clear(node);
}

static int fold_norm(struct axp_graph *graph, struct axp_node *node, const uint32_t *uses,
		     struct axp_diag *diag)
{
	struct axp_node *from = layer_behind(graph, node->in[0], uses);
	struct axp_layer *l;
	uint64_t i, per;
	uint32_t o;
	int err;

	if (!from || (!from->layer->is_conv && graph->values[node->in[0]].shape.ndim != 2))
		return 0;
	l = from->layer;
	per = l->nr_weights / l->oc;
	for (o = 0; o < l->oc; o++) {
		double scale, shift;

		axp_norm_affine(graph, node, o, &scale, &shift);
		for (i = o * per; i < (o + 1) * per; i++)
			l->weights[i] = (float)(l->weights[i] * scale);
		l->bias[o] = (float)(l->bias[o] * scale + shift);
	}
	err = axp_layer_check_finite(l, diag);
	if (err)
		return axp_fail_in(diag, err, "node %s (BatchNormalization)", node->name);
	take_over(graph, from, node);
	return 0;
}

/* 1 in every dimension but the layer's channels, if there are as many */
static bool is_bias(const struct axp_shape *c, const struct axp_shape *out,
		    const struct axp_layer *l)
{
	uint32_t behind = l->is_conv ? 2 : 0;
	uint32_t i;

	if (c->ndim > out->ndim || c->ndim <= behind)
		return false;
	for (i = 0; i < c->ndim; i++)
		if (c->dim[i] != (i == c->ndim - 1 - behind ? l->oc : 1))
			return false;
	return true;
}

static int fold_bias(struct axp_graph *graph, struct axp_node *node, const uint32_t *uses,
		     struct axp_diag *diag)
{
	uint32_t side;

	for (side = 0; side < 2; side++) {
		const struct axp_tensor *c = graph->values[node->in[!side]].constant;
		struct axp_node *from = layer_behind(graph, node->in[side], uses);
		struct axp_layer *l;
		uint32_t o;
		int err;

		if (!c || !from ||
		    !is_bias(&c->shape, &graph->values[node->out[0]].shape, from->layer))
			continue;
		l = from->layer;
		for (o = 0; o < l->oc; o++) {
			float add = ((const float *)c->data)[o];

			l->bias[o] = l->bias[o] == 0.0f ? add : l->bias[o] + add;
		}
		err = axp_layer_check_finite(l, diag);
		if (err)
			return axp_fail_in(diag, err, "node %s (Add)", node->name);
		take_over(graph, from, node);
		return 0;
	}
	return 0;
}

static int fold_into_layers(struct axp_graph *graph, uint32_t *uses, struct axp_diag *diag)
{
	uint32_t i;
	int err = 0;

	count_uses(graph, uses);
	for (i = 0; i < graph->nr_nodes && !err; i++) {
		struct axp_node *node = &graph->nodes[i];

		if (node->dead)
			continue;
		if (!strcmp(node->op->name, "BatchNormalization"))
			err = fold_norm(graph, node, uses, diag);
		else if (!strcmp(node->op->name, "Add"))
			err = fold_bias(graph, node, uses, diag);
	}
	return err;
}

static void drop_dead(struct axp_graph *graph)
{
	uint32_t i, j, n = 0;

	for (i = 0; i < graph->nr_nodes; i++)
		if (!graph->nodes[i].dead)
			graph->nodes[n++] = graph->nodes[i];
	graph->nr_nodes = n;
	for (i = 0; i < graph->nr_values; i++)
		graph->values[i].producer = AXP_NO_NODE;
	for (i = 0; i < n; i++)
		for (j = 0; j < graph->nodes[i].nr_out; j++)
			graph->values[graph->nodes[i].out[j]].producer = i;
}

int axp_graph_fold(struct axp_graph *graph, struct axp_diag *diag)
{
	uint32_t *work = calloc(graph->nr_values, sizeof(*work));
	bool *used = calloc(graph->nr_values, sizeof(*used));
	int err;

	if (!work || !used) {
		err = axp_fail(diag, -ENOMEM, "no memory");
		goto out;
	}
	err = fold_constants(graph, diag);
	if (!err)
		err = check_outputs(graph, diag);
	if (err)
		goto out;
	remove_unused(graph, used);
	remove_identities(graph, work);
	err = make_layers(graph, diag);
	if (!err)
		err = fold_into_layers(graph, work, diag);
	if (err)
		goto out;
	remove_unused(graph, used);
	drop_dead(graph);
out:
	free(work);
	free(used);
	return err;
}
