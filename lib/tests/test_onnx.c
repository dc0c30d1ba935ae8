// SPDX-License-Identifier: BSD-2-Clause
/*
 * ONNX files: everything that is refused, and models written and read again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layer.h"
#include "model.h"
#include "ops/op.h"
#include "random.h"
#include "scratch.h"
#include "tap.h"

static struct axp_diag why;

/* x[N, 1, 4, 4] -> Conv -> Relu -> Flatten -> Gemm -> Softmax */
static Onnx__ModelProto *net(void)
{
	const int64_t dims[] = { 1, 4, 4 }, wdims[] = { 2, 1, 3, 3 }, fdims[] = { 3, 8 };
	const int64_t two[] = { 2 }, three[] = { 3 };
	static const float w[18] = { 1, -1, 0.5f, 2, 0, 1, 1, 1, -2, 0.25f, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const float f[24] = { [0] = 1, [9] = -1, [18] = 0.5f, [23] = 2 };
	static const float b[3] = { 0.5f, -0.5f, 0.125f };
	Onnx__ModelProto *m = model_new(13, 3, dims);
	Onnx__NodeProto *n;

	n = model_node(m, "Conv", "conv", "x,w,b", "a");
	node_ints(n, "kernel_shape", 2, (const int64_t[]){ 3, 3 });
	model_node(m, "Relu", "relu", "a", "c");
	n = model_node(m, "Flatten", "flat", "c", "d");
	node_int(n, "axis", 1);
	n = model_node(m, "Gemm", "fc", "d,f,g", "e");
	node_int(n, "transB", 1);
	model_node(m, "Softmax", "prob", "e", "y");
	model_tensor(m, "w", AXP_F32, 4, wdims, w);
	model_tensor(m, "b", AXP_F32, 1, two, b);
	model_tensor(m, "f", AXP_F32, 2, fdims, f);
	model_tensor(m, "g", AXP_F32, 1, three, b);
	return m;
}

/* refused with @err, naming the file and @word once and for all */
static void refused(Onnx__ModelProto *m, int err, const char *word, const char *what)
{
	struct axp_graph *g = (struct axp_graph *)&why;
	int got = model_read(&g, m, &why);

	if (!ok(got == err && !g && strstr(why.text, word) &&
		!strncmp(why.text, "test.onnx: ", 11) && !strchr(why.text, '\n'),
		"refused: %s: %s", what, why.text))
		diag("%d, wanted %d and '%s'", got, err, word);
	if (!got)
		axp_graph_free(g);
	model_free(m);
}

/* -------------------------------------------------------------- wire format */

static void test_truncated(void)
{
	Onnx__ModelProto *m = net();
	unsigned int bad = 0, silent = 0;
	struct axp_graph *g;
	size_t len, i;
	uint8_t *buf = model_pack(m, &len), *part;

	for (i = 0; i < len; i++) {
		part = malloc(i + 1);	/* exactly as long, for the sanitizer */
		memcpy(part, buf, i);
		if (!axp_onnx_read_mem(&g, part, i, "cut.onnx", NULL, &why)) {
			axp_graph_free(g);
			bad++;
		}
		silent += !strstr(why.text, "cut.onnx: ");
		free(part);
	}
	ok(len > 300 && !bad, "cut off at each of %zu bytes: an error every time", len);
	ok(!silent, "and a message every time");
	ok(!axp_onnx_read_mem(&g, buf, len, "whole.onnx", NULL, &why), "whole: no error");
	axp_graph_free(g);
	free(buf);
	model_free(m);
}

/* any byte may be anything: an error or a graph, nothing else */
static void test_damaged(void)
{
	Onnx__ModelProto *m = net();
	unsigned int read = 0, silent = 0;
	struct rng rng = { 21 };
	struct axp_graph *g;
	size_t len, i;
	uint8_t *buf = model_pack(m, &len);

	for (i = 0; i < 20000; i++) {
		size_t at = rng_below(&rng, (uint32_t)len);
		uint8_t old = buf[at];

		buf[at] = rng_chance(&rng, 50) ? (uint8_t)rng_u32(&rng) : (uint8_t)(old ^ 1u << rng_below(&rng, 8));
		if (!axp_onnx_read_mem(&g, buf, len, "x", NULL, &why)) {
			axp_graph_free(g);
			read++;
		} else {
			silent += !why.text[0];
		}
		buf[at] = old;
	}
	ok(!silent, "20,000 damaged files: %u are still readable, the others say why", read);
	free(buf);
	model_free(m);
}

static void wrap(uint8_t **buf, size_t *len, uint8_t tag)
{
	uint8_t head[12] = { tag };
	size_t n = 1, v = *len;
	uint8_t *bigger;

	do {
		head[n++] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
	} while (v);
	bigger = malloc(n + *len + 1);
	memcpy(bigger, head, n);
	memcpy(bigger + n, *buf, *len);
	free(*buf);
	*buf = bigger;
	*len += n;
}

static void test_nested(void)
{
	AXP_OPTS(struct axp_onnx_opts, opts);
	uint8_t *buf = calloc(1, 1);
	struct axp_graph *g;
	size_t len = 0;
	int i, err;

	/* model.graph.node.attribute.g.node.attribute.g ... */
	for (i = 0; i < 20001; i++)
		wrap(&buf, &len, i % 3 == 0 ? 0x32 : i % 3 == 1 ? 0x2a : 0x0a);
	wrap(&buf, &len, 0x3a);
	err = axp_onnx_read_mem(&g, buf, len, "deep.onnx", NULL, &why);
	ok(err == -E2BIG && !g && strstr(why.text, "64"), "nested 20,000 deep, %zu bytes: %s", len,
	   why.text);
	free(buf);

	/* the limit itself, as an option */
	buf = calloc(1, 1);
	len = 0;
	for (i = 0; i < 9; i++)
		wrap(&buf, &len, i % 3 == 2 ? 0x0a : i % 3 == 1 ? 0x2a : 0x32);
	wrap(&buf, &len, 0x3a);
	opts.max_depth = 10;
	err = axp_onnx_read_mem(&g, buf, len, "deep.onnx", &opts, &why);
	ok(err == -E2BIG && strstr(why.text, "more than 10 deep"), "ten more than the limit: %s",
	   why.text);
	opts.max_depth = 11;
	err = axp_onnx_read_mem(&g, buf, len, "deep.onnx", &opts, &why);
	ok(err < 0 && !strstr(why.text, "deep at"), "at the limit another error: %s", why.text);
	free(buf);
}

static void test_wire(void)
{
	static const struct {
		uint8_t bytes[16];
		size_t len;
		const char *word;
	} cases[] = {
		{ { 0x00 }, 1, "field number" },
		{ { 0x0b, 0x00 }, 2, "wire type" },
		{ { 0x08 }, 1, "cut off" },
		{ { 0x08, 0x80 }, 2, "cut off" },
		{ { 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 }, 12,
		  "too long" },
		{ { 0x0d, 1, 2, 3 }, 4, "cut off" },
		{ { 0x09, 1, 2, 3, 4, 5, 6, 7 }, 8, "cut off" },
		{ { 0x3a, 0x05, 0x00 }, 3, "cut off" },
		{ { 0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f }, 10, "cut off" },
		{ { 0x12, 0x03, 'a', 0, 'b' }, 5, "zero byte" },
		{ { 0x3a, 0x02, 0x12, 0x05 }, 4, "cut off" },
	};
	struct axp_graph *g;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = axp_onnx_read_mem(&g, cases[i].bytes, cases[i].len, "w.onnx", NULL, &why);

		ok(err == -EINVAL && strstr(why.text, cases[i].word), "wire format %u: %s", i,
		   why.text);
	}
	ok(axp_onnx_read_mem(&g, "", 0, "w.onnx", NULL, &why) == -EINVAL, "empty: %s", why.text);
}

