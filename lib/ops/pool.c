// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pools. Averages are sums in binary64, in the order of the rows, rounded once.
 */
#include <errno.h>
#include <math.h>

#include "window.h"

struct pool {
	struct axp_window_attrs w;
	int64_t count_include_pad;
	int64_t storage_order;
};

#define POOL_ATTRS							\
	AXP_WINDOW_AUTO_PAD(struct pool),				\
	{ .name = "kernel_shape", .kind = AXP_ATTR_INTS, .required = true, \
	  .offset = offsetof(struct pool, w.kernel_shape), .min = 1, .max = INT32_MAX }, \
	AXP_WINDOW_INTS(struct pool, pads, 0),				\
	AXP_WINDOW_INTS(struct pool, strides, 1)

/* the column major order is of the indices, which are not supported */
#define STORAGE_ORDER							\
	{ .name = "storage_order", .kind = AXP_ATTR_INT,		\
	  .offset = offsetof(struct pool, storage_order), .min = 0, .max = 0 }

#define COUNT_INCLUDE_PAD						\
	{ .name = "count_include_pad", .kind = AXP_ATTR_INT,		\
	  .offset = offsetof(struct pool, count_include_pad), .max = 1 }

static const struct axp_attr_spec max_attrs_8[] = {
	POOL_ATTRS, STORAGE_ORDER, { .name = NULL },
};

static const struct axp_attr_spec max_attrs_10[] = {
	POOL_ATTRS, STORAGE_ORDER, AXP_WINDOW_CEIL(struct pool),
	AXP_WINDOW_INTS(struct pool, dilations, 1), { .name = NULL },
};

static const struct axp_attr_spec average_attrs_7[] = {
	POOL_ATTRS, COUNT_INCLUDE_PAD, { .name = NULL },
};

static const struct axp_attr_spec average_attrs_10[] = {
	POOL_ATTRS, COUNT_INCLUDE_PAD, AXP_WINDOW_CEIL(struct pool), { .name = NULL },
};

static int pool_infer(struct axp_infer *inf)
{
	const struct pool *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	struct axp_window win;
	uint32_t d;
	int err;

	err = axp_window_resolve(&win, &a->w, x, NULL, inf->diag);
	if (err)
		return err;
	/* every window must hold a cell of the image, or it has no value */
	for (d = 0; d < 2; d++) {
		uint64_t reach = win.dil[d] * (win.k[d] - 1) + 1;

		if (win.before[d] >= reach || win.after[d] >= reach)
			return axp_fail(inf->diag, -EINVAL,
					"attribute pads is %llu, the kernel reaches over %llu only",
					(unsigned long long)(win.before[d] >= reach ?
							     win.before[d] : win.after[d]),
					(unsigned long long)reach);
	}
	inf->out = (struct axp_shape){ 4, { x->dim[0], x->dim[1], win.out[0], win.out[1] } };
	return 0;
}

/* first and one past the last kernel cell of window @at that are in the image */
static void clip(const struct axp_window *win, uint32_t d, uint64_t at, uint64_t in,
		 uint64_t *from, uint64_t *to)
{
	uint64_t start = at * win->stride[d], pad = win->before[d], dil = win->dil[d];

	*from = start < pad ? (pad - start + dil - 1) / dil : 0;
	*to = start >= in + pad ? 0 : (in + pad - start + dil - 1) / dil;
	if (*to > win->k[d])
		*to = win->k[d];
}

static float largest(const struct axp_window *win, const float *x, uint64_t w,
		     const uint64_t at[2], const uint64_t from[2], const uint64_t to[2])
{
	float most = -INFINITY;
	uint64_t i, j;

	for (i = from[0]; i < to[0]; i++) {
		uint64_t y = at[0] * win->stride[0] + i * win->dil[0] - win->before[0];

		for (j = from[1]; j < to[1]; j++) {
			float v = x[y * w + at[1] * win->stride[1] + j * win->dil[1] -
				    win->before[1]];

			if (v > most || isnan(v))
				most = v;
		}
	}
	return most;
}

