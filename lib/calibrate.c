// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calibrate.h"
#include "dataset.h"
#include "diag.h"

#define BATCH		32u
#define MAX_BYTES	(UINT64_C(8) << 30)
#define MAX_THREADS	64

int axp_calibration_load(struct axp_calibration *cal, const struct axp_graph *graph,
			 struct axp_dataset *data, uint64_t most, struct axp_diag *diag)
{
	uint64_t want[7], have[7], elems = 1, bytes, count = axp_dataset_count(data);
	uint32_t nr_want = axp_graph_input_dims(graph, want), nr_have;
	char a[160], b[160];
	int err;

	for (uint32_t i = 0; i < nr_want; i++)
		elems *= want[i];
	nr_have = axp_dataset_dims(data, have);
	if (axp_dataset_elems(data) != elems)
		return axp_fail(diag, -EINVAL, "calibration samples are %s, the net takes %s",
				axp_dims_text(have, nr_have, a), axp_dims_text(want, nr_want, b));
	cal->n = (uint32_t)(count < most ? count : most);
	cal->elems = elems;
	if (axp_mul_size(cal->n * sizeof(*cal->x), elems, &bytes) || bytes > MAX_BYTES)
		return axp_fail(diag, -E2BIG,
				"%u calibration samples of %" PRIu64 " elements are more than %" PRIu64 " bytes",
				cal->n, elems, MAX_BYTES);
	cal->x = malloc(bytes);
	if (!cal->x)
		return axp_fail(diag, -ENOMEM, "no memory for %u calibration samples", cal->n);
	for (uint32_t i = 0; i < cal->n; i++) {
		uint64_t at = (uint64_t)((unsigned __int128)i * count / cal->n);

		err = axp_dataset_get(data, at, cal->x + i * elems, NULL, diag);
		if (err) {
			axp_calibration_clear(cal);
			return err;
		}
	}
	return 0;
}

void axp_calibration_clear(struct axp_calibration *cal)
{
	free(cal->x);
	cal->x = NULL;
}

/* all inputs through @graph, to stop before or after a layer; -1: do not */
static int run(struct axp_calibration *cal, const struct axp_graph *graph, int64_t before,
	       int64_t after, axp_observe_fn observe, void *user, const char *what,
	       struct axp_diag *diag)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct axp_session *session;
	uint32_t n;
	float *y;
	int err;
	AXP_OPTS(struct axp_session_opts, opts);

	opts.backend = AXP_BACKEND_SOFT;
	opts.threads = cpus < 1 ? 1 : cpus > MAX_THREADS ? MAX_THREADS : (uint32_t)cpus;
	opts.max_batch = BATCH;
	/* prices do not matter here; the custom preset is known to the device alone */
	opts.preset = AXP_PRESET_S28;
	opts.cam_class = AXP_CAM_SILICON28;
	err = axp_session_open(&session, graph, &opts, diag);
	if (err)
		return err;
	y = malloc(BATCH * axp_graph_output_elems(graph) * sizeof(*y));
	if (!y) {
		axp_session_close(session);
		return axp_fail(diag, -ENOMEM, "no memory for outputs");
	}
	axp_session_observe(session, observe, user);
	axp_session_stop_before(session, before);
	axp_session_stop_after(session, after);
	for (uint32_t i = 0; !err && i < cal->n; i += n) {
		n = cal->n - i < BATCH ? cal->n - i : BATCH;
		err = axp_session_run(session, cal->x + i * cal->elems, n, y, diag);
		cal->done += n;
		if (!err && cal->progress)
			cal->progress(cal->user, what, cal->done, cal->total);
	}
	free(y);
	axp_session_close(session);
	return err;
}

/**
 * struct means - state of the observer of axp_calibration_means()
 * @only: layer, -1: all
 * @sum: [layer][oc]
 * @count: [layer] outputs of a channel
 * @graph: the net
 */
struct means {
	int64_t only;
	double **sum;
	uint64_t *count;
	struct axp_graph *graph;
};

static void add_outputs(void *user, uint32_t layer, const struct axp_layer_shape *shape,
			const float *in, const float *out)
{
	struct means *m = user;
	uint32_t oc = axp_graph_layer(m->graph, layer)->oc;
	uint64_t area = (uint64_t)shape->oh * shape->ow;

	(void)in;
	if (m->only >= 0 && m->only != layer)
		return;
	for (uint32_t i = 0; i < shape->n; i++)
		for (uint32_t o = 0; o < oc; o++)
			for (uint64_t p = 0; p < area; p++)
				m->sum[layer][o] += (double)*out++;
	m->count[layer] += shape->n * area;
}

int axp_calibration_means(struct axp_calibration *cal, struct axp_graph *graph,
			  int64_t layer, double **means, const char *what,
			  struct axp_diag *diag)
{
	uint32_t nr = axp_graph_nr_layers(graph);
	struct means m = { .only = layer, .sum = means, .graph = graph };
	int err;

