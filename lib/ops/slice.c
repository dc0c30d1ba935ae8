// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operators that take parts of a tensor: Slice, Split, Gather.
 */
#include <errno.h>
#include <string.h>

#include "op.h"

/* ------------------------------------------------------------------- Slice */

struct slice {
	struct axp_ints axes, starts, ends;
};

#define SLICE_INTS(field)						\
	{ .name = #field, .kind = AXP_ATTR_INTS, .offset = offsetof(struct slice, field), \
	  .min = INT64_MIN, .max = INT64_MAX, .required = true }

static const struct axp_attr_spec slice_attrs_1[] = {
	{ .name = "axes", .kind = AXP_ATTR_INTS, .offset = offsetof(struct slice, axes),
	  .min = -AXP_MAX_DIMS, .max = AXP_MAX_DIMS - 1 },
	SLICE_INTS(starts), SLICE_INTS(ends),
	{ .name = NULL },
};

/**
 * struct cut - what is left of a tensor
 * @first: by dimension, the first index
 * @step: from one to the next
 * @n: number of them
 */
struct cut {
	int64_t first[AXP_MAX_DIMS], step[AXP_MAX_DIMS], n[AXP_MAX_DIMS];
};

/* numpy's rules: negative counts from the end, then the range is clamped */
static int cut_axis(struct cut *cut, const struct axp_shape *x, int64_t axis, int64_t start,
		    int64_t end, int64_t step, uint32_t *seen, struct axp_diag *diag)
{
	uint32_t d;
	int64_t n, lo, hi;
	int err;

	err = axp_axis(axis, x->ndim, &d, diag);
	if (err)
		return err;
	if (*seen & 1u << d)
		return axp_fail(diag, -EINVAL, "axis %u is named twice", d);
	*seen |= 1u << d;
	if (!step || step == INT64_MIN)
		return axp_fail(diag, -EINVAL, "input steps is %lld", (long long)step);
	n = (int64_t)x->dim[d];
	lo = step > 0 ? 0 : -1;
	hi = step > 0 ? n : n - 1;
	start = start < 0 ? start + n : start;
	end = end < 0 ? (end < -n ? -1 : end + n) : end;
	start = start < lo ? lo : start > hi ? hi : start;
	end = end < lo ? lo : end > hi ? hi : end;
	cut->first[d] = start;
	cut->step[d] = step;
	if (step > 0)
		cut->n[d] = end > start ? (end - start - 1) / step + 1 : 0;
	else
		cut->n[d] = start > end ? (start - end - 1) / -step + 1 : 0;
	return 0;
}

static void cut_nothing(struct cut *cut, const struct axp_shape *x)
{
	uint32_t d;

	for (d = 0; d < x->ndim; d++) {
		cut->first[d] = 0;
		cut->step[d] = 1;
		cut->n[d] = (int64_t)x->dim[d];
	}
}

static int cut_attrs(struct cut *cut, const struct slice *a, const struct axp_shape *x,
		     struct axp_diag *diag)
{
	uint32_t seen = 0, i;
	int err = 0;

	if (a->starts.n != a->ends.n || (a->axes.n && a->axes.n != a->starts.n))
		return axp_fail(diag, -EINVAL,
				"attributes starts, ends and axes are not of one length");
	cut_nothing(cut, x);
	for (i = 0; i < a->starts.n && !err; i++)
		err = cut_axis(cut, x, a->axes.n ? a->axes.v[i] : i, a->starts.v[i],
			       a->ends.v[i], 1, &seen, diag);
	return err;
}

/* @in: constants: starts, ends, then axes and steps or NULL */
static int cut_inputs(struct cut *cut, const struct axp_tensor *const in[4],
		      const struct axp_shape *x, struct axp_diag *diag)
{
	static const char *const names[] = { "starts", "ends", "axes", "steps" };
	uint32_t seen = 0, i;
	int err = 0;

	for (i = 0; i < 4; i++) {
		if (!in[i])
			continue;
		err = axp_int_list(in[i], names[i], diag);
		if (err)
			return err;
		if (in[i]->elems != in[0]->elems)
			return axp_fail(diag, -EINVAL,
					"input %s is %llu long, starts is %llu long", names[i],
					(unsigned long long)in[i]->elems,
					(unsigned long long)in[0]->elems);
	}
	cut_nothing(cut, x);
	for (i = 0; i < in[0]->elems && !err; i++)
		err = cut_axis(cut, x, in[2] ? axp_tensor_int(in[2], i) : i,
			       axp_tensor_int(in[0], i), axp_tensor_int(in[1], i),
			       in[3] ? axp_tensor_int(in[3], i) : 1, &seen, diag);
	return err;
}

static void cut_shape(struct axp_infer *inf, const struct cut *cut)
{
	uint32_t d;

	inf->out[0] = *inf->in[0];
	for (d = 0; d < inf->out[0].ndim; d++)
		inf->out[0].dim[d] = (uint64_t)cut->n[d];
	inf->mixes |= inf->out[0].ndim && (cut->first[0] || cut->step[0] != 1);
}