static void test_limits(void)
{
	AXP_OPTS(struct axp_onnx_opts, opts);
	struct { struct axp_onnx_opts opts; uint64_t more; } newer = { .opts = { 0 } };
	Onnx__ModelProto *m = net();
	struct axp_graph *g;
	size_t len;
	uint8_t *buf = model_pack(m, &len);

	opts.max_nodes = 4;
	ok(axp_onnx_read_mem(&g, buf, len, "n", &opts, &why) == -E2BIG &&
	   strstr(why.text, "4 nodes"), "too many nodes: %s", why.text);
	opts.max_nodes = 5;
	ok(!axp_onnx_read_mem(&g, buf, len, "n", &opts, &why), "as many as the limit");
	axp_graph_free(g);
	opts.max_bytes = len - 1;
	ok(axp_onnx_read_mem(&g, buf, len, "n", &opts, &why) == -E2BIG &&
	   strstr(why.text, "limit"), "too many bytes: %s", why.text);
	opts.max_bytes = len;
	opts.size = 4;
	ok(axp_onnx_read_mem(&g, buf, len, "n", &opts, &why) == -EINVAL, "options too small: %s",
	   why.text);
	newer.opts.size = sizeof(newer);
	ok(!axp_onnx_read_mem(&g, buf, len, "n", &newer.opts, &why), "newer options, all zero");
	axp_graph_free(g);
	newer.more = 1;
	ok(axp_onnx_read_mem(&g, buf, len, "n", &newer.opts, &why) == -E2BIG,
	   "newer options, something set: %s", why.text);
	free(buf);
	model_free(m);
	ok(axp_onnx_read(&g, "/nowhere/net.onnx", NULL, &why) == -ENOENT &&
	   strstr(why.text, "/nowhere/net.onnx"), "no such file: %s", why.text);
	ok(axp_onnx_read(&g, "/tmp", NULL, &why) < 0 && strstr(why.text, "/tmp"), "a folder: %s",
	   why.text);
}

/* a file of a few bytes that asks for much memory must not get it */
static void test_greedy(void)
{
	const struct rlimit little = { 1u << 30, RLIM_INFINITY };
	const int64_t dims[] = { 100000, 20000 }, index[] = { 40000 };
	Onnx__ModelProto *m = net();
	struct rlimit old;
	int32_t *zeros = calloc(40000, 4);

	getrlimit(RLIMIT_AS, &old);
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &little);
#else
	(void)little;
#endif
	model_tensor(m, "huge", AXP_F32, 2, dims, NULL);
	refused(m, -EINVAL, "huge", "a tensor whose data is missing");

	m = net();
	model_tensor(m, "i", AXP_I32, 1, index, zeros);
	model_tensor(m, "v", AXP_F32, 2, (const int64_t[]){ 1, 40000 }, zeros);
	model_node(m, "Gather", "gather", "v,i", "big");
	refused(m, -E2BIG, "gather", "a Gather that grows 40,000 times");
	setrlimit(RLIMIT_AS, &old);
	free(zeros);
}

/* ------------------------------------------------------------------- models */

