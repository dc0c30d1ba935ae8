/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Weights: a codebook and one index per weight, or plain binary32. Immutable.
 */
#ifndef AXP_ENGINE_WEIGHTS_H
#define AXP_ENGINE_WEIGHTS_H

#include "budget.h"

#define AXP_MAX_CENTROIDS	256

/**
 * struct axp_weights - weights of one layer
 * @count: number of weights
 * @nr_centroids: K, 1..256; 0: plain binary32, more than 256 distinct values
 * @codebook: K centroids, binary32 bits
 * @index: @count indices below K, or NULL when K is 0
 * @plain: @count binary32 patterns when K is 0, else NULL
 * @nr_bias: number of biases
 * @bias: binary32 bits, or NULL
 * @budget: while they are made
 */
struct axp_weights {
	u64 count;
	u32 nr_centroids;
	u32 codebook[AXP_MAX_CENTROIDS];
	u8 *index;
	u32 *plain;
	u32 nr_bias;
	u32 *bias;
	struct axp_budget *budget;
};

/* bytes of @count weights in @format; 0: no such format or overflow */
size_t axp_weights_data_bytes(u32 format, u64 count);

/**
 * axp_weights_create() - check and copy weights
 * @out: new weights, owned by the caller: axp_weights_free(); NULL on failure
 * @budget: whose memory; NULL: without limit
 * @format: AXP_WGT_*
 * @codebook: @nr_centroids binary32 patterns; NULL for AXP_WGT_F32
 * @nr_centroids: K
 * @data: @count weights in @format
 * @count: at least 1
 * @bias: @nr_bias binary32 patterns, or NULL
 * @nr_bias: may be 0
 * @why: index is the weight; may be NULL
 *
 * AXP_WGT_F32 with at most 256 distinct patterns becomes a codebook, in order
 * of first appearance. The upper nibble that an odd number of U4 indices leaves
 * is not read.
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ERANGE, -EOVERFLOW, -ENOMEM, -EINTR.
 */
int axp_weights_create(struct axp_weights **out, struct axp_budget *budget, u32 format,
		       const u32 *codebook, u32 nr_centroids, const void *data, u64 count,
		       const u32 *bias, u32 nr_bias, struct axp_why *why);
void axp_weights_free(struct axp_weights *weights);

#endif /* AXP_ENGINE_WEIGHTS_H */
