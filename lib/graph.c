// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "ops/op.h"

struct axp_graph *axp_graph_new(void)
{
	return calloc(1, sizeof(struct axp_graph));
}

/* room for one more element of an array that doubles */
static int more(void **array, uint32_t used, uint32_t *max, size_t size)
{
	uint32_t want = *max ? *max * 2 : 16;
	void *bigger;

	if (used < *max)
		return 0;
	bigger = reallocarray(*array, want, size);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*max = want;
	return 0;
}

int axp_graph_add_value(struct axp_graph *graph, const char *name, uint32_t *value)
{
	struct axp_value *v;

	if (more((void **)&graph->values, graph->nr_values, &graph->max_values, sizeof(*v)))
		return -ENOMEM;
	v = &graph->values[graph->nr_values];
	memset(v, 0, sizeof(*v));
	v->producer = AXP_NO_NODE;
	v->dtype = AXP_F32;
	v->name = strdup(name);
	if (!v->name)
		return -ENOMEM;
	*value = graph->nr_values++;
	return 0;
}

int axp_graph_add_node(struct axp_graph *graph, struct axp_node **node)
{
	if (more((void **)&graph->nodes, graph->nr_nodes, &graph->max_nodes, sizeof(**node)))
		return -ENOMEM;
	*node = &graph->nodes[graph->nr_nodes++];
	memset(*node, 0, sizeof(**node));
	return 0;
}

void axp_node_drop_attrs(struct axp_node *node)
{
	axp_attrs_free(node->op, node->attrs);
	node->attrs = NULL;
}

static void layer_free(struct axp_layer *layer)
{
	if (!layer)
		return;
	axp_assoc_free(layer->assoc);
	free(layer->name);
	if (layer->held)
		axp_tensor_free(layer->held);
	else
		free(layer->weights);
	free(layer->bias);
	free(layer);
}

void axp_node_clear(struct axp_node *node)
{
	axp_node_drop_attrs(node);
	layer_free(node->layer);
	free(node->name);
	free(node->in);
	free(node->out);
	memset(node, 0, sizeof(*node));
	node->dead = true;
}

void axp_graph_free(struct axp_graph *graph)
{
	uint32_t i;

	if (!graph)
		return;
	for (i = 0; i < graph->nr_nodes; i++)
		axp_node_clear(&graph->nodes[i]);
	for (i = 0; i < graph->nr_values; i++) {
		free(graph->values[i].name);
		axp_tensor_free(graph->values[i].constant);
	}
	for (i = 0; i < graph->nr_props; i++) {
		free(graph->props[i].key);
		free(graph->props[i].value);
	}
	free(graph->nodes);
	free(graph->values);
	free(graph->layers);
	free(graph->layer_nodes);
	free(graph->inputs);
	free(graph->outputs);
	free(graph->props);
	free(graph->batch_param);
	free(graph->name);
	free(graph);
}

void axp_node_layer_shape(const struct axp_graph *graph, const struct axp_node *node,
			  uint32_t batch, struct axp_layer_shape *shape)
{
	const struct axp_shape *in = &graph->values[node->in[0]].shape;
	const struct axp_shape *out = &graph->values[node->out[0]].shape;

	*shape = (struct axp_layer_shape){ .h = 1, .w = 1, .oh = 1, .ow = 1 };
	if (node->layer->is_conv) {
		shape->n = (uint32_t)in->dim[0] * batch;
		shape->c = (uint32_t)in->dim[1];
		shape->w = (uint32_t)in->dim[in->ndim - 1];
		shape->ow = (uint32_t)out->dim[out->ndim - 1];
		if (!node->layer->one_d) {
			shape->h = (uint32_t)in->dim[2];
			shape->oh = (uint32_t)out->dim[2];
		}
	} else {
		shape->n = (uint32_t)axp_shape_span(in, 0, in->ndim - 1) * batch;
		shape->c = (uint32_t)in->dim[in->ndim - 1];
	}
}

void axp_graph_layer_shape_of(const struct axp_graph *graph, uint32_t layer,
			      struct axp_layer_shape *shape)
{
	axp_node_layer_shape(graph, &graph->nodes[graph->layer_nodes[layer]], 1, shape);
}

