// SPDX-License-Identifier: BSD-2-Clause
/*
 * Graphs on whole tensors; weights that stay in their file; batches of every
 * operator that moves elements; convolutions in one direction.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "model.h"
#include "random.h"
#include "scratch.h"
#include "tap.h"

static struct axp_diag why;

static struct axp_tensor *tensor(enum axp_dtype dtype, uint32_t ndim, const uint64_t *dims,
				 const void *data)
{
	struct axp_tensor *t;

	if (axp_tensor_create(&t, dtype, ndim, dims, data, &why))
		bail_out("%s", why.text);
	return t;
}

/* @m is freed; NULL and the message in why when it is refused */
static struct axp_graph *read_for(Onnx__ModelProto *m, const struct axp_named_tensor *in,
				  uint32_t nr)
{
	AXP_OPTS(struct axp_onnx_opts, opts);
	struct axp_graph *g;
	size_t len;
	uint8_t *bytes = model_pack(m, &len);

	opts.inputs = in;
	opts.nr_inputs = nr;
	opts.tensors = true;
	if (axp_onnx_read_mem(&g, bytes, len, "test.onnx", &opts, &why))
		g = NULL;
	free(bytes);
	model_free(m);
	return g;
}

static struct axp_session *session_of(const struct axp_graph *g, enum axp_backend backend,
				      uint32_t batch, uint32_t threads)
{
	AXP_OPTS(struct axp_session_opts, opts);
	struct axp_session *s;

	opts.backend = backend;
	opts.max_batch = batch;
	opts.threads = threads;
	if (axp_session_open(&s, g, &opts, &why))
		bail_out("%s", why.text);
	return s;
}

static bool holds(const struct axp_tensor *t, enum axp_dtype dtype, uint32_t ndim,
		  const uint64_t *dims, const void *data)
{
	uint64_t have[AXP_MAX_DIMS];

	return axp_tensor_dtype(t) == dtype && axp_tensor_dims(t, have) == ndim &&
	       !memcmp(have, dims, ndim * sizeof(*dims)) &&
	       !memcmp(axp_tensor_data(t), data, t->elems * axp_dtype_size((int)dtype));
}

/* ------------------------------------------------- several inputs and outputs */

/* y = a + x; p, i: largest and where; n: shape of y; c: i as numbers; k: constant */
static Onnx__ModelProto *many(void)
{
	const int64_t dims[] = { 1, 2, 2 };
	Onnx__ModelProto *m = model_new(13, 3, dims);
	Onnx__NodeProto *n;

	model_input(m, "a", 3, dims);
	model_node(m, "Add", "add", "x,a", "y");
	n = model_node(m, "MaxPool", "pool", "y", "p,i");
	node_ints(n, "kernel_shape", 2, (const int64_t[]){ 2, 2 });
	model_node(m, "Shape", "shape", "y", "n");
	n = model_node(m, "Cast", "cast", "i", "c");
	node_int(n, "to", AXP_F32);
	n = model_node(m, "ConstantOfShape", "fill", "n", "k");
	model_output(m, "p");
	model_output(m, "i");
	model_output(m, "n");
	model_output(m, "c");
	model_output(m, "k");
	return m;
}

