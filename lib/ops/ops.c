// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "op.h"

/* Each list ends with a row without a name. */
static const struct axp_op *const families[] = {
	axp_ops_conv, axp_ops_gemm, axp_ops_pool, axp_ops_norm,
	axp_ops_eltwise, axp_ops_act, axp_ops_shape, axp_ops_slice, axp_ops_pad,
	axp_ops_reduce, axp_ops_resize, axp_ops_constant, axp_ops_branch,
};

#define NR_FAMILIES	(sizeof(families) / sizeof(families[0]))

const struct axp_op *axp_op_row(uint32_t i)
{
	const struct axp_op *op;
	size_t f;

	for (f = 0; f < NR_FAMILIES; f++)
		for (op = families[f]; op->name; op++)
			if (!i--)
				return op;
	return NULL;
}

const struct axp_op *axp_op_find(const char *name, uint32_t opset, bool *known)
{
	const struct axp_op *op;
	size_t f;

	*known = false;
	for (f = 0; f < NR_FAMILIES; f++) {
		for (op = families[f]; op->name; op++) {
			if (strcmp(op->name, name))
				continue;
			*known = true;
			if (opset >= op->since && opset <= op->until)
				return op;
		}
	}
	return NULL;
}

int axp_axis(int64_t axis, uint32_t ndim, uint32_t *out, struct axp_diag *diag)
{
	int64_t n = ndim;

	if (axis < -n || axis >= n)
		return axp_fail(diag, -EINVAL, "axis is %lld, the input has %u dimensions",
				(long long)axis, ndim);
	*out = (uint32_t)(axis < 0 ? axis + n : axis);
	return 0;
}

int axp_int_list(const struct axp_tensor *t, const char *name, struct axp_diag *diag)
{
	if ((t->dtype != AXP_I64 && t->dtype != AXP_I32) || t->shape.ndim > 1 ||
	    t->elems > 2 * AXP_MAX_DIMS)
		return axp_fail(diag, -EINVAL,
				"input %s is not a list of at most %u INT64 values", name,
				2 * AXP_MAX_DIMS);
	return 0;
}
