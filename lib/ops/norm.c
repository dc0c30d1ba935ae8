// SPDX-License-Identifier: BSD-2-Clause
/*
 * BatchNormalization at inference, in binary64 and rounded once. Behind a
 * layer it is folded away (fold.c); elsewhere it runs here.
 */
#include <errno.h>
#include <math.h>

#include "../fold.h"
#include "op.h"

struct norm {
	float epsilon, momentum;
	int64_t training_mode;
};

#define NORM_ATTRS							\
	{ .name = "epsilon", .kind = AXP_ATTR_FLOAT,			\
	  .offset = offsetof(struct norm, epsilon), .fdef = 1e-5f },	\
	{ .name = "momentum", .kind = AXP_ATTR_FLOAT,			\
	  .offset = offsetof(struct norm, momentum), .fdef = 0.9f }

static const struct axp_attr_spec norm_attrs_9[] = {
	NORM_ATTRS, { .name = NULL },
};

static const struct axp_attr_spec norm_attrs_14[] = {
	NORM_ATTRS,
	{ .name = "training_mode", .kind = AXP_ATTR_INT,
	  .offset = offsetof(struct norm, training_mode), .min = 0, .max = 0 },
	{ .name = NULL },
};

static const char *const input_names[] = { "X", "scale", "B", "mean", "var" };

static int norm_infer(struct axp_infer *inf)
{
	const struct norm *a = inf->attrs;
	const struct axp_shape *x = inf->in[0];
	char text[128];
	uint64_t c;
	uint32_t i;

	if (x->ndim < 2)
		return axp_fail(inf->diag, -EINVAL, "input X is of shape %s, [N, C, ...] is wanted",
				axp_shape_text(x, text));
	for (i = 1; i < 5; i++)
		if (inf->in[i]->ndim != 1 || inf->in[i]->dim[0] != x->dim[1])
			return axp_fail(inf->diag, -EINVAL,
					"input %s is of shape %s, [%llu] is wanted", input_names[i],
					axp_shape_text(inf->in[i], text),
					(unsigned long long)x->dim[1]);
	for (c = 0; inf->constant[4] && c < x->dim[1]; c++) {
		double var = ((const float *)inf->constant[4]->data)[c];

		if (!(var + (double)a->epsilon > 0))
			return axp_fail(inf->diag, -EINVAL,
					"input var, element %llu, is %g: with epsilon %g it is not above 0",
					(unsigned long long)c, var, (double)a->epsilon);
	}
	inf->out = *x;
	return 0;
}

static void affine(const struct norm *a, const float *gamma, const float *beta,
		   const float *mean, const float *var, uint64_t c, double *scale, double *shift)
{
	*scale = gamma[c] / sqrt((double)var[c] + (double)a->epsilon);
	*shift = beta[c] - mean[c] * *scale;
}

void axp_norm_affine(const struct axp_graph *graph, const struct axp_node *node, uint64_t c,
		     double *scale, double *shift)
{
	const float *in[5];
	uint32_t i;

	for (i = 1; i < 5; i++)
		in[i] = graph->values[node->in[i]].constant->data;
	affine(node->attrs, in[1], in[2], in[3], in[4], c, scale, shift);
}

static void norm_run(const struct axp_run *run)
{
	const struct axp_shape *x = &run->in_shape[0];
	uint64_t plane = axp_shape_span(x, 2, x->ndim), n, c, i, at = 0;
	double scale, shift;

	for (n = 0; n < x->dim[0]; n++) {
		for (c = 0; c < x->dim[1]; c++) {
			affine(run->attrs, run->in[1], run->in[2], run->in[3], run->in[4], c,
			       &scale, &shift);
			for (i = 0; i < plane; i++, at++)
				run->out[at] = (float)(run->in[0][at] * scale + shift);
		}
	}
}

#define NORM(first, last, specs)					\
	{ .name = "BatchNormalization", .since = first, .until = last,	\
	  .min_in = 5, .max_in = 5, .attrs = specs,			\
	  .attrs_size = sizeof(struct norm), .infer = norm_infer,	\
	  .run = norm_run, .const_from = 1 }

const struct axp_op axp_ops_norm[] = {
	NORM(9, 13, norm_attrs_9),
	NORM(14, AXP_OPSET_MAX, norm_attrs_14),
	{ .name = NULL },
};
