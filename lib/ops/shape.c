// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operators that move elements or only rename their dimensions.
 */
#include <errno.h>
#include <string.h>

#include "../fold.h"
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
	  .offset = offsetof(struct reshape, allowzero), .max = 1 },
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
	inf->out[0] = *inf->in[0];
	return 0;
}

static int dropout_infer(struct axp_infer *inf)
{
	const struct axp_tensor *mode = inf->nr_in > 2 ? inf->constant[2] : NULL;

	if (mode && (mode->dtype != AXP_BOOL || mode->elems != 1 || axp_tensor_int(mode, 0)))
		return axp_fail(inf->diag, -EOPNOTSUPP,
				"input training_mode is not a single false");
	inf->out[0] = *inf->in[0];
	if (inf->nr_out > 1) {
		inf->out[1] = *inf->in[0];
		inf->out_type[1] = AXP_BOOL;
	}
	return 0;
}

/* the mask was of the input's type */
static int dropout_7_infer(struct axp_infer *inf)
{
	int err = dropout_infer(inf);

	if (!err && inf->nr_out > 1)
		inf->out_type[1] = inf->in_type[0];
	return err;
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
	inf->out[0] = (struct axp_shape){ 2, { axp_shape_span(x, 0, axis),
					    axp_shape_span(x, axis, x->ndim) } };
	return 0;
}

bool axp_reshape_copies(const struct axp_node *node)
{
	const struct reshape *r = node->attrs;

	return !r || !r->allowzero;
}

