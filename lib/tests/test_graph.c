// SPDX-License-Identifier: BSD-2-Clause
/*
 * Graph: what folding leaves, order, layers, batches, metadata.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "ops/op.h"
#include "random.h"
#include "tap.h"

static struct axp_diag why;

static struct axp_graph *read_or_die(const Onnx__ModelProto *m)
{
	struct axp_graph *g;

	if (model_read(&g, m, &why))
		bail_out("%s", why.text);
	return g;
}

static struct axp_graph *read_and_free(Onnx__ModelProto *m)
{
	struct axp_graph *g = read_or_die(m);

	model_free(m);
	return g;
}

/* "Conv Relu MaxPool ..." */
static const char *ops_of(const struct axp_graph *g)
{
	static char text[512];
	uint32_t i;

	text[0] = '\0';
	for (i = 0; i < g->nr_nodes; i++) {
		strcat(text, i ? " " : "");
		strcat(text, g->nodes[i].op->name);
	}
	return text;
}

static void fill(struct rng *rng, float *to, uint64_t n)
{
	while (n--)
		*to++ = (float)((int32_t)rng_below(rng, 2001) - 1000) / 256.0f;
}

/* x[N, 2, 5, 5] -> Conv 3x3, 4 channels */
static Onnx__ModelProto *conv_net(const char *conv_out)
{
	const int64_t dims[] = { 2, 5, 5 }, wdims[] = { 4, 2, 3, 3 }, bdims[] = { 4 };
	Onnx__ModelProto *m = model_new(13, 3, dims);
	struct rng rng = { 11 };
	float w[72], b[4];

	fill(&rng, w, 72);
	fill(&rng, b, 4);
	model_node(m, "Conv", "conv", "x,w,b", conv_out);
	model_tensor(m, "w", AXP_F32, 4, wdims, w);
	model_tensor(m, "b", AXP_F32, 1, bdims, b);
	return m;
}

static void add_norm(Onnx__ModelProto *m, const char *in, const char *out)
{
	const int64_t c[] = { 4 };
	static const float gamma[] = { 2, -1, 0.5f, 1 }, beta[] = { 0.5f, 3, 0, -1 };
	static const float mean[] = { 1, -2, 0, 0.25f }, var[] = { 4, 0.25f, 1, 9 };
	char list[64];

	snprintf(list, sizeof(list), "%s,g,be,mu,va", in);
	model_node(m, "BatchNormalization", "bn", list, out);
	model_tensor(m, "g", AXP_F32, 1, c, gamma);
	model_tensor(m, "be", AXP_F32, 1, c, beta);
	model_tensor(m, "mu", AXP_F32, 1, c, mean);
	model_tensor(m, "va", AXP_F32, 1, c, var);
}

static void test_norm(void)
{
	Onnx__ModelProto *m = conv_net("t");
	const struct axp_layer *l;
	struct axp_graph *g, *plain;
	bool good = true;
	uint32_t i;

	add_norm(m, "t", "y");
	g = read_and_free(m);
	plain = read_and_free(conv_net("y"));
	l = g->layers[0];
	ok(!strcmp(ops_of(g), "Conv"), "BatchNormalization goes into the convolution before it");
	for (i = 0; i < 72; i++) {
		static const double scale[] = { 2, -1, 0.5, 1 }, var[] = { 4, 0.25, 1, 9 };
		double want = plain->layers[0]->weights[i] * (scale[i / 18] /
			      sqrt(var[i / 18] + (double)1e-5f));

		good &= l->weights[i] == (float)want;
	}
	ok(good, "weights are scaled, rounded once");
	ok(fabsf(l->bias[3] - (float)((plain->layers[0]->bias[3] - 0.25) / sqrt(9.00001) - 1)) <
	   1e-6f, "and so are biases");
	axp_graph_free(plain);
	axp_graph_free(g);

	m = conv_net("t");
	add_norm(m, "t", "u");
	model_node(m, "Add", "add", "t,u", "y");
	g = read_and_free(m);
	ok(!strcmp(ops_of(g), "Conv BatchNormalization Add"),
	   "it stays when something else reads the convolution");
	axp_graph_free(g);

	m = conv_net("t");
	model_node(m, "Relu", "relu", "t", "u");
	add_norm(m, "u", "y");
	g = read_and_free(m);
	ok(!strcmp(ops_of(g), "Conv Relu BatchNormalization"), "it stays behind a Relu");
	axp_graph_free(g);

	m = conv_net("t");
	add_norm(m, "t", "y");
	((float *)(void *)model_find(m, "va")->raw_data.data)[2] = -1;
	ok(model_read(&g, m, &why) == -EINVAL && strstr(why.text, "var") && strstr(why.text, "bn"),
	   "negative variance: %s", why.text);
	model_free(m);
}

