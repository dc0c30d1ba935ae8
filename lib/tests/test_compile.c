// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "calibrate.h"
#include "layer.h"
#include "model.h"
#include "moments.h"
#include "quality.h"
#include "scratch.h"
#include "tap.h"
#include "tensor.h"

#define SAMPLES	40
#define PIXELS	64
#define CLASSES	6

static struct axp_diag why;
static uint64_t state = 88172645463325252ull;

static float normal(void)
{
	float s = 0;

	for (int i = 0; i < 12; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		s += (float)(state >> 40) / 16777216.0f;
	}
	return s - 6.0f;
}

static void weights(Onnx__ModelProto *m, const char *name, float size, uint32_t ndim,
		    const int64_t *dims)
{
	float v[4096];
	size_t n = 1;

	for (uint32_t i = 0; i < ndim; i++)
		n *= (size_t)dims[i];
	for (size_t i = 0; i < n; i++)
		v[i] = normal() * size;
	model_tensor(m, name, AXP_F32, ndim, dims, v);
}

/* two convolutions with a depthwise one between, and a classifier */
static Onnx__ModelProto *make_model(void)
{
	Onnx__ModelProto *m = model_new(13, 3, (const int64_t[]){ 1, 8, 8 });
	Onnx__NodeProto *n;

	state = 88172645463325252ull;
	weights(m, "w1", 0.4f, 4, (const int64_t[]){ 8, 1, 3, 3 });
	weights(m, "w2", 0.4f, 4, (const int64_t[]){ 8, 1, 3, 3 });
	weights(m, "w3", 0.2f, 4, (const int64_t[]){ 20, 8, 3, 3 });
	weights(m, "w4", 0.2f, 2, (const int64_t[]){ CLASSES, 20 });
	weights(m, "b1", 0.1f, 1, (const int64_t[]){ 8 });
	weights(m, "b3", 0.1f, 1, (const int64_t[]){ 20 });
	weights(m, "b4", 0.1f, 1, (const int64_t[]){ CLASSES });
	n = model_node(m, "Conv", "first", "x,w1,b1", "c1");
	node_ints(n, "pads", 4, (const int64_t[]){ 1, 1, 1, 1 });
	model_node(m, "Relu", "r1", "c1", "a1");
	n = model_node(m, "Conv", "depth", "a1,w2", "c2");
	node_int(n, "group", 8);
	model_node(m, "Relu", "r2", "c2", "a2");
	n = model_node(m, "Conv", "wide", "a2,w3,b3", "c3");
	node_ints(n, "strides", 2, (const int64_t[]){ 2, 1 });
	model_node(m, "Relu", "r3", "c3", "a3");
	model_node(m, "GlobalAveragePool", "pool", "a3", "p");
	model_node(m, "Flatten", "flat", "p", "f");
	n = model_node(m, "Gemm", "last", "f,w4,b4", "y");
	node_int(n, "transB", 1);
	return m;
}

static struct axp_graph *make_graph(void)
{
	Onnx__ModelProto *m = make_model();
	struct axp_graph *g;

	if (model_read(&g, m, &why))
		bail_out("model: %s", why.text);
	model_free(m);
	return g;
}

/* 16 levels of ink and paper, as the digits have, a third of it paper */
static const char *make_data(void)
{
	char *text = malloc(SAMPLES * PIXELS * 12), *at = text;
	const char *path;

	state = 1234567;
	for (int i = 0; i < SAMPLES; i++)
		for (int p = 0; p < PIXELS; p++) {
			int level = (int)(normal() * 5 + 3);

			at += sprintf(at, "%d%c", level < 0 ? 0 : level > 16 ? 16 : level,
				      p + 1 < PIXELS ? ',' : '\n');
		}
	path = scratch_file("data.csv", text, (size_t)(at - text));
	free(text);
	return path;
}

static struct axp_dataset *open_data(const char *path, float scale)
{
	AXP_OPTS(struct axp_dataset_opts, o);
	struct axp_dataset *d;
	char spec[4096];

	snprintf(spec, sizeof(spec), "csv:%s", path);
	o.input_dims[0] = 1;
	o.input_dims[1] = 8;
	o.input_dims[2] = 8;
	o.input_ndim = 3;
	o.scale = scale;
	if (axp_dataset_open(&d, spec, &o, &why))
		bail_out("data: %s", why.text);
	return d;
}

/* all samples on a backend: y, and the counters */
static void run(const struct axp_graph *g, struct axp_dataset *d, enum axp_backend backend,
		float *y, struct axp_stats *stats)
{
	AXP_OPTS(struct axp_session_opts, o);
	struct axp_session *s;
	float x[PIXELS];

	o.backend = backend;
	if (axp_session_open(&s, g, &o, &why))
		bail_out("session: %s", why.text);
	for (uint64_t i = 0; i < SAMPLES; i++)
		if (axp_dataset_get(d, i, x, NULL, &why) ||
		    axp_session_run(s, x, 1, y + i * CLASSES, &why))
			bail_out("run: %s", why.text);
	axp_session_stats(s, stats);
	axp_session_close(s);
}

/* distance of two sets of outputs over the spread of the first */
static double distance(const float *a, const float *b)
{
	double sum = 0, square = 0, error = 0;
	int n = SAMPLES * CLASSES;

	for (int i = 0; i < n; i++) {
		sum += (double)a[i];
		square += (double)a[i] * (double)a[i];
		error += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
	}
	return sqrt(error / (square - sum * sum / n));
}

