// SPDX-License-Identifier: BSD-2-Clause
/*
 * Branches: exporters write If where a shape decides, which is known once the inputs
 * are. The nodes of both branches become nodes of the graph, and the If one that takes
 * the outputs of both and the condition; folding leaves the branch that is taken.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "onnx.h"

static int put(void ***list, size_t *n, void *item, struct axp_diag *diag)
{
	void **more;

	if (!(*n & (*n - 1))) {
		more = realloc(*list, (*n ? 2 * *n : 1) * sizeof(*more));
		if (!more)
			return axp_fail(diag, -ENOMEM, "no memory");
		*list = more;
	}
	(*list)[(*n)++] = item;
	return 0;
}

static int put_graph(struct axp_onnx_nodes *nodes, const Onnx__GraphProto *graph,
		     struct axp_diag *diag);

static const Onnx__GraphProto *branch(const Onnx__NodeProto *p, const char *name)
{
	for (size_t i = 0; i < p->n_attribute; i++)
		if (p->attribute[i]->name && !strcmp(p->attribute[i]->name, name))
			return p->attribute[i]->g;
	return NULL;
}

static int check_branch(const Onnx__GraphProto *g, const char *name, struct axp_diag *diag)
{
	if (!g)
		return axp_fail(diag, -EINVAL, "attribute %s is missing", name);
	if (g->n_input || g->n_sparse_initializer)
		return axp_fail(diag, -EOPNOTSUPP, "%s has %s, which is not supported", name,
				g->n_input ? "inputs" : "sparse initializers");
	if (g->n_output != 1 || !g->output[0]->name || !g->output[0]->name[0])
		return axp_fail(diag, -EOPNOTSUPP, "%s has %zu outputs, one is supported", name,
				g->n_output);
	return 0;
}

/* the node that reads both branches and the condition; its names are borrowed */
static int put_choice(struct axp_onnx_nodes *nodes, const Onnx__NodeProto *p,
		      const Onnx__GraphProto *yes, const Onnx__GraphProto *no,
		      struct axp_diag *diag)
{
	Onnx__NodeProto *choice = malloc(sizeof(*choice));
	int err;

	if (!choice)
		return axp_fail(diag, -ENOMEM, "no memory");
	*choice = *p;
	choice->n_attribute = 0;
	choice->n_input = 3;
	choice->input = malloc(3 * sizeof(*choice->input));
	if (!choice->input) {
		free(choice);
		return axp_fail(diag, -ENOMEM, "no memory");
	}
	choice->input[0] = yes->output[0]->name;
	choice->input[1] = no->output[0]->name;
	choice->input[2] = p->input[0];
	err = put((void ***)&nodes->made, &nodes->n_made, choice, diag);
	if (err) {
		free(choice->input);
		free(choice);
		return err;
	}
	return put((void ***)&nodes->node, &nodes->n_node, choice, diag);
}

static int put_if(struct axp_onnx_nodes *nodes, const Onnx__NodeProto *p, struct axp_diag *diag)
{
	const Onnx__GraphProto *yes = branch(p, "then_branch"), *no = branch(p, "else_branch");
	int err;

	err = p->n_input == 1 ? 0 :
	      axp_fail(diag, -EINVAL, "it has %zu inputs, If takes 1", p->n_input);
	if (!err && p->n_attribute != 2)
		err = axp_fail(diag, -EINVAL, "it has %zu attributes, If has 2", p->n_attribute);
	if (!err)
		err = check_branch(yes, "then_branch", diag);
	if (!err)
		err = check_branch(no, "else_branch", diag);
	if (err)
		return axp_fail_in(diag, err, "node %.200s (If)",
				   p->name && p->name[0] ? p->name : "without a name");
	err = put_graph(nodes, yes, diag);
	if (!err)
		err = put_graph(nodes, no, diag);
	return err ? err : put_choice(nodes, p, yes, no, diag);
}

/* recursion ends where the scan's limit of nested messages does */
static int put_graph(struct axp_onnx_nodes *nodes, const Onnx__GraphProto *graph,
		     struct axp_diag *diag)
{
	int err = 0;

	for (size_t i = 0; i < graph->n_initializer && !err; i++)
		err = put((void ***)&nodes->initializer, &nodes->n_initializer,
			  graph->initializer[i], diag);
	for (size_t i = 0; i < graph->n_node && !err; i++) {
		Onnx__NodeProto *p = graph->node[i];
		bool ours = !p->domain || !p->domain[0] || !strcmp(p->domain, "ai.onnx");

		if (ours && p->op_type && !strcmp(p->op_type, "If"))
			err = put_if(nodes, p, diag);
		else
			err = put((void ***)&nodes->node, &nodes->n_node, p, diag);
	}
	return err;
}

int axp_onnx_nodes(struct axp_onnx_nodes *nodes, const Onnx__GraphProto *graph,
		   struct axp_diag *diag)
{
	*nodes = (struct axp_onnx_nodes){ 0 };
	return put_graph(nodes, graph, diag);
}

void axp_onnx_nodes_clear(struct axp_onnx_nodes *nodes)
{
	for (size_t i = 0; i < nodes->n_made; i++) {
		free(nodes->made[i]->input);
		free(nodes->made[i]);
	}
	free(nodes->made);
	free(nodes->node);
	free(nodes->initializer);
}
