// SPDX-License-Identifier: BSD-2-Clause
/*
 * If, as onnx_branch.c rewrites it: one of its first two inputs, by a condition that is
 * known when the graph is made. Afterwards it is an Identity (fold.c).
 */
#include <errno.h>
#include <string.h>

#include "op.h"

static int if_infer(struct axp_infer *inf)
{
	const struct axp_tensor *condition = inf->constant[2];
	uint32_t chosen;

	if (condition->dtype != AXP_BOOL || condition->elems != 1)
		return axp_fail(inf->diag, -EINVAL, "input cond is not a single BOOL");
	chosen = axp_tensor_int(condition, 0) ? 0 : 1;
	inf->out[0] = *inf->in[chosen];
	inf->out_type[0] = inf->in_type[chosen];
	return 0;
}

static int if_run(struct axp_run *run)
{
	uint32_t chosen = *(const uint8_t *)run->in[2] ? 0 : 1;
	uint64_t n = axp_shape_span(&run->out_shape[0], 0, run->out_shape[0].ndim);

	if (n)
		memcpy(run->out[0], run->in[chosen], n * axp_dtype_size(run->out_type[0]));
	return 0;
}

const struct axp_op axp_ops_branch[] = {
	{ .name = "If", .since = 1, .until = AXP_OPSET_MAX, .min_in = 3, .max_in = 3,
	  .infer = if_infer, .run = if_run, .const_from = 2, .const_any = true, .any_type = true },
	{ .name = NULL },
};
