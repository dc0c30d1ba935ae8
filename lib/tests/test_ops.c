// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operators against their definitions, written as naive loops here.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "ops/op.h"
#include "random.h"
#include "tap.h"

#define MAX	(1u << 16)
#define BATCH	2

static float x_data[MAX], y_data[MAX], want[MAX];
static struct axp_diag why;

static float number(struct rng *rng)
{
	return (float)((int32_t)rng_below(rng, 2001) - 1000) / 256.0f;
}

static void fill(struct rng *rng, float *to, uint64_t n)
{
	while (n--)
		*to++ = number(rng);
}

/* reads @m, runs BATCH samples of x_data into y_data; elements of a sample or -1 */
static int64_t run(Onnx__ModelProto *m, const float *x, enum axp_backend backend)
{
	AXP_OPTS(struct axp_session_opts, opts);
	struct axp_session *s;
	struct axp_graph *g;
	int64_t n = -1;

	opts.backend = backend;
	if (model_read(&g, m, &why)) {
		diag("%s", why.text);
		return -1;
	}
	if (axp_session_open(&s, g, &opts, &why)) {
		diag("%s", why.text);
	} else {
		if (axp_session_run(s, x, BATCH, y_data, &why))
			diag("%s", why.text);
		else
			n = (int64_t)axp_graph_output_elems(g);
		axp_session_close(s);
	}
	axp_graph_free(g);
	return n;
}

static bool near(const float *a, const float *b, uint64_t n, double tolerance)
{
	uint64_t i;

	for (i = 0; i < n; i++) {
		if (fabs((double)a[i] - b[i]) > tolerance * (1 + fabs((double)b[i])) ||
		    isnan(a[i]) != isnan(b[i])) {
			diag("element %llu is %g, not %g", (unsigned long long)i, (double)a[i],
			     (double)b[i]);
			return false;
		}
	}
	return true;
}

/* -------------------------------------------------------------------- Conv */

struct window {
	int64_t c, h, w, oc, k[2], stride[2], dil[2], pads[4], groups, oh, ow;
};

static double conv_one(const struct window *v, const float *x, const float *wgt, int64_t o,
		       int64_t oy, int64_t ox)
{
	int64_t cg = v->c / v->groups, og = v->oc / v->groups, c, i, j;
	double sum = 0;

	for (c = 0; c < cg; c++) {
		for (i = 0; i < v->k[0]; i++) {
			for (j = 0; j < v->k[1]; j++) {
				int64_t iy = oy * v->stride[0] + i * v->dil[0] - v->pads[0];
				int64_t ix = ox * v->stride[1] + j * v->dil[1] - v->pads[1];

				if (iy < 0 || ix < 0 || iy >= v->h || ix >= v->w)
					continue;
				sum += (double)x[((o / og * cg + c) * v->h + iy) * v->w + ix] *
				       wgt[((o * cg + c) * v->k[0] + i) * v->k[1] + j];
			}
		}
	}
	return sum;
}

static void conv_naive(const struct window *v, const float *x, const float *wgt,
		       const float *bias, float *y)
{
	int64_t n, o, oy, ox;

	for (n = 0; n < BATCH; n++, x += v->c * v->h * v->w)
		for (o = 0; o < v->oc; o++)
			for (oy = 0; oy < v->oh; oy++)
				for (ox = 0; ox < v->ow; ox++)
					*y++ = (float)(conv_one(v, x, wgt, o, oy, ox) +
						       (bias ? bias[o] : 0));
}

static void random_window(struct rng *rng, struct window *v)
{
	uint32_t kind = rng_below(rng, 4), d;
	int64_t padded, reach;

	do {
		v->groups = kind == 0 ? 1 + rng_below(rng, 3) : 1;
		v->c = v->groups * (1 + rng_below(rng, kind == 3 ? 20 : 4));
		v->oc = v->groups * (1 + rng_below(rng, kind == 3 ? 40 : 4));
		if (kind == 1) {
			v->groups = v->c;	/* depthwise */
			v->oc = v->c * (1 + rng_below(rng, 2));
		}
		v->h = 1 + rng_below(rng, 12);
		v->w = 1 + rng_below(rng, 12);
		for (d = 0; d < 2; d++) {
			v->k[d] = 1 + rng_below(rng, 5);
			v->stride[d] = 1 + rng_below(rng, 3);
			v->dil[d] = 1 + rng_below(rng, 3);
			v->pads[d] = rng_below(rng, 4);
			v->pads[d + 2] = rng_below(rng, 4);
		}
		padded = v->h + v->pads[0] + v->pads[2];
		reach = (v->k[0] - 1) * v->dil[0] + 1;
		v->oh = padded < reach ? 0 : (padded - reach) / v->stride[0] + 1;
		padded = v->w + v->pads[1] + v->pads[3];
		reach = (v->k[1] - 1) * v->dil[1] + 1;
		v->ow = padded < reach ? 0 : (padded - reach) / v->stride[1] + 1;
	} while (!v->oh || !v->ow);
}