static void test_model(void)
{
	Onnx__ModelProto *m;

	m = net();
	m->opset_import[0]->version = 5;
	refused(m, -EOPNOTSUPP, "Relu of opset 5", "an operator before it had its form");
	m = net();
	m->opset_import[0]->version = 18;
	refused(m, -EOPNOTSUPP, "1 to 17", "opset 18");
	m = net();
	m->opset_import[0]->version = -3;
	refused(m, -EOPNOTSUPP, "-3", "a negative opset");
	m = net();
	free(m->opset_import[0]->domain);
	m->opset_import[0]->domain = strdup("other");
	refused(m, -EINVAL, "opset_import", "no default operator set");
	m = net();
	onnx__graph_proto__free_unpacked(m->graph, NULL);
	m->graph = NULL;
	refused(m, -EINVAL, "no graph", "no graph");
	m = net();
	model_property(m, "k", "1");
	model_property(m, "k", "2");
	refused(m, -EINVAL, "'k'", "metadata twice");
}

static void test_values(void)
{
	const int64_t two[] = { 2 };
	static const float data[2] = { 1, 2 };
	Onnx__ModelProto *m;
	Onnx__TensorProto *t;

	m = net();
	model_tensor(m, "w", AXP_F32, 1, two, data);
	refused(m, -EINVAL, "'w'", "two initializers of one name");
	m = net();
	model_tensor(m, "x", AXP_F32, 1, two, data);
	refused(m, -EINVAL, "no input", "an initializer instead of the input");
	m = net();
	free(model_find_node(m, "relu")->output[0]);
	model_find_node(m, "relu")->output[0] = strdup("a");
	refused(m, -EINVAL, "'a'", "two nodes write one value");
	m = net();
	free(model_find_node(m, "relu")->input[0]);
	model_find_node(m, "relu")->input[0] = strdup("nothing");
	refused(m, -EINVAL, "'nothing'", "an input that nothing writes");
	m = net();
	model_find(m, "f")->name[0] = 'q';
	model_find(m, "w")->name[0] = 'f';
	model_find(m, "q")->name[0] = 'w';
	refused(m, -EOPNOTSUPP, "input W is of shape [3, 8]", "weights of another layer");
	m = net();
	free(m->graph->output[0]->name);
	m->graph->output[0]->name = strdup("z");
	refused(m, -EINVAL, "'z'", "an output that nothing writes");
	m = net();
	free(m->graph->output[0]->name);
	m->graph->output[0]->name = strdup("z\x7f");
	refused(m, -EINVAL, "'z?'", "an output with DEL in its name");
	m = net();
	free(model_find_node(m, "relu")->input[0]);
	model_find_node(m, "relu")->input[0] = strdup("no\nthing");
	refused(m, -EINVAL, "'no?thing'", "an input with a line break in its name");
	m = net();
	free(m->graph->output[0]->name);
	m->graph->output[0]->name = strdup("x");
	refused(m, -EOPNOTSUPP, "'x'", "an output that is the input");
	m = net();
	t = model_find(m, "w");
	free(t->name);
	t->name = strdup("w\n");
	refused(m, -EINVAL, "control character", "a name with a line break");
}

static void test_inputs(void)
{
	const int64_t none[] = { 1 };
	Onnx__ModelProto *m;

	m = net();
	model_fix_dim(m, 0, 8);
	refused(m, -EOPNOTSUPP, "dimension 0 is 8", "a fixed batch of 8");
	m = net();
	model_fix_dim(m, 2, 0);
	refused(m, -EOPNOTSUPP, "dimension 2 is 0", "an empty dimension");
	m = net();
	model_fix_dim(m, 1, INT64_MAX);
	refused(m, -E2BIG, "elements", "a huge dimension");
	m = net();
	model_fix_dim(m, 1, 1 << 20);
	model_fix_dim(m, 2, 1 << 20);
	refused(m, -E2BIG, "elements", "a product that is too large");
	m = net();
	m->graph->input[0]->type->tensor_type->elem_type = 10;
	refused(m, -EOPNOTSUPP, "FLOAT16", "a half precision input");
	m = net();
	m->graph->input[0]->type->tensor_type->shape->dim[2]->value_case = 0;
	refused(m, -EOPNOTSUPP, "dimension 2 is free", "a free height");
	m = net();
	model_fix_dim(m, 1, 2);
	refused(m, -EINVAL, "conv", "channels that the weights do not have");
	m = model_new(13, 0, none);
	model_node(m, "Conv", "c", "x,x", "y");
	refused(m, -EOPNOTSUPP, "not a constant", "computed weights");
}

static void test_tensors(void)
{
	Onnx__ModelProto *m;
	Onnx__TensorProto *t;
	float bad = NAN;

	m = net();
	memcpy(model_find(m, "w")->raw_data.data + 12, &bad, 4);
	refused(m, -EINVAL, "'w': element 3 is nan", "NaN in the weights");
	m = net();
	bad = INFINITY;
	memcpy(model_find(m, "g")->raw_data.data, &bad, 4);
	refused(m, -EINVAL, "'g': element 0 is inf", "infinity in a bias");
	m = net();
	model_find(m, "w")->raw_data.len -= 4;
	refused(m, -EINVAL, "68 bytes", "too little data");
	m = net();
	model_find(m, "w")->data_type = 16;
	refused(m, -EOPNOTSUPP, "BFLOAT16", "weights in bfloat16");
	m = net();
	model_find(m, "w")->data_type = 77;
	refused(m, -EOPNOTSUPP, "77", "an unknown type");
	m = net();
	model_find(m, "f")->data_type = AXP_I32;
	refused(m, -EOPNOTSUPP, "'f' is of type INT32", "integer weights");
	m = net();
	t = model_find(m, "w");
	t->has_data_location = 1;
	t->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	refused(m, -EOPNOTSUPP, "external_data", "external data");
	m = net();
	model_find(m, "w")->dims[0] = -2;
	refused(m, -EINVAL, "dimension 0 is -2", "a negative dimension");
	m = net();
	model_find(m, "w")->dims[0] = INT64_MAX;
	refused(m, -E2BIG, "'w'", "a dimension that overflows");
	m = net();
	t = model_find(m, "w");
	t->n_float_data = 1;
	t->float_data = calloc(1, 4);
	refused(m, -EINVAL, "twice", "data given twice");
}