static int slice_1_infer(struct axp_infer *inf)
{
	struct cut cut;
	int err;

	err = cut_attrs(&cut, inf->attrs, inf->in[0], inf->diag);
	if (!err)
		cut_shape(inf, &cut);
	return err;
}

static int slice_10_infer(struct axp_infer *inf)
{
	const struct axp_tensor *in[4] = { NULL };
	struct cut cut;
	uint32_t i;
	int err;

	for (i = 1; i < inf->nr_in; i++)
		in[i - 1] = inf->constant[i];
	err = cut_inputs(&cut, in, inf->in[0], inf->diag);
	if (!err)
		cut_shape(inf, &cut);
	return err;
}

static int cut_run(struct axp_run *run, const struct cut *cut)
{
	const struct axp_shape *x = &run->in_shape[0], *out = &run->out_shape[0];
	size_t size = axp_dtype_size(run->in_type[0]);
	uint64_t n = axp_shape_span(out, 0, out->ndim), i, row = 1;
	int64_t at[AXP_MAX_DIMS] = { 0 };
	uint32_t last = out->ndim, d;
	char *y = run->out[0];

	/* whole rows at once, where the step is 1 */
	if (last && cut->step[last - 1] == 1)
		row = out->dim[--last];
	for (i = 0; i < n; i += row, y += row * size) {
		int64_t from = 0;

		for (d = 0; d < out->ndim; d++)
			from = from * (int64_t)x->dim[d] + cut->first[d] +
			       (d < last ? at[d] * cut->step[d] : 0);
		memcpy(y, (const char *)run->in[0] + (size_t)from * size, row * size);
		for (d = last; d-- > 0 && ++at[d] == cut->n[d];)
			at[d] = 0;
	}
	return 0;
}

static int slice_1_run(struct axp_run *run)
{
	struct cut cut;
	int err;

	err = cut_attrs(&cut, run->attrs, &run->in_shape[0], run->diag);
	return err ? err : cut_run(run, &cut);
}

static int slice_10_run(struct axp_run *run)
{
	struct axp_tensor in[4] = { { 0 } };
	const struct axp_tensor *list[4] = { NULL };
	struct cut cut;
	uint32_t i;
	int err;

	for (i = 1; i < run->nr_in; i++) {
		if (!run->in[i])
			continue;
		in[i - 1].dtype = run->in_type[i];
		in[i - 1].shape = run->in_shape[i];
		in[i - 1].elems = axp_shape_span(&run->in_shape[i], 0, run->in_shape[i].ndim);
		in[i - 1].data = (void *)(uintptr_t)run->in[i];
		list[i - 1] = &in[i - 1];
	}
	err = cut_inputs(&cut, list, &run->in_shape[0], run->diag);
	return err ? err : cut_run(run, &cut);
}

/* ------------------------------------------------------------------- Split */

struct split {
	int64_t axis;
	struct axp_ints split;
};

#define SPLIT_AXIS							\
	{ .name = "axis", .kind = AXP_ATTR_INT, .offset = offsetof(struct split, axis), \
	  .min = -AXP_MAX_DIMS, .max = AXP_MAX_DIMS - 1 }

static const struct axp_attr_spec split_attrs_2[] = {
	SPLIT_AXIS,
	{ .name = "split", .kind = AXP_ATTR_INTS, .offset = offsetof(struct split, split),
	  .max = INT32_MAX },
	{ .name = NULL },
};

static const struct axp_attr_spec split_attrs_13[] = {
	SPLIT_AXIS, { .name = NULL },
};

static int split_infer(struct axp_infer *inf)
{
	const struct split *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	const struct axp_tensor *t = inf->nr_in > 1 ? inf->constant[1] : NULL;
	uint64_t given = a->split.n, sum = 0, part;
	uint32_t axis, i;
	char text[128];
	int err;

	err = axp_axis(a->axis, x->ndim, &axis, inf->diag);
	if (err)
		return err;
	if (t) {
		if (t->dtype != AXP_I64 || t->shape.ndim != 1)
			return axp_fail(inf->diag, -EINVAL,
					"input split is not a list of INT64 values");
		given = t->elems;
	}
	if ((t || given) && given != inf->nr_out)
		return axp_fail(inf->diag, -EINVAL, "split names %llu parts, there are %u outputs",
				(unsigned long long)given, inf->nr_out);
	if (!given && x->dim[axis] % inf->nr_out)
		return axp_fail(inf->diag, -EINVAL, "axis %u of shape %s has no %u equal parts",
				axis, axp_shape_text(x, text), inf->nr_out);
	for (i = 0; i < inf->nr_out; i++) {
		int64_t v = t ? axp_tensor_int(t, i) : given ? a->split.v[i] :
			    (int64_t)(x->dim[axis] / inf->nr_out);

		if (v < 0)
			return axp_fail(inf->diag, -EINVAL, "part %u of the split is %lld", i,
					(long long)v);
		part = (uint64_t)v;
		inf->out_type[i] = inf->in_type[0];
		inf->out[i] = *x;
		inf->out[i].dim[axis] = part;
		if (part > x->dim[axis] - sum)
			break;
		sum += part;
	}
	if (i < inf->nr_out || sum != x->dim[axis])
		return axp_fail(inf->diag, -EINVAL,
				"the parts of the split are not axis %u of shape %s", axis,
				axp_shape_text(x, text));
	inf->mixes |= !axis;
	return 0;
}

