// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "window.h"

const char *const axp_auto_pad_words[] = {
	"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", NULL,
};

static int check_count(const char *name, const struct axp_ints *v, uint32_t want,
		       struct axp_diag *diag)
{
	if (!v->n || v->n == want)
		return 0;
	return axp_fail(diag, -EINVAL, "attribute %s holds %u values, %u are wanted",
			name, v->n, want);
}

int axp_window_check_counts(const struct axp_window_attrs *a, uint32_t nd,
			    struct axp_diag *diag)
{
	uint32_t i;
	int err;

	err = check_count("kernel_shape", &a->kernel_shape, nd, diag);
	if (!err)
		err = check_count("strides", &a->strides, nd, diag);
	if (!err)
		err = check_count("dilations", &a->dilations, nd, diag);
	if (!err)
		err = check_count("pads", &a->pads, 2 * nd, diag);
	if (err || a->auto_pad == AXP_PAD_NOTSET)
		return err;
	for (i = 0; i < a->pads.n; i++)
		if (a->pads.v[i])
			return axp_fail(diag, -EINVAL,
					"attribute pads is given beside auto_pad %s",
					axp_auto_pad_words[a->auto_pad]);
	return 0;
}

/* one direction; every number is below 2^32 */
static int resolve(struct axp_window *win, const struct axp_window_attrs *a, uint32_t d,
		   uint64_t in, struct axp_diag *diag)
{
	static const char *const units[] = { "columns", "rows", "planes" };
	uint64_t reach = win->dil[d] * (win->k[d] - 1) + 1;
	uint64_t stride = win->stride[d];
	uint64_t padded, total;

	if (a->auto_pad == AXP_PAD_SAME_UPPER || a->auto_pad == AXP_PAD_SAME_LOWER) {
		win->out[d] = (in + stride - 1) / stride;
		total = win->out[d] ? (win->out[d] - 1) * stride + reach : 0;
		total = total > in ? total - in : 0;
		win->before[d] = total / 2;
		win->after[d] = total / 2;
		if (a->auto_pad == AXP_PAD_SAME_UPPER)
			win->after[d] += total & 1;
		else
			win->before[d] += total & 1;
	}
	padded = in + win->before[d] + win->after[d];
	if (reach > padded)
		return axp_fail(diag, -EINVAL,
				"the kernel reaches over %llu %s, the padded input has %llu",
				(unsigned long long)reach, units[win->nd - 1 - d],
				(unsigned long long)padded);
	win->out[d] = (padded - reach) / stride + 1;
	if (a->ceil_mode && (padded - reach) % stride &&
	    win->out[d] * stride < in + win->before[d])
		win->out[d]++;	/* a window that starts inside the image */
	return 0;
}

int axp_window_resolve(struct axp_window *win, const struct axp_window_attrs *attrs,
		       const struct axp_shape *in, uint32_t max_nd, const uint64_t *kernel,
		       struct axp_diag *diag)
{
	char text[128];
	uint32_t d;
	int err;

	if (in->ndim < 3 || in->ndim > max_nd + 2)
		return axp_fail(diag, -EOPNOTSUPP,
				"input X is of shape %s, [N, C, W]%s%s supported",
				axp_shape_text(in, text), max_nd > 2 ? ", [N, C, H, W]" : "",
				max_nd > 2 ? " and [N, C, D, H, W] are" :
				" and [N, C, H, W] are");
	memset(win, 0, sizeof(*win));
	win->nd = in->ndim - 2;
	err = axp_window_check_counts(attrs, win->nd, diag);
	if (err)
		return err;
	for (d = 0; d < win->nd; d++) {
		uint64_t k = attrs->kernel_shape.n ? (uint64_t)attrs->kernel_shape.v[d] : 0;

		if (kernel && k && k != kernel[d])
			return axp_fail(diag, -EINVAL,
					"attribute kernel_shape is %llu, the weights have %llu",
					(unsigned long long)k, (unsigned long long)kernel[d]);
		win->k[d] = kernel ? kernel[d] : k;
		win->stride[d] = attrs->strides.n ? (uint64_t)attrs->strides.v[d] : 1;
		win->dil[d] = attrs->dilations.n ? (uint64_t)attrs->dilations.v[d] : 1;
		win->before[d] = attrs->pads.n ? (uint64_t)attrs->pads.v[d] : 0;
		win->after[d] = attrs->pads.n ? (uint64_t)attrs->pads.v[d + win->nd] : 0;
		if (!win->k[d] || in->dim[d + 2] > UINT32_MAX)
			return axp_fail(diag, -EINVAL, "the kernel or the input is empty");
		err = resolve(win, attrs, d, in->dim[d + 2], diag);
		if (err)
			return err;
	}
	return 0;
}