/* what auto_pad makes of a window, from ONNX's formulas */
static void auto_pad(struct window *v, bool upper)
{
	uint32_t d;

	for (d = 0; d < 2; d++) {
		int64_t in = d ? v->w : v->h;
		int64_t out = (in + v->stride[d] - 1) / v->stride[d];
		int64_t total = (out - 1) * v->stride[d] + (v->k[d] - 1) * v->dil[d] + 1 - in;

		if (total < 0)
			total = 0;
		v->pads[d] = upper ? total / 2 : total - total / 2;
		v->pads[d + 2] = total - v->pads[d];
		*(d ? &v->ow : &v->oh) = out;
	}
}

static Onnx__ModelProto *conv_model(const struct window *v, const float *wgt, const float *bias,
				    const char *pad)
{
	const int64_t dims[] = { v->c, v->h, v->w }, bias_dims[] = { v->oc };
	const int64_t wdims[] = { v->oc, v->c / v->groups, v->k[0], v->k[1] };
	Onnx__ModelProto *m = model_new(13, 3, dims);
	Onnx__NodeProto *n = model_node(m, "Conv", "conv", bias ? "x,w,b" : "x,w", "y");

	model_tensor(m, "w", AXP_F32, 4, wdims, wgt);
	if (bias)
		model_tensor(m, "b", AXP_F32, 1, bias_dims, bias);
	node_ints(n, "strides", 2, v->stride);
	node_ints(n, "dilations", 2, v->dil);
	node_int(n, "group", v->groups);
	if (pad)
		node_string(n, "auto_pad", pad);
	else
		node_ints(n, "pads", 4, v->pads);
	return m;
}

static void test_conv(void)
{
	static const char *const pads[] = { NULL, NULL, "SAME_UPPER", "SAME_LOWER", "VALID" };
	static float wgt[MAX], bias[256];
	struct rng rng = { 1 };
	unsigned int i, bad[3] = { 0 }, tried = 0;

	for (i = 0; i < 400; i++) {
		const char *pad = pads[rng_below(&rng, 5)];
		bool with_bias = rng_chance(&rng, 50);
		Onnx__ModelProto *m;
		struct window v;
		int64_t n;

		random_window(&rng, &v);
		if (pad && !strcmp(pad, "VALID")) {
			memset(v.pads, 0, sizeof(v.pads));
			if ((v.k[0] - 1) * v.dil[0] >= v.h || (v.k[1] - 1) * v.dil[1] >= v.w)
				continue;
			v.oh = (v.h - (v.k[0] - 1) * v.dil[0] - 1) / v.stride[0] + 1;
			v.ow = (v.w - (v.k[1] - 1) * v.dil[1] - 1) / v.stride[1] + 1;
		} else if (pad) {
			auto_pad(&v, !strcmp(pad, "SAME_UPPER"));
		}
		tried++;
		fill(&rng, x_data, (uint64_t)(BATCH * v.c * v.h * v.w));
		fill(&rng, wgt, (uint64_t)(v.oc * v.c / v.groups * v.k[0] * v.k[1]));
		fill(&rng, bias, (uint64_t)v.oc);
		conv_naive(&v, x_data, wgt, with_bias ? bias : NULL, want);
		m = conv_model(&v, wgt, with_bias ? bias : NULL, pad);
		n = run(m, x_data, AXP_BACKEND_FP32);
		bad[0] += n != v.oc * v.oh * v.ow;
		if (n > 0)
			bad[1] += !near(y_data, want, (uint64_t)n * BATCH, 1e-4);
		n = run(m, x_data, AXP_BACKEND_SOFT);
		bad[2] += n < 0 || !near(y_data, want, (uint64_t)n * BATCH, 1e-4);
		model_free(m);
	}
	diag("%u shapes", tried);
	ok(tried > 250 && !bad[0], "Conv: output shapes of random attributes");
	ok(!bad[1], "Conv: fp32 agrees with the definition");
	ok(!bad[2], "Conv: soft agrees with the definition");
}

/* ------------------------------------------------------------ Gemm, MatMul */