/* largest difference of the mean output of a class */
static double shift(const float *a, const float *b)
{
	double worst = 0;

	for (int c = 0; c < CLASSES; c++) {
		double mean = 0;

		for (int i = 0; i < SAMPLES; i++)
			mean += ((double)a[i * CLASSES + c] - (double)b[i * CLASSES + c]) / SAMPLES;
		worst = fmax(worst, fabs(mean));
	}
	return worst;
}

/* no FIXED sum can overflow, whatever the activations are */
static bool fits(struct axp_graph *g)
{
	for (uint32_t l = 0; l < axp_graph_nr_layers(g); l++) {
		const struct axp_layer *at = axp_graph_layer(g, l);
		const struct axp_table_spec *spec = &at->assoc->spec;
		double sum = (double)at->cg * at->kh * at->kw * spec->max_term;

		for (uint32_t i = 0; i < at->assoc->nr_rows; i++)
			if (abs((int32_t)at->assoc->rows[i].product) > (int32_t)spec->max_term)
				return false;
		for (uint32_t o = 0; o < at->oc; o++)
			if (sum + rint(ldexp(fabs((double)at->bias[o]), spec->scale)) > 2147483647.0)
				return false;
	}
	return true;
}

/* each F32 word is the rounded product of its centroid and one value for the group */
static bool words_are_products(struct axp_graph *g)
{
	for (uint32_t l = 0; l < axp_graph_nr_layers(g); l++) {
		const struct axp_assoc *a = axp_graph_layer(g, l)->assoc;

		for (uint32_t i = 0; i < a->nr_rows; i++) {
			float c, word, c0, word0;
			uint32_t first = i;

			while (first && a->rows[first - 1].act == a->rows[i].act &&
			       a->rows[first - 1].act_care == a->rows[i].act_care)
				first--;
			memcpy(&c, &a->rows[i].wgt, 4);
			memcpy(&word, &a->rows[i].product, 4);
			memcpy(&c0, &a->rows[first].wgt, 4);
			memcpy(&word0, &a->rows[first].product, 4);
			if (a->rows[i].wgt_care != ~0u ||
			    fabs((double)word * (double)c0 - (double)word0 * (double)c) >
			    1e-6 * fabs((double)word * (double)c0))
				return false;
		}
	}
	return true;
}

static const struct {
	uint32_t organisation, accumulator, word_bits;
	bool no_gating;
	bool complete;		/* every activation hits */
	double distance;
} cases[] = {
	{ AXP_ORG_SHARED, AXP_ACC_F32, 0, false, true, 0.1 },
	{ AXP_ORG_SHARED, AXP_ACC_FIXED, 0, false, true, 0.1 },
	{ AXP_ORG_SHARED, AXP_ACC_FIXED, 16, false, true, 0.1 },
	{ AXP_ORG_SHARED, AXP_ACC_FIXED, 8, false, true, 0.2 },
	{ AXP_ORG_SHARED, AXP_ACC_F32, 0, true, true, 0.1 },
	{ AXP_ORG_BROADCAST, AXP_ACC_F32, 0, false, true, 0.1 },
	{ AXP_ORG_BROADCAST, AXP_ACC_FIXED, 16, false, true, 0.1 },
	{ AXP_ORG_BANKED, AXP_ACC_F32, 0, false, true, 0.1 },
	{ AXP_ORG_BANKED, AXP_ACC_FIXED, 24, true, true, 0.1 },
	{ AXP_ORG_SIGNIFICAND, AXP_ACC_F32, 0, false, true, 0.25 },
	{ AXP_ORG_FLAT, AXP_ACC_F32, 0, false, false, 0.25 },
	{ AXP_ORG_FLAT, AXP_ACC_FIXED, 32, false, false, 0.25 },
};

static void test_cases(struct axp_dataset *d)
{
	static float want[SAMPLES * CLASSES], y[SAMPLES * CLASSES];
	struct axp_graph *g = make_graph();
	struct axp_stats fp32, stats;

	run(g, d, AXP_BACKEND_FP32, want, &fp32);
	axp_graph_free(g);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AXP_OPTS(struct axp_compile_opts, o);
		const char *name = axp_organisation_name(cases[i].organisation);
		double far;

		g = make_graph();
		o.organisation = cases[i].organisation;
		o.accumulator = cases[i].accumulator;
		o.word_bits = cases[i].word_bits;
		o.no_gating = cases[i].no_gating;
		if (!ok(!axp_compile(g, d, &o, &why), "%s, %s, %u bits%s: compiled %s", name,
			axp_accumulator_name(o.accumulator), o.word_bits,
			o.no_gating ? ", no gating" : "", why.text)) {
			axp_graph_free(g);
			continue;
		}
		run(g, d, AXP_BACKEND_SOFT, y, &stats);
		far = distance(want, y);
		ok(far > 0 && far < cases[i].distance && shift(want, y) < 0.01,
		   "%s: outputs %.3f of their spread away, means %.5f", name, far, shift(want, y));
		ok(stats.macs == fp32.macs &&
		   stats.macs == stats.gated + stats.hits_exact + stats.hits_approx + stats.misses &&
		   (cases[i].complete ? !stats.misses : stats.misses > 0) && !stats.clamped &&
		   (o.no_gating ? !stats.gated : stats.gated >= stats.zero_act),
		   "%s: %" PRIu64 " MACs, %" PRIu64 " gated, %" PRIu64 " hits, %" PRIu64 " misses",
		   name, (uint64_t)stats.macs, (uint64_t)stats.gated,
		   (uint64_t)(stats.hits_exact + stats.hits_approx), (uint64_t)stats.misses);
		if (o.accumulator == AXP_ACC_FIXED)
			ok(fits(g), "%s: no FIXED sum can overflow", name);
		else
			ok(words_are_products(g), "%s: words are products", name);
		axp_graph_free(g);
	}
}

