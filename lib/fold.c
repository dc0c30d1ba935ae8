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
#include "host.h"
#include "strmap.h"

/* ------------------------------------------------------------ given inputs */

static bool must_be_constant(const struct axp_node *node, uint32_t i)
{
	return i >= node->op->const_from;
}

static int freeze(struct axp_value *v, struct axp_diag *diag)
{
	struct axp_tensor *t;
	int err;

	if (v->constant || !v->given)
		return 0;
	err = axp_tensor_new(&t, v->given->dtype, &v->given->shape);
	if (err)
		return axp_fail(diag, err, "no memory");
	if (t->elems)
		memcpy(t->data, v->given->data, t->elems * axp_dtype_size(t->dtype));
	v->constant = t;
	v->frozen = true;
	return 0;
}

/*
 * What is known of an input becomes a constant where it ends up as one: as the
 * shape of a Reshape, say, or as weights.
 */
static int freeze_given(struct axp_graph *graph, bool *need, struct axp_diag *diag)
{
	uint32_t i, j;
	int err = 0;

	memset(need, 0, graph->nr_values * sizeof(*need));
	for (i = graph->nr_nodes; i-- > 0;) {
		const struct axp_node *node = &graph->nodes[i];
		bool all = false;

		for (j = 0; j < node->nr_out && !node->op->of_shape; j++)
			all |= node->out[j] != AXP_NO_VALUE && need[node->out[j]];
		for (j = 0; j < node->nr_in; j++)
			if (node->in[j] != AXP_NO_VALUE && (all || must_be_constant(node, j)))
				need[node->in[j]] = true;
	}
	/* weights need not be constants everywhere, but are better so */
	for (i = 0; i < graph->nr_nodes; i++)
		for (j = 1; graph->nodes[i].op->layer && j < graph->nodes[i].nr_in; j++)
			if (graph->nodes[i].in[j] != AXP_NO_VALUE)
				need[graph->nodes[i].in[j]] = true;
	for (i = 0; i < graph->nr_inputs && !err; i++)
		if (need[graph->inputs[i]])
			err = freeze(&graph->values[graph->inputs[i]], diag);
	return err;
}

/* --------------------------------------------------------------- constants */

static bool all_constant(const struct axp_graph *graph, const struct axp_node *node)
{
	uint32_t i;

	if (node->op->of_shape)
		return true;
	for (i = 0; i < node->nr_in; i++)
		if (node->in[i] != AXP_NO_VALUE && !graph->values[node->in[i]].constant)
			return false;
	return true;
}

static int check_types(const struct axp_graph *graph, const struct axp_node *node,
		       struct axp_diag *diag)
{
	uint32_t i;

	for (i = 0; i < node->nr_in; i++) {
		const struct axp_value *v;
		bool any;

		if (node->in[i] == AXP_NO_VALUE)
			continue;
		v = &graph->values[node->in[i]];
		if (must_be_constant(node, i) && !v->constant)
			return axp_fail(diag, -EOPNOTSUPP,
					"node %s (%s): input %u '%s' is not a constant",
					node->name, node->op->name, i, v->name);
		any = must_be_constant(node, i) ? node->op->const_any : node->op->any_type;
		if (!any && v->dtype != AXP_F32)
			return axp_fail(diag, -EOPNOTSUPP,
					"node %s (%s): input %u '%s' is of type %s, FLOAT is wanted",
					node->name, node->op->name, i, v->name,
					axp_dtype_name(v->dtype));
	}
	return 0;
}

/* where a folded node reads and writes */
struct folding {
	struct axp_run run;
	struct axp_tensor **made;
};

static void folding_clear(struct folding *f)
{
	uint32_t i;

	for (i = 0; f->made && i < f->run.nr_out; i++)
		axp_tensor_free(f->made[i]);
	free(f->made);
	axp_run_clear(&f->run);
}

static int folding_make(struct folding *f, const struct axp_graph *graph,
			const struct axp_node *node, const struct axp_shape *shapes,
			const enum axp_dtype *types, struct axp_diag *diag)
{
	uint32_t i;
	int err;

	f->made = calloc(node->nr_out, sizeof(*f->made));
	err = axp_run_init(&f->run, graph, node);
	if (err || !f->made)
		return -ENOMEM;
	f->run.diag = diag;
	for (i = 0; i < node->nr_in; i++)
		if (node->in[i] != AXP_NO_VALUE && graph->values[node->in[i]].constant)
			f->run.in[i] = graph->values[node->in[i]].constant->data;
	for (i = 0; i < node->nr_out; i++) {
		if (node->out[i] == AXP_NO_VALUE)
			continue;
		f->run.out_shape[i] = shapes[node->out[i]];
		f->run.out_type[i] = types[node->out[i]];
		err = axp_tensor_new(&f->made[i], f->run.out_type[i], &f->run.out_shape[i]);
		if (err)
			return err;
		f->run.out[i] = f->made[i]->data;
	}
	return 0;
}

