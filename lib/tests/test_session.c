// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sessions: batches, backends, observers, counters, failures.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "graph.h"
#include "model.h"
#include "random.h"
#include "tap.h"

#define SAMPLES	11
#define IN	(2 * 8 * 8)
#define OUT	5

static struct axp_diag why;
static float x[SAMPLES * IN], y[SAMPLES * OUT], want[SAMPLES * OUT];

static void fill(struct rng *rng, float *to, uint64_t n)
{
	while (n--)
		*to++ = (float)((int32_t)rng_below(rng, 2001) - 1000) / 1024.0f;
}

/*
 * A residual net: x[N, 2, 8, 8] -> c1 -> Relu -> (c2 + itself) -> Relu ->
 * c3 (stride 2) -> GlobalAveragePool -> Flatten -> Gemm -> Softmax.
 */
enum flat { FLATTEN, TRACED, ONE_BY_ONE };

static Onnx__ModelProto *net(enum flat flat)
{
	const int64_t dims[] = { 2, 8, 8 }, w1[] = { 4, 2, 3, 3 }, w2[] = { 4, 1, 3, 3 };
	const int64_t w3[] = { 6, 4, 3, 3 }, wf[] = { OUT, 6 }, pads[] = { 1, 1, 1, 1 }, two[] = { 2 };
	Onnx__ModelProto *m = model_new(13, 3, dims);
	struct rng rng = { 31 };
	Onnx__NodeProto *n;
	float data[216];

	n = model_node(m, "Conv", "c1", "x,w1", "a");
	node_ints(n, "pads", 4, pads);
	model_node(m, "Relu", "r1", "a", "b");
	n = model_node(m, "Conv", "c2", "b,w2", "c");
	node_ints(n, "pads", 4, pads);
	node_int(n, "group", 4);
	model_node(m, "Add", "add", "b,c", "d");
	model_node(m, "Relu", "r2", "d", "e");
	n = model_node(m, "Conv", "c3", "e,w3", "f");
	node_ints(n, "strides", 2, (const int64_t[]){ 2, 2 });
	model_node(m, "GlobalAveragePool", "gap", "f", "g");
	if (flat == ONE_BY_ONE) {
		model_node(m, "Reshape", "row", "g,six", "row");
		model_tensor(m, "six", AXP_I64, 1, (const int64_t[]){ 1 }, (const int64_t[]){ 6 });
	}
	if (flat == FLATTEN) {
		model_node(m, "Flatten", "flat", "g", "h");
	} else {
		model_node(m, "Reshape", "flat", flat == TRACED ? "g,s" : "row,s", "h");
		model_tensor(m, "s", AXP_I64, 1, two, (const int64_t[]){ 1, 6 });
	}
	n = model_node(m, "Gemm", "fc", "h,wf", "i");
	node_int(n, "transB", 1);
	model_node(m, "Softmax", "prob", "i", "y");
	fill(&rng, data, 72);
	model_tensor(m, "w1", AXP_F32, 4, w1, data);
	fill(&rng, data, 36);
	model_tensor(m, "w2", AXP_F32, 4, w2, data);
	fill(&rng, data, 216);
	model_tensor(m, "w3", AXP_F32, 4, w3, data);
	fill(&rng, data, 30);
	model_tensor(m, "wf", AXP_F32, 2, wf, data);
	fill(&rng, x, SAMPLES * IN);
	return m;
}

static struct axp_graph *graph(enum flat flat)
{
	Onnx__ModelProto *m = net(flat);
	struct axp_graph *g;

	if (model_read(&g, m, &why))
		bail_out("%s", why.text);
	model_free(m);
	return g;
}