static void test_roles(struct axp_dataset *d)
{
	static float y[SAMPLES * CLASSES], fp32[SAMPLES * CLASSES];
	struct axp_graph *g = make_graph();
	struct axp_layer_info info[4];
	AXP_OPTS(struct axp_compile_opts, o);
	struct axp_stats stats, first;
	AXP_OPTS(struct axp_session_opts, so);
	struct axp_session *s;
	float x[PIXELS];
	bool same = true;

	if (axp_compile(g, d, NULL, &why))
		bail_out("compile: %s", why.text);
	for (uint32_t i = 0; i < 4; i++)
		if (axp_graph_layer_info(g, i, &info[i]))
			bail_out("layer %u", i);
	ok(axp_graph_is_compiled(g) && info[0].k == 32 && info[1].k == 32 && info[2].k == 16 &&
	   info[3].k == 32, "defaults: 16 centroids, 32 at the ends and depthwise");
	ok(info[0].rows <= 17 && info[1].rows == 32 && info[2].rows == 16 && info[3].rows == 48,
	   "defaults: 16 rows, 48 at the ends, 32 depthwise; 16 levels need no more than 17");
	ok(info[0].spec.lanes == 8 && info[1].spec.lanes == 1 && info[2].spec.lanes == 16 &&
	   info[3].spec.lanes == 6, "lanes: output channels of a group, at most 16");
	ok(info[2].spec.preset == AXP_PRESET_S28 && info[2].spec.cam_class == AXP_CAM_SILICON28 &&
	   info[2].job_flags == (AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT) &&
	   info[2].key_bits >= 4 && info[2].key_bits <= 16 &&
	   info[2].table_rows == 15 * info[2].rows,
	   "s28, silicon28, both gates, the centroid 0 needs no row");
	for (uint32_t l = 0; l < 4; l++) {
		const struct axp_layer *at = axp_graph_layer(g, l);

		for (uint64_t i = 0; i < at->nr_weights; i++)
			same &= at->weights[i] == at->assoc->codebook[at->assoc->index[i]];
	}
	ok(same, "FP32 weights are the centroids");
	run(g, d, AXP_BACKEND_FP32, fp32, &stats);
	run(g, d, AXP_BACKEND_SOFT, y, &stats);
	ok(distance(fp32, y) < 0.2, "the clustered net runs on FP32 too");

	/* the first layer meets 16 levels alone: every product is exact */
	so.backend = AXP_BACKEND_SOFT;
	if (axp_session_open(&s, g, &so, &why) || axp_dataset_get(d, 3, x, NULL, &why) ||
	    axp_session_run(s, x, 1, y, &why) || axp_session_layer_stats(s, 0, &first))
		bail_out("session: %s", why.text);
	ok(first.hits_exact > 0 && !first.hits_approx && !first.misses,
	   "first layer: %" PRIu64 " exact hits, no other", (uint64_t)first.hits_exact);
	axp_session_close(s);
	ok(axp_compile(g, d, NULL, &why) == -EINVAL && strstr(why.text, "layer first"),
	   "a compiled net is refused: %s", why.text);
	axp_graph_free(g);

	g = make_graph();
	o.organisation = AXP_ORG_SHARED;
	o.centroids = 5;
	o.rows = 7;
	o.lanes = 3;
	o.preset = AXP_PRESET_J7;
	o.cam_class = AXP_CAM_NOR;
	o.cluster = AXP_CLUSTER_KMEANS;
	o.max_samples = 10;
	if (axp_compile(g, d, &o, &why) || axp_graph_layer_info(g, 3, &info[3]))
		bail_out("compile: %s", why.text);
	ok(info[3].k == 5 && info[3].rows == 7 && info[3].spec.lanes == 3 &&
	   info[3].spec.preset == AXP_PRESET_J7 && info[3].spec.cam_class == AXP_CAM_NOR,
	   "what is asked for is done");
	axp_graph_free(g);
}

static void test_bias(struct axp_dataset *d)
{
	static float want[SAMPLES * CLASSES], with[SAMPLES * CLASSES], without[SAMPLES * CLASSES];
	AXP_OPTS(struct axp_compile_opts, o);
	struct axp_graph *g = make_graph();
	struct axp_stats stats;

	run(g, d, AXP_BACKEND_FP32, want, &stats);
	o.organisation = AXP_ORG_SHARED;
	o.centroids = 4;
	o.rows = 4;
	if (axp_compile(g, d, &o, &why))
		bail_out("compile: %s", why.text);
	run(g, d, AXP_BACKEND_SOFT, with, &stats);
	axp_graph_free(g);
	g = make_graph();
	o.no_bias_correction = true;
	if (axp_compile(g, d, &o, &why))
		bail_out("compile: %s", why.text);
	run(g, d, AXP_BACKEND_SOFT, without, &stats);
	axp_graph_free(g);
	ok(shift(want, with) < 1e-5 && shift(want, without) > 1e-3,
	   "bias correction brings the mean outputs back: %g, without %g", shift(want, with),
	   shift(want, without));
	ok(distance(want, with) < distance(want, without), "and the outputs nearer: %.3f, %.3f",
	   distance(want, with), distance(want, without));
}

