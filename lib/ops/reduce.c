// SPDX-License-Identifier: BSD-2-Clause
/*
 * ReduceMean: sums in binary64, in the order of the elements, rounded once.
 */
#include <errno.h>

#include "op.h"

struct reduce {
	struct axp_ints axes;
	int64_t keepdims;
};

static const struct axp_attr_spec reduce_attrs[] = {
	{ .name = "axes", .kind = AXP_ATTR_INTS, .offset = offsetof(struct reduce, axes),
	  .min = -AXP_MAX_DIMS, .max = AXP_MAX_DIMS - 1 },
	{ .name = "keepdims", .kind = AXP_ATTR_INT, .offset = offsetof(struct reduce, keepdims),
	  .max = 1, .def = 1 },
	{ .name = NULL },
};

/* dimensions that go, as a bit mask; without axes all of them */
static int reduced(const struct reduce *a, uint32_t ndim, uint32_t *mask, struct axp_diag *diag)
{
	uint32_t i, axis;
	int err;

	*mask = a->axes.n ? 0 : (1u << ndim) - 1;
	for (i = 0; i < a->axes.n; i++) {
		err = axp_axis(a->axes.v[i], ndim, &axis, diag);
		if (err)
			return err;
		if (*mask & 1u << axis)
			return axp_fail(diag, -EINVAL, "axis %u is named twice", axis);
		*mask |= 1u << axis;
	}
	return 0;
}

static int reduce_infer(struct axp_infer *inf)
{
	const struct reduce *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	struct axp_shape *out = &inf->out[0];
	uint32_t mask, d;
	char text[128];
	int err;

	err = reduced(a, x->ndim, &mask, inf->diag);
	if (err)
		return err;
	for (d = 0; d < x->ndim; d++) {
		if (!(mask & 1u << d))
			out->dim[out->ndim++] = x->dim[d];
		else if (a->keepdims)
			out->dim[out->ndim++] = 1;
		if (mask & 1u << d && !x->dim[d])
			return axp_fail(inf->diag, -EINVAL, "input data of shape %s has no mean",
					axp_shape_text(x, text));
	}
	inf->mixes |= mask & 1;
	return 0;
}

static int mean_run(struct axp_run *run)
{
	const struct axp_shape *x = &run->in_shape[0], *out = &run->out_shape[0];
	uint64_t keep[AXP_MAX_DIMS], gone[AXP_MAX_DIMS], step[AXP_MAX_DIMS];
	uint64_t n = axp_shape_span(out, 0, out->ndim), count = 1, i, j;
	const float *from = run->in[0];
	float *y = run->out[0];
	uint32_t mask, d;
	int err;

	err = reduced(run->attrs, x->ndim, &mask, run->diag);
	if (err)
		return err;
	for (d = 0; d < x->ndim; d++) {
		step[d] = axp_shape_span(x, d + 1, x->ndim);
		keep[d] = 0;
		count *= mask & 1u << d ? x->dim[d] : 1;
	}
	for (i = 0; i < n; i++) {
		uint64_t at = 0;
		double sum = 0;

		for (d = 0; d < x->ndim; d++) {
			at += keep[d] * step[d];
			gone[d] = 0;
		}
		for (j = 0; j < count; j++) {
			sum += from[at];
			for (d = x->ndim; d-- > 0;) {
				if (!(mask & 1u << d))
					continue;
				at += step[d];
				if (++gone[d] < x->dim[d])
					break;
				at -= step[d] * x->dim[d];
				gone[d] = 0;
			}
		}
		y[i] = (float)(sum / (double)count);
		for (d = x->ndim; d-- > 0;) {
			if (mask & 1u << d)
				continue;
			if (++keep[d] < x->dim[d])
				break;
			keep[d] = 0;
		}
	}
	return 0;
}

const struct axp_op axp_ops_reduce[] = {
	{ .name = "ReduceMean", .since = 1, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .attrs = reduce_attrs, .attrs_size = sizeof(struct reduce),
	  .infer = reduce_infer, .run = mean_run, .const_from = 1 },
	{ .name = NULL },
};
