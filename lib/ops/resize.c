// SPDX-License-Identifier: BSD-2-Clause
/*
 * Resize and, of old exports, Upsample. An output element is a sum over the product
 * of taps of each dimension; a dimension that keeps its size has one tap.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "op.h"

enum { NEAREST, LINEAR, CUBIC };
enum { HALF_PIXEL, PYTORCH, ALIGN, ASYMMETRIC, CROP, TF_HALF };
enum { ROUND_FLOOR, ROUND_CEIL, FLOOR, CEIL };

static const char *const upsample_words[] = { "nearest", "linear", NULL };
static const char *const mode_words[] = { "nearest", "linear", "cubic", NULL };
static const char *const coordinate_words[] = {
	"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
	"tf_crop_and_resize", NULL,
};
static const char *const coordinate_words_11[] = {
	"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
	"tf_crop_and_resize", "tf_half_pixel_for_nn", NULL,
};
static const char *const nearest_words[] = {
	"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL,
};

struct resize {
	uint32_t mode, coordinates, nearest;
	float cubic, extrapolation;
	int64_t exclude_outside;
	struct axp_floats scales;
};

#define MODE(list)							\
	{ .name = "mode", .kind = AXP_ATTR_WORD,			\
	  .offset = offsetof(struct resize, mode), .words = list }

static const struct axp_attr_spec upsample_attrs_7[] = {
	MODE(upsample_words),
	{ .name = "scales", .kind = AXP_ATTR_FLOATS, .offset = offsetof(struct resize, scales),
	  .required = true },
	{ .name = NULL },
};

static const struct axp_attr_spec resize_attrs_10[] = {
	MODE(upsample_words), { .name = NULL },
};

#define RESIZE_ATTRS(coordinates_list)					\
	MODE(mode_words),						\
	{ .name = "coordinate_transformation_mode", .kind = AXP_ATTR_WORD, \
	  .offset = offsetof(struct resize, coordinates), .words = coordinates_list }, \
	{ .name = "cubic_coeff_a", .kind = AXP_ATTR_FLOAT,		\
	  .offset = offsetof(struct resize, cubic), .fdef = -0.75f },	\
	{ .name = "exclude_outside", .kind = AXP_ATTR_INT,		\
	  .offset = offsetof(struct resize, exclude_outside), .max = 1 }, \
	{ .name = "extrapolation_value", .kind = AXP_ATTR_FLOAT,	\
	  .offset = offsetof(struct resize, extrapolation) },		\
	{ .name = "nearest_mode", .kind = AXP_ATTR_WORD,		\
	  .offset = offsetof(struct resize, nearest), .words = nearest_words }

static const struct axp_attr_spec resize_attrs_11[] = {
	RESIZE_ATTRS(coordinate_words_11), { .name = NULL },
};

static const struct axp_attr_spec resize_attrs_13[] = {
	RESIZE_ATTRS(coordinate_words), { .name = NULL },
};

/*
 * Output size of a dimension by a scale, which must be a number above 0. The product is
 * one of binary32, as in ONNX's shape inference and in onnxruntime: 10 by 0.7 is 7.
 */
static int scaled(struct axp_infer *inf, uint32_t d, float scale)
{
	float n = floorf((float)inf->in[0]->dim[d] * scale);

	if (!(scale > 0) || !(n <= (float)AXP_MAX_ELEMS))
		return axp_fail(inf->diag, -EINVAL, "the scale of dimension %u is %g", d,
				(double)scale);
	inf->out[0].dim[d] = (uint64_t)n;
	return 0;
}

static int check_size(struct axp_infer *inf, const char *name, uint64_t n)
{
	if (n == inf->in[0]->ndim)
		return 0;
	return axp_fail(inf->diag, -EINVAL, "%s holds %llu values, the input has %u dimensions",
			name, (unsigned long long)n, inf->in[0]->ndim);
}

