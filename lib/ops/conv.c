// SPDX-License-Identifier: BSD-2-Clause
/*
 * Conv: always a layer. Weights [OC, C / group, (KH,) KW], bias [OC]; in one
 * direction it is a layer of height 1. ConvTranspose runs on the host, in FP32.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "window.h"

struct conv {
	struct axp_window_attrs w;
	int64_t group;
	struct axp_ints output_padding, output_shape;
};

#define CONV_ATTRS							\
	AXP_WINDOW_AUTO_PAD(struct conv),				\
	AXP_WINDOW_INTS(struct conv, dilations, 1),			\
	{ .name = "group", .kind = AXP_ATTR_INT, .offset = offsetof(struct conv, group), \
	  .min = 1, .max = INT32_MAX, .def = 1 },			\
	AXP_WINDOW_INTS(struct conv, kernel_shape, 1),			\
	AXP_WINDOW_INTS(struct conv, pads, 0),				\
	AXP_WINDOW_INTS(struct conv, strides, 1)

static const struct axp_attr_spec conv_attrs[] = {
	CONV_ATTRS,
	{ .name = NULL },
};

static const struct axp_attr_spec transpose_attrs[] = {
	CONV_ATTRS,
	{ .name = "output_padding", .kind = AXP_ATTR_INTS,
	  .offset = offsetof(struct conv, output_padding), .max = INT32_MAX },
	{ .name = "output_shape", .kind = AXP_ATTR_INTS,
	  .offset = offsetof(struct conv, output_shape), .min = 1, .max = INT32_MAX },
	{ .name = NULL },
};

static int check_bias(const struct axp_shape *b, uint64_t oc, struct axp_diag *diag)
{
	char text[128];

	if (!b || (b->ndim == 1 && b->dim[0] == oc))
		return 0;
	return axp_fail(diag, -EINVAL, "input B is of shape %s, [%llu] is wanted",
			axp_shape_text(b, text), (unsigned long long)oc);
}

/* -------------------------------------------------------------------- Conv */

static int check(const struct conv *a, const struct axp_shape *x, const struct axp_shape *w,
		 struct axp_window *win, struct axp_diag *diag)
{
	uint64_t group = (uint64_t)a->group;
	char text[128], image[128];
	int err;

	if (w->ndim != 3 && w->ndim != 4)
		return axp_fail(diag, -EOPNOTSUPP,
				"input W is of shape %s, [OC, C, KW] and [OC, C, KH, KW] are supported",
				axp_shape_text(w, text));
	if (x->ndim != w->ndim)
		return axp_fail(diag, -EINVAL, "input X is of shape %s, the weights are of shape %s",
				axp_shape_text(x, image), axp_shape_text(w, text));
	err = axp_window_resolve(win, &a->w, x, 2, &w->dim[2], diag);
	if (err)
		return err;
	if (!w->dim[0] || !w->dim[1])
		return axp_fail(diag, -EINVAL, "input W is empty, shape %s",
				axp_shape_text(w, text));
	if (w->dim[1] * group != x->dim[1])
		return axp_fail(diag, -EINVAL,
				"input X has %llu channels, the weights take %llu in %llu groups",
				(unsigned long long)x->dim[1], (unsigned long long)w->dim[1],
				(unsigned long long)group);
	if (w->dim[0] % group)
		return axp_fail(diag, -EINVAL,
				"%llu output channels are not divisible by attribute group %llu",
				(unsigned long long)w->dim[0], (unsigned long long)group);
	return 0;
}

static int conv_infer(struct axp_infer *inf)
{
	struct axp_window win;
	uint32_t d;
	int err;

	err = check(inf->attrs, inf->in[0], inf->in[1], &win, inf->diag);
	if (err)
		return err;
	inf->out[0] = *inf->in[0];
	inf->out[0].dim[1] = inf->in[1]->dim[0];
	for (d = 0; d < win.nd; d++)
		inf->out[0].dim[d + 2] = win.out[d];
	return 0;
}

static int conv_layer(struct axp_layer *l, struct axp_node *node, const struct axp_shape *x,
		      const struct axp_tensor *const *constant, struct axp_diag *diag)
{
	const struct conv *a = node->attrs;
	const struct axp_tensor *w = constant[1];
	struct axp_window win;
	uint32_t row;
	int err;

	err = check(a, x, &w->shape, &win, diag);
	if (err)
		return err;
	l->is_conv = true;
	l->one_d = win.nd == 1;
	row = win.nd - 1;
	l->oc = (uint32_t)w->shape.dim[0];
	l->cg = (uint32_t)w->shape.dim[1];
	l->groups = (uint32_t)a->group;
	l->kh = l->one_d ? 1 : (uint32_t)win.k[0];
	l->stride_h = l->one_d ? 1 : (uint32_t)win.stride[0];
	l->dil_h = l->one_d ? 1 : (uint32_t)win.dil[0];
	l->pad_top = l->one_d ? 0 : (uint32_t)win.before[0];
	l->pad_bottom = l->one_d ? 0 : (uint32_t)win.after[0];
	l->kw = (uint32_t)win.k[row];
	l->stride_w = (uint32_t)win.stride[row];
	l->dil_w = (uint32_t)win.dil[row];
	l->pad_left = (uint32_t)win.before[row];
	l->pad_right = (uint32_t)win.after[row];
	l->nr_weights = w->elems;
	err = check_bias(constant[2] ? &constant[2]->shape : NULL, l->oc, diag);
	if (err)
		return err;
	l->weights = w->data;
	l->bias = calloc(l->oc, sizeof(float));
	if (!l->bias)
		return -ENOMEM;
	if (constant[2])
		memcpy(l->bias, constant[2]->data, l->oc * sizeof(float));
	return 0;
}

