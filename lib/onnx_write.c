// SPDX-License-Identifier: BSD-2-Clause
/*
 * Graph to ONNX: the graph as it runs, after folding. The messages are built of
 * borrowed strings and data in one pool, packed, and written at once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.h"
#include "ops/op.h"
#include "replace.h"
#include "strmap.h"


/* -------------------------------------------------------------------- pool */

struct chunk {
	struct chunk *next;
	max_align_t data[];
};

/**
 * struct writer - what writing needs
 * @graph: read only
 * @names: taken by values
 * @pool: everything allocated, freed at once
 * @proto: being built
 * @max_nodes: room of its nodes
 * @max_inits: room of its initializers
 * @err: the first failure, a negative errno; what follows it does nothing useful
 * @diag: message
 */
struct writer {
	const struct axp_graph *graph;
	struct axp_strmap names;
	struct chunk *pool;
	Onnx__GraphProto *proto;
	size_t max_nodes, max_inits;
	int err;
	struct axp_diag *diag;
};

static void *take(struct writer *w, size_t n, size_t size)
{
	struct chunk *c = NULL;
	size_t bytes;

	if (!__builtin_mul_overflow(n, size, &bytes) && bytes < SIZE_MAX / 2)
		c = calloc(1, sizeof(*c) + (bytes ? bytes : 1));
	if (!c) {
		w->err = w->err ? w->err : axp_fail(w->diag, -ENOMEM, "no memory");
		return NULL;
	}
	c->next = w->pool;
	w->pool = c;
	return c->data;
}

static char *take_string(struct writer *w, const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	char *s = take(w, n + m + 1, 1);

	if (s) {
		memcpy(s, a, n);
		memcpy(s + n, b, m + 1);
	}
	return s;
}

static void *take_copy(struct writer *w, const void *from, size_t bytes)
{
	void *to = take(w, bytes, 1);

	if (to && bytes)
		memcpy(to, from, bytes);
	return to;
}

static void give_back(struct writer *w)
{
	struct chunk *c;

	while ((c = w->pool)) {
		w->pool = c->next;
		free(c);
	}
	axp_strmap_clear(&w->names);
}

/*
 * One more message of a repeated field; @field is its array of pointers, of
 * whatever type, which grows by doubling.
 */
static void *add(struct writer *w, void *field, size_t *n, size_t *max, size_t size,
		 void (*init)(void *))
{
	void *message = take(w, 1, size);
	char *array;

	memcpy(&array, field, sizeof(array));
	if (message && *n == *max) {
		char *bigger = take(w, *max ? *max * 2 : 8, sizeof(void *));

		if (!bigger)
			return NULL;
		if (*n)
			memcpy(bigger, array, *n * sizeof(void *));
		*max = *max ? *max * 2 : 8;
		array = bigger;
		memcpy(field, &array, sizeof(array));
	}
	if (!message)
		return NULL;
	init(message);
	memcpy(array + *n * sizeof(void *), &message, sizeof(message));
	(*n)++;
	return message;
}

/* ------------------------------------------------------------ initializers */

static void init_tensor(void *m)
{
	onnx__tensor_proto__init(m);
}

static void init_node(void *m)
{
	onnx__node_proto__init(m);
}

static void init_attr(void *m)
{
	onnx__attribute_proto__init(m);
}

static bool claim(struct writer *w, const char *name)
{
	int err = axp_strmap_add(&w->names, name, 0);

	if (err == -ENOMEM)
		w->err = w->err ? w->err : axp_fail(w->diag, err, "no memory");
	return !err;
}

/* BASE + SUFFIX, with underscores until nobody else has it */
static const char *free_name(struct writer *w, const char *base, const char *suffix)
{
	char *name = take_string(w, base, suffix);

	while (name && !w->err && !claim(w, name))
		name = take_string(w, name, "_");
	return name ? name : "";
}

/* the names that make a compiled layer cannot be others */
static const char *fixed_name(struct writer *w, const char *base, const char *suffix)
{
	char *name = take_string(w, base, suffix);

	if (name && !w->err && !claim(w, name) && !w->err)
		w->err = axp_fail(w->diag, -EEXIST, "layer %s: the name '%s' is already taken",
				  base, name);
	return name ? name : "";
}

