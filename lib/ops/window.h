/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Window: what convolutions and pools slide over an image.
 */
#ifndef AXP_LIB_OPS_WINDOW_H
#define AXP_LIB_OPS_WINDOW_H

#include "op.h"

enum { AXP_PAD_NOTSET, AXP_PAD_SAME_UPPER, AXP_PAD_SAME_LOWER, AXP_PAD_VALID };

extern const char *const axp_auto_pad_words[];

/**
 * struct axp_window_attrs - attributes that Conv and the pools share
 * @auto_pad: AXP_PAD_*
 * @ceil_mode: 1: the last window may reach past the padding
 * @dilations: of height and width
 * @kernel_shape: height and width
 * @pads: top, left, bottom, right
 * @strides: of height and width
 */
struct axp_window_attrs {
	uint32_t auto_pad;
	int64_t ceil_mode;
	struct axp_ints dilations, kernel_shape, pads, strides;
};

/* specs of the shared attributes; @s embeds a struct axp_window_attrs as w */
#define AXP_WINDOW_INTS(s, field, lo)							\
	{ .name = #field, .kind = AXP_ATTR_INTS, .offset = offsetof(s, w.field),	\
	  .min = lo, .max = INT32_MAX }
#define AXP_WINDOW_AUTO_PAD(s)								\
	{ .name = "auto_pad", .kind = AXP_ATTR_WORD,					\
	  .offset = offsetof(s, w.auto_pad), .words = axp_auto_pad_words }
#define AXP_WINDOW_CEIL(s)								\
	{ .name = "ceil_mode", .kind = AXP_ATTR_INT,					\
	  .offset = offsetof(s, w.ceil_mode), .max = 1 }

/**
 * struct axp_window - a window with everything resolved, height and width
 * @k: kernel
 * @stride: strides
 * @dil: dilations
 * @before: padding at the top and left
 * @after: padding at the bottom and right
 * @out: windows
 */
struct axp_window {
	uint64_t k[2], stride[2], dil[2], before[2], after[2], out[2];
};

/**
 * axp_window_resolve() - defaults, automatic padding and output size
 * @win: filled
 * @attrs: attributes
 * @in: [N, C, H, W]
 * @kernel: kernel height and width that the weights have, NULL: kernel_shape rules
 * @diag: attribute, value, limit
 */
int axp_window_resolve(struct axp_window *win, const struct axp_window_attrs *attrs,
		       const struct axp_shape *in, const uint64_t *kernel,
		       struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_OPS_WINDOW_H */