static int finish_infer(struct axp_infer *inf)
{
	const struct resize *a = inf->attrs;
	char text[128];

	if (!axp_shape_span(inf->in[0], 0, inf->in[0]->ndim))
		return axp_fail(inf->diag, -EINVAL, "input X is empty, shape %s",
				axp_shape_text(inf->in[0], text));
	inf->mixes |= inf->in[0]->ndim && (inf->out[0].dim[0] != inf->in[0]->dim[0] ||
					   a->coordinates == CROP);
	return 0;
}

static int upsample_7_infer(struct axp_infer *inf)
{
	const struct resize *a = inf->attrs;
	uint32_t d;
	int err;

	inf->out[0].ndim = inf->in[0]->ndim;
	err = check_size(inf, "attribute scales", a->scales.n);
	for (d = 0; d < inf->in[0]->ndim && !err; d++)
		err = scaled(inf, d, a->scales.v[d]);
	return err ? err : finish_infer(inf);
}

static int scales_infer(struct axp_infer *inf, const struct axp_tensor *t)
{
	uint32_t d;
	int err;

	if (t->dtype != AXP_F32 || t->shape.ndim != 1)
		return axp_fail(inf->diag, -EINVAL, "input scales is not a list of FLOAT values");
	inf->out[0].ndim = inf->in[0]->ndim;
	err = check_size(inf, "input scales", t->elems);
	for (d = 0; d < inf->in[0]->ndim && !err; d++)
		err = scaled(inf, d, ((const float *)t->data)[d]);
	return err ? err : finish_infer(inf);
}

static int scales_10_infer(struct axp_infer *inf)
{
	return scales_infer(inf, inf->constant[1]);
}

static int sizes_infer(struct axp_infer *inf, const struct axp_tensor *t)
{
	uint32_t d;
	int err;

	err = axp_int_list(t, "sizes", inf->diag);
	if (!err)
		err = check_size(inf, "input sizes", t->elems);
	if (err)
		return err;
	inf->out[0].ndim = inf->in[0]->ndim;
	for (d = 0; d < inf->in[0]->ndim; d++) {
		int64_t v = axp_tensor_int(t, d);

		if (v < 0)
			return axp_fail(inf->diag, -EINVAL, "input sizes, element %u, is %lld", d,
					(long long)v);
		inf->out[0].dim[d] = (uint64_t)v;
	}
	return finish_infer(inf);
}

static int resize_11_infer(struct axp_infer *inf)
{
	const struct resize *a = inf->attrs;
	const struct axp_tensor *roi = inf->constant[1];
	const struct axp_tensor *scales = inf->nr_in > 2 ? inf->constant[2] : NULL;
	const struct axp_tensor *sizes = inf->nr_in > 3 ? inf->constant[3] : NULL;

	if (a->coordinates == CROP &&
	    (!roi || !axp_dtype_is_float(roi->dtype) || roi->elems != 2ull * inf->in[0]->ndim))
		return axp_fail(inf->diag, -EINVAL, "input roi is not of %u values",
				2 * inf->in[0]->ndim);
	/* an empty list is one that is left out */
	if (scales && !scales->elems)
		scales = NULL;
	if (sizes && !sizes->elems)
		sizes = NULL;
	if (!scales == !sizes)
		return axp_fail(inf->diag, -EINVAL,
				"one of the inputs scales and sizes is wanted");
	return scales ? scales_infer(inf, scales) : sizes_infer(inf, sizes);
}

/**
 * struct axis - one dimension of a resize
 * @in: length of the input
 * @out: length of the output
 * @scale: of the lengths
 * @start: of the region of interest, in parts of the input
 * @end: of the region of interest
 */
struct axis {
	int64_t in, out;
	double scale, start, end;
};

/**
 * struct taps - input elements an output element is made of, in one dimension
 * @n: number of them; 0: outside, the extrapolation value
 * @at: which
 * @weight: of each
 */
struct taps {
	uint32_t n;
	int64_t at[4];
	double weight[4];
};

/*
 * ONNX: coordinate_transformation_mode. As in its reference, the length that corners
 * are aligned by is the scaled one before it is cut to an integer.
 */
