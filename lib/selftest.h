/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Self-test: jobs with known answers, for engines and devices.
 */
#ifndef AXP_LIB_SELFTEST_H
#define AXP_LIB_SELFTEST_H

#include "counters.h"
#include "nest.h"

#define AXP_VECTOR_ROWS		160
#define AXP_VECTOR_CENTROIDS	8
#define AXP_VECTOR_WEIGHTS	1024
#define AXP_VECTOR_BIASES	32
#define AXP_VECTOR_ELEMS	2048

/**
 * struct axp_vector - a job and its known answer
 * @name: what it is about
 * @job: operation, flags, shape; handles and references are 0
 * @nest: the shape
 * @spec: of the table
 * @nr_rows: rows of the table, 0: no table
 * @rows: the table
 * @k: centroids, 0: plain weights
 * @codebook: centroids, binary32 bits
 * @index: centroid of each weight
 * @plain: weights, binary32 bits
 * @nr_weights: number of weights
 * @nr_bias: number of biases
 * @bias: binary32 bits
 * @act: activations, binary32 bits
 * @digest: FNV-1a 64 of the bytes of the results, lowest first
 * @counters: events
 */
struct axp_vector {
	const char *name;
	struct axp_job job;
	struct axp_nest nest;
	struct axp_table_spec spec;
	u32 nr_rows;
	struct axp_row rows[AXP_VECTOR_ROWS];
	u32 k;
	u32 codebook[AXP_VECTOR_CENTROIDS];
	u8 index[AXP_VECTOR_WEIGHTS];
	u32 plain[AXP_VECTOR_WEIGHTS];
	u64 nr_weights;
	u32 nr_bias;
	u32 bias[AXP_VECTOR_BIASES];
	u32 act[AXP_VECTOR_ELEMS];
	u64 digest;
	struct axp_counters counters;
};

u32 axp_nr_vectors(void);
/* vector @i, complete */
void axp_vector_make(struct axp_vector *vector, u32 i);
/* digest of @n results */
u64 axp_vector_digest(const u32 *out, u64 n);

#endif /* AXP_LIB_SELFTEST_H */