static void test_gemm(void)
{
	const int64_t dims[] = { 7 }, b_dims[] = { 7, 5 }, bt_dims[] = { 5, 7 };
	const int64_t c_dims[] = { 1, 5 }, one[] = { 1 };
	float b[35], bt[35], c[5];
	struct rng rng = { 2 };
	Onnx__ModelProto *m;
	Onnx__NodeProto *n;
	int i, j, k, r;

	fill(&rng, x_data, 7 * BATCH);
	fill(&rng, b, 35);
	fill(&rng, c, 5);
	for (i = 0; i < 7; i++)
		for (j = 0; j < 5; j++)
			bt[j * 7 + i] = b[i * 5 + j];
	for (r = 0; r < BATCH; r++) {
		for (j = 0; j < 5; j++) {
			double sum = 0;

			for (k = 0; k < 7; k++)
				sum += (double)x_data[r * 7 + k] * b[k * 5 + j];
			want[r * 5 + j] = (float)(0.5 * sum + 2.0 * c[j]);
		}
	}
	m = model_new(13, 1, dims);
	n = model_node(m, "Gemm", "fc", "x,w,c", "y");
	node_float(n, "alpha", 0.5f);
	node_float(n, "beta", 2.0f);
	model_tensor(m, "w", AXP_F32, 2, b_dims, b);
	model_tensor(m, "c", AXP_F32, 2, c_dims, c);
	ok(run(m, x_data, AXP_BACKEND_FP32) == 5 && near(y_data, want, 5 * BATCH, 1e-5),
	   "Gemm: alpha, beta, C of shape [1, N]");
	model_free(m);

	m = model_new(11, 1, dims);
	n = model_node(m, "Gemm", "fc", "x,w,c", "y");
	node_float(n, "alpha", 0.5f);
	node_float(n, "beta", 2.0f);
	node_int(n, "transB", 1);
	model_tensor(m, "w", AXP_F32, 2, bt_dims, bt);
	model_tensor(m, "c", AXP_F32, 1, b_dims + 1, c);
	ok(run(m, x_data, AXP_BACKEND_FP32) == 5 && near(y_data, want, 5 * BATCH, 1e-5),
	   "Gemm: transB");
	ok(run(m, x_data, AXP_BACKEND_SOFT) == 5 && near(y_data, want, 5 * BATCH, 1e-5),
	   "Gemm: soft agrees");
	model_free(m);

	for (i = 0; i < BATCH * 5; i++)
		want[i] = (want[i] - 2.0f * c[i % 5]) * 2.0f + c[0];
	m = model_new(13, 1, dims);
	model_node(m, "Gemm", "fc", "x,w,c", "y");
	model_tensor(m, "w", AXP_F32, 2, b_dims, b);
	model_tensor(m, "c", AXP_F32, 1, one, c);
	ok(run(m, x_data, AXP_BACKEND_FP32) == 5 && near(y_data, want, 5 * BATCH, 1e-5),
	   "Gemm: C of one element");
	model_free(m);

	for (i = 0; i < BATCH * 5; i++)
		want[i] -= c[0];
	m = model_new(9, 1, dims);
	model_node(m, "MatMul", "fc", "x,w", "y");
	model_tensor(m, "w", AXP_F32, 2, b_dims, b);
	ok(run(m, x_data, AXP_BACKEND_FP32) == 5 && near(y_data, want, 5 * BATCH, 1e-5),
	   "MatMul: two dimensions");
	model_free(m);
}

static void test_matmul_rows(void)
{
	const int64_t dims[] = { 3, 4 }, b_dims[] = { 4, 2 };
	struct rng rng = { 3 };
	Onnx__ModelProto *m = model_new(13, 2, dims);
	float b[8];
	int r, j, k;

	fill(&rng, x_data, 12 * BATCH);
	fill(&rng, b, 8);
	for (r = 0; r < 3 * BATCH; r++) {
		for (j = 0; j < 2; j++) {
			double sum = 0;

			for (k = 0; k < 4; k++)
				sum += (double)x_data[r * 4 + k] * b[k * 2 + j];
			want[r * 2 + j] = (float)sum;
		}
	}
	model_node(m, "MatMul", "fc", "x,w", "y");
	model_tensor(m, "w", AXP_F32, 2, b_dims, b);
	ok(run(m, x_data, AXP_BACKEND_FP32) == 6 && near(y_data, want, 6 * BATCH, 1e-5),
	   "MatMul: rows of three dimensions");
	ok(run(m, x_data, AXP_BACKEND_SOFT) == 6 && near(y_data, want, 6 * BATCH, 1e-5),
	   "MatMul: soft agrees");
	model_free(m);
}

/* ------------------------------------------------------------------- pools */

