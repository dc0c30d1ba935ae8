// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operators that are known when a model is loaded: they have a value, not a run.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "op.h"

/* --------------------------------------------------------------- Constant */

struct constant {
	struct axp_tensor *value;
	float value_float;
	int64_t value_int;
	struct axp_ints value_ints;
};

#define VALUE								\
	{ .name = "value", .kind = AXP_ATTR_TENSOR,			\
	  .offset = offsetof(struct constant, value) }

/* defaults that no file can give tell which attribute was there */
static const struct axp_attr_spec constant_attrs_1[] = {
	VALUE,
	{ .name = NULL },
};

static const struct axp_attr_spec constant_attrs_12[] = {
	VALUE,
	{ .name = "value_float", .kind = AXP_ATTR_FLOAT,
	  .offset = offsetof(struct constant, value_float), .fdef = NAN },
	{ .name = "value_int", .kind = AXP_ATTR_INT,
	  .offset = offsetof(struct constant, value_int),
	  .min = -INT64_MAX, .max = INT64_MAX, .def = INT64_MIN },
	{ .name = "value_ints", .kind = AXP_ATTR_INTS,
	  .offset = offsetof(struct constant, value_ints), .min = INT64_MIN, .max = INT64_MAX },
	{ .name = NULL },
};

static int constant_infer(struct axp_infer *inf)
{
	const struct constant *a = inf->attrs;

	if (a->value)
		inf->out = a->value->shape;
	else if (a->value_ints.n)
		inf->out = (struct axp_shape){ 1, { a->value_ints.n } };
	return 0;
}

static int constant_fold_1(const void *attrs, const struct axp_tensor *const *in, uint32_t nr_in,
			   struct axp_tensor **out, struct axp_diag *diag)
{
	const struct constant *a = attrs;
	int err;

	(void)in;
	(void)nr_in;
	if (!a->value)
		return axp_fail(diag, -EINVAL, "attribute value is missing");
	err = axp_tensor_new(out, a->value->dtype, &a->value->shape);
	if (!err)
		memcpy((*out)->data, a->value->data,
		       a->value->elems * axp_dtype_size(a->value->dtype));
	return err;
}

static int constant_fold_12(const void *attrs, const struct axp_tensor *const *in,
			    uint32_t nr_in, struct axp_tensor **out, struct axp_diag *diag)
{
	const struct constant *a = attrs;
	struct axp_shape shape = { 0 };
	int err;

	if (!!a->value + !isnan(a->value_float) + (a->value_int != INT64_MIN) +
	    !!a->value_ints.n != 1)
		return axp_fail(diag, -EINVAL,
				"one of the attributes value, value_float, value_int, value_ints is wanted");
	if (a->value)
		return constant_fold_1(attrs, in, nr_in, out, diag);
	if (!isnan(a->value_float)) {
		err = axp_tensor_new(out, AXP_F32, &shape);
		if (!err)
			memcpy((*out)->data, &a->value_float, sizeof(a->value_float));
		return err;
	}
	if (a->value_ints.n)
		shape = (struct axp_shape){ 1, { a->value_ints.n } };
	err = axp_tensor_new(out, AXP_I64, &shape);
	if (err)
		return err;
	if (a->value_ints.n)
		memcpy((*out)->data, a->value_ints.v, a->value_ints.n * sizeof(int64_t));
	else
		memcpy((*out)->data, &a->value_int, sizeof(int64_t));
	return 0;
}

/* ------------------------------------------------------------------- Cast */

struct cast {
	int64_t to;
};

static const struct axp_attr_spec cast_attrs[] = {
	{ .name = "to", .kind = AXP_ATTR_INT, .offset = offsetof(struct cast, to),
	  .required = true, .min = 1, .max = 16 },
	{ .name = NULL },
};

static int cast_infer(struct axp_infer *inf)
{
	inf->out = *inf->in[0];
	return 0;
}

/* as a C cast; a float that does not fit the integer is refused */
static int cast_one(const struct axp_tensor *x, uint64_t i, struct axp_tensor *y)
{
	int64_t v;

	if (x->dtype == AXP_F32) {
		float f = ((const float *)x->data)[i];

		if (y->dtype == AXP_F32) {
			((float *)y->data)[i] = f;
			return 0;
		}
		if (y->dtype == AXP_BOOL) {
			((uint8_t *)y->data)[i] = f != 0.0f;
			return 0;
		}
		if (!(f > -9.2e18f && f < 9.2e18f))
			return -EINVAL;
		v = (int64_t)f;
	} else {
		v = axp_tensor_int(x, i);
	}
	switch (y->dtype) {
	case AXP_F32:
		((float *)y->data)[i] = (float)v;
		break;
	case AXP_U8:
		((uint8_t *)y->data)[i] = (uint8_t)v;
		break;
	case AXP_I8:
		((int8_t *)y->data)[i] = (int8_t)(uint8_t)v;
		break;
	case AXP_I32:
		((int32_t *)y->data)[i] = (int32_t)(uint32_t)v;
		break;
	case AXP_I64:
		((int64_t *)y->data)[i] = v;
		break;
	case AXP_BOOL:
		((uint8_t *)y->data)[i] = v != 0;
		break;
	}
	return 0;
}

