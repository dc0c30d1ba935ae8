// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pools. Averages are sums in binary64, in the order of the rows, rounded once.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

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

/* of the second output, the indices */
#define STORAGE_ORDER							\
	{ .name = "storage_order", .kind = AXP_ATTR_INT,		\
	  .offset = offsetof(struct pool, storage_order), .max = 1 }

#define COUNT_INCLUDE_PAD						\
	{ .name = "count_include_pad", .kind = AXP_ATTR_INT,		\
	  .offset = offsetof(struct pool, count_include_pad), .max = 1 }

static const struct axp_attr_spec pool_attrs_1[] = { POOL_ATTRS, { .name = NULL } };

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

/* @empty: a window may hold padding alone */
static int pool_infer(struct axp_infer *inf, bool empty)
{
	const struct pool *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	struct axp_window win;
	uint32_t d;
	int err;

	err = axp_window_resolve(&win, &a->w, x, AXP_WINDOW_DIMS, NULL, inf->diag);
	if (err)
		return err;
	inf->out[0] = *x;
	for (d = 0; d < win.nd; d++) {
		uint64_t reach = win.dil[d] * (win.k[d] - 1) + 1;

		if (!empty && (win.before[d] >= reach || win.after[d] >= reach))
			return axp_fail(inf->diag, -EINVAL,
					"attribute pads is %llu, the kernel reaches over %llu only",
					(unsigned long long)(win.before[d] >= reach ?
							     win.before[d] : win.after[d]),
					(unsigned long long)reach);
		inf->out[0].dim[d + 2] = win.out[d];
	}
	return 0;
}

static int max_infer(struct axp_infer *inf)
{
	enum axp_dtype type = inf->in_type[0];
	int err;

	if (type != AXP_F32 && type != AXP_U8 && type != AXP_I8)
		return axp_fail(inf->diag, -EOPNOTSUPP,
				"input X is of type %s, FLOAT, INT8 and UINT8 are supported",
				axp_dtype_name(type));
	if (inf->nr_out > 1) {
		/* indices count through the whole batch */
		inf->mixes = true;
		inf->out_type[1] = AXP_I64;
	}
	/* padding alone has no maximum */
	err = pool_infer(inf, false);
	if (!err && inf->nr_out > 1)
		inf->out[1] = inf->out[0];
	return err;
}

static int average_infer(struct axp_infer *inf)
{
	return pool_infer(inf, true);
}

/**
 * struct cells - the cells of an image that a window covers
 * @nd: directions
 * @from: first one
 * @step: from one to the next
 * @n: number of them
 * @stride: elements from one cell of the image to the next
 */
struct cells {
	uint32_t nd;
	uint64_t from[AXP_WINDOW_DIMS], step[AXP_WINDOW_DIMS], n[AXP_WINDOW_DIMS];
	uint64_t stride[AXP_WINDOW_DIMS];
};

/* direction @d of window @at: the kernel's cells that lie in an image @in long */
static void clip(const struct axp_window *win, uint32_t d, uint64_t at, uint64_t in,
		 struct cells *c)
{
	uint64_t start = at * win->stride[d], pad = win->before[d], dil = win->dil[d];
	uint64_t first = start < pad ? (pad - start + dil - 1) / dil : 0;
	uint64_t end = start >= in + pad ? 0 : (in + pad - start + dil - 1) / dil;

	if (end > win->k[d])
		end = win->k[d];
	c->from[d] = start + first * dil - pad;
	c->step[d] = dil;
	c->n[d] = end > first ? end - first : 0;
}

static void image_strides(struct cells *c, const struct axp_shape *in)
{
	uint64_t at = 1;
	uint32_t d;

	for (d = c->nd; d-- > 0; at *= in->dim[d + 2])
		c->stride[d] = at;
}

static uint64_t row_start(const struct cells *c, const uint64_t at[AXP_WINDOW_DIMS])
{
	uint64_t i = 0;
	uint32_t d;

	for (d = 0; d < c->nd; d++)
		i += (c->from[d] + at[d] * c->step[d]) * c->stride[d];
	return i;
}

/* the next row of cells; false behind the last */
static bool next_row(const struct cells *c, uint64_t at[AXP_WINDOW_DIMS])
{
	uint32_t d;

	for (d = c->nd - 1; d-- > 0;) {
		if (++at[d] < c->n[d])
			return true;
		at[d] = 0;
	}
	return false;
}

/* what padding counts as in a maximum */
static void least(enum axp_dtype type, void *y, uint64_t i)
{
	if (type == AXP_F32)
		axp_elem_set_number(type, y, i, -INFINITY);
	else
		axp_elem_set_int(type, y, i, type == AXP_I8 ? INT8_MIN : 0);
}

/* a window may cover padding alone */
static bool no_cells(const struct cells *c)
{
	uint32_t d;

	for (d = 0; d < c->nd; d++)
		if (!c->n[d])
			return true;
	return false;
}