/* ----------------------------------------------------------- ConvTranspose */

/* what a stride of the input becomes in the output, with the padding cut off */
static int transposed(const struct conv *a, const struct axp_shape *x,
		      const struct axp_shape *w, struct axp_window *win, struct axp_diag *diag)
{
	uint32_t nd = x->ndim - 2, d;
	char text[128], image[128];
	int err;

	if (x->ndim < 3 || nd > AXP_WINDOW_DIMS || w->ndim != x->ndim)
		return axp_fail(diag, -EOPNOTSUPP,
				"input X is of shape %s and W of %s, one to %u directions are supported",
				axp_shape_text(x, image), axp_shape_text(w, text),
				AXP_WINDOW_DIMS);
	err = axp_window_check_counts(&a->w, nd, diag);
	if (err)
		return err;
	if ((a->output_padding.n && a->output_padding.n != nd) ||
	    (a->output_shape.n && a->output_shape.n != nd && a->output_shape.n != nd + 2))
		return axp_fail(diag, -EINVAL,
				"attribute output_padding or output_shape is not of %u values", nd);
	if (w->dim[0] != x->dim[1] || w->dim[0] % (uint64_t)a->group || !w->dim[1])
		return axp_fail(diag, -EINVAL,
				"input X has %llu channels, W is of shape %s in %lld groups",
				(unsigned long long)x->dim[1], axp_shape_text(w, text),
				(long long)a->group);
	memset(win, 0, sizeof(*win));
	win->nd = nd;
	for (d = 0; d < nd; d++) {
		int64_t extra = a->output_padding.n ? a->output_padding.v[d] : 0;
		uint64_t full, total;

		win->k[d] = w->dim[d + 2];
		if (a->w.kernel_shape.n && (uint64_t)a->w.kernel_shape.v[d] != win->k[d])
			return axp_fail(diag, -EINVAL,
					"attribute kernel_shape is %lld, the weights have %llu",
					(long long)a->w.kernel_shape.v[d],
					(unsigned long long)win->k[d]);
		win->stride[d] = a->w.strides.n ? (uint64_t)a->w.strides.v[d] : 1;
		win->dil[d] = a->w.dilations.n ? (uint64_t)a->w.dilations.v[d] : 1;
		if (!win->k[d] || !x->dim[d + 2] || win->k[d] > INT32_MAX ||
		    x->dim[d + 2] > INT32_MAX)
			return axp_fail(diag, -EINVAL, "the kernel or the input is empty");
		full = (x->dim[d + 2] - 1) * win->stride[d] + win->dil[d] * (win->k[d] - 1) + 1 +
		       (uint64_t)extra;
		if (a->output_shape.n)
			win->out[d] = (uint64_t)a->output_shape.v[d + a->output_shape.n - nd];
		else if (a->w.auto_pad == AXP_PAD_SAME_UPPER ||
			 a->w.auto_pad == AXP_PAD_SAME_LOWER)
			win->out[d] = x->dim[d + 2] * win->stride[d];
		if (win->out[d]) {
			total = full > win->out[d] ? full - win->out[d] : 0;
			win->before[d] = a->w.auto_pad == AXP_PAD_SAME_UPPER ? total / 2 :
					 total - total / 2;
			continue;
		}
		win->before[d] = a->w.pads.n ? (uint64_t)a->w.pads.v[d] : 0;
		total = win->before[d] + (a->w.pads.n ? (uint64_t)a->w.pads.v[d + nd] : 0);
		if (total >= full)
			return axp_fail(diag, -EINVAL,
					"attribute pads takes away %llu, the output has %llu",
					(unsigned long long)total, (unsigned long long)full);
		win->out[d] = full - total;
	}
	return 0;
}

static int transpose_infer(struct axp_infer *inf)
{
	const struct conv *a = inf->attrs;
	struct axp_window win;
	uint32_t d;
	int err;

	err = transposed(a, inf->in[0], inf->in[1], &win, inf->diag);
	if (err)
		return err;
	inf->out[0] = *inf->in[0];
	inf->out[0].dim[1] = inf->in[1]->dim[1] * (uint64_t)a->group;
	for (d = 0; d < win.nd; d++)
		inf->out[0].dim[d + 2] = win.out[d];
	return check_bias(inf->nr_in > 2 ? inf->in[2] : NULL, inf->out[0].dim[1], inf->diag);
}