struct seen {
	uint64_t calls, done, total;
	bool grows;
};

static void on_progress(void *user, const char *what, uint64_t done, uint64_t total)
{
	struct seen *s = user;

	s->grows &= what[0] && done > s->done && done <= total && (!s->calls || total == s->total);
	s->calls++;
	s->done = done;
	s->total = total;
}

static void test_same_bytes(struct axp_dataset *d)
{
	struct seen seen = { .grows = true };
	uint8_t *bytes[2];
	size_t len[2];

	for (int i = 0; i < 2; i++) {
		struct axp_graph *g = make_graph();
		AXP_OPTS(struct axp_compile_opts, o);

		o.organisation = AXP_ORG_SHARED;
		o.accumulator = AXP_ACC_FIXED;
		o.progress = i ? on_progress : NULL;
		o.user = &seen;
		if (axp_compile(g, d, &o, &why))
			bail_out("compile: %s", why.text);
		onnx__model_proto__free_unpacked(model_written(g, &bytes[i], &len[i]), NULL);
		axp_graph_free(g);
	}
	ok(len[0] == len[1] && !memcmp(bytes[0], bytes[1], len[0]), "same inputs, same bytes (%zu)",
	   len[0]);
	ok(seen.grows && seen.calls == 4 && seen.done == seen.total, "progress grows to its total");
	free(bytes[0]);
	free(bytes[1]);
}

/* ---------------------------------------------------------------------- walk */

/* covariance of the 3 x 3 windows of all samples, padding as 0 */
static void windows(struct axp_dataset *d, double *cov)
{
	double mean[9] = { 0 }, n = SAMPLES * PIXELS;

	memset(cov, 0, 81 * sizeof(*cov));
	for (int pass = 0; pass < 2; pass++)
		for (uint64_t i = 0; i < SAMPLES; i++) {
			float x[PIXELS];

			if (axp_dataset_get(d, i, x, NULL, &why))
				bail_out("%s", why.text);
			for (int p = 0; p < PIXELS; p++) {
				double v[9];

				for (int k = 0; k < 9; k++) {
					int r = p / 8 + k / 3 - 1, c = p % 8 + k % 3 - 1;

					v[k] = r < 0 || r > 7 || c < 0 || c > 7 ? 0 :
					       (double)x[r * 8 + c];
				}
				for (int k = 0; !pass && k < 9; k++)
					mean[k] += v[k] / n;
				for (int k = 0; pass && k < 81; k++)
					cov[k] += (v[k / 9] - mean[k / 9]) *
						  (v[k % 9] - mean[k % 9]) / n;
			}
		}
}

static void test_walk(struct axp_dataset *d)
{
	static float want[SAMPLES * CLASSES], y[SAMPLES * CLASSES];
	struct axp_graph *g = make_graph();
	struct axp_calibration cal = { 0 };
	struct axp_moments m;
	struct axp_layer_shape one;
	struct axp_stats stats;
	struct axp_walk w;
	double cov[81], worst = 0;
	bool same = true;

	run(g, d, AXP_BACKEND_FP32, want, &stats);
	if (axp_calibration_load(&cal, g, d, SAMPLES, 0, &why) ||
	    axp_walk_open(&w, g, cal.x, cal.n, cal.elems, AXP_BACKEND_FP32, 2, &why))
		bail_out("walk: %s", why.text);
	axp_graph_layer_shape_of(g, 0, &one);
	windows(d, cov);
	if (axp_moments_take(&m, axp_graph_layer(g, 0), &one, &w, NULL, NULL, cal.n, &why))
		bail_out("moments: %s", why.text);
	for (int i = 0; i < 81; i++)
		worst = fmax(worst, fabs(m.parts[0].cov[i] - cov[i]));
	ok(m.nr == 1 && worst < 1e-9, "moments of all windows, off by %g", worst);
	axp_moments_clear(&m);
	for (uint32_t i = 0; i < axp_graph_nr_layers(g); i++) {
		same &= w.at == i && !axp_walk_end(&w, y, &why) &&
			!memcmp(y, want, sizeof(y)) && !axp_walk_step(&w, true, &why) &&
			!axp_walk_step(&w, false, &why);
	}
	ok(same, "from every layer on the outputs are those of a whole run");
	axp_walk_close(&w);
	axp_calibration_clear(&cal);
	axp_graph_free(g);
}

/* ----------------------------------------------------------- what is compared */