static float pool_one(const struct window *v, const float *x, int64_t oy, int64_t ox, int average,
		      bool with_pad)
{
	double sum = 0, most = -INFINITY;
	int64_t i, j, cells = 0, padded = 0;

	for (i = 0; i < v->k[0]; i++) {
		for (j = 0; j < v->k[1]; j++) {
			int64_t iy = oy * v->stride[0] + i * v->dil[0] - v->pads[0];
			int64_t ix = ox * v->stride[1] + j * v->dil[1] - v->pads[1];

			padded += iy < v->h + v->pads[2] && ix < v->w + v->pads[3];
			if (iy < 0 || ix < 0 || iy >= v->h || ix >= v->w)
				continue;
			cells++;
			sum += x[iy * v->w + ix];
			most = fmax(most, x[iy * v->w + ix]);
		}
	}
	return (float)(average ? sum / (double)(with_pad ? padded : cells) : most);
}

/* PyTorch's rule: the window that rounding up adds starts inside the image or its padding before */
static int64_t ceil_out(int64_t in, int64_t before, int64_t after, int64_t reach, int64_t stride,
			bool up)
{
	int64_t room = in + before + after - reach;
	int64_t out = (room + (up ? stride - 1 : 0)) / stride + 1;

	return up && room % stride && (out - 1) * stride >= in + before ? out - 1 : out;
}

/* bit for bit, but for the sign of a NaN */
static bool same_values(const float *a, const float *b, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (memcmp(&a[i], &b[i], sizeof(a[i])) && !(isnan(a[i]) && isnan(b[i])))
			return false;
	return true;
}

static void test_pools(void)
{
	struct rng rng = { 4 };
	unsigned int i, bad[2] = { 0 }, done[2] = { 0 }, empty = 0;

	for (i = 0; i < 600; i++) {
		int average = (int)rng_below(&rng, 2);
		bool up = rng_chance(&rng, 50), with_pad = rng_chance(&rng, 50);
		int64_t p, oy, ox, n, reach[2], at = 0;
		Onnx__ModelProto *m;
		Onnx__NodeProto *node;
		struct window v;

		random_window(&rng, &v);
		if (average)
			v.dil[0] = v.dil[1] = 1;
		reach[0] = (v.k[0] - 1) * v.dil[0] + 1;
		reach[1] = (v.k[1] - 1) * v.dil[1] + 1;
		if (!average && (v.pads[0] >= reach[0] || v.pads[2] >= reach[0] ||
				 v.pads[1] >= reach[1] || v.pads[3] >= reach[1]))
			continue;
		empty += average && (v.pads[0] >= reach[0] || v.pads[3] >= reach[1]);
		if (v.h + v.pads[0] + v.pads[2] < reach[0] ||
		    v.w + v.pads[1] + v.pads[3] < reach[1])
			continue;
		v.oh = ceil_out(v.h, v.pads[0], v.pads[2], reach[0], v.stride[0], up);
		v.ow = ceil_out(v.w, v.pads[1], v.pads[3], reach[1], v.stride[1], up);
		fill(&rng, x_data, (uint64_t)(BATCH * v.c * v.h * v.w));
		for (p = 0; p < BATCH * v.c; p++)
			for (oy = 0; oy < v.oh; oy++)
				for (ox = 0; ox < v.ow; ox++)
					want[at++] = pool_one(&v, x_data + p * v.h * v.w, oy, ox,
							      average, with_pad);
		m = model_new(13, 3, (const int64_t[]){ v.c, v.h, v.w });
		node = model_node(m, average ? "AveragePool" : "MaxPool", "pool", "x", "y");
		node_ints(node, "kernel_shape", 2, v.k);
		node_ints(node, "strides", 2, v.stride);
		node_ints(node, "pads", 4, v.pads);
		node_int(node, "ceil_mode", up);
		if (average)
			node_int(node, "count_include_pad", with_pad);
		else
			node_ints(node, "dilations", 2, v.dil);
		n = run(m, x_data, AXP_BACKEND_FP32);
		done[average]++;
		bad[average] += n != v.c * v.oh * v.ow || !same_values(y_data, want, at);
		model_free(m);
	}
	diag("%u maxima, %u averages, %u of these with windows of padding alone", done[0], done[1],
	     empty);
	ok(empty > 20, "AveragePool: padding as wide as the kernel");
	ok(done[0] > 40 && !bad[0], "MaxPool: exactly the definition, random attributes");
	ok(done[1] > 40 && !bad[1], "AveragePool: exactly the definition, random attributes");
}