/* index of the largest element, the first of equal ones; a NaN is the largest */
static uint64_t largest(const struct cells *c, const float *x)
{
	uint64_t at[AXP_WINDOW_DIMS] = { 0 }, last = c->nd - 1, i, j, most_at;
	float most;

	most_at = row_start(c, at);
	most = x[most_at];
	do {
		i = row_start(c, at);
		for (j = 0; j < c->n[last]; j++, i += c->step[last]) {
			if (x[i] > most || (isnan(x[i]) && !isnan(most))) {
				most = x[i];
				most_at = i;
			}
		}
	} while (next_row(c, at));
	return most_at;
}

static uint64_t largest_int(const struct cells *c, enum axp_dtype type, const void *x)
{
	uint64_t at[AXP_WINDOW_DIMS] = { 0 }, last = c->nd - 1, i, j, most_at;

	most_at = row_start(c, at);
	do {
		i = row_start(c, at);
		for (j = 0; j < c->n[last]; j++, i += c->step[last])
			if (axp_elem_int(type, x, i) > axp_elem_int(type, x, most_at))
				most_at = i;
	} while (next_row(c, at));
	return most_at;
}

static double total(const struct cells *c, const float *x)
{
	uint64_t at[AXP_WINDOW_DIMS] = { 0 }, last = c->nd - 1, i, j;
	double sum = 0;

	do {
		i = row_start(c, at);
		for (j = 0; j < c->n[last]; j++, i += c->step[last])
			sum += x[i];
	} while (next_row(c, at));
	return sum;
}

/* cells an average divides by when padding counts: not those past the padding */
static uint64_t padded_cells(const struct axp_window *win, const struct axp_shape *in,
			     const uint64_t at[AXP_WINDOW_DIMS])
{
	uint64_t cells = 1;
	uint32_t d;

	for (d = 0; d < win->nd; d++) {
		uint64_t start = at[d] * win->stride[d];
		uint64_t end = in->dim[d + 2] + win->before[d] + win->after[d];

		cells *= start + win->k[d] < end ? win->k[d] : end - start;
	}
	return cells;
}

/**
 * struct sweep - windows of a pool, one after the other
 * @win: resolved
 * @cells: of the window at @at
 * @at: window
 * @in: shape
 * @windows: of a plane
 * @plane: elements of an input plane
 */
struct sweep {
	struct axp_window win;
	struct cells cells;
	uint64_t at[AXP_WINDOW_DIMS];
	const struct axp_shape *in;
	uint64_t windows, plane;
};

static int sweep_start(struct sweep *s, const struct axp_run *run)
{
	const struct pool *a = run->attrs;
	uint32_t d;
	int err;

	memset(s, 0, sizeof(*s));
	s->in = &run->in_shape[0];
	err = axp_window_resolve(&s->win, &a->w, s->in, AXP_WINDOW_DIMS, NULL, run->diag);
	if (err)
		return err;
	s->cells.nd = s->win.nd;
	image_strides(&s->cells, s->in);
	s->windows = 1;
	for (d = 0; d < s->win.nd; d++) {
		s->windows *= s->win.out[d];
		clip(&s->win, d, 0, s->in->dim[d + 2], &s->cells);
	}
	s->plane = axp_shape_span(s->in, 2, s->in->ndim);
	return 0;
}

/* the window behind; behind the last comes the first again */
static void sweep_next(struct sweep *s)
{
	uint32_t d;

	for (d = s->win.nd; d-- > 0;) {
		bool wrap = ++s->at[d] == s->win.out[d];

		if (wrap)
			s->at[d] = 0;
		clip(&s->win, d, s->at[d], s->in->dim[d + 2], &s->cells);
		if (!wrap)
			return;
	}
}

/* indices in row-major order, or with the columns running fastest: ONNX's storage_order */
static int64_t index_of(const struct sweep *s, uint64_t plane, uint64_t i, int64_t column_major)
{
	uint64_t at[AXP_WINDOW_DIMS], index = 0, step = 1;
	uint32_t d, nd = s->win.nd;

	if (!column_major)
		return (int64_t)(plane * s->plane + i);
	for (d = nd; d-- > 0; i /= s->in->dim[d + 2])
		at[d] = i % s->in->dim[d + 2];
	for (d = 0; d < nd; step *= s->in->dim[d + 2], d++)
		index += at[d] * step;
	return (int64_t)(plane * s->plane + index);
}

