// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operators on pairs of elements, with numpy's broadcasting. FLOAT in binary32;
 * integers, which shape arithmetic has, in 64 bits and cut to their type.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "op.h"

static uint64_t dim_of(const struct axp_shape *s, uint32_t ndim, uint32_t i)
{
	return i + s->ndim < ndim ? 1 : s->dim[i + s->ndim - ndim];
}

/* @out: of those before; then of these and @s */
static int broadcast(struct axp_shape *out, const struct axp_shape *s, struct axp_diag *diag)
{
	uint32_t n = out->ndim > s->ndim ? out->ndim : s->ndim, i;
	struct axp_shape both = { .ndim = n };
	char ta[128], tb[128];

	for (i = 0; i < n; i++) {
		uint64_t da = dim_of(out, n, i), db = dim_of(s, n, i);

		if (da != db && da != 1 && db != 1)
			return axp_fail(diag, -EINVAL, "shapes %s and %s do not go together",
					axp_shape_text(out, ta), axp_shape_text(s, tb));
		both.dim[i] = da == 1 ? db : da;
	}
	*out = both;
	return 0;
}

/* @mixed: inputs may be of several types; @boolean: and BOOL */
static int pair_infer_types(struct axp_infer *inf, bool mixed, bool boolean)
{
	uint32_t i;
	int err;

	inf->out[0] = *inf->in[0];
	for (i = 0; i < inf->nr_in; i++) {
		if (!inf->in[i])
			return axp_fail(inf->diag, -EINVAL, "input %u is left out", i);
		if (!mixed && inf->in_type[i] != inf->in_type[0])
			return axp_fail(inf->diag, -EINVAL, "input %u is of type %s, not %s", i,
					axp_dtype_name(inf->in_type[i]),
					axp_dtype_name(inf->in_type[0]));
		err = broadcast(&inf->out[0], inf->in[i], inf->diag);
		if (err)
			return err;
	}
	for (i = 0; i < inf->nr_in && !boolean; i++)
		if (inf->in_type[i] == AXP_BOOL)
			return axp_fail(inf->diag, -EINVAL,
					"input %u is of type BOOL, a number is wanted", i);
	/* a batch that meets another dimension than the batch */
	for (i = 0; i < inf->nr_in; i++)
		inf->mixes |= !inf->constant[i] && inf->in[i]->ndim &&
			      inf->in[i]->ndim < inf->out[0].ndim && inf->in[i]->dim[0] != 1;
	return 0;
}

static int pair_infer(struct axp_infer *inf)
{
	return pair_infer_types(inf, false, false);
}

static int mixed_infer(struct axp_infer *inf)
{
	return pair_infer_types(inf, true, false);
}

/* elements from one index of an output dimension to the next, 0: repeated */
static void strides_of(const struct axp_shape *s, uint32_t ndim, uint64_t *stride)
{
	uint64_t at = 1, d;
	uint32_t i;

	for (i = ndim; i-- > 0;) {
		d = dim_of(s, ndim, i);
		stride[i] = d == 1 ? 0 : at;
		at *= d;
	}
}

/**
 * struct pair - two operands and where their elements lie
 * @a: data
 * @b: data
 * @type: of both; of @a
 * @type_b: of @b
 * @sa: strides of the output's dimensions in @a
 * @sb: in @b
 * @out: shape
 * @y: output
 */
struct pair {
	const void *a, *b;
	enum axp_dtype type, type_b;
	uint64_t sa[AXP_MAX_DIMS], sb[AXP_MAX_DIMS];
	const struct axp_shape *out;
	void *y;
};

/* a row of the output's last dimension: @n elements from @pa and @pb on */
typedef int (*pair_row_fn)(const struct pair *p, uint64_t y, uint64_t pa, uint64_t pb,
			   uint64_t n, uint64_t sa, uint64_t sb);

static int pair_rows(struct pair *p, const struct axp_shape *a, const struct axp_shape *b,
		     pair_row_fn row)
{
	uint64_t at[AXP_MAX_DIMS] = { 0 };
	uint32_t last = p->out->ndim ? p->out->ndim - 1 : 0, i;
	uint64_t inner = p->out->ndim ? p->out->dim[last] : 1;
	uint64_t rows = p->out->ndim ? axp_shape_span(p->out, 0, last) : 1, r;

	memset(p->sa, 0, sizeof(p->sa));
	memset(p->sb, 0, sizeof(p->sb));
	strides_of(a, p->out->ndim, p->sa);
	strides_of(b, p->out->ndim, p->sb);
	for (r = 0; r < rows; r++) {
		uint64_t pa = 0, pb = 0;
		int err;

		for (i = 0; i < last; i++) {
			pa += at[i] * p->sa[i];
			pb += at[i] * p->sb[i];
		}
		err = row(p, r * inner, pa, pb, inner, p->sa[last], p->sb[last]);
		if (err)
			return err;
		for (i = last; i-- > 0 && ++at[i] == p->out->dim[i];)
			at[i] = 0;
	}
	return 0;
}