static void test_known_pools(void)
{
	static const float x[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	const int64_t dims[] = { 1, 4, 4 }, k3[] = { 3, 3 }, k2[] = { 2, 2 };
	static const float same[] = { 6, 8, 14, 16 }, mean[] = { 8.5f };
	float twice[32];
	Onnx__ModelProto *m;
	Onnx__NodeProto *n;

	memcpy(twice, x, sizeof(x));
	memcpy(twice + 16, x, sizeof(x));
	m = model_new(9, 3, dims);
	n = model_node(m, "MaxPool", "pool", "x", "y");
	node_ints(n, "kernel_shape", 2, k2);
	node_ints(n, "strides", 2, k2);
	node_string(n, "auto_pad", "SAME_UPPER");
	ok(run(m, twice, AXP_BACKEND_FP32) == 4 && !memcmp(y_data, same, sizeof(same)) &&
	   !memcmp(y_data + 4, same, sizeof(same)), "MaxPool: SAME_UPPER, opset 9");
	model_free(m);

	m = model_new(13, 3, dims);
	n = model_node(m, "AveragePool", "pool", "x", "y");
	node_ints(n, "kernel_shape", 2, k3);
	node_string(n, "auto_pad", "SAME_LOWER");
	ok(run(m, twice, AXP_BACKEND_FP32) == 16 && y_data[0] == 3.5f && y_data[5] == 6.0f &&
	   y_data[15] == 13.5f, "AveragePool: SAME_LOWER leaves padding out");
	model_free(m);

	m = model_new(13, 3, dims);
	model_node(m, "GlobalAveragePool", "pool", "x", "y");
	ok(run(m, twice, AXP_BACKEND_FP32) == 1 && y_data[0] == mean[0] && y_data[1] == mean[0],
	   "GlobalAveragePool");
	model_free(m);
}

/* -------------------------------------------------------------- elementwise */

static void test_pairs(void)
{
	const int64_t dims[] = { 2, 3 }, row[] = { 3 }, column[] = { 1, 2, 1 }, one[] = { 1 };
	static const float x[12] = { 1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6 };
	static const float r[] = { 10, 20, 30 }, c[] = { 2, -1 };
	bool good = true;
	Onnx__ModelProto *m;
	int i;

	m = model_new(13, 2, dims);
	model_node(m, "Add", "add", "x,r", "y");
	model_tensor(m, "r", AXP_F32, 1, row, r);
	good = run(m, x, AXP_BACKEND_FP32) == 6;
	for (i = 0; i < 12; i++)
		good &= y_data[i] == x[i] + r[i % 3];
	ok(good, "Add: a row is repeated");
	model_free(m);

	m = model_new(13, 2, dims);
	model_node(m, "Mul", "mul", "c,x", "y");
	model_tensor(m, "c", AXP_F32, 3, column, c);
	good = run(m, x, AXP_BACKEND_FP32) == 6;
	for (i = 0; i < 12; i++)
		good &= y_data[i] == x[i] * c[i / 3 % 2];
	ok(good, "Mul: a column is repeated, first input constant");
	model_free(m);

	m = model_new(13, 2, dims);
	model_node(m, "Add", "a", "x,s", "t");
	model_node(m, "Add", "b", "t,x", "u");
	model_node(m, "Mul", "c", "u,u", "y");
	model_tensor(m, "s", AXP_F32, 1, one, r);
	good = run(m, x, AXP_BACKEND_FP32) == 6;
	for (i = 0; i < 12; i++)
		good &= y_data[i] == (x[i] + 10 + x[i]) * (x[i] + 10 + x[i]);
	ok(good, "Add, Mul: one element, two computed inputs, one input twice");
	model_free(m);
}

static void test_activations(void)
{
	const int64_t dims[] = { 2, 3 };
	static const float x[12] = { 1, 2, 3, 4, 5, 6, -1, -2, -3, -400, 500, -0.0f };
	uint32_t opset;
	bool good;
	Onnx__ModelProto *m;
	Onnx__NodeProto *n;
	int i, j;

	m = model_new(13, 2, dims);
	model_node(m, "Relu", "relu", "x", "y");
	good = run(m, x, AXP_BACKEND_FP32) == 6;
	for (i = 0; i < 12; i++)
		good &= y_data[i] == (x[i] > 0 ? x[i] : 0);
	ok(good, "Relu");
	model_free(m);

	for (opset = 12; opset < 14; opset++) {
		int len = opset < 13 ? 6 : 3;	/* all behind axis 1, or axis -1 alone */

		for (i = 0; i < 12; i++) {
			double sum = 0, most = -INFINITY;

			for (j = i / len * len; j < i / len * len + len; j++)
				most = fmax(most, x[j]);
			for (j = i / len * len; j < i / len * len + len; j++)
				sum += exp(x[j] - most);
			want[i] = (float)(exp(x[i] - most) / sum);
		}
		m = model_new(opset, 2, dims);
		model_node(m, "Softmax", "softmax", "x", "y");
		ok(run(m, x, AXP_BACKEND_FP32) == 6 && near(y_data, want, 12, 1e-7),
		   "Softmax: opset %u, default axis", opset);
		model_free(m);
	}
	for (i = 0; i < 12; i++) {
		int other = i % 6 < 3 ? i + 3 : i - 3;

		want[i] = (float)(1 / (1 + exp((double)x[other] - x[i])));
	}
	m = model_new(13, 2, dims);
	n = model_node(m, "Softmax", "softmax", "x", "y");
	node_int(n, "axis", 1);
	ok(run(m, x, AXP_BACKEND_FP32) == 6 && near(y_data, want, 12, 1e-7),
	   "Softmax: an axis in the middle");
	model_free(m);
}

static void test_norm(void)
{
	const int64_t dims[] = { 2, 2, 2 }, c[] = { 2 };
	static const float gamma[] = { 2, -1 }, beta[] = { 0.5f, 3 }, mean[] = { 1, -2 };
	static const float var[] = { 4, 0.25f };
	struct rng rng = { 5 };
	uint32_t opset;
	int i;

	fill(&rng, x_data, 16);
	for (i = 0; i < 16; i++) {
		int k = i / 4 % 2;

		want[i] = (float)((x_data[i] - mean[k]) / sqrt(var[k] + 0.125) * gamma[k] + beta[k]);
	}
	for (opset = 9; opset < 18; opset += 4) {
		Onnx__ModelProto *m = model_new(opset, 3, dims);
		Onnx__NodeProto *n = model_node(m, "BatchNormalization", "bn", "x,g,b,m,v", "y");

		node_float(n, "epsilon", 0.125f);
		model_tensor(m, "g", AXP_F32, 1, c, gamma);
		model_tensor(m, "b", AXP_F32, 1, c, beta);
		model_tensor(m, "m", AXP_F32, 1, c, mean);
		model_tensor(m, "v", AXP_F32, 1, c, var);
		ok(run(m, x_data, AXP_BACKEND_FP32) == 8 && near(y_data, want, 16, 1e-6),
		   "BatchNormalization: on its own, opset %u", opset);
		model_free(m);
	}
}

/* ------------------------------------------------------------------ shapes */

static void test_moves(void)
{
	const int64_t dims[] = { 2, 3, 4 }, perm[] = { 0, 3, 1, 2 };
	Onnx__ModelProto *m;
	Onnx__NodeProto *n;
	bool good;
	int i, b, c, h, w;

	for (i = 0; i < 48; i++)
		x_data[i] = (float)i;
	m = model_new(13, 3, dims);
	n = model_node(m, "Transpose", "t", "x", "y");
	node_ints(n, "perm", 4, perm);
	good = run(m, x_data, AXP_BACKEND_FP32) == 24;
	for (b = 0; b < 2; b++)
		for (c = 0; c < 2; c++)
			for (h = 0; h < 3; h++)
				for (w = 0; w < 4; w++)
					good &= y_data[((b * 4 + w) * 2 + c) * 3 + h] ==
						x_data[((b * 2 + c) * 3 + h) * 4 + w];
	ok(good, "Transpose: [N, C, H, W] to [N, W, C, H]");
	model_free(m);

	m = model_new(13, 3, dims);
	n = model_node(m, "Relu", "r", "x", "r");
	n = model_node(m, "Concat", "cat", "x,r,x", "y");
	node_int(n, "axis", -2);
	good = run(m, x_data, AXP_BACKEND_FP32) == 72;
	for (b = 0; b < 4; b++)
		for (i = 0; i < 36; i++)
			good &= y_data[b * 36 + i] == x_data[b * 12 + i % 12];
	ok(good, "Concat: three inputs, negative axis");
	model_free(m);
}

struct reshape_case {
	const char *op;
	uint32_t opset;
	const char *attr;
	int64_t list[8];
	uint32_t nr;
	bool as_input;
	const char *shape;
};

/* the shape shows in what a Softmax over the last axis and a Transpose make */
static void test_views(void)
{
	static const struct reshape_case cases[] = {
		{ "Flatten", 9, NULL, { 0 }, 0, false, "[1, 24]" },
		{ "Flatten", 13, "axis", { 2 }, 1, false, "[2, 12]" },
		{ "Flatten", 13, "axis", { -1 }, 1, false, "[6, 4]" },
		{ "Flatten", 13, "axis", { 4 }, 1, false, "[24, 1]" },
		{ "Reshape", 9, NULL, { 0, -1 }, 2, true, "[1, 24]" },
		{ "Reshape", 14, NULL, { -1, 6, 2 }, 3, true, "[2, 6, 2]" },
		{ "Reshape", 13, NULL, { 0, 0, 12 }, 3, true, "[1, 2, 12]" },
		{ "Unsqueeze", 11, "axes", { 1, -1 }, 2, false, "[1, 1, 2, 3, 4, 1]" },
		{ "Unsqueeze", 13, NULL, { 2 }, 1, true, "[1, 2, 1, 3, 4]" },
		{ "Identity", 13, NULL, { 0 }, 0, false, "[1, 2, 3, 4]" },
		{ "Dropout", 10, NULL, { 0 }, 0, false, "[1, 2, 3, 4]" },
	};
	const int64_t dims[] = { 2, 3, 4 };
	unsigned int i;

	for (i = 0; i < 48; i++)
		x_data[i] = (float)i;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct reshape_case *c = &cases[i];
		const int64_t nr = c->nr;
		Onnx__ModelProto *m = model_new(c->opset, 3, dims);
		Onnx__NodeProto *n = model_node(m, c->op, "view", c->as_input ? "x,s" : "x", "v");
		struct axp_graph *g;
		char text[128];
		uint32_t v;
		bool good;

		if (c->as_input)
			model_tensor(m, "s", AXP_I64, 1, &nr, c->list);
		else if (c->attr && !strcmp(c->attr, "axis"))
			node_int(n, "axis", c->list[0]);
		else if (c->attr)
			node_ints(n, c->attr, c->nr, c->list);
		model_node(m, "Relu", "relu", "v", "y");
		good = run(m, x_data, AXP_BACKEND_FP32) == 24 && !memcmp(x_data, y_data, 96);
		if (model_read(&g, m, &why)) {
			ok(false, "%s: %s", c->op, why.text);
			model_free(m);
			continue;
		}
		v = g->outputs[0];
		ok(good && !strcmp(axp_shape_text(&g->values[v].shape, text), c->shape),
		   "%s: opset %u gives %s", c->op, c->opset, text);
		axp_graph_free(g);
		model_free(m);
	}
}

