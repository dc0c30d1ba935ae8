// SPDX-License-Identifier: BSD-2-Clause
/*
 * Normalizations, in binary64 and rounded once. BatchNormalization behind a layer
 * is folded away (fold.c); elsewhere it runs here.
 */
#include <errno.h>
#include <math.h>

#include "../fold.h"
#include "exact.h"
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
	inf->out[0] = *x;
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

static int norm_run(struct axp_run *run)
{
	const struct axp_shape *x = &run->in_shape[0];
	uint64_t plane = axp_shape_span(x, 2, x->ndim), n, c, i, at = 0;
	const float *from = run->in[0];
	float *to = run->out[0];
	double scale, shift;

	for (n = 0; n < x->dim[0]; n++) {
		for (c = 0; c < x->dim[1]; c++) {
			affine(run->attrs, run->in[1], run->in[2], run->in[3], run->in[4], c,
			       &scale, &shift);
			for (i = 0; i < plane; i++, at++)
				to[at] = (float)(from[at] * scale + shift);
		}
	}
	return 0;
}

/* --------------------------------------------------------------------- LRN */

struct lrn {
	float alpha, beta, bias;
	int64_t size;
};

static const struct axp_attr_spec lrn_attrs[] = {
	{ .name = "alpha", .kind = AXP_ATTR_FLOAT, .offset = offsetof(struct lrn, alpha),
	  .fdef = 1e-4f },
	{ .name = "beta", .kind = AXP_ATTR_FLOAT, .offset = offsetof(struct lrn, beta),
	  .fdef = 0.75f },
	{ .name = "bias", .kind = AXP_ATTR_FLOAT, .offset = offsetof(struct lrn, bias),
	  .fdef = 1.0f },
	{ .name = "size", .kind = AXP_ATTR_INT, .offset = offsetof(struct lrn, size),
	  .required = true, .min = 1, .max = INT32_MAX },
	{ .name = NULL },
};

static int lrn_infer(struct axp_infer *inf)
{
	char text[128];

	if (inf->in[0]->ndim < 2)
		return axp_fail(inf->diag, -EINVAL, "input X is of shape %s, [N, C, ...] is wanted",
				axp_shape_text(inf->in[0], text));
	inf->out[0] = *inf->in[0];
	return 0;
}

/* y = x / (bias + alpha / size * sum of x^2 over size channels)^beta */
static int lrn_run(struct axp_run *run)
{
	const struct lrn *a = run->attrs;
	const struct axp_shape *x = &run->in_shape[0];
	uint64_t plane = axp_shape_span(x, 2, x->ndim), n, i;
	int64_t channels = (int64_t)x->dim[1], before = (a->size - 1) / 2, c, k;
	const float *from = run->in[0];
	float *to = run->out[0];

	for (n = 0; n < x->dim[0]; n++, from += (uint64_t)channels * plane) {
		for (c = 0; c < channels; c++, to += plane) {
			int64_t lo = c > before ? c - before : 0;
			int64_t hi = a->size - 1 - before;

			hi = hi < channels - 1 - c ? c + hi : channels - 1;
			for (i = 0; i < plane; i++) {
				double sum = 0;

				for (k = lo; k <= hi; k++) {
					double v = from[(uint64_t)k * plane + i];

					sum += v * v;
				}
				sum = a->bias + (double)a->alpha / (double)a->size * sum;
				to[i] = (float)(from[(uint64_t)c * plane + i] *
						axp_exp(-(double)a->beta * axp_log(sum)));
			}
		}
	}
	return 0;
}

#define NORM(first, last, specs)					\
	{ .name = "BatchNormalization", .since = first, .until = last,	\
	  .min_in = 5, .max_in = 5, .attrs = specs,			\
	  .attrs_size = sizeof(struct norm), .infer = norm_infer,	\
	  .run = norm_run, .const_from = 1 }

const struct axp_op axp_ops_norm[] = {
	NORM(9, 13, norm_attrs_9),
	NORM(14, AXP_OPSET_MAX, norm_attrs_14),
	{ .name = "LRN", .since = 1, .until = AXP_OPSET_MAX, .min_in = 1, .max_in = 1,
	  .attrs = lrn_attrs, .attrs_size = sizeof(struct lrn),
	  .infer = lrn_infer, .run = lrn_run, .const_from = 1 },
	{ .name = NULL },
};
