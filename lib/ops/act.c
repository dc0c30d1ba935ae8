// SPDX-License-Identifier: BSD-2-Clause
/*
 * Activations, in binary64 where they are more than a comparison and rounded once.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "exact.h"
#include "op.h"

static int same_infer(struct axp_infer *inf)
{
	inf->out[0] = *inf->in[0];
	return 0;
}

static uint64_t elems_of(const struct axp_run *run)
{
	return axp_shape_span(&run->out_shape[0], 0, run->out_shape[0].ndim);
}

/* ---------------------------------------------------------- of one element */

struct slopes {
	float alpha, beta, gamma;
};

#define SLOPE(field, value)						\
	{ .name = #field, .kind = AXP_ATTR_FLOAT,			\
	  .offset = offsetof(struct slopes, field), .fdef = value }

static const struct axp_attr_spec leaky_attrs[] = { SLOPE(alpha, 0.01f), { .name = NULL } };
static const struct axp_attr_spec elu_attrs[] = { SLOPE(alpha, 1.0f), { .name = NULL } };
static const struct axp_attr_spec selu_attrs[] = {
	SLOPE(alpha, 1.67326319217681884765625f), SLOPE(gamma, 1.05070102214813232421875f),
	{ .name = NULL },
};
static const struct axp_attr_spec hard_attrs[] = {
	SLOPE(alpha, 0.2f), SLOPE(beta, 0.5f), { .name = NULL },
};

static inline float relu(float x, const struct slopes *a)
{
	(void)a;
	return x < 0.0f ? 0.0f : x;
}

static inline float leaky(float x, const struct slopes *a)
{
	return x < 0.0f ? a->alpha * x : x;
}

static inline float elu(float x, const struct slopes *a)
{
	return x < 0.0f ? (float)(a->alpha * axp_expm1(x)) : x;
}

static inline float selu(float x, const struct slopes *a)
{
	return (float)(a->gamma * (x > 0.0f ? (double)x : a->alpha * axp_expm1(x)));
}

static inline float sigmoid(float x, const struct slopes *a)
{
	double e = axp_exp(x < 0 ? (double)x : -(double)x);

	(void)a;
	return (float)(x < 0 ? e / (1 + e) : 1 / (1 + e));
}

static inline float hyperbolic(float x, const struct slopes *a)
{
	double e = axp_expm1(x < 0 ? 2 * (double)x : -2 * (double)x);

	(void)a;
	return (float)(x < 0 ? e / (2 + e) : -e / (2 + e));
}

static inline float hard_sigmoid(float x, const struct slopes *a)
{
	double y = (double)a->alpha * x + a->beta;

	return (float)(y < 0 ? 0 : y > 1 ? 1 : y);
}

static inline float hard_swish(float x, const struct slopes *a)
{
	double y = x / 6.0 + 0.5;

	(void)a;
	return (float)(x * (y < 0 ? 0 : y > 1 ? 1 : y));
}

static inline float down(float x, const struct slopes *a)
{
	(void)a;
	return floorf(x);
}

#define MAP(fn)								\
static int fn##_run(struct axp_run *run)				\
{									\
	uint64_t n = elems_of(run), i;					\
	const float *x = run->in[0];					\
	float *y = run->out[0];						\
									\
	for (i = 0; i < n; i++)						\
		y[i] = fn(x[i], run->attrs);				\
	return 0;							\
}

MAP(relu)
MAP(leaky)
MAP(elu)
MAP(selu)
MAP(sigmoid)
MAP(hyperbolic)
MAP(hard_sigmoid)
MAP(hard_swish)
MAP(down)

/* -------------------------------------------------------------------- Clip */

struct clip {
	float min, max;
};

/* what limits are when they are left out: binary32's own */
static const struct axp_attr_spec clip_attrs_6[] = {
	{ .name = "min", .kind = AXP_ATTR_FLOAT, .offset = offsetof(struct clip, min),
	  .fdef = -0x1.fffffep127f },
	{ .name = "max", .kind = AXP_ATTR_FLOAT, .offset = offsetof(struct clip, max),
	  .fdef = 0x1.fffffep127f },
	{ .name = NULL },
};

static int clip_floats(struct axp_run *run, float min, float max)
{
	uint64_t n = elems_of(run), i;
	const float *x = run->in[0];
	float *y = run->out[0];

	for (i = 0; i < n; i++) {
		float v = x[i] < min ? min : x[i];

		y[i] = v > max ? max : v;
	}
	return 0;
}