/* @data is borrowed until the model is packed */
static void add_initializer(struct writer *w, const char *name, int dtype,
			    const struct axp_shape *shape, const void *data)
{
	Onnx__TensorProto *t = add(w, &w->proto->initializer, &w->proto->n_initializer,
				   &w->max_inits, sizeof(*t), init_tensor);
	uint32_t i;

	if (!t)
		return;
	t->dims = take(w, shape->ndim, sizeof(*t->dims));
	if (!t->dims)
		return;
	for (i = 0; i < shape->ndim; i++)
		t->dims[i] = (int64_t)shape->dim[i];
	t->n_dims = shape->ndim;
	t->has_data_type = 1;
	t->data_type = dtype;
	t->name = (char *)(uintptr_t)name;
	t->has_raw_data = 1;
	t->raw_data.data = (uint8_t *)(uintptr_t)data;
	t->raw_data.len = axp_shape_span(shape, 0, shape->ndim) * axp_dtype_size(dtype);
}

/* constants that a host operator reads, in the order of their first use */
static void add_constants(struct writer *w)
{
	const struct axp_graph *g = w->graph;
	bool *done = take(w, g->nr_values, sizeof(*done));
	uint32_t i, j;

	for (i = 0; done && i < g->nr_nodes; i++) {
		for (j = 0; j < g->nodes[i].nr_in; j++) {
			uint32_t in = g->nodes[i].in[j];
			const struct axp_value *v;

			if (in == AXP_NO_VALUE || !g->values[in].constant || done[in])
				continue;
			done[in] = true;
			v = &g->values[in];
			add_initializer(w, v->name, v->constant->dtype, &v->constant->shape,
					v->constant->data);
		}
	}
}

/* ------------------------------------------------------------------- nodes */

static Onnx__NodeProto *add_node(struct writer *w, const char *op, const char *name,
				 size_t nr_in, size_t nr_out, const char *out)
{
	Onnx__NodeProto *n = add(w, &w->proto->node, &w->proto->n_node, &w->max_nodes,
				 sizeof(*n), init_node);

	if (!n)
		return NULL;
	n->op_type = (char *)(uintptr_t)op;
	n->name = (char *)(uintptr_t)name;
	n->input = take(w, nr_in, sizeof(*n->input));
	n->output = take(w, nr_out, sizeof(*n->output));
	if (!n->input || !n->output)
		return NULL;
	n->n_input = nr_in;
	n->n_output = nr_out;
	n->output[0] = (char *)(uintptr_t)out;
	return n;
}

static Onnx__AttributeProto *add_attr(struct writer *w, Onnx__NodeProto *n, const char *name,
				      Onnx__AttributeProto__AttributeType type)
{
	Onnx__AttributeProto *a;
	size_t max = n->n_attribute;	/* few: the list is made anew each time */

	a = add(w, &n->attribute, &n->n_attribute, &max, sizeof(*a), init_attr);
	if (!a)
		return NULL;
	a->name = (char *)(uintptr_t)name;
	a->has_type = 1;
	a->type = type;
	return a;
}

static void attr_int(struct writer *w, Onnx__NodeProto *n, const char *name, int64_t v)
{
	Onnx__AttributeProto *a = add_attr(w, n, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);

	if (!a)
		return;
	a->has_i = 1;
	a->i = v;
}

static void attr_float(struct writer *w, Onnx__NodeProto *n, const char *name, float v)
{
	Onnx__AttributeProto *a = add_attr(w, n, name,
					   ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);

	if (!a)
		return;
	a->has_f = 1;
	a->f = v;
}

static void attr_ints(struct writer *w, Onnx__NodeProto *n, const char *name, const int64_t *v,
		      size_t nr)
{
	Onnx__AttributeProto *a = add_attr(w, n, name,
					   ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);

	if (!a)
		return;
	a->ints = take_copy(w, v, nr * sizeof(*v));
	a->n_ints = a->ints ? nr : 0;
}

static void attr_floats(struct writer *w, Onnx__NodeProto *n, const char *name, const float *v,
			size_t nr)
{
	Onnx__AttributeProto *a = add_attr(w, n, name,
					   ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS);

	if (!a)
		return;
	a->floats = take_copy(w, v, nr * sizeof(*v));
	a->n_floats = a->floats ? nr : 0;
}

