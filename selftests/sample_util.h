/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random jobs with their tables, weights and data, and what the reference makes
 * of them. The same seed gives the same job.
 */
#ifndef SAMPLE_UTIL_H
#define SAMPLE_UTIL_H

#include "reference_util.h"

/* Activations and results of a sample fit buffers of so many bytes. */
#define SAMPLE_BYTES	65536

/**
 * struct sample - a job; large, so on the heap
 * @table: table, if @ref.table points here
 * @ref: the job for the reference
 * @rows: of the table
 * @codebook: of the weights
 * @nr_centroids: of the weights
 * @index: of the weights
 * @wgt: weights
 * @bias: biases
 * @act: activations
 * @nr_bias: number of @bias
 * @format: of the weights
 * @seed: of the random numbers
 * @outs: number of results
 * @expect: results of the reference
 * @stats: its counters
 * @got: counters of the device
 * @why: what the device refused
 * @wrong: first wrong result
 * @is: its value
 */
struct sample {
	struct ref_table table;
	struct ref_job ref;
	struct axp_row rows[64];
	uint32_t codebook[256];
	uint32_t nr_centroids;
	uint8_t index[1 << 14];
	uint32_t wgt[1 << 14];
	uint32_t bias[1 << 10];
	uint32_t act[1 << 14];
	uint64_t nr_bias;
	uint32_t format;
	uint64_t seed;
	uint64_t outs;
	uint32_t expect[1 << 14];
	struct axp_stats stats;
	struct axp_stats got;
	struct axp_why why;
	uint64_t wrong;
	uint32_t is;
};

void sample_random(struct sample *s, uint64_t seed);
/* 0, a negative errno, or 1 when the device and the reference disagree */
int sample_run(int fd, struct sample *s, const struct axp_mem *act, const struct axp_mem *out);
/* table, weights and activations on the device; @job is the one to run */
int sample_create(int fd, struct sample *s, const struct axp_mem *act,
		  const struct axp_mem *out, struct axp_job *job);
void sample_destroy(int fd, const struct axp_job *job);
/* what sample_run() returned, with all details */
void sample_print(const struct sample *s, int result);
int sample_run_job(int fd, struct axp_job job, struct axp_stats *stats, struct axp_why *why);
bool sample_equal_counters(const struct axp_stats *a, const struct axp_stats *b);

#endif /* SAMPLE_UTIL_H */
