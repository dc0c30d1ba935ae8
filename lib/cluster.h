/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cluster: few distinct values for many weights, one of them exactly 0.
 */
#ifndef AXP_LIB_CLUSTER_H
#define AXP_LIB_CLUSTER_H

#include <axp/axp.h>

#define AXP_CLUSTER_MIN_K	2
#define AXP_CLUSTER_MAX_K	256

/*
 * Distinct magnitudes of one sign that are told apart. More than that are first
 * joined with their neighbours, in equal numbers; with this many groups that is
 * far below the rounding of the weights.
 */
#define AXP_CLUSTER_MAX_POINTS	65536

/**
 * struct axp_codebook - centroids
 * @k: number of them
 * @c: centroids, ascending; one of them is +0
 * @cost: what the distances of the weights to their centroids cost: the sum of their
 *	squares, or what axp_compensate() says
 */
struct axp_codebook {
	uint32_t k;
	float c[AXP_CLUSTER_MAX_K];
	double cost;
};

/**
 * axp_cluster() - choose centroids and give every weight the nearest
 * @out: codebook of at most @k centroids, fewer when there are fewer distinct weights
 * @index: @n indices into it
 * @w: weights, all finite
 * @importance: what a squared distance of each weight costs, above 0; NULL: 1
 * @n: number of weights, at least 1
 * @k: AXP_CLUSTER_MIN_K to AXP_CLUSTER_MAX_K
 * @method: AXP_CLUSTER_OPTIMAL: least possible cost among all codebooks that hold 0,
 *	by dynamic programming over the sorted weights; AXP_CLUSTER_KMEANS: Lloyd's
 *	iteration from quantiles, the centroid nearest to 0 pinned there (not with
 *	@importance)
 * @diag: the weight that is not finite
 *
 * Binary64 in a fixed order: the same bits on every machine.
 * Return: 0; -EINVAL; -ENOMEM.
 */
int axp_cluster(struct axp_codebook *out, uint8_t *index, const float *w,
		const double *importance, uint64_t n, uint32_t k, enum axp_cluster method,
		struct axp_diag *diag) AXP_MUST_CHECK;

/* index of the centroid nearest to @w, the lower one when two are as near */
uint32_t axp_codebook_nearest(const struct axp_codebook *book, float w);

#endif /* AXP_LIB_CLUSTER_H */