static int clip_6_run(struct axp_run *run)
{
	const struct clip *a = run->attrs;

	return clip_floats(run, a->min, a->max);
}

static int clip_infer(struct axp_infer *inf)
{
	static const char *const names[] = { NULL, "min", "max" };
	char text[128];
	uint32_t i;

	for (i = 1; i < inf->nr_in; i++) {
		if (!inf->in[i])
			continue;
		if (inf->in_type[i] != inf->in_type[0] || inf->in_type[0] == AXP_BOOL)
			return axp_fail(inf->diag, -EINVAL, "input %s is of type %s, not %s",
					names[i], axp_dtype_name(inf->in_type[i]),
					axp_dtype_name(inf->in_type[0]));
		if (axp_shape_span(inf->in[i], 0, inf->in[i]->ndim) != 1)
			return axp_fail(inf->diag, -EINVAL, "input %s is of shape %s, not a scalar",
					names[i], axp_shape_text(inf->in[i], text));
		inf->mixes |= !inf->constant[i];
	}
	inf->out[0] = *inf->in[0];
	return 0;
}

static int clip_11_run(struct axp_run *run)
{
	const void *lo = run->nr_in > 1 ? run->in[1] : NULL;
	const void *hi = run->nr_in > 2 ? run->in[2] : NULL;
	enum axp_dtype type = run->in_type[0];
	uint64_t n = elems_of(run), i;

	if (type == AXP_F32)
		return clip_floats(run, lo ? *(const float *)lo : -INFINITY,
				   hi ? *(const float *)hi : INFINITY);
	if (axp_dtype_is_float(type)) {
		double min = lo ? axp_elem_number(type, lo, 0) : -INFINITY;
		double max = hi ? axp_elem_number(type, hi, 0) : INFINITY;

		for (i = 0; i < n; i++) {
			double v = axp_elem_number(type, run->in[0], i);

			v = v < min ? min : v;
			axp_elem_set_number(type, run->out[0], i, v > max ? max : v);
		}
		return 0;
	}
	for (i = 0; i < n; i++) {
		int64_t v = axp_elem_int(type, run->in[0], i);

		if (lo && v < axp_elem_int(type, lo, 0))
			v = axp_elem_int(type, lo, 0);
		if (hi && v > axp_elem_int(type, hi, 0))
			v = axp_elem_int(type, hi, 0);
		axp_elem_set_int(type, run->out[0], i, v);
	}
	return 0;
}

/* ----------------------------------------------------------------- Softmax */

struct softmax {
	int64_t axis;
};

#define AXIS(value)							\
	{ .name = "axis", .kind = AXP_ATTR_INT,				\
	  .offset = offsetof(struct softmax, axis),			\
	  .min = -AXP_MAX_DIMS, .max = AXP_MAX_DIMS, .def = value }

static const struct axp_attr_spec softmax_attrs_1[] = { AXIS(1), { .name = NULL } };
static const struct axp_attr_spec softmax_attrs_13[] = { AXIS(-1), { .name = NULL } };

static int softmax_infer(struct axp_infer *inf)
{
	const struct softmax *a = inf->attrs;
	uint32_t axis;
	int err;

	err = axp_axis(a->axis, inf->in[0]->ndim, &axis, inf->diag);
	if (err)
		return err;
	inf->mixes = !axis;
	inf->out[0] = *inf->in[0];
	return 0;
}

/* before opset 13 the axis may be behind the last dimension: rows of one element */
static int softmax_1_infer(struct axp_infer *inf)
{
	const struct softmax *a = inf->attrs;

	if (a->axis != inf->in[0]->ndim)
		return softmax_infer(inf);
	inf->out[0] = *inf->in[0];
	return 0;
}

/* @n elements, @step apart */
static void softmax(const float *x, float *y, uint64_t n, uint64_t step, bool logarithm)
{
	float most = x[0];
	double sum = 0;
	uint64_t i;

	for (i = 1; i < n; i++)
		if (x[i * step] > most)
			most = x[i * step];
	for (i = 0; i < n; i++)
		sum += axp_exp((double)x[i * step] - most);
	if (logarithm) {
		sum = axp_log(sum);
		for (i = 0; i < n; i++)
			y[i * step] = (float)((double)x[i * step] - most - sum);
		return;
	}
	for (i = 0; i < n; i++)
		y[i * step] = (float)(axp_exp((double)x[i * step] - most) / sum);
}