#define PAIR_ROW(name, expr)							\
static int name##_f32(const struct pair *p, uint64_t to, uint64_t pa, uint64_t pb, \
		      uint64_t n, uint64_t sa, uint64_t sb)			\
{										\
	const float *a = (const float *)p->a + pa, *b = (const float *)p->b + pb; \
	float *z = (float *)p->y + to;						\
	uint64_t k;								\
										\
	for (k = 0; k < n; k++) {						\
		float x = a[k * sa], y = b[k * sb];				\
										\
		z[k] = (expr);							\
	}									\
	return 0;								\
}										\
										\
static int name##_real(const struct pair *p, uint64_t to, uint64_t pa, uint64_t pb, \
		       uint64_t n, uint64_t sa, uint64_t sb)			\
{										\
	uint64_t k;								\
										\
	for (k = 0; k < n; k++) {						\
		double x = axp_elem_number(p->type, p->a, pa + k * sa);	\
		double y = axp_elem_number(p->type, p->b, pb + k * sb);	\
										\
		axp_elem_set_number(p->type, p->y, to + k, (expr));		\
	}									\
	return 0;								\
}

PAIR_ROW(add, x + y)
PAIR_ROW(sub, x - y)
PAIR_ROW(mul, x * y)
PAIR_ROW(div, x / y)

/* integers: sums and products wrap; a quotient is cut towards 0 */
#define PAIR_ROW_INT(name, expr, bad)						\
static int name##_int(const struct pair *p, uint64_t to, uint64_t pa, uint64_t pb, \
		      uint64_t n, uint64_t sa, uint64_t sb)			\
{										\
	uint64_t k;								\
										\
	for (k = 0; k < n; k++) {						\
		int64_t x = axp_elem_int(p->type, p->a, pa + k * sa);		\
		int64_t y = axp_elem_int(p->type, p->b, pb + k * sb);		\
										\
		if (bad)							\
			return -EINVAL;						\
		axp_elem_set_int(p->type, p->y, to + k, (int64_t)(expr));	\
	}									\
	return 0;								\
}

PAIR_ROW_INT(add, (uint64_t)x + (uint64_t)y, false)
PAIR_ROW_INT(sub, (uint64_t)x - (uint64_t)y, false)
PAIR_ROW_INT(mul, (uint64_t)x * (uint64_t)y, false)
PAIR_ROW_INT(div, x / y, !y || (x == INT64_MIN && y == -1))

struct pair_fns {
	pair_row_fn f32, real, integer;
};

static int pair_run(struct axp_run *run, const struct pair_fns *fns)
{
	enum axp_dtype type = run->in_type[0];
	struct pair p = {
		.a = run->in[0], .b = run->in[1], .type = type, .type_b = run->in_type[1],
		.out = &run->out_shape[0], .y = run->out[0],
	};
	pair_row_fn row = type == AXP_F32 ? fns->f32 : axp_dtype_is_float(type) ? fns->real :
			  fns->integer;

	if (pair_rows(&p, &run->in_shape[0], &run->in_shape[1], row))
		return axp_fail(run->diag, -EINVAL, "an integer is divided by 0");
	return 0;
}

/* integers to the power of integers: products wrap */
static int64_t integer_power(int64_t x, int64_t y)
{
	uint64_t power = 1, square = (uint64_t)x;

	for (; y; y >>= 1, square *= square)
		if (y & 1)
			power *= square;
	return (int64_t)power;
}

/* of any two types, the result of the first one's: in binary64, cut to an integer */
static int pow_row(const struct pair *p, uint64_t to, uint64_t pa, uint64_t pb, uint64_t n,
		   uint64_t sa, uint64_t sb)
{
	bool whole = !axp_dtype_is_float(p->type);
	uint64_t k;

	for (k = 0; k < n; k++) {
		uint64_t i = pa + k * sa, j = pb + k * sb;
		double z;

		if (whole && !axp_dtype_is_float(p->type_b) && axp_elem_int(p->type_b, p->b, j) >= 0) {
			axp_elem_set_int(p->type, p->y, to + k,
					 integer_power(axp_elem_int(p->type, p->a, i),
						       axp_elem_int(p->type_b, p->b, j)));
			continue;
		}
		z = pow(axp_elem_number(p->type, p->a, i), axp_elem_number(p->type_b, p->b, j));
		if (!whole)
			axp_elem_set_number(p->type, p->y, to + k, z);
		else if (z > -0x1p63 && z < 0x1p63)
			axp_elem_set_int(p->type, p->y, to + k, (int64_t)z);
		else
			return -ERANGE;
	}
	return 0;
}

