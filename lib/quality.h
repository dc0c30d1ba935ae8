/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quality: how far a net's outputs are from those of the net it was made of.
 */
#ifndef AXP_LIB_QUALITY_H
#define AXP_LIB_QUALITY_H

#include <axp/axp.h>

/**
 * struct axp_quality - outputs as class probabilities, compared
 * @kl: mean Kullback-Leibler divergence from the original to this net, nat
 * @flips: samples with another answer
 * @lost: right answers lost, less those won; 0 without labels
 * @samples: compared
 */
struct axp_quality {
	double kl;
	uint64_t flips;
	int64_t lost;
	uint64_t samples;
};

/**
 * axp_quality_of() - compare outputs
 * @q: filled
 * @graph: says whether outputs are probabilities (Softmax) or scores
 * @want: [n][classes] of the original
 * @have: likewise of this net
 * @labels: [n], or NULL
 * @n: samples
 */
void axp_quality_of(struct axp_quality *q, const struct axp_graph *graph, const float *want,
		    const float *have, const uint32_t *labels, uint64_t n);

#endif /* AXP_LIB_QUALITY_H */
