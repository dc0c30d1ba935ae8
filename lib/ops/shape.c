// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operators that move elements or only rename their dimensions.
 */
#include <errno.h>
#include <string.h>

#include "op.h"

struct axis {
	int64_t axis;
};

struct axes {
	struct axp_ints axes;
};

struct reshape {
	int64_t allowzero;
};

struct dropout {
	float ratio;
	int64_t seed;
};

#define AXIS(value, lo, must)						\
	{ .name = "axis", .kind = AXP_ATTR_INT, .required = must,	\
	  .offset = offsetof(struct axis, axis),			\
	  .min = lo, .max = AXP_MAX_DIMS, .def = value }

static const struct axp_attr_spec flatten_attrs_9[] = { AXIS(1, 0, false), { .name = NULL } };
static const struct axp_attr_spec flatten_attrs_11[] = {
	AXIS(1, -AXP_MAX_DIMS, false), { .name = NULL },
};

static const struct axp_attr_spec concat_attrs[] = {
	AXIS(0, -AXP_MAX_DIMS, true), { .name = NULL },
};

static const struct axp_attr_spec axes_attrs[] = {
	{ .name = "axes", .kind = AXP_ATTR_INTS, .offset = offsetof(struct axes, axes),
	  .min = -AXP_MAX_DIMS, .max = AXP_MAX_DIMS - 1 },
	{ .name = NULL },
};

static const struct axp_attr_spec perm_attrs[] = {
	{ .name = "perm", .kind = AXP_ATTR_INTS, .offset = offsetof(struct axes, axes),
	  .min = 0, .max = AXP_MAX_DIMS - 1 },
	{ .name = NULL },
};

static const struct axp_attr_spec reshape_attrs_14[] = {
	{ .name = "allowzero", .kind = AXP_ATTR_INT,
	  .offset = offsetof(struct reshape, allowzero), .min = 0, .max = 0 },
	{ .name = NULL },
};

static const struct axp_attr_spec dropout_attrs_7[] = {
	{ .name = "ratio", .kind = AXP_ATTR_FLOAT, .offset = offsetof(struct dropout, ratio),
	  .fdef = 0.5f },
	{ .name = NULL },
};

static const struct axp_attr_spec dropout_attrs_12[] = {
	{ .name = "seed", .kind = AXP_ATTR_INT, .offset = offsetof(struct dropout, seed),
	  .min = INT64_MIN, .max = INT64_MAX },
	{ .name = NULL },
};

/* ------------------------------------------------------------------- views */

static int identity_infer(struct axp_infer *inf)
{
	inf->out = *inf->in[0];
	return 0;
}

static int dropout_infer(struct axp_infer *inf)
{
	const struct axp_tensor *mode = inf->nr_in > 2 ? inf->constant[2] : NULL;

	if (mode && (mode->dtype != AXP_BOOL || mode->elems != 1 || axp_tensor_int(mode, 0)))
		return axp_fail(inf->diag, -EOPNOTSUPP,
				"input training_mode is not a single false");
	inf->out = *inf->in[0];
	return 0;
}

static int flatten_infer(struct axp_infer *inf)
{
	const struct axis *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	uint32_t axis = x->ndim;
	int err;

	if (a->axis != x->ndim) {
		err = axp_axis(a->axis, x->ndim, &axis, inf->diag);
		if (err)
			return err;
	}
	inf->out = (struct axp_shape){ 2, { axp_shape_span(x, 0, axis),
					    axp_shape_span(x, axis, x->ndim) } };
	return 0;
}

static int check_int_list(const struct axp_tensor *t, const char *name, struct axp_diag *diag)
{
	if (t->dtype != AXP_I64 || t->shape.ndim > 1 || t->elems > AXP_MAX_DIMS)
		return axp_fail(diag, -EINVAL,
				"input %s is not a list of at most %u INT64 values", name,
				AXP_MAX_DIMS);
	return 0;
}

