// SPDX-License-Identifier: BSD-2-Clause
/*
 * From nodes as read to a graph that runs: the stages, in order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "graph.h"
#include "nest.h"

static int number_layers(struct axp_graph *graph, struct axp_diag *diag)
{
	uint32_t i, nr = 0;

	for (i = 0; i < graph->nr_nodes; i++)
		nr += graph->nodes[i].layer != NULL;
	graph->layers = calloc(nr ? nr : 1, sizeof(struct axp_layer *));
	graph->layer_nodes = calloc(nr ? nr : 1, sizeof(*graph->layer_nodes));
	if (!graph->layers || !graph->layer_nodes)
		return axp_fail(diag, -ENOMEM, "no memory");
	for (i = 0; i < graph->nr_nodes; i++) {
		if (!graph->nodes[i].layer)
			continue;
		graph->layer_nodes[graph->nr_layers] = i;
		graph->layers[graph->nr_layers++] = graph->nodes[i].layer;
	}
	return 0;
}

/*
 * Three samples at once must give every computed value thrice its first
 * dimension and nothing else; else samples run one after the other.
 */
static int find_batched(struct axp_graph *graph, struct axp_diag *diag)
{
	struct axp_shape *three = calloc(graph->nr_values, sizeof(*three));
	bool mixes = false;
	uint32_t i;
	int err;

	if (!three)
		return axp_fail(diag, -ENOMEM, "no memory");
	graph->batched = false;
	err = axp_graph_infer(graph, 3, three, &mixes, NULL);
	if (err == -ENOMEM) {
		free(three);
		return axp_fail(diag, err, "no memory");
	}
	if (err || mixes)
		goto out;
	for (i = 0; i < graph->nr_values; i++) {
		const struct axp_value *v = &graph->values[i];

		if (v->producer == AXP_NO_NODE)
			continue;
		if (!v->shape.ndim || three[i].ndim != v->shape.ndim ||
		    three[i].dim[0] != 3 * v->shape.dim[0])
			goto out;
		three[i].dim[0] = v->shape.dim[0];
		if (!axp_shape_equal(&three[i], &v->shape))
			goto out;
	}
	graph->batched = true;
out:
	free(three);
	return 0;
}

static int count_macs(struct axp_graph *graph, struct axp_diag *diag)
{
	uint32_t i;

	for (i = 0; i < graph->nr_nodes; i++) {
		struct axp_node *node = &graph->nodes[i];
		struct axp_layer_shape shape;
		struct axp_nest nest;
		struct axp_why why = { 0 };
		struct axp_job job;
		char text[160];
		int err;

		if (!node->layer)
			continue;
		axp_node_layer_shape(graph, node, 1, &shape);
		axp_layer_job(node->layer, &shape, &job);
		err = axp_nest_from_job(&nest, &job, UINT64_MAX, &why);
		if (err) {
			axp_why_text(&why, "layer", text, sizeof(text));
			return axp_fail(diag, err, "node %s (%s): %s", node->name,
					node->layer->op, text);
		}
		node->layer->macs = nest.macs;
	}
	return 0;
}

int axp_graph_finish(struct axp_graph *graph, struct axp_diag *diag)
{
	int err;

	err = axp_graph_sort(graph, diag);
	if (!err)
		err = axp_graph_fold(graph, diag);
	if (!err)
		err = number_layers(graph, diag);
	if (!err)
		err = find_batched(graph, diag);
	if (!err)
		err = count_macs(graph, diag);
	return err;
}