/* samples that check a search are others than those that calibrate */
static void test_split(struct axp_dataset *d)
{
	static const struct {
		uint64_t count, most, check, want;
	} splits[] = {
		{ 2000, 512, 1000, 512 }, { 1512, 512, 1000, 512 }, { 700, 512, 1000, 467 },
		{ 1000, 512, 1000, 512 }, { 250, 512, 1000, 167 }, { 251, 512, 1000, 168 },
		{ 500, 400, 100, 400 }, { 500, 256, 244, 256 }, { 500, 512, 100, 400 }, { 3, 512, 1000, 2 },
		{ 2, 512, 1000, 1 }, { 1, 512, 1000, 1 },
	};
	struct axp_graph *g = make_graph();
	struct axp_calibration cal = { 0 }, check = { 0 };
	bool good = true;

	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++)
		good &= axp_calibration_split(splits[i].count, splits[i].most, splits[i].check) ==
			splits[i].want;
	ok(good, "two thirds of the samples calibrate at least, all that are wanted where there are");
	good = true;
	for (uint32_t n = 1; n < SAMPLES; n++) {
		uint32_t met = 0, twice = 0;

		if (axp_calibration_load(&cal, g, d, n, 0, &why) ||
		    axp_calibration_load(&check, g, d, SAMPLES, n, &why))
			bail_out("samples: %s", why.text);
		good &= cal.n == n && check.n == SAMPLES - n;
		for (uint32_t i = 0; i < check.n; i++) {
			const float *x = check.x + i * cal.elems;

			for (uint32_t j = 0; j < n; j++)
				met += !memcmp(x, cal.x + j * cal.elems, cal.elems * sizeof(*x));
			for (uint32_t j = 0; j < i; j++)
				twice += !memcmp(x, check.x + j * cal.elems,
						 cal.elems * sizeof(*x));
		}
		good &= !met && !twice;
		axp_calibration_clear(&cal);
		axp_calibration_clear(&check);
	}
	ok(good, "no sample both calibrates and checks, none checks twice");
	if (axp_calibration_load(&check, g, d, SAMPLES, SAMPLES, &why))
		bail_out("samples: %s", why.text);
	ok(check.n == SAMPLES, "where all calibrate, all check");
	axp_calibration_clear(&check);
	axp_graph_free(g);
}

static double kl_of(uint64_t classes, uint64_t n, const float *want, const float *have)
{
	struct axp_quality q;

	axp_quality_of(&q, classes, want, have, NULL, n);
	return q.kl;
}

/* outputs are what they look like, whatever node makes them */
static void test_quality(void)
{
	const float p[] = { 0.9f, 0.1f, 0.2f, 0.8f }, q[] = { 0.6f, 0.4f, 0.2f, 0.8f };
	const float a[] = { 2, -1, 0, 3 }, b[] = { 1, -1, 0, 3 };
	const float c[] = { 0.9f, 0.5f, 0.2f, 0.8f }, e[] = { 0.6f, 0.5f, 0.2f, 0.8f };
	const float x[] = { 1, 3, 5, 7 }, y[] = { 1, 4, 5, 6 };
	double want = (0.9 * log(0.9 / 0.6) + 0.1 * log(0.1 / 0.4)) / 2;
	double za = exp(2) + exp(-1), zb = exp(1) + exp(-1);

	ok(fabs(kl_of(2, 2, p, q) - want) < 1e-6 && kl_of(2, 2, p, p) == 0,
	   "probabilities of classes: %g nat", kl_of(2, 2, p, q));
	ok(fabs(kl_of(2, 2, c, e) - want / 2) < 1e-6,
	   "one of its own each: %g nat", kl_of(2, 2, c, e));
	ok(fabs(kl_of(1, 4, c, e) - want / 2) < 1e-6,
	   "one alone: %g nat", kl_of(1, 4, c, e));
	want = (exp(2) / za * (1 - log(za) + log(zb)) + exp(-1) / za * (log(zb) - log(za))) / 2;
	ok(fabs(kl_of(2, 2, a, b) - want) < 1e-6, "scores: %g nat", kl_of(2, 2, a, b));
	/* errors 0, 1, 0, 1; variance 5 */
	ok(fabs(kl_of(1, 4, x, y) - 0.5 / (2 * 5)) < 1e-6 && kl_of(1, 4, x, x) == 0,
	   "a value: %g nat", kl_of(1, 4, x, y));
}

/* -------------------------------------------------------------------- search */

static double divergence(const float *a, const float *b)
{
	double sum = 0;

	for (int i = 0; i < SAMPLES; i++, a += CLASSES, b += CLASSES) {
		double za = 0, zb = 0;

		for (int c = 0; c < CLASSES; c++) {
			za += exp((double)a[c]);
			zb += exp((double)b[c]);
		}
		for (int c = 0; c < CLASSES; c++)
			sum += exp((double)a[c]) / za *
			       ((double)a[c] - log(za) - (double)b[c] + log(zb)) / SAMPLES;
	}
	return sum;
}

static void searched(struct axp_dataset *d, const struct axp_compile_opts *o, uint8_t **bytes,
		     size_t *len, float *y, struct axp_stats *stats)
{
	struct axp_graph *g = make_graph();

	if (axp_compile(g, d, o, &why))
		bail_out("search: %s", why.text);
	onnx__model_proto__free_unpacked(model_written(g, bytes, len), NULL);
	run(g, d, AXP_BACKEND_SOFT, y, stats);
	axp_graph_free(g);
}