static void test_nodes(void)
{
	const int64_t three[] = { 1, 1, 1 };
	Onnx__ModelProto *m;
	Onnx__NodeProto *n;

	m = net();
	n = model_find_node(m, "relu");
	free(n->op_type);
	n->op_type = strdup("Erf");
	refused(m, -EOPNOTSUPP, "relu: operator 'Erf'", "an unknown operator");
	m = net();
	n = model_find_node(m, "relu");
	free(n->domain);
	n->domain = strdup("com.example");
	refused(m, -EOPNOTSUPP, "com.example", "an operator of another domain");
	m = net();
	node_int(model_find_node(m, "relu"), "slope", 1);
	refused(m, -EOPNOTSUPP, "relu (Relu): unknown attribute 'slope'", "an unknown attribute");
	m = net();
	node_float(model_find_node(m, "fc"), "transA", 1);
	refused(m, -EINVAL, "transA is of type FLOAT", "an ill-typed attribute");
	m = net();
	node_int(model_find_node(m, "fc"), "transA", 1);
	refused(m, -EINVAL, "input A is of shape", "a transposed input that does not fit");
	m = net();
	node_int(model_find_node(m, "flat"), "axis", 1);
	refused(m, -EINVAL, "axis is given twice", "an attribute twice");
	m = net();
	node_ints(model_find_node(m, "conv"), "strides", 3, three);
	refused(m, -EINVAL, "strides holds 3", "three strides");
	m = net();
	node_string(model_find_node(m, "conv"), "auto_pad", "SAME");
	refused(m, -EOPNOTSUPP, "auto_pad is 'SAME'", "an unknown auto_pad");
	m = net();
	node_int(model_find_node(m, "conv"), "group", 3);
	refused(m, -EINVAL, "groups", "groups that do not divide");
	m = net();
	node_int(model_find_node(m, "prob"), "axis", 2);
	refused(m, -EINVAL, "prob (Softmax): axis is 2", "an axis out of range");
	m = net();
	node_ints(model_find_node(m, "conv"), "dilations", 2, (const int64_t[]){ 2, 2 });
	refused(m, -EINVAL, "reaches over 5", "a kernel larger than the image");
	m = net();
	node_ints(model_find_node(m, "conv"), "pads", 4,
		  (const int64_t[]){ 0, 0, INT32_MAX, INT32_MAX });
	refused(m, -EOVERFLOW, "conv", "an output that is too large");
	m = net();
	node_ints(model_find_node(m, "conv"), "pads", 4, (const int64_t[]){ 0, -1, 0, 0 });
	refused(m, -EINVAL, "pads is -1", "a negative padding");
	m = net();
	free(model_find_node(m, "conv")->input[1]);
	model_find_node(m, "conv")->input[1] = strdup("");
	refused(m, -EINVAL, "input 1", "weights left out");
	m = net();
	model_node(m, "Relu", "pool", "c", "p,indices");
	refused(m, -EOPNOTSUPP, "indices", "a second output");
	m = net();
	model_node(m, "MaxPool", "pool", "c", "p");
	refused(m, -EINVAL, "kernel_shape is missing", "a required attribute left out");
	m = net();
	model_node(m, "Reshape", "r", "c,b", "p");
	refused(m, -EINVAL, "shape", "a shape that is not integers");
	m = net();
	model_node(m, "Add", "add", "c,g", "p");
	refused(m, -EINVAL, "[1, 2, 2, 2] and [3]", "shapes that do not go together");
}

/* -------------------------------------------------------------- written models */

static bool equal_layers(const struct axp_layer *a, const struct axp_layer *b)
{
	const struct axp_assoc *p = a->assoc, *q = b->assoc;

	if (strcmp(a->name, b->name) || strcmp(a->op, b->op) || a->nr_weights != b->nr_weights ||
	    a->oc != b->oc || a->cg != b->cg || a->kh != b->kh || a->kw != b->kw ||
	    a->groups != b->groups || a->stride_h != b->stride_h || a->dil_w != b->dil_w ||
	    a->pad_top != b->pad_top || a->pad_right != b->pad_right || a->macs != b->macs ||
	    memcmp(a->weights, b->weights, a->nr_weights * 4) || memcmp(a->bias, b->bias, a->oc * 4) ||
	    !p != !q)
		return false;
	return !p || (p->k == q->k && !memcmp(p->codebook, q->codebook, p->k * 4) &&
		      !memcmp(p->index, q->index, a->nr_weights) &&
		      !memcmp(&p->spec, &q->spec, sizeof(p->spec)) && p->nr_rows == q->nr_rows &&
		      !memcmp(p->rows, q->rows, p->nr_rows * sizeof(*p->rows)) &&
		      p->job_flags == q->job_flags && p->dims_rows == q->dims_rows &&
		      p->dims_key_bits == q->dims_key_bits);
}

