// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "blas.h"
#include "diag.h"
#include "moments.h"

/* windows for each column of a part: enough that the covariance is well known */
#define PER_COLUMN	8u
#define LEAST_WINDOWS	4096u
/* windows that are added at once */
#define PANEL		256u

/**
 * struct panel - windows of both nets, not yet added to the moments
 * @n: of them
 * @x: [PANEL][dim] of the associative net
 * @x0: [PANEL][dim] of the FP32 net; @x when there is none
 */
struct panel {
	uint32_t n;
	double *x;
	double *x0;
};

void axp_moments_clear(struct axp_moments *m)
{
	for (uint32_t i = 0; m->parts && i < m->nr; i++) {
		free(m->parts[i].cov);
		if (m->parts[i].cross != m->parts[i].cov)
			free(m->parts[i].cross);
	}
	free(m->parts);
	memset(m, 0, sizeof(*m));
}

static int make_parts(struct axp_moments *m, const struct axp_layer *layer, bool two)
{
	uint32_t dim = layer->cg * layer->kh * layer->kw, og = layer->oc / layer->groups;
	uint32_t blocks = (dim + AXP_MOMENTS_MAX_DIM - 1) / AXP_MOMENTS_MAX_DIM;

	m->parts = calloc((size_t)layer->groups * blocks, sizeof(*m->parts));
	if (!m->parts)
		return -ENOMEM;
	for (uint32_t g = 0; g < layer->groups; g++) {
		for (uint32_t b = 0; b < blocks; b++) {
			struct axp_part *p = &m->parts[m->nr++];
			size_t square;

			p->first = g * og;
			p->nr = og;
			p->col = (uint32_t)((uint64_t)dim * b / blocks);
			p->dim = (uint32_t)((uint64_t)dim * (b + 1) / blocks) - p->col;
			square = (size_t)p->dim * p->dim;
			p->cov = calloc(square, sizeof(*p->cov));
			p->cross = two ? calloc(square, sizeof(*p->cross)) : p->cov;
			if (!p->cov || !p->cross)
				return -ENOMEM;
		}
	}
	return 0;
}

/* columns of @p of the window that gives output @at of an input @in */
static void take_window(double *to, const struct axp_layer *l, const struct axp_layer_shape *s,
			const struct axp_part *p, const float *in, uint64_t at,
			const struct axp_quantiser *q)
{
	uint32_t taps = l->kh * l->kw, group = p->first / (l->oc / l->groups);
	uint32_t ox = (uint32_t)(at % s->ow), oy = (uint32_t)(at / s->ow);

	for (uint32_t j = p->col; j < p->col + p->dim; j++) {
		uint32_t c = group * l->cg + j / taps, k = j % taps;
		int64_t y = (int64_t)oy * l->stride_h + (int64_t)(k / l->kw) * l->dil_h - l->pad_top;
		int64_t x = (int64_t)ox * l->stride_w + (int64_t)(k % l->kw) * l->dil_w - l->pad_left;
		float v = 0;

		if (y >= 0 && y < s->h && x >= 0 && x < s->w) {
			v = in[((uint64_t)c * s->h + (uint64_t)y) * s->w + (uint64_t)x];
			v = q ? axp_quantise(q, v) : v;
		}
		*to++ = v;
	}
}

static void centre(double *x, uint32_t n, uint32_t dim, const double *mean)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < dim; j++)
			x[(size_t)i * dim + j] -= mean[j];
}

static void add_to_mean(double *mean, const double *x, uint32_t n, uint32_t dim)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < dim; j++)
			mean[j] += x[(size_t)i * dim + j];
}

static void add_panel(struct axp_part *p, struct panel *panel)
{
	int dim = (int)p->dim, n = (int)panel->n;

	axp_blas_lock();
	cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, dim, n, 1, panel->x, dim, 1, p->cov,
		    dim);
	if (p->cross != p->cov)
		cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, dim, dim, n, 1, panel->x, dim,
			    panel->x0, dim, 1, p->cross, dim);
	axp_blas_unlock();
	panel->n = 0;
}

/**
 * struct source - where the windows of a part come from
 * @layer: of the part
 * @one: its shape for one sample
 * @w: associative
 * @q: its CAM
 * @fp32: FP32, may be NULL
 * @samples: used
 * @windows: of a sample
 * @taken: of all of them
 */
struct source {
	const struct axp_layer *layer;
	const struct axp_layer_shape *one;
	struct axp_walk *w;
	const struct axp_quantiser *q;
	struct axp_walk *fp32;
	uint32_t samples;
	uint64_t windows;
	uint64_t taken;
};

/*
 * Window number @next of @taken out of @total: one of each of @taken equal stretches,
 * not always the same place in it, or images of a power of two would always be seen
 * at the same pixel.
 */