static void softmax_over(struct axp_run *run, uint64_t outer, uint64_t n, uint64_t inner,
			 bool logarithm)
{
	const float *x = run->in[0];
	float *y = run->out[0];
	uint64_t i, j;

	for (i = 0; n && i < outer; i++)
		for (j = 0; j < inner; j++)
			softmax(x + i * n * inner + j, y + i * n * inner + j, n, inner,
				logarithm);
}

/* before opset 13: everything from the axis on is one row */
static int softmax_1(struct axp_run *run, bool logarithm)
{
	const struct softmax *a = run->attrs;
	const struct axp_shape *s = &run->out_shape[0];
	uint32_t axis = s->ndim;

	if (a->axis != s->ndim && axp_axis(a->axis, s->ndim, &axis, run->diag))
		return -EINVAL;
	softmax_over(run, axp_shape_span(s, 0, axis), axp_shape_span(s, axis, s->ndim), 1,
		     logarithm);
	return 0;
}

static int softmax_13(struct axp_run *run, bool logarithm)
{
	const struct softmax *a = run->attrs;
	const struct axp_shape *s = &run->out_shape[0];
	uint32_t axis;

	if (axp_axis(a->axis, s->ndim, &axis, run->diag))
		return -EINVAL;
	softmax_over(run, axp_shape_span(s, 0, axis), s->dim[axis],
		     axp_shape_span(s, axis + 1, s->ndim), logarithm);
	return 0;
}

static int softmax_1_run(struct axp_run *run)
{
	return softmax_1(run, false);
}

static int softmax_13_run(struct axp_run *run)
{
	return softmax_13(run, false);
}

static int log_softmax_1_run(struct axp_run *run)
{
	return softmax_1(run, true);
}

static int log_softmax_13_run(struct axp_run *run)
{
	return softmax_13(run, true);
}

#define MAP_ROW(op, first, specs, fn)					\
	{ .name = op, .since = first, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1, \
	  .attrs = specs, .attrs_size = sizeof(struct slopes),		\
	  .infer = same_infer, .run = fn, .const_from = 1 }
#define SOFTMAX(op, first, last, specs, in, fn)				\
	{ .name = op, .since = first, .until = last, .min_in = 1, .max_in = 1, \
	  .attrs = specs, .attrs_size = sizeof(struct softmax),		\
	  .infer = in, .run = fn, .const_from = 1 }

const struct axp_op axp_ops_act[] = {
	MAP_ROW("Relu", 6, NULL, relu_run),
	MAP_ROW("LeakyRelu", 6, leaky_attrs, leaky_run),
	MAP_ROW("Elu", 6, elu_attrs, elu_run),
	MAP_ROW("Selu", 6, selu_attrs, selu_run),
	MAP_ROW("Sigmoid", 6, NULL, sigmoid_run),
	MAP_ROW("HardSigmoid", 6, hard_attrs, hard_sigmoid_run),
	MAP_ROW("HardSwish", 14, NULL, hard_swish_run),
	MAP_ROW("Tanh", 6, NULL, hyperbolic_run),
	MAP_ROW("Floor", 6, NULL, down_run),
	{ .name = "Clip", .since = 6, .until = 10, .min_in = 1, .max_in = 1,
	  .attrs = clip_attrs_6, .attrs_size = sizeof(struct clip),
	  .infer = same_infer, .run = clip_6_run, .const_from = 1 },
	{ .name = "Clip", .since = 11, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 3,
	  .infer = clip_infer, .run = clip_11_run, .const_from = 3, .any_type = true },
	SOFTMAX("Softmax", 1, 12, softmax_attrs_1, softmax_1_infer, softmax_1_run),
	SOFTMAX("Softmax", 13, AXP_OPSET_MAX, softmax_attrs_13, softmax_infer, softmax_13_run),
	SOFTMAX("LogSoftmax", 1, 12, softmax_attrs_1, softmax_1_infer, log_softmax_1_run),
	SOFTMAX("LogSoftmax", 13, AXP_OPSET_MAX, softmax_attrs_13, softmax_infer,
		log_softmax_13_run),
	{ .name = NULL },
};