static void test_search(struct axp_dataset *d)
{
	static float want[SAMPLES * CLASSES], y[SAMPLES * CLASSES];
	const float bounds[] = { 1e-4f, 2e-5f };
	uint64_t energy[2][2];
	struct axp_graph *g = make_graph();
	struct axp_stats stats;
	uint8_t *bytes;
	size_t len;

	run(g, d, AXP_BACKEND_FP32, want, &stats);
	axp_graph_free(g);
	for (uint32_t acc = 0; acc < 2; acc++) {
		for (int i = 0; i < 2; i++) {
			AXP_OPTS(struct axp_compile_opts, o);

			o.accumulator = acc;
			o.any_organisation = true;
			o.max_kl = bounds[i];
			searched(d, &o, &bytes, &len, y, &stats);
			energy[acc][i] = stats.energy_fj;
			ok(divergence(want, y) <= (double)bounds[i] * 1.001 && !stats.misses,
			   "%s, bound %g: diverges by %g", axp_accumulator_name(acc),
			   (double)bounds[i], divergence(want, y));
			free(bytes);
		}
		ok(energy[acc][0] < energy[acc][1], "%s: a wider bound takes less energy",
		   axp_accumulator_name(acc));
	}
	ok(energy[1][0] < energy[0][0], "and fixed less than f32");
}

/* what axp_compile() says of itself */
static void test_making(struct axp_dataset *d)
{
	AXP_OPTS(struct axp_compile_opts, o);
	uint64_t weights = 0, pruned = 0, zeros = 0;
	static uint32_t labels[SAMPLES];
	static float x[SAMPLES][PIXELS];
	struct axp_graph *g = make_graph();
	struct axp_dataset *labelled;
	struct axp_making m;

	for (uint32_t i = 0; i < SAMPLES; i++) {
		labels[i] = i % CLASSES;
		if (axp_dataset_get(d, i, x[i], NULL, &why))
			bail_out("%s", why.text);
	}
	if (axp_dataset_memory(&labelled, x[0], labels, SAMPLES, (const uint64_t[]){ 1, 8, 8 }, 3,
			       &why))
		bail_out("%s", why.text);
	o.organisation = AXP_ORG_SHARED;
	o.prune = 0.3f;
	if (axp_compile(g, d, &o, &why))
		bail_out("%s", why.text);
	for (uint32_t l = 0; l < axp_graph_nr_layers(g); l++) {
		const struct axp_layer *layer = axp_graph_layer(g, l);

		weights += layer->nr_weights;
		if (!l || l + 1 == axp_graph_nr_layers(g))
			continue;
		pruned += (uint64_t)ceil((double)o.prune * (double)layer->nr_weights);
		for (uint64_t w = 0; w < layer->nr_weights; w++)
			zeros += layer->weights[w] == 0;
	}
	axp_graph_making(g, &m);
	ok(m.prune == (double)0.3f && m.pruned == pruned && m.pruned && m.weights == weights &&
	   zeros >= m.pruned && m.calibrated == SAMPLES && !m.checked,
	   "pruned %llu of %llu weights, nothing searched", (unsigned long long)m.pruned,
	   (unsigned long long)m.weights);
	axp_graph_free(g);
	for (int i = 0; i < 2; i++) {
		static float want[SAMPLES * CLASSES], y[SAMPLES * CLASSES];
		struct axp_stats stats;
		bool near;

		g = make_graph();
		run(g, d, AXP_BACKEND_FP32, want, &stats);
		o = (struct axp_compile_opts){ .size = sizeof(o), .any_organisation = true };
		o.accumulator = AXP_ACC_FIXED;
		o.max_kl = i ? 0 : 1e-3f;
		o.max_drop = i ? 5 : 0;
		if (axp_compile(g, i ? labelled : d, &o, &why))
			bail_out("%s", why.text);
		axp_graph_making(g, &m);
		run(g, d, AXP_BACKEND_SOFT, y, &stats);
		/* of a part of the samples, so not just the same */
		near = m.kl > 0 && divergence(want, y) < 3 * m.kl && m.kl < 3 * divergence(want, y);
		ok(near && m.outputs == AXP_OUTPUTS_SCORES && m.calibrated + m.checked == SAMPLES &&
		   m.checked && m.kl <= m.max_kl && m.drop <= m.max_drop && !m.pruned &&
		   m.max_drop == (i ? 5 : 0) && fabs(m.max_kl - (i ? 0.2 : 1e-3)) < 1e-7,
		   "searched within %g nat: %g, %g points lost; %llu and %llu samples", m.max_kl, m.kl,
		   m.drop, (unsigned long long)m.calibrated, (unsigned long long)m.checked);
		axp_graph_free(g);
	}
	axp_dataset_free(labelled);
}

static void test_log(struct axp_dataset *d)
{
	static float y[SAMPLES * CLASSES];
	const char *path = scratch_file("search.log", "", 0);
	AXP_OPTS(struct axp_compile_opts, o);
	struct axp_stats stats;
	uint8_t *bytes[3];
	size_t len[3];
	char text[16384];
	FILE *f;
	size_t n;

	o.accumulator = AXP_ACC_FIXED;
	o.organisation = AXP_ORG_SHARED;
	o.max_kl = 1e-4f;
	o.log = path;
	o.threads = 1;
	searched(d, &o, &bytes[0], &len[0], y, &stats);
	f = fopen(path, "r");
	n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[n] = 0;
	if (f)
		fclose(f);
	ok(n && !strncmp(text, "axp-search 1 ", 13) && strstr(text, "\nK 0 4 ") &&
	   strstr(text, "\nN 3 ") && strstr(text, "\nP 0 "), "the log holds what was measured");
	/* broken off in the middle of a line */
	scratch_file("search.log", text, n / 2);
	o.threads = 3;
	searched(d, &o, &bytes[1], &len[1], y, &stats);
	searched(d, &o, &bytes[2], &len[2], y, &stats);
	ok(len[0] == len[1] && !memcmp(bytes[0], bytes[1], len[0]),
	   "gone on from half a log, with other threads: the same bytes");
	ok(len[0] == len[2] && !memcmp(bytes[0], bytes[2], len[0]), "and from a whole one");
	for (int i = 0; i < 3; i++)
		free(bytes[i]);
}