/* write, read, compare; write again: the same bytes */
static void round_trip(struct axp_graph *g, const char *what)
{
	struct axp_graph *again;
	uint8_t *a, *b, *c;
	size_t na, nb, nc;
	bool good;
	uint32_t i;

	model_free(model_written(g, &a, &na));
	model_free(model_written(g, &b, &nb));
	ok(na == nb && !memcmp(a, b, na), "%s: written twice, the same bytes", what);
	if (axp_onnx_read_mem(&again, a, na, "again.onnx", NULL, &why))
		bail_out("%s", why.text);
	good = axp_graph_nr_layers(g) == axp_graph_nr_layers(again) &&
	       g->nr_nodes == again->nr_nodes && g->opset == again->opset &&
	       !strcmp(g->values[g->inputs[0]].name, again->values[again->inputs[0]].name) &&
	       !strcmp(g->values[g->outputs[0]].name, again->values[again->outputs[0]].name);
	for (i = 0; good && i < g->nr_layers; i++)
		good = equal_layers(g->layers[i], again->layers[i]);
	for (i = 0; good && i < g->nr_nodes; i++)
		good = g->nodes[i].op == again->nodes[i].op &&
		       axp_shape_equal(&g->values[g->nodes[i].out[0]].shape,
				       &again->values[again->nodes[i].out[0]].shape);
	ok(good, "%s: read again, the same graph", what);
	model_free(model_written(again, &c, &nc));
	ok(na == nc && !memcmp(a, c, na), "%s: and written from there, the same bytes", what);
	axp_graph_free(again);
	free(a);
	free(b);
	free(c);
}

/* a table as compiling makes one: a row for each centroid and activation class */
static void associate(struct axp_layer *l, uint32_t accumulator)
{
	static const float book[] = { -1, 0, 0.5f, 2 };
	struct axp_assoc *a = axp_assoc_new(l->nr_weights, 8);
	uint64_t i;
	uint32_t r;

	a->k = 4;
	memcpy(a->codebook, book, sizeof(book));
	for (i = 0; i < l->nr_weights; i++) {
		a->index[i] = (uint8_t)((i * 7 + 1) % 4);
		l->weights[i] = book[a->index[i]];
	}
	a->spec = (struct axp_table_spec){
		.accumulator = accumulator, .organisation = AXP_ORG_SHARED, .lanes = 2,
		.word_bits = accumulator ? 16 : 32, .scale = accumulator ? -3 : 0,
		.max_term = accumulator ? 1000 : 0, .preset = AXP_PRESET_S28,
		.cam_class = AXP_CAM_SILICON28,
	};
	for (r = 0; r < 8; r++) {
		a->rows[r] = (struct axp_row){ .act = r < 4 ? 0x3f800000 : 0x40000000,
					       .act_care = 0xff800000, .wgt_care = 0xffffffff,
					       .product = accumulator ? r : 0x3f800000 + r };
		memcpy(&a->rows[r].wgt, &book[r % 4], 4);
	}
	a->job_flags = AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT;
	a->dims_rows = 2;
	a->dims_key_bits = 9;
	l->assoc = a;
}

static struct axp_graph *compiled_net(void)
{
	Onnx__ModelProto *m = net();
	struct axp_graph *g;

	if (model_read(&g, m, &why))
		bail_out("%s", why.text);
	model_free(m);
	associate(g->layers[0], AXP_ACC_F32);
	associate(g->layers[1], AXP_ACC_FIXED);
	if (axp_graph_set_metadata(g, "axp.input.scale", "0.25"))
		bail_out("no memory");
	return g;
}

