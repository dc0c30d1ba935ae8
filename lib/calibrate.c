// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "calibrate.h"
#include "dataset.h"
#include "diag.h"

#define MAX_BYTES	(UINT64_C(8) << 30)

/* samples whose values on their way stay within MAX_BYTES, for two nets */
static int limit_samples(uint64_t *most, const struct axp_graph *graph, struct axp_diag *diag)
{
	struct axp_arena arena = { 0 };
	uint64_t fit;
	int err;

	err = axp_arena_plan(&arena, graph, 1, diag);
	if (err)
		return err;
	fit = MAX_BYTES / 2 / (arena.bytes ? arena.bytes : 1);
	axp_arena_clear(&arena);
	if (!fit)
		return axp_fail(diag, -E2BIG, "the values of one sample are more than %" PRIu64
				" bytes", MAX_BYTES / 2);
	if (*most > fit)
		*most = fit;
	return 0;
}

uint64_t axp_calibration_split(uint64_t count, uint64_t most, uint64_t check)
{
	uint64_t least = count - count / 3;

	if (check < count && count - check > least)
		least = count - check;
	if (least == count && count > 1)
		least--;
	return most < least ? most : least;
}

/* the @i-th of @n out of @count, evenly spread */
static uint64_t spread(uint64_t i, uint64_t n, uint64_t count)
{
	return (uint64_t)((unsigned __int128)i * count / n);
}

/* the @i-th of those that are not among @apart evenly spread ones */
static uint64_t spread_apart(uint64_t i, uint64_t apart, uint64_t count)
{
	uint64_t low = 0, high = apart, mid;

	/* how many of these are before it: spread(k) - k never falls */
	while (low < high) {
		mid = low + (high - low) / 2;
		if (spread(mid, apart, count) - mid <= i)
			low = mid + 1;
		else
			high = mid;
	}
	return i + low;
}

int axp_calibration_load(struct axp_calibration *cal, const struct axp_graph *graph,
			 struct axp_dataset *data, uint64_t most, uint64_t apart,
			 struct axp_diag *diag)
{
	uint64_t want[7], have[7], elems = 1, bytes, count = axp_dataset_count(data), others;
	uint32_t nr_want = axp_graph_input_dims(graph, want), nr_have;
	char a[160], b[160];
	int err;

	for (uint32_t i = 0; i < nr_want; i++)
		elems *= want[i];
	nr_have = axp_dataset_dims(data, have);
	if (axp_dataset_elems(data) != elems)
		return axp_fail(diag, -EINVAL, "calibration samples are %s, the net takes %s",
				axp_dims_text(have, nr_have, a), axp_dims_text(want, nr_want, b));
	err = limit_samples(&most, graph, diag);
	if (err)
		return err;
	others = apart && apart < count ? count - apart : count;
	cal->n = (uint32_t)(others < most ? others : most);
	cal->elems = elems;
	if (axp_mul_size(cal->n * sizeof(*cal->x), elems, &bytes) || bytes > MAX_BYTES)
		return axp_fail(diag, -E2BIG,
				"%u calibration samples of %" PRIu64 " elements are more than %" PRIu64 " bytes",
				cal->n, elems, MAX_BYTES);
	cal->x = malloc(bytes);
	cal->labels = calloc(cal->n, sizeof(*cal->labels));
	if (!cal->x || !cal->labels) {
		axp_calibration_clear(cal);
		return axp_fail(diag, -ENOMEM, "no memory for %u calibration samples", cal->n);
	}
	for (uint32_t i = 0; i < cal->n; i++) {
		uint64_t at = spread(i, cal->n, others);

		if (others < count)
			at = spread_apart(at, apart, count);
		err = axp_dataset_get(data, at, cal->x + i * elems, &cal->labels[i], diag);
		if (err) {
			axp_calibration_clear(cal);
			return err;
		}
	}
	if (!axp_dataset_has_labels(data)) {
		free(cal->labels);
		cal->labels = NULL;
	}
	return 0;
}

void axp_calibration_clear(struct axp_calibration *cal)
{
	free(cal->x);
	free(cal->labels);
	memset(cal, 0, sizeof(*cal));
}

/* -------------------------------------------------------------------- means */

