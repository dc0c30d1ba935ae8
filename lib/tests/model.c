// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"
#include "tensor.h"

static void *must(void *p)
{
	if (!p) {
		puts("Bail out! no memory");
		exit(1);
	}
	return p;
}

static char *copy(const char *s)
{
	return must(strdup(s));
}

/* one more pointer in a repeated field */
#define PUSH(field, count, value)						\
	do {									\
		(field) = must(realloc((field), ((count) + 1) * sizeof(*(field)))); \
		(field)[(count)++] = (value);					\
	} while (0)

#define NEW(var, init)								\
	do {									\
		(var) = must(malloc(sizeof(*(var))));				\
		init(var);							\
	} while (0)

static Onnx__ValueInfoProto *info_new(const char *name, uint32_t ndim, const int64_t *dims)
{
	Onnx__ValueInfoProto *v;
	Onnx__TypeProto__Tensor *t;
	uint32_t i;

	NEW(v, onnx__value_info_proto__init);
	v->name = copy(name);
	NEW(v->type, onnx__type_proto__init);
	NEW(t, onnx__type_proto__tensor__init);
	v->type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	v->type->tensor_type = t;
	t->has_elem_type = 1;
	t->elem_type = AXP_F32;
	if (!dims)
		return v;
	NEW(t->shape, onnx__tensor_shape_proto__init);
	for (i = 0; i <= ndim; i++) {
		Onnx__TensorShapeProto__Dimension *d;

		NEW(d, onnx__tensor_shape_proto__dimension__init);
		if (i) {
			d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
			d->dim_value = dims[i - 1];
		} else {
			d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
			d->dim_param = copy("N");
		}
		PUSH(t->shape->dim, t->shape->n_dim, d);
	}
	return v;
}

Onnx__ModelProto *model_new(uint32_t opset, uint32_t ndim, const int64_t *dims)
{
	Onnx__OperatorSetIdProto *id;
	Onnx__ModelProto *m;

	NEW(m, onnx__model_proto__init);
	m->has_ir_version = 1;
	m->ir_version = 7;
	NEW(id, onnx__operator_set_id_proto__init);
	id->has_version = 1;
	id->version = opset;
	PUSH(m->opset_import, m->n_opset_import, id);
	NEW(m->graph, onnx__graph_proto__init);
	m->graph->name = copy("test");
	PUSH(m->graph->input, m->graph->n_input, info_new("x", ndim, dims));
	PUSH(m->graph->output, m->graph->n_output, info_new("y", 0, NULL));
	return m;
}

Onnx__ValueInfoProto *model_input(Onnx__ModelProto *m, const char *name, uint32_t ndim,
				  const int64_t *dims)
{
	PUSH(m->graph->input, m->graph->n_input, info_new(name, ndim, dims));
	return m->graph->input[m->graph->n_input - 1];
}

void model_output(Onnx__ModelProto *m, const char *name)
{
	PUSH(m->graph->output, m->graph->n_output, info_new(name, 0, NULL));
}

void model_free(Onnx__ModelProto *m)
{
	onnx__model_proto__free_unpacked(m, NULL);
}

void model_fix_dim(Onnx__ModelProto *m, uint32_t i, int64_t value)
{
	Onnx__TensorShapeProto__Dimension *d =
		m->graph->input[0]->type->tensor_type->shape->dim[i];

	if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM)
		free(d->dim_param);
	d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
	d->dim_value = value;
}

static void names(char ***field, size_t *count, const char *list)
{
	char *all = copy(list), *rest = all, *one;

	while (*list && (one = strsep(&rest, ",")))
		PUSH(*field, *count, copy(one));
	free(all);
}

Onnx__NodeProto *model_node(Onnx__ModelProto *m, const char *op, const char *name,
			    const char *in, const char *out)
{
	Onnx__NodeProto *n;

	NEW(n, onnx__node_proto__init);
	n->op_type = copy(op);
	n->name = copy(name);
	names(&n->input, &n->n_input, in);
	names(&n->output, &n->n_output, out);
	PUSH(m->graph->node, m->graph->n_node, n);
	return n;
}

static Onnx__AttributeProto *attr(Onnx__NodeProto *n, const char *name,
				  Onnx__AttributeProto__AttributeType type)
{
	Onnx__AttributeProto *a;

	NEW(a, onnx__attribute_proto__init);
	a->name = copy(name);
	a->has_type = 1;
	a->type = type;
	PUSH(n->attribute, n->n_attribute, a);
	return a;
}

void node_int(Onnx__NodeProto *n, const char *name, int64_t v)
{
	Onnx__AttributeProto *a = attr(n, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);

	a->has_i = 1;
	a->i = v;
}

void node_float(Onnx__NodeProto *n, const char *name, float v)
{
	Onnx__AttributeProto *a = attr(n, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);

	a->has_f = 1;
	a->f = v;
}

void node_string(Onnx__NodeProto *n, const char *name, const char *v)
{
	Onnx__AttributeProto *a = attr(n, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);

	a->has_s = 1;
	a->s.data = (uint8_t *)copy(v);
	a->s.len = strlen(v);
}

