// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operators that make constants of attributes, shapes and other types.
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
	struct axp_floats value_floats;
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
	{ .name = "value_floats", .kind = AXP_ATTR_FLOATS,
	  .offset = offsetof(struct constant, value_floats) },
	{ .name = "value_int", .kind = AXP_ATTR_INT,
	  .offset = offsetof(struct constant, value_int),
	  .min = -INT64_MAX, .max = INT64_MAX, .def = INT64_MIN },
	{ .name = "value_ints", .kind = AXP_ATTR_INTS,
	  .offset = offsetof(struct constant, value_ints), .min = INT64_MIN, .max = INT64_MAX },
	{ .name = NULL },
};

static int constant_1_infer(struct axp_infer *inf)
{
	const struct constant *a = inf->attrs;

	if (!a->value)
		return axp_fail(inf->diag, -EINVAL, "attribute value is missing");
	inf->out[0] = a->value->shape;
	inf->out_type[0] = a->value->dtype;
	return 0;
}

static int constant_12_infer(struct axp_infer *inf)
{
	const struct constant *a = inf->attrs;

	if (!!a->value + !isnan(a->value_float) + (a->value_int != INT64_MIN) +
	    !!a->value_ints.n + !!a->value_floats.n != 1)
		return axp_fail(inf->diag, -EINVAL,
				"one of the attributes value, value_float, value_floats, value_int, value_ints is wanted");
	if (a->value)
		return constant_1_infer(inf);
	if (a->value_ints.n || a->value_floats.n)
		inf->out[0] = (struct axp_shape){ 1, { a->value_ints.n + a->value_floats.n } };
	inf->out_type[0] = !isnan(a->value_float) || a->value_floats.n ? AXP_F32 : AXP_I64;
	return 0;
}

static int constant_run(struct axp_run *run)
{
	const struct constant *a = run->attrs;
	const void *from = &a->value_int;
	size_t bytes = axp_shape_span(&run->out_shape[0], 0, run->out_shape[0].ndim) *
		       axp_dtype_size(run->out_type[0]);

	if (a->value)
		from = a->value->data;
	else if (a->value_ints.n)
		from = a->value_ints.v;
	else if (a->value_floats.n)
		from = a->value_floats.v;
	else if (!isnan(a->value_float))
		from = &a->value_float;
	if (bytes)
		memcpy(run->out[0], from, bytes);
	return 0;
}

/* -------------------------------------------------------- ConstantOfShape */

static const struct axp_attr_spec of_shape_attrs[] = { VALUE, { .name = NULL } };

static int of_shape_infer(struct axp_infer *inf)
{
	const struct constant *a = inf->attrs;
	const struct axp_tensor *t = inf->constant[0];
	uint64_t i;
	int err;

	err = axp_int_list(t, "input", inf->diag);
	if (err)
		return err;
	if (t->elems > AXP_MAX_DIMS)
		return axp_fail(inf->diag, -EINVAL, "input is %llu long, the limit is %u",
				(unsigned long long)t->elems, AXP_MAX_DIMS);
	if (a->value && a->value->elems != 1)
		return axp_fail(inf->diag, -EINVAL, "attribute value has %llu elements, not one",
				(unsigned long long)a->value->elems);
	inf->out[0].ndim = (uint32_t)t->elems;
	for (i = 0; i < t->elems; i++) {
		int64_t d = axp_tensor_int(t, i);

		if (d < 0)
			return axp_fail(inf->diag, -EINVAL, "input, element %llu, is %lld",
					(unsigned long long)i, (long long)d);
		inf->out[0].dim[i] = (uint64_t)d;
	}
	inf->out_type[0] = a->value ? a->value->dtype : AXP_F32;
	return 0;
}

static int of_shape_run(struct axp_run *run)
{
	const struct constant *a = run->attrs;
	size_t size = axp_dtype_size(run->out_type[0]);
	uint64_t n = axp_shape_span(&run->out_shape[0], 0, run->out_shape[0].ndim), i;
	char *y = run->out[0];

	for (i = 0; i < n; i++, y += size) {
		if (a->value)
			memcpy(y, a->value->data, size);
		else
			memset(y, 0, size);
	}
	return 0;
}

/* ------------------------------------------------------------------- Shape */

struct shape {
	int64_t start, end;
};