struct means {
	const struct axp_layer *at;
	uint32_t layer;
	double *sum;
	uint64_t count;
};

static void add_outputs(void *user, uint32_t layer, const struct axp_layer_shape *shape,
			const float *in, const float *out)
{
	struct means *m = user;
	uint64_t area = (uint64_t)shape->oh * shape->ow;

	(void)in;
	if (m->layer != layer)
		return;
	for (uint32_t i = 0; i < shape->n; i++)
		for (uint32_t o = 0; o < m->at->oc; o++)
			for (uint64_t p = 0; p < area; p++)
				m->sum[o] += (double)*out++;
	m->count += shape->n * area;
}

int axp_calibration_means(struct axp_walk *w, const struct axp_layer *at, bool stay,
			  double *means, struct axp_diag *diag)
{
	struct means m = { .at = at, .layer = w->at, .sum = means };
	int err;

	memset(means, 0, at->oc * sizeof(*means));
	axp_session_observe(w->session, add_outputs, &m);
	/* the last layer: what follows it is of no interest yet */
	err = axp_walk_step(w, stay, diag);
	axp_session_observe(w->session, NULL, NULL);
	for (uint32_t o = 0; !err && o < at->oc; o++) {
		means[o] /= (double)m.count;
		if (!isfinite(means[o]))
			err = axp_fail(diag, -EINVAL,
				       "layer %s: outputs of channel %u are not finite on the calibration data",
				       at->name, o);
	}
	return err;
}

/* ---------------------------------------------------------------- histogram */

/**
 * struct taker - a histogram under way
 * @at: layer
 * @zeros: count activations of 0 too
 * @h: histogram
 * @square: [c] sum of the squares of the weights that meet a channel, by tap
 * @rows: [h] output rows times taps that use an input row
 * @columns: [w] likewise
 */
struct taker {
	const struct axp_layer *at;
	bool zeros;
	struct axp_histogram *h;
	double *square;
	double *rows;
	double *columns;
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

/* @n samples of @shape; false: one is not finite */
static bool add_inputs(struct taker *t, const struct axp_layer_shape *shape, uint64_t n,
		       const float *in)
{
	double og = t->at->oc / t->at->groups;

	for (uint64_t i = 0; i < n * shape->n; i++) {
		for (uint32_t c = 0; c < shape->c; c++) {
			for (uint32_t y = 0; y < shape->h; y++) {
				for (uint32_t x = 0; x < shape->w; x++, in++) {
					double uses = t->rows[y] * t->columns[x];

					if (!isfinite(*in))
						return false;
					if (uses > 0 && (t->zeros || *in != 0))
						axp_histogram_add(t->h, *in, uses * og,
								  uses * t->square[c]);
				}
			}
		}
	}
	return true;
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

int axp_calibration_histogram(const struct axp_walk *w, const struct axp_layer *at,
			      const struct axp_layer_shape *shape, bool zeros,
			      struct axp_histogram *h, struct axp_diag *diag)
{
	struct taker t = { .at = at, .zeros = zeros, .h = h };
	int err = 0;

	memset(h, 0, sizeof(*h));
	t.square = calloc((size_t)at->groups * at->cg, sizeof(*t.square));
	t.rows = calloc(shape->h, sizeof(*t.rows));
	t.columns = calloc(shape->w, sizeof(*t.columns));
	if (!t.square || !t.rows || !t.columns) {
		err = axp_fail(diag, -ENOMEM, "no memory");
		goto out;
	}
	sum_squares(t.square, at);
	count_uses(t.rows, shape->h, shape->oh, at->kh, at->stride_h, at->dil_h, at->pad_top);
	count_uses(t.columns, shape->w, shape->ow, at->kw, at->stride_w, at->dil_w, at->pad_left);
	for (uint32_t i = 0; !err && i < w->nr_chunks; i++)
		if (!add_inputs(&t, shape, axp_walk_chunk(w, i), axp_walk_input(w, i)))
			err = axp_fail(diag, -EINVAL,
				       "layer %s: an input is not finite on the calibration data",
				       at->name);
out:
	free(t.square);
	free(t.rows);
	free(t.columns);
	return err;
}
