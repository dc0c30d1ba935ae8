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
 * @dilations: of each direction: (depth,) (height,) width
 * @kernel_shape: likewise
 * @pads: before each, then behind each
 * @strides: of each direction
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

#define AXP_WINDOW_DIMS	3u

/**
 * struct axp_window - a window with everything resolved, by direction
 * @nd: directions: dimensions behind N and C
 * @k: kernel
 * @stride: strides
 * @dil: dilations
 * @before: padding before the first element
 * @after: padding behind the last one
 * @out: windows
 */
struct axp_window {
	uint32_t nd;
	uint64_t k[AXP_WINDOW_DIMS], stride[AXP_WINDOW_DIMS], dil[AXP_WINDOW_DIMS];
	uint64_t before[AXP_WINDOW_DIMS], after[AXP_WINDOW_DIMS], out[AXP_WINDOW_DIMS];
};

/**
 * axp_window_resolve() - defaults, automatic padding and output size
 * @win: filled
 * @attrs: attributes
 * @in: [N, C, (D,) (H,) W]
 * @max_nd: directions there may be
 * @kernel: kernel that the weights have, NULL: kernel_shape rules
 * @diag: attribute, value, limit
 */
int axp_window_resolve(struct axp_window *win, const struct axp_window_attrs *attrs,
		       const struct axp_shape *in, uint32_t max_nd, const uint64_t *kernel,
		       struct axp_diag *diag) AXP_MUST_CHECK;
/* attributes of one value a direction are that long; -EINVAL */
int axp_window_check_counts(const struct axp_window_attrs *attrs, uint32_t nd,
			    struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_OPS_WINDOW_H */