static int reshape_infer(struct axp_infer *inf)
{
	const struct reshape *r = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	uint64_t elems = axp_shape_span(x, 0, x->ndim), known = 1;
	const struct axp_tensor *to = inf->constant[1];
	struct axp_shape *out = inf->out;
	int32_t free_dim = -1;
	bool copy = !r || !r->allowzero;
	char text[128];
	uint32_t i;
	int err;

	err = axp_int_list(to, "shape", inf->diag);
	if (err)
		return err;
	if (to->elems > AXP_MAX_DIMS)
		return axp_fail(inf->diag, -EINVAL, "input shape has %llu elements, the limit is %u",
				(unsigned long long)to->elems, AXP_MAX_DIMS);
	out->ndim = (uint32_t)to->elems;
	for (i = 0; i < out->ndim; i++) {
		int64_t d = axp_tensor_int(to, i);

		if (d < -1 || (d == -1 && free_dim >= 0) || (!d && copy && i >= x->ndim))
			return axp_fail(inf->diag, -EINVAL,
					"input shape, element %u, is %lld, which has no meaning here",
					i, (long long)d);
		if (d == -1) {
			free_dim = (int32_t)i;
			continue;
		}
		out->dim[i] = d || !copy ? (uint64_t)d : x->dim[i];
		if (axp_mul_size(known, out->dim[i], &known) || known > AXP_MAX_ELEMS)
			return axp_fail(inf->diag, -EOVERFLOW, "input shape has too many elements");
	}
	if (free_dim >= 0) {
		out->dim[free_dim] = known ? elems / known : 0;
		known *= out->dim[free_dim];
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
		err = axp_int_list(t, "axes", inf->diag);
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
	struct axp_shape *out = inf->out;
	uint32_t mask, count, i;
	int err;

	err = axes_mask(inf, x->ndim, &mask, &count);
	if (err)
		return err;
	for (i = 0; i < x->ndim; i++) {
		if (!count ? x->dim[i] != 1 : !(mask & 1u << i)) {
			out->dim[out->ndim++] = x->dim[i];
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
	struct axp_shape *out = inf->out;
	uint32_t ndim, mask, count, i, at = 0;
	int err;

	if (x->ndim + extra > AXP_MAX_DIMS)
		return axp_fail(inf->diag, -EINVAL,
				"%llu axes added to %u dimensions, the limit is %u in all",
				(unsigned long long)extra, x->ndim, AXP_MAX_DIMS);
	ndim = x->ndim + (uint32_t)extra;
	err = axes_mask(inf, ndim, &mask, &count);
	if (err)
		return err;
	out->ndim = ndim;
	for (i = 0; i < ndim; i++)
		out->dim[i] = mask & 1u << i ? 1 : x->dim[at++];
	return 0;
}

/* ------------------------------------------------------------------- moves */

static int transpose_infer(struct axp_infer *inf)
{
	const struct axes *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	struct axp_shape *out = inf->out;
	uint32_t mask = 0, i, from;

	if (a->axes.n && a->axes.n != x->ndim)
		return axp_fail(inf->diag, -EINVAL,
				"attribute perm holds %u values, the input has %u dimensions",
				a->axes.n, x->ndim);
	out->ndim = x->ndim;
	for (i = 0; i < x->ndim; i++) {
		from = a->axes.n ? (uint32_t)a->axes.v[i] : x->ndim - 1 - i;
		if (from >= x->ndim || mask & 1u << from)
			return axp_fail(inf->diag, -EINVAL,
					"attribute perm is not a permutation: %u", from);
		mask |= 1u << from;
		out->dim[i] = x->dim[from];
	}
	return 0;
}

static int transpose_run(struct axp_run *run)
{
	const struct axes *a = run->attrs;
	const struct axp_shape *x = &run->in_shape[0], *out = &run->out_shape[0];
	uint64_t step[AXP_MAX_DIMS], at[AXP_MAX_DIMS] = { 0 };
	uint64_t n = axp_shape_span(out, 0, out->ndim), i, from = 0;
	size_t size = axp_dtype_size(run->in_type[0]);
	uint32_t d;

	for (d = 0; d < out->ndim; d++) {
		uint32_t src = a->axes.n ? (uint32_t)a->axes.v[d] : x->ndim - 1 - d;

		step[d] = axp_shape_span(x, src + 1, x->ndim);
	}
	for (i = 0; i < n; i++) {
		if (size == sizeof(float))
			((uint32_t *)run->out[0])[i] = ((const uint32_t *)run->in[0])[from];
		else
			memcpy((char *)run->out[0] + i * size,
			       (const char *)run->in[0] + from * size, size);
		for (d = out->ndim; d-- > 0;) {
			from += step[d];
			if (++at[d] < out->dim[d])
				break;
			from -= step[d] * out->dim[d];
			at[d] = 0;
		}
	}
	return 0;
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
	inf->out[0] = *x;
	for (i = 1; i < inf->nr_in; i++) {
		const struct axp_shape *s = inf->in[i];
		bool fits = s && s->ndim == x->ndim;

		for (d = 0; fits && d < x->ndim; d++)
			fits = d == axis || s->dim[d] == x->dim[d];
		if (!fits)
			return axp_fail(inf->diag, -EINVAL,
					"input %u of shape %s does not go with %s on axis %u", i,
					s ? axp_shape_text(s, tb) : "?", axp_shape_text(x, ta), axis);
		if (inf->in_type[i] != inf->in_type[0])
			return axp_fail(inf->diag, -EINVAL, "input %u is of type %s, not %s", i,
					axp_dtype_name(inf->in_type[i]),
					axp_dtype_name(inf->in_type[0]));
		inf->out[0].dim[axis] += s->dim[axis];
	}
	inf->mixes = !axis;
	return 0;
}

static int concat_run(struct axp_run *run)
{
	const struct axis *a = run->attrs;
	const struct axp_shape *out = &run->out_shape[0];
	size_t size = axp_dtype_size(run->in_type[0]);
	char *y = run->out[0];
	uint64_t outer, o, n;
	uint32_t axis, i;
	int err;

	err = axp_axis(a->axis, out->ndim, &axis, run->diag);
	if (err)
		return err;
	outer = axp_shape_span(out, 0, axis);
	for (o = 0; o < outer; o++) {
		for (i = 0; i < run->nr_in; i++) {
			n = axp_shape_span(&run->in_shape[i], axis, out->ndim) * size;
			memcpy(y, (const char *)run->in[i] + o * n, n);
			y += n;
		}
	}
	return 0;
}

/* the mask says what is kept: everything */
static int dropout_run(struct axp_run *run)
{
	const struct axp_shape *s = &run->out_shape[0];
	uint64_t n = axp_shape_span(s, 0, s->ndim), i;

	if (run->out[0])
		memcpy(run->out[0], run->in[0], n * axp_dtype_size(run->in_type[0]));
	for (i = 0; run->nr_out > 1 && i < n; i++)
		axp_elem_set_int(run->out_type[1], run->out[1], i, 1);
	return 0;
}

#define VIEW(op, first, last, ins, specs, type, fn)			\
	{ .name = op, .since = first, .until = last, .min_in = 1,	\
	  .max_in = ins, .attrs = specs, .attrs_size = sizeof(type),	\
	  .infer = fn, .view = true, .const_from = 1, .const_any = true,	\
	  .any_type = true }

#define DROPOUT(first, last, ins, specs, fn)				\
	{ .name = "Dropout", .since = first, .until = last, .min_in = 1, \
	  .max_in = ins, .max_out = 2, .attrs = specs,			\
	  .attrs_size = sizeof(struct dropout), .infer = fn,		\
	  .run = dropout_run, .view = true, .const_from = 1,		\
	  .const_any = true, .any_type = true }

const struct axp_op axp_ops_shape[] = {
	VIEW("Identity", 1, AXP_OPSET_MAX, 1, NULL, struct axis, identity_infer),
	DROPOUT(7, 9, 1, dropout_attrs_7, dropout_7_infer),
	DROPOUT(10, 11, 1, dropout_attrs_7, dropout_infer),
	DROPOUT(12, AXP_OPSET_MAX, 3, dropout_attrs_12, dropout_infer),
	VIEW("Flatten", 1, 10, 1, flatten_attrs_9, struct axis, flatten_infer),
	VIEW("Flatten", 11, AXP_OPSET_MAX, 1, flatten_attrs_11, struct axis, flatten_infer),
	{ .name = "Reshape", .since = 5, .until = 13, .min_in = 2, .max_in = 2,
	  .infer = reshape_infer, .view = true, .const_from = 1, .const_any = true,
	  .any_type = true },
	{ .name = "Reshape", .since = 14, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 2,
	  .attrs = reshape_attrs_14, .attrs_size = sizeof(struct reshape),
	  .infer = reshape_infer, .view = true, .const_from = 1, .const_any = true,
	  .any_type = true },
	VIEW("Squeeze", 1, 12, 1, axes_attrs, struct axes, squeeze_infer),
	VIEW("Squeeze", 13, AXP_OPSET_MAX, 2, NULL, struct axes, squeeze_infer),
	VIEW("Unsqueeze", 1, 12, 1, axes_attrs, struct axes, unsqueeze_infer),
	{ .name = "Unsqueeze", .since = 13, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 2,
	  .infer = unsqueeze_infer, .view = true, .const_from = 1, .const_any = true,
	  .any_type = true },
	{ .name = "Transpose", .since = 1, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .attrs = perm_attrs, .attrs_size = sizeof(struct axes),
	  .infer = transpose_infer, .run = transpose_run, .const_from = 1, .any_type = true },
	{ .name = "Concat", .since = 4, .until = AXP_OPSET_MAX, .min_in = 1,
	  .max_in = UINT32_MAX, .attrs = concat_attrs, .attrs_size = sizeof(struct axis),
	  .infer = concat_infer, .run = concat_run, .const_from = UINT32_MAX,
	  .any_type = true },
	{ .name = NULL },
};
