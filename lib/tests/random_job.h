/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random jobs with everything they need, for tests of plans and engines.
 */
#ifndef AXP_TESTS_RANDOM_JOB_H
#define AXP_TESTS_RANDOM_JOB_H

#include "image.h"
#include "nest.h"
#include "random.h"
#include "reference.h"
#include "weights.h"

/**
 * struct random_job - one job
 * @ref: the job for the reference; points into the arrays below
 * @spec: of the table
 * @image: table, or NULL
 * @weights: weights
 * @nest: shape
 * @rows: of the table
 * @codebook: centroids
 * @index: indices
 * @plain: weights
 * @bias: biases
 * @act: activations
 * @style: how rows and weights were made, for messages
 */
struct random_job {
	struct reference ref;
	struct axp_table_spec spec;
	struct axp_image *image;
	struct axp_weights *weights;
	struct axp_nest nest;
	struct axp_row *rows;
	u32 *codebook;
	u8 *index;
	u32 *plain;
	u32 *bias;
	u32 *act;
	char style[120];
};

/* what a random job may be made of */
enum random_style {
	RANDOM_ANY,
	RANDOM_DEPTHWISE,
	RANDOM_LARGE,
};

void random_job_make(struct random_job *job, struct rng *rng, enum random_style style);
void random_job_free(struct random_job *job);

#endif /* AXP_TESTS_RANDOM_JOB_H */