static void test_many(void)
{
	const uint64_t dims[] = { 2, 1, 2, 2 }, pooled[] = { 2, 1, 1, 1 }, four[] = { 4 };
	const float x[] = { 1, 2, 3, 4, 8, 7, 6, 5 }, a[] = { 10, 20, 30, 40, 0, 0, 0, 0 };
	const float sum[] = { 11, 22, 33, 44, 8, 7, 6, 5 }, most[] = { 44, 8 }, zero[8] = { 0 };
	const int64_t where[] = { 3, 4 }, shape[] = { 2, 1, 2, 2 };
	const float cast[] = { 3, 4 };
	struct axp_tensor *tx = tensor(AXP_F32, 4, dims, x), *ta = tensor(AXP_F32, 4, dims, a);
	struct axp_named_tensor in[] = { { "a", ta }, { "x", tx } };
	struct axp_tensor *out[6], *small;
	struct axp_graph *g = read_for(many(), in, 2);
	struct axp_session *s;
	struct axp_port port;
	uint64_t bytes, live;
	float y[8];
	uint32_t i;

	if (!g)
		bail_out("%s", why.text);
	ok(axp_graph_nr_inputs(g) == 2 && axp_graph_nr_outputs(g) == 6, "two inputs, six outputs");
	ok(!axp_graph_input(g, 1, &port) && !strcmp(port.name, "a") && port.ndim == 4 &&
	   port.dims[0] == 2 && axp_graph_input(g, 2, &port) == -EINVAL, "an input by number");
	ok(!axp_graph_output(g, 2, &port) && !strcmp(port.name, "i") && port.dtype == AXP_I64,
	   "an output, its type");
	s = session_of(g, AXP_BACKEND_SOFT, 0, 0);
	ok(!axp_session_run_tensors(s, in, 2, out, &why), "runs: %s", why.text);
	ok(holds(out[0], AXP_F32, 4, dims, sum), "the sum");
	ok(holds(out[1], AXP_F32, 4, pooled, most) && holds(out[2], AXP_I64, 4, pooled, where),
	   "maxima and their indices");
	ok(holds(out[3], AXP_I64, 1, four, shape), "a shape, which is a constant");
	ok(holds(out[4], AXP_F32, 4, pooled, cast), "indices as numbers");
	ok(holds(out[5], AXP_F32, 4, dims, zero), "zeros of that shape");
	for (i = 0; i < 6; i++)
		axp_tensor_free(out[i]);
	axp_session_memory(s, &bytes, &live);
	ok(bytes >= live && live >= 3 * 64, "memory: %llu bytes, %llu alive together",
	   (unsigned long long)bytes, (unsigned long long)live);
	ok(axp_session_run(s, x, 1, y, &why) == -EINVAL, "samples are refused: %s", why.text);
	ok(axp_session_run_tensors(s, in, 1, out, &why) == -EINVAL && strstr(why.text, "'x'") &&
	   !out[0] && !out[5], "a missing input is refused: %s", why.text);
	small = tensor(AXP_F32, 1, four, a);
	in[0].tensor = small;
	ok(axp_session_run_tensors(s, in, 2, out, &why) == -EINVAL && strstr(why.text, "'a'"),
	   "another shape is refused: %s", why.text);
	axp_tensor_free(small);
	axp_session_close(s);
	axp_graph_free(g);
	axp_tensor_free(ta);
	in[0] = (struct axp_named_tensor){ "b", tx };
	ok(!read_for(many(), in, 2) && strstr(why.text, "'a' is not given"),
	   "an input that is not given: %s", why.text);
	axp_tensor_free(tx);
}

/* what can only be a constant becomes one */
static void test_given(void)
{
	const int64_t dims[] = { 6 };
	const uint64_t one[] = { 1, 6 }, two[] = { 2 }, out_dims[] = { 2, 3 };
	const float x[] = { 1, 2, 3, 4, 5, 6 };
	const int64_t shape[] = { 2, 3 };
	struct axp_tensor *tx = tensor(AXP_F32, 2, one, x), *ts = tensor(AXP_I64, 1, two, shape);
	struct axp_named_tensor in[] = { { "x", tx }, { "s", ts } };
	Onnx__ModelProto *m = model_new(13, 1, dims);
	struct axp_tensor *out[1];
	struct axp_session *s;
	struct axp_graph *g;

	model_input(m, "s", 0, dims)->type->tensor_type->elem_type = AXP_I64;
	model_node(m, "Reshape", "turn", "x,s", "y");
	g = read_for(m, in, 2);
	if (!g)
		bail_out("%s", why.text);
	s = session_of(g, AXP_BACKEND_FP32, 0, 0);
	ok(!axp_session_run_tensors(s, in, 1, out, &why) && holds(out[0], AXP_F32, 2, out_dims, x),
	   "a shape that is given when the graph is read: %s", why.text);
	axp_tensor_free(out[0]);
	axp_session_close(s);
	axp_graph_free(g);
	axp_tensor_free(tx);
	axp_tensor_free(ts);
}