static int reshape_infer(struct axp_infer *inf)
{
	const struct axp_shape *x = inf->in[0];
	uint64_t elems = axp_shape_span(x, 0, x->ndim), known = 1;
	const struct axp_tensor *to = inf->constant[1];
	int32_t free_dim = -1;
	char text[128];
	uint32_t i;
	int err;

	err = check_int_list(to, "shape", inf->diag);
	if (err)
		return err;
	inf->out.ndim = (uint32_t)to->elems;
	for (i = 0; i < inf->out.ndim; i++) {
		int64_t d = axp_tensor_int(to, i);

		if (d < -1 || (d == -1 && free_dim >= 0) || (!d && i >= x->ndim))
			return axp_fail(inf->diag, -EINVAL,
					"input shape, element %u, is %lld, which has no meaning here",
					i, (long long)d);
		if (d == -1) {
			free_dim = (int32_t)i;
			continue;
		}
		inf->out.dim[i] = d ? (uint64_t)d : x->dim[i];
		if (axp_mul_size(known, inf->out.dim[i], &known) || known > AXP_MAX_ELEMS)
			return axp_fail(inf->diag, -EOVERFLOW, "input shape has too many elements");
	}
	if (free_dim >= 0) {
		inf->out.dim[free_dim] = known ? elems / known : 0;
		known *= inf->out.dim[free_dim];
	}
	if (known != elems)
		return axp_fail(inf->diag, -EINVAL, "input data of shape %s does not fit input shape",
				axp_shape_text(x, text));
	return 0;
}

/* axes from the attribute or from the constant second input, as a bit mask */
static int axes_mask(struct axp_infer *inf, uint32_t ndim, uint32_t *mask, uint32_t *count)
{
	const struct axes *a = inf->attrs;
	const struct axp_tensor *t = inf->nr_in > 1 ? inf->constant[1] : NULL;
	uint32_t n = a ? a->axes.n : 0, i, axis;
	int err;

	if (t) {
		err = check_int_list(t, "axes", inf->diag);
		if (err)
			return err;
		n = (uint32_t)t->elems;
	}
	*mask = 0;
	*count = n;
	for (i = 0; i < n; i++) {
		err = axp_axis(t ? axp_tensor_int(t, i) : a->axes.v[i], ndim, &axis, inf->diag);
		if (err)
			return err;
		if (*mask & 1u << axis)
			return axp_fail(inf->diag, -EINVAL, "axis %u is named twice", axis);
		*mask |= 1u << axis;
	}
	return 0;
}

static int squeeze_infer(struct axp_infer *inf)
{
	const struct axp_shape *x = inf->in[0];
	uint32_t mask, count, i;
	int err;

	err = axes_mask(inf, x->ndim, &mask, &count);
	if (err)
		return err;
	for (i = 0; i < x->ndim; i++) {
		if (!count ? x->dim[i] != 1 : !(mask & 1u << i)) {
			inf->out.dim[inf->out.ndim++] = x->dim[i];
			continue;
		}
		if (x->dim[i] != 1)
			return axp_fail(inf->diag, -EINVAL, "axis %u is %llu long, not 1", i,
					(unsigned long long)x->dim[i]);
	}
	return 0;
}

static int unsqueeze_infer(struct axp_infer *inf)
{
	const struct axes *a = inf->attrs;
	const struct axp_tensor *t = inf->nr_in > 1 ? inf->constant[1] : NULL;
	const struct axp_shape *x = inf->in[0];
	uint64_t extra = t ? t->elems : a ? a->axes.n : 0;
	uint32_t ndim, mask, count, i, at = 0;
	int err;

	if (!extra || x->ndim + extra > AXP_MAX_DIMS)
		return axp_fail(inf->diag, -EINVAL,
				"%llu axes added to %u dimensions, the limit is %u in all",
				(unsigned long long)extra, x->ndim, AXP_MAX_DIMS);
	ndim = x->ndim + (uint32_t)extra;
	err = axes_mask(inf, ndim, &mask, &count);
	if (err)
		return err;
	inf->out.ndim = ndim;
	for (i = 0; i < ndim; i++)
		inf->out.dim[i] = mask & 1u << i ? 1 : x->dim[at++];
	return 0;
}

/* ------------------------------------------------------------------- moves */

static int transpose_infer(struct axp_infer *inf)
{
	const struct axes *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	uint32_t mask = 0, i, from;

	if (a->axes.n && a->axes.n != x->ndim)
		return axp_fail(inf->diag, -EINVAL,
				"attribute perm holds %u values, the input has %u dimensions",
				a->axes.n, x->ndim);
	inf->out.ndim = x->ndim;
	for (i = 0; i < x->ndim; i++) {
		from = a->axes.n ? (uint32_t)a->axes.v[i] : x->ndim - 1 - i;
		if (from >= x->ndim || mask & 1u << from)
			return axp_fail(inf->diag, -EINVAL,
					"attribute perm is not a permutation: %u", from);
		mask |= 1u << from;
		inf->out.dim[i] = x->dim[from];
	}
	return 0;
}

