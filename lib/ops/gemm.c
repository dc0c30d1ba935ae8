// SPDX-License-Identifier: BSD-2-Clause
/*
 * Gemm and MatMul: layers where the weights are constant, brought to [OC, C]; on
 * the host where they are not.
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
	  .max = 1 },
	{ .name = "transB", .kind = AXP_ATTR_INT, .offset = offsetof(struct gemm, trans_b),
	  .max = 1 },
	{ .name = NULL },
};

/* ------------------------------------------------------------------- Gemm */

/* a bias of every output channel, or one for all */
static bool is_bias(const struct axp_shape *s, uint64_t oc)
{
	return !(s->ndim > 2 || (s->ndim == 2 && s->dim[0] != 1) ||
		 (s->ndim && s->dim[s->ndim - 1] != 1 && s->dim[s->ndim - 1] != oc));
}

static int gemm_infer(struct axp_infer *inf)
{
	const struct gemm *g = inf->attrs;
	const struct axp_shape *a = inf->in[0], *b = inf->in[1];
	const struct axp_shape *c = inf->nr_in > 2 ? inf->in[2] : NULL;
	char ta[128], tb[128];
	uint64_t m, n;
	uint32_t i;

	if (a->ndim != 2)
		return axp_fail(inf->diag, -EINVAL, "input A is of shape %s, a matrix is wanted",
				axp_shape_text(a, ta));
	if (b->ndim != 2)
		return axp_fail(inf->diag, -EINVAL, "input B is of shape %s, a matrix is wanted",
				axp_shape_text(b, tb));
	if (a->dim[!g->trans_a] != b->dim[g->trans_b])
		return axp_fail(inf->diag, -EINVAL,
				"input A is of shape %s, the weights take %llu columns",
				axp_shape_text(a, ta), (unsigned long long)b->dim[g->trans_b]);
	m = a->dim[g->trans_a];
	n = b->dim[!g->trans_b];
	for (i = 0; c && i < c->ndim; i++) {
		uint64_t want = i == c->ndim - 1 ? n : m;

		if (c->ndim > 2 || (c->dim[i] != 1 && c->dim[i] != want))
			return axp_fail(inf->diag, -EINVAL,
					"input C is of shape %s, it does not go with [%llu, %llu]",
					axp_shape_text(c, ta), (unsigned long long)m,
					(unsigned long long)n);
	}
	inf->out[0] = (struct axp_shape){ 2, { m, n } };
	inf->mixes = g->trans_a || !inf->constant[1] || (c && !inf->constant[2] && c->ndim < 2);
	return 0;
}

static int gemm_run(struct axp_run *run)
{
	const struct gemm *g = run->attrs;
	const struct axp_shape *a = &run->in_shape[0], *b = &run->in_shape[1];
	const struct axp_shape *cs = run->nr_in > 2 && run->in[2] ? &run->in_shape[2] : NULL;
	uint64_t m = run->out_shape[0].dim[0], n = run->out_shape[0].dim[1];
	uint64_t k = a->dim[!g->trans_a], i, j, l;
	const float *pa = run->in[0], *pb = run->in[1];
	const float *pc = cs ? run->in[2] : NULL;
	uint64_t row = cs && cs->ndim == 2 && cs->dim[0] != 1 ? cs->dim[1] : 0;
	uint64_t column = cs && cs->ndim && cs->dim[cs->ndim - 1] != 1;
	float *y = run->out[0];

	for (i = 0; i < m; i++) {
		for (j = 0; j < n; j++) {
			double sum = 0;

			for (l = 0; l < k; l++)
				sum += (double)pa[g->trans_a ? l * a->dim[1] + i : i * k + l] *
				       pb[g->trans_b ? j * b->dim[1] + l : l * n + j];
			sum *= g->alpha;
			if (pc)
				sum += (double)g->beta * pc[i * row + j * column];
			y[i * n + j] = (float)sum;
		}
	}
	return 0;
}

static const struct axp_tensor *constant_of(const struct axp_graph *graph,
					    const struct axp_node *node, uint32_t i)
{
	if (i >= node->nr_in || node->in[i] == AXP_NO_VALUE)
		return NULL;
	return graph->values[node->in[i]].constant;
}

static bool is_matrix(const struct axp_tensor *b)
{
	return b && b->shape.ndim == 2 && b->elems;
}

static bool gemm_is_layer(const struct axp_graph *graph, const struct axp_node *node)
{
	const struct axp_tensor *b = constant_of(graph, node, 1), *c = constant_of(graph, node, 2);
	const struct gemm *g = node->attrs;

	if (g->trans_a || !is_matrix(b) ||
	    !axp_shape_span(&graph->values[node->in[0]].shape, 0, 2))
		return false;
	if (node->nr_in < 3 || node->in[2] == AXP_NO_VALUE)
		return true;
	return c && is_bias(&c->shape, b->shape.dim[!g->trans_b]);
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
	l->bias = calloc(l->oc, sizeof(float));
	if (!l->bias)
		return -ENOMEM;
	if (trans && alpha == 1.0) {
		l->weights = b->data;
		return 0;
	}
	l->weights = malloc(l->nr_weights * sizeof(float));
	if (!l->weights)
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
	uint32_t o;
	int err;

	(void)x;
	err = fill(l, constant[1], g->trans_b, g->alpha);
	if (err || !bias)
		return err ? err : axp_layer_check_finite(l, diag);
	for (o = 0; o < l->oc; o++)
		l->bias[o] = (float)((double)g->beta *
				     ((const float *)bias->data)[bias->elems == 1 ? 0 : o]);
	return axp_layer_check_finite(l, diag);
}