/* --------------------------------------------------------- weights in files */

static Onnx__ModelProto *heavy(const char *name, const float *w)
{
	const int64_t dims[] = { 64 }, wd[] = { 32, 64 };
	Onnx__ModelProto *m = model_new(13, 1, dims);
	Onnx__NodeProto *n;
	char in[32];

	snprintf(in, sizeof(in), "x,%s", name);
	n = model_node(m, "Gemm", "fc", in, "y");
	node_int(n, "transB", 1);
	model_tensor(m, name, AXP_F32, 2, wd, w);
	return m;
}

/* the name moves the data through every alignment */
static void test_mapped(void)
{
	static const char *const names[] = { "w", "ww", "www", "wwww" };
	unsigned int mapped = 0, same = 0, i;
	struct rng rng = { 5 };
	float w[32 * 64];

	for (i = 0; i < 32 * 64; i++)
		w[i] = (float)rng_below(&rng, 1000) / 512.0f;
	for (i = 0; i < 4; i++) {
		Onnx__ModelProto *m = heavy(names[i], w);
		struct axp_graph *g, *from_memory;
		const char *path;
		uint8_t *bytes;
		size_t len;

		bytes = model_pack(m, &len);
		path = scratch_file("heavy.onnx", bytes, len);
		if (axp_onnx_read(&g, path, NULL, &why) ||
		    axp_onnx_read_mem(&from_memory, bytes, len, "m", NULL, &why))
			bail_out("%s", why.text);
		memset(bytes, 0xff, len);	/* nothing points in here */
		mapped += g->layers[0]->held && g->layers[0]->held->map;
		same += !memcmp(g->layers[0]->weights, w, sizeof(w)) &&
			!memcmp(from_memory->layers[0]->weights, w, sizeof(w));
		g->layers[0]->weights[0] = -1;	/* private: the file stays as it is */
		axp_graph_free(g);
		axp_graph_free(from_memory);
		if (axp_onnx_read(&g, path, NULL, &why))
			bail_out("%s", why.text);
		same += g->layers[0]->weights[0] == w[0];
		axp_graph_free(g);
		free(bytes);
		model_free(m);
	}
	ok(same == 8, "weights from a file and from memory");
	ok(mapped, "where they are aligned they stay in the file: %u of 4", mapped);
}

static void test_damaged(void)
{
	Onnx__TensorProto__Segment segment = ONNX__TENSOR_PROTO__SEGMENT__INIT;
	Onnx__ModelProto *m;
	float w[32 * 64] = { 0 };

	m = heavy("w", w);
	segment.has_begin = 1;
	segment.has_end = 1;
	segment.end = 32 * 64 * 4;
	model_find(m, "w")->segment = &segment;
	{
		struct axp_graph *g;
		int err = model_read(&g, m, &why);

		ok(err == -EOPNOTSUPP && strstr(why.text, "'w': its data is in segments"),
		   "a segment in the file is no place in the file: %s", why.text);
	}
	model_find(m, "w")->segment = NULL;
	model_free(m);
	m = heavy("w", w);
	w[77] = NAN;
	memcpy(model_find(m, "w")->raw_data.data, w, sizeof(w));
	{
		struct axp_graph *g;
		int err = model_read(&g, m, &why);

		ok(err == -EINVAL && strstr(why.text, "'w': element 77 is nan"),
		   "NaN in the bulk: %s", why.text);
	}
	model_free(m);
}

/* ------------------------------------------------------------------ batches */

#define SAMPLES	400	/* enough for threads to be used */
#define IN	(4 * 6 * 6)