static double coordinate(const struct resize *a, const struct axis *x, int64_t i)
{
	double length = x->scale * (double)x->in;

	switch (a->coordinates) {
	case ALIGN:
		return length == 1 ? 0 : (double)i * (double)(x->in - 1) / (length - 1);
	case ASYMMETRIC:
		return (double)i / x->scale;
	case PYTORCH:
		return x->out == 1 ? 0 : ((double)i + 0.5) / x->scale - 0.5;
	case TF_HALF:
		return ((double)i + 0.5) / x->scale;
	case CROP:
		if (length == 1)
			return 0.5 * (x->start + x->end) * (double)(x->in - 1);
		return x->start * (double)(x->in - 1) +
		       (double)i * (x->end - x->start) * (double)(x->in - 1) / (length - 1);
	default:
		return ((double)i + 0.5) / x->scale - 0.5;
	}
}

static int64_t clamp(int64_t i, int64_t n)
{
	return i < 0 ? 0 : i < n ? i : n - 1;
}

static int64_t nearest_to(const struct resize *a, double x)
{
	double down = floor(x), up = ceil(x);

	switch (a->nearest) {
	case FLOOR:
		return (int64_t)down;
	case CEIL:
		return (int64_t)up;
	case ROUND_CEIL:
		return (int64_t)(x - down < 0.5 ? down : up);
	default:
		return (int64_t)(x - down <= 0.5 ? down : up);
	}
}

static void cubic_taps(const struct resize *a, const struct axis *x, double at, struct taps *t)
{
	double base = floor(at), r = at - base, A = a->cubic, sum = 0;
	uint32_t i;

	t->n = 4;
	t->weight[0] = ((A * (r + 1) - 5 * A) * (r + 1) + 8 * A) * (r + 1) - 4 * A;
	t->weight[1] = ((A + 2) * r - (A + 3)) * r * r + 1;
	t->weight[2] = ((A + 2) * (1 - r) - (A + 3)) * (1 - r) * (1 - r) + 1;
	t->weight[3] = ((A * (2 - r) - 5 * A) * (2 - r) + 8 * A) * (2 - r) - 4 * A;
	for (i = 0; i < 4; i++) {
		t->at[i] = (int64_t)base - 1 + i;
		if (a->exclude_outside && (t->at[i] < 0 || t->at[i] >= x->in))
			t->weight[i] = 0;
		t->at[i] = clamp(t->at[i], x->in);
		sum += t->weight[i];
	}
	for (i = 0; a->exclude_outside && i < 4; i++)
		t->weight[i] /= sum;
}

static void find_taps(const struct resize *a, const struct axis *x, int64_t i, struct taps *t)
{
	double at = coordinate(a, x, i), down;

	if (a->coordinates == CROP && !(at >= 0 && at <= (double)(x->in - 1))) {
		t->n = 0;
		return;
	}
	if (x->in == x->out && x->scale == 1 && a->coordinates != CROP &&
	    a->coordinates != TF_HALF) {
		*t = (struct taps){ 1, { i }, { 1 } };
		return;
	}
	if (a->mode == NEAREST) {
		*t = (struct taps){ 1, { clamp(nearest_to(a, at), x->in) }, { 1 } };
		return;
	}
	if (a->mode == CUBIC) {
		cubic_taps(a, x, at, t);
		return;
	}
	down = floor(at);
	t->n = 2;
	t->at[0] = clamp((int64_t)down, x->in);
	t->at[1] = clamp((int64_t)down + 1, x->in);
	t->weight[1] = at - down;
	t->weight[0] = 1 - t->weight[1];
}

/* the product of the taps of all dimensions but the first @d, from element @from on */
static double sum_taps(const struct axp_run *run, const struct taps *taps, uint32_t d,
		       uint64_t from)
{
	const struct axp_shape *x = &run->in_shape[0];
	double sum = 0;
	uint32_t i;

	if (d == x->ndim)
		return axp_elem_number(run->in_type[0], run->in[0], from);
	for (i = 0; i < taps[d].n; i++)
		if (taps[d].weight[i] != 0)
			sum += taps[d].weight[i] *
			       sum_taps(run, taps, d + 1,
					from * x->dim[d] + (uint64_t)taps[d].at[i]);
	return sum;
}