static int cast_fold(const void *attrs, const struct axp_tensor *const *in, uint32_t nr_in,
		     struct axp_tensor **out, struct axp_diag *diag)
{
	const struct cast *a = attrs;
	uint64_t i;
	int err;

	(void)nr_in;
	if (!axp_dtype_size((int)a->to))
		return axp_fail(diag, -EOPNOTSUPP, "attribute to is %s, which is not supported",
				axp_dtype_name((int)a->to));
	err = axp_tensor_new(out, (enum axp_dtype)a->to, &in[0]->shape);
	if (err)
		return err;
	for (i = 0; i < in[0]->elems; i++) {
		err = cast_one(in[0], i, *out);
		if (err) {
			axp_tensor_free(*out);
			*out = NULL;
			return axp_fail(diag, err, "element %llu does not fit %s",
					(unsigned long long)i, axp_dtype_name((int)a->to));
		}
	}
	return 0;
}

/* ----------------------------------------------------------------- Gather */

struct gather {
	int64_t axis;
};

static const struct axp_attr_spec gather_attrs[] = {
	{ .name = "axis", .kind = AXP_ATTR_INT, .offset = offsetof(struct gather, axis),
	  .min = -AXP_MAX_DIMS, .max = AXP_MAX_DIMS - 1 },
	{ .name = NULL },
};

static int gather_infer(struct axp_infer *inf)
{
	const struct gather *a = inf->attrs;
	const struct axp_shape *x = inf->in[0], *index = inf->in[1];
	uint32_t axis, i;
	int err;

	err = axp_axis(a->axis, x->ndim, &axis, inf->diag);
	if (err)
		return err;
	if (x->ndim - 1 + index->ndim > AXP_MAX_DIMS)
		return axp_fail(inf->diag, -EINVAL, "the output has %u dimensions, the limit is %u",
				x->ndim - 1 + index->ndim, AXP_MAX_DIMS);
	for (i = 0; i < axis; i++)
		inf->out.dim[inf->out.ndim++] = x->dim[i];
	for (i = 0; i < index->ndim; i++)
		inf->out.dim[inf->out.ndim++] = index->dim[i];
	for (i = axis + 1; i < x->ndim; i++)
		inf->out.dim[inf->out.ndim++] = x->dim[i];
	return 0;
}

static int gather_fold(const void *attrs, const struct axp_tensor *const *in, uint32_t nr_in,
		       struct axp_tensor **out, struct axp_diag *diag)
{
	const struct gather *a = attrs;
	const struct axp_tensor *x = in[0], *index = in[1];
	const struct axp_shape *ins[2] = { &x->shape, &index->shape };
	struct axp_infer inf = { .attrs = attrs, .nr_in = nr_in, .in = ins, .diag = diag };
	size_t size = axp_dtype_size(x->dtype);
	uint64_t outer, inner, o, i;
	uint32_t axis;
	int64_t n;
	char *to;
	int err;

	if (index->dtype != AXP_I32 && index->dtype != AXP_I64)
		return axp_fail(diag, -EINVAL, "input indices is of type %s, not INT32 or INT64",
				axp_dtype_name(index->dtype));
	err = axp_axis(a->axis, x->shape.ndim, &axis, diag);
	if (!err)
		err = gather_infer(&inf);
	if (!err)
		err = axp_tensor_new(out, x->dtype, &inf.out);
	if (err)
		return err;
	n = (int64_t)x->shape.dim[axis];
	outer = axp_shape_span(&x->shape, 0, axis);
	inner = axp_shape_span(&x->shape, axis + 1, x->shape.ndim) * size;
	to = (*out)->data;
	for (o = 0; o < outer; o++) {
		for (i = 0; i < index->elems; i++, to += inner) {
			int64_t at = axp_tensor_int(index, i);

			if (at < -n || at >= n) {
				axp_tensor_free(*out);
				*out = NULL;
				return axp_fail(diag, -EINVAL,
						"input indices, element %llu, is %lld, the axis is %lld long",
						(unsigned long long)i, (long long)at, (long long)n);
			}
			at = at < 0 ? at + n : at;
			memcpy(to, (const char *)x->data +
			       (o * (uint64_t)n + (uint64_t)at) * inner, inner);
		}
	}
	return 0;
}

#define CONSTANT(first, last, specs, fn)				\
	{ .name = "Constant", .since = first, .until = last,		\
	  .attrs = specs, .attrs_size = sizeof(struct constant),	\
	  .infer = constant_infer, .fold = fn }

const struct axp_op axp_ops_constant[] = {
	CONSTANT(1, 11, constant_attrs_1, constant_fold_1),
	CONSTANT(12, AXP_OPSET_MAX, constant_attrs_12, constant_fold_12),
	{ .name = "Cast", .since = 6, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .attrs = cast_attrs, .attrs_size = sizeof(struct cast),
	  .infer = cast_infer, .fold = cast_fold },
	{ .name = "Gather", .since = 1, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 2,
	  .attrs = gather_attrs, .attrs_size = sizeof(struct gather),
	  .infer = gather_infer, .fold = gather_fold },
	{ .name = NULL },
};
