// SPDX-License-Identifier: BSD-2-Clause
/*
 * Activations. No libm: its functions differ between machines, and a network
 * must give the same bits wherever its layers do.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "op.h"

struct softmax {
	int64_t axis;
};

#define AXIS(value)							\
	{ .name = "axis", .kind = AXP_ATTR_INT,				\
	  .offset = offsetof(struct softmax, axis),			\
	  .min = -AXP_MAX_DIMS, .max = AXP_MAX_DIMS - 1, .def = value }

static const struct axp_attr_spec softmax_attrs_1[] = { AXIS(1), { .name = NULL } };
static const struct axp_attr_spec softmax_attrs_13[] = { AXIS(-1), { .name = NULL } };

static int same_infer(struct axp_infer *inf)
{
	inf->out = *inf->in[0];
	return 0;
}

static void relu_run(const struct axp_run *run)
{
	uint64_t n = axp_shape_span(&run->out_shape, 0, run->out_shape.ndim), i;

	for (i = 0; i < n; i++)
		run->out[i] = run->in[0][i] < 0.0f ? 0.0f : run->in[0][i];
}

static int softmax_infer(struct axp_infer *inf)
{
	const struct softmax *a = inf->attrs;
	uint32_t axis;
	int err;

	err = axp_axis(a->axis, inf->in[0]->ndim, &axis, inf->diag);
	if (err)
		return err;
	inf->mixes = !axis;
	inf->out = *inf->in[0];
	return 0;
}

/* e^x for x <= 0, about 1e-15 off: 2^k * e^r, |r| <= ln(2) / 2 */
static double exp_negative(double x)
{
	static const double ln2_hi = 0x1.62e42feep-1, ln2_lo = 0x1.a39ef35793c76p-33;
	double k, r, term = 1, sum = 1;
	uint64_t bits;
	int i;

	if (!(x > -700))
		return x != x ? x : 0;
	k = (double)(int)(x * 0x1.71547652b82fep0 - 0.5);
	r = x - k * ln2_hi - k * ln2_lo;
	for (i = 1; i < 14; i++) {
		term = term * r / i;
		sum += term;
	}
	bits = (uint64_t)((int)k + 1023) << 52;
	memcpy(&x, &bits, sizeof(x));
	return sum * x;
}

/* @n elements, @step apart */
static void softmax(const float *x, float *y, uint64_t n, uint64_t step)
{
	float most = x[0];
	double sum = 0;
	uint64_t i;

	for (i = 1; i < n; i++)
		if (x[i * step] > most)
			most = x[i * step];
	for (i = 0; i < n; i++)
		sum += exp_negative((double)x[i * step] - most);
	for (i = 0; i < n; i++)
		y[i * step] = (float)(exp_negative((double)x[i * step] - most) / sum);
}

static void softmax_over(const struct axp_run *run, uint64_t outer, uint64_t n, uint64_t inner)
{
	uint64_t i, j;

	for (i = 0; n && i < outer; i++)
		for (j = 0; j < inner; j++)
			softmax(run->in[0] + i * n * inner + j, run->out + i * n * inner + j,
				n, inner);
}

/* before opset 13: everything from the axis on is one row */
static void softmax_1_run(const struct axp_run *run)
{
	const struct softmax *a = run->attrs;
	const struct axp_shape *s = &run->out_shape;
	uint32_t axis;

	if (axp_axis(a->axis, s->ndim, &axis, NULL))
		return;		/* infer() has accepted the same arguments */
	softmax_over(run, axp_shape_span(s, 0, axis), axp_shape_span(s, axis, s->ndim), 1);
}

static void softmax_13_run(const struct axp_run *run)
{
	const struct softmax *a = run->attrs;
	const struct axp_shape *s = &run->out_shape;
	uint32_t axis;

	if (axp_axis(a->axis, s->ndim, &axis, NULL))
		return;		/* infer() has accepted the same arguments */
	softmax_over(run, axp_shape_span(s, 0, axis), s->dim[axis],
		     axp_shape_span(s, axis + 1, s->ndim));
}

const struct axp_op axp_ops_act[] = {
	{ .name = "Relu", .since = 6, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .infer = same_infer, .run = relu_run, .const_from = 1 },
	{ .name = "Softmax", .since = 1, .until = 12, .min_in = 1, .max_in = 1,
	  .attrs = softmax_attrs_1, .attrs_size = sizeof(struct softmax),
	  .infer = softmax_infer, .run = softmax_1_run, .const_from = 1 },
	{ .name = "Softmax", .since = 13, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .attrs = softmax_attrs_13, .attrs_size = sizeof(struct softmax),
	  .infer = softmax_infer, .run = softmax_13_run, .const_from = 1 },
	{ .name = NULL },
};