static void test_squeeze(void)
{
	const int64_t dims[] = { 1, 3, 1 }, two[] = { 3, 1 }, nr = 2;
	uint32_t opset;

	for (opset = 12; opset < 14; opset++) {
		Onnx__ModelProto *m = model_new(opset, 3, dims);
		Onnx__NodeProto *n = model_node(m, "Squeeze", "s", opset < 13 ? "x" : "x,a", "v");
		struct axp_graph *g;

		if (opset < 13)
			node_ints(n, "axes", 2, two);
		else
			model_tensor(m, "a", AXP_I64, 1, &nr, two);
		model_node(m, "Relu", "relu", "v", "y");
		if (model_read(&g, m, &why)) {
			ok(false, "Squeeze: %s", why.text);
		} else {
			ok(g->values[g->outputs[0]].shape.ndim == 2, "Squeeze: opset %u", opset);
			axp_graph_free(g);
		}
		model_free(m);
	}
}

/* --------------------------------------------------------------- constants */

static void test_constants(void)
{
	const int64_t dims[] = { 2 }, two[] = { 2 }, four[] = { 4 };
	static const float x[] = { 0, 0, 0, 0 }, book[] = { 1.5f, -2, 8, 0.25f };
	static const uint8_t index[] = { 3, 0 };
	const int64_t back[] = { -1, 1 };
	Onnx__ModelProto *m;
	Onnx__NodeProto *n;

	m = model_new(13, 1, dims);
	n = model_node(m, "Cast", "cast", "i", "j");
	node_int(n, "to", AXP_I32);
	model_node(m, "Gather", "gather", "book,j", "c");
	model_node(m, "Add", "add", "x,c", "y");
	model_tensor(m, "i", AXP_U8, 1, two, index);
	model_tensor(m, "book", AXP_F32, 1, four, book);
	ok(run(m, x, AXP_BACKEND_FP32) == 2 && y_data[0] == 0.25f && y_data[1] == 1.5f,
	   "Cast, Gather: a codebook");
	model_free(m);

	m = model_new(13, 1, dims);
	model_node(m, "Gather", "gather", "book,i", "c");
	model_node(m, "Add", "add", "x,c", "y");
	model_tensor(m, "i", AXP_I64, 1, two, back);
	model_tensor(m, "book", AXP_F32, 1, four, book);
	ok(run(m, x, AXP_BACKEND_FP32) == 2 && y_data[0] == 0.25f && y_data[1] == -2,
	   "Gather: from the end");
	model_free(m);

	m = model_new(13, 1, dims);
	n = model_node(m, "Constant", "c", "", "k");
	tensor_set(node_tensor(n, "value"), "", AXP_F32, 1, two, book);
	n = model_node(m, "Constant", "d", "", "l");
	node_float(n, "value_float", 4);
	model_node(m, "Mul", "mul", "k,l", "kl");
	model_node(m, "Add", "add", "x,kl", "y");
	ok(run(m, x, AXP_BACKEND_FP32) == 2 && y_data[0] == 6 && y_data[1] == -8,
	   "Constant: tensor and float, computed at once");
	model_free(m);

	m = model_new(13, 1, dims);
	n = model_node(m, "Constant", "c", "", "shape");
	node_ints(n, "value_ints", 2, (const int64_t[]){ 0, 2 });
	model_node(m, "Reshape", "r", "x,shape", "v");
	model_node(m, "Relu", "relu", "v", "y");
	ok(run(m, x, AXP_BACKEND_FP32) == 2, "Constant: integers as a shape");
	model_free(m);
}