static void attr_word(struct writer *w, Onnx__NodeProto *n, const char *name, const char *v)
{
	Onnx__AttributeProto *a = add_attr(w, n, name,
					   ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);

	if (!a)
		return;
	a->has_s = 1;
	a->s.data = (uint8_t *)(uintptr_t)v;
	a->s.len = strlen(v);
}

static void add_attrs(struct writer *w, Onnx__NodeProto *n, const struct axp_node *node)
{
	const struct axp_attr_spec *spec;

	for (spec = node->op->attrs; spec && spec->name; spec++) {
		const void *field = (const char *)node->attrs + spec->offset;
		struct axp_floats floats;
		struct axp_ints ints;
		uint32_t word;
		int64_t i;
		float f;

		switch (spec->kind) {
		case AXP_ATTR_INT:
			memcpy(&i, field, sizeof(i));
			attr_int(w, n, spec->name, i);
			break;
		case AXP_ATTR_FLOAT:
			memcpy(&f, field, sizeof(f));
			attr_float(w, n, spec->name, f);
			break;
		case AXP_ATTR_WORD:
			memcpy(&word, field, sizeof(word));
			if (word)
				attr_word(w, n, spec->name, spec->words[word]);
			break;
		case AXP_ATTR_INTS:
			memcpy(&ints, field, sizeof(ints));
			if (ints.n)
				attr_ints(w, n, spec->name, ints.v, ints.n);
			break;
		case AXP_ATTR_FLOATS:
			memcpy(&floats, field, sizeof(floats));
			if (floats.n)
				attr_floats(w, n, spec->name, floats.v, floats.n);
			break;
		case AXP_ATTR_TENSOR:
			break;		/* only of Constant, which is folded away */
		}
	}
}

static void write_host(struct writer *w, const struct axp_node *node)
{
	const struct axp_value *values = w->graph->values;
	Onnx__NodeProto *n = add_node(w, node->op->name, node->name, node->nr_in,
				      node->nr_out, values[node->out[0]].name);
	uint32_t i;

	for (i = 0; n && i < node->nr_in; i++)
		n->input[i] = node->in[i] == AXP_NO_VALUE ? "" : values[node->in[i]].name;
	for (i = 1; n && i < node->nr_out; i++)
		n->output[i] = node->out[i] == AXP_NO_VALUE ? "" : values[node->out[i]].name;
	if (n)
		add_attrs(w, n, node);
}

/* ------------------------------------------------------------------ layers */

static bool is_matmul(const struct axp_layer *l)
{
	return !strcmp(l->op, "MatMul");
}

static struct axp_shape weight_shape(const struct axp_layer *l)
{
	if (l->one_d)
		return (struct axp_shape){ 3, { l->oc, l->cg, l->kw } };
	if (l->is_conv)
		return (struct axp_shape){ 4, { l->oc, l->cg, l->kh, l->kw } };
	if (is_matmul(l))
		return (struct axp_shape){ 2, { l->cg, l->oc } };
	return (struct axp_shape){ 2, { l->oc, l->cg } };
}

/* elements of @size bytes, from [OC, C] to the [C, OC] of a MatMul */
static const void *file_order(struct writer *w, const struct axp_layer *l, const void *from,
			      size_t size)
{
	char *to;
	uint64_t o, c;

	if (!is_matmul(l))
		return from;
	to = take(w, l->nr_weights, size);
	for (o = 0; to && o < l->oc; o++)
		for (c = 0; c < l->cg; c++)
			memcpy(to + (c * l->oc + o) * size,
			       (const char *)from + (o * l->cg + c) * size, size);
	return to;
}