void node_ints(Onnx__NodeProto *n, const char *name, uint32_t nr, const int64_t *v)
{
	Onnx__AttributeProto *a = attr(n, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
	uint32_t i;

	for (i = 0; i < nr; i++)
		PUSH(a->ints, a->n_ints, v[i]);
}

Onnx__TensorProto *node_tensor(Onnx__NodeProto *n, const char *name)
{
	Onnx__AttributeProto *a = attr(n, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR);

	NEW(a->t, onnx__tensor_proto__init);
	return a->t;
}

void tensor_set(Onnx__TensorProto *t, const char *name, int dtype, uint32_t ndim,
		const int64_t *dims, const void *data)
{
	size_t bytes = axp_dtype_size(dtype);
	uint32_t i;

	t->name = copy(name);
	t->has_data_type = 1;
	t->data_type = dtype;
	for (i = 0; i < ndim; i++) {
		PUSH(t->dims, t->n_dims, dims[i]);
		bytes *= (size_t)dims[i];
	}
	if (!data)
		return;
	t->has_raw_data = 1;
	t->raw_data.len = bytes;
	t->raw_data.data = must(malloc(bytes + 1));
	memcpy(t->raw_data.data, data, bytes);
}

Onnx__TensorProto *model_tensor(Onnx__ModelProto *m, const char *name, int dtype, uint32_t ndim,
				const int64_t *dims, const void *data)
{
	Onnx__TensorProto *t;

	NEW(t, onnx__tensor_proto__init);
	tensor_set(t, name, dtype, ndim, dims, data);
	PUSH(m->graph->initializer, m->graph->n_initializer, t);
	return t;
}

Onnx__TensorProto *model_find(Onnx__ModelProto *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->graph->n_initializer; i++)
		if (!strcmp(m->graph->initializer[i]->name, name))
			return m->graph->initializer[i];
	return NULL;
}

Onnx__NodeProto *model_find_node(Onnx__ModelProto *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->graph->n_node; i++)
		if (!strcmp(m->graph->node[i]->name, name))
			return m->graph->node[i];
	return NULL;
}

void model_property(Onnx__ModelProto *m, const char *key, const char *value)
{
	Onnx__StringStringEntryProto *e;

	NEW(e, onnx__string_string_entry_proto__init);
	e->key = copy(key);
	e->value = copy(value);
	PUSH(m->metadata_props, m->n_metadata_props, e);
}

void tensor_external(Onnx__TensorProto *t, const char *key, const char *value)
{
	Onnx__StringStringEntryProto *e;

	NEW(e, onnx__string_string_entry_proto__init);
	e->key = copy(key);
	e->value = copy(value);
	PUSH(t->external_data, t->n_external_data, e);
	t->has_data_location = 1;
	t->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	free(t->raw_data.data);
	t->raw_data = (ProtobufCBinaryData){ 0, NULL };
	t->has_raw_data = 0;
}

char **model_property_value(Onnx__ModelProto *m, const char *key)
{
	size_t i;

	for (i = 0; i < m->n_metadata_props; i++)
		if (!strcmp(m->metadata_props[i]->key, key))
			return &m->metadata_props[i]->value;
	return NULL;
}

uint8_t *model_pack(const Onnx__ModelProto *m, size_t *len)
{
	uint8_t *buf;

	*len = onnx__model_proto__get_packed_size(m);
	buf = must(malloc(*len + 1));
	onnx__model_proto__pack(m, buf);
	return buf;
}

int model_read(struct axp_graph **g, const Onnx__ModelProto *m, struct axp_diag *diag)
{
	size_t len;
	uint8_t *buf = model_pack(m, &len);
	int err = axp_onnx_read_mem(g, buf, len, "test.onnx", NULL, diag);

	free(buf);
	return err;
}

Onnx__ModelProto *model_written(const struct axp_graph *g, uint8_t **bytes, size_t *len)
{
	char path[] = "/tmp/axp-test-XXXXXX";
	struct axp_diag diag;
	Onnx__ModelProto *m;
	uint8_t *buf;
	ssize_t n = -1;
	off_t size;
	int fd;

	fd = mkstemp(path);
	if (fd < 0 || axp_onnx_write(g, path, &diag)) {
		printf("Bail out! cannot write %s: %s\n", path, fd < 0 ? "" : diag.text);
		exit(1);
	}
	close(fd);
	fd = open(path, O_RDONLY);	/* the file was replaced */
	size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	buf = must(malloc((size_t)size + 1));
	if (size > 0)
		n = pread(fd, buf, (size_t)size, 0);
	close(fd);
	unlink(path);
	m = n == size ? onnx__model_proto__unpack(NULL, (size_t)n, buf) : NULL;
	if (!m) {
		puts("Bail out! the written model cannot be unpacked");
		exit(1);
	}
	if (bytes) {
		*bytes = buf;
		*len = (size_t)size;
	} else {
		free(buf);
	}
	return m;
}