static int split_run(struct axp_run *run)
{
	const struct split *a = run->attrs;
	const struct axp_shape *x = &run->in_shape[0];
	size_t size = axp_dtype_size(run->in_type[0]);
	uint64_t whole, outer, o, n, at = 0;
	uint32_t axis, i;
	int err;

	err = axp_axis(a->axis, x->ndim, &axis, run->diag);
	if (err)
		return err;
	outer = axp_shape_span(x, 0, axis);
	whole = axp_shape_span(x, axis, x->ndim) * size;
	for (i = 0; i < run->nr_out; i++, at += n) {
		n = axp_shape_span(&run->out_shape[i], axis, x->ndim) * size;
		for (o = 0; run->out[i] && o < outer; o++)
			memcpy((char *)run->out[i] + o * n,
			       (const char *)run->in[0] + o * whole + at, n);
	}
	return 0;
}

/* ------------------------------------------------------------------ Gather */

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
	struct axp_shape *out = &inf->out[0];
	uint32_t axis, i;
	int err;

	if (inf->in_type[1] != AXP_I32 && inf->in_type[1] != AXP_I64)
		return axp_fail(inf->diag, -EINVAL,
				"input indices is of type %s, not INT32 or INT64",
				axp_dtype_name(inf->in_type[1]));
	err = axp_axis(a->axis, x->ndim, &axis, inf->diag);
	if (err)
		return err;
	if (x->ndim - 1 + index->ndim > AXP_MAX_DIMS)
		return axp_fail(inf->diag, -EINVAL, "the output has %u dimensions, the limit is %u",
				x->ndim - 1 + index->ndim, AXP_MAX_DIMS);
	for (i = 0; i < axis; i++)
		out->dim[out->ndim++] = x->dim[i];
	for (i = 0; i < index->ndim; i++)
		out->dim[out->ndim++] = index->dim[i];
	for (i = axis + 1; i < x->ndim; i++)
		out->dim[out->ndim++] = x->dim[i];
	inf->mixes |= !axis && !inf->constant[0];
	return 0;
}

static int gather_run(struct axp_run *run)
{
	const struct gather *a = run->attrs;
	const struct axp_shape *x = &run->in_shape[0], *index = &run->in_shape[1];
	uint64_t nr = axp_shape_span(index, 0, index->ndim), outer, inner, o, i;
	char *to = run->out[0];
	uint32_t axis;
	int64_t n;
	int err;

	err = axp_axis(a->axis, x->ndim, &axis, run->diag);
	if (err)
		return err;
	n = (int64_t)x->dim[axis];
	outer = axp_shape_span(x, 0, axis);
	inner = axp_shape_span(x, axis + 1, x->ndim) * axp_dtype_size(run->in_type[0]);
	for (o = 0; o < outer; o++) {
		for (i = 0; i < nr; i++, to += inner) {
			int64_t at = axp_elem_int(run->in_type[1], run->in[1], i);

			if (at < -n || at >= n)
				return axp_fail(run->diag, -EINVAL,
						"input indices, element %llu, is %lld, the axis is %lld long",
						(unsigned long long)i, (long long)at, (long long)n);
			at = at < 0 ? at + n : at;
			memcpy(to, (const char *)run->in[0] +
			       (o * (uint64_t)n + (uint64_t)at) * inner, inner);
		}
	}
	return 0;
}

const struct axp_op axp_ops_slice[] = {
	{ .name = "Slice", .since = 1, .until = 9, .min_in = 1, .max_in = 1,
	  .attrs = slice_attrs_1, .attrs_size = sizeof(struct slice),
	  .infer = slice_1_infer, .run = slice_1_run, .const_from = 1, .any_type = true },
	{ .name = "Slice", .since = 10, .until = AXP_OPSET_MAX, .min_in = 3, .max_in = 5,
	  .infer = slice_10_infer, .run = slice_10_run, .const_from = 1, .const_any = true,
	  .any_type = true },
	{ .name = "Split", .since = 2, .until = 12, .min_in = 1, .max_in = 1,
	  .max_out = UINT32_MAX, .attrs = split_attrs_2, .attrs_size = sizeof(struct split),
	  .infer = split_infer, .run = split_run, .const_from = 1, .any_type = true },
	{ .name = "Split", .since = 13, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 2,
	  .max_out = UINT32_MAX, .attrs = split_attrs_13, .attrs_size = sizeof(struct split),
	  .infer = split_infer, .run = split_run, .const_from = 1, .const_any = true,
	  .any_type = true },
	{ .name = "Gather", .since = 1, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 2,
	  .attrs = gather_attrs, .attrs_size = sizeof(struct gather),
	  .infer = gather_infer, .run = gather_run, .const_from = 2, .any_type = true },
	{ .name = NULL },
};