static void test_round_trips(void)
{
	const int64_t dims[] = { 3, 4 }, wdims[] = { 4, 2 }, bdims[] = { 2 };
	static const float w[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, b[2] = { 0.5f, -0.25f };
	Onnx__ModelProto *m = net();
	struct axp_graph *g;
	Onnx__NodeProto *n;

	if (model_read(&g, m, &why))
		bail_out("%s", why.text);
	round_trip(g, "a plain net");
	axp_graph_free(g);
	model_free(m);
	g = compiled_net();
	round_trip(g, "a compiled net");
	axp_graph_free(g);

	m = model_new(11, 2, dims);
	model_fix_dim(m, 0, 1);
	model_node(m, "MatMul", "fc", "x,w", "t");
	model_node(m, "Add", "add", "t,b", "u");
	n = model_node(m, "MatMul", "fc2", "u,w2", "v");
	n = model_node(m, "Softmax", "s", "v", "z");
	node_int(n, "axis", -1);
	model_node(m, "Reshape", "r", "z,shape", "y");
	model_tensor(m, "w", AXP_F32, 2, wdims, w);
	model_tensor(m, "w2", AXP_F32, 2, (const int64_t[]){ 2, 4 }, w);
	model_tensor(m, "b", AXP_F32, 1, bdims, b);
	model_tensor(m, "shape", AXP_I64, 1, bdims, (const int64_t[]){ -1, 6 });
	if (model_read(&g, m, &why))
		bail_out("%s", why.text);
	round_trip(g, "MatMul with and without bias");
	associate(g->layers[0], AXP_ACC_F32);
	associate(g->layers[1], AXP_ACC_F32);
	round_trip(g, "a compiled MatMul");
	axp_graph_free(g);
	model_free(m);
}

/* a name that the writer wants is the name of a value already */
static void test_names(void)
{
	const int64_t dims[] = { 1, 4, 4 }, wdims[] = { 2, 1, 3, 3 };
	static const float w[18] = { 1 };
	Onnx__ModelProto *m = model_new(13, 3, dims);
	struct axp_graph *g;
	const char *path = "/tmp/axp-test-onnx-names";

	model_node(m, "Conv", "conv", "x,conv.weight", "conv.bias");
	model_node(m, "Relu", "conv.weight", "conv.bias", "conv.axp.index");
	model_node(m, "Relu", "r", "conv.axp.index", "y");
	model_tensor(m, "conv.weight", AXP_F32, 4, wdims, w);
	if (model_read(&g, m, &why))
		bail_out("%s", why.text);
	round_trip(g, "names that are taken");
	associate(g->layers[0], AXP_ACC_F32);
	ok(axp_onnx_write(g, path, &why) == -EEXIST && strstr(why.text, "conv.axp.index") &&
	   strstr(why.text, path) && access(path, F_OK), "a name that cannot be another: %s",
	   why.text);
	axp_graph_free(g);
	model_free(m);
}

/* ------------------------------------------------------- compiled, then damaged */

static Onnx__ModelProto *compiled_model(void)
{
	struct axp_graph *g = compiled_net();
	Onnx__ModelProto *m = model_written(g, NULL, NULL);

	axp_graph_free(g);
	return m;
}

static void set_text(char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
}

static void test_compiled(void)
{
	static const struct {
		const char *from, *to, *word;
		int err;
	} settings[] = {
		{ "lanes=2", "lanes=0", "lanes is '0'", -EINVAL },
		{ "lanes=2", "lanes=two", "lanes is 'two'", -EINVAL },
		{ "lanes=2", "lanes=", "lanes is ''", -EINVAL },
		{ "lanes=2", "lanes", "no value", -EINVAL },
		{ "lanes=2", "lanes=2 lanes=2", "twice", -EINVAL },
		{ "lanes=2 ", "", "lanes is missing", -EINVAL },
		{ "lanes=2", "lanes=2 beams=3", "'beams'", -EOPNOTSUPP },
		{ "preset=s28", "preset=s29", "preset is 's29'", -EINVAL },
		{ "preset=s28", "preset=device", "'device'", -EINVAL },
		{ "organisation=shared", "organisation=heap", "organisation", -EINVAL },
		{ "organisation=shared", "organisation=flat", "table", -EINVAL },
		{ "word_bits=16", "word_bits=12", "table", -EOPNOTSUPP },
		{ "max_term=1000", "max_term=3", "table", -ERANGE },
		{ "scale=-3", "scale=1000", "scale is '1000'", -EINVAL },
		{ "gate_wgt", "gate_wgt,gate_wgt", "flags", -EINVAL },
		{ "gate_wgt", "gate_all", "flags", -EINVAL },
	};
	struct axp_graph *g;
	Onnx__ModelProto *m;
	unsigned int i;

	m = compiled_model();
	ok(!model_read(&g, m, &why) && axp_graph_is_compiled(g) &&
	   !strcmp(axp_graph_metadata(g, "axp.format"), "1") &&
	   !strcmp(axp_graph_metadata(g, "axp.input.scale"), "0.25"),
	   "a compiled model comes back: %s", *model_property_value(m, "axp.layer.fc"));
	axp_graph_free(g);
	model_free(m);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		char text[512], **value, *at;

		m = compiled_model();
		value = model_property_value(m, "axp.layer.fc");
		at = strstr(*value, settings[i].from);
		if (!at)
			bail_out("no %s in %s", settings[i].from, *value);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - *value), *value,
			 settings[i].to, at + strlen(settings[i].from));
		set_text(value, text);
		refused(m, settings[i].err, settings[i].word, settings[i].to);
	}
}

/* ------------------------------------------------------- data in other files */

/* the net with w in another file: @keys are "key", "value" and so on, NULL ends */
static int read_external(struct axp_graph **g, const char *const *keys)
{
	Onnx__ModelProto *m = net();
	Onnx__TensorProto *w = model_find(m, "w");
	const char *path;
	uint8_t *buf;
	size_t len;
	int err;

	for (; *keys; keys += 2)
		tensor_external(w, keys[0], keys[1]);
	buf = model_pack(m, &len);
	path = scratch_file("model.onnx", buf, len);
	err = axp_onnx_read(g, path, NULL, &why);
	free(buf);
	model_free(m);
	return err;
}

/* two tensors in one place of a file: what is done to one is not done to the other */
static void test_shared(void)
{
	static const float values[24] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	Onnx__ModelProto *m = net();
	struct axp_graph *g;
	const char *path;
	uint8_t *buf;
	size_t len;

	scratch_file("shared.bin", values, sizeof(values));
	tensor_external(model_find(m, "w"), "location", "shared.bin");
	tensor_external(model_find(m, "f"), "location", "shared.bin");
	buf = model_pack(m, &len);
	path = scratch_file("model.onnx", buf, len);
	free(buf);
	model_free(m);
	if (axp_onnx_read(&g, path, NULL, &why))
		bail_out("%s", why.text);
	memset(g->layers[0]->weights, 0, g->layers[0]->nr_weights * sizeof(float));
	ok(!memcmp(g->layers[1]->weights, values, sizeof(values)), "shared data is not shared memory");
	axp_graph_free(g);
}