static void test_bias(void)
{
	const int64_t dims[] = { 3, 4 }, wdims[] = { 4, 2 }, bdims[] = { 2 }, cdims[] = { 3, 2 };
	static const float w[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, b[6] = { 0.5f, -0.25f, 1, 2, 3, 4 };
	static const float two = 2;
	Onnx__ModelProto *m = model_new(13, 2, dims);
	struct axp_graph *g;

	model_node(m, "MatMul", "fc", "x,w", "t");
	model_node(m, "Add", "add", "b,t", "y");
	model_tensor(m, "w", AXP_F32, 2, wdims, w);
	model_tensor(m, "b", AXP_F32, 1, bdims, b);
	g = read_and_free(m);
	ok(!strcmp(ops_of(g), "MatMul") && g->layers[0]->bias[0] == 0.5f &&
	   g->layers[0]->bias[1] == -0.25f, "an Add of a row becomes a MatMul's bias");
	ok(g->layers[0]->weights[1] == 3 && g->layers[0]->weights[4] == 2,
	   "weights of a MatMul are kept [OC, C]");
	axp_graph_free(g);

	m = model_new(13, 2, dims);
	model_node(m, "MatMul", "fc", "x,w", "s");
	model_node(m, "Mul", "scale", "s,b", "t");
	model_node(m, "Add", "add", "t,b", "u");
	model_node(m, "Mul", "twice", "two,u", "y");
	model_tensor(m, "w", AXP_F32, 2, wdims, w);
	model_tensor(m, "b", AXP_F32, 1, bdims, b);
	model_tensor(m, "two", AXP_F32, 0, NULL, &two);
	g = read_and_free(m);
	ok(!strcmp(ops_of(g), "MatMul") && g->layers[0]->bias[0] == 1 &&
	   g->layers[0]->bias[1] == -0.5f && g->layers[0]->weights[1] == 3 &&
	   g->layers[0]->weights[4] == -1, "a Mul of a row or of one number scales its weights");
	axp_graph_free(g);

	m = model_new(13, 2, dims);
	model_node(m, "MatMul", "fc", "x,w", "s");
	model_node(m, "Mul", "scale", "s,b", "t");
	model_node(m, "Add", "add", "t,s", "y");
	model_tensor(m, "w", AXP_F32, 2, wdims, w);
	model_tensor(m, "b", AXP_F32, 1, bdims, b);
	g = read_and_free(m);
	ok(!strcmp(ops_of(g), "MatMul Mul Add"), "but not where the product is read elsewhere");
	axp_graph_free(g);

	m = model_new(13, 2, dims);
	model_node(m, "MatMul", "fc", "x,w", "t");
	model_node(m, "Add", "add", "t,b", "y");
	model_tensor(m, "w", AXP_F32, 2, wdims, w);
	model_tensor(m, "b", AXP_F32, 2, cdims, b);
	g = read_and_free(m);
	ok(!strcmp(ops_of(g), "MatMul Add"), "an Add that differs by row does not");
	axp_graph_free(g);
}

static void test_constants(void)
{
	const int64_t dims[] = { 2, 5, 5 }, one[] = { 1 };
	static const float three[] = { 3 };
	Onnx__ModelProto *m = model_new(13, 3, dims);
	struct axp_graph *g;
	uint32_t i, n = 0;

	model_node(m, "Add", "a", "k,k", "six");
	model_node(m, "Mul", "b", "six,k", "eighteen");
	model_node(m, "Mul", "c", "x,eighteen", "t");
	model_node(m, "Identity", "d", "t", "u");
	model_node(m, "Dropout", "e", "u", "v");
	model_node(m, "Relu", "f", "x", "nobody");
	model_node(m, "Relu", "g", "v", "y");
	model_tensor(m, "k", AXP_F32, 1, one, three);
	model_tensor(m, "unused", AXP_F32, 1, one, three);
	g = read_and_free(m);
	ok(!strcmp(ops_of(g), "Mul Relu"), "constants, identities and unused nodes are gone: %s",
	   ops_of(g));
	for (i = 0; i < g->nr_values; i++) {
		n += g->values[i].constant != NULL;
		if (g->values[i].constant)
			ok(*(float *)g->values[i].constant->data == 54 / 3.0f,
			   "the constant is computed");
	}
	ok(n == 1, "one constant is left");
	axp_graph_free(g);

	m = model_new(13, 3, dims);
	model_node(m, "Relu", "a", "x", "t");
	model_node(m, "Identity", "b", "t", "y");
	g = read_and_free(m);
	ok(g->nr_outputs == 1 && !strcmp(g->values[g->outputs[0]].name, "y"),
	   "an output keeps its name behind an Identity");
	axp_graph_free(g);
}

static void test_order(void)
{
	const int64_t dims[] = { 4 };
	Onnx__ModelProto *m = model_new(13, 1, dims);
	struct axp_graph *g;

	model_node(m, "Add", "d", "b,c", "y");
	model_node(m, "Relu", "c", "b", "c");
	model_node(m, "Mul", "b", "a,x", "b");
	model_node(m, "Relu", "a", "x", "a");
	g = read_and_free(m);
	ok(!strcmp(ops_of(g), "Relu Mul Relu Add"), "nodes are put in order: %s", ops_of(g));
	axp_graph_free(g);

	m = model_new(13, 1, dims);
	model_node(m, "Add", "a", "x,c", "b");
	model_node(m, "Relu", "b", "b", "c");
	model_node(m, "Relu", "c", "c", "y");
	ok(model_read(&g, m, &why) == -EINVAL && strstr(why.text, "cycle"), "a cycle: %s", why.text);
	model_free(m);
}

/* deep graphs must not run on the stack */
static void test_deep(void)
{
	const int64_t dims[] = { 2 };
	Onnx__ModelProto *m = model_new(13, 1, dims);
	struct axp_graph *g;
	char in[16] = "y", out[16];
	uint32_t i;

	for (i = 0; i < 50000; i++) {
		snprintf(out, sizeof(out), "v%u", i);
		model_node(m, "Relu", "", i == 49999 ? "x" : out, i ? in : "y");
		snprintf(in, sizeof(in), "v%u", i);
	}
	g = read_and_free(m);
	ok(g->nr_nodes == 50000, "50,000 nodes in the wrong order");
	axp_graph_free(g);
}

static void test_layers(void)
{
	const int64_t dims[] = { 2, 6, 6 }, wdims[] = { 4, 1, 3, 3 }, fdims[] = { 48, 3 };
	const int64_t pads[] = { 1, 0, 2, 1 }, strides[] = { 2, 1 };
	static float w[36], f[144];
	Onnx__ModelProto *m = model_new(13, 3, dims);
	struct axp_layer_info info;
	struct axp_layer_shape shape;
	struct axp_graph *g;
	Onnx__NodeProto *n;
	uint64_t in[7];
	uint64_t macs = 0;
	int y, x, i, j;

	n = model_node(m, "Conv", "", "x,w", "first");
	node_ints(n, "pads", 4, pads);
	node_ints(n, "strides", 2, strides);
	node_int(n, "group", 2);
	n = model_node(m, "MaxPool", "", "first", "p");
	node_ints(n, "kernel_shape", 2, (const int64_t[]){ 2, 2 });
	n = model_node(m, "Flatten", "", "p", "flat");
	n = model_node(m, "Gemm", "fc", "flat,f", "t");
	n = model_node(m, "Gemm", "fc", "t,s", "y");
	model_tensor(m, "w", AXP_F32, 4, wdims, w);
	model_tensor(m, "f", AXP_F32, 2, fdims, f);
	model_tensor(m, "s", AXP_F32, 2, (const int64_t[]){ 3, 2 }, f);
	g = read_and_free(m);
	/* kernel cells inside the image, 4 channels of 1 input channel each */
	for (y = 0; y < 4; y++)
		for (x = 0; x < 5; x++)
			for (i = 0; i < 3; i++)
				for (j = 0; j < 3; j++)
					macs += y * 2 + i - 1 >= 0 && y * 2 + i - 1 < 6 && x + j < 6;
	ok(axp_graph_nr_layers(g) == 3 && !axp_graph_is_compiled(g), "three layers");
	ok(!axp_graph_layer_info(g, 0, &info) && !strcmp(info.name, "first") &&
	   !strcmp(info.op, "Conv") && info.macs == macs * 4 && info.weights == 36 && !info.k,
	   "a layer without a name takes its output's; MACs leave padding out: %llu",
	   (unsigned long long)info.macs);
	ok(!axp_graph_layer_info(g, 1, &info) && !strcmp(info.name, "fc") && info.macs == 144,
	   "MACs of a matrix product");
	ok(!axp_graph_layer_info(g, 2, &info) && strcmp(info.name, "fc") && info.weights == 6,
	   "two layers of one name are told apart: %s", info.name);
	ok(axp_graph_layer_info(g, 3, &info) == -EINVAL && !axp_graph_layer(g, 3), "no fourth");
	axp_graph_layer_shape_of(g, 0, &shape);
	ok(shape.n == 1 && shape.c == 2 && shape.h == 6 && shape.w == 6 && shape.oh == 4 &&
	   shape.ow == 5, "shape of a layer");
	ok(axp_graph_input_dims(g, in) == 3 && in[0] == 2 && in[1] == 6 && in[2] == 6 &&
	   axp_graph_output_elems(g) == 2, "dimensions of input and output");
	axp_graph_free(g);
}

static bool batched(Onnx__ModelProto *m)
{
	struct axp_graph *g = read_and_free(m);
	bool yes = g->batched;

	axp_graph_free(g);
	return yes;
}

static void test_batched(void)
{
	const int64_t dims[] = { 2, 3 }, two[] = { 2 }, three[] = { 3 };
	static const int64_t keep[] = { 0, -1 }, one_row[] = { 1, -1 },
			     one_column[] = { 6, 1 }, rows[] = { -1, 3 };
	const int64_t swap[] = { 1, 0, 2 };
	Onnx__ModelProto *m;
	Onnx__NodeProto *n;

	m = model_new(13, 2, dims);
	model_node(m, "Reshape", "r", "x,s", "y");
	model_tensor(m, "s", AXP_I64, 1, two, keep);
	ok(batched(m), "Reshape [0, -1] keeps samples apart");
	m = model_new(13, 2, dims);
	model_node(m, "Reshape", "r", "x,s", "y");
	model_tensor(m, "s", AXP_I64, 1, two, one_row);
	ok(batched(m), "and so does [1, -1]: the 1 is the batch that was traced");
	m = model_new(13, 2, dims);
	model_node(m, "Reshape", "r", "x,s", "y");
	model_tensor(m, "s", AXP_I64, 1, two, one_column);
	ok(!batched(m), "Reshape [6, 1] does not");
	m = model_new(13, 2, dims);
	model_node(m, "Reshape", "r", "x,s", "y");
	model_tensor(m, "s", AXP_I64, 1, two, rows);
	ok(batched(m), "two rows a sample are fine");
	m = model_new(13, 2, dims);
	n = model_node(m, "Softmax", "s", "x", "y");
	node_int(n, "axis", 0);
	ok(!batched(m), "Softmax over the batch is not");
	m = model_new(13, 2, dims);
	n = model_node(m, "Transpose", "t", "x", "y");
	node_ints(n, "perm", 3, swap);
	ok(!batched(m), "nor is a Transpose of the batch");
	m = model_new(13, 2, dims);
	n = model_node(m, "Concat", "c", "x,x", "y");
	node_int(n, "axis", 0);
	ok(!batched(m), "nor a Concat over it");
	m = model_new(13, 2, dims);
	model_node(m, "Reshape", "r", "x,s", "t");
	model_node(m, "Add", "a", "t,t", "y");
	model_tensor(m, "s", AXP_I64, 1, three, (const int64_t[]){ 2, -1, 1 });
	ok(!batched(m), "nor a shape that says how many");
}

static void test_metadata(void)
{
	const int64_t dims[] = { 2 };
	Onnx__ModelProto *m = model_new(13, 1, dims);
	struct axp_graph *g;
	char key[16];
	uint32_t i;

	model_node(m, "Relu", "r", "x", "y");
	model_property(m, "author", "somebody");
	g = read_and_free(m);
	ok(axp_graph_metadata(g, "author") && !strcmp(axp_graph_metadata(g, "author"), "somebody"),
	   "metadata is kept");
	ok(!axp_graph_metadata(g, "none"), "what is not there is NULL");
	ok(!axp_graph_set_metadata(g, "author", "") && !axp_graph_metadata(g, "author")[0],
	   "a value is replaced");
	for (i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "key%u", i);
		if (axp_graph_set_metadata(g, key, key))
			break;
	}
	ok(i == 40 && !strcmp(axp_graph_metadata(g, "key17"), "key17"), "40 more are set");
	axp_graph_free(g);
	axp_graph_free(NULL);
}

int main(void)
{
	test_norm();
	test_bias();
	test_constants();
	test_order();
	test_deep();
	test_layers();
	test_batched();
	test_metadata();
	return done_testing();
}