/* initializers, then Cast and Gather; returns the name of the weights */
static const char *write_codebook(struct writer *w, const struct axp_layer *l)
{
	const struct axp_assoc *a = l->assoc;
	struct axp_shape codebook = { 1, { a->k } }, table = { 2, { a->nr_rows, 6 } };
	struct axp_shape weights = weight_shape(l);
	const char *name_codebook = fixed_name(w, l->name, AXP_ONNX_CODEBOOK);
	const char *name_index = fixed_name(w, l->name, AXP_ONNX_INDEX);
	const char *name_table = fixed_name(w, l->name, AXP_ONNX_TABLE);
	const char *name_cast = free_name(w, l->name, ".axp.cast");
	const char *name_weights = free_name(w, l->name, ".axp.weight");
	Onnx__NodeProto *n;

	add_initializer(w, name_codebook, AXP_F32, &codebook, a->codebook);
	add_initializer(w, name_index, AXP_U8, &weights, file_order(w, l, a->index, 1));
	add_initializer(w, name_table, AXP_I32, &table, a->rows);
	n = add_node(w, "Cast", name_cast, 1, 1, name_cast);
	if (n) {
		n->input[0] = (char *)(uintptr_t)name_index;
		attr_int(w, n, "to", AXP_I32);
	}
	n = add_node(w, "Gather", name_weights, 2, 1, name_weights);
	if (n) {
		n->input[0] = (char *)(uintptr_t)name_codebook;
		n->input[1] = (char *)(uintptr_t)name_cast;
		attr_int(w, n, "axis", 0);
	}
	return name_weights;
}

static void add_conv_attrs(struct writer *w, Onnx__NodeProto *n, const struct axp_layer *l)
{
	const int64_t dilations[] = { l->dil_h, l->dil_w };
	const int64_t kernel[] = { l->kh, l->kw };
	const int64_t pads[] = { l->pad_top, l->pad_left, l->pad_bottom, l->pad_right };
	const int64_t strides[] = { l->stride_h, l->stride_w };
	const int64_t row_pads[] = { l->pad_left, l->pad_right };
	size_t skip = l->one_d;	/* the height, which is not in the file */

	attr_ints(w, n, "dilations", dilations + skip, 2 - skip);
	attr_int(w, n, "group", l->groups);
	attr_ints(w, n, "kernel_shape", kernel + skip, 2 - skip);
	attr_ints(w, n, "pads", l->one_d ? row_pads : pads, l->one_d ? 2 : 4);
	attr_ints(w, n, "strides", strides + skip, 2 - skip);
}

static bool all_zero(const void *data, size_t bytes)
{
	const char *p = data;

	while (bytes && !*p) {
		p++;
		bytes--;
	}
	return !bytes;
}

/* MatMul has no bias of its own: it is added behind */
static void write_matmul(struct writer *w, const struct axp_node *node, const char *in,
			 const char *weights, const char *out)
{
	const struct axp_layer *l = node->layer;
	const struct axp_shape shape = { 1, { l->oc } };
	bool plain = all_zero(l->bias, l->oc * sizeof(float));
	const char *product = plain ? out : free_name(w, l->name, ".product");
	const char *bias;
	Onnx__NodeProto *n;

	n = add_node(w, "MatMul", l->name, 2, 1, product);
	if (!n)
		return;
	n->input[0] = (char *)(uintptr_t)in;
	n->input[1] = (char *)(uintptr_t)weights;
	if (plain)
		return;
	bias = free_name(w, l->name, ".bias");
	add_initializer(w, bias, AXP_F32, &shape, l->bias);
	n = add_node(w, "Add", free_name(w, l->name, ".add"), 2, 1, out);
	if (!n)
		return;
	n->input[0] = (char *)(uintptr_t)product;
	n->input[1] = (char *)(uintptr_t)bias;
}

static void write_layer(struct writer *w, const struct axp_node *node)
{
	const struct axp_layer *l = node->layer;
	const struct axp_shape bias_shape = { 1, { l->oc } };
	const struct axp_shape shape = weight_shape(l);
	const char *in = w->graph->values[node->in[0]].name;
	const char *out = w->graph->values[node->out[0]].name;
	const char *weights, *bias;
	Onnx__NodeProto *n;

	if (l->assoc) {
		weights = write_codebook(w, l);
	} else {
		weights = free_name(w, l->name, ".weight");
		add_initializer(w, weights, AXP_F32, &shape,
				file_order(w, l, l->weights, sizeof(float)));
	}
	if (is_matmul(l)) {
		write_matmul(w, node, in, weights, out);
		return;
	}
	bias = free_name(w, l->name, ".bias");
	add_initializer(w, bias, AXP_F32, &bias_shape, l->bias);
	n = add_node(w, l->op, l->name, 3, 1, out);
	if (!n)
		return;
	n->input[0] = (char *)(uintptr_t)in;
	n->input[1] = (char *)(uintptr_t)weights;
	n->input[2] = (char *)(uintptr_t)bias;
	if (l->is_conv) {
		add_conv_attrs(w, n, l);
		return;
	}
	attr_float(w, n, "alpha", 1.0f);
	attr_float(w, n, "beta", 1.0f);
	attr_int(w, n, "transA", 0);
	attr_int(w, n, "transB", 1);
}

