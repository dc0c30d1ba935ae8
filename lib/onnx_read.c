// SPDX-License-Identifier: BSD-2-Clause
/*
 * ONNX to graph: scan, unpack, values and nodes, then the stages of graph.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.h"
#include "ops/op.h"
#include "opts.h"
#include "slurp.h"
#include "strmap.h"

#define MAX_METADATA	8192u

/**
 * struct reader - what reading needs beside the graph
 * @graph: being built
 * @names: of values, to their numbers; keys are borrowed from @proto
 * @proto: the unpacked file, thin
 * @nodes: of it
 * @file: it was made of
 * @opts: limits, and what the inputs will be
 * @diag: message
 */
struct reader {
	struct axp_graph *graph;
	struct axp_strmap names;
	const Onnx__GraphProto *proto;
	struct axp_onnx_nodes nodes;
	const struct axp_onnx_file *file;
	const struct axp_onnx_opts *opts;
	struct axp_diag *diag;
};

/* names end up in messages of one line: no control characters, no novels */
static int check_name(const struct reader *r, const char *what, const char *name)
{
	const unsigned char *p;

	for (p = (const unsigned char *)name; *p; p++)
		if (*p < ' ' || *p == 0x7f)
			return axp_fail(r->diag, -EINVAL,
					"%s: its name holds the control character 0x%02x", what, *p);
	if (p - (const unsigned char *)name > 1024)
		return axp_fail(r->diag, -E2BIG, "%s: its name is longer than 1024 bytes", what);
	return 0;
}

static int add_value(struct reader *r, const char *what, const char *name, uint32_t *value)
{
	int err;

	if (!name || !name[0])
		return axp_fail(r->diag, -EINVAL, "%s without a name", what);
	err = check_name(r, what, name);
	if (err)
		return err;
	if (axp_strmap_find(&r->names, name, NULL))
		return axp_fail(r->diag, -EINVAL, "%s: the name '%s' is already taken", what, name);
	err = axp_graph_add_value(r->graph, name, value);
	if (!err)
		err = axp_strmap_add(&r->names, name, *value);
	return err ? axp_fail(r->diag, err, "no memory") : 0;
}

/* ------------------------------------------------- initializers, input, outputs */

static int read_initializer(struct reader *r, const Onnx__TensorProto *p)
{
	struct axp_tensor *t;
	uint32_t value;
	char what[160];
	int err;

	err = add_value(r, "initializer", p->name, &value);
	if (err)
		return err;
	snprintf(what, sizeof(what), "initializer '%s'", p->name);
	err = axp_onnx_tensor(&t, p, r->file, what, r->diag);
	if (err)
		return err;
	r->graph->values[value].constant = t;
	r->graph->values[value].shape = t->shape;
	r->graph->values[value].dtype = t->dtype;
	return 0;
}

static const struct axp_tensor *given(const struct reader *r, const char *name)
{
	uint32_t i;

	for (i = 0; i < r->opts->nr_inputs; i++)
		if (!strcmp(r->opts->inputs[i].name, name))
			return r->opts->inputs[i].tensor;
	return NULL;
}

/* what is given must be what the file says; where it says nothing, all is well */
static int match_given(struct reader *r, const char *name, const Onnx__TypeProto__Tensor *t,
		       const struct axp_tensor *tensor, struct axp_shape *shape)
{
	char text[128];
	size_t i;

	if (tensor->dtype != (enum axp_dtype)t->elem_type)
		return axp_fail(r->diag, -EINVAL, "input '%s' is of type %s, %s is given", name,
				axp_dtype_name(t->elem_type), axp_dtype_name(tensor->dtype));
	if (t->shape && t->shape->n_dim != tensor->shape.ndim)
		return axp_fail(r->diag, -EINVAL,
				"input '%s' has %zu dimensions, %s is given", name,
				t->shape->n_dim, axp_shape_text(&tensor->shape, text));
	for (i = 0; t->shape && i < t->shape->n_dim; i++) {
		const Onnx__TensorShapeProto__Dimension *d = t->shape->dim[i];

		if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE &&
		    (d->dim_value < 0 || (uint64_t)d->dim_value != tensor->shape.dim[i]))
			return axp_fail(r->diag, -EINVAL,
					"input '%s': dimension %zu is %lld, %s is given", name, i,
					(long long)d->dim_value,
					axp_shape_text(&tensor->shape, text));
	}
	*shape = tensor->shape;
	return 0;
}

