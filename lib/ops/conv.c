// SPDX-License-Identifier: BSD-2-Clause
/*
 * Conv: always a layer. Weights [OC, C / group, KH, KW], bias [OC].
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "window.h"

struct conv {
	struct axp_window_attrs w;
	int64_t group;
};

static const struct axp_attr_spec conv_attrs[] = {
	AXP_WINDOW_AUTO_PAD(struct conv),
	AXP_WINDOW_INTS(struct conv, dilations, 1),
	{ .name = "group", .kind = AXP_ATTR_INT, .offset = offsetof(struct conv, group),
	  .min = 1, .max = INT32_MAX, .def = 1 },
	AXP_WINDOW_INTS(struct conv, kernel_shape, 1),
	AXP_WINDOW_INTS(struct conv, pads, 0),
	AXP_WINDOW_INTS(struct conv, strides, 1),
	{ .name = NULL },
};

static int check(const struct conv *a, const struct axp_shape *x, const struct axp_shape *w,
		 struct axp_window *win, struct axp_diag *diag)
{
	uint64_t group = (uint64_t)a->group;
	char text[128];
	int err;

	if (w->ndim != 4)
		return axp_fail(diag, -EOPNOTSUPP,
				"input W is of shape %s, [OC, C, KH, KW] is supported",
				axp_shape_text(w, text));
	err = axp_window_resolve(win, &a->w, x, &w->dim[2], diag);
	if (err)
		return err;
	if (!w->dim[0] || !w->dim[1])
		return axp_fail(diag, -EINVAL, "input W is empty, shape %s",
				axp_shape_text(w, text));
	if (w->dim[1] * group != x->dim[1])
		return axp_fail(diag, -EINVAL,
				"input X has %llu channels, the weights take %llu in %llu groups",
				(unsigned long long)x->dim[1], (unsigned long long)w->dim[1],
				(unsigned long long)group);
	if (w->dim[0] % group)
		return axp_fail(diag, -EINVAL,
				"%llu output channels are not divisible by attribute group %llu",
				(unsigned long long)w->dim[0], (unsigned long long)group);
	return 0;
}

static int conv_infer(struct axp_infer *inf)
{
	struct axp_window win;
	int err;

	err = check(inf->attrs, inf->in[0], inf->in[1], &win, inf->diag);
	if (err)
		return err;
	inf->out = (struct axp_shape){ 4, { inf->in[0]->dim[0], inf->in[1]->dim[0],
					    win.out[0], win.out[1] } };
	return 0;
}

static int conv_layer(struct axp_layer *l, struct axp_node *node, const struct axp_shape *x,
		      const struct axp_tensor *const *constant, struct axp_diag *diag)
{
	const struct conv *a = node->attrs;
	const struct axp_tensor *w = constant[1];
	struct axp_window win;
	char text[128];
	int err;

	err = check(a, x, &w->shape, &win, diag);
	if (err)
		return err;
	l->is_conv = true;
	l->oc = (uint32_t)w->shape.dim[0];
	l->cg = (uint32_t)w->shape.dim[1];
	l->kh = (uint32_t)win.k[0];
	l->kw = (uint32_t)win.k[1];
	l->groups = (uint32_t)a->group;
	l->stride_h = (uint32_t)win.stride[0];
	l->stride_w = (uint32_t)win.stride[1];
	l->dil_h = (uint32_t)win.dil[0];
	l->dil_w = (uint32_t)win.dil[1];
	l->pad_top = (uint32_t)win.before[0];
	l->pad_left = (uint32_t)win.before[1];
	l->pad_bottom = (uint32_t)win.after[0];
	l->pad_right = (uint32_t)win.after[1];
	l->nr_weights = w->elems;
	if (constant[2] && (constant[2]->shape.ndim != 1 || constant[2]->elems != l->oc))
		return axp_fail(diag, -EINVAL, "input B is of shape %s, [%u] is wanted",
				axp_shape_text(&constant[2]->shape, text), l->oc);
	l->weights = malloc(l->nr_weights * sizeof(float));
	l->bias = calloc(l->oc, sizeof(float));
	if (!l->weights || !l->bias)
		return -ENOMEM;
	memcpy(l->weights, w->data, l->nr_weights * sizeof(float));
	if (constant[2])
		memcpy(l->bias, constant[2]->data, l->oc * sizeof(float));
	return 0;
}

const struct axp_op axp_ops_conv[] = {
	{ .name = "Conv", .since = 1, .until = AXP_OPSET_MAX, .min_in = 2, .max_in = 3,
	  .attrs = conv_attrs, .attrs_size = sizeof(struct conv),
	  .infer = conv_infer, .const_from = 1, .layer = conv_layer },
	{ .name = NULL },
};