static int pow_run(struct axp_run *run)
{
	struct pair p = {
		.a = run->in[0], .b = run->in[1], .type = run->in_type[0],
		.type_b = run->in_type[1], .out = &run->out_shape[0], .y = run->out[0],
	};

	if (pair_rows(&p, &run->in_shape[0], &run->in_shape[1], pow_row))
		return axp_fail(run->diag, -ERANGE, "the power of an integer is none");
	return 0;
}

#define PAIR_RUN(name)								\
static int name##_run(struct axp_run *run)					\
{										\
	static const struct pair_fns fns = { name##_f32, name##_real, name##_int }; \
										\
	return pair_run(run, &fns);						\
}

PAIR_RUN(add)
PAIR_RUN(sub)
PAIR_RUN(mul)
PAIR_RUN(div)

static int equal_infer(struct axp_infer *inf)
{
	int err = pair_infer_types(inf, false, true);

	inf->out_type[0] = AXP_BOOL;
	return err;
}

static int equal_row(const struct pair *p, uint64_t to, uint64_t pa, uint64_t pb, uint64_t n,
		     uint64_t sa, uint64_t sb)
{
	bool real = axp_dtype_is_float(p->type);
	uint64_t k;

	for (k = 0; k < n; k++) {
		uint64_t i = pa + k * sa, j = pb + k * sb;

		((uint8_t *)p->y)[to + k] = real ?
			axp_elem_number(p->type, p->a, i) == axp_elem_number(p->type, p->b, j) :
			axp_elem_int(p->type, p->a, i) == axp_elem_int(p->type, p->b, j);
	}
	return 0;
}

static int equal_run(struct axp_run *run)
{
	static const struct pair_fns fns = { equal_row, equal_row, equal_row };

	return pair_run(run, &fns);
}

/* the first input as it is spread, then each of the others added to it */
static int copy_f32(const struct pair *p, uint64_t to, uint64_t pa, uint64_t pb, uint64_t n,
		    uint64_t sa, uint64_t sb)
{
	uint64_t k;

	(void)pb;
	(void)sb;
	for (k = 0; k < n; k++)
		((float *)p->y)[to + k] = ((const float *)p->a)[pa + k * sa];
	return 0;
}

static int sum_run(struct axp_run *run)
{
	struct pair p = {
		.a = run->in[0], .b = run->in[0], .type = AXP_F32,
		.out = &run->out_shape[0], .y = run->out[0],
	};
	uint32_t i;
	int err;

	err = pair_rows(&p, &run->in_shape[0], &run->in_shape[0], copy_f32);
	for (i = 1; i < run->nr_in && !err; i++) {
		p.a = run->out[0];
		p.b = run->in[i];
		err = pair_rows(&p, &run->out_shape[0], &run->in_shape[i], add_f32);
	}
	return err;
}

/* slope: broadcast to the input, never the other way round */
static int prelu_infer(struct axp_infer *inf)
{
	char text[128], slope[128];
	int err;

	err = pair_infer(inf);
	if (err)
		return err;
	if (axp_dtype_is_float(inf->in_type[0]) && axp_shape_equal(&inf->out[0], inf->in[0]))
		return 0;
	return axp_fail(inf->diag, -EINVAL,
			"input slope of shape %s does not go with input X of shape %s",
			axp_shape_text(inf->in[1], slope), axp_shape_text(inf->in[0], text));
}

PAIR_ROW(prelu, x < 0 ? x * y : x)

static int prelu_run(struct axp_run *run)
{
	static const struct pair_fns fns = { prelu_f32, prelu_real, NULL };

	return pair_run(run, &fns);
}

#define PAIR(op, first, in, fn)						\
	{ .name = op, .since = first, .until = AXP_OPSET_MAX, .min_in = 2, \
	  .max_in = 2, .infer = in, .run = fn, .const_from = 2, .any_type = true }

const struct axp_op axp_ops_eltwise[] = {
	PAIR("Add", 7, pair_infer, add_run),
	PAIR("Sub", 7, pair_infer, sub_run),
	PAIR("Mul", 7, pair_infer, mul_run),
	PAIR("Div", 7, pair_infer, div_run),
	PAIR("PRelu", 7, prelu_infer, prelu_run),
	PAIR("Equal", 7, equal_infer, equal_run),
	PAIR("Pow", 12, mixed_infer, pow_run),
	{ .name = "Pow", .since = 7, .until = 11, .min_in = 2, .max_in = 2, .infer = pair_infer,
	  .run = pow_run, .const_from = 2, .any_type = true },
	{ .name = "Sum", .since = 8, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = UINT32_MAX,
	  .infer = pair_infer, .run = sum_run, .const_from = UINT32_MAX },
	{ .name = NULL },
};