static void transpose_run(const struct axp_run *run)
{
	const struct axes *a = run->attrs;
	const struct axp_shape *x = &run->in_shape[0], *out = &run->out_shape;
	uint64_t step[AXP_MAX_DIMS], at[AXP_MAX_DIMS] = { 0 };
	uint64_t n = axp_shape_span(out, 0, out->ndim), i, from = 0;
	uint32_t d;

	for (d = 0; d < out->ndim; d++) {
		uint32_t src = a->axes.n ? (uint32_t)a->axes.v[d] : x->ndim - 1 - d;

		step[d] = axp_shape_span(x, src + 1, x->ndim);
	}
	for (i = 0; i < n; i++) {
		run->out[i] = run->in[0][from];
		for (d = out->ndim; d-- > 0;) {
			from += step[d];
			if (++at[d] < out->dim[d])
				break;
			from -= step[d] * out->dim[d];
			at[d] = 0;
		}
	}
}

static int concat_infer(struct axp_infer *inf)
{
	const struct axis *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	char ta[128], tb[128];
	uint32_t axis, i, d;
	int err;

	err = axp_axis(a->axis, x->ndim, &axis, inf->diag);
	if (err)
		return err;
	inf->out = *x;
	for (i = 1; i < inf->nr_in; i++) {
		const struct axp_shape *s = inf->in[i];
		bool fits = s && s->ndim == x->ndim;

		for (d = 0; fits && d < x->ndim; d++)
			fits = d == axis || s->dim[d] == x->dim[d];
		if (!fits)
			return axp_fail(inf->diag, -EINVAL,
					"input %u of shape %s does not go with %s on axis %u", i,
					s ? axp_shape_text(s, tb) : "?", axp_shape_text(x, ta), axis);
		inf->out.dim[axis] += s->dim[axis];
	}
	inf->mixes = !axis;
	return 0;
}

static void concat_run(const struct axp_run *run)
{
	const struct axis *a = run->attrs;
	const struct axp_shape *out = &run->out_shape;
	uint64_t outer, o, n;
	float *y = run->out;
	uint32_t axis, i;

	if (axp_axis(a->axis, out->ndim, &axis, NULL))
		return;		/* infer() has accepted the same arguments */
	outer = axp_shape_span(out, 0, axis);
	for (o = 0; o < outer; o++) {
		for (i = 0; i < run->nr_in; i++) {
			n = axp_shape_span(&run->in_shape[i], axis, out->ndim);
			memcpy(y, run->in[i] + o * n, n * sizeof(*y));
			y += n;
		}
	}
}

#define VIEW(op, first, last, ins, specs, type, fn)			\
	{ .name = op, .since = first, .until = last, .min_in = 1,	\
	  .max_in = ins, .attrs = specs, .attrs_size = sizeof(type),	\
	  .infer = fn, .view = true, .const_from = 1, .const_any = true }

const struct axp_op axp_ops_shape[] = {
	VIEW("Identity", 1, AXP_OPSET_MAX, 1, NULL, struct axis, identity_infer),
	VIEW("Dropout", 7, 11, 1, dropout_attrs_7, struct dropout, dropout_infer),
	VIEW("Dropout", 12, AXP_OPSET_MAX, 3, dropout_attrs_12, struct dropout, dropout_infer),
	VIEW("Flatten", 9, 10, 1, flatten_attrs_9, struct axis, flatten_infer),
	VIEW("Flatten", 11, AXP_OPSET_MAX, 1, flatten_attrs_11, struct axis, flatten_infer),
	{ .name = "Reshape", .since = 5, .until = 13, .min_in = 2, .max_in = 2,
	  .infer = reshape_infer, .view = true, .const_from = 1, .const_any = true },
	{ .name = "Reshape", .since = 14, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 2,
	  .attrs = reshape_attrs_14, .attrs_size = sizeof(struct reshape),
	  .infer = reshape_infer, .view = true, .const_from = 1, .const_any = true },
	VIEW("Squeeze", 1, 12, 1, axes_attrs, struct axes, squeeze_infer),
	VIEW("Squeeze", 13, AXP_OPSET_MAX, 2, NULL, struct axes, squeeze_infer),
	VIEW("Unsqueeze", 1, 12, 1, axes_attrs, struct axes, unsqueeze_infer),
	{ .name = "Unsqueeze", .since = 13, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 2,
	  .infer = unsqueeze_infer, .view = true, .const_from = 1, .const_any = true },
	{ .name = "Transpose", .since = 1, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .attrs = perm_attrs, .attrs_size = sizeof(struct axes),
	  .infer = transpose_infer, .run = transpose_run, .const_from = 1 },
	{ .name = "Concat", .since = 4, .until = AXP_OPSET_MAX, .min_in = 1,
	  .max_in = UINT32_MAX, .attrs = concat_attrs, .attrs_size = sizeof(struct axis),
	  .infer = concat_infer, .run = concat_run, .const_from = UINT32_MAX },
	{ .name = NULL },
};