static double total(const struct axp_window *win, const float *x, uint64_t w,
		    const uint64_t at[2], const uint64_t from[2], const uint64_t to[2])
{
	double sum = 0;
	uint64_t i, j;

	for (i = from[0]; i < to[0]; i++) {
		uint64_t y = at[0] * win->stride[0] + i * win->dil[0] - win->before[0];

		for (j = from[1]; j < to[1]; j++)
			sum += x[y * w + at[1] * win->stride[1] + j * win->dil[1] -
				 win->before[1]];
	}
	return sum;
}

/* cells an average divides by when padding counts: not those past the padding */
static uint64_t padded_cells(const struct axp_window *win, const struct axp_shape *in,
			     const uint64_t at[2])
{
	uint64_t cells = 1;
	uint32_t d;

	for (d = 0; d < 2; d++) {
		uint64_t start = at[d] * win->stride[d];
		uint64_t end = in->dim[d + 2] + win->before[d] + win->after[d];

		cells *= start + win->k[d] < end ? win->k[d] : end - start;
	}
	return cells;
}

static void pool_run(const struct axp_run *run, bool average)
{
	const struct pool *a = run->attrs;
	const struct axp_shape *in = &run->in_shape[0];
	uint64_t plane = in->dim[2] * in->dim[3], p, at[2], from[2], to[2];
	const float *x = run->in[0];
	float *y = run->out;
	struct axp_window win;

	if (axp_window_resolve(&win, &a->w, in, NULL, NULL))
		return;		/* infer() has accepted the same arguments */
	for (p = 0; p < in->dim[0] * in->dim[1]; p++, x += plane) {
		for (at[0] = 0; at[0] < win.out[0]; at[0]++) {
			clip(&win, 0, at[0], in->dim[2], &from[0], &to[0]);
			for (at[1] = 0; at[1] < win.out[1]; at[1]++) {
				clip(&win, 1, at[1], in->dim[3], &from[1], &to[1]);
				if (!average) {
					*y++ = largest(&win, x, in->dim[3], at, from, to);
					continue;
				}
				*y++ = (float)(total(&win, x, in->dim[3], at, from, to) /
					(double)(a->count_include_pad ?
						 padded_cells(&win, in, at) :
						 (to[0] - from[0]) * (to[1] - from[1])));
			}
		}
	}
}

static void max_run(const struct axp_run *run)
{
	pool_run(run, false);
}

static void average_run(const struct axp_run *run)
{
	pool_run(run, true);
}

static int global_infer(struct axp_infer *inf)
{
	const struct axp_shape *x = inf->in[0];
	char text[128];
	uint32_t i;

	if (x->ndim < 3 || !axp_shape_span(x, 2, x->ndim))
		return axp_fail(inf->diag, -EINVAL, "input X is of shape %s, [N, C, ...] is wanted",
				axp_shape_text(x, text));
	inf->out = *x;
	for (i = 2; i < x->ndim; i++)
		inf->out.dim[i] = 1;
	return 0;
}

static void global_average_run(const struct axp_run *run)
{
	const struct axp_shape *in = &run->in_shape[0];
	uint64_t plane = axp_shape_span(in, 2, in->ndim), p, i;
	const float *x = run->in[0];

	for (p = 0; p < in->dim[0] * in->dim[1]; p++, x += plane) {
		double sum = 0;

		for (i = 0; i < plane; i++)
			sum += x[i];
		run->out[p] = (float)(sum / (double)plane);
	}
}

#define POOL(op, first, last, specs, fn)				\
	{ .name = op, .since = first, .until = last, .min_in = 1, .max_in = 1, \
	  .attrs = specs, .attrs_size = sizeof(struct pool),		\
	  .infer = pool_infer, .run = fn, .const_from = 1 }

const struct axp_op axp_ops_pool[] = {
	POOL("MaxPool", 8, 9, max_attrs_8, max_run),
	POOL("MaxPool", 10, AXP_OPSET_MAX, max_attrs_10, max_run),
	POOL("AveragePool", 7, 9, average_attrs_7, average_run),
	POOL("AveragePool", 10, AXP_OPSET_MAX, average_attrs_10, average_run),
	{ .name = "GlobalAveragePool", .since = 1, .until = AXP_OPSET_MAX,
	  .min_in = 1, .max_in = 1, .infer = global_infer, .run = global_average_run,
	  .const_from = 1 },
	{ .name = NULL },
};