/* one operator on x [N, 4, 6, 6] */
static Onnx__ModelProto *op_model(unsigned int which)
{
	static const float scales[] = { 1, 1, 2, 1.5f }, slope[] = { 0.5f, 0.25f, 2, 3 };
	static const int64_t pads[] = { 0, 0, 1, 2, 0, 1, 0, 3 };
	const int64_t dims[] = { 4, 6, 6 }, four[] = { 4 }, eight[] = { 8 }, two[] = { 2 };
	const int64_t slope_dims[] = { 4, 1, 1 }, wd[] = { 4, 2, 3, 3 };
	Onnx__ModelProto *m = model_new(13, 3, dims);
	Onnx__NodeProto *n;
	float w[72];
	uint32_t i;

	for (i = 0; i < 72; i++)
		w[i] = (float)(i * 37 % 19) - 9;
	switch (which) {
	case 0:
		n = model_node(m, "Split", "op", "x,s", "a,b");
		node_int(n, "axis", 1);
		model_tensor(m, "s", AXP_I64, 1, two, (const int64_t[]){ 2, 2 });
		model_node(m, "Mul", "mul", "a,b", "y");
		break;
	case 1:
		model_node(m, "Slice", "op", "x,from,to,axes,steps", "y");
		model_tensor(m, "from", AXP_I64, 1, two, (const int64_t[]){ 5, 1 });
		model_tensor(m, "to", AXP_I64, 1, two, (const int64_t[]){ -100, 100 });
		model_tensor(m, "axes", AXP_I64, 1, two, (const int64_t[]){ 2, -1 });
		model_tensor(m, "steps", AXP_I64, 1, two, (const int64_t[]){ -2, 3 });
		break;
	case 2:
		n = model_node(m, "Pad", "op", "x,pads", "y");
		node_string(n, "mode", "reflect");
		model_tensor(m, "pads", AXP_I64, 1, eight, pads);
		break;
	case 3:
		n = model_node(m, "Resize", "op", "x,,scales", "y");
		node_string(n, "mode", "linear");
		model_tensor(m, "scales", AXP_F32, 1, four, scales);
		break;
	case 4:
		n = model_node(m, "ReduceMean", "op", "x", "y");
		node_ints(n, "axes", 2, (const int64_t[]){ 1, 3 });
		break;
	case 5:
		n = model_node(m, "LRN", "op", "x", "y");
		node_int(n, "size", 3);
		break;
	case 6:
		model_node(m, "PRelu", "op", "x,slope", "y");
		model_tensor(m, "slope", AXP_F32, 3, slope_dims, slope);
		break;
	case 7:
		n = model_node(m, "ConvTranspose", "op", "x,w", "y");
		node_int(n, "group", 2);
		node_ints(n, "strides", 2, (const int64_t[]){ 2, 1 });
		node_ints(n, "pads", 4, (const int64_t[]){ 1, 0, 0, 2 });
		model_tensor(m, "w", AXP_F32, 4, wd, w);
		break;
	case 8:
		n = model_node(m, "Gather", "op", "x,i", "y");
		node_int(n, "axis", 2);
		model_tensor(m, "i", AXP_I64, 1, two, (const int64_t[]){ 3, -1 });
		break;
	case 9:
		model_node(m, "MatMul", "op", "x,x", "y");
		break;
	default:
		model_free(m);
		return NULL;
	}
	return m;
}

static void test_batches(void)
{
	static float x[SAMPLES * IN], one[SAMPLES * 600], all[SAMPLES * 600];
	struct rng rng = { 3 };
	unsigned int i, k;

	for (i = 0; i < SAMPLES * IN; i++)
		x[i] = (float)((int32_t)rng_below(&rng, 2001) - 1000) / 256.0f;
	for (k = 0;; k++) {
		Onnx__ModelProto *m = op_model(k);
		struct axp_session *s;
		struct axp_graph *g;
		uint64_t n;
		char op[32];

		if (!m)
			break;
		snprintf(op, sizeof(op), "%s", m->graph->node[0]->op_type);
		if (model_read(&g, m, &why))
			bail_out("%s", why.text);
		model_free(m);
		n = axp_graph_output_elems(g);
		s = session_of(g, AXP_BACKEND_FP32, 1, 0);
		for (i = 0; i < SAMPLES; i++)
			if (axp_session_run(s, x + i * IN, 1, one + i * n, &why))
				bail_out("%s", why.text);
		axp_session_close(s);
		for (i = 1; i <= 3; i += 2) {
			s = session_of(g, AXP_BACKEND_FP32, SAMPLES, i);
			memset(all, 0, sizeof(all));
			if (axp_session_run(s, x, SAMPLES, all, &why))
				bail_out("%s", why.text);
			axp_session_close(s);
			ok(g->batched && !memcmp(one, all, SAMPLES * n * sizeof(float)),
			   "%s: a batch is its samples, on %u threads", op, i);
		}
		axp_graph_free(g);
	}
}