static int read_input_shape(struct reader *r, const Onnx__ValueInfoProto *p,
			    const struct axp_value *v, struct axp_shape *shape,
			    enum axp_dtype *dtype)
{
	const Onnx__TypeProto__Tensor *t;
	uint64_t elems;
	size_t i;

	if (!p->type || p->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ||
	    !p->type->tensor_type)
		return axp_fail(r->diag, -EOPNOTSUPP, "input '%s' is not a tensor", p->name);
	t = p->type->tensor_type;
	if (r->graph->tensors ? !axp_dtype_size(t->elem_type) : t->elem_type != AXP_F32)
		return axp_fail(r->diag, -EOPNOTSUPP, "input '%s' is of type %s, %s", p->name,
				axp_dtype_name(t->elem_type), r->graph->tensors ?
				"which is not supported" : "FLOAT is supported");
	*dtype = (enum axp_dtype)t->elem_type;
	if (v->given)
		return match_given(r, p->name, t, v->given, shape);
	if (r->graph->tensors && r->opts->nr_inputs)
		return axp_fail(r->diag, -EINVAL, "input '%s' is not given", p->name);
	if (!t->shape || !t->shape->n_dim || t->shape->n_dim > AXP_MAX_DIMS)
		return axp_fail(r->diag, -EOPNOTSUPP,
				"input '%s' has %zu dimensions, 1 to %u are supported", p->name,
				t->shape ? t->shape->n_dim : 0, AXP_MAX_DIMS);
	shape->ndim = (uint32_t)t->shape->n_dim;
	for (i = 0; i < t->shape->n_dim; i++) {
		const Onnx__TensorShapeProto__Dimension *d = t->shape->dim[i];
		bool known = d->value_case ==
			     ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;

		if (!known && i)
			return axp_fail(r->diag, -EOPNOTSUPP,
					"input '%s': dimension %zu is free, only the batch may be",
					p->name, i);
		if (known && (d->dim_value < 1 ||
			      (!i && d->dim_value != 1 && !r->graph->tensors)))
			return axp_fail(r->diag, -EOPNOTSUPP,
					"input '%s': dimension %zu is %lld, %s is supported",
					p->name, i, (long long)d->dim_value,
					i ? "1 or more" : "a batch that is free or 1");
		shape->dim[i] = known ? (uint64_t)d->dim_value : 1;
		if (i || known || r->graph->batch_param)
			continue;
		r->graph->batch_param = strdup(d->value_case ==
			ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM &&
			d->dim_param && d->dim_param[0] ? d->dim_param : "N");
		if (!r->graph->batch_param)
			return axp_fail(r->diag, -ENOMEM, "no memory");
	}
	if (axp_shape_elems(shape, &elems))
		return axp_fail(r->diag, -E2BIG, "input '%s' has more than %llu elements", p->name,
				(unsigned long long)AXP_MAX_ELEMS);
	return 0;
}

static int read_input(struct reader *r, const Onnx__ValueInfoProto *p)
{
	struct axp_shape shape = { 0 };
	enum axp_dtype dtype = AXP_F32;
	struct axp_value *v;
	uint32_t value;
	int err;

	err = add_value(r, "input", p->name, &value);
	if (err)
		return err;
	v = &r->graph->values[value];
	v->given = given(r, p->name);
	err = read_input_shape(r, p, v, &shape, &dtype);
	if (err)
		return err;
	v->shape = shape;
	v->dtype = dtype;
	r->graph->inputs[r->graph->nr_inputs++] = value;
	return 0;
}

/* a name that is given and that nobody has is a mistake */
static int check_given(const struct reader *r)
{
	uint32_t i, j, value;

	for (i = 0; i < r->opts->nr_inputs; i++) {
		const char *name = r->opts->inputs[i].name;

		if (!axp_strmap_find(&r->names, name, &value) || !r->graph->values[value].given)
			return axp_fail(r->diag, -EINVAL, "it has no input '%.200s'", name);
		for (j = 0; j < i; j++)
			if (!strcmp(name, r->opts->inputs[j].name))
				return axp_fail(r->diag, -EINVAL, "input '%.200s' is given twice",
						name);
	}
	return 0;
}