static uint64_t choose(uint64_t next, uint64_t taken, uint64_t total)
{
	uint64_t from = (uint64_t)((unsigned __int128)next * total / taken);
	uint64_t to = (uint64_t)((unsigned __int128)(next + 1) * total / taken);

	return from + ((next * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % (to - from);
}

/* the windows of a part: sums of them, or (@add) their products about the means */
static void pass(const struct source *s, struct axp_part *p, struct panel *panel, double *mean,
		 double *mean0, bool add)
{
	uint64_t total = s->samples * s->windows;
	uint64_t in_elems = (uint64_t)s->one->c * s->one->h * s->one->w * s->one->n;
	uint64_t next = 0;

	panel->n = 0;
	for (uint32_t i = 0; i < s->w->nr_chunks && next < s->taken; i++) {
		uint64_t first = (uint64_t)i * s->w->chunk * s->windows;
		uint64_t end = first + axp_walk_chunk(s->w, i) * s->windows;
		const float *in = axp_walk_input(s->w, i);
		const float *in0 = s->fp32 ? axp_walk_input(s->fp32, i) : NULL;

		for (; next < s->taken; next++) {
			uint64_t at = choose(next, s->taken, total);
			uint64_t row, image, pixel;
			double *x = panel->x + (size_t)panel->n * p->dim;

			if (at >= end)
				break;
			row = (at - first) / s->windows;
			pixel = (at - first) % s->windows;
			image = row * in_elems;
			if (!s->layer->is_conv) {	/* each row is a window */
				image += pixel * s->one->c;
				pixel = 0;
			}
			take_window(x, s->layer, s->one, p, in + image, pixel, s->q);
			if (in0)
				take_window(panel->x0 + (size_t)panel->n * p->dim, s->layer,
					    s->one, p, in0 + image, pixel, NULL);
			if (++panel->n < PANEL && next + 1 < s->taken)
				continue;
			if (add) {
				centre(panel->x, panel->n, p->dim, mean);
				if (in0)
					centre(panel->x0, panel->n, p->dim, mean0);
				add_panel(p, panel);
			} else {
				add_to_mean(mean, panel->x, panel->n, p->dim);
				if (in0)
					add_to_mean(mean0, panel->x0, panel->n, p->dim);
				panel->n = 0;
			}
		}
	}
}

/* both triangles, and means of the products */
static void finish(struct axp_part *p, uint64_t n)
{
	size_t square = (size_t)p->dim * p->dim;

	for (uint32_t i = 0; i < p->dim; i++)
		for (uint32_t j = i + 1; j < p->dim; j++)
			p->cov[(size_t)i * p->dim + j] = p->cov[(size_t)j * p->dim + i];
	for (size_t i = 0; i < square; i++)
		p->cov[i] /= (double)n;
	for (size_t i = 0; p->cross != p->cov && i < square; i++)
		p->cross[i] /= (double)n;
}

static int take_part(const struct source *s, struct axp_part *p)
{
	double *mean = calloc(p->dim, sizeof(*mean)), *mean0 = calloc(p->dim, sizeof(*mean0));
	struct panel panel = { 0 };
	int err = -ENOMEM;

	panel.x = malloc((size_t)PANEL * p->dim * sizeof(*panel.x));
	panel.x0 = malloc((size_t)PANEL * p->dim * sizeof(*panel.x0));
	if (!mean || !mean0 || !panel.x || !panel.x0)
		goto out;
	pass(s, p, &panel, mean, mean0, false);
	for (uint32_t j = 0; j < p->dim; j++) {
		mean[j] /= (double)s->taken;
		mean0[j] /= (double)s->taken;
	}
	pass(s, p, &panel, mean, mean0, true);
	finish(p, s->taken);
	err = 0;
	for (uint32_t j = 0; j < p->dim; j++)
		if (!isfinite(p->cov[(size_t)j * p->dim + j]))
			err = -EINVAL;
out:
	free(panel.x);
	free(panel.x0);
	free(mean);
	free(mean0);
	return err;
}

int axp_moments_take(struct axp_moments *m, const struct axp_layer *layer,
		     const struct axp_layer_shape *one, struct axp_walk *w,
		     const struct axp_quantiser *q, struct axp_walk *fp32, uint32_t samples,
		     struct axp_diag *diag)
{
	struct source s = { layer, one, w, q, fp32, samples, 0, 0 };
	int err;

	memset(m, 0, sizeof(*m));
	s.windows = layer->is_conv ? (uint64_t)one->oh * one->ow * one->n : one->n;
	err = make_parts(m, layer, fp32);
	for (uint32_t i = 0; !err && i < m->nr; i++) {
		struct axp_part *p = &m->parts[i];

		s.taken = (uint64_t)p->dim * PER_COLUMN;
		if (s.taken < LEAST_WINDOWS)
			s.taken = LEAST_WINDOWS;
		if (s.taken > samples * s.windows)
			s.taken = samples * s.windows;
		err = take_part(&s, p);
	}
	if (err)
		axp_moments_clear(m);
	if (err == -EINVAL)
		return axp_fail(diag, err, "layer %s: an input is not finite on the calibration data",
				layer->name);
	return err ? axp_fail(diag, err, "layer %s: no memory for the moments of its inputs",
			      layer->name) : 0;
}