/* ------------------------------------------------------------ one direction */

static Onnx__ModelProto *conv_1d(bool flat)
{
	const int64_t row[] = { 4, 30 }, image[] = { 4, 1, 30 };
	const int64_t w1[] = { 6, 2, 5 }, w2[] = { 6, 2, 1, 5 }, bias[] = { 6 };
	Onnx__ModelProto *m = flat ? model_new(13, 2, row) : model_new(13, 3, image);
	Onnx__NodeProto *n = model_node(m, "Conv", "conv", "x,w,b", "y");
	float w[60], b[6];
	uint32_t i;

	for (i = 0; i < 60; i++)
		w[i] = (float)(i * 31 % 23) / 8 - 1;
	for (i = 0; i < 6; i++)
		b[i] = (float)i - 2;
	node_int(n, "group", 2);
	node_ints(n, "strides", flat ? 1 : 2, flat ? (const int64_t[]){ 2 } :
		  (const int64_t[]){ 1, 2 });
	node_ints(n, "dilations", flat ? 1 : 2, flat ? (const int64_t[]){ 3 } :
		  (const int64_t[]){ 1, 3 });
	node_ints(n, "pads", flat ? 2 : 4, flat ? (const int64_t[]){ 4, 5 } :
		  (const int64_t[]){ 0, 4, 0, 5 });
	model_tensor(m, "w", AXP_F32, flat ? 3 : 4, flat ? w1 : w2, w);
	model_tensor(m, "b", AXP_F32, 1, bias, b);
	return m;
}

static uint64_t run_conv(const struct axp_graph *g, const float *x, float *y, uint64_t *macs)
{
	struct axp_session *s = session_of(g, AXP_BACKEND_SOFT, 2, 0);
	struct axp_stats stats;

	if (axp_session_run(s, x, 2, y, &why))
		bail_out("%s", why.text);
	axp_session_stats(s, &stats);
	*macs = stats.macs;
	axp_session_close(s);
	return axp_graph_output_elems(g);
}

static void test_one_direction(void)
{
	float x[2 * 4 * 30], y[2][1024] = { { 0 } };
	uint64_t n[2], macs[2];
	struct axp_graph *g;
	Onnx__ModelProto *m;
	uint8_t *bytes;
	size_t len;
	uint32_t i;

	for (i = 0; i < 240; i++)
		x[i] = (float)(i * 17 % 101) / 32 - 1.5f;
	for (i = 0; i < 2; i++) {
		m = conv_1d(i);
		if (model_read(&g, m, &why))
			bail_out("%s", why.text);
		model_free(m);
		n[i] = run_conv(g, x, y[i], &macs[i]);
		if (!i)
			axp_graph_free(g);
	}
	ok(n[0] == n[1] && macs[0] == macs[1] && macs[0] &&
	   !memcmp(y[0], y[1], 2 * n[0] * sizeof(float)),
	   "a convolution in one direction: the bits and counters of a height of 1");
	m = model_written(g, &bytes, &len);
	ok(model_find_node(m, "conv") && m->graph->initializer[0]->n_dims == 3,
	   "written with weights of three dimensions");
	model_free(m);
	axp_graph_free(g);
	if (axp_onnx_read_mem(&g, bytes, len, "again", NULL, &why))
		bail_out("%s", why.text);
	memset(y[0], 0, sizeof(y[0]));
	run_conv(g, x, y[0], &macs[0]);
	ok(!memcmp(y[0], y[1], sizeof(y[0])) && macs[0] == macs[1], "and read again");
	axp_graph_free(g);
	free(bytes);
}

int main(void)
{
	test_many();
	test_given();
	test_mapped();
	test_damaged();
	test_batches();
	test_one_direction();
	return done_testing();
}