static void test_external(void)
{
	static const struct {
		const char *keys[9];
		int err;
		const char *word;
	} bad[] = {
		{ { "offset", "0" }, -EINVAL, "location is missing" },
		{ { "location", "../w.bin" }, -EINVAL, "'../w.bin' leaves the model's folder" },
		{ { "location", "sub/../../w.bin" }, -EINVAL, "leaves the model's folder" },
		{ { "location", "/etc/passwd" }, -EINVAL, "not relative to the model's folder" },
		{ { "location", "" }, -EINVAL, "not the name of a file" },
		{ { "location", "./w.bin" }, -EINVAL, "not the name of a file" },
		{ { "location", "sub//w.bin" }, -EINVAL, "not the name of a file" },
		{ { "location", "sub/" }, -EINVAL, "not the name of a file" },
		{ { "location", "sub" }, -EINVAL, "not a regular file" },
		{ { "location", "fifo" }, -EINVAL, "not a regular file" },
		{ { "location", "link.bin" }, -EINVAL, "'link.bin' is a symbolic link" },
		{ { "location", "out/w.bin" }, -ENOTDIR, "'out/w.bin': Not a directory" },
		{ { "location", "none.bin" }, -ENOENT, "'none.bin': No such file" },
		{ { "location", "empty.bin" }, -EINVAL, "empty.bin: the file is empty" },
		{ { "location", "w.bin", "offset", "-1" }, -EINVAL, "offset is '-1'" },
		{ { "location", "w.bin", "offset", "9x" }, -EINVAL, "offset is '9x'" },
		{ { "location", "w.bin", "offset", "99999999999999999999" }, -EINVAL, "offset is '9" },
		{ { "location", "w.bin", "offset", "18446744073709551615" }, -EINVAL, "offset 1844" },
		{ { "location", "w.bin", "offset", "17" }, -EINVAL, "72 bytes at offset 17" },
		{ { "location", "w.bin", "length", "71" }, -EINVAL, "length is 71, the shape wants 72" },
		{ { "location", "w.bin", "length", "0" }, -EINVAL, "length is 0" },
		{ { "location", "w.bin", "location", "w.bin" }, -EINVAL, "location is given twice" },
		{ { "location", "w.bin", "size", "72" }, -EINVAL, "there is no 'size'" },
	};
	static const char *const good[][9] = {
		{ "location", "w.bin", "offset", "16", "length", "72" },
		{ "location", "w.bin", "offset", "16" },
		{ "length", "72", "offset", "0", "location", "sub/w.bin", "checksum", "0" },
		{ "location", "odd.bin", "offset", "3" },
	};
	unsigned char bytes[16 + 72] = "\x1f\x8b";
	struct axp_graph *g, *want;
	Onnx__ModelProto *m = net();
	char outside[4096];

	if (model_read(&want, m, &why))
		bail_out("%s", why.text);
	memcpy(bytes + 16, model_find(m, "w")->raw_data.data, 72);
	model_free(m);
	scratch_file("w.bin", bytes, sizeof(bytes));
	scratch_file("odd.bin", bytes + 13, 75);
	scratch_file("empty.bin", "", 0);
	scratch_folder("sub");
	scratch_file("sub/w.bin", bytes + 16, 72);
	snprintf(outside, sizeof(outside), "%s", scratch("w.bin"));
	if (symlink(outside, scratch("link.bin")) || symlink(scratch("sub"), scratch("out")) ||
	    mkfifo(scratch("fifo"), 0600))
		bail_out("links");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (read_external(&g, good[i])) {
			ok(false, "weights in %s: %s", good[i][1], why.text);
			continue;
		}
		ok(equal_layers(g->layers[0], want->layers[0]) &&
		   equal_layers(g->layers[1], want->layers[1]), "weights in another file, %zu", i);
		axp_graph_free(g);
	}
	axp_graph_free(want);
	test_shared();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = read_external(&g, bad[i].keys);

		if (!ok(err == bad[i].err && !g && strstr(why.text, bad[i].word) &&
			strstr(why.text, "model.onnx: ") && strstr(why.text, "'w': external_data"),
			"refused: %s", why.text))
			diag("%d, wanted %d and '%s'", err, bad[i].err, bad[i].word);
		if (!err)
			axp_graph_free(g);
	}
}