static const struct axp_attr_spec shape_attrs_15[] = {
	{ .name = "end", .kind = AXP_ATTR_INT, .offset = offsetof(struct shape, end),
	  .min = INT64_MIN, .max = INT64_MAX, .def = INT64_MAX },
	{ .name = "start", .kind = AXP_ATTR_INT, .offset = offsetof(struct shape, start),
	  .min = INT64_MIN, .max = INT64_MAX },
	{ .name = NULL },
};

/* negative counts from the end, then the range is clamped */
static void shape_range(const struct shape *a, uint32_t ndim, uint32_t *start, uint32_t *n)
{
	int64_t dims = ndim, lo = a ? a->start : 0, hi = a ? a->end : dims;

	lo = lo < 0 ? lo + dims : lo;
	hi = hi < 0 ? hi + dims : hi;
	lo = lo < 0 ? 0 : lo > dims ? dims : lo;
	hi = hi < 0 ? 0 : hi > dims ? dims : hi;
	*start = (uint32_t)lo;
	*n = hi > lo ? (uint32_t)(hi - lo) : 0;
}

static int shape_infer(struct axp_infer *inf)
{
	uint32_t start, n;

	shape_range(inf->attrs, inf->in[0]->ndim, &start, &n);
	inf->out[0] = (struct axp_shape){ 1, { n } };
	inf->out_type[0] = AXP_I64;
	return 0;
}

static int shape_run(struct axp_run *run)
{
	int64_t *y = run->out[0];
	uint32_t start, n, i;

	shape_range(run->attrs, run->in_shape[0].ndim, &start, &n);
	for (i = 0; i < n; i++)
		y[i] = (int64_t)run->in_shape[0].dim[start + i];
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
	const struct cast *a = inf->attrs;

	if (!axp_dtype_size((int)a->to))
		return axp_fail(inf->diag, -EOPNOTSUPP,
				"attribute to is %s, which is not supported",
				axp_dtype_name((int)a->to));
	inf->out[0] = *inf->in[0];
	inf->out_type[0] = (enum axp_dtype)a->to;
	return 0;
}

/* as a C cast; a float that does not fit 64 bits is refused */
static int cast_run(struct axp_run *run)
{
	enum axp_dtype from = run->in_type[0], to = run->out_type[0];
	uint64_t n = axp_shape_span(&run->out_shape[0], 0, run->out_shape[0].ndim), i;

	for (i = 0; i < n; i++) {
		double v;

		if (!axp_dtype_is_float(from)) {
			axp_elem_set_int(to, run->out[0], i,
					 axp_elem_int(from, run->in[0], i));
			continue;
		}
		v = axp_elem_number(from, run->in[0], i);
		if (axp_dtype_is_float(to)) {
			axp_elem_set_number(to, run->out[0], i, v);
		} else if (to == AXP_BOOL) {
			axp_elem_set_int(to, run->out[0], i, v != 0);
		} else if (v > -9.2e18 && v < 9.2e18) {
			axp_elem_set_int(to, run->out[0], i, (int64_t)v);
		} else {
			return axp_fail(run->diag, -EINVAL, "element %llu does not fit %s",
					(unsigned long long)i, axp_dtype_name((int)to));
		}
	}
	return 0;
}

#define CONSTANT(first, last, specs, fn)				\
	{ .name = "Constant", .since = first, .until = last,		\
	  .attrs = specs, .attrs_size = sizeof(struct constant),	\
	  .infer = fn, .run = constant_run }

const struct axp_op axp_ops_constant[] = {
	CONSTANT(1, 11, constant_attrs_1, constant_1_infer),
	CONSTANT(12, AXP_OPSET_MAX, constant_attrs_12, constant_12_infer),
	{ .name = "ConstantOfShape", .since = 9, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .attrs = of_shape_attrs, .attrs_size = sizeof(struct constant),
	  .infer = of_shape_infer, .run = of_shape_run, .const_from = 0, .const_any = true },
	{ .name = "Shape", .since = 1, .until = 14, .min_in = 1, .max_in = 1,
	  .infer = shape_infer, .run = shape_run, .const_from = 1, .any_type = true,
	  .of_shape = true },
	{ .name = "Shape", .since = 15, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .attrs = shape_attrs_15, .attrs_size = sizeof(struct shape),
	  .infer = shape_infer, .run = shape_run, .const_from = 1, .any_type = true,
	  .of_shape = true },
	{ .name = "Cast", .since = 6, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .attrs = cast_attrs, .attrs_size = sizeof(struct cast),
	  .infer = cast_infer, .run = cast_run, .const_from = 1, .any_type = true },
	{ .name = NULL },
};