static struct axp_session *session(const struct axp_graph *g, enum axp_backend backend,
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

/* all samples, @some at a time */
static void run_all(struct axp_session *s, uint32_t some, float *to)
{
	uint32_t i, n;

	memset(to, 0, sizeof(y));
	for (i = 0; i < SAMPLES; i += n) {
		n = SAMPLES - i < some ? SAMPLES - i : some;
		if (axp_session_run(s, x + i * IN, n, to + i * OUT, &why))
			bail_out("%s", why.text);
	}
}

/* the same bits whatever the batch, the threads and the memory plan */
static void test_batches(enum axp_backend backend, const char *name)
{
	static const uint32_t batches[] = { 2, 3, 11, 32 };
	struct axp_graph *g = graph(FLATTEN), *single = graph(ONE_BY_ONE);
	struct axp_graph *traced = graph(TRACED);
	struct axp_session *s = session(g, backend, 1, 0);
	bool same = true, sums = true, threads = true;
	unsigned int i, j;

	ok(g->batched && !single->batched, "%s: one net takes batches, its twin does not", name);
	run_all(s, 1, want);
	axp_session_close(s);
	for (i = 0; i < SAMPLES; i++) {
		double sum = 0;

		for (j = 0; j < OUT; j++)
			sum += want[i * OUT + j];
		sums &= fabs(sum - 1) < 1e-6;
	}
	ok(sums, "%s: probabilities", name);
	for (i = 0; i < 4; i++) {
		s = session(g, backend, batches[i], 0);
		run_all(s, batches[i], y);
		same &= !memcmp(y, want, sizeof(y));
		run_all(s, 1, y);
		same &= !memcmp(y, want, sizeof(y));
		axp_session_close(s);
		s = session(g, backend, batches[i], 2);
		run_all(s, batches[i], y);
		threads &= !memcmp(y, want, sizeof(y));
		axp_session_close(s);
	}
	ok(same, "%s: the same bits in batches of 1, 2, 3, 11", name);
	ok(threads, "%s: and on two threads", name);
	s = session(single, backend, 32, 0);
	run_all(s, 11, y);
	ok(!memcmp(y, want, sizeof(y)), "%s: and one by one", name);
	axp_session_close(s);
	s = session(traced, backend, 32, 0);
	run_all(s, 11, y);
	ok(traced->batched && !memcmp(y, want, sizeof(y)),
	   "%s: and where a Reshape names the batch of 1 that was traced", name);
	axp_session_close(s);
	axp_graph_free(traced);
	axp_graph_free(single);
	axp_graph_free(g);
}

static void test_agree(void)
{
	struct axp_graph *g = graph(FLATTEN);
	struct axp_session *s = session(g, AXP_BACKEND_FP32, 0, 0);
	double most = 0;
	int i;

	run_all(s, 11, want);
	ok(!strcmp(axp_session_engine(s), "oneDNN"), "engine of fp32: %s", axp_session_engine(s));
	axp_session_close(s);
	s = session(g, AXP_BACKEND_SOFT, 0, 0);
	run_all(s, 11, y);
	for (i = 0; i < SAMPLES * OUT; i++)
		most = fmax(most, fabs((double)y[i] - want[i]));
	ok(most < 1e-6, "soft without tables is fp32 but for rounding: %g apart", most);
	axp_session_close(s);
	axp_graph_free(g);
}

static void test_stats(enum axp_backend backend, const char *name)
{
	struct axp_graph *g = graph(FLATTEN);
	struct axp_session *s = session(g, backend, 4, 0);
	struct axp_stats stats, sum;
	struct axp_layer_info info;
	uint64_t macs = 0;
	bool good = true;
	uint32_t i;

	axp_session_stats(s, &sum);
	ok(!sum.macs, "%s: no MACs before the first run", name);
	run_all(s, 4, y);
	axp_session_stats(s, &sum);
	for (i = 0; i < axp_graph_nr_layers(g); i++) {
		good &= !axp_graph_layer_info(g, i, &info) &&
			!axp_session_layer_stats(s, i, &stats) &&
			stats.macs == info.macs * SAMPLES;
		macs += stats.macs;
	}
	ok(good && sum.macs == macs, "%s: MACs of each layer and of all: %llu", name,
	   (unsigned long long)sum.macs);
	if (backend == AXP_BACKEND_SOFT)
		ok(sum.misses == macs && sum.baseline_fj && sum.baseline_fj == sum.energy_fj,
		   "without tables every MAC is the FPU's, at its price");
	run_all(s, 4, y);
	axp_session_stats(s, &stats);
	ok(stats.macs == 2 * sum.macs, "%s: counters grow", name);
	ok(axp_session_layer_stats(s, 4, &stats) == -EINVAL, "%s: no fifth layer", name);
	axp_session_close(s);
	axp_graph_free(g);
}

struct seen {
	uint32_t calls, order[8];
	struct axp_layer_shape shape[8];
	float first_out;
};

static void see(void *user, uint32_t layer, const struct axp_layer_shape *shape, const float *in,
		const float *out)
{
	struct seen *seen = user;

	(void)in;
	if (seen->calls < 8) {
		seen->order[seen->calls] = layer;
		seen->shape[seen->calls] = *shape;
	}
	if (!seen->calls)
		seen->first_out = out[0];
	seen->calls++;
}

static void test_observe(void)
{
	struct axp_graph *g = graph(FLATTEN);
	struct axp_session *s = session(g, AXP_BACKEND_FP32, 4, 0);
	const struct axp_layer *l = g->layers[0];
	struct seen seen = { 0 };
	struct axp_stats stats;
	double first = 0;
	int c, i, j;

	axp_session_observe(s, see, &seen);
	if (axp_session_run(s, x, 3, y, &why))
		bail_out("%s", why.text);
	ok(seen.calls == 4 && seen.order[0] == 0 && seen.order[1] == 1 && seen.order[2] == 2 &&
	   seen.order[3] == 3, "every layer is seen, in order");
	ok(seen.shape[2].n == 3 && seen.shape[2].c == 4 && seen.shape[2].h == 8 &&
	   seen.shape[2].oh == 3 && seen.shape[3].n == 3 && seen.shape[3].c == 6 &&
	   seen.shape[3].oh == 1, "with the shape of its run");
	for (c = 0; c < 2; c++)
		for (i = 0; i < 2; i++)
			for (j = 0; j < 2; j++)
				first += (double)x[c * 64 + i * 8 + j] *
					 l->weights[c * 9 + (i + 1) * 3 + j + 1];
	ok(fabs(seen.first_out - first) < 1e-5, "and its output");
	memset(&seen, 0, sizeof(seen));
	memset(y, 0x55, sizeof(y));
	memcpy(want, y, sizeof(y));
	axp_session_stop_after(s, 1);
	ok(!axp_session_run(s, x, 3, y, &why) && seen.calls == 2 && !memcmp(y, want, sizeof(y)),
	   "a run that stops after a layer writes no outputs");
	ok(!axp_session_layer_stats(s, 2, &stats) &&
	   stats.macs == 3 * g->layers[2]->macs, "later layers did not run");
	axp_session_stop_after(s, -1);
	axp_session_observe(s, NULL, NULL);
	ok(!axp_session_run(s, x, 3, y, &why) && memcmp(y, want, sizeof(y)) && seen.calls == 2,
	   "and goes on when told so");
	axp_session_close(s);
	axp_graph_free(g);
}

struct kept {
	uint32_t layer;
	float in[SAMPLES * 256], out[SAMPLES * 256];
};

static void keep(void *user, uint32_t layer, const struct axp_layer_shape *shape, const float *in,
		 const float *out)
{
	struct kept *kept = user;
	uint64_t oc = layer == 2 ? 6 : 4;

	if (layer != kept->layer)
		return;
	memcpy(kept->in, in, (uint64_t)shape->n * axp_layer_in_elems(shape) * sizeof(*in));
	memcpy(kept->out, out, shape->n * oc * shape->oh * shape->ow * sizeof(*out));
}

/* a layer by itself does what it does in the graph */
static void test_one_layer(enum axp_backend backend, const char *name)
{
	struct axp_graph *g = graph(false);
	struct axp_session *s = session(g, backend, 4, 0);
	struct kept kept = { .layer = 2 };
	uint64_t in[4], out[4];
	struct axp_stats before, after;
	static float got[SAMPLES * 256];

	ok(!axp_graph_layer_dims(g, 2, in, out) && in[0] == 1 && in[1] == 4 && in[2] == 8 &&
	   in[3] == 8 && out[0] == 1 && out[1] == 6 && out[2] == 3 && out[3] == 3,
	   "%s: dimensions of a layer", name);
	ok(axp_graph_layer_dims(g, 4, in, out) == -EINVAL, "%s: of no layer", name);
	axp_session_observe(s, keep, &kept);
	if (axp_session_run(s, x, 3, y, &why))
		bail_out("%s", why.text);
	axp_session_observe(s, NULL, NULL);
	if (axp_session_layer_stats(s, 2, &before))
		bail_out("no statistics");
	ok(!axp_session_run_layer(s, 2, kept.in, 3, got, &why) &&
	   !memcmp(got, kept.out, 3 * 6 * 9 * sizeof(*got)), "%s: the same outputs", name);
	ok(!axp_session_layer_stats(s, 2, &after) && after.macs == 2 * before.macs &&
	   after.energy_fj == 2 * before.energy_fj, "%s: and the same counters again", name);
	memset(got, 0x55, sizeof(got));
	memcpy(kept.out, got, sizeof(got));
	ok(axp_session_run_layer(s, 4, kept.in, 3, got, &why) == -EINVAL &&
	   strstr(why.text, "there are 4") && !memcmp(got, kept.out, sizeof(got)),
	   "%s: no such layer: %s", name, why.text);
	ok(axp_session_run_layer(s, 2, kept.in, 5, got, &why) == -EINVAL &&
	   strstr(why.text, "1 to 4") && !memcmp(got, kept.out, sizeof(got)),
	   "%s: too many samples: %s", name, why.text);
	axp_session_close(s);
	axp_graph_free(g);
}

static void test_refused(void)
{
	AXP_OPTS(struct axp_session_opts, opts);
	struct axp_graph *g = graph(FLATTEN);
	struct axp_session *s = session(g, AXP_BACKEND_FP32, 4, 0);

	memset(y, 0x55, sizeof(y));
	memcpy(want, y, sizeof(y));
	ok(axp_session_run(s, x, 5, y, &why) == -EINVAL && strstr(why.text, "1 to 4") &&
	   !memcmp(y, want, sizeof(y)), "more samples than max_batch: %s", why.text);
	ok(axp_session_run(s, x, 0, y, &why) == -EINVAL, "no samples: %s", why.text);
	axp_session_close(s);
	opts.backend = 9;
	ok(axp_session_open(&s, g, &opts, &why) == -EINVAL && !s && why.text[0], "backend 9: %s",
	   why.text);
	opts.backend = AXP_BACKEND_FP32;
	opts.max_batch = 1u << 20;
	ok(axp_session_open(&s, g, &opts, &why) == -E2BIG && !s, "a huge batch: %s", why.text);
	opts.max_batch = 0;
	opts.threads = 100000;
	ok(axp_session_open(&s, g, &opts, &why) == -EINVAL && !s, "too many threads: %s", why.text);
	opts.threads = 0;
	opts.backend = AXP_BACKEND_SOFT;
	opts.engine = "steam";
	ok(axp_session_open(&s, g, &opts, &why) < 0 && !s && strstr(why.text, "steam"),
	   "an unknown engine: %s", why.text);
	opts.engine = NULL;
	opts.backend = AXP_BACKEND_DEVICE;
	opts.device = "/nowhere/axp";
	ok(axp_session_open(&s, g, &opts, &why) < 0 && !s && strstr(why.text, "/nowhere/axp"),
	   "no device: %s", why.text);
	ok(!axp_session_open(&s, g, NULL, &why), "no options: the soft backend");
	axp_session_close(s);
	axp_session_close(NULL);
	axp_graph_free(g);
}

/* a layer that fails in the middle of a run: nothing is written, nothing counted */
static void test_failing(void)
{
	struct axp_graph *g = graph(FLATTEN);
	struct axp_session *s = session(g, AXP_BACKEND_FP32, 2, 0);
	struct axp_session *fresh;
	struct axp_stats before, after;
	struct axp_layer *l = axp_graph_layer(g, 3);
	struct axp_assoc *a = axp_assoc_new(l->nr_weights, 0);

	/* an index past the codebook: the soft backend cannot take it */
	if (!a)
		bail_out("no memory");
	a->k = 1;
	a->index[3] = 7;
	a->spec = (struct axp_table_spec){ .organisation = AXP_ORG_SHARED, .lanes = 1,
					   .word_bits = 32, .preset = AXP_PRESET_S28,
					   .cam_class = AXP_CAM_SILICON28 };
	l->assoc = a;
	ok(axp_session_open(&fresh, g, NULL, &why) < 0 && !fresh && strstr(why.text, "fc"),
	   "a layer that a backend refuses: %s", why.text);
	l->assoc = NULL;
	axp_assoc_free(a);
	axp_session_stats(s, &before);
	memset(y, 0x55, sizeof(y));
	memcpy(want, y, sizeof(y));
	ok(axp_session_run(s, x, 3, y, &why) == -EINVAL && !memcmp(y, want, sizeof(y)),
	   "a refused run writes nothing");
	axp_session_stats(s, &after);
	ok(!memcmp(&before, &after, sizeof(before)), "and counts nothing");
	axp_session_close(s);
	axp_graph_free(g);
}

/* the shipped net, with the accuracy that its card promises elsewhere */
static void test_shipped(void)
{
	const char *path = "models/digits/digits.onnx";
	struct axp_session *s;
	struct axp_graph *g;
	uint64_t dims[7];
	float zero[64] = { 0 }, out[10];
	double sum = 0;
	int i;

	if (access(path, R_OK)) {
		skip("%s is not below this folder", path);
		return;
	}
	if (axp_onnx_read(&g, path, NULL, &why)) {
		ok(false, "%s", why.text);
		return;
	}
	s = session(g, AXP_BACKEND_FP32, 0, 0);
	if (axp_session_run(s, zero, 1, out, &why))
		diag("%s", why.text);
	for (i = 0; i < 10; i++)
		sum += out[i];
	ok(g->batched && axp_graph_nr_layers(g) == 5 && axp_graph_input_dims(g, dims) == 3 &&
	   axp_graph_output_elems(g) == 10 && fabs(sum - 1) < 1e-6, "the shipped digits net runs");
	axp_session_close(s);
	axp_graph_free(g);
}

int main(void)
{
	test_batches(AXP_BACKEND_FP32, "fp32");
	test_batches(AXP_BACKEND_SOFT, "soft");
	test_agree();
	test_stats(AXP_BACKEND_FP32, "fp32");
	test_stats(AXP_BACKEND_SOFT, "soft");
	test_observe();
	test_one_layer(AXP_BACKEND_FP32, "fp32");
	test_one_layer(AXP_BACKEND_SOFT, "soft");
	test_refused();
	test_failing();
	test_shipped();
	return done_testing();
}