/* -------------------------------------------------------------- the table */

static void test_table(void)
{
	const struct axp_op *op, *other;
	bool good = true, known;
	uint32_t i, j;

	for (i = 0; (op = axp_op_row(i)); i++) {
		if (!op->infer || (!op->run && !op->view && !op->layer) ||
		    (op->is_layer && (!op->layer || !op->run)) || op->min_in > op->max_in ||
		    op->since > op->until) {
			diag("%s: a row that cannot be", op->name);
			good = false;
		}
		for (j = 0; j < i; j++) {
			other = axp_op_row(j);
			if (!strcmp(op->name, other->name) && op->since <= other->until &&
			    other->since <= op->until) {
				diag("%s: two rows for an opset", op->name);
				good = false;
			}
		}
		/* HardSwish and Resize are new, Upsample went */
		for (j = 9; j <= AXP_OPSET_MAX; j++)
			if (!axp_op_find(op->name, j, &known) &&
			    !(!strcmp(op->name, "HardSwish") && j < 14) &&
			    !(!strcmp(op->name, "Resize") && j < 10) &&
			    !(!strcmp(op->name, "Upsample") && j > 9)) {
				diag("%s: no row for opset %u", op->name, j);
				good = false;
			}
	}
	ok(good && i > 20, "every operator has one row for every opset from 9 on, and a meaning");
	ok(!axp_op_find("Erf", 13, &known) && !known, "an operator without a row is unknown");
}

