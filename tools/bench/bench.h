/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bench: the engine against oneDNN FP32, in this process and through /dev/axp.
 */
#ifndef AXP_BENCH_H
#define AXP_BENCH_H

#include <dnnl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "plan_internal.h"

#define MAX_ROUNDS	101
#define MAX_ROWS	65536
/* wall clock or time of this thread that one measurement of a round takes, about */
#define ROUND_NS	600000.0

/* how table rows are made */
enum row_mode {
	ROWS_EXACT,	/* PRODUCT, 64 classes, words of at most 24 bits before rounding */
	ROWS_ROUNDED,	/* PRODUCT, 64 classes, rounded words */
	ROWS_SIG2,	/* SIGNIFICAND, 2 bits */
	ROWS_SIG3,
	ROWS_FIXED16,	/* FIXED, 64 classes, 16 bit words */
	ROWS_FIXED32,	/* FIXED, 64 classes, 32 bit words as wide as the sum allows */
	ROWS_PARTIAL,	/* PRODUCT, 64 classes, one of five misses half of the centroids */
	ROWS_TERNARY,	/* PRODUCT, 64 patterns, each compares one of the low bits too */
};

extern const char *const row_names[];

/**
 * struct bench_layer - one layer
 * @name: for people
 * @conv: shape; a 1x1 layer of one pixel is fully connected
 */
struct bench_layer {
	const char *name;
	struct axp_conv2d conv;
};

#define NR_LAYERS	11
#define LAYER_DW0	4
#define LAYER_DW1	5
#define LAYER_FC1	8

/* layers of a ResNet-8 for pictures of 32x32, behind the set */
#define NR_NET_LAYERS	10

extern const struct bench_layer layers[NR_LAYERS + NR_NET_LAYERS];

/**
 * struct bench_case - one measurement
 * @layer: number
 * @k: centroids
 * @rows: enum row_mode
 * @misses: wanted share of activations that miss
 * @zeros: wanted share of zero activations
 * @engine: name; NULL: the best
 */
struct bench_case {
	u32 layer;
	u32 k;
	u32 rows;
	double misses;
	double zeros;
	const char *engine;
};

/**
 * struct bench_job - one layer ready to run
 * @nest: shape
 * @desc: the job as the device takes it, without handles
 * @spec: of the table
 * @rows: of the table
 * @nr_rows: number of @rows
 * @codebook: centroids
 * @index: of each weight
 * @image: the table
 * @weights: centroids and indices
 * @plan: what the engine runs
 * @act: activations
 * @out: results
 * @next_tile: that no thread has taken
 * @engine: that runs it
 * @scratch: working memory of this thread
 */
struct bench_job {
	struct axp_nest nest;
	struct axp_job desc;
	struct axp_table_spec spec;
	struct axp_row *rows;
	u32 nr_rows;
	u32 codebook[AXP_MAX_CENTROIDS];
	u8 *index;
	struct axp_image *image;
	struct axp_weights *weights;
	struct axp_plan *plan;
	u32 *act;
	u32 *out;
	u32 next_tile;
	const struct axp_engine *engine;
	void *scratch;
};

/* a layer of oneDNN */
struct onednn {
	dnnl_primitive_t primitive;
	dnnl_exec_arg_t args[3];
};

/* measurements of the rounds, and what they come to */
struct series {
	double v[MAX_ROUNDS];
	u32 nr;
};

/* what a run of the program found out */
struct report {
	json_t *layers;		/* array */
	json_t *summary;	/* object; null: not measured */
	json_t *missing;	/* object: why not */
};

/* util.c */
__attribute__((noreturn)) void fail(const char *what, long value);
void *need(void *p);
void seed(u64 value);
u32 below(u32 n);
double uniform(void);
u32 to_bits(float value);
/* nanoseconds of this thread, which a busy machine cannot take away */
double now_cpu(void);
/* nanoseconds of the wall clock */
double now_wall(void);
void series_add(struct series *s, double value);
/* sorts @s */
double series_median(struct series *s);
double series_min(const struct series *s);
double series_max(const struct series *s);

/* job.c */
void job_make(struct bench_job *job, const struct bench_case *b);
void job_free(struct bench_job *job);
void job_tiles(struct bench_job *job, void *scratch, u32 *out, struct axp_counters *c);
/* on this thread */
void job_run(struct bench_job *job, struct axp_counters *c);
/* results and counters in @job->out and @c are those of the scalar engine, or the program ends */
void job_check(struct bench_job *job, const struct axp_counters *c);
void *job_scratch(const struct bench_job *job);

/* onednn.c */
void onednn_start(bool avx2);
void onednn_stop(void);
void onednn_make(struct onednn *d, const struct axp_conv2d *c, const struct axp_nest *n);
void onednn_run(struct onednn *d);
void onednn_wait(void);
void onednn_free(struct onednn *d);

/* report.c */
void report_init(struct report *r);
void report_set(struct report *r, const char *field, double value);
/* @field stays null, and why */
void report_missing(struct report *r, const char *field, const char *why);
/* the report in @path, of another run, fills what this one lacks */
void report_add(struct report *r, const char *path);
/* what has no value is printed with its reason; @path may be NULL */
void report_write(struct report *r, const char *path);

/* modes */
/* @rows, @layer: of these alone, NULL: of all */
void library_mode(struct report *r, u32 rounds, bool all, const char *rows, const char *layer);
void network_mode(struct report *r, u32 rounds, const char *model);
void device_mode(struct report *r, u32 rounds);

#endif /* AXP_BENCH_H */