static int count_folded(struct axp_graph *graph, const struct axp_node *node,
			const struct axp_shape *shapes, struct axp_diag *diag)
{
	uint64_t elems;
	uint32_t i;

	for (i = 0; i < node->nr_out; i++) {
		if (node->out[i] == AXP_NO_VALUE)
			continue;
		if (axp_shape_elems(&shapes[node->out[i]], &elems) ||
		    graph->folded + elems > AXP_MAX_FOLDED_ELEMS)
			return axp_fail(diag, -E2BIG,
					"node %s (%s): computed constants exceed %llu elements",
					node->name, node->op->name,
					(unsigned long long)AXP_MAX_FOLDED_ELEMS);
		graph->folded += elems;
	}
	return 0;
}

static int fold_node(struct axp_graph *graph, struct axp_node *node, struct axp_shape *shapes,
		     enum axp_dtype *types, struct axp_diag *diag)
{
	const struct axp_op *op = node->op;
	struct folding f;
	bool mixes = false;
	uint32_t i;
	int err;

	if (!op->run && !op->view)
		return axp_fail(diag, -EOPNOTSUPP, "node %s (%s): all inputs are constants",
				node->name, op->name);
	err = check_types(graph, node, diag);
	if (!err)
		err = axp_node_infer(graph, node, shapes, types, &mixes, diag);
	if (!err)
		err = count_folded(graph, node, shapes, diag);
	if (err)
		return err;
	err = folding_make(&f, graph, node, shapes, types, diag);
	if (!err && axp_node_is_view(node)) {
		if (f.made[0]->elems)
			memcpy(f.run.out[0], f.run.in[0],
			       f.made[0]->elems * axp_dtype_size(f.made[0]->dtype));
	} else if (!err) {
		err = op->run(&f.run);
	}
	if (err) {
		axp_fail(diag, err, "cannot be computed");
		folding_clear(&f);
		return axp_fail_in(diag, err, "node %s (%s)", node->name, op->name);
	}
	for (i = 0; i < node->nr_out; i++) {
		struct axp_value *to;

		if (node->out[i] == AXP_NO_VALUE)
			continue;
		to = &graph->values[node->out[i]];
		to->constant = f.made[i];
		to->producer = AXP_NO_NODE;
		to->shape = f.made[i]->shape;
		to->dtype = f.made[i]->dtype;
		f.made[i] = NULL;
	}
	folding_clear(&f);
	axp_node_clear(node);
	return 0;
}

static int infer_computed(struct axp_graph *graph, struct axp_node *node,
			  struct axp_shape *shapes, enum axp_dtype *types,
			  struct axp_diag *diag)
{
	bool mixes = false;
	uint32_t i;
	int err;

	err = check_types(graph, node, diag);
	if (!err)
		err = axp_node_infer(graph, node, shapes, types, &mixes, diag);
	for (i = 0; i < node->nr_out && !err; i++) {
		struct axp_value *v;

		if (node->out[i] == AXP_NO_VALUE)
			continue;
		v = &graph->values[node->out[i]];
		v->shape = shapes[node->out[i]];
		v->dtype = types[node->out[i]];
		if ((!graph->tensors || node->op->layer) &&
		    !axp_shape_span(&v->shape, 0, v->shape.ndim))
			err = axp_fail(diag, -EINVAL, "node %s (%s): the output is empty",
				       node->name, node->op->name);
	}
	return err;
}

static int fold_constants(struct axp_graph *graph, struct axp_diag *diag)
{
	struct axp_shape *shapes = calloc(graph->nr_values, sizeof(*shapes));
	enum axp_dtype *types = calloc(graph->nr_values, sizeof(*types));
	uint32_t i;
	int err = 0;

	if (!shapes || !types) {
		err = axp_fail(diag, -ENOMEM, "no memory");
		goto out;
	}
	for (i = 0; i < graph->nr_values; i++)
		shapes[i] = graph->values[i].shape;
	for (i = 0; i < graph->nr_nodes && !err; i++) {
		struct axp_node *node = &graph->nodes[i];

		if (all_constant(graph, node))
			err = fold_node(graph, node, shapes, types, diag);
		else
			err = infer_computed(graph, node, shapes, types, diag);
	}
out:
	free(shapes);
	free(types);
	return err;
}