static int resize_axes(struct axp_run *run, const struct resize *a, const struct axis *axes)
{
	const struct axp_shape *out = &run->out_shape[0];
	uint64_t n = axp_shape_span(out, 0, out->ndim), i;
	int64_t at[AXP_MAX_DIMS] = { 0 };
	struct taps taps[AXP_MAX_DIMS];
	uint32_t d, outside = 0;

	for (d = 0; n && d < out->ndim; d++) {
		find_taps(a, &axes[d], 0, &taps[d]);
		outside += !taps[d].n;
	}
	for (i = 0; i < n; i++) {
		axp_elem_set_number(run->out_type[0], run->out[0], i,
				    outside ? a->extrapolation : sum_taps(run, taps, 0, 0));
		for (d = out->ndim; d-- > 0;) {
			bool wrap = ++at[d] == axes[d].out;

			if (wrap)
				at[d] = 0;
			outside -= !taps[d].n;
			find_taps(a, &axes[d], at[d], &taps[d]);
			outside += !taps[d].n;
			if (!wrap)
				break;
		}
	}
	return 0;
}

static int resize(struct axp_run *run, const struct resize *a, const float *scales,
		  uint32_t roi)
{
	const struct axp_shape *x = &run->in_shape[0], *out = &run->out_shape[0];
	struct axis axes[AXP_MAX_DIMS];
	uint32_t d;

	for (d = 0; d < x->ndim; d++) {
		axes[d] = (struct axis){
			.in = (int64_t)x->dim[d], .out = (int64_t)out->dim[d],
			.scale = scales ? scales[d] : (double)out->dim[d] / (double)x->dim[d],
			.end = 1,
		};
		if (!roi)
			continue;
		axes[d].start = axp_elem_number(run->in_type[roi], run->in[roi], d);
		axes[d].end = axp_elem_number(run->in_type[roi], run->in[roi], d + x->ndim);
	}
	return resize_axes(run, a, axes);
}

/* before opset 11: asymmetric, downwards */
static int upsample(struct axp_run *run, const float *scales)
{
	struct resize a = *(const struct resize *)run->attrs;

	a.coordinates = ASYMMETRIC;
	a.nearest = FLOOR;
	return resize(run, &a, scales, 0);
}

static int upsample_7_run(struct axp_run *run)
{
	return upsample(run, ((const struct resize *)run->attrs)->scales.v);
}

static int scales_10_run(struct axp_run *run)
{
	return upsample(run, run->in[1]);
}

static int resize_11_run(struct axp_run *run)
{
	const struct resize *a = run->attrs;
	const void *scales = run->nr_in > 2 ? run->in[2] : NULL;

	if (scales && !axp_shape_span(&run->in_shape[2], 0, run->in_shape[2].ndim))
		scales = NULL;
	return resize(run, a, scales, a->coordinates == CROP ? 1 : 0);
}

#define RESIZE(op, first, last, ins, specs, in, fn)			\
	{ .name = op, .since = first, .until = last, .min_in = ins == 4 ? 1 : ins, \
	  .max_in = ins, .attrs = specs, .attrs_size = sizeof(struct resize), \
	  .infer = in, .run = fn, .const_from = 1, .const_any = true }

const struct axp_op axp_ops_resize[] = {
	RESIZE("Upsample", 7, 8, 1, upsample_attrs_7, upsample_7_infer, upsample_7_run),
	RESIZE("Upsample", 9, 9, 2, resize_attrs_10, scales_10_infer, scales_10_run),
	RESIZE("Resize", 10, 10, 2, resize_attrs_10, scales_10_infer, scales_10_run),
	RESIZE("Resize", 11, 12, 4, resize_attrs_11, resize_11_infer, resize_11_run),
	RESIZE("Resize", 13, AXP_OPSET_MAX, 4, resize_attrs_13, resize_11_infer, resize_11_run),
	{ .name = NULL },
};