static int max_run(struct axp_run *run)
{
	const struct pool *a = run->attrs;
	enum axp_dtype type = run->in_type[0];
	size_t size = axp_dtype_size(type);
	int64_t *index = run->nr_out > 1 ? run->out[1] : NULL;
	uint64_t planes, p, i, to = 0;
	struct sweep s;
	int err;

	err = sweep_start(&s, run);
	if (err)
		return err;
	planes = s.in->dim[0] * s.in->dim[1];
	for (p = 0; p < planes; p++) {
		const char *x = (const char *)run->in[0] + p * s.plane * size;

		for (i = 0; i < s.windows; i++, to++, sweep_next(&s)) {
			uint64_t at;

			if (no_cells(&s.cells)) {
				least(type, run->out[0], to);
				if (index)
					index[to] = -1;
				continue;
			}
			at = type == AXP_F32 ? largest(&s.cells, (const void *)x) :
					       largest_int(&s.cells, type, x);
			if (run->out[0])
				memcpy((char *)run->out[0] + to * size, x + at * size, size);
			if (index)
				index[to] = index_of(&s, p, at, a->storage_order);
		}
	}
	return 0;
}

static int average_run(struct axp_run *run)
{
	const struct pool *a = run->attrs;
	uint64_t planes, p, i;
	float *y = run->out[0];
	struct sweep s;
	uint32_t d;
	int err;

	err = sweep_start(&s, run);
	if (err)
		return err;
	planes = s.in->dim[0] * s.in->dim[1];
	for (p = 0; p < planes; p++) {
		const float *x = (const float *)run->in[0] + p * s.plane;

		for (i = 0; i < s.windows; i++, sweep_next(&s)) {
			uint64_t n = 1;

			for (d = 0; d < s.win.nd; d++)
				n *= s.cells.n[d];
			/* of padding alone: 0 if it counts, else there is no mean */
			*y++ = (float)((no_cells(&s.cells) ? 0 : total(&s.cells, x)) /
				       (double)(a->count_include_pad ?
						padded_cells(&s.win, s.in, s.at) : n));
		}
	}
	return 0;
}

static int global_infer(struct axp_infer *inf)
{
	const struct axp_shape *x = inf->in[0];
	char text[128];
	uint32_t i;

	if (x->ndim < 3 || !axp_shape_span(x, 2, x->ndim))
		return axp_fail(inf->diag, -EINVAL, "input X is of shape %s, [N, C, ...] is wanted",
				axp_shape_text(x, text));
	inf->out[0] = *x;
	for (i = 2; i < x->ndim; i++)
		inf->out[0].dim[i] = 1;
	return 0;
}

static int global_average_run(struct axp_run *run)
{
	const struct axp_shape *in = &run->in_shape[0];
	uint64_t plane = axp_shape_span(in, 2, in->ndim), p, i;
	const float *x = run->in[0];
	float *y = run->out[0];

	for (p = 0; p < in->dim[0] * in->dim[1]; p++, x += plane) {
		double sum = 0;

		for (i = 0; i < plane; i++)
			sum += x[i];
		y[p] = (float)(sum / (double)plane);
	}
	return 0;
}

static int global_max_run(struct axp_run *run)
{
	const struct axp_shape *in = &run->in_shape[0];
	uint64_t plane = axp_shape_span(in, 2, in->ndim), p, i;
	const float *x = run->in[0];
	float *y = run->out[0];

	for (p = 0; p < in->dim[0] * in->dim[1]; p++, x += plane) {
		float most = x[0];

		for (i = 1; i < plane; i++)
			if (x[i] > most || (isnan(x[i]) && !isnan(most)))
				most = x[i];
		y[p] = most;
	}
	return 0;
}

#define MAX_POOL(first, last, specs)					\
	{ .name = "MaxPool", .since = first, .until = last, .min_in = 1, .max_in = 1, \
	  .max_out = 2, .attrs = specs, .attrs_size = sizeof(struct pool), \
	  .infer = max_infer, .run = max_run, .const_from = 1, .any_type = true }
#define AVERAGE_POOL(first, last, specs)				\
	{ .name = "AveragePool", .since = first, .until = last, .min_in = 1, .max_in = 1, \
	  .attrs = specs, .attrs_size = sizeof(struct pool),		\
	  .infer = average_infer, .run = average_run, .const_from = 1 }
#define GLOBAL_POOL(op, fn)						\
	{ .name = op, .since = 1, .until = AXP_OPSET_MAX,		\
	  .min_in = 1, .max_in = 1, .infer = global_infer, .run = fn, .const_from = 1 }

const struct axp_op axp_ops_pool[] = {
	MAX_POOL(1, 7, pool_attrs_1),
	MAX_POOL(8, 9, max_attrs_8),
	MAX_POOL(10, AXP_OPSET_MAX, max_attrs_10),
	AVERAGE_POOL(1, 6, pool_attrs_1),
	AVERAGE_POOL(7, 9, average_attrs_7),
	AVERAGE_POOL(10, AXP_OPSET_MAX, average_attrs_10),
	GLOBAL_POOL("GlobalAveragePool", global_average_run),
	GLOBAL_POOL("GlobalMaxPool", global_max_run),
	{ .name = NULL },
};