	m.count = calloc(nr ? nr : 1, sizeof(*m.count));
	if (!m.count)
		return axp_fail(diag, -ENOMEM, "no memory");
	for (uint32_t l = 0; l < nr; l++)
		if (layer < 0 || l == layer)
			memset(means[l], 0, axp_graph_layer(graph, l)->oc * sizeof(double));
	err = run(cal, graph, -1, layer, add_outputs, &m, what, diag);
	for (uint32_t l = 0; !err && l < nr; l++) {
		const struct axp_layer *at = axp_graph_layer(graph, l);

		if (!m.count[l])
			continue;
		for (uint32_t o = 0; !err && o < at->oc; o++) {
			means[l][o] /= (double)m.count[l];
			if (!isfinite(means[l][o]))
				err = axp_fail(diag, -EINVAL,
					       "layer %s: outputs of channel %u are not finite on the calibration data",
					       at->name, o);
		}
	}
	free(m.count);
	return err;
}

/**
 * struct taker - state of the observer of axp_calibration_histogram()
 * @layer: observed
 * @at: its description
 * @zeros: count activations of 0 too
 * @h: histogram
 * @square: [c] sum of the squares of the weights that meet a channel, by tap
 * @rows: [h] output rows times taps that use an input row
 * @columns: [w] likewise
 * @bad: an activation was not finite
 */
struct taker {
	uint32_t layer;
	const struct axp_layer *at;
	bool zeros;
	struct axp_histogram *h;
	double *square;
	double *rows;
	double *columns;
	bool bad;
};

/* how often each input coordinate is used, along one axis */
static void count_uses(double *uses, uint32_t size, uint32_t out, uint32_t kernel,
		       uint32_t stride, uint32_t dilation, uint32_t pad)
{
	memset(uses, 0, size * sizeof(*uses));
	for (uint32_t o = 0; o < out; o++) {
		for (uint32_t k = 0; k < kernel; k++) {
			int64_t at = (int64_t)o * stride + (int64_t)k * dilation - pad;

			if (at >= 0 && at < size)
				uses[at] += 1;
		}
	}
}

static void add_inputs(void *user, uint32_t layer, const struct axp_layer_shape *shape,
		       const float *in, const float *out)
{
	struct taker *t = user;
	const struct axp_layer *at = t->at;
	double og = at->oc / at->groups;

	(void)out;
	if (layer != t->layer)
		return;
	if (!t->rows)
		t->rows = calloc(shape->h, sizeof(*t->rows));
	if (!t->columns)
		t->columns = calloc(shape->w, sizeof(*t->columns));
	if (!t->rows || !t->columns)
		return;
	count_uses(t->rows, shape->h, shape->oh, at->kh, at->stride_h, at->dil_h, at->pad_top);
	count_uses(t->columns, shape->w, shape->ow, at->kw, at->stride_w, at->dil_w,
		   at->pad_left);
	for (uint32_t i = 0; i < shape->n; i++) {
		for (uint32_t c = 0; c < shape->c; c++) {
			for (uint32_t y = 0; y < shape->h; y++) {
				for (uint32_t x = 0; x < shape->w; x++, in++) {
					double uses = t->rows[y] * t->columns[x];

					if (!isfinite(*in))
						t->bad = true;
					else if (uses > 0 && (t->zeros || *in != 0))
						axp_histogram_add(t->h, *in, uses * og,
								  uses * t->square[c]);
				}
			}
		}
	}
}

/* mean over the taps of the squared weights that meet each input channel */
static void sum_squares(double *square, const struct axp_layer *at)
{
	uint32_t og = at->oc / at->groups, taps = at->kh * at->kw;
	const float *w = at->weights;

	memset(square, 0, (size_t)at->groups * at->cg * sizeof(*square));
	for (uint32_t o = 0; o < at->oc; o++)
		for (uint32_t c = 0; c < at->cg; c++)
			for (uint32_t k = 0; k < taps; k++, w++)
				square[o / og * at->cg + c] += (double)*w * (double)*w / taps;
}

int axp_calibration_histogram(struct axp_calibration *cal, struct axp_graph *graph,
			      uint32_t layer, bool zeros, struct axp_histogram *h,
			      const char *what, struct axp_diag *diag)
{
	struct taker t = { .layer = layer, .zeros = zeros, .h = h };
	int err;

	t.at = axp_graph_layer(graph, layer);
	t.square = calloc((size_t)t.at->groups * t.at->cg, sizeof(*t.square));
	if (!t.square)
		return axp_fail(diag, -ENOMEM, "no memory");
	sum_squares(t.square, t.at);
	err = run(cal, graph, layer, -1, add_inputs, &t, what, diag);
	if (!err && (!t.rows || !t.columns))
		err = axp_fail(diag, -ENOMEM, "no memory");
	if (!err && t.bad)
		err = axp_fail(diag, -EINVAL,
			       "layer %s: an input is not finite on the calibration data",
			       t.at->name);
	free(t.square);
	free(t.rows);
	free(t.columns);
	return err;
}