/* old files list initializers among the inputs; in a graph for samples one input remains */
static int read_inputs(struct reader *r)
{
	size_t i;
	int err = 0;

	r->graph->inputs = calloc(r->proto->n_input ? r->proto->n_input : 1,
				  sizeof(*r->graph->inputs));
	if (!r->graph->inputs)
		return axp_fail(r->diag, -ENOMEM, "no memory");
	for (i = 0; i < r->proto->n_input && !err; i++) {
		const char *name = r->proto->input[i]->name;
		uint32_t value;

		if (name && axp_strmap_find(&r->names, name, &value) &&
		    r->graph->values[value].constant)
			continue;
		if (r->graph->nr_inputs && !r->graph->tensors)
			return axp_fail(r->diag, -EOPNOTSUPP,
					"a second input '%s', one is supported", name ? name : "");
		err = read_input(r, r->proto->input[i]);
	}
	if (!err && !r->graph->nr_inputs && !r->graph->tensors)
		return axp_fail(r->diag, -EINVAL, "the graph has no input");
	return err ? err : check_given(r);
}

static int read_outputs(struct reader *r)
{
	struct axp_graph *g = r->graph;
	size_t i, j;

	if (!r->proto->n_output)
		return axp_fail(r->diag, -EINVAL, "the graph has no output");
	if (r->proto->n_output > 256)
		return axp_fail(r->diag, -E2BIG, "the graph has %zu outputs, the limit is 256",
				r->proto->n_output);
	g->outputs = calloc(r->proto->n_output, sizeof(*g->outputs));
	if (!g->outputs)
		return axp_fail(r->diag, -ENOMEM, "no memory");
	for (i = 0; i < r->proto->n_output; i++) {
		const Onnx__ValueInfoProto *p = r->proto->output[i];

		if (!p->name || !axp_strmap_find(&r->names, p->name, &g->outputs[i]))
			return axp_fail(r->diag, -EINVAL, "output '%.200s' is written by no node",
					p->name ? p->name : "");
		for (j = 0; j < i; j++)
			if (g->outputs[j] == g->outputs[i])
				return axp_fail(r->diag, -EINVAL, "output '%s' is listed twice",
						p->name);
		if (!g->tensors && p->type &&
		    p->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE &&
		    p->type->tensor_type && p->type->tensor_type->has_elem_type &&
		    p->type->tensor_type->elem_type != AXP_F32)
			return axp_fail(r->diag, -EOPNOTSUPP,
					"output '%s' is of type %s, FLOAT is supported", p->name,
					axp_dtype_name(p->type->tensor_type->elem_type));
		g->nr_outputs++;
	}
	return 0;
}

/* ------------------------------------------------------------------- nodes */

static int read_attr(const struct reader *r, const Onnx__AttributeProto *p, struct axp_attr *a)
{
	a->name = p->name ? p->name : "";
	if (check_name(r, "attribute", a->name))
		return -EINVAL;
	if (p->ref_attr_name && p->ref_attr_name[0])
		return axp_fail(r->diag, -EOPNOTSUPP,
				"attribute %s refers to a function's attribute", a->name);
	switch (p->type) {
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT:
		a->kind = AXP_ATTR_INT;
		a->i = p->i;
		return 0;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT:
		a->kind = AXP_ATTR_FLOAT;
		a->f = p->f;
		return 0;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING:
		a->kind = AXP_ATTR_WORD;
		a->s = (const char *)p->s.data;
		a->n = p->s.len;
		if (!a->s)
			a->s = "";
		return 0;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS:
		a->kind = AXP_ATTR_INTS;
		a->ints = p->ints;
		a->n = p->n_ints;
		return 0;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS:
		a->kind = AXP_ATTR_FLOATS;
		a->floats = p->floats;
		a->n = p->n_floats;
		return 0;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR:
		a->kind = AXP_ATTR_TENSOR;
		if (!p->t)
			return axp_fail(r->diag, -EINVAL, "attribute %s holds no tensor", a->name);
		return axp_onnx_tensor(&a->tensor, p->t, r->file, a->name, r->diag);
	default:
		return axp_fail(r->diag, -EOPNOTSUPP,
				"attribute %s is of a type (%d) that no supported operator has",
				a->name, p->type);
	}
}

static int read_attrs(const struct reader *r, const Onnx__NodeProto *p, struct axp_node *node)
{
	struct axp_attr *attr = calloc(p->n_attribute ? p->n_attribute : 1, sizeof(*attr));
	size_t i;
	int err = 0;

	if (!attr)
		return axp_fail(r->diag, -ENOMEM, "no memory");
	for (i = 0; i < p->n_attribute && !err; i++)
		err = read_attr(r, p->attribute[i], &attr[i]);
	if (!err)
		err = axp_attrs_parse(&node->attrs, node->op, attr, p->n_attribute, r->diag);
	for (i = 0; i < p->n_attribute; i++)
		axp_tensor_free(attr[i].tensor);
	free(attr);
	return err;
}

