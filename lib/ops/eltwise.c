// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operators on pairs of elements, with numpy's broadcasting.
 */
#include <errno.h>
#include <string.h>

#include "op.h"

static uint64_t dim_of(const struct axp_shape *s, uint32_t ndim, uint32_t i)
{
	return i + s->ndim < ndim ? 1 : s->dim[i + s->ndim - ndim];
}

static int pair_infer(struct axp_infer *inf)
{
	const struct axp_shape *a = inf->in[0], *b = inf->in[1];
	uint32_t n = a->ndim > b->ndim ? a->ndim : b->ndim, i;
	char ta[128], tb[128];

	inf->out.ndim = n;
	for (i = 0; i < n; i++) {
		uint64_t da = dim_of(a, n, i), db = dim_of(b, n, i);

		if (da != db && da != 1 && db != 1)
			return axp_fail(inf->diag, -EINVAL, "shapes %s and %s do not go together",
					axp_shape_text(a, ta), axp_shape_text(b, tb));
		inf->out.dim[i] = da == 1 ? db : da;
	}
	return 0;
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

static inline void pair_run(const struct axp_run *run, float (*fn)(float, float))
{
	const struct axp_shape *out = &run->out_shape;
	uint64_t sa[AXP_MAX_DIMS] = { 0 }, sb[AXP_MAX_DIMS] = { 0 }, at[AXP_MAX_DIMS] = { 0 };
	uint32_t last = out->ndim ? out->ndim - 1 : 0, i;
	uint64_t inner = out->ndim ? out->dim[last] : 1;
	uint64_t rows = out->ndim ? axp_shape_span(out, 0, last) : 1;
	const float *a = run->in[0], *b = run->in[1];
	float *y = run->out;
	uint64_t r, k;

	strides_of(&run->in_shape[0], out->ndim, sa);
	strides_of(&run->in_shape[1], out->ndim, sb);
	for (r = 0; r < rows; r++) {
		const float *pa = a, *pb = b;

		for (i = 0; i < last; i++) {
			pa += at[i] * sa[i];
			pb += at[i] * sb[i];
		}
		for (k = 0; k < inner; k++)
			*y++ = fn(pa[k * sa[last]], pb[k * sb[last]]);
		for (i = last; i-- > 0 && ++at[i] == out->dim[i];)
			at[i] = 0;
	}
}

static inline float add(float a, float b)
{
	return a + b;
}

static inline float mul(float a, float b)
{
	return a * b;
}

static void add_run(const struct axp_run *run)
{
	pair_run(run, add);
}

static void mul_run(const struct axp_run *run)
{
	pair_run(run, mul);
}

#define PAIR(op, fn)							\
	{ .name = op, .since = 7, .until = AXP_OPSET_MAX, .min_in = 2,	\
	  .max_in = 2, .infer = pair_infer, .run = fn, .const_from = 2 }

const struct axp_op axp_ops_eltwise[] = {
	PAIR("Add", add_run),
	PAIR("Mul", mul_run),
	{ .name = NULL },
};
