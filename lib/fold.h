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
/* a 0 in the shape of Reshape @node stands for the input's dimension (ops/shape.c) */
bool axp_reshape_copies(const struct axp_node *node);
/* -EINVAL with the index of the first weight or bias that is NaN or infinite */
int axp_layer_check_finite(const struct axp_layer *layer, struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_FOLD_H */
