// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pad: more on each side, or less where a pad is negative.
 */
#include <errno.h>
#include <string.h>

#include "op.h"

enum { CONSTANT, REFLECT, EDGE };

static const char *const mode_words[] = { "constant", "reflect", "edge", NULL };

struct pad {
	uint32_t mode;
	struct axp_ints pads;
	float value;
};

#define MODE								\
	{ .name = "mode", .kind = AXP_ATTR_WORD, .offset = offsetof(struct pad, mode), \
	  .words = mode_words }

static const struct axp_attr_spec pad_attrs_2[] = {
	MODE,
	{ .name = "pads", .kind = AXP_ATTR_INTS, .offset = offsetof(struct pad, pads),
	  .min = -INT32_MAX, .max = INT32_MAX, .required = true },
	{ .name = "value", .kind = AXP_ATTR_FLOAT, .offset = offsetof(struct pad, value) },
	{ .name = NULL },
};

static const struct axp_attr_spec pad_attrs_11[] = { MODE, { .name = NULL } };

static int pad_shape(struct axp_infer *inf, uint64_t nr, const int64_t *pads)
{
	const struct pad *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	uint32_t d;

	if (nr != 2ull * x->ndim)
		return axp_fail(inf->diag, -EINVAL, "pads holds %llu values, %u are wanted",
				(unsigned long long)nr, 2 * x->ndim);
	inf->out[0] = *x;
	for (d = 0; d < x->ndim; d++) {
		int64_t n = (int64_t)x->dim[d], out = n + pads[d] + pads[d + x->ndim];

		if (out < 0 || (!n && out && a->mode != CONSTANT))
			return axp_fail(inf->diag, -EINVAL,
					"pads are %lld and %lld on dimension %u, which is %lld long",
					(long long)pads[d], (long long)pads[d + x->ndim], d,
					(long long)n);
		inf->out[0].dim[d] = (uint64_t)out;
	}
	inf->mixes |= x->ndim && (pads[0] || pads[x->ndim]);
	return 0;
}

static int pad_2_infer(struct axp_infer *inf)
{
	const struct pad *a = inf->attrs;

	return pad_shape(inf, a->pads.n, a->pads.v);
}

static int pad_11_infer(struct axp_infer *inf)
{
	const struct axp_tensor *t = inf->constant[1];
	int64_t pads[2 * AXP_MAX_DIMS];
	uint64_t i;
	int err;

	err = axp_int_list(t, "pads", inf->diag);
	if (err)
		return err;
	for (i = 0; i < t->elems; i++) {
		pads[i] = axp_tensor_int(t, i);
		if (pads[i] < -INT32_MAX || pads[i] > INT32_MAX)
			return axp_fail(inf->diag, -EINVAL, "input pads, element %llu, is %lld",
					(unsigned long long)i, (long long)pads[i]);
	}
	if (inf->nr_in > 2 && inf->in[2] &&
	    (inf->in_type[2] != inf->in_type[0] ||
	     axp_shape_span(inf->in[2], 0, inf->in[2]->ndim) != 1))
		return axp_fail(inf->diag, -EINVAL,
				"input constant_value is not one value of the type of the data");
	return pad_shape(inf, t->elems, pads);
}

/* where element @i of the output comes from; -1: from nowhere */
static int64_t source(uint32_t mode, int64_t i, int64_t n)
{
	int64_t period = 2 * (n - 1);

	if (i >= 0 && i < n)
		return i;
	if (mode == CONSTANT)
		return -1;
	if (mode == EDGE)
		return i < 0 ? 0 : n - 1;
	if (!period)
		return 0;
	i %= period;
	i = i < 0 ? i + period : i;
	return i < n ? i : period - i;
}

static int pad_run(struct axp_run *run, const int64_t *pads, const void *value)
{
	const struct pad *a = run->attrs;
	const struct axp_shape *x = &run->in_shape[0], *out = &run->out_shape[0];
	uint64_t n = axp_shape_span(out, 0, out->ndim), i, at[AXP_MAX_DIMS] = { 0 };
	size_t size = axp_dtype_size(run->in_type[0]);
	char *y = run->out[0];
	uint32_t d;

	for (i = 0; i < n; i++, y += size) {
		int64_t from = 0;

		for (d = 0; d < out->ndim; d++) {
			int64_t s = source(a->mode, (int64_t)at[d] - pads[d],
					   (int64_t)x->dim[d]);

			if (s < 0)
				break;
			from = from * (int64_t)x->dim[d] + s;
		}
		if (d < out->ndim)
			memcpy(y, value, size);
		else
			memcpy(y, (const char *)run->in[0] + (size_t)from * size, size);
		for (d = out->ndim; d-- > 0 && ++at[d] == out->dim[d];)
			at[d] = 0;
	}
	return 0;
}

static int pad_2_run(struct axp_run *run)
{
	const struct pad *a = run->attrs;

	return pad_run(run, a->pads.v, &a->value);
}

static int pad_11_run(struct axp_run *run)
{
	const void *value = run->nr_in > 2 ? run->in[2] : NULL;
	int64_t pads[2 * AXP_MAX_DIMS];
	static const int64_t zero;
	uint32_t i;

	for (i = 0; i < 2 * run->in_shape[0].ndim; i++)
		pads[i] = axp_elem_int(run->in_type[1], run->in[1], i);
	return pad_run(run, pads, value ? value : &zero);
}

const struct axp_op axp_ops_pad[] = {
	{ .name = "Pad", .since = 2, .until = 10, .min_in = 1, .max_in = 1,
	  .attrs = pad_attrs_2, .attrs_size = sizeof(struct pad),
	  .infer = pad_2_infer, .run = pad_2_run, .const_from = 1 },
	{ .name = "Pad", .since = 11, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 3,
	  .attrs = pad_attrs_11, .attrs_size = sizeof(struct pad),
	  .infer = pad_11_infer, .run = pad_11_run, .const_from = 1, .const_any = true,
	  .any_type = true },
	{ .name = NULL },
};