static int find_op(const struct reader *r, const Onnx__NodeProto *p, const struct axp_op **op)
{
	const char *type = p->op_type ? p->op_type : "";
	bool known;

	if (check_name(r, "op_type", type))
		return -EINVAL;
	if (p->domain && p->domain[0] && strcmp(p->domain, "ai.onnx"))
		return axp_fail(r->diag, -EOPNOTSUPP,
				"operator %.100s of domain '%.100s' is not supported", type,
				p->domain);
	*op = axp_op_find(type, r->graph->opset, &known);
	if (!*op && known)
		return axp_fail(r->diag, -EOPNOTSUPP, "operator %s of opset %u is not supported", type,
				r->graph->opset);
	if (!*op)
		return axp_fail(r->diag, -EOPNOTSUPP, "operator '%.100s' is not supported", type);
	return 0;
}

/* trailing names that are left empty are no inputs */
static size_t count_names(char *const *names, size_t n)
{
	while (n && !names[n - 1][0])
		n--;
	return n;
}

static int read_outs(struct reader *r, const Onnx__NodeProto *p, struct axp_node *node,
		     uint32_t nr)
{
	size_t n = count_names(p->output, p->n_output), i;
	size_t most = node->op->max_out ? node->op->max_out : 1;
	char what[32];
	int err;

	if (n > most)
		return axp_fail(r->diag, -EOPNOTSUPP, "its output %zu '%.100s' is not supported",
				most, p->output[most]);
	if (!n || !p->output[0][0])
		return axp_fail(r->diag, -EINVAL, "it has no output");
	node->out = calloc(n, sizeof(*node->out));
	if (!node->out)
		return axp_fail(r->diag, -ENOMEM, "no memory");
	for (i = 0; i < n; i++, node->nr_out++) {
		if (!p->output[i][0]) {
			node->out[i] = AXP_NO_VALUE;
			continue;
		}
		snprintf(what, sizeof(what), "output %zu", i);
		err = add_value(r, what, p->output[i], &node->out[i]);
		if (err)
			return err;
		r->graph->values[node->out[i]].producer = nr;
	}
	return 0;
}

static int read_node(struct reader *r, const Onnx__NodeProto *p)
{
	size_t n = count_names(p->input, p->n_input), i;
	struct axp_node *node;
	int err;

	if (axp_graph_add_node(r->graph, &node))
		return axp_fail(r->diag, -ENOMEM, "no memory");
	if (p->name && p->name[0])
		node->name = strdup(p->name);
	else
		node->name = strdup(p->n_output && p->output[0][0] ? p->output[0] : "without a name");
	if (!node->name)
		return axp_fail(r->diag, -ENOMEM, "no memory");
	err = check_name(r, "node", node->name);
	if (err)
		return err;
	err = find_op(r, p, &node->op);
	if (err)
		goto named;
	if (n < node->op->min_in || n > node->op->max_in) {
		err = axp_fail(r->diag, -EINVAL, "it has %zu inputs, %s takes %u to %u", n,
			       node->op->name, node->op->min_in, node->op->max_in);
		goto named;
	}
	for (i = 0; i < node->op->min_in; i++) {
		if (p->input[i][0])
			continue;
		err = axp_fail(r->diag, -EINVAL, "its input %zu is left out", i);
		goto named;
	}
	err = read_attrs(r, p, node);
	if (!err)
		err = read_outs(r, p, node, r->graph->nr_nodes - 1);
	if (!err)
		return 0;
named:
	return axp_fail_in(r->diag, err, "node %.200s%s%s%s", node->name, node->op ? " (" : "",
			   node->op ? node->op->name : "", node->op ? ")" : "");
}

/* inputs once every value has its name: nodes may stand in any order */
static int connect_node(struct reader *r, const Onnx__NodeProto *p, struct axp_node *node)
{
	size_t n = count_names(p->input, p->n_input), i;

	node->in = calloc(n ? n : 1, sizeof(*node->in));
	if (!node->in)
		return axp_fail(r->diag, -ENOMEM, "no memory");
	for (i = 0; i < n; i++) {
		if (!p->input[i][0])
			node->in[i] = AXP_NO_VALUE;
		else if (!axp_strmap_find(&r->names, p->input[i], &node->in[i]))
			return axp_fail(r->diag, -EINVAL,
					"node %s (%s): input %zu '%.200s' is written by nothing",
					node->name, node->op->name, i, p->input[i]);
		node->nr_in++;
	}
	return 0;
}