/* how a net was compiled comes back, and must be what axp_compile() writes */
static void test_making(void)
{
	static const char prune[] = "fraction=0.25 pruned=3 weights=40";
	static const char search[] = "outputs=each max_kl=0.02 kl=0.0125 max_drop=0.5 drop=-0.25 "
				     "calibrated=300 checked=150";
	static const struct {
		const char *key, *value, *word;
	} bad[] = {
		{ "axp.prune", "fraction=0.25 pruned=3", "axp.prune: weights is missing" },
		{ "axp.prune", "fraction=2 pruned=3 weights=40", "fraction is '2'" },
		{ "axp.prune", "fraction=nan pruned=3 weights=40", "fraction is 'nan'" },
		{ "axp.prune", "fraction=0.1 pruned=41 weights=40", "more weights are pruned" },
		{ "axp.prune", "fraction=0.1 pruned=3.5 weights=40", "pruned is '3.5'" },
		{ "axp.prune", "fraction=0.1 pruned=-3 weights=40", "pruned is '-3'" },
		{ "axp.prune", "fraction=0.1 fraction=0.1", "fraction is given twice" },
		{ "axp.prune", "0.1", "'0.1' has no value" },
		{ "axp.prune", "part=0.1", "there is no 'part'" },
		{ "axp.search", "outputs=all", "axp.search: outputs is 'all'" },
		{ "axp.search", "kl=1e999", "kl is '1e999'" },
		{ "axp.search", "", "outputs is missing" },
		{ "axp.search", "drop=-101", "drop is '-101'" },
		{ "axp.search", "checked=0", "checked is '0'" },
	};
	struct axp_making a;
	struct axp_graph *g, *again;
	Onnx__ModelProto *m;
	uint8_t *bytes;
	size_t len;

	m = compiled_model();
	if (model_read(&g, m, &why))
		bail_out("%s", why.text);
	axp_graph_making(g, &a);
	ok(a.prune == 0 && !a.pruned && !a.checked && !axp_graph_metadata(g, "axp.prune") &&
	   !axp_graph_metadata(g, "axp.search"), "nothing is known where nothing is stored");
	axp_graph_free(g);
	model_property(m, "axp.prune", prune);
	model_property(m, "axp.search", search);
	if (model_read(&g, m, &why))
		bail_out("%s", why.text);
	model_free(m);
	onnx__model_proto__free_unpacked(model_written(g, &bytes, &len), NULL);
	axp_graph_free(g);
	if (axp_onnx_read_mem(&again, bytes, len, "again", NULL, &why))
		bail_out("%s", why.text);
	free(bytes);
	axp_graph_making(again, &a);
	ok(a.prune == 0.25 && a.pruned == 3 && a.weights == 40, "what was pruned comes back");
	ok(a.outputs == AXP_OUTPUTS_EACH && a.max_kl == 0.02 && a.kl == 0.0125 &&
	   a.max_drop == 0.5 && a.drop == -0.25 && a.calibrated == 300 && a.checked == 150,
	   "and what a search came to");
	ok(!strcmp(axp_graph_metadata(again, "axp.prune"), prune) &&
	   !strcmp(axp_graph_metadata(again, "axp.search"), search), "as it was written");
	axp_graph_free(again);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m = compiled_model();
		model_property(m, bad[i].key, bad[i].value);
		refused(m, -EINVAL, bad[i].word, bad[i].value);
	}
	m = model_new(13, 1, (const int64_t[]){ 4 });
	model_node(m, "Relu", "r", "x", "y");
	model_property(m, "axp.prune", prune);
	refused(m, -EINVAL, "axp.prune: the net is not compiled", "a net without tables");
}

static void test_compiled_parts(void)
{
	Onnx__ModelProto *m;

	m = compiled_model();
	set_text(model_property_value(m, "axp.format"), "2");
	refused(m, -EOPNOTSUPP, "axp.format is '2'", "a later format");
	m = compiled_model();
	onnx__string_string_entry_proto__free_unpacked(
		m->metadata_props[--m->n_metadata_props], NULL);
	refused(m, -EINVAL, "'fc.axp.", "a layer's settings cut off");
	m = compiled_model();
	model_property(m, "axp.layer.nobody", "lanes=1");
	refused(m, -EINVAL, "'axp.layer.nobody' names no layer", "settings of no layer");
	m = compiled_model();
	model_find(m, "conv.axp.index")->raw_data.data[5] = 9;
	refused(m, -EINVAL, "element 5, is 9", "an index past the codebook");
	m = compiled_model();
	model_find(m, "conv.axp.index")->data_type = AXP_I8;
	refused(m, -EINVAL, "layer conv: initializer 'conv.axp.index' is of type INT8",
		"indices of another type");
	m = compiled_model();
	set_text(&model_find(m, "conv.axp.table")->name, "conv.axp.tables");
	refused(m, -EINVAL, "'conv.axp.table' is missing", "a table that is missing");
	m = compiled_model();
	model_find(m, "conv.axp.table")->dims[0] = 4;
	model_find(m, "conv.axp.table")->dims[1] = 12;
	refused(m, -EINVAL, "[rows, 6]", "a table of another shape");
	m = compiled_model();
	model_find(m, "conv.axp.table")->raw_data.data[20] = 0xf0;
	refused(m, -EINVAL, "layer conv: table: row 0", "an unknown flag in a row");
	/* the operators compute other weights than codebook and indices say */
	m = compiled_model();
	set_text(&model_find_node(m, "conv.axp.weight")->input[0], "fc.axp.codebook2");
	model_tensor(m, "fc.axp.codebook2", AXP_F32, 1, (const int64_t[]){ 4 },
		     (const float[]){ 1, 2, 3, 4 });
	refused(m, -EINVAL, "layer conv: weight 0", "weights that are not the codebook's");
}

static void test_truncated_compiled(void)
{
	Onnx__ModelProto *m = compiled_model();
	unsigned int plain = 0;
	struct axp_graph *g;
	size_t len, i;
	uint8_t *buf = model_pack(m, &len);

	/* whatever is cut off, a half compiled net is never taken for a whole one */
	for (i = 0; i < len; i++) {
		if (axp_onnx_read_mem(&g, buf, i, "cut.onnx", NULL, &why))
			continue;
		plain++;
		axp_graph_free(g);
	}
	ok(!plain, "a compiled net cut off at each of %zu bytes: an error every time", len);
	free(buf);
	model_free(m);
}

int main(void)
{
	test_truncated();
	test_damaged();
	test_nested();
	test_wire();
	test_limits();
	test_greedy();
	test_model();
	test_values();
	test_inputs();
	test_tensors();
	test_nodes();
	test_round_trips();
	test_names();
	test_compiled();
	test_external();
	test_making();
	test_compiled_parts();
	test_truncated_compiled();
	return done_testing();
}