/* ------------------------------------------------------------------ refusals */

static bool unchanged(struct axp_graph *g)
{
	struct axp_graph *fresh = make_graph();
	bool same = !axp_graph_is_compiled(g);

	for (uint32_t l = 0; l < axp_graph_nr_layers(g); l++) {
		const struct axp_layer *a = axp_graph_layer(g, l), *b = axp_graph_layer(fresh, l);

		same &= !a->assoc && !memcmp(a->weights, b->weights, a->nr_weights * sizeof(float)) &&
			!memcmp(a->bias, b->bias, a->oc * sizeof(float));
	}
	axp_graph_free(fresh);
	return same;
}

static void refused(struct axp_dataset *d, const struct axp_compile_opts *o, int err,
		    const char *text)
{
	struct axp_graph *g = make_graph();
	int got = axp_compile(g, d, o, &why);
	struct axp_diag said = why;

	ok(got == err && strstr(said.text, text) && !strchr(said.text, '\n') && unchanged(g),
	   "refused, the net is as it was: %d, %s", got, said.text);
	axp_graph_free(g);
}

static void test_refused(struct axp_dataset *d)
{
	static const struct {
		struct axp_compile_opts o;
		int err;
		const char *text;
	} bad[] = {
		{ { .accumulator = 2 }, -EINVAL, "accumulator 2" },
		{ { .organisation = 5 }, -EINVAL, "organisation 5" },
		{ { .organisation = AXP_ORG_SIGNIFICAND, .accumulator = 1 }, -EOPNOTSUPP, "significand" },
		{ { .organisation = AXP_ORG_FLAT, .lanes = 2 }, -EINVAL, "2 lanes" },
		{ { .organisation = AXP_ORG_SHARED, .lanes = 257 }, -EINVAL, "257 lanes" },
		{ { .preset = 8 }, -EINVAL, "preset 8" },
		{ { .cam_class = 5 }, -EINVAL, "class 5" },
		{ { .centroids = 1 }, -EINVAL, "1 centroids, not 2 to 256" },
		{ { .centroids = 257 }, -EINVAL, "257 centroids" },
		{ { .rows = 1025 }, -EINVAL, "1025 rows, the limit is 1024" },
		{ { .organisation = AXP_ORG_SIGNIFICAND, .rows = 12 }, -EINVAL, "power of two" },
		{ { .organisation = AXP_ORG_SIGNIFICAND, .rows = 256 }, -EINVAL, "128" },
		{ { .accumulator = 1, .word_bits = 12 }, -EINVAL, "12 bits" },
		{ { .accumulator = 1, .word_bits = 40 }, -EINVAL, "40 bits" },
		{ { .accumulator = 0, .word_bits = 16 }, -EINVAL, "16 bits" },
		{ { .cluster = 9 }, -EINVAL, "clustering 9" },
		{ { .max_samples = 1 << 30 }, -EINVAL, "1073741824 calibration samples" },
		{ { .threads = 65 }, -EINVAL, "65 threads" },
		{ { .prefix_bits = 8 }, -EINVAL, "prefixes of 8 bits, not 9 to 16" },
		{ { .prefix_bits = 17 }, -EINVAL, "prefixes of 17 bits" },
		{ { .organisation = AXP_ORG_SIGNIFICAND, .prefix_bits = 9 }, -EINVAL, "significand" },
		{ { .prune = 0.96f }, -EINVAL, "pruning of 0.96" },
		{ { .prune = NAN }, -EINVAL, "pruning of nan" },
		{ { .prune = 0.5f, .cluster = AXP_CLUSTER_KMEANS }, -EINVAL, "pruning needs" },
		{ { .max_kl = -1 }, -EINVAL, "divergence of at most -1" },
		{ { .max_drop = NAN }, -EINVAL, "loss of at most nan" },
		{ { .any_organisation = true }, -EINVAL, "without a bound" },
		{ { .log = "x" }, -EINVAL, "log without a bound" },
		{ { .max_kl = 1 }, -EOPNOTSUPP, "no search of the flat" },
		{ { .max_kl = 1, .organisation = AXP_ORG_SHARED, .prefix_bits = 11 }, -EOPNOTSUPP,
		  "no search of prefixes" },
		{ { .max_kl = 1, .any_organisation = true, .preset = AXP_PRESET_CUSTOM }, -EOPNOTSUPP,
		  "preset custom" },
		{ { .max_drop = 1, .any_organisation = true }, -ENODATA, "needs labels" },
		{ { .max_kl = 1e-12f, .any_organisation = true }, -ERANGE, "no setting within" },
	};
	struct axp_dataset *other;
	char spec[4096], huge[PIXELS * 8];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct axp_compile_opts o = bad[i].o;

		o.size = sizeof(o);
		refused(d, &o, bad[i].err, bad[i].text);
	}

	snprintf(spec, sizeof(spec), "csv:%s", scratch_file("small.csv", "1,2,3,0\n", 8));
	if (axp_dataset_open(&other, spec, NULL, &why))
		bail_out("%s", why.text);
	refused(other, NULL, -EINVAL, "samples are 3, the net takes 1x8x8");
	axp_dataset_free(other);

	/* finite inputs whose sums are not */
	for (int i = 0; i < PIXELS; i++)
		n += (size_t)sprintf(huge + n, "3e38%c", i + 1 < PIXELS ? ',' : '\n');
	other = open_data(scratch_file("huge.csv", huge, n), 1);
	refused(other, NULL, -EINVAL, "not finite");
	{
		AXP_OPTS(struct axp_compile_opts, o);

		o.no_bias_correction = true;
		o.organisation = AXP_ORG_SHARED;
		o.rows = 4;
		refused(other, &o, -EINVAL, "layer first: outputs of channel");
	}
	axp_dataset_free(other);
	{
		AXP_OPTS(struct axp_compile_opts, o);

		o.organisation = AXP_ORG_SHARED;
		o.max_kl = 1;
		o.log = scratch_file("other.log", "axp-search 1 0123456789abcdef\n", 30);
		refused(d, &o, -EINVAL, "log of another search");
		o.log = scratch_file("no.log", "hello\n", 6);
		refused(d, &o, -EINVAL, "no.log: is no search log");
		o.log = "/nowhere/log";
		refused(d, &o, -ENOENT, "/nowhere/log: cannot be opened");
	}
	{
		struct axp_graph *g = make_graph();

		axp_graph_layer(g, 2)->weights[7] = NAN;
		ok(axp_compile(g, d, NULL, &why) == -EINVAL &&
		   strstr(why.text, "layer wide: weight 7 is nan"), "a NaN: %s", why.text);
		axp_graph_free(g);
		g = make_graph();
		axp_graph_layer(g, 2)->bias[1] = INFINITY;
		ok(axp_compile(g, d, NULL, &why) == -EINVAL &&
		   strstr(why.text, "layer wide: bias 1 is inf"), "an infinity: %s", why.text);
		axp_graph_free(g);
	}
	{
		/* 256 centroids of 1024 rows are more words than a table holds */
		AXP_OPTS(struct axp_compile_opts, o);

		o.organisation = AXP_ORG_SHARED;
		o.centroids = 256;
		o.rows = 1024;
		refused(d, &o, -ENOSPC, "LUT words, the limit is 65536");
	}
}

