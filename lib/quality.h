/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quality: how far a net's outputs are from those of the net it was made of.
 */
#ifndef AXP_LIB_QUALITY_H
#define AXP_LIB_QUALITY_H

#include <axp/axp.h>

/**
 * struct axp_quality - outputs, compared
 * @kl: mean Kullback-Leibler divergence from the original to this net, nat
 * @outputs: enum axp_outputs: what the outputs were taken as. Outputs of the original that
 *	are in 0 to 1 and sum up to 1 for each sample are probabilities of classes; others
 *	in 0 to 1 one each; one output is the mean of a normal distribution with the variance
 *	of the samples; else they are scores
 * @flips: samples with another answer
 * @lost: right answers lost, less those won; 0 without labels
 * @samples: compared
 */
struct axp_quality {
	double kl;
	uint32_t outputs;
	uint64_t flips;
	int64_t lost;
	uint64_t samples;
};

/**
 * axp_quality_of() - compare outputs
 * @q: filled
 * @classes: outputs of a sample
 * @want: [n][classes] of the original
 * @have: likewise of this net
 * @labels: [n], or NULL
 * @n: samples
 */
void axp_quality_of(struct axp_quality *q, uint64_t classes, const float *want,
		    const float *have, const uint32_t *labels, uint64_t n);

/* accuracy lost, percentage points */
double axp_quality_points(const struct axp_quality *q);

#endif /* AXP_LIB_QUALITY_H */