static int read_nodes(struct reader *r)
{
	size_t i;
	int err = 0;

	for (i = 0; i < r->nodes.n_node && !err; i++)
		err = read_node(r, r->nodes.node[i]);
	for (i = 0; i < r->nodes.n_node && !err; i++)
		err = connect_node(r, r->nodes.node[i], &r->graph->nodes[i]);
	return err;
}

/* ------------------------------------------------------------------- model */

static int read_opset(const struct reader *r, const Onnx__ModelProto *m)
{
	int64_t opset = 0;
	size_t i;

	for (i = 0; i < m->n_opset_import; i++) {
		const Onnx__OperatorSetIdProto *id = m->opset_import[i];

		if (id->domain && id->domain[0] && strcmp(id->domain, "ai.onnx"))
			continue;
		if (opset)
			return axp_fail(r->diag, -EINVAL, "two versions of the operator set");
		opset = id->version;
		if (opset < AXP_OPSET_MIN || opset > AXP_OPSET_MAX)
			return axp_fail(r->diag, -EOPNOTSUPP,
					"opset is %lld, %u to %u are supported", (long long)opset,
					AXP_OPSET_MIN, AXP_OPSET_MAX);
	}
	if (!opset)
		return axp_fail(r->diag, -EINVAL, "opset_import is missing");
	r->graph->opset = (uint32_t)opset;
	return 0;
}

static int read_metadata(const struct reader *r, const Onnx__ModelProto *m)
{
	size_t i;

	if (m->n_metadata_props > MAX_METADATA)
		return axp_fail(r->diag, -E2BIG, "%zu metadata properties, the limit is %u",
				m->n_metadata_props, MAX_METADATA);
	for (i = 0; i < m->n_metadata_props; i++) {
		const char *key = m->metadata_props[i]->key;
		const char *value = m->metadata_props[i]->value;

		if (!key || !key[0])
			return axp_fail(r->diag, -EINVAL, "a metadata property without a key");
		if (check_name(r, "metadata", key))
			return -EINVAL;
		if (axp_graph_metadata(r->graph, key))
			return axp_fail(r->diag, -EINVAL, "metadata '%s' is given twice", key);
		if (axp_graph_set_metadata(r->graph, key, value ? value : ""))
			return axp_fail(r->diag, -ENOMEM, "no memory");
	}
	return 0;
}

static int read_graph(struct reader *r)
{
	size_t i;
	int err = 0;

	if (r->proto->n_sparse_initializer)
		return axp_fail(r->diag, -EOPNOTSUPP, "sparse initializers are not supported");
	r->graph->name = strdup(r->proto->name && r->proto->name[0] ? r->proto->name : "axp");
	if (!r->graph->name)
		return axp_fail(r->diag, -ENOMEM, "no memory");
	err = axp_onnx_nodes(&r->nodes, r->proto, r->diag);
	for (i = 0; i < r->nodes.n_initializer && !err; i++)
		err = read_initializer(r, r->nodes.initializer[i]);
	if (!err)
		err = read_inputs(r);
	if (!err)
		err = read_nodes(r);
	if (!err)
		err = read_outputs(r);
	return err;
}

/* what is given lives as long as the call */
static void forget_given(struct axp_graph *graph)
{
	uint32_t i;

	for (i = 0; i < graph->nr_inputs; i++)
		graph->values[graph->inputs[i]].given = NULL;
}

static int read_model(struct axp_graph **out, const Onnx__ModelProto *m,
		      const struct axp_onnx_file *file, const struct axp_onnx_opts *opts,
		      struct axp_diag *diag)
{
	struct reader r = { .proto = m->graph, .file = file, .opts = opts, .diag = diag };
	int err;

	if (!m->graph)
		return axp_fail(diag, -EINVAL, "not a valid ONNX file: it holds no graph");
	if (m->n_functions)
		return axp_fail(diag, -EOPNOTSUPP, "functions are not supported");
	r.graph = axp_graph_new();
	if (!r.graph)
		return axp_fail(diag, -ENOMEM, "no memory");
	r.graph->tensors = opts->tensors || opts->nr_inputs;
	err = read_opset(&r, m);
	if (!err)
		err = read_metadata(&r, m);
	if (!err)
		err = read_graph(&r);
	axp_strmap_clear(&r.names);
	axp_onnx_nodes_clear(&r.nodes);
	if (!err)
		err = axp_graph_finish(r.graph, diag);
	if (!err)
		err = axp_onnx_assoc(r.graph, m->graph, file, diag);
	if (!err)
		err = axp_onnx_making(r.graph, diag);
	if (err) {
		axp_graph_free(r.graph);
		return err;
	}
	forget_given(r.graph);
	*out = r.graph;
	return 0;
}

