// SPDX-License-Identifier: BSD-2-Clause
/*
 * Shapes: of one node, and of a whole graph for a batch.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "ops/op.h"

int axp_node_infer(const struct axp_graph *graph, const struct axp_node *node,
		   struct axp_shape *shapes, enum axp_dtype *types, bool *mixes,
		   struct axp_diag *diag)
{
	size_t nr_in = node->nr_in ? node->nr_in : 1, nr_out = node->nr_out;
	const struct axp_shape **in = calloc(nr_in, sizeof(*in));
	const struct axp_tensor **constant = calloc(nr_in, sizeof(*constant));
	enum axp_dtype *type = calloc(nr_in + nr_out, sizeof(*type));
	struct axp_shape *out = calloc(nr_out, sizeof(*out));
	struct axp_infer inf = {
		.attrs = node->attrs,
		.nr_in = node->nr_in,
		.in = in,
		.in_type = type,
		.constant = constant,
		.nr_out = node->nr_out,
		.out = out,
		.out_type = type ? type + nr_in : NULL,
		.diag = diag,
	};
	uint64_t elems;
	uint32_t i;
	int err = 0;

	if (!in || !constant || !type || !out) {
		err = axp_fail(diag, -ENOMEM, "no memory");
		goto out;
	}
	for (i = 0; i < node->nr_in; i++) {
		if (node->in[i] == AXP_NO_VALUE)
			continue;
		in[i] = &shapes[node->in[i]];
		type[i] = graph->values[node->in[i]].dtype;
		constant[i] = graph->values[node->in[i]].constant;
	}
	for (i = 0; i < node->nr_out; i++)
		inf.out_type[i] = node->nr_in && in[0] ? type[0] : AXP_F32;
	err = node->op->infer(&inf);
	for (i = 0; i < node->nr_out && !err; i++)
		if (axp_shape_elems(&out[i], &elems))
			err = axp_fail(diag, -EOVERFLOW, "the output has more than %llu elements",
				       (unsigned long long)AXP_MAX_ELEMS);
	if (err) {
		axp_fail_in(diag, err, "node %s (%s)", node->name, node->op->name);
		goto out;
	}
	for (i = 0; i < node->nr_out; i++) {
		if (node->out[i] == AXP_NO_VALUE)
			continue;
		shapes[node->out[i]] = out[i];
		if (types)
			types[node->out[i]] = inf.out_type[i];
	}
	*mixes |= inf.mixes;
out:
	free(in);
	free(constant);
	free(type);
	free(out);
	return err;
}

/* a layer's inputs but the first are gone: its output from its own fields */
static void layer_shape(const struct axp_layer *l, const struct axp_shape *in,
			const struct axp_shape *one, struct axp_shape *out)
{
	*out = *one;
	out->dim[0] = in->dim[0];
	if (!l->is_conv)
		memcpy(out->dim, in->dim, (in->ndim - 1) * sizeof(in->dim[0]));
}

int axp_graph_infer(const struct axp_graph *graph, uint64_t batch, struct axp_shape *shapes,
		    bool *mixes, struct axp_diag *diag)
{
	uint32_t i;
	int err;

	for (i = 0; i < graph->nr_values; i++)
		shapes[i] = graph->values[i].shape;
	for (i = 0; i < graph->nr_inputs; i++)
		if (!graph->values[graph->inputs[i]].constant && shapes[graph->inputs[i]].ndim)
			shapes[graph->inputs[i]].dim[0] *= batch;
	for (i = 0; i < graph->nr_nodes; i++) {
		const struct axp_node *node = &graph->nodes[i];

		if (node->dead)
			continue;
		if (node->layer) {
			const struct axp_shape *one = &graph->values[node->in[0]].shape;
			const struct axp_shape *in = &shapes[node->in[0]];

			/* what a layer was made for is all it can take, but the batch */
			if (in->ndim != one->ndim ||
			    memcmp(&in->dim[1], &one->dim[1],
				   (in->ndim - 1) * sizeof(in->dim[0])))
				return axp_fail(diag, -EINVAL, "node %s: shape changes with the batch",
						node->name);
			layer_shape(node->layer, in, &graph->values[node->out[0]].shape,
				    &shapes[node->out[0]]);
			continue;
		}
		err = axp_node_infer(graph, node, shapes, NULL, mixes, diag);
		if (err)
			return err;
	}
	return 0;
}