/* a Reshape of one sample to one sample, whatever the batch is */
static bool keeps_sample(const struct axp_graph *graph, const struct axp_node *node)
{
	const struct axp_shape *x, *out;

	if (node->dead || strcmp(node->op->name, "Reshape") || !axp_reshape_copies(node))
		return false;
	x = &graph->values[node->in[0]].shape;
	out = &graph->values[node->out[0]].shape;
	return x->ndim && out->ndim && x->dim[0] == 1 && out->dim[0] == 1;
}

/*
 * Exporters trace one sample, so that the shape of a Reshape begins with the 1 they
 * saw. Where the batch is free that 1 stands for it: ONNX's 0, "as the input".
 */
static void free_batch(struct axp_graph *graph, bool *other)
{
	uint32_t i, j;

	memset(other, 0, graph->nr_values * sizeof(*other));
	for (i = 0; i < graph->nr_outputs; i++)
		other[graph->outputs[i]] = true;
	for (i = 0; i < graph->nr_nodes; i++) {
		const struct axp_node *node = &graph->nodes[i];
		bool keeps = keeps_sample(graph, node);

		for (j = 0; j < node->nr_in; j++)
			if (node->in[j] != AXP_NO_VALUE && !(keeps && j == 1))
				other[node->in[j]] = true;
	}
	for (i = 0; i < graph->nr_nodes && graph->batch_param; i++) {
		struct axp_tensor *to;

		if (!keeps_sample(graph, &graph->nodes[i]) || other[graph->nodes[i].in[1]])
			continue;
		to = graph->values[graph->nodes[i].in[1]].constant;
		if (axp_tensor_int(to, 0) == 1)
			axp_elem_set_int(to->dtype, to->data, 0, 0);
	}
}

static int check_outputs(const struct axp_graph *graph, struct axp_diag *diag)
{
	uint32_t i;

	for (i = 0; i < graph->nr_outputs && !graph->tensors; i++) {
		const struct axp_value *v = &graph->values[graph->outputs[i]];

		if (v->producer == AXP_NO_NODE)
			return axp_fail(diag, -EOPNOTSUPP,
					"output '%s' is not computed from the input", v->name);
		if (v->dtype != AXP_F32)
			return axp_fail(diag, -EOPNOTSUPP,
					"output '%s' is of type %s, FLOAT is supported", v->name,
					axp_dtype_name(v->dtype));
	}
	return 0;
}

/* the condition of each If is known by now: it is what its branch gives */
static void take_branches(struct axp_graph *graph)
{
	bool known;

	for (uint32_t i = 0; i < graph->nr_nodes; i++) {
		struct axp_node *node = &graph->nodes[i];

		if (node->dead || strcmp(node->op->name, "If"))
			continue;
		if (!axp_tensor_int(graph->values[node->in[2]].constant, 0))
			node->in[0] = node->in[1];
		node->nr_in = 1;
		node->op = axp_op_find("Identity", graph->opset, &known);
	}
}

/* ------------------------------------------------------- unused, identities */

/* values that a node or the user reads */
static void find_used(const struct axp_graph *graph, bool *used)
{
	uint32_t i, j;

	memset(used, 0, graph->nr_values * sizeof(*used));
	for (i = 0; i < graph->nr_outputs; i++)
		used[graph->outputs[i]] = true;
	for (i = 0; i < graph->nr_nodes; i++)
		for (j = 0; j < graph->nodes[i].nr_in; j++)
			if (graph->nodes[i].in[j] != AXP_NO_VALUE)
				used[graph->nodes[i].in[j]] = true;
}

/* an output that nobody reads is none; those at the end are forgotten */
static void drop_outputs(struct axp_graph *graph, const bool *used)
{
	uint32_t i, j;

	for (i = 0; i < graph->nr_nodes; i++) {
		struct axp_node *node = &graph->nodes[i];

		for (j = 1; j < node->nr_out; j++) {
			if (node->out[j] == AXP_NO_VALUE || used[node->out[j]])
				continue;
			graph->values[node->out[j]].producer = AXP_NO_NODE;
			node->out[j] = AXP_NO_VALUE;
		}
		/* a Split's outputs say into how many parts it splits */
		while (node->nr_out > 1 && node->op->max_out <= 2 &&
		       node->out[node->nr_out - 1] == AXP_NO_VALUE)
			node->nr_out--;
	}
}

