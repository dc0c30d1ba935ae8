/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compensate: clusters that keep a layer's outputs rather than its weights.
 */
#ifndef AXP_LIB_COMPENSATE_H
#define AXP_LIB_COMPENSATE_H

#include "cluster.h"
#include "moments.h"

/**
 * axp_compensate() - centroids and indices of least output error
 * @out: codebook, at most @k centroids, one of them +0
 * @index: [oc][dim] indices
 * @layer: its weights are the FP32 net's
 * @m: moments of its inputs
 * @k: AXP_CLUSTER_MIN_K to AXP_CLUSTER_MAX_K
 * @dropped: [oc][dim] weights that must be 0, or NULL
 * @diag: reason
 *
 * With inputs x' of the associative net and x of the FP32 net it looks for codebook c
 * and indices a that make small
 *
 *	sum over outputs o of E |w_o x - c[a_o] x'|^2
 *
 * about the means (the bias takes care of these). Weights are first moved to where
 * this is least for free values, w* = H^-1 G w, H = E x'x'^T + damping, G = E x'x^T;
 * what is left is (w* - q)^T H (w* - q). The codebook starts as exact 1-D k-means of
 * w*, weighted by the diagonal of H. Indices are chosen one after the other, each
 * error spread over those still to come (Frantar et al., GPTQ, arXiv:2210.17323), then
 * revised one at a time while that helps (coordinate descent: Behdin et al., QuantEase,
 * arXiv:2309.01885); the codebook is solved for by least squares for the indices as
 * they are; and so on in turn.
 *
 * Return: 0; -EINVAL a weight is not finite; -ENOMEM.
 */
int axp_compensate(struct axp_codebook *out, uint8_t *index, const struct axp_layer *layer,
		   const struct axp_moments *m, uint32_t k, const bool *dropped,
		   struct axp_diag *diag) AXP_MUST_CHECK;

/* weights that axp_compensate_drop() takes out of so many */
uint64_t axp_compensate_nr_dropped(uint64_t weights, double fraction);
/**
 * axp_compensate_drop() - the weights whose loss costs least
 * @dropped: [oc][dim] filled
 * @layer: its weights are the FP32 net's
 * @m: moments of its inputs
 * @fraction: of the weights, 0 to 1
 *
 * By w^2 / (H^-1)_jj, the error that is left when the others make up for one
 * (Hassibi and Stork, Optimal Brain Surgeon, NIPS 1992).
 */
int axp_compensate_drop(bool *dropped, const struct axp_layer *layer,
			const struct axp_moments *m, double fraction,
			struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_COMPENSATE_H */
