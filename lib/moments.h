/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moments: how the inputs of a layer vary together, as its weights meet them.
 */
#ifndef AXP_LIB_MOMENTS_H
#define AXP_LIB_MOMENTS_H

#include "rows.h"
#include "walk.h"

/* Weights of an output that are treated together; more are cut into blocks of this. */
#define AXP_MOMENTS_MAX_DIM	1152u

/**
 * struct axp_part - weights of a layer that are treated together
 * @first: first output channel
 * @nr: output channels
 * @col: first weight of each of them
 * @dim: weights of each of them
 * @cov: [dim][dim] covariance of the inputs as the associative net has them
 * @cross: [dim][dim] covariance of these (row) and the FP32 net's (column)
 */
struct axp_part {
	uint32_t first, nr;
	uint32_t col, dim;
	double *cov;
	double *cross;
};

/**
 * struct axp_moments - second moments of a layer's inputs, about their means
 * @nr: parts: of each group of channels, one for each block of columns
 * @parts: these
 */
struct axp_moments {
	uint32_t nr;
	struct axp_part *parts;
};

/**
 * axp_moments_take() - of the layer that two walks wait at
 * @m: filled; axp_moments_clear() releases
 * @layer: its description
 * @one: its shape for one sample
 * @w: the associative net
 * @q: what its CAM makes of an activation, by the upper 16 bits; see
 *	axp_quantise(); NULL: nothing
 * @fp32: the FP32 net on the same samples; NULL: the same walk, not quantised
 * @samples: of the walks, the first that are used
 * @diag: reason
 *
 * A column is a window as im2col makes it, padding as 0. Where there are more windows
 * than needed (a multiple of the columns) an even choice of them is taken.
 * Return: 0; -EINVAL an input is not finite; -ENOMEM.
 */
int axp_moments_take(struct axp_moments *m, const struct axp_layer *layer,
		     const struct axp_layer_shape *one, struct axp_walk *w,
		     const struct axp_quantiser *q, struct axp_walk *fp32, uint32_t samples,
		     struct axp_diag *diag) AXP_MUST_CHECK;
void axp_moments_clear(struct axp_moments *m);

#endif /* AXP_LIB_MOMENTS_H */