/* each attribute of each row, given the wrong type or a value out of its range */
static void test_attributes(void)
{
	const struct axp_attr_spec *spec;
	const struct axp_op *op;
	unsigned int tried = 0, bad = 0;
	uint32_t i;

	for (i = 0; (op = axp_op_row(i)); i++) {
		for (spec = op->attrs; spec && spec->name; spec++) {
			int64_t low = spec->min == INT64_MIN ? 0 : spec->min - 1;
			float nan = NAN;
			struct axp_attr attr = { .name = spec->name, .kind = AXP_ATTR_FLOAT };
			struct axp_diag text = { "" };
			void *out;

			if (spec->kind == AXP_ATTR_FLOAT)
				attr.kind = AXP_ATTR_INT;
			tried++;
			if (!axp_attrs_parse(&out, op, &attr, 1, &text) ||
			    !strstr(text.text, spec->name)) {
				diag("%s.%s: ill-typed: '%s'", op->name, spec->name, text.text);
				bad++;
			}
			attr = (struct axp_attr){ .name = spec->name, .kind = spec->kind,
						  .i = low, .ints = &low, .floats = &nan, .n = 1, .s = "?",
						  .f = NAN };
			text.text[0] = '\0';
			if (spec->kind == AXP_ATTR_TENSOR || spec->min == INT64_MIN)
				continue;
			tried++;
			if (!axp_attrs_parse(&out, op, &attr, 1, &text) ||
			    !strstr(text.text, spec->name)) {
				diag("%s.%s: bad value: '%s'", op->name, spec->name, text.text);
				bad++;
			}
		}
	}
	diag("%u attributes", tried);
	ok(tried > 60 && !bad, "every attribute: wrong types and values are refused by name");
}

int main(void)
{
	test_table();
	test_attributes();
	test_conv();
	test_gemm();
	test_matmul_rows();
	test_pools();
	test_known_pools();
	test_pairs();
	test_activations();
	test_norm();
	test_moves();
	test_views();
	test_squeeze();
	test_constants();
	return done_testing();
}
