// SPDX-License-Identifier: BSD-2-Clause
/*
 * Gemm and MatMul: always layers, weights brought to [OC, C].
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../fold.h"
#include "op.h"

struct gemm {
	float alpha, beta;
	int64_t trans_a, trans_b;
};

static const struct axp_attr_spec gemm_attrs[] = {
	{ .name = "alpha", .kind = AXP_ATTR_FLOAT, .offset = offsetof(struct gemm, alpha),
	  .fdef = 1.0f },
	{ .name = "beta", .kind = AXP_ATTR_FLOAT, .offset = offsetof(struct gemm, beta),
	  .fdef = 1.0f },
	{ .name = "transA", .kind = AXP_ATTR_INT, .offset = offsetof(struct gemm, trans_a),
	  .min = 0, .max = 0 },
	{ .name = "transB", .kind = AXP_ATTR_INT, .offset = offsetof(struct gemm, trans_b),
	  .max = 1 },
	{ .name = NULL },
};

/* @c and @oc of matrix @b */
static int check_b(const struct axp_shape *b, bool trans, uint64_t *c, uint64_t *oc,
		   struct axp_diag *diag)
{
	char text[128];

	if (b->ndim != 2 || !b->dim[0] || !b->dim[1])
		return axp_fail(diag, -EOPNOTSUPP,
				"input B is of shape %s, a matrix is supported",
				axp_shape_text(b, text));
	*c = b->dim[trans];
	*oc = b->dim[!trans];
	return 0;
}

static int product_infer(struct axp_infer *inf, bool trans)
{
	const struct axp_shape *a = inf->in[0];
	uint64_t c = 0, oc = 0;
	char text[128];
	int err;

	err = check_b(inf->in[1], trans, &c, &oc, inf->diag);
	if (err)
		return err;
	if (a->ndim < 2 || a->dim[a->ndim - 1] != c)
		return axp_fail(inf->diag, -EINVAL,
				"input A is of shape %s, the weights take %llu columns",
				axp_shape_text(a, text), (unsigned long long)c);
	inf->out = *a;
	inf->out.dim[a->ndim - 1] = oc;
	return 0;
}

static int gemm_infer(struct axp_infer *inf)
{
	const struct gemm *g = inf->attrs;
	char text[128];

	if (inf->in[0]->ndim != 2)
		return axp_fail(inf->diag, -EINVAL, "input A is of shape %s, a matrix is wanted",
				axp_shape_text(inf->in[0], text));
	return product_infer(inf, g->trans_b);
}

static int matmul_infer(struct axp_infer *inf)
{
	return product_infer(inf, false);
}

static int fill(struct axp_layer *l, const struct axp_tensor *b, bool trans, double alpha)
{
	const float *w = b->data;
	uint32_t o, c;

	l->oc = (uint32_t)b->shape.dim[!trans];
	l->cg = (uint32_t)b->shape.dim[trans];
	l->kh = 1;
	l->kw = 1;
	l->groups = 1;
	l->stride_h = 1;
	l->stride_w = 1;
	l->dil_h = 1;
	l->dil_w = 1;
	l->nr_weights = b->elems;
	l->weights = malloc(l->nr_weights * sizeof(float));
	l->bias = calloc(l->oc, sizeof(float));
	if (!l->weights || !l->bias)
		return -ENOMEM;
	for (o = 0; o < l->oc; o++)
		for (c = 0; c < l->cg; c++)
			l->weights[(uint64_t)o * l->cg + c] = (float)(alpha *
				w[trans ? (uint64_t)o * l->cg + c : (uint64_t)c * l->oc + o]);
	return 0;
}

static int gemm_layer(struct axp_layer *l, struct axp_node *node, const struct axp_shape *x,
		      const struct axp_tensor *const *constant, struct axp_diag *diag)
{
	const struct gemm *g = node->attrs;
	const struct axp_tensor *bias = constant[2];
	const struct axp_shape *s;
	char text[128];
	uint32_t o;
	int err;

	(void)x;
	err = fill(l, constant[1], g->trans_b, g->alpha);
	if (err || !bias)
		return err ? err : axp_layer_check_finite(l, diag);
	s = &bias->shape;
	if (s->ndim > 2 || (s->ndim == 2 && s->dim[0] != 1) ||
	    (s->ndim && s->dim[s->ndim - 1] != 1 && s->dim[s->ndim - 1] != l->oc))
		return axp_fail(diag, -EOPNOTSUPP,
				"input C is of shape %s, [%u] or [1, %u] is supported",
				axp_shape_text(s, text), l->oc, l->oc);
	for (o = 0; o < l->oc; o++)
		l->bias[o] = (float)((double)g->beta *
				     ((const float *)bias->data)[bias->elems == 1 ? 0 : o]);
	return axp_layer_check_finite(l, diag);
}

static int matmul_layer(struct axp_layer *l, struct axp_node *node, const struct axp_shape *x,
			const struct axp_tensor *const *constant, struct axp_diag *diag)
{
	(void)node;
	(void)x;
	(void)diag;
	return fill(l, constant[1], false, 1.0);
}

const struct axp_op axp_ops_gemm[] = {
	{ .name = "Gemm", .since = 7, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 3,
	  .attrs = gemm_attrs, .attrs_size = sizeof(struct gemm),
	  .infer = gemm_infer, .const_from = 1, .layer = gemm_layer },
	{ .name = "MatMul", .since = 1, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 2,
	  .infer = matmul_infer, .const_from = 1, .layer = matmul_layer },
	{ .name = NULL },
};