/* protobuf-c does not say why it failed: its allocator does */
static void *watch_alloc(void *data, size_t size)
{
	bool *no_memory = data;
	void *p = malloc(size);

	if (!p)
		*no_memory = true;
	return p;
}

static void watch_free(void *data, void *p)
{
	(void)data;
	free(p);
}

static int unpack(struct axp_graph **out, const struct axp_onnx_file *file,
		  const struct axp_onnx_opts *opts, struct axp_diag *diag)
{
	bool no_memory = false;
	ProtobufCAllocator alloc = { watch_alloc, watch_free, &no_memory };
	Onnx__ModelProto *m;
	uint8_t *thin;
	size_t len;
	int err;

	err = axp_onnx_thin(file->buf, file->len, opts->max_depth, &thin, &len, diag);
	if (err)
		return err;
	m = onnx__model_proto__unpack(&alloc, len, thin);
	free(thin);
	if (!m && no_memory)
		return axp_fail(diag, -ENOMEM, "no memory to unpack %zu bytes", len);
	if (!m)
		return axp_fail(diag, -EINVAL, "not a valid ONNX file");
	err = read_model(out, m, file, opts, diag);
	onnx__model_proto__free_unpacked(m, &alloc);
	return err;
}

static int limits(struct axp_onnx_opts *to, const struct axp_onnx_opts *opts,
		  struct axp_diag *diag)
{
	int err;

	err = axp_opts_copy(to, sizeof(*to), opts, "axp_onnx_opts", diag);
	if (err)
		return err;
	if (!to->max_bytes)
		to->max_bytes = AXP_ONNX_MAX_BYTES;
	if (!to->max_nodes)
		to->max_nodes = AXP_ONNX_MAX_NODES;
	if (!to->max_depth || to->max_depth > 1000)
		to->max_depth = AXP_ONNX_MAX_DEPTH;
	return 0;
}

static int read_file(struct axp_graph **out, const struct axp_onnx_file *file, const char *name,
		     const struct axp_onnx_opts *lim, struct axp_diag *diag)
{
	int err;

	if (file->len > lim->max_bytes)
		return axp_fail(diag, -E2BIG, "%s: %zu bytes, the limit is %llu", name, file->len,
				(unsigned long long)lim->max_bytes);
	err = file->len ? axp_onnx_scan(file->buf, file->len, lim, diag) :
			  axp_fail(diag, -EINVAL, "not a valid ONNX file: it is empty");
	if (!err)
		err = unpack(out, file, lim, diag);
	return err ? axp_fail_in(diag, err, "%s", name) : 0;
}

int axp_onnx_read_mem(struct axp_graph **out, const void *buf, size_t len, const char *name,
		      const struct axp_onnx_opts *opts, struct axp_diag *diag)
{
	struct axp_onnx_file file = { .buf = buf, .len = len };
	struct axp_onnx_opts lim;
	int err;

	*out = NULL;
	if (diag)
		diag->text[0] = '\0';
	err = limits(&lim, opts, diag);
	return err ? err : read_file(out, &file, name, &lim, diag);
}

int axp_onnx_read(struct axp_graph **out, const char *path, const struct axp_onnx_opts *opts,
		  struct axp_diag *diag)
{
	struct axp_onnx_file file = { 0 };
	struct axp_onnx_opts lim;
	uint8_t *buf = NULL;
	int err;

	*out = NULL;
	if (diag)
		diag->text[0] = '\0';
	err = limits(&lim, opts, diag);
	if (!err)
		err = axp_mapping_open(&file.map, path, lim.max_bytes, diag);
	if (err)
		return err;
	if (file.map) {
		file.buf = file.map->data;
		file.len = file.map->len;
	} else {
		err = axp_slurp(path, lim.max_bytes, &buf, &file.len, diag);
		file.buf = buf;
	}
	if (!err && axp_onnx_external_open(&file.external, path, lim.max_bytes))
		err = axp_fail(diag, -ENOMEM, "%s: no memory", path);
	if (!err)
		err = read_file(out, &file, path, &lim, diag);
	axp_onnx_external_close(file.external);
	axp_mapping_put(file.map);
	free(buf);
	return err;
}