/* layers with little to cluster */
static void test_degenerate(struct axp_dataset *d)
{
	Onnx__ModelProto *m = model_new(13, 3, (const int64_t[]){ 1, 8, 8 });
	static const float zero[4], two[12] = { 1, 1, -2, 1, -2, -2, 1, 1, 1, 1, -2, 0 };
	struct axp_graph *g;
	Onnx__NodeProto *n;

	model_tensor(m, "w1", AXP_F32, 4, (const int64_t[]){ 2, 1, 1, 1 }, two);
	model_tensor(m, "w2", AXP_F32, 4, (const int64_t[]){ 2, 2, 1, 1 }, zero);
	model_tensor(m, "w3", AXP_F32, 2, (const int64_t[]){ CLASSES, 2 }, two);
	model_node(m, "Conv", "a", "x,w1", "c1");
	model_node(m, "Conv", "b", "c1,w2", "c2");
	model_node(m, "GlobalAveragePool", "pool", "c2", "p");
	model_node(m, "Flatten", "flat", "p", "f");
	n = model_node(m, "Gemm", "c", "f,w3", "y");
	node_int(n, "transB", 1);
	for (uint32_t fixed = 0; fixed < 2; fixed++) {
		static float y[SAMPLES * CLASSES];
		AXP_OPTS(struct axp_compile_opts, o);
		struct axp_layer_info info[3];
		struct axp_stats stats;
		bool zeros = true;

		if (model_read(&g, m, &why))
			bail_out("model: %s", why.text);
		o.organisation = AXP_ORG_SHARED;
		o.accumulator = fixed;
		o.no_gating = fixed;
		if (axp_compile(g, d, &o, &why))
			bail_out("compile: %s", why.text);
		for (uint32_t i = 0; i < 3; i++)
			if (axp_graph_layer_info(g, i, &info[i]))
				bail_out("layer %u", i);
		run(g, d, AXP_BACKEND_SOFT, y, &stats);
		for (int i = 0; i < SAMPLES * CLASSES; i++)
			zeros &= y[i] == 0;
		ok(zeros && info[0].k == 2 && info[1].k == 1 && info[2].k == 3 && !stats.misses,
		   "a layer of equal weights, one of zeros, one that sees zeros alone");
		axp_graph_free(g);
	}
	model_free(m);
}

int main(void)
{
	struct axp_dataset *d = open_data(make_data(), 0.0625f);

	test_cases(d);
	test_roles(d);
	test_bias(d);
	test_same_bytes(d);
	test_walk(d);
	test_split(d);
	test_quality();
	test_search(d);
	test_making(d);
	test_log(d);
	test_refused(d);
	test_degenerate(d);
	axp_dataset_free(d);
	return done_testing();
}