/**
 * struct spread - where a cell of the kernel puts an input plane
 * @win: resolved
 * @x: input shape
 * @first: by direction: the first input element that lands in the output
 * @end: one past the last
 */
struct spread {
	const struct axp_window *win;
	const struct axp_shape *x;
	int64_t first[AXP_WINDOW_DIMS], end[AXP_WINDOW_DIMS];
};

static int64_t place_of(const struct axp_window *win, uint32_t d, int64_t in, uint64_t cell)
{
	return in * (int64_t)win->stride[d] + (int64_t)(cell * win->dil[d]) -
	       (int64_t)win->before[d];
}

static void reach(struct spread *s, const uint64_t cell[AXP_WINDOW_DIMS])
{
	uint32_t d;

	for (d = 0; d < s->win->nd; d++) {
		int64_t stride = (int64_t)s->win->stride[d], n = (int64_t)s->x->dim[d + 2];
		int64_t at = place_of(s->win, d, 0, cell[d]);
		int64_t out = (int64_t)s->win->out[d];

		s->first[d] = at >= 0 ? 0 : (-at + stride - 1) / stride;
		s->end[d] = at >= out ? 0 : (out - at + stride - 1) / stride;
		if (s->end[d] > n)
			s->end[d] = n;
	}
}

/* y += w * x, where the cell puts it */
static void spread_plane(const struct spread *s, const uint64_t cell[AXP_WINDOW_DIMS], float w,
			 const float *x, float *y)
{
	const struct axp_window *win = s->win;
	uint32_t nd = win->nd, last = nd - 1, d;
	int64_t at[AXP_WINDOW_DIMS];
	int64_t j, stride = (int64_t)win->stride[last];

	for (d = 0; d < nd; d++) {
		if (s->first[d] >= s->end[d])
			return;
		at[d] = s->first[d];
	}
	for (;;) {
		int64_t from = 0, to = 0;

		for (d = 0; d < last; d++) {
			from = (from + at[d]) * (int64_t)s->x->dim[d + 3];
			to = (to + place_of(win, d, at[d], cell[d])) * (int64_t)win->out[d + 1];
		}
		to += place_of(win, last, 0, cell[last]);
		for (j = s->first[last]; j < s->end[last]; j++)
			y[to + j * stride] += w * x[from + j];
		for (d = last; d-- > 0;) {
			if (++at[d] < s->end[d])
				break;
			at[d] = s->first[d];
		}
		if (d == UINT32_MAX)
			return;
	}
}

static int transpose_run(struct axp_run *run)
{
	const struct conv *a = run->attrs;
	const struct axp_shape *x = &run->in_shape[0], *w = &run->in_shape[1];
	const struct axp_shape *y = &run->out_shape[0];
	const float *bias = run->nr_in > 2 ? run->in[2] : NULL;
	uint64_t og = w->dim[1], cg = w->dim[0] / (uint64_t)a->group;
	uint64_t in_plane = axp_shape_span(x, 2, x->ndim);
	uint64_t out_plane = axp_shape_span(y, 2, y->ndim);
	uint64_t cells = axp_shape_span(w, 2, w->ndim), n, o, c, k, i;
	struct axp_window win;
	int err;

	err = transposed(a, x, w, &win, run->diag);
	if (err)
		return err;
	for (n = 0; n < y->dim[0] * y->dim[1]; n++) {
		float *to = (float *)run->out[0] + n * out_plane;
		struct spread s = { .win = &win, .x = x };

		o = n % y->dim[1];
		for (i = 0; i < out_plane; i++)
			to[i] = bias ? bias[o] : 0.0f;
		for (c = o / og * cg; c < (o / og + 1) * cg; c++) {
			const float *from = (const float *)run->in[0] +
				(n / y->dim[1] * x->dim[1] + c) * in_plane;
			const float *wgt = (const float *)run->in[1] +
				(c * og + o % og) * cells;

			for (k = 0; k < cells; k++) {
				uint64_t cell[AXP_WINDOW_DIMS], rest = k;
				uint32_t d;

				for (d = win.nd; d-- > 0; rest /= win.k[d])
					cell[d] = rest % win.k[d];
				reach(&s, cell);
				spread_plane(&s, cell, wgt[k], from, to);
			}
		}
	}
	return 0;
}

const struct axp_op axp_ops_conv[] = {
	{ .name = "Conv", .since = 1, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 3,
	  .attrs = conv_attrs, .attrs_size = sizeof(struct conv),
	  .infer = conv_infer, .const_from = 1, .layer = conv_layer },
	{ .name = "ConvTranspose", .since = 1, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 3,
	  .attrs = transpose_attrs, .attrs_size = sizeof(struct conv),
	  .infer = transpose_infer, .run = transpose_run, .const_from = 1 },
	{ .name = NULL },
};