/* ---------------------------------------------------------- inputs, metadata */

static Onnx__ValueInfoProto *value_info(struct writer *w, const struct axp_value *v,
					const char *batch)
{
	Onnx__ValueInfoProto *info = take(w, 1, sizeof(*info));
	Onnx__TypeProto *type = take(w, 1, sizeof(*type));
	Onnx__TypeProto__Tensor *tensor = take(w, 1, sizeof(*tensor));
	Onnx__TensorShapeProto *shape = take(w, 1, sizeof(*shape));
	Onnx__TensorShapeProto__Dimension **dims = take(w, v->shape.ndim, sizeof(*dims));
	Onnx__TensorShapeProto__Dimension *dim = take(w, v->shape.ndim, sizeof(*dim));
	uint32_t i;

	if (w->err)
		return NULL;
	onnx__value_info_proto__init(info);
	onnx__type_proto__init(type);
	onnx__type_proto__tensor__init(tensor);
	onnx__tensor_shape_proto__init(shape);
	info->name = v->name;
	info->type = type;
	type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	type->tensor_type = tensor;
	tensor->has_elem_type = 1;
	tensor->elem_type = AXP_F32;
	tensor->shape = shape;
	shape->dim = dims;
	shape->n_dim = v->shape.ndim;
	for (i = 0; i < v->shape.ndim; i++) {
		dims[i] = &dim[i];
		onnx__tensor_shape_proto__dimension__init(&dim[i]);
		if (!i && batch) {
			dim[i].value_case =
				ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
			dim[i].dim_param = (char *)(uintptr_t)batch;
		} else {
			dim[i].value_case =
				ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
			dim[i].dim_value = (int64_t)v->shape.dim[i];
		}
	}
	return info;
}

static void write_ends(struct writer *w)
{
	const struct axp_graph *g = w->graph;
	Onnx__GraphProto *p = w->proto;
	uint32_t i;

	p->input = take(w, 1, sizeof(*p->input));
	p->output = take(w, g->nr_outputs, sizeof(*p->output));
	if (w->err)
		return;
	p->input[0] = value_info(w, &g->values[g->inputs[0]], g->batch_param);
	p->n_input = 1;
	for (i = 0; i < g->nr_outputs; i++) {
		const struct axp_value *v = &g->values[g->outputs[i]];
		/* a first dimension that is not one sample's has no name */
		bool batch = g->batch_param && g->batched && v->shape.dim[0] == 1;

		p->output[i] = value_info(w, v, batch ? g->batch_param : NULL);
		/* several rows a sample: say nothing rather than something wrong */
		if (p->output[i] && g->batch_param && !batch)
			p->output[i]->type->tensor_type->shape = NULL;
	}
	p->n_output = g->nr_outputs;
}

static void add_property(struct writer *w, Onnx__ModelProto *m, const char *key,
			 const char *value)
{
	Onnx__StringStringEntryProto *e = take(w, 1, sizeof(*e));

	if (!e)
		return;
	onnx__string_string_entry_proto__init(e);
	e->key = (char *)(uintptr_t)key;
	e->value = (char *)(uintptr_t)value;
	m->metadata_props[m->n_metadata_props++] = e;
}

/* takes @text, NULL: no memory */
static void add_text(struct writer *w, Onnx__ModelProto *m, const char *key, char *text)
{
	char *copy = text ? take_string(w, text, "") : NULL;

	free(text);
	if (copy)
		add_property(w, m, key, copy);
	else if (!w->err)
		w->err = axp_fail(w->diag, -ENOMEM, "no memory");
}