/* ------------------------------------------------------------------ MatMul */

/* numpy's matmul: a vector in front is a row, behind a column, and goes again */
static int matmul_infer(struct axp_infer *inf)
{
	const struct axp_shape *a = inf->in[0], *b = inf->in[1];
	struct axp_shape *out = &inf->out[0];
	uint32_t na = a->ndim > 2 ? a->ndim - 2 : 0, nb = b->ndim > 2 ? b->ndim - 2 : 0, i;
	uint32_t n = na > nb ? na : nb;
	uint64_t columns;
	char ta[128], tb[128];

	if (!a->ndim || !b->ndim)
		return axp_fail(inf->diag, -EINVAL, "inputs of shapes %s and %s are no matrices",
				axp_shape_text(a, ta), axp_shape_text(b, tb));
	columns = b->dim[b->ndim > 1 ? b->ndim - 2 : 0];
	if (a->dim[a->ndim - 1] != columns)
		return axp_fail(inf->diag, -EINVAL,
				"input A is of shape %s, the weights take %llu columns",
				axp_shape_text(a, ta), (unsigned long long)columns);
	*out = (struct axp_shape){ .ndim = n };
	for (i = 0; i < n; i++) {
		uint64_t da = i + na < n ? 1 : a->dim[i + na - n];
		uint64_t db = i + nb < n ? 1 : b->dim[i + nb - n];

		if (da != db && da != 1 && db != 1)
			return axp_fail(inf->diag, -EINVAL, "shapes %s and %s do not go together",
					axp_shape_text(a, ta), axp_shape_text(b, tb));
		out->dim[i] = da == 1 ? db : da;
	}
	if (a->ndim > 1)
		out->dim[out->ndim++] = a->dim[a->ndim - 2];
	if (b->ndim > 1)
		out->dim[out->ndim++] = b->dim[b->ndim - 1];
	inf->mixes = (!inf->constant[0] && (a->ndim < 2 || a->ndim < b->ndim)) ||
		     (!inf->constant[1] && (b->ndim < 3 || b->ndim < a->ndim));
	return 0;
}

/* first element of matrix @i of the output's, in a shape that is broadcast to it */
static uint64_t matrix_at(const struct axp_shape *s, const struct axp_shape *out, uint32_t n,
			  uint64_t i)
{
	uint32_t ns = s->ndim > 2 ? s->ndim - 2 : 0, d;
	uint64_t at = 0, step = ns ? axp_shape_span(s, ns, s->ndim) : 0;

	for (d = n; d-- > 0; i /= out->dim[d]) {
		uint64_t here = i % out->dim[d];

		if (d + ns < n)
			break;
		if (s->dim[d + ns - n] != 1)
			at += here * step;
		step *= s->dim[d + ns - n];
	}
	return at;
}

static int matmul_run(struct axp_run *run)
{
	const struct axp_shape *a = &run->in_shape[0], *b = &run->in_shape[1];
	const struct axp_shape *out = &run->out_shape[0];
	uint64_t m = a->ndim > 1 ? a->dim[a->ndim - 2] : 1, k = a->dim[a->ndim - 1];
	uint64_t n = b->ndim > 1 ? b->dim[b->ndim - 1] : 1, count, r, i, j, l;
	uint32_t nd = out->ndim - (a->ndim > 1) - (b->ndim > 1);
	float *y = run->out[0];

	count = axp_shape_span(out, 0, nd);
	for (r = 0; r < count; r++) {
		const float *pa = (const float *)run->in[0] + matrix_at(a, out, nd, r);
		const float *pb = (const float *)run->in[1] + matrix_at(b, out, nd, r);

		for (i = 0; i < m; i++, y += n) {
			memset(y, 0, n * sizeof(*y));
			for (l = 0; l < k; l++)
				for (j = 0; j < n; j++)
					y[j] += pa[i * k + l] * pb[l * n + j];
		}
	}
	return 0;
}

static bool matmul_is_layer(const struct axp_graph *graph, const struct axp_node *node)
{
	const struct axp_shape *a = &graph->values[node->in[0]].shape;

	return a->ndim >= 2 && axp_shape_span(a, 0, a->ndim) && !constant_of(graph, node, 0) &&
	       is_matrix(constant_of(graph, node, 1));
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
	  .infer = gemm_infer, .run = gemm_run, .const_from = 3,
	  .layer = gemm_layer, .is_layer = gemm_is_layer },
	{ .name = "MatMul", .since = 1, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 2,
	  .infer = matmul_infer, .run = matmul_run, .const_from = 2,
	  .layer = matmul_layer, .is_layer = matmul_is_layer },
	{ .name = NULL },
};
