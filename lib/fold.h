/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the folding passes ask of operators and layers.
 */
#ifndef AXP_LIB_FOLD_H
#define AXP_LIB_FOLD_H

#include "graph.h"

/* channel @c of BatchNormalization @node: y = x * scale + shift (ops/norm.c) */
void axp_norm_affine(const struct axp_graph *graph, const struct axp_node *node, uint64_t c,
		     double *scale, double *shift);
/* -EINVAL with the index of the first weight or bias that is NaN or infinite */
int axp_layer_check_finite(const struct axp_layer *layer, struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_FOLD_H */