int axp_graph_layer_dims(const struct axp_graph *graph, uint32_t layer, uint64_t in[4],
			 uint64_t out[4])
{
	struct axp_layer_shape shape;

	if (layer >= graph->nr_layers)
		return -EINVAL;
	axp_graph_layer_shape_of(graph, layer, &shape);
	in[0] = shape.n;
	in[1] = shape.c;
	in[2] = shape.h;
	in[3] = shape.w;
	out[0] = shape.n;
	out[1] = graph->nodes[graph->layer_nodes[layer]].layer->oc;
	out[2] = shape.oh;
	out[3] = shape.ow;
	return 0;
}

uint32_t axp_graph_input_dims(const struct axp_graph *graph, uint64_t dims[7])
{
	const struct axp_shape *shape;
	uint32_t i;

	if (!graph->nr_inputs || !graph->values[graph->inputs[0]].shape.ndim)
		return 0;
	shape = &graph->values[graph->inputs[0]].shape;
	for (i = 1; i < shape->ndim; i++)
		dims[i - 1] = shape->dim[i];
	return shape->ndim - 1;
}

uint64_t axp_graph_output_elems(const struct axp_graph *graph)
{
	const struct axp_shape *shape = &graph->values[graph->outputs[0]].shape;

	return axp_shape_span(shape, 0, shape->ndim);
}

uint32_t axp_graph_nr_inputs(const struct axp_graph *graph)
{
	return graph->nr_inputs;
}

uint32_t axp_graph_nr_outputs(const struct axp_graph *graph)
{
	return graph->nr_outputs;
}

static int port_of(const struct axp_graph *graph, uint32_t value, struct axp_port *port)
{
	const struct axp_value *v = &graph->values[value];

	memset(port, 0, sizeof(*port));
	port->name = v->name;
	port->dtype = v->dtype;
	port->ndim = v->shape.ndim;
	memcpy(port->dims, v->shape.dim, v->shape.ndim * sizeof(port->dims[0]));
	return 0;
}

int axp_graph_input(const struct axp_graph *graph, uint32_t i, struct axp_port *port)
{
	return i < graph->nr_inputs ? port_of(graph, graph->inputs[i], port) : -EINVAL;
}

int axp_graph_output(const struct axp_graph *graph, uint32_t i, struct axp_port *port)
{
	return i < graph->nr_outputs ? port_of(graph, graph->outputs[i], port) : -EINVAL;
}

const char *axp_graph_metadata(const struct axp_graph *graph, const char *key)
{
	uint32_t i;

	for (i = 0; i < graph->nr_props; i++)
		if (!strcmp(graph->props[i].key, key))
			return graph->props[i].value;
	return NULL;
}

int axp_graph_set_metadata(struct axp_graph *graph, const char *key, const char *value)
{
	struct axp_property *p;
	char *copy, *copy_key;
	uint32_t i;

	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	for (i = 0; i < graph->nr_props; i++) {
		p = &graph->props[i];
		if (!strcmp(p->key, key)) {
			free(p->value);
			p->value = copy;
			return 0;
		}
	}
	copy_key = strdup(key);
	if (!copy_key || more((void **)&graph->props, graph->nr_props, &graph->max_props,
			      sizeof(*graph->props))) {
		free(copy_key);
		free(copy);
		return -ENOMEM;
	}
	p = &graph->props[graph->nr_props++];
	p->key = copy_key;
	p->value = copy;
	return 0;
}

void axp_graph_making(const struct axp_graph *graph, struct axp_making *making)
{
	*making = graph->making;
}

bool axp_graph_is_compiled(const struct axp_graph *graph)
{
	uint32_t i;

	for (i = 0; i < graph->nr_layers; i++)
		if (graph->layers[i]->assoc)
			return true;
	return false;
}

uint32_t axp_graph_nr_layers(const struct axp_graph *graph)
{
	return graph->nr_layers;
}

struct axp_layer *axp_graph_layer(struct axp_graph *graph, uint32_t i)
{
	return i < graph->nr_layers ? graph->layers[i] : NULL;
}

int axp_graph_layer_info(const struct axp_graph *graph, uint32_t layer,
			 struct axp_layer_info *info)
{
	const struct axp_layer *l;

	if (layer >= graph->nr_layers)
		return -EINVAL;
	l = graph->layers[layer];
	memset(info, 0, sizeof(*info));
	info->name = l->name;
	info->op = l->op;
	info->macs = l->macs;
	info->weights = l->nr_weights;
	if (l->assoc) {
		info->k = l->assoc->k;
		info->rows = l->assoc->dims_rows;
		info->table_rows = l->assoc->nr_rows;
		info->key_bits = l->assoc->dims_key_bits;
		info->spec = l->assoc->spec;
		info->job_flags = l->assoc->job_flags;
	}
	return 0;
}