static bool any_used(const struct axp_node *node, const bool *used)
{
	uint32_t j;

	for (j = 0; j < node->nr_out; j++)
		if (node->out[j] != AXP_NO_VALUE && used[node->out[j]])
			return true;
	return false;
}

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
		if (!any_used(node, used)) {
			for (j = 0; j < node->nr_out; j++)
				if (node->out[j] != AXP_NO_VALUE)
					graph->values[node->out[j]].producer = AXP_NO_NODE;
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
		if (!graph->values[i].frozen)
			graph->values[i].shape.ndim = 0;
	}
	drop_outputs(graph, used);
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
		if (!axp_node_is_view(node))
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

/* weights that lie in the constant: it goes to the layer, or is copied for others */
static int own_weights(struct axp_graph *graph, const struct axp_node *node,
		       const uint32_t *uses)
{
	struct axp_value *v = &graph->values[node->in[1]];
	struct axp_layer *l = node->layer;
	void *copy;

	if (l->weights != v->constant->data)
		return 0;
	if (uses[node->in[1]] == 1) {
		l->held = v->constant;
		v->constant = NULL;
		return 0;
	}
	copy = malloc(l->nr_weights * sizeof(float));
	if (copy)
		memcpy(copy, l->weights, l->nr_weights * sizeof(float));
	l->weights = copy;
	return copy ? 0 : -ENOMEM;
}

static int make_layer(struct axp_graph *graph, struct axp_node *node, const uint32_t *uses,
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
	if (err && layer->weights == constant[1]->data)
		layer->weights = NULL;
	if (!err)
		err = own_weights(graph, node, uses);
	if (err) {
		axp_fail(diag, err, "no memory");
		return axp_fail_in(diag, err, "node %s (%s)", node->name, layer->op);
	}
	axp_node_drop_attrs(node);
	node->nr_in = 1;
	return 0;
}

static bool becomes_layer(const struct axp_graph *graph, const struct axp_node *node)
{
	if (!node->op->layer)
		return false;
	return !node->op->is_layer || node->op->is_layer(graph, node);
}

static int make_layers(struct axp_graph *graph, uint32_t *uses, struct axp_diag *diag)
{
	struct axp_strmap names = { 0 };
	uint32_t i;
	int err = 0;

	for (i = 0; i < graph->nr_nodes && !err; i++)
		if (!graph->nodes[i].dead && becomes_layer(graph, &graph->nodes[i]))
			err = make_layer(graph, &graph->nodes[i], uses, &names, diag);
	axp_strmap_clear(&names);
	return err;
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
	uint32_t behind = l->is_conv ? (l->one_d ? 1 : 2) : 0;
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

/* one factor for all, or one a channel, as Caffe's batch normalization leaves behind */
static int fold_scale(struct axp_graph *graph, struct axp_node *node, const uint32_t *uses,
		      struct axp_diag *diag)
{
	const struct axp_shape *out = &graph->values[node->out[0]].shape;
	uint32_t side;

	for (side = 0; side < 2; side++) {
		const struct axp_tensor *c = graph->values[node->in[!side]].constant;
		struct axp_node *from = layer_behind(graph, node->in[side], uses);
		struct axp_layer *l;
		uint64_t i, per;
		uint32_t o;
		int err;

		if (!c || !from || c->shape.ndim > out->ndim ||
		    (c->elems != 1 && !is_bias(&c->shape, out, from->layer)))
			continue;
		l = from->layer;
		per = l->nr_weights / l->oc;
		for (o = 0; o < l->oc; o++) {
			float scale = ((const float *)c->data)[c->elems == 1 ? 0 : o];

			for (i = o * per; i < (o + 1) * per; i++)
				l->weights[i] *= scale;
			l->bias[o] *= scale;
		}
		err = axp_layer_check_finite(l, diag);
		if (err)
			return axp_fail_in(diag, err, "node %s (Mul)", node->name);
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
		else if (!strcmp(node->op->name, "Mul"))
			err = fold_scale(graph, node, uses, diag);
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
			if (graph->nodes[i].out[j] != AXP_NO_VALUE)
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
	err = freeze_given(graph, used, diag);
	if (!err) {
		find_used(graph, used);
		drop_outputs(graph, used);
		err = fold_constants(graph, diag);
	if (!err)
		take_branches(graph);
	}
	if (!err)
		free_batch(graph, used);
	if (!err)
		err = check_outputs(graph, diag);
	if (err)
		goto out;
	remove_unused(graph, used);
	remove_identities(graph, work);
	count_uses(graph, work);
	err = make_layers(graph, work, diag);
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