/* what describes compiled layers is made anew from them, behind the rest */
static void write_metadata(struct writer *w, Onnx__ModelProto *m)
{
	const struct axp_graph *g = w->graph;
	size_t prefix = strlen(AXP_ONNX_KEY_LAYER);
	uint32_t i;

	m->metadata_props = take(w, g->nr_props + (size_t)g->nr_layers + 3,
				 sizeof(*m->metadata_props));
	if (w->err)
		return;
	for (i = 0; i < g->nr_props; i++)
		if (strcmp(g->props[i].key, AXP_ONNX_KEY_FORMAT) &&
		    strcmp(g->props[i].key, AXP_ONNX_KEY_PRUNE) &&
		    strcmp(g->props[i].key, AXP_ONNX_KEY_SEARCH) &&
		    strncmp(g->props[i].key, AXP_ONNX_KEY_LAYER, prefix))
			add_property(w, m, g->props[i].key, g->props[i].value);
	if (axp_graph_is_compiled(g))
		add_property(w, m, AXP_ONNX_KEY_FORMAT, AXP_ONNX_FORMAT);
	if (g->making.prune > 0)
		add_text(w, m, AXP_ONNX_KEY_PRUNE, axp_making_prune_text(&g->making));
	if (g->making.checked)
		add_text(w, m, AXP_ONNX_KEY_SEARCH, axp_making_search_text(&g->making));
	for (i = 0; i < g->nr_layers; i++)
		if (g->layers[i]->assoc)
			add_text(w, m, take_string(w, AXP_ONNX_KEY_LAYER, g->layers[i]->name),
				 axp_assoc_text(g->layers[i]->assoc));
}

static void write_graph(struct writer *w)
{
	const struct axp_graph *g = w->graph;
	uint32_t i;

	/* values keep their names; what is added must find others */
	for (i = 0; i < g->nr_nodes; i++) {
		uint32_t j;

		for (j = 0; j < g->nodes[i].nr_in; j++)
			if (g->nodes[i].in[j] != AXP_NO_VALUE)
				claim(w, g->values[g->nodes[i].in[j]].name);
		for (j = 0; j < g->nodes[i].nr_out; j++)
			if (g->nodes[i].out[j] != AXP_NO_VALUE)
				claim(w, g->values[g->nodes[i].out[j]].name);
	}
	for (i = 0; i < g->nr_nodes && !w->err; i++) {
		if (g->nodes[i].layer)
			write_layer(w, &g->nodes[i]);
		else
			write_host(w, &g->nodes[i]);
	}
	add_constants(w);
	write_ends(w);
}

static int pack(struct writer *w, uint8_t **buf, size_t *len)
{
	Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT;
	Onnx__OperatorSetIdProto *opsets[1] = { &opset };
	Onnx__ModelProto m = ONNX__MODEL_PROTO__INIT;
	Onnx__GraphProto proto = ONNX__GRAPH_PROTO__INIT;

	w->proto = &proto;
	proto.name = w->graph->name;
	opset.domain = "";
	opset.has_version = 1;
	opset.version = w->graph->opset;
	m.has_ir_version = 1;
	m.ir_version = w->graph->opset > 14 ? 8 : 7;
	m.producer_name = "axp";
	m.producer_version = (char *)(uintptr_t)axp_version();
	m.opset_import = opsets;
	m.n_opset_import = 1;
	m.graph = &proto;
	write_graph(w);
	write_metadata(w, &m);
	if (w->err)
		return w->err;
	*len = onnx__model_proto__get_packed_size(&m);
	if (*len > AXP_ONNX_MAX_BYTES - 1)
		return axp_fail(w->diag, -E2BIG, "the model is %zu bytes long, the limit is %llu",
				*len, (unsigned long long)AXP_ONNX_MAX_BYTES - 1);
	*buf = malloc(*len ? *len : 1);
	if (!*buf)
		return axp_fail(w->diag, -ENOMEM, "no memory for %zu bytes", *len);
	onnx__model_proto__pack(&m, *buf);
	return 0;
}

int axp_onnx_write(const struct axp_graph *graph, const char *path, struct axp_diag *diag)
{
	struct writer w = { .graph = graph, .diag = diag };
	uint8_t *buf = NULL;
	size_t len = 0;
	int err;

	if (diag)
		diag->text[0] = '\0';
	if (graph->tensors)
		return axp_fail(diag, -EINVAL, "%s: the graph was read for tensors, not to be written",
				path);
	err = pack(&w, &buf, &len);
	give_back(&w);
	if (err)
		return axp_fail_in(diag, err, "%s", path);
	err = axp_replace_file(path, buf, len, diag);
	free(buf);
	return err;
}
